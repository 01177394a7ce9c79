"""A site as a whole: its languages, its addresses, its gates, and that whatever may be written makes a difference."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from conftest import REPOSITORY, SAMPLE_AT
from conftest import Site as BuiltSite
from handbill.config import SiteConfig
from handbill.kinds import KINDS, Entry
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.fill import fill_email
from helpers import EVENT, SITE, Site, Tree, make_site, picture, tree

AT = SAMPLE_AT.timestamp()


# ---- languages


def alternates(html: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', html))


def test_every_page_names_its_translations_and_they_name_it(sample_site: BuiltSite) -> None:
    pages = {path: file.read_text("utf-8") for path, file in sample_site.pages().items()}
    seen = 0
    for path, html in pages.items():
        named = alternates(html)
        if not named:
            continue
        seen += 1
        lang = re.findall(r'<html lang="([\w-]+)"', html)[0]
        assert urlsplit(named[lang]).path == path, "a page names itself"
        assert named["x-default"] == named["en"]
        for code, address in named.items():
            other = pages[urlsplit(address).path]
            assert alternates(other) == named, f"{path} and its {code}"
            assert code == "x-default" or f'<html lang="{code}"' in other
    assert seen >= 20


def test_a_page_says_its_language_and_direction(sample_site: BuiltSite) -> None:
    for path, file in sample_site.pages().items():
        text = file.read_text("utf-8")
        if path in sample_site.redirects():
            continue
        lang = "pt" if path.startswith("/pt/") else "en"
        assert re.search(rf'<html lang="{lang}" dir="ltr"', text), path


TRANSLATED: dict[str, str | bytes] = {
    "content/events/salon.md": "---\ntitle: Salon\nstarts: 2026-12-04 19:00\nduration: 90m\nvenue: Town Hall\n"
    "tickets: [{ name: Seat, price: 25 EUR }]\nimages: [{ src: bench.jpg, alt: A bench }]\n"
    "tags: [Light, paper]\ndate: 2026-11-02\n"
    "signup: { button: Send it, fields: [{ name: diet, label: What do you eat?, options: [Meat, No meat] }] }\n"
    "---\nCome.\n",
    "content/events/salon.pt.md": "---\ntitle: Salão\ntickets: { seat: Lugar }\nimages: { bench.jpg: Uma bancada }\n"
    "signup: { button: Envia, fields: { diet: { label: O que come?, options: { no-meat: Sem carne } } } }\n"
    "---\nVem.\n",
    "content/events/bench.jpg": picture(),
    "content/events/supper.md": "---\ntitle: Supper\nstarts: 2026-12-05 19:00\nvenue: Town Hall\n---\nEat.\n",
}


def test_a_translation_has_its_own_words_and_the_facts_of_the_entry(tmp_path: Path) -> None:
    site = make_site(tmp_path, TRANSLATED)
    site.build()
    html = site.page("/pt/events/salon/")
    for words in ("<h1>Salão</h1>", "Vem.", "Lugar", "Uma bancada", "O que come?", "Envia", "4 de dezembro de 2026"):
        assert words in html, words
    for words in ("Seat", "A bench", "What do you eat?", "Send it"):
        assert words not in html, words
    assert re.search(r"25,00\s€", html)
    entry = json.loads((site.private / "entries/events/salon.json").read_text())
    assert entry["titles"] == {"en": "Salon", "pt": "Salão"}
    assert [product["name"] for product in entry["products"]] == [{"en": "Seat", "pt": "Lugar"}]
    assert [field["label"] for field in entry["form"]["fields"]] == [{"en": "What do you eat?", "pt": "O que come?"}]


def test_an_answer_is_the_same_in_every_language_that_it_is_read_in(tmp_path: Path) -> None:
    site = make_site(tmp_path, TRANSLATED)
    site.build()
    assert re.findall(r'<option value="(\S+)">(.*?)</option>', site.page("/pt/events/salon/")) == [
        ("meat", "Meat"), ("no-meat", "Sem carne"),
    ]  # fmt: skip
    entry = json.loads((site.private / "entries/events/salon.json").read_text())
    assert entry["form"]["fields"][0]["options"] == ["meat", "no-meat"]


def test_a_tag_is_read_in_the_language_of_the_page(tmp_path: Path) -> None:
    site = make_site(tmp_path, TRANSLATED, site=SITE + "tags: { light: { pt: Luz } }\n")
    site.build()
    assert re.findall(r'href="(/pt/tags/[^"]+)"[^>]*>([^<]+)<', site.page("/pt/events/salon/")) == [
        ("/pt/tags/light/", "Luz"), ("/pt/tags/paper/", "paper"),
    ]  # fmt: skip
    assert re.search(r"/tags/light/[^>]*>Light<", site.page("/events/salon/"))
    assert re.search("<h1>[^<]*Luz", site.page("/pt/tags/light/"))
    assert re.search("<h1>[^<]*Light", site.page("/tags/light/"))
    assert '<category term="Luz"/>' in site.page("/pt/feed.xml")


def test_an_entry_without_a_translation_is_listed_in_its_own_language(tmp_path: Path) -> None:
    site = make_site(tmp_path, TRANSLATED)
    site.build()
    [card] = [
        card for card in re.findall(r"<li class=.card.*?</li>", site.page("/pt/events/"), re.S) if "Supper" in card
    ]
    assert 'lang="en"' in card
    assert 'href="/events/supper/"' in card
    assert not (site.public / "pt/events/supper").exists()
    assert alternates(site.page("/events/supper/")) == {}


def test_a_language_that_reads_from_the_right_does_so_in_pages_and_emails(tmp_path: Path) -> None:
    event = EVENT.replace("Town Hall", "{ name: Town Hall, address: { street: Rua 7, city: Lisboa, country: PT } }")
    arabic = SITE.replace("[en, pt]", "[ar]").replace("{ en: Yes., pt: Sim. }", "نعم")
    site = make_site(tmp_path, {"content/events/salon.md": event}, site=arabic)
    report = site.build()
    assert any("'ar'" in warning.what for warning in report.warnings), "borrowed words are reported"
    for path in tree(site.public):
        if path.endswith(".html"):
            assert '<html lang="ar" dir="rtl"' in site.page(f"/{path}"), path
    catalog = Catalog(FolderReader(site.private))
    emails = [catalog.email(by_lang["ar"]) for by_lang in catalog.entry("events/salon")["emails"].values()]
    assert [email["dir"] for email in emails] == ["rtl"] * 5
    assert "ديسمبر" in site.page("/events/salon/") or "كانون" in site.page("/events/salon/")
    assert "Town Hall، Rua 7، Lisboa، البرتغال" in site.page("/events/salon/salon.ics").replace("\r\n ", "")


# ---- addresses


def addresses(html: str) -> Iterator[str]:
    """Everything in a page that is an address."""
    yield from map(unescape, re.findall(r'\s(?:href|src|action|poster)="([^"]*)"', html))
    for srcset in re.findall(r'\ssrcset="([^"]*)"', html):
        yield from (candidate.split()[0] for candidate in srcset.split(", "))
    yield from map(
        unescape, re.findall(r'<meta (?:property|name)="(?:og|twitter):(?:url|image)" content="([^"]*)"', html)
    )
    yield from re.findall(r'"(https?://[^"\\]+)"', html)
    yield from re.findall(r"url\(([^)]+)\)", html)


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The sample, built for a host where it lives below a path."""
    root = tmp_path_factory.mktemp("below")
    shutil.copytree(REPOSITORY / "content", root / "content")
    site = Site(root, root / "public", root / "private")
    site.build(at=AT, environ=(("HANDBILL_BASE_URL", "https://x.example/sub"),))
    return site


