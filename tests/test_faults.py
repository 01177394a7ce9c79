"""Bad days of one machine, each made real: the mail server is away or refuses, the database is locked, the disk is
full, the clock is set back, the catalog is not there. Nothing acknowledged is lost, the log says in JSON what is wrong
and names nobody, and when the fault is over all goes on by itself.

The server is the one of `handbill run`, in a process of its own, over sockets, a real SMTP server and a real file.
Hours pass by its clock, which is the machine's and as many seconds as a file says.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conftest import Site
from handbill_functions import contacts, people
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.context import Context, Keys
from handbill_functions.deliver import LEASE, deliver
from handbill_functions.errors import TornCatalog, Unavailable
from handbill_functions.model import MESSAGE, REQUEST, contact_pk, message_pk
from handbill_functions.outbox import message
from handbill_functions.ports import Accepted, Envelope, Outcome, put
from handbill_functions.stores.sqlite import SqliteStore
from smtp_sink import Sink, smtp_sink
from test_kill import KEYS, NOW, SECRETS, ask
from test_run import ask as request
from test_run import form, free_port, running

START = """
import os, time
from pathlib import Path
from handbill_functions.entry import local, work
from handbill_functions.logs import log_to_stderr
from handbill_functions.settings import read

class Shifted:
    def now(self):
        return int(time.time()) + int(Path("CLOCK").read_text() or 0)

work.REST = local.AFTER_FAULT = 0.3
local.run(read(os.environ), log_to_stderr, Shifted())
"""
KEY = bytes.fromhex("ab" * 32)
SERVED = Keys(contact=KEY, ledger=KEY, leave=(KEY,), links=(KEY,))


@dataclass
class Machine:
    """A running server, its clock, and what it logs."""

    site: Site
    port: int
    process: subprocess.Popen[str]
    database: Path
    clock: Path
    log: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)

    def sign_up(self, name: str) -> int:
        """The status of a sign-up."""
        status = request(self.port, "POST", "/api/subscribe", form(self.site, f"{name}@example.org"))[0]
        if status == 303:
            self.acknowledged.append(f"{name}@example.org")
        return status

    def later(self, seconds: int) -> None:
        """Its clock goes so much ahead, or back."""
        beside = self.clock.with_suffix(".new")
        beside.write_text(str(int(self.clock.read_text()) + seconds))
        beside.replace(self.clock)

    def logged(self, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first line of the log that is so, waited for."""
        for _ in range(200):
            for event in list(self.log):
                if what(event):
                    return event
            time.sleep(0.05)
        raise AssertionError(f"That was never logged: {self.log[-20:]}")

    def read(self) -> None:
        """Collects the log, until it ends."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            self.log.append(json.loads(line))

    def whole(self) -> None:
        """What holds after whatever happened."""
        copy = self.clock.with_name("copy.db")  # a path below /proc is none to SQLite
        for end in ("", "-wal"):
            shutil.copy(f"{self.database}{end}", f"{copy}{end}")
        with sqlite3.connect(copy) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert "example.org" not in "".join(self.said), "An address is in the log."
        assert all(event["event"] in EVENTS for event in self.log)
        assert not any("Traceback" in line for line in self.said)


EVENTS = {"start", "stop", "request", "message", "mailer", "sweep", "server"}


@contextmanager
def machine(site: Site, folder: Path, smtp_port: int, *, within: Sequence[str] = ()) -> Iterator[Machine]:
    clock = folder / "clock"
    clock.write_text("0")
    data = folder / "data"
    data.mkdir()
    start = START.replace("CLOCK", str(clock))
    with running(site, data, smtp_port, start=start, within=within) as (port, process):
        database = Path(f"/proc/{process.pid}/root{data}" if within else data) / "people.db"
        made = Machine(site, port, process, database, clock)
        reader = threading.Thread(target=made.read)
        reader.start()
        try:
            yield made
            made.whole()
        finally:
            process.terminate()
            process.wait(timeout=20)
            reader.join()


def eventually(holds: Callable[[], bool], seconds: float = 15) -> bool:
    """True as soon as it holds."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def came(sink: Sink) -> list[str]:
    return sorted(to for _, to in sink.envelopes)


