"""What the functions do for a visitor, one file an action. Each takes a Call and gives a Response.

Routes are in `app`; parsing and origins in `web`; the transactions in `contacts`.
"""

from __future__ import annotations

from dataclasses import dataclass

from handbill_functions.catalog import Index
from handbill_functions.context import Context
from handbill_functions.limits import Limits
from handbill_functions.links import Links, links_of
from handbill_functions.web import Request

HONEYPOT = "website"
"""The field of every form that only robots fill."""
LONGEST = 200
"""Characters of any further field, and of what a page repeats."""
ADDRESS_WORDS = {
    "missing": "answer.error.email_missing",
    "wrong": "answer.error.email_wrong",
    "too_long": "answer.error.email_wrong",
}
"""What is wrong with an address → the key of the sentence that says so."""


def shown(value: str) -> str:
    """What was typed, as far as a page may repeat it: no controls, and no novel."""
    return "".join(c for c in value[:LONGEST] if c.isprintable())


@dataclass(frozen=True, slots=True)
class Call:
    """One request, with all that answering it takes."""

    ctx: Context
    index: Index
    """The catalog's, read once for this request."""
    limits: Limits
    request: Request
    now: int
    token: str = ""
    """What stands behind the route: `/api/confirm/<token>`."""
    networks: tuple[str, ...] = ()
    """See web.networks_of."""

    @property
    def links(self) -> Links:
        return links_of(self.index["site"], self.ctx.keys)

    @property
    def first(self) -> str:
        """The site's first language."""
        return self.index["site"]["languages"][0]
