"""What a site says must stay true: in every state, on every origin, in every language."""

from __future__ import annotations

import json
from pathlib import Path

from helpers import EVENT, SITE, make_site, moment

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


def test_a_feed_never_says_that_something_changed_in_the_future(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    site.build()
    assert "<updated>2025-" in site.page("/feed.xml")


def test_a_slip_in_the_facts_is_refused(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    for facts in (b'{"entrees": {}}', b'{"entries": {"events/salon": {"sold_ot": true}}}', b"[" * 100_000):
        assert len(site.problems(facts=facts, facts_name="facts.json")) == 1
