"""Calendars (RFC 5545, 7986) of events: a file to keep, a feed to subscribe to, an attachment of an e-mail.

The same event gives the same bytes: DTSTAMP is the entry's last change and SEQUENCE its revision, never the clock.
Times stand with their zone and its VTIMEZONE, whole days as dates whose DTEND is the day after, UTC as `Z`. Lines end
in CRLF and are folded at 75 octets, never inside a character or an escape. No ATTENDEE: a page is no invitation.

Written here, not with icalendar (7.3 was measured), which our tests use as a referee instead. Its VTIMEZONE starts
summer time an hour late (DTSTART must be on the clock that ends, RFC 5545 3.6.5; it gives 02:00 for Lisbon, not 01:00),
its escaping turns a written `C:\\New` into a line break, its escaping and folding are private since version 7, and an
event costs it 0.5 ms; here it is 0.06 ms.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

Method = Literal["PUBLISH", "CANCEL"]
Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

STATUS: Mapping[str, Status] = {"cancelled": "CANCELLED", "postponed": "TENTATIVE"}
"""`status` of an entry → STATUS; any other is CONFIRMED."""

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""DTSTAMP of an event that nobody dated. One is required (RFC 5545 3.6.1), and calendars take the later of two for the
newer: so it is before any that somebody may write one day."""

RULES_OF = 2026
"""The year whose rules a calendar without events states. Any would do, since no time in it refers to them."""

UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Etc/Zulu", "Zulu", "Etc/Universal", "Universal"})
LONGEST = 75
"""Octets of a line without its end (RFC 5545 3.1)."""


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One event as a calendar sees it. Texts are plain; they are escaped here."""

    uid: str
    """Stable for ever, whatever else changes: see `uid`."""
    sequence: int
    """The entry's `revision`: a higher one moves the event in calendars that have it."""
    stamp: datetime
    """When the entry was last changed, aware."""
    starts: date
    """An aware datetime in any zone, or a date for whole days."""
    ends: date | None
    """Likewise; the last day for whole days."""
    zone: str
    """IANA name of the zone that the event keeps: `Europe/Lisbon`."""
    summary: str
    description: str = ""
    location: str = ""
    """One line: `Casa Lume, Rua da Luz 7, Lisboa`."""
    geo: tuple[float, float] | None = None
    """(latitude, longitude) in degrees."""
    url: str = ""
    """Absolute."""
    status: Status = "CONFIRMED"
    organizer_name: str = ""
    organizer_email: str = ""

    @property
    def whole_day(self) -> bool:
        return not isinstance(self.starts, datetime)


def uid(entry_id: str, host: str) -> str:
    """The UID of an entry: `events/salon-to-stream@casalume.example`. The same in every language and every e-mail."""
    return f"{entry_id}@{host}"


def event_calendar(
    events: Sequence[CalendarEvent],
    *,
    name: str,
    method: Method = "PUBLISH",
    lang: str = "",
    refresh_hours: int = 0,
    zone: str = "UTC",
) -> bytes:
    """A VCALENDAR with `events` in the order given. An e-mail that carries it must say the same `method=` (RFC 6047).

    Without events it holds the VTIMEZONE of `zone`: a calendar has at least one component (RFC 5545 3.6), and those who
    subscribed between two seasons must not find it gone.

    `name` is what a calendar application calls it. `refresh_hours` is for one that people subscribe to: how often to
    look again. With `method="CANCEL"` every event is written as cancelled, for the e-mail that says so.
    """
    language = f";LANGUAGE={lang}" if lang else ""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//handbill//handbill//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        f"NAME{language}:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    if refresh_hours:
        lines += [f"REFRESH-INTERVAL;VALUE=DURATION:PT{refresh_hours}H", f"X-PUBLISHED-TTL:PT{refresh_hours}H"]
    head = "\r\n".join([_fold(line) for line in lines])
    named = _zones(events) if events else [(zone, RULES_OF, RULES_OF)]
    zones = "".join([_vtimezone(*each) for each in named])
    bodies = "".join([_vevent(event, method, language) for event in events])
    return f"{head}\r\n{zones}{bodies}END:VCALENDAR\r\n".encode()


