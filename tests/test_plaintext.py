"""The plain-text part, block by block. What Markdown makes of it stands in tests/markdown/text.txt."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill.render.plaintext import HARD, Plain, columns, tidy, wrap


def fresh(width: int = 40) -> Plain:
    return Plain(lambda number: 10, width)


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("lamp", 4),
        ("é", 1),
        ("e\u0301", 1),
        ("東京", 4),
        ("ｱ", 1),
        ("“Nº 3” — €25…", 13),
        ("مرحبا", 5),
        ("a\u200bb", 2),
        ("🏮", 2),
        ("👩‍👩‍👧", 2),
        ("👍🏽", 2),
        ("हिन्दी", 5),
    ],
)
def test_columns_are_counted_as_a_screen_fills_them(text: str, wide: int) -> None:
    assert columns(text) == wide


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("one two three four", ["one two", "three four"]),
        ("one  two\n three\tfour", ["one two", "three four"]),
        ("abcdefghijklmnopqrst uv", ["abcdefghijklmnopqrst", "uv"]),
        ("a abcdefghijklmnopqrst", ["a", "abcdefghijklmnopqrst"]),
        (f"one{HARD}two{HARD}\nthree", ["one", "two", "three"]),
        ("10\u00a0km\u00a0to\u00a0the\u00a0sea and", ["10\u00a0km\u00a0to\u00a0the\u00a0sea", "and"]),
        ("紙と光のことを話します。", ["紙と光のこ", "とを話しま", "す。"]),
        ("光のことを「話します」", ["光のことを", "「話しま", "す」"]),
        ("Lamp は光", ["Lamp は光"]),
        ("서울 밤의 이야기", ["서울 밤의", "이야기"]),
        ("ü é ñ ü é ñ", ["ü é ñ ü é", "ñ"]),
    ],
)
def test_lines_are_broken(text: str, lines: list[str]) -> None:
    assert wrap(text, 10) == lines


def test_a_mark_is_one_word_as_wide_as_it_will_be() -> None:
    plain = fresh(25)
    plain.paragraph("at \x910\x92, come early")
    plain.paragraph("(\x911\x92) and more words come")
    assert plain.finish() == "at \x910\x92, come early\n\n(\x911\x92) and more\nwords come"


plain_words = st.lists(
    st.text(st.characters(categories=["L", "N", "P", "S", "M"]), min_size=1, max_size=14), max_size=30
)


@settings(max_examples=300, deadline=None)
@given(plain_words, st.integers(8, 80))
def test_no_line_is_too_long_that_could_be_broken_and_no_word_is_lost(words: list[str], width: int) -> None:
    text = " ".join(words)
    lines = wrap(text, width)
    squeezed = re.compile(r"\s+")
    assert squeezed.sub("", "".join(lines)) == squeezed.sub("", text)
    for line in lines:
        assert columns(line) <= width or " " not in line


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("abc.,", min_size=1, max_size=14), max_size=30), st.integers(8, 80))
def test_lines_are_filled_as_far_as_they_go(words: list[str], width: int) -> None:
    lines = wrap(" ".join(words), width)
    assert " ".join(lines) == " ".join(words)
    for line, following in pairwise(lines):
        assert len(line) + 1 + len(following.split(" ")[0]) > width


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb", "a b"),
        ("  a \n b ", "a b"),
        ("紙\n光", "紙光"),
        ("서울\n밤", "서울 밤"),
        (f"a{HARD}b é", "a b é"),
        ("a\u00a0\nb", "a\u00a0 b"),
    ],
)
def test_a_line_break_of_the_source_is_a_space_or_nothing_between_characters_that_need_none(
    text: str, line: str
) -> None:
    assert tidy(text) == line


def test_blocks_are_parted_by_one_empty_line() -> None:
    plain = fresh()
    plain.heading(2, "Doors")
    plain.paragraph("At seven.")
    plain.rule()
    plain.code("a\n\n  b\n")
    plain.block("\x910\x92")
    assert plain.finish() == f"Doors\n-----\n\nAt seven.\n\n{'-' * 40}\n\n    a\n\n      b\n\n\x910\x92"


def test_a_heading_of_two_lines_is_underlined_as_wide_as_the_wider() -> None:
    plain = fresh(20)
    plain.heading(1, "The long table and the lamp")
    assert plain.finish() == "The long table and\nthe lamp\n=================="


def test_a_heading_of_nothing_leaves_nothing() -> None:
    plain = fresh()
    plain.heading(2, "")
    plain.paragraph("")
    assert plain.finish() == ""


def test_tight_lists_stand_close_and_loose_ones_apart() -> None:
    plain = fresh()
    plain.open_list(tight=True)
    for word in ("a", "b"):
        plain.open_item()
        plain.paragraph(word)
        plain.close_item()
    plain.close_list()
    plain.open_list(start=9, tight=False)
    for word in ("c", "d"):
        plain.open_item()
        plain.paragraph(word)
        plain.close_item()
    plain.close_list()
    plain.paragraph("e")
    assert plain.finish() == "- a\n- b\n\n9. c\n\n10. d\n\ne"


def test_what_hangs_keeps_hanging_and_an_item_of_nothing_keeps_its_mark() -> None:
    plain = fresh(12)
    plain.open_list(start=10, tight=True)
    plain.open_item()
    plain.open_list(tight=True)
    plain.open_item()
    plain.paragraph("one two three")
    plain.close_item()
    plain.open_item()
    plain.close_item()
    plain.close_list()
    plain.close_item()
    plain.close_list()
    assert plain.finish() == "10. - one two three\n    -"


def test_a_quotation_keeps_its_mark_on_empty_lines_and_none_is_left_of_an_empty_one() -> None:
    plain = fresh()
    plain.open_quote()
    plain.paragraph("a")
    plain.open_quote()
    plain.paragraph("b")
    plain.close_quote()
    plain.close_quote()
    plain.open_quote()
    plain.close_quote()
    plain.paragraph("c")
    assert plain.finish() == "> a\n>\n> > b\n\nc"


def test_a_url_stands_on_its_own_line_and_is_never_broken() -> None:
    plain = fresh(20)
    url = "https://e.example/" + "long/" * 20
    plain.open_quote()
    plain.paragraph("See our map, all of it", [("our map, all of it", url)])
    plain.close_quote()
    assert plain.finish() == f"> See our map, all of\n> it\n>\n> our map, all of it:\n> {url}"


def test_the_same_url_is_written_once_and_one_that_was_read_in_a_sentence_not_again() -> None:
    plain = fresh()
    plain.seen("https://e.example/a")
    plain.paragraph("a b", [("a", "https://e.example/a"), ("b", "https://e.example/b"), ("c", "https://e.example/b")])
    assert plain.finish() == "a b\n\nb:\nhttps://e.example/b"


def test_a_paragraph_that_is_one_link_is_its_words_and_its_url_and_only_its_words_the_second_time() -> None:
    plain = fresh()
    plain.paragraph("The map", [("The map", "https://e.example/a")], alone=True)
    plain.paragraph("The map", [("The map", "https://e.example/a")], alone=True)
    assert plain.finish() == "The map:\nhttps://e.example/a\n\nThe map"


def test_columns_of_a_table_are_as_wide_as_the_widest_cell_in_any_script() -> None:
    plain = fresh()
    plain.table(["City", "€"], [["東京", "9"], ["Lisboa", "25"]], ["", "right"])
    assert plain.finish() == "City     €\n------  --\n東京     9\nLisboa  25"


def test_a_table_without_headings_begins_with_its_rows() -> None:
    plain = fresh()
    plain.table(["", ""], [["a", "b"]], ["", "center"])
    assert plain.finish() == "a  b"


def test_a_table_that_is_too_wide_is_written_row_by_row_and_hangs() -> None:
    plain = fresh(30)
    plain.table(["What", ""], [["One", "a very long cell that cannot fit"], ["", ""], ["Two", ""]], ["", ""])
    assert plain.finish() == "What: One\na very long cell that cannot\n  fit\n\nWhat: Two"


def test_footnotes_hang_behind_their_numbers() -> None:
    plain = fresh(16)
    for number, word in ((1, "Washi paper, thin"), (2, "Paste")):
        plain.open_note(number)
        plain.paragraph(word)
        plain.close_note()
    assert plain.finish() == "[1] Washi paper, thin\n\n[2] Paste"