def inside(address: str) -> str | None:
    """The path of an address of the site itself; None for any other."""
    found = urlsplit(address)
    if found.netloc not in ("", "x.example") or found.scheme not in ("", "https") or not found.path:
        return None
    return unquote(found.path)


def test_below_a_path_every_address_of_every_page_carries_it_and_leads_somewhere(below: Site) -> None:
    files = set(tree(below.public))
    counted: Counter[str] = Counter()
    for path in sorted(files):
        if not path.endswith((".html", ".xml", ".svg")):
            continue
        text = below.page(f"/{path}")
        for address in addresses(text) if path.endswith(".html") else re.findall(r"https://x\.example[^<\"]*", text):
            place = inside(address)
            if place is None or address.startswith("https://x.example/sub#"):
                continue
            assert place.startswith("/sub/"), f"{address} in {path}"
            rest = place.removeprefix("/sub/")
            counted[rest] += 1
            if not rest.startswith("api"):
                assert (rest + "index.html" if rest.endswith("/") or not rest else rest) in files, (
                    f"{address} in {path}"
                )
    assert len(counted) > 50


def test_below_a_path_calendars_emails_and_redirects_carry_it(below: Site) -> None:
    for path, data in tree(below.public).items():
        if path.endswith(".ics"):
            found = re.findall(rb"https://x\.example[^\s\"]*", data.replace(b"\r\n ", b""))
            assert found, path
            assert all(address.startswith(b"https://x.example/sub/") for address in found), path
    for path, data in tree(below.private).items():
        for address in re.findall(rb"https://x\.example[^\s\"\\<]*", data):
            assert re.match(rb"https://x\.example/sub(/|$)", address), path
    catalog = Catalog(FolderReader(below.private))
    assert catalog.index()["site"]["base_url"] == "https://x.example/sub"
    for line in below.page("_redirects").splitlines() if (below.public / "_redirects").exists() else []:
        assert all(part.startswith("/sub/") for part in line.split()[:2]), line


