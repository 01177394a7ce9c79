"""The links of e-mails and pages: where they lead, and the token that each carries. None holds an address."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from handbill_functions.context import Keys
from handbill_functions.errors import TokenError
from handbill_functions.model import DAY, REQUEST_LIVES
from handbill_functions.tokens import Purpose, read, sign

if TYPE_CHECKING:
    from handbill_functions.catalog import Site

LIVES = {
    Purpose.CONFIRM: REQUEST_LIVES,
    Purpose.LEAVE: 0,
    Purpose.PREFERENCES: 30 * DAY,
    Purpose.GATE: 30 * DAY,
    Purpose.EXPORT: DAY,
    Purpose.ERASE: DAY,
}
"""Seconds for which a link works; 0 is for ever."""

PATHS = {
    Purpose.CONFIRM: "confirm",
    Purpose.LEAVE: "unsubscribe",
    Purpose.PREFERENCES: "preferences",
    Purpose.GATE: "gate",
    Purpose.EXPORT: "export",
    Purpose.ERASE: "erase",
}


class Links(NamedTuple):
    """Makes and reads the links of one site."""

    base: str
    """Absolute, without a slash at its end: `https://casalume.example/api`."""
    keys: Keys

    def confirm(self, contact: str, request: str, now: int) -> str:
        return self._link(Purpose.CONFIRM, [bytes.fromhex(contact), bytes.fromhex(request)], now)

    def leave(self, contact: str, list: str = "") -> str:
        """To leave a list, or (without one) everything. Works for ever."""
        return self._link(Purpose.LEAVE, [bytes.fromhex(contact), *([list.encode()] if list else [])], 0)

    def preferences(self, contact: str, now: int) -> str:
        return self._link(Purpose.PREFERENCES, [bytes.fromhex(contact)], now)

    def gate(self, contact: str, entry: str, now: int) -> str:
        return self._link(Purpose.GATE, [bytes.fromhex(contact), entry_mark(entry)], now)

    def export(self, contact: str, now: int) -> str:
        return self._link(Purpose.EXPORT, [bytes.fromhex(contact)], now)

    def erase(self, contact: str, now: int) -> str:
        return self._link(Purpose.ERASE, [bytes.fromhex(contact)], now)

    def read(self, purpose: Purpose, token: str, now: int) -> tuple[str, bytes]:
        """(contact, what else the token names) of a link that works. Raises TokenExpired, or TokenError."""
        parts = read(self._keys(purpose), purpose, token, now).parts
        if not parts or len(parts[0]) != 16:
            raise TokenError("That is no token of ours.")
        return parts[0].hex(), b"".join(parts[1:])

    def _keys(self, purpose: Purpose) -> tuple[bytes, ...]:
        return self.keys.leave if purpose is Purpose.LEAVE else self.keys.links

    def _link(self, purpose: Purpose, parts: list[bytes], now: int) -> str:
        lives = LIVES[purpose]
        token = sign(self._keys(purpose), purpose, parts, now + lives if lives else 0)
        return f"{self.base}/{PATHS[purpose]}/{token}"


def forged(path: str, keys: Keys) -> str:
    """Which word of PATHS stands in `path` before a token that our keys did not sign for it; empty where none does.
    Needs neither the site nor the moment: a token whose time is over is not forged."""
    word, _, token = path[path.rfind("/", 0, path.rfind("/")) + 1 :].partition("/")
    purpose = next((each for each, said in PATHS.items() if said == word), None)
    if purpose is None or not token:
        return ""
    try:
        Links("", keys).read(purpose, token, 0)
    except TokenError:
        return word
    return ""


def links_of(site: Site, keys: Keys) -> Links:
    """The links of a site: below its own address where forms post to a path, else where they post to."""
    action = site["action"].rstrip("/")
    return Links(action if action.startswith("http") else site["base_url"] + action, keys)


def entry_mark(entry: str) -> bytes:
    """Names an entry in a token: 16 bytes, however long its id."""
    return sha256(entry.encode()).digest()[:16]