def _vevent(event: CalendarEvent, method: Method, language: str) -> str:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_text(event.uid)}",
        f"DTSTAMP:{_utc(event.stamp)}",
        *_times(event),
        f"SEQUENCE:{event.sequence}",
        f"STATUS:{'CANCELLED' if method == 'CANCEL' else event.status}",
        f"SUMMARY{language}:{_text(event.summary)}",
    ]
    if event.description:
        lines.append(f"DESCRIPTION{language}:{_text(event.description)}")
    if event.location:
        lines.append(f"LOCATION{language}:{_text(event.location)}")
    if event.geo is not None:
        lines.append(f"GEO:{event.geo[0]:.6f};{event.geo[1]:.6f}")
    if event.url:
        lines.append(f"URL:{_clean(event.url)}")
    if event.organizer_email:
        common = f";CN={_parameter(event.organizer_name)}" if event.organizer_name else ""
        lines.append(f"ORGANIZER{common}:mailto:{quote(event.organizer_email, safe='@+')}")
    lines.append("END:VEVENT\r\n")
    return "\r\n".join([_fold(line) for line in lines[:-1]]) + "\r\n" + lines[-1]


def _times(event: CalendarEvent) -> list[str]:
    start, end = event.starts, event.ends
    if not isinstance(start, datetime):
        last = max(start, _last_day(end, event.zone)) if end is not None else start
        after = last + timedelta(days=1)
        return [f"DTSTART;VALUE=DATE:{start:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}"]
    lines = [f"DTSTART{_moment(start, event.zone)}"]
    if end is not None:
        over = end if isinstance(end, datetime) else datetime(end.year, end.month, end.day, 23, 59, tzinfo=_zone(event))
        if over.astimezone(UTC) > start.astimezone(UTC):
            lines.append(f"DTEND{_moment(over, event.zone)}")
    return lines


def _moment(moment: datetime, zone: str) -> str:
    """`;TZID=Europe/Lisbon:20261204T190000`.

    In UTC where the time on the wall happens twice and this is the second: the text would mean the first (3.3.5).
    """
    if zone in UTC_NAMES:
        return f":{_utc(moment)}"
    local = moment.astimezone(ZoneInfo(zone))
    if local.fold:
        return f":{_utc(moment)}"
    return f";TZID={zone}:{local:%Y%m%dT%H%M%S}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _last_day(ends: date, zone: str) -> date:
    """The last day of whole days. An instant is when they are over: midnight belongs to the day before."""
    if isinstance(ends, datetime):
        return (ends.astimezone(ZoneInfo(zone)) - timedelta(microseconds=1)).date()
    return ends


def _zone(event: CalendarEvent) -> ZoneInfo:
    return ZoneInfo(event.zone)


# Lines ----------------------------------------------------------------------------------------------------------------

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_IS_PLAIN = re.compile(r"[^\x00-\x1f\x7f\\;,]*").fullmatch
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def _text(value: str) -> str:
    """A TEXT value (RFC 5545 3.3.11)."""
    if _IS_PLAIN(value):
        return value
    return _CONTROLS.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).translate(_ESCAPES)


def _clean(value: str) -> str:
    """A value that is not TEXT, such as a URI: no line breaks, no controls, else as it is."""
    if _IS_PLAIN(value):
        return value
    return _CONTROLS.sub("", value).replace("\r", "").replace("\n", "")


def _parameter(value: str) -> str:
    """A parameter's value in quotes; a quote in it becomes an apostrophe, since few readers know RFC 6868."""
    return '"' + _clean(value).replace('"', "'") + '"'


def _fold(line: str) -> str:
    """The line cut at 75 octets, each further one behind a space."""
    if len(line) <= LONGEST and line.isascii():
        return line
    data = line.encode()
    if len(data) <= LONGEST:
        return line
    parts: list[bytes] = []
    start, room = 0, LONGEST
    while len(data) - start > room:
        cut = start + room
        while data[cut] & 0xC0 == 0x80:  # inside a character
            cut -= 1
        if _splits_escape(data, start, cut):
            cut -= 1
        parts.append(data[start:cut])
        start, room = cut, LONGEST - 1
    parts.append(data[start:])
    return b"\r\n ".join(parts).decode()


