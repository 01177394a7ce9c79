"""Events as calendars see them: from an entry, or from its card.

An event moves in the calendars of those who have it by `revision`; its DTSTAMP comes from what is written, never from
the clock, so that the same content gives the same file.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from handbill.kinds import Event
from handbill.model import Card
from handbill.present import Presenter, Surroundings
from handbill.render import ics


def event_file(entry: Event, around: Surroundings, show: Presenter, method: ics.Method = "PUBLISH") -> bytes:
    """The .ics of one event."""
    return ics.event_calendar([from_entry(entry, around, show)], name=entry.title, method=method, lang=show.lang)


def from_entry(entry: Event, around: Surroundings, show: Presenter) -> ics.CalendarEvent:
    """The event of an entry, with its whole address."""
    config = show.config
    place = show.place(entry, around.host)
    location = ""
    if place is not None:
        location = ", ".join(part for part in (place.name, place.address) if part) or place.online
    geo = entry.venue.geo if entry.venue is not None else None
    stamp = entry.lastmod or entry.publish_date or entry.date or ics.UNDATED
    if not isinstance(stamp, datetime):
        stamp = datetime(stamp.year, stamp.month, stamp.day, tzinfo=ZoneInfo(config.timezone))
    return ics.CalendarEvent(
        uid=ics.uid(entry.id, show.host),
        sequence=entry.revision,
        stamp=stamp,
        starts=entry.starts,
        ends=entry.last_moment(),
        zone=entry.timezone or config.timezone,
        summary=entry.title,
        description=entry.summary,
        location=location,
        geo=(geo.latitude, geo.longitude) if geo is not None else None,
        url=show.absolute(dict(around.urls)[around.lang]),
        status=ics.STATUS.get(entry.status, "CONFIRMED"),
        organizer_name=entry.organizer or config.name,
        organizer_email=config.sender.email,
    )


def from_card(card: Card, revision: int, stamp: float, show: Presenter) -> ics.CalendarEvent:
    """The event of a card, for the calendar of the whole site."""
    config = show.config
    zone = ZoneInfo(card.zone)
    first = datetime.fromtimestamp(card.starts or 0.0, UTC).astimezone(zone)
    starts: date = first.date() if card.whole_day else first
    ends: date | None = None
    if card.ends is not None:
        last = datetime.fromtimestamp(card.ends, UTC).astimezone(zone)
        ends = (last - timedelta(seconds=1)).date() if card.whole_day else last
    return ics.CalendarEvent(
        uid=ics.uid(card.id, show.host),
        sequence=revision,
        stamp=datetime.fromtimestamp(stamp, UTC) if stamp else ics.UNDATED,
        starts=starts,
        ends=ends,
        zone=card.zone,
        summary=card.title,
        description=card.summary,
        location=card.place,
        url=show.absolute(card.url),
        status=ics.STATUS.get(card.status, "CONFIRMED"),
        organizer_name=config.name,
        organizer_email=config.sender.email,
    )
