"""The style sheet: joined, made small without a change of meaning, hashed, and refused where it would load or leak."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill.css import Style, stylesheet
from handbill.errors import Problem
from handbill.theme import load_theme
from handbill.tokens import Tokens, load_tokens
from theme_folders import SHIPPED, make, told

TOKENS = load_tokens(
    [
        (
            "tokens.json",
            '{"color": {"$type": "color", "light": {"ink": {"$value": "#111111"}, "paper": {"$value": "#ffffff"}}}}',
        )
    ],
    [],
)


def joined(*sheets: str, tokens: Tokens = TOKENS) -> tuple[Style, list[str]]:
    problems: list[Problem] = []
    named = [(f"{'abc'[number]}.css", text) for number, text in enumerate(sheets)]
    asset = {"fonts/a.woff2": "/assets/fonts/a-1.woff2"}.get
    return stylesheet(named, tokens, asset, problems), told(problems)


# ---- made small


def minify(css: str) -> str:
    """The rules as a page carries them, without tokens; what is wrong with them is not minded."""
    return stylesheet([("a.css", css)], Tokens(), lambda path: path, []).css.removeprefix(":root{}")


@pytest.mark.parametrize(
    ("written", "small"),
    [
        ("a {\n  color: red;\n  margin: 0 auto;\n}\n", "a{color:red;margin:0 auto}"),
        ("/* one */ a { color: red } /* two */", "a{color:red}"),
        ("a , b > c + d ~ e { x: y }", "a,b>c + d ~ e{x:y}"),
        ("a :hover { x: y }", "a :hover{x:y}"),
        ("a:hover { x: y }", "a:hover{x:y}"),
        ("ul > li , ol > li { x: y }", "ul>li,ol>li{x:y}"),
        (".a .b { x: y }", ".a .b{x:y}"),
        (".a.b{x:y}", ".a.b{x:y}"),
        (".a/**/.b{x:y}", ".a/**/.b{x:y}"),
        ("a { margin: 1px/**/2px }", "a{margin:1px/**/2px}"),
        ("a { margin: 1px /**/ 2px }", "a{margin:1px 2px}"),
        ("a { width: calc( 1px + 2 * ( 3px - 1px ) ) }", "a{width:calc(1px + 2 * (3px - 1px))}"),
        ("@media (min-width: 40rem) and (hover: hover) { a { x: y } }",
         "@media (min-width:40rem) and (hover:hover){a{x:y}}"),
        ("@media (width >= 40rem) { a { x: y } }", "@media (width>= 40rem){a{x:y}}"),
        ('a::after { content: "a  /* b */  {" }', 'a::after{content:"a  /* b */  {"}'),
        ("a { content: 'it\\'s' ; }", "a{content:'it\\'s'}"),
        ("a { x: y !important }", "a{x:y !important}"),
        ("a { font: 1rem/1.5 'A B', serif }", "a{font:1rem/1.5 'A B',serif}"),
        ("[lang = pt] { x: y }", "[lang = pt]{x:y}"),
        ("a { --empty: ; x: var( --empty , 3px ) }", "a{--empty:;x:var(--empty,3px)}"),
        ("a { b: url( data:image/svg+xml;base64,AA== ) }", "a{b:url( data:image/svg+xml;base64,AA== )}"),
        ("a { grid-template-areas: 'a b'\n 'c d' }", "a{grid-template-areas:'a b' 'c d'}"),
        ("a{x:y}\n\n\nb{x:y}", "a{x:y}b{x:y}"),
        ("", ""),
    ],
)  # fmt: skip
def test_white_space_and_comments_go_and_meaning_stays(written: str, small: str) -> None:
    assert minify(written) == small


WORDS = st.sampled_from(
    ["a", ".b", "#c", ":hover", "::after", "1px", "-2.5rem", "40%", "red", "--x", "é", "'s  t'", '"u"', "\\41"]
)
SIGNS = st.sampled_from(["{", "}", "(", ")", "[", "]", ":", ";", ",", ">", "+", "~", "*", "/", "=", "!", "@media", "&"])
GAPS = st.sampled_from(["", " ", "\n  ", "/* x */", " /**/ ", "\t"])


@settings(deadline=None)
@given(st.lists(st.tuples(st.one_of(WORDS, SIGNS), GAPS), max_size=30))
def test_making_small_twice_is_making_small_once(pieces: list[tuple[str, str]]) -> None:
    once = minify("".join(word + gap for word, gap in pieces))
    assert minify(once) == once


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, st.sampled_from([" ", "\n", " /* c */ "])), min_size=1, max_size=12))
def test_words_that_were_apart_stay_apart_by_one_space(pieces: list[tuple[str, str]]) -> None:
    words = [word for word, _ in pieces]
    assert minify("".join(word + gap for word, gap in pieces)).strip() == " ".join(words)


@settings(deadline=None)
@given(st.text(alphabet="ab{}()[]:;,/*'\"\\ \n<>-@u", max_size=40))
def test_no_text_makes_the_reader_stumble(text: str) -> None:
    joined(text)


# ---- joined, behind its tokens, with its hash


def test_sheets_are_joined_in_order_behind_the_tokens_they_read() -> None:
    style, said = joined("a { color: var(--color-ink) }", "b { x: y }")
    assert said == []
    assert style.css == ":root{--color-ink:#111;}a{color:var(--color-ink)}b{x:y}"
    assert style.size == len(style.css)


def test_the_policy_gets_the_hash_that_browsers_compute() -> None:
    style, _ = joined("a { content: 'é' }")
    digest = base64.b64encode(hashlib.sha256(style.css.encode()).digest()).decode()
    assert style.csp == f"'sha256-{digest}'"
    assert style.size == len(style.css.encode()) == len(style.css) + 1


def test_a_childs_sheets_come_after_its_parents_and_a_shadowed_one_keeps_its_place(tmp_path: Path) -> None:
    theme = make(
        tmp_path,
        {
            "base/theme.yaml": "styles: [assets/css/a.css, assets/css/b.css]\n",
            "base/assets/css/a.css": "a{x:base}",
            "base/assets/css/b.css": "b{x:base}",
            "mine/theme.yaml": "styles: [assets/css/c.css, assets/css/a.css]\n",
            "mine/assets/css/a.css": "a{x:mine}",
            "mine/assets/css/c.css": "c{x:mine}",
        },
        "mine",
    )
    assert theme.stylesheet("", []).css == ":root{}a{x:mine}b{x:base}c{x:mine}"


def test_a_file_in_the_css_is_named_by_its_hash() -> None:
    for written in ("url(fonts/a.woff2)", "url('fonts/a.woff2')", 'url( "/assets/fonts/a.woff2" )'):
        style, said = joined(f"@font-face {{ src: {written} }}")
        assert said == []
        assert style.css.endswith('@font-face{src:url("/assets/fonts/a-1.woff2")}')
        assert style.assets == ("fonts/a.woff2",)


def test_the_weight_is_advised_upon_and_then_refused() -> None:
    def weigh(size: int) -> list[str]:
        return told(Style("", "", size).weight("themes/a/theme.yaml"))

    assert weigh(6_000) == []
    assert weigh(6_001) == ["themes/a/theme.yaml: advice: The CSS is 6,001 bytes; every page carries it."]
    assert weigh(10_001) == ["themes/a/theme.yaml: The CSS is 10,001 bytes; every page carries it."]


# ---- what is said when it is wrong


@pytest.mark.parametrize(
    ("css", "said"),
    [
        ("a{color:var(--color-inc)}", "a.css:1:13: There is no token for var(--color-inc)."),
        ("\n\n  a{color:var( --x )}", "a.css:3:16: There is no token for var(--x)."),
        ("@import 'x.css';", "a.css:1:1: @import is not allowed."),
        ('@charset "utf-8";', "a.css:1:1: @charset is not allowed."),
        ("a{b:url(https://x.example/a.png)}", "a.css:1:5: 'https://x.example/a.png' is an outside request."),
        ("a{b:url('//x.example/a.png')}", "a.css:1:5: '//x.example/a.png' is an outside request."),
        ("a{b:URL(a.png)}", "a.css:1:5: There is no file assets/a.png."),
        ("a{b:image-set('//x.example/a.png' 1x)}", "a.css:1:5: image-set() is not allowed: it could load anything."),
        ("a{b:u\\72l('//x.example/a')}", "a.css:1:5: u\\72l() is not allowed: it could load anything."),
        ("a{b:c", "a.css:1:2: '{' is never closed."),
        ("a{b:c}}", "a.css:1:7: '}' closes nothing."),
        ("a{b:(c}", "a.css:1:7: '}' closes nothing."),
        ("a{b:'c}", "a.css:1:5: A text is never closed."),
        ("a{b:c}/* d", "a.css:1:7: A comment is never closed."),
        ("</style><script>", "a.css:1:1: '</' cannot stand in CSS: it stands in an HTML page."),
        ("<!-- a{b:c}", "a.css:1:1: '<!' cannot stand in CSS: it stands in an HTML page."),
    ],
)
def test_what_is_wrong_is_shown_with_its_place(css: str, said: str) -> None:
    assert said in joined(css)[1]


def test_a_property_that_the_css_declares_itself_needs_no_token() -> None:
    style, said = joined(".a { --gap : 1rem }", ".b { margin: var(--gap) }")
    assert said == []
    assert style.properties == {"--gap"}


def test_what_stands_in_a_comment_or_a_text_is_not_read() -> None:
    assert joined("/* var(--no) url(//no) @import */ a{content:'var(--no) url(//no) @import </b'}")[1] == []


def test_a_near_token_is_guessed() -> None:
    problems: list[Problem] = []
    stylesheet([("a.css", "a{color:var(--color-papr)}")], TOKENS, lambda path: None, problems)
    assert problems[0].fix == "Did you mean '--color-paper'? Add it to tokens.json, or declare it in the CSS."


def test_the_shipped_base_is_within_its_budget_and_has_no_fault() -> None:
    problems: list[Problem] = []
    style = load_theme("base", search=[SHIPPED]).stylesheet("", problems)
    assert problems == []
    assert style.size <= 10_000