def _splits_escape(data: bytes, start: int, cut: int) -> bool:
    backslashes = 0
    while cut - backslashes > start and data[cut - backslashes - 1] == 0x5C:
        backslashes += 1
    return backslashes % 2 == 1


# Zones ----------------------------------------------------------------------------------------------------------------


class Change(NamedTuple):
    """One change of a zone's clock."""

    local: datetime
    """When, on the clock that ends; naive, as VTIMEZONE wants it."""
    before: timedelta
    after: timedelta
    name: str
    """What the zone is called from then on: `WEST`."""


class Rule(NamedTuple):
    """A change that comes back every year: on the last (-1) or n-th weekday of a month, at that time."""

    month: int
    nth: int
    weekday: int
    hour: int
    minute: int
    before: timedelta
    after: timedelta
    name: str


_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_AHEAD = 6
"""How many further years must agree before a yearly rule is believed: `last` and `fourth` part within six."""


def _zones(events: Iterable[CalendarEvent]) -> list[tuple[str, int, int]]:
    """(zone, first year, last year) of each zone that is named, sorted."""
    years: dict[str, tuple[int, int]] = {}
    for event in events:
        if event.whole_day or event.zone in UTC_NAMES:
            continue
        first = event.starts.year
        last = max(first, event.ends.year if event.ends is not None else first)
        known = years.get(event.zone, (first, last))
        years[event.zone] = (min(first, known[0]), max(last, known[1]))
    return [(zone, first, last) for zone, (first, last) in sorted(years.items())]


@lru_cache(maxsize=512)
def _vtimezone(zone: str, first: int, last: int) -> str:
    """The VTIMEZONE of a zone, right for every moment of the years `first` to `last`.

    Two yearly rules where the zone keeps them, as every calendar application writes and reads; else each change by
    itself; one STANDARD where the clock stands still.
    """
    changes = _changes(zone, first - 2, last + 2)
    rules = _rules(_changes(zone, first - 2, last + _AHEAD), range(first - 1, last + _AHEAD))
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone}"]
    if rules is not None:
        for rule in rules:
            on = next(change.local for change in changes if change.local.year == first - 1 and _fits(change, rule))
            by = f"FREQ=YEARLY;BYMONTH={rule.month};BYDAY={rule.nth}{_WEEKDAYS[rule.weekday]}"
            lines += _observance(on, rule.before, rule.after, rule.name, rule.after > rule.before, by)
    else:
        start = datetime(max(first - 2, 2), 1, 1, tzinfo=ZoneInfo(zone))
        offset = start.utcoffset() or timedelta()
        summer = bool(changes) and bool(start.dst())
        lines += _observance(start.replace(tzinfo=None), offset, offset, start.tzname() or zone, summer)
        for change in changes:
            lines += _observance(change.local, change.before, change.after, change.name, change.after > change.before)
    lines.append("END:VTIMEZONE")
    return "".join([f"{_fold(line)}\r\n" for line in lines])


def _observance(
    local: datetime, before: timedelta, after: timedelta, name: str, summer: bool, rule: str = ""
) -> list[str]:
    kind = "DAYLIGHT" if summer else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{local:%Y%m%dT%H%M%S}",
        *([f"RRULE:{rule}"] if rule else []),
        f"TZOFFSETFROM:{_offset(before)}",
        f"TZOFFSETTO:{_offset(after)}",
        f"TZNAME:{_text(name)}",
        f"END:{kind}",
    ]


