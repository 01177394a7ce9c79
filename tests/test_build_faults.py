"""What a build does when something is wrong: with the files, the theme, the disk, the process, or somebody's patience.

The errors say where and what (the exact words of front matter and site.yaml are in tests/problems/), and the last good
output stands.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email import policy
from email.parser import Parser
from pathlib import Path

import pytest

from handbill import build as building
from handbill.errors import HandbillError, MachineError, ProblemsFound, UsageError
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.fill import fill_email
from helpers import EVENT, NOW, SITE, Site, Tree, difference, handbill, make_site, picture, tree

HOST = "---\ntitle: Casa Lume\naddress: { city: Lisboa, country: PT }\n---\nA house.\n"
LAMP = "---\ntitle: Lamp\nopens_at: 2026-12-06 18:00\nitems: [{ name: Lamp, price: 180 EUR, stock: 9 }]\n---\nA lamp.\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A small site with one of each kind, built."""
    made = make_site(
        tmp_path_factory.mktemp("built") / "site",
        {
            "content/events/salon.md": EVENT,
            "content/drops/lamp.md": LAMP,
            "content/hosts/casa-lume.md": HOST,
            "content/pages/about.md": "---\ntitle: About\n---\nAbout.\n",
            "themes/mine/theme.yaml": "name: mine\nversion: 1\n",
        },
        site=SITE + "theme: mine\n",
    )
    made.build()
    return made


@pytest.fixture
def site(built: Site, tmp_path: Path) -> Site:
    """That site, for this test alone."""
    shutil.copytree(built.root, tmp_path / "site")
    return Site(tmp_path / "site", tmp_path / "site/public", tmp_path / "site/private")


@contextlib.contextmanager
def standing(site: Site) -> Iterator[None]:
    """Whatever happens inside, all outputs are as before, and nothing of ours is left beside them."""
    before = site.outputs()
    yield
    after = site.outputs()
    assert difference(before[0], after[0]) == []
    assert difference(before[1], after[1]) == []
    assert not (site.public / ".handbill-stage").exists()
    assert not (site.private / ".handbill-stage").exists()


def refused(site: Site, *, whole: bool = False) -> list[str]:
    """The errors of a build that must fail and leave the outputs alone."""
    with standing(site), pytest.raises(ProblemsFound) as found:
        site.build()
    problems = [problem for problem in found.value.problems if problem.level == "error"]
    assert all(problem.fix for problem in problems), "every error says how to mend it"
    return [str(problem) if whole else str(problem).split("\n")[0] for problem in problems]


def clean(site: Site) -> Tree:
    """The public files of a clean build of the same content elsewhere."""
    aside = make_site(site.root.with_name("clean"), {})
    shutil.rmtree(aside.root)
    for part in ("content", "themes"):
        if (site.root / part).exists():
            shutil.copytree(site.root / part, aside.root / part)
    aside.build()
    return tree(aside.public)


# ---- what a creator may get wrong between files


def test_several_mistakes_in_several_files_are_told_at_once(site: Site) -> None:
    site.edit("content/events/salon.md", "starts: 2026-12-04 19:00", "starts: 2026-02-30 19:00")
    site.edit("content/drops/lamp.md", "180 EUR", "free")
    site.edit("content/pages/about.md", "title: About", "titel: About")
    told = [line.split(":")[0] for line in refused(site)]
    assert told == ["content/drops/lamp.md", "content/events/salon.md", "content/pages/about.md"]


def test_mistakes_within_files_and_between_them_are_told_in_one_run(site: Site) -> None:
    site.edit("content/drops/lamp.md", "180 EUR", "free")
    site.edit("content/events/salon.md", "venue: Town Hall", "host: casa-lumen")
    site.write({
        "content/events/supper.md": EVENT.replace("title: Salon", "title: Supper\nurl: /about/"),
        "content/pages/more.md": "---\ntitle: More\n---\n[Gone](gone.md), ![A lamp](lamp.jpg)\n",
    })  # fmt: skip
    assert [line.split(": ", 1)[1] for line in refused(site)] == [
        "'free' is not a price.",
        "There is no host 'casa-lumen'.",
        "Its URL /about/ is already that of content/events/supper.md.",
        "The link to gone.md leads nowhere: content/pages/gone.md does not exist.",
        "There is no picture content/pages/lamp.jpg.",
    ]


