"""The transactions over one contact: ask, confirm, leave, choose, suppress, erase.

Each function reads what it needs, decides, and changes everything or nothing in one transaction; where somebody else
was faster it reads and decides again. So verified, granted, the ledger, the intent and the e-mail that follows are
never apart. None of them knows HTTP, and none tells its caller whether an address is known.

Two facts are kept apart: an address is *verified* (its owner pressed the button), and consent is *granted* for a
purpose and a list. What a person asked for needs only the first; what we would like to send needs the second.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias, TypeVar

from handbill_functions import ledger
from handbill_functions.catalog import EntryFile
from handbill_functions.context import Context
from handbill_functions.errors import Conflict, NoSuchRequest, NotInCatalog, TooMany, Unavailable
from handbill_functions.model import (
    CONSENT,
    DAY,
    ENTRIES,
    INTENT,
    MESSAGE,
    PROFILE,
    REQUEST,
    REQUEST_LIVES,
    SUPPRESSED,
    Reason,
    contact_pk,
    intents_of,
    ledger_sk,
    message_pk,
    new_id,
    suppressed_pk,
)
from handbill_functions.outbox import REMIND_BEFORE, message
from handbill_functions.ports import MOST_CHANGES, Change, Count, Delete, Item, Key, Put, put

COOL_DOWN = 900
"""At most one confirm e-mail in so many seconds to one address, whatever network asks."""
A_DAY = 3
"""At most so many confirm e-mails a day to one address."""
SOFT_BOUNCES = 3
SOFT_WINDOW = 14 * DAY
"""So many soft bounces within the window, and nothing more is sent."""

T = TypeVar("T")
Changes: TypeAlias = list[Change]


class Confirmed(NamedTuple):
    """What came of pressing the button."""

    contact: str
    request: Mapping[str, Any]
    again: bool
    """True when it had been confirmed before: nothing was changed now."""


class Preferences(NamedTuple):
    """What somebody receives."""

    email: str
    lang: str
    lists: dict[str, bool]
    """Every list they ever agreed to → whether they receive it now."""
    paused: int
    """Until then nothing of the marketing stream comes; 0 for not paused."""


def decided(decide: Callable[[], T], *, tries: int = 8) -> T:
    """What `decide` gives, tried again where somebody else changed the same things meanwhile. Raises Unavailable."""
    for _ in range(tries):
        try:
            return decide()
        except Conflict:
            continue
    raise Unavailable("Too many change the same thing at once.")


# ---- a request


def ask(
    ctx: Context,
    now: int,
    *,
    email: str,
    lang: str,
    entry: EntryFile,
    intent: str,
    list: str,
    purposes: Sequence[str],
    fields: Mapping[str, str],
    wording: str,
    counters: Sequence[Count] = (),
) -> None:
    """Stores what somebody asks for until they confirm it, and the e-mail that lets them.

    `email` is normalised, all else was checked against the catalog. Returns nothing, and does the same reads and writes
    for an address that is known, new, suppressed or asked too often: whoever posts a form learns nothing about others.
    Safe to call again: the very same request that still waits is renewed, and no second e-mail goes within COOL_DOWN.
    One that differs in anything is a request of its own, with a link of its own: anybody can post an address, and what
    its owner confirms is what the form of that link said. One that nobody gets a link to is gone at once.
    `counters` are counted in the same write; where one of them is full, TooMany is raised and nothing was stored.
    """
    contact = ctx.contact_of(email)
    pk, mails = contact_pk(contact), _mails_to(ctx, email)
    consents = [_consent_sk(purpose, list) for purpose in purposes]
    asked = {
        "email": email, "lang": lang, "entry": entry["id"], "list": list, "intent": intent,
        "purposes": sorted(purposes), "fields": dict(fields), "wording": wording, "at": now,
    }  # fmt: skip

    def decide() -> None:
        waiting = _waiting(ctx.store.query(pk, REQUEST, now), asked)
        about = (PROFILE, INTENT + entry["id"], *consents)
        keys = [mails, (suppressed_pk(contact), SUPPRESSED), *((pk, sk) for sk in about)]
        before, suppressed, *has = ctx.store.get_each(keys, now)
        known = _nothing_new(has, asked)
        request = waiting.sk.removeprefix(REQUEST) if waiting else new_id()
        turn = _turn(now, mails, before, suppressed, again=waiting is not None or known)
        lives = REQUEST_LIVES if waiting or (turn.send and not known) else 0
        data = {**waiting.data, "at": now} if waiting else asked
        row = put(waiting, pk, REQUEST + request, data, expires=now + lives)
        name = "welcome" if known else "confirm"
        _mail(ctx, now, contact, entry, name, lang, [row], counters, turn, request="" if known else request)

    decided(decide)


def ask_again(ctx: Context, now: int, *, email: str, counters: Sequence[Count] = ()) -> None:
    """The e-mail of the newest request that waits once more, under the same limits, and nothing where none waits. Costs
    the same for every address."""
    contact, mails = ctx.contact_of(email), _mails_to(ctx, email)

    def decide() -> None:
        waiting = [item for item in ctx.store.query(contact_pk(contact), REQUEST, now) if "confirmed" not in item.data]
        newest = max(waiting, key=lambda item: item.data["at"], default=None)
        asked = newest.data if newest else {"entry": "site", "lang": ""}
        request = newest.sk.removeprefix(REQUEST) if newest else ""
        entry = _still_asks(ctx, asked["entry"])
        before, suppressed = ctx.store.get_each([mails, (suppressed_pk(contact), SUPPRESSED)], now)
        turn = _turn(now, mails, before, suppressed, again=True, nobody=newest is None or entry is None)
        _mail(ctx, now, contact, entry, "confirm", asked["lang"], [], counters, turn, request=request)

    decided(decide)


def _still_asks(ctx: Context, id: str) -> EntryFile | None:
    """The entry, if it is still there and its sign-ups are confirmed by e-mail."""
    try:
        entry = ctx.catalog.entry(id)
    except NotInCatalog:
        return None
    return entry if "confirm" in entry["emails"] else None


class _Turn(NamedTuple):
    """Whether the limits of an address let an e-mail go, when, and what notes it."""

    send: bool
    due: int
    change: Put


def _mails_to(ctx: Context, email: str) -> Key:
    """The item that knows what was sent to an address: `next`, when its cool-down is over; `sent`, how many e-mails
    since its day began; `until`, when that ends. Written in the transaction of each, as it was seen: so no two count
    as one. Its key sorts behind all other limits: so the few counters that every sign-up changes lie side by side."""
    return f"N#to#{ctx.mailbox_of(email)}", "SENT"


def _turn(
    now: int, mails: Key, before: Item | None, suppressed: Item | None, *, again: bool, nobody: bool = False
) -> _Turn:
    """The first e-mail goes now. Who asks for something else right after it gets the second when the cool-down is over,
    and a third not at all. `again` says that the last e-mail was for the same, `nobody` that there is none to send."""
    known = before.data if before and before.data["until"] > now else {"next": 0, "sent": 0, "until": now + DAY}
    ahead = before.data["next"] if before else 0
    due = max(now, ahead) if ahead <= now + 2 * COOL_DOWN else now  # beyond that, the clock was set back
    silent = nobody or (suppressed is not None and suppressed.data["reason"] in ("bounced", "complained"))
    send = not (silent or (again and due > now) or due > now + COOL_DOWN or known["sent"] >= A_DAY)
    following = due + COOL_DOWN if send else ahead
    noted = {"next": following, "sent": known["sent"] + int(send), "until": known["until"]}
    return _Turn(send, due, put(before, *mails, noted, expires=max(following, known["until"])))


def _mail(
    ctx: Context,
    now: int,
    contact: str,
    entry: EntryFile | None,
    name: str,
    lang: str,
    changes: Changes,
    counters: Sequence[Count],
    turn: _Turn,
    *,
    request: str,
) -> None:
    """Makes `changes` together with the e-mail that answers a post, in its turn; where it has none, with one that
    nobody hands over. Without an entry, there must be none."""
    row = _service(ctx, now, contact, entry, name, lang, request=request, due=turn.due, send=turn.send)
    made: Changes = [*changes, turn.change, row, *counters]
    try:
        ctx.store.transact(made, now)
    except Conflict as conflict:
        if conflict.place >= len(made) - len(counters):
            raise TooMany("A limit is reached.") from None
        raise


def _waiting(requests: Sequence[Item], asked: Mapping[str, Any]) -> Item | None:
    """The very same request, posted before and not confirmed yet."""
    return next((item for item in requests if _what(item.data) == _what(asked)), None)


def _what(asked: Mapping[str, Any]) -> dict[str, Any]:
    """All that confirming brings. The address is the contact's in any spelling; each request keeps its own."""
    return {key: value for key, value in asked.items() if key not in ("at", "email")}


