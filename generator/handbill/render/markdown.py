"""Markdown to words: the one door to markdown-it, its plugins, and the HTML sanitiser.

`parse` reads a text once and gives it three times (see prose and plaintext), public words and gated words apart.

What is read: CommonMark, tables, `~~struck~~`, footnotes, attributes in braces (on a line above a block, behind a
heading, a link, a picture or a code span, and on `[some words]{lang=fr}`), shortcodes, and the gate:

    ::: gate
    Only confirmed subscribers read this.
    :::

**The gate is a block rule, so markdown-it itself says what is inside**: in a list, in a quotation, or literal in a code
block. Its lines never become public tokens. They are set aside as text and parsed on their own, afterwards: a footnote,
a link definition or a heading in it cannot reach the public words, since the public parser never read it. (The public
link definitions are known in the gate, not the other way.) What looks like a gate and is none (misspelled, unclosed, too
far to the right, closed twice, in a code block that does not say it shows Markdown) is an error, and then *no* word of
the text is public: a creator's slip must never print a door code.

**Speed.** markdown-it asks every rule at every line and at every character of interest. Here each rule is listed with
the characters it can begin with and only those are asked (`_Chains`, `_Inline`); rules that nothing in the text can call
for (no `|`, no underlined heading) are left out; and words without any markup skip the inline parser. The rules
themselves are markdown-it's own. That all of it changes no byte is tested against the CommonMark examples and, with
hypothesis, against markdown-it as it comes.

**Author HTML** is text unless a site allows it. Then the finished rendering, ours included, goes through nh3 (ammonia)
whole, with a short list of tags and attributes: what is balanced, cleaned and serialised is what is printed. Shortcodes
are marks in it and stay marks; one that ends up anywhere but between tags is refused. Pictures come from Markdown only,
so no `src` is ever let through.
"""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

import markdown_it
import mdit_py_plugins
import nh3
from markdown_it import MarkdownIt, helpers, rules_block, rules_inline
from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.common.utils import unescapeAll
from markdown_it.parser_block import ParserBlock, RuleFuncBlockType
from markdown_it.parser_inline import ParserInline, RuleFuncInlineType
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote.index import footnote_def, footnote_inline, footnote_ref

from handbill.errors import Problem
from handbill.model import Body, Words
from handbill.render.parts import fill_parts, from_plain, to_plain
from handbill.render.plaintext import Link
from handbill.render.prose import ATTRIBUTE_LIST, SCHEMES, Proof, Prose, read_attributes
from handbill.render.shortcodes import OPEN, SHORTCODES, Spec, Where, scan

__all__ = ["PARSER_VERSION", "fill_parts", "from_plain", "parse", "to_plain"]

_NH3 = getattr(nh3, "__version__", "")  # its stubs leave it out
PARSER_VERSION = f"1+{markdown_it.__version__}+{mdit_py_plugins.__version__}+{_NH3}"
"""Stands for everything that decides what `parse` makes of a text, but for its arguments. Raise the first number with
every change to what is written here, in prose, plaintext or shortcodes."""


def parse(
    text: str,
    *,
    path: str,
    line: int = 1,
    html: bool = False,
    shortcodes: Mapping[str, Spec] | None = None,
    where: Where = "page",
) -> tuple[Body, list[Problem]]:
    """The words of a Markdown `text`, and everything that is wrong with it, in order of place.

    `path` and `line` (of the text's first line) are for problems. `html`: the site allows author HTML; it is cleaned.
    `shortcodes` are those known, SHORTCODES if not given. `where` is "page", or "email" for the words of an e-mail, in
    which other shortcodes may stand and no gate. Never raises. With an error about the gate the public words are empty.
    """
    known = SHORTCODES if shortcodes is None else shortcodes
    source = _normal(text)
    scanned = scan(source, line=line)
    proof = Proof(path, source, line, scanned.shifts)
    reader = _Reader(scanned.text, html)
    tokens = reader.blocks(scanned.text)
    gate = _Gate(reader.env, proof, where)
    gate.look_for_strays(scanned.text, tokens)
    anchors: set[str] = set()
    public = Words()
    if gate.sound:
        public = Prose(
            where=where, found=scanned.found, known=known, reader=reader, proof=proof, anchors=anchors
        ).write(tokens)
        _warn_of_html(reader, proof)
    gated = None
    if gate.stretches:
        hidden, proof = gate.together()
        inner = _Reader(hidden, html)
        inner.env["references"] = dict(reader.env.get("references", {}))
        tokens = inner.blocks(hidden)
        if gate.sound:
            _Gate(inner.env, proof, "gate").look_for_strays(hidden, tokens)
        gated = Prose(where="gate", found=scanned.found, known=known, reader=inner, proof=proof, anchors=anchors).write(
            tokens
        )
        _warn_of_html(inner, proof)
    return Body(public, gated), sorted(set(proof.problems)) if proof.problems else []


