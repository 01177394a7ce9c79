"""The work beside answering, as every home does it: hand over what is due, announce what changed, and say so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from handbill_functions.deliver import deliver
from handbill_functions.model import STREAMS
from handbill_functions.ports import MOST_CHANGES, Clock
from handbill_functions.settings import Settings
from handbill_functions.wire import Wired

Log = Callable[[dict[str, Any]], None]
REST = 30.0
"""Seconds for which a carrier is left alone that could not be spoken to."""


def deliver_some(wired: Wired, settings: Settings, now: int, log: Log, resting: dict[str, float] | None = None) -> bool:
    """Hands over what is due of both streams, at most what may go of each in a second. True when more may be due: not
    where a carrier wants no more for now.

    A home that calls this each second gives it the same `resting` each time: stream → until when (time.monotonic) its
    carrier is left alone. So an hour without one is some hundred lines in the log, and no storm of tries.
    """
    more = False
    for stream in STREAMS:
        if resting and resting.get(stream, 0.0) > time.monotonic():
            continue
        mailer = wired.mailers[stream]
        done = deliver(
            wired.ctx, mailer, now, stream=stream, limit=settings.rate, quiet=settings.quiet_hours, hands=settings.hands
        )
        for id, state, reason in done.notes:
            log({"event": "message", "stream": stream, "message": id, "state": state, "reason": reason})
        if done.stopped:
            log({"event": "mailer", "stream": stream, "fault": done.stopped})
            if resting is not None:
                resting[stream] = time.monotonic() + REST
        more = more or (not done.stopped and done.total >= min(settings.rate, MOST_CHANGES))
    return more


def deliver_all(wired: Wired, settings: Settings, clock: Clock, log: Log, left: Callable[[], float]) -> None:
    """Hands over until nothing is due, or `left()` seconds are none; no more a second than the settings say."""
    while left() > 0:
        began = time.monotonic()
        if not deliver_some(wired, settings, clock.now(), log):
            return
        time.sleep(max(0.0, min(1.0 - (time.monotonic() - began), left())))