def _offset(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("+", seconds)
    text = f"{sign}{seconds // 3600:02}{seconds // 60 % 60:02}"
    return f"{text}{seconds % 60:02}" if seconds % 60 else text


@lru_cache(maxsize=512)
def _changes(zone: str, first: int, last: int) -> tuple[Change, ...]:
    """Every change of the clock from the first of January `first` to the end of `last`."""
    tz = ZoneInfo(zone)
    found: list[Change] = []
    first, last = max(first, 2), min(last, 9997)  # what datetime can hold, in every zone
    here, end, step = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC), timedelta(days=7)
    before = here.astimezone(tz).utcoffset()
    while here < end:
        there = here + step
        after = there.astimezone(tz).utcoffset()
        if after != before:
            low, high = here, there
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                if middle.astimezone(tz).utcoffset() == before:
                    low = middle
                else:
                    high = middle
            after = high.astimezone(tz).utcoffset()
            was, now = before or timedelta(), after or timedelta()
            found.append(Change((high + was).replace(tzinfo=None), was, now, high.astimezone(tz).tzname() or zone))
            there, before = high, after
        here = there
    return tuple(found)


def _rules(changes: Sequence[Change], years: Iterable[int]) -> tuple[Rule, Rule] | None:
    """The two yearly rules that all the changes of all the years follow, or None."""
    candidates: list[set[Rule]] | None = None
    for year in years:
        of_year = [_readings(change) for change in changes if change.local.year == year]
        if len(of_year) != 2:
            return None
        candidates = of_year if candidates is None else [a & b for a, b in zip(candidates, of_year, strict=True)]
        if not all(candidates):
            return None
    if candidates is None:
        return None
    first, second = (min(found) for found in candidates)  # -1, the last, before any number
    return first, second


def _readings(change: Change) -> set[Rule]:
    """Every yearly rule that this change could be an instance of."""
    local = change.local
    nths = [(local.day - 1) // 7 + 1]
    if local.day + 7 > monthrange(local.year, local.month)[1]:
        nths.append(-1)
    if local.second:
        return set()
    return {
        Rule(local.month, nth, local.weekday(), local.hour, local.minute, change.before, change.after, change.name)
        for nth in nths
    }


def _fits(change: Change, rule: Rule) -> bool:
    return rule in _readings(change)


# Web calendars --------------------------------------------------------------------------------------------------------

_MOST = 600
"""Characters of a description in a link: a URL of more than 2,000 is cut by some mail readers."""


def google_calendar_url(event: CalendarEvent) -> str:
    """A link that opens Google Calendar with the event filled in."""
    if event.whole_day:
        start, after = _days(event)
        dates = f"{start:%Y%m%d}/{after:%Y%m%d}"
        zone = ""
    else:
        begin, end = _instants(event)
        dates = f"{_utc(begin)}/{_utc(end)}"
        zone = "" if event.zone in UTC_NAMES else event.zone
    return "https://calendar.google.com/calendar/render?" + _query(
        action="TEMPLATE", text=event.summary, dates=dates, ctz=zone, details=_details(event), location=event.location
    )


def outlook_calendar_url(event: CalendarEvent) -> str:
    """A link that opens Outlook on the web with the event filled in."""
    if event.whole_day:
        start, after = _days(event)
        begins, ends, all_day = f"{start}", f"{after}", "true"
    else:
        begin, end = _instants(event)
        begins, ends = (f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in (begin, end))
        all_day = ""
    return "https://outlook.live.com/calendar/0/deeplink/compose?" + _query(
        path="/calendar/action/compose",
        rru="addevent",
        subject=event.summary,
        startdt=begins,
        enddt=ends,
        allday=all_day,
        body=_details(event),
        location=event.location,
    )


def _query(**values: str) -> str:
    return urlencode({name: value for name, value in values.items() if value}, quote_via=quote, safe="")


def _details(event: CalendarEvent) -> str:
    words = event.description if len(event.description) <= _MOST else event.description[: _MOST - 1] + "…"
    return "\n\n".join(part for part in (words, event.url) if part)


def _days(event: CalendarEvent) -> tuple[date, date]:
    """The first day, and the day after the last."""
    last = max(event.starts, _last_day(event.ends, event.zone)) if event.ends is not None else event.starts
    return event.starts, last + timedelta(days=1)


def _instants(event: CalendarEvent) -> tuple[datetime, datetime]:
    start = event.starts
    if not isinstance(start, datetime):
        raise TypeError("An event of whole days has no instants.")
    end = event.ends
    return start, end if isinstance(end, datetime) else start
