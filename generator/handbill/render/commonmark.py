"""CommonMark, fast: the one door to markdown-it-py and its plugins.

A `Reader` holds one text and gives its block tokens, then the inline tokens of one block after another, on demand. What
is read: CommonMark, tables, `~~struck~~`, footnotes (`[^1]` and `^[…]`), attributes in braces, the gate.

The rules are markdown-it's own, and so are the tokens. What is different is who is asked:

- markdown-it asks every rule at every line and at every character of interest. Here each rule is listed with the
  characters it can begin with, and only those are asked (`_Chains`, `_Inline`);
- rules that nothing in the text can call for (no `|`, no underline, no brace) are left out (`_parser`);
- a line break with no space around it is left in the text, for rendered it is what it was;
- a block in its plainest form is known by one pattern (`plainblocks`);
- tokens are made without default factories, ordinary link targets without parsing a URL.

That none of it changes a byte of what is rendered is tested against the CommonMark examples and, with hypothesis,
against markdown-it as it comes. Refused: a whole Markdown parser of our own, or in another language, which somebody
must keep equal to CommonMark for ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

import markdown_it
import mdit_py_plugins
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

from handbill.render import attributes, gate, plainblocks
from handbill.render.shortcodes import OPEN

__all__ = ["PLAIN_LINK", "VERSION", "Reader", "Token"]

VERSION = f"{markdown_it.__version__}+{mdit_py_plugins.__version__}"


class Reader:
    """One text. `blocks` first, then `inline` for the words of each block, in the order they are to be numbered."""

    def __init__(self, text: str, *, html: bool = False, references: Mapping[str, Any] | None = None) -> None:
        """`html`: tags are tags, not text. `references`: link definitions known beside those of the text."""
        self.env: dict[str, Any] = {"attrs": []}
        if references:
            self.env["references"] = dict(references)
        self._text = text
        self._md = _parser(
            html, "|" in text, _UNDERLINE.search(text) is not None, "[^" in text or "^[" in text, "{" in text
        )

    @property
    def notes(self) -> Mapping[int, Any]:
        """Footnotes referred to so far: number from 0 → {label, count}, or {tokens} of one written in place."""
        notes: Mapping[int, Any] = self.env["footnotes"].get("list", {}) if "footnotes" in self.env else {}
        return notes

    @property
    def html_off(self) -> tuple[int, str] | None:
        """(line, tag) of the first HTML that was not let through, or None."""
        return self.env.get("html")

    def blocks(self) -> list[Token]:
        """The block tokens; their words are not read yet. Lines are counted from 0."""
        tokens: list[Token] | None = plainblocks.read(self._text, _Token)
        if tokens is None:
            tokens = []
            state = _StateBlock(self._text, self._md, self.env, tokens)
            self._md.block.tokenize(state, 0, state.lineMax)
        return tokens

    def inline(self, content: str, line: int) -> Sequence[Token]:
        """The tokens of the words of one block, which begins at `line`."""
        self.env["line"] = line
        return self._md.inline.parse(content, self._md, self.env, [])

    def attributes(self) -> list[tuple[Token, dict[str, str]]]:
        """Attributes in braces that `inline` met since this was last asked, each with the token it belongs to."""
        found: list[tuple[Token, dict[str, str]]] = self.env["attrs"]
        if found:
            self.env["attrs"] = []
        return found

    def language(self, info: str) -> str:
        """The language that the info string of a code block names, or empty."""
        words = unescapeAll(info).split(None, 1)
        return words[0] if words else ""


# ---- attributes


def _attrs_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Block rule: a line of attributes alone. Whoever renders gives them to the block below."""
    if state.is_code_block(start):
        return False
    shown = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    match = attributes.LIST.match(shown)
    if match is None or shown[match.end() :].strip():
        return False
    if not silent:
        token = state.push("attrs_block", "", 0)
        token.map = [start, start + 1]
        token.meta["attributes"] = attributes.read(match.group(1))
        state.line = start + 1
    return True


_BEFORE_ATTRS = frozenset(("image", "code_inline", "link_close", "span_close"))


