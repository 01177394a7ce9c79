"""Says in plain words why a text is not YAML.

The parser knows where it stopped; what the writer meant stands in the line itself. So most of what follows looks at the
line, and takes from the parser's own message only which rule was broken (its wording differs between libyaml and the
parser in Python, and is never shown).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml


class Fault(NamedTuple):
    """Where (counted from 0), what is wrong, and how to mend it."""

    line: int
    column: int
    what: str
    fix: str
    width: int = 1


def shown(text: str, most: int = 40) -> str:
    """A text as it is quoted in a message: in single quotes, cut where it is long.

    >>> shown("free"), shown("it's")
    ("'free'", "'it's'")
    """
    text = " ".join(text.split())
    return f"'{text}'" if len(text) <= most else f"'{text[: most - 1]}…'"


def quoted(value: str) -> str:
    """A text in the quotes that need the fewest changes to it."""
    if '"' not in value and "\\" not in value:
        return f'"{value}"'
    if "'" not in value:
        return f"'{value}'"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


_FIELD = re.compile(r"(\s*(?:- +)*)([^\s#:\"'\[{][^:\"]*?)\s*:(?:[ \t]+(.*))?")
_COMMENT = re.compile(r"\s#.*")


def requoted(line: str) -> str:
    """The field on this line with its whole value in quotes: `title: "Lamp: the third"`. Empty where there is none."""
    field = _FIELD.fullmatch(line.rstrip())
    value = _COMMENT.sub("", field[3]).strip() if field and field[3] else ""
    if re.fullmatch(r"(['\"])(?!.*['\"]\s*,).*\1", value):
        value = value[1:-1]  # the quotes were meant as such, and one more stands between them
    return f"{field[2]}: {quoted(value)}" if field and value else ""


def diagnose(text: str, error: yaml.YAMLError) -> Fault:
    """What `error`, which reading `text` raised, means to the person who wrote it."""
    lines = text.split("\n")
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _unreadable(lines)
    line = min(mark.line, len(lines) - 1)
    while line and not lines[line].strip():  # the parser may notice only at the end; the fault is above
        line -= 1
    return _explain(lines, line, mark, error)


def _unreadable(lines: list[str]) -> Fault:
    for number, line in enumerate(lines):
        found = re.search("[^\t\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", line)
        if found:
            what = f"The text holds a control character (U+{ord(found[0]):04X})."
            return Fault(number, found.start(), what, "Remove it: nobody could see it.")
    return Fault(0, 0, "This is not YAML.", _PLAIN)


_PLAIN = "Write one field a line, as `name: value`; a text with : # [ ] { } in it goes into quotes."


def _explain(lines: list[str], line: int, mark: Any, error: Any) -> Fault:
    problem, context, start = error.problem or "", error.context or "", error.context_mark
    text = lines[line]
    column = mark.column if mark.line == line else max(0, len(text) - 1)
    indent = text[: len(text) - len(text.lstrip())]
    if "\t" in indent:
        at = text.index("\t")
        what = "A tab stands at the start of this line, where YAML wants spaces."
        return Fault(line, at, what, "Replace each tab by two spaces.", len(indent) - at)
    if "end of stream" in problem and "quoted" in context:
        return _open_quote(lines, start)
    if "escape" in problem or "hexdecimal" in problem:
        what = "A backslash inside double quotes begins a code, and this one is unknown."
        return Fault(
            line, max(0, text.rfind("\\", 0, column + 1)), what, "Use single quotes, or write two backslashes.", 2
        )
    if any(word in context for word in ("an alias", "an anchor", "a tag", "directive", "a block scalar")):
        return _needs_quotes(lines, start.line, start.column)
    if "cannot start any token" in problem:
        return _needs_quotes(lines, line, column)
    if "sequence entries" in problem:
        what = "A list begins on the line below its name; a text that begins with a dash must be in quotes."
        return Fault(line, column, what, _write(requoted(text)) or _PLAIN)
    if "mapping values" in problem:
        return _second_colon(lines, line, column)
    if "expected ':'" in problem:
        return no_colon(lines, start.line)
    if "flow" in context:
        return _open_bracket(lines, line)
    before = text[:column].rstrip()
    if before and _FIELD.fullmatch(before) and before.endswith(('"', "'", "]", "}")):
        what = f"The text goes on after {before[-1]}, where YAML sees its end."
        return Fault(line, column, what, _write(requoted(text)) or _PLAIN, len(text.rstrip()) - column)
    if "expected" in problem and text.strip() and not text.lstrip().startswith(":"):
        return _indented(lines, line)
    return Fault(line, column, "This line is not YAML.", _PLAIN)


def _write(line: str) -> str:
    return f"Write {line}" if line else ""


def _needs_quotes(lines: list[str], line: int, column: int) -> Fault:
    text = lines[line]
    sign = text[column] if column < len(text) else ""
    if sign == "\t":
        what = "A tab stands here, where YAML wants a space."
        return Fault(line, column, what, "Replace it by a space.")
    what = f"A text that begins with {sign} must be in quotes: the sign has a meaning of its own in YAML."
    if sign in "|>":
        what = f"After {sign} the text begins on the next line; a text that begins with {sign} must be in quotes."
    return Fault(line, column, what, _write(requoted(text)) or _PLAIN)


def _open_quote(lines: list[str], start: Any) -> Fault:
    sign, rest = lines[start.line][start.column], lines[start.line][start.column + 1 :].rstrip()
    fix = f"Close it with {sign} at the end of the text."
    if sign == "'" and rest:
        fix = f"Close it with ' at its end; if the sign belongs to the text, write {quoted(sign + rest)}."
    return Fault(start.line, start.column, "This quote is never closed.", fix, len(rest) + 1)


def _second_colon(lines: list[str], line: int, column: int) -> Fault:
    text = lines[line]
    field = _FIELD.fullmatch(text.rstrip())
    if field and field[3] and len(field[1] + field[2]) < column:
        what = "A text with a colon and a space in it must be in quotes."
        return Fault(line, column, what, _write(requoted(text)) or _PLAIN)
    above = line - 1
    while above > 0 and not lines[above].strip():
        above -= 1
    if above >= 0 and line:
        if not _FIELD.fullmatch(lines[above].rstrip()):
            return no_colon(lines, above)
        return _indented(lines, line)
    return Fault(line, column, "This line is not YAML.", _PLAIN)


def no_colon(lines: list[str], line: int) -> Fault:
    """The line should be a field and has no colon, or no space after it."""
    text = lines[line].rstrip()
    content = text.lstrip(" -")
    at = len(text) - len(content)
    name, colon, value = content.partition(":")
    if colon and value and re.fullmatch(r"[\w-]+", name):
        what = "A space is missing after the colon."
        return Fault(line, at + len(name), what, f"Write {name}: {value.strip()}")
    word, _, rest = content.partition(" ")
    fix = "Write a name, a colon and a space before it, as in `title: Lamp`."
    if rest and re.fullmatch(r"[a-z][a-z_A-Z]*", word):
        fix = f"Write {word}: {rest.strip()}"
    return Fault(line, at, f"{shown(content)} is no field: it has no colon.", fix, len(content))


def _open_bracket(lines: list[str], line: int) -> Fault:
    """The innermost bracket that is still open where the parser gave up."""
    opened: list[tuple[int, int]] = []
    for number in range(line + 1):
        for column, sign in enumerate(lines[number]):
            if sign in "[{":
                opened.append((number, column))
            elif sign in "]}" and opened:
                opened.pop()
    if not opened:
        return Fault(line, 0, "A bracket, a brace or a comma is missing in this line.", _PLAIN)
    number, column = opened[-1]
    sign, closing, noun = ("[", "]", "list") if lines[number][column] == "[" else ("{", "}", "map")
    fix = f"Close it with {closing}, with commas between its parts; a text that begins with {sign} goes into quotes."
    return Fault(number, column, f"The {noun} that begins here is never closed.", fix)


def _indented(lines: list[str], line: int) -> Fault:
    text = lines[line]
    column = len(text) - len(text.lstrip())
    what = "This line is indented unlike the lines it belongs to."
    return Fault(line, column, what, "Begin it in the same column as they do.", len(text.strip()))
