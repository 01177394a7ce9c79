"""All we know of an event."""
# ruff: noqa: RUF012 - pydantic never shares a default, and the tables of spellings are never written to

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator, ValidationInfo

from handbill.kinds.base import (
    Addon,
    Entry,
    Label,
    SignUp,
    SignUpForm,
    Ticket,
    Translation,
    Venue,
    id_flaws,
    opening_flaws,
    respell_status,
)
from handbill.kinds.moments import Duration, Moment, When, instant, on_day, read_clock, read_moment
from handbill.kinds.setting import Setting, setting
from handbill.schema import Flaw
from handbill.schema.fields import Count, Line, Natural, Slug, WebUrl, Zone

OPEN_END = timedelta(hours=3)
"""An event whose end nobody wrote counts as past so long after its start: most evenings are over by then."""


def _moment_or_clock(value: Any, info: ValidationInfo) -> Moment | None:
    """A moment; or a time of day, which is that of the day of `starts`."""
    zone = setting(info).zone
    clock = read_clock(value)
    if clock is None:
        return read_moment(value, zone)
    starts = info.data.get("starts")
    return on_day(clock, starts, zone) if starts is not None else None


Clock = Annotated[datetime | date, PlainValidator(_moment_or_clock)]


class EventTranslation(Translation):
    """An event's words in another language."""

    organizer: Annotated[Line, Field(description="Who organises it.", examples=["Amigos da luz"])] = ""
    access: Annotated[Line, Field(description="Access.", examples=["Entrada sem degraus."])] = ""
    age: Annotated[Line, Field(description="Age limit.", examples=["Maiores de 18"])] = ""
    tickets: Annotated[
        dict[str, Label], Field(description="Words of tickets, by id.", examples=["{ seat: Lugar }"])
    ] = {}
    addons: Annotated[
        dict[str, Label], Field(description="Words of add-ons, by id.", examples=["{ dinner: Jantar }"])
    ] = {}


