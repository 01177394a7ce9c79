"""Dates, moments and durations, as people write them: `2026-12-04`, `2026-12-04 19:00`, `90m`.

A moment without an offset belongs to a zone. A zone's clock shows some times twice in a year and others never: such a
moment is an error whose fix names the two times it may mean, because a guess would be an hour wrong for everybody.

Two aware datetimes of one zone are compared by Python as clocks are, not as instants: whoever compares must go through
`instant` first.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import PlainValidator, ValidationInfo

from handbill.kinds.setting import setting
from handbill.schema import wrong
from handbill.schema.explain import say
from handbill.yaml import written
from handbill.yaml.faults import shown

Moment = datetime | date
"""An aware datetime, or a date for a whole day."""

_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:(?:[ \t]+|[Tt])(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(Z|z|UTC|[+-]\d\d(?::?\d\d)?)?)?"
)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)")
_FIX = "Write 2026-12-04, or 2026-12-04 19:00 with a time."
_YEARS = range(1900, 3000)


def instant(moment: Moment, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """The instant of `moment` in UTC: of a whole day its beginning in `zone`, with `end` the beginning of the next."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment + timedelta(days=1) if end else moment, time(), zone)
    return moment.astimezone(UTC)


def read_moment(value: Any, zone: ZoneInfo) -> Moment:
    """The moment that was written: a date, or a datetime in `zone` (given offsets are turned into it). Else raises."""
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else _placed(value, zone)
    if isinstance(value, date):
        return value
    text = value.strip() if isinstance(value, str) else written(value)
    found = _MOMENT.fullmatch(text) if isinstance(value, str) else None
    if found is None:
        raise wrong(f"{_this(value)} is not a date.", _meant(text))
    day = _day(found[1], found[2], found[3], text)
    if found[4] is None:
        return day
    clock = _clock(found[4], found[5], found[6] or "00", day)
    if found[7] is None:
        return _placed(datetime.combine(day, clock), zone)
    return datetime.combine(day, clock, _offset(found[7])).astimezone(zone)


def read_clock(value: Any) -> time | None:
    """The time of day when only that was written (`18:30`), else None. Raises for a time that no clock shows."""
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    return _clock(found[1], found[2], "00", date(2000, 1, 1)) if found else None


def on_day(clock: time, day: Moment, zone: ZoneInfo) -> datetime:
    """That time of day on the day of `day`, in `zone`."""
    return _placed(datetime.combine(day.date() if isinstance(day, datetime) else day, clock), zone)


def _day(year: str, month: str, day: str, text: str) -> date:
    try:
        if int(year) in _YEARS:
            return date(int(year), int(month), int(day))
    except ValueError:
        pass
    if int(year) not in _YEARS:
        raise wrong(f"The year {year} is out of reach.", f"Years go from {_YEARS[0]} to {_YEARS[-1]}.")
    if not 1 <= int(month) <= 12:
        swapped = f"{year}-{day}-{month}"
        fix = f"Write the month before the day: {swapped}" if 1 <= int(day) <= 12 and int(month) <= 31 else _FIX
        raise wrong(f"There is no month {month}.", fix)
    last = (date(int(year), int(month), 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    raise wrong(f"{shown(text[:10])} does not exist: that month has {last.day} days.", f"Write, perhaps, {last}")


def _clock(hour: str, minute: str, second: str, day: date) -> time:
    try:
        return time(int(hour), int(minute), int(second))
    except ValueError:
        if (int(hour), int(minute)) == (24, 0):
            fix = f"Midnight belongs to the next day: write {day + timedelta(days=1)} 00:00"
        else:
            fix = "Hours go from 00 to 23, minutes from 00 to 59."
        raise wrong(f"There is no time {hour}:{minute}.", fix) from None


def _offset(text: str) -> timezone:
    if text in ("Z", "z", "UTC"):
        return UTC
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 14 or minutes > 59:
        raise wrong(f"There is no offset {text}.", "Offsets go from -12:00 to +14:00.")
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if text[0] == "-" else ahead)


def _placed(naive: datetime, zone: ZoneInfo) -> datetime:
    """`naive` in `zone`, unless its clock shows that time twice or never."""
    early, late = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
    before, after = early.utcoffset(), late.utcoffset()
    if before == after or before is None or after is None:
        return early
    if before > after:
        raise wrong(
            f"{naive:%Y-%m-%d %H:%M} comes twice in {zone.key}: the clocks go back that night.",
            f"Write {_with_offset(early)} for the first, or {_with_offset(late)} for the second.",
        )
    sooner, later = (moment.astimezone(UTC).astimezone(zone) for moment in (late, early))
    raise wrong(
        f"{naive:%Y-%m-%d %H:%M} does not exist in {zone.key}: the clocks go forward that night.",
        f"Write {_with_offset(sooner)} or {_with_offset(later)}.",
    )


def _with_offset(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}{moment.strftime('%z')[:3]}:{moment.strftime('%z')[3:5]}"


def _this(value: Any) -> str:
    return "This" if value == "" else say(value)


# What follows runs only to explain an error: it looks for what the writer meant, and never decides what is accepted.

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _meant(text: str) -> str:
    """The fix for a text that is no moment."""
    if _CLOCK.fullmatch(text):
        return f"Write the day too: 2026-12-04 {text}"
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d[ T]\d{1,2}:\d\d)\s+([A-Za-z_]+(?:/[A-Za-z_/]+)?)", text)
    if found:
        zone = found[2] if "/" in found[2] else "Europe/Lisbon"
        return f"Write {found[1]}, and the zone as a field of its own: timezone: {zone}"
    clock = re.search(r"[T\s,]+(?:at\s+)?(\d{1,2})(?:[:.h](\d\d)?)?\s*([aApP])?\.?([mM])?\.?\s*h?\Z", text)
    days = _days(text[: clock.start()] if clock else text)
    if clock and not days:
        days, clock = _days(text), None
    hours = ""
    if clock:
        hour = int(clock[1]) % 12 + (12 if clock[3] in ("p", "P") else 0) if clock[3] else int(clock[1])
        hours = f" {hour:02}:{clock[2] or '00'}" if hour < 24 else ""
    return f"Write {' or '.join(f'{day}{hours}' for day in days)}" if days else _FIX


