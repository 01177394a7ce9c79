"""The scanner of finished pages sees what the standard parser sees, on all that a theme could sensibly print."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill.check.markup import VOID, scan


class Standard(HTMLParser):
    """Events of the standard parser, in the shape of `seen`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.events: list[Any] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept: dict[str, str] = {}
        for name, value in attrs:
            kept.setdefault(name, value or "")
        self.events.append((tag, kept, self.getpos()[0]))

    def handle_endtag(self, tag: str) -> None:
        self.events.append(f"/{tag}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self.events and isinstance(self.events[-1], list):
            self.events[-1][0] += data
        else:
            self.events.append([data])


def seen(html: str) -> list[Any]:
    out: list[Any] = []
    for kind, value, attrs, line in scan(html):
        if kind == "open":
            out.append((value, attrs, line))
        elif kind == "close":
            out.append(f"/{value}")
        elif out and isinstance(out[-1], list):
            out[-1][0] += value
        elif value:
            out.append([value])
    return out


VALUE = st.text(st.sampled_from("ab <>&;#'/=\n{é"), max_size=6)
ATTRIBUTES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["id", "data-x", "aria-label", "HREF"]), VALUE).map(lambda a: f'{a[0]}="{a[1]}"'),
        st.tuples(st.sampled_from(["id", "title"]), VALUE.filter(lambda v: "'" not in v)).map(
            lambda a: f"{a[0]}='{a[1]}'"
        ),
        st.sampled_from(["checked", "id=a1", "width = 3", "hidden"]),
    ),
    max_size=3,
)
TAG = st.tuples(st.sampled_from(["p", "a", "IMG", "br", "form", "h1"]), ATTRIBUTES)
PIECE = st.one_of(
    TAG.map(lambda tag: "<" + " ".join([tag[0], *tag[1]]) + ">"),
    TAG.map(lambda tag: "<" + "\n".join([tag[0], *tag[1]]) + " />"),
    st.sampled_from(["</p>", "</A >", "<!-- <p id='x'> -->", "<!doctype html>", "&amp;&eacute;&#39;", " x\n", "1 < 2"]),
    st.sampled_from(["<style>a<b{c:'</p>'}</style>", '<script type="x">if (a<b) "&amp;"</script>']),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(PIECE, max_size=8))
def test_tags_attributes_texts_and_lines_are_those_of_the_standard_parser(pieces: list[str]) -> None:
    html = "".join(pieces)
    assert seen(html) == Standard(html).events


@settings(deadline=None)
@given(st.text(alphabet="<>/!-\"'= apscript\n", max_size=40))
def test_no_text_makes_the_scanner_stumble_and_no_line_is_beyond_the_last(html: str) -> None:
    lines = [event.line for event in scan(html)]
    assert lines == sorted(lines)
    assert all(1 <= line <= html.count("\n") + 1 for line in lines)


@pytest.mark.parametrize("html", ['<p title="x>y', "<p title='x>y", "a <b", "<img src=x"])
def test_what_cannot_be_read_as_a_tag_is_said_and_not_passed_over(html: str) -> None:
    assert "broken" in [event.kind for event in scan(html)]


def test_titles_and_text_areas_hold_text_and_no_tags() -> None:
    assert seen("<title>a &amp; <b></title><textarea><p></textarea>") == [
        ("title", {}, 1), ["a & <b>"], "/title", ("textarea", {}, 1), ["<p>"], "/textarea",
    ]  # fmt: skip


def test_a_void_element_is_not_waited_for() -> None:
    # https://html.spec.whatwg.org/multipage/syntax.html#void-elements
    assert {"br", "img", "input", "link", "meta", "source"} <= VOID
    assert not {"p", "a", "button", "textarea", "script"} & VOID


def test_a_long_page_is_read_in_time_that_grows_with_its_length() -> None:
    html = "<p " + "a='" * 50_000
    assert sum(1 for _ in scan(html)) < 10
