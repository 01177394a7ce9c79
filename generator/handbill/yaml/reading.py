"""Reads YAML into plain values, and knows for each key where it stands.

Values are built straight from the C parser's events: PyYAML's own constructor would apply YAML 1.1 (where `no` is
false, `19:30` is 1170 and `012` is ten), lose every position, and take more than twice as long.

A plain scalar is what YAML 1.2's core schema says (https://yaml.org/spec/1.2.2/#103-core-schema): null, true, false, a
whole number or a number with a point; all else is text: `19:30`, `no`, `on`, `2026-12-04`. Two departures, both in
favour of what a person wrote:

- A number with a leading zero (`012`, `00351`) stays text: it is a postcode or a door code.
- A number with a point becomes a Decimal with its digits kept (`25.00`), never a float; `.inf` and `.nan` are refused.

Refused with a fix, because in a text file for people they are slips far more often than wishes: a key written twice,
anchors and aliases (`title: *Lamp*`), merge keys, tags (`!x`), keys that are lists or maps, a second document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple, NoReturn, cast

import yaml

from handbill.errors import Problem
from handbill.yaml.faults import Fault, diagnose, no_colon, quoted, requoted, shown

KeyPath = tuple[str | int, ...]
"""The way to a value: ("tickets", 0, "price")."""

DEEPEST = 24
"""Levels of nesting that are read. Nothing that handbill knows has more than five."""

_Parser = getattr(yaml, "CLoader", yaml.Loader)
"""libyaml where PyYAML was built with it, else the same grammar in Python, ten times slower."""


class Mark(NamedTuple):
    """A place in the file: line and column from 1 (column 0: the whole line), and how many characters it covers."""

    line: int
    column: int
    width: int


@dataclass(slots=True)
class Document:
    """A YAML text as values, with the place of each. Never raises: what is wrong is in `problems`."""

    path: str
    """Of the file, for its problems: `content/drops/lamp.md`."""
    text: str
    """The YAML alone, lines ending in a line feed."""
    first_line: int
    """Line of the file on which `text` begins: 2 below a `---`, else 1; 0 where there is no file at all."""
    values: dict[str, Any] = field(default_factory=dict)
    """Empty when the text could not be read. Text, int, Decimal, bool, None, list and dict (with text keys)."""
    problems: list[Problem] = field(default_factory=list)
    _places: dict[KeyPath, tuple[Any, Any]] | None = None

    @property
    def _events(self) -> dict[KeyPath, tuple[Any, Any]]:
        """Place → events of its key and its value. Nobody asks where all is well, so the text is read once more when
        somebody does."""
        if self._places is None:
            self._places = {}
            _fill(Document(self.path, self.text, self.first_line), self._places)
        return self._places

    def __contains__(self, place: KeyPath) -> bool:
        """True when the key is written."""
        return place in self._events

    def mark(self, place: KeyPath, on: Literal["key", "value"] = "value") -> Mark:
        """Where `place` stands, or the deepest part of it that is written. The file's head when none is."""
        whole = place
        while place and place not in self._events:
            place = place[:-1]
        if not place:
            return Mark(min(self.first_line, 1), 0, 0)
        key, value = self._events[place]
        scalar = isinstance(value, yaml.ScalarEvent)
        wanted = (
            key if key is not None and (on == "key" or (scalar and value.value == "" and not value.style)) else None
        )
        if wanted is None and not scalar and key is not None and value.start_mark.line != key.start_mark.line:
            # A block below its key: for the block itself the key says more than its first line does.
            wanted = key if whole == place else None
        return self._mark(wanted if wanted is not None else value)

    def problem(
        self,
        place: KeyPath,
        what: str,
        fix: str = "",
        *,
        level: Literal["error", "warning"] = "error",
        on: Literal["key", "value"] = "value",
    ) -> Problem:
        """A Problem at `place`, carrying its line."""
        mark = self.mark(place, on)
        return Problem(self.path, mark.line, mark.column, what, fix, level, self._line(mark), mark.width)

    def _mark(self, event: Any) -> Mark:
        start, end = event.start_mark, event.end_mark
        line = self.text.split("\n")[start.line].rstrip()
        if not isinstance(event, yaml.ScalarEvent):
            width = len(re.match(r"[^\s:,]*", line[start.column :])[0])  # type: ignore[index]  # matches at least ""
        elif start.line == end.line:
            width = end.column - start.column
        else:
            width = len(line) - start.column
        return Mark(start.line + self.first_line, start.column + 1, max(1, width))

    def _line(self, mark: Mark) -> str:
        if not mark.column:
            return ""
        return self.text.split("\n")[mark.line - self.first_line].replace("\t", " ")