class Event(Entry):
    """Something that happens at a time and a place."""

    noun = "an event"
    kind: ClassVar[str] = "event"
    section: ClassVar[str] = "events"
    states: ClassVar[tuple[str, ...]] = (
        "announced", "early_access", "open", "sold_out", "closed", "postponed", "cancelled", "past",
    )  # fmt: skip
    emails: ClassVar[tuple[str, ...]] = ("confirm", "welcome", "reminder", "changed", "cancelled")
    translation: ClassVar[type[Translation]] = EventTranslation
    aliases_of = {"tz": "timezone", "organiser": "organizer", "stream": "online_url", "accessibility": "access"}
    respell = {
        **Entry.respell,
        "status": respell_status,
    }

    starts: Annotated[
        When,
        Field(description="2026-12-04 19:00, or 2026-12-04 for a whole day.", examples=["2026-12-04 19:00"]),
    ]
    ends: Annotated[
        Clock | None,
        Field(
            description="When it ends: date and time, or 20:30 on the day it starts; the last day for whole days.",
            examples=["2026-12-04 20:30"],
        ),
    ] = None
    duration: Annotated[Duration | None, Field(description="90m, 2h, 3d: instead of ends.", examples=["90m"])] = None
    doors: Annotated[
        Clock | None, Field(description="When the doors open: 18:30, or date and time.", examples=["18:30"])
    ] = None
    timezone: Annotated[
        Zone,
        Field(
            description="IANA zone of its times, where it is not the site's: Europe/Lisbon.",
            examples=["Europe/Lisbon"],
        ),
    ] = ""
    host: Annotated[Slug, Field(description="Slug of the host where it happens.", examples=["casa-lume"])] = ""
    venue: Annotated[
        Venue | None,
        Field(description="A place that is not one of the site's hosts.", examples=["{ name: Town Hall }"]),
    ] = None
    online_url: Annotated[
        WebUrl, Field(description="Public URL of the stream.", examples=["https://example.com/stream"])
    ] = ""
    organizer: Annotated[
        Line, Field(description="Who organises it, where it is not the site.", examples=["Friends of Light"])
    ] = ""
    performers: Annotated[tuple[Line, ...], Field(description="Who performs.", examples=["[Ana Lume]"])] = ()
    access: Annotated[
        Line, Field(description="Step-free entrance, captions, quiet room.", examples=["Step-free entrance."])
    ] = ""
    age: Annotated[Line, Field(description="Age limit, as text: 18+.", examples=["18+"])] = ""
    capacity: Annotated[
        Count | None, Field(description="Places in the room: the pool that its tickets share.", examples=[40])
    ] = None
    tickets: Annotated[
        tuple[Ticket, ...],
        Field(description="Tickets, each with name and price.", examples=["[{ name: Seat, price: 25 EUR }]"]),
    ] = ()
    addons: Annotated[
        tuple[Addon, ...],
        Field(
            description="What can be added to any ticket.", examples=["[{ name: Dinner, price: 18 EUR, until: 48h }]"]
        ),
    ] = ()
    opens_at: Annotated[
        When | None, Field(description="When sign-up opens; at once without it.", examples=["2026-11-20 10:00"])
    ] = None
    closes_at: Annotated[
        When | None,
        Field(description="When sign-up closes; at the start without it.", examples=["2026-12-04 12:00"]),
    ] = None
    early_access: Annotated[
        Duration | None,
        Field(description="For confirmed subscribers, so long before opens_at: 24h.", examples=["24h"]),
    ] = None
    status: Annotated[
        Literal["scheduled", "sold_out", "postponed", "rescheduled", "cancelled", "moved_online"],
        Field(
            description="scheduled, sold_out, postponed, rescheduled, cancelled or moved_online.",
            examples=["scheduled"],
        ),
    ] = "scheduled"
    previous_start: Annotated[
        When | None, Field(description="The date before it was moved.", examples=["2026-11-27 19:00"])
    ] = None
    revision: Annotated[
        Natural,
        Field(
            description="Raise by one when time or place change: moves calendars, sends `changed` once.", examples=[1]
        ),
    ] = 0
    signup: SignUpForm = Field(default_factory=SignUp)

    # ---- time

    def last_moment(self) -> Moment | None:
        """Its end: `ends`, or what `duration` makes of it (for whole days the last day). None when neither is written.

        Whole days are counted on the calendar, so that three days end at the hour they began, also when the clocks
        change in between; hours and minutes are counted as they pass.
        """
        if self.ends is not None or self.duration is None:
            return self.ends
        return _last(self.starts, self.duration, self.zone)

    @property
    def start_instant(self) -> datetime:
        """Its start, in UTC; for a whole day the beginning of that day in its zone."""
        return instant(self.starts, self.zone)

    @property
    def end_instant(self) -> datetime:
        """From this instant (UTC) on it is past: its end; for whole days the end of the last; else OPEN_END later."""
        last = self.last_moment()
        if last is not None:
            return instant(last, self.zone, end=True)
        if not isinstance(self.starts, datetime):
            return instant(self.starts, self.zone, end=True)
        return self.start_instant + OPEN_END

    @property
    def closing_instant(self) -> datetime:
        """From this instant (UTC) on nobody can sign up: `closes_at` (a whole day included), else its start."""
        return self.start_instant if self.closes_at is None else instant(self.closes_at, self.zone, end=True)

    def state(self, at: datetime, facts: Mapping[str, Any]) -> str:
        """cancelled, postponed, past, sold_out, closed, announced, early_access or open: the first that is true."""
        if self.status in ("cancelled", "postponed"):
            return self.status
        at = at.astimezone(UTC)
        if at >= self.end_instant:
            return "past"
        if self.status == "sold_out" or facts.get("sold_out"):
            return "sold_out"
        if at >= self.closing_instant:
            return "closed"
        if self.opens_at is not None:
            opens = instant(self.opens_at, self.zone)
            if at < opens:
                early = self.early_access
                return "early_access" if early is not None and at >= opens - early else "announced"
        return "open"

    def transitions(self) -> tuple[datetime, ...]:
        if self.status in ("cancelled", "postponed"):
            return ()
        end = self.end_instant
        if self.status == "sold_out":
            return (end,)
        closing = min(self.closing_instant, end)
        steps = []
        if self.opens_at is not None:
            opens = instant(self.opens_at, self.zone)
            steps = [opens] if self.early_access is None else [opens - self.early_access, opens]
        return (*(step for step in steps if step < closing), *([closing] if closing < end else []), end)

    @classmethod
    def check(cls, values: Mapping[str, Any], context: Any) -> Iterable[Flaw]:
        known: Setting = context if isinstance(context, Setting) else Setting()
        yield from super().check(values, context)
        yield from _end_flaws(values, known.zone)
        yield from _sale_flaws(values, known.zone)
        yield from opening_flaws(values, known.zone)
        yield from id_flaws(values, "tickets", "addons")
        if values.get("host") and values.get("venue") is not None:
            what = "An event happens at a `host` or at a `venue`, and this names both."
            yield Flaw(("venue",), what, "Keep `host` for a place in content/hosts, `venue` for any other.")


