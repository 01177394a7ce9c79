"""Turns 251 real events (tests/data/conferences.json, MIT, licence beside it) into a content folder.

What a person would have typed: plain YAML where it is safe, quotes where it must be, Markdown with links. So the build
meets names with `&`, `|`, dashes and accents, whole days and stretches of days, places without a name whose countries
are written out or cut short, events on the net alone and both ways, and two pairs of events of one name.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from handbill.slugs import slugify

ADDED = "2026-01-15"
"""The day on which all of them were added."""
DATA = Path(__file__).parents[1] / "data" / "conferences.json"

SITE = """\
name: Conferences
description: Two hundred and fifty-one conferences for people who make software.
base_url: https://conferences.example
timezone: Europe/London
currency: EUR
languages: [en]

sender:
  name: Conferences
  email: hello@conferences.example
  address: Example Street 1, London, United Kingdom

consent:
  controller: Conferences
  marketing: Yes, write to me about new conferences, at most once a month. I can leave at any time.

signup:
  action: /api
"""

_LANGUAGES = {"EN": "English", "DE": "German", "FR": "French", "IT": "Italian", "PL": "Polish", "CS": "Czech"} | {
    "SV": "Swedish", "JA": "Japanese", "ES": "Spanish", "KO": "Korean"
}  # fmt: skip
_PLAIN = re.compile(r"[^\W\d_][\w .,/()'’+—–-]*\Z")


def events() -> list[dict[str, Any]]:
    """The data as it was supplied, in its order."""
    listed: list[dict[str, Any]] = json.loads(DATA.read_text("utf-8"))
    return listed


def write_content(folder: Path) -> list[str]:
    """Fills `folder` (which becomes the `content` of a project) and returns the slugs, one an event, in order.

    The same data gives the same files. Two events of one name get `name` and `name-2`.
    """
    (folder / "events").mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(SITE, "utf-8")
    slugs: list[str] = []
    for event in events():
        base = slugify(event["name"])
        slug, number = base, 2
        while slug in slugs:
            slug, number = f"{base}-{number}", number + 1
        slugs.append(slug)
        (folder / "events" / f"{slug}.md").write_text(_entry(event), "utf-8")
    return slugs


def _entry(event: dict[str, Any]) -> str:
    rows = [f"title: {_text(event['name'])}", f"summary: {_text(_summary(event))}", f"starts: {event['startDate']}"]
    rows.append(f"date: {ADDED}")
    if event["endDate"] != event["startDate"]:
        rows.append(f"ends: {event['endDate']}")
    if "city" in event:
        place, country = _text(event["city"]), _text(event["country"])
        rows += ["venue:", "  address:", f"    city: {place}", f"    country: {country}"]
    if event["online"]:
        rows.append(f"online_url: {event['url']}")
    if event.get("offersSignLanguageOrCC"):
        rows.append("access: Sign language or captions are offered.")
    rows.append(f"tags: [{', '.join(event['topics'])}]")
    rows += ["params:", f"  original: {event['url']}"]
    rows += [f"  {name}: {_text(event[name])}" for name in ("bluesky", "mastodon", "twitter") if name in event]
    return "---\n" + "\n".join(rows) + "\n---\n" + _body(event)


def _summary(event: dict[str, Any]) -> str:
    where = f"in {event['city']}" if "city" in event else "on the net"
    also = " and on the net" if event["online"] and "city" in event else ""
    return f"A conference on {' and '.join(event['topics'])}, {where}{also}."


def _body(event: dict[str, Any]) -> str:
    spoken = " and ".join(_LANGUAGES[code] for code in event["locales"].split(","))
    lines = [f"Everything about it is told at [its own site]({event['url']}). It is held in {spoken}.", ""]
    facts = []
    if "cfpUrl" in event:
        facts.append(f"- [Proposals for talks]({event['cfpUrl']}) until {event['cfpEndDate']}.")
    if "cocUrl" in event:
        facts.append(f"- There is a [code of conduct]({event['cocUrl']}).")
    if event["online"]:
        facts.append("- You can take part *without travelling*.")
    return "\n".join([*lines, *facts, ""]) if facts else "\n".join(lines)


def _text(value: str) -> str:
    """A YAML scalar: bare where that is safe, else in double quotes."""
    return value if _PLAIN.match(value) and value.lower() not in ("yes", "no", "true", "false", "null") else json.dumps(
        value, ensure_ascii=False
    )  # fmt: skip
