"""The theme's words: read from files, filled with values, chosen by number, borrowed where a language has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill.errors import Problem, ProblemsFound
from handbill.render.words import plural
from handbill.strings import Forms, Strings, WordsError, pieces, places_of, read_words
from handbill.yaml import read
from theme_folders import make, refused, strings_of, told

WORDS: dict[str, Forms] = {
    "plain": "Sold out",
    "named": "Hello {name}, {name}!",
    "braces": "{{not a place}}",
    "left": {"one": "One left", "other": "{n} left"},
}
STRINGS = Strings("en", WORDS, plural)


def said_of(text: str) -> list[str]:
    problems: list[Problem] = []
    read_words(read(text, "en.yaml"), problems)
    return told(problems)


# ---- filled


def test_words_are_found_by_key_and_filled_by_name() -> None:
    assert STRINGS.t("plain") == "Sold out"
    assert STRINGS.t("named", name="Ana") == "Hello Ana, Ana!"
    assert STRINGS.t("braces") == "{not a place}"


def test_a_value_is_text_whatever_it_holds() -> None:
    assert (
        STRINGS.t("named", name="{plain} {0.__class__} <b>")
        == "Hello {plain} {0.__class__} <b>, {plain} {0.__class__} <b>!"
    )


def test_a_number_chooses_the_form() -> None:
    assert [STRINGS.t("left", n=n) for n in (0, 1, 2)] == ["0 left", "One left", "2 left"]
    polish: dict[str, Forms] = {
        "left": {"one": "{n} bilet", "few": "{n} bilety", "many": "{n} biletów", "other": "{n} biletu"}
    }
    strings = Strings("pl", polish, plural)
    assert [strings.t("left", n=n) for n in (1, 2, 5, 22)] == ["1 bilet", "2 bilety", "5 biletów", "22 bilety"]


def test_a_form_that_is_not_written_is_the_other_one() -> None:
    assert Strings("pl", {"left": {"other": "{n}"}}, plural).t("left", n=2) == "2"


def test_borrowed_words_follow_the_rules_of_the_language_that_lent_them() -> None:
    # in French 0 is singular, in English it is not
    lent = Strings("fr", WORDS, plural, borrowed={"left": "en"})
    own = Strings("fr", WORDS, plural)
    assert (lent.t("left", n=0), own.t("left", n=0)) == ("0 left", "One left")


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        ("plian", {}, "The theme has no words for 'plian'. Did you mean 'plain'?"),
        ("named", {}, "'named' needs a value for 'name': t(\"named\", name=…)."),
        ("left", {}, "'left' depends on a number: t(\"left\", n=…)."),
    ],
)
def test_a_call_that_cannot_be_answered_is_refused(key: str, values: dict[str, object], said: str) -> None:
    with pytest.raises(WordsError) as caught:
        STRINGS.t(key, **values)
    assert str(caught.value) == said


def test_has_and_places_tell_before_a_call_what_it_would_need() -> None:
    assert (STRINGS.has("left"), STRINGS.has("right")) == (True, False)
    assert STRINGS.places("left") == {"n"}
    assert STRINGS.places("named") == places_of(WORDS["named"]) == {"name"}


@settings(deadline=None)
@given(st.text(), st.text())
def test_pieces_put_together_are_the_words(before: str, after: str) -> None:
    text = before.replace("{", "{{").replace("}", "}}") + "{x}" + after.replace("{", "{{").replace("}", "}}")
    rebuilt = "".join(literal + ("·" if name else "") for literal, name in pieces(text))
    assert rebuilt == text.format(x="·")


# ---- read


def test_groups_become_keys_with_dots_and_a_map_with_other_is_plural() -> None:
    problems: list[Problem] = []
    yaml = "form: {button: Send, note: {a: b}}\nleft: {one: x, other: y}\nkind: {one: Host, related: More}\n"
    assert read_words(read(yaml, "en.yaml"), problems) == {
        "form.button": "Send", "form.note.a": "b", "left": {"one": "x", "other": "y"},
        "kind.one": "Host", "kind.related": "More",
    }  # fmt: skip
    assert problems == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 3\n", "en.yaml:1:4: 'a' is no text."),
        ("a: true\n", "en.yaml:1:4: 'a' is no text."),
        ("a: [b]\n", "en.yaml:1:4: 'a' is no text."),
        ("a: {other: 3}\n", "en.yaml:1:1: A plural form of 'a' is no text."),
        ("a: x {\n", "en.yaml:1:4: A brace stands alone in 'x {'."),
        ("a: x }\n", "en.yaml:1:4: A brace stands alone in 'x }'."),
        ("a: '{0}'\n", "en.yaml:1:4: '{0}' is no place for a value."),
        ("a: '{}'\n", "en.yaml:1:4: '{}' is no place for a value."),
        ("a: '{b.c}'\n", "en.yaml:1:4: '{b.c}' is no place for a value."),
        ("a: '{b!r}'\n", "en.yaml:1:4: '{b}' is no place for a value."),
        ("a: '{b:>9}'\n", "en.yaml:1:4: '{b}' is no place for a value."),
        ("a: {other: '{_}'}\n", "en.yaml:1:12: '{_}' is no place for a value."),
    ],
)
def test_a_wrong_text_is_shown_with_its_place(text: str, said: str) -> None:
    assert said_of(text) == [said]


def test_a_place_that_english_does_not_have_is_a_slip_of_the_translator(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "base/i18n/en.yaml": "a: Hello {name}\nb: {one: x, other: '{n} y'}\n",
        "base/i18n/pt.yaml": "a: Olá {nome}\nb: {one: x, other: '{n} y'}\n",
    }
    with pytest.raises(ProblemsFound) as caught:
        make(tmp_path, files)
    what = "The words for 'a' have a place {nome} that the English words do not have: nothing will fill it."
    assert refused(caught.value) == [f"themes/base/i18n/pt.yaml:1:4: {what}"]


# ---- chosen and borrowed


FILES: dict[str, str | bytes] = {
    "base/i18n/en.yaml": "a: en a\nb: en b\nc: en c\n",
    "base/i18n/pt.yaml": "a: pt a\nb: pt b\n",
    "base/i18n/pt-BR.yaml": "a: pt-BR a\n",
    "mine/theme.yaml": "",
    "mine/i18n/en.yaml": "a: my en a\n",
}


def test_a_child_changes_one_text_and_keeps_the_rest(tmp_path: Path) -> None:
    english = strings_of(make(tmp_path, FILES, "mine"))["en"]
    assert english.words == {"a": "my en a", "b": "en b", "c": "en c"}


def test_a_region_stands_on_its_language_and_that_on_english(tmp_path: Path) -> None:
    theme = make(tmp_path, FILES, "mine")
    strings = strings_of(theme, "pt-BR")["pt-BR"]
    assert strings.words == {"a": "pt-BR a", "b": "pt b", "c": "en c"}
    assert strings.borrowed == {"c": "en"}


def test_the_sites_own_language_goes_before_english(tmp_path: Path) -> None:
    theme = make(tmp_path, FILES, "mine")
    strings = theme.strings("de", "pt", plural)
    assert strings.words == {"a": "pt a", "b": "pt b", "c": "en c"}
    assert strings.borrowed == {"a": "pt", "b": "pt", "c": "en"}


def test_what_is_borrowed_is_told_once_for_a_language(tmp_path: Path) -> None:
    theme = make(tmp_path, FILES, "mine")
    assert told(theme.borrowed(strings_of(theme, "pt")["pt"])) == [
        "themes/mine/i18n/pt.yaml: warning: The theme has no words in 'pt' for c: 'en' is shown instead."
    ]
    assert theme.borrowed(strings_of(theme, "en")["en"]) == []


def test_words_under_a_name_one_slip_away_are_pointed_to(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "base/i18n/en.yaml": "mine: {again: A}\n",
        "base/i18n/pt.yaml": "mine: {agian: A}\n",
    }
    theme = make(tmp_path, files, "base")
    (warning,) = theme.borrowed(strings_of(theme, "pt")["pt"])
    assert warning.fix.startswith("'mine.agian' there may be 'mine.again'. ")