def _nothing_new(has: Sequence[Item | None], asked: Mapping[str, Any]) -> bool:
    """True when the address is verified and has all of this already, which are its profile, the intent of the entry and
    its consents: there is nothing to confirm."""
    profile, intent, *consents = has
    return (
        profile is not None
        and bool(profile.data["verified"])
        and intent is not None
        and all(intent.data[key] == asked[key] for key in ("intent", "fields"))
        and all(consent is not None and consent.data["granted"] for consent in consents)
    )


def _consent_sk(purpose: str, list: str) -> str:
    return f"{CONSENT}{purpose}#{list}"


def _service(
    ctx: Context,
    now: int,
    contact: str,
    entry: EntryFile | None,
    name: str,
    lang: str,
    *,
    request: str = "",
    due: int | None = None,
    id: str | None = None,
    send: bool = True,
) -> Put:
    """The row of a service e-mail of an entry, in its words of today; without `send`, one that nobody hands over."""
    about, hash = "", ""
    if entry is not None:
        about = entry["id"]
        hash, lang = ctx.catalog.email_of(entry, name, lang)
    row = message(
        now, contact=contact, name=name, entry=about, stream="service", email=hash, lang=lang, request=request,
        due=due, id=id,
    )  # fmt: skip
    if send:
        return row
    data = {**row.data, "state": "dropped", "reason": "limit"}
    return row._replace(data=data, queue=None, due=None, expires=now + REQUEST_LIVES)


