"""What an event, a drop, a host and a page are: their fields, their times, their states, and their other languages."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from handbill.config import SECTIONS, SiteConfig, load_config
from handbill.content.entry import Parsed, read_defaults, read_entry
from handbill.content.locate import locate, problem_in
from handbill.content.translation import apply, read_translation
from handbill.kinds import KINDS, Drop, Entry, Event, Host, Page
from handbill.kinds.base import KNOWN_FIELDS, Translation
from handbill.kinds.moments import instant, read_duration, read_moment
from handbill.model import Source
from handbill.schema.part import Part
from handbill.schema.shape import one_slip, shape_of
from handbill.slugs import is_slug, slugify
from handbill.yaml import dump, read
from handbill_functions.money import Money

SITE = b"""
name: Casa Lume
base_url: https://casalume.example
timezone: Europe/Lisbon
currency: EUR
languages: [en, pt]
sender: { email: hello@casalume.example, address: "Rua da Luz 7, Lisboa" }
consent: { controller: "Casa Lume, Lda", marketing: { en: Yes., pt: Sim. } }
signup: /api
"""


def site() -> SiteConfig:
    config, problems = load_config(source(SITE.decode(), "content/site.yaml"), {})
    assert config is not None
    assert problems == []
    return config


def source(text: str, path: str = "content/events/salon.md") -> Source:
    return Source(path, text.encode(), "")


def parse(kind: type[Entry], front: str, slug: str = "salon") -> Parsed:
    return read_entry(
        source(f"---\n{front}\n---\nWords.\n", f"content/{kind.section}/{slug}.md"), kind, config=SITE_CONFIG, slug=slug
    )


def entry(kind: type[Entry], front: str, slug: str = "salon") -> Any:
    parsed = parse(kind, front, slug)
    assert parsed.problems == []
    return parsed.entry


def event(front: str) -> Event:
    found = entry(Event, f"title: Salon\n{front}")
    assert isinstance(found, Event)
    return found


def drop(front: str) -> Drop:
    found = entry(Drop, f"title: Lamp\n{front}", "lamp")
    assert isinstance(found, Drop)
    return found


SITE_CONFIG = site()
UTC_ = ZoneInfo("UTC")


# ---- reading


def test_a_small_event_is_filled_up() -> None:
    salon = event("starts: 2026-12-04 19:00")
    assert (salon.id, salon.slug, salon.timezone) == ("events/salon", "salon", "Europe/Lisbon")
    assert salon.starts == datetime(2026, 12, 4, 19, tzinfo=ZoneInfo("Europe/Lisbon"))
    assert salon.signup is not None
    assert salon.signup.consent == ("marketing",)
    assert salon.moments() == {"starts": salon.starts}


def test_the_words_below_come_with_their_line() -> None:
    parsed = parse(Page, "title: About")
    assert (parsed.body, parsed.body_line) == ("Words.\n", 4)


def test_id_and_slug_that_are_written_win() -> None:
    found = entry(Page, "title: About\nslug: us\nid: pages/old-about")
    assert (found.id, found.slug) == ("pages/old-about", "us")
    assert entry(Page, "title: About\nslug: us").id == "pages/us"


@pytest.mark.parametrize(
    ("name", "slug"), [("Über uns", "uber-uns"), ("about", "about"), ("a_b", "a_b"), ("東京", "東京")]
)
def test_a_file_name_that_is_no_slug_becomes_one(name: str, slug: str) -> None:
    assert entry(Page, "title: x", name).slug == slug


@pytest.mark.parametrize(("kind", "form"), [(Event, True), (Drop, True), (Host, True), (Page, False)])
def test_who_has_a_form_without_asking(kind: type[Entry], form: bool) -> None:
    front = "title: x\nstarts: 2026-12-04"
    assert (entry(kind, front if kind is Event else "title: x").signup is not None) is form


def test_a_form_is_taken_away_or_asked_for_in_a_word() -> None:
    assert event("starts: 2026-12-04\nsignup: false").signup is None
    asked = entry(Page, "title: x\nsignup: true").signup
    assert asked is not None
    assert asked.list == "main"
    assert entry(Page, "title: x\nsignup: { button: Go }").signup.button == "Go"


def test_fields_of_a_form_know_their_type() -> None:
    form = event(
        "starts: 2026-12-04\nsignup:\n  fields: [phone, { name: diet, label: Diet, options: 'Meat, None' }]"
    ).signup
    assert form is not None
    assert [(field.name, field.type, tuple(option.label for option in field.options)) for field in form.fields] == [
        ("phone", "tel", ()),
        ("diet", "select", ("Meat", "None")),
    ]
    assert KNOWN_FIELDS["phone"] == "tel"


@pytest.mark.parametrize(
    ("written", "images"),
    [
        ("images: a.jpg", [("a.jpg", "")]),
        ("image: ./a.jpg", [("a.jpg", "")]),
        ("cover: { image: a.jpg, alt: A }", [("a.jpg", "A")]),
        ("featured_image: /b.jpg", [("/b.jpg", "")]),
        ("images: [a.jpg, { src: sub/b.jpg, alt: B }]", [("a.jpg", ""), ("sub/b.jpg", "B")]),
        ("images: false", []),
    ],
)
def test_pictures_may_be_written_in_many_ways(written: str, images: list[tuple[str, str]]) -> None:
    assert [(image.src, image.alt) for image in entry(Page, f"title: x\n{written}").images] == images


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("tags: light", ["light"]),
        ("tag: a, b", ["a", "b"]),
        ("categories: [a]\ntags: [b, a]", ["a", "b", "a"]),
        ("tags:", []),
    ],
)
def test_tags_may_be_written_in_many_ways(written: str, tags: list[str]) -> None:
    assert list(entry(Page, f"title: x\n{written}").tags) == tags


def test_spellings_of_other_tools_say_the_same() -> None:
    theirs = entry(
        Page,
        "title: x\nexcerpt: s\npermalink: /old\npubdate: 2026-11-02\nunpublishdate: 2027-01-31\nupdated: 2026-11-20\n"
        "redirect_from: [old.html, /a]\norder: 3\nmenu: main\nlinkTitle: l\npublished: false",
    )
    ours = entry(
        Page,
        "title: x\nsummary: s\nurl: /old/\npublish_date: 2026-11-02\nexpiry_date: 2027-01-31\nlastmod: 2026-11-20\n"
        "aliases: [/old.html, /a/]\nweight: 3\nmenu: true\nlink_title: l\ndraft: true",
    )
    assert theirs == ours
    assert entry(Page, "title: x\npermalink: false").draft
    assert entry(Page, "title: x\npublished: 2026-11-02").publish_date == date(2026, 11, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_may_be_written_in_camel_case(kind: type[Entry]) -> None:
    shape = shape_of(kind)
    for name in kind.model_fields:
        head, *rest = name.split("_")
        assert shape.spellings[head + "".join(word.title() for word in rest)] == name


def test_a_text_of_several_lines_becomes_one() -> None:
    found = entry(Page, "title: |\n  About\n  us\nsummary: >\n  one\n\n  two")
    assert (found.title, found.summary) == ("About us", "one two")


def test_params_hold_anything_as_json_can() -> None:
    params = entry(Page, "title: x\nparams: { a: 1.5, b: [0x10, { c: yes }], d: 1e999, e: ~, f: true }").params
    assert params == {"a": 1.5, "b": [16, {"c": "yes"}], "d": "1e999", "e": None, "f": True}
    assert type(params["a"]) is float
    assert type(params["b"][0]) is int


def test_an_entry_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        event("starts: 2026-12-04").title = "Other"  # type: ignore[misc]


def test_the_folders_of_the_site_are_those_of_the_kinds() -> None:
    assert tuple(kind.section for kind in KINDS) == SECTIONS


# ---- products, places, money


def test_a_price_keeps_the_digits_it_was_written_with() -> None:
    written = ["25 EUR", "25", "25.5", "0", "7 JPY", "1.005 KWD"]
    salons = [event(f"starts: 2026-12-04\ntickets: [{{ name: Seat, price: {price} }}]") for price in written]
    assert [salon.tickets[0].price for salon in salons] == [
        Money(2500, "EUR"),
        Money(2500, "EUR"),
        Money(2550, "EUR"),
        Money(0, "EUR"),
        Money(7, "JPY"),
        Money(1005, "KWD"),
    ]


def test_what_is_free_is_so_in_the_currency_of_the_rest() -> None:
    salon = event(
        "starts: 2026-12-04 19:00\ntickets:\n  - { name: Stream, price: 0 }\n"
        "  - { name: Seat, price: 25 USD, addons: [{ name: Tea, price: 0 EUR }] }\n"
    )
    assert [product.price for product in salon.products] == [Money(0, "USD"), Money(2500, "USD"), Money(0, "USD")]
    host = entry(Host, "title: House\nspaces: [{ name: Garden, rate: 0 }, { name: Attic, rate: 95 USD / night }]")
    assert [space.rate.price for space in host.spaces] == [Money(0, "USD"), Money(9500, "USD")]


def test_a_rate_is_a_price_for_a_time() -> None:
    host = entry(
        Host,
        "title: x\nspaces:\n"
        "  - { name: A, rate: 95 EUR / night }\n  - { name: B, rate: 10 EUR per hour }\n  - { name: C, rate: 50 }",
    )
    assert [(space.rate.price.amount, space.rate.per) for space in host.spaces] == [
        (9500, "night"),
        (1000, "hour"),
        (5000, "night"),
    ]


def test_products_have_ids_that_a_sku_may_replace() -> None:
    lamp = drop("items: [{ name: Lamp Nº 3, addons: [{ name: Cord, sku: C-1 }] }]\naddons: [{ name: Box }]")
    assert [product.id for product in lamp.products] == ["lamp-no-3", "C-1", "box"]


def test_a_place_is_a_name_or_more() -> None:
    assert (
        event("starts: 2026-12-04\nvenue: Town Hall").venue
        == event("starts: 2026-12-04\nvenue: { name: Town Hall }").venue
    )
    host = entry(Host, "title: x\naddress: Rua da Luz 7, Lisboa\ngeo: 38.71, -9.14\ncheckin: 9:00")
    assert (host.address.street, host.geo.latitude, host.geo.longitude, host.checkin) == (
        "Rua da Luz 7, Lisboa",
        38.71,
        -9.14,
        "09:00",
    )
    assert entry(Host, "title: x\naddress: { zip: 01200, country: pt }").address.model_dump(exclude_defaults=True) == {
        "postcode": "01200",
        "country": "PT",
    }


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Lamp Nº 3", "lamp-no-3"),
        ("Fünf & Søhne", "funf-sohne"),
        ("東京の夜", "東京の夜"),
        ("हिन्दी रात", "हिन्दी-रात"),
        ("ガ", "ガ"),
        ("***", ""),
    ],
)
def test_a_slug_is_made_from_a_name(name: str, slug: str) -> None:
    assert slugify(name) == slug


@given(st.text(max_size=40))
def test_a_slug_of_a_slug_is_itself_and_fits_into_a_url(name: str) -> None:
    slug = slugify(name)
    assert slugify(slug) == slug
    assert slug == "" or is_slug(slug)


# ---- moments


ZONES = [
    ("Europe/Lisbon", "2026-03-29 01:30", "gap"), ("Europe/Lisbon", "2026-10-25 01:30", "twice"),
    ("Europe/Lisbon", "2026-03-29 00:59", "fine"), ("Europe/Lisbon", "2026-03-29 02:00", "fine"),
    ("Europe/Lisbon", "2026-10-25 00:59", "fine"), ("Europe/Lisbon", "2026-10-25 02:00", "fine"),
    ("Europe/Berlin", "2026-03-29 02:30", "gap"), ("Europe/Berlin", "2026-10-25 02:30", "twice"),
    ("America/New_York", "2026-03-08 02:00", "gap"), ("America/New_York", "2026-11-01 01:00", "twice"),
    ("America/New_York", "2026-03-08 03:00", "fine"), ("America/New_York", "2026-11-01 02:00", "fine"),
    ("Australia/Lord_Howe", "2026-10-04 02:15", "gap"), ("Australia/Lord_Howe", "2026-04-05 01:45", "twice"),
    ("Australia/Sydney", "2026-10-04 02:30", "gap"), ("Australia/Sydney", "2026-04-05 02:30", "twice"),
    ("Africa/Cairo", "2026-04-24 00:30", "gap"), ("Africa/Casablanca", "2026-02-15 02:30", "twice"),
    ("Africa/Casablanca", "2026-03-22 02:30", "gap"), ("Asia/Kolkata", "2026-03-29 02:30", "fine"),
    ("Asia/Tokyo", "2026-10-25 01:30", "fine"), ("Asia/Beirut", "2026-03-29 00:30", "gap"),
    ("Pacific/Apia", "2011-12-30 12:00", "gap"), ("Pacific/Auckland", "2026-09-27 02:30", "gap"),
    ("America/Santiago", "2026-09-06 00:30", "gap"), ("America/Santiago", "2026-04-04 23:30", "twice"),
    ("America/Havana", "2026-03-08 00:30", "gap"), ("America/Havana", "2026-11-01 00:30", "twice"),
    ("Europe/Dublin", "2026-03-29 01:30", "gap"), ("Europe/Dublin", "2026-10-25 01:30", "twice"),
    ("America/Sao_Paulo", "2026-11-01 00:30", "fine"), ("UTC", "2026-03-29 01:30", "fine"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "text", "how"), ZONES)
def test_a_time_that_the_clock_shows_twice_or_never_is_told(zone: str, text: str, how: str) -> None:
    parsed = parse(Event, f"title: x\ntimezone: {zone}\nstarts: {text}")
    if how == "fine":
        assert parsed.problems == []
        return
    (problem,) = parsed.problems
    assert ("comes twice" if how == "twice" else "does not exist") in problem.what
    moments = []
    for spelling in re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d[+-]\d\d:\d\d", problem.fix):
        again = parse(Event, f"title: x\ntimezone: {zone}\nstarts: {spelling}")
        assert again.problems == []
        assert isinstance(again.entry, Event)
        moments.append(again.entry.start_instant)
    assert len(moments) == 2
    assert moments[0] < moments[1]


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),
    st.sampled_from(["Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"]),
)
@settings(deadline=None)
def test_a_moment_with_its_offset_is_always_that_instant(naive: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    moment = naive.replace(tzinfo=UTC).astimezone(zone)
    offset = moment.utcoffset() or timedelta()
    for text in (moment.isoformat(), moment.isoformat(" "), naive.isoformat() + "Z", naive.isoformat(" ") + " UTC"):
        if offset.total_seconds() % 60 == 0:
            found = read_moment(text, zone)
            assert isinstance(found, datetime)
            assert found.astimezone(UTC) == naive.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("90m", 90), ("48h", 2880), ("7d", 10080), ("2w", 20160), ("1h30m", 90), ("1h 30m", 90), ("1w1d1h1m", 11581)],
)
def test_a_duration_is_what_it_says(text: str, minutes: int) -> None:
    assert read_duration(text) == timedelta(minutes=minutes)


def test_publishing_follows_the_clock_of_the_site_and_the_event_its_own() -> None:
    found = event("timezone: Asia/Tokyo\nstarts: 2026-12-04 19:00\npublish_date: 2026-11-09 08:00")
    assert found.start_instant == datetime(2026, 12, 4, 10, tzinfo=UTC)
    assert instant(found.moments()["publish_date"], UTC_) == datetime(2026, 11, 9, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("front", "ends", "over"),
    [
        ("starts: 2026-12-04 19:00\nduration: 90m", datetime(2026, 12, 4, 20, 30), datetime(2026, 12, 4, 20, 30)),
        ("starts: 2026-12-04 19:00\nends: 20:30", datetime(2026, 12, 4, 20, 30), datetime(2026, 12, 4, 20, 30)),
        ("starts: 2026-12-04 19:00", None, datetime(2026, 12, 4, 22)),
        ("starts: 2026-12-04", None, datetime(2026, 12, 5)),
        ("starts: 2026-12-04\nends: 2026-12-06", date(2026, 12, 6), datetime(2026, 12, 7)),
        ("starts: 2026-12-04\nduration: 3d", date(2026, 12, 6), datetime(2026, 12, 7)),
        ("starts: 2026-10-24 10:00\nduration: 2d", datetime(2026, 10, 26, 10), datetime(2026, 10, 26, 10)),
        ("starts: 2026-10-25 00:30\nduration: 90m", datetime(2026, 10, 25, 1, 0, fold=1), datetime(2026, 10, 25, 1)),
    ],
)
def test_an_event_ends(front: str, ends: datetime | date | None, over: datetime) -> None:
    found = event(front)
    last = found.last_moment()
    assert (last.replace(tzinfo=None) if isinstance(last, datetime) else last) == ends
    assert found.end_instant == over.replace(tzinfo=UTC)


def test_doors_open_on_the_day_of_the_start() -> None:
    found = event("starts: 2026-12-04 19:00\ndoors: 18:30")
    assert found.doors == datetime(2026, 12, 4, 18, 30, tzinfo=ZoneInfo("Europe/Lisbon"))


# ---- states


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SEASON = """starts: 2026-12-04 19:00
duration: 90m
opens_at: 2026-11-20 10:00
early_access: 24h
closes_at: 2026-12-04 12:00
"""


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2026-11-01 00:00", "announced"), ("2026-11-19 09:59:59", "announced"), ("2026-11-19 10:00", "early_access"),
        ("2026-11-20 09:59:59", "early_access"), ("2026-11-20 10:00", "open"), ("2026-12-04 11:59:59", "open"),
        ("2026-12-04 12:00", "closed"), ("2026-12-04 20:29:59", "closed"), ("2026-12-04 20:30", "past"),
    ],
)  # fmt: skip
def test_an_event_passes_through_its_states(moment: str, state: str) -> None:
    assert event(SEASON).state(at(moment), {}) == state


def test_an_event_closes_at_its_start_unless_it_says_otherwise() -> None:
    assert event("starts: 2026-12-04 19:00").state(at("2026-12-04 19:00"), {}) == "closed"
    assert event("starts: 2026-12-04 19:00\ncloses_at: 2026-12-04 20:00").state(at("2026-12-04 19:30"), {}) == "open"
    assert event("starts: 2026-12-04 19:00\ncloses_at: 2026-12-04").state(at("2026-12-04 21:00"), {}) == "open"


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2026-12-05 17:59:59", "announced"), ("2026-12-05 18:00", "early_access"), ("2026-12-06 18:00", "open"),
        ("2026-12-13 17:59:59", "open"), ("2026-12-13 18:00", "closed"), ("2030-01-01 00:00", "closed"),
    ],
)  # fmt: skip
def test_a_drop_passes_through_its_states(moment: str, state: str) -> None:
    front = "opens_at: 2026-12-06 18:00\ncloses_at: 2026-12-13 18:00\nearly_access: 24h"
    assert drop(front).state(at(moment), {}) == state


def test_a_drop_without_an_opening_is_announced_only() -> None:
    assert drop("").state(at("2026-12-06 18:00"), {}) == "announced"
    assert drop("").transitions() == ()


@pytest.mark.parametrize(
    ("status", "facts", "moment", "state"),
    [
        ("cancelled", {}, "2030-01-01 00:00", "cancelled"),
        ("postponed", {}, "2030-01-01 00:00", "postponed"),
        ("sold_out", {}, "2026-11-25 00:00", "sold_out"),
        ("sold_out", {}, "2026-12-04 15:00", "sold_out"),
        ("sold_out", {}, "2026-12-04 21:00", "past"),
        ("scheduled", {"sold_out": True}, "2026-11-25 00:00", "sold_out"),
        ("scheduled", {"sold_out": False, "left": {"seat": 3}}, "2026-11-25 00:00", "open"),
        ("moved_online", {}, "2026-11-25 00:00", "open"),
        ("rescheduled", {}, "2026-11-25 00:00", "open"),
    ],
)
def test_what_is_written_and_what_is_known_decide_first(
    status: str, facts: Mapping[str, Any], moment: str, state: str
) -> None:
    assert event(f"{SEASON}status: {status}").state(at(moment), facts) == state


def test_a_sold_out_drop_closes_all_the_same() -> None:
    lamp = drop("opens_at: 2026-12-06 18:00\ncloses_at: 2026-12-13 18:00\nstatus: sold_out")
    assert lamp.state(at("2026-12-07 00:00"), {}) == "sold_out"
    assert lamp.state(at("2026-12-13 18:00"), {}) == "closed"


def test_hosts_and_pages_have_no_state() -> None:
    for kind in (Host, Page):
        found = entry(kind, "title: x")
        assert (found.state(at("2026-12-07 00:00"), {}), found.transitions()) == ("", ())


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(
    lambda moment: moment.replace(second=0, microsecond=0).isoformat(" ") + "Z"
)


@given(
    moments,
    moments,
    moments,
    st.integers(1, 400),
    st.integers(1, 90),
    st.sampled_from(["scheduled", "sold_out", "cancelled"]),
)
@settings(max_examples=100, deadline=None)
def test_a_state_changes_at_its_transitions_and_nowhere_else(
    starts: str, opens: str, closes: str, hours: int, early: int, status: str
) -> None:
    fronts: list[tuple[type[Entry], str]] = [
        (
            Event,
            f"starts: {starts}\nduration: {hours}h\nopens_at: {opens}\ncloses_at: {closes}\nearly_access: {early}h",
        ),
        (Event, f"starts: {starts}\nopens_at: {opens}"),
        (Event, f"starts: {starts}\ncloses_at: {closes}"),
        (Event, f"starts: {starts[:10]}"),
        (Drop, f"opens_at: {opens}\ncloses_at: {closes}\nearly_access: {early}h"),
        (Drop, f"closes_at: {closes}"),
    ]
    for kind, front in fronts:
        found = parse(kind, f"title: x\n{front}\nstatus: {status}").entry
        if found is None:  # closing before opening, and the like
            continue
        steps = found.transitions()
        assert list(steps) == sorted(set(steps))
        for step in steps:
            assert found.state(step - timedelta(microseconds=1), {}) != found.state(step, {})
        for before, after in pairwise(steps):
            assert found.state(before, {}) == found.state(after - timedelta(microseconds=1), {})
        if steps:
            assert found.state(steps[-1], {}) == found.state(steps[-1] + timedelta(days=999), {})
            assert found.state(steps[0] - timedelta(days=999), {}) == found.state(
                steps[0] - timedelta(microseconds=1), {}
            )


# ---- defaults


def test_the_nearest_default_wins_and_the_entry_wins_over_all() -> None:
    far = read_defaults(
        source("signup: { list: friends, button: Far }\ntags: [far]\nmenu: true\n", "content/_defaults.yaml")
    )
    near = read_defaults(source("signup: { button: Near }\ntags: [near]\n", "content/pages/_defaults.yaml"))
    text = "---\ntitle: About\nmenu:\nsignup: { note: Mine }\n---\n"
    parsed = read_entry(
        source(text, "content/pages/about.md"), Page, config=SITE_CONFIG, defaults=[near, far], slug="about"
    )
    assert parsed.problems == far.problems == near.problems == []
    assert parsed.entry is not None
    signup = parsed.entry.signup
    assert signup is not None
    assert (signup.list, signup.button, signup.note) == ("friends", "Near", "Mine")
    assert (parsed.entry.tags, parsed.entry.menu) == (("near",), False)


def test_defaults_of_all_kinds_are_passed_over_where_they_mean_nothing() -> None:
    shared = read_defaults(source("pickup: [casa-lume]\ntimezone: Asia/Tokyo\n", "content/_defaults.yaml"))
    page = read_entry(
        source("---\ntitle: x\n---\n", "content/pages/x.md"), Page, config=SITE_CONFIG, defaults=[shared], slug="x"
    )
    lamp = read_entry(
        source("---\ntitle: x\nopens_at: 2026-12-06 18:00\n---\n", "content/drops/x.md"),
        Drop,
        config=SITE_CONFIG,
        defaults=[shared],
        slug="x",
    )
    assert shared.problems == page.problems == lamp.problems == []
    assert isinstance(lamp.entry, Drop)
    assert lamp.entry.pickup == ("casa-lume",)
    assert lamp.entry.transitions() == (datetime(2026, 12, 6, 9, tzinfo=UTC),)


# ---- places of fields


def test_a_field_is_found_under_the_name_it_was_typed_with() -> None:
    text = source("---\ntitle: x\ncover:\n  image: bench.jpg\npickup: casa-lume, casa-sol\n---\n", "content/drops/x.md")
    assert locate(text, ("images", 0, "src"), Drop) == (4, 10, 9)
    assert locate(text, ("pickup", 1), Drop) == (5, 9, 19)
    assert locate(text, ("items", 0), Drop) == (1, 0, 0)


def test_a_field_from_the_defaults_is_found_there() -> None:
    shared = read_defaults(source("host: casa-lume\nsignup: { list: friends }\n", "content/events/_defaults.yaml"))
    text = source("---\ntitle: x\nstarts: 2026-12-04\nsignup: { button: Go }\n---\n")
    problem = problem_in(text, ("host",), Event, "There is no host 'casa-lume'.", "Write it.", defaults=[shared])
    assert (problem.path, problem.line, problem.column, problem.excerpt) == (
        "content/events/_defaults.yaml",
        1,
        7,
        "host: casa-lume",
    )
    assert problem_in(text, ("signup", "list"), Event, "x", defaults=[shared]).path == "content/events/_defaults.yaml"
    assert problem_in(text, ("signup", "button"), Event, "x", defaults=[shared]).line == 4


# ---- other languages


BASE = """starts: 2026-12-04 19:00
tickets: [{ name: Seat, price: 25 EUR, addons: [{ name: Dinner, price: 18 EUR }] }, { name: Stream }]
images: [{ src: bench.jpg, alt: A bench }]
summary: Lamps
signup: { button: Go, fields: [{ name: diet, label: Diet }] }
params: { a: 1, b: 2 }"""
WORDS = """title: Salão
tickets: { seat: Lugar }
addons: { dinner: { name: Jantar, description: Às oito } }
images: { bench.jpg: Uma bancada }
signup: { button: Vai, fields: { diet: Dieta } }
params: { b: 3 }"""


def translated() -> tuple[Event, Event]:
    base = event(BASE)
    found = read_translation(
        source(f"---\n{WORDS}\n---\nOlá.\n", "content/events/salon.pt.md"), "pt", base, SITE_CONFIG
    )
    assert found.problems == []
    assert (found.body, found.body_line) == ("Olá.\n", 9)
    assert found.words is not None
    other = apply(base, found.words)
    assert isinstance(other, Event)
    return base, other


def test_a_translation_changes_words() -> None:
    _, other = translated()
    assert (other.title, other.summary) == ("Salão", "Lamps")
    assert [ticket.name for ticket in other.tickets] == ["Lugar", "Stream"]
    assert [(addon.name, addon.description) for addon in other.tickets[0].addons] == [("Jantar", "Às oito")]
    assert other.images[0].alt == "Uma bancada"
    assert other.signup is not None
    assert (other.signup.button, other.signup.fields[0].label) == ("Vai", "Dieta")
    assert other.params == {"a": 1, "b": 3}


def test_a_translation_changes_no_fact_and_no_id() -> None:
    base, other = translated()
    assert (
        [product.id for product in other.products]
        == [product.id for product in base.products]
        == ["seat", "dinner", "stream"]
    )
    assert [product.price for product in other.products] == [product.price for product in base.products]
    assert (other.id, other.slug, other.starts) == (base.id, base.slug, base.starts)


@pytest.mark.parametrize("kind", KINDS)
def test_every_other_field_of_a_kind_is_a_fact(kind: type[Entry]) -> None:
    front = "title: x\nstarts: 2026-12-04" if kind is Event else "title: x"
    base = entry(kind, front)
    for name in kind.model_fields.keys() - kind.translation.model_fields.keys():
        found = read_translation(source(f"---\n{name}: 1\n---\n", "content/x/salon.pt.md"), "pt", base, SITE_CONFIG)
        assert [problem.what for problem in found.problems] == [
            f"A translation holds words only, and `{name}` is a fact."
        ]
        assert found.words is None


@pytest.mark.parametrize("kind", KINDS)
def test_words_may_be_translated_only_where_the_kind_has_them(kind: type[Entry]) -> None:
    assert issubclass(kind.translation, Translation)
    assert kind.translation.model_fields.keys() <= kind.model_fields.keys()


# ---- the schema itself


def parts_of(model: type[Part], seen: set[type[Part]]) -> set[type[Part]]:
    if model not in seen:
        seen.add(model)
        for rule in shape_of(model).rules.values():
            if rule.shape is not None:
                parts_of(rule.shape.model, seen)
    return seen


PARTS = sorted(
    set().union(
        *(parts_of(kind, set()) | parts_of(kind.translation, set()) for kind in KINDS), parts_of(SiteConfig, set())
    ),
    key=lambda part: part.__name__,
)


@pytest.mark.parametrize("part", PARTS)
def test_every_field_is_described_and_has_an_example(part: type[Part]) -> None:
    for name, info in part.model_fields.items():
        assert info.description, name
        assert info.description.endswith(".") or "`" in info.description, name
        is_part = name in shape_of(part).rules
        assert info.examples or is_part, name


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_is_right(kind: type[Entry]) -> None:
    for name, info in kind.model_fields.items():
        needed = {"title": "x", "starts": "2026-12-04 19:00", "opens_at": "2026-11-20 10:00"}
        front = "".join(
            f"{key}: {value}\n" for key, value in needed.items() if key in kind.model_fields and key != name
        )
        for example in info.examples or []:
            parsed = parse(kind, f"{front}{name}: {str(example).lower() if isinstance(example, bool) else example}")
            assert parsed.problems == [], (name, example)


@pytest.mark.parametrize("part", PARTS)
def test_aliases_lead_to_fields_and_hide_none(part: type[Part]) -> None:
    for parent in part.__mro__:
        for alias, name in parent.__dict__.get("aliases_of", {}).items():
            assert name in part.model_fields, alias
            assert alias not in part.model_fields, alias
        for hinted in parent.__dict__.get("hints", {}):
            assert parent is not part or hinted not in part.model_fields, hinted


@given(
    st.sampled_from(sorted({name for kind in KINDS for name in kind.model_fields if len(name) > 4})),
    st.integers(0, 9999),
)
@settings(max_examples=60, deadline=None)
def test_one_slip_of_the_hand_is_always_noticed(name: str, seed: int) -> None:
    dice = random.Random(seed)
    at_ = dice.randrange(len(name) - 1)
    slipped = dice.choice(
        [
            name[:at_] + name[at_ + 1 :],
            name[:at_] + name[at_ + 1] + name[at_] + name[at_ + 2 :],
            name[:at_] + dice.choice("abcdefghij") + name[at_:],
            name[:at_] + dice.choice("klmnopqrst") + name[at_ + 1 :],
        ]
    )
    assert one_slip(slipped, [name]) == name
    for kind in KINDS:
        if name in kind.model_fields and slipped not in shape_of(kind).spellings and slipped not in kind.respell:
            (problem, *_) = [
                each
                for each in parse(kind, f"title: x\nstarts: 2026-12-04\n{slipped}: 1").problems
                if slipped in each.what
            ]
            assert problem.level == "error"


PYDANTIC = (
    "Input",
    "should be",
    "valid ",
    "pydantic",
    "Value error",
    "Field required",
    "NoneType",
    "datetime",
    "str",
    "int",
)

WORDS_OF_ALL_KINDS = [
    "",
    "free",
    "a b",
    "../x",
    "{{ x }}",
    "25 EUR",
    "yes",
    "90m",
    "19:00",
    "Seat",
    "marketing",
    "a\nb",
    "€",
]
DATES = ["2026-02-30", "2026-03-29 01:30", "2026-12-04", "12/04/2026", "https://x.example", "x" * 300, "\u202e"]
NAMES = ["name", "price", "sku", "alt", "src", "amount", "currency", "list", "fields", "latitude", "per", "options"]
junk = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 10**6),
        st.decimals(-9, 9, places=2),
        st.sampled_from(WORDS_OF_ALL_KINDS + DATES),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=5,
)


@given(st.data(), st.sampled_from(KINDS))
@settings(max_examples=100, deadline=None)
def test_whatever_is_written_the_answer_is_in_our_words(data: st.DataObject, kind: type[Entry]) -> None:
    fields = data.draw(st.dictionaries(st.sampled_from(sorted(kind.model_fields)), junk, max_size=5))
    text = dump({"title": "x", "starts": "2026-12-04", **fields} if kind is Event else {"title": "x", **fields})
    parsed = parse(kind, text.rstrip("\n"))
    assert (parsed.entry is None) == any(problem.level == "error" for problem in parsed.problems)
    lines = text.count("\n") + 2
    for problem in parsed.problems:
        assert problem.fix, problem
        assert problem.what[0].isupper() or problem.what[0] in "`'0123456789-", problem
        assert problem.what.endswith("."), problem
        assert not any(word in problem.what.replace("'str", "").split() for word in PYDANTIC), problem
        assert 1 <= problem.line <= lines
        assert problem.column == 0 or problem.excerpt
        assert str(problem)


def test_reading_an_event_does_not_read_the_clock_or_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    event("starts: 2026-12-04 19:00")  # zones and models are loaded once

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr("builtins.open", refuse)
    event(SEASON)


def test_places_are_found_for_every_scalar_that_was_typed() -> None:
    document = read(BASE, "x")
    for place in document._events:
        assert document.mark(place).line >= 1
