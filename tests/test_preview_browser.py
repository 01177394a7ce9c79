"""The preview's own pages in Chromium, as a designer looks at them all day; tests/browser/preview.mjs looks, we judge.

And every link of them followed over real sockets, to a server in a process of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from email import message_from_string, policy
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from handbill.preview.mail_pages import VIEWS
from helpers import SITE, Serving, make_site
from smtp_sink import smtp_sink
from test_serve_people import FILES, subjects, subscribed

HERE = Path(__file__).parent / "browser"
OURS = "/_handbill/"
WELCOME = f"{OURS}emails/events/salon/welcome/en/"
LETTER = """---
subject: Three evenings in June, and one that is about nothing but the paper that falls off the table while we cut
preheader: What the house does this month.
---
Hello {{< first_name "friend" >}},

read about the [salon](../events/salon.md), and see [what else](/nowhere/) there is.
"""
TO = "operator@mailbox.example"
PAGES = (
    OURS,
    *(f"{WELCOME}?view={view}" for view in VIEWS),
    f"{OURS}letters/june/letter/en/",
    f"{OURS}letters/torn/letter/en/",
    f"{OURS}gallery/",
    f"{OURS}gallery/?width=1280&scheme=dark&lang=ar",
    f"{OURS}gallery/event/sold_out/",
    f"{OURS}gallery/answer/form-mistakes/?scheme=dark&text=long&lang=ar",
    f"{OURS}inbox/",
    f"{OURS}inbox/00000002/",
    f"{OURS}people/",
)
"""A page of each kind; the page of a contact comes besides, whose address is not known before."""

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, chromium: str, node: str, node_modules: Path) -> Seen:
    folder = tmp_path_factory.mktemp("preview-browser")
    files = {"content/letters/june.md": LETTER, "content/letters/torn.md": LETTER.replace("(../events/", "(../evens/")}
    site = make_site(folder, {**FILES, **files}, site=f"{SITE}description: Lamps.\n")
    with (
        smtp_sink(starttls=False) as sink,
        Serving(
            site.root, "--at", "2026-11-24T12:00+00:00", "--smtp", f"smtp://localhost:{sink.port}", "--test-to", TO
        ) as serving,
    ):
        subscribed(serving)
        contact = re.search(rf'href="({OURS}people/[^"]+/)"', serving.get(f"{OURS}people/").body)
        assert contact is not None
        assert [int(number) for number, _ in subjects(serving)] == [2, 1]
        job = {
            "chromium": chromium,
            "url": f"http://127.0.0.1:{serving.port}",
            "pages": [*PAGES, contact[1]],
            "keyboard": [OURS, WELCOME, f"{OURS}gallery/event/open/", f"{OURS}inbox/00000002/", contact[1]],
            "mail": WELCOME,
            "save": {
                "page": f"{OURS}letters/june/letter/en/",
                "file": str(site.root / "content/letters/june.md"),
                "from": "read about the",
                "to": "come and see the",
            },
            "walks": [
                {"page": f"{OURS}gallery/home/season/?scheme=dark", "frame": 1, "click": "Lamp Nº 3"},
                {"page": f"{OURS}gallery/event/sold_out/", "frame": 1, "click": "Português"},
                {"page": f"{OURS}gallery/event/open/", "frame": 1, "click": "hello@site.example"},
                {"page": WELCOME, "frame": 2, "click": "Casa Lume", "tab": True},
            ],
        }
        if shots := os.environ.get("HANDBILL_TEST_SHOTS"):
            job["shots"] = shots
        (folder / "job.json").write_text(json.dumps(job))
        done = subprocess.run(
            [node, str(HERE / "preview.mjs"), str(folder / "job.json"), str(folder / "report.json")],
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:] + "\n".join(serving.lines[-20:])
        crawled = crawl(serving)
        subjects_sent = sink.subjects
    found: Seen = json.loads((folder / "report.json").read_text())
    return {**found, "crawled": crawled, "mailed": subjects_sent, "origin": job["url"]}


_LINK = re.compile(r'<(?:a|link|area)\b[^>]*?\shref="([^"]*)"|<(?:iframe|img|script)\b[^>]*?\ssrc="([^"]*)"')


def crawl(serving: Serving) -> dict[str, tuple[int, str]]:
    """Every address of this server that the preview's pages lead to, in frames too: its status, and who names it.

    Toggles make thousands of addresses of a few dozen pages, so a page is asked for as it is first met, and again where
    its query is one that nobody had before. Pages of the site are asked for, and not read: they have their own tests.
    """
    told: dict[str, tuple[int, str]] = {}
    paths, queries = set(), set()
    waiting = [(OURS, "")]
    while waiting:
        url, source = waiting.pop()
        parts = urlsplit(url)
        if url in told or (parts.path in paths and parts.query in queries):
            continue
        paths.add(parts.path)
        queries.add(parts.query)
        answer = serving.get(url)
        told[url] = (answer.status, source)
        if parts.path.startswith(OURS) and answer.headers.get("content-type", "").startswith("text/html"):
            for link, source_of in _LINK.findall(answer.body):
                to = urljoin(url, unescape(link or source_of)).partition("#")[0]
                if to.startswith(f"http://127.0.0.1:{serving.port}/"):
                    to = to.removeprefix(f"http://127.0.0.1:{serving.port}")
                if to.startswith("/") and not to.startswith("//"):
                    waiting.append((to, url))
    return told


def wrong(seen: Seen, name: str) -> dict[str, list[str]]:
    return {path: page[name] for path, page in seen["pages"].items() if page[name]}


def test_axe_finds_nothing_in_light_and_dark_on_phone_and_desk(seen: Seen) -> None:
    faults = {path: page["axe"] for path, page in seen["pages"].items() if any(page["axe"].values())}
    assert faults == {}


def test_no_page_scrolls_sideways_at_360_px_nor_at_1280(seen: Seen) -> None:
    assert wrong(seen, "sideways") == wrong(seen, "wide") == {}


def test_what_is_pressed_is_at_least_24_px_high(seen: Seen) -> None:
    """WCAG 2.2, 2.5.8; it is a tool for a desk. Links in a sentence are as high as its lines."""
    low = [each for page in seen["pages"].values() for each in page["small"] if float(each.split()[-2]) < 24]
    assert low == []


def test_nothing_is_asked_of_anybody_else(seen: Seen) -> None:
    assert wrong(seen, "elsewhere") == {}


def test_the_console_is_silent_and_every_request_is_answered(seen: Seen) -> None:
    torn = f"{OURS}letters/torn/letter/en/"
    assert seen["pages"][torn]["status"] == 500
    assert {path: page["status"] for path, page in seen["pages"].items() if page["status"] != 200} == {torn: 500}
    for name in ("failed", "console"):
        assert wrong(seen, name).keys() <= {torn}, wrong(seen, name)


def test_every_link_and_button_is_reached_by_keyboard_and_seen_there(seen: Seen) -> None:
    for path, found in seen["keyboard"].items():
        stops = [stop for stop in found["stops"] if not stop["name"].startswith("html > handbill-preview")]
        assert len(stops) >= min(found["reachable"], 140), path
        assert [stop["name"] for stop in stops if not (stop["seen"] and stop["inView"])] == [], path
        assert [stop["name"] for stop in stops if not (stop["ringed"] and stop["ring"] >= 3)] == [], path


def test_no_link_of_the_preview_is_dead(seen: Seen) -> None:
    dead = {url: told for url, told in seen["crawled"].items() if told[0] != 200}
    assert {url for url, (status, _) in dead.items() if "torn" not in url} == {"/nowhere/"}, dead
    assert len(seen["crawled"]) > 250


def test_a_click_within_a_sample_leads_to_the_sample_that_it_means(seen: Seen) -> None:
    lamp, portuguese, outside, mail = seen["walks"]
    for walked in (lamp, portuguese):
        assert (walked["tab"], walked["console"], walked["failed"]) == ("", [], [])
    assert lamp["frame"].partition("?")[0].startswith(f"{seen['origin']}{OURS}gallery/drop/")
    assert "scheme=dark" in lamp["frame"]
    assert lamp["top"].startswith(f"{seen['origin']}{OURS}gallery/home/season/"), "only the frame has moved"
    assert portuguese["frame"] == f"{seen['origin']}{OURS}gallery/event/sold_out/page?lang=pt"
    assert outside["frame"] == f"{seen['origin']}{OURS}gallery/event/open/page"
    assert mail["tab"] == f"{seen['origin']}/"


def test_an_e_mail_saved_as_eml_is_a_message_that_opens(seen: Seen) -> None:
    assert seen["saved"]["name"] == "salon-welcome-en.eml"
    message = message_from_string(seen["saved"]["text"], policy=policy.default)
    assert not message.defects
    assert message.get_content_type() in ("multipart/alternative", "multipart/mixed")
    text = message.get_body(("plain",))
    assert text is not None
    assert "Hello Ana," in text.get_content()


def test_a_test_is_sent_by_the_button_and_the_page_says_so(seen: Seen) -> None:
    assert seen["sent"] == f"Sent to {TO}."
    assert seen["mailed"] == ["You are on the list: Salon"]


def test_a_letter_that_is_saved_while_it_is_looked_at_is_shown_in_every_width(seen: Seen) -> None:
    assert seen["letter"] == 3