# ---- confirming


def confirm(ctx: Context, now: int, contact: str, request: str) -> Confirmed:
    """The owner of the address pressed the button of one request. Calling twice is safe: the second changes nothing.

    Raises NoSuchRequest where there is none, or it was not confirmed in time.
    """
    pk = contact_pk(contact)

    def decide() -> Confirmed:
        store = ctx.store
        asked = store.get(pk, REQUEST + request, now)
        if asked is None:
            raise NoSuchRequest("There is no such request, or it was not confirmed in time.")
        data = asked.data
        if "confirmed" in data:
            return Confirmed(contact, data, again=True)
        suppressed = store.get(suppressed_pk(contact), SUPPRESSED, now)
        intent = store.get(pk, INTENT + data["entry"], now)
        chain = Chain(ctx, contact, now)
        about = {"lang": data["lang"], "wording": data["wording"], "entry": data["entry"], "request": request}
        changes: Changes = [put(asked, pk, asked.sk, {**data, "confirmed": now}, expires=asked.expires)]
        for purpose in data["purposes"]:
            chain.add("requested", happened=data["at"], method="form", **about, purpose=purpose, topic=data["list"])
        if not chain.verified:
            chain.add("verified", method="button", **about)
        if suppressed is not None and suppressed.data["reason"] in ("left", "erased"):
            changes.append(Delete(suppressed.pk, suppressed.sk, suppressed.version))
            chain.add("lifted", method="button", **about)
        for purpose in data["purposes"]:
            chain.add("granted", method="button", **about, purpose=purpose, topic=data["list"])
            changes.append(_consent(ctx, now, contact, purpose, data["list"], granted=True, wording=data["wording"]))
        wanted = {key: data[key] for key in ("intent", "list", "lang", "fields")}
        changes += [
            put(intent, pk, INTENT + data["entry"], {**wanted, "at": now}, queue=intents_of(data["entry"]), due=now),
            *chain.changes(email=data["email"], lang=data["lang"], verified=now, created=now),
            *_what_follows(ctx, now, contact, data),
        ]
        store.transact(changes, now)
        return Confirmed(contact, data, again=False)

    return decided(decide)