_LINE_ENDS = re.compile(r"\r\n?")
_QUOTES = str.maketrans("\x91\x92\x93\x94", "‘’“”")


def _normal(text: str) -> str:
    """Line ends as `\\n`, no NUL, and none of the four control characters that marks are made of.

    Where those stand, somebody's text passed through Windows-1252 unnoticed: HTML reads `&#147;` as the quotation mark
    it was there, and so do we.
    """
    if "\r" in text:
        text = _LINE_ENDS.sub("\n", text)
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if not text.isascii() and any(mark in text for mark in "\x91\x92\x93\x94"):
        text = text.translate(_QUOTES)
    return text


def _warn_of_html(reader: _Reader, proof: Proof) -> None:
    """Once a text: HTML that is printed as it was typed."""
    if "html" in reader.env:
        line, tag = reader.env["html"]
        proof.report(
            line,
            "HTML is off, so this is printed as it stands.",
            "Write Markdown, or set `html: true` in site.yaml.",
            needle=tag.partition("\n")[0],
            level="warning",
        )


# ---- the gate


class _Gate:
    """What the gate rule left in `env`, and what it overlooked."""

    def __init__(self, env: Mapping[str, Any], proof: Proof, where: Where) -> None:
        self.sound = True
        self.stretches: list[tuple[int, str]] = env.get("gates", [])
        """(first line from 0, its text) of each."""
        self._proof = proof
        for line, what, fix, needle in env.get("gate_faults", ()):
            self._wrong(line, what, fix, needle)
        if self.stretches and where == "email":
            self._wrong(
                self.stretches[0][0] - 1,
                "The words of an e-mail have no gate.",
                "Put the gate into the entry; the welcome mail brings what stands in it.",
                ":::",
            )

    def _wrong(self, line: int, what: str, fix: str, needle: str) -> None:
        self.sound = False
        self._proof.report(line, what, fix, needle=needle)

    def look_for_strays(self, text: str, tokens: Sequence[Token]) -> None:
        """Lines that their author must have taken for a gate and that Markdown reads as words, code or HTML."""
        if "::" not in text:
            return
        for token in tokens:
            if "::" not in token.content or token.type not in _STRAYS:
                continue
            if token.type == "fence" and _is_sample(token):
                continue
            pattern, what, fix = _STRAYS[token.type]
            first = token.map[0] if token.map else 0
            for match in pattern.finditer(token.content):
                line = first + (token.type == "fence") + token.content.count("\n", 0, match.start())
                if len(match.group(1)) < 3:
                    self._wrong(line, "A gate has three colons.", "Write ::: gate.", match.group(1))
                else:
                    self._wrong(line, what, fix, match.group(1))

    def together(self) -> tuple[str, Proof]:
        """What is gated, as one text, and a Proof that knows where each of its lines came from."""
        stretches, starts, line = [], [], 0
        for start, stretch in self.stretches:
            starts.append((line, start - line))
            stretches.append(stretch + "\n")
            line += stretch.count("\n") + 2
        return "\n".join(stretches), self._proof.of_stretches(starts)


