"""The plain-text part: what a careful person would type, never a page with its tags rubbed off.

A `Plain` is told block after block (a paragraph, a heading, a list opens, an item opens) and gives one text, wrapped at
72 columns, without any Markdown left in it:

- headings underlined, lists with hanging indents, quotations behind `> `, code four columns in, tables as columns, or
  as `label: value` lines where they would be too wide;
- a link's words stand in the sentence as they are; below the block come `words:` and the URL on a line of its own, so
  that no wrapping breaks it. The same URL is written once. A link whose words are its URL is not written twice;
- emphasis leaves no mark. Struck words stand between single tildes: read without a mark they would say the opposite.

Columns are columns of a screen: East Asian wide characters count two, combining marks none, so tables stay straight in
any script. Chinese and Japanese may break between any two characters but not before a closing mark; all else breaks at
spaces only, never at a no-break space.

A shortcode still to be filled stands in the text as a mark (see shortcodes). It is one word that is never broken; how
wide it will be is a guess that the shortcode's Spec makes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple
from unicodedata import category, east_asian_width

from handbill.render.shortcodes import MARK, OPEN

WIDTH = 72
"""Columns of a line. RFC 3676 advises 78 at most; 72 leaves room for a reply's `> > `."""

HARD = "\x93"
"""Stands in a text for a line break that the author wrote. A line break of the source alone is `\\n`."""

Link = tuple[str, str]
"""(words, where to): both plain text that may hold marks."""

_CJK = "\u2e80-\u303f\u3040-\u312f\u31a0-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\U00020000-\U0003ffff"
_FIRST_CJK = _CJK[0]
_CLOSING = "、。，．・：；？！゛゜ヽヾゝゞ々ー）〕］｝〉》」』】〗〙〟…‥ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
_OPENING = "（〔［｛〈《「『【〖〘〝"
_ONE_COLUMN = re.compile("[\x00-\u02ff\u0370-\u0482\u048a-\u058f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]*")
_SPACES = re.compile("[ \t\n]+")


class _Cjk(NamedTuple):
    """Patterns for scripts that are written without spaces. Slow to compile, so only for those who need them."""

    some: re.Pattern[str]
    between: re.Pattern[str]
    units: re.Pattern[str]


@cache
def _cjk() -> _Cjk:
    return _Cjk(
        re.compile(f"[{_CJK}]"),
        re.compile(f"(?<=[{_CJK}])\n(?=[{_CJK}])"),
        re.compile(f"[{_OPENING}]*(?:[^{_CJK}]+|[{_CJK}])[{_CLOSING}]*|[{_OPENING}]+"),
    )


def _units(word: str) -> Sequence[str]:
    """Where a line may break inside a word."""
    if not word or max(word) < _FIRST_CJK or not _cjk().some.search(word):
        return (word,)
    return _cjk().units.findall(word)


def columns(text: str) -> int:
    """How many columns of a screen `text` fills, as far as anybody can tell: fonts differ over emoji."""
    if text.isascii() or _ONE_COLUMN.fullmatch(text):
        return len(text)
    total = 0
    joined = False
    for char in text:
        if joined:  # what a zero-width joiner ties on is drawn in the place of what came before
            joined = False
            continue
        if char == "\u200d":
            joined = True
        elif category(char) in ("Mn", "Me", "Cf") or "\U0001f3fb" <= char <= "\U0001f3ff":
            continue
        else:
            total += 2 if east_asian_width(char) in "WF" else 1
    return total


def tidy(text: str) -> str:
    """One line: line breaks of the source are spaces (nothing between two Chinese or Japanese characters)."""
    if text.isascii():
        return " ".join(text.split())
    text = text.replace(HARD, " ")
    if "\n" in text:
        text = _cjk().between.sub("", text) if max(text) >= _FIRST_CJK else text
    return _SPACES.sub(" ", text).strip(" ")


def wrap(text: str, width: int, measure: Callable[[str], int] = columns) -> list[str]:
    """`text` in lines of at most `width` columns, broken at spaces; a longer word has a line of its own.

    Joined by spaces the lines give the text back, except that Chinese and Japanese are broken without one.
    """
    if HARD in text:
        return [line for piece in text.split(HARD) for line in wrap(piece, width, measure)]
    text = tidy(text)
    if len(text) * 2 <= width and OPEN not in text:
        return [text]
    if OPEN not in text and (text.isascii() or _ONE_COLUMN.fullmatch(text)):
        return _wrap_simple(text, width)
    return _wrap_measured(text, width, measure)