def _what_follows(ctx: Context, now: int, contact: str, asked: Mapping[str, Any]) -> list[Put]:
    """The welcome now, and the reminder before the event, as far as the entry has them."""
    try:
        entry = ctx.catalog.entry(asked["entry"])
    except NotInCatalog:  # taken from the site meanwhile: the consent stands all the same
        return []
    rows = []
    if ctx.store.get(f"D#{entry['id']}", "STATE", now) is None:  # the first who asked for it
        known = {"revision": entry["revision"], "status": entry["status"]}
        rows.append(put(None, f"D#{entry['id']}", "STATE", known, queue=ENTRIES, due=0))
    if "welcome" in entry["emails"]:
        rows.append(_service(ctx, now, contact, entry, "welcome", asked["lang"]))
    due = (entry["starts"] or 0) - REMIND_BEFORE
    if "reminder" in entry["emails"] and due > now and entry["status"] == "scheduled":
        id = reminder_id(contact, entry["id"])
        if ctx.store.get(message_pk(id), MESSAGE, now) is None:
            rows.append(_service(ctx, now, contact, entry, "reminder", asked["lang"], due=due, id=id))
    return rows


def reminder_id(contact: str, entry: str) -> str:
    """Id of the one reminder that a contact has for an entry: signing up anew makes no second one."""
    return sha256(f"reminder {contact} {entry}".encode()).hexdigest()[:32]


def _consent(
    ctx: Context, now: int, contact: str, purpose: str, list: str, *, granted: bool, wording: str | None = None
) -> Put:
    """Sets the one look-up of a consent to what the ledger now says. `wording` None: as it was."""
    pk, sk = contact_pk(contact), _consent_sk(purpose, list)
    before = ctx.store.get(pk, sk, now)
    said = wording if wording is not None else (before.data["wording"] if before else "")
    return put(before, pk, sk, {"granted": granted, "at": now, "wording": said})


class Chain:
    """Rows about to be added to the ledger of one contact, and the profile that knows where it ends."""

    def __init__(self, ctx: Context, contact: str, now: int) -> None:
        self.profile = ctx.store.get(contact_pk(contact), PROFILE, now)
        self._key, self._contact, self._now = ctx.keys.ledger, contact, now
        before = self.profile.data if self.profile else None
        self._head = ledger.Head(before["length"], before["head"]) if before else ledger.EMPTY
        self._rows: list[ledger.Row] = []

    @property
    def verified(self) -> bool:
        return self.profile is not None and bool(self.profile.data["verified"])

    def add(self, action: ledger.Action, **more: Any) -> None:
        """One more row; see `ledger.append`."""
        row, self._head = ledger.append(self._key, self._contact, self._head, self._now, action, **more)
        self._rows.append(row)

    def changes(self, **profile: Any) -> list[Put]:
        """What writes the rows and the profile, with `profile` laid over it; `created`, and `verified` once it is set,
        stay as they were."""
        before = dict(self.profile.data) if self.profile else {}
        data = {**before, **profile, "length": self._head.length, "head": self._head.mac}
        for first in ("created", "verified"):
            data[first] = before.get(first) or data.get(first, 0)
        pk = contact_pk(self._contact)
        return [put(self.profile, pk, PROFILE, data), *(put(None, pk, ledger_sk(r["n"]), dict(r)) for r in self._rows)]


# ---- leaving and choosing


