"""What the last build left behind: a manifest that tells what is still good, and parsed bodies by digest.

Nothing here decides what an output should be; it only spares work whose input is the same. Both may be deleted at any
time. They lie in `.handbill/`, which is the machine's own and never published.

The manifest is written by marshal: it loads ten thousand rows in the time that JSON needs for one thousand, and holds
primitives only, so reading one that somebody else wrote runs no code. Its head names the Python and the format, and
holds a checksum; another head, or a torn or spoiled file, is simply no manifest. What a build with nothing to do never
asks for (rows, jobs, the linked site) lies beside it in the memory, each row packed by itself: who changes one entry
unpacks one row, and writes what changed of the memory into the manifest.
"""

from __future__ import annotations

import marshal
import os
import signal
import sys
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from handbill.content.gather import Stat, nearby

if TYPE_CHECKING:
    import sqlite3

MOST_SINCE = 500
"""Rows or jobs that may have changed before the whole memory is written again."""

FORMAT = 7
_HEAD = f"handbill {FORMAT} {sys.implementation.cache_tag}\n".encode()


class Row(NamedTuple):
    """One unit as the last build knew it. Primitives only."""

    unit: str
    """Path of the main file."""
    inputs: str
    """Digest of all texts that its parsing read."""
    sources: tuple[str, ...]
    """Their paths."""
    own: str
    """Digest of these texts, of the pictures and files it uses, and of what made them: stands for the whole entry."""
    face: str
    """Digest of what others may show of it: all of this row but its texts, links and files."""
    id: str
    kind: str
    draft: bool
    publish: float | None
    """UTC seconds."""
    expiry: float | None
    moments: tuple[float, ...]
    """Instants at which its state changes, in order."""
    state: str
    state_from: float
    """The state holds from here …"""
    state_to: float
    """… to just before here."""
    facts: str
    """Digest of the facts given for this entry."""
    cards: tuple[tuple[Any, ...], ...]
    """A Card as a plain tuple for each language it is written in; the base language first."""
    aliases: tuple[str, ...]
    refs: tuple[tuple[tuple[str | int, ...], str], ...]
    """(place in the front matter, id it names)."""
    links: tuple[tuple[str, str, int], ...]
    """(source path, target, line) of links within the site."""
    assets: tuple[tuple[str, str], ...]
    """(path, digest) of files it uses."""
    media: tuple[tuple[str, str], ...]
    """(site path, path in the cache) of pictures made for it."""
    files: tuple[tuple[str, str], ...]
    """(path below the entry's URL, source path) of linked files."""
    warnings: tuple[tuple[Any, ...], ...]
    """Problems of level warning, as plain tuples."""
    extra: tuple[Any, ...]
    """What it hands to outputs of the whole site: (revision, stamp, menu, robots, what its form asks, series, of home
    the sign-up in each language as JSON, of an event what calendars say of it in each language: venue as JSON,
    online_url, organizer)."""


