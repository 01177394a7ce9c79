"""Markdown to words: a text is read once and comes out three times, public words and gated words apart.

The stairs below, each one idea: `shortcodes` takes what is in double braces out of the text; `commonmark` reads
Markdown; `plainblocks` is the rule for most of it, `gate` the one for `::: gate`; `mentions` knows what shortcodes,
links and pictures become; `prose` walks over the tokens and writes page, e-mail and plain text (`plaintext`);
`authorhtml` cleans HTML where a site allows it; `parts` are texts with the shortcodes still unsaid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from handbill.errors import Problem
from handbill.model import Body, Words
from handbill.render import authorhtml, commonmark, gate
from handbill.render.commonmark import Reader
from handbill.render.mentions import Mentions
from handbill.render.parts import fill_parts, from_plain, to_plain
from handbill.render.proof import Proof
from handbill.render.prose import Prose
from handbill.render.shortcodes import SHORTCODES, Spec, Where, scan

__all__ = ["PARSER_VERSION", "fill_parts", "from_plain", "parse", "to_plain"]

PARSER_VERSION = f"3+{commonmark.VERSION}+{authorhtml.VERSION}"
"""Stands for everything that decides what `parse` makes of a text, but for its arguments. Raise the first number with
every change to what this module and those it names above write."""


def parse(
    text: str,
    *,
    path: str,
    line: int = 1,
    html: bool = False,
    shortcodes: Mapping[str, Spec] | None = None,
    where: Where = "page",
    plain: bool = True,
) -> tuple[Body, list[Problem]]:
    """The words of a Markdown `text`, and everything that is wrong with it, in order of place.

    `path` and `line` (of the text's first line) are for problems. `html`: the site allows author HTML; it is cleaned.
    `shortcodes` are those known, SHORTCODES if not given. `where` is "page", or "email" for the words of an e-mail, in
    which other shortcodes may stand and no gate. `plain`: the public words are wanted as plain text too; a page has no
    use for it, and it takes a fifth of the time. Never raises. With an error about the gate the public words are empty.
    """
    known = SHORTCODES if shortcodes is None else shortcodes
    source = _normal(text)
    scanned = scan(source, line=line)
    proof = Proof(path, source, line, scanned.shifts)
    anchors: dict[str, int] = {}

    reader = Reader(scanned.text, html=html)
    tokens = reader.blocks()
    env = reader.env
    faults = [*env.get("gate_faults", ()), *gate.strays(tokens)] if "::" in scanned.text else []
    if "gates" in env and where == "email":
        faults.append(gate.misplaced(env["gates"][0][0] - 1))
    for fault in faults:
        proof.report(fault.line, fault.what, fault.fix, needle=fault.needle)

    def write(reader: Reader, tokens: list[commonmark.Token], where: Where, proof: Proof) -> Words:
        mentions = Mentions(scanned.found, known, where, proof)
        prefix, aloud = ("gate-", True) if where == "gate" else ("", plain)
        words = Prose(reader, mentions, proof, anchors, prefix, plain=aloud).write(tokens)
        if reader.html_off is not None:
            at, tag = reader.html_off
            fix = "Write Markdown, or set `html: true` in site.yaml."
            what = "HTML is off, so this is printed as it stands."
            proof.report(at, what, fix, needle=tag.partition("\n")[0], level="warning")
        return words

    public = Words() if faults else write(reader, tokens, where, proof)
    gated = None
    if "gates" in env:
        hidden, inner = gate.together(env, proof)
        reader = Reader(hidden, html=html, references=env.get("references"))
        gated = write(reader, reader.blocks(), "gate", inner)
    return Body(public, gated), sorted(set(proof.problems)) if proof.problems else []


_LINE_ENDS = re.compile(r"\r\n?")
_QUOTES = str.maketrans("\x91\x92\x93\x94", "‘’“”")


def _normal(text: str) -> str:
    """Line ends as `\\n`, no NUL, and none of the control characters that shortcodes' marks are made of.

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