def _is_sample(token: Token) -> bool:
    """Whether a code block says that it shows Markdown, and is closed: then a gate in it is meant to be read."""
    lines = token.map[1] - token.map[0] if token.map else 0
    closed = token.content.count("\n") == lines - 2
    return closed and token.info.strip().split(" ")[0].lower() in ("markdown", "md")


_ANY_COLONS = re.compile(r"^[ \t]*(:{3,}|::(?=[ \t]*gate[ \t]*$))", re.MULTILINE | re.IGNORECASE)
_GATE_LINE = re.compile(r"^[ \t>*+-]*(:{3,})[ \t]*gate\b", re.MULTILINE | re.IGNORECASE)
_TOO_FAR = ("This ::: stands too far to the right to be a gate.", "Move it to the left margin.")
_STRAYS = {
    "inline": (_ANY_COLONS, *_TOO_FAR),
    "code_block": (_ANY_COLONS, *_TOO_FAR),
    "html_block": (_ANY_COLONS, "This ::: is read as HTML.", "Leave an empty line before it."),
    "fence": (
        _GATE_LINE,
        "This gate stands in a code block, where everybody could read it.",
        "Close the code block above it; a sample of a gate belongs between ```markdown and ```.",
    ),
}
"""Type of token → what in it was meant for a gate, what is wrong, how to mend it."""
_FENCE = re.compile(r"(?:[>\s]|[-+*][ \t]|[0-9]{1,9}[.)][ \t])*(`{3,}|~{3,})(.*)$")


