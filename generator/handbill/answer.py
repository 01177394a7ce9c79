"""An answer to one request, whoever gives it and whoever sends it: no HTTP library, no socket."""

from __future__ import annotations

from typing import NamedTuple

TEXT, HTML, JSON = "text/plain; charset=utf-8", "text/html; charset=utf-8", "application/json; charset=utf-8"

Header = tuple[str, str]


class Answer(NamedTuple):
    """Everything but what the connection needs."""

    status: int
    type: str
    """`text/html; charset=utf-8`."""
    body: bytes
    headers: tuple[Header, ...] = ()
