"""HTML that an author wrote, made harmless: the one door to nh3 (ammonia).

Only where a site allows author HTML at all. The finished rendering goes through whole, Markdown's own tags included, so
that what is balanced, cleaned and serialised here is exactly what is printed, and an open tag of the author's cannot
reach beyond the text. The list of tags and attributes is short: nothing that runs, styles, posts, or loads anything.
There is no `src` in it, since pictures come from Markdown, where they are made ready in every size.

Shortcodes pass through as marks (see shortcodes): between tags they are text; in an attribute they are dropped, and
whoever asked finds them missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import nh3

from handbill.render.plaintext import Link
from handbill.render.shortcodes import OPEN

VERSION: str = getattr(nh3, "__version__", "")  # its stubs leave it out

SCHEMES = frozenset(
    ("https", "http", "mailto", "tel", "sms", "geo", "webcal", "xmpp", "irc", "ircs", "matrix", "signal")
)
"""Where a link may lead outside the site. Anything else could be a program (`javascript:`), a file or a slip."""

_TAG_NAMES = """
    a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div
    dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q rp rt ruby s samp section
    small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr
"""
_TAGS = frozenset(_TAG_NAMES.split())
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
SILENT = frozenset(
    ("script", "style", "template", "noscript", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
)
"""Tags that go with all that is between them: none of it was meant to be read."""

_VOID = re.compile(r'<(br|hr|col|wbr)((?: [\w:-]+="[^"]*")*)>')
_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9-]*)([^<>]*)")
_BAD_ATTRIBUTE = re.compile(r"\s(on\w+|style|src|srcset|background)\s*=", re.IGNORECASE)
_LINK = re.compile(
    r"""<a\s(?:[^<>]*?\s)?href\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)[^>]*>(.*?)</a\s*>""", re.IGNORECASE | re.DOTALL
)


def clean(html: str, lead: Callable[[str], str | None], *, xhtml: bool) -> str:
    """`html` without anything that runs, styles or loads. Every href is what `lead` makes of it; None takes it away.

    `xhtml`: for an e-mail: void elements closed as XHTML does, and no ids.
    """

    def keep(tag: str, name: str, value: str) -> str | None:
        if name == "href":
            return lead(value)
        if OPEN in value or (xhtml and name == "id"):
            return None
        return value

    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        clean_content_tags=SILENT,
        generic_attribute_prefixes={"aria-"},
        link_rel=None,
        strip_comments=True,
        url_schemes=SCHEMES,
    )
    return _VOID.sub(r"<\1\2 />", cleaned) if xhtml else cleaned


def dropped(html: str) -> list[tuple[str, str]]:
    """What `clean` will not keep of a stretch of HTML: (what is wrong, how to mend it), each once."""
    out = {}
    for tag, inside in _TAG.findall(html):
        name = tag.lower()
        if name == "img":
            out["<img> is not kept."] = "Write ![what it shows](its-file.jpg): so it is made ready in every size."
        elif name not in _TAGS:
            out[f"<{name}> is not kept."] = "Author HTML may not run, style, post or load anything."
        else:
            for attribute in _BAD_ATTRIBUTE.findall(inside):
                out[f"The attribute '{attribute.lower()}' is not kept."] = (
                    "Author HTML may not run, style or load anything."
                )
    return list(out.items())


def words(html: str) -> str:
    """The words of a stretch of HTML: no tags, no entities."""
    return unescape(nh3.clean(html, tags=set(), clean_content_tags=SILENT, link_rel=None))


def links(html: str) -> list[Link]:
    """The links of a stretch of HTML: (words, target)."""
    return [(words(match.group(2)), unescape(match.group(1).strip("\"'"))) for match in _LINK.finditer(html)]