def test_what_follows_from_a_mistake_in_another_file_is_no_mistake(site: Site) -> None:
    site.write({
        "content/hosts/casa-lume.md": HOST.replace("country: PT", "country: [PT]"),
        "content/hosts/barn.md": "---\ntitle: Barn\nslug: 'old-barn'\naddress: { city: [x] }\n---\nA barn.\n",
        "content/events/salon.md": EVENT.replace("venue: Town Hall", "host: casa-lume"),
        "content/events/supper.md": EVENT.replace("venue: Town Hall", "host: old-barn"),
        "content/drops/lamp.md": LAMP.replace("title: Lamp", "title: Lamp\npickup: [casa-lume]"),
        "content/pages/about.md": "---\ntitle: About\n---\n[The house](../hosts/casa-lume.md), "
        "[here](/hosts/casa-lume/), {{< link hosts/casa-lume >}}\n",
    })  # fmt: skip
    facts = b'{"entries": {"hosts/casa-lume": {"sold_out": false}}}'
    with standing(site), pytest.raises(ProblemsFound) as found:
        site.build(facts=facts, facts_name="facts.json")
    assert {problem.path for problem in found.value.problems} == {"content/hosts/barn.md", "content/hosts/casa-lume.md"}
    site.write(
        {"content/hosts/casa-lume.md": HOST, "content/hosts/barn.md": HOST.replace("title", "slug: old-barn\ntitle")}
    )
    assert site.problems(facts=facts, facts_name="facts.json") == []


def test_a_theme_that_is_wrong_does_not_hide_what_is_wrong_between_files(site: Site) -> None:
    site.write({"themes/mine/pages/event.html": "{% if %}"})
    site.edit("content/events/salon.md", "venue: Town Hall", "host: nowhere")
    assert [line.split(":")[0] for line in refused(site)] == ["content/events/salon.md", "themes/mine/pages/event.html"]


def test_a_site_yaml_that_is_wrong_is_told_with_its_line(site: Site) -> None:
    site.edit("content/site.yaml", "timezone: Europe/Lisbon", "timezone: Europe/Lisboa")
    assert refused(site) == ["content/site.yaml:3:11: 'Europe/Lisboa' is not a time zone."]


def test_two_entries_with_one_id_are_told(site: Site) -> None:
    site.write({"content/events/other.md": EVENT.replace("title: Salon", "title: Other\nid: events/salon")})
    assert refused(site) == [
        "content/events/salon.md: The id 'events/salon' is already that of content/events/other.md."
    ]
    site.edit("content/events/other.md", "id: events/salon", "id: events/zoo")
    site.edit("content/events/salon.md", "title: Salon", "title: Salon\nid: events/zoo")
    [told] = refused(site, whole=True)
    assert told == (
        "content/events/salon.md:3:5: The id 'events/zoo' is already that of content/events/other.md.\n"
        "    id: events/zoo\n"
        "        ^^^^^^^^^^\n"
        "  Ids name stock, orders and calendar entries: give one of the two its own `id:` or slug."
    )


def test_an_entry_that_is_a_file_and_a_folder_is_told(site: Site) -> None:
    site.write({"content/events/salon/index.md": EVENT})
    assert any("events/salon" in line and "already" in line for line in refused(site))


def test_two_entries_with_one_url_are_told(site: Site) -> None:
    site.edit("content/pages/about.md", "title: About", "title: About\nurl: /events/salon/")
    assert refused(site) == [
        "content/pages/about.md:3:6: Its URL /events/salon/ is already that of content/events/salon.md."
    ]


@pytest.mark.parametrize("alias", ["/events/salon/", "/events/", "/", "/privacy/", "/feed.xml", "/robots.txt"])
def test_an_alias_that_collides_with_anything_is_told(site: Site, alias: str) -> None:
    site.edit("content/pages/about.md", "title: About", f"title: About\naliases: [{alias}]")
    assert len(refused(site)) == 1


def test_two_entries_with_one_alias_are_told(site: Site) -> None:
    site.edit("content/pages/about.md", "title: About", "title: About\naliases: [/old/]")
    site.edit("content/events/salon.md", "title: Salon", "title: Salon\naliases: [/old/]")
    [told] = refused(site, whole=True)
    assert told == (
        "content/pages/about.md:3:11: The alias /old/ is already an alias of content/events/salon.md.\n"
        "    aliases: [/old/]\n"
        "              ^^^^^\n"
        "  Remove it from `aliases`, or move the other page."
    )


def test_an_alias_that_is_the_page_itself_is_told(site: Site) -> None:
    site.edit("content/pages/about.md", "title: About", "title: About\naliases: [/about/]")
    assert refused(site) == ["content/pages/about.md:3:11: The alias /about/ is the page's own URL."]


