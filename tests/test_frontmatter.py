"""A text file is divided into its front matter and its words, whatever editor it comes from."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill.content.frontmatter import Front, split
from handbill.model import Source
from handbill.textfile import MOST, read_yaml, text_of
from handbill.yaml import read


def front(data: bytes | str, *, required: bool = True) -> Front:
    return split(Source("content/x.md", data.encode() if isinstance(data, str) else data, ""), required=required)


def test_fields_stand_above_and_words_below() -> None:
    found = front("---\ntitle: Lamp\n---\nThe lamp.\n\n---\n\nMore.\n")
    assert found.problems == []
    assert found.document.values == {"title": "Lamp"}
    assert (found.body, found.body_line) == ("The lamp.\n\n---\n\nMore.\n", 4)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_bom_and_any_line_end_give_the_same(ends: str, bom: bytes) -> None:
    found = front(bom + ends.join(["---", "title: Lamp", "---", "One", "two"]).encode())
    assert found.problems == []
    assert (found.document.values, found.body, found.body_line) == ({"title": "Lamp"}, "One\ntwo", 4)
    assert found.document.mark(("title",)) == (2, 8, 4)


@pytest.mark.parametrize(
    ("text", "body", "line"),
    [
        ("---\n---", "", 2),
        ("---\n---\n", "", 3),
        ("--- \ntitle: x\n---\t\nbody", "body", 4),
        ("\n\n---\ntitle: x\n---\nbody", "body", 6),
        ("---\ntitle: x\n...\nbody", "body", 4),
        ("---\ntitle: x\n---", "", 3),
        ("---\ntitle: |\n  --- not the end\n---\nbody", "body", 5),
    ],
)
def test_the_hyphens_may_stand_a_little_differently(text: str, body: str, line: int) -> None:
    found = front(text)
    assert found.problems == []
    assert (found.body, found.body_line) == (body, line)


def test_blank_lines_above_do_not_move_a_place() -> None:
    assert front("\n\n---\ntitle: x\n---\n").document.mark(("title",)) == (4, 8, 1)


def test_words_of_an_email_may_do_without() -> None:
    found = front("Hello.\n", required=False)
    assert (found.problems, found.body, found.body_line) == ([], "Hello.\n", 1)
    assert front("---\nsubject: Hi\n---\nHello.\n", required=False).document.values == {"subject": "Hi"}


def test_yaml_that_cannot_be_read_leaves_the_words() -> None:
    found = front("---\ntitle: [\n---\nWords.\n")
    assert len(found.problems) == 1
    assert (found.document.values, found.body) == ({}, "Words.\n")


def test_two_megabytes_are_read_and_one_byte_more_is_not() -> None:
    head = b"---\ntitle: x\n---\n"
    assert front(head.ljust(MOST, b"a")).problems == []
    assert [problem.line for problem in front(head.ljust(MOST + 1, b"a")).problems] == [0]


@pytest.mark.parametrize("data", [b"a\xffb", b"\x80", b"a\r\nb\r\n\xe9\r\n", b"\xef\xbb\xbfx\n\xc3"])
def test_a_byte_that_is_not_utf8_is_found_in_its_line(data: bytes) -> None:
    (problem,) = front(data).problems
    at = data.decode("utf-8", "surrogateescape")
    bad = next(number for number, sign in enumerate(at) if "\udc80" <= sign <= "\udcff")
    assert problem.line == at[:bad].replace("\r\n", "\n").count("\n") + 1
    assert problem.column == bad - at[:bad].rfind("\n") - at.startswith("\ufeff") * (problem.line == 1)


def test_toml_comes_back_as_yaml_that_means_the_same() -> None:
    text = '+++\ntitle = "No: 3"\nweight = 1.5\n[params]\nd = 2026-12-04\nl = ["no", "012", {a = true}]\n+++\n'
    (problem,) = front(text).problems
    lines = [line[4:] for line in problem.fix.split("\n")[1:]]
    found = front("\n".join(lines))
    assert found.problems == []
    assert read("\n".join(lines[1:-1]), "x").values == {
        "title": "No: 3",
        "weight": Decimal("1.5"),
        "params": {"d": "2026-12-04", "l": ["no", "012", {"a": True}]},
    }


def test_a_yaml_file_is_read_like_front_matter() -> None:
    document = read_yaml(Source("content/site.yaml", b"\xef\xbb\xbfname: Lume\r\n", ""))
    assert (document.values, document.problems, document.mark(("name",))) == ({"name": "Lume"}, [], (1, 7, 4))
    assert read_yaml(Source("content/site.yaml", b"\xff", "")).problems[0].line == 1


@given(
    st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode)),
    st.sampled_from([b"", b"---\n", b"+++\n", b"{"]),
)
@settings(max_examples=150, deadline=None)
def test_no_file_makes_it_fail(data: bytes, head: bytes) -> None:
    found = front(head + data)
    assert "\r" not in found.body
    for problem in found.problems:
        assert problem.fix
        assert str(problem)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"), max_size=60))
@settings(max_examples=80, deadline=None)
def test_the_words_are_kept_to_the_letter(body: str) -> None:
    found = front(f"---\ntitle: x\n---\n{body}")
    assert found.body == body
    problems: list[object] = []
    assert text_of(Source("x", body.encode(), ""), problems) == body  # type: ignore[arg-type]
