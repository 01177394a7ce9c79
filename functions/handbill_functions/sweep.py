"""What is due each minute: messages, announcements of what changed, and what has expired.

The truth is in the store and in what is due there, so a sweep that was missed, ran twice, or was killed midway does no
harm: the next one goes on where it stopped.
"""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import Any

from handbill_functions.catalog import EntryFile
from handbill_functions.contacts import reminder_id
from handbill_functions.context import Context
from handbill_functions.errors import Conflict, NotInCatalog
from handbill_functions.model import ENTRIES, MESSAGE, PURGED, contact_pk, intents_of, message_pk
from handbill_functions.outbox import REMIND_BEFORE, message
from handbill_functions.ports import Item, put

PAGE = 200


def announce(ctx: Context, now: int) -> int:
    """Queues `changed` once for each revision of an entry and `cancelled` once, for all who asked for it; gives how
    many e-mails were queued. Safe to repeat and to kill: each person's e-mail has an id of its own."""
    queued = 0
    last: Item | None = None
    while page := ctx.store.due(ENTRIES, now, now, limit=PAGE, after=last):
        for item in page:
            queued += _announce(ctx, now, item)
        last = page[-1]
    return queued


def _announce(ctx: Context, now: int, item: Item) -> int:
    try:
        entry = ctx.catalog.entry(item.pk.removeprefix("D#"))
    except NotInCatalog:
        return 0
    known = {"revision": entry["revision"], "status": entry["status"]}
    job: dict[str, Any] | None = item.data.get("job")
    if job is None:
        if item.data == known:
            return 0
        what = _what_to_say(item, entry)
        if not what:
            _note(ctx, now, item, known)
            return 0
        job = {"what": what, "until": now, "due": -1, "pk": "", "sk": "", **known}
    after = None if job["due"] < 0 else Item(job["pk"], job["sk"], {}, 0, due=job["due"])
    people = ctx.store.due(intents_of(entry["id"]), job["until"], now, limit=PAGE, after=after)
    queued = sum(_tell(ctx, now, entry, intent, job) for intent in people)
    if len(people) < PAGE:
        _note(ctx, now, item, {"revision": job["revision"], "status": job["status"]})
    else:
        end = people[-1]
        _note(ctx, now, item, {**item.data, "job": {**job, "due": end.due, "pk": end.pk, "sk": end.sk}})
    return queued


def _what_to_say(item: Item, entry: EntryFile) -> str:
    if entry["status"] == "cancelled" and item.data["status"] != "cancelled":
        return "cancelled" if "cancelled" in entry["emails"] else ""
    if entry["revision"] > item.data["revision"]:
        return "changed" if "changed" in entry["emails"] else ""
    return ""


def _note(ctx: Context, now: int, item: Item, data: dict[str, Any]) -> None:
    try:
        ctx.store.transact([put(item, item.pk, item.sk, data, queue=ENTRIES, due=0)], now)
    except Conflict:  # another sweep was faster
        return


def _tell(ctx: Context, now: int, entry: EntryFile, intent: Item, job: dict[str, Any]) -> int:
    contact = intent.pk.removeprefix(contact_pk(""))
    hash, lang = ctx.catalog.email_of(entry, job["what"], intent.data["lang"])
    name = f"{job['what']} {entry['id']} {job['revision']} {contact}"
    row = message(
        now, contact=contact, name=job["what"], entry=entry["id"], stream="service", email=hash, lang=lang,
        id=sha256(name.encode()).hexdigest()[:32],
    )  # fmt: skip
    _bring_forward(ctx, now, entry, contact)
    try:
        ctx.store.transact([row], now)
    except Conflict:  # told already
        return 0
    return 1


def _bring_forward(ctx: Context, now: int, entry: EntryFile, contact: str) -> None:
    """A reminder of an event that was moved to an earlier day goes earlier; one that was moved to a later day waits by
    itself when its turn comes."""
    row = ctx.store.get(message_pk(reminder_id(contact, entry["id"])), MESSAGE, now)
    due = (entry["starts"] or 0) - REMIND_BEFORE
    if row is None or row.data["state"] != "waiting" or row.due is None or not 0 < due < row.due:
        return
    try:
        ctx.store.transact([put(row, row.pk, row.sk, dict(row.data), queue=row.queue, due=due)], now)
    except Conflict:
        return


def purge(ctx: Context, now: int, *, steps: int = 10) -> int:
    """Removes what has expired, in up to `steps` bounded steps, from where the last call ended; gives how many items.

    Safe to repeat and to kill. Two at once do the same work twice, and no harm.
    """
    place = ctx.store.get(*PURGED, now)
    begun = after = str(place.data["after"]) if place else ""
    gone = 0
    for _ in range(steps):
        step = ctx.store.purge(now, after=after)
        gone, after = gone + step.gone, step.after
        if not after:
            break
    if after != begun:
        with suppress(Conflict):  # another sweep was faster
            ctx.store.transact([put(place, *PURGED, {"after": after})], now)
    ctx.store.forget()
    return gone