@pytest.mark.parametrize("path", ["index.html", "events/salon/index.html", "404.html", "sitemap.xml", "_headers"])
def test_a_static_file_that_collides_with_an_output_is_told(site: Site, path: str) -> None:
    site.write({f"content/static/{path}": "Mine."})
    [line] = refused(site)
    assert line.startswith(f"/{path}: Two things want to be this file: ")


def test_a_static_file_where_a_folder_must_be_is_told(site: Site) -> None:
    site.write({"content/static/events": "Mine."})
    [line] = refused(site)
    assert line.startswith("/events: This is a file of static:events, and a folder of ")


def test_a_page_may_stand_at_the_path_of_a_file(site: Site) -> None:
    site.write({"content/events/map.txt": "Here."})
    site.edit("content/events/salon.md", "title: Salon", "title: Salon\nurl: /old/salon.html")
    site.edit("content/events/salon.md", "Come as", "[Map](map.txt). Come as")
    site.build()
    assert 'href="/old/salon.ics"' in site.page("/old/salon.html")
    assert 'href="/old/map.txt"' in site.page("/old/salon.html")
    assert (site.public / "old/salon.ics").is_file()
    assert (site.public / "old/map.txt").is_file()


def test_a_host_that_does_not_exist_is_told_where_it_is_named(site: Site) -> None:
    site.edit("content/events/salon.md", "venue: Town Hall", "host: casa-lumen")
    [told] = refused(site, whole=True)
    assert told == (
        "content/events/salon.md:6:7: There is no host 'casa-lumen'.\n"
        "    host: casa-lumen\n"
        "          ^^^^^^^^^^\n"
        "  Did you mean 'casa-lume'?"
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [("draft: true", "draft"), ("publish_date: 2027-01-01", "future"), ("expiry_date: 2026-01-01", "expired")],
)
def test_a_host_that_is_left_out_is_told_where_it_is_named(site: Site, line: str, why: str) -> None:
    site.edit("content/events/salon.md", "venue: Town Hall", "host: casa-lume")
    site.edit("content/hosts/casa-lume.md", "title: Casa Lume", f"title: Casa Lume\n{line}")
    assert refused(site) == [f"content/events/salon.md:6:7: The host 'casa-lume' is not published ({why})."]


def test_a_pickup_point_that_does_not_exist_is_told_where_it_is_named(site: Site) -> None:
    site.edit("content/drops/lamp.md", "title: Lamp", "title: Lamp\npickup: [casa-lume, nowhere]")
    assert refused(site) == ["content/drops/lamp.md:3:21: There is no host 'nowhere'."]


def test_a_host_named_in_defaults_is_told_there(site: Site) -> None:
    site.write({"content/events/_defaults.yaml": "organizer: Friends\nhost: nowhere\n"})
    site.edit("content/events/salon.md", "venue: Town Hall\n", "")
    assert [line.split(": ")[0] for line in refused(site)] == ["content/events/_defaults.yaml:2:7"]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("nowhere.md", "content/events/nowhere.md does not exist."),
        ("nowhere.pdf", "there is no content/events/nowhere.pdf."),
        ("../pages/hidden.md", "content/pages/hidden.md is left out of this build."),
    ],
)
def test_a_link_that_leads_nowhere_is_told(site: Site, target: str, why: str) -> None:
    site.write({"content/pages/hidden.md": "---\ntitle: Hidden\ndraft: true\n---\nHidden.\n"})
    site.edit("content/events/salon.md", "Come as", f"[See]({target}). Come as")
    assert refused(site) == [f"content/events/salon.md:8: The link to {target} leads nowhere: {why}"]


def test_a_translation_into_a_language_that_the_site_lacks_is_told_once(site: Site) -> None:
    site.write({"content/events/salon.de.md": "---\ntitle: Abend\n---\nAbend.\n"})
    assert refused(site) == ["content/events/salon.de.md: 'de' is not one of the site's languages (en, pt)."]


def test_a_translation_without_an_entry_is_told(site: Site) -> None:
    site.write({"content/events/lost.pt.md": "---\ntitle: Perdido\n---\nPerdido.\n"})
    assert refused(site) == ["content/events/lost.pt.md: This translation has no entry to belong to."]


# ---- paths that lead out


@pytest.mark.parametrize(
    "line",
    [
        "slug: ../../salon",
        "url: /../salon/",
        "aliases: [/../../old/]",
        "images: [../../../etc/passwd]",
        "images: [/../a.jpg]",
    ],
)
def test_no_path_in_front_matter_leads_out_of_the_folder(site: Site, line: str) -> None:
    site.edit("content/events/salon.md", "title: Salon", f"title: Salon\n{line}")
    [told] = refused(site)
    assert told.startswith("content/events/salon.md:3:")


