"""The outbox: every e-mail is a row, written in the transaction of what causes it, and handed over later (`deliver`).

A row names the hash of its e-mail, so it goes out in the words of the day it was written; and the contact, not the
address, which is looked up when it leaves.
"""

from __future__ import annotations

from handbill_functions.errors import Conflict
from handbill_functions.model import DAY, MESSAGE, OUTBOX, Message, Stream, message_pk, new_id
from handbill_functions.ports import Put, Store, put

REMIND_BEFORE = DAY
"""A reminder goes out so long before an event starts."""


def message(
    now: int,
    *,
    contact: str,
    name: str,
    entry: str,
    stream: Stream,
    email: str,
    lang: str,
    request: str = "",
    list: str = "",
    purpose: str = "",
    due: int | None = None,
    id: str | None = None,
) -> Put:
    """The row of one e-mail for one person, to be put into the transaction that causes it. Due now, unless said."""
    data: Message = {
        "contact": contact, "request": request, "name": name, "entry": entry, "stream": stream, "email": email,
        "lang": lang, "list": list, "purpose": purpose, "state": "waiting", "attempts": 0, "created": now,
    }  # fmt: skip
    return put(
        None, message_pk(id or new_id(now)), MESSAGE, dict(data), queue=f"{OUTBOX}.{stream}",
        due=now if due is None else due,
    )  # fmt: skip


def revive(store: Store, now: int, id: str) -> bool:
    """Lets a message that was given up try again from the start; False where none of that id was given up."""
    item = store.get(message_pk(id), MESSAGE, now)
    if item is None or item.data["state"] != "dead":
        return False
    data = {**item.data, "state": "waiting", "attempts": 0}
    change = put(item, item.pk, item.sk, data, queue=f"{OUTBOX}.{item.data['stream']}", due=now)
    try:
        store.transact([change], now)
    except Conflict:
        return False
    return True