def test_the_same_site_at_the_root_leads_everywhere_too(sample_site: BuiltSite) -> None:
    files = set(tree(sample_site.public))
    for path, file in sample_site.pages().items():
        for address in addresses(file.read_text("utf-8")):
            found = urlsplit(address)
            if found.netloc not in ("", "casalume.example") or found.scheme not in ("", "https") or not found.path:
                continue
            rest = unquote(found.path).removeprefix("/")
            if not rest.startswith("api"):
                assert (rest + "index.html" if rest.endswith("/") or not rest else rest) in files, (
                    f"{address} in {path}"
                )


# ---- the words above lists and on home


def test_the_words_above_a_list_have_their_pictures_files_and_links(tmp_path: Path) -> None:
    site = make_site(
        tmp_path,
        {
            "content/events/salon.md": EVENT,
            "content/events/_index.md": "---\ntitle: Evenings\n---\n[One](salon.md), [map](map.txt), ![A](row.jpg)\n",
            "content/events/_index.pt.md": "---\ntitle: Noites\n---\nVer [o mapa](map.txt)\n",
            "content/events/map.txt": "Here.",
            "content/events/row.jpg": picture(),
        },
    )
    site.build()
    html = site.page("/events/")
    assert "<h1>Evenings</h1>" in html
    assert 'href="/events/salon/"' in html
    assert 'href="/events/map.txt"' in html
    assert site.page("/events/map.txt") == "Here."
    [picture_url] = set(re.findall(r'<img[^>]* src="([^"]+)"', html))
    assert (site.public / picture_url.lstrip("/")).is_file()
    assert "<h1>Noites</h1>" in site.page("/pt/events/")
    assert site.page("/pt/events/map.txt") == "Here."


def test_words_above_a_list_need_nothing_that_an_entry_of_it_needs(tmp_path: Path) -> None:
    words = "---\ntitle: All of them\n---\nWords.\n"
    site = make_site(
        tmp_path,
        {
            "content/events/salon.md": EVENT,
            "content/events/_defaults.yaml": "draft: true\n",
            "content/events/_index.md": words,
            "content/drops/lamp.md": "---\ntitle: Lamp\n---\nLamp.\n",
            "content/drops/_index.md": words,
            "content/hosts/casa.md": "---\ntitle: Casa\n---\nCasa.\n",
            "content/hosts/_index.md": words,
        },
    )
    site.build(drafts=True)
    for kind in ("events", "drops", "hosts"):
        assert "<h1>All of them</h1>" in site.page(f"/{kind}/")