class _StopError(Exception):
    """Reading cannot go on; the problem is noted already."""


def read(text: str, path: str, first_line: int = 1) -> Document:
    """The map that `text` holds; an empty text is an empty map. About 10 microseconds a line.

    `path` and `first_line` are for problems alone: where the text stands in its file.
    """
    # The three line breaks of YAML 1.1 that no editor shows as one; replaced in place, so that columns hold.
    for strange in ("\x85", "\u2028", "\u2029"):
        if strange in text:
            text = text.replace(strange, " ")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    document = Document(path, text, first_line)
    _fill(document, None)
    if document.problems:
        document.values, document.problems, document._places = {}, [], {}
        _fill(document, document._places)
    return document


def _fill(document: Document, events: dict[KeyPath, tuple[Any, Any]] | None) -> None:
    """Reads the text of `document` into its values, and where each stands into `events`."""
    try:
        _Reader(document, _Parser(document.text).get_event, events).whole()
    except yaml.YAMLError as error:
        _note(document, diagnose(document.text, error))
    except _StopError:
        pass


def _note(document: Document, fault: Fault) -> None:
    lines = document.text.split("\n")
    line = lines[fault.line].replace("\t", " ") if fault.line < len(lines) else ""
    number = fault.line + document.first_line
    document.problems.append(
        Problem(document.path, number, fault.column + 1, fault.what, fault.fix, "error", line, max(1, fault.width))
    )


