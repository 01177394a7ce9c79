"""A few sites, whole: what each kind becomes, to be read by people and compared by this.

A file of tests/golden/ is what one small site makes, one output after the other. After a change that was meant, run

    HANDBILL_WRITE_GOLDEN=1 python -m pytest tests/test_golden.py

and read the difference before it is committed. The style sheet and the bytes of pictures are left out, since they have
tests of their own, and so are hashes; e-mails stand here as plain text.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from pathlib import Path

import pytest

from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.fill import fill_email
from helpers import Site, make_site, moment, picture, tree

GOLDEN = Path(__file__).parent / "golden"

SITE = """\
name: Casa Lume
base_url: https://casalume.example
timezone: Europe/Lisbon
currency: EUR
languages: [en]
social_cards: false
sender: { email: hello@casalume.example, address: "Rua da Luz 7, Lisboa" }
consent: { controller: "Casa Lume, Lda", marketing: "Yes, write to me." }
signup: /api
"""

EVENT = """\
---
title: Salon to Stream
summary: Ninety minutes of lamp-making by hand.
starts: 2026-12-04 19:00
duration: 90m
doors: 18:30
venue: { name: Town Hall, address: { street: Praça 1, city: Lisboa, country: PT } }
capacity: 40
tickets:
  - { name: Seat, price: 25 EUR }
  - { name: Stream, price: 0, online: true }
signup: { button: Send me the door code, fields: [first_name] }
tags: [light]
revision: 1
lastmod: 2026-11-20
---
Come as you are, {{< price Seat >}}.

::: gate
The door code is **{{< secret door_code >}}**.
:::
"""

DROP = """\
---
title: Lamp Nº 3
summary: The first that we made for reading.
date: 2026-11-02
series: lamps
chapter: 3
opens_at: 2026-12-06 18:00
closes_at: 2026-12-13
early_access: 24h
items:
  - { name: Lamp, price: 180 EUR, edition: 80, per_person: 2, addons: [{ name: Cord, price: 18 EUR, until: 48h }] }
images: [{ src: lamp.png, alt: A lamp of folded paper }]
---
Folded from one sheet.
"""

HOST = """\
---
title: Casa Lume
summary: A house with one very long table.
address: { street: Rua da Luz 7, postcode: 1200-001, city: Lisboa, country: PT }
geo: 38.71, -9.14
spaces:
  - { name: The long table, seats: 14 }
  - { name: The attic room, sleeps: 2, rate: 95 EUR / night }
addons: [{ name: Breakfast, price: 9 EUR }]
checkin: 15:00
amenities: [garden, wifi]
---
The door is green.
"""

PAGE = """\
---
title: About
summary: Who we are.
date: 2026-11-01
menu: true
aliases: [/who/]
---
We make *lamps*.

## By hand

| what | how |
|------|-----|
| paper | folded[^1] |

[^1]: Once.
"""

CASES: dict[str, tuple[dict[str, str | bytes], str]] = {
    "event": ({"content/events/salon.md": EVENT}, "events/"),
    "drop": ({"content/drops/lamp-3.md": DROP, "content/drops/lamp.png": picture("tan", (32, 24), "PNG")}, "drops/"),
    "host": ({"content/hosts/casa-lume.md": HOST}, "hosts/"),
    "page": ({"content/pages/about.md": PAGE}, "about/"),
    "site": ({"content/pages/about.md": PAGE, "content/static/humans.txt": "Ana.\n"}, ""),
}
"""Name → (content, what outputs begin with that are its own; all for the site)."""

OWN = {"feed.xml", "events.ics", "sitemap.xml"}
"""Files of the whole site that show what a kind adds to them."""


def shown(site: Site, own: str) -> str:
    """The outputs as one text, each below its name."""
    parts = []
    for path, data in tree(site.public).items():
        if path.startswith(own) or path in OWN:
            parts.append(f"==== public/{path}\n{_text(path, data)}")
    catalog = Catalog(FolderReader(site.private))
    for path, data in tree(site.private).items():
        if path.startswith(f"entries/{own}" if own not in ("", "about/") else "entries/"):
            parts.append(f"==== private/{path}\n{json.dumps(json.loads(data), indent=1, ensure_ascii=False)}")
    for file in sorted((site.private / "entries").rglob("*.json")):
        entry = catalog.entry(json.loads(file.read_text())["id"])
        if own and entry["id"] == "site":
            continue
        for name, by_lang in sorted(entry["emails"].items()):
            parts.append(f"==== {entry['id']}: {name}\n{_email(catalog, by_lang['en'])}")
    text = "\n".join(part.rstrip("\n") + "\n" for part in parts)
    text = re.sub(r"\b[0-9a-f]{32}\b", "(hash)", text)
    return re.sub(r"(/(?:media|assets)/[\w-]+-)[0-9a-f]{8}\b", r"\1(hash)", text)


def _text(path: str, data: bytes) -> str:
    if path.endswith((".jpg", ".png", ".avif", ".webp", ".ico")):
        return "(a picture)"
    text = re.sub(r"<style>.*?</style>", "<style>…</style>", data.decode(), flags=re.S)
    return re.sub(r"'sha256-[^']+'", "'sha256-…'", text).replace("\r\n", "\n")


def _email(catalog: Catalog, key: str) -> str:
    email = catalog.email(key)
    values = {
        "first_name": "Ana", "confirm_url": "https://casalume.example/api/confirm?t=1", "secret.door_code": "4711",
        "unsubscribe_url": "https://casalume.example/api/leave?t=1", "purposes": [{"text": "Yes, write to me."}],
        "preferences_url": "https://casalume.example/api/preferences?t=1",
        "gate_url": "https://casalume.example/api/gate?t=1",
    }  # fmt: skip
    filled = fill_email(email, catalog.program(email["program"]), values)
    return f"Subject: {filled.subject}\nPreheader: {filled.preheader}\n\n{filled.text}"


@pytest.mark.parametrize("name", CASES)
def test_a_site_becomes_what_it_became(tmp_path: Path, name: str) -> None:
    files, own = CASES[name]
    site = make_site(tmp_path, files, site=SITE)
    site.build(at=moment("2026-11-24 12:00"))
    made, path = shown(site, own), GOLDEN / f"{name}.txt"
    if os.environ.get("HANDBILL_WRITE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, "utf-8")
    before = path.read_text("utf-8")
    changed = difflib.unified_diff(
        before.splitlines(), made.splitlines(), f"golden/{name}.txt", "now", lineterm="", n=1
    )
    assert made == before, "\n".join(changed)


def test_every_golden_file_has_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*")} == set(CASES)
