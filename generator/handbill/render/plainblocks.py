"""Blocks in their plainest form, known by one pattern instead of by asking every rule of Markdown line by line.

A paragraph, a heading, a list, a quotation or a table that stands at the left margin between empty lines, holds nothing
but words and has no line that could begin anything else, can mean one thing only. Nearly all that people write is of
that kind, and it is a quarter of the work of a cold build. What is not of that kind is left to the rules of
markdown-it, and that both say the same is tested with hypothesis.

The tokens are not those of markdown-it: each such block is one. `paragraph`, `heading` and `quote` have their words as
content, `bullets` and `numbers` those of each item in `meta["items"]`, `table` its cells in `meta["rows"]`, headings
first, and `meta["aligns"]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

Make = Callable[[str, str, Any], Any]
"""Makes a token: of its type, tag and nesting."""


class BlockState(Protocol):
    """What the rule uses of markdown-it's state."""

    src: str
    bMarks: list[int]  # noqa: N815 - theirs
    line: int
    level: int

    def push(self, ttype: str, tag: str, nesting: Any) -> Any: ...


_WORDS = r"(?:[^\s0-9#>*+=~`<\[:{|_-]|\*{1,2}(?=[^\W\d_])|\[(?!\^)[^\[\]\\\n]+\]\()[^\n]*"
"""A line of words: it begins no other block, whatever stands above it."""
_ROW = r"\|[^\n\\`]*\|"
_PLAIN = re.compile(
    rf"""(?:(?P<paragraph>{_WORDS}(?:\n{_WORDS})*+)(?=\n\n|\n?\Z)
    |(?P<heading>\#{{1,6}}[ ](?:[^\W_]|\*)[^\n\#]*)(?=\n\n|\n?\Z)
    |(?P<quote>>[ ]{_WORDS}(?:\n>[ ]{_WORDS})*+)(?=\n\n|\n?\Z)
    |(?P<bullets>-[ ]{_WORDS}(?:\n-[ ]{_WORDS})*+)(?=\n?\Z|\n\n++(?!\s|[*+-](?:\s|\Z)|[0-9]))
    |(?P<numbers>1\.[ ]{_WORDS}(?:\n[0-9]{{1,9}}\.[ ]{_WORDS})*+)(?=\n?\Z|\n\n++(?!\s|[*+-](?:\s|\Z)|[0-9]))
    |(?P<table>{_ROW}\n\|(?:[ ]?:?-+:?[ ]?\|)+(?:\n{_ROW})*+)(?=\n\n|\n?\Z)
    )(?<=\S)""",
    re.VERBOSE,
)


def rule(state: BlockState, start: int, end: int, silent: bool) -> bool:
    """The block rule. It is for the text as a whole: within lists and quotations, and between the lines of a paragraph,
    it knows nothing."""
    if silent or state.level:
        return False
    found = _PLAIN.match(state.src, state.bMarks[start])
    if found is None or "::" in found.group():  # it may be meant for a gate
        return False
    token = _token(found, start, state.push)
    if token is None:
        return False
    state.line = token.map[1]
    return True


def read(text: str, make: Make) -> list[Any] | None:
    """The tokens of a text that holds nothing but such blocks; None of any other. Most texts are like that, and need no
    parser at all."""
    if "::" in text:
        return None
    tokens: list[Any] = []
    at = line = 0
    end = len(text)
    while True:
        while text.startswith("\n", at):
            at += 1
            line += 1
        if at >= end:
            return tokens
        found = _PLAIN.match(text, at)
        token = None if found is None else _token(found, line, make)
        if found is None or token is None:
            return None
        tokens.append(token)
        at, line = found.end(), token.map[1] - 1


_TAGS = {"paragraph": "p", "quote": "blockquote", "bullets": "ul", "numbers": "ol"}


def _token(found: re.Match[str], start: int, make: Make) -> Any:
    """The token of a block that begins at line `start`; None for a table whose rows are not of one length."""
    kind, text = found.lastgroup or "", found.group()
    if kind == "heading":
        marks, _, words = text.partition(" ")
        token = make("heading", f"h{len(marks)}", 0)
        token.content = words
    elif kind == "table":
        cells = [[cell.strip(" \t") for cell in line[1:-1].split("|")] for line in text.split("\n")]
        under = cells.pop(1)
        if any(len(row) != len(under) for row in cells):
            return None
        token = make("table", "table", 0)
        token.meta["rows"] = cells
        token.meta["aligns"] = [_ALIGNS[mark[0] == ":", mark[-1] == ":"] for mark in under]
    else:
        token = make(kind, _TAGS[kind], 0)
        if kind == "paragraph":
            token.content = text
        elif kind == "quote":
            token.content = text[2:].replace("\n> ", "\n")
        else:
            token.meta["items"] = [line.partition(" ")[2] for line in text.split("\n")]
    token.map = [start, start + 1 + text.count("\n")]
    return token


_ALIGNS = {(False, False): "", (True, False): "left", (False, True): "right", (True, True): "center"}
