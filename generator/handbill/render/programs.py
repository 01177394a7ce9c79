"""Compiles a finished page or e-mail with slot markers into a program: JSON that `handbill_functions.fill` fills.

    {{name}}   {{name|"fallback"}}   {{>fragment}}   {{#each name}}…{{/each}}   {{#if name}}…{{else}}…{{/if}}

A slot gets its context from where it stands: text, a double-quoted attribute, a URL (href, src, action), a JSON string
in a ld+json script. Where no escaping is safe (a style, a script, a comment, a tag's name, an unquoted attribute), a
slot is refused. So the theme's author need not think of escaping, and cannot get it wrong.

Markers are plain ASCII, so that they pass through the MJML compiler byte for byte. `{{(}}` is a brace and nothing else:
what `handbill.render.templates` writes for a brace that came from a value, so that no author's `{{name}}` is a marker.

Chosen: a small scanner of tags, attributes and raw text, in the order in which a browser reads them. Refused:
html.parser, which gives no place inside an attribute and hides conditional comments; parsing and writing the HTML
again, which would cost those comments (`<!--[if mso]>…<![endif]-->` is markup to Outlook, so it is markup here).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from handbill.errors import HandbillError, Problem
from handbill.model import Call, Part
from handbill_functions.fill import NAME

Nodes = list[Any]
"""A program, or a part of one: literals and nodes. JSON."""

MARKER = re.compile(
    r"\{\{(?:(?P<brace>\()"
    rf"|#(?P<open>if|each) (?P<on>{NAME.pattern})"
    r"|/(?P<close>if|each)"
    r"|(?P<other>else)"
    rf"|>(?P<fragment>{NAME.pattern})"
    rf"|(?P<slot>{NAME.pattern})(?:\|(?P<quote>\"|&quot;|&\#34;)(?P<fallback>.*?)(?P=quote))?"
    r")\}\}",
    re.DOTALL,
)

URLS = frozenset({"href", "src", "action", "formaction", "poster", "cite", "background", "xlink:href"})
"""Attributes that hold one address."""
FORBIDDEN = frozenset({"style", "srcdoc", "srcset", "imagesrcset", "ping", "http-equiv", "data", "codebase", "is"})
"""Attributes that hold code, several addresses, or what changes the meaning of others."""
_RCDATA = ("title", "textarea")
_RAW = ("script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext")

_TEXT = re.compile(r"<|\{\{")
_NAME_OF_TAG = re.compile(r"[A-Za-z][^\s/>{]*")
_SPACE = re.compile(r"[\s/]*")
_ATTRIBUTE = re.compile(r"[^\s/>={\"'<]+")
_EQUALS = re.compile(r"\s*=\s*")
_UNQUOTED = re.compile(r"[^\s>]+")
_CONDITION = re.compile(r"<!--\[if[^\]>]*\]>")
_END_CONDITION = "<![endif]-->"
_IN_STRING = re.compile(r'\\.|"', re.DOTALL)


class ProgramError(HandbillError):
    """A marker stands where no value may, or blocks do not close. `offset` counts characters of the source."""

    def __init__(self, what: str, offset: int, fix: str = "") -> None:
        super().__init__(f"{what} {fix}".rstrip())
        self.what, self.offset, self.fix = what, offset, fix

    def problem(self, path: str, source: str) -> Problem:
        """The same as a Problem of `path`, with the line of `source` that was compiled."""
        line = source.count("\n", 0, self.offset) + 1
        column = self.offset - source.rfind("\n", 0, self.offset)
        return Problem(path, line, column, self.what, self.fix).with_excerpt(source)


def compile_html(source: str) -> Nodes:
    """The program of an HTML document (or a stretch of one that starts and ends in text). Raises ProgramError."""
    return _Html(source).run()


def compile_text(source: str, context: Literal["plain", "header"] = "plain") -> Nodes:
    """The program of a plain text, or of one header line. Raises ProgramError."""
    compiler = _Compiler(source)
    while (start := source.find("{{", compiler.at)) >= 0:
        compiler.literal(start)
        if (marker := compiler.marker())["slot"]:
            compiler.slot(marker, context)
        elif marker["fragment"]:
            if context == "header":
                raise ProgramError(f"The fragment '{marker['fragment']}' stands in a header.", start, "Use a slot.")
            compiler.add(["fragment", marker["fragment"]])
        elif not marker["brace"]:
            compiler.block(marker, ("text",), each=True)
        compiler.at = marker.end()
    compiler.literal(len(source))
    return compiler.finish()


def splice(program: Sequence[Any], slot: str, other: Sequence[Any]) -> Nodes:
    """`program` with `other` in each place of the slot or fragment `slot`.

    An `if` that asks for `slot` is decided: by its first branch where `other` holds something, else by its second. So
    an empty `other` takes a slot away, with whatever stood there only for its sake.
    """
    out: Nodes = []
    for node in program:
        if isinstance(node, str):
            _add(out, node)
        elif node[0] == "each":
            _add(out, ["each", node[1], splice(node[2], slot, other)])
        elif node[0] == "if" and node[1] == slot:
            _extend(out, splice(node[2] if other else node[3], slot, other))
        elif node[0] == "if":
            _add(out, ["if", node[1], splice(node[2], slot, other), splice(node[3], slot, other)])
        elif node[1] == slot:
            _extend(out, other)
        else:
            _add(out, list(node))
    return out


def parts_to_program(parts: Sequence[Part], call_to_nodes: Callable[[Call], Sequence[Any]]) -> Nodes:
    """The program of a row of Words: finished stretches as they are, each shortcode as `call_to_nodes` says.

    Stretches are literals whatever they hold: an author's `{{name}}` stays a text.
    """
    out: Nodes = []
    for part in parts:
        if isinstance(part, Call):
            _extend(out, call_to_nodes(part))
        else:
            _add(out, part)
    return out


def marker(name: str, fallback: str | None = None) -> str:
    """The marker of a slot, safe in HTML and XML, in text and in attributes.

    Raises ValueError for a name that is none, and for control characters in the fallback.

    >>> marker("first_name", 'my "friend"')
    '{{first_name|&quot;my &#34;friend&#34;&quot;}}'
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"'{name}' is no name for a slot: small letters, digits, underscores; parts joined by dots.")
    if fallback is None:
        return "{{" + name + "}}"
    if any((char < " " and char not in "\n\t") or "\x7f" <= char <= "\x9f" for char in fallback):
        raise ValueError(f"The fallback of '{name}' holds a control character.")
    # No backslash and nothing beyond ASCII may be in it: the MJML compiler prints attributes with Rust's debug escapes.
    inner = html.escape(fallback).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    for char in "{}\\\n\t":
        inner = inner.replace(char, f"&#{ord(char)};")
    return "{{" + name + "|&quot;" + inner.encode("ascii", "xmlcharrefreplace").decode() + "&quot;}}"


