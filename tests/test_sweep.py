"""The sweep: what changed is told once to all who asked for it, whenever the sweep runs and wherever it was killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Site
from handbill_functions import contacts, sweep
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.context import Context, Keys
from handbill_functions.errors import Unavailable
from handbill_functions.model import DAY, REQUEST, contact_pk
from handbill_functions.ports import Store, put

NOW = 1_795_000_000
KEYS = Keys(contact=b"c" * 32, ledger=b"l" * 32, leave=(b"v" * 32,), links=(b"k" * 32,))
SALON = "events/salon-to-stream"


class Edited:
    """The sample's catalog, with what is written over one entry."""

    def __init__(self, folder: Path) -> None:
        self._under = FolderReader(folder)
        self.over: dict[str, Any] = {}

    def read(self, path: str) -> bytes | None:
        data = self._under.read(path)
        if path != f"entries/{SALON}.json" or data is None:
            return data
        return json.dumps({**json.loads(data), **self.over}).encode()


@pytest.fixture
def edited(sample_site: Site) -> Edited:
    return Edited(sample_site.private)


@pytest.fixture
def ctx(edited: Edited, store: Store) -> Context:
    return Context(store, Catalog(edited), KEYS)


def subscribed(ctx: Context, email: str) -> str:
    file = ctx.catalog.entry(SALON)
    assert file["form"] is not None
    contacts.ask(
        ctx, NOW, email=email, lang="en", entry=file, intent="event", list="main", purposes=[], fields={},
        wording=file["form"]["wordings"]["en"],
    )  # fmt: skip
    contact = ctx.contact_of(email)
    contacts.confirm(ctx, NOW, contact, ctx.store.query(contact_pk(contact), REQUEST, NOW)[0].sk.removeprefix(REQUEST))
    return contact


def told(ctx: Context) -> list[tuple[str, str]]:
    """(name, contact) of every announcement that was queued."""
    rows = [item.data for item in ctx.store.every("M#", NOW)]
    return sorted((row["name"], row["contact"]) for row in rows if row["name"] in ("changed", "cancelled"))


def test_nothing_changed_is_nothing_told(ctx: Context) -> None:
    subscribed(ctx, "ada@example.org")
    assert sweep.announce(ctx, NOW) == 0
    assert told(ctx) == []


def test_a_revision_is_told_once_to_each_and_the_next_one_again(ctx: Context, edited: Edited) -> None:
    people = sorted(subscribed(ctx, f"p{number}@example.org") for number in range(3))
    edited.over = {"revision": 1}
    assert sweep.announce(ctx, NOW + 60) == 3
    assert sweep.announce(ctx, NOW + 120) == 0
    assert told(ctx) == [("changed", contact) for contact in people]
    edited.over = {"revision": 2}
    assert sweep.announce(ctx, NOW + 180) == 3


def test_cancelling_is_told_as_such_and_not_as_a_change(ctx: Context, edited: Edited) -> None:
    contact = subscribed(ctx, "ada@example.org")
    edited.over = {"revision": 1, "status": "cancelled"}
    sweep.announce(ctx, NOW + 60)
    sweep.announce(ctx, NOW + 120)
    assert told(ctx) == [("cancelled", contact)]


def test_whoever_signs_up_after_the_change_is_not_told_of_it(ctx: Context, edited: Edited) -> None:
    subscribed(ctx, "ada@example.org")
    edited.over = {"revision": 1}
    sweep.announce(ctx, NOW + 60)
    subscribed(ctx, "bob@example.org")
    assert sweep.announce(ctx, NOW + 120) == 0


def test_many_are_told_over_several_rounds_and_nobody_twice(
    ctx: Context, edited: Edited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "PAGE", 4)
    people = sorted(subscribed(ctx, f"p{number}@example.org") for number in range(11))
    edited.over = {"revision": 1}
    assert [sweep.announce(ctx, NOW + 60 * minute) for minute in range(1, 5)] == [4, 4, 3, 0]
    assert told(ctx) == [("changed", contact) for contact in people]


def test_a_sweep_that_was_killed_at_any_write_is_finished_by_the_next(
    ctx: Context, edited: Edited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "PAGE", 2)
    people = sorted(subscribed(ctx, f"p{number}@example.org") for number in range(5))
    edited.over = {"revision": 1}
    whole = ctx.store.transact
    left = 0

    def dies(changes: Any, now: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Unavailable("killed")
        whole(changes, now)

    monkeypatch.setattr(ctx.store, "transact", dies)
    for number in range(1, 12):
        left = 1 + number % 4
        try:
            sweep.announce(ctx, NOW + number)
        except Unavailable:
            continue
    assert told(ctx) == [("changed", contact) for contact in people]


def test_a_reminder_follows_an_event_that_moved_to_an_earlier_day(ctx: Context, edited: Edited) -> None:
    contact = subscribed(ctx, "ada@example.org")
    starts = ctx.catalog.entry(SALON)["starts"]
    assert starts is not None
    edited.over = {"revision": 1, "starts": starts - 3 * DAY}
    sweep.announce(ctx, NOW + 60)
    row = ctx.store.get(f"M#{contacts.reminder_id(contact, SALON)}", "MESSAGE", NOW)
    assert row is not None
    assert row.due == starts - 4 * DAY


def test_what_has_expired_is_purged(ctx: Context) -> None:
    subscribed(ctx, "ada@example.org")
    assert sweep.purge(ctx, NOW + 99 * DAY) > 0
    assert sweep.purge(ctx, NOW + 99 * DAY) == 0


def test_purging_goes_on_where_the_last_minute_ended_however_small_its_steps(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        ctx.store.transact([put(None, f"N#{number}", "1", {}, expires=NOW + 1)], NOW)
    small = ctx.store.purge
    monkeypatch.setattr(ctx.store, "purge", lambda now, *, after="": small(now, limit=2, after=after))
    minutes = [sweep.purge(ctx, NOW + 1, steps=1) for _ in range(7)]
    assert sum(minutes) == 9
    assert max(minutes) <= 2