# ---- the mail server


def test_an_hour_without_a_mail_server(sample_site: Site, tmp_path: Path) -> None:
    smtp = free_port()
    with machine(sample_site, tmp_path, smtp) as server:
        for number in range(6):
            assert server.sign_up(f"p{number}") == 303
            server.later(600)
            server.logged(lambda event: event["event"] == "mailer")
        fault = server.logged(lambda event: event["event"] == "mailer")
        assert fault == {"event": "mailer", "stream": "service", "fault": "ConnectionRefusedError"}
        waiting = [event["state"] for event in server.log if event["event"] == "message"]
        assert set(waiting) == {"postponed"}
        assert request(server.port, "GET", "/api/health")[0] == 200
        with smtp_sink(starttls=False, port=smtp) as sink:
            server.later(120)
            assert eventually(lambda: len(sink.raw) >= 6)
            time.sleep(0.5)
            assert came(sink) == sorted(server.acknowledged)
        assert eventually(lambda: sum(event.get("state") == "sent" for event in server.log) == 6)


def test_refusals_for_now_for_ever_and_until_greylisting_is_over_each_touch_one_message(
    sample_site: Site, tmp_path: Path
) -> None:
    first_seen: dict[str, float] = {}

    def answer(address: str) -> str:
        if address.startswith("grey"):  # as postgrey: come again after five minutes
            seen = first_seen.setdefault(address, now())
            return "250 2.1.5 fine" if now() - seen >= 300 else f"450 4.2.0 <{address}> is greylisted"
        refusals = {"busy": "451 4.3.0 try again", "gone": "550 5.1.1 no such user", "spam": "550 5.7.1 go away"}
        return refusals.get(address.partition("@")[0], "250 2.1.5 fine")

    with smtp_sink(starttls=False) as sink, machine(sample_site, tmp_path, sink.port) as server:

        def now() -> float:
            return time.time() + int(server.clock.read_text())

        sink.answer_rcpt = answer
        for name in ("grey", "busy", "gone", "spam", "fine"):
            assert server.sign_up(name) == 303
        for reason in ("450 4.2.0", "451 4.3.0", "550 5.1.1", "550 5.7.1"):
            event = server.logged(lambda event, reason=reason: event.get("reason") == reason)  # type: ignore[misc]
            assert event["state"] == ("postponed" if reason.startswith("4") else "dead")
        assert eventually(lambda: came(sink) == ["fine@example.org"])
        for _ in range(8):
            server.later(300)
            time.sleep(0.3)
        assert eventually(lambda: came(sink) == ["fine@example.org", "grey@example.org"])
        sink.answer_rcpt = lambda address: "250 2.1.5 fine"
        server.later(7 * 3600)
        assert eventually(lambda: len(sink.raw) == 3)
        assert came(sink) == ["busy@example.org", "fine@example.org", "grey@example.org"]
        assert eventually(lambda: sum(event.get("state") == "sent" for event in server.log) == 3)
        assert sum(event.get("state") == "dead" for event in server.log) == 2


# ---- the database


def test_a_database_that_another_program_holds(sample_site: Site, tmp_path: Path) -> None:
    with smtp_sink(starttls=False) as sink, machine(sample_site, tmp_path, sink.port) as server:
        assert server.sign_up("before") == 303
        other = sqlite3.connect(server.database, isolation_level=None, timeout=10)
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        assert server.sign_up("while") == 503
        assert time.monotonic() - began > 4, "It is waited for first."
        assert request(server.port, "GET", "/api/health")[0] == 200
        refused = server.logged(lambda event: event.get("status") == 503)
        assert refused["fault"] == "The database cannot be written: database is locked."
        other.execute("ROLLBACK")
        other.close()
        assert eventually(lambda: server.sign_up("after") == 303)
        assert eventually(lambda: len(sink.raw) >= 2)
        assert came(sink) == ["after@example.org", "before@example.org"]


Disk = Callable[[Machine], AbstractContextManager[None]]
"""Full as long as one is within it."""


@contextmanager
def mounted(server: Machine) -> Iterator[None]:
    """A file system of two megabytes, filled to its last byte."""
    ballast = server.database.with_name("ballast")
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 512, 1):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)
    yield
    ballast.unlink()