class Rows(Mapping[str, Row]):
    """Rows by path of their unit, each unpacked when it is first asked for."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = memoryview(data)
        self._made: dict[str, Row] = {}

    @cached_property
    def _packed(self) -> dict[str, bytes | memoryview | tuple[int, int]]:
        """Each as it is, or where it lies in the data."""
        start = int.from_bytes(self._data[:8], "big")
        places: dict[str, tuple[int, int]] = marshal.loads(self._data[8:start])  # noqa: S302 - primitives only
        self._data = self._data[start:]
        return {**places}

    @classmethod
    def of(cls, rows: Mapping[str, Row]) -> Rows:
        """Rows at hand."""
        return cls(_NO_ROWS).changed(rows)

    def _with(self, packed: dict[str, bytes | memoryview | tuple[int, int]], made: dict[str, Row]) -> Rows:
        rows = Rows(b"")
        rows._data, rows._packed, rows._made = self._data, packed, made
        return rows

    def packed(self, unit: str) -> bytes | memoryview:
        """The row as `with_packed` takes it."""
        place = self._packed[unit]
        return self._data[place[0] : place[1]] if isinstance(place, tuple) else place

    def __getitem__(self, unit: str) -> Row:
        row = self._made.get(unit)
        if row is None:
            row = self._made[unit] = Row(*marshal.loads(self.packed(unit)))  # noqa: S302 - primitives only
        return row

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    def __contains__(self, unit: object) -> bool:
        return unit in self._packed

    def changed(self, rows: Mapping[str, Row]) -> Rows:
        """These rows, with those of `rows` in the places of earlier ones."""
        packed = {unit: marshal.dumps(tuple(row)) for unit, row in rows.items()}
        return self._with({**self._packed, **packed}, {**self._made, **rows})

    def with_packed(self, packed: Mapping[str, bytes]) -> Rows:
        """These rows, with packed ones in the places of earlier ones."""
        return self._with({**self._packed, **packed}, {})

    def only(self, units: Iterable[str]) -> Rows:
        """Those of `units`, in their order."""
        known = self._packed
        packed = {unit: known[unit] for unit in units}
        return self._with(packed, {unit: row for unit, row in self._made.items() if unit in packed})

    def data(self) -> bytes:
        """What `Rows` takes."""
        places, pieces, end = {}, [], 0
        for unit in self._packed:
            piece = self.packed(unit)
            places[unit] = (end, end := end + len(piece))
            pieces.append(piece)
        head = marshal.dumps(places)
        return b"".join([(8 + len(head)).to_bytes(8, "big"), head, *pieces])


_NO_ROWS = (8 + len(marshal.dumps({}))).to_bytes(8, "big") + marshal.dumps({})


Done = tuple[str, tuple[str, ...], tuple[str, ...], tuple[tuple[Any, ...], ...]]
"""What came of one job: (key, public outputs, private outputs, warnings as plain tuples)."""


class Manifest(NamedTuple):
    """The last good build: what tells whether another one would make anything else."""

    engine: str
    """Names the code that made it: `options.engine`."""
    options: tuple[Any, ...]
    """Everything on the command line that changes the output."""
    stamp: int
    """Nanoseconds at which the scan began: a file touched later may have changed unseen."""
    scan: dict[str, Stat]
    """Every input file."""
    window: tuple[float, float]
    """The moment of the build may move within [from, to) and nothing changes."""
    facts: str
    """Digest of the facts file, or empty."""
    outputs: dict[str, Stat]
    """Public output → its stat after writing."""
    shelves: dict[str, Stat]
    """Private output that is no immutable file, or the folder of those → its stat after writing."""
    report: tuple[Any, ...]
    """What the summary said: (pages, e-mails, skipped, warnings, next moments)."""


class Memory(NamedTuple):
    """What the last good build left for one that has something to do."""

    readers: dict[str, tuple[str, ...]]
    """Input path → units whose rows follow from it, beside the unit that it is the main file of."""
    warned: tuple[str, ...]
    """Units whose rows have warnings."""
    site: bytes
    """The linked site and what every page shows of it, packed; empty where linking had anything to say."""
    shared: dict[str, Any]
    """What many jobs share, by name: digests of the chrome, of what parsing depends on, of the theme; its warnings, and
    those of the plan."""
    digests: dict[str, str]
    """Input path → digest of its bytes."""
    jobs: dict[str, Done]
    """By name of the job."""
    rows: Rows
    """Unit path → Row."""
    base: bytes = b""
    """Checksum of the file that holds digests, jobs and rows as they were before `since`; empty where none does."""
    since: tuple[dict[str, str], dict[str, Done], dict[str, bytes]] = ({}, {}, {})
    """Digests, jobs and packed rows that changed since that was written."""

    def changed(self, digests: Mapping[str, str], jobs: Mapping[str, Done], rows: Mapping[str, Row]) -> Memory:
        """This memory, with these in the places of earlier ones."""
        packed = {unit: marshal.dumps(tuple(row)) for unit, row in rows.items()}
        old_digests, old_jobs, old_packed = self.since
        return self._replace(
            digests={**self.digests, **digests},
            jobs={**self.jobs, **jobs},
            rows=self.rows.changed(rows),
            since=({**old_digests, **digests}, {**old_jobs, **jobs}, {**old_packed, **packed}),
        )


def load(path: Path) -> list[memoryview] | None:
    """The parts that `save` wrote, or None where they are missing, torn, spoiled, or from another Python or format."""
    return _load(path)[1]


def _load(path: Path) -> tuple[bytes, list[memoryview] | None]:
    """(checksum, parts)."""
    try:
        data = memoryview(path.read_bytes())
    except OSError:
        return b"", None
    start = len(_HEAD) + 4
    checksum = bytes(data[len(_HEAD) : start])
    if data[: len(_HEAD)] != _HEAD or checksum != _checksum(data[start:]):
        return b"", None
    parts = []
    while start < len(data):
        end = start + 8 + int.from_bytes(data[start : start + 8], "big")
        parts.append(data[start + 8 : end])
        start = end
    return checksum, parts


def save(path: Path, *parts: bytes) -> bytes:
    """Keeps `parts` in one move, and gives their checksum. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pieces = [piece for part in parts for piece in (len(part).to_bytes(8, "big"), part)]
    checksum = 0
    for piece in pieces:
        checksum = zlib.crc32(piece, checksum)
    beside = path.with_suffix(".new")
    with beside.open("wb", buffering=0) as file:
        for piece in (_HEAD + checksum.to_bytes(4, "big"), *pieces):
            view = memoryview(piece)
            while view:
                view = view[file.write(view) :]
    os.replace(beside, path)  # noqa: PTH105
    return checksum.to_bytes(4, "big")


