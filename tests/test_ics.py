"""Calendars, read back by libraries that had no part in writing them: icalendar, vobject and dateutil."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject  # type: ignore[import-untyped]
from dateutil.tz import tzical  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill.render.ics import (
    LONGEST,
    CalendarEvent,
    event_calendar,
    google_calendar_url,
    outlook_calendar_url,
    uid,
)

STAMP = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
ZONES = [
    "Europe/Lisbon",
    "Asia/Tokyo",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Europe/Dublin",
    "Pacific/Chatham",
]


def event(starts: date, ends: date | None = None, zone: str = "Europe/Lisbon", **more: Any) -> CalendarEvent:
    return CalendarEvent(
        uid=uid("events/salon", "casalume.example"),
        sequence=0,
        stamp=STAMP,
        starts=starts,
        ends=ends,
        zone=zone,
        summary="Salon to Stream",
        **more,
    )


def at(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type,misc]


SALON = event(at("Europe/Lisbon", 2026, 12, 4, 19), at("Europe/Lisbon", 2026, 12, 4, 20, 30))


def lines(data: bytes) -> list[str]:
    """The content lines, unfolded by hand."""
    return data.decode().replace("\r\n ", "").split("\r\n")


def parse(data: bytes) -> Any:
    """The calendar, as icalendar reads it."""
    return icalendar.Calendar.from_ical(data)


def read(data: bytes) -> Any:
    """Its first event."""
    return parse(data).walk("VEVENT")[0]


# What a calendar holds ------------------------------------------------------------------------------------------------


def test_an_event_keeps_its_wall_clock_and_its_zone() -> None:
    data = event_calendar([SALON], name="Casa Lume")
    assert "DTSTART;TZID=Europe/Lisbon:20261204T190000" in lines(data)
    assert "DTEND;TZID=Europe/Lisbon:20261204T203000" in lines(data)
    assert read(data)["DTSTART"].dt == SALON.starts


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "America/New_York", "Asia/Tokyo", "Africa/Casablanca", "UTC"])
def test_a_calendar_without_events_still_holds_a_component(zone: str) -> None:
    found = parse(event_calendar([], name="Casa Lume", zone=zone))
    assert [(part.name, part["TZID"]) for part in found.subcomponents] == [("VTIMEZONE", zone)]
    assert found.subcomponents[0].to_tz() is not None


def test_the_identity_of_an_event_is_its_id_and_its_order_is_its_revision() -> None:
    found = read(event_calendar([replace(SALON, sequence=2)], name="Casa Lume"))
    assert found["UID"] == "events/salon@casalume.example"
    assert found["SEQUENCE"] == 2
    assert found["DTSTAMP"].dt == STAMP


def test_the_same_event_gives_the_same_bytes() -> None:
    assert event_calendar([SALON], name="Casa Lume") == event_calendar([SALON], name="Casa Lume")


def test_whole_days_end_the_day_after_the_last() -> None:
    data = event_calendar([event(date(2026, 12, 4), date(2026, 12, 6))], name="Casa Lume")
    assert "DTSTART;VALUE=DATE:20261204" in lines(data)
    assert "DTEND;VALUE=DATE:20261207" in lines(data)
    assert b"VTIMEZONE" not in data


def test_whole_days_that_are_over_at_midnight_end_on_the_day_before() -> None:
    by_instant = event(date(2026, 12, 4), at("Europe/Lisbon", 2026, 12, 7))
    assert event_calendar([by_instant], name="x") == event_calendar(
        [event(date(2026, 12, 4), date(2026, 12, 6))], name="x"
    )


def test_one_whole_day_ends_the_next_day() -> None:
    data = event_calendar([event(date(2026, 12, 31))], name="Casa Lume")
    assert "DTEND;VALUE=DATE:20270101" in lines(data)


def test_utc_needs_no_zone() -> None:
    data = event_calendar([replace(SALON, zone="UTC")], name="Casa Lume")
    assert "DTSTART:20261204T190000Z" in lines(data)
    assert b"TZID" not in data


def test_an_event_over_several_days_and_a_change_of_the_clock_ends_when_it_ends() -> None:
    start, end = at("America/New_York", 2026, 10, 30, 18), at("America/New_York", 2026, 11, 2, 12)
    found = read(event_calendar([event(start, end, "America/New_York")], name="Casa Lume"))
    lasted = found["DTEND"].dt.astimezone(UTC) - found["DTSTART"].dt.astimezone(UTC)
    assert lasted == timedelta(days=2, hours=19)


def test_the_second_of_two_equal_times_on_the_wall_is_said_in_utc() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    found = lines(event_calendar([event(first, first + timedelta(hours=1))], name="Casa Lume"))
    assert "DTSTART;TZID=Europe/Lisbon:20261025T013000" in found
    assert "DTEND:20261025T013000Z" in found


def test_an_event_without_an_end_has_none() -> None:
    assert b"DTEND" not in event_calendar([replace(SALON, ends=None)], name="Casa Lume")


def test_everything_else_is_carried_over() -> None:
    full = replace(
        SALON,
        description="Come as you are.\nBring a lamp; or two, if you like.",
        location="Casa Lume, Rua da Luz 7",
        geo=(38.7139, -9.1334),
        url="https://casalume.example/events/salon/?a=1,2;3",
        status="TENTATIVE",
        organizer_name='Casa "Lume": the house',
        organizer_email="hello@casalume.example",
    )
    found = read(event_calendar([full], name="Casa Lume", lang="en"))
    assert found["SUMMARY"] == "Salon to Stream"
    assert found["SUMMARY"].params["LANGUAGE"] == "en"
    assert found["DESCRIPTION"] == full.description
    assert found["LOCATION"] == full.location
    assert (found["GEO"].latitude, found["GEO"].longitude) == full.geo
    assert found["URL"] == full.url
    assert found["STATUS"] == "TENTATIVE"
    assert found["ORGANIZER"] == "mailto:hello@casalume.example"
    assert found["ORGANIZER"].params["CN"] == "Casa 'Lume': the house"
    assert "ATTENDEE" not in found


def test_a_cancelled_event_is_sent_as_a_cancellation() -> None:
    data = event_calendar([replace(SALON, sequence=3, organizer_email="a@b.example")], name="x", method="CANCEL")
    assert parse(data)["METHOD"] == "CANCEL"
    found = read(data)
    assert (found["STATUS"], found["SEQUENCE"], found["UID"]) == ("CANCELLED", 3, SALON.uid)


def test_a_calendar_to_subscribe_to_has_a_name_and_says_how_often_to_look() -> None:
    data = event_calendar([SALON], name="Casa Lume, Lisboa", refresh_hours=12)
    assert "NAME:Casa Lume\\, Lisboa" in lines(data)
    assert "X-WR-CALNAME:Casa Lume\\, Lisboa" in lines(data)
    assert parse(data)["METHOD"] == "PUBLISH"
    assert parse(data)["REFRESH-INTERVAL"].dt == timedelta(hours=12)


def test_a_calendar_of_many_events_has_each_zone_once() -> None:
    events = [event(at(zone, year, 6, 1, 12), zone=zone) for zone in ZONES[:3] for year in (2025, 2026, 2027)]
    data = event_calendar(events, name="Casa Lume")
    calendar = parse(data)
    assert sorted(str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")) == sorted(ZONES[:3])
    assert [found["DTSTART"].dt for found in calendar.walk("VEVENT")] == [one.starts for one in events]


def test_an_empty_calendar_is_still_a_calendar() -> None:
    assert parse(event_calendar([], name="Casa Lume")).walk("VEVENT") == []


def test_vobject_reads_the_same_event() -> None:
    found = vobject.readOne(event_calendar([SALON], name="Casa Lume").decode()).vevent
    assert found.dtstart.value == SALON.starts
    assert found.dtend.value == SALON.ends
    assert found.summary.value == "Salon to Stream"


@pytest.mark.parametrize("year", [1, 2, 1899, 9998])
def test_a_year_out_of_the_ordinary_is_no_crash(year: int) -> None:
    assert b"BEGIN:VEVENT" in event_calendar([event(datetime(year, 6, 1, 12, tzinfo=UTC))], name="x")


# Lines ----------------------------------------------------------------------------------------------------------------

ANY_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from(["\n", "\\", ";", ",", "é", "東", "\U0001f469"])
)


@given(ANY_TEXT, ANY_TEXT)
@settings(max_examples=200, deadline=None)
def test_what_goes_in_comes_out(summary: str, description: str) -> None:
    data = event_calendar([replace(SALON, summary=summary, description=description)], name="x")
    found = read(data)
    for name, written in (("SUMMARY", summary), ("DESCRIPTION", description)):
        raw = next((line for line in lines(data) if line.startswith(f"{name}:")), f"{name}:")
        assert unescaped(raw.partition(":")[2]) == written
    # icalendar itself reads a backslash before N as a line break, whatever stands before it; so it referees the rest.
    if "\\" not in summary:
        assert found["SUMMARY"] == summary


@given(ANY_TEXT)
@settings(max_examples=200, deadline=None)
def test_no_line_is_longer_than_75_octets_and_none_is_cut_inside_a_character(text: str) -> None:
    data = event_calendar([replace(SALON, summary=text * 5)], name="x")
    assert data.endswith(b"\r\n")
    for line in data[:-2].split(b"\r\n"):
        assert len(line) <= LONGEST
        assert b"\n" not in line
        assert b"\r" not in line
        line.decode()


def test_controls_and_foreign_line_ends_do_not_reach_the_file() -> None:
    data = event_calendar(
        [replace(SALON, summary="a\x00b\x07c", description="one\r\ntwo\rthree", url="https://x.example/\r\nX-EVIL:1")],
        name="x\r\nX-EVIL:1",
    )
    found = lines(data)
    assert "SUMMARY:abc" in found
    assert "DESCRIPTION:one\\ntwo\\nthree" in found
    assert not any(line.startswith("X-EVIL") for line in found)


def unescaped(value: str) -> str:
    """RFC 5545 3.3.11 read backwards, one character after the other."""
    out, rest = [], iter(value)
    for c in rest:
        if c == "\\":
            c = next(rest)
            c = "\n" if c in "nN" else c
        out.append(c)
    return "".join(out)


# Zones ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2018, 2026])
def test_a_zone_tells_the_same_time_as_the_zone_database(zone: str, year: int) -> None:
    data = event_calendar([event(at(zone, year, 7, 1, 12), zone=zone)], name="x")
    own = ZoneInfo(zone)
    read_back = parse(data).walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
    strict = tzical(io.StringIO(data.decode())).get(zone)
    wall = datetime(year, 1, 1)
    while wall.year == year:
        # Times that the clock leaves out, or shows twice, are left out: their meaning is a convention of each library.
        if unambiguous(wall, own):
            assert wall.replace(tzinfo=strict).utcoffset() == wall.replace(tzinfo=own).utcoffset(), wall
            assert wall.replace(tzinfo=read_back).utcoffset() == wall.replace(tzinfo=own).utcoffset(), wall
        wall += timedelta(hours=1) if wall.day in (1, 2, 7, 8, 14, 15, 25, 29) else timedelta(hours=24)


def unambiguous(wall: datetime, zone: ZoneInfo) -> bool:
    return wall.replace(tzinfo=zone, fold=0).utcoffset() == wall.replace(tzinfo=zone, fold=1).utcoffset()


def test_summer_time_begins_on_the_clock_that_ends() -> None:
    found = lines(event_calendar([SALON], name="x"))
    daylight = found[found.index("BEGIN:DAYLIGHT") : found.index("END:DAYLIGHT")]
    assert "DTSTART:20250330T010000" in daylight
    assert "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU" in daylight


def test_a_zone_that_keeps_no_rule_is_written_change_by_change() -> None:
    zone = "Africa/Casablanca"
    data = event_calendar([event(at(zone, 2026, 3, 1, 12), zone=zone)], name="x")
    assert b"RRULE" not in data
    assert data.count(b"BEGIN:DAYLIGHT") >= 3


def test_a_clock_that_stands_still_is_one_standard_time() -> None:
    data = event_calendar([event(at("Asia/Kathmandu", 2026, 3, 1, 12), zone="Asia/Kathmandu")], name="x")
    assert data.count(b"BEGIN:STANDARD") == 1
    assert b"TZOFFSETTO:+0545" in data


@given(
    st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(lambda d: d.replace(tzinfo=UTC, microsecond=0)),
    st.integers(1, 60 * 24 * 9),
    st.sampled_from(ZONES),
)
@settings(max_examples=150, deadline=None)
def test_every_instant_survives_the_way_there_and_back(start: datetime, minutes: int, zone: str) -> None:
    end = start + timedelta(minutes=minutes)
    found = read(event_calendar([event(start, end, zone)], name="x"))
    assert found["DTSTART"].dt.astimezone(UTC) == start
    assert found["DTEND"].dt.astimezone(UTC) == end


# Web calendars --------------------------------------------------------------------------------------------------------


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_google_is_handed_instants_and_the_zone() -> None:
    url = google_calendar_url(replace(SALON, location="Casa Lume & garden", url="https://casalume.example/e/"))
    assert url.startswith("https://calendar.google.com/calendar/render?action=TEMPLATE")
    found = query(url)
    assert found["dates"] == "20261204T190000Z/20261204T203000Z"
    assert (found["ctz"], found["text"]) == ("Europe/Lisbon", "Salon to Stream")
    assert found["location"] == "Casa Lume & garden"
    assert found["details"] == "https://casalume.example/e/"


def test_outlook_is_handed_instants_in_utc() -> None:
    found = query(outlook_calendar_url(SALON))
    assert (found["startdt"], found["enddt"]) == ("2026-12-04T19:00:00Z", "2026-12-04T20:30:00Z")
    assert "allday" not in found


def test_whole_days_stay_whole_days() -> None:
    days = event(date(2026, 12, 4), date(2026, 12, 6))
    assert query(google_calendar_url(days))["dates"] == "20261204/20261207"
    found = query(outlook_calendar_url(days))
    assert (found["startdt"], found["enddt"], found["allday"]) == ("2026-12-04", "2026-12-07", "true")


def test_a_long_description_is_cut_so_that_the_link_survives() -> None:
    assert len(google_calendar_url(replace(SALON, description="word " * 1000))) < 2000


@pytest.mark.parametrize("make", [google_calendar_url, outlook_calendar_url])
def test_a_link_can_stand_in_an_attribute(make: Any) -> None:
    url = make(replace(SALON, summary="\"<b>'&", description="a b\nc", location="東京"))
    assert url.isascii()
    assert not set("\"'<> \n") & set(url)
