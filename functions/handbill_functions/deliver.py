"""Hands over what is due in the outbox, once, to whoever still wants it.

Consent, suppression and the address are read at the moment a message leaves: whoever left a second ago gets nothing.

**At least once.** Rows are claimed by a conditional write, for LEASE seconds; then the mailer takes a message; then its
row says so. A process that is killed between the last two has handed over one message whose row does not know it (one
for each that it had in flight): that one goes again when the lease is over, under the same Message-ID. No other is ever
sent twice, and none is lost.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from handbill_functions import mime
from handbill_functions.catalog import EmailFile, EntryFile, Sender, Site
from handbill_functions.contacts import suppress
from handbill_functions.context import Context
from handbill_functions.errors import CatalogError, Conflict, FillError, NotInCatalog, StoreError
from handbill_functions.fill import fill_email
from handbill_functions.links import Links, links_of
from handbill_functions.model import (
    CONSENT,
    DAY,
    DEAD,
    INTENT,
    OUTBOX,
    PROFILE,
    REQUEST,
    SUPPRESSED,
    Stream,
    contact_pk,
    message_pk,
    suppressed_pk,
)
from handbill_functions.outbox import REMIND_BEFORE
from handbill_functions.ports import MOST_CHANGES, Accepted, Envelope, Item, Mailer, Outcome, Put, Refused, put

LEASE = 120
"""Seconds for which a row is claimed: longer than any hand-over takes."""
TRIES = 12
"""A message that a carrier put off so often is given up: after some two days."""
KEPT = 35 * DAY
"""A row that is done stays so long, to answer why something was or was not sent."""


@dataclass(slots=True)
class Delivered:
    """What one round did."""

    sent: int = 0
    postponed: int = 0
    dropped: int = 0
    dead: int = 0
    released: int = 0
    """Claimed and not come to: they are due again at once."""
    stopped: str = ""
    """Why the round ended early: what the carrier said, or what the catalog lacks; empty where it did not."""
    broken: bool = False
    """The store failed: then what is claimed waits for the end of its lease."""
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    """(id of the message, what became of it, why): for the log. No address is in them."""
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def note(self, id: str, state: str, reason: str) -> None:
        """Counts what became of one message; from any thread."""
        with self._turn:
            setattr(self, state, getattr(self, state) + 1)
            self.notes.append((id, state, reason))

    @property
    def total(self) -> int:
        return self.sent + self.postponed + self.dropped + self.dead + self.released


class _Drop(NamedTuple):
    """This message is not to go, now or ever."""

    reason: str


class _Postpone(NamedTuple):
    """Not before then."""

    until: int


class _Ready(NamedTuple):
    envelope: Envelope


def deliver(
    ctx: Context,
    mailer: Mailer,
    now: int,
    *,
    stream: Stream,
    limit: int = 50,
    quiet: tuple[int, int] | None = None,
    hands: int = 1,
) -> Delivered:
    """Hands over up to `limit` messages of a stream that are due. Safe to run in several processes at once, and to stop
    at any moment.

    `quiet` is (from, to) in hours of the site's time zone: within them nothing of the marketing stream leaves. `hands`
    is how many messages may be in flight at once: so many go again, at most, after a kill.
    """
    done = Delivered()
    items = ctx.store.due(f"{OUTBOX}.{stream}", now, now, limit=min(limit, MOST_CHANGES))
    claimed = _claim(ctx, items, now)
    began = time.monotonic()

    def one(item: Item) -> None:
        if done.broken:  # what would be handed over now could not be noted
            return
        try:
            if done.stopped or time.monotonic() - began > LEASE / 2:  # others may think soon that we are gone
                _release(ctx, item, now, done)
            else:
                _one(ctx, mailer, item, now, quiet, done)
        except StoreError:
            done.broken = True
            raise

    if hands == 1 or len(claimed) < 2:
        for item in claimed:
            one(item)
    else:
        with ThreadPoolExecutor(min(hands, len(claimed))) as pool:
            for finished in [pool.submit(one, item) for item in claimed]:
                finished.result()
    return done


def _one(ctx: Context, mailer: Mailer, item: Item, now: int, quiet: tuple[int, int] | None, done: Delivered) -> None:
    tries = item.data["attempts"]
    try:
        site = ctx.catalog.index()["site"]
    except CatalogError as error:  # that is about every message: it counts no try
        done.stopped = f"{type(error).__name__}: {error}"
        _wait(ctx, item, now, now + 60, tries - 1, done.stopped, done)
        return
    try:
        what: _Drop | _Postpone | _Ready = _made_ready(ctx, site, item, now, quiet)
    except StoreError:
        raise
    except Exception as error:  # whatever is wrong with this one, the others are not to wait for it
        known = isinstance(error, (CatalogError, FillError))
        reason = f"{type(error).__name__}: {error}" if known else type(error).__name__
        if isinstance(error, CatalogError) and not isinstance(error, NotInCatalog) and tries < TRIES:
            _wait(ctx, item, now, now + backoff(tries), tries, reason, done)  # a bucket that is away for now
        else:
            _end(ctx, item, now, "dead", reason, done)
        return
    if isinstance(what, _Drop):
        _end(ctx, item, now, "dropped", what.reason, done)
    elif isinstance(what, _Postpone):
        _wait(ctx, item, now, what.until, item.data["attempts"] - 1, "not yet", done)
    else:
        _hand_over(ctx, item, mailer.send(what.envelope), now, done)


def _claim(ctx: Context, items: Sequence[Item], now: int) -> list[Item]:
    """Those of the rows that are ours for LEASE; not those that another has, or that changed. One commit for all, as
    long as nobody else is at it."""
    changes, claimed = [], []
    for item in items:
        data = {**item.data, "state": "claimed", "attempts": item.data["attempts"] + 1, "lease": now + LEASE}
        change = put(item, item.pk, item.sk, data, queue=item.queue, due=now + LEASE)
        changes.append(change)
        claimed.append(item._replace(data=data, version=change.version, due=change.due))
    if not changes:
        return []
    try:
        ctx.store.transact(changes, now)
    except Conflict:
        if len(items) == 1:
            return []
        return [each for item in items for each in _claim(ctx, [item], now)]
    return claimed


def _hand_over(ctx: Context, item: Item, outcome: Outcome, now: int, done: Delivered) -> None:
    """Notes what the carrier said."""
    if isinstance(outcome, Accepted):
        _end(ctx, item, now, "sent", "", done, reference=outcome.reference)
        return
    if isinstance(outcome, Refused):
        _end(ctx, item, now, "dead", outcome.reason, done)
        if outcome.hard:
            suppress(ctx, now, item.data["contact"], "bounced", method="bounce", reference=_id(item))
        return
    tries = item.data["attempts"]
    if outcome.whole:  # the carrier is down, not this message: it counts no try, and no other is tried now
        done.stopped = outcome.reason
        _wait(ctx, item, now, now + 60, tries - 1, outcome.reason, done)
    elif tries >= TRIES:
        _end(ctx, item, now, "dead", outcome.reason, done)
    else:
        _wait(ctx, item, now, now + backoff(tries), tries, outcome.reason, done)


def backoff(tries: int) -> int:
    """Seconds until the next try: two minutes, then twice as long each time, at most six hours."""
    return int(min(6 * 3600, 60 * 2**tries))


def _id(item: Item) -> str:
    return item.pk.removeprefix(message_pk(""))


def _end(ctx: Context, item: Item, now: int, state: str, reason: str, done: Delivered, *, reference: str = "") -> None:
    """The row is done. A Conflict means that its lease was over and another took it: then theirs counts."""
    data = {key: value for key, value in item.data.items() if key != "lease"} | {"state": state}
    data |= {"reason": reason} if reason else {}
    data |= {"reference": reference} if reference else {}
    if state == "dead":
        _note(ctx, put(item, item.pk, item.sk, data, queue=DEAD, due=now), now)
    else:
        _note(ctx, put(item, item.pk, item.sk, data, expires=now + KEPT), now)
    done.note(_id(item), state, reason)


def _wait(ctx: Context, item: Item, now: int, until: int, tries: int, reason: str, done: Delivered) -> None:
    data = {key: value for key, value in item.data.items() if key != "lease"}
    data |= {"state": "waiting", "attempts": max(0, tries), "reason": reason}
    _note(ctx, put(item, item.pk, item.sk, data, queue=item.queue, due=until), now)
    done.note(_id(item), "postponed", reason)


def _release(ctx: Context, item: Item, now: int, done: Delivered) -> None:
    """It was claimed and not come to: for the next round, as if nothing had been."""
    with done._turn:
        done.released += 1
    data = {key: value for key, value in item.data.items() if key != "lease"}
    data |= {"state": "waiting", "attempts": item.data["attempts"] - 1}
    _note(ctx, put(item, item.pk, item.sk, data, queue=item.queue, due=now), now)


def _note(ctx: Context, change: Put, now: int) -> None:
    try:
        ctx.store.transact([change], now)
    except Conflict:
        return


# ---- what goes out


def _made_ready(
    ctx: Context, site: Site, item: Item, now: int, quiet: tuple[int, int] | None
) -> _Drop | _Postpone | _Ready:
    """The message as it leaves, by what is known of the person at this very moment."""
    row = item.data
    contact = row["contact"]
    if site["sender"] is None:
        return _Drop("the site has no sender")
    profile = ctx.store.get(contact_pk(contact), PROFILE, now)
    asked = ctx.store.get(contact_pk(contact), REQUEST + row["request"], now) if row["request"] else None
    if row["request"] and (asked is None or "confirmed" in asked.data):
        return _Drop("nothing waits to be confirmed")
    address = asked.data["email"] if asked else (profile.data.get("email", "") if profile else "")
    if not address:
        return _Drop("nobody is known there")
    held = _held_back(ctx, row, profile, now, site, quiet)
    if held is not None:
        return held
    try:
        entry: EntryFile | None = ctx.catalog.entry(row["entry"])
    except NotInCatalog:
        entry = None
    untimely = _untimely(row, entry, now)
    if untimely is not None:
        return untimely
    email = ctx.catalog.email(row["email"])
    values = _values(ctx, row, email, asked, links_of(site, ctx.keys), now)
    return _Ready(
        sealed(
            ctx, email, values, sender=site["sender"], to=address, stream=row["stream"], list=row["list"],
            id=_id(item), now=now,
        )
    )  # fmt: skip


def sealed(
    ctx: Context,
    email: EmailFile,
    values: Mapping[str, Any],
    *,
    sender: Sender,
    to: str,
    stream: Stream,
    list: str,
    id: str,
    now: int,
    mark: str = "",
) -> Envelope:
    """An e-mail of the catalog, filled with `values` and ready to be handed over. `mark` stands before its subject.
    Raises CatalogError or FillError."""
    filled = fill_email(email, ctx.catalog.program(email["program"]), values)
    filled = filled._replace(subject=mark + filled.subject)
    headers = mime.headers_of(
        email, filled, sender=sender, to=("", to), date=datetime.fromtimestamp(now, UTC), id=id, stream=stream,
        list=list, unsubscribe_url=values.get("unsubscribe_url", ""),
    )  # fmt: skip
    return Envelope(sender["email"], to, mime.message(filled, headers), stream, id)


def _held_back(
    ctx: Context, row: Mapping[str, Any], profile: Item | None, now: int, site: Site, quiet: tuple[int, int] | None
) -> _Drop | _Postpone | None:
    """Why consent, suppression or a rest keeps a message here; None where nothing does."""
    contact = row["contact"]
    suppressed = ctx.store.get(suppressed_pk(contact), SUPPRESSED, now)
    reason = suppressed.data["reason"] if suppressed else ""
    if reason in ("bounced", "complained"):
        return _Drop(f"suppressed: {reason}")
    if row["stream"] != "marketing":
        return None
    if reason:
        return _Drop(f"suppressed: {reason}")
    consent = ctx.store.get(contact_pk(contact), f"{CONSENT}{row['purpose']}#{row['list']}", now)
    if consent is None or not consent.data["granted"]:
        return _Drop("no consent")
    paused = profile.data.get("paused", 0) if profile else 0
    if paused > now:
        return _Postpone(paused)
    end = quiet_until(now, quiet, site["timezone"])
    return _Postpone(end) if end > now else None


def quiet_until(now: int, quiet: tuple[int, int] | None, timezone: str) -> int:
    """When the quiet hours end in which `now` lies, or `now` where it lies in none."""
    if quiet is None or quiet[0] == quiet[1]:
        return now
    from zoneinfo import ZoneInfo

    local = datetime.fromtimestamp(now, ZoneInfo(timezone))
    begin, end = quiet
    inside = begin <= local.hour < end if begin < end else local.hour >= begin or local.hour < end
    if not inside:
        return now
    until = local.replace(hour=end % 24, minute=0, second=0, microsecond=0)
    if until.timestamp() <= now:
        until = (until.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=until.tzinfo)
    return int(until.timestamp())


def _untimely(row: Mapping[str, Any], entry: EntryFile | None, now: int) -> _Drop | _Postpone | None:
    """Why a reminder does not go now: the event moved, was called off, or has begun."""
    if row["name"] != "reminder":
        return None
    if entry is None or entry["starts"] is None or entry["status"] in ("cancelled", "postponed"):
        return _Drop("the event was called off")
    if entry["starts"] <= now:
        return _Drop("the event has begun")
    if entry["starts"] - REMIND_BEFORE > now:
        return _Postpone(entry["starts"] - REMIND_BEFORE)
    return None


def _values(
    ctx: Context, row: Mapping[str, Any], email: EmailFile, asked: Item | None, links: Links, now: int
) -> dict[str, Any]:
    """What only this moment knows: the links of this person, and what they told us of themselves."""
    contact = row["contact"]
    if asked is not None:  # nothing that somebody typed: whoever gets this may not have asked for it
        wording = ctx.catalog.wording(asked.data["wording"])
        return {
            **_secrets(ctx),
            "confirm_url": links.confirm(contact, row["request"], now),
            "purposes": [
                {"text": wording["purposes"][each]} for each in asked.data["purposes"] if each in wording["purposes"]
            ],
        }
    values = values_for(ctx, contact, links, now, entry=row["entry"], list=row["list"])
    if email["name"] == "welcome" and ctx.catalog.entry(row["entry"])["gate"]:
        values["gate_url"] = links.gate(contact, row["entry"], now)
    return values


def values_for(ctx: Context, contact: str, links: Links, now: int, *, entry: str, list: str) -> dict[str, Any]:
    """What an e-mail to a contact may say of them: their name, where they gave one, and their ways out."""
    name = _first_name(ctx, contact, entry, now)
    return {
        **_secrets(ctx),
        **({"first_name": name} if name else {}),
        "unsubscribe_url": links.leave(contact, list),
        "preferences_url": links.preferences(contact, now),
    }


def _secrets(ctx: Context) -> dict[str, Any]:
    return {f"secret.{name}": value for name, value in ctx.secrets.items()}


def _first_name(ctx: Context, contact: str, entry: str, now: int) -> str:
    """What somebody gave as their first name: with what they asked for at `entry`, else newest; or empty."""
    named = [
        item for item in ctx.store.query(contact_pk(contact), INTENT, now) if item.data["fields"].get("first_name")
    ]
    best = max(named, key=lambda item: (item.sk == INTENT + entry, item.data["at"]), default=None)
    return str(best.data["fields"]["first_name"]) if best else ""