@contextmanager
def limited(server: Machine) -> Iterator[None]:
    """A process whose files may grow no more (RLIMIT_FSIZE), which no test needs a permission for."""
    sizes = [file.stat().st_size for file in server.database.parent.iterdir()]
    unlimited = resource.prlimit(
        server.process.pid, resource.RLIMIT_FSIZE, (max(sizes) + 20_000, resource.RLIM_INFINITY)
    )
    yield
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)


def disks() -> dict[str, tuple[list[str], Disk, str]]:
    """The ways to a full disk that there are here: (command to start the server by, the disk, what SQLite says)."""
    found: dict[str, tuple[list[str], Disk, str]] = {"limited": ([], limited, "disk I/O error")}
    own = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    with suppress(OSError):
        if subprocess.run([*own, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0:
            mount = 'mount -t tmpfs -o size=2m none "$0" && exec "$@"'
            found["mounted"] = ([*own, "sh", "-c", mount], mounted, "database or disk is full")
    return found


DISKS = disks()


@pytest.mark.parametrize("way", DISKS)
def test_a_disk_that_is_full(sample_site: Site, tmp_path: Path, way: str) -> None:
    start, disk, words = DISKS[way]
    within = [*start, f"{tmp_path}/data"] if start else []
    with (
        smtp_sink(starttls=False) as sink,
        machine(sample_site, tmp_path, sink.port, within=within) as server,
    ):
        assert server.sign_up("before") == 303
        assert eventually(lambda: len(sink.raw) == 1)
        with disk(server):
            statuses = [server.sign_up(f"p{number}") for number in range(40)]
            assert statuses[-5:] == [503] * 5
            fault = server.logged(lambda event: event.get("status") == 503)["fault"]
            assert fault == f"The database cannot be written: {words}."
            assert request(server.port, "GET", "/api/health")[0] == 200
        assert eventually(lambda: server.sign_up("after") == 303)
        server.later(LEASE + 60)  # what was on its way when the disk became full
        assert eventually(lambda: set(came(sink)) == set(server.acknowledged))
        time.sleep(0.5)
        assert len(sink.raw) - len(server.acknowledged) <= 4, "More went twice than were on their way."


# ---- the clock, and the catalog


def test_a_clock_that_is_set_back_an_hour(sample_site: Site, tmp_path: Path) -> None:
    with smtp_sink(starttls=False) as sink, machine(sample_site, tmp_path, sink.port) as server:
        assert server.sign_up("before") == 303
        assert eventually(lambda: len(sink.raw) == 1)
        server.later(-3600)
        assert server.sign_up("after") == 303
        assert eventually(lambda: len(sink.raw) == 2)
        assert server.sign_up("before") == 303, "Somebody who asks again, for whose address time has not come yet."
        ctx = Context(SqliteStore(server.database), Catalog(FolderReader(sample_site.private)), SERVED)
        now = int(time.time())
        for name in ("before", "after"):
            contact = ctx.contact_of(f"{name}@example.org")
            asked = ctx.store.query(contact_pk(contact), REQUEST, now - 3600)[0].sk.removeprefix(REQUEST)
            contacts.confirm(ctx, now - 3600, contact, asked)
        assert people.verify(ctx, now) == (2, [])
        assert eventually(lambda: len(sink.raw) >= 4)
        server.later(3600)
        assert people.verify(ctx, now) == (2, [])
        ctx.store.close()


def test_a_catalog_that_is_away_for_a_while(sample_site: Site, tmp_path: Path) -> None:
    copy = tmp_path / "private"
    shutil.copytree(sample_site.private, copy)
    site = Site(sample_site.root, sample_site.public, copy, sample_site.report)
    smtp = free_port()
    with machine(site, tmp_path, smtp) as server:
        assert server.sign_up("before") == 303
        copy.rename(tmp_path / "away")
        body = "email=while%40example.org"
        assert request(server.port, "POST", "/api/subscribe", body)[0] == 503
        with smtp_sink(starttls=False, port=smtp) as sink:
            server.later(3600)
            server.logged(lambda event: event.get("fault", "").startswith("NotInCatalog: There is no catalog here"))
            (tmp_path / "away").rename(copy)
            server.later(3600)
            assert eventually(lambda: came(sink) == ["before@example.org"])


# ---- within one round of the outbox


@dataclass
class Carrier:
    """Takes messages; before each, something may happen to the machine."""

    before: Callable[[], None] = lambda: None
    sent: list[str] = field(default_factory=list)

    def send(self, envelope: Envelope) -> Outcome:
        self.before()
        self.sent.append(envelope.id)
        return Accepted("ok")

    def close(self) -> None: ...


@pytest.fixture
def ctx(sample_site: Site, tmp_path: Path) -> Iterator[Context]:
    store = SqliteStore(tmp_path / "people.db", patience=0.2)
    yield Context(store, Catalog(FolderReader(sample_site.private)), KEYS, SECRETS)
    store.close()


@pytest.mark.parametrize("hands", [1, 4])
def test_when_a_hand_over_cannot_be_noted_no_other_is_made(ctx: Context, tmp_path: Path, hands: int) -> None:
    """Else a whole batch would go a second time when its lease is over."""
    for number in range(20):
        ask(ctx, f"p{number}@example.org")
    other = sqlite3.connect(tmp_path / "people.db", isolation_level=None, check_same_thread=False)
    turn = threading.Lock()

    def lock() -> None:
        with turn:
            if not other.in_transaction:
                other.execute("BEGIN IMMEDIATE")

    carrier = Carrier(lock)
    with pytest.raises(Unavailable, match="locked"):
        deliver(ctx, carrier, NOW, stream="service", hands=hands)
    assert 1 <= len(carrier.sent) <= hands
    other.execute("ROLLBACK")
    other.close()
    after = Carrier()
    deliver(ctx, after, NOW + LEASE, stream="service", hands=hands)
    assert len({*carrier.sent, *after.sent}) == len(after.sent) == 20


def test_a_row_that_nobody_can_send_is_given_up_and_holds_up_no_other(ctx: Context) -> None:
    ask(ctx)
    hash, _ = ctx.catalog.email_for("events/salon-to-stream", "welcome", "en")
    rows = [
        message(
            NOW - 9, contact="not hexadecimal", name="letter", entry="", stream="service", email=hash, lang="en",
            request=id, id=id * 32,
        )
        for id in "ab"
    ]  # fmt: skip
    ctx.store.transact(rows, NOW)
    form = ctx.catalog.entry("events/salon-to-stream")["form"]
    assert form is not None
    asked = {
        "email": "bob@example.org", "entry": "", "lang": "en", "list": "main", "purposes": [], "fields": {}, "at": NOW,
        "intent": "event", "wording": form["wordings"]["en"],
    }  # fmt: skip
    ctx.store.transact([put(None, contact_pk("not hexadecimal"), f"{REQUEST}a", asked)], NOW)
    carrier = Carrier()
    done = deliver(ctx, carrier, NOW, stream="service")
    assert (done.sent, done.dead, done.dropped) == (1, 1, 1)
    given_up = ctx.store.get(message_pk("a" * 32), MESSAGE, NOW)
    assert given_up is not None
    assert (given_up.data["state"], given_up.queue) == ("dead", "dead")


def test_a_bucket_that_breaks_off_puts_a_message_off_and_loses_none(ctx: Context, sample_site: Site) -> None:
    """What is read of a catalog in S3 may break off; what is not there at all is the operator's to mend."""

    class Breaks:
        broken = True

        def read(self, path: str) -> bytes | None:
            if self.broken and path.startswith("programs/"):
                raise TornCatalog(f"{path} broke off while it was read.")
            return FolderReader(sample_site.private).read(path)

    ask(ctx)
    reader = Breaks()
    torn = ctx._replace(catalog=Catalog(reader))
    carrier = Carrier()
    now = NOW
    for _ in range(3):
        done = deliver(torn, carrier, now, stream="service")
        assert (done.postponed, done.dead) == (1, 0)
        assert "broke off" in done.notes[0][2]
        now += 3600
    reader.broken = False
    assert deliver(torn, carrier, now, stream="service").sent == 1