def _checksum(data: bytes | memoryview) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


def load_manifest(path: Path) -> Manifest | None:
    """The manifest, or None when there is none to trust."""
    parts = load(path)
    try:
        if parts is not None and len(parts) == 2:
            return Manifest._make(marshal.loads(parts[0]))  # noqa: S302 - primitives only
    except (ValueError, EOFError, TypeError):
        pass
    return None


def load_memory(path: Path) -> Memory | None:
    """The memory of the manifest at `path`, or None when there is none to trust."""
    manifest, (checksum, parts) = load(path), _load(_beside(path))
    try:
        if manifest is None or parts is None or len(manifest) != 2 or len(parts) != 2:
            return None
        *told, base, since = marshal.loads(manifest[1])  # noqa: S302 - primitives only
        if base != checksum:
            return None
        digests, jobs = marshal.loads(parts[0])  # noqa: S302 - primitives only
        digests.update(since[0])
        jobs.update(since[1])
        rows = Rows(parts[1]).with_packed(since[2])
        return Memory._make([*told, digests, jobs, rows, base, since])
    except (ValueError, EOFError, TypeError, AttributeError):
        return None


def save_manifest(path: Path, manifest: Manifest, memory: Memory) -> Memory:
    """Writes them last of all: a build that was killed has none, and the next one starts afresh. Gives the memory as it
    lies there now. Raises OSError."""
    if not memory.base or max(len(each) for each in memory.since) > MOST_SINCE or not _beside(path).exists():
        base = save(_beside(path), marshal.dumps((memory.digests, memory.jobs)), memory.rows.data())
        memory = memory._replace(base=base, since=({}, {}, {}))
    told = (memory.readers, memory.warned, memory.site, memory.shared, memory.base, memory.since)
    save(path, marshal.dumps(tuple(manifest)), marshal.dumps(told))
    return memory


def _beside(manifest: Path) -> Path:
    """Where the memory lies."""
    return manifest.with_name(f"{manifest.name}.memory")


def standing(folder: Path, outputs: dict[str, Stat]) -> bool:
    """True when every output is as we left it."""
    stat = os.stat
    try:
        with nearby(str(folder)) as (descriptor, before):
            for path, known in outputs.items():
                now = stat(before + path, dir_fd=descriptor)
                if (now.st_mtime_ns, now.st_size, now.st_ino) != known:
                    return False
    except OSError:
        return False
    return True


