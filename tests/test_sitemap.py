"""Sitemaps, read back by an XML parser, and robots.txt, read back by the standard library's own reader."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from handbill.render.sitemap import MOST_BYTES, MOST_URLS, SitemapUrl, robots, sitemap

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
HOME = "https://casalume.example/"


def pages(count: int) -> list[SitemapUrl]:
    return [SitemapUrl(f"{HOME}events/{number}/") for number in range(count)]


def locations(data: bytes, inner: str) -> list[str]:
    return [found.text or "" for found in ElementTree.fromstring(data).findall(f"s:{inner}/s:loc", NAMES)]


def test_pages_are_named_in_order_with_their_last_change() -> None:
    moment = datetime(2026, 5, 3, 12, 30, tzinfo=timezone(timedelta(hours=1)))
    files = sitemap([SitemapUrl(HOME, date(2026, 5, 3)), SitemapUrl(f"{HOME}a/?b&c", moment), *pages(1)], HOME)
    assert list(files) == ["sitemap.xml"]
    assert locations(files["sitemap.xml"], "url") == [HOME, f"{HOME}a/?b&c", f"{HOME}events/0/"]
    changes = ElementTree.fromstring(files["sitemap.xml"]).findall("s:url/s:lastmod", NAMES)
    assert [found.text for found in changes] == ["2026-05-03", "2026-05-03T11:30:00Z"]


def test_translations_are_named_with_the_page() -> None:
    both = (("en", f"{HOME}a/"), ("pt", f"{HOME}pt/a/"), ("x-default", f"{HOME}a/"))
    root = ElementTree.fromstring(sitemap([SitemapUrl(f"{HOME}a/", None, both)], HOME)["sitemap.xml"])
    links = root.findall("s:url/x:link", NAMES)
    assert [(link.get("rel"), link.get("hreflang"), link.get("href")) for link in links] == [
        ("alternate", lang, url) for lang, url in both
    ]


def test_more_urls_than_one_file_may_hold_become_an_index() -> None:
    files = sitemap(pages(7), HOME, most_urls=3)
    assert locations(files["sitemap.xml"], "sitemap") == [f"{HOME}sitemap-{number}.xml" for number in (1, 2, 3)]
    assert [len(locations(files[f"sitemap-{number}.xml"], "url")) for number in (1, 2, 3)] == [3, 3, 1]


def test_more_bytes_than_one_file_may_hold_become_an_index() -> None:
    files = sitemap(pages(50), HOME, most_bytes=1000)
    assert len(files) > 2
    assert all(len(data) <= 1000 for name, data in files.items() if name != "sitemap.xml")


@given(st.integers(0, 40), st.integers(1, 10), st.integers(400, 3000))
def test_no_page_is_lost_or_named_twice(count: int, most_urls: int, most_bytes: int) -> None:
    files = sitemap(pages(count), HOME, most_urls=most_urls, most_bytes=most_bytes)
    listed = [url for data in files.values() for url in locations(data, "url")]
    assert sorted(listed) == sorted(page.url for page in pages(count))


def test_the_limits_are_those_of_the_protocol() -> None:
    assert (MOST_URLS, MOST_BYTES) == (50_000, 52_428_800)


def test_robots_allow_everything_and_name_the_sitemap() -> None:
    reader = RobotFileParser()
    reader.parse(robots(f"{HOME}sitemap.xml").decode().splitlines())
    assert reader.can_fetch("*", f"{HOME}events/")
    assert reader.site_maps() == [f"{HOME}sitemap.xml"]


def test_robots_keep_to_what_is_disallowed() -> None:
    reader = RobotFileParser()
    reader.parse(robots(f"{HOME}sitemap.xml", ["/api/"]).decode().splitlines())
    assert not reader.can_fetch("*", f"{HOME}api/form")
    assert reader.can_fetch("*", f"{HOME}events/")