class _Reader:
    """Turns events into values. One instance a document."""

    __slots__ = ("document", "events", "next")

    def __init__(
        self, document: Document, get_event: Callable[[], Any], events: dict[KeyPath, tuple[Any, Any]] | None
    ) -> None:
        """Without `events` no place is known: all is well, or something is noted and the text to be read again."""
        self.document = document
        self.events = events
        self.next = get_event

    def whole(self) -> None:
        self.next()  # the stream starts
        event: Any = self.next()
        if event.__class__ is yaml.StreamEndEvent:
            return
        event = self.next()
        if event.__class__ is yaml.AliasEvent or event.anchor or event.tag:
            self.refuse_decoration(event)
        if event.__class__ is yaml.MappingStartEvent:
            self.document.values = self.mapping((), 1)
        elif event.__class__ is not yaml.ScalarEvent or event.style or scalar(event.value) is not None:
            self.no_fields(event)
        self.next()  # the document ends
        event = self.next()
        if event.__class__ is not yaml.StreamEndEvent:
            self.stop(event, "A second document begins here.", "Keep one: remove the line `---`.")

    def mapping(self, place: KeyPath, depth: int) -> dict[str, Any]:
        # The inner loop of all reading: a scalar, which most values are, is dealt with here and not in `value`.
        events, get = self.events, self.next
        out: dict[str, Any] = {}
        while True:
            key_event = get()
            if key_event.__class__ is not yaml.ScalarEvent:
                if key_event.__class__ is yaml.MappingEndEvent:
                    return out
                self.refuse_key(key_event)
            key = key_event.value
            if key_event.anchor or key_event.tag or key[:1] in _NO_NAME:
                self.refuse_decoration(key_event)
            here = place
            event = get()
            if events is not None:
                here = (*place, key)
                if key in out:
                    self.refuse_twice(key_event, events[here])
                    self.value(event, (*place, key, "again"), depth)
                    continue
                events[here] = (key_event, event)
            elif key in out:
                self.stop(key_event, "It is written twice.", "")
            if event.__class__ is yaml.ScalarEvent and not event.anchor and not event.tag:
                text = event.value
                if event.style:
                    out[key] = text if text.isprintable() else self.checked(event)
                elif text[:1] in _SPECIAL:
                    out[key] = self.plain(event) if text else self.empty(event, key_event)
                else:
                    out[key] = text
            else:
                out[key] = self.value(event, here, depth)

    def sequence(self, place: KeyPath, depth: int) -> list[Any]:
        events, get = self.events, self.next
        out: list[Any] = []
        while True:
            event = get()
            if event.__class__ is yaml.SequenceEndEvent:
                return out
            here = place
            if events is not None:
                here = (*place, len(out))
                events[here] = (None, event)
            out.append(self.value(event, here, depth))

    def value(self, event: Any, place: KeyPath, depth: int) -> Any:
        kind = event.__class__
        if kind is yaml.AliasEvent or event.anchor or event.tag:
            self.refuse_decoration(event)
        if kind is yaml.ScalarEvent:
            if event.style:
                return event.value if event.value.isprintable() else self.checked(event)
            return self.plain(event)
        if depth >= DEEPEST:
            self.stop(event, f"This is nested more than {DEEPEST} levels deep.", "Write it flatter.")
        return self.mapping(place, depth + 1) if kind is yaml.MappingStartEvent else self.sequence(place, depth + 1)

    def plain(self, event: Any) -> Any:
        text = event.value
        if text[:1] not in _SPECIAL:
            return text
        value = scalar(text)
        if value is text and _ODD.match(text):
            self.note(event, f"{shown(text)} is not a number to count with.", f'If it is a text, write "{text}".')
            return text
        return value

    def empty(self, event: Any, key_event: Any) -> Any:
        """No value: None. `title: #1` and `accent: #ff0000` are empty to YAML, and to nobody else."""
        line = self.document.text.split("\n")[key_event.end_mark.line][key_event.end_mark.column :]
        found = re.match(r"\s*:\s+(#[^\s#].*)", line)
        if found:
            what = f"{shown(found[1])} is a comment to YAML, so `{key_event.value}` has no value."
            fix = f"Write {key_event.value}: {quoted(found[1].rstrip())}, or a space after # for a comment."
            start = key_event.end_mark
            fault = Fault(start.line, start.column + found.start(1), what, fix, len(found[1].rstrip()))
            _note(self.document, fault)
            return found[1].rstrip()
        return self.plain(event)

    def checked(self, event: Any) -> str:
        """A quoted or block text that holds something unprintable: line breaks and tabs are welcome, controls not."""
        text: str = event.value
        found = _CONTROL.search(text)
        if found:
            name = f"U+{ord(found[0]):04X}"
            self.note(event, f"The text holds a control character ({name}).", "Remove it: nobody could see it.")
            return _CONTROL.sub("", text)
        return text

    def no_fields(self, event: Any) -> NoReturn:
        """A list or a bare text where fields belong."""
        if isinstance(event, yaml.ScalarEvent):
            _note(self.document, no_colon(self.document.text.split("\n"), cast("Any", event).start_mark.line))
            raise _StopError
        self.stop(event, "These are not fields.", "Write one field a line, its name first: `title: Lamp`.")

    def refuse_key(self, event: Any) -> NoReturn:
        """A map or a list as a key, which in these files is a text such as `{{ name }}` without its quotes."""
        line = self.document.text.split("\n")[event.start_mark.line]
        fix = f"Write {requoted(line)}" if requoted(line) else "Write a name, a colon and a space: `title: Lamp`."
        self.stop(event, "A text that begins with a brace or a bracket must be in quotes.", fix)

    def refuse_twice(self, event: Any, before: tuple[Any, Any]) -> None:
        first = before[0].start_mark.line + self.document.first_line
        self.note(
            event,
            f"`{event.value}` is written twice, first in line {first}.",
            "Keep one of the two; what both hold belongs below one key.",
        )

    def refuse_decoration(self, event: Any) -> None:
        """Aliases, anchors, merge keys and tags, which in these files are mostly texts without their quotes."""
        kind = event.__class__
        line = self.document.text.split("\n")[event.start_mark.line]
        column = event.start_mark.column
        text = re.sub(r"\s+#.*", "", line[column:]).rstrip()
        if "[" in line[:column] or "{" in line[:column]:
            text = re.split(r"[,\]}]", text)[0]
        if kind is yaml.ScalarEvent and not event.style and not event.anchor and not event.tag:
            if event.value == "<<":
                self.stop(
                    event, "`<<` copies from elsewhere, which handbill does not do.", "Write the fields out here."
                )
            if event.value[:1] in _STRANGE_SPACES:
                what = "A no-break space stands at the start of this line, where YAML wants plain spaces."
                self.note(event, what, "Replace it: such signs come along when text is pasted from elsewhere.")
            return
        if kind is yaml.AliasEvent:
            what = f"{shown(text)} begins with an asterisk, by which YAML means a copy from elsewhere."
        elif event.anchor:
            what = f"{shown(text)} begins with an ampersand, by which YAML names a value to copy."
        elif event.tag:
            what = f"{shown(text)} begins with an exclamation mark, by which YAML names a type."
        else:
            return
        self.stop(event, what, f"If it is a text, put it in quotes: {quoted(text)}.")

    def note(self, event: Any, what: str, fix: str) -> None:
        start, end = event.start_mark, event.end_mark
        width = end.column - start.column if start.line == end.line else 1
        _note(self.document, Fault(start.line, start.column, what, fix, width))

    def stop(self, event: Any, what: str, fix: str) -> NoReturn:
        """Notes the problem and ends the reading."""
        self.note(event, what, fix)
        raise _StopError


