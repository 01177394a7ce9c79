"""YAML as handbill reads it: 1.2 scalars, the place of every key, and nothing that only looks clever."""

from __future__ import annotations

import copy
import pickle
import string
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill.yaml import Document, dump, read, reading, scalar, written


def values(text: str) -> dict[str, Any]:
    document = read(text, "content/x.md")
    assert document.problems == []
    return document.values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("19:30", "19:30"), ("no", "no"), ("Yes", "Yes"), ("on", "on"), ("off", "off"), ("y", "y"), ("012", "012"),
        ("0", 0),
        ("25", 25), ("-3", -3), ("+5", 5), ("0x1F", 31), ("0o17", 15), ("1_000", "1_000"), ("1e3", Decimal("1e3")),
        ("25.00", Decimal("25.00")), (".5", Decimal("0.5")), ("1.", Decimal(1)), ("00.5", "00.5"), ("1.2.3", "1.2.3"),
        ("2026-12-04", "2026-12-04"), ("2026-12-04 19:00", "2026-12-04 19:00"), ("true", True), ("FALSE", False),
        ("tRue", "tRue"), ("null", None), ("~", None), ("", None), ("-", "-"), ("+", "+"), ("1e999999", "1e999999"),
        ("9" * 31, "9" * 31), ("nan", "nan"), ("1:20", "1:20"), ("0b11", "0b11"), ("0o8", "0o8"), ("T", "T"),
    ],
)  # fmt: skip
def test_a_plain_scalar_is_what_yaml_1_2_says(text: str, value: object) -> None:
    found = scalar(text)
    assert found == value
    assert isinstance(found, type(value))
    if text not in ("-", ""):
        assert values(f"key: {text}")["key"] == value


@pytest.mark.parametrize("text", ["25.00", "0.10", ".5", "+5", "0x1F", "1e3", "-0", "1.", "+.5"])
def test_a_number_remembers_how_it_was_written(text: str) -> None:
    value = scalar(text)
    assert not isinstance(value, str)
    assert written(value) == text
    assert written(pickle.loads(pickle.dumps(value))) == text
    assert written(copy.deepcopy(value)) == text


def test_quoted_scalars_are_text() -> None:
    assert values("a: '25'\nb: \"true\"\nc: |\n  no\n  yes\nd: >\n  one\n  two\ne: ''") == {
        "a": "25", "b": "true", "c": "no\nyes\n", "d": "one two\n", "e": "",
    }  # fmt: skip


def test_keys_are_text_as_they_are_written() -> None:
    assert values("1: a\ntrue: b\n012: c\n~: d\n'': e") == {"1": "a", "true": "b", "012": "c", "~": "d", "": "e"}


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "~\n", "{}"])
def test_nothing_is_an_empty_map(text: str) -> None:
    assert values(text) == {}


def test_every_value_knows_its_place() -> None:
    document = read(
        'title: "Lamp"\ntickets:\n  - name: Seat\n    price:  25 EUR # cheap\n  - {name: Tô, online: true}\n', "x", 2
    )
    assert document.mark(("title",)) == (2, 8, 6)
    assert document.mark(("title",), "key") == (2, 1, 5)
    assert document.mark(("tickets",)) == (3, 1, 7)
    assert document.mark(("tickets", 0, "price")) == (5, 13, 6)
    assert document.mark(("tickets", 1)) == (6, 5, 5)
    assert document.mark(("tickets", 1, "online")) == (6, 24, 4)
    assert ("tickets", 1, "online") in document
    assert ("tickets", 2) not in document


def test_a_place_that_is_not_written_is_the_deepest_part_that_is() -> None:
    document = read("tickets:\n  - name: Seat\n", "x")
    assert document.mark(("tickets", 0, "price")) == document.mark(("tickets", 0)) == (2, 5, 4)
    assert document.mark(("host",)) == (1, 0, 0)


def test_a_problem_carries_its_line() -> None:
    problem = read("title: Lamp\nprice: free\n", "content/x.md", 2).problem(
        ("price",), "'free' is no price.", "Write 0."
    )
    assert str(problem) == "content/x.md:3:8: 'free' is no price.\n    price: free\n           ^^^^\n  Write 0."


