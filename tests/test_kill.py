"""kill -9 at every statement that goes to the database, in a real process: nothing acknowledged is lost, nothing is
half done, and no e-mail goes twice beyond the one in flight.

A child process does one thing and is killed just before its nth statement, for every n until it gets through. What it
told before (over a pipe) is what was acknowledged.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Site
from handbill_functions import contacts, letters, people
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.context import Context, Keys
from handbill_functions.deliver import LEASE, deliver
from handbill_functions.model import MESSAGE, PROFILE, REQUEST, contact_pk
from handbill_functions.ports import Accepted, Envelope, Outcome
from handbill_functions.stores.sqlite import SqliteStore

NOW = 1_795_000_000
KEYS = Keys(contact=b"c" * 32, ledger=b"l" * 32, leave=(b"v" * 32,), links=(b"k" * 32,))
SECRETS = {"door_code": "4711", "stream_url": "https://stream.example/"}
ADA = "ada@example.org"


class Carrier:
    """Takes messages, and tells over a pipe which: what was handed over is known whatever happens then."""

    def __init__(self, pipe: int | None = None) -> None:
        self.pipe, self.sent = pipe, list[str]()

    def send(self, envelope: Envelope) -> Outcome:
        self.sent.append(envelope.id)
        if self.pipe is not None:
            os.write(self.pipe, f"sent {envelope.id}\n".encode())
        return Accepted("ok")

    def close(self) -> None: ...


def context(site: Site, file: Path) -> Context:
    return Context(SqliteStore(file), Catalog(FolderReader(site.private)), KEYS, SECRETS)


def ask(ctx: Context, email: str = ADA) -> None:
    entry = ctx.catalog.entry("events/salon-to-stream")
    assert entry["form"] is not None
    contacts.ask(
        ctx, NOW, email=email, lang="en", entry=entry, intent="event", list="main", purposes=["marketing"], fields={},
        wording=entry["form"]["wordings"]["en"],
    )  # fmt: skip


def confirm(ctx: Context) -> None:
    contact = ctx.contact_of(ADA)
    request = ctx.store.query(contact_pk(contact), REQUEST, NOW)[0].sk.removeprefix(REQUEST)
    contacts.confirm(ctx, NOW + 60, contact, request)


def killed_at(site: Site, file: Path, number: int, act: Callable[[Context, int], None]) -> tuple[bool, list[str]]:
    """(whether the process got through, what it told) of one that is killed before its nth statement."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            ctx = context(site, file)
            left = number

            def count(_: str) -> None:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            assert isinstance(ctx.store, SqliteStore)
            ctx.store._connection().set_trace_callback(count)
            act(ctx, writing)
            os.write(writing, b"done\n")
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
    site: Site, folder: Path, prepare: Callable[[Context], None], act: Callable[[Context, int], None]
) -> list[tuple[Context, list[str], bool]]:
    """The store after a kill at each statement, the last one having got through."""
    after = []
    for number in range(1, 200):
        file = folder / f"{number}.db"
        ctx = context(site, file)
        prepare(ctx)
        ctx.store.close()
        through, told = killed_at(site, file, number, act)
        after.append((context(site, file), told, through))
        if through:
            return after
    raise AssertionError("It never got through.")


def whole(ctx: Context) -> None:
    """What must hold whatever happened."""
    assert people.verify(ctx, NOW)[1] == []
    with sqlite3.connect(f"file:{ctx.store._path}?mode=ro", uri=True) as connection:  # type: ignore[attr-defined]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_sign_up_is_stored_with_its_mail_or_not_at_all(sample_site: Site, tmp_path: Path) -> None:
    ends = every_kill(sample_site, tmp_path, lambda ctx: None, lambda ctx, pipe: ask(ctx))
    assert len(ends) > 8
    for ctx, told, through in ends:
        contact = ctx.contact_of(ADA)
        asked = ctx.store.query(contact_pk(contact), REQUEST, NOW)
        mails = list(ctx.store.every("M#", NOW))
        assert len(asked) == len(mails) <= 1
        assert not (through or "done" in told) or len(asked) == 1
        ask(ctx)
        assert len(ctx.store.query(contact_pk(contact), REQUEST, NOW)) == 1
        carrier = Carrier()
        deliver(ctx, carrier, NOW, stream="service")
        assert len(carrier.sent) == 1
        whole(ctx)
        ctx.store.close()


