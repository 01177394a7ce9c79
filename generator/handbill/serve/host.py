"""What a static host makes of a built folder: files, the rules of `_headers` and `_redirects`, 404.html.

Only what the last build made is found, by its name among the names of the outputs: a path is never walked on the disk,
so that no way of writing `..` leads anywhere. Bytes are read when they are asked for. They come from the system's page
cache, which is memory already: a copy of our own would only grow with the site. Each file is seen whole, old or new,
since builds move them into their places by one rename.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from handbill.answer import HTML, TEXT, Answer, Header
from handbill.headers import Rule, encoded
from handbill.serve.answer import note

TYPES: Mapping[str, str] = {
    ".html": HTML,
    ".txt": TEXT,
    ".md": TEXT,
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".xml": "application/xml; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".vcf": "text/vcard; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".zip": "application/zip",
}
"""Our own, since what the system knows of types differs from machine to machine."""

NOT_OURS = frozenset({"strict-transport-security", "cache-control"})
"""Headers of the real host that make no sense here: there is no TLS, and everything may change at once."""

_RULES = frozenset({"_headers", "_redirects"})


class Host:
    """Answers GETs for the files of one folder. Safe to ask from several threads."""

    def __init__(self, public: Path) -> None:
        self._public = str(public)

    def respond(self, path: str, outputs: Collection[str], base: str = "") -> Answer:
        """The answer for `path`: decoded, beginning with a slash. `outputs` are the names of all files that there are;
        `base` is the base path (`/lamp`) that the site lives under, or empty."""
        if base and path in ("/", base):
            return redirect(f"{base}/")
        inside = path.removeprefix(base) if path.startswith(f"{base}/") else ""
        name = inside[1:]
        if not inside or name in _RULES:
            return self._missing(path, outputs)
        place = self._redirects().get(encoded(path))
        if place is not None:
            return redirect(place)
        if name.endswith("/") or not name:
            name += "index.html"
        elif name not in outputs and f"{name}/index.html" in outputs:
            return redirect(f"{path}/")
        data = self._read(name) if name in outputs else None
        if data is None:
            return self._missing(path, outputs)
        kind = TYPES.get(os.path.splitext(name)[1].lower(), "application/octet-stream")  # noqa: PTH122
        return Answer(200, kind, data, self._headers(path))

    def _missing(self, path: str, outputs: Collection[str]) -> Answer:
        data = self._read("404.html") if "404.html" in outputs else None
        if data is None:
            return note(404, "Nothing stands here", f"No page of this site has the address {path}.")
        return Answer(404, HTML, data, self._headers(path))

    def _read(self, name: str) -> bytes | None:
        try:
            with open(f"{self._public}/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - a Path costs more
                return file.readall()
        except OSError:
            return None  # a build has just removed it

    def _headers(self, path: str) -> tuple[Header, ...]:
        """What `_headers` says for a path; every rule that matches counts, as on the hosts that read it."""
        found: dict[str, str] = {}
        written = encoded(path)
        for rule, matches in _rules(self._read("_headers") or b""):
            if matches.fullmatch(written):
                for name, value in rule.headers:
                    if name.lower() not in NOT_OURS:
                        found[name] = f"{found[name]}, {value}" if name in found else value
        return tuple(found.items())

    def _redirects(self) -> Mapping[str, str]:
        return _moves(self._read("_redirects") or b"")


def redirect(place: str) -> Answer:
    """Leads on to a root-relative URL, for now: what moved for good is remembered by browsers for ever."""
    return Answer(302, TEXT, f"It is at {place}\n".encode(), (("Location", quote(place, safe="/%-._~!$&'()*+,;=:@?")),))


@lru_cache(maxsize=4)
def _rules(text: bytes) -> tuple[tuple[Rule, re.Pattern[str]], ...]:
    """The rules of a `_headers` file, each with what matches its paths."""
    rules: list[tuple[str, list[Header]]] = []
    for line in text.decode().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line[0].isspace():
            rules.append((line.strip(), []))
        else:
            name, _, value = line.strip().partition(":")
            rules[-1][1].append((name, value.strip()))
    return tuple(
        (Rule(pattern, tuple(headers)), re.compile(".*".join(map(re.escape, pattern.split("*")))))
        for pattern, headers in rules
    )


@lru_cache(maxsize=4)
def _moves(text: bytes) -> Mapping[str, str]:
    """Old path → new one, from a `_redirects` file."""
    rows = [line.split() for line in text.decode().splitlines() if not line.startswith("#")]
    return {row[0]: row[1] for row in rows if len(row) >= 2}
