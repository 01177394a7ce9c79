"""What a site says must stay true: in every state, on every origin, in every language."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from helpers import EVENT, SITE, Site, make_site, moment, picture

DROP = """\
---
title: Lamp
series: lamps
chapter: 3
opens_at: 2026-12-06 18:00
closes_at: 2026-12-13 18:00
items:
  - { name: Lamp, price: 180 EUR, stock: 3 }
signup: { button: Let me in early, note: One message when the doors open. }
---
A lamp.
"""


def test_an_authors_words_of_a_form_go_when_they_would_be_a_false_promise(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"content/drops/lamp.md": DROP})
    for at, there in (("2026-12-01 12:00", True), ("2026-12-07 12:00", False), ("2026-12-20 12:00", False)):
        site.build(at=moment(at))
        page = site.page("/drops/lamp/")
        assert ("Let me in early" in page) is there
        assert ("when the doors open" in page) is there


def test_a_price_of_nothing_that_the_entry_has_is_told_with_its_line(tmp_path: Path) -> None:
    event = EVENT.replace("venue: Town Hall", "venue: Town Hall\ntickets: [{ name: Seat, price: 5 }]")
    site = make_site(tmp_path, {"content/events/salon.md": event + "It costs {{< price Sit >}}.\n"})
    (problem,) = site.problems()
    assert problem == "content/events/salon.md:10:10: The entry has no ticket, item or add-on 'Sit'."


def test_a_gate_on_the_home_page_is_refused_since_nobody_would_get_it(tmp_path: Path) -> None:
    home = "---\ntitle: Home\n---\nHello.\n\n::: gate\nSecret.\n:::\n"
    (problem,) = make_site(tmp_path, {"content/pages/index.md": home}).problems()
    assert "A gate belongs to an entry" in problem


def test_a_gate_that_nobody_could_open_is_refused(tmp_path: Path) -> None:
    page = "---\ntitle: Notes\n---\nHello.\n\n::: gate\nSecret.\n:::\n"
    site = make_site(tmp_path, {"content/pages/notes.md": page})
    (problem,) = site.problems()
    assert problem.startswith("content/pages/notes.md: A gate belongs to an entry")
    site.edit("content/pages/notes.md", "title: Notes", "title: Notes\nsignup: true")
    assert site.problems() == []


def test_a_language_without_the_gate_that_another_has_is_warned_of(tmp_path: Path) -> None:
    event = EVENT + "\n::: gate\nThe code is 4711.\n:::\n"
    words = "---\ntitle: S\n---\nA\n"
    site = make_site(tmp_path, {"content/events/salon.md": event, "content/events/salon.pt.md": words})
    (warning,) = site.build().warnings
    assert str(warning).startswith("content/events/salon.pt.md: warning: content/events/salon.md has a gate, and this ")
    site.edit("content/events/salon.pt.md", "---\nA\n", "---\nA\n\n::: gate\n4711.\n:::\n")
    assert site.build().warnings == []


@pytest.mark.parametrize("kind", ["event", "drop"])
def test_an_entry_without_a_form_says_nothing_of_one(tmp_path: Path, kind: str) -> None:
    text = {"event": EVENT.replace("title", "signup: false\ntitle"), "drop": re.sub("signup:.*", "signup: false", DROP)}
    site = make_site(tmp_path, {f"content/{kind}s/x.md": text[kind]})
    for at in ("2026-12-01 12:00", "2026-12-04 12:00", "2026-12-07 12:00"):
        site.build(at=moment(at))
        words = re.sub("<[^>]*>", " ", site.page(f"/{kind}s/x/").split("<main")[1].split("</main")[0])
        assert not re.search("sign-up|waiting list|we write|by e-mail", words, re.IGNORECASE), at


def test_a_shortcode_that_would_print_nothing_is_told(tmp_path: Path) -> None:
    page = "---\ntitle: Notes\n---\n{{< when >}} {{< signup >}} {{< title >}}\n"
    site = make_site(tmp_path, {"content/pages/notes.md": page})
    assert site.problems() == ["content/pages/notes.md:4:14: 'signup' leads to a form, and this page has none."]
    site.edit("content/pages/notes.md", "{{< signup >}}", "")
    (warning,) = site.build().warnings
    assert str(warning).startswith("content/pages/notes.md:4:1: warning: This page has nothing for 'when' to say.")


def test_pages_of_functions_on_another_origin_link_back_to_the_site(tmp_path: Path) -> None:
    site = make_site(tmp_path, site=SITE.replace("signup: /api", "signup: https://api.example/x"))
    site.build()
    for path in (site.private / "answers").glob("*.json"):
        text = json.dumps(json.loads(path.read_bytes())["html"])
        assert 'href=\\"/' not in text
        assert 'src=\\"/' not in text
        assert "https://casalume.example/" in text


def test_a_menu_has_short_titles_and_the_links_of_site_yaml(tmp_path: Path) -> None:
    about = "---\ntitle: About the house\nlink_title: About\nmenu: true\n---\nWords.\n"
    more = "menu: [{ text: Shop, url: https://shop.example/ }]\n"
    site = make_site(tmp_path, {"content/pages/about.md": about}, site=SITE + more)
    site.build()
    page = site.page("/")
    assert ">About</a>" in page
    assert 'href="https://shop.example/"' in page


def test_files_that_differ_by_capitals_alone_are_refused(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"content/static/A.txt": "a", "content/static/a.txt": "b"})
    assert any("no capitals" in problem for problem in site.problems())


def test_a_name_that_no_url_can_have_is_told_and_nothing_breaks(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    (site.root / "content" / "static").mkdir()
    (site.root / "content" / "static" / "a\nb.txt").write_text("x")
    assert site.problems() == [r"content/static/a\x0ab.txt: This name has characters that no URL can have."]


def updates(site: Site) -> dict[str, str]:
    """Last part of the URL → when it changed, of everything in the feed."""
    items = site.page("/feed.xml").split("<entry>")[1:]
    return {item.split('/"/>')[0].rsplit("/", 1)[1]: item.split("updated>")[1].rstrip("</") for item in items}


def test_a_feed_dates_only_what_somebody_dated(tmp_path: Path) -> None:
    lamp = "---\ntitle: Lamp\nopens_at: 2026-11-20 18:00\nearly_access: 24h\n---\nA lamp.\n"
    dates = "lastmod: 2026-11-20\npublish_date: 2026-11-10\ndate: 2026-11-01\n"
    files: dict[str, str | bytes] = {
        "content/events/undated.md": EVENT,
        "content/events/written.md": EVENT.replace("title", "date: 2026-11-01\ntitle"),
        "content/events/changed.md": EVENT.replace("title", f"{dates}title"),
        "content/events/sold.md": EVENT.replace("title", "opens_at: 2026-11-01 10:00\ntitle"),
        "content/drops/lamp.md": lamp,
        "content/drops/next.md": lamp.replace("11-20", "12-20"),
    }
    site = make_site(tmp_path, files)
    site.build()
    first = {"changed": "2026-11-20T00:00:00Z", "written": "2026-11-01T00:00:00Z", "sold": "2026-11-01T10:00:00Z"}
    assert updates(site) == {**first, "lamp": "2026-11-20T18:00:00Z"}
    site.build(at=moment("2026-12-19 18:00"))
    assert updates(site)["next"] == "2026-12-19T18:00:00Z", "early access opens it"
    for name in ("sold", "written"):
        assert name in updates(site), "what is over keeps its date"


def test_a_calendar_entry_that_somebody_dates_later_is_newer_than_before(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    site.build()
    assert "DTSTAMP:19700101T000000Z" in site.page("/events/salon/salon.ics")
    assert "DTSTAMP:19700101T000000Z" in site.page("/events.ics")
    site.edit("content/events/salon.md", "title", "date: 2026-11-01\ntitle")
    site.build()
    assert "DTSTAMP:20261101T000000Z" in site.page("/events/salon/salon.ics")
    assert "DTSTAMP:20261101T000000Z" in site.page("/events.ics")


def test_a_slip_in_the_facts_is_refused(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    for facts in (b'{"entrees": {}}', b'{"entries": {"events/salon": {"sold_ot": true}}}', b"[" * 100_000):
        assert len(site.problems(facts=facts, facts_name="facts.json")) == 1


def test_a_picture_published_as_it_is_with_the_place_it_was_taken_is_told(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 42.0, 30.0), 3: "W", 4: (9.0, 8.0, 12.0)})
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "JPEG", exif=exif.tobytes())
    page = "---\ntitle: About\nimages: [{ src: shown.jpg, alt: A house }]\n---\n[The whole picture](whole.jpg)\n"
    names = ("static/press/HOUSE.JPG", "static/clean.jpg", "pages/whole.jpg", "pages/shown.jpg")
    files: dict[str, str | bytes] = {f"content/{name}": out.getvalue() for name in names}
    files |= {"content/static/clean.jpg": picture(), "content/pages/about.md": page}
    site = make_site(tmp_path, files)
    for _ in range(2):
        told = [problem.path for problem in site.build().warnings if "where it was taken" in problem.what]
        assert told == ["content/pages/whole.jpg", "content/static/press/HOUSE.JPG"]
    assert (site.public / "press/HOUSE.JPG").read_bytes() == out.getvalue(), "as it is"
    made = [path for path in site.public.glob("media/shown-*") if path.suffix == ".jpg"]
    assert made
    assert not any(b"Exif" in path.read_bytes() for path in made)
