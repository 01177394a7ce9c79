"""The site's one style sheet: a theme's CSS files joined, checked and made small.

It stands in a `<style>` element, byte for byte the same on every page, so one hash in the Content-Security-Policy
covers them all. Made small with care rather than zeal: comments and needless white space go, nothing is rewritten, so
what a designer reads in the browser is what they wrote.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from handbill.errors import Problem
from handbill.near import did_you_mean
from handbill.tokens import Tokens

ADVISED, MOST = 6_000, 10_000
"""Bytes. With its HTML a page then fits the first flight of a connection, 14,600 bytes (RFC 6928)."""

_TOKEN = re.compile(
    r"""
    (?P<comment>/\*.*?\*/)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<url>\b[uU][rR][lL]\(\s*(?:"[^"\n]*"|'[^'\n]*'|[^"'()\s]*)\s*\))
  | (?P<at>@[A-Za-z-]+)
  | (?P<space>[ \t\r\n\f]+)
  | (?P<name>--[A-Za-z0-9_-]+)
  | (?P<word>[A-Za-z0-9_.\#%\\-]+)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:|//)")
_LOADER = re.compile(r"(?i:(?:-webkit-)?image-set|src|image|.*\\.*)")
"""Functions that fetch by a bare text; and any whose name is disguised by escapes."""
_HUGS_BEFORE = "{};,>("
"""After one of these, white space says nothing."""
_HUGS_AFTER = "{};,>)"
"""Nor before one of these."""


class Style(NamedTuple):
    """A finished style sheet."""

    css: str
    csp: str
    """Its source expression for style-src: `'sha256-…'`, quotes included."""
    size: int
    """Bytes."""
    assets: tuple[str, ...] = ()
    """Files below assets/ that it asks for."""
    properties: frozenset[str] = frozenset()
    """The custom properties it reads with var()."""

    def weight(self, path: str) -> list[Problem]:
        """What its size costs, said of the theme file `path`: advice above ADVISED, an error above MOST."""
        if self.size <= ADVISED:
            return []
        what = f"The CSS is {self.size:,} bytes; every page carries it."
        fix = f"Aim for {ADVISED:,} bytes; {MOST:,} are the most. Remove rules that no template needs."
        return [Problem(path, 0, 0, what, fix, "error" if self.size > MOST else "advice")]


def stylesheet(
    sheets: Sequence[tuple[str, str]],
    tokens: Tokens,
    asset: Callable[[str], str | None],
    problems: list[Problem],
) -> Style:
    """Joins (shown path, text) sheets in their order, behind the tokens that they read.

    `asset` gives the URL of a file below assets/, or None where there is none. What is wrong is added to `problems`.
    """
    readers = [_Reader(shown, text, asset, problems) for shown, text in sheets]
    joined = "".join(reader.read() for reader in readers)
    used = {name for reader in readers for name in reader.used}
    known = tokens.properties() | {name for reader in readers for name in reader.declared}
    for reader in readers:
        for name, offset in reader.used.items():
            if name not in known:
                guess = did_you_mean(name, known)
                fix = f"{guess}Add it to tokens.json, or declare it in the CSS."
                problems.append(reader.problem(offset, len(name), f"There is no token for var({name}).", fix))
    css = tokens.css(used) + joined
    data = css.encode()
    return Style(
        css=css,
        csp=f"'sha256-{base64.b64encode(hashlib.sha256(data).digest()).decode()}'",
        size=len(data),
        assets=tuple(sorted({path for reader in readers for path in reader.assets})),
        properties=frozenset(used),
    )


class _Reader:
    """Reads one sheet, token by token."""

    def __init__(self, shown: str, text: str, asset: Callable[[str], str | None], problems: list[Problem]) -> None:
        self.shown, self.text, self.asset, self.problems = shown, text.removeprefix("\ufeff"), asset, problems
        self.used: dict[str, int] = {}
        """Custom property read by var() → where first."""
        self.declared: set[str] = set()
        self.assets: set[str] = set()

    def problem(self, offset: int, width: int, what: str, fix: str) -> Problem:
        line = self.text.count("\n", 0, offset) + 1
        column = offset - self.text.rfind("\n", 0, offset)
        return Problem(self.shown, line, column, what, fix, width=width).with_excerpt(self.text)

    def bad(self, offset: int, width: int, what: str, fix: str) -> None:
        self.problems.append(self.problem(offset, width, what, fix))

    def read(self) -> str:
        out: list[str] = []
        gap = ""
        for kind, text, _ in self._pieces():
            if kind in ("space", "comment"):
                # a comment parts two words without being a space: `a/**/b` is neither `ab` nor `a b`
                gap = " " if kind == "space" or gap == " " else "/**/"
                continue
            last = out[-1][-1] if out else "{"
            # `color: red` needs no space, nor does `(width: 40rem)`; `a :hover` keeps the one before
            colon = last == ":" and text[0] != ":"
            if gap and last not in _HUGS_BEFORE and text[0] not in _HUGS_AFTER and not colon:
                parted = gap == " " or _joins(last, text[0])
                out.append(gap if parted else "")
            gap = ""
            while text == "}" and out and out[-1] == ";":
                out.pop()
            out.append(text)
        return "".join(out)

    def _pieces(self) -> Iterator[tuple[str, str, int]]:
        """(kind, text, offset) of every token, looked at on the way."""
        brackets: list[tuple[str, int]] = []
        before = ("", "")
        for found in _TOKEN.finditer(self.text):
            kind, text, offset = str(found.lastgroup), found[0], found.start()
            if kind == "url":
                text = self._url(text, offset)
            elif kind == "at" and text.lower() in ("@import", "@charset", "@namespace"):
                self.bad(offset, len(text), f"{text} is not allowed.", "List the file in theme.yaml, below styles.")
            elif kind == "word" and self.text.startswith("(", found.end()) and _LOADER.fullmatch(text):
                self.bad(offset, len(text), f"{text}() is not allowed: it could load anything.", "Use url() alone.")
            elif kind == "name":
                if before == ("var", "("):
                    self.used.setdefault(text, offset)
                elif self.text[found.end() :].lstrip()[:1] == ":":
                    self.declared.add(text)
            elif kind == "sign":
                self._sign(text, offset, brackets)
            yield kind, text, offset
            if kind not in ("space", "comment"):
                before = (before[1], text)
        for text, offset in brackets:
            self.bad(offset, 1, f"'{text}' is never closed.", "Close it.")

    def _sign(self, text: str, offset: int, brackets: list[tuple[str, int]]) -> None:
        if text in "{([":
            brackets.append((text, offset))
        elif text in "})]":
            if brackets and brackets[-1][0] + text in ("{}", "()", "[]"):
                brackets.pop()
            else:
                self.bad(offset, 1, f"'{text}' closes nothing.", "Remove it, or open what it should close.")
        elif text in "\"'":
            self.bad(offset, 1, "A text is never closed.", "Close its quotation mark on the same line.")
        elif text == "/" and self.text.startswith("/*", offset):
            self.bad(offset, 2, "A comment is never closed.", "End it with */.")
        elif text == "<":
            following = self.text[offset + 1 : offset + 2]
            if following in ("/", "!"):
                self.bad(offset, 2, f"'<{following}' cannot stand in CSS: it stands in an HTML page.", "Remove it.")

    def _url(self, text: str, offset: int) -> str:
        target = text[4:-1].strip().strip("\"'")
        if target.startswith(("data:", "#")):
            return text
        if _SCHEME.match(target):
            fix = "Put the file below assets/ and write its path from there; pages load nothing from elsewhere."
            self.bad(offset, len(text), f"'{target}' is an outside request.", fix)
            return text
        path = target.lstrip("/").removeprefix("assets/")
        url = self.asset(path)
        if url is None:
            self.bad(offset, len(text), f"There is no file assets/{path}.", "Write the path of a file below assets/.")
            return text
        self.assets.add(path)
        return f'url("{url}")'


def _joins(last: str, first: str) -> bool:
    """True where two tokens side by side would be read as one."""
    return ((_wordy(last) or last == "+") and _wordy(first)) or last + first in ("/*", "::")


def _wordy(char: str) -> bool:
    return char.isalnum() or char in "-_%#.\\" or ord(char) > 127
