"""The embedded store: one SQLite file, for one machine.

WAL, synchronous FULL (an answer that was given is on the disk), BEGIN IMMEDIATE always (a lock that is taken later does
not wait), and `secure_delete`, so that what was erased is overwritten. Not for network file systems.

Writers that come at the same time share one commit: the first of them carries out all that wait, each within its own
savepoint, so that a Conflict of one is nothing to the others. So many writers get more transactions a second than the
disk gives commits, and one writer gets exactly those.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from handbill_functions.errors import Conflict, StoreError, Unavailable
from handbill_functions.ports import ABSENT, Change, Count, Delete, Item, Key, Purged, Put, new_version
from handbill_functions.stores import decode, done_before, encode, refuse_misuse

MIGRATIONS = (
    """
    CREATE TABLE item (
        pk TEXT NOT NULL, sk TEXT NOT NULL, data TEXT NOT NULL, version INTEGER NOT NULL,
        expires INTEGER, queue TEXT, due INTEGER,
        PRIMARY KEY (pk, sk)
    ) WITHOUT ROWID;
    CREATE INDEX item_due ON item (queue, due, pk, sk) WHERE queue IS NOT NULL;
    CREATE INDEX item_expires ON item (expires) WHERE expires IS NOT NULL;
    """,
)
"""Each brings the file one `user_version` further. Forward only: never change one that was released."""

_COLUMNS = "pk, sk, data, version, expires, queue, due"
_THERE = "(expires IS NULL OR expires > ?)"
_LAST = "\U0010ffff"
"""Sorts behind whatever begins with what stands before it."""


@dataclass(slots=True, eq=False)
class _Ticket:
    """One transaction that waits for its commit."""

    changes: Sequence[tuple[Change, str]]
    """Each with the JSON of its data, where it has any."""
    now: int
    done: bool = False
    error: StoreError | None = None


def _ticket(changes: Sequence[Change], now: int) -> _Ticket:
    refuse_misuse(changes)
    return _Ticket([(change, encode(change.data) if isinstance(change, Put) else "") for change in changes], now)


class SqliteStore:
    """See ports.Store. The file is made where it is missing, and brought forward where it is older."""

    def __init__(self, path: str | Path, *, patience: float = 5.0) -> None:
        """`patience`: seconds to wait for another process that writes, before Unavailable. Raises Unavailable for a
        file that cannot be opened, or is newer than this code."""
        self._path = str(path)
        self._patience = patience
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._gate = threading.Lock()
        self._writing = threading.Lock()
        self._turn = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._busy = False
        _make(self._path)
        self._migrate()

    # ---- reading

    def get(self, pk: str, sk: str, now: int) -> Item | None:
        """See Store."""
        rows = self._read(f"SELECT {_COLUMNS} FROM item WHERE pk = ? AND sk = ? AND {_THERE}", (pk, sk, now))
        return rows[0] if rows else None

    def get_each(self, keys: Sequence[Key], now: int) -> list[Item | None]:
        """See Store."""
        if not keys:
            return []
        wanted = ", ".join(["(?, ?)"] * len(keys))
        rows = self._read(  # CROSS: each of them is looked up; for IN (VALUES …) SQLite reads the whole table
            f"SELECT {_COLUMNS} FROM (VALUES {wanted}) AS wanted CROSS JOIN item "
            f"ON pk = wanted.column1 AND sk = wanted.column2 WHERE {_THERE}",
            (*(part for key in keys for part in key), now),
        )
        found = {(item.pk, item.sk): item for item in rows}
        return [found.get(key) for key in keys]

    def query(
        self, pk: str, prefix: str, now: int, *, after: str = "", limit: int | None = None, newest_first: bool = False
    ) -> list[Item]:
        """See Store."""
        first, last = prefix, prefix + _LAST
        beyond = "sk > ?"
        if after and newest_first:
            last = after
        elif after:
            first = after
        if not after or newest_first:
            beyond = "sk >= ?"
        order = "DESC" if newest_first else "ASC"
        return self._read(
            f"SELECT {_COLUMNS} FROM item WHERE pk = ? AND {beyond} AND sk < ? AND {_THERE} "
            f"ORDER BY sk {order} LIMIT ?",
            (pk, first, last, now, -1 if limit is None else limit),
        )

    def due(self, queue: str, until: int, now: int, *, limit: int, after: Item | None = None) -> list[Item]:
        """See Store."""
        beyond = (-(2**62), "", "") if after is None else (after.due, after.pk, after.sk)
        return self._read(
            f"SELECT {_COLUMNS} FROM item WHERE queue = ? AND due <= ? AND (due, pk, sk) > (?, ?, ?) AND {_THERE} "
            "ORDER BY due, pk, sk LIMIT ?",
            (queue, until, *beyond, now, limit),
        )

    def every(self, prefix: str, now: int) -> Iterator[Item]:
        """See Store."""
        pk, sk = prefix, ""
        while True:
            page = self._read(
                f"SELECT {_COLUMNS} FROM item WHERE (pk, sk) > (?, ?) AND pk < ? AND {_THERE} "
                "ORDER BY pk, sk LIMIT 500",
                (pk, sk, prefix + _LAST, now),
            )
            yield from page
            if len(page) < 500:
                return
            pk, sk = page[-1].pk, page[-1].sk

    def _read(self, sql: str, values: tuple[object, ...]) -> list[Item]:
        try:
            rows = self._connection().execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise Unavailable(f"The database cannot be read: {error}.") from error
        return [Item(pk, sk, decode(data), *rest) for pk, sk, data, *rest in rows]

    # ---- writing

    def transact(self, changes: Sequence[Change], now: int) -> None:
        """See Store."""
        ticket = _ticket(changes, now)
        self._done([ticket])
        if ticket.error is not None:
            raise ticket.error

    def transact_each(self, transactions: Sequence[Sequence[Change]], now: int) -> list[bool]:
        """See Store. Other writers wait until all are carried out."""
        tickets = [_ticket(changes, now) for changes in transactions]
        self._done(tickets)
        for ticket in tickets:
            if ticket.error is not None and not isinstance(ticket.error, Conflict):
                raise ticket.error
        return [ticket.error is None for ticket in tickets]

    def _done(self, tickets: list[_Ticket]) -> None:
        """Returns when all of them were carried out, within one commit of the database, by whichever thread."""
        if not tickets:
            return
        with self._turn:
            self._waiting += tickets
            while self._busy and not tickets[-1].done:
                self._turn.wait()
            if not tickets[-1].done:  # nobody took them along: this thread carries out all that wait
                self._busy, batch, self._waiting = True, self._waiting, []
        if not tickets[-1].done:
            try:
                self._commit(batch)
            finally:
                with self._turn:
                    self._busy = False
                    self._turn.notify_all()

    def _commit(self, batch: list[_Ticket]) -> None:
        """Carries out every ticket in one transaction of the database."""
        try:
            with self._writing, self._transaction() as connection:
                for ticket in batch:
                    self._carry_out(connection, ticket, alone=len(batch) == 1)
        except sqlite3.Error as error:
            for ticket in batch:
                ticket.error = Unavailable(f"The database cannot be written: {error}.")
        except BaseException:
            for ticket in batch:
                ticket.error = Unavailable("The process was told to stop while it wrote.")
            raise
        finally:
            for ticket in batch:
                ticket.done = True

    def _carry_out(self, connection: sqlite3.Connection, ticket: _Ticket, *, alone: bool) -> None:
        """Makes the changes of one ticket or none; one that is alone is undone with its whole transaction."""
        if not alone:
            connection.execute("SAVEPOINT one")
        try:
            for place, (change, text) in enumerate(ticket.changes):
                if not _apply(connection, change, text, ticket.now):
                    raise Conflict(place, (change.pk, change.sk))
        except Conflict as conflict:
            connection.execute("ROLLBACK" if alone else "ROLLBACK TO one")
            if alone:
                connection.execute("BEGIN")
            if not done_before([change for change, _ in ticket.changes], lambda pk, sk: self.get(pk, sk, ticket.now)):
                ticket.error = conflict
        if not alone:
            connection.execute("RELEASE one")

    def purge(self, now: int, *, limit: int = 1000, after: str = "") -> Purged:
        """See Store. An index leads to what has expired, so each step begins anew."""
        try:
            with self._writing, self._transaction() as connection:
                gone = connection.execute(
                    "DELETE FROM item WHERE (pk, sk) IN (SELECT pk, sk FROM item WHERE expires <= ? LIMIT ?)",
                    (now, limit),
                ).rowcount
        except sqlite3.Error as error:
            raise Unavailable(f"The database cannot be written: {error}.") from error
        return Purged(gone, "more" if gone == limit else "")

    # ---- the file

    def forget(self) -> bool:
        """See Store. Deleted rows are overwritten where they stood; this empties the write-ahead log, which still holds
        them. Most of it is written back while others go on writing; only for what came meanwhile do they wait, and for
        readers a moment, and no longer."""
        try:
            self._connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error:
            return False
        with self._writing:
            try:
                connection = self._connection()
                connection.execute("PRAGMA busy_timeout = 100")
                try:
                    busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                finally:
                    connection.execute(f"PRAGMA busy_timeout = {int(self._patience * 1000)}")
            except sqlite3.Error:  # locked by another process, or its disk fails: the rows are deleted all the same
                return False
        return not busy

    def backup(self, path: str | Path) -> None:
        """A whole copy at `path`, as of one moment, while others go on writing. Replaces what is there when done."""
        beside = Path(f"{path}.new")
        beside.unlink(missing_ok=True)
        _make(str(beside))
        try:
            copy = sqlite3.connect(beside)
            try:
                self._connection().backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close()
            beside.replace(path)
        except sqlite3.Error as error:
            beside.unlink(missing_ok=True)
            raise Unavailable(f"The database cannot be copied: {error}.") from error

    def close(self) -> None:
        """See Store."""
        with self._gate:
            opened, self._opened = self._opened, []
        for connection in opened:
            connection.close()
        self._own = threading.local()

    def _connection(self) -> sqlite3.Connection:
        """This thread's own."""
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path, timeout=self._patience, isolation_level=None, check_same_thread=False
            )
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")
            self._own.connection = connection
            with self._gate:
                self._opened.append(connection)
        return connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is done meanwhile, or nothing of it. Raises sqlite3.Error."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _migrate(self) -> None:
        try:
            with self._transaction() as connection:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version > len(MIGRATIONS):
                    raise Unavailable(
                        f"The database is of version {version}, and this handbill knows {len(MIGRATIONS)}. Upgrade it."
                    )
                for number in range(version, len(MIGRATIONS)):
                    for statement in MIGRATIONS[number].split(";"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number + 1}")
        except sqlite3.Error as error:
            raise Unavailable(f"The database cannot be opened: {error}.") from error