def test_columns_count_characters_and_not_bytes() -> None:
    assert read("título: { é: ç, lamp: 1 }\n", "x").mark(("título", "lamp")) == (1, 23, 1)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_kind_count_alike(ends: str) -> None:
    assert read(ends.join(["a: 1", "b: 2", "c: |", "  x", "  y", ""]), "x").values == {"a": 1, "b": 2, "c": "x\ny\n"}
    assert read(ends.join(["a: 1", "b: 2"]), "x").mark(("b",)).line == 2


def test_strange_line_breaks_are_spaces_and_move_no_column() -> None:
    document = read("a: one\u2028two\nb: 3\x85\nc: 4\n", "x")
    assert document.values == {"a": "one two", "b": 3, "c": 4}
    assert document.mark(("c",)) == (3, 4, 1)


def test_several_slips_are_told_together() -> None:
    document = read("a: .nan\nb: 1\nb: 2\nc: #ff0000\n", "x")
    assert [problem.line for problem in document.problems] == [1, 3, 4]


def test_the_second_of_two_keys_does_not_replace_the_first() -> None:
    document = read("a: { b: 1 }\na: { b: 2 }\n", "x")
    assert document.values == {"a": {"b": 1}}
    assert document.mark(("a", "b")) == (1, 9, 1)


def test_a_billion_laughs_are_refused_at_the_first() -> None:
    lines = ["a: &a [ha, ha]"] + [f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    document = read("\n".join(lines), "x")
    assert document.values == {}
    assert [problem.line for problem in document.problems] == [1]


def test_deep_nesting_ends_quickly() -> None:
    assert len(read("a: " + "[" * 100_000, "x").problems) == 1
    assert len(read("".join(f"{' ' * n}a:\n" for n in range(2000)), "x").problems) == 1


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff\u2028\u2029")),
    st.sampled_from(
        ["no", "yes", "19:30", "012", "- a", "a: b", "#", "{{ x }}", "'", '"', "*a", "&", "!x", "a #b", "\n"]
    ),
)
keys = st.text(string.ascii_letters + string.digits + " :#-'\"é東~", min_size=1)
maps = st.dictionaries(
    keys,
    st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
    ),
    max_size=6,
)


@given(maps)
@settings(max_examples=80, deadline=None)
def test_what_is_dumped_reads_back_the_same(given_values: dict[str, Any]) -> None:
    document = read(dump(given_values), "x")
    assert document.problems == []
    assert document.values == given_values


@given(maps)
@settings(max_examples=40, deadline=None)
def test_a_mark_covers_exactly_the_scalar(given_values: dict[str, Any]) -> None:
    text = dump(given_values)
    document = read(text, "x")
    lines = text.split("\n")
    for place in document._events:
        line, column, width = document.mark(place)
        covered = lines[line - 1][column - 1 : column - 1 + width]
        value: Any = document.values
        for step in place:
            value = value[step]
        if isinstance(value, str) and not covered.startswith(('"', "'")) and value:
            assert covered == value
        assert 1 <= column <= len(lines[line - 1]) or value in ("", None, [], {})


pieces = st.sampled_from(
    [*"ab:-#'\"[]{}&*!|>%@`,?~\\ \n\t0.", ": ", "- ", "\n  ", "\u00a0", "é", "\x07", "<<", "---", "\r\n", "\u2028"]
)


@given(st.lists(pieces, max_size=40).map("".join))
@settings(max_examples=250, deadline=None)
def test_no_text_makes_reading_fail_and_what_both_parsers_read_is_the_same(text: str) -> None:
    fast = read(text, "x")
    slow = _with_pure_parser(text)
    if not fast.problems and not slow.problems:  # the one in Python is stricter with tabs
        assert fast.values == slow.values
    for document in (fast, slow):
        for problem in document.problems:
            assert problem.fix
            assert 1 <= problem.line <= text.count("\n") + text.count("\r") + 1
            assert str(problem)


def _with_pure_parser(text: str) -> Document:
    kept = reading._Parser
    reading._Parser = yaml.Loader
    try:
        return read(text, "x")
    finally:
        reading._Parser = kept
