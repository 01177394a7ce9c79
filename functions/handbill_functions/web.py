"""Requests and responses, as every home gives and takes them, and what is read out of a posted body.

A body is urlencoded or multipart/form-data, UTF-8, at most LARGEST bytes, with text in each field and each name once,
but for those that may come several times. Anything else is a BadRequest with the status to answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from handbill_functions.errors import FunctionsError

LARGEST = 65_536
"""Bytes of a body. A form has a few hundred."""
MOST_FIELDS = 100


class BadRequest(FunctionsError):
    """The request cannot be understood. The message never repeats any of it."""

    def __init__(self, status: int, what: str) -> None:
        self.status = status
        super().__init__(what)


class Request(NamedTuple):
    """One HTTP request."""

    method: str
    path: str
    """As it came, percent-encoding and all, without the query: `/api/confirm/AQ…`."""
    headers: Mapping[str, str] = MappingProxyType({})
    """Names in small letters."""
    body: bytes = b""
    peer: str = ""
    """Address of who is connected: the visitor, or the last proxy."""
    id: str = ""
    """Names the request in the log."""
    query: str = ""
    """What stands behind the path: `lang=pt`."""


class Response(NamedTuple):
    """One HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def redirect(where: str) -> Response:
    """303: the browser gets the page at `where`, a path of ours or an absolute address of the site."""
    return Response(303, (("Location", where), ("Cache-Control", "no-store"), ("Content-Length", "0")))


def text(status: int, words: str, kind: str = "text/plain") -> Response:
    """Words for a machine, or for nobody."""
    headers = (("Content-Type", f"{kind}; charset=utf-8"), ("Cache-Control", "no-store"))
    return Response(status, (*headers, ("X-Content-Type-Options", "nosniff")), words.encode())


def health(request: Request) -> Response | None:
    """200 for whoever asks whether this process answers; None for other requests. Asks nothing of anybody, so that a
    slow store restarts no server."""
    if not request.path.rstrip("/").endswith("/health") or request.method not in ("GET", "HEAD"):
        return None
    return text(200, '{"status":"ok"}' if request.method == "GET" else "", "application/json")


def form_of(request: Request) -> dict[str, list[str]]:
    """The fields of a posted body: name → its values, in the order they came. Raises BadRequest."""
    if len(request.body) > LARGEST:
        raise BadRequest(413, "The body is too large.")
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if not request.body:
        return {}
    if kind == "application/x-www-form-urlencoded":
        pairs = _urlencoded(request.body)
    elif kind == "multipart/form-data":
        pairs = _multipart(request.body, parameters)
    else:
        raise BadRequest(415, "The body is no form.")
    if len(pairs) > MOST_FIELDS:
        raise BadRequest(400, "The form has too many fields.")
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(_text(name), []).append(_text(value))
    return fields


def once(form: Mapping[str, list[str]]) -> dict[str, str]:
    """The same where each field comes once. Raises BadRequest for a name that comes twice: which one counts?"""
    if any(len(values) > 1 for values in form.values()):
        raise BadRequest(400, "The form has a field twice.")
    return {name: values[0] for name, values in form.items()}


_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def _urlencoded(body: bytes) -> list[tuple[bytes, bytes]]:
    from urllib.parse import unquote_to_bytes  # a cold start that needs no form need not read it

    found = body.replace(b"+", b" ").split(b"&")
    if len(found) > MOST_FIELDS:
        raise BadRequest(400, "The form has too many fields.")
    if _BROKEN.search(body):
        raise BadRequest(400, "The form is not encoded as forms are.")
    pairs = [pair.partition(b"=") for pair in found if pair]
    return [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in pairs]


def _multipart(body: bytes, parameters: str) -> list[tuple[bytes, bytes]]:
    """RFC 7578, as browsers and one-click senders write it. Files are refused: no form of ours asks for one."""
    found = re.search(r'boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', parameters, re.IGNORECASE)
    if found is None:
        raise BadRequest(400, "The form names no boundary.")
    boundary = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    parts = (b"\r\n" + body).split(b"\r\n" + boundary)
    if len(parts) < 3 or not parts[-1].startswith(b"--"):
        raise BadRequest(400, "The form was cut off.")
    pairs = []
    for part in parts[1:-1]:
        head, gap, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'(?im)^content-disposition:\s*form-data\s*;.*?\bname="([^"\r\n]*)"', head)
        if not gap or name is None or re.search(rb"(?i)\bfilename\*?=", head):
            raise BadRequest(400, "A part of the form is no field.")
        pairs.append((name[1], value))
    return pairs


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(400, "The form is not in UTF-8.") from None
    if "\0" in text:
        raise BadRequest(400, "The form has a character that no text has.")
    return text


_LANG = re.compile(rb"(?:^|[&\r\n])lang=([A-Za-z-]{2,12})(?:&|$)")


def lang_of(request: Request, languages: Sequence[str]) -> str:
    """The language that a link or form says it is in, as far as it can be told without reading the form; else the
    first of `languages`."""
    found = _LANG.search(request.query.encode()) or _LANG.search(request.body[:4096])
    lang = found[1].decode() if found else ""
    return lang if lang in languages else languages[0]


# ---- where a request comes from


def foreign(request: Request, ours: frozenset[str]) -> bool:
    """True where a browser says that another site posted this. `ours` are the origins of the site and the functions."""
    origin = request.headers.get("origin", "")
    return bool(origin) and origin != "null" and origin.lower() not in ours


def unsaid(request: Request) -> bool:
    """True where nobody says where it came from: text browsers, and what hides it. Accepted, under tighter limits."""
    return request.headers.get("origin", "") in ("", "null")


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"})


def method_of(request: Request) -> str:
    """The method for a log, which repeats nothing that was sent: `other` for a word that is none."""
    return request.method if request.method in METHODS else "other"


@lru_cache(maxsize=32)
def origin_of(url: str) -> str:
    """`https://casalume.example` of any address there; empty for a path."""
    found = re.match(r"(https?://[^/?#]+)", url, re.IGNORECASE)
    return found[1].lower() if found else ""


def networks_of(request: Request, trusted_hops: int) -> tuple[str, ...]:
    """What limits count by, the narrowest first: the visitor's IPv4 address, or the /64 and the /48 of their IPv6 one,
    since who has a /48 has 65,536 networks. Where it is unknown, all who are unknown are one network.

    `X-Forwarded-For` is believed only as far as our own proxies wrote it: with one trusted hop its last address is the
    visitor's, with none it is not looked at.
    """
    import ipaddress

    address = request.peer
    if trusted_hops:
        hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        address = hops[-trusted_hops] if len(hops) >= trusted_hops else address
    try:
        found = ipaddress.ip_address(_without_port(address))
    except ValueError:
        return ("unknown",)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None:
            return tuple(str(ipaddress.ip_network((int(found), length), strict=False)) for length in (64, 48))
        found = inner
    return (str(found),)


def _without_port(address: str) -> str:
    """`203.0.113.7:443` and `[2001:db8::1]:443`, as some proxies write them, without their port and zone."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    return address.partition("%")[0]