@pytest.mark.parametrize("target", ["../../../secret.txt", "../../../../../../etc/passwd"])
def test_no_link_of_a_text_leads_out_of_the_folder(site: Site, target: str) -> None:
    site.root.with_name("secret.txt").write_text("Secret.")
    site.edit("content/events/salon.md", "Come as", f"[See]({target}). ![Look]({target}) Come as")
    assert {line.split(": ")[0] for line in refused(site)} == {"content/events/salon.md:8"}


def test_a_link_on_disk_that_leads_out_of_content_is_told(site: Site) -> None:
    site.root.with_name("secret.txt").write_text("Secret.")
    (site.root / "content/static").mkdir()
    (site.root / "content/static/secret.txt").symlink_to(site.root.with_name("secret.txt"))
    assert refused(site) == ["content/static/secret.txt: This link leads out of the folder."]


def test_a_folder_on_disk_that_leads_out_of_content_is_told(site: Site) -> None:
    (site.root / "content/events/all").symlink_to(site.root.parent, target_is_directory=True)
    assert refused(site) == ["content/events/all: This link leads out of the folder."]


@pytest.mark.parametrize(
    ("links", "told"),
    [
        ({"events/all": ".."}, ["content/events/all"]),
        ({"events/deep/loop": "."}, ["content/events/deep/loop"]),
        ({"events/one/to-two": "../two", "events/two/to-one": "../one"}, None),
    ],
    ids=["up", "itself", "each other"],
)
def test_links_on_disk_that_go_in_a_circle_are_told(site: Site, links: dict[str, str], told: list[str] | None) -> None:
    for path, target in links.items():
        link = site.root / "content" / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target, target_is_directory=True)
    lines = refused(site)
    assert all(line.endswith(": This link leads back to its own folder.") for line in lines)
    assert told is None or [line.split(": ")[0] for line in lines] == told


def test_a_link_on_disk_that_stays_within_content_is_followed(site: Site) -> None:
    site.write({"content/static/one.txt": "One."})
    (site.root / "content/static/two.txt").symlink_to("one.txt")
    (site.root / "content/static/again").symlink_to("../static-shared", target_is_directory=True)
    site.write({"content/static-shared/three.txt": "Three."})
    site.build()
    assert site.page("two.txt") == "One."
    assert site.page("again/three.txt") == "Three."


def test_a_link_on_disk_that_leads_nowhere_is_told(site: Site) -> None:
    (site.root / "content/events/gone.md").symlink_to("nowhere.md")
    assert refused(site) == ["content/events/gone.md: This link leads nowhere."]