def preferences(ctx: Context, now: int, contact: str) -> Preferences | None:
    """What somebody receives, or None where nobody is known by that id (or was erased)."""
    profile = ctx.store.get(contact_pk(contact), PROFILE, now)
    if profile is None or not profile.data.get("email"):
        return None
    lists: dict[str, bool] = {}
    for item in ctx.store.query(contact_pk(contact), CONSENT, now):
        name = item.sk.removeprefix(CONSENT).partition("#")[2]
        lists[name] = lists.get(name, False) or item.data["granted"]
    paused = profile.data.get("paused", 0)
    return Preferences(profile.data["email"], profile.data["lang"], lists, paused if paused > now else 0)


def leave(ctx: Context, now: int, contact: str, *, list: str | None, method: str, reference: str = "") -> None:
    """Withdraws every consent of one list, or of all (None); with all, nothing of marketing is ever sent again until
    the person signs up anew. Calling twice changes nothing more. Also good for an address that nobody knows: then all
    that is kept is that it does not want anything."""

    def decide() -> None:
        chain = Chain(ctx, contact, now)
        changes = _withdraw(ctx, now, contact, chain, method, lambda name: list in (None, name))
        if list is None:
            changes += _suppressed(ctx, now, contact, "left", chain, method, reference)
        if changes:
            ctx.store.transact([*changes, *(chain.changes() if chain.profile else [])], now)

    decided(decide)


def choose(
    ctx: Context, now: int, contact: str, *, lists: Collection[str], lang: str, paused: int | None = None
) -> None:
    """Keeps exactly `lists` of those that somebody agreed to before, their language, and until when to rest (0: not;
    None: as it was). A list they left comes back with the words they agreed to then."""

    def decide() -> None:
        chain = Chain(ctx, contact, now)
        if chain.profile is None:
            return
        changes = _withdraw(ctx, now, contact, chain, "preferences", lambda name: name not in lists)
        for item in ctx.store.query(contact_pk(contact), CONSENT, now):
            purpose, _, name = item.sk.removeprefix(CONSENT).partition("#")
            if name in lists and not item.data["granted"]:
                chain.add(
                    "granted",
                    method="preferences",
                    purpose=purpose,
                    topic=name,
                    lang=lang,
                    wording=item.data["wording"],
                )
                changes.append(put(item, item.pk, item.sk, {**item.data, "granted": True, "at": now}))
        if lists:
            changes += _lifted(ctx, now, contact, chain, ("left",), "preferences")
        profile: dict[str, Any] = {"lang": lang}
        if paused is not None:
            profile["paused"] = paused
        ctx.store.transact([*changes, *chain.changes(**profile)], now)

    decided(decide)


def _withdraw(ctx: Context, now: int, contact: str, chain: Chain, method: str, which: Callable[[str], bool]) -> Changes:
    changes: Changes = []
    for item in ctx.store.query(contact_pk(contact), CONSENT, now):
        purpose, _, name = item.sk.removeprefix(CONSENT).partition("#")
        if which(name) and item.data["granted"]:
            chain.add("withdrawn", method=method, purpose=purpose, topic=name, wording=item.data["wording"])
            changes.append(put(item, item.pk, item.sk, {**item.data, "granted": False, "at": now}))
    return changes


# ---- suppression


def suppress(ctx: Context, now: int, contact: str, reason: Reason, *, method: str, reference: str = "") -> None:
    """Nothing is sent to that address any more. `bounced` and `complained` take the place of `left`, never the other
    way round. Calling twice changes nothing more."""

    def decide() -> None:
        chain = Chain(ctx, contact, now)
        changes = _suppressed(ctx, now, contact, reason, chain, method, reference)
        if changes:
            ctx.store.transact([*changes, *(chain.changes() if chain.profile else [])], now)

    decided(decide)


STRONGER = ("left", "erased", "bounced", "complained")
"""Reasons in order: a later one is not replaced by an earlier one."""