def _add(out: Nodes, node: Any) -> None:
    if not node:
        return
    if isinstance(node, str) and out and isinstance(out[-1], str):
        out[-1] += node
    else:
        out.append(node)


def _extend(out: Nodes, nodes: Sequence[Any]) -> None:
    for node in nodes:
        _add(out, node)


@dataclass(slots=True)
class _Block:
    kind: str
    name: str
    state: tuple[Any, ...]
    """Where it was opened; it must be closed in the same place."""
    offset: int
    outer: Nodes
    first: Nodes | None = None
    """What stood before `else`."""


class _Compiler:
    """Reads a source from front to back and builds the program: literals, slots, blocks."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.nodes: Nodes = []
        self.blocks: list[_Block] = []

    def add(self, node: Any) -> None:
        _add(self.nodes, node)

    def literal(self, end: int) -> None:
        """Everything from here to `end` stands as it is."""
        self.add(self.source[self.at : end])
        self.at = end

    def marker(self) -> re.Match[str]:
        """The marker that stands here. A brace is written at once."""
        found = MARKER.match(self.source, self.at)
        if not found:
            shown = self.source[self.at : self.at + 40].split("\n")[0]
            raise ProgramError(f"'{shown}' is no slot.", self.at, "Write {% slot name %}; names are small letters.")
        if found["brace"]:
            self.add("{")
        return found

    def slot(self, marker: re.Match[str], context: str) -> None:
        fallback = marker["fallback"]
        self.add([context, marker["slot"]] if fallback is None else [context, marker["slot"], html.unescape(fallback)])

    def block(self, marker: re.Match[str], state: tuple[Any, ...], *, each: bool) -> None:
        """Opens, turns or closes a block."""
        if marker["open"]:
            if marker["open"] == "each" and not each:
                raise self.refusal(marker, "stands inside a tag", "Repeat whole elements.")
            self.blocks.append(_Block(marker["open"], marker["on"], state, self.at, self.nodes))
            self.nodes = []
            return
        word = "{{else}}" if marker["other"] else "{{/" + str(marker["close"]) + "}}"
        if not self.blocks or (marker["close"] or "if") != self.blocks[-1].kind:
            raise ProgramError(f"{word} closes nothing.", self.at, "Close blocks in the order they were opened.")
        block = self.blocks[-1]
        if block.state != state:
            what = f"The block of '{block.name}' begins in one place of the HTML and ends in another."
            raise ProgramError(what, self.at, "Let it hold whole elements, whole attributes, or words.")
        if marker["other"]:
            if block.first is not None:
                raise ProgramError("{{else}} stands twice in one block.", self.at, "Remove one.")
            block.first, self.nodes = self.nodes, []
            return
        self.blocks.pop()
        if block.kind == "each":
            node = ["each", block.name, self.nodes]
        elif block.first is None:
            node = ["if", block.name, self.nodes, []]
        else:
            node = ["if", block.name, block.first, self.nodes]
        self.nodes = block.outer
        self.add(node)

    def refusal(self, marker: re.Match[str], where: str, fix: str) -> ProgramError:
        name = marker["slot"] or marker["fragment"] or marker["on"]
        noun = "slot" if marker["slot"] else "fragment" if marker["fragment"] else "block of"
        what = f"The {noun} '{name}' {where}." if name else f"{marker[0]} {where}."
        return ProgramError(what, self.at, fix)

    def finish(self) -> Nodes:
        if self.blocks:
            block = self.blocks[-1]
            what = f"The block of '{block.name}' is never closed."
            raise ProgramError(what, block.offset, "End it with {% endeach %} or {% endwhen %}.")
        return self.nodes


class _Html(_Compiler):
    """Knows where in the HTML each marker stands: in text, in a tag, in which attribute, in raw text.

    It follows https://html.spec.whatwg.org/multipage/parsing.html#tokenization; markup in conditional comments counts.
    """

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.condition = -1
        """Offset of the conditional comment we are in."""

    def run(self) -> Nodes:
        source = self.source
        while found := _TEXT.search(source, self.at):
            self.literal(found.start())
            if found[0] == "<":
                self.angle()
            else:
                self.in_text(("text", self.condition))
        self.literal(len(source))
        if self.condition >= 0:
            raise ProgramError("A conditional comment is never closed.", self.condition, "End it with <![endif]-->.")
        return self.finish()

    def in_text(self, state: tuple[Any, ...], fragments: bool = True) -> None:
        marker = self.marker()
        if marker["slot"]:
            self.slot(marker, "text")
        elif marker["fragment"]:
            if not fragments or self.condition >= 0:
                where = "stands where only words may" if not fragments else "stands in a conditional comment"
                raise self.refusal(marker, where, "A fragment is HTML: put it where elements may stand.")
            self.add(["fragment", marker["fragment"]])
        elif not marker["brace"]:
            self.block(marker, state, each=True)
        self.at = marker.end()

    def angle(self) -> None:
        source, at = self.source, self.at
        if source.startswith("<!--", at):
            self.comment()
        elif source.startswith(_END_CONDITION, at):
            if self.condition < 0:
                raise ProgramError("<![endif]--> closes no conditional comment.", at, "Remove it, or open one.")
            self.condition = -1
            self.literal(at + len(_END_CONDITION))
        elif source.startswith(("<!", "<?", "</"), at):
            end = source.find(">", at)
            if end < 0:
                raise ProgramError("A tag is never closed.", at, "End it with >.")
            self.bare(end + 1, "stands in an end tag or a declaration")
        elif source.startswith("{{", at + 1):
            self.at += 1
            raise self.refusal(self.marker(), "stands in the name of a tag", "Write the tag out.")
        elif tag := _NAME_OF_TAG.match(source, at + 1):
            self.tag(tag)
        else:
            self.literal(at + 1)

    def comment(self) -> None:
        at = self.at
        if found := _CONDITION.match(self.source, at):
            rest = next((r for r in ("<!-->", "-->") if self.source.startswith(r, found.end())), "")
            if not rest:
                if self.condition >= 0:
                    raise ProgramError("A conditional comment stands in another.", at, "Close the first one before.")
                self.condition = at
            self.literal(found.end() + len(rest))
            return
        short = next((s for s in ("<!-->", "<!--->") if self.source.startswith(s, at)), "")
        end = at + len(short) if short else self.source.find("-->", at + 4) + 3
        if end < at + 4:
            raise ProgramError("A comment is never closed.", at, "End it with -->.")
        self.bare(end, "stands in a comment")

    def bare(self, end: int, where: str) -> None:
        """A stretch in which no marker may stand, but for a brace."""
        while (start := self.source.find("{{", self.at, end)) >= 0:
            self.literal(start)
            marker = self.marker()
            if not marker["brace"]:
                raise self.refusal(marker, where, "Move it into text, or into a double-quoted attribute.")
            self.at = marker.end()
        self.literal(end)

    def tag(self, tag: re.Match[str]) -> None:
        source, name = self.source, tag[0].lower()
        self.literal(tag.end())
        state = ("tag", tag.start())
        known: dict[str, str] = {}
        slotted = ""
        fresh = False
        """True where an attribute may begin: behind a space, a quotation mark, an opened block."""
        while True:
            space = _SPACE.match(source, self.at)
            assert space
            fresh = fresh or space.end() > self.at
            self.literal(space.end())
            head = source[self.at : self.at + 1]
            if head == ">":
                self.literal(self.at + 1)
                break
            if not head:
                raise ProgramError(f"The tag <{name}> is never closed.", tag.start() - 1, "End it with >.")
            if source.startswith("{{", self.at):
                fresh = self.in_tag(state, fresh)
                continue
            attribute = _ATTRIBUTE.match(source, self.at)
            if not attribute or not fresh:
                shown = source[self.at : self.at + 20]
                raise ProgramError(f"<{name}> cannot be read at '{shown}'.", self.at, 'Write attribute="value".')
            self.literal(attribute.end())
            word, fresh = attribute[0].lower(), False
            equals = _EQUALS.match(source, self.at)
            if not equals:
                continue
            self.literal(equals.end())
            value, holds = self.value(word)
            known[word] = value
            if holds and word == "content":
                slotted = holds
            fresh = True
        if slotted and "http-equiv" in known:
            what = f"The slot '{slotted}' stands in a meta element that gives an order."
            raise ProgramError(what, tag.start() - 1, "Write its content out.")
        if name == "script" and known.get("type", "").strip().lower() == "application/ld+json":
            self.json()
        elif name in _RCDATA:
            self.rcdata(name)
        elif name in _RAW:
            closing = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, self.at)
            self.bare(closing.start() if closing else len(source), f"stands in <{name}>")

    def in_tag(self, state: tuple[Any, ...], fresh: bool) -> bool:
        """A block around whole attributes: `<input {{#if on}}checked{{/if}}>`."""
        marker = self.marker()
        if marker["slot"] or marker["fragment"] or marker["brace"]:
            raise self.refusal(marker, "stands among attributes", 'Write it as a value: attribute="{% slot … %}".')
        if marker["open"] and not fresh:
            raise self.refusal(marker, "touches what stands before it in a tag", "Put a space before it.")
        self.block(marker, state, each=False)
        self.at = marker.end()
        if marker["close"] and self.source[self.at : self.at + 1] not in (" ", "\n", "\t", "\r", "/", ">", "{"):
            raise ProgramError(f"{marker[0]} touches what follows in a tag.", self.at, "Put a space after it.")
        return not marker["close"]

    def value(self, word: str) -> tuple[str, str]:
        """(its literal text, the name of a slot in it) of the attribute value that stands here."""
        source, at = self.source, self.at
        quote = source[at : at + 1]
        if quote == '"':
            return self.quoted(word)
        if quote == "'":
            end = source.find("'", at + 1) + 1
            where, begin = "stands in a single-quoted attribute", at + 1
        else:
            found = _UNQUOTED.match(source, at)
            end = found.end() if found else 0
            where, begin = "stands in an unquoted attribute", at
        if not end:
            raise ProgramError(f"The attribute {word} has no end.", at, "Close its quotation mark.")
        if source.startswith("{{", begin) or "{{" in source[begin:end]:
            self.bare(end, where)
        self.literal(end)
        return source[at:end].strip("'"), ""

    def quoted(self, word: str) -> tuple[str, str]:
        source, start = self.source, self.at
        self.literal(start + 1)
        state: tuple[Any, ...] = ("value", start)
        holds, first = "", True
        while True:
            quote, brace = source.find('"', self.at), source.find("{{", self.at)
            if quote < 0:
                raise ProgramError(f"The attribute {word} has no end.", start, "Close its quotation mark.")
            if brace < 0 or brace > quote:
                self.literal(quote)
                text = source[start + 1 : quote]
                self.literal(quote + 1)
                return text, holds
            first = first and brace == self.at
            self.literal(brace)
            marker = self.marker()
            if marker["slot"]:
                self.attribute(marker, word, first)
                holds, first = marker["slot"], False
            elif marker["fragment"]:
                raise self.refusal(marker, f"stands in the attribute {word}", "A fragment is HTML: use a slot.")
            elif marker["brace"]:
                first = False
            else:
                if word in FORBIDDEN or word.startswith("on"):
                    raise self.refusal(marker, f"stands in the attribute {word}", "Write it out.")
                self.block(marker, state, each=word not in URLS)
                # Each branch of a block in an address begins where the block does; behind it nothing begins any more.
                if marker["open"]:
                    state = (*state, first)
                    self.blocks[-1].state = state
                else:
                    first = bool(marker["other"]) and bool(state[-1])
                    state = state if marker["other"] else state[:-1]
            self.at = marker.end()

    def attribute(self, marker: re.Match[str], word: str, first: bool) -> None:
        if word in FORBIDDEN or word.startswith("on"):
            raise self.refusal(marker, f"stands in the attribute {word}", "Write its value out.")
        if word not in URLS:
            self.slot(marker, "attr")
        elif not first:
            fix = f'Let the slot be the whole address: {word}="{{% slot {marker["slot"]} %}}".'
            raise self.refusal(marker, f"stands inside the address of {word}", fix)
        elif marker["fallback"] is not None:
            raise self.refusal(marker, f"is the address of {word}, and has a fallback", "An address has none.")
        else:
            self.slot(marker, "url")

    def rcdata(self, name: str) -> None:
        """The text of <title> or <textarea>: no tags in it."""
        closing = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(self.source, self.at)
        end = closing.start() if closing else len(self.source)
        state = ("text of", self.at)
        while (start := self.source.find("{{", self.at, end)) >= 0:
            self.literal(start)
            self.in_text(state, fragments=False)
        self.literal(end)

    def json(self) -> None:
        """The text of a ld+json script: slots may stand in its strings."""
        closing = re.compile(r"</script(?=[\s/>])", re.IGNORECASE).search(self.source, self.at)
        end = closing.start() if closing else len(self.source)
        begin, inside = self.at, False
        while True:
            start = self.source.find("{{", self.at, end)
            stretch = self.source[self.at : start if start >= 0 else end]
            for sign in _IN_STRING.findall(stretch):
                inside = inside != (sign == '"')
            self.literal(self.at + len(stretch))
            if start < 0:
                return
            marker = self.marker()
            if marker["slot"]:
                if not inside or len(stretch) - len(stretch.rstrip("\\")) & 1:
                    raise self.refusal(marker, "stands in JSON, but in no string", 'Write "key": "{% slot … %}".')
                if marker["fallback"] is not None:
                    raise self.refusal(marker, "stands in JSON, and has a fallback", "JSON slots have none.")
                self.slot(marker, "json")
            elif marker["fragment"]:
                raise self.refusal(marker, "stands in JSON", "A fragment is HTML: use a slot.")
            elif not marker["brace"]:
                self.block(marker, ("json", begin, inside), each=True)
            self.at = marker.end()
