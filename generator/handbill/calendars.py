"""Events as calendars see them: from an entry, or from its card.

An event moves in the calendars of those who have it by `revision`; its DTSTAMP comes from what is written, never from
the clock, so that the same content gives the same file.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from handbill.kinds import Event
from handbill.kinds.base import Venue
from handbill.model import Card
from handbill.present import Presenter, Surroundings
from handbill.render import ics


def event_file(entry: Event, around: Surroundings, show: Presenter, method: ics.Method = "PUBLISH") -> bytes:
    """The .ics of one event."""
    return ics.event_calendar([from_entry(entry, around, show)], name=entry.title, method=method, lang=show.lang)


def from_entry(entry: Event, around: Surroundings, show: Presenter) -> ics.CalendarEvent:
    """The event of an entry, with its whole address."""
    config = show.config
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
        location=show.location(show.place(entry, around.host)),
        geo=_geo(entry.venue),
        url=show.absolute(dict(around.urls)[around.lang]),
        status=ics.STATUS.get(entry.status, "CONFIRMED"),
        organizer_name=entry.organizer or config.name,
        organizer_email=config.sender.email,
    )


def from_card(
    card: Card, host: Card | None, more: tuple[str, str, str], revision: int, stamp: float, show: Presenter
) -> ics.CalendarEvent:
    """The same event of a card, for the calendar of the whole site. `more` is what cards do not know: the venue as
    JSON, or empty; `online_url`; `organizer`."""
    config = show.config
    venue = Venue.model_validate_json(more[0]) if more[0] else None
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
        location=show.location(show.spot(host, venue, more[1])),
        geo=_geo(venue),
        url=show.absolute(card.url),
        status=ics.STATUS.get(card.status, "CONFIRMED"),
        organizer_name=more[2] or config.name,
        organizer_email=config.sender.email,
    )


def _geo(venue: Venue | None) -> tuple[float, float] | None:
    geo = venue.geo if venue is not None else None
    return (geo.latitude, geo.longitude) if geo is not None else None
