"""The filler of programs: what the build compiled, and what only this moment knows, become an e-mail or a page.

A program is a list of literals (text, as it will stand) and nodes (lists): plain JSON. There is no expression and no
template language in it. A value can only land where its node stands, escaped for that very place: so neither an
author's `{{ }}` nor a buyer's name ever becomes code, an element, an attribute, a second header.

    ["text", name]   ["text", name, fallback]      in HTML text
    ["attr", name]   ["attr", name, fallback]      inside a double-quoted attribute
    ["url", name]                                  inside a double-quoted href, src or action
    ["json", name]                                 inside a JSON string in <script type="application/ld+json">
    ["plain", name]  ["plain", name, fallback]     in a text part
    ["header", name] ["header", name, fallback]    in one line: a subject, a preheader
    ["fragment", name]                             words of the immutable file itself, with a program for each part
    ["each", name, nodes]                          once for each mapping of a list; its names first, then those around
    ["if", name, nodes, nodes]                     the first where it is there and not empty, else the second

A value is a str or an int; a bool only decides an `if`. It is looked up in the items of the `each` around it, innermost
first, then in `values`, then in `stored`. Missing without a fallback is an error; a fallback also stands in for an
empty text. Fragments come from the immutable file alone: no value may bear the name of one.

Raises MissingValue, UnsafeValue and BadProgram. They name the slot and never repeat a value, so they may be logged.

Chosen: one loop over lists, some 20 µs a recipient. Refused: compiling programs to Python, for speed that nobody needs;
string.Template, which knows no contexts; Jinja, since a template that meets people's data is one slip from running it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from handbill_functions.errors import BadProgram, MissingValue, UnsafeValue

if TYPE_CHECKING:
    from handbill_functions.catalog import Answer, Attachment, EmailFile, Fragment, Nodes, Program

Part = Literal["html", "text", "header"]
"""Where a program stands: an HTML document, a text part, one line. It decides which contexts may be in it."""

Fragments = Mapping[str, "Fragment"]
"""Name → {"html": program, "text": program}; which of them stands follows from the part that is filled."""
Layers = tuple[Mapping[str, Any], ...]
"""Where names are looked up, innermost first."""


class FilledEmail(NamedTuple):
    """An e-mail for one person, ready to be put into MIME."""

    subject: str
    """One line."""
    preheader: str
    """One line; it already stands in `html`."""
    html: str
    """The whole document."""
    text: str
    """The plain-text part."""
    attachments: tuple[Attachment, ...]
    """As they stand in the catalog."""


def fill(
    program: Nodes,
    values: Mapping[str, Any],
    *,
    stored: Mapping[str, Any] | None = None,
    fragments: Fragments | None = None,
    part: Part = "html",
) -> str:
    """The finished text of `program`. The same arguments give the same text, and nothing but the arguments decides.

    `values` is what this moment knows; `stored` is what the build knew; `fragments` and `part` as in the module's text.
    """
    filler = _Filler(part, fragments or {})
    filler.refuse_shadows(values)
    filler.run(program, (values, stored or {}))
    return "".join(filler.out)


def fill_email(email: EmailFile, program: Program, values: Mapping[str, Any]) -> FilledEmail:
    """The e-mail for one person. `program` is the one that `email` names; the preheader is a slot of the HTML."""
    stored, fragments = email["values"], email["fragments"]
    subject = fill(program["subject"], values, stored=stored, part="header")
    preheader = fill(program["preheader"], values, stored=stored, part="header")
    for name, line in (("subject", subject), ("preheader", preheader)):
        if _breaks_line(line):
            raise BadProgram(name, "has a line break or a control character in its words.")
    known = {**values, "preheader": preheader}
    html = fill(program["html"], known, stored=stored, fragments=fragments, part="html")
    text = fill(program["text"], known, stored=stored, fragments=fragments, part="text")
    return FilledEmail(subject, preheader, html, text, tuple(email["attachments"]))


def fill_answer(answer: Answer, values: Mapping[str, Any], *, fragments: Fragments | None = None) -> str:
    """The HTML page of `answer`. `fragments` may hold the words of a Gate, from its immutable file."""
    return fill(answer["html"], values, fragments=fragments, part="html")


# What each context lets through, and how it is written there.

# Each check asks str.isprintable first: True for nearly every value, and quicker than any pattern.


def _breaks_document(value: str) -> bool:
    """Controls other than tab and newline (HTML 13.1.4), and surrogates, which are not UTF-8."""
    return not value.isprintable() and any(
        (c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in value
    )


def _breaks_line(value: str) -> bool:
    """What any reader takes for the end of a line, and every other control: header injection (RFC 5322 2.2)."""
    return not value.isprintable() and any(
        c < " " or "\x7f" <= c <= "\x9f" or c in "\u2028\u2029" or "\ud800" <= c <= "\udfff" for c in value
    )


_NOT_IN_URL = frozenset(" \"'<>\\^`{|}")
"""Beside what is not printable: other spaces, controls, marks that turn the direction of writing."""
_is_url = re.compile(
    r"/(?!/).*|mailto:.+"
    r"|https://[^/?#@]+(?:[/?#].*)?"  # no user info: https://casalume.example@elsewhere.example/
    r"|http://(?:localhost|127\.0\.0\.1)(?::[0-9]+)?(?:[/?#].*)?"  # while working on a laptop
).fullmatch


def _plain(name: str, value: str) -> str:
    if _breaks_document(value):
        raise UnsafeValue(name, "may not hold control characters.")
    return value


def _text(name: str, value: str) -> str:
    return _plain(name, value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attr(name: str, value: str) -> str:
    value = _text(name, value).replace('"', "&quot;").replace("'", "&#39;")
    return value.replace("\n", "&#10;").replace("\t", "&#9;")


def _href(name: str, value: str) -> str:
    if not (value.isprintable() and _NOT_IN_URL.isdisjoint(value) and _is_url(value)):
        raise UnsafeValue(name, "must be an https: or mailto: URL, or a path that starts with one slash.")
    return value.replace("&", "&amp;")


def _json(name: str, value: str) -> str:
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise UnsafeValue(name, "is not valid Unicode.")
    from json import dumps  # few programs need it

    return dumps(value)[1:-1].replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _header(name: str, value: str) -> str:
    if _breaks_line(value):
        raise UnsafeValue(name, "may not hold line breaks or control characters.")
    return value


Context = Callable[[str, str], str]
_CONTEXTS: Mapping[Part, Mapping[str, Context]] = {
    "html": {"text": _text, "attr": _attr, "url": _href, "json": _json},
    "text": {"plain": _plain},
    "header": {"header": _header, "plain": _header},
}
"""An unescaped context in HTML is not there to be chosen by mistake."""

_ABSENT: Any = object()


class _Filler:
    """One run over one program: where the output goes, and what is open."""

    __slots__ = ("contexts", "fragments", "open", "out", "part")

    def __init__(self, part: Part, fragments: Fragments) -> None:
        self.part, self.fragments, self.contexts = part, fragments, _CONTEXTS[part]
        self.out: list[str] = []
        self.open: set[str] = set()

    def run(self, nodes: Nodes, layers: Layers) -> None:
        node: Any
        for node in nodes:
            if isinstance(node, str):
                self.out.append(node)
                continue
            kind, name = node[0], node[1]
            if kind in self.contexts:
                value = _look_up(name, layers)
                if len(node) > 2 and (value is _ABSENT or value == ""):
                    value = node[2]
                self.out.append(self.contexts[kind](name, _as_text(name, value)))
            elif kind == "if":
                self.run(node[2] if self.given(name, layers) else node[3], layers)
            elif kind == "each":
                for item in _as_items(name, _look_up(name, layers)):
                    self.refuse_shadows(item)
                    self.run(node[2], (item, *layers))
            elif kind == "fragment":
                self.run_fragment(name, layers)
            else:
                raise BadProgram(name, f"is in a place that the {self.part} part does not have.")

    def run_fragment(self, name: str, layers: Layers) -> None:
        nodes = self.fragment(name)
        if nodes is None:
            raise MissingValue(name, f"is no fragment of the {self.part} part.")
        if name in self.open:
            raise BadProgram(name, "is a fragment that holds itself.")
        self.open.add(name)
        self.run(nodes, layers)
        self.open.remove(name)

    def fragment(self, name: str) -> Nodes | None:
        if name not in self.fragments or self.part == "header":
            return None
        return self.fragments[name]["text" if self.part == "text" else "html"]

    def given(self, name: str, layers: Layers) -> bool:
        value = _look_up(name, layers)
        if value is _ABSENT:
            return bool(self.fragment(name))
        if not isinstance(value, (str, int, list, tuple)):
            raise UnsafeValue(name, "must be text, a whole number, a list, true or false.")
        return bool(value)

    def refuse_shadows(self, values: Mapping[str, Any]) -> None:
        """No value may bear the name of a fragment: who reads the program must know which of the two will stand."""
        if not self.fragments.keys().isdisjoint(values):
            name = min(self.fragments.keys() & values.keys())
            raise UnsafeValue(name, "is the name of a fragment, which no value may take.")


def _look_up(name: str, layers: Layers) -> Any:
    for layer in layers:
        if name in layer:
            return layer[name]
    return _ABSENT


def _as_text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return str.__str__(value)  # a subclass (Markup) might escape in its own way, or not at all
    if value is _ABSENT:
        raise MissingValue(name, "has no value and no fallback.")
    if type(value) is int:
        return str(value)
    raise UnsafeValue(name, "must be text or a whole number.")


def _as_items(name: str, value: Any) -> list[Mapping[str, Any]] | tuple[Mapping[str, Any], ...]:
    if value is _ABSENT:
        raise MissingValue(name, "has no list.")
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, Mapping) for item in value):
        raise UnsafeValue(name, "must be a list of mappings.")
    return value


# Looking at a program without filling it: for the build's checks, and for whoever sends.

NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)*")
"""What a slot, a list or a fragment may be called: `first_name`, `secret.door_code`. Keys are flat."""

_SHAPES: Mapping[str, tuple[type, ...]] = {"fragment": (), "each": (list,), "if": (list, list), "url": (), "json": ()}


def check(program: Nodes, *, part: Part = "html") -> None:
    """Raise BadProgram unless every node is known, well formed, well named and allowed in `part`, with its fallback."""
    if not isinstance(program, list):
        raise BadProgram("?", "is not in a list of nodes.")
    node: Any
    for node in program:
        if isinstance(node, str):
            if part == "header" and _breaks_line(node):
                raise BadProgram("?", "stands beside a line break or a control character.")
            continue
        if not isinstance(node, list) or len(node) < 2 or not all(isinstance(word, str) for word in node[:2]):
            raise BadProgram("?", "is a node without a kind and a name.")
        kind, name, *rest = node
        if not NAME.fullmatch(name):
            raise BadProgram(name, "is not a name: small letters, digits, _ and dots.")
        if kind not in _CONTEXTS[part] and not (kind in ("each", "if") or (kind == "fragment" and part != "header")):
            raise BadProgram(name, f"is {kind!r}, which the {part} part does not have.")
        shape = _SHAPES.get(kind, (str,) * len(rest[:1]))
        if len(rest) != len(shape) or not all(isinstance(one, of) for one, of in zip(rest, shape, strict=True)):
            raise BadProgram(name, f"is not a well-formed {kind!r}.")
        if kind in ("each", "if"):
            for nodes in rest:
                check(nodes, part=part)
        elif rest:
            try:
                _CONTEXTS[part][kind](name, rest[0])
            except UnsafeValue as error:
                raise BadProgram(name, f"has a fallback that {error.reason}") from None


def slots(program: Nodes, *, required: bool = False) -> dict[str, frozenset[str]]:
    """Every name that `program` uses, with its contexts: {"first_name": {"text"}, "lines": {"each"}, "gate": {"if"}}.

    A name inside an `each` is written with its list, `lines/price`: the item's, or else the one of that name around it.
    Fragments are named and not entered, since they are programs of their own.

    With `required`, only what must be supplied: leaves out `if` itself, slots that have a fallback, and whatever stands
    behind an `if` of its own name. (What stands behind an `if` of another name stays: who knows what that one says.)
    """
    found: dict[str, set[str]] = {}
    for name, context, must in _uses(program, "", frozenset()):
        if must or not required:
            found.setdefault(name, set()).add(context)
    return {name: frozenset(found[name]) for name in sorted(found)}


def _uses(nodes: Nodes, prefix: str, known: frozenset[str]) -> Iterator[tuple[str, str, bool]]:
    node: Any
    for node in nodes:
        if isinstance(node, str):
            continue
        kind, name = node[0], prefix + node[1]
        yield name, kind, kind != "if" and name not in known and (kind in _SHAPES or len(node) < 3)
        if kind == "if":
            yield from _uses(node[2], prefix, known | {name})
            yield from _uses(node[3], prefix, known)
        elif kind == "each":
            yield from _uses(node[2], f"{name}/", known)
