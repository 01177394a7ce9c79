"""The site: all entries, linked and checked, at one moment.

`link` takes rows (what parsing told of each unit, fresh or remembered) and decides which entries are live, which are
skipped and why, who refers to whom, and which URLs stand. It sees Cards and rows only, never whole entries, so that it
costs the same whether one entry changed or all.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from handbill.cache import Row, Rows
from handbill.errors import Problem
from handbill.model import Card, card_of
from handbill.slugs import slugify


class Moment(NamedTuple):
    """The moment of the build and what it lets through."""

    at: float
    """UTC seconds."""
    drafts: bool = False
    future: bool = False
    expired: bool = False


class Skipped(NamedTuple):
    """An entry that the build leaves out, and why."""

    unit: str
    id: str
    title: str
    reason: str
    """`draft`, `future` or `expired`."""
    instant: float | None
    """When it opens or closed, UTC seconds; None for drafts."""


@dataclass(slots=True)
class Site:
    """All live entries, by every name that something may ask for."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    """Live rows by unit path, in order of path."""
    by_id: dict[str, str] = field(default_factory=dict)
    """Entry id → unit path."""
    badges: dict[str, str] = field(default_factory=dict)
    """Unit path → `draft`, `future`, `expired`, where an option let it in."""
    skipped: list[Skipped] = field(default_factory=list)
    series: dict[str, list[str]] = field(default_factory=dict)
    """Slug of a series → unit paths in order of chapters."""
    guests: dict[str, list[str]] = field(default_factory=dict)
    """Id of a host → unit paths of what happens there."""
    indexes: Mapping[str, Row] = field(default_factory=dict)
    """Unit path → row of the words above a list."""
    urls: dict[str, str] = field(default_factory=dict)
    """Site-relative URL → unit path or a name of what claims it."""
    unread: frozenset[str] = frozenset()
    """Ids of entries with mistakes of their own: where one is left out for that, a reference to it is no second
    mistake."""
    problems: list[Problem] = field(default_factory=list)
    window: tuple[float, float] = (float("-inf"), float("inf"))
    """The moment may move within [from, to) and nothing of the site changes."""
    upcoming: list[tuple[float, str]] = field(default_factory=list)
    """(instant, entry id) of all moments to come at which a rebuild is due, soonest first."""

    _cards: dict[str, dict[str, Card]] = field(default_factory=dict)

    def keep(self) -> tuple[Any, ...]:
        """What `again` makes this site from, as primitives. Its URLs and problems are not in it."""
        skipped, indexes = [tuple(each) for each in self.skipped], list(self.indexes)
        return (self.by_id, self.badges, skipped, self.series, self.guests, indexes, self.window, self.upcoming)

    def cards(self, unit: str) -> dict[str, Card]:
        """Language → card, the base language first. Put together when first asked for: most builds ask for few."""
        cards = self._cards.get(unit)
        if cards is None:
            cards = self._cards[unit] = {plain[2]: self._seated(card_of(plain)) for plain in self.rows[unit].cards}
        return cards

    def card(self, unit: str, lang: str) -> Card:
        """The card in that language, or in the first one the entry has."""
        cards = self.cards(unit)
        found = cards.get(lang)
        return found if found is not None else next(iter(cards.values()))

    def _seated(self, card: Card) -> Card:
        """An event at a host has that host's name as its place."""
        unit = self.by_id.get(card.host)
        if unit is None:
            return card
        host = self.card(unit, card.lang)
        place = f"{host.title}, {host.place}" if host.place and host.place not in host.title else host.title
        return card._replace(place=place)


def over(card: Card, at: float) -> bool:
    """True when an event or a drop lies behind us: lists put it below."""
    return card.over is not None and card.over <= at


def link(rows: Iterable[Row], moment: Moment, unread: frozenset[str] = frozenset()) -> Site:
    """The site at `moment`. Its problems are all that only several entries together can have; `unread` are the ids of
    entries that have no row, since something in them is wrong."""
    site = Site(unread=unread)
    at = moment.at
    ids: dict[str, Row] = {}
    live: dict[str, Row] = {}
    indexes: dict[str, Row] = {}
    site.rows, site.indexes = live, indexes
    window_from, window_to = float("-inf"), float("inf")
    for row in rows:
        if any(problem[5] == "error" for problem in row.warnings):
            site.unread |= {row.id}
        if row.kind == "index":
            indexes[row.unit] = row
            continue
        first = ids.get(row.id)
        if first is not None:
            what = f"The id '{row.id}' is already that of {first.unit}."
            fix = "Ids name stock, orders and calendar entries: give one of the two its own `id:` or slug."
            site.problems.append(_at(row.unit, [("id",), ("slug",)], what, fix))
            continue
        ids[row.id] = row
        instants = row.moments
        place = bisect.bisect_right(instants, at)
        if place:
            window_from = max(window_from, instants[place - 1])
        if place < len(instants):
            window_to = min(window_to, instants[place])
        reason, instant = _skip(row, at)
        allowed = {"draft": moment.drafts, "future": moment.future, "expired": moment.expired}
        left_out = bool(reason) and not allowed[reason]
        if not left_out or reason == "future":  # a draft, and what has expired, change nothing by the clock
            site.upcoming.extend((instant, row.id) for instant in instants[place:])
        if left_out:
            site.skipped.append(Skipped(row.unit, row.id, row.cards[0][4], reason, instant))
            continue
        if reason:
            site.badges[row.unit] = reason
        live[row.unit] = row
        site.by_id[row.id] = row.unit
    site.window = (window_from, window_to)
    site.upcoming.sort()
    _claim_urls(site)
    _check_refs(site, ids)
    _join_series(site)
    return site