def _wrap_simple(text: str, width: int) -> list[str]:
    """Where every character is one column: look for the last space that fits, line by line."""
    lines = []
    start, end = 0, len(text)
    while end - start > width:
        space = text.rfind(" ", start, start + width + 1)
        if space < 0:
            space = text.find(" ", start + width)
            if space < 0:
                break
        lines.append(text[start:space])
        start = space + 1
    lines.append(text[start:])
    return lines


def _wrap_measured(text: str, width: int, measure: Callable[[str], int]) -> list[str]:
    lines: list[str] = []
    line = ""
    filled = 0
    for word in text.split(" "):
        glue = " " if line else ""
        for unit in _units(word):
            wide = measure(unit)
            if line and filled + len(glue) + wide > width:
                lines.append(line)
                line, filled, glue = "", 0, ""
            line += glue + unit
            filled += len(glue) + wide
            glue = ""
    lines.append(line)
    return lines


class Plain:
    """A plain text in the making: told block by block, in order; `finish` gives it.

    `mark_width` says how many columns the shortcode of that number is likely to fill.
    """

    def __init__(self, mark_width: Callable[[int], int], width: int = WIDTH) -> None:
        self._mark_width = mark_width
        self._width = width
        self._lines: list[str] = []
        self._gap = False
        """An empty line is due before the next block."""
        self._first: str | None = None
        """What the next line starts with, where that is not `_rest`: a list marker not yet written."""
        self._rest = ""
        """What every further line starts with."""
        self._around: list[tuple[str | None, str]] = []
        self._tight: list[bool] = []
        self._numbers: list[int | None] = []
        self._seen: set[str] = set()

    # ---- blocks

    def paragraph(self, text: str, links: Sequence[Link] = (), *, alone: bool = False) -> None:
        """Words, then the links that stand in them. `alone`: the one link is all there is."""
        tight = bool(self._tight) and self._tight[-1]
        if alone and links and links[0][1] not in self._seen:
            self.links(links, tight=True)
            return
        if text.strip():
            self._put(wrap(text, self._room(), self._measure))
        if links:
            self.links(links, tight=tight)

    def heading(self, level: int, text: str, links: Sequence[Link] = ()) -> None:
        """Words underlined: `=` below a title, `-` below a heading, dots below a smaller one."""
        lines = wrap(text, self._room(), self._measure)
        under = {1: "=", 2: "-"}.get(level, ".")
        longest = max(self._measure(line) for line in lines)
        if longest:
            self._put([*lines, under * min(longest, self._room())])
        if links:
            self.links(links)

    def block(self, text: str) -> None:
        """A shortcode that is a block of its own: a line as it stands."""
        self._put([text])

    def code(self, text: str) -> None:
        """Four columns in, line by line as it stands."""
        self._put(["    " + line if line else "" for line in text.rstrip("\n").split("\n")])

    def rule(self) -> None:
        """A line across."""
        self._put(["-" * min(40, self._room())])

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], aligns: Sequence[str], links: Sequence[Link] = ()
    ) -> None:
        """Columns below their headings; `aligns` is `right`, `center` or anything else for each."""
        cells = [[tidy(cell) for cell in row] for row in (head, *rows)]
        widths = [max(columns(row[i]) for row in cells) for i in range(len(head))]
        marked = any(OPEN in cell for row in cells for cell in row)
        if marked or sum(widths) + 2 * (len(widths) - 1) > self._room():
            self._records(cells)
        else:
            lines = [self._row(row, widths, aligns) for row in cells]
            if any(cells[0]):
                lines.insert(1, "  ".join("-" * wide for wide in widths))
            else:
                del lines[0]
            self._put(lines)
        if links:
            self.links(links)

    def links(self, links: Sequence[Link], *, tight: bool = False) -> None:
        """`words:` and the URL below, for each that was not written before."""
        lines: list[str] = []
        for words, target in links:
            if target in self._seen:
                continue
            self._seen.add(target)
            label = tidy(words).rstrip(":")
            if label and label != target:
                lines += wrap(label + ":", self._room(), self._measure)
            lines.append(target)
        if lines:
            if tight:
                self._gap = self._gap and not self._tight
            self._put(lines)

    def seen(self, target: str) -> None:
        """`target` stands in a sentence already."""
        self._seen.add(target)

    # ---- what holds blocks

    def open_quote(self) -> None:
        self._push("> ", "> ")
        self._tight.append(False)

    def close_quote(self) -> None:
        self._tight.pop()
        self._pop(keep=False)

    def open_list(self, *, start: int | None = None, tight: bool = False) -> None:
        """A list; `start` is the first number of a numbered one; `tight` puts its items close together."""
        if self._tight and self._tight[-1]:
            self._gap = False
        self._tight.append(tight)
        self._numbers.append(start)

    def close_list(self) -> None:
        self._tight.pop()
        self._numbers.pop()
        self._gap = True

    def open_item(self) -> None:
        number = self._numbers[-1]
        marker = "- " if number is None else f"{number}. "
        if number is not None:
            self._numbers[-1] = number + 1
        self._push(marker, " " * len(marker))

    def close_item(self) -> None:
        self._pop(keep=True)
        self._gap = not self._tight[-1]

    def open_note(self, number: int) -> None:
        """A footnote, behind its number."""
        marker = f"[{number}] "
        self._push(marker, " " * len(marker))
        self._tight.append(True)

    def close_note(self) -> None:
        self._tight.pop()
        self._pop(keep=True)

    def finish(self) -> str:
        """The text, without a line break at its end."""
        return "\n".join(self._lines)

    # ---- inside

    def _room(self) -> int:
        return max(20, self._width - len(self._rest))

    def _measure(self, text: str) -> int:
        if OPEN not in text:
            return columns(text)
        pieces = MARK.split(text)
        return sum(columns(piece) for piece in pieces[::2]) + sum(self._mark_width(int(n)) for n in pieces[1::2])

    def _put(self, lines: Sequence[str]) -> None:
        self._flush()
        out, rest = self._lines, self._rest
        for line in lines:
            if self._first is not None:
                line, self._first = self._first + line, None
            else:
                line = rest + line
            out.append(line.rstrip(" ") if line[-1:] == " " else line)
        self._gap = True

    def _flush(self) -> None:
        if self._gap:
            self._lines.append(self._rest.rstrip(" "))
            self._gap = False

    def _push(self, first: str, rest: str) -> None:
        self._flush()
        self._around.append((self._first, self._rest))
        self._first = (self._rest if self._first is None else self._first) + first
        self._rest += rest

    def _pop(self, *, keep: bool) -> None:
        first, rest = self._around.pop()
        if self._first is not None:  # nothing was written in it
            if keep:
                self._put([""])
            else:
                self._first = first
        self._rest = rest

    def _row(self, row: Sequence[str], widths: Sequence[int], aligns: Sequence[str]) -> str:
        out = []
        for cell, wide, align in zip(row, widths, aligns, strict=True):
            space = wide - columns(cell)
            left = space if align == "right" else space // 2 if align == "center" else 0
            out.append(" " * left + cell + " " * (space - left))
        return "  ".join(out).rstrip(" ")

    def _records(self, cells: Sequence[Sequence[str]]) -> None:
        """A table too wide for its columns: each row as `label: value` lines."""
        head, *rows = cells
        for row in rows or [head]:
            lines: list[str] = []
            for label, cell in zip(head, row, strict=True):
                if not cell:
                    continue
                text = f"{label.rstrip(':')}: {cell}" if label and rows else cell
                first, *more = wrap(text, self._room() - 2, self._measure)
                lines += [first, *("  " + line for line in more)]
            if lines:
                self._put(lines)


class Silent(Plain):
    """Is told the same and writes nothing: for words that nobody will read as plain text."""

    def paragraph(self, text: str, links: Sequence[Link] = (), *, alone: bool = False) -> None:
        pass

    def heading(self, level: int, text: str, links: Sequence[Link] = ()) -> None:
        pass

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], aligns: Sequence[str], links: Sequence[Link] = ()
    ) -> None:
        pass

    def open_item(self) -> None:
        pass

    def close_item(self) -> None:
        pass

    def _put(self, lines: Sequence[str]) -> None:
        pass