# ---- bytes


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(site: Site) -> None:
    before = site.outputs()
    for path in ("content/events/salon.md", "content/site.yaml", "content/drops/lamp.md"):
        data = (site.root / path).read_bytes()
        (site.root / path).write_bytes(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"))
    site.build()
    assert difference(before[0], tree(site.public)) == []
    assert difference(before[1], tree(site.private)) == []


def test_a_file_that_is_not_utf_8_is_told(site: Site) -> None:
    site.write({"content/events/salon.md": EVENT.replace("Come", "Café").encode("latin-1")})
    [line] = refused(site)
    assert line.startswith("content/events/salon.md:8:")


def test_a_file_of_five_megabytes_is_told_at_once(site: Site) -> None:
    site.write({"content/events/salon.md": EVENT + "Come. " * 900_000})
    began = time.perf_counter()
    [line] = refused(site)
    assert line.startswith("content/events/salon.md: ")
    assert time.perf_counter() - began < 5


def test_a_text_of_a_megabyte_in_deep_nesting_does_not_hang(site: Site) -> None:
    site.write(
        {"content/events/salon.md": EVENT + "> " * 2000 + "Deep.\n\n" + "[" * 5000 + "\n\n" + "*a " * 5000 + "\n"}
    )
    began = time.perf_counter()
    with contextlib.suppress(ProblemsFound):
        site.build()
    assert time.perf_counter() - began < 20


# ---- pictures


def test_a_picture_that_is_missing_is_told_where_it_is_named(site: Site) -> None:
    site.write({"content/events/bench.jpg": picture()})
    site.edit("content/events/salon.md", "title: Salon", "title: Salon\nimages: [bnch.jpg]")
    [told] = refused(site, whole=True)
    assert told == (
        "content/events/salon.md:3:10: There is no picture content/events/bnch.jpg.\n"
        "    images: [bnch.jpg]\n"
        "             ^^^^^^^^\n"
        "  Did you mean bench.jpg?"
    )


@pytest.mark.parametrize("data", [b"", b"no picture", picture()[:200], picture(size=(400, 300))[:-900]], ids=range(4))
def test_a_picture_that_is_corrupt_is_told_where_it_is_named(site: Site, data: bytes) -> None:
    site.write({"content/events/bench.jpg": data})
    site.edit("content/events/salon.md", "title: Salon", "title: Salon\nimages: [bench.jpg]")
    [line] = refused(site)
    assert line.startswith("content/events/salon.md:3:10: ")


def test_a_picture_of_ten_thousand_pixels_is_used_with_a_warning_each_time(site: Site) -> None:
    site.write({"content/events/bench.png": picture(size=(10_000, 40), kind="PNG")})
    site.edit("content/events/salon.md", "title: Salon", "title: Salon\nimages: [bench.png]")
    warned = [warning.path for warning in site.build().warnings]
    assert warned == ["content/events/bench.png"]
    site.edit("content/pages/about.md", "About.", "About us.")
    assert [warning.path for warning in site.build().warnings] == warned


def test_a_picture_larger_than_any_page_shows_is_told(site: Site) -> None:
    site.write({"content/events/bench.png": picture(size=(20_000, 10), kind="PNG")})
    site.edit("content/events/salon.md", "title: Salon", "title: Salon\nimages: [bench.png]")
    [line] = refused(site)
    assert line.startswith("content/events/salon.md:3:10: ")


# ---- words that look like code


def test_markup_and_template_signs_in_a_title_come_out_as_words_everywhere(site: Site) -> None:
    title = """<script>alert(1)</script> {{ 7 * 7 }} {% raw %} "quoted" & 'so' {{name}}"""
    site.edit("content/events/salon.md", "title: Salon", f"title: {json.dumps(title)}")
    site.edit("content/events/salon.md", "summary: Lamps by hand.", f"summary: {json.dumps(title)}\ndate: 2026-11-02")
    site.build()
    for path, data in tree(site.public).items():
        if path.endswith((".html", ".xml")):
            text = data.decode()
            assert "<script>alert" not in text, path
            assert "49" not in re.sub(r"[0-9a-f]{8,}", "", text) or "{{ 7 * 7 }}" in text, path
    page = site.page("/events/salon/")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }} {% raw %}" in page
    [linked] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    event = next(part for part in json.loads(linked)["@graph"] if part["@type"] == "Event")
    assert event["name"] == title
    calendar = tree(site.public)["events/salon/salon.ics"].decode().replace("\r\n ", "")
    assert "\r\nSUMMARY;LANGUAGE=en:<script>alert(1)</script> {{ 7 * 7 }} {% raw %}" in calendar
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in site.page("feed.xml")
    catalog = Catalog(FolderReader(site.private))
    entry = catalog.entry("events/salon")
    assert entry["titles"]["en"] == title
    for name, by_lang in entry["emails"].items():
        email = catalog.email(by_lang["en"])
        values = {
            "first_name": "Ana", "confirm_url": "https://casalume.example/c", "unsubscribe_url": "https://casalume.example/u",
            "preferences_url": "https://casalume.example/p", "gate_url": "https://casalume.example/g", "purposes": [],
        }  # fmt: skip
        filled = fill_email(email, catalog.program(email["program"]), values)
        assert "<script>alert" not in filled.html, name
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in filled.html, name
        assert title in filled.text.replace("\n", " "), name
        assert Parser(policy=policy.default).parsestr(f"Subject: {filled.subject}\n\n")["Subject"] == filled.subject


# ---- themes


def with_theme(site: Site, files: dict[str, str]) -> list[str]:
    site.write({f"themes/mine/{path}": text for path, text in files.items()})
    return refused(site)


def test_a_template_with_a_syntax_error_is_told_with_its_line(site: Site) -> None:
    [line] = with_theme(site, {"parts/footer.html": "<footer>\n{% if site.name %}\n</footer>\n"})
    assert re.match(r"themes/mine/parts/footer\.html:[23]", line)


def test_a_name_that_does_not_exist_is_told_with_its_line_and_the_guess(site: Site) -> None:
    site.write({"themes/mine/parts/footer.html": "<footer>\n{{ site.nme }}\n</footer>\n"})
    [whole] = refused(site, whole=True)
    assert whole.startswith("themes/mine/parts/footer.html:2")
    assert "site.name" in whole or "'name'" in whole or "name?" in whole