class Standing:
    """`standing` of folders, found out by another process meanwhile, where files are many and a fork is safe.

    A context manager: leaving it ends that process. Called, it waits for the answer.
    """

    PAYS_FROM = 2000
    """Files; to look at fewer takes no longer than to fork."""

    def __init__(self, *folders: tuple[Path, dict[str, Stat]]) -> None:
        self._folders = folders
        self._pid = 0
        self._answer: bool | None = None

    def __enter__(self) -> Standing:
        many = sum(len(outputs) for _, outputs in self._folders) >= self.PAYS_FROM
        if many and sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1 and threading.active_count() == 1:
            self._pid = os.fork()
            if not self._pid:
                stands = False
                try:
                    stands = self._look()
                finally:
                    os._exit(not stands)
        return self

    def __call__(self) -> bool:
        if self._pid:
            pid, self._pid = self._pid, 0
            self._answer = os.waitpid(pid, 0)[1] == 0
        elif self._answer is None:
            self._answer = self._look()
        return self._answer

    def __exit__(self, *_: object) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0

    def _look(self) -> bool:
        return all(standing(folder, outputs) for folder, outputs in self._folders)


class Outputs:
    """The names of all files that we may have put into public/ and private/, so that we remove those and no others.

    JSON, so that it outlives another Python and another handbill. It is written before files move, with what goes and
    what comes, and again when all is done: a build may be killed at any moment between.
    """

    def __init__(self, manifest: Path) -> None:
        import json

        self._path = manifest.with_name(f"{manifest.name}.outputs")
        try:
            public, private = json.loads(self._path.read_bytes())
        except (OSError, ValueError, TypeError):
            public = private = ()
        self.public: set[str] = set(public)
        self.private: set[str] = set(private)

    def write(self, public: set[str], private: set[str]) -> None:
        """Keeps these names, where they differ from those kept. Raises OSError."""
        if (public, private) == (self.public, self.private):
            return
        import json

        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(f"{self._path.name}.new")
        beside.write_text(json.dumps([sorted(public), sorted(private)], indent=0), "ascii")
        os.replace(beside, self._path)  # noqa: PTH105
        self.public, self.private = public, private


class Bodies:
    """Parsed Markdown by digest of text and parser. What is missing or spoiled is simply not there.

    The database is imported where it is opened, since a build with nothing to do never opens it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._read: sqlite3.Connection | None = None
        self._tried = False

    def get(self, key: str) -> Any | None:
        """What `put` was given for the key, or None."""
        import sqlite3

        if not self._tried:
            self._tried = True
            if self._path.exists():
                with suppress(sqlite3.Error):
                    self._read = sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        if self._read is None:
            return None
        try:
            row = self._read.execute("SELECT data FROM body WHERE key = ?", (key,)).fetchone()
            if row is None or row[0][:4] != _checksum(row[0][4:]):
                return None
            return marshal.loads(row[0][4:])  # noqa: S302 - primitives only
        except (sqlite3.Error, ValueError, EOFError, TypeError):
            return None

    def put(self, items: Iterable[tuple[str, bytes]]) -> None:
        """Keeps (key, marshalled body) pairs. A cache that cannot be written is no reason to fail."""
        import sqlite3

        items = list(items)
        if not items:
            return
        self.close()
        try:
            self._put(sqlite3.connect(self._path, isolation_level=None), items)
        except sqlite3.Error:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _put(self, connection: sqlite3.Connection, items: list[tuple[str, bytes]]) -> None:
        try:
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("CREATE TABLE IF NOT EXISTS body (key TEXT PRIMARY KEY, data BLOB)")
            rows = ((key, _checksum(data) + data) for key, data in items)
            connection.executemany("INSERT OR REPLACE INTO body VALUES (?, ?)", rows)
            connection.execute("COMMIT")
        finally:
            connection.close()

    def close(self) -> None:
        """Lets the file go. A process that forks closes first, and each side opens its own."""
        if self._read is not None:
            self._read.close()
        self._read, self._tried = None, False
