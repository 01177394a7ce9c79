"""Atom feeds, read back by feedparser and held against the structure that RFC 4287 asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.etree import ElementTree

import feedparser  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handbill.render.feed import FeedHead, FeedItem, atom, tag

ATOM = "{http://www.w3.org/2005/Atom}"
XML = "{http://www.w3.org/XML/1998/namespace}"
WORDS = st.text(st.characters(exclude_categories=["Cs"]))
CHANGED = datetime(2026, 5, 3, 12, 30, tzinfo=timezone(timedelta(hours=1)))

HEAD = FeedHead(
    id=tag("casalume.example", "", "pt"),
    title="Casa Lume",
    url="https://casalume.example/pt/feed.xml",
    home="https://casalume.example/pt/",
    lang="pt",
    author="Casa Lume, Lda",
    subtitle="Candeeiros & serões",
    alternates=(("en", "https://casalume.example/feed.xml"),),
)
SALON = FeedItem(
    id=tag("casalume.example", "events/salon-to-stream", "pt"),
    title="Serão < em direto >",
    url="https://casalume.example/pt/events/salon-to-stream/",
    updated=CHANGED,
    published=CHANGED - timedelta(days=3),
    summary="Noventa minutos & mais.",
    html='<p>Vem como és. <a href="/pt/hosts/casa-lume/">A casa</a> &amp; <img src="bench.jpg" alt=""></p>',
    categories=("luz", "papel & tinta"),
)


def read(data: bytes) -> Any:
    found = feedparser.parse(data)
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def test_a_reader_gets_the_feed_and_its_items() -> None:
    found = read(atom(HEAD, [SALON]))
    assert found.feed.title == "Casa Lume"
    assert found.feed.subtitle == "Candeeiros & serões"
    assert found.feed.language == "pt"
    assert found.feed.author == "Casa Lume, Lda"
    assert found.feed.link == HEAD.home
    item = found.entries[0]
    assert (item.id, item.link) == (SALON.id, SALON.url)
    assert item.summary == SALON.summary
    assert [term.term for term in item.tags] == ["luz", "papel & tinta"]
    assert item.title_detail.type == "text/plain"


def test_dates_are_those_of_the_content_in_utc() -> None:
    found = read(atom(HEAD, [replace(SALON, updated=CHANGED - timedelta(days=9)), SALON]))
    assert found.feed.updated == "2026-05-03T11:30:00Z"
    assert found.entries[1].updated == "2026-05-03T11:30:00Z"
    assert found.entries[1].published == "2026-04-30T11:30:00Z"


def test_links_in_the_html_are_made_absolute_by_a_reader() -> None:
    content = read(atom(HEAD, [SALON])).entries[0].content[0].value
    assert 'href="https://casalume.example/pt/hosts/casa-lume/"' in content
    assert 'src="https://casalume.example/pt/events/salon-to-stream/bench.jpg"' in content


def test_the_same_content_gives_the_same_bytes() -> None:
    assert atom(HEAD, [SALON]) == atom(HEAD, [SALON])


def test_a_feed_without_items_is_valid_and_has_a_date() -> None:
    found = read(atom(HEAD, []))
    assert found.entries == []
    assert found.feed.updated


def test_every_element_that_the_rfc_asks_for_is_there_once() -> None:
    root = ElementTree.fromstring(atom(HEAD, [SALON, replace(SALON, id=SALON.id + "-2", html="", summary="")]))
    assert root.tag == f"{ATOM}feed"
    assert root.get(f"{XML}lang") == "pt"
    for parent in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(ATOM + name)) == 1
    assert len(root.findall(f"{ATOM}author/{ATOM}name")) == 1
    links = {link.get("rel"): link for link in root.findall(f"{ATOM}link[@type='application/atom+xml']")}
    assert links["self"].get("href") == HEAD.url
    assert links["alternate"].get("hreflang") == "en"
    html = [link for link in root.findall(f"{ATOM}link") if link.get("type") == "text/html"]
    assert [link.get("href") for link in html] == [HEAD.home]
    for item in root.findall(f"{ATOM}entry"):
        assert len([link for link in item.findall(f"{ATOM}link") if link.get("rel") == "alternate"]) == 1


def test_an_id_is_made_of_the_host_and_the_entry_alone() -> None:
    assert tag("casalume.example", "events/salon") == "tag:casalume.example,2026:events/salon"
    assert tag("casalume.example", "events/salon", "pt") == "tag:casalume.example,2026:events/salon;pt"


@given(WORDS, WORDS)
def test_two_entries_never_share_an_id_and_every_id_is_ascii(one: str, other: str) -> None:
    assert (tag("a.example", one) == tag("a.example", other)) == (one == other)
    assert tag("a.example", one).isascii()


@given(st.text(), st.text())
def test_no_text_breaks_the_xml(title: str, html: str) -> None:
    root = ElementTree.fromstring(atom(replace(HEAD, title=title), [replace(SALON, title=title, html=html, url=html)]))
    found = root.find(f"{ATOM}entry/{ATOM}title")
    assert found is not None
    if title.isprintable():
        assert (found.text or "") == title


@pytest.mark.parametrize("lang", ["ar", "ja"])
def test_every_script_survives(lang: str) -> None:
    found = read(atom(replace(HEAD, lang=lang, title="مساء 東京"), [SALON]))
    assert found.feed.title == "مساء 東京"
    assert found.feed.language == lang


def test_a_moment_before_the_epoch_or_without_seconds_is_still_a_date() -> None:
    found = read(atom(HEAD, [replace(SALON, updated=datetime(1955, 1, 1, tzinfo=UTC))]))
    assert found.entries[0].updated == "1955-01-01T00:00:00Z"