_SET = ", ".join(f"{name} = excluded.{name}" for name in ("data", "version", "expires", "queue", "due"))
_WRITE = f"INSERT INTO item ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (pk, sk) DO UPDATE SET {_SET}"
_BEGIN = f"{_WRITE} WHERE item.expires <= ?"
_CHANGE = (
    "UPDATE item SET data = ?, version = ?, expires = ?, queue = ?, due = ? "
    f"WHERE pk = ? AND sk = ? AND version = ? AND {_THERE}"
)
_ADD = (
    "UPDATE item SET data = json_object('count', json_extract(data, '$.count') + ?), version = ? "
    f"WHERE pk = ? AND sk = ? AND {_THERE} AND json_extract(data, '$.count') + ? <= ?"
)
"""Writes what `encode` would, and no column that an index holds."""


def _make(path: str) -> None:
    """An empty file for its owner alone, where none is: SQLite gives its logs the same rights."""
    with suppress(OSError):  # it is there; or it cannot be made, which opening it tells
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _apply(connection: sqlite3.Connection, change: Change, text: str, now: int) -> bool:
    """Makes one change; False where it is not as it was seen."""
    key = (change.pk, change.sk)
    if isinstance(change, Put):
        values = (text, change.version or new_version(), change.expires, change.queue, change.due)
        if change.seen == ABSENT:
            return connection.execute(_BEGIN, (*key, *values, now)).rowcount == 1
        return connection.execute(_CHANGE, (*values, *key, change.seen, now)).rowcount == 1
    if (
        isinstance(change, Count)
        and connection.execute(_ADD, (change.by, new_version(), *key, now, change.by, change.at_most)).rowcount
    ):
        return True
    there = connection.execute(f"SELECT version FROM item WHERE pk = ? AND sk = ? AND {_THERE}", (*key, now)).fetchone()
    if isinstance(change, Count):
        if there or change.by > change.at_most:
            return False
        connection.execute(_WRITE, (*key, encode({"count": change.by}), new_version(), change.expires, None, None))
        return True
    if change.seen != (there[0] if there else ABSENT):
        return False
    if isinstance(change, Delete):
        connection.execute("DELETE FROM item WHERE pk = ? AND sk = ?", key)
    return True
