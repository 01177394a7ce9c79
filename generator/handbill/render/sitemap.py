"""Sitemap and robots.txt: what search engines are told (sitemaps.org, RFC 9309).

Only what stands in an entry decides `lastmod`, never the clock. A page's translations are named with it, both ways, as
Google wants them. More URLs than one sitemap may hold become several, behind an index of the same name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from html import escape  # as good for XML, and xml.sax would load the whole of urllib
from typing import NamedTuple

MOST_URLS = 50_000
MOST_BYTES = 50 * 1024 * 1024
"""Of one sitemap, uncompressed (sitemaps.org)."""

_OPEN = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)
_CLOSE = "</urlset>\n"


class SitemapUrl(NamedTuple):
    """One page."""

    url: str
    """Absolute and encoded."""
    lastmod: date | None = None
    """Day or aware moment of the last change."""
    alternates: tuple[tuple[str, str], ...] = ()
    """(language or `x-default`, absolute URL) of every translation, this page among them; empty with one language."""


def sitemap(
    urls: Sequence[SitemapUrl], home: str, *, most_urls: int = MOST_URLS, most_bytes: int = MOST_BYTES
) -> dict[str, bytes]:
    """Name of file → its bytes: `sitemap.xml` alone, or an index by that name with `sitemap-1.xml` and so on.

    `home` is the absolute URL that the files stand at, with a slash at its end.
    """
    room = most_bytes - len(_OPEN) - len(_CLOSE)
    files: list[list[str]] = [[]]
    size = 0
    for page in urls:
        row = _row(page)
        length = len(row.encode())
        if files[-1] and (len(files[-1]) == most_urls or size + length > room):
            files.append([])
            size = 0
        files[-1].append(row)
        size += length
    if len(files) == 1:
        return {"sitemap.xml": _file(files[0])}
    out = {f"sitemap-{number}.xml": _file(rows) for number, rows in enumerate(files, 1)}
    index = "".join(f"<sitemap><loc>{escape(home + name)}</loc></sitemap>\n" for name in out)
    out["sitemap.xml"] = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{index}</sitemapindex>\n'
    ).encode()
    return out


def robots(sitemap_url: str, disallow: Sequence[str] = ()) -> bytes:
    """robots.txt that allows everything but the paths in `disallow` and names the sitemap.

    A page that search engines must forget needs `noindex`, not a line here: what may not be read stays in the index.
    """
    rules = "".join(f"Disallow: {path}\n" for path in disallow) or "Allow: /\n"
    return f"User-agent: *\n{rules}\nSitemap: {sitemap_url}\n".encode()


def _file(rows: Sequence[str]) -> bytes:
    return (_OPEN + "".join(rows) + _CLOSE).encode()


def _row(page: SitemapUrl) -> str:
    lastmod = f"<lastmod>{_when(page.lastmod)}</lastmod>" if page.lastmod is not None else ""
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{escape(lang)}" href="{escape(url)}"/>' for lang, url in page.alternates
    )
    return f"<url><loc>{escape(page.url)}</loc>{lastmod}{links}</url>\n"


def _when(moment: date) -> str:
    if isinstance(moment, datetime):
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return moment.isoformat()
