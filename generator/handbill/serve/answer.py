"""Who answers what, and the words that the server says itself."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Protocol

from handbill.answer import HTML, Answer, Header


class Responder(Protocol):
    """Answers for some of the paths. Called by several threads at once."""

    def respond(self, path: str, query: Mapping[str, str]) -> Answer | None:
        """The answer to a GET of `path` (decoded, beginning with a slash), or None where it is somebody else's."""

    def take(self, path: str, form: Mapping[str, str], origin: str) -> Answer | None:
        """The answer to a form posted to `path` by a page of this server, whose origin is `origin`."""


OWN = (
    ("Content-Security-Policy", "default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
"""Headers of what the server says itself."""


def note(status: int, title: str, *paragraphs: str, headers: tuple[Header, ...] = ()) -> Answer:
    """A page of the server's own: plain words, no style but the browser's. Line breaks in them are kept."""
    text = "".join(f"<p>{escape(words).replace(chr(10), '<br>')}</p>\n" for words in paragraphs)
    body = (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n</head>\n'
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{text}</main>\n</body>\n</html>\n"
    )
    return Answer(status, HTML, body.encode(), (*OWN, *headers))