def test_themes_that_extend_each_other_in_a_circle_are_told(site: Site) -> None:
    site.write({"themes/other/theme.yaml": "name: other\nversion: 1\nextends: mine\n"})
    lines = with_theme(site, {"theme.yaml": "name: mine\nversion: 1\nextends: other\n"})
    assert lines == ["themes/other/theme.yaml:3:10: Themes extend each other in a circle: mine → other → mine."]


def test_a_template_that_extends_itself_is_told(site: Site) -> None:
    lines = with_theme(site, {"pages/event.html": '{% extends "pages/event.html" %}\n'})
    assert lines
    assert all(line.startswith("themes/mine/pages/event.html:1") for line in lines)


def test_a_theme_that_does_not_exist_is_told(site: Site) -> None:
    site.edit("content/site.yaml", "theme: mine", "theme: mime")
    [whole] = refused(site, whole=True)
    assert "There is no theme 'mime'." in whole
    assert "mine" in whole


def test_mjml_with_an_unknown_tag_is_told_with_its_line(site: Site) -> None:
    base = (Path(building.__file__).parents[2] / "themes/base/emails/_layout.mjml").read_text("utf-8")
    spoiled = base.replace("<mj-body", "<mj-bodi", 1).replace("</mj-body", "</mj-bodi", 1)
    lines = with_theme(site, {"emails/_layout.mjml": spoiled})
    number = spoiled[: spoiled.index("<mj-bodi")].count("\n") + 1
    assert any(re.match(rf"themes/mine/emails/_layout\.mjml:{number}\b.*mj-bodi", line) for line in lines), lines


def test_a_request_to_another_site_in_a_template_is_told_with_its_line(site: Site) -> None:
    lines = with_theme(
        site, {"parts/footer.html": '<footer>\n<img src="https://tracker.example/pixel.gif" alt="">\n</footer>\n'}
    )
    assert any(line.startswith("themes/mine/parts/footer.html:2") for line in lines), lines


def test_words_that_are_broken_yaml_are_told_with_their_line(site: Site) -> None:
    [line] = with_theme(site, {"i18n/en.yaml": "page:\n  home: [Front door\n"})
    assert line.startswith("themes/mine/i18n/en.yaml:")


def test_a_token_pair_of_low_contrast_is_told(site: Site) -> None:
    lines = with_theme(site, {"tokens.json": '{"color": {"light": {"ink": {"$type": "color", "$value": "#eeeeee"}}}}'})
    assert lines
    assert all(line.startswith("themes/mine/tokens.json") for line in lines)


# ---- facts


@pytest.mark.parametrize(
    "facts",
    [
        "{",
        "[]",
        '{"entries": []}',
        '{"entries": {"drops/lamp": 1}}',
        '{"entries": {"drops/lamp": {"sold_out": "no"}}}',
        '{"entries": {"drops/lamp": {"left": {"lamp": 1}}}}',
        '{"entries": {"drops/lamp": {"left": {"lamp": -1}, "as_of": "2026-11-24T12:00:00Z"}}}',
        '{"entries": {"drops/lamp": {"left": {"lamp": true}, "as_of": "2026-11-24T12:00:00Z"}}}',
        '{"entries": {"drops/lamp": {"left": {"lamp": 1}, "as_of": "2026-11-24T12:00:00"}}}',
        '{"as_of": "yesterday", "entries": {}}',
    ],
)
def test_facts_that_are_wrong_are_told(site: Site, facts: str) -> None:
    with standing(site), pytest.raises(ProblemsFound) as found:
        site.build(facts=facts.encode(), facts_name="facts.json")
    assert [problem.path for problem in found.value.problems] == ["facts.json"]


def test_facts_of_an_entry_that_does_not_exist_change_nothing(site: Site) -> None:
    before = tree(site.public)
    site.build(facts=b'{"entries": {"drops/gone": {"sold_out": true}}}')
    assert difference(before, tree(site.public)) == []


# ---- where outputs may go


@pytest.mark.parametrize("where", [".", "..", "content", "content/static/built", "themes/built", ".handbill/built"])
def test_outputs_never_go_among_what_is_read_or_around_it(site: Site, where: str) -> None:
    before = tree(site.root)
    for name in ("public", "private"):
        folders = {"public": site.public, "private": site.private, name: (site.root / where).resolve()}
        with pytest.raises(UsageError):
            Site(site.root, folders["public"], folders["private"]).build(clean=True)
    assert difference(before, tree(site.root)) == []


@pytest.mark.parametrize(("public", "private"), [("out", "out"), ("out", "out/private"), ("out/public", "out")])
def test_what_is_private_never_lies_within_what_is_published(site: Site, public: str, private: str) -> None:
    with pytest.raises(UsageError):
        Site(site.root, site.root / public, site.root / private).build()
    assert not (site.root / "out").exists()