def _gate(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Block rule: `::: gate` up to `:::`. Its text goes to env["gates"], nothing to the tokens."""
    src = state.src
    pos = state.bMarks[start] + state.tShift[start]
    if not src.startswith(":::", pos) or state.is_code_block(start):
        return False
    if silent:
        return True
    opened = src[pos : state.eMarks[start]]
    name = opened.strip(" \t").strip(":").strip(" \t")
    faults: list[tuple[int, str, str, str]] = state.env.setdefault("gate_faults", [])
    if name.lower() != "gate":
        state.line = start + 1
        if not name:
            faults.append(
                (start, "This ::: closes nothing.", "A gate opens with ::: gate; write \\::: for three colons.", ":::")
            )
        else:
            faults.append(
                (start, f"'{name}' is not known after :::.", "Write ::: gate; write \\::: for three colons.", name)
            )
        return True
    fence = ""
    closed = False
    line = start
    while (line := line + 1) < end:
        at, stop = state.bMarks[line] + state.tShift[line], state.eMarks[line]
        if at < stop and state.sCount[line] < state.blkIndent:
            break  # the list or quotation around it ends here
        shown = src[at:stop]
        if "```" in shown or "~~~" in shown:
            fenced = _FENCE.match(shown)
            if fenced:
                marks, rest = fenced.groups()
                if fence:
                    if marks.startswith(fence) and not rest.strip():
                        fence = ""
                elif marks[0] == "~" or "`" not in rest:
                    fence = marks
                continue
        if fence or not shown.startswith(":::") or state.is_code_block(line):
            continue
        rest = shown.strip(": \t")
        if rest:
            what = "A gate cannot stand in a gate." if rest.lower() == "gate" else "This ::: does not close the gate."
            faults.append((line, what, "Close it with ::: alone on its line.", shown.strip()))
            continue
        closed = True
        break
    if not closed:
        faults.append((start, "This gate is never closed.", "Write ::: on a line of its own below it.", opened.strip()))
    state.env.setdefault("gates", []).append((start + 1, state.getLines(start + 1, line, state.sCount[start], False)))
    state.line = line + 1 if closed else line
    return True


# ---- attributes


def _attrs_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Block rule: a line of attributes alone. prose gives them to the block below."""
    if state.is_code_block(start):
        return False
    shown = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    match = ATTRIBUTE_LIST.match(shown)
    if match is None or shown[match.end() :].strip():
        return False
    if not silent:
        token = state.push("attrs_block", "", 0)
        token.map = [start, start + 1]
        token.meta["attributes"] = read_attributes(match.group(1))
        state.line = start + 1
    return True


_BEFORE_ATTRS = frozenset(("image", "code_inline", "link_close", "span_close"))


def _attrs_inline(state: StateInline, silent: bool) -> bool:
    """Inline rule: attributes right behind a link, a picture or a code span."""
    if silent or not state.tokens or state.tokens[-1].type not in _BEFORE_ATTRS or state.pending:
        return False
    match = ATTRIBUTE_LIST.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    depth = 0
    for token in reversed(state.tokens):
        depth += token.nesting
        if depth == 0:
            state.env["attrs"].append((token, read_attributes(match.group(1))))
            break
    state.pos = match.end()
    return True


def _span(state: StateInline, silent: bool) -> bool:
    """Inline rule: `[words]{…}`."""
    end = state.md.helpers.parseLinkLabel(state, state.pos, False)
    if end < 0 or not state.src.startswith("{", end + 1):
        return False
    match = ATTRIBUTE_LIST.match(state.src, end + 1, state.posMax)
    if match is None:
        return False
    if not silent:
        stop = state.posMax
        state.pos, state.posMax = state.pos + 1, end
        token = state.push("span_open", "span", 1)
        state.env["attrs"].append((token, read_attributes(match.group(1))))
        state.md.inline.tokenize(state)
        state.push("span_close", "span", -1)
        state.posMax = stop
    state.pos = match.end()
    return True


def _html_off(state: StateInline, silent: bool) -> bool:
    """Inline rule that never matches: it remembers where the first HTML stood that was not let through."""
    if not silent and "html" not in state.env:
        match = HTML_TAG_RE.match(state.src, state.pos, state.pos + 2000)
        if match:
            state.env["html"] = (state.env.get("line", 0) + state.src.count("\n", 0, state.pos), match.group())
    return False


# ---- only the rules that can match


class _Token(Token):
    """A token that is made in a third of the time: no default factories, no conversion of attributes."""

    __slots__ = ()

    def __init__(self, type: str, tag: str, nesting: Literal[-1, 0, 1]) -> None:
        self.type = type
        self.tag = tag
        self.nesting = nesting
        self.attrs = {}
        self.map = None
        self.level = 0
        self.children = None
        self.content = self.markup = self.info = ""
        self.meta = {}
        self.block = self.hidden = False


class _StateBlock(StateBlock):
    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = _Token(ttype, tag, nesting)
        token.block = True
        if nesting < 0:
            self.level -= 1
        token.level = self.level
        if nesting > 0:
            self.level += 1
        self.tokens.append(token)
        return token


class _StateInline(StateInline):
    def pushPending(self) -> Token:  # noqa: N802 - theirs
        token = _Token("text", "", 0)
        token.content = self.pending
        token.level = self.pendingLevel
        self.tokens.append(token)
        self.pending = ""
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        if self.pending:
            self.pushPending()
        token = _Token(ttype, tag, nesting)
        meta = None
        if nesting < 0:
            self.level -= 1
            self.delimiters = self._prev_delimiters.pop()
        token.level = self.level
        if nesting > 0:
            self.level += 1
            self._prev_delimiters.append(self.delimiters)
            self.delimiters = []
            meta = {"delimiters": self.delimiters}
        self.pendingLevel = self.level
        self.tokens.append(token)
        self.tokens_meta.append(meta)
        return token


class _Chains(Ruler[RuleFuncBlockType]):
    """The block rules, asked by the first character of a line.

    For each chain of rules markdown-it gets one rule in their place, that looks at the character and asks those which can
    begin with it, in their order.
    """

    starts: Mapping[Any, str]
    """Rule → the characters it can begin with. A rule that is missing can begin with any."""

    def getRules(self, chainName: str = "") -> list[RuleFuncBlockType]:  # noqa: N802, N803 - theirs
        made = self._made.get(chainName)
        if made is None:
            made = self._made[chainName] = [self._ask(super().getRules(chainName))]
        return made

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, list[RuleFuncBlockType]] = {}

    def _ask(self, rules: Sequence[RuleFuncBlockType]) -> RuleFuncBlockType:
        starts = self.starts
        characters = {c for rule in rules for c in starts.get(rule, "")}
        by_start = {c: tuple(rule for rule in rules if c in starts.get(rule, c)) for c in characters}
        others = tuple(rule for rule in rules if rule not in starts)

        def ask(state: StateBlock, start: int, end: int, silent: bool) -> bool:
            pos = state.bMarks[start] + state.tShift[start]
            for rule in by_start.get(state.src[pos : pos + 1], others):  # noqa: SIM110 - any() would be slower
                if rule(state, start, end, silent):
                    return True
            return False

        return ask