def test_confirming_verifies_grants_and_mails_or_does_nothing(sample_site: Site, tmp_path: Path) -> None:
    ends = every_kill(sample_site, tmp_path, ask, lambda ctx, pipe: confirm(ctx))
    assert len(ends) > 12
    for ctx, told, through in ends:
        contact = ctx.contact_of(ADA)
        profile = ctx.store.get(contact_pk(contact), PROFILE, NOW)
        welcome = [item for item in ctx.store.every("M#", NOW) if item.data["name"] == "welcome"]
        assert len(welcome) == (1 if profile else 0)
        assert profile is not None or not (through or "done" in told)
        confirm(ctx)
        granted = contacts.preferences(ctx, NOW, contact)
        assert granted is not None
        assert granted.lists == {"main": True}
        assert len([item for item in ctx.store.every("M#", NOW) if item.data["name"] == "welcome"]) == 1
        whole(ctx)
        ctx.store.close()


def test_delivering_loses_none_and_doubles_only_the_one_in_flight(sample_site: Site, tmp_path: Path) -> None:
    addresses = [ADA, "bob@example.org", "cy@example.org"]

    def prepare(ctx: Context) -> None:
        for address in addresses:
            ask(ctx, address)

    def act(ctx: Context, pipe: int) -> None:
        deliver(ctx, Carrier(pipe), NOW, stream="service")

    ends = every_kill(sample_site, tmp_path, prepare, act)
    assert len(ends) > 20
    doubled = 0
    for ctx, told, _ in ends:
        before = [line.removeprefix("sent ") for line in told if line.startswith("sent ")]
        carrier = Carrier()
        for later in (1, LEASE, 2 * LEASE):
            deliver(ctx, carrier, NOW + later, stream="service")
        assert len({*before, *carrier.sent}) == 3
        twice = len(before) + len(carrier.sent) - 3
        assert twice <= 1
        doubled += twice
        assert {item.data["state"] for item in ctx.store.every("M#", NOW) if item.sk == MESSAGE} == {"sent"}
        whole(ctx)
        ctx.store.close()
    assert doubled > 0, "The harness never killed between the hand-over and its note, which is the case that matters."


def test_queueing_a_letter_is_gone_on_with_and_nobody_gets_two(
    sample_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "MOST_CHANGES", 4)  # two people a transaction: more places to be killed at
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

    def act(ctx: Context, pipe: int) -> None:
        digest = letters.plan(ctx, NOW, "main", letter).digest
        os.write(pipe, f"planned {digest}\n".encode())
        letters.queue(ctx, NOW, "main", letter, digest)

    ends = every_kill(sample_site, tmp_path, prepare, act)
    assert len(ends) > 30
    counts = set()
    for number, (ctx, told, through) in enumerate(ends):
        before = queued(ctx)
        counts.add(len(before))
        assert len(before) == len(set(before))
        assert not through or len(before) == 5
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
    assert counts == {0, 2, 4, 5}, "The harness never killed within the queueing, which is the case that matters."


def queued(ctx: Context) -> list[str]:
    return sorted(item.data["contact"] for item in ctx.store.every("M#", NOW) if item.data["name"] == "letter")


def many(ctx: Context) -> None:
    for number in range(400):
        ask(ctx, f"p{number}@example.org")


@pytest.mark.parametrize("busy", ["locked", "full"])
def test_a_database_that_refuses_loses_nothing_and_goes_on_by_itself(
    sample_site: Site, tmp_path: Path, busy: str
) -> None:
    from handbill_functions.errors import Unavailable

    ctx = Context(
        SqliteStore(tmp_path / "people.db", patience=0.05), Catalog(FolderReader(sample_site.private)), KEYS, SECRETS
    )
    ask(ctx)
    connection = sqlite3.connect(tmp_path / "people.db", isolation_level=None)
    if busy == "locked":
        connection.execute("BEGIN IMMEDIATE")
    else:
        assert isinstance(ctx.store, SqliteStore)
        pages = ctx.store._connection().execute("PRAGMA page_count").fetchone()[0]
        ctx.store._connection().execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(Unavailable, match="full"):
            many(ctx)
    if busy == "locked":
        with pytest.raises(Unavailable, match="locked"):
            ask(ctx, "bob@example.org")
        connection.execute("ROLLBACK")
    else:
        ctx.store._connection().execute("PRAGMA max_page_count = 1000000")  # type: ignore[attr-defined]
    ask(ctx, "bob@example.org")
    carrier = Carrier()
    deliver(ctx, carrier, NOW, stream="service", limit=999)
    assert len(carrier.sent) >= 2
    whole(ctx)
    connection.close()
    ctx.store.close()
