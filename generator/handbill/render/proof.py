"""Takes down what is wrong with a text, and finds the place in the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from handbill.errors import Problem


class Proof:
    """Takes down what is wrong, and where. Lines come counted from 0 in the text that Markdown read."""

    def __init__(self, path: str, source: str, first: int, shifts: Sequence[tuple[int, int]]) -> None:
        """`source` is the text before its shortcodes were taken out; its first line is `first` in its file. `shifts` is
        what `shortcodes.scan` says of lines lost."""
        self.problems: list[Problem] = []
        self._path = path
        self._source = source
        self._lines: list[str] | None = None
        self._shown = 0, ""
        self._first = first
        self._shifts = shifts
        self._stretches: Sequence[tuple[int, int]] = ()

    def line(self, line: int) -> int:
        """The line in the file."""
        if self._stretches:
            line += _last_before(self._stretches, line)
        return self._first + line + _last_before(self._shifts, line)

    def of_stretches(self, starts: Sequence[tuple[int, int]]) -> Proof:
        """The same, for a text made of stretches of this one: (first line in the new text, lines to add) of each."""
        proof = Proof(self._path, self._source, self._first, self._shifts)
        proof.problems = self.problems
        proof._stretches = starts
        return proof

    def report(
        self, line: int, what: str, fix: str, *, needle: str = "", level: Literal["error", "warning"] = "error"
    ) -> None:
        """Something wrong at a line; the caret points at `needle` where the line holds it."""
        where = self.line(line)
        column = self._text(where).find(needle) + 1 if needle else 0
        self.report_at(where, column, what, fix, width=len(needle) if column else 1, level=level)

    def report_at(
        self,
        line: int,
        column: int,
        what: str,
        fix: str,
        *,
        width: int = 1,
        level: Literal["error", "warning"] = "error",
    ) -> None:
        """Something wrong at a line of the file."""
        if self._shown[0] != line:  # one copy of a line, however much is wrong with it
            self._shown = line, self._text(line).replace("\t", " ")
        shown = self._shown[1]
        self.problems.append(Problem(self._path, line, column, what, fix, level, shown, max(1, width)))

    def _text(self, line: int) -> str:
        if self._lines is None:
            self._lines = self._source.split("\n")
        at = line - self._first
        return self._lines[at] if 0 <= at < len(self._lines) else ""


def _last_before(steps: Sequence[tuple[int, int]], line: int) -> int:
    """What the last step at or before `line` says; 0 before the first."""
    found = 0
    for start, value in steps:
        if line < start:
            break
        found = value
    return found
