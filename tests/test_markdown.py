"""What Markdown becomes: the page, the e-mail, the gate, and what is said about mistakes.

Most of it stands in tests/markdown/*.txt: a title, what somebody writes, what comes out. Anybody can add a case. Words in
square brackets at the end of a title set the scene: `[html]` a site that allows author HTML, `[email]` the words of an
e-mail. A shortcode that is still to be filled is shown as ⟦name arguments key=value⟧.
"""

from __future__ import annotations

import json
import marshal
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from handbill.errors import Problem
from handbill.model import Body, Call, Part, Words
from handbill.render import authorhtml
from handbill.render.commonmark import Reader
from handbill.render.markdown import PARSER_VERSION, fill_parts, from_plain, parse, to_plain
from handbill.render.plaintext import tidy
from handbill.render.prose import anchor, escape

HERE = Path(__file__).parent / "markdown"


# ---- the fixtures


def spell(call: Call) -> str:
    """A Call as the fixtures show it."""
    return f"⟦{' '.join([call.name, *call.args, *(f'{key}={value}' for key, value in call.options)])}⟧"


def shown(parts: tuple[Part, ...]) -> str:
    return fill_parts(parts, spell).rstrip("\n")


def render_case(name: str, title: str, source: str) -> str:
    """What a fixture file of that name expects to see of a case."""
    body, problems = parse(source, path="a.md", html="[html]" in title, where="email" if "[email]" in title else "page")
    if name == "problems":
        return "\n\n".join(str(problem) for problem in problems)
    assert not [problem for problem in problems if problem.level == "error"], problems
    if name == "gate":
        return f"{shown(body.public.html)}\n--- gate\n{shown(body.gate.html) if body.gate else '(none)'}"
    if name == "mail":
        return shown(body.public.mail)
    if name == "text":
        return shown(body.public.text)
    return shown(body.public.html)


def cases() -> Iterator[tuple[str, str, str, str]]:
    for path in sorted(HERE.glob("*.txt")):
        pieces = re.split(r"^\.\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for title, source, expected in zip(pieces[0::3], pieces[1::3], pieces[2::3], strict=False):
            yield path.stem, title.strip().splitlines()[-1], source.removesuffix("\n"), expected.removesuffix("\n")


@pytest.mark.parametrize(
    ("name", "title", "source", "expected"), [pytest.param(*case, id=f"{case[0]}: {case[1]}") for case in cases()]
)
def test_markdown_becomes_what_the_fixture_says(name: str, title: str, source: str, expected: str) -> None:
    assert render_case(name, title, source) == expected
