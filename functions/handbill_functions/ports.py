"""The ports: what the functions need of the world outside, each as small as it can be.

    Store    items under keys, changed several at once or not at all
    Mailer   hands one message to whoever carries it
    Clock    tells the time

An adapter is one file; which one is used is decided in one place. One suite of tests runs over every adapter of a port,
so what stands here is what all of them do.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

Data: TypeAlias = Mapping[str, Any]
"""What an item holds: strings, whole numbers, booleans, None, lists, maps. No floats: no two stores agree on them."""

MOST_CHANGES = 100
"""Changes in one transaction (DynamoDB, TransactWriteItems)."""


Key: TypeAlias = tuple[str, str]
"""(pk, sk) of an item."""


class Item(NamedTuple):
    """One stored thing, as it was read."""

    pk: str
    """Partition: things that are read together share it. `C#3f…` is all of one contact."""
    sk: str
    """Which of the partition, and its order there: `LEDGER#00000003`."""
    data: Data
    version: int
    """Another one after each write: what a change that builds on this reading names as `seen`."""
    expires: int | None = None
    """From this second on (Unix time) nobody sees it any more, whether or not it has been removed."""
    queue: str | None = None
    """The queue in which it waits, if it waits."""
    due: int | None = None
    """When its turn comes, seconds of Unix time."""


ABSENT = 0
"""As `seen`: there was nothing, or only what had expired."""


class Put(NamedTuple):
    """Writes an item, whole, if it is still as it was seen."""

    pk: str
    sk: str
    data: Data
    seen: int
    """`Item.version` of the reading it builds on, or ABSENT."""
    expires: int | None = None
    queue: str | None = None
    due: int | None = None
    version: int = 0
    """Filled by `put`: chosen before writing, so that a retry after a lost answer knows its own work."""


class Delete(NamedTuple):
    """Removes an item, if it is still as it was seen."""

    pk: str
    sk: str
    seen: int


class Check(NamedTuple):
    """Changes nothing, and fails the transaction if the item is not as it was seen (ABSENT: if there is one)."""

    pk: str
    sk: str
    seen: int


class Count(NamedTuple):
    """Adds to `data["count"]` of an item that holds nothing else, unless the sum would be more than `at_most`.

    Where there is no item, or it has expired, it starts from nothing and expires at `expires`; an item that is there
    keeps its own expiry. Needs no reading before, so two can count at once and neither is lost.
    """

    pk: str
    sk: str
    by: int
    at_most: int
    expires: int | None = None


Change: TypeAlias = Put | Delete | Check | Count


def put(
    item: Item | None,
    pk: str,
    sk: str,
    data: Data,
    *,
    expires: int | None = None,
    queue: str | None = None,
    due: int | None = None,
) -> Put:
    """The Put that replaces `item` (None: that is new)."""
    seen = ABSENT if item is None else item.version
    return Put(pk, sk, data, seen, expires, queue, due, new_version())


def new_version() -> int:
    """A version nobody had: 52 random bits and never 0, exact in any JSON and any database."""
    return secrets.randbits(52) | 1 << 52


class Purged(NamedTuple):
    """What one step of purging did."""

    gone: int
    """How many items were removed."""
    after: str
    """Where the next step goes on; empty when all was looked at."""


class Store(Protocol):
    """Items under keys. Safe to share between threads; every method may block for as long as a disk or network does.

    `now` is seconds of Unix time, from the caller's Clock: an item whose `expires` is not after `now` is not there, for
    reading and for conditions alike, whether or not it was removed.

    Raises Unavailable when the store cannot be asked now (locked, throttled, full, unreachable): nothing was changed,
    or nobody can know; trying the same changes again is safe, since a Put knows its own version.
    """

    def get(self, pk: str, sk: str, now: int) -> Item | None:
        """The item, as the last transaction left it (never an older state), or None."""

    def get_each(self, keys: Sequence[Key], now: int) -> list[Item | None]:
        """What `get` gives for each of up to MOST_CHANGES keys, no two alike, in their order, at the cost of about one.
        Not as of one moment: another's transaction may be seen in one of them, and not yet in the next."""

    def query(
        self, pk: str, prefix: str, now: int, *, after: str = "", limit: int | None = None, newest_first: bool = False
    ) -> list[Item]:
        """Items of a partition whose `sk` begins with `prefix`, in order of `sk` (bytes of UTF-8), as the last
        transaction left them. `after` gives those beyond that `sk`, in the direction asked for."""

    def due(self, queue: str, until: int, now: int, *, limit: int, after: Item | None = None) -> list[Item]:
        """Up to `limit` items that wait in `queue` with `due` at or before `until`, in order of (due, pk, sk); with
        `after`, those beyond that one.

        What was written within the last second may be missing, and an item may have changed since: claim it by a Put.
        """

    def every(self, prefix: str, now: int) -> Iterator[Item]:
        """All items whose `pk` begins with `prefix`, partition after partition in any order, items of one together.

        In constant memory. What changes meanwhile may be seen old, new, or (when it came or went) not at all.
        """

    def transact(self, changes: Sequence[Change], now: int) -> None:
        """Makes all changes or none. At most MOST_CHANGES, and no two of one key.

        Raises Conflict when something is not as it was seen, or a Count would go over: read again and decide again.
        Durable once it returns. Calling twice with the same changes: a Conflict, or nothing more happens.
        """

    def transact_each(self, transactions: Sequence[Sequence[Change]], now: int) -> list[bool]:
        """Makes each of several transactions as `transact` does, whole or not at all and whatever became of the others,
        and says of each whether it was made (False: a Conflict). For many at once: a store may make them durable
        together, at the cost of one, and all are when it returns.

        Raises Unavailable as `transact` does: some may have been made, each of them whole.
        """

    def purge(self, now: int, *, limit: int = 1000, after: str = "") -> Purged:
        """Removes what has expired, in one step that takes about `limit` items' time however many there are. The next
        step goes on at `after`, as this one gives it; any process may take it, and any `after` is safe."""

    def forget(self) -> bool:
        """Sees to it that what was deleted is nowhere any more, as far as that is the store's to do. False where others
        are at it just now, and it is to be tried again: never an error, since the deletion itself stands."""

    def close(self) -> None:
        """Lets go of files and connections. Calling twice is safe."""


