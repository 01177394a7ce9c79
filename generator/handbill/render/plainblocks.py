"""Blocks in their plainest form, known by one pattern instead of by asking every rule of Markdown line by line.

A paragraph, a heading, a list, a quotation or a table that stands at the left margin between empty lines, holds nothing
but words and has no line that could begin anything else, can mean one thing only. Nearly all that people write is of
that kind, and it is a quarter of the work of a cold build. What is not of that kind is left to the rules of
markdown-it, and that both say the same is tested with hypothesis.

The tokens are those of markdown-it, but that a paragraph, a heading and a table are one token each: `paragraph` and
`heading` with their words as content, `table` with its cells as `meta["rows"]`, headings first, and `meta["aligns"]`.
"""

from __future__ import annotations

import re
from typing import Any, Protocol


class BlockState(Protocol):
    """What the rule uses of markdown-it's state."""

    src: str
    bMarks: list[int]  # noqa: N815 - theirs
    line: int
    level: int

    def push(self, ttype: str, tag: str, nesting: Any) -> Any: ...


_WORDS = r"(?:[^\s0-9#>*+=~`<\[:{|_-]|\*{1,2}(?=[^\W\d_]))[^\n]*"
"""A line of words: it begins no other block, whatever stands above it."""
_ROW = r"\|[^\n\\`]*\|"
_PLAIN = re.compile(
    rf"""(?:(?P<paragraph>{_WORDS}(?:\n{_WORDS})*+)(?=\n\n|\n?\Z)
    |(?P<heading>\#{{1,6}}[ ](?:[^\W_]|\*)[^\n\#]*)(?=\n\n|\n?\Z)
    |(?P<quote>>[ ]{_WORDS}(?:\n>[ ]{_WORDS})*+)(?=\n\n|\n?\Z)
    |(?P<bullets>-[ ]{_WORDS}(?:\n-[ ]{_WORDS})*+)(?=\n?\Z|\n\n++(?![\s*+0-9-]))
    |(?P<numbers>1\.[ ]{_WORDS}(?:\n[0-9]{{1,9}}\.[ ]{_WORDS})*+)(?=\n?\Z|\n\n++(?![\s*+0-9-]))
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
    text = "" if found is None else found.group()
    if found is None or "::" in text:  # it may be meant for a gate
        return False
    lines = text.split("\n")
    kind = found.lastgroup
    if kind == "paragraph":
        _paragraph(state, text, start, len(lines))
    elif kind == "heading":
        marks, _, words = text.partition(" ")
        token = state.push("heading", f"h{len(marks)}", 0)
        token.content, token.map = words, [start, start + 1]
    elif kind == "quote":
        _open(state, "blockquote", "blockquote", start, len(lines))
        _paragraph(state, "\n".join([line[2:] for line in lines]), start, len(lines))
        state.push("blockquote_close", "blockquote", -1)
    elif kind == "table":
        return _table(state, lines, start)
    else:
        name, tag = ("bullet_list", "ul") if kind == "bullets" else ("ordered_list", "ol")
        _open(state, name, tag, start, len(lines))
        for number, line in enumerate(lines, start):
            _open(state, "list_item", "li", number, 1)
            _paragraph(state, line.partition(" ")[2], number, 1).hidden = True
            state.push("list_item_close", "li", -1)
        state.push(f"{name}_close", tag, -1)
    state.line = start + len(lines)
    return True


def _open(state: BlockState, name: str, tag: str, start: int, lines: int) -> None:
    state.push(f"{name}_open", tag, 1).map = [start, start + lines]


def _paragraph(state: BlockState, words: str, start: int, lines: int) -> Any:
    token = state.push("paragraph", "p", 0)
    token.content, token.map = words, [start, start + lines]
    return token


_ALIGNS = {(False, False): "", (True, False): "left", (False, True): "right", (True, True): "center"}


def _table(state: BlockState, lines: list[str], start: int) -> bool:
    cells = [[cell.strip(" \t") for cell in line[1:-1].split("|")] for line in lines]
    rule = cells.pop(1)
    if any(len(row) != len(rule) for row in cells):
        return False
    token = state.push("table", "table", 0)
    token.map = [start, start + len(lines)]
    token.meta["rows"] = cells
    token.meta["aligns"] = [_ALIGNS[mark[0] == ":", mark[-1] == ":"] for mark in rule]
    state.line = start + len(lines)
    return True