_STARTS: Mapping[Any, str] = {
    _gate: ":",
    _attrs_block: "{",
    footnote_def: "[",
    rules_block.fence: "`~",
    rules_block.blockquote: ">",
    rules_block.hr: "*-_",
    rules_block.list_block: "*+-0123456789",
    rules_block.reference: "[",
    rules_block.html_block: "<",
    rules_block.heading: "#",
}


class _Inline(ParserInline):
    """The inline rules, asked by the character they begin with; everything between is text at once."""

    def __init__(self, asked: Mapping[str, tuple[RuleFuncInlineType, ...]]) -> None:
        super().__init__()
        self._asked = asked
        always = re.escape("".join(c for c in asked if c not in "!\n") + "]")
        # A line break with no space around it is text: rendered, it is the line break that the rule for it would make.
        self._stop = re.compile(rf"[{always}]|!(?=\[)|(?<= )\n|\n(?=[ \t])")

    def tokenize(self, state: StateInline) -> None:
        src, end, asked, stop = state.src, state.posMax, self._asked, self._stop
        deepest = state.md.options["maxNesting"]
        while state.pos < end:
            pos = state.pos
            found = stop.search(src, pos, end)
            at = end if found is None else found.start()
            if at > pos:
                state.append_pending(src[pos:at])
                state.pos = at
                if at >= end:
                    break
            if state.level < deepest:
                for rule in asked.get(src[at], ()):
                    if rule(state, False):
                        break
                else:
                    state.append_pending(src[at])
                    state.pos = at + 1
            else:
                state.append_pending(src[at])
                state.pos = at + 1
        if state.pending:
            state.pushPending()

    def skipToken(self, state: StateInline) -> None:  # noqa: N802 - theirs
        pos = state.pos
        known = state.cache.get(pos)
        if known is not None:
            state.pos = known
            return
        if state.level < state.md.options["maxNesting"]:
            found = self._stop.search(state.src, pos, state.posMax)
            at = state.posMax if found is None else found.start()
            if at > pos:
                state.pos = at
            else:
                state.level += 1
                matched = False
                for rule in self._asked.get(state.src[pos], ()):
                    if rule(state, True):
                        matched = True
                        break
                state.level -= 1
                if not matched:
                    state.pos = pos + 1
        else:
            state.pos = state.posMax + 1
        state.cache[pos] = state.pos

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        state = _StateInline(src, md, env, tokens)
        self.tokenize(state)
        if "*" in src or "_" in src or "~~" in src:
            for rule in self.ruler2.getRules(""):
                rule(state)
        return state.tokens


def _footnote_ref(state: StateInline, silent: bool) -> bool:
    return state.src.startswith("[^", state.pos) and footnote_ref(state, silent)


