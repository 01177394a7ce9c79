"""What stands around an entry and around every page: values that planning puts together and a Presenter reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from handbill.kinds import Entry
from handbill.kinds.base import SignUp
from handbill.model import Card
from handbill.slugs import folder_of


class Series(NamedTuple):
    """The series of an entry, as linking found it. Primitives only."""

    slug: str
    name: str
    chapters: int
    previous: Card | None
    next: Card | None


class Surroundings(NamedTuple):
    """All that the page of one entry in one language depends on, beside the entry itself and the site's chrome.

    Primitives only: this is what is hashed to tell whether the page must be made again, and what travels to a worker.
    """

    lang: str
    state: str
    facts: tuple[tuple[str, Any], ...]
    host: Card | None
    pickup: tuple[Card, ...]
    series: Series | None
    related: tuple[Card, ...]
    urls: tuple[tuple[str, str], ...]
    """(language, site-relative URL) of every language the entry is written in."""
    hrefs: tuple[tuple[str, str, str], ...]
    """(target as written, site-relative URL it leads to, title of the entry there or empty)."""
    badge: str


@dataclass(frozen=True, slots=True)
class Chrome:
    """What all pages of one language share beside the configuration."""

    menu: tuple[tuple[str, str], ...]
    """(text, site-relative URL)."""
    calendar: bool
    """True when the site has a calendar to subscribe to."""
    signup: str = ""
    """The sign-up that home's words ask for, as JSON, which shapes the site's own form; empty where they say nothing,
    `null` where they want none."""


@lru_cache(maxsize=64)
def site_signup(chrome: Chrome) -> SignUp | None:
    """What shapes the site's own form: home's `signup:`, else nothing but an address; None where home wants none."""
    if not chrome.signup:
        return SignUp()
    return None if chrome.signup == "null" else SignUp.model_validate_json(chrome.signup)


def calendar_path(entry: Entry, around: Surroundings) -> str:
    """Site-relative URL of an event's .ics."""
    return f"{folder_of(dict(around.urls)[around.lang])}{entry.slug}.ics"
