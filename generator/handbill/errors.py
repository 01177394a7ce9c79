"""Every error that a person can mend, and what it carries.

    HandbillError                  all of ours; anything else is a bug and keeps its traceback
     ├─ ProblemsFound   exit 1     the content or the theme is wrong; carries every Problem of the run
     ├─ UsageError      exit 2     the command was typed wrong
     └─ MachineError    exit 3     the disk, the rights or a missing tool stand in the way

A Problem says where (file:line:column), what is wrong, and how to mend it. All problems of all files are reported in
one run, because mending one and running again, thirty times, is how people learn to hate a tool.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

_UNSEEN = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), "\ufffd")
"""Control characters, which binary junk is full of and a terminal would obey."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, where it is, and how to mend it. Sorts by place."""

    path: str
    """Relative to the project, with forward slashes: `content/drops/lamp.md`."""
    line: int
    """Counted from 1; 0 when the whole file is meant."""
    column: int
    """Counted from 1, in characters; 0 when the whole line is meant."""
    what: str
    """A full sentence: `'free' is not a price.`"""
    fix: str = ""
    """The action, as full sentences: `Write an amount and a currency, such as 45 EUR.`"""
    level: Literal["error", "warning", "advice"] = "error"
    """An error stops a build; a warning is told by it; advice is for those who ask for it: `handbill theme check`."""
    excerpt: str = ""
    """The line itself, without its end."""
    width: int = 1
    """How many characters the caret underlines."""

    def __str__(self) -> str:
        place = self.path
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        word = "" if self.level == "error" else f"{self.level}: "
        out = [f"{place}: {word}{self.what}"]
        if self.excerpt.strip():
            shown, column = _shorten(self.excerpt.translate(_UNSEEN), self.column)
            out.append(f"    {shown}")
            if column:
                out.append("    " + " " * (column - 1) + "^" * max(1, min(self.width, len(shown) - column + 1)))
        if self.fix:
            out.append(f"  {self.fix}")
        return "\n".join(out)

    def with_excerpt(self, text: str) -> Problem:
        """The same problem, carrying its own line of `text` (the whole file)."""
        lines = text.splitlines()
        if 0 < self.line <= len(lines):
            return replace(self, excerpt=lines[self.line - 1].replace("\t", " "))
        return self


def _shorten(line: str, column: int, most: int = 100) -> tuple[str, int]:
    """A long line is cut around the column, so that the caret stays under what it points at."""
    if len(line) <= most:
        return line.rstrip(), column
    start = max(0, min(column - most // 2, len(line) - most))
    cut = line[start : start + most].rstrip()
    head = "…" if start else ""
    return head + cut[len(head) :] + "…", (column - start if column else 0)


class HandbillError(Exception):
    """Something a person can mend. The message is written for that person."""

    exit_code: ClassVar[int] = 1


class ProblemsFound(HandbillError):
    """The input is wrong. Nothing was written: the last good output stands."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n\n".join(str(problem) for problem in self.problems))


class UsageError(HandbillError):
    """The command was typed wrong."""

    exit_code: ClassVar[int] = 2


class MachineError(HandbillError):
    """The disk is full, a folder is read-only, a tool is missing."""

    exit_code: ClassVar[int] = 3
