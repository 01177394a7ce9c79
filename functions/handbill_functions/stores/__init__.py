"""Stores: one file an adapter of `ports.Store`, and here what all of them need."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from handbill_functions.ports import MOST_CHANGES, Change, Data, Item, Put

LATEST = 10**12 - 1
"""The last second that `due` can say: twelve digits, which sort as numbers do."""


_read = json.JSONDecoder().raw_decode  # json.loads looks for white space around it too, which takes as long
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def encode(data: Data) -> str:
    """The JSON of an item's data. Raises TypeError for a float, or anything that JSON has not."""
    _refuse_floats(data.values())
    return _json.encode(data)


def _refuse_floats(values: Iterable[Any]) -> None:
    for each in values:
        if type(each) is str or type(each) is int:  # nearly all of them
            continue
        if isinstance(each, float):
            raise TypeError("A store keeps whole numbers: write an amount in its smallest unit.")
        if isinstance(each, (dict, list, tuple)):
            _refuse_floats(each.values() if isinstance(each, dict) else each)


def decode(text: str) -> Data:
    """What `encode` wrote."""
    return cast("Data", _read(text)[0])


def refuse_misuse(changes: Sequence[Change]) -> None:
    """Raises ValueError for what no store may be asked: too many changes at once, two of one key, or a queue without a
    turn in it."""
    keys = {(change.pk, change.sk) for change in changes}
    if not changes or len(changes) > MOST_CHANGES:
        raise ValueError(f"A transaction has 1 to {MOST_CHANGES} changes, not {len(changes)}.")
    if len(keys) != len(changes):
        raise ValueError("A transaction changes each key once.")
    for change in changes:
        if isinstance(change, Put) and change.queue and not 0 <= (-1 if change.due is None else change.due) <= LATEST:
            raise ValueError("A transaction that puts something into a queue says when it is due, from 1970 on.")


def done_before(changes: Sequence[Change], get: Callable[[str, str], Item | None]) -> bool:
    """True when these very changes were made already, and only the answer was lost: every Put stands as it chose."""
    puts = [change for change in changes if isinstance(change, Put)]
    return bool(puts) and all(
        (item := get(change.pk, change.sk)) is not None and item.version == change.version for change in puts
    )
