"""What the functions store of people: which items there are, what they hold, and how long.

    C#<contact>     PROFILE              the address, its language, that it is verified; where its ledger ends
                    REQUEST#<request>    a sign-up that waits to be confirmed; gone after seven days
                    INTENT#<entry>       what the person asked for at one entry, with the answers they gave
                    CONSENT#<purpose>#<list>   granted or withdrawn: the ledger's fold, for one look-up
                    LEDGER#<place>       the chain: see `ledger`
                    LETTER#<letter>      that a letter was queued for them: nobody gets one twice; kept for ever
    S#<contact>     SUPPRESSED           why nothing is sent; outlives erasure and blocks imports
    M#<message>     MESSAGE              one e-mail for one person: the outbox; waits in a queue until handed over
    N#<what>        <window>             counters of limits, each gone when its window is
    D#<entry>       STATE                what those who asked for an entry were told of last: its revision and status
    P#              PURGED               how far purging has come through the store

A contact is named by a keyed digest of its address, under a key that is never dropped: so the same address is the same
contact, and nobody finds the address from what remains after erasure.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Literal, NotRequired, TypedDict

DAY = 86_400
REQUEST_LIVES = 7 * DAY
"""An unconfirmed request goes after so long, and leaves nothing."""

Reason = Literal["left", "erased", "bounced", "complained"]
Stream = Literal["service", "marketing"]

PROFILE = "PROFILE"
REQUEST = "REQUEST#"
INTENT = "INTENT#"
CONSENT = "CONSENT#"
LEDGER = "LEDGER#"
LETTER = "LETTER#"
SUPPRESSED = "SUPPRESSED"
MESSAGE = "MESSAGE"
OUTBOX = "outbox"
"""Name of the queue that messages wait in, one for each stream: `outbox.service`, `outbox.marketing`."""
STREAMS: tuple[Stream, ...] = ("service", "marketing")
DEAD = "dead"
"""Name of the queue of messages that were given up: they wait for the operator."""

PURGED = ("P#", "PURGED")
"""Key of the one item that knows how far purging has come."""

ENTRIES = "entries"
"""Name of the queue of entries that somebody asked for: the sweep looks whether they changed."""


def contact_id(key: bytes, address: str) -> str:
    """Names a contact: 32 hexadecimal digits from its normalised address (see `addresses.normal`)."""
    return hmac.digest(key, b"handbill contact\0" + address.encode("utf-8"), "sha256").hex()[:32]


def new_id(at: int | None = None) -> str:
    """An id nobody can guess: 32 hexadecimal digits. Of one that says when it was made, those of one time lie together
    in a store that keeps order: what is written together is, and what is read together later."""
    return secrets.token_hex(16) if at is None else f"{at % 2**32:08x}{secrets.token_hex(12)}"


def contact_pk(contact: str) -> str:
    return f"C#{contact}"


def intents_of(entry: str) -> str:
    """Name of the queue of all who asked for an entry, by when they did."""
    return f"intent.{entry}"


def suppressed_pk(contact: str) -> str:
    return f"S#{contact}"


def message_pk(message: str) -> str:
    return f"M#{message}"


def ledger_sk(place: int) -> str:
    return f"{LEDGER}{place:08d}"


class Profile(TypedDict):
    """`PROFILE` of a contact. It exists from the first confirmation on: before, there are only requests."""

    email: str
    """The address, normalised, its domain in ASCII."""
    lang: str
    verified: int
    """When its owner pressed the button, Unix time; 0 for an imported address that never did."""
    created: int
    length: int
    """Rows in its ledger."""
    head: str
    """MAC of the last of them."""
    paused: NotRequired[int]
    """Until then nothing of the marketing stream is sent."""
    source: NotRequired[str]
    """`import` where it did not come by a form."""


class Request(TypedDict):
    """`REQUEST#<id>`: what one post asked for and nobody confirmed yet. Expires with REQUEST_LIVES. Only the very same
    post renews it; see `contacts.ask`."""

    email: str
    lang: str
    entry: str
    """Id of the entry whose form it was; `site` for the site's own."""
    list: str
    intent: str
    purposes: list[str]
    """What was ticked."""
    fields: dict[str, str]
    """Further answers, as validated by the catalog's form."""
    wording: str
    """Hash of the words that were shown."""
    at: int
    confirmed: NotRequired[int]
    """When; the request stays until it expires, so that a second press can say so."""


class Intent(TypedDict):
    """`INTENT#<entry>`: several per contact, one an entry; a newer one of the same entry takes its place."""

    intent: str
    list: str
    lang: str
    fields: dict[str, str]
    at: int
    """When it was confirmed."""


class ConsentState(TypedDict):
    """`CONSENT#<purpose>#<list>`."""

    granted: bool
    at: int
    wording: str


class Lettered(TypedDict):
    """`LETTER#<letter>`: written with the message itself. Names nobody, and outlives erasure as the ledger does."""

    at: int
    list: str
    """The list it went to."""


class Suppression(TypedDict):
    """`SUPPRESSED`. `left` and `erased` are lifted by the person confirming anew; `bounced` and `complained` by the
    operator alone."""

    reason: Reason
    at: int


class Message(TypedDict):
    """`MESSAGE`: a row of the outbox. Written in the transaction of what causes it; the address is looked up at
    hand-over, so that nobody erased is written to."""

    contact: str
    request: str
    """The request whose address it goes to (before there is a profile), or empty."""
    name: str
    """`confirm`, `welcome`, `reminder`, …, `letter`."""
    entry: str
    stream: Stream
    email: str
    """Hash of the EmailFile it fills."""
    lang: str
    list: str
    """The list whose consent is re-read before a marketing message leaves; empty for service."""
    purpose: str
    """`marketing`, or empty for service."""
    state: Literal["waiting", "claimed", "sent", "dropped", "dead"]
    attempts: int
    created: int
    lease: NotRequired[int]
    """Claimed until then."""
    reference: NotRequired[str]
    """The carrier's id, once sent."""
    reason: NotRequired[str]
    """Why it was dropped or given up, without an address."""
