"""kill -9 at every statement of subscribe, confirm, deliver and send, in a real process: nothing acknowledged is lost,
nothing is half done, and no e-mail goes twice beyond those in flight.

A child process does one thing and is killed just before its nth statement to SQLite, before or after its nth write to
DynamoDB, or before its nth command to the mail server (and once more after the last), for every n until it gets
through. What it told before (over a pipe) is what was
acknowledged; what the mail server took is what was sent. Between two of these nothing outside the process changes.
"""

from __future__ import annotations

import itertools
import os
import signal
import smtplib
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import pytest

from aws_wire import Wire
from conftest import STORES, Site
from dynamodb_local import Local, client_at
from handbill_functions import contacts, letters, people
from handbill_functions.app import App
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.context import Context, Keys
from handbill_functions.deliver import LEASE, deliver
from handbill_functions.links import links_of
from handbill_functions.mailers.smtp import SmtpMailer
from handbill_functions.model import MESSAGE, PROFILE, REQUEST, contact_pk
from handbill_functions.ports import Accepted, Envelope, Outcome
from handbill_functions.stores.dynamodb import DynamoStore
from handbill_functions.stores.sqlite import SqliteStore
from handbill_functions.web import Request

NOW = 1_795_000_000
KEYS = Keys(contact=b"c" * 32, ledger=b"l" * 32, leave=(b"v" * 32,), links=(b"k" * 32,))
SECRETS = {"door_code": "4711", "stream_url": "https://stream.example/"}
ADA = "ada@example.org"


class Home(Protocol):
    """A store that a child is killed over."""

    def context(self) -> Context:
        """Of this process, which looks at what is left."""
        ...

    def watched(self, tick: Callable[[], None]) -> Context:
        """Of the child. `tick` is called wherever it may be killed."""
        ...


@dataclass
class OnOneMachine:
    """A database of SQLite."""

    site: Site
    file: Path

    def context(self) -> Context:
        return Context(SqliteStore(self.file), Catalog(FolderReader(self.site.private)), KEYS, SECRETS)

    def watched(self, tick: Callable[[], None]) -> Context:
        ctx = self.context()
        assert isinstance(ctx.store, SqliteStore)
        opened = ctx.store._connection

        def traced() -> sqlite3.Connection:
            connection = opened()
            connection.set_trace_callback(lambda _: tick())
            return connection

        ctx.store._connection = traced  # type: ignore[method-assign]
        return ctx


@dataclass
class OnAws:
    """A table of DynamoDB. The child has a client that this process never used: no connection is shared."""

    site: Site
    table: str
    client: Any
    untouched: Any

    def context(self, client: Any = None) -> Context:
        store = DynamoStore(self.table, client or self.client)
        return Context(store, Catalog(FolderReader(self.site.private)), KEYS, SECRETS)

    def watched(self, tick: Callable[[], None]) -> Context:
        wire = Wire(self.untouched)

        def called(wire: Wire, request: Any) -> Any:
            if b"TransactItems" not in request.body:  # a reading, before which is as good as before the next write
                return wire.deliver(request)
            tick()
            answer = wire.deliver(request)
            tick()
            return answer

        wire.faults = [called] * 999
        return self.context(self.untouched)


Homes = Callable[[], Home]


@pytest.fixture(params=STORES)
def homes(request: pytest.FixtureRequest, sample_site: Site, tmp_path: Path) -> Homes:
    """Makes homes with nothing in them: the test runs once for each adapter."""
    if request.param == "sqlite":
        numbers = itertools.count()
        return lambda: OnOneMachine(sample_site, tmp_path / f"{next(numbers)}.db")
    local: Local = request.getfixturevalue("dynamodb")
    untouched = client_at(local.endpoint)
    return lambda: OnAws(sample_site, local.table(), local.client, untouched)


