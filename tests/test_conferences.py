"""251 real conferences, as other people announced them, become a site that other libraries can read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import extruct  # type: ignore[import-untyped]
import feedparser  # type: ignore[import-untyped]
import icalendar
import pytest

from handbill.build import build
from handbill.options import Options, Report
from tools.conferences import ADDED, events, write_content

AT = 1_780_228_800.0  # 2026-05-31T12:00Z, before the first of them


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], Report]:
    root = tmp_path_factory.mktemp("conferences")
    slugs = write_content(root / "content")
    report = build(Options(root=root, public=root / "public", private=root / "private", at=AT))
    return root / "public", slugs, report


def test_every_one_has_its_page_and_its_own_slug(site: tuple[Path, list[str], Report]) -> None:
    public, slugs, report = site
    assert len(set(slugs)) == len(events()) == 251
    assert report.entries >= 251
    assert not report.skipped
    for slug in slugs:
        assert (public / "events" / slug / "index.html").is_file()


def test_nothing_in_them_is_a_problem(site: tuple[Path, list[str], Report]) -> None:
    _, _, report = site
    assert [
        str(problem) for problem in report.warnings if "conferences" in problem.path or "events/" in problem.path
    ] == []


def test_every_calendar_file_says_the_days_that_were_announced(site: tuple[Path, list[str], Report]) -> None:
    public, slugs, _ = site
    for slug, event in zip(slugs, events(), strict=True):
        data = (public / "events" / slug / f"{slug}.ics").read_bytes()
        calendar: Any = icalendar.Calendar.from_ical(data)
        (found,) = calendar.walk("VEVENT")
        assert str(found["dtstart"].dt) == event["startDate"]
        assert str(found["summary"]) == event["name"]
        days = (found["dtend"].dt - found["dtstart"].dt).days
        assert days >= 1, "the end of whole days is exclusive"


def test_the_feed_is_read_without_complaint(site: tuple[Path, list[str], Report]) -> None:
    public, _, _ = site
    feed = feedparser.parse((public / "feed.xml").read_bytes())
    assert not feed.bozo
    assert feed.version == "atom10"
    assert {entry.updated for entry in feed.entries} == {f"{ADDED}T00:00:00Z"}
    assert len(feed.entries) == 48


def test_every_page_tells_search_engines_name_and_dates(site: tuple[Path, list[str], Report]) -> None:
    public, slugs, _ = site
    for slug, event in list(zip(slugs, events(), strict=True))[::10]:
        html = (public / "events" / slug / "index.html").read_text(encoding="utf-8")
        graphs = extruct.extract(html, syntaxes=["json-ld"])["json-ld"]
        found = [thing for graph in graphs for thing in graph["@graph"] if thing["@type"] == "Event"]
        if event.get("city") or event.get("online"):
            assert found[0]["name"] == event["name"]
            assert found[0]["startDate"] == event["startDate"]
            assert found[0]["endDate"] == event["endDate"]


def test_no_name_breaks_a_page(site: tuple[Path, list[str], Report]) -> None:
    public, slugs, _ = site
    for slug, event in zip(slugs, events(), strict=True):
        html = (public / "events" / slug / "index.html").read_text(encoding="utf-8")
        (title,) = re.findall(r"<h1[^>]*>(.*?)</h1>", html)
        shown = title.replace("&amp;", "&").replace("&#39;", "'").replace("&#34;", '"').replace("&lt;", "<")
        assert shown.replace("&gt;", ">") == event["name"]


def test_the_catalog_holds_them_all(site: tuple[Path, list[str], Report]) -> None:
    public, slugs, _ = site
    entries = public.parent / "private" / "entries" / "events"
    assert {path.stem for path in entries.glob("*.json")} == set(slugs)
    for path in entries.glob("*.json"):
        assert json.loads(path.read_bytes())["starts"]