def test_home_has_its_words_their_pictures_and_files(tmp_path: Path) -> None:
    site = make_site(
        tmp_path,
        {
            "content/pages/index.md": "---\ntitle: Welcome\n---\nCome in, [the map](map.txt), ![A](row.jpg)\n",
            "content/pages/map.txt": "Here.",
            "content/pages/row.jpg": picture(),
        },
    )
    site.build()
    assert "Come in" in site.page("/")
    assert site.page("/map.txt") == "Here."
    assert site.page("/pt/map.txt") == "Here."
    assert not (site.public / "index").exists()


HOME_FORM = """\
---
title: Welcome
signup:
  button: Write to me
  heading: Stay near
  list: friends
  fields: [{ name: city, required: true }, { name: diet, label: Diet, options: [Meat, No meat] }]
  thanks: See you soon.
---
Come in.
"""


def form_of(html: str) -> str:
    found = re.search(r'<form class="coupon" id="signup".*?</form>', html, re.S)
    return found[0] if found else ""


def test_the_signup_of_home_is_the_form_of_the_site(tmp_path: Path) -> None:
    pt = "---\ntitle: Olá\nsignup: { button: Escreve-me, thanks: Até já., fields: { diet: Dieta } }\n---\nEntra.\n"
    site = make_site(
        tmp_path,
        {
            "content/events/salon.md": EVENT,
            "content/pages/index/index.md": HOME_FORM,
            "content/pages/index/index.pt.md": pt,
            "content/pages/index/welcome.md": "---\nsubject: Come in\n---\nWelcome to the house.\n",
        },
    )
    site.build()
    for path, words in {"/": "Write to me", "/events/": "Write to me", "/pt/": "Escreve-me"}.items():
        form = form_of(site.page(path))
        assert f"<button>{words}</button>" in form, path
        assert re.findall(r'<(?:input|select) id="signup-(\w+)" name="\1"', form)[:3] == ["email", "city", "diet"]
        assert 'name="form" value="site"' in form
    assert "Stay near</h2>" in form_of(site.page("/"))
    catalog = Catalog(FolderReader(site.private))
    form = catalog.entry("site")["form"]
    assert form is not None
    assert (form["list"], form["intent"], form["purposes"]) == ("friends", "newsletter", ["marketing"])
    assert [(field["name"], field["required"], field["label"]) for field in form["fields"]][1] == (
        "diet", False, {"en": "Diet", "pt": "Dieta"},
    )  # fmt: skip
    assert form["thanks"] == {"en": "See you soon.", "pt": "Até já."}
    _, email = catalog.email_for("site", "welcome", "en")
    values = {"confirm_url": "https://x.example/c", "unsubscribe_url": "https://x.example/u"}
    assert fill_email(email, catalog.program(email["program"]), values).subject == "Come in"


def test_a_change_of_home_changes_every_form_of_the_site(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"content/events/salon.md": EVENT, "content/pages/index.md": HOME_FORM})
    site.build()
    site.edit("content/pages/index.md", "button: Write to me", "button: Send me news")
    site.build()
    assert "<button>Send me news</button>" in form_of(site.page("/events/"))
    wordings = Catalog(FolderReader(site.private)).entry("site")["form"]
    assert wordings is not None
    assert f'value="{wordings["wordings"]["en"]}"' in form_of(site.page("/events/"))


def test_home_without_a_signup_has_no_form_and_the_site_takes_none(tmp_path: Path) -> None:
    words = "---\ntitle: Welcome\nsignup: false\n---\nCome in.\n"
    site = make_site(tmp_path, {"content/events/salon.md": EVENT, "content/pages/index.md": words})
    site.build()
    assert form_of(site.page("/")) == form_of(site.page("/events/")) == ""
    assert form_of(site.page("/events/salon/"))
    assert not (site.private / "entries/site.json").exists()


