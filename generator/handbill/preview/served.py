"""What a served copy differs in from the document that is shown: the scheme forced, pictures from here, nothing run.

**Dark.** A frame's owner can ask for a scheme by `color-scheme` on the iframe, and Chromium heeds it (tried: 156); but
not every browser does, no copy opened by itself would show it, and a browser told to emulate a scheme overrules it. So
the copy's own queries are answered in its style: `(prefers-color-scheme: dark)` becomes one that always holds, or one
that never does. It is the document's own rules that then apply, and it works alike for e-mails and pages.

**Forced inversion**, as Gmail's apps and Outlook do to an e-mail that they think is light: they read no dark rules and
turn light colours dark by their lightness, and the hue stays. It is approximated by a filter over the light copy,
`invert(.9) hue-rotate(180deg)`, pictures turned back. What it shows well: a logo that vanishes, a button that loses its
edge. What it does not: clients that leave some colours alone (Gmail on Android keeps dark backgrounds), and each
client's own shades.
"""

from __future__ import annotations

import re
from typing import Literal

Scheme = Literal["light", "dark"]

_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<(?:meta|source|link|style)\b[^>]*>", re.IGNORECASE)
_QUERY = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_PROPERTY = re.compile(r"(?<![-\w])color-scheme\s*:\s*(?:light\s+dark|dark\s+light|normal)\b", re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_FOCUS = re.compile(r"(<(?:input|select|textarea|button)\b[^>]*?)\sautofocus(?=[\s>])")
_INVERTED = (
    "<style>html{background:#fff;filter:invert(.9) hue-rotate(180deg)}img{filter:invert(1) hue-rotate(180deg)}</style>"
)


def in_scheme(html: str, scheme: Scheme) -> str:
    """The document as one sees it who prefers `scheme`, whatever the browser prefers."""

    def answer(text: str) -> str:
        text = _QUERY.sub(lambda found: "(min-width:0)" if found[1].lower() == scheme else "(max-width:0)", text)
        return _PROPERTY.sub(f"color-scheme:{scheme}", text)

    def tag(found: re.Match[str]) -> str:
        text = answer(found[0])
        return text.replace("light dark", scheme).replace("dark light", scheme) if "color-scheme" in text else text

    html = _STYLE.sub(lambda found: found[1] + answer(found[2]) + found[3], html)
    return _TAG.sub(tag, html)


def inverted(html: str) -> str:
    """The e-mail as a client shows it that turns its colours round."""
    return _in_head(in_scheme(html, "light"), _INVERTED)


def at_home(html: str, origin: str) -> str:
    """The e-mail with the site's own addresses leading here: its pictures load from this server, its links open in a
    tab of their own. `origin` is the site's, as `https://casalume.example`."""
    return _in_head(html.replace(f'"{origin}/', '"/'), '<base target="_blank">')


def unfocused(html: str) -> str:
    """The page without a field that takes the focus as it loads: in a frame, that belongs to the page around it."""
    return _FOCUS.sub(r"\1", html)


def styles(html: str) -> list[str]:
    """What stands in each style element."""
    return [found[2] for found in _STYLE.finditer(html)]


def _in_head(html: str, more: str) -> str:
    return _HEAD.sub(lambda found: found[0] + more, html, count=1)
