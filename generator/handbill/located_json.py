"""JSON that knows where each key stands.

The standard parser gives a line only for broken syntax. A design token that is wrong in meaning needs its line too, so
this reads RFC 8259 by hand, on the standard decoder of strings. YAML's parser would do (JSON is nearly YAML), but it
refuses the tabs that design tools indent with.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from typing import Any

Place = tuple[int, int]
"""(line, column), each from 1."""
Path = tuple[str, ...]

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS = (("true", True), ("false", False), ("null", None))
_DEEPEST, _LONGEST = 64, 300
_STANDARD = JSONDecoder()


class JSONError(ValueError):
    """The text is no JSON, or names one key twice. `what` is a full sentence."""

    def __init__(self, what: str, line: int, column: int) -> None:
        super().__init__(what)
        self.what, self.line, self.column = what, line, column


def read(text: str) -> tuple[Any, dict[Path, Place]]:
    """The value, and the place of every key by its path of keys (members of lists have none of their own).

    Raises JSONError.
    """
    reader = _Reader(text)
    value = reader.value(reader.skip(0), (), 0)
    if reader.end != len(text):
        raise reader.bad("Something follows the end of the JSON value.", reader.end)
    return value, reader.places


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.places: dict[Path, Place] = {}
        self.end = 0
        """Where the value read last ends, space after it skipped."""

    def skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        assert found
        return found.end()

    def bad(self, what: str, at: int) -> JSONError:
        return JSONError(what, self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at))

    def value(self, at: int, path: Path, depth: int) -> Any:
        text = self.text
        first = text[at : at + 1]
        if depth > _DEEPEST:
            raise self.bad("The JSON is nested too deeply.", at)
        if first == "{":
            return self.members(at, path, depth)
        if first == "[":
            return self.items(at, path, depth)
        if first == '"':
            return self.string(at)
        if found := _NUMBER.match(text, at):
            self.end = self.skip(found.end())
            if len(found[0]) > _LONGEST:
                raise self.bad("This number is too long.", at)
            return float(found[0]) if found[1] or found[2] else int(found[0])
        for word, meaning in _WORDS:
            if text.startswith(word, at):
                self.end = self.skip(at + len(word))
                return meaning
        raise self.bad("A value is missing here." if first else "The file ends too early.", at)

    def string(self, at: int) -> str:
        try:
            value, end = _STANDARD.raw_decode(self.text, at)
        except JSONDecodeError as error:
            raise self.bad("This text has no end, or a bare control character in it.", error.pos) from None
        self.end = self.skip(end)
        return str(value)

    def members(self, at: int, path: Path, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        at = self.skip(at + 1)
        while self.text[at : at + 1] != "}" or out:
            if self.text[at : at + 1] != '"':
                raise self.bad('A key in "double quotes" is missing here.', at)
            start, key = at, self.string(at)
            if key in out:
                raise self.bad(f"The key '{key}' is written twice.", start)
            self.places[*path, key] = (self.text.count("\n", 0, start) + 1, start - self.text.rfind("\n", 0, start))
            if self.text[self.end : self.end + 1] != ":":
                raise self.bad("A colon is missing here.", self.end)
            out[key] = self.value(self.skip(self.end + 1), (*path, key), depth + 1)
            at = self.end
            if self.text[at : at + 1] != ",":
                break
            at = self.skip(at + 1)
        self.close(at, "}")
        return out

    def items(self, at: int, path: Path, depth: int) -> list[Any]:
        out: list[Any] = []
        at = self.skip(at + 1)
        while self.text[at : at + 1] != "]" or out:
            out.append(self.value(at, (*path, str(len(out))), depth + 1))
            at = self.end
            if self.text[at : at + 1] != ",":
                break
            at = self.skip(at + 1)
        self.close(at, "]")
        return out

    def close(self, at: int, bracket: str) -> None:
        if self.text[at : at + 1] != bracket:
            raise self.bad(f"A comma or '{bracket}' is missing here.", at)
        self.end = self.skip(at + 1)