class Carrier:
    """Takes messages."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.recipients: list[str] = []

    def send(self, envelope: Envelope) -> Outcome:
        self.sent.append(envelope.id)
        self.recipients.append(envelope.recipient)
        return Accepted("ok")

    def close(self) -> None: ...


def ask(ctx: Context, email: str = ADA) -> None:
    entry = ctx.catalog.entry("events/salon-to-stream")
    assert entry["form"] is not None
    contacts.ask(
        ctx, NOW, email=email, lang="en", entry=entry, intent="event", list="main", purposes=["marketing"], fields={},
        wording=entry["form"]["wordings"]["en"],
    )  # fmt: skip


class Stands:
    """A clock."""

    def now(self) -> int:
        return NOW


def post(ctx: Context, path: str, fields: Mapping[str, str]) -> str:
    """What a browser is told: the status."""
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": "https://casalume.example"}
    request = Request("POST", path, headers, urlencode(fields).encode(), peer="198.51.100.7")
    return str(App(ctx, Stands(), lambda event: None).handle(request).status)


def subscribe(ctx: Context) -> str:
    form = ctx.catalog.entry("events/salon-to-stream")["form"]
    assert form is not None
    fields = {"email": ADA, "form": "events/salon-to-stream", "lang": "en", "wording": form["wordings"]["en"]}
    return post(ctx, "/api/subscribe", {**fields, "intent": "event", "consent_marketing": "yes"})


def confirm(ctx: Context) -> str:
    contact = ctx.contact_of(ADA)
    request = ctx.store.query(contact_pk(contact), REQUEST, NOW)[0].sk.removeprefix(REQUEST)
    link = links_of(ctx.catalog.index()["site"], KEYS).confirm(contact, request, NOW)
    return post(ctx, link.removeprefix("https://casalume.example"), {})


Act = Callable[[Context, int], str]
"""What the child does, given a pipe to tell over. What it gives back is told at the end."""


def killed_at(home: Home, number: int, act: Act) -> tuple[bool, list[str]]:
    """(whether the process got through, what it told) of one that is killed at its nth statement, call or command."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            turn, left = threading.Lock(), number

            def tick() -> None:
                nonlocal left
                with turn:
                    left -= 1
                    if left == 0:
                        os.kill(os.getpid(), signal.SIGKILL)

            ctx, said = home.watched(tick), smtplib.SMTP.send

            def counted(self: smtplib.SMTP, data: bytes | str) -> None:
                tick()
                said(self, data)

            smtplib.SMTP.send = counted  # type: ignore[method-assign,assignment]
            told = act(ctx, writing)
            tick()
            os.write(writing, f"{told}\ndone\n".encode())
            os._exit(0)
        finally:
            os._exit(9)
    os.close(writing)
    told = b""
    while piece := os.read(reading, 65536):
        told += piece
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status), told.decode().split("\n")[:-1]


def every_kill(
    homes: Homes, prepare: Callable[[Context], None], act: Act, *, step: int = 1
) -> list[tuple[Context, list[str], bool]]:
    """The store after a kill at each statement (or each `step`th), the last one having got through."""
    after = []
    for number in range(1, 200, step):
        home = homes()
        ctx = home.context()
        prepare(ctx)
        ctx.store.close()
        through, told = killed_at(home, number, act)
        after.append((home.context(), told, through))
        if through:
            return after
    raise AssertionError("It never got through.")


def at_least(ends: list[tuple[Context, list[str], bool]], *, sqlite: int, dynamodb: int) -> int:
    """How many there must be over this store: SQLite is killed at each statement, DynamoDB around each write."""
    return sqlite if isinstance(ends[0][0].store, SqliteStore) else dynamodb


def whole(ctx: Context) -> None:
    """What must hold whatever happened."""
    assert people.verify(ctx, NOW)[1] == []
    if not isinstance(ctx.store, SqliteStore):
        return
    with sqlite3.connect(f"file:{ctx.store._path}?mode=ro", uri=True) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_sign_up_is_stored_with_its_mail_or_not_at_all(homes: Homes) -> None:
    ends = every_kill(homes, lambda ctx: None, lambda ctx, pipe: subscribe(ctx))
    assert len(ends) > at_least(ends, sqlite=8, dynamodb=2)
    for ctx, told, through in ends:
        contact = ctx.contact_of(ADA)
        asked = ctx.store.query(contact_pk(contact), REQUEST, NOW)
        mails = list(ctx.store.every("M#", NOW))
        assert len(asked) == len(mails) <= 1
        assert told in ([], ["303", "done"])
        assert not (through or told) or len(asked) == 1
        assert subscribe(ctx) == "303"
        assert len(ctx.store.query(contact_pk(contact), REQUEST, NOW)) == 1
        carrier = Carrier()
        deliver(ctx, carrier, NOW, stream="service")
        assert len(carrier.sent) == 1
        whole(ctx)
        ctx.store.close()


def test_confirming_verifies_grants_and_mails_or_does_nothing(homes: Homes) -> None:
    ends = every_kill(homes, lambda ctx: ask(ctx), lambda ctx, pipe: confirm(ctx))
    assert len(ends) > at_least(ends, sqlite=12, dynamodb=2)
    for ctx, told, through in ends:
        contact = ctx.contact_of(ADA)
        profile = ctx.store.get(contact_pk(contact), PROFILE, NOW)
        welcome = [item for item in ctx.store.every("M#", NOW) if item.data["name"] == "welcome"]
        assert len(welcome) == (1 if profile else 0)
        assert told in ([], ["200", "done"])
        assert profile is not None or not (through or told)
        assert confirm(ctx) == "200"
        granted = contacts.preferences(ctx, NOW, contact)
        assert granted is not None
        assert granted.lists == {"main": True}
        assert len([item for item in ctx.store.every("M#", NOW) if item.data["name"] == "welcome"]) == 1
        whole(ctx)
        ctx.store.close()


NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
SINK = """
import signal
from smtp_sink import smtp_sink
with smtp_sink(starttls=False) as sink:
    sink.answer_data = lambda address: print(address, flush=True) or "250 2.0.0 taken"
    print(sink.port, flush=True)
    signal.pause()
"""


