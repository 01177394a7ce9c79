"""Structured data: what search engines require, read out of the page by extruct and checked field by field."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from extruct.jsonld import JsonLdExtractor  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from handbill.kinds import Drop, Event, Host
from handbill.kinds.base import Address, Geo, Item, Rate, Space, Ticket, Venue
from handbill.render import jsonld
from handbill_functions.money import Money

LISBON = ZoneInfo("Europe/Lisbon")
HOME = "https://casalume.example/"
URL = f"{HOME}events/salon-to-stream/"
SITE = ("Casa Lume", HOME)
LUZ = Address(street="Rua da Luz 7", postcode="1200-001", city="Lisboa", country="PT")
AT_HOME = jsonld.place("Casa Lume", LUZ, geo=Geo(latitude=38.7, longitude=-9.1), url=f"{HOME}hosts/casa-lume/")
STATES = ["announced", "early_access", "open", "sold_out", "closed", "postponed", "cancelled", "past"]

SALON: dict[str, Any] = {
    "title": "Salon to Stream",
    "starts": datetime(2026, 12, 4, 19, 0, tzinfo=LISBON),
    "duration": timedelta(minutes=90),
    "capacity": 40,
    "tickets": (
        Ticket(name="Seat", price=Money(2500, "EUR")),
        Ticket(name="Stream", price=Money(0, "EUR"), online=True),
    ),
}
LAMP: dict[str, Any] = {
    "title": "Lamp Nº 3",
    "opens_at": datetime(2026, 12, 6, 18, 0, tzinfo=LISBON),
    "closes_at": datetime(2026, 12, 13, 18, 0, tzinfo=LISBON),
    "early_access": timedelta(hours=24),
    "items": (Item(name="Lamp", price=Money(18000, "EUR"), edition=80),),
}


def event(state: str = "open", location: Any = AT_HOME, sold_out: tuple[str, ...] = (), **more: Any) -> Any:
    entry = Event(**{**SALON, **more})
    ends = datetime(2026, 12, 4, 20, 30, tzinfo=LISBON) if isinstance(entry.starts, datetime) else None
    return jsonld.event(
        entry,
        url=URL,
        state=state,
        lang="en",
        location=location,
        organizer=SITE,
        ends=ends,
        description="Ninety minutes of lamp-making.",
        images=[f"{HOME}media/bench.1200.jpg"],
        sold_out=sold_out,
    )


def drop(state: str = "open", sold_out: tuple[str, ...] = (), **more: Any) -> list[dict[str, Any]]:
    url = f"{HOME}drops/lamp-no-3/"
    images = [f"{HOME}media/lamp.jpg"]
    return jsonld.products(
        Drop(**{**LAMP, **more}), url=url, state=state, seller=SITE, images=images, sold_out=sold_out
    )


# A page's script ------------------------------------------------------------------------------------------------------


def read(markup: Markup) -> list[dict[str, Any]]:
    """What a crawler finds in the page."""
    found = JsonLdExtractor().extract(f"<!doctype html><html><head>{markup}</head><body></body></html>")
    assert len(found) == 1
    assert found[0]["@context"] == "https://schema.org"
    graph: list[dict[str, Any]] = found[0]["@graph"]
    return graph


def test_a_crawler_reads_back_what_was_said() -> None:
    objects = [event(), *drop(), jsonld.organization(*SITE)]
    assert read(jsonld.script(objects)) == objects


def test_a_page_that_has_nothing_to_say_has_no_script() -> None:
    assert jsonld.script([]) == ""


@given(st.text())
def test_no_words_can_end_the_script_or_be_changed_by_it(words: str) -> None:
    markup = jsonld.script([{"@type": "Thing", "name": words}])
    inner = markup.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not set("<>&\u2028\u2029") & set(inner)
    assert json.loads(inner)["@graph"][0]["name"] == words


def test_a_title_that_looks_like_markup_stays_a_title() -> None:
    title = "</script><script>alert(1)</script> & \u2028 more"
    assert read(jsonld.script([event(title=title)]))[0]["name"] == title


# Events ---------------------------------------------------------------------------------------------------------------

WITH_OFFSET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d\d:\d\d")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def check_event(found: dict[str, Any]) -> None:
    """What Google requires of an Event, and the forms it asks for."""
    assert found["@type"] == "Event"
    assert found["name"]
    for key in ("startDate", "endDate", "doorTime", "previousStartDate"):
        if key in found:
            assert WITH_OFFSET.fullmatch(found[key]) or DAY.fullmatch(found[key]), key
    assert "startDate" in found
    places = found["location"] if isinstance(found["location"], list) else [found["location"]]
    for place in places:
        if place["@type"] == "Place":
            assert place["address"]["@type"] == "PostalAddress"
            assert len(place["address"]) > 1
        else:
            assert place["@type"] == "VirtualLocation"
            assert place["url"].startswith("https://")
    if "previousStartDate" in found:
        assert found["eventStatus"] == "https://schema.org/EventRescheduled"
    for offer in found.get("offers", []):
        check_offer(offer)
        assert offer.get("availability", "InStock").rpartition("/")[2] in ("InStock", "SoldOut")
    assert found["organizer"]["name"]
    assert all(value not in ("", None, [], {}) for value in found.values())


def check_offer(offer: dict[str, Any]) -> None:
    assert offer["@type"] == "Offer"
    assert re.fullmatch(r"\d+(\.\d+)?", offer["price"])
    assert re.fullmatch(r"[A-Z]{3}", offer["priceCurrency"])
    assert offer["url"].startswith("https://")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("status", ["scheduled", "sold_out", "postponed", "rescheduled", "cancelled", "moved_online"])
def test_an_event_is_complete_in_every_state(state: str, status: str) -> None:
    check_event(event(state, status=status))


def test_an_event_says_when_with_its_offset() -> None:
    found = event(doors=datetime(2026, 12, 4, 18, 30, tzinfo=LISBON))
    assert found["startDate"] == "2026-12-04T19:00+00:00"
    assert found["endDate"] == "2026-12-04T20:30+00:00"
    assert found["doorTime"] == "2026-12-04T18:30+00:00"
    assert event(starts=datetime(2026, 7, 4, 19, 0, tzinfo=LISBON))["startDate"] == "2026-07-04T19:00+01:00"


def test_whole_days_are_dates_and_one_day_begins_and_ends_on_itself() -> None:
    one = event(starts=date(2026, 12, 4), duration=None)
    assert (one["startDate"], one["endDate"]) == ("2026-12-04", "2026-12-04")
    three = event(starts=date(2026, 12, 4), ends=date(2026, 12, 6), duration=None)
    assert (three["startDate"], three["endDate"]) == ("2026-12-04", "2026-12-06")


def test_a_cancelled_event_keeps_its_date_and_its_place() -> None:
    found = event("cancelled", status="cancelled", previous_start=date(2026, 11, 1))
    assert found["eventStatus"].endswith("/EventCancelled")
    assert found["startDate"] == event()["startDate"]
    assert found["location"] == event()["location"]
    assert "previousStartDate" not in found


@pytest.mark.parametrize(
    ("status", "moved", "expected"),
    [
        ("scheduled", False, "EventScheduled"),
        ("sold_out", False, "EventScheduled"),
        ("postponed", False, "EventPostponed"),
        ("postponed", True, "EventRescheduled"),
        ("rescheduled", True, "EventRescheduled"),
        ("moved_online", False, "EventMovedOnline"),
    ],
)
def test_the_status_follows_from_what_is_known(status: str, moved: bool, expected: str) -> None:
    previous = datetime(2026, 11, 27, 19, 0, tzinfo=LISBON) if moved else None
    found = event(status=status, previous_start=previous)
    assert found["eventStatus"] == f"https://schema.org/{expected}"
    assert found.get("previousStartDate", "") == ("2026-11-27T19:00+00:00" if moved else "")


def test_people_can_come_in_person_online_or_both() -> None:
    def mode(found: dict[str, Any]) -> str:
        return str(found["eventAttendanceMode"]).removeprefix("https://schema.org/")

    seats = (Ticket(name="Seat", price=Money(2500, "EUR")),)
    stream = "https://stream.example/live"
    assert mode(event(tickets=seats)) == "OfflineEventAttendanceMode"
    assert mode(event()) == "MixedEventAttendanceMode"
    assert mode(event(tickets=(), online_url=stream, location=None)) == "OnlineEventAttendanceMode"
    assert mode(event(status="moved_online")) == "OnlineEventAttendanceMode"
    assert event(tickets=(), online_url=stream, location=None)["location"]["url"] == stream


def test_a_stream_without_a_public_address_is_found_on_the_page_itself() -> None:
    assert event()["location"][1] == {"@type": "VirtualLocation", "url": URL}


def test_an_event_nobody_can_find_is_not_announced_to_search_engines() -> None:
    assert event(location=None, tickets=()) is None


def test_each_priced_ticket_is_an_offer_and_a_free_one_costs_nothing() -> None:
    seat, stream = event()["offers"]
    assert (seat["name"], seat["price"], seat["priceCurrency"]) == ("Seat", "25.00", "EUR")
    assert stream["price"] == "0.00"
    assert event(tickets=(Ticket(name="Seat"),)).get("offers") is None
    yen = event(tickets=(Ticket(name="Seat", price=Money(2500, "JPY")),))["offers"][0]
    assert yen["price"] == "2500"


def test_an_event_is_free_when_all_its_tickets_are() -> None:
    assert "isAccessibleForFree" not in event()
    assert event(tickets=(Ticket(name="Seat", price=Money(0, "EUR")),))["isAccessibleForFree"] is True


def test_a_full_room_leaves_the_stream_unless_that_is_gone_too() -> None:
    def said(**more: Any) -> list[str]:
        return [offer["availability"].rpartition("/")[2] for offer in event("sold_out", **more)["offers"]]

    assert said() == ["SoldOut", "InStock"]
    assert said(sold_out=("stream",)) == ["SoldOut", "SoldOut"]
    assert said(tickets=(Ticket(name="Stream", price=Money(0, "EUR"), online=True),)) == ["SoldOut"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [("open", "InStock"), ("sold_out", "SoldOut")]
    + [(state, "") for state in STATES if state not in ("open", "sold_out")],
)
def test_the_availability_of_tickets_follows_the_state(state: str, expected: str) -> None:
    offer = event(state)["offers"][0]
    assert offer.get("availability", "").removeprefix("https://schema.org/") == expected


def test_one_ticket_can_be_gone_while_another_is_there() -> None:
    seat, stream = event(sold_out=("seat",))["offers"]
    assert seat["availability"].endswith("/SoldOut")
    assert stream["availability"].endswith("/InStock")


def test_a_sale_that_opens_later_says_when_and_keeps_early_access_to_itself() -> None:
    opens = datetime(2026, 11, 1, 10, 0, tzinfo=LISBON)
    for state in ("announced", "early_access"):
        offer = event(state, opens_at=opens, early_access=timedelta(hours=24))["offers"][0]
        assert offer["validFrom"] == "2026-11-01T10:00+00:00"
        assert "availability" not in offer


def test_who_organises_is_the_site_unless_somebody_is_named() -> None:
    assert event()["organizer"]["@id"] == f"{HOME}#organization"
    assert event(organizer="Ana & Rui")["organizer"] == {"@type": "Organization", "name": "Ana & Rui"}


def test_an_age_limit_is_a_range_without_an_end() -> None:
    assert event(age="18+")["typicalAgeRange"] == "18-"
    assert "typicalAgeRange" not in event(age="for all")


# Drops ----------------------------------------------------------------------------------------------------------------


def check_product(found: dict[str, Any]) -> None:
    """What Google requires of a merchant listing; without an offer it is a plain Product and claims none."""
    assert found["@type"] == "Product"
    assert found["name"]
    assert found["image"]
    assert not re.search(r"\s", found["sku"])
    if "offers" in found:
        check_offer(found["offers"])
        assert float(found["offers"]["price"]) > 0
    assert all(value not in ("", None, [], {}) for value in found.values())


@pytest.mark.parametrize("state", STATES)
def test_a_drop_is_complete_in_every_state(state: str) -> None:
    for found in drop(state):
        check_product(found)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("announced", ""),
        ("early_access", ""),
        ("open", "InStock"),
        ("sold_out", "SoldOut"),
        ("closed", "OutOfStock"),
        ("postponed", "OutOfStock"),
        ("cancelled", "OutOfStock"),
        ("past", "OutOfStock"),
    ],
)
def test_the_availability_of_an_item_follows_the_state(state: str, expected: str) -> None:
    offer = drop(state)[0]["offers"]
    assert offer.get("availability", "").removeprefix("https://schema.org/") == expected
    assert offer["validFrom"] == "2026-12-06T18:00+00:00"
    assert offer["validThrough"] == "2026-12-13T18:00+00:00"


def test_early_access_is_never_said() -> None:
    assert "2026-12-05" not in json.dumps(drop("early_access"))


def test_the_only_item_of_a_drop_is_the_drop() -> None:
    assert [found["name"] for found in drop()] == ["Lamp Nº 3"]
    two = (Item(name="Lamp", price=Money(18000, "EUR")), Item(name="Shade", price=Money(4000, "EUR")))
    assert [found["name"] for found in drop(items=two)] == ["Lamp", "Shade"]
    assert len({found["@id"] for found in drop(items=two)}) == 2


def test_what_is_free_or_has_no_price_claims_no_listing() -> None:
    free = (Item(name="Zine", price=Money(0, "EUR")), Item(name="Poster"))
    for found in drop(items=free):
        check_product(found)
        assert "offers" not in found


def test_an_item_can_be_gone_while_the_drop_is_open() -> None:
    assert drop(sold_out=("lamp",))[0]["offers"]["availability"].endswith("/SoldOut")


# Hosts and places -----------------------------------------------------------------------------------------------------


def house(*spaces: Space, **more: Any) -> dict[str, Any]:
    entry = Host(title="Casa Lume", address=LUZ, spaces=spaces, checkin="15:00", **more)
    return jsonld.host(entry, url=f"{HOME}hosts/casa-lume/", price_range="€95.00")


def test_where_people_sleep_is_lodging() -> None:
    attic = Space(name="The attic room", sleeps=2, rate=Rate(price=Money(9500, "EUR")))
    found = house(attic, amenities=("wifi",), telephone="+351210000000")
    assert found["@type"] == "LodgingBusiness"
    assert found["name"] == "Casa Lume"
    assert found["address"]["addressCountry"] == "PT"
    assert (found["checkinTime"], found["priceRange"], found["telephone"]) == ("15:00", "€95.00", "+351210000000")
    assert found["amenityFeature"] == [{"@type": "LocationFeatureSpecification", "name": "wifi", "value": True}]


def test_where_something_is_for_rent_is_a_business_and_anything_else_is_a_place() -> None:
    table = Space(name="The long table", seats=14)
    assert house(table.model_copy(update={"rate": Rate(price=Money(2000, "EUR"))}))["@type"] == "LocalBusiness"
    assert house(table)["@type"] == "Place"
    assert "priceRange" not in house(table)
    assert "checkinTime" not in house(table)


def test_a_place_known_by_name_alone_still_has_an_address() -> None:
    assert jsonld.place("Somewhere", Address()) == {
        "@type": "Place",
        "name": "Somewhere",
        "address": {"@type": "PostalAddress", "name": "Somewhere"},
    }
    assert jsonld.place("", Address()) is None


def test_a_venue_on_the_equator_keeps_its_zeros() -> None:
    found = jsonld.venue(Venue(name="Buoy", geo=Geo(latitude=0, longitude=0)))
    assert found is not None
    assert found["geo"] == {"@type": "GeoCoordinates", "latitude": 0, "longitude": 0}


# The site -------------------------------------------------------------------------------------------------------------


def test_the_site_and_who_it_belongs_to_point_at_each_other() -> None:
    who = jsonld.organization(*SITE, logo=f"{HOME}logo.png", same_as=["https://social.example/@lume"])
    site = jsonld.website(*SITE, lang="en")
    assert site["publisher"]["@id"] == who["@id"]
    assert who["sameAs"] == ["https://social.example/@lume"]
    assert "email" not in who


def test_breadcrumbs_count_from_one_and_end_with_the_page() -> None:
    found = jsonld.breadcrumbs([("Casa Lume", HOME), ("Events", f"{HOME}events/"), ("Salon", URL)])
    assert found is not None
    assert [(step["position"], step["item"]) for step in found["itemListElement"]] == [
        (1, HOME),
        (2, f"{HOME}events/"),
        (3, URL),
    ]
    assert jsonld.breadcrumbs([("Casa Lume", HOME)]) is None
