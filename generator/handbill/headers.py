"""What the host must say with each file: one model of headers, written out for each kind of host.

    path → Kind → its headers          the model; complete, knows no host
    to_netlify(model)                  `_headers` for Netlify and Cloudflare Pages
    redirects(aliases)                 `_redirects` for both
    redirect_page(url)                 a page that leads on, for hosts that know no redirects

Both hosts apply every rule that matches a path; Cloudflare joins the values of one header with a comma, which would
turn two policies into a broken one. Hence the portable rule: **no header stands in two rules that match one path.** So
nothing is said once for all and then otherwise for some; and what both hosts say by themselves (pages are asked for
again each time) is left to them. `problems` checks the rule, and the limits that Cloudflare states: 100 rules of at
most 2,000 characters a line, 2,000 redirects of at most 1,000.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from enum import Enum
from html import escape
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from handbill.errors import Problem

ASSETS, MEDIA = "/assets/", "/media/"
"""Folders whose files carry their digest in their name: they never change, and anything below them may be kept."""

MOST_RULES, LONGEST_LINE = 100, 2000
MOST_REDIRECTS, LONGEST_REDIRECT = 2000, 1000
"""Cloudflare Pages: developers.cloudflare.com/pages/configuration/headers/ and /redirects/"""

TWO_YEARS = "max-age=63072000"

Header = tuple[str, str]


class Kind(Enum):
    """What a file is to those who fetch it: how long it may be kept, and who may show it."""

    PAGE = "page"
    """Pages, and whatever may change under its name: asked for again each time."""
    HOURLY = "hourly"
    """Calendars, feeds, sitemaps, robots.txt: good for an hour."""
    ASSET = "asset"
    """Files of the theme, named by their digest: kept for ever."""
    PICTURE = "picture"
    """Likewise, and shown by other sites too: in e-mails read in a browser, in link previews."""


_CACHE = {
    Kind.PAGE: "public, max-age=0, must-revalidate",
    Kind.HOURLY: "public, max-age=3600",
    Kind.ASSET: "public, max-age=31536000, immutable",
    Kind.PICTURE: "public, max-age=31536000, immutable",
}


class Rule(NamedTuple):
    """One rule of a host: the paths it matches, and what it adds."""

    pattern: str
    headers: tuple[Header, ...]


class HeaderModel(NamedTuple):
    """All headers of all paths of a site."""

    everywhere: tuple[Header, ...]
    """What every answer carries."""
    paths: tuple[str, ...]
    """Every path that something stands at, root-relative, with the base path, percent-encoded; sorted."""
    base: str = ""
    """The base path: `` or `/lamp`."""

    def kind(self, path: str) -> Kind:
        inner = path.removeprefix(self.base)
        if inner.startswith(MEDIA):
            return Kind.PICTURE
        if inner.startswith(ASSETS):
            return Kind.ASSET
        return Kind.HOURLY if inner.endswith((".ics", ".xml")) or inner == "/robots.txt" else Kind.PAGE

    def headers(self, path: str) -> tuple[Header, ...]:
        """Everything that the answer for `path` must carry, on any host."""
        kind = self.kind(path)
        return (*self.everywhere, _shown_by(kind), ("Cache-Control", _CACHE[kind]))


def model(paths: Iterable[str], *, policy: str, base: str = "", transport: str = TWO_YEARS) -> HeaderModel:
    """The headers of a site.

    `paths` are site-relative URLs (`/events/salon/`, `/feed.xml`); `policy` is from `csp`; `transport` is the value of
    Strict-Transport-Security, which includes subdomains, or asks to be preloaded, only where a site says so.
    """
    everywhere = (
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "strict-origin"),  # under no-referrer a form's post would carry Origin: null
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), browsing-topics=()"),
        ("X-Content-Type-Options", "nosniff"),
        ("Strict-Transport-Security", transport),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    )
    return HeaderModel(everywhere, tuple(sorted({base + encoded(path) for path in paths})), base)


def _shown_by(kind: Kind) -> Header:
    return ("Cross-Origin-Resource-Policy", "cross-origin" if kind is Kind.PICTURE else "same-origin")


# The content security policy ------------------------------------------------------------------------------------------


def csp(
    style_hashes: Iterable[str], form_actions: Iterable[str] = (), *, fonts: bool = False, in_page: bool = False
) -> str:
    """The policy of a site: nothing but its own pictures, the style of these hashes, and forms to these places.

    `style_hashes` are as `style_hash` gives them. `form_actions` are URLs that a form posts to **and** that it is then
    redirected to; root-relative ones are the site's own. `fonts` allows the theme's own fonts. `in_page` is for a meta
    element, where frame-ancestors is not allowed (CSP 3, 3.3).

    JSON-LD is not executed and needs no allowance. connect-src stays on 'self', or Lighthouse cannot read robots.txt.
    """
    styles = " ".join(f"'{found}'" for found in sorted(set(style_hashes))) or "'none'"
    forms = " ".join(["'self'", *sorted({origin for url in form_actions if (origin := _origin(url))})])
    parts = [
        "default-src 'none'",
        "connect-src 'self'",
        "img-src 'self' data:",
        f"style-src {styles}",
        *(["font-src 'self'"] if fonts else []),
        "script-src 'none'",
        "object-src 'none'",
        f"form-action {forms}",
        "base-uri 'none'",
        *([] if in_page else ["frame-ancestors 'none'"]),
    ]
    return "; ".join(parts)


def style_hash(css: str) -> str:
    """The hash source of what stands between `<style>` and `</style>`, without quotes: `sha256-…`."""
    return "sha256-" + base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()


def _origin(url: str) -> str:
    """Scheme, host and port of an absolute URL; empty for a root-relative one. Raises ValueError."""
    if url.startswith("/") and not url.startswith("//"):
        return ""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not re.fullmatch(
        r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9a-f:]+\](:\d+)?", parts.netloc
    ):
        raise ValueError(f"{url!r} is no place that a form can post to.")
    return f"{parts.scheme}://{parts.netloc.lower()}"


# Netlify and Cloudflare Pages -----------------------------------------------------------------------------------------


def netlify_rules(of: HeaderModel) -> tuple[Rule, ...]:
    """The rules of `_headers`: few, whatever the size of the site.

    Who may show a file differs below /media/ only, and a pattern cannot say "all but". So each way in which a path can
    leave the letters of `media/` is a rule: `/e*` for /events/, `/mu*` for /music/. They exclude one another.
    """
    base = of.base
    picture, own = _shown_by(Kind.PICTURE), _shown_by(Kind.PAGE)
    kept, hourly = ("Cache-Control", _CACHE[Kind.ASSET]), ("Cache-Control", _CACHE[Kind.HOURLY])
    home = f"{base}/"
    starts = {_leaves_media(path[len(home) :]) for path in (*of.paths, base + ASSETS) if path.startswith(home)}
    return (
        Rule("/*", of.everywhere),
        Rule(home, (own,)),
        *(Rule(f"{home}{start}*", (own,)) for start in sorted(starts) if start),
        Rule(f"{base}{MEDIA}*", (picture, kept)),
        Rule(f"{base}{ASSETS}*", (kept,)),
        Rule(f"{base}/*.ics", (hourly,)),
        Rule(f"{base}/*.xml", (hourly,)),
        Rule(f"{base}/robots.txt", (hourly,)),
    )


def _leaves_media(path: str) -> str:
    """The shortest beginning of `path` that is no beginning of `media/`; empty for what is below it, and for home."""
    media = MEDIA[1:]
    if path.startswith(media):
        return ""
    return next((path[:length] for length in range(1, len(path) + 1) if not media.startswith(path[:length])), "")


def to_netlify(of: HeaderModel) -> bytes:
    """The file `_headers`, for Netlify and Cloudflare Pages."""
    out = ["# Made by handbill. No header stands in two rules that match one path: hosts would join the two.\n"]
    for rule in netlify_rules(of):
        out.append(f"{rule.pattern}\n" + "".join(f"  {name}: {value}\n" for name, value in rule.headers))
    return "".join(out).encode()


def redirects(aliases: Iterable[tuple[str, str]], *, base: str = "") -> bytes:
    """The file `_redirects`: (old path, new path), site-relative both, moved for good. Sorted."""
    return "".join(f"{row}\n" for row in _redirect_rows(aliases, base)).encode()


def _redirect_rows(aliases: Iterable[tuple[str, str]], base: str) -> list[str]:
    return [f"{base}{encoded(old)} {base}{encoded(new)} 301" for old, new in sorted(aliases)]


def problems(of: HeaderModel, aliases: Sequence[tuple[str, str]] = ()) -> list[Problem]:
    """What a host would drop or garble in silence: warnings, since which host it will be is not known here."""
    found: list[Problem] = []

    def say(path: str, what: str, fix: str) -> None:
        found.append(Problem(path, 0, 0, what, fix, "warning"))

    rules = netlify_rules(of)
    if len(rules) > MOST_RULES:
        say(
            "public/_headers",
            f"The site needs {len(rules)} rules of headers; Cloudflare Pages reads {MOST_RULES}.",
            "Put pages below few folders: give fewer entries a `url:` of their own.",
        )
    for rule in rules:
        for name, value in rule.headers:
            if len(f"  {name}: {value}") > LONGEST_LINE:
                say(
                    "public/_headers",
                    f"{name} is {len(value)} characters long; Cloudflare Pages drops lines over {LONGEST_LINE}.",
                    "Name fewer places that forms may post to, or fewer styles.",
                )
    for path in of.paths:
        if of.kind(path) in (Kind.ASSET, Kind.PICTURE) and path.endswith((".ics", ".xml")):
            say(
                f"public{path}",
                "It would get two values of Cache-Control, which hosts join into one that means nothing.",
                "Put it into another folder than assets/ or media/.",
            )
    rows = _redirect_rows(aliases, of.base)
    if len(rows) > MOST_REDIRECTS:
        say(
            "public/_redirects",
            f"The site has {len(rows)} aliases; Cloudflare Pages reads {MOST_REDIRECTS} redirects.",
            "The pages that lead on still work. Take away aliases that nobody follows any more.",
        )
    for row in rows:
        if len(row) > LONGEST_REDIRECT:
            say(
                "public/_redirects",
                f"The redirect from {row.split(' ')[0][:60]}… is longer than {LONGEST_REDIRECT} characters.",
                "Shorten the alias.",
            )
    return found


_SAFE = "/-._~!$&'()+,=@%"


def encoded(path: str) -> str:
    """A path as it stands in these files: percent-encoded, also what hosts would read as a pattern (`*`, `:`) or as a
    query; what is encoded stays so."""
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", path), safe=_SAFE)


# Any host -------------------------------------------------------------------------------------------------------------


def redirect_page(url: str, lang: str = "en") -> bytes:
    """A page that leads on to `url` (absolute, or root-relative) at once, and says so to search engines.

    It needs neither script nor style, so the site's policy holds on it. Its words are the address itself, which is the
    same in every language. Raises ValueError for a URL of any other kind.
    """
    if not re.fullmatch(r"(https?://[^/\s\"'<>]+)?/(?![/\\])[^\s\"<>\\]*", url):
        raise ValueError(f"{url!r} is no address to lead on to.")
    target = escape(url)
    return (
        f'<!doctype html>\n<html lang="{escape(lang)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{target}</title>\n'
        f'<link rel="canonical" href="{target}">\n<meta name="robots" content="noindex">\n'
        f'<meta http-equiv="refresh" content="0; url={target}">\n</head>\n'
        f'<body>\n<main>\n<h1><a href="{target}">{target}</a></h1>\n</main>\n</body>\n</html>\n'
    ).encode()