def _days(text: str) -> list[str]:
    """The days that a text in some other order may mean."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    words = [word[:3].lower() for word in re.findall(r"[A-Za-z]{3,}", text)]
    month = next((_MONTHS.index(word) + 1 for word in words if word in _MONTHS), 0)
    if month and len(numbers) == 2:
        day, year = sorted(numbers)
        orders = [(year, month, day)]
    elif len(numbers) == 1 and re.fullmatch(r"\d{8}", text.strip()):
        digits = text.strip()
        orders = [(int(digits[:4]), int(digits[4:6]), int(digits[6:]))]
    elif len(numbers) == 3 and numbers[0] in _YEARS:
        orders = [(numbers[0], numbers[1], numbers[2])]
    elif len(numbers) == 3 and numbers[2] in _YEARS:
        orders = [(numbers[2], numbers[1], numbers[0]), (numbers[2], numbers[0], numbers[1])]
    else:
        return []
    found = []
    for year, number, day in orders:
        try:
            said = date(year, number, day).isoformat()
        except ValueError:
            continue
        if year in _YEARS and said not in found:
            found.append(said)
    return found


# ---- durations

_DURATION = re.compile(r"(?:(\d{1,4})w)?\s*(?:(\d{1,5})d)?\s*(?:(\d{1,6})h)?\s*(?:(\d{1,7})m)?")
_UNITS = {"w": 10080, "d": 1440, "h": 60, "m": 1}


def read_duration(value: Any) -> timedelta:
    """The stretch of time that was written: `90m`, `48h`, `7d`, `2w`, `1h30m`. Never nothing. Else raises."""
    if isinstance(value, timedelta):
        return value
    text = value.strip() if isinstance(value, str) else written(value)
    found = _DURATION.fullmatch(text) if isinstance(value, str) else None
    if found is None or not text:
        raise wrong(f"{_this(value)} is not a duration.", _duration_meant(value, text))
    length = timedelta(**{
        unit: int(number or 0)
        for unit, number in zip(("weeks", "days", "hours", "minutes"), found.groups(), strict=True)
    })  # fmt: skip
    if not length:
        raise wrong(f"{shown(text)} is no time at all.", "Leave the field out, or write how long: 90m")
    return length


def _duration_meant(value: Any, text: str) -> str:
    if not isinstance(value, str) and re.fullmatch(r"\d+", text):
        return f"Write its unit: {text}m, {text}h or {text}d."
    clock = re.fullmatch(r"(\d{1,3}):(\d\d)", text)
    parts = re.findall(r"(\d+(?:[.,]\d+)?)\s*([a-zA-Z]+)", re.sub(r"\A[Pp][Tt]?", "", text))
    minutes = 60.0 * int(clock[1]) + int(clock[2]) if clock else 0.0
    for number, unit in parts:
        minutes += float(number.replace(",", ".")) * _UNITS.get(unit[0].lower(), 0)
    if minutes >= 1:
        hours, rest = divmod(round(minutes), 60)
        return "Write " + (f"{hours}h" if hours else "") + (f"{rest}m" if rest else "")
    return "Write 90m, 48h, 7d or 2w."


# ---- as types of fields


def _entry_moment(value: Any, info: ValidationInfo) -> Moment:
    return read_moment(value, setting(info).zone)


def _site_moment(value: Any, info: ValidationInfo) -> Moment:
    return read_moment(value, setting(info).site_zone)


When = Annotated[datetime | date, PlainValidator(_entry_moment)]
"""A moment of what the entry tells of; without an offset it belongs to the entry's zone."""

Published = Annotated[datetime | date, PlainValidator(_site_moment)]
"""A moment in the life of the page; without an offset it belongs to the site's zone, wherever the event is."""

Duration = Annotated[timedelta, PlainValidator(read_duration)]
"""A stretch of time, longer than nothing."""