def test_the_form_of_a_page_asks_for_what_the_page_says(tmp_path: Path) -> None:
    words = "---\ntitle: News\nsignup: { fields: [city], consent: false, button: Send it }\n---\nNews.\n"
    site = make_site(tmp_path, {"content/pages/news.md": words})
    site.build()
    form = form_of(site.page("/news/"))
    assert 'name="city"' in form
    assert re.search(r'name="consent_marketing"[^>]* required', form), "news is what marketing means"
    assert "<button>Send it</button>" in form


def test_thanks_are_in_the_catalog_while_they_are_true(tmp_path: Path) -> None:
    words = "signup: { thanks: See you on Friday. }\nvenue"
    site = make_site(tmp_path, {"content/events/salon.md": EVENT.replace("venue", words)})
    site.build()
    form = Catalog(FolderReader(site.private)).entry("events/salon")["form"]
    assert form is not None
    assert form["thanks"] == {"en": "See you on Friday."}
    site.build(at=AT + 60 * 86_400)
    form = Catalog(FolderReader(site.private)).entry("events/salon")["form"]
    assert form is not None
    assert "thanks" not in form


# ---- the gate

GATED = """\
---
title: Salon
starts: 2026-12-04 19:00
venue: Town Hall
---
Come as you are. [The plan](plan.txt)

::: gate
CANARY-7f3a says **{{< secret door_code >}}** at {{< when >}}. [Also](hidden.txt)
:::
"""


@pytest.fixture
def gated(tmp_path: Path) -> Site:
    files: dict[str, str | bytes] = {
        "content/events/salon.md": GATED,
        "content/events/salon.pt.md": "---\ntitle: Salão\n---\nVem.\n\n::: gate\nCANARY-7f3a em português.\n:::\n",
        "content/events/plan.txt": "Plan.",
        "content/events/hidden.txt": "Hidden.",
    }
    return make_site(tmp_path, files)


def test_what_is_gated_is_in_no_public_file_and_reaches_the_welcome(gated: Site) -> None:
    gated.build()
    assert [path for path, data in tree(gated.public).items() if b"CANARY" in data] == []
    holding = {path.split("/")[0] for path, data in tree(gated.private).items() if b"CANARY" in data}
    assert holding == {"gates", "emails"}
    catalog = Catalog(FolderReader(gated.private))
    entry = catalog.entry("events/salon")
    assert entry["gate"].keys() == {"en", "pt"}
    for name, by_lang in entry["emails"].items():
        assert ("CANARY" in json.dumps(catalog.email(by_lang["en"]))) == (name == "welcome")


def test_a_secret_is_known_only_when_something_is_sent(gated: Site) -> None:
    gated.build()
    for path, data in tree(gated.private).items():
        if b"CANARY" in data and b"portugu" not in data:
            assert b'"secret.door_code"' in data, path
    catalog = Catalog(FolderReader(gated.private))
    email = catalog.email(catalog.entry("events/salon")["emails"]["welcome"]["en"])
    values = {
        "secret.door_code": "4711", "first_name": "Ana", "gate_url": "https://casalume.example/g",
        "unsubscribe_url": "https://casalume.example/u", "preferences_url": "https://casalume.example/p",
    }  # fmt: skip
    filled = fill_email(email, catalog.program(email["program"]), values)
    assert "CANARY-7f3a says <strong>4711</strong> at " in filled.html
    assert "4711" in filled.text


def test_a_file_that_only_the_gate_links_to_is_warned_of(gated: Site) -> None:
    assert [(warning.line, warning.what) for warning in gated.build().warnings] == [
        (9, "The gate links to hidden.txt, and whoever knows its address can fetch it without signing up.")
    ]


# ---- whatever may be written makes a difference

