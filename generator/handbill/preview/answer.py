"""The frame of the preview's own pages, and the answers that hold them: plain HTML, escaped by construction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

from markupsafe import Markup

from handbill.answer import HTML, Answer
from handbill.errors import Problem
from handbill.headers import style_hash

MOUNT = "/_handbill/"
"""Where all of it stands."""
FILES = Path(__file__).parent / "files"
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""What a framed document may: no script, no form, but links that open tabs of their own."""

_CHROME = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'"
)
_ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"))


def html(body: Markup, status: int = 200, *, framed: bool = False) -> Answer:
    """One of the preview's own pages; `framed` where it may stand in one of its frames."""
    framer = "'self'" if framed else "'none'"
    return _answer(str(body), f"{_CHROME}; frame-ancestors {framer}", status)


def email(document: str, *, pictures: bool = True) -> Answer:
    """An e-mail in a frame: nothing runs, nothing is asked of another origin, links open tabs of their own.

    Without `pictures` it is the same document under a policy that loads none, as in a client that asks first.
    """
    shown = "'self' data:" if pictures else "'none'"
    policy = (
        f"default-src 'none'; img-src {shown}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
        f"frame-ancestors 'self'; sandbox {SANDBOX}"
    )
    return _answer(document, policy)


def page(document: str, styles: Iterable[str]) -> Answer:
    """A page of the theme in a frame, under a policy as strict as the built site's: style by its hash alone."""
    hashes = " ".join(f"'{style_hash(css)}'" for css in styles) or "'none'"
    policy = (
        f"default-src 'none'; img-src 'self' data:; font-src 'self'; style-src {hashes}; form-action 'none'; "
        f"base-uri 'none'; frame-ancestors 'self'; sandbox {SANDBOX}"
    )
    return _answer(document, policy)


def file(name: str, data: bytes, *, download: bool = False) -> Answer:
    """A file, by the ending of its name; to be saved rather than shown where `download` says so."""
    headers: tuple[tuple[str, str], ...] = (("Content-Security-Policy", "default-src 'none'; sandbox"), *_ALWAYS)
    if download:
        headers = (("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}"), *headers)
    return Answer(200, _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream"), data, headers)


_TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "avif": "image/avif",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "eml": "message/rfc822",
}


@cache
def own_file(name: str) -> Answer | None:
    """`preview.css` or `preview.js`."""
    return file(name, (FILES / name).read_bytes()) if name in ("preview.css", "preview.js") else None


def _answer(document: str, policy: str, status: int = 200) -> Answer:
    headers = (("Content-Security-Policy", policy), *_ALWAYS)
    return Answer(status, HTML, document.encode("utf-8", "replace"), headers)


def url(*parts: str, leaf: str = "", query: Mapping[str, str] | None = None) -> str:
    """`/_handbill/`, the parts below it, encoded (a part may hold slashes), and the last one without a slash."""
    path = MOUNT + "".join(f"{quote(part, safe='/')}/" for part in parts) + quote(leaf)
    return f"{path}?{urlencode(query)}" if query else path


SECTIONS = (
    ("Preview", MOUNT),
    ("Gallery", f"{MOUNT}gallery/"),
    ("E-mails", f"{MOUNT}#emails"),
    ("Letters", f"{MOUNT}#letters"),
    ("Inbox", f"{MOUNT}inbox/"),
    ("People", f"{MOUNT}people/"),
    ("The site", "/"),
)
"""What stands at the top of each page. Inbox and people are the server's own, below the same address."""


def document(title: str, main: Markup, *, above: tuple[str, str] = ("", ""), wide: bool = False) -> Markup:
    """A page of the preview. `above` is (words, URL) of what it belongs to: one of SECTIONS, or what stands in one."""
    links = Markup("").join(
        Markup('<li><a href="{}"{}>{}</a></li>').format(
            where, Markup(' aria-current="page"') if title == words else "", words
        )
        for words, where in SECTIONS
    )
    back = Markup('<p class="back"><a href="{}">{}</a></p>').format(above[1], above[0]) if above[0] else ""
    return Markup(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="robots" content="noindex">\n'
        '<title>{} · Preview</title>\n<link rel="icon" href="data:,">\n'
        '<link rel="stylesheet" href="{}preview.css">\n<script defer src="{}preview.js"></script>\n'
        '</head>\n<body{}>\n<header class="top"><nav aria-label="Preview"><ul>{}</ul></nav></header>\n'
        "<main>\n{}{}\n</main>\n</body>\n</html>\n"
    ).format(title, MOUNT, MOUNT, Markup(' class="wide"') if wide else "", links, back, main)


def choices(label: str, options: Iterable[tuple[str, str, bool]]) -> Markup:
    """A row of links of which one is the case: (words, URL, whether it is). Nothing, where there is no choice."""
    options = list(options)
    if len(options) < 2:
        return Markup("")
    links = Markup("").join(
        Markup('<a href="{}"{}>{}</a>').format(where, Markup(' aria-current="true"') if now else "", words)
        for words, where, now in options
    )
    return Markup('<nav class="choices" aria-label="{}"><span>{}</span>{}</nav>').format(label, label, links)


def problem_list(problems: Iterable[Problem]) -> Markup:
    """Problems as people read them: where, what, how to mend it."""
    rows = Markup("").join(
        Markup('<li class="{}"><b>{}</b> {}<br><span>{}</span>{}</li>').format(
            each.level,
            each.level.capitalize(),
            each.what,
            each.fix,
            Markup(" <code>{}</code>").format(_place(each)) if each.line else "",
        )
        for each in problems
    )
    return Markup('<ul class="problems">{}</ul>').format(rows) if rows else Markup("")


def _place(problem: Problem) -> str:
    return ":".join(str(part) for part in (problem.path, problem.line, problem.column) if part)
