"""The functions under load, beside what the same disk and the same mail server give bare: second part of `make bench`.

    cold starts   on AWS's runtime, to the first answer; beside it a bare handler: see `cold`
    sign-ups      POST /subscribe through the whole application, from 1, 4 and 8 threads, every commit on the disk;
                  beside it the commits of one row that SQLite gives there with the same settings
    outbox        messages handed to a local SMTP server; beside it the same bytes handed over without an outbox
    one of many   what touches one contact, in a store of 1,000,000

The database lies in the folder given (default: below the repository, on its disk), never in memory.

    python tests/bench/capture.py [--people 1000000] [--signups 100000]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import smtplib
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Process
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import cold

from handbill_functions import contacts, people
from handbill_functions.app import App
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.context import Context, Keys
from handbill_functions.deliver import deliver
from handbill_functions.ledger import EMPTY, append
from handbill_functions.letters import Letter, plan, queue
from handbill_functions.limits import Limits
from handbill_functions.mailers.smtp import SmtpMailer
from handbill_functions.model import CONSENT, INTENT, PROFILE, REQUEST, contact_pk, intents_of, ledger_sk, new_id
from handbill_functions.ports import SystemClock, new_version
from handbill_functions.stores import encode
from handbill_functions.stores.sqlite import SqliteStore
from handbill_functions.web import Request

REPOSITORY = Path(__file__).resolve().parents[2]
KEYS = Keys(b"c" * 32, b"l" * 32, (b"v" * 32,), (b"k" * 32,))
ENTRY = "events/salon-to-stream"
SECONDS = 5.0
MAILS = 2_000
TOUCHED = 1_000
ROWS = ("cold", "signups", "memory", "outbox", "many")
UNLIMITED = Limits(network=10**9, unsaid=10**9, form=10**9, calm=10**9, site=10**9)


def main() -> int:
    given = argparse.ArgumentParser()
    given.add_argument("--people", type=int, default=1_000_000)
    given.add_argument("--many", type=Path, help="where the store of --people lies; made if it is not there, and kept")
    given.add_argument("--signups", type=int, default=20_000)
    given.add_argument("--cold", type=int, default=5, help="rounds of cold starts")
    given.add_argument("--only", action="append", choices=ROWS, help="these rows alone; may be given several times")
    given.add_argument("--folder", type=Path, default=REPOSITORY / ".handbill-bench")
    asked = given.parse_args()
    asked.folder.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="capture-", dir=asked.folder))
    try:
        site = _site(folder)
        rows = asked.only or ROWS
        if "cold" in rows and asked.cold:
            cold.measure(site, folder, _body(site), asked.cold)
        print(f"{'':<46}{'ours':>12}{'bare':>12}{'ratio':>8}")
        if "signups" in rows:
            for threads in (1, 4, 8):
                _signups(site, folder, threads)
        if "memory" in rows:
            _memory(site, folder, asked.signups)
        if "outbox" in rows:
            _outbox(site, folder)
        if "many" in rows:
            _one_of_many(site, asked.many or folder / "many.db", asked.people)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _say(what: str, ours: float, bare: float | None, unit: str) -> None:
    ratio = f"{ours / bare:8.2f}" if bare else ""
    print(f"{what:<46}{ours:>10,.0f} {unit}{f'{bare:>10,.0f} {unit}' if bare else ''}{ratio}", flush=True)


def _site(folder: Path) -> Path:
    """The sample site, built: private/ of it."""
    from handbill.build import build
    from handbill.options import Options

    root = folder / "site"
    shutil.copytree(REPOSITORY / "content", root / "content")
    build(Options(root=root, public=root / "public", private=root / "private", at=time.time()))
    return root / "private"


def _app(site: Path, file: Path) -> App:
    secrets = {"door_code": "4711", "stream_url": "https://stream.example/"}
    ctx = Context(SqliteStore(file), Catalog(FolderReader(site)), KEYS, secrets)
    return App(ctx, SystemClock(), lambda event: None, UNLIMITED)


def _body(site: Path) -> Callable[[str], str]:
    """Makes what is posted when an address signs up."""
    form = Catalog(FolderReader(site)).entry(ENTRY)["form"]
    assert form is not None
    fixed = {"form": ENTRY, "intent": "event", "lang": "en", "wording": form["wordings"]["en"], "website": ""}
    rest = urlencode({**fixed, "consent_marketing": "yes"})
    return lambda email: f"email={quote(email)}&{rest}"


def _form(site: Path) -> Callable[[str], Request]:
    body = _body(site)
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": "https://casalume.example"}
    return lambda email: Request("POST", "/api/subscribe", headers, body(email).encode(), "198.51.100.7")


def _together(threads: int, work: Callable[[int, int], None]) -> tuple[float, list[float]]:
    """(rounds a second, seconds of each) of `work(thread, number)`, by so many threads for SECONDS."""
    took: list[list[float]] = [[] for _ in range(threads)]
    end = time.perf_counter() + SECONDS

    def run(thread: int) -> None:
        number = 0
        while (began := time.perf_counter()) < end:
            work(thread, number)
            took[thread].append(time.perf_counter() - began)
            number += 1

    running = [threading.Thread(target=run, args=(each,)) for each in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    every = sorted(second for each in took for second in each)
    return len(every) / SECONDS, every


def _signups(site: Path, folder: Path, threads: int) -> None:
    local = threading.local()

    def commit(thread: int, number: int) -> None:
        if not hasattr(local, "connection"):
            local.connection = sqlite3.connect(folder / f"bare{threads}.db", isolation_level=None, timeout=60)
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                local.connection.execute(f"PRAGMA {pragma}")
            local.connection.execute("CREATE TABLE IF NOT EXISTS row (a TEXT PRIMARY KEY, b TEXT) WITHOUT ROWID")
        local.connection.execute("BEGIN IMMEDIATE")
        local.connection.execute("INSERT INTO row VALUES (?, ?)", (os.urandom(16).hex(), "x" * 400))
        local.connection.execute("COMMIT")

    app = _app(site, folder / f"signups{threads}.db")
    form = _form(site)

    def sign_up(thread: int, number: int) -> None:
        assert app.handle(form(f"p{thread}.{number}@example.org")).status == 303

    bare, _ = _together(threads, commit)
    ours, took = _together(threads, sign_up)
    again, _ = _together(threads, commit)
    _say(f"sign-ups a second, {threads} thread{'s' if threads > 1 else ''}", ours, (bare + again) / 2, "/s")
    print(f"    p50 {took[len(took) // 2] * 1000:.1f} ms, p99 {took[int(len(took) * 0.99)] * 1000:.1f} ms")
    app.ctx.store.close()


def _memory(site: Path, folder: Path, count: int) -> None:
    app = _app(site, folder / "memory.db")
    form = _form(site)
    took: list[float] = []
    print("memory, and milliseconds (p50, p99) of each tenth of the sign-ups:")
    for number in range(1, count + 1):
        began = time.perf_counter()
        assert app.handle(form(f"p{number}@example.org")).status == 303
        took.append((time.perf_counter() - began) * 1000)
        if number % (count // 10) == 0:
            took.sort()
            p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
            print(f"    after {number:>9,}: {_resident():6.1f} MB {p50:8.2f}{p99:8.2f}", flush=True)
            took = []
    app.ctx.store.close()


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


SINK = """
import sys, time
from aiosmtpd.controller import Controller
class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 taken"
Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
print("ready", flush=True)
time.sleep(3600)
"""
"""A mail server that takes everything and keeps nothing, in a process of its own as mail servers are."""
HANDS = 4


@contextmanager
def _sink() -> Iterator[int]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-c", SINK, str(port)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield port
    finally:
        process.kill()
        process.wait()


def _outbox(site: Path, folder: Path) -> None:
    app = _app(site, folder / "outbox.db")
    form = _form(site)
    for number in range(MAILS):
        app.handle(form(f"p{number}@example.org"))
    with _sink() as port:
        message: list[bytes] = []

        class Listening(SmtpMailer):
            def send(self, envelope: Any) -> Any:
                message.append(envelope.message)
                return super().send(envelope)

        mailer = Listening(f"smtp://127.0.0.1:{port}")
        deliver(app.ctx, mailer, app.clock.now(), stream="service", limit=1)
        bare = {hands: _bare(port, message[0], hands) for hands in (1, HANDS)}
        began, sent, used = time.perf_counter(), 0, time.process_time()
        while some := deliver(app.ctx, mailer, app.clock.now(), stream="service", limit=100, hands=HANDS).sent:
            sent += some
        ours, used = sent / (time.perf_counter() - began), (time.process_time() - used) / sent
        mailer.close()
        assert sent == MAILS - 1
        for hands in (1, HANDS):
            bare[hands] = (bare[hands] + _bare(port, message[0], hands)) / 2
            _say(f"e-mails a second, {HANDS} connections; bare: {hands}", ours, bare[hands], "/s")
        print(f"    {used * 1000:.2f} ms of CPU each")
    app.ctx.store.close()


def _bare(port: int, message: bytes, hands: int) -> float:
    """Messages a second that the server takes over so many connections, from as many threads."""

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port) as connection:
            for number in range(MAILS // hands):
                connection.sendmail("hello@casalume.example", [f"p{number}@example.org"], message)

    began = time.perf_counter()
    threads = [threading.Thread(target=send) for _ in range(hands)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return MAILS / (time.perf_counter() - began)


def _one_of_many(site: Path, file: Path, count: int) -> None:
    if not file.exists():
        began = time.perf_counter()
        filling = Process(target=_fill, args=(site, file, count))  # of its own: what it takes is not ours
        filling.start()
        filling.join()
        assert filling.exitcode == 0
        size = file.stat().st_size / 1e9
        print(f"made {count:,} contacts in {time.perf_counter() - began:.0f} s: {size:.1f} GB")
    app = _app(site, file)
    ctx, now = app.ctx, app.clock.now()
    entry = ctx.catalog.entry(ENTRY)
    assert entry["form"] is not None
    wording = entry["form"]["wordings"]["en"]
    took: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        found = work()
        took.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        return found

    with file.open("rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # as after a start: on the disk alone
    for number in range(TOUCHED):
        email = f"p{number * 4999 % count}@example.org" if number % 2 else f"new{now}.{number}@example.org"
        contact = ctx.contact_of(email)
        timed("ask", lambda email=email: contacts.ask(
            ctx, now, email=email, lang="en", entry=entry, intent="event", list="main", purposes=["marketing"],
            fields={"seats": "2"}, wording=wording,
        ))  # fmt: skip
        sk = ctx.store.query(contact_pk(contact), REQUEST, now)[0].sk.removeprefix(REQUEST)
        timed("confirm", lambda contact=contact, sk=sk: contacts.confirm(ctx, now, contact, sk))
        timed("preferences", lambda contact=contact: contacts.preferences(ctx, now, contact))
        timed("everything of", lambda contact=contact: people.everything_of(ctx, now, contact))
        timed("leave", lambda contact=contact: contacts.leave(ctx, now, contact, list=None, method="one-click"))
        if number % 4 == 0:
            timed("erase", lambda contact=contact: contacts.erase(ctx, now, contact, method="form"))
    print(f"among {count:,} contacts, milliseconds (p50, p99, most):")
    for name, every in took.items():
        every.sort()
        print(f"    {name:<16}{statistics.median(every):8.2f}{every[int(len(every) * 0.99)]:8.2f}{every[-1]:8.2f}")
    with _watched() as said:
        lines = sum(1 for _ in people.export(ctx, now))
    print(f"export of {lines:,} items: {said()}", flush=True)
    letter = Letter(f"letters/{new_id()}", {"en": entry["emails"]["reminder"]["en"]})
    with _watched() as said:
        planned = plan(ctx, now, "main", letter)
    print(f"letter to {planned.send:,}: plan {said()}", flush=True)
    with _watched() as said:
        queued = queue(ctx, now, "main", letter, planned.digest).queued
    print(f"letter to {queued:,}: queue {said()}", flush=True)
    ctx.store.close()


@contextmanager
def _watched() -> Iterator[Callable[[], str]]:
    """Says afterwards how long it took, and by how much the process was larger than before at the largest."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak is forgotten
    before, began, used = _resident(), time.perf_counter(), time.process_time()
    result = ""
    yield lambda: result
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    result = (
        f"{time.perf_counter() - began:.0f} s ({time.process_time() - used:.0f} s of CPU), "
        f"{peak:.0f} MB at most, {peak - before:+.1f} MB"
    )


