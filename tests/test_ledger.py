"""The consent ledger: nothing in it can be changed unseen, and the state is a fold over it."""

from __future__ import annotations

import copy
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handbill_functions.ledger import EMPTY, Head, append, first_fault, fold

KEY = b"l" * 32
CONTACT = "c" * 32
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["requested", "verified", "granted", "withdrawn"]),
        st.sampled_from(["marketing", "tracking"]),
        st.sampled_from(["main", "lamps"]),
    ),
    min_size=1,
    max_size=8,
)


def chain(acts: list[Any]) -> tuple[list[dict[str, Any]], Head]:
    rows, head = [], EMPTY
    for at, (action, purpose, topic) in enumerate(acts):
        row, head = append(KEY, CONTACT, head, at, action, purpose=purpose, topic=topic, wording="f" * 32)
        rows.append(dict(row))
    return rows, head


@given(ACTS)
def test_a_chain_that_nobody_touched_holds(acts: list[Any]) -> None:
    rows, head = chain(acts)
    assert first_fault(KEY, CONTACT, rows, head) is None


@given(ACTS, st.data())
def test_a_row_that_was_altered_in_any_field_is_named(acts: list[Any], data: st.DataObject) -> None:
    rows, head = chain(acts)
    place = data.draw(st.integers(0, len(rows) - 1))
    field = data.draw(st.sampled_from(sorted(rows[place])))
    value = rows[place][field]
    rows[place][field] = value + 1 if isinstance(value, int) else value + "x"
    fault = first_fault(KEY, CONTACT, rows, head)
    assert fault is not None
    assert fault[0] in (place + 1, place + 2)


@given(ACTS, st.data())
def test_a_row_that_was_taken_out_is_named_the_last_included(acts: list[Any], data: st.DataObject) -> None:
    rows, head = chain(acts)
    place = data.draw(st.integers(0, len(rows) - 1))
    del rows[place]
    assert first_fault(KEY, CONTACT, rows, head) == (place + 1, "is missing")


def test_a_row_of_another_contact_does_not_fit() -> None:
    rows, head = chain([("granted", "marketing", "main")])
    assert first_fault(KEY, "d" * 32, rows, head) == (1, "was altered")


def test_rows_written_without_the_key_are_found() -> None:
    rows, head = chain([("granted", "marketing", "main")])
    forged, _ = append(b"x" * 32, CONTACT, head, 9, "granted", purpose="marketing", topic="main")
    fault = first_fault(KEY, CONTACT, [*rows, forged], Head(2, forged["mac"]))
    assert fault == (2, "was altered")


@given(ACTS, st.randoms(use_true_random=False))
def test_rows_of_different_subjects_may_come_in_any_order(acts: list[Any], chance: random.Random) -> None:
    rows, _ = chain(acts)
    by_subject: dict[Any, list[Any]] = {}
    for row in rows:
        by_subject.setdefault((row["purpose"], row["topic"]), []).append(row)
    left, mixed = copy.deepcopy(list(by_subject.values())), []
    while left:
        some = chance.choice(left)
        mixed.append(some.pop(0))
        left = [each for each in left if each]
    assert fold(mixed) == fold(rows)


def test_the_last_word_counts() -> None:
    rows, _ = chain([("granted", "marketing", "main"), ("withdrawn", "marketing", "main")])
    state = fold(rows)["email", "marketing", "main"]
    assert (state.granted, state.since) == (False, 1)


def test_what_was_only_requested_is_not_granted() -> None:
    rows, _ = chain([("requested", "marketing", "main"), ("verified", "", "")])
    assert fold(rows) == {}