def _attrs_inline(state: StateInline, silent: bool) -> bool:
    """Inline rule: attributes right behind a link, a picture or a code span."""
    if silent or not state.tokens or state.tokens[-1].type not in _BEFORE_ATTRS or state.pending:
        return False
    match = attributes.LIST.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    depth = 0
    for token in reversed(state.tokens):
        depth += token.nesting
        if depth == 0:
            state.env["attrs"].append((token, attributes.read(match.group(1))))
            break
    state.pos = match.end()
    return True


def _span(state: StateInline, silent: bool) -> bool:
    """Inline rule: `[words]{…}`."""
    end = state.md.helpers.parseLinkLabel(state, state.pos, False)
    if end < 0 or not state.src.startswith("{", end + 1):
        return False
    match = attributes.LIST.match(state.src, end + 1, state.posMax)
    if match is None:
        return False
    if not silent:
        stop = state.posMax
        state.pos, state.posMax = state.pos + 1, end
        token = state.push("span_open", "span", 1)
        state.env["attrs"].append((token, attributes.read(match.group(1))))
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

    For each chain of rules markdown-it gets one rule in their place, that looks at the character and asks those which
    can begin with it, in their order.
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
    gate.rule: ":",
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


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Theirs, not asked where the line below cannot be the one under the headings."""
    below = state.bMarks[start + 1] + state.tShift[start + 1]
    return state.src[below : below + 1] in "|-:" and rules_block.table(state, start, end, silent)


def _link(state: StateInline, silent: bool) -> bool:
    """Theirs, not asked where no bracket closes: it would look to the end of the text for each one that opens."""
    return state.src.find("]", state.pos) > 0 and rules_inline.link(state, silent)


def _footnote_inline(state: StateInline, silent: bool) -> bool:
    return state.src.find("]", state.pos) > 0 and footnote_inline(state, silent)


def _footnote_ref(state: StateInline, silent: bool) -> bool:
    return state.src.startswith("[^", state.pos) and footnote_ref(state, silent)


@cache
def _parser(html: bool, tables: bool, underlines: bool, notes: bool, braces: bool) -> MarkdownIt:
    """markdown-it with the rules that a text can call for."""
    md = MarkdownIt("commonmark", {"html": html})
    block = _Chains()
    around = ["paragraph", "reference", "blockquote", "list"]
    rules: list[tuple[str, RuleFuncBlockType, list[str], bool]] = [
        ("gate", gate.rule, around, True),
        ("plain", plainblocks.rule, [], True),
        ("table", _table, ["paragraph", "reference"], tables),
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
        _link,
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
        asked["^"] = (_footnote_inline,)
    if braces:
        asked["{"] = (_attrs_inline,)
    md.inline = _Inline(asked)
    md.inline.ruler2.enableOnly(["balance_pairs", "strikethrough", "emphasis", "fragments_join"])
    to_target, to_words = md.normalizeLink, md.normalizeLinkText
    md.normalizeLink = lambda url: _normal_link(url, to_target)  # type: ignore[method-assign]
    md.normalizeLinkText = lambda link: _normal_link(link, to_words)  # type: ignore[method-assign]
    md.validateLink = lambda url: True  # type: ignore[method-assign]  # whoever renders refuses, and says why
    md.helpers = _Helpers()  # type: ignore[assignment]
    return md


_HOST = r"(?!xn--)[a-z0-9]+(?:[.-](?!xn--)[a-z0-9]+)*"
_REST = r"[A-Za-z0-9/._~#?=&;,+-]*"
PLAIN_LINK = rf"(?:https?://{_HOST}(?:[/?#]{_REST})?|mailto:[A-Za-z0-9._+-]+@{_HOST}|(?!//){_REST})"
"""Targets that normalising leaves as they are: no scheme but these, nothing to encode, no punycode."""
_IS_PLAIN_LINK = re.compile(PLAIN_LINK).fullmatch
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


def _normal_link(url: str, ask: Callable[[str], str]) -> str:
    """A link target as markdown-it normalises it (punycode, percent-encoding). Most need nothing: it is not asked."""
    if _IS_PLAIN_LINK(url) or OPEN in url:
        return url
    return ask(url)


_UNDERLINE = re.compile(r"\n[ \t>]*(?:=+|-+)[ \t]*(?:\n|$)")