def _last(starts: Moment, duration: timedelta, zone: ZoneInfo) -> Moment:
    if not isinstance(starts, datetime):
        return starts + duration - timedelta(days=1)
    if duration % timedelta(days=1):
        return (starts.astimezone(UTC) + duration).astimezone(zone)
    return (starts.replace(tzinfo=None, fold=0) + duration).replace(tzinfo=zone)


def _end_flaws(values: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Flaw]:
    starts, ends, duration, doors = (values.get(name) for name in ("starts", "ends", "duration", "doors"))
    if ends is not None and duration is not None:
        yield Flaw(("duration",), "`ends` and `duration` say the same thing twice.", "Keep one of the two.")
    if starts is None:
        return
    timed = isinstance(starts, datetime)
    if ends is not None and isinstance(ends, datetime) != timed:
        whole, hour = ("ends", "starts") if timed else ("starts", "ends")
        what = f"`{whole}` is a whole day and `{hour}` has a time."
        yield Flaw(("ends",), what, "Write a time with both, or with neither.")
    elif ends is not None and (ends < starts if not timed else instant(ends, zone) <= instant(starts, zone)):
        after = (starts + timedelta(days=1)).date() if timed else starts
        at = f"{ends:%H:%M}" if timed else ""
        fix = f"Write a later one; when it ends after midnight, with its date: {after} {at}"
        yield Flaw(("ends",), "`ends` is not after `starts`.", fix if timed else "Write the last day.")
    if duration is not None and not timed and duration % timedelta(days=1):
        what = "`starts` is a whole day, and `duration` is not a number of days."
        yield Flaw(("duration",), what, "Write days, such as 3d, or give `starts` a time.")
    if isinstance(doors, datetime) and timed and instant(doors, zone) > instant(starts, zone):
        fix = "Write an earlier one; when they open the day before, with its date: 2026-12-03 23:30"
        yield Flaw(("doors",), "The doors open after the start.", fix)


def _sale_flaws(values: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Flaw]:
    if not values.keys() >= {"starts", "ends", "duration"}:
        return  # one of them is wrong, so its end is not known
    starts, ends, duration = values["starts"], values["ends"], values["duration"]
    last = ends or (_last(starts, duration, zone) if duration else starts)
    day = last.date() if isinstance(last, datetime) else last
    over = instant(day, zone, end=True)
    for name in ("opens_at", "closes_at"):
        moment = values.get(name)
        if moment is not None and instant(moment, zone) >= over:
            what = f"Sign-up {'opens' if name == 'opens_at' else 'closes'} after the event is over."
            yield Flaw((name,), what, "Write an earlier one, or leave it out: sign-up ends with the start.")
