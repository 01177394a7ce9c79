"""What must be true of every page as people meet it: a row of rules, each a sentence, over what look.mjs saw of it.

Each rule is given what was seen of one page, and tells what is wrong there. Every one must find its fault on
faulty.html, which has them all (tests/test_browser.py): so none passes because it sees nothing. The numbers are those
of WCAG 2.2, and of the first flight of TCP (RFC 6928: ten segments).
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from conftest import Site

BROWSER = Path(__file__).parent / "browser"

Seen = dict[str, Any]
"""What look.mjs wrote down of one page."""
Rule = Callable[[Seen], Iterable[str]]
"""Gives what is wrong with a page: nothing, where the rule holds."""

RULES: list[Rule] = []
KEYBOARD: list[Rule] = []
"""Those of them that need somebody at the keyboard; a glance tells the others."""


def rule(check: Rule) -> Rule:
    RULES.append(check)
    return check


def by_keyboard(check: Rule) -> Rule:
    KEYBOARD.append(check)
    return rule(check)


def look(work: Path, chromium: str, node: str, site: Site, job: Mapping[str, Any]) -> dict[str, Any]:
    """What look.mjs saw of the pages of a job, in one Chromium, on the host of `site`. See there for jobs."""
    inboxes = site.catalog.index()["site"]["pages"]["check_inbox"]
    told = {"chromium": chromium, "inboxes": inboxes, **job}
    told["folders"] = {"": str(site.public), **job["folders"]}
    (work / "job.json").write_text(json.dumps(told), "utf-8")
    run = subprocess.run(
        [node, str(BROWSER / "look.mjs"), str(work / "job.json"), str(work / "report.json")],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads((work / "report.json").read_text("utf-8"))
    base_url = site.catalog.index()["site"]["base_url"]
    for seen in found["pages"].values():
        seen["broken"] = [url for url in seen["links"] if _broken(url, (found["origin"], base_url), site)]
        seen["inbox"] = inboxes.get(seen["lang"])
        seen["subscribe"] = "/api/subscribe"
    return found


def _broken(url: str, ours: tuple[str, ...], site: Site) -> bool:
    """True where a link to one of our own origins finds no file."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    elsewhere = f"{parts.scheme}://{parts.netloc}" not in ours or path.startswith(("/api/", "/_"))
    if elsewhere or path in site.redirects():
        return False
    return not (site.public / path.lstrip("/") / ("index.html" if path.endswith("/") else "")).is_file()


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
def the_ring_of_the_keyboard_runs_through_no_words(seen: Seen) -> Iterable[str]:
    """That of whatever stands alone: a label above a field and what is wrong below it can be read while it has the
    keyboard. A link within a sentence has its neighbours nearer than that."""
    return (f"{screen}: {target}" for screen, targets in seen["crossed"].items() for target in targets)


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
    if seen["path"].startswith(("/_", "/404.html")):  # they stand at any path; this one follows from first letters
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


@by_keyboard
def the_first_stop_of_the_keyboard_skips_to_the_content(seen: Seen) -> Iterable[str]:
    if seen["autofocus"]:  # an answer that starts at its one button
        return
    link, after = seen["skip"]["link"], seen["skip"]["next"]
    if link is None or link["href"] != "#main" or not link["seen"]:
        yield f"it is {link and link['name']}"
    elif after is not None and not after["inMain"] and any(stop["inMain"] for stop in seen["stops"]):
        yield f"it leads on to {after['name']}"


@by_keyboard
def every_stop_of_the_keyboard_can_be_seen(seen: Seen) -> Iterable[str]:
    """A ring of at least 2 px and 3:1 (WCAG 2.4.13), on something that is on the screen."""
    for stop in seen["stops"]:
        if not (stop["seen"] and stop["inView"] and stop["ringed"] and stop["ring"] >= 3):
            yield stop["name"]


@by_keyboard
def the_keyboard_goes_through_it_in_the_order_of_reading(seen: Seen) -> Iterable[str]:
    for before, after in pairwise(seen["stops"]):
        if after["order"] <= before["order"]:
            yield f"{before['name']}, then {after['name']}"


@by_keyboard
def the_keyboard_never_meets_what_is_hidden(seen: Seen) -> Iterable[str]:
    return (stop["name"] for stop in seen["stops"] if stop["trapped"])


@by_keyboard
def a_wrong_address_is_refused_with_a_message_and_not_sent(seen: Seen) -> Iterable[str]:
    for journey in seen.get("sent", {}).values():
        for slip in journey["refusals"]:
            if not (slip["refused"] and slip["message"]):
                yield f"{slip['slip']!r} is taken"


@by_keyboard
def the_form_is_sent_by_keyboard_alone_with_script_and_without(seen: Seen) -> Iterable[str]:
    """It posts once, to the functions, and the reader is led on to the page that says: look into your inbox."""
    for how, sent in seen.get("sent", {}).items():
        posts = [post["path"] for post in sent["posts"]]
        if not sent["reached"] or posts != [seen["subscribe"]]:
            yield f"{how}: reached={sent['reached']} posts={posts}"
        elif (sent["status"], sent["landed"]) != (200, seen["inbox"]):
            yield f"{how}: led on to {sent['landed']} ({sent['status']})"