PLAIN: dict[str, str] = {
    "event": "starts: 2026-12-10 19:00",
    "drop": "opens_at: 2026-12-01 18:00",
    "host": "checkin: 15:00",
    "page": "date: 2026-11-01",
}
BESIDE = {
    "early_access": "opens_at: 2026-11-30 18:00", "previous_start": "status: rescheduled", "chapter": "series: lamps",
    "per_person": "items: [{ name: Lamp, price: 180 EUR }]",
}  # fmt: skip
"""What a field needs beside it."""
VALUES = {
    "publish_date": "2026-11-02", "expiry_date": "2026-12-31", "images": "[bench.jpg]", "title": "Another",
    "starts": "2026-12-11 20:00", "ends": "2026-12-10 21:00", "opens_at": "2026-11-30 18:00", "checkin": "16:00",
    "closes_at": "2026-12-09 12:00", "status": "cancelled", "timezone": "Asia/Tokyo", "host": "casa",
    "pickup": "[casa]", "previous_start": "2026-11-27 19:00", "venue": "Town Hall", "id": "things/another",
    "url": "/elsewhere/", "slug": "another", "signup": "{ button: Send it }", "date": "2026-11-02",
}  # fmt: skip
"""Values that say more here than the example of the field."""
ELSEWHERE = {
    "menu", "weight", "aliases", "link_title", "draft", "url", "id", "slug", "publish_date", "expiry_date",
}  # fmt: skip
"""Fields that show elsewhere than on the entry's own page; the tests of plans, links and states hold them."""


def written(kind: type[Entry], name: str = "", *, without: bool = False) -> str:
    """An entry that has this field beside what it must have; or only what the field needs beside it."""
    lines = dict(line.split(": ", 1) for line in ("title: Title", "summary: S.", PLAIN[kind.kind]))
    if name in BESIDE and BESIDE[name].split(": ")[0] in kind.model_fields:
        key, value = BESIDE[name].split(": ", 1)
        lines[key] = value
    if name and not without:
        lines[name] = VALUES.get(name) or str((kind.model_fields[name].examples or [""])[0])
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in lines.items()) + "---\nWords.\n"


def said_of(site: Site, kind: type[Entry], slug: str) -> list[bytes]:
    """All that a site makes of one entry, its slug and all hashes taken out."""
    catalog = Catalog(FolderReader(site.private))
    folder = f"{slug}/" if kind.kind == "page" else f"{kind.section}/{slug}/"
    entry: dict[str, Any] = dict(catalog.entry(f"{kind.section}/{slug}"))
    emails = [catalog.email(by_lang["en"]) for by_lang in entry.pop("emails").values()]
    made = [data for path, data in tree(site.public).items() if path.startswith(folder)]
    made.append(json.dumps([entry, emails]).encode())
    return [re.sub(rb"[0-9a-f]{8,}", b"HASH", data.replace(slug.encode(), b"SLUG")) for data in made]


@pytest.mark.parametrize("kind", KINDS, ids=[kind.kind for kind in KINDS])
def test_every_field_of_front_matter_makes_a_difference(tmp_path: Path, kind: type[Entry]) -> None:
    names = [name for name in kind.model_fields if name not in ELSEWHERE]
    folder = f"content/{kind.section}"
    files: dict[str, str | bytes] = {
        "content/hosts/casa.md": "---\ntitle: Casa\naddress: Lisboa\n---\nCasa.\n",
        "themes/mine/theme.yaml": "name: mine\nversion: 1\n",
        f"themes/mine/pages/{kind.kind}.html": f'{{% extends "base:pages/{kind.kind}.html" %}}\n'
        "{% block after %}{{ super() }}{% if entry.params.mood %}{{ entry.params.mood }}{% endif %}{% endblock %}\n",
        f"{folder}/bench.jpg": picture(),
    }
    for name in names:
        slug = name.replace("_", "-")
        files[f"{folder}/with-{slug}.md"] = written(kind, name)
        files[f"{folder}/beside-{slug}.md"] = written(kind, name, without=True)
    site = make_site(tmp_path, files, site=SITE + "theme: mine\nsettings: { show_changed: true }\n")
    assert site.problems() == []
    idle = []
    for name in names:
        slug = name.replace("_", "-")
        if said_of(site, kind, f"with-{slug}") == said_of(site, kind, f"beside-{slug}"):
            idle.append(name)
    assert idle == []


