"""The consent ledger: what somebody agreed to and withdrew, one chain of rows per contact, never changed in place.

Each row holds the MAC of the one before it and its own, keyed: so a row that was altered, taken out, put in or moved is
found and named, and nobody without the key can write a chain that holds. The head and the length stand on the contact's
profile, written in the same transaction: so a last row that was taken away is missed as well. What a row says of the
words is their hash: they stand in the catalog for ever.

The state of a consent is a fold over its rows. Rows name the contact by its keyed id, so the ledger outlives the
address.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypedDict

from handbill_functions.catalog import canonical_json

Action = Literal["requested", "verified", "granted", "withdrawn", "suppressed", "lifted", "imported", "erased"]

ROOT = "0" * 64
"""Stands for the row before the first."""


class Row(TypedDict):
    """One row, as it is stored below `LEDGER#`. Nothing in it names a person but to who holds the key of addresses."""

    n: int
    """Its place, from 1."""
    at: int
    """When it was written, Unix time."""
    action: Action
    purpose: str
    """`marketing`, `tracking`, …; empty for what is about the address itself."""
    topic: str
    """The list it is about, or empty."""
    channel: str
    """`email`."""
    happened: int
    """When the person did it: the request's time for `requested`, else as `at`."""
    lang: str
    wording: str
    """Hash of the Wording that was shown, or empty."""
    entry: str
    """Id of the entry whose form it was, or empty."""
    request: str
    """Id of the request, or of the import or the feedback that caused it."""
    method: str
    """How: `form`, `button`, `one-click`, `preferences`, `import`, `bounce`, `complaint`, `operator`."""
    prev: str
    """MAC of the row before, ROOT for the first."""
    mac: str
    """HMAC-SHA256 over the contact's id and all other fields, 64 hexadecimal digits."""


class Head(NamedTuple):
    """Where a chain ends: stands on the profile."""

    length: int
    mac: str


EMPTY = Head(0, ROOT)


def append(key: bytes, contact: str, head: Head, at: int, action: Action, **more: Any) -> tuple[Row, Head]:
    """The next row of a chain that ends at `head`, and where it ends then. What `more` leaves out is empty."""
    row: dict[str, Any] = {
        "n": head.length + 1, "at": at, "action": action, "purpose": "", "topic": "", "channel": "email",
        "happened": at, "lang": "", "wording": "", "entry": "", "request": "", "method": "", "prev": head.mac,
    }  # fmt: skip
    unknown = more.keys() - row.keys()
    if unknown:
        raise TypeError(f"A row of the ledger has no {', '.join(sorted(unknown))}.")
    row.update(more)
    row["mac"] = _mac(key, contact, row)
    return Row(**row), Head(row["n"], row["mac"])  # type: ignore[typeddict-item]


def _mac(key: bytes, contact: str, row: Mapping[str, Any]) -> str:
    said = {name: value for name, value in row.items() if name != "mac"}
    return hmac.new(key, canonical_json(["handbill ledger", contact, said]), hashlib.sha256).hexdigest()


def first_fault(key: bytes, contact: str, rows: Sequence[Mapping[str, Any]], head: Head) -> tuple[int, str] | None:
    """(place, what is wrong) of the first row that is altered, missing or put in; None where the chain holds."""
    prev = ROOT
    for place, row in enumerate(rows, 1):
        if row.get("n") != place:
            return place, "is missing"
        if row.get("prev") != prev:
            return place, "does not follow the row before it"
        if not hmac.compare_digest(str(row.get("mac", "")), _mac(key, contact, row)):
            return place, "was altered"
        prev = str(row["mac"])
    if len(rows) < head.length:
        return len(rows) + 1, "is missing"
    if head != (len(rows), prev):
        return len(rows), "is not the one that the contact's profile knows as the last"
    return None


class Consent(NamedTuple):
    """The state of one consent: what the rows of one (channel, purpose, topic) come to."""

    granted: bool
    since: int
    """When it became so."""
    wording: str
    """Hash of the words agreed to last."""


def fold(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str, str], Consent]:
    """(channel, purpose, topic) → its state. Rows of different subjects may come in any order between each other."""
    states: dict[tuple[str, str, str], Consent] = {}
    for row in rows:
        subject = (row["channel"], row["purpose"], row["topic"])
        before = states.get(subject)
        if row["action"] == "granted":
            states[subject] = Consent(True, row["at"], row["wording"])
        elif row["action"] == "withdrawn" and before is not None and before.granted:
            states[subject] = Consent(False, row["at"], before.wording)
    return states
