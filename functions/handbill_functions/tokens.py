"""Tokens of links: who may do what until when, signed, in 50 to 70 characters of a URL.

A token is bytes in base64url: one byte for its purpose, four for the second at which it ends (0: never), the parts that
it names, and the first 16 bytes of an HMAC-SHA256 over all of that. It holds ids, never an address. Nothing is stored
for it, and reading one that was altered in any byte raises.

Keys come in generations: a new one signs, those of the list verify, so that yesterday's links work while keys rotate.
What must be valid for ever (unsubscribing) is signed by a key that is never dropped: see Settings.

Chosen over itsdangerous for its length (129 characters) and its import (24 ms), over JWT for having one algorithm.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from handbill_functions.errors import TokenError, TokenExpired

MAC = 16


class Purpose(IntEnum):
    """What a token lets its bearer do. The number is in the token: never give one another meaning."""

    CONFIRM = 1
    """Confirm one request: (contact, request)."""
    LEAVE = 2
    """Leave a list, or all: (contact,). Never ends."""
    PREFERENCES = 3
    """See and change what one receives: (contact,)."""
    GATE = 4
    """Read the gated words of entries that one signed up for: (contact, digest of the entry's id)."""
    EXPORT = 5
    """See all that is stored about oneself: (contact,)."""
    ERASE = 6
    """Have it erased: (contact,)."""
    PERSON = 7
    """Go on after one more press under attack: (digest of the form)."""


class Token(NamedTuple):
    """A token that was read and is good."""

    purpose: Purpose
    parts: tuple[bytes, ...]
    """What it names, each part as it was signed."""
    expires: int
    """Unix time, 0 for never."""


def sign(key: Sequence[bytes], purpose: Purpose, parts: Sequence[bytes], expires: int = 0) -> str:
    """A token for `parts` (each at most 255 bytes), signed by the last key of `key`, oldest first."""
    head = bytes([purpose]) + expires.to_bytes(4, "big")
    body = head + b"".join(bytes([len(part)]) + part for part in parts)
    return base64.urlsafe_b64encode(body + _mac(key[-1], body)).rstrip(b"=").decode("ascii")


def read(key: Sequence[bytes], purpose: Purpose, token: str, now: int) -> Token:
    """The token, if it is ours, whole, for `purpose` and not over. Raises TokenExpired, or TokenError."""
    raw = _decoded(token)
    body, mac = raw[:-MAC], raw[-MAC:]
    good = [hmac.compare_digest(_mac(each, body), mac) for each in key]  # all of them: the time tells nothing
    if len(body) < 5 or not any(good):
        raise TokenError("That is no token of ours.")
    if body[0] != purpose:
        raise TokenError("That token is for something else.")
    parts: list[bytes] = []
    rest = body[5:]
    while rest:
        parts.append(rest[1 : 1 + rest[0]])
        rest = rest[1 + rest[0] :]
    expires = int.from_bytes(body[1:5], "big")
    if expires and expires <= now:
        raise TokenExpired("That token's time is over.")
    return Token(Purpose(body[0]), tuple(parts), expires)


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, b"handbill token\0" + body, hashlib.sha256).digest()[:MAC]


def _decoded(token: str) -> bytes:
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise TokenError("That is no token of ours.") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != token:  # another spelling of the same bytes
        raise TokenError("That is no token of ours.")
    return raw
