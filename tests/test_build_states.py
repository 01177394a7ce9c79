"""What time, status and facts make of an event and of a drop, on every output that says so.

One site holds all the cases; it is built at each instant at which something changes, and a second before. What is
expected stands in a table, as a person would write it down.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers import SITE, Site, difference, make_site, moment, tree

WORDS: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "themes/base/i18n/en.yaml").read_text("utf-8"))[
    "state"
]

SALE = "opens_at: 2026-11-20 10:00\nearly_access: 24h\ncloses_at: 2026-12-04 12:00"
ITEMS = "items: [{ name: Lamp, price: 180 EUR, edition: 80 }, { name: Cord, price: 18 EUR, stock: 30 }]"
TICKETS = "tickets: [{ name: Seat, price: 25 EUR }]"

FRONT: dict[str, str] = {
    "events/sold": f"starts: 2026-12-04 19:00\nduration: 90m\n{SALE}\n{TICKETS}",
    "events/free": "starts: 2026-12-04 19:00",
    "events/days": "starts: 2026-12-04\nends: 2026-12-06",
    "events/tokyo": "starts: 2026-12-04 19:00\nduration: 2h\ntimezone: Asia/Tokyo",
    "events/called-off": f"starts: 2026-12-04 19:00\nduration: 90m\nstatus: cancelled\n{TICKETS}",
    "events/later": f"starts: 2026-12-04 19:00\nduration: 90m\nstatus: postponed\n{TICKETS}",
    "events/moved": "starts: 2026-12-04 19:00\nduration: 90m\nstatus: rescheduled\nprevious_start: 2026-11-27 19:00",
    "events/screen": "starts: 2026-12-04 19:00\nduration: 90m\nstatus: moved_online\nonline_url: https://live.example/a",
    "events/full": f"starts: 2026-12-04 19:00\nduration: 90m\nstatus: sold_out\n{TICKETS}",
    "drops/lamp": f"opens_at: 2026-12-06 18:00\nearly_access: 24h\ncloses_at: 2026-12-13\n{ITEMS}",
    "drops/someday": ITEMS,
    "drops/open-end": f"opens_at: 2026-12-06\n{ITEMS}",
    "drops/never": f"opens_at: 2026-12-06 18:00\ncloses_at: 2026-12-13 18:00\nstatus: cancelled\n{ITEMS}",
    "drops/slow": f"opens_at: 2026-12-06 18:00\ncloses_at: 2026-12-13 18:00\nstatus: postponed\n{ITEMS}",
    "drops/gone": f"opens_at: 2026-12-06 18:00\ncloses_at: 2026-12-13 18:00\nstatus: sold_out\n{ITEMS}",
}
"""Front matter by id. The site is in Lisbon, which in these weeks keeps UTC."""

STATES: dict[str, list[tuple[str, str]]] = {
    "events/sold": [
        ("", "announced"), ("2026-11-19 10:00", "early_access"), ("2026-11-20 10:00", "open"),
        ("2026-12-04 12:00", "closed"), ("2026-12-04 20:30", "past"),
    ],
    "events/free": [("", "open"), ("2026-12-04 19:00", "closed"), ("2026-12-04 22:00", "past")],
    "events/days": [("", "open"), ("2026-12-04 00:00", "closed"), ("2026-12-07 00:00", "past")],
    "events/tokyo": [("", "open"), ("2026-12-04 10:00", "closed"), ("2026-12-04 12:00", "past")],
    "events/called-off": [("", "cancelled")],
    "events/later": [("", "postponed")],
    "events/moved": [("", "open"), ("2026-12-04 19:00", "closed"), ("2026-12-04 20:30", "past")],
    "events/screen": [("", "open"), ("2026-12-04 19:00", "closed"), ("2026-12-04 20:30", "past")],
    "events/full": [("", "sold_out"), ("2026-12-04 20:30", "past")],
    "drops/lamp": [
        ("", "announced"), ("2026-12-05 18:00", "early_access"), ("2026-12-06 18:00", "open"),
        ("2026-12-14 00:00", "closed"),
    ],
    "drops/someday": [("", "announced")],
    "drops/open-end": [("", "announced"), ("2026-12-06 00:00", "open")],
    "drops/never": [("", "cancelled")],
    "drops/slow": [("", "postponed")],
    "drops/gone": [("", "sold_out"), ("2026-12-13 18:00", "closed")],
}  # fmt: skip
"""From when on each is what. Nothing else ever happens to it."""

OVER = {"events/called-off": "2026-12-04 20:30", "drops/never": "2026-12-13 18:00"}
"""What was called off keeps its state, and goes down to what is over when its time has come."""

STATUS = {
    "events/called-off": "EventCancelled", "events/later": "EventPostponed", "events/moved": "EventRescheduled",
    "events/screen": "EventMovedOnline",
}  # fmt: skip
CALENDAR = {"events/called-off": "CANCELLED", "events/later": "TENTATIVE"}

INTENT = {
    "announced": "", "early_access": "", "open": "", "postponed": "", "sold_out": "waitlist",
    "closed": "newsletter", "cancelled": "newsletter", "past": "newsletter",
}  # fmt: skip
"""What a sign-up asks for; empty for the event or the drop itself."""

TICKET = {"open": "InStock", "sold_out": "SoldOut"}
ITEM = {
    "open": "InStock", "sold_out": "SoldOut", "closed": "OutOfStock", "postponed": "OutOfStock",
    "cancelled": "OutOfStock",
}  # fmt: skip


def instants() -> list[float]:
    """Every instant at which anything changes."""
    found = {moment(at) for rows in STATES.values() for at, _ in rows if at} | {moment(at) for at in OVER.values()}
    return sorted(found)


def state(entry: str, at: float) -> str:
    return [name for since, name in STATES[entry] if not since or moment(since) <= at][-1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    files: dict[str, str | bytes] = {
        f"content/{entry}.md": f"---\ntitle: Title of {entry}\nsummary: S.\n{front}\n"
        + (
            ""
            if "events" not in entry or "online_url" in front
            else "venue: { name: Hall, address: { city: Lisboa } }\n"
        )
        + "---\nWords.\n"
        for entry, front in FRONT.items()
    }
    return make_site(tmp_path_factory.mktemp("states"), files, site=SITE)


@dataclass
class Page:
    """What the page of an entry says of its state."""

    label: str
    intent: str
    button: str
    status: str
    availability: set[str]


def read(site: Site, entry: str) -> Page:
    html = site.page(f"/{entry}/")
    [label] = re.findall(r'<strong class="stamp \w+">([^<]+)</strong>', html)[:1]
    [intent] = re.findall(r'name="intent" value="(\w+)"', html)
    [button] = re.findall(r"<button[^>]*>([^<]+)</button>", html)
    [linked] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)
    graph = json.loads(linked)["@graph"]
    things = [part for part in graph if part["@type"] in ("Event", "Product")]
    offers = [offer for part in things for offer in _listed(part.get("offers", []))]
    statuses = {part["eventStatus"].rpartition("/")[2] for part in things if "eventStatus" in part}
    return Page(
        label=unescape(label),
        intent=intent,
        button=unescape(button),
        status=statuses.pop() if statuses else "",
        availability={offer["availability"].rpartition("/")[2] for offer in offers if "availability" in offer},
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def expected(entry: str, at: float) -> Page:
    now = state(entry, at)
    kind = entry.split("/")[0].removesuffix("s")
    offers = (TICKET if kind == "event" else ITEM).get(now, "")
    return Page(
        label=WORDS[kind][now]["label"],
        intent=INTENT[now] or kind,
        button=WORDS[kind][now]["button"],
        status=STATUS.get(entry, "EventScheduled") if kind == "event" else "",
        availability={offers} if offers and (kind == "drop" or "tickets" in FRONT[entry]) else set(),
    )


def cards(site: Site, kind: str) -> tuple[dict[str, str], list[str]]:
    """(label by id, ids in the order shown) of a list."""
    html = site.page(f"/{kind}/")
    found: dict[str, str] = {}
    for card in re.findall(r'<li class="card".*?</li>', html, re.S):
        [entry] = re.findall(r'href="/([a-z]+/[a-z-]+)/"', card)
        [label] = re.findall(r'<strong class="stamp \w+">([^<]+)</strong>', card)
        found[entry] = unescape(label)
    return found, list(found)


def is_over(entry: str, at: float) -> bool:
    if entry in OVER:
        return moment(OVER[entry]) <= at
    now = state(entry, at)
    return now == "past" or (now == "closed" and entry.startswith("drops/"))


def around() -> Iterator[float]:
    for instant in instants():
        yield instant - 1
        yield instant


def test_every_state_is_on_the_page_in_the_list_and_in_the_data_from_its_very_instant(site: Site) -> None:
    seen: dict[float, dict[str, bytes]] = {}
    for at in around():
        report = site.build(at=at)
        when = datetime.fromtimestamp(at, UTC).isoformat()
        for entry in FRONT:
            assert read(site, entry) == expected(entry, at), f"{entry} at {when}"
        for kind in ("events", "drops"):
            labels, order = cards(site, kind)
            assert labels == {entry: expected(entry, at).label for entry in FRONT if entry.startswith(kind)}, when
            assert [is_over(entry, at) for entry in order] == sorted(is_over(entry, at) for entry in order), when
        later = [instant for instant in instants() if instant > at]
        named = [instant for instant, _ in report.upcoming]
        assert named == sorted(named), when
        assert set(named) == set(later[: len(set(named))]), when
        assert bool(named) == bool(later), when
        seen[at] = tree(site.public)
    for at in reversed(list(seen)):
        if at in instants()[::3]:
            site.build(at=at)
            assert difference(seen[at], tree(site.public)) == []


def test_between_two_instants_nothing_is_to_be_done(site: Site) -> None:
    site.settle()
    for before, after in zip(instants(), instants()[1:], strict=False):
        site.build(at=before)
        assert site.build(at=after - 1).unchanged
        assert site.build(at=before).unchanged
        break


def test_the_calendar_says_what_the_status_says(site: Site) -> None:
    site.build(at=moment("2026-11-24 12:00"))
    for entry in FRONT:
        if entry.startswith("events/"):
            text = site.page(f"/{entry}/{entry.split('/')[1]}.ics")
            assert f"\nSTATUS:{CALENDAR.get(entry, 'CONFIRMED')}\n" in text, entry
    whole = site.page("/events.ics")
    assert whole.count("BEGIN:VEVENT") == sum(entry.startswith("events/") for entry in FRONT)
    assert whole.count("STATUS:CANCELLED") == 1


def vevents(text: str) -> list[str]:
    return re.findall("BEGIN:VEVENT.*?END:VEVENT", text, re.S)


def test_an_event_is_the_same_in_its_own_calendar_and_in_that_of_the_site(tmp_path: Path) -> None:
    address = "address: { street: Rua da Luz 7, postcode: 1200-001, city: Lisboa, country: PT }"
    files: dict[str, str | bytes] = {
        f"content/{entry}.md": f"---\ntitle: Title of {entry}\nsummary: S.\n{front}\n---\nWords.\n"
        for entry, front in FRONT.items()
        if entry.startswith("events/")
    }
    event = "---\ntitle: Salon\nstarts: 2026-12-04 19:00\n"
    files |= {
        "content/hosts/casa.md": f"---\ntitle: Casa\n{address}\n---\nCasa.\n",
        "content/hosts/casa.pt.md": "---\ntitle: A casa\n---\nCasa.\n",
        "content/events/at-host.md": f"{event}host: casa\norganizer: Friends of Light\nrevision: 2\n---\n",
        "content/events/at-host.pt.md": "---\ntitle: Salão\norganizer: Amigos da luz\n---\n",
        "content/events/at-venue.md": event + f"venue: {{ name: Hall, geo: '38.7, -9.1', {address} }}\n---\n",
        "content/events/plain.md": f"{event}venue: Town Hall\ndate: 2026-11-02\n---\n",
    }
    site = make_site(tmp_path, files, site=SITE)
    site.build(at=moment("2026-11-24 12:00"))
    for prefix in ("", "/pt"):
        whole = vevents(site.page(f"{prefix}/events.ics"))
        assert len(whole) == sum(path.startswith("content/events/") and ".pt." not in path for path in files)
        files_of_their_own = (site.public / prefix.strip("/")).glob("events/*/*.ics")
        own = [vevents(path.read_text("utf-8"))[0] for path in files_of_their_own]
        assert own
        assert [event for event in own if event not in whole] == []


def test_who_subscribed_finds_the_calendar_between_two_seasons(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    site.build(at=moment("2027-06-01 12:00"))
    assert 'href="/events.ics"' in site.page("/")
    found = site.page("/events.ics")
    assert vevents(found) == []
    assert "BEGIN:VTIMEZONE\nTZID:Europe/Lisbon" in found


def test_an_end_that_nobody_wrote_is_told_nowhere(site: Site) -> None:
    site.build(at=moment("2026-11-24 12:00"))
    [card] = [
        card for card in re.findall(r'<li class="card".*?</li>', site.page("/events/"), re.S) if "/events/free/" in card
    ]
    assert "22:00" not in card
    assert "22:00" not in site.page("/events/free/")
    event = next(part for part in site.page("/events.ics").split("BEGIN:VEVENT") if "Title of events/free" in part)
    assert "DTEND" not in event
    assert "DTEND" not in site.page("/events/free/free.ics")


def test_a_drop_that_closes_on_a_day_is_open_for_all_of_it_everywhere(site: Site) -> None:
    at = moment("2026-12-13 23:59:59")
    site.build(at=at)
    labels, order = cards(site, "drops")
    assert labels["drops/lamp"] == "Open"
    assert order.index("drops/lamp") < order.index("drops/never")
    entry = json.loads((site.private / "entries/drops/lamp.json").read_text())
    assert entry["opens_at"] == moment("2026-12-06 18:00")
    assert entry["closes_at"] == moment("2026-12-14 00:00")
    assert json.loads((site.private / "entries/drops/open-end.json").read_text())["opens_at"] == moment("2026-12-06")


# ---- facts


def facts(**entries: Any) -> bytes:
    named = {key.replace("_", "/", 1): value for key, value in entries.items()}
    return json.dumps({"as_of": "2026-12-07T12:00:00+00:00", "entries": named}).encode()


def test_what_the_functions_say_is_sold_out_is_sold_out_everywhere(site: Site) -> None:
    site.build(at=moment("2026-12-07 12:00"), facts=facts(drops_lamp={"sold_out": True}))
    page = read(site, "drops/lamp")
    assert (page.label, page.intent, page.availability) == ("Sold out", "waitlist", {"SoldOut"})
    assert cards(site, "drops")[0]["drops/lamp"] == "Sold out"
    site.build(at=moment("2026-12-07 12:00"))
    assert read(site, "drops/lamp").label == "Open"


def test_one_item_that_is_gone_leaves_the_others(site: Site) -> None:
    site.build(at=moment("2026-12-07 12:00"), facts=facts(drops_lamp={"left": {"lamp": 0, "cord": 3}}))
    page = read(site, "drops/lamp")
    assert page.label == "Open"
    assert page.availability == {"SoldOut", "InStock"}


def test_what_is_left_is_said_with_its_date_and_only_when_the_facts_say_so(site: Site) -> None:
    site.build(at=moment("2026-12-07 12:00"), facts=facts(drops_lamp={"left": {"cord": 3}}))
    assert re.search(r"3 left[^<]*7 Dec", site.page("/drops/lamp/"))
    site.build(at=moment("2026-12-07 12:00"))
    assert " left" not in site.page("/drops/lamp/")


def test_a_past_event_is_past_whatever_was_left(site: Site) -> None:
    site.build(at=moment("2027-01-01"), facts=facts(events_sold={"sold_out": True}))
    assert read(site, "events/sold").label == "Past"


# ---- what is left out


def test_what_is_left_out_is_named_with_its_reason_and_instant(tmp_path: Path) -> None:
    page = "---\ntitle: {}\n{}\n---\nWords.\n"
    site = make_site(
        tmp_path,
        {
            "content/pages/draft.md": page.format("Draft", "draft: true"),
            "content/pages/later.md": page.format("Later", "publish_date: 2026-12-04"),
            "content/pages/past.md": page.format("Past", "expiry_date: 2026-11-01 18:00"),
            "content/pages/both.md": page.format("Both", "draft: true\npublish_date: 2026-12-04"),
            "content/pages/shown.md": page.format("Shown", "publish_date: 2026-11-01\nexpiry_date: 2027-01-01"),
        },
        site=SITE.replace("Europe/Lisbon", "Asia/Tokyo"),
    )
    report = site.build(at=moment("2026-11-24 12:00"))
    assert [(entry, title, reason, instant) for _, entry, title, reason, instant in report.skipped] == [
        ("pages/both", "Both", "draft", None),
        ("pages/draft", "Draft", "draft", None),
        ("pages/later", "Later", "future", moment("2026-12-03 15:00")),  # midnight in Tokyo
        ("pages/past", "Past", "expired", moment("2026-11-01 09:00")),
    ]
    assert [instant for instant, _ in report.upcoming][:1] == [moment("2026-12-03 15:00")]
    for path in ("draft", "later", "past"):
        assert not (site.public / path).exists()
    whole = site.build(at=moment("2026-11-24 12:00"), drafts=True, future=True, expired=True)
    assert whole.skipped == []
    assert whole.entries == 5


@pytest.mark.parametrize(
    ("line", "instant", "before"),
    [("publish_date: 2026-12-04 08:00", "2026-12-04 08:00", False), ("expiry_date: 2026-12-04", "2026-12-04", True)],
)
def test_an_entry_comes_and_goes_at_its_very_instant(tmp_path: Path, line: str, instant: str, before: bool) -> None:
    site = make_site(tmp_path, {"content/pages/about.md": f"---\ntitle: About\n{line}\n---\nAbout.\n"})
    for at, there in ((-1, before), (0, not before), (1, not before), (-1, before)):
        site.build(at=moment(instant) + at)
        assert (site.public / "about/index.html").exists() == there
        assert ("/about/" in site.page("sitemap.xml")) == there


def test_a_preview_wears_a_badge_where_a_build_would_leave_the_entry_out(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"content/pages/about.md": "---\ntitle: About\ndraft: true\n---\nAbout.\n"})
    site.build(drafts=True)
    words = yaml.safe_load((Path(__file__).parents[1] / "themes/base/i18n/en.yaml").read_text("utf-8"))
    assert words["draft"]["draft"] in site.page("/about/")


def test_what_only_an_option_lets_in_asks_not_to_be_found_wherever_the_build_ends_up(tmp_path: Path) -> None:
    event = "---\ntitle: {}\nstarts: 2026-12-04 19:00\ndate: 2026-11-02\nvenue: Hall\n{}\n---\nWords.\n"
    lines = {
        "drafted": "draft: true", "later": "publish_date: 2026-12-01", "expired": "expiry_date: 2026-11-20",
        "shown": "robots: max-snippet:50",
    }  # fmt: skip
    site = make_site(tmp_path, {f"content/events/{name}.md": event.format(name, line) for name, line in lines.items()})
    site.build(drafts=True, future=True, expired=True)
    for name in lines:
        robots = re.findall('<meta name="robots" content="([^"]*)"', site.page(f"/events/{name}/"))
        assert robots == (["max-snippet:50"] if name == "shown" else ["noindex"])
        assert f"/events/{name}/" in site.page("/events/"), "a preview lists it"
        for file in ("sitemap.xml", "feed.xml", "events.ics"):
            assert (f"/events/{name}/" in site.page(file)) == (name == "shown"), (name, file)


def test_two_events_at_one_instant_are_named_once_each_among_what_is_due(tmp_path: Path) -> None:
    text = "---\ntitle: {}\nstarts: 2026-12-04 19:00\nduration: 90m\nvenue: Hall\n---\nWords.\n"
    site = make_site(tmp_path, {f"content/events/{name}.md": text.format(name) for name in ("a", "b")})
    upcoming = site.build().upcoming
    assert upcoming == [
        (moment("2026-12-04 19:00"), "events/a"), (moment("2026-12-04 19:00"), "events/b"),
        (moment("2026-12-04 20:30"), "events/a"), (moment("2026-12-04 20:30"), "events/b"),
    ]  # fmt: skip


def test_no_rebuild_is_due_for_what_is_left_out_and_stays_so(tmp_path: Path) -> None:
    text = "---\ntitle: {}\nstarts: 2026-12-04 19:00\nduration: 90m\nvenue: Hall\n{}\n---\nWords.\n"
    fronts = {
        "shown": "",
        "draft": "draft: true",
        "later": "publish_date: 2026-12-01",
        "over": "expiry_date: 2026-11-01",
    }
    files = {f"content/events/{name}.md": text.format(name, line) for name, line in fronts.items()}
    site = make_site(tmp_path, files)
    assert {entry for _, entry in site.build().upcoming} == {"events/shown", "events/later"}
    assert "events/draft" in {entry for _, entry in site.build(drafts=True).upcoming}
