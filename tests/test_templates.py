"""Templates: what they see, how one theme stands on another, and what is said of a template that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup, escape

from handbill.errors import ProblemsFound
from handbill.render.programs import compile_html, compile_text
from handbill.render.templates import Templates, named
from handbill.render.templates.engine import _escape
from handbill.theme import load_theme
from theme_folders import SHIPPED, child, make, refused, strings_of, templates_of, told


@dataclass(frozen=True, slots=True)
class Tag:
    text: Annotated[str, "The words."]
    url: Annotated[str, "Where it goes."]


@dataclass(frozen=True, slots=True)
class Entry:
    title: Annotated[str, "The title."]
    body: Annotated[Markup, "HTML."]
    count: Annotated[int, "A number."]
    tags: Annotated[tuple[Tag, ...], "Tags."]
    pairs: Annotated[tuple[tuple[str, Tag], ...], "Pairs."]
    lead: Annotated[Tag | None, "The first tag, or None."]
    params: Annotated[Mapping[str, Any], "Anything."]


TAGS = (Tag("a", "/a"), Tag("b", "/b"))
ENTRY = Entry("T & <t>", Markup("<p>b</p>"), 3, TAGS, (("k", Tag("c", "/c")),), None, named({"x": {"y": 1}}))
CONTEXTS: Mapping[str, Mapping[str, type]] = {"pages/*.html": {"entry": Entry}, "emails/*.mjml": {"entry": Entry}}
WORDS = "form: {button: Send & go, hello: 'Hi {name}'}\nleft: {one: One, other: '{n} left'}\nstate: {open: Open}\n"
EN = {"base/i18n/en.yaml": WORDS}
PT = {"base/i18n/pt.yaml": "form: {button: Enviar}\n"}
PAGE, ANSWER = "base/pages/x.html", "base/pages/answers/x.html"


def templates(root: Path, files: Mapping[str, str | bytes], name: str = "base", *languages: str) -> Templates:
    return templates_of(make(root, {**EN, **files}, name), *languages)


def one_page(root: Path, page: str, parts: Mapping[str, str]) -> Templates:
    return templates(root, {PAGE: page, **{f"base/parts/{name}.html": text for name, text in parts.items()}})


def shown(root: Path, page: str, context: Mapping[str, object] | None = None, **parts: str) -> str:
    """What the page prints, beside parts by name."""
    return one_page(root, page, parts).render("pages/x.html", {"entry": ENTRY} if context is None else context, "en")


def said_before(root: Path, page: str, **parts: str) -> list[str]:
    """What is known to be wrong with the page before it is rendered."""
    return told(one_page(root, page, parts).problems(CONTEXTS))


def said_while(root: Path, page: str, **parts: str) -> list[str]:
    """What is said when the page is rendered."""
    with pytest.raises(ProblemsFound) as caught:
        shown(root, page, None, **parts)
    return refused(caught.value)


# ---- what is printed


def test_everything_is_escaped_but_what_is_html_already(tmp_path: Path) -> None:
    assert shown(tmp_path, '<a title="{{ entry.title }}">{{ entry.title }}</a>{{ entry.body }}') == (
        '<a title="T &amp; &lt;t&gt;">T &amp; &lt;t&gt;</a><p>b</p>'
    )


@settings(deadline=None)
@given(st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text(), max_size=2)))
def test_printing_is_escaping(value: object) -> None:
    assert str(_escape(value)) == str(escape(value))
    assert _escape(Markup("<b>")) == "<b>"


def test_a_line_that_holds_a_tag_alone_leaves_no_line_behind(tmp_path: Path) -> None:
    page = "<ul>\n  {% for tag in entry.tags %}\n<li>{{ tag.text }}\n  {% endfor %}\n</ul>\n"
    assert shown(tmp_path, page) == "<ul>\n<li>a\n<li>b\n</ul>"


def test_the_themes_words_are_text_and_their_values_too(tmp_path: Path) -> None:
    page = '{{ t("form.button") }} {{ t("form.hello", name=entry.title) }} {{ t("left", n=1) }} {{ t("left", n=2) }}'
    assert shown(tmp_path, page) == "Send &amp; go Hi T &amp; &lt;t&gt; One 2 left"


def test_a_value_that_is_html_stays_so_inside_the_themes_words(tmp_path: Path) -> None:
    page = '{% set name %}<b>{{ entry.title }}</b>{% endset %}{{ t("form.hello", name=name) }}'
    assert shown(tmp_path, page) == "Hi <b>T &amp; &lt;t&gt;</b>"


def test_each_language_has_its_words_and_all_share_the_code(tmp_path: Path) -> None:
    made = templates(tmp_path, {**PT, PAGE: '{{ t("form.button") }}'}, "base", "en", "pt")
    assert [made.render("pages/x.html", {}, lang) for lang in ("pt", "en")] == ["Enviar", "Send &amp; go"]
    assert len(made._code) == 1


def test_languages_can_be_rendered_side_by_side(tmp_path: Path) -> None:
    made = templates(tmp_path, {**PT, PAGE: '{{ t("form.button") }}'}, "base", "en", "pt")
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda lang: made.render("pages/x.html", {}, lang), ("en", "pt") * 4))
    assert seen == ["Send &amp; go", "Enviar"] * 4


def test_assets_have_hashed_names_absolute_only_in_e_mails(tmp_path: Path) -> None:
    page = '{{ asset("i.svg") }}'
    theme = make(tmp_path, {"base/assets/i.svg": "<svg/>", PAGE: page, "base/emails/x.mjml": page})
    made = Templates(theme, strings_of(theme), base_path="/sub", base_url="https://x.example/sub")
    name, data = next(iter(made.assets().items()))
    assert data == b"<svg/>"
    assert made.render("pages/x.html", {}, "en") == f"/sub/{name}"
    assert made.render("emails/x.mjml", {}, "en") == f"https://x.example/sub/{name}"


def test_tokens_are_printed_as_literals(tmp_path: Path) -> None:
    tokens = '{"space": {"$type": "dimension", "3": {"$value": {"value": 1.5, "unit": "rem"}}}}'
    made = templates(tmp_path, {"base/tokens.json": tokens, "base/emails/x.mjml": '{{ token("space.3") }}'})
    assert made.render("emails/x.mjml", {}, "en") == "24px"
    assert made.tokens() == {"space.3"}


# ---- one theme on another


def test_a_part_is_replaced_whole_and_a_page_by_its_blocks(tmp_path: Path) -> None:
    files = {
        PAGE: "<{% block a %}base{% endblock %}>{% include 'parts/p.html' %}",
        "base/parts/p.html": "base's part",
        "mine/theme.yaml": "",
        "mine/parts/p.html": "my part",
        "mine/pages/x.html": '{% extends "base:pages/x.html" %}{% block a %}my {{ super() }}{% endblock %}',
    }
    made = templates(tmp_path, files, "mine")
    assert made.render("pages/x.html", {}, "en") == "<my base>my part"
    assert made.problems(CONTEXTS) == []


def test_a_prefix_names_where_the_look_up_begins(tmp_path: Path) -> None:
    page = '{% extends "lantern:pages/x.html" %}'
    files = {PAGE: "base", "lantern/theme.yaml": "", "mine/theme.yaml": "extends: lantern", "mine/pages/x.html": page}
    assert templates(tmp_path, files, "mine").render("pages/x.html", {}, "en") == "base"


def test_extending_oneself_is_refused_with_the_way_out(tmp_path: Path) -> None:
    files = {PAGE: "", "mine/theme.yaml": "", "mine/pages/x.html": '\n{% extends "pages/x.html" %}'}
    made = templates(tmp_path, files, "mine")
    (problem,) = made.problems(CONTEXTS)
    assert told([problem]) == ["themes/mine/pages/x.html:2:13: 'pages/x.html' extends itself."]
    assert problem.fix == 'To extend what it stands over, write "base:pages/x.html".'
    with pytest.raises(ProblemsFound):
        made.closure("pages/x.html")


def test_two_files_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    files = {
        PAGE: "{% extends 'pages/_a.html' %}",
        "base/pages/_a.html": "{% extends 'pages/_b.html' %}",
        "base/pages/_b.html": "{% extends 'pages/_a.html' %}",
    }
    problems = templates(tmp_path, files).problems(CONTEXTS)
    assert told(problems) == ["themes/base/pages/_b.html:1:13: 'pages/_a.html' extends itself."]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("{{ entry.params.x.y }}{{ entry.params['x'].y }}", "11"),
        ("{% set m = {'a': {'b': entry.title}} %}{{ m.a.b }}", "T &amp; &lt;t&gt;"),
        ("{% set m = dict(a=[{'b': 2}]) %}{{ m.a[0].b }}{{ [{'c': 3}][0].c }}", "23"),
        ("{{ dict(class=1, in=2).class }}{% set m = {'if': 4, 'é': 5} %}{{ m.if }}{{ m.é }}", "145"),
        ("{% for key, value in entry.params.items() %}{{ key }}{{ value.y }}{% endfor %}", "x1"),
        ("{% if entry.params.no %}a{% else %}b{% endif %}{{ entry.params.no or 'c' }}", "bc"),
        ("{{ entry.lead.text is defined }}{{ entry.params.x.no is undefined }}", "FalseTrue"),
        ("{{ entry.lead.text | default('none') }}{{ entry.no | default('no') | upper }}", "noneNO"),
        ("{{ 'ab'.upper() }}{{ entry.title.split('&')[0] }}{{ loop is defined }}", "ABT False"),
    ],
)
def test_a_dot_asks_views_maps_and_texts_alike(tmp_path: Path, page: str, expected: str) -> None:
    assert shown(tmp_path, page) == expected


def test_a_part_sees_what_is_seen_where_it_is_included_and_keeps_what_it_sets_to_itself(tmp_path: Path) -> None:
    part = "{% with c = 4 %}{% include 'parts/p.html' %}{% endwith %}"
    page = f"{{% set a = 1 %}}{{% for b in [2, 3] %}}{part}{{% endfor %}}{{{{ a }}}}"
    assert shown(tmp_path, page, p="{{ a }}{{ b }}{{ c }}{{ entry.count }}{% set a = 9 %};") == "1243;1343;1"


def test_a_part_may_include_itself_as_trees_do(tmp_path: Path) -> None:
    tree = "{{ node.name }}{% for node in node.inner %}({% include 'parts/tree.html' %}){% endfor %}"
    node = {"name": "a", "inner": [{"name": "b", "inner": []}]}
    assert shown(tmp_path, "{% include 'parts/tree.html' %}", {"node": named(node)}, tree=tree) == "a(b)"


# ---- what a page is made of


def test_the_closure_is_every_file_a_page_is_made_of(tmp_path: Path) -> None:
    files = {
        "base/pages/_layout.html": "{% include 'parts/head.html' %}{% block a %}{% endblock %}",
        PAGE: "{% extends 'pages/_layout.html' %}\n{% from 'parts/m.html' import f %}",
        "base/parts/head.html": "{% include ['no.html', 'parts/a.html'] %}\n{% include 'no.html' ignore missing %}",
        "base/parts/m.html": "{% macro f() %}{% endmacro %}",
        "base/parts/a.html": "a",
        "base/parts/other.html": "not in it",
    }
    names = ["pages/_layout", "pages/x", "parts/a", "parts/head", "parts/m"]
    assert templates(tmp_path, files).closure("pages/x.html") == tuple(f"themes/base/{name}.html" for name in names)


MADE_OF = (
    '{% include "parts/p.html" %}{{ t("form.button") }}{{ t("state." ~ s) }}{{ asset("a.svg") }}{{ token("n.a") }}'
)
DIGESTED: dict[str, str | bytes] = {
    **EN,
    "base/tokens.json": '{"n": {"$type": "number", "a": {"$value": 1}, "b": {"$value": 2}}}',
    "base/assets/a.svg": "a",
    "base/assets/b.svg": "b",
    PAGE: MADE_OF,
    "base/parts/p.html": "p",
    "base/parts/q.html": "q",
}


@pytest.mark.parametrize(
    ("path", "content", "changes"),
    [
        ("base/parts/p.html", "P", True),
        ("base/parts/q.html", "Q", False),
        ("base/assets/a.svg", "A", True),
        ("base/assets/b.svg", "B", False),
        ("base/tokens.json", '{"n": {"$type": "number", "a": {"$value": 9}, "b": {"$value": 2}}}', True),
        ("base/tokens.json", '{"n": {"$type": "number", "a": {"$value": 1}, "b": {"$value": 9}}}', False),
        ("base/i18n/en.yaml", WORDS.replace("Send", "Post"), True),
        ("base/i18n/en.yaml", WORDS.replace("Open", "Now"), True),
        ("base/i18n/en.yaml", WORDS.replace("One", "Eine"), False),
    ],
)
def test_the_digest_of_a_closure_changes_with_what_the_page_prints_of_the_theme(
    tmp_path: Path, path: str, content: str, changes: bool
) -> None:
    before = templates_of(make(tmp_path / "a", DIGESTED)).closure_digest("pages/x.html", "en")
    after = templates_of(make(tmp_path / "b", {**DIGESTED, path: content})).closure_digest("pages/x.html", "en")
    assert (before != after) is changes


def test_a_shadowing_file_changes_the_digest(tmp_path: Path) -> None:
    mine = {**DIGESTED, "mine/theme.yaml": ""}
    before = templates_of(make(tmp_path / "a", mine, "mine")).closure_digest("pages/x.html", "en")
    after = templates_of(make(tmp_path / "b", {**mine, "mine/parts/p.html": "p"}, "mine"))
    assert after.closure_digest("pages/x.html", "en") != before


def test_what_is_kept_spares_the_next_process_reading_and_compiling(tmp_path: Path) -> None:
    theme = make(tmp_path, DIGESTED)
    first = templates_of(theme)
    page, digest = first.render("pages/x.html", {"s": "open"}, "en"), first.closure_digest("pages/x.html", "en")
    second = templates_of(theme)
    assert second.recall(first.keep("engine 1"), "engine 1")
    assert second.render("pages/x.html", {"s": "open"}, "en") == page
    assert second.closure_digest("pages/x.html", "en") == digest
    assert second._facts == {}


def test_what_was_compiled_a_moment_ago_is_taken_over_but_for_files_that_changed(tmp_path: Path) -> None:
    before = templates_of(make(tmp_path, DIGESTED))
    before.compile_all()
    theme = make(tmp_path, {**DIGESTED, "base/parts/p.html": "P"})
    after = templates_of(theme, before=before)
    assert set(after._code) == {("themes/base/pages/x.html", "page")}
    assert after.render("pages/x.html", {"s": "open"}, "en").startswith("P")
    assert after.closure_digest("pages/x.html", "en") == templates_of(theme).closure_digest("pages/x.html", "en")


def test_what_is_kept_is_not_taken_for_another_theme_engine_or_broken_file(tmp_path: Path) -> None:
    first = templates_of(make(tmp_path / "a", DIGESTED))
    first.compile_all()
    kept = first.keep("engine 1")
    changed = templates_of(make(tmp_path / "b", {**DIGESTED, "base/parts/p.html": "P"}))
    assert not changed.recall(kept, "engine 1")
    assert not first.recall(kept, "engine 2")
    for broken in (b"", kept[:-5], b"{}"):
        assert not first.recall(broken, "engine 1")


# ---- what is known to be wrong before a page is rendered

UNKNOWN, MADE = "could not be known before.", "what the page is made of"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("{{ entri.title }}", "1:4: 'entri' is not defined."),
        ("\n  {{ entry.titel }}", "2:12: Entry has no field 'titel'."),
        ("{% if entry.nope %}{% endif %}", "1:13: Entry has no field 'nope'."),
        ("{% if false %}{{ entry.nope }}{% endif %}", "1:24: Entry has no field 'nope'."),
        ("{% for tag in entry.tags %}{{ tag.txt }}{% endfor %}", "1:35: Tag has no field 'txt'."),
        ("{% for tag in entry.tags %}{{ loop.indx }}{% endfor %}", "1:36: 'loop' has no field 'indx'."),
        ("{% for tag in entry.tags %}{% endfor %}{{ tag }}", "1:8: 'tag' is not defined."),
        ("{% for k, tag in entry.pairs %}{{ tag.txt }}{% endfor %}", "1:39: Tag has no field 'txt'."),
        ("{% for a, b, c in entry.pairs %}{% endfor %}", "1: Each member has 2 parts, and 3 names wait for them."),
        ("{% for a, b in entry.tags %}{% endfor %}", "1: Tag does not fall into 2 parts."),
        ("{% for x in entry %}{% endfor %}", "1:13: 'entry' is no list."),
        ("{% for x in entry.count %}{% endfor %}", "1:19: 'entry.count' is no list."),
        ("{{ entry.tags.text }}", "1:15: 'entry.tags' is a list and has no field 'text'."),
        ("{{ entry.tags[0].txt }}", "1:18: Tag has no field 'txt'."),
        ("{{ entry.tags[1:][0].txt }}", "1:22: Tag has no field 'txt'."),
        ("{{ (entry.tags | first).txt }}", "1:25: Tag has no field 'txt'."),
        ("{{ entry.tags | map(attribute='txt') | join }}", "1:32: Tag has no field 'txt'."),
        ("{{ entry.tags | selectattr('txt') | list }}", "1:29: Tag has no field 'txt'."),
        ("{{ entry['titel'] }}", "1:11: Entry has no field 'titel'."),
        ("{{ entry.lead.txt }}", "1:15: Tag has no field 'txt'."),
        ("{{ entry.title.text }}", "1:16: 'entry.title' is a text and has no field 'text'."),
        ("{{ entry.count.x }}", "1:16: 'entry.count' is a number and has no field 'x'."),
        ("{% set tag = entry.tags[0] %}{{ tag.txt }}", "1:37: Tag has no field 'txt'."),
        ("{% with tag = entry.lead %}{{ tag.txt }}{% endwith %}", "1:35: Tag has no field 'txt'."),
        ("{% with tag = entry.lead %}{% endwith %}{{ tag }}", "1:9: 'tag' is not defined."),
        ("{{ (entry if entry else entry).nope }}", "1:32: Entry has no field 'nope'."),
        ("{% macro m(a) %}{{ b }}{% endmacro %}", "1:20: 'b' is not defined."),
        ("{% block a %}{{ entry.nope }}{% endblock %}", "1:23: Entry has no field 'nope'."),
        ("{{ t('form.buton') }}", "1:7: The theme has no words for 'form.buton'."),
        ("{{ t('form.hello') }}", "1:7: The words for 'form.hello' need a value for 'name'."),
        ("{{ t('left') }}", "1:7: The words for 'left' need a value for 'n'."),
        ("{{ t('kind.' ~ entry.title) }}", "1:7: No words begin with 'kind.'."),
        ("{{ t() }}", "1:4: t() has nothing to look up."),
        ("{{ asset('icon.svg') }}", "1:11: There is no file assets/icon.svg."),
        ("{{ asset(entry.title) }}", f"1:4: asset() names no file or token, but a value: what is needed {UNKNOWN}"),
        ("{{ token('color.light.ink') }}", "1:11: There is no token 'color.light.ink'."),
        ("{% include 'parts/none.html' %}", "1:13: There is no template 'parts/none.html'."),
        ("{% extends 'mine:pages/x.html' %}", "1:13: 'mine' is no theme that this one extends."),
        ("{% include entry.title %}", f"1:4: This include names no file, but a value: {MADE} {UNKNOWN}"),
        ("{% slot a %}", "1:4: The tag 'slot' is only for templates that are filled later."),
        ("{{ slot('a') }}", "1:4: 'slot' is not defined."),
        ("{{ lipsum() }}", "1:4: 'lipsum' is not defined."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_known_before_with_its_place(tmp_path: Path, page: str, said: str) -> None:
    assert said_before(tmp_path, page) == [f"themes/base/pages/x.html:{said}"]


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ("{{ entry.title", 1), ("\n\n{% endfor %}", 3), ("\n{{ entry.title | nofilter }}", 2), ("{% for %}", 1),
        ("{{ entry is notest }}", 1), ("{{ entry.tags | random }}", 1), ("{{ 1 +* 2 }}", 1), ("{{ 'a }}", 1),
        ("\n{% if a %}\n{% else", 3),
    ],
)  # fmt: skip
def test_what_jinja_cannot_read_is_told_with_its_line(tmp_path: Path, page: str, line: int) -> None:
    (said,) = said_before(tmp_path, page)
    assert said.startswith(f"themes/base/pages/x.html:{line}")
    assert said.endswith(".")


@pytest.mark.parametrize(
    "page",
    [
        "{{ entry.params.anything.at.all }}{{ entry.params['x'] }}",
        "{{ maybe | default('x') }}{% if other is defined %}{{ other.x }}{% endif %}",
        "{% set ns = namespace(n=0) %}{% for tag in entry.tags %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
        "{% for tag in entry.tags if tag.text %}{{ loop.index }}{{ loop.previtem }}{% else %}none{% endfor %}",
        "{% macro m(x, b=1) %}{{ x.any }}{{ caller() }}{{ kwargs }}{% endmacro %}{% call m(entry) %}x{% endcall %}",
        "{% if entry.lead %}{% set tag = entry.lead %}{% else %}{% set tag = entry.tags[0] %}{% endif %}{{ tag.text }}",
        "{{ entry.title | upper | replace('a', 'b') | length }}{{ entry.title.upper() }}{{ entry.title[0] }}",
        "{% for group in entry.tags | groupby('text') %}{{ group.grouper }}{{ group.list[0].url }}{% endfor %}",
        "{% for n in range(entry.count) %}{{ n }}{% endfor %}",
        "{% for tag in [entry.lead, entry.tags[0]] %}{{ tag.text }}{% endfor %}",
        "{% set words = {'a': 1} %}{{ words.a }}{{ words['b'] | default('') }}",
        "{% block a scoped %}{{ entry.title }}{% endblock %}{{ self.a() }}",
        "{% for tag in entry.tags %}{% block a scoped %}{{ tag.text }}{% endblock %}{% endfor %}",
        "{% for k, tag in entry.pairs %}{{ k.upper() }}{{ tag.url }}{% endfor %}",
        "{{ t('state.' ~ entry.title) }}{{ t('form.button' if entry.lead else 'form.hello', name='x') }}",
        "{% filter upper %}{{ entry.title }}{% endfilter %}{% set html %}<b>{% endset %}{{ html }}",
        "{{ t('form.hello', **entry.params) }}",
        "{% set sorted = entry.tags | sort(attribute='text') %}{{ sorted[0].text }}{{ (sorted | last).url }}",
    ],
)
def test_what_may_be_right_is_never_called_wrong(tmp_path: Path, page: str) -> None:
    assert said_before(tmp_path, page) == []


def test_a_part_sees_the_names_of_the_place_where_it_is_included(tmp_path: Path) -> None:
    part = "{{ tag.text }}{{ entry.title }}"
    page = "{% for tag in entry.tags %}{% include 'parts/p.html' %}{% endfor %}"
    assert said_before(tmp_path / "a", page, p=part) == []
    assert shown(tmp_path / "a", page, p=part) == "aT &amp; &lt;t&gt;bT &amp; &lt;t&gt;"
    undefined = "themes/base/parts/p.html:1:4: '{}' is not defined."
    assert said_before(tmp_path / "b", "{% include 'parts/p.html' %}", p=part) == [undefined.format("tag")]
    alone = "{% for tag in entry.tags %}{% include 'parts/p.html' without context %}{% endfor %}"
    assert said_before(tmp_path / "c", alone, p="{{ entry }}") == [undefined.format("entry")]


def test_a_part_does_not_see_the_loop_around_it(tmp_path: Path) -> None:
    page = "{% for tag in entry.tags %}{% include 'parts/p.html' %}{% endfor %}"
    said = ["themes/base/parts/p.html:1:4: 'loop' is not defined."]
    assert said_before(tmp_path, page, p="{{ loop.index }}") == said
    assert said_while(tmp_path, page, p="{{ loop.index }}") == said


def test_what_a_child_sets_at_its_top_is_there_in_the_blocks_of_its_parent(tmp_path: Path) -> None:
    files = {
        "base/pages/_layout.html": "{% set b = 2 %}{% block x %}{{ a }}{{ b }}{% endblock %}{{ a }}",
        PAGE: "{% extends 'pages/_layout.html' %}{% set a = 1 %}",
    }
    made = templates(tmp_path, files)
    assert made.problems(CONTEXTS) == []
    assert made.render("pages/x.html", {"entry": ENTRY}, "en") == "121"


def test_a_block_that_no_parent_has_is_told_since_nothing_shows_it(tmp_path: Path) -> None:
    files = {
        "base/pages/_layout.html": "{% block main %}{% endblock %}",
        PAGE: "{% extends 'pages/_layout.html' %}\n{% block mian %}x{% endblock %}",
    }
    (problem,) = templates(tmp_path, files).problems(CONTEXTS)
    assert told([problem]) == ["themes/base/pages/x.html:2:10: No parent has a block 'mian': nothing would show it."]
    assert problem.fix == "Did you mean 'main'? It has: main."


def test_a_block_in_an_included_file_is_told_since_nothing_can_fill_it(tmp_path: Path) -> None:
    assert said_before(tmp_path, "{% include 'parts/p.html' %}", p="{% block a %}{% endblock %}") == [
        "themes/base/parts/p.html:1:10: The block 'a' stands in a file that is included: no theme could fill it."
    ]


def test_a_setting_that_the_theme_does_not_have_is_told(tmp_path: Path) -> None:
    page = '{% extends "base:pages/event.html" %}{% block title %}{{ site.settings.show_pst }}{% endblock %}'
    (problem,) = templates_of(child(tmp_path, {"pages/event.html": page})).problems()
    assert problem.what == "The theme has no setting 'show_pst'."
    assert problem.fix.startswith("Did you mean 'show_past'?")


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    assert said_before(tmp_path, "{{ entry.nope }}{% include 'parts/p.html' %}", p="{{ entry.nix }}\n{{ t('x') }}") == [
        "themes/base/pages/x.html:1:10: Entry has no field 'nope'.",
        "themes/base/parts/p.html:1:10: Entry has no field 'nix'.",
        "themes/base/parts/p.html:2:7: The theme has no words for 'x'.",
    ]


def test_switching_escaping_off_is_advised_against(tmp_path: Path) -> None:
    made = templates(tmp_path, {PAGE: "{{ entry.title | safe }}\n{% autoescape false %}{% endautoescape %}"})
    assert told(made.advice()) == [
        "themes/base/pages/x.html:1: warning: Here text is printed without escaping.",
        "themes/base/pages/x.html:2: warning: Here text is printed without escaping.",
    ]


# ---- what is said while rendering


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("a\n{{ entry.params.nope }}", "2:17: There is no 'nope' here."),
        ("{{ entry.lead.text }}", "1:15: There is no 'text' here, since what should have it is none."),
        ("{{ nope | default(1) }}\n{{ nope.x }}", "2:4: 'nope' is not defined."),
        ("{{ t(entry.params.x.y ~ 'z') }}", "1: The theme has no words for '1z'."),
        ("{{ entry.params.x.z.a }}", "1:19: There is no 'z' here."),
        ("{% set x = {'e': entry} %}{{ x.e.titel }}", "1:34: Entry has no field 'titel'."),
    ],
)
def test_an_error_while_rendering_is_told_with_the_templates_own_line(tmp_path: Path, page: str, said: str) -> None:
    assert said_while(tmp_path, page) == [f"themes/base/pages/x.html:{said}"]


@pytest.mark.parametrize(
    "page", ["{{ 1 + 'a' }}", "{{ 1 / 0 }}", "{% for n in range(99999 + 2) %}{% endfor %}", "{{ entry() }}"]
)
def test_an_expression_that_cannot_be_worked_out_is_the_themes_fault(tmp_path: Path, page: str) -> None:
    (said,) = said_while(tmp_path, f"\n{page}")
    assert said.startswith("themes/base/pages/x.html:2: The template cannot go on here: ")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ('"a" * 10**10', "Templates have no powers: one could be too large for any page."),
        ("10**10**10", "Templates have no powers: one could be too large for any page."),
        ('"a" * 1000 * 1000', "What is multiplied here grows too large for a template; 100,000 is the most."),
        ('1000 * ("ab" * 51)', "What is multiplied here grows too large for a template; 100,000 is the most."),
        ("[1, 2, 3] * 50000", "What is multiplied here grows too large for a template; 100,000 is the most."),
        ("range(1000000000) | list", "1,000,000,000 is too large a number for a template; 100,000 is the most."),
        ('"x" | center(1000000000)', "1,000,000,000 is too large a number for a template; 100,000 is the most."),
        ('"%999999999d" % 3', "This would be padded to more than any page holds."),
        ('"%999999999d" | format(3)', "This would be padded to more than any page holds."),
    ],
)
def test_an_expression_that_would_fill_the_memory_is_refused_when_it_is_read(
    tmp_path: Path, expression: str, said: str
) -> None:
    first, *_ = said_while(tmp_path, f"{{{{ {expression} }}}}")
    assert first.startswith("themes/base/pages/x.html:1")
    assert first.endswith(f": {said}")


@pytest.mark.parametrize(
    "loops",
    [
        "{% for a in range(9999) %}{% for b in range(9999) %}\n{% for c in range(9999) %}.{% endfor %}",
        "{% for a in range(9999) %}\n{% for b in range(9999) | map('abs') %}{% endfor %}",
        "{% for a in range(9999) %}\n{% for b in 'x' * 9999 if b == 'y' %}{% endfor %}",
        "{% for a in range(9999) %}\n{% for b in range(9999) %}{{ loop.index }}{% endfor %}",
        "{% macro m() %}\n{% for b in range(9999) %}{% endfor %}{% endmacro %}{% for a in range(9999) %}{{ m() }}",
    ],
)
def test_loops_within_loops_are_stopped_after_a_second_and_not_a_night(tmp_path: Path, loops: str) -> None:
    page = loops + "{% endfor %}" * (loops.count("{% for") - loops.count("{% endfor"))
    said = said_while(tmp_path, page)
    assert said == ["themes/base/pages/x.html:2: The loops of this page take more than 1,000,000 turns."]


def test_each_page_has_all_turns_for_itself_and_in_each_language(tmp_path: Path) -> None:
    many = "{% for a in range(900) %}{% for b in range(999) %}{% endfor %}{% endfor %}"
    made = one_page(tmp_path, many + "{% for p in entry.pairs | map('first') %}{{ p }}{% endfor %}", {})
    assert [made.render("pages/x.html", {"entry": ENTRY}, "en") for _ in range(3)] == ["k"] * 3


def test_what_a_loop_cannot_go_over_is_the_themes_fault(tmp_path: Path) -> None:
    for loop in ("5", "entry.pairs | map('lower')", "entry.tags | map('round')"):
        (said,) = said_while(
            tmp_path / loop[:3] / loop[-4:-2], f"\n{{% for n in {loop} %}}{{{{ n + 1 }}}}{{% endfor %}}"
        )
        assert said.startswith("themes/base/pages/x.html:2: The template cannot go on here: ")


def test_what_includes_itself_without_end_is_told_with_the_way_it_goes(tmp_path: Path) -> None:
    page = "\n{% include 'parts/p.html' %}"
    (itself,) = said_while(tmp_path / "a", page, p="\n\n{% include 'parts/p.html' %}")
    assert itself == "themes/base/parts/p.html:3:13: This never ends: parts/p.html → parts/p.html."
    (other,) = said_while(tmp_path / "b", page, p="{% include 'parts/q.html' %}", q="{% include 'parts/p.html' %}")
    assert other == "themes/base/parts/p.html:1:13: This never ends: parts/p.html → parts/q.html → parts/p.html."
    (macro,) = said_while(tmp_path / "c", "{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}")
    assert macro == "themes/base/pages/x.html:1: This never ends: pages/x.html → pages/x.html."


def test_a_file_that_includes_itself_is_told_how_to_name_the_one_it_stands_over(tmp_path: Path) -> None:
    files = {
        PAGE: "{% include 'parts/p.html' %}", "base/parts/p.html": "p",
        "mine/theme.yaml": "", "mine/parts/p.html": "{% include 'parts/p.html' %}",
    }  # fmt: skip
    with pytest.raises(ProblemsFound) as caught:
        templates(tmp_path, files, "mine").render("pages/x.html", {}, "en")
    assert caught.value.problems[0].fix.startswith('For what it stands over, write "base:parts/p.html".')


def test_what_a_part_does_wrong_on_pages_of_several_kinds_is_told_once(tmp_path: Path) -> None:
    files = {PAGE: "{% include 'parts/p.html' %}", "base/pages/y.html": "{% include 'parts/p.html' %}"}
    made = templates(tmp_path, {**files, "base/parts/p.html": "{{ entri.title }}"})
    contexts = {"pages/x.html": {"entry": Entry}, "pages/y.html": {"list": Entry}}
    assert told(made.problems(contexts)) == ["themes/base/parts/p.html:1:4: 'entri' is not defined."]


def test_a_text_may_be_repeated_as_often_as_a_line_is_long(tmp_path: Path) -> None:
    assert shown(tmp_path, '{{ "=" * "abc" | length }}{{ 3 * 4 }}{{ "%03d" % 7 }}', None) == "===12007"


def test_the_line_is_that_of_the_part_where_it_happened(tmp_path: Path) -> None:
    said = said_while(tmp_path, "{% include 'parts/p.html' %}", p="\n\n{{ entry.params.nope }}")
    assert said == ["themes/base/parts/p.html:3:17: There is no 'nope' here."]


def test_a_bug_of_ours_keeps_its_traceback(tmp_path: Path) -> None:
    class Broken:
        @property
        def field(self) -> str:
            raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError, match="ours"):
        shown(tmp_path, "{{ entry.field }}", {"entry": Broken()})


def test_a_template_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as caught:
        templates(tmp_path, {"base/pages/event.html": ""}).render("pages/evnt.html", {}, "en")
    assert refused(caught.value) == ["themes/base/pages/evnt.html: There is no template 'pages/evnt.html'."]
    assert "Did you mean 'pages/event.html'?" in caught.value.problems[0].fix


# ---- what no template may do


@pytest.mark.parametrize(
    "page",
    [
        "{{ entry.__class__ }}", "{{ entry.title.__class__.__mro__ }}", "{{ ''.__class__ }}", "{{ entry._private }}",
        "{{ t.__globals__ }}", "{{ entry.title.format(entry) }}", "{{ '{0.__class__}'.format(entry) }}",
        "{{ entry.title | attr('upper') }}", "{{ __builtins__ }}", "{{ (entry.tags | map('upper')).gi_frame }}",
        "{{ entry.params.update(a=1) }}", "{{ entry.params.x.pop('y') }}", "{% set f = entry.params.clear %}",
        "{% for x in entry.tags %}{{ loop._iterable }}{% endfor %}", "{{ dict.mro() }}",
    ],
)  # fmt: skip
def test_a_way_to_the_interpreter_or_to_other_pages_is_closed_before_anything_runs(tmp_path: Path, page: str) -> None:
    made = templates(tmp_path, {PAGE: page})
    assert any("closed to templates" in p.what or "would change a value" in p.what for p in made.problems(CONTEXTS))
    with pytest.raises(ProblemsFound):
        made.render("pages/x.html", {"entry": ENTRY}, "en")


@pytest.mark.parametrize(
    "page",
    [
        "{{ entry['__class__'] }}", "{{ entry['__cla' ~ 'ss__'] }}", "{{ entry.title['format'] }}",
        "{{ [entry] | map(attribute='__class__') | list }}", "{{ [entry] | map(attribute='title.__class__') | list }}",
        "{{ [entry] | selectattr('__class__') | list }}", "{{ [entry] | groupby('__class__') }}",
        "{{ [entry] | sort(attribute='__class__') }}", "{{ [entry] | sum(attribute='__class__') }}",
        "{{ [entry] | unique(attribute='__class__') | list }}", "{{ [entry] | join(attribute='__class__') }}",
    ],
)  # fmt: skip
def test_nor_is_there_one_by_names_that_come_about_while_rendering(tmp_path: Path, page: str) -> None:
    (said,) = said_while(tmp_path, page)
    assert said.endswith("is closed to templates.")


def test_keys_of_any_name_can_be_read_from_what_a_site_wrote(tmp_path: Path) -> None:
    page, params = "{{ x['update'] }}{{ x['_a'] }}{{ x['format'] }}", {"update": 1, "_a": 2, "format": 3}
    assert shown(tmp_path, page, {"x": named(params)}) == "123"


# ---- slots

SLOTS = (
    'Hi {% slot first_name "friend & \'co\'" %},{% when url %} <a href="{% slot url %}">{{ t("form.button") }}</a>'
    "{% otherwise %} no link{% endwhen %}{% each lines %}<b>{% slot text %}</b>{% endeach %}{% fragment body %}"
)


def test_tags_print_markers_that_compile_to_slots(tmp_path: Path) -> None:
    text = templates(tmp_path, {ANSWER: SLOTS}).render("pages/answers/x.html", {}, "en")
    assert text == (
        'Hi {{first_name|&quot;friend &amp; &#39;co&#39;&quot;}},{{#if url}} <a href="{{url}}">Send &amp; go</a>'
        "{{else}} no link{{/if}}{{#each lines}}<b>{{text}}</b>{{/each}}{{>body}}"
    )
    assert compile_html(text) == [
        "Hi ", ["text", "first_name", "friend & 'co'"], ",",
        ["if", "url", [' <a href="', ["url", "url"], '">Send &amp; go</a>'], [" no link"]],
        ["each", "lines", ["<b>", ["text", "text"], "</b>"]], ["fragment", "body"],
    ]  # fmt: skip


def test_a_slot_can_stand_inside_the_themes_words(tmp_path: Path) -> None:
    html = '<p>{{ t("form.hello", name=slot("secret.door-code", "you")) }}</p>'
    text = '{{ t("form.hello", name=slot("name")) }} {{ t("form.button") }}'
    made = templates(tmp_path, {"base/emails/x.mjml": html, "base/emails/x.txt": text})
    program = compile_html(made.render("emails/x.mjml", {}, "en"))
    assert program == ["<p>Hi ", ["text", "secret.door-code", "you"], "</p>"]
    assert compile_text(made.render("emails/x.txt", {}, "en")) == ["Hi ", ["plain", "name"], " Send & go"]


@pytest.fixture(scope="module")
def printing(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Templates that print a value on both sides of a slot."""
    page = "{{ value }}{% slot mine %}{{ value }}"
    return templates(tmp_path_factory.mktemp("theme"), {ANSWER: page, "base/emails/x.txt": page})


