"""How much is taken in how long: counters in the store, counted inside the write that they guard.

An address has its own limits, wherever a post comes from: see `contacts.ask`. Here are those of a network, of a form,
and of the whole site. A network is counted by a keyed digest under a key of the day, so nobody can tell later who came.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from handbill_functions.context import Context
from handbill_functions.model import DAY
from handbill_functions.ports import Count

HOUR = 3600


class Limits(NamedTuple):
    """What a site takes. Each is set far above what people do."""

    network: int = 30
    """Sign-ups an hour from one network: a household, an office, a phone."""
    unsaid: int = 6
    """The same, where nobody says which page was posted."""
    form: int = 2_000
    """Sign-ups an hour by one form."""
    calm: int = 300
    """Confirm e-mails an hour by the whole site, above which one more button must be pressed."""
    site: int = 3_000
    """Confirm e-mails an hour by the whole site, and no more: the circuit breaker."""


WIDER = 10
"""A wider network may do so many times as much as a narrow one."""


def counters(
    ctx: Context, now: int, limits: Limits, *, networks: Sequence[str], form: str, origin_unsaid: bool
) -> list[Count]:
    """What is counted with a sign-up, in the write that stores it. `networks`: see web.networks_of."""
    hour, expires = str(now // HOUR), (now // HOUR + 1) * HOUR
    found = [
        Count(f"N#form#{form}", hour, 1, limits.form, expires),
        Count("N#site", hour, 1, limits.site, expires),
    ]
    most = limits.unsaid if origin_unsaid else limits.network
    for wider, network in enumerate(networks):
        key = f"N#net#{_keyed(ctx.keys.contact, network, now)}"
        found.append(Count(key, hour, 1, most * WIDER**wider, expires))
    return found


def calm(ctx: Context, now: int, limits: Limits) -> bool:
    """False while more sign-ups come in than people make: then one more button is asked for."""
    counted = ctx.store.get("N#site", str(now // HOUR), now)
    return counted is None or counted.data["count"] < limits.calm


def _keyed(key: bytes, network: str, now: int) -> str:
    return hmac.digest(_today(key, now // DAY), network.encode(), "sha256").hex()[:24]


@lru_cache(maxsize=2)
def _today(key: bytes, day: int) -> bytes:
    return hmac.digest(key, f"handbill day {day}".encode(), "sha256")
