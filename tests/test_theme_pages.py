"""Every theme, in Chromium: every kind of page in every state and every answer, light and dark; one of each template
with long texts and no picture too, and from right to left.

The pages are those of the preview's made-up season, which knows every kind and state by itself; they stand on the host
of the sample site in the same theme, under its `_headers`. A season takes some three minutes, so `make test` looks at
that of base, and `make seasons` at all of them. Of the sample one page of each kind is looked at in every theme, with
the pictures and the weight that a built page has; so is the answer that has the most to show. The rules are those of
page_rules.py; test_browser.py shows that each of them finds its fault.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

import pytest

import page_rules
import seasons
from conftest import ONE_OF_EACH, THEMES, Site
from handbill.kinds import KINDS
from page_rules import KEYBOARD, RULES, Rule, Seen, look

OF_SITES: set[Rule] = {
    page_rules.every_link_leads_somewhere,
    page_rules.all_that_loads_by_itself_is_at_most_100_kb_in_8_requests,
}
"""What only a built site has: its other pages, and pictures made smaller."""

OF_USUAL_TEXT: set[Rule] = {
    page_rules.the_field_and_the_button_are_on_the_first_screen_of_a_phone,
    page_rules.the_html_is_at_most_6_kb_compressed,
}
"""What no theme can hold for a text of any length, or below a badge that only its author sees."""


SEASONS = THEMES if os.environ.get("HANDBILL_TEST_SEASONS") == "all" else ("base",)
"""Themes whose whole season is looked at: three minutes each. Of the others it is one page of each kind."""

MISTAKES = "answer/form-mistakes"
"""Every sort of field, most of them with a label above and an error below: looked at in every theme."""


class Themed(NamedTuple):
    """What was seen of a theme: by path, and by name."""

    theme: str
    site: dict[str, Seen]
    season: dict[str, Seen]
    looks: dict[str, Seen]
    """Of the season, where it is not shown as usual: `event/open/long`."""


@pytest.fixture(scope="module", params=THEMES)
def themed(
    request: pytest.FixtureRequest,
    themed_site: Callable[[str], Site],
    chromium: str,
    node: str,
    node_modules: object,
    tmp_path_factory: pytest.TempPathFactory,
) -> Themed:
    theme: str = request.param
    work = tmp_path_factory.mktemp(theme)
    pages = seasons.pages(theme, "" if theme in SEASONS else MISTAKES)
    seasons.write(theme, work, pages)
    made_up = [
        {"path": page.url, "answer": page.answer, "glance": page.answer or page.look != "usual", "once": True}
        for page in pages
    ]
    job = {
        "folders": {"_handbill": str(work / "_handbill")},
        "pages": [*({"path": path} for path in ONE_OF_EACH), *made_up],
    }
    seen = look(work, chromium, node, themed_site(theme), job)["pages"]
    for page in pages:
        seen[page.url]["subscribe"] = f"{seasons.BASE}/api/subscribe"
    return Themed(
        theme,
        {path: seen[path] for path in ONE_OF_EACH},
        {page.name: seen[page.url] for page in pages if page.look == "usual"},
        {page.name: seen[page.url] for page in pages if page.look != "usual"},
    )


def _words(check: Rule) -> str:
    return check.__name__


@pytest.mark.parametrize("check", RULES, ids=_words)
def test_on_every_page(check: Rule, themed: Themed) -> None:
    seen = dict(themed.site)
    if check not in OF_SITES:
        seen |= themed.season
    if check not in OF_SITES | OF_USUAL_TEXT:
        seen |= themed.looks
    if check in KEYBOARD or check is page_rules.nothing_jumps_while_it_loads:  # a glance uses one tab, of many sizes
        seen = {name: page for name, page in seen.items() if not page["glance"]}
    found = [f"{name} {fault}" for name, page in seen.items() for fault in check(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("themed", SEASONS, indirect=True)
def test_every_kind_was_looked_at_in_every_state(themed: Themed) -> None:
    assert {f"{kind.kind}/{state}" for kind in KINDS for state in kind.states or ("page",)} <= themed.season.keys()
    assert all(page["status"] == 200 for pages in themed[1:] for page in pages.values())


@pytest.mark.parametrize("themed", SEASONS, indirect=True)
def test_its_form_was_sent_from_every_page_that_has_one(themed: Themed) -> None:
    pages = [*themed.site.values(), *themed.season.values()]
    with_form = [page for page in pages if page["forms"] and not page["answer"]]
    assert len(with_form) > 20
    assert all(len(journey["posts"]) == 1 for page in with_form for journey in page["sent"].values())


@pytest.mark.parametrize("themed", SEASONS, indirect=True)
def test_it_was_looked_at_from_right_to_left(themed: Themed) -> None:
    assert {page["dir"] for name, page in themed.looks.items() if name.endswith("/rtl")} == {"rtl"}