class Envelope(NamedTuple):
    """One message, ready to go to one address."""

    sender: str
    """Bare address of the envelope, domain in ASCII: where bounces go."""
    recipient: str
    """Bare address, domain in ASCII."""
    message: bytes
    """The whole message, RFC 5322, lines ended by CRLF and none longer than 998 bytes."""
    stream: str
    """`service` or `marketing`: which identity and configuration carries it."""
    id: str
    """Id of the outbox row, for the carrier's own log."""


class Accepted(NamedTuple):
    """The carrier took it: it is the carrier's to deliver."""

    reference: str
    """The carrier's id of it: the SES MessageId, or the last line of an SMTP answer."""


class Refused(NamedTuple):
    """The carrier will never take this message for this address."""

    reason: str
    """What it said, without the address."""
    hard: bool
    """True when the address itself is the reason: it does not exist (a hard bounce)."""


class Later(NamedTuple):
    """Not now: greylisting, a full queue, a limit, no connection."""

    reason: str
    whole: bool = False
    """True when the carrier itself is the reason, not the address: do not try others now."""


Outcome: TypeAlias = Accepted | Refused | Later


class Mailer(Protocol):
    """Hands messages over, one at a time. Never raises for what a carrier may do: the Outcome says it."""

    def send(self, envelope: Envelope) -> Outcome:
        """Called with the row claimed under a lease. May be called again for the same row after a crash between the
        hand-over and the note of it: delivery is at least once."""

    def close(self) -> None:
        """Ends connections. Calling twice is safe."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Seconds of Unix time. May go back when the machine's clock is set: nothing may be lost by that."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """See Clock."""
        from time import time

        return int(time())