@cache
def _parser(html: bool, tables: bool, underlines: bool, notes: bool, braces: bool) -> MarkdownIt:
    """markdown-it with the rules that a text can call for."""
    md = MarkdownIt("commonmark", {"html": html})
    block = _Chains()
    around = ["paragraph", "reference", "blockquote", "list"]
    rules: list[tuple[str, RuleFuncBlockType, list[str], bool]] = [
        ("gate", _gate, around, True),
        ("table", rules_block.table, ["paragraph", "reference"], tables),
        ("code", rules_block.code, [], True),
        ("attrs", _attrs_block, [], braces),
        ("fence", rules_block.fence, around, True),
        ("blockquote", rules_block.blockquote, around, True),
        ("hr", rules_block.hr, around, True),
        ("list", rules_block.list_block, ["paragraph", "reference", "blockquote"], True),
        ("footnote_def", footnote_def, ["paragraph", "reference"], notes),
        ("reference", rules_block.reference, [], True),
        ("html_block", rules_block.html_block, ["paragraph", "reference", "blockquote"], html),
        ("heading", rules_block.heading, ["paragraph", "reference", "blockquote"], True),
        ("lheading", rules_block.lheading, [], underlines),
        ("paragraph", rules_block.paragraph, [], True),
    ]
    block.starts = _STARTS
    for name, rule, alternatives, wanted in rules:
        if wanted:
            block.push(name, rule, {"alt": alternatives})
    md.block = ParserBlock()
    md.block.ruler = block
    bracket: tuple[RuleFuncInlineType, ...] = (
        rules_inline.link,
        *((_footnote_ref,) if notes else ()),
        *((_span,) if braces else ()),
    )
    asked: dict[str, tuple[RuleFuncInlineType, ...]] = {
        "\n": (rules_inline.newline,),
        "\\": (rules_inline.escape,),
        "`": (rules_inline.backtick,),
        "~": (rules_inline.strikethrough.tokenize,),
        "*": (rules_inline.emphasis.tokenize,),
        "_": (rules_inline.emphasis.tokenize,),
        "[": bracket,
        "!": (rules_inline.image,),
        "<": (rules_inline.autolink, rules_inline.html_inline if html else _html_off),
        "&": (rules_inline.entity,),
    }
    if notes:
        asked["^"] = (footnote_inline,)
    if braces:
        asked["{"] = (_attrs_inline,)
    md.inline = _Inline(asked)
    md.inline.ruler2.enableOnly(["balance_pairs", "strikethrough", "emphasis", "fragments_join"])
    theirs = md.normalizeLink
    shown = md.normalizeLinkText
    md.normalizeLink = lambda url: _normal_link(url, theirs)  # type: ignore[method-assign]
    md.normalizeLinkText = lambda url: url if _PLAIN_LINK.fullmatch(url) else shown(url)  # type: ignore[method-assign]
    md.helpers = _Helpers()  # type: ignore[assignment]
    md.validateLink = lambda url: True  # type: ignore[method-assign]  # prose tells good from bad, and says so
    return md


_PLAIN_LINK = re.compile(
    r"(?:https?://(?!xn--)[a-z0-9]+(?:[.-](?!xn--)[a-z0-9]+)*(?=[/?#]|$)|mailto:(?=[^/?#]+@)|(?![A-Za-z0-9+.-]*:|//))"
    r"(?:(?<=mailto:)[A-Za-z0-9._+-]+@(?!xn--)[a-z0-9]+(?:[.-](?!xn--)[a-z0-9]+)*|[A-Za-z0-9/._~#?=&;,+-]*)"
)
_PLAIN_TARGET = re.compile(r"[A-Za-z0-9/._~#?=%,;:+-]+(?=[) \n])")


class _Destination(NamedTuple):
    ok: bool
    pos: int
    str: str


class _Helpers:
    """markdown-it's helpers for links; a target of ordinary characters is taken in one go."""

    parseLinkLabel = staticmethod(helpers.parseLinkLabel)  # noqa: N815 - theirs
    parseLinkTitle = staticmethod(helpers.parseLinkTitle)  # noqa: N815 - theirs

    @staticmethod
    def parseLinkDestination(string: str, pos: int, maximum: int) -> Any:  # noqa: N802 - theirs
        plain = _PLAIN_TARGET.match(string, pos, maximum)
        if plain is not None:
            return _Destination(True, plain.end(), plain.group())
        return helpers.parseLinkDestination(string, pos, maximum)


def _normal_link(url: str, theirs: Callable[[str], str]) -> str:
    """As markdown-it normalises a link target (punycode, percent-encoding); most need none, and then it is not asked."""
    if _PLAIN_LINK.fullmatch(url) or OPEN in url:
        return url
    return theirs(url)


_UNDERLINE = re.compile(r"\n[ \t>]*(?:=+|-+)[ \t]*(?:\n|$)")