@settings(deadline=None)
@given(st.text(alphabet='{}%#a|(>/ "if', max_size=20))
def test_no_value_ever_becomes_a_marker(printing: Templates, value: str) -> None:
    for name, compiled in (("pages/answers/x.html", compile_html), ("emails/x.txt", compile_text)):
        program = compiled(printing.render(name, {"value": value}, "en"))
        assert [node[1] for node in program if not isinstance(node, str)] == ["mine"]
    assert "".join(node if isinstance(node, str) else "·" for node in program) == f"{value}·{value}"


def test_braces_typed_in_a_template_are_braces_unless_a_tag_made_them(tmp_path: Path) -> None:
    made = templates(tmp_path, {ANSWER: "{% raw %}{{a}}{% endraw %}{{ '{' }}{% slot b %}"})
    assert compile_html(made.render("pages/answers/x.html", {}, "en")) == ["{{a}}{", ["text", "b"]]


def test_slots_survive_inheritance_macros_and_captured_text(tmp_path: Path) -> None:
    macros = "{% macro m() %}{% slot b %}{% endmacro %}{{ m() }}{% set c %}{% slot c %}{% endset %}{{ c ~ c }}"
    files = {
        "base/pages/answers/_layout.html": "{% block a %}{% slot a %}{% endblock %}",
        ANSWER: "{% extends 'pages/answers/_layout.html' %}{% block a %}{{ super() }}" + macros + "{% endblock %}",
    }
    program = compile_html(templates(tmp_path, files).render("pages/answers/x.html", {}, "en"))
    assert [node[1] for node in program] == ["a", "b", "c", "c"]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("{% slot Name %}", "1:9: 'Name' is no name for a slot: small letters, digits and underscores."),
        ("\n{% fragment a.B %}", "2:13: 'a.B' is no name for a fragment: small letters, digits and underscores."),
        ('{% slot a "\x07" %}', "1:9: The fallback of 'a' holds a control character."),
        ('{{ "{{a}}" }}', "1: '{{a}}' would be printed as it stands: braces in a value mean nothing."),
    ],
)  # fmt: skip
def test_a_wrong_slot_is_shown_with_its_place(tmp_path: Path, page: str, said: str) -> None:
    made = templates(tmp_path, {ANSWER: page})
    assert told(made.problems(CONTEXTS)) == [f"themes/base/pages/answers/x.html:{said}"]


@pytest.mark.parametrize(
    "page",
    ["{% slot %}", "{% each a %}", "{% when a %}{% endeach %}", "{% otherwise %}", "{% each %}{% endeach %}"],
)
def test_a_tag_that_is_not_whole_is_told_with_its_line(tmp_path: Path, page: str) -> None:
    (said,) = told(templates(tmp_path, {ANSWER: page}).problems(CONTEXTS))
    assert said.startswith("themes/base/pages/answers/x.html:1")


# ---- the shipped base


def test_the_shipped_base_has_no_fault_that_can_be_known_before() -> None:
    made = templates_of(load_theme("base", search=[SHIPPED]), "en", "pt")
    assert told(made.problems()) == []
    assert told(made.advice()) == []
