"""What every store does: one suite, run over every adapter of `ports.Store`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handbill_functions.errors import Conflict
from handbill_functions.ports import ABSENT, Change, Check, Count, Delete, Item, Put, Store, put

NOW = 1_800_000_000


def new(store: Store, pk: str, sk: str, data: dict[str, Any], **more: Any) -> Item:
    store.transact([put(None, pk, sk, data, **more)], NOW)
    found = store.get(pk, sk, NOW)
    assert found is not None
    return found


# ---- what goes in comes out


def test_what_was_put_is_got(store: Store) -> None:
    data = {"s": "wörds\n\u2028", "n": -(2**53), "b": True, "none": None, "list": [1, "a", [False]], "map": {"": {}}}
    item = new(store, "C#1", "PROFILE", data, expires=NOW + 60, queue="outbox", due=NOW)
    assert item.data == data
    assert (item.pk, item.sk, item.expires, item.queue, item.due) == ("C#1", "PROFILE", NOW + 60, "outbox", NOW)


def test_nothing_is_none(store: Store) -> None:
    assert store.get("C#1", "PROFILE", NOW) is None
    assert store.query("C#1", "", NOW) == []


def test_several_are_got_in_the_order_asked_for_and_what_is_not_there_is_none(store: Store) -> None:
    first, other = new(store, "a", "1", {"n": 1}), new(store, "b", "1", {"n": 2})
    new(store, "a", "2", {}, expires=NOW + 1)
    keys = [("b", "1"), ("a", "2"), ("a", "3"), ("c", "1"), ("a", "1")]
    assert store.get_each(keys, NOW + 1) == [other, None, None, None, first]
    assert store.get_each([], NOW) == []
    many = [put(None, "many", f"{number:03}", {"s": "x" * 9000}) for number in range(100)]
    for change in many:
        store.transact([change], NOW)
    found = store.get_each([(change.pk, change.sk) for change in many], NOW)
    assert [item and item.sk for item in found] == [change.sk for change in many]


def test_each_write_gives_another_version(store: Store) -> None:
    first = new(store, "a", "b", {"n": 1})
    store.transact([put(first, "a", "b", {"n": 1})], NOW)
    second = store.get("a", "b", NOW)
    assert second is not None
    assert second.version != first.version


def test_a_put_replaces_the_item_whole(store: Store) -> None:
    item = new(store, "a", "b", {"old": 1}, expires=NOW + 9, queue="q", due=1)
    store.transact([put(item, "a", "b", {"new": 2})], NOW)
    found = store.get("a", "b", NOW)
    assert found is not None
    assert (found.data, found.expires, found.queue, found.due) == ({"new": 2}, None, None, None)
    assert store.due("q", NOW, NOW, limit=9) == []


def test_a_float_is_refused_before_anything_is_written(store: Store) -> None:
    with pytest.raises(TypeError):
        store.transact([put(None, "a", "b", {"price": [{"amount": 2.5}]})], NOW)
    assert store.get("a", "b", NOW) is None


@pytest.mark.parametrize("changes", [[], [Check("a", "b", ABSENT), Check("a", "b", ABSENT)]], ids=["none", "one twice"])
def test_misuse_is_refused(store: Store, changes: list[Change]) -> None:
    with pytest.raises(ValueError, match="transaction"):
        store.transact(changes, NOW)


# ---- all or nothing


def test_a_change_of_what_was_seen_goes_through_once(store: Store) -> None:
    seen = new(store, "a", "b", {"n": 1})
    store.transact([put(seen, "a", "b", {"n": 2})], NOW)
    with pytest.raises(Conflict):
        store.transact([put(seen, "a", "b", {"n": 3})], NOW)
    found = store.get("a", "b", NOW)
    assert found is not None
    assert found.data == {"n": 2}


def test_two_cannot_both_be_the_first(store: Store) -> None:
    new(store, "a", "b", {"n": 1})
    with pytest.raises(Conflict):
        store.transact([put(None, "a", "b", {"n": 2})], NOW)


FAILS: list[Callable[[int], Change]] = [
    lambda seen: Put("x", "1", {}, ABSENT),
    lambda seen: Put("x", "1", {}, seen + 1),
    lambda seen: Put("x", "2", {}, seen),
    lambda seen: Delete("x", "1", seen + 1),
    lambda seen: Delete("x", "2", seen),
    lambda seen: Check("x", "1", ABSENT),
    lambda seen: Check("x", "2", seen),
    lambda seen: Count("n", "1", 1, 0),
]


@pytest.mark.parametrize("number", range(len(FAILS)))
def test_one_change_that_fails_undoes_all_and_is_named(store: Store, number: int) -> None:
    seen = new(store, "x", "1", {"n": 1})
    with pytest.raises(Conflict) as told:
        store.transact([put(None, "y", "1", {}), FAILS[number](seen.version), Count("n", "2", 1, 9)], NOW)
    assert told.value.place == 1
    assert store.get("x", "1", NOW) == seen
    assert store.get("y", "1", NOW) is None
    assert store.get("n", "2", NOW) is None


def test_of_several_transactions_each_stands_for_itself_and_says_whether_it_was_made(store: Store) -> None:
    seen = new(store, "x", "1", {"n": 1})
    first, second = put(None, "a", "1", {}), put(seen, "x", "1", {"n": 2})
    late = [put(None, "b", "1", {}), put(seen, "x", "1", {"n": 3})]
    assert store.transact_each([[first], [second], late, [put(None, "c", "1", {})]], NOW) == [True, True, False, True]
    found = store.get("x", "1", NOW)
    assert found is not None
    assert found.data == {"n": 2}
    assert [store.get(pk, "1", NOW) is not None for pk in "abc"] == [True, False, True]
    assert store.transact_each([[first], late], NOW) == [True, False], "What was made already counts as made."
    assert store.transact_each([], NOW) == []


def test_a_check_holds_what_the_others_build_on(store: Store) -> None:
    seen = new(store, "x", "1", {"n": 1})
    store.transact([Check("x", "1", seen.version), Check("x", "2", ABSENT), put(None, "y", "1", {})], NOW)
    assert store.get("y", "1", NOW) is not None
    assert store.get("x", "1", NOW) == seen


def test_what_is_deleted_is_gone(store: Store) -> None:
    seen = new(store, "x", "1", {"n": 1}, queue="q", due=1)
    store.transact([Delete("x", "1", seen.version)], NOW)
    assert store.get("x", "1", NOW) is None
    assert store.due("q", NOW, NOW, limit=9) == []


def test_the_same_changes_again_after_a_lost_answer_are_done_already(store: Store) -> None:
    changes = [put(None, "x", "1", {"n": 1}), Count("n", "1", 1, 9)]
    store.transact(changes, NOW)
    store.transact(changes, NOW)
    counted = store.get("n", "1", NOW)
    assert counted is not None
    assert counted.data == {"count": 1}


# ---- counting


def test_a_count_goes_up_to_its_limit_and_not_beyond(store: Store) -> None:
    for _ in range(3):
        store.transact([Count("n", "1", 1, 3)], NOW)
    with pytest.raises(Conflict):
        store.transact([Count("n", "1", 1, 3)], NOW)
    store.transact([Count("n", "1", -2, 3)], NOW)
    counted = store.get("n", "1", NOW)
    assert counted is not None
    assert counted.data == {"count": 1}


def test_a_count_keeps_its_own_expiry_and_then_starts_anew(store: Store) -> None:
    store.transact([Count("n", "1", 2, 3, expires=NOW + 60)], NOW)
    store.transact([Count("n", "1", 1, 3, expires=NOW + 90)], NOW + 30)
    with pytest.raises(Conflict):
        store.transact([Count("n", "1", 1, 3, expires=NOW + 90)], NOW + 59)
    store.transact([Count("n", "1", 1, 3, expires=NOW + 120)], NOW + 60)
    counted = store.get("n", "1", NOW + 60)
    assert counted is not None
    assert (counted.data, counted.expires) == ({"count": 1}, NOW + 120)


def test_many_at_once_never_count_beyond_the_limit(store: Store) -> None:
    through = []

    def take() -> None:
        for _ in range(6):
            try:
                store.transact([Count("n", "1", 1, 20)], NOW)
            except Conflict:
                continue
            through.append(1)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = store.get("n", "1", NOW)
    assert counted is not None
    assert (len(through), counted.data) == (20, {"count": 20})


def test_of_many_that_change_one_thing_at_once_each_builds_on_the_one_before(store: Store) -> None:
    new(store, "x", "1", {"n": 0})

    def add() -> None:
        for _ in range(5):
            while True:
                seen = store.get("x", "1", NOW)
                assert seen is not None
                try:
                    store.transact([put(seen, "x", "1", {"n": seen.data["n"] + 1})], NOW)
                except Conflict:
                    continue
                break

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.get("x", "1", NOW)
    assert found is not None
    assert found.data == {"n": 30}


# ---- expiry is compared at every reading


def test_what_has_expired_is_not_there_for_anybody(store: Store) -> None:
    seen = new(store, "x", "1", {"n": 1}, expires=NOW + 60, queue="q", due=NOW)
    late = NOW + 60
    assert store.get("x", "1", late - 1) == seen
    assert store.get("x", "1", late) is None
    assert store.query("x", "", late) == []
    assert store.due("q", late, late, limit=9) == []
    assert list(store.every("x", late)) == []
    for change in (Check("x", "1", seen.version), Delete("x", "1", seen.version), put(seen, "x", "1", {})):
        with pytest.raises(Conflict):
            store.transact([change], late)
    store.transact([put(None, "x", "1", {"n": 2})], late)
    found = store.get("x", "1", late)
    assert found is not None
    assert found.data == {"n": 2}


def test_purging_removes_only_what_has_expired(store: Store) -> None:
    for number in range(5):
        new(store, "x", str(number), {}, expires=NOW + number + 1)
    new(store, "x", "for ever", {})
    steps = [store.purge(NOW + 3, limit=2)]
    while steps[-1].after:
        steps.append(store.purge(NOW + 3, limit=2, after=steps[-1].after))
    assert sum(step.gone for step in steps) == 3
    assert max(step.gone for step in steps) == 2, "each step is bounded"
    assert [item.sk for item in store.query("x", "", NOW)] == ["3", "4", "for ever"]


# ---- order


def test_a_partition_is_read_in_order_by_prefix_and_from_a_place_on(store: Store) -> None:
    for sk in ("LEDGER#2", "LEDGER#10", "LEDGER#1", "PROFILE", "LEDGER", "Z", "é"):
        new(store, "C#1", sk, {})
    new(store, "C#10", "LEDGER#0", {})

    def keys(prefix: str, **more: Any) -> list[str]:
        return [item.sk for item in store.query("C#1", prefix, NOW, **more)]

    assert keys("") == ["LEDGER", "LEDGER#1", "LEDGER#10", "LEDGER#2", "PROFILE", "Z", "é"]
    assert keys("LEDGER#") == ["LEDGER#1", "LEDGER#10", "LEDGER#2"]
    assert keys("LEDGER#", limit=2) == ["LEDGER#1", "LEDGER#10"]
    assert keys("LEDGER#", after="LEDGER#1") == ["LEDGER#10", "LEDGER#2"]
    assert keys("LEDGER#", newest_first=True, limit=1) == ["LEDGER#2"]
    assert keys("LEDGER#", newest_first=True, after="LEDGER#2") == ["LEDGER#10", "LEDGER#1"]
    assert keys("NOTHING") == []


def test_what_is_due_comes_soonest_first(store: Store) -> None:
    for number in (5, 3, 9, 1):
        new(store, f"M#{number}", "MESSAGE", {}, queue="outbox", due=NOW + number)
    new(store, "M#other", "MESSAGE", {}, queue="dead", due=NOW)
    assert [item.pk for item in store.due("outbox", NOW + 5, NOW, limit=9)] == ["M#1", "M#3", "M#5"]
    assert [item.pk for item in store.due("outbox", NOW + 5, NOW, limit=2)] == ["M#1", "M#3"]
    assert store.due("outbox", NOW, NOW, limit=9) == []


def test_what_is_due_can_be_read_page_by_page(store: Store) -> None:
    for number in range(7):
        new(store, f"M#{number}", "MESSAGE", {}, queue="outbox", due=NOW + number // 3)
    found: list[str] = []
    last: Item | None = None
    while page := store.due("outbox", NOW + 9, NOW, limit=2, after=last):
        found += [item.pk for item in page]
        last = page[-1]
    assert found == [f"M#{number}" for number in range(7)]


def test_all_of_a_kind_are_read_with_partitions_together(store: Store) -> None:
    expected = {(f"C#{number:04}", sk) for number in range(300) for sk in ("A", "B")}
    for pk in sorted({pk for pk, _ in expected}):
        store.transact([put(None, pk, "A", {}), put(None, pk, "B", {})], NOW)
    new(store, "D#1", "A", {})
    found = [(item.pk, item.sk) for item in store.every("C#", NOW)]
    assert len(found) == len(expected)
    assert set(found) == expected
    places = [pk for pk, _ in found]
    assert len({pk for pk, before in zip(places, [None, *places], strict=False) if pk != before}) == 300


# ---- against a model


KEYS = st.sampled_from([("a", "1"), ("a", "2"), ("b", "1")])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "delete", "check", "count"]),
        KEYS,
        st.sampled_from(["seen", "absent", "stale"]),
        st.integers(-2, 3),
        st.one_of(st.none(), st.integers(1, 4)),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda step: step[1],
)


class Plain:
    """The store in ten lines: what is right by reading it."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], tuple[dict[str, int], int | None]] = {}

    def get(self, key: tuple[str, str], now: int) -> dict[str, int] | None:
        data, expires = self.items.get(key, (None, None))
        return data if expires is None or expires > now else None

    def act(self, steps: list[Any], now: int) -> bool:
        after = dict(self.items)
        for kind, key, seen, number, lives in steps:
            there = self.get(key, now)
            expires = None if lives is None else now + lives
            if kind == "count":
                total = number + (there or {}).get("count", 0)
                if total > 3:
                    return False
                after[key] = ({"count": total}, self.items[key][1] if there is not None else expires)
                continue
            if seen == "stale" or (seen == "absent") != (there is None):
                return False
            if kind == "put":
                after[key] = ({"count": number}, expires)
            elif kind == "delete":
                after.pop(key, None)
        self.items = after
        return True


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(STEPS, min_size=1, max_size=8))
def test_any_history_is_as_a_plain_map_would_have_it(new_store: Callable[[], Store], history: list[Any]) -> None:
    store, model = new_store(), Plain()
    for number, steps in enumerate(history):
        now = NOW + number
        changes: list[Change] = []
        for kind, (pk, sk), seen, by, lives in steps:
            item = store.get(pk, sk, now)
            version = {"seen": item.version if item else 1, "absent": ABSENT, "stale": 7}[seen]
            expires = None if lives is None else now + lives
            if kind == "put":
                changes.append(put(None, pk, sk, {"count": by}, expires=expires)._replace(seen=version))
            elif kind == "count":
                changes.append(Count(pk, sk, by, 3, expires))
            else:
                changes.append((Delete if kind == "delete" else Check)(pk, sk, version))
        through = True
        try:
            store.transact(changes, now)
        except Conflict:
            through = False
        assert through == model.act(steps, now)
        for pk, sk in (("a", "1"), ("a", "2"), ("b", "1")):
            found = store.get(pk, sk, now)
            assert (None if found is None else found.data) == model.get((pk, sk), now)
    store.close()