class _Reader:
    """One text with its parser: what prose asks for."""

    def __init__(self, text: str, html: bool) -> None:
        self.env: dict[str, Any] = {"attrs": []}
        self._md = _parser(
            html, "|" in text, _UNDERLINE.search(text) is not None, "[^" in text or "^[" in text, "{" in text
        )

    @property
    def notes(self) -> Mapping[str, Any] | None:
        notes: Mapping[str, Any] | None = self.env.get("footnotes")
        return notes

    def blocks(self, text: str) -> list[Token]:
        """The block tokens; their words are not read yet."""
        tokens: list[Token] = []
        if text:
            state = _StateBlock(text, self._md, self.env, tokens)
            self._md.block.tokenize(state, 0, state.lineMax)
        return tokens

    def inline(self, content: str, line: int) -> Sequence[Token]:
        self.env["line"] = line
        return self._md.inline.parse(content, self._md, self.env, [])

    def attributes(self) -> list[tuple[Token, dict[str, str]]]:
        """The attributes met since this was last asked, each with what it belongs to."""
        found: list[tuple[Token, dict[str, str]]] = self.env["attrs"]
        if found:
            self.env["attrs"] = []
        return found

    def language(self, info: str) -> str:
        words = unescapeAll(info).split(None, 1)
        return words[0] if words else ""

    def clean(self, html: str, lead: Callable[[str], str | None], *, ids: bool) -> str:
        def keep(tag: str, name: str, value: str) -> str | None:
            if name == "href":
                return lead(value)
            if OPEN in value or (name == "id" and not ids):
                return None
            return value

        cleaned = nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=keep,
            clean_content_tags=_EMPTIED,
            generic_attribute_prefixes={"aria-"},
            link_rel=None,
            strip_comments=True,
            url_schemes=set(SCHEMES),
        )
        return cleaned if ids else _VOID.sub(r"<\1\2 />", cleaned)

    def dropped(self, html: str) -> list[str]:
        out = []
        for name in dict.fromkeys(match.lower() for match in _TAG_NAME.findall(html)):
            if name not in _TAGS:
                out.append(f"<{name}>")
        out += [f"The attribute '{name}'" for name in dict.fromkeys(m.lower() for m in _BAD_ATTRIBUTE.findall(html))]
        return out

    def html_text(self, html: str) -> tuple[str, list[Link]]:
        links = []
        for match in _LINK.finditer(html):
            target = html_entities.unescape(match.group(1).strip("\"'"))
            links.append((_words(match.group(2)), target))
        return _words(html), links


def _words(html: str) -> str:
    return html_entities.unescape(nh3.clean(html, tags=set(), clean_content_tags=_EMPTIED, link_rel=None))


_TAGS = frozenset(
    "a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q rp rt ruby s samp section small span strong sub "
    "summary sup table tbody td tfoot th thead time tr u ul var wbr".split()  # noqa: SIM905 - to be read as one list
)
_ATTRIBUTES = {
    "*": {"class", "id", "lang", "dir", "title", "role"},
    "a": {"href", "hreflang"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "td": {"colspan", "rowspan", "headers", "align"},
    "th": {"colspan", "rowspan", "headers", "scope", "align"},
    "time": {"datetime"},
}
_EMPTIED = {"script", "style", "template", "noscript", "title", "textarea", "xmp", "iframe", "noembed", "noframes"}
"""What goes with all that is in it: none of it was meant to be read."""
_VOID = re.compile(r'<(br|hr|col|wbr)((?: [\w:-]+="[^"]*")*)>')
_TAG_NAME = re.compile(r"<([A-Za-z][A-Za-z0-9-]*)")
_BAD_ATTRIBUTE = re.compile(r"<[^>]*?\s(on\w+|style|src|srcset|poster|background|action|formaction)\s*=", re.IGNORECASE)
_LINK = re.compile(
    r"<a\s(?:[^>]*?\s)?href\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)[^>]*>(.*?)</a\s*>", re.IGNORECASE | re.DOTALL
)
