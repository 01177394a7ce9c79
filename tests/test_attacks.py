"""What somebody would try who wants more than a page: each attempt ends in a clear error or in harmless words.

Names and facts that lead astray, gated words and secrets, and text that is code somewhere else.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest

from handbill_functions.catalog import Catalog, FolderReader, entry_path
from handbill_functions.errors import NotInCatalog
from helpers import EVENT, SITE, Site, make_site, tree

HOSTILE = "</title><script>alert(1)</script>\" onload='x' {{ config }} {% include 'x' %} {{#if a}} ]]> *|MERGE|* ${7*7}"


def event(front: str, body: str = "Come.", title: str = "Salon") -> str:
    return f"---\ntitle: {title}\nstarts: 2026-12-04 19:00\nvenue: Town Hall\n{front}---\n{body}\n"


def one(tmp_path: Path, front: str, body: str = "Come.") -> Site:
    return make_site(tmp_path, {"content/events/salon.md": event(front, body)})


@pytest.mark.parametrize("name", ["हिन्दी-रात", "กาแฟ", "東京の夜", "v1.2_a"])
def test_the_functions_find_an_entry_by_the_id_that_its_form_posts_in_any_script(tmp_path: Path, name: str) -> None:
    site = make_site(tmp_path, {f"content/events/{name}.md": EVENT})
    site.build()
    posted = re.search(r'name="form" value="([^"]+)"', site.page(f"/events/{name}/"))
    assert posted is not None
    assert Catalog(FolderReader(site.private)).entry(posted[1])["id"] == f"events/{name}"


@pytest.mark.parametrize(
    "id", ["", ".", "..", "a/../b", "a//b", "/a", "-a", "a\u2028b", "a b", "a\0", "\u0301a", "\ud800"]
)
def test_what_cannot_be_an_id_leads_to_no_file(id: str) -> None:
    with pytest.raises(NotInCatalog):
        entry_path(id)


def test_addresses_that_other_programs_read_are_uris_whatever_the_script(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"content/events/東京.md": EVENT.replace("title", "date: 2026-11-02\ntitle", 1)})
    site.build()
    address = "https://casalume.example/events/%E6%9D%B1%E4%BA%AC/"
    assert f"<loc>{address}</loc>" in site.page("/sitemap.xml")
    assert f'href="{address}"' in site.page("/feed.xml")
    assert f"URL:{address}" in site.page("/events/東京/東京.ics").replace("\n ", "")
    assert f'<link rel="canonical" href="{address}">' in site.page("/events/東京/")


def test_the_sitemap_names_no_page_that_asks_not_to_be_found(tmp_path: Path) -> None:
    events = {f"content/events/e{number}.md": event("", title=f"E {number}") for number in range(3)}
    site = make_site(tmp_path, events, site=f"{SITE}per_page: 1\n")
    site.build()
    assert 'content="noindex, follow"' in site.page("/events/2/")
    named = re.findall(r"<loc>https://casalume.example([^<]*)</loc>", site.page("/sitemap.xml"))
    assert "/events/" in named
    assert [url for url in named if "noindex" in site.page(url)] == []


def test_a_name_that_macos_took_apart_gives_the_id_that_it_gives_elsewhere(tmp_path: Path) -> None:
    ids = set()
    for form in ("NFC", "NFD"):
        site = make_site(tmp_path / form, {f"content/events/{unicodedata.normalize(form, 'fête')}.md": EVENT})
        site.build()
        ids |= {path for path in tree(site.private) if path.startswith("entries/events/")}
    assert ids == {"entries/events/fête.json"}


@pytest.mark.parametrize(
    ("front", "what"),
    [
        ("slug: " + "東" * 80, "4:7: '東"),
        ("id: a/b/c/d/e", "4:5: 'a/b/c/d/e' is too long for an id."),
        ("id: events.json/x", "4:5: 'events.json/x' cannot be an id"),
        ("tags: [light, '!!!']", "5:15: '!!!' has no letter and no digit"),
        ("series: '..'", "5:9: '..' has no letter and no digit"),
        ("series: " + "a" * 201, "5:9: This is too long for a URL."),
    ],
)
def test_a_name_that_no_file_can_bear_is_refused_where_it_stands(tmp_path: Path, front: str, what: str) -> None:
    (problem,) = one(tmp_path, front + "\n").problems()
    assert what.partition(" ")[2] in problem
    assert problem.startswith("content/events/salon.md:5:")


def test_a_file_name_too_long_for_a_url_is_refused(tmp_path: Path) -> None:
    (problem,) = make_site(tmp_path, {f"content/events/{'東' * 80}.md": EVENT}).problems()
    assert "The file's name is too long for a part of a URL." in problem


def test_tags_that_differ_in_spelling_alone_are_one_tag_with_each_entry_once(tmp_path: Path) -> None:
    site = one(tmp_path, "tags: [Light, light, líght]\n")
    site.build()
    assert site.page("/events/salon/").count('rel="tag"') == 1
    assert site.page("/tags/light/").count('class="card"') == 1


def test_a_page_that_lists_leave_out_links_to_no_list_of_its_tags(tmp_path: Path) -> None:
    site = one(tmp_path, "tags: [light]\nrobots: noindex\n")
    site.build()
    assert "/tags/" not in site.page("/events/salon/")
    assert not (site.public / "tags").exists()


def test_a_home_page_that_asks_not_to_be_found_is_not_in_the_sitemap(tmp_path: Path) -> None:
    home = "---\ntitle: Home\nrobots: noindex\ncanonical: https://elsewhere.example/\n---\nHello.\n"
    site = make_site(tmp_path, {"content/pages/index.md": home})
    site.build()
    assert '<meta name="robots" content="noindex">' in site.page("/")
    assert '<link rel="canonical" href="https://elsewhere.example/">' in site.page("/")
    assert "<loc>https://casalume.example/</loc>" not in site.page("/sitemap.xml")


def test_facts_of_an_entry_that_is_nowhere_are_told(tmp_path: Path) -> None:
    facts = json.dumps({"entries": {"events/salonn": {"sold_out": True}}}).encode()
    report = one(tmp_path, "").build(facts=facts, facts_name="facts.json")
    assert [(each.path, each.what, each.fix) for each in report.warnings] == [
        ("facts.json", "There is no entry 'events/salonn'.", "Did you mean events/salon?")
    ]


def test_no_word_of_a_gate_is_in_any_public_file(tmp_path: Path) -> None:
    gate = "::: gate\nCANARY [a][r] b[^1]\n\n## CANARY\n\n[r]: https://canary.example/\n[^1]: CANARY note\n:::"
    listed = "- ::: gate\n  CANARY\n  :::"
    site = make_site(
        tmp_path,
        {
            "content/events/salon.md": event("series: s\ntags: [t]\n", f"{gate}\n\nPublic.\n\n{listed}"),
            "content/events/salon.pt.md": f"---\ntitle: Salão\n---\n{gate}\n",
            "content/pages/about.md": f"---\ntitle: About\n---\n{gate}\n",
            "content/pages/index.md": f"---\ntitle: Home\n---\n{gate}\n",
            "content/events/_index.md": f"---\ntitle: Events\n---\n{gate}\n",
        },
    )  # fmt: skip
    site.problems()  # a gate where nobody could open it may be refused; it must never be public
    public, _ = site.outputs()
    assert [path for path, data in public.items() if b"canary" in data.lower()] == []


def test_hostile_words_stay_words_in_every_public_file(tmp_path: Path) -> None:
    quoted = json.dumps(HOSTILE)
    front = (
        f"summary: {quoted}\nseries: {quoted}\ntags: [{quoted}]\ncapacity: 40\n"
        f"tickets: [{{ name: {quoted}, price: 25 EUR }}]\nsignup: {{ button: {quoted}, heading: {quoted} }}\n"
    )
    site = make_site(
        tmp_path, {"content/events/salon.md": event(front, title=quoted)},
        site=SITE.replace("name: Casa Lume", f"name: {quoted}"),
    )  # fmt: skip
    site.build()
    public, _ = site.outputs()
    for path, data in public.items():
        if path.endswith((".html", ".xml")):
            assert b"<script>alert" not in data, path
    page = site.page("/events/salon/")
    assert len(re.findall(r"<script\b", page)) == 1
    assert not re.search(r"""<[^>"]*(?:"[^"]*"[^>"]*)*\sonload=""", page)
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(data)["@graph"][0]["name"] == HOSTILE