def _suppressed(
    ctx: Context, now: int, contact: str, reason: Reason, chain: Chain, method: str, reference: str
) -> Changes:
    before = ctx.store.get(suppressed_pk(contact), SUPPRESSED, now)
    known = before.data["reason"] if before else ""
    if known and STRONGER.index(known) >= STRONGER.index(reason):
        return []
    if chain.profile is not None:
        chain.add("suppressed", purpose=reason, method=method, request=reference)
    return [put(before, suppressed_pk(contact), SUPPRESSED, {"reason": reason, "at": now})]


def _lifted(ctx: Context, now: int, contact: str, chain: Chain, reasons: Collection[str], method: str) -> Changes:
    before = ctx.store.get(suppressed_pk(contact), SUPPRESSED, now)
    if before is None or before.data["reason"] not in reasons:
        return []
    chain.add("lifted", purpose=before.data["reason"], method=method)
    return [Delete(before.pk, before.sk, before.version)]


def lift(ctx: Context, now: int, contact: str) -> bool:
    """The operator lets an address be written to again; False where nothing stood against it. What was withdrawn stays
    withdrawn."""

    def decide() -> bool:
        chain = Chain(ctx, contact, now)
        changes = _lifted(ctx, now, contact, chain, STRONGER, "operator")
        if changes:
            ctx.store.transact([*changes, *(chain.changes() if chain.profile else [])], now)
        return bool(changes)

    return decided(decide)


def soft_bounce(ctx: Context, now: int, contact: str, reference: str) -> bool:
    """Notes that an address could not be reached for now; True when that was once too often, and it is suppressed.
    Calling twice with the same `reference` (of the message) changes nothing more."""
    pk = f"N#bounce#{contact}"

    def decide() -> bool:
        before = ctx.store.get(pk, "soft", now)
        times = {of: at for of, at in (before.data["times"] if before else {}).items() if at > now - SOFT_WINDOW}
        times.setdefault(reference, now)
        if len(times) < SOFT_BOUNCES:
            ctx.store.transact([put(before, pk, "soft", {"times": times}, expires=now + SOFT_WINDOW)], now)
            return False
        chain = Chain(ctx, contact, now)
        changes = _suppressed(ctx, now, contact, "bounced", chain, "bounce", reference)
        if changes:
            ctx.store.transact([*changes, *(chain.changes() if chain.profile else [])], now)
        return True

    return decided(decide)


# ---- erasure


def erase(ctx: Context, now: int, contact: str, *, method: str, reference: str = "") -> bool:
    """Deletes all that names a person: the address, their answers, what waits to be confirmed or sent. False where
    nothing was known.

    What stays is keyed and pseudonymous: the ledger, which proves what was lawful, and the suppression, so that no
    import brings the address back. The person's own new sign-up lifts it. Calling twice changes nothing more.
    """
    pk = contact_pk(contact)

    def decide() -> bool:
        chain = Chain(ctx, contact, now)
        requests = ctx.store.query(pk, REQUEST, now)
        intents = ctx.store.query(pk, INTENT, now)
        if not (requests or intents) and (chain.profile is None or "email" not in chain.profile.data):
            return False
        gone: Changes = [Delete(item.pk, item.sk, item.version) for item in (*requests, *intents)]
        changes = _withdraw(ctx, now, contact, chain, method, lambda _: True)
        changes += _suppressed(ctx, now, contact, "erased", chain, method, reference)
        if chain.profile is not None:
            chain.add("erased", method=method, request=reference)
            changes += [_without_person(change) for change in chain.changes()]
        while len(gone) + len(changes) > MOST_CHANGES:  # of somebody with very many: first these, then the rest
            some, gone = gone[: MOST_CHANGES // 2], gone[MOST_CHANGES // 2 :]
            ctx.store.transact(some, now)
        ctx.store.transact([*changes, *gone], now)
        return True

    erased = decided(decide)
    ctx.store.forget()  # where others are reading, the next sweep does it
    return erased


def _without_person(change: Put) -> Put:
    """A profile that knows no more than where its ledger ends."""
    if change.sk != PROFILE:
        return change
    kept = {"created", "verified", "length", "head"}
    return change._replace(data={key: value for key, value in change.data.items() if key in kept} | {"verified": 0})