def test_the_private_folder_is_its_owners_alone(site: Site) -> None:
    assert site.private.stat().st_mode & 0o777 == 0o700


# ---- the disk


@contextlib.contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The kernel refuses to write more, as it does when a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_fails_leaves_everything_as_it_was(site: Site) -> None:
    site.edit("content/site.yaml", "name: Casa Lume", "name: Casa Luz")
    with standing(site), no_file_larger_than(2000), pytest.raises(MachineError) as found:
        site.build()
    assert found.value.exit_code == 3
    site.build()
    assert difference(tree(site.public), clean(site)) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("No right to mount a disk; the test above stands for it.")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_everything_as_it_was(site: Site, small_disk: Path) -> None:
    full = Site(site.root, small_disk / "public", small_disk / "private")
    full.build()
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb") as file:
        while True:
            file.write(b"x" * 1024)
            file.flush()
    site.edit("content/site.yaml", "name: Casa Lume", "name: Casa Luz")
    with standing(full), pytest.raises(MachineError, match="No space left") as found:
        full.build()
    assert found.value.exit_code == 3
    filler.unlink()
    full.build()
    assert difference(tree(full.public), clean(site)) == []


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder nobody can write to. Root is not stopped by modes, so the folder is mounted anew over itself."""
    if os.geteuid():
        modes = {path: path.stat().st_mode for path in [folder, *folder.rglob("*")] if path.is_dir()}
        for path in modes:
            path.chmod(0o555)
        try:
            yield
        finally:
            for path, mode in modes.items():
                path.chmod(mode)
        return
    mount = ["mount", "--bind", str(folder), str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("Root cannot be kept from writing here; any other user can.")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", ["public", "private", ".handbill"])
def test_a_folder_that_cannot_be_written_is_told_and_everything_stays(site: Site, name: str) -> None:
    site.edit("content/site.yaml", "name: Casa Lume", "name: Casa Luz")
    with standing(site), read_only(site.root / name), pytest.raises(MachineError) as found:
        site.build()
    assert name in str(found.value)
    assert found.value.exit_code == 3
    site.build()
    assert difference(tree(site.public), clean(site)) == []


@pytest.mark.parametrize("name", ["public", "private", ".handbill"])
def test_a_file_where_a_folder_must_be_is_told(site: Site, name: str) -> None:
    shutil.rmtree(site.root / name)
    (site.root / name).write_text("A file.")
    with pytest.raises(MachineError) as found:
        site.build()
    assert name in str(found.value)
    assert (site.root / name).read_text() == "A file."
    (site.root / name).unlink()
    site.build()
    assert difference(tree(site.public), clean(site)) == []


def test_a_folder_where_a_file_must_be_is_told_and_nothing_has_moved(site: Site) -> None:
    (site.public / "about/index.html").unlink()
    (site.public / "about/index.html").mkdir()
    (site.public / "about/index.html/mine.txt").write_text("Mine.")
    site.edit("content/site.yaml", "name: Casa Lume", "name: Casa Luz")
    with standing(site), pytest.raises(MachineError, match=r"about/index\.html"):
        site.build()


def test_an_empty_folder_where_a_file_must_be_goes(site: Site) -> None:
    (site.public / "about/index.html").unlink()
    (site.public / "about/index.html").mkdir()
    site.build()
    assert difference(tree(site.public), clean(site)) == []


def test_a_file_of_content_that_cannot_be_read_is_told(site: Site) -> None:
    path = site.root / "content/events/salon.md"
    if os.geteuid() == 0:
        path.unlink()
        path.mkdir()  # root reads anything: a folder of that name is at least no file
        site.build()
        assert not (site.public / "events/salon").exists()
        return
    path.chmod(0)
    assert refused(site) == ["content/events/salon.md: The file cannot be read: Permission denied."]


# ---- the process


RUN = "import sys, handbill.crew as crew; crew.PAYS_FROM = 1; from handbill.cli import main; main()"
AT = "2026-11-24T12:00:00+00:00"


def start(site: Site, *words: str) -> subprocess.Popen[str]:
    """A build in a process group of its own, as a terminal would start it; several processes whatever the size."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, "build", "--at", AT, *words],
        cwd=site.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def many(site: Site, count: int) -> None:
    for number in range(count):
        site.write({f"content/pages/page-{number}.md": f"---\ntitle: Page {number}\n---\nWords {number}.\n"})