def again(kept: tuple[Any, ...], rows: Rows) -> Site:
    """The site of the last build (`Site.keep`) with rows of now: what `link` gives, less the URLs, where the moment is
    in its window and each row shows others what it did (`Row.face`)."""
    by_id, badges, skipped, series, guests, indexes, window, upcoming = kept
    return Site(
        rows=rows.only(by_id.values()),
        by_id=by_id,
        badges=badges,
        skipped=[Skipped(*each) for each in skipped],
        series=series,
        guests=guests,
        indexes=rows.only(indexes),
        window=window,
        upcoming=upcoming,
    )


def _skip(row: Row, at: float) -> tuple[str, float | None]:
    if row.draft:
        return "draft", None
    if row.publish is not None and row.publish > at:
        return "future", row.publish
    if row.expiry is not None and row.expiry <= at:
        return "expired", row.expiry
    return "", None


def _at(
    unit: str, places: list[tuple[str | int, ...]], what: str, fix: str, level: Literal["error", "warning"] = "error"
) -> Problem:
    """A problem of the front matter of `unit`, at the first of `places` that is written there. They ride in the
    excerpt until somebody looks the line up: `Project.locate`."""
    return Problem(unit, -1, 0, what, fix, level, repr(places))


def _claim_urls(site: Site) -> None:
    for unit, row in site.rows.items():
        for card in row.cards:
            taken = site.urls.setdefault(card[3], unit)
            if taken != unit:
                # the address of a translation is not of the entry's own file
                places: list[tuple[str | int, ...]] = [("url",), ("slug",)] if card is row.cards[0] else []
                what = f"Its URL {card[3]} is already that of {taken}."
                site.problems.append(_at(unit, places, what, "Give one of the two another `slug:` or `url:`."))
    for unit, row in site.rows.items():
        for number, alias in enumerate(row.aliases):
            owner = site.urls.get(alias)
            if owner == unit and alias in {card[3] for card in row.cards}:
                what, fix = f"The alias {alias} is the page's own URL.", "Remove it from `aliases`."
            elif owner is not None and owner != f"alias of {unit}":
                what = f"The alias {alias} is already the URL of {owner}."
                if owner.startswith("alias of "):
                    what = f"The alias {alias} is already an {owner}."
                fix = "Remove it from `aliases`, or move the other page."
            else:
                site.urls[alias] = f"alias of {unit}"
                continue
            site.problems.append(_at(unit, [("aliases", number)], what, fix))


def _check_refs(site: Site, ids: Mapping[str, Row]) -> None:
    from difflib import get_close_matches

    for unit, row in site.rows.items():
        for place, target in row.refs:
            if target in site.by_id:
                if row.kind == "event" and place and place[0] == "host":
                    site.guests.setdefault(target, []).append(unit)
                continue
            if target in site.unread:
                continue
            slug = target.partition("/")[2]
            skipped = ids.get(target)
            if skipped is not None:
                why = next((entry.reason for entry in site.skipped if entry.id == target), "left out")
                what = f"The host '{slug}' is not published ({why})."
                fix = f"Publish {skipped.unit}, or name another host."
            else:
                hosts = [known.partition("/")[2] for known in site.by_id if known.startswith("hosts/")]
                near = get_close_matches(slug, hosts, 1, 0.6)
                what = f"There is no host '{slug}'."
                fix = f"Did you mean '{near[0]}'?" if near else f"Write content/hosts/{slug}.md, or use `venue:`."
            site.problems.append(_at(unit, [place], what, fix))


def _join_series(site: Site) -> None:
    for unit, row in site.rows.items():
        series = row.extra[5]
        if series:
            site.series.setdefault(slugify(series), []).append(unit)
    for units in site.series.values():
        units.sort(key=lambda unit: _series_order(site.card(unit, "")))
        chapters: dict[int, str] = {}
        for unit in units:
            chapter = site.card(unit, "").chapter
            if chapter and chapter in chapters:
                what = f"Chapter {chapter} of the series is already {chapters[chapter]}."
                site.problems.append(_at(unit, [("chapter",)], what, "Give each chapter its own number.", "warning"))
            chapters[chapter] = unit


def _series_order(card: Card) -> tuple[Any, ...]:
    return (card.chapter, card.starts or 0.0, card.id)
