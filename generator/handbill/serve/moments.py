"""The moments at which a page changes: what the time bar moves through."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from handbill.cache import Row
from handbill.errors import HandbillError
from handbill.model import Card, card_of
from handbill.options import Options, inputs

NEAR = 6
"""So many moments of the whole site are told, on either side of the one that is shown."""
JUST_BEFORE = 60.0
"""Seconds: how an entry looks before its first moment."""

_URL = Card._fields.index("url")
_TITLE = Card._fields.index("title")


def moments(
    options: Options, rows: Mapping[str, tuple[Any, ...]], path: str, at: float, timezone: str
) -> list[dict[str, Any]]:
    """Every moment that `path` (site-relative, without the base path) can be moved to, soonest first.

    Of an entry's page: all moments of that entry, each with the state that begins there, and one before the first. Of
    any other page: those of the whole site around `at`, each with the entries that change.
    """
    every = [Row(*row) for row in rows.values()]
    row = next((row for row in every if any(card[_URL] == path for card in row.cards)), None)
    if row is not None and row.moments:
        card = card_of(next(card for card in row.cards if card[_URL] == path))
        instants = (row.moments[0] - JUST_BEFORE, *row.moments)
        states = _states(replace(options, at=at), row, card.lang, instants)
        zone = ZoneInfo(card.zone)
        return [_moment(instant, zone, label) for instant, label in zip(instants, states, strict=True)]
    changes: dict[float, list[str]] = {}
    for each in every:
        for instant in each.moments:
            changes.setdefault(instant, []).append(each.cards[0][_TITLE])
    ordered = sorted(changes)
    place = bisect.bisect_right(ordered, at)
    near = ordered[max(0, place - NEAR) : place + NEAR]
    return [_moment(instant, ZoneInfo(timezone), _names(changes[instant])) for instant in near]


def _names(titles: Sequence[str]) -> str:
    """`Ball, Salon, Supper and 4 more`."""
    shown = ", ".join(sorted(titles)[:3])
    return f"{shown} and {len(titles) - 3} more" if len(titles) > 3 else shown


def _states(options: Options, row: Row, lang: str, instants: Iterable[float]) -> list[str]:
    """The label of the state that an entry is in at each of the instants; empty where it has none."""
    from handbill.outputs import Press
    from handbill.project import open_project
    from handbill.workshop import Workshop

    try:
        project = open_project(options, inputs(options), [])
        entry = Workshop(project, options).parsed(row.unit).entries[lang]
        show = Press(project, options).presenter(lang)
    except (HandbillError, KeyError, OSError):
        return ["" for _ in instants]  # it has just been changed for the worse, or taken away
    facts = dict(project.facts_of(row.id))
    found = []
    for instant in instants:
        if row.publish is not None and instant < row.publish:
            found.append("not published yet")
        elif row.expiry is not None and instant >= row.expiry:
            found.append("expired")
        else:
            state = show.state(entry.kind, entry.state(datetime.fromtimestamp(instant, UTC), facts))
            found.append(state.label if state is not None else "")
    return found


def _moment(instant: float, zone: ZoneInfo, label: str) -> dict[str, Any]:
    local = datetime.fromtimestamp(instant, UTC).astimezone(zone)
    return {"at": local.isoformat(), "shown": f"{local:%a %d %b %Y, %H:%M}", "zone": zone.key, "label": label}