def wait_for(path: Path, process: subprocess.Popen[str], seconds: float = 30) -> bool:
    """True as soon as `path` is there; False when the process ends before."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        if path.exists():
            return True
        time.sleep(0.002)
    return False


def test_ctrl_c_in_the_middle_leaves_the_last_output(site: Site) -> None:
    many(site, 800)
    site.build()
    site.edit("content/site.yaml", "name: Casa Lume", "name: Casa Luz")
    with standing(site):
        process = start(site, "--jobs", "2")
        assert wait_for(site.public / ".handbill-stage/1", process)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 130, err
        assert "Traceback" not in out + err
        assert "Interrupted" in err
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)  # no member of it is left
    site.build()
    assert difference(tree(site.public), clean(site)) == []


def test_ctrl_c_at_any_moment_leaves_one_whole_output_or_the_other(site: Site) -> None:
    many(site, 60)
    site.build()
    chance = random.Random(7)
    for number in range(5):
        old = tree(site.public)
        site.edit(
            "content/site.yaml", f"name: {'Casa Lume' if not number else f'Casa {number}'}", f"name: Casa {number + 1}"
        )
        process = start(site, "--jobs", "2")
        wait_for(site.public / ".handbill-stage", process)
        time.sleep(chance.random() * 0.3)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
        assert process.returncode in (0, 130), err
        assert "Traceback" not in err
        found = tree(site.public)
        if difference(old, found):
            assert difference(found, clean(site)) == []
        assert not (site.public / ".handbill-stage").exists()
    site.build()
    assert difference(tree(site.public), clean(site)) == []


def test_a_build_that_was_killed_at_any_moment_is_mended_by_the_next(site: Site) -> None:
    many(site, 60)
    site.build()
    chance = random.Random(11)
    for number in range(6):
        site.write(
            {f"content/events/new-{number}.md": EVENT, "content/pages/page-1.md": f"---\ntitle: P {number}\n---\nP.\n"}
        )
        if number:
            site.remove(f"content/events/new-{number - 1}.md")
        site.remove(f"content/pages/page-{number + 10}.md")
        process = start(site, "--jobs", "2")
        wait_for(site.public / ".handbill-stage", process)
        time.sleep(chance.random() * (0.4 if number % 2 else 0.1))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    site.build()
    assert difference(tree(site.public), clean(site)) == []
    assert not (site.public / ".handbill-stage").exists()


def test_a_worker_that_dies_is_told_and_everything_stays(site: Site) -> None:
    many(site, 200)
    site.build()
    site.edit("content/site.yaml", "name: Casa Lume", "name: Casa Luz")
    with standing(site):
        process = start(site, "--jobs", "2")
        assert wait_for(site.public / ".handbill-stage/1", process)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 3, err
        assert "A worker process died." in err
    site.build()
    assert difference(tree(site.public), clean(site)) == []


def test_two_builds_at_once_give_what_one_gives(site: Site) -> None:
    many(site, 40)
    processes = [start(site, "--jobs", "2"), start(site), start(site)]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert difference(tree(site.public), clean(site)) == []
    site.settle()
    site.build(at=NOW)
    assert site.build(at=NOW).unchanged


def test_a_build_that_waited_for_another_looks_again_at_what_is_there(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It saw the site before; meanwhile the other built an edit, which was then taken back."""
    import fcntl

    (site.root / ".handbill/lock").touch()
    done: list[HandbillError | None] = []

    def later() -> None:
        try:
            site.build()
            done.append(None)
        except HandbillError as error:
            done.append(error)

    path = site.root / "content/pages/about.md"
    first = path.read_text()
    site.write({"content/pages/second.md": "---\ntitle: Second\n---\nSecond.\n"})
    with (site.root / ".handbill/lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=later)
        waiting.start()
        time.sleep(0.5)
        path.write_text(first.replace("About.", "Meanwhile."))
        monkeypatch.setattr(building, "_lock", lambda cache: contextlib.nullcontext(False))
        site.build()
        monkeypatch.undo()
        assert "Meanwhile." in site.page("/about/")
        path.write_text(first)
    waiting.join()
    assert done == [None]
    site.build()
    assert difference(tree(site.public), clean(site)) == []


def test_a_project_may_lie_in_a_folder_of_any_name(tmp_path: Path) -> None:
    site = make_site(tmp_path / "50% off? #1 «café»")
    site.build()
    site.edit("content/events/salon.md", "Come", "Come all")
    site.build()
    assert "Come all" in site.page("/events/salon/")
    done = handbill("build", cwd=site.root)
    assert done.returncode == 0, done.stderr
