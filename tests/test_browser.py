"""Every page of the sample site, and every answer of the functions, as people meet them: in Chromium.

One run of tests/browser/look.mjs visits them all: on a phone and on a desk, light and dark, with a keyboard, with
script and without, from a host that sends the headers of `_headers`. Every rule of page_rules.py must hold on every
page, and every rule must find its fault on faulty.html, which has them all: so none of them passes because it sees
nothing.
"""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conftest import Site
from page_rules import BROWSER, RULES, Rule, Seen, look

FAULTY = "/_control/faulty.html"


# What was seen --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report(
    sample_site: Site,
    answer_pages: dict[str, str],
    chromium: str,
    node: str,
    node_modules: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """Everything that one run of look.mjs saw: the pages, the answers, and the faulty page."""
    work = tmp_path_factory.mktemp("browser")
    answers, control = work / "answers", work / "control"
    answers.mkdir()
    for name, html in answer_pages.items():
        (answers / name).write_text(html, "utf-8")
    shutil.copytree(
        BROWSER, control, ignore=lambda _, names: [name for name in names if not name.startswith("faulty.")]
    )
    with (control / "faulty.html").open("a", encoding="utf-8") as file:
        file.write(f"<!-- {random.Random(1).randbytes(150_000).hex()} -->\n")  # nothing compresses that to under 150 kB

    redirects = sample_site.redirects()
    job = {
        "folders": {"_answers": str(answers), "_control": str(control)},
        "bare": ["_control"],
        "pages": [
            *({"path": path} for path in sample_site.pages() if path not in redirects),
            *({"path": f"/_answers/{name}", "answer": True} for name in answer_pages),
            {"path": FAULTY},
        ],
    }
    return look(work, chromium, node, sample_site, job)


@pytest.fixture(scope="module")
def pages(report: dict[str, Any]) -> dict[str, Seen]:
    """The pages of the site and the answers: all but the faulty one."""
    return {path: seen for path, seen in report["pages"].items() if path != FAULTY}


# The tests ------------------------------------------------------------------------------------------------------------


def _words(check: Rule) -> str:
    return check.__name__


@pytest.mark.parametrize("check", RULES, ids=_words)
def test_on_every_page(check: Rule, pages: dict[str, Seen]) -> None:
    found = [f"{path} {fault}" for path, seen in pages.items() for fault in check(seen)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("check", RULES, ids=_words)
def test_the_faulty_page_is_caught_by(check: Rule, report: dict[str, Any]) -> None:
    assert list(check(report["pages"][FAULTY]))


def test_every_page_of_the_site_was_looked_at(pages: dict[str, Seen], sample_site: Site) -> None:
    looked_at = {path for path, seen in pages.items() if not seen["answer"]}
    assert looked_at == sample_site.pages().keys() - sample_site.redirects()
    assert len(looked_at) > 40
    assert all(seen["status"] == 200 for seen in pages.values())


def test_pages_of_all_languages_and_all_answers_were_looked_at(pages: dict[str, Seen], sample_site: Site) -> None:
    index = sample_site.catalog.index()
    assert {seen["lang"] for seen in pages.values()} == set(index["site"]["languages"])
    answers = {path.removeprefix("/_answers/").split("-")[0] for path, seen in pages.items() if seen["answer"]}
    assert answers == index["answers"].keys()


def test_every_page_of_an_entry_has_a_form_or_says_why_not(pages: dict[str, Seen], sample_site: Site) -> None:
    """Every entry that the catalog says can be signed up for has a form on each of its pages."""
    expected = {
        urlsplit(url).path
        for file in (sample_site.private / "entries").rglob("*.json")
        if (entry := json.loads(file.read_text("utf-8")))["form"]
        for url in entry["urls"].values()
    }
    assert len(expected) >= 12
    assert {path for path in expected if not pages[path]["forms"]} == set()


def test_the_policy_is_in_force(report: dict[str, Any]) -> None:
    """A style, a script and a picture that are not the page's own, put into it, do nothing and are reported."""
    trespass = report["trespass"]
    assert not trespass["styled"]
    assert not trespass["ran"]
    assert [line.split(":")[0] for line in trespass["refused"]] == ["style-src-elem", "script-src-elem", "img-src"]
    assert len(trespass["console"]) == 3


# What a form posts ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sent(pages: dict[str, Seen]) -> list[tuple[str, Seen, dict[str, Any], list[tuple[str, str]]]]:
    """(path, what was seen there, the journey, the pairs it posted) of every form, with script and without."""
    return [
        (path, seen, journey, [(name, value) for name, value in post["fields"]])
        for path, seen in pages.items()
        for journey in seen.get("sent", {}).values()
        for post in journey["posts"]
    ]


def test_every_form_was_sent_twice(pages: dict[str, Seen], sent: list[Any]) -> None:
    with_form = [path for path, seen in pages.items() if seen["forms"] and not seen["answer"]]
    assert len(with_form) > 20
    assert len(sent) == 2 * len(with_form)


def test_no_name_is_posted_twice(sent: list[Any]) -> None:
    for path, _, _, pairs in sent:
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), path


def test_a_post_names_its_form_its_intent_and_the_words_it_showed(sent: list[Any], sample_site: Site) -> None:
    catalog = sample_site.catalog
    for path, seen, _, pairs in sent:
        posted = dict(pairs)
        form = catalog.entry(posted["form"])["form"]
        assert form is not None, path
        assert posted["lang"] == seen["lang"], path
        assert posted["intent"] == form["intent"], path
        assert posted["wording"] == form["wordings"][seen["lang"]], path
        wording = catalog.wording(posted["wording"])
        assert set(wording["purposes"]) == set(form["purposes"]), path
        known = {"email", "website", "form", "lang", "intent", "wording"} | {field["name"] for field in form["fields"]}
        assert posted.keys() <= known | {f"consent_{purpose}" for purpose in form["purposes"]}, path


def test_consent_that_nobody_ticked_is_not_posted(sent: list[Any]) -> None:
    """A box is ticked only where the form is for that one purpose, and the browser asks for it."""
    left = 0
    for path, seen, journey, pairs in sent:
        posted = {name for name, _ in pairs if name.startswith("consent_")}
        boxes = seen["forms"][0]["consents"]
        assert posted == set(journey["ticked"]) == {box["name"] for box in boxes if box["required"]}, path
        left += sum(not box["required"] for box in boxes)
    assert left > 10


def test_the_honeypot_is_posted_empty(sent: list[Any]) -> None:
    assert {dict(pairs)["website"] for _, _, _, pairs in sent} == {""}


def test_script_makes_no_difference_to_what_is_posted(pages: dict[str, Seen]) -> None:
    for path, seen in pages.items():
        posts = [
            [pair for pair in post["fields"] if pair[0] != "email"]
            for journey in seen.get("sent", {}).values()
            for post in journey["posts"]
        ]
        assert all(post == posts[0] for post in posts), path


def test_a_post_says_where_it_comes_from_and_not_from_which_page(report: dict[str, Any]) -> None:
    """The functions compare the origin; Referrer-Policy: strict-origin sends it, and no path."""
    assert report["posts"]
    for post in report["posts"]:
        assert post["origin"] == report["origin"]
        assert post["referer"] == report["origin"] + "/"