def _fill(site: Path, file: Path, count: int) -> None:
    """So many people who confirmed and agreed, each with a ledger that holds, written straight into the table, which is
    as it would be if they had come one by one."""
    app = _app(site, file)
    ctx, entry = app.ctx, app.ctx.catalog.entry(ENTRY)
    assert entry["form"] is not None
    wording, purpose, at = entry["form"]["wordings"]["en"], {"purpose": "marketing", "topic": "main"}, app.clock.now()
    everyone = sorted((ctx.contact_of(email), email) for email in (f"p{number}@example.org" for number in range(count)))

    def rows() -> Iterator[tuple[Any, ...]]:
        for contact, email in everyone:
            pk, head, chain = contact_pk(contact), EMPTY, []
            about = {"lang": "en", "wording": wording, "entry": ENTRY, "request": new_id(), "method": "button"}
            for action, more in (("requested", purpose), ("verified", {}), ("granted", purpose)):
                row, head = append(KEYS.ledger, contact, head, at, action, **about, **more)  # type: ignore[arg-type]
                chain.append(row)
            consent = {"granted": True, "at": at, "wording": wording}
            intent = {"intent": "event", "list": "main", "lang": "en", "fields": {}, "at": at}
            profile = {"email": email, "lang": "en", "verified": at, "created": at, "length": 3, "head": head.mac}
            yield pk, f"{CONSENT}marketing#main", encode(consent), new_version(), None, None, None
            yield pk, INTENT + ENTRY, encode(intent), new_version(), None, intents_of(ENTRY), at
            for place, row in enumerate(chain, 1):
                yield pk, ledger_sk(place), encode(row), new_version(), None, None, None
            yield pk, PROFILE, encode(profile), new_version(), None, None, None

    ctx.store.close()
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?)", rows())
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    sys.exit(main())