LINES = [
    "name: Another", "base_url: https://another.example", "timezone: Asia/Tokyo", "description: Another.",
    "currency: JPY", "languages: [en, pt, ar]", "signup: https://fn.example/api", "per_page: 1",
    "permalinks: { events: /:year/:slug/ }", "feed_limit: 1", "html: true", "social_cards: false", "theme: base",
    "settings: { footer_note: A note. }", "params: { mood: calm }",
    "sender: { email: other@casalume.example, address: Rua 7 }",
    "sender: { email: hello@casalume.example, address: Rua 8 }",
    "sender: { email: hello@casalume.example, address: Rua 7, name: Ana }",
    "sender: { email: hello@casalume.example, address: Rua 7, reply_to: ana@casalume.example }",
    "consent: { controller: Another, marketing: { en: Yes., pt: Sim. } }",
    "consent: { controller: Casa, contact: privacy@casalume.example, marketing: { en: Yes., pt: Sim. } }",
    "consent: { controller: Casa, policy_version: 2026-11, marketing: { en: Yes., pt: Sim. } }",
    "consent: { controller: Casa, marketing: { en: Please do., pt: Sim. } }",
    "organization: { logo: /static/logo.svg }", "same_as: [https://social.example/@casalume]",
    "privacy: { retention: Until you leave. }", "privacy: { processors: [{ name: Hetzner }] }",
    "privacy: { processors: [{ name: Hetzner, url: https://hetzner.example/ }] }",
    "sections: { events: { title: Evenings } }", "sections: { events: { intro: Come as you are. } }",
    "menu: [{ text: Shop, url: https://shop.casalume.example }]", "tags: { lamps: { pt: Candeeiros } }",
]  # fmt: skip
BASE = SITE.replace('"Rua da Luz 7, Lisboa"', "Rua 7").replace('"Casa Lume, Lda"', "Casa") + "theme: mine\n"


def with_line(text: str, line: str) -> str:
    key = line.split(":")[0]
    return "".join(f"{each}\n" for each in text.splitlines() if not each.startswith(f"{key}:")) + line + "\n"


def test_every_key_of_site_yaml_makes_a_difference(tmp_path: Path) -> None:
    assert {line.split(":")[0] for line in LINES} == set(SiteConfig.model_fields)
    site = make_site(
        tmp_path,
        {
            "content/events/salon.md": EVENT.replace("venue", "tickets: [{ name: Seat, price: 25 }]\nvenue"),
            "content/events/supper.md": EVENT.replace("title: Salon", "title: Supper\ndate: 2026-11-02"),
            "content/pages/about.md": "---\ntitle: About\ndate: 2026-11-01\ntags: [lamps]\n---\nAbout.\n",
            "content/static/logo.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
            "themes/mine/theme.yaml": "name: mine\nversion: 1\n",
            "themes/mine/pages/page.html": '{% extends "base:pages/page.html" %}\n'
            "{% block after %}<p>Mine{% if site.params.mood %} {{ site.params.mood }}{% endif %}</p>{% endblock %}\n",
        },
        site=BASE,
    )

    def made(line: str) -> Tree:
        site.write({"content/site.yaml": with_line(BASE, line) if line else BASE})
        if line.startswith("html"):
            site.edit("content/pages/about.md", "About.", "About <b>us</b>.")
        site.build()
        kept = site.private / "entries"
        return {**tree(site.public), **tree(kept), "index.json": (site.private / "index.json").read_bytes()}

    plain, idle = made(""), []
    before = {"url": made("privacy: { processors: [{ name: Hetzner }] }")}
    for line in LINES:
        if made(line) == (before["url"] if "hetzner" in line else plain):
            idle.append(line)
    assert idle == []