@contextmanager
def mail_server(file: Path) -> Iterator[int]:
    """The port of a mail server in a process of its own, which writes into `file` whom it took a message for, before it
    says so."""
    with file.open("w") as out:
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen([sys.executable, "-c", SINK], stdout=out, env=environ)
    try:
        while not file.read_text().endswith("\n"):
            time.sleep(0.01)
        yield int(file.read_text().split("\n")[0])
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("hands", [1, 3])
def test_delivering_loses_none_and_doubles_only_those_in_flight(homes: Homes, tmp_path: Path, hands: int) -> None:
    walk = itertools.count()
    with mail_server(tmp_path / "taken") as port:

        def prepare(ctx: Context) -> None:
            number = next(walk)
            for name in ("ada", "bob", "cy"):
                ask(ctx, f"{name}-{number}@example.org")

        def act(ctx: Context, pipe: int) -> str:
            mailer = SmtpMailer(f"smtp://localhost:{port}", timeout=5, tls=NO_TLS)
            return str(deliver(ctx, mailer, NOW, stream="service", hands=hands).sent)

        ends = every_kill(homes, prepare, act, step=hands)
        after = Carrier()
        for ctx, _, _ in ends:
            for later in (1, LEASE, 2 * LEASE):
                deliver(ctx, after, NOW + later, stream="service")
            assert {item.data["state"] for item in ctx.store.every("M#", NOW) if item.sk == MESSAGE} == {"sent"}
            whole(ctx)
            ctx.store.close()
        taken = [*(tmp_path / "taken").read_text().split("\n")[1:-1], *after.recipients]
    assert len(ends) > at_least(ends, sqlite=30, dynamodb=15) // hands
    doubled = []
    for number in range(len(ends)):
        mine = [address for address in taken if address.endswith(f"-{number}@example.org")]
        assert len(set(mine)) == 3, "One was lost."
        doubled.append(len(mine) - 3)
    assert max(doubled) <= hands
    assert sum(map(bool, doubled)) >= at_least(ends, sqlite=4, dynamodb=3 if hands == 1 else 1), (
        "Never killed between the hand-over and its note, which is the case that matters."
    )
    assert doubled[-1] == 0


@pytest.mark.parametrize("together", [1, 2])
def test_queueing_a_letter_is_gone_on_with_and_nobody_gets_two(
    sample_site: Site, homes: Homes, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(letters, "MOST_CHANGES", 4)  # two people a transaction: more places to be killed at
    monkeypatch.setattr(letters, "TOGETHER", together)
    words = sample_site.catalog.entry("events/salon-to-stream")["emails"]
    letter = letters.Letter("letters/june", {"en": words["reminder"]["en"]})
    mended = letters.Letter("letters/june", {"en": words["changed"]["en"]})
    addresses = [f"p{number}@example.org" for number in range(5)]

    def prepare(ctx: Context) -> None:
        for address in addresses:
            ask(ctx, address)
            contact = ctx.contact_of(address)
            request = ctx.store.query(contact_pk(contact), REQUEST, NOW)[0].sk.removeprefix(REQUEST)
            contacts.confirm(ctx, NOW, contact, request)

    def act(ctx: Context, pipe: int) -> str:
        digest = letters.plan(ctx, NOW, "main", letter).digest
        os.write(pipe, f"planned {digest}\n".encode())
        return str(letters.queue(ctx, NOW, "main", letter, digest).queued)

    ends = every_kill(homes, prepare, act)
    assert len(ends) > at_least(ends, sqlite=20, dynamodb=5)
    counts = set()
    for number, (ctx, told, through) in enumerate(ends):
        before = queued(ctx)
        counts.add(len(before))
        assert len(before) == len(set(before))
        assert not (through or "5" in told) or len(before) == 5
        again = mended if number % 2 else letter
        digest = letters.plan(ctx, NOW, "main", again).digest
        planned = [line.removeprefix("planned ") for line in told if line.startswith("planned ")]
        assert number % 2 or planned in ([], [digest]), "The plan of before the kill is still the plan."
        assert letters.queue(ctx, NOW, "main", again, digest) == letters.Queued(5 - len(before), len(before))
        assert queued(ctx) == sorted(map(ctx.contact_of, addresses))
        carrier = Carrier()
        deliver(ctx, carrier, NOW, stream="marketing")
        assert letters.queue(ctx, NOW, "main", again, digest).queued == 0
        deliver(ctx, carrier, NOW + 2 * LEASE, stream="marketing")
        assert len(carrier.sent) == len(set(carrier.sent)) == 5
        whole(ctx)
        ctx.store.close()
    found = {0, 4, 5} if together == 2 and isinstance(ends[0][0].store, SqliteStore) else {0, 2, 4, 5}
    assert counts == found, "The harness never killed within the queueing, which is the case that matters."


def queued(ctx: Context) -> list[str]:
    return sorted(item.data["contact"] for item in ctx.store.every("M#", NOW) if item.data["name"] == "letter")
