"""MJML: what may be written, what the compiler makes of it, and what a person is told who wrote something else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mjml import mjml2html

from handbill.errors import ProblemsFound
from handbill.render.mjml import COMPONENTS, REFUSED, SLOTS_IN, Rule, _escaped, check_mjml, compile_mjml
from handbill.render.programs import compile_html
from handbill_functions.fill import fill

CELL = "<mj-section><mj-column>{}</mj-column></mj-section>"


def document(body: str, head: str = "", attributes: str = 'lang="en" dir="ltr"') -> str:
    head = f"<mj-head>\n<mj-title>Hello</mj-title>\n{head}</mj-head>"
    return f"<mjml {attributes}>\n{head}\n<mj-body>\n{body}\n</mj-body>\n</mjml>\n"


def told(mjml: str) -> list[str]:
    """Each problem as `line:column what fix`, in order."""
    return [f"{p.line}:{p.column} {p.what} {p.fix}" for p in check_mjml(mjml, path="emails/x.mjml")]


def compiled(body: str, head: str = "") -> str:
    return compile_mjml(document(body, head), path="emails/x.mjml")


# ---- what comes out


def test_the_language_and_direction_stand_on_html_body_and_the_first_div() -> None:
    html = compile_mjml(document(CELL.format(""), attributes='lang="ar" dir="rtl"'), path="x.mjml")
    for tag in ("html", "body", "div"):
        assert re.search(rf'<{tag} [^>]*lang="ar" dir="rtl"', html), tag


def test_nothing_is_asked_of_another_server() -> None:
    html = compiled(
        CELL.format('<mj-text font-family="Georgia">Hello</mj-text><mj-button href="https://a.example/">Go</mj-button>')
    )
    assert not re.search(r"<link|@import|@font-face|url\(|<script", html)
    assert "googleapis" not in html


def test_markers_pass_through_text_and_attributes_byte_for_byte() -> None:
    html = compiled(
        "<mj-raw>{{#if a}}</mj-raw>"
        + CELL.format(
            '<mj-text>{{name}} {{other|"friend"}} {{>body}}</mj-text>'
            '<mj-image src="{{picture}}" alt="{{alt}}" href="{{url}}" width="300px" />'
            '<mj-button href="{{url}}">Go</mj-button>'
        )
        + "<mj-raw>{{else}}<p>no</p>{{/if}}</mj-raw>"
    )
    for mark in (
        '{{name}} {{other|"friend"}} {{>body}}',
        'src="{{picture}}"',
        'alt="{{alt}}"',
        'href="{{url}}"',
        "{{#if a}}",
    ):
        assert mark in html


def test_filling_after_compiling_is_compiling_after_filling() -> None:
    body = CELL.format(
        '<mj-text align="left">Hello {{name}}</mj-text>'
        '<mj-table><tr><th scope="row">When</th><td>{{when}}</td></tr></mj-table>'
        '<mj-button href="{{url}}">Go</mj-button>'
    )
    values = {"name": "Ana", "when": "Friday, 19:00", "url": "https://casalume.example/a?b=1&c=2"}
    after = fill(compile_html(compiled(body)), values)
    written = body.replace("{{name}}", "Ana").replace("{{when}}", values["when"])
    before = compiled(written.replace("{{url}}", "https://casalume.example/a?b=1&amp;c=2"))
    assert after == before


# ---- the allow-list tells the truth

SAMPLES = [
    *("#abcdef", "37px", "rtl", "right", "bottom", "bold", "37", "true", "italic", "underline", "uppercase", "dashed"),
    *("no-repeat", "full-width", "fixed", "zzz", "37px solid #abcdef"),
]


def sample(rule: Rule) -> str:
    return next(text for text in SAMPLES if rule.pattern.fullmatch(text))


def one(tag: str, attributes: dict[str, str]) -> str:
    """A document with one element of `tag`, where it may stand."""
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    column = "<mj-column><mj-text>q</mj-text></mj-column>"
    inside = {
        "mj-wrapper": f"<mj-section>{column}</mj-section>",
        "mj-section": column,
        "mj-group": column * 2,
        "mj-column": "<mj-text>q</mj-text>",
        "mj-table": "<tr><th>q</th></tr>",
        "mj-text": "q",
        "mj-button": "q",
    }.get(tag, "")
    body = f"<{tag}{written}>{inside}</{tag}>"
    if tag in ("mj-group", "mj-column"):
        body = f"<mj-section>{body}</mj-section>"
    elif tag not in ("mj-wrapper", "mj-section"):
        body = CELL.format(body)
    classes = '<mj-class name="zzz" color="#999999" background-color="#999999" padding="7px" direction="rtl" />'
    return document(body, f"<mj-attributes>{classes}</mj-attributes>\n")


LINK = {"href": "https://a.example/"}
NEEDS = {"border-style": {"border-width": "3px"}, "rel": LINK, "target": LINK, "name": LINK}


@pytest.mark.parametrize("tag", COMPONENTS)
def test_every_attribute_on_the_list_makes_a_difference(tag: str) -> None:
    for key, rule in COMPONENTS[tag].items():
        base = {"src": "https://a.example/a.png", "alt": "a"} if tag == "mj-image" else {}
        base |= NEEDS.get(key, {})
        if key.startswith("background-") and key not in ("background-color", "background-url"):
            base["background-url"] = "https://a.example/a.png"
        if key.startswith("inner-") and tag == "mj-column":
            base["padding"] = "5px"
        value = "zzz" if key == "mj-class" else "bottom" if key == "vertical-align" else sample(rule)
        with_it = one(tag, {**base, key: value})
        assert told(with_it) == [], key
        assert mjml2html(with_it, fonts={}) != mjml2html(one(tag, base), fonts={}), f"{tag} {key}"


@given(st.characters(exclude_categories=["Cs"]))
@settings(max_examples=400, deadline=None)
def test_we_know_which_characters_the_compiler_would_escape_in_an_attribute(character: str) -> None:
    if character in '"<&\x00' or (character < " " and character not in "\t\n\r"):
        return  # not to be written in XML at all
    # behind a letter: what combines is escaped too
    html = mjml2html(document(CELL.format(f'<mj-image src="a" alt="x{character}y" />')), fonts={})
    if f'alt="x{character}y"' not in html:
        assert _escaped(character)


@pytest.mark.parametrize(
    "text", ["Olá, viva!", "Vê a página", "日本語", "emoji 🌞", "naïve — “quoted”", "€25.00", "Ελληνικά", "עברית"]
)
def test_plain_words_of_any_script_may_stand_in_an_attribute(text: str) -> None:
    assert f'alt="{text}"' in compiled(CELL.format(f'<mj-image src="https://a.example/a.png" alt="{text}" />'))


# ---- what a person is told

FIXTURES = Path(__file__).parent / "fixtures" / "mjml.txt"
WRONG = re.findall(r"^([^\n]+)\n\.\n(.*?)\n\.\n(.*?)\n\.$", FIXTURES.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("body", "expected"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_the_line_and_the_way_out_are_told_of(body: str, expected: str) -> None:
    assert told(document(body.replace("·", "\u00a0"))) == expected.split("\n")


def test_all_problems_of_a_document_are_told_at_once() -> None:
    body = CELL.format('<mj-txt>x</mj-txt><mj-text color="red" pading="0px">x</mj-text>')
    assert len(told(document(body))) == 3


@pytest.mark.parametrize("tag", REFUSED)
def test_what_is_left_out_on_purpose_comes_with_what_to_do_instead(tag: str) -> None:
    found = told(document(f"<mj-raw><{tag} /></mj-raw>"))
    assert f"<{tag}> is not used in handbill's e-mails. {REFUSED[tag]}" in found[0]


@pytest.mark.parametrize(
    ("attributes", "what"), [('dir="ltr"', "no lang"), ('lang="und" dir="ltr"', "no lang"), ('lang="en"', "no dir")]
)
def test_language_and_direction_must_be_said(attributes: str, what: str) -> None:
    assert what in told(document("", attributes=attributes))[0]


def test_names_of_html_characters_are_no_error() -> None:
    assert "a&nbsp;b &middot; c" in compiled(CELL.format("<mj-text>a&nbsp;b &middot; c</mj-text>"))


def test_a_problem_is_reported_where_the_line_was_written() -> None:
    layout = "<mjml {{ x }}>\n{% block body %}{% endblock %}\n"
    block = '{% block body %}\n    <mj-section colour="#112233"></mj-section>\n{% endblock %}\n'
    child = '{% extends "emails/_layout.mjml" %}\n' + block
    mjml = document('<mj-section colour="#112233"></mj-section>')
    with pytest.raises(ProblemsFound) as caught:
        compile_mjml(
            mjml, path="emails/welcome.mjml", sources={"emails/_layout.mjml": layout, "emails/welcome.mjml": child}
        )
    problem = caught.value.problems[0]
    assert (problem.path, problem.line, problem.column) == ("emails/welcome.mjml", 3, 17)
    assert problem.excerpt[problem.column - 1 :].startswith("colour")


def test_a_line_that_was_put_together_names_the_template_and_shows_itself() -> None:
    mjml = document('<mj-section colour="#112233"></mj-section>')
    problem = check_mjml(mjml, path="emails/welcome.mjml", sources={"a": "x", "b": "y"})[0]
    assert (problem.path, problem.line) == ("emails/welcome.mjml", 0)
    assert problem.excerpt == '<mj-section colour="#112233"></mj-section>'


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_text_makes_the_check_fail_in_another_way(text: str) -> None:
    check_mjml(text, path="x")
    check_mjml(document(text), path="x")


def test_slots_may_stand_in_addresses_and_in_words_for_people() -> None:
    image = '<img src="{{a}}" alt="{{b}}" title="{{c}}" height="{{d}}" width="600" />'
    link = '<a href="{{e}}" aria-label="{{f}}">x</a>'
    assert told(document(f"<mj-raw>{image}{link}</mj-raw>")) == []
    assert frozenset({"src", "alt", "title", "height", "href", "aria-label"}) <= SLOTS_IN
