"""Every page of the sample site, and every answer of the functions, as people meet them: in Chromium.

One run of tests/browser/look.mjs visits them all: on a phone and on a desk, light and dark, with a keyboard, with
script and without, from a host that sends the headers of `_headers`. Here stands what must be true of what it saw: a
row of rules, each a sentence. Every rule must hold on every page, and every rule must find its fault on faulty.html,
which has them all: so none of them passes because it sees nothing. The numbers are those of WCAG 2.2, and of the first
flight of TCP (RFC 6928: ten segments).
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from conftest import Site

HERE = Path(__file__).parent / "browser"
FAULTY = "/_control/faulty.html"

Seen = dict[str, Any]
"""What look.mjs wrote down of one page."""
Rule = Callable[[Seen], Iterable[str]]
"""Gives what is wrong with a page: nothing, where the rule holds."""

RULES: list[Rule] = []


def rule(check: Rule) -> Rule:
    RULES.append(check)
    return check


# The rules ------------------------------------------------------------------------------------------------------------


@rule
def axe_finds_nothing_against_wcag_and_best_practice(seen: Seen) -> Iterable[str]:
    return (f"{mode}: {fault}" for mode, faults in seen["axe"].items() for fault in faults)


@rule
def it_says_its_language_and_direction(seen: Seen) -> Iterable[str]:
    if not seen["lang"] or seen["dir"] not in ("ltr", "rtl"):
        yield f"lang={seen['lang']!r} dir={seen['dir']!r}"


@rule
def edges_of_controls_stand_out_by_3_to_1_in_light_and_dark(seen: Seen) -> Iterable[str]:
    return (f"{scheme}: {control}" for scheme, controls in seen["faint"].items() for control in controls)


@rule
def targets_are_at_least_44_px_high(seen: Seen) -> Iterable[str]:
    return (f"{screen}: {target}" for screen, targets in seen["small"].items() for target in targets)


@rule
def fields_have_text_of_at_least_16_px(seen: Seen) -> Iterable[str]:
    yield from seen["smallText"]


@rule
def nothing_scrolls_sideways_at_320_px(seen: Seen) -> Iterable[str]:
    """As it is, with everything unfolded, with the text spacing of WCAG 1.4.12, and from right to left."""
    return (f"{how}: {what}" for how, found in seen["sideways"].items() for what in found)


@rule
def no_text_is_cut_off(seen: Seen) -> Iterable[str]:
    return (f"{how}: {what}" for how, found in seen["cut"].items() for what in found)


@rule
def nothing_moves_for_those_who_asked_for_rest(seen: Seen) -> Iterable[str]:
    yield from seen["moving"]


@rule
def nothing_jumps_while_it_loads(seen: Seen) -> Iterable[str]:
    if seen["shift"] > 0.01:
        yield f"layout shift of {seen['shift']:.3f}"


@rule
def nothing_is_asked_of_another_origin(seen: Seen) -> Iterable[str]:
    yield from seen["elsewhere"]


@rule
def every_request_is_answered(seen: Seen) -> Iterable[str]:
    return [*seen["failed"], *(f"an empty picture: {source}" for source in seen["empty"])]


@rule
def every_link_leads_somewhere(seen: Seen) -> Iterable[str]:
    yield from seen["broken"]


@rule
def the_console_is_silent(seen: Seen) -> Iterable[str]:
    yield from seen["console"]


@rule
def it_keeps_to_its_own_policy(seen: Seen) -> Iterable[str]:
    """The policy refused nothing, and nothing stands there that only a laxer one would let through."""
    if "content-security-policy" not in seen["headers"]:
        yield "no policy"
    yield from [*seen["refused"], *seen["styled"], *seen["handlers"]]


@rule
def it_carries_all_seven_headers(seen: Seen) -> Iterable[str]:
    wanted = {
        "content-security-policy": r"default-src 'none'; .*frame-ancestors 'none'",
        "referrer-policy": "strict-origin",
        "permissions-policy": r"camera=\(\).*",
        "x-content-type-options": "nosniff",
        "strict-transport-security": r"max-age=\d{8,}.*",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    if seen["answer"] or seen["path"] == "/404.html":  # they stand at any path; this one follows from first letters
        del wanted["cross-origin-resource-policy"]
    for name, value in wanted.items():
        if not re.fullmatch(value, seen["headers"].get(name, "")):
            yield f"{name}: {seen['headers'].get(name, '')}"


@rule
def it_leaves_no_cookie_and_stores_nothing(seen: Seen) -> Iterable[str]:
    return [*seen["cookies"], *seen["stored"]]


@rule
def it_runs_no_script_and_loads_no_font(seen: Seen) -> Iterable[str]:
    if seen["scripts"] or seen["fonts"]:
        yield f"{seen['scripts']} scripts, {seen['fonts']} fonts"
    yield from (url for url in seen["requests"] if re.search(r"\.(m?js|woff2?|ttf|otf)$", url))


@rule
def the_critical_path_fits_the_first_flight(seen: Seen) -> Iterable[str]:
    if seen["critical"] > 14_336:
        yield f"{seen['critical']} bytes before the first line is read"


@rule
def the_html_is_at_most_6_kb_compressed(seen: Seen) -> Iterable[str]:
    if seen["html"] > 6 * 1024:
        yield f"{seen['html']} bytes"


@rule
def all_that_loads_by_itself_is_at_most_100_kb_in_8_requests(seen: Seen) -> Iterable[str]:
    """Pictures included, on a phone of two pixels a pixel, before anybody scrolls."""
    if seen["total"] > 100 * 1024:
        yield f"{seen['total']} bytes"
    if len(seen["requests"]) > 8:
        yield f"{len(seen['requests'])} requests"


@rule
def it_has_at_most_600_elements(seen: Seen) -> Iterable[str]:
    if seen["nodes"] > 600:
        yield f"{seen['nodes']} elements"


@rule
def every_picture_says_its_size(seen: Seen) -> Iterable[str]:
    yield from seen["unsized"]


@rule
def the_field_and_the_button_are_on_the_first_screen_of_a_phone(seen: Seen) -> Iterable[str]:
    for form in [] if seen["answer"] else seen["forms"]:
        if form["email"] > 640 or form["button"] > 640:
            yield f"the field ends at {form['email']:.0f} px, the button at {form['button']:.0f} px"


@rule
def the_form_keeps_its_contract(seen: Seen) -> Iterable[str]:
    """A visible label for each field, autofill for the address, POST, no consent ticked, the privacy notice at hand."""
    for form in seen["forms"]:
        kept = {
            "a field has no visible label": form["labelled"],
            "the browser cannot fill in the address": form["autocomplete"] == "email",
            "it does not post": form["method"] == "post",
            "a box is ticked already": seen["answer"] or not form["ticked"],
            "the privacy notice is not linked": form["privacy"],
        }
        yield from (what for what, good in kept.items() if not good)


@rule
def the_first_stop_of_the_keyboard_skips_to_the_content(seen: Seen) -> Iterable[str]:
    if seen["autofocus"]:  # an answer that starts at its one button
        return
    link, after = seen["skip"]["link"], seen["skip"]["next"]
    if link is None or link["href"] != "#main" or not link["seen"]:
        yield f"it is {link and link['name']}"
    elif after is not None and not after["inMain"] and any(stop["inMain"] for stop in seen["stops"]):
        yield f"it leads on to {after['name']}"


@rule
def every_stop_of_the_keyboard_can_be_seen(seen: Seen) -> Iterable[str]:
    """A ring of at least 2 px and 3:1 (WCAG 2.4.13), on something that is on the screen."""
    for stop in seen["stops"]:
        if not (stop["seen"] and stop["inView"] and stop["ringed"] and stop["ring"] >= 3):
            yield stop["name"]


@rule
def the_keyboard_goes_through_it_in_the_order_of_reading(seen: Seen) -> Iterable[str]:
    for before, after in pairwise(seen["stops"]):
        if after["order"] <= before["order"]:
            yield f"{before['name']}, then {after['name']}"


@rule
def the_keyboard_never_meets_what_is_hidden(seen: Seen) -> Iterable[str]:
    return (stop["name"] for stop in seen["stops"] if stop["trapped"])


@rule
def a_wrong_address_is_refused_with_a_message_and_not_sent(seen: Seen) -> Iterable[str]:
    for journey in seen.get("sent", {}).values():
        for slip in journey["refusals"]:
            if not (slip["refused"] and slip["message"]):
                yield f"{slip['slip']!r} is taken"


@rule
def the_form_is_sent_by_keyboard_alone_with_script_and_without(seen: Seen) -> Iterable[str]:
    """It posts once, to the functions, and the reader is led on to the page that says: look into your inbox."""
    for how, sent in seen.get("sent", {}).items():
        posts = [post["path"] for post in sent["posts"]]
        if not sent["reached"] or posts != ["/api/subscribe"]:
            yield f"{how}: reached={sent['reached']} posts={posts}"
        elif (sent["status"], sent["landed"]) != (200, seen["inbox"]):
            yield f"{how}: led on to {sent['landed']} ({sent['status']})"


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
    shutil.copytree(HERE, control, ignore=lambda _, names: [name for name in names if not name.startswith("faulty.")])
    with (control / "faulty.html").open("a", encoding="utf-8") as file:
        file.write(f"<!-- {random.Random(1).randbytes(150_000).hex()} -->\n")  # nothing compresses that to under 150 kB

    inboxes = sample_site.catalog.index()["site"]["pages"]["check_inbox"]
    redirects = sample_site.redirects()
    job = {
        "chromium": chromium,
        "folders": {"": str(sample_site.public), "_answers": str(answers), "_control": str(control)},
        "bare": ["_control"],
        "inboxes": inboxes,
        "pages": [
            *({"path": path} for path in sample_site.pages() if path not in redirects),
            *({"path": f"/_answers/{name}", "answer": True} for name in answer_pages),
            {"path": FAULTY},
        ],
    }
    (work / "job.json").write_text(json.dumps(job), "utf-8")
    run = subprocess.run(
        [node, str(HERE / "look.mjs"), str(work / "job.json"), str(work / "report.json")],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads((work / "report.json").read_text("utf-8"))
    base_url = sample_site.catalog.index()["site"]["base_url"]
    for seen in found["pages"].values():
        seen["broken"] = [url for url in seen["links"] if _broken(url, (found["origin"], base_url), sample_site)]
        seen["inbox"] = inboxes.get(seen["lang"])
    return found


def _broken(url: str, ours: tuple[str, ...], site: Site) -> bool:
    """True where a link to one of our own origins finds no file."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    elsewhere = f"{parts.scheme}://{parts.netloc}" not in ours or path.startswith(("/api/", "/_answers/"))
    if elsewhere or path in site.redirects():
        return False
    return not (site.public / path.lstrip("/") / ("index.html" if path.endswith("/") else "")).is_file()


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
