"""Divides a text file into its front matter and its words.

Front matter is YAML between two lines of three hyphens. TOML and JSON are told from it and refused, with their fields
rewritten as YAML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from handbill.errors import Problem
from handbill.model import Source
from handbill.textfile import text_of
from handbill.yaml import Document, dump, read


@dataclass(slots=True)
class Front:
    """A text file, divided."""

    document: Document
    """The front matter; empty where there is none or it could not be read."""
    body: str = ""
    """What stands below it, lines ending in LF."""
    body_line: int = 1
    """Line of the file on which the body begins."""
    problems: list[Problem] = field(default_factory=list)
    """What is wrong with the file, its front matter's YAML included."""


def split(source: Source, *, required: bool = True) -> Front:
    """The two halves of `source`. Never raises: what is wrong is in `problems`.

    `required=False` for files that may do without front matter, such as the words of an e-mail.
    """
    problems: list[Problem] = []
    text = text_of(source, problems)
    front = Front(Document(source.path, "", 2), problems=problems)
    if text is None:
        return front
    opening = re.match(r"(?:[ \t]*\n)*(-{3}|\+{3})[ \t]*(?:\n|\Z)", text)
    if opening is None:
        if re.match(r"\s*\{\s*[\"}]", text):
            problems.append(_json(source, text))
        elif required:
            fix = "Begin it with a line of three hyphens, then fields such as `title: Lamp`, then the hyphens again."
            problems.append(Problem(source.path, 1, 0, "The file has no front matter.", fix))
        else:
            front.body = text
        return front
    first = text.count("\n", 0, opening.end()) + 1
    if opening[1] == "+++":
        problems.append(_toml(source, text[opening.end() :], first - 1))
        return front
    closing = _CLOSING.search(text, opening.end() - 1)
    if closing is None:
        line = text.split("\n")[first - 2]
        fix = "Write three hyphens on a line of their own below the last field."
        what = "The front matter that begins here never ends."
        problems.append(Problem(source.path, first - 1, 1, what, fix, "error", line, 3))
        return front
    front.document = read(text[opening.end() : closing.start() + 1], source.path, first)
    problems.extend(front.document.problems)
    front.body = text[closing.end() :]
    front.body_line = text.count("\n", 0, closing.end()) + 1
    return front


_CLOSING = re.compile(r"\n(?:-{3}|\.{3})[ \t]*(?:\n|\Z)")


def _toml(source: Source, text: str, line: int) -> Problem:
    import tomllib

    what = "This front matter is TOML, and handbill reads YAML."
    closing = re.search(r"^\+{3}[ \t]*$", text, re.MULTILINE)
    try:
        fields = tomllib.loads(text[: closing.start()] if closing else text)
    except (tomllib.TOMLDecodeError, RecursionError):
        fields = {}
    return _rewritten(source, line, what, fields, "+++")


def _json(source: Source, text: str) -> Problem:
    import json

    line = text[: len(text) - len(text.lstrip())].count("\n") + 1
    try:
        fields, _ = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        fields = {}
    return _rewritten(source, line, "This front matter is JSON, and handbill reads YAML.", fields, "{")


def _rewritten(source: Source, line: int, what: str, fields: object, shown: str) -> Problem:
    if isinstance(fields, dict) and fields:
        yaml = "\n".join(f"    {line}".rstrip() for line in f"---\n{dump(fields)}---".split("\n"))
        fix = f"Write instead:\n{yaml}"
    else:
        fix = "Write one field a line between two lines of three hyphens, as in `title: Lamp`."
    return Problem(source.path, line, 1, what, fix, "error", shown, len(shown))
