"""Atom feeds (RFC 4287): what is new, for readers that people chose themselves.

Ids never change: they are made of the site's host and the entry's id, not of its title or URL. Dates are those of the
entries, never the clock's, so that the same content gives the same bytes. Links and pictures inside the HTML may be
root-relative: `xml:base` says what they are relative to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape  # as good for XML, and xml.sax would load the whole of urllib
from urllib.parse import quote

MINTED = "2026"
"""The year in our tag URIs (RFC 4151). A constant: another year would be another id, and everything read would be new
again in every reader."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""`updated` of a feed that has nothing in it yet."""

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What the feed says of itself."""

    id: str
    """From `tag`, of the site and the language."""
    title: str
    url: str
    """Absolute URL of the feed itself."""
    home: str
    """Absolute URL of the page it is the feed of."""
    lang: str
    author: str
    subtitle: str = ""
    alternates: tuple[tuple[str, str], ...] = ()
    """(language, absolute URL) of the same feed in other languages."""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One entry."""

    id: str
    """From `tag`, of the entry and the language."""
    title: str
    url: str
    """Absolute."""
    updated: datetime
    """When its words or facts last changed, aware."""
    published: datetime | None = None
    summary: str = ""
    html: str = ""
    """The finished HTML of its body; links may be root-relative."""
    categories: tuple[str, ...] = ()


def tag(host: str, entry_id: str, lang: str = "") -> str:
    """A tag URI: `tag:casalume.example,2026:events/salon-to-stream`, with `;pt` behind it in another language.

    A translation is its own item, for a reader would show one of two items with one id. `host` is without its port.
    """
    suffix = f";{lang}" if lang else ""
    return f"tag:{host},{MINTED}:{quote(entry_id, safe='/-._~')}{suffix}"


def atom(head: FeedHead, items: Sequence[FeedItem]) -> bytes:
    """The feed as UTF-8, items in the order given; `updated` is that of the item changed last."""
    updated = max((item.updated for item in items), default=NEVER)
    out = [
        '<?xml version="1.0" encoding="utf-8"?>\n',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={_attr(head.lang)}>\n',
        f"<id>{_text(head.id)}</id>\n<title>{_text(head.title)}</title>\n",
        f"<subtitle>{_text(head.subtitle)}</subtitle>\n" if head.subtitle else "",
        f"<updated>{_when(updated)}</updated>\n<author><name>{_text(head.author)}</name></author>\n",
        f'<link rel="self" type="application/atom+xml" href={_attr(head.url)}/>\n',
        f'<link rel="alternate" type="text/html" hreflang={_attr(head.lang)} href={_attr(head.home)}/>\n',
        *(
            f'<link rel="alternate" type="application/atom+xml" hreflang={_attr(lang)} href={_attr(url)}/>\n'
            for lang, url in head.alternates
        ),
        "<generator>handbill</generator>\n",
    ]
    for item in items:
        out.append(_entry(item))
    out.append("</feed>\n")
    return "".join(out).encode()


def _entry(item: FeedItem) -> str:
    out = [
        f"<entry>\n<id>{_text(item.id)}</id>\n<title>{_text(item.title)}</title>\n",
        f'<link rel="alternate" type="text/html" href={_attr(item.url)}/>\n',
        f"<updated>{_when(item.updated)}</updated>\n",
    ]
    if item.published is not None:
        out.append(f"<published>{_when(item.published)}</published>\n")
    out.extend(f"<category term={_attr(term)}/>\n" for term in item.categories)
    if item.summary:
        out.append(f"<summary>{_text(item.summary)}</summary>\n")
    if item.html:
        out.append(f'<content type="html" xml:base={_attr(item.url)}>{_text(item.html)}</content>\n')
    out.append("</entry>\n")
    return "".join(out)


def _text(value: str) -> str:
    return escape(_NOT_XML.sub("", value))


def _attr(value: str) -> str:
    return f'"{escape(_NOT_XML.sub("", value))}"'


def _when(moment: datetime) -> str:
    """RFC 3339, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