_STRANGE_SPACES = frozenset("\u00a0\u2002\u2003\u2007\u2009\u200b\u202f\u3000")
_NO_NAME = _STRANGE_SPACES | {"<"}
_SPECIAL = frozenset(["", *"+-.0123456789~nNtTfF"])
"""How a plain scalar begins that may be something else than text."""

_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,29})\Z")
_BASED = re.compile(r"0x[0-9a-fA-F]{1,24}\Z|0o[0-7]{1,24}\Z")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]{1,30}|(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{0,30})?)(?:[eE][-+]?[0-9]{1,2})?\Z")
_ODD = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


class Whole(int):
    """A whole number that was not written the plain way (`+351`, `0x1F`): as text it is what was written."""

    written: str

    def __new__(cls, value: int, written: str) -> Whole:
        self = super().__new__(cls, value)
        self.written = written
        return self

    def __str__(self) -> str:
        return self.written

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (int(self), self.written)


class Pointed(Decimal):
    """A number with a point that Decimal would print otherwise (`.5`, `1e3`): as text it is what was written."""

    written: str

    def __new__(cls, written: str) -> Pointed:
        self = super().__new__(cls, written)
        self.written = written
        return self

    def __str__(self) -> str:
        return self.written

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.written,)


def scalar(text: str) -> Any:
    """What a plain scalar means: None, a bool, an int, a Decimal, or the text itself.

    >>> [scalar(text) for text in ("25", "25.00", "true", "no", "19:30", "012", "~")]
    [25, Decimal('25.00'), True, 'no', '19:30', '012', None]
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        number = int(text)
        return number if str(number) == text else Whole(number, text)
    if _DECIMAL.match(text):
        value = Decimal(text)
        return value if str(value) == text else Pointed(text)
    if _BASED.match(text):
        return Whole(int(text, 0), text)
    return text


def written(value: Any) -> str:
    """A scalar as it was written: `true`, `25.00`, `+351`."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
