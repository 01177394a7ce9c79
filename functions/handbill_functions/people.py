"""What is stored of people, as a whole: what one person is owed of it, what the operator may look up, carry in and out.

An export is one JSON object a line, each an item of the store as it stands: open, readable, and enough to make the same
store elsewhere, on another adapter too. An import of a list from another tool brings addresses, never consent.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any, NamedTuple, TextIO

from handbill_functions.addresses import normal
from handbill_functions.context import Context
from handbill_functions.errors import AddressError, Conflict, FunctionsError, NotInCatalog
from handbill_functions.ledger import EMPTY, Head, append, first_fault
from handbill_functions.model import (
    CONSENT,
    INTENT,
    LEDGER,
    LETTER,
    PROFILE,
    REQUEST,
    SUPPRESSED,
    contact_pk,
    ledger_sk,
    new_id,
    suppressed_pk,
)
from handbill_functions.ports import Item, Store, put

CARRIED = ("C#", "S#", "M#", "D#")
"""Beginnings of partitions that an export holds. Counters of limits stay behind."""


def everything_of(ctx: Context, now: int, contact: str) -> dict[str, Any]:
    """All that is stored about one person, as plain values (GDPR, articles 15 and 20)."""
    items = ctx.store.query(contact_pk(contact), "", now)

    def under(prefix: str) -> dict[str, Any]:
        return {item.sk.removeprefix(prefix): dict(item.data) for item in items if item.sk.startswith(prefix)}

    suppressed = ctx.store.get(suppressed_pk(contact), SUPPRESSED, now)
    return {
        "profile": under(PROFILE).get("", {}),
        "asked_for": under(INTENT),
        "consents": under(CONSENT),
        "letters": under(LETTER),
        "not_confirmed": under(REQUEST),
        "ledger": list(under(LEDGER).values()),
        "suppressed": dict(suppressed.data) if suppressed else None,
    }


class Person(NamedTuple):
    """One line of a list of contacts."""

    contact: str
    email: str
    """Empty for who was erased."""
    lang: str
    verified: int
    lists: tuple[str, ...]
    """Lists of which they agreed to receive more than they asked for."""
    suppressed: str
    """Why nothing is sent, or empty."""


def contacts_of(ctx: Context, now: int) -> Iterator[Person]:
    """Every contact that has a profile, one after the other, in constant memory."""
    for contact, items in by_contact(ctx, now):
        profile = next((item for item in items if item.sk == PROFILE), None)
        if profile is None:
            continue
        lists = {
            item.sk.removeprefix(CONSENT).partition("#")[2]
            for item in items
            if item.sk.startswith(CONSENT) and item.data["granted"]
        }
        found = ctx.store.get(suppressed_pk(contact), SUPPRESSED, now)
        yield Person(
            contact, profile.data.get("email", ""), profile.data.get("lang", ""), profile.data["verified"],
            tuple(sorted(lists)), found.data["reason"] if found else "",
        )  # fmt: skip


def by_contact(ctx: Context, now: int) -> Iterator[tuple[str, list[Item]]]:
    """(id, all items) of every contact, one after the other in any order, in constant memory."""
    mine: list[Item] = []
    for item in ctx.store.every(contact_pk(""), now):
        if mine and mine[0].pk != item.pk:
            yield mine[0].pk.removeprefix(contact_pk("")), mine
            mine = []
        mine.append(item)
    if mine:
        yield mine[0].pk.removeprefix(contact_pk("")), mine


# ---- proof


class Fault(NamedTuple):
    """A ledger that does not hold."""

    contact: str
    row: int
    what: str


def verify(ctx: Context, now: int) -> tuple[int, list[Fault]]:
    """(ledgers looked through, the first fault of each that does not hold)."""
    count, faults = 0, []
    for contact, items in by_contact(ctx, now):
        found = _fault(ctx, contact, items)
        count += any(item.sk == PROFILE or item.sk.startswith(LEDGER) for item in items)
        if found is not None:
            faults.append(Fault(contact, *found))
    return count, faults


def _fault(ctx: Context, contact: str, items: Iterable[Item]) -> tuple[int, str] | None:
    there = {item.sk: item for item in items}
    rows = [there[sk].data for sk in sorted(there) if sk.startswith(LEDGER)]
    profile = there.get(PROFILE)
    if profile is None:
        return (1, "belongs to no profile") if rows else None
    return first_fault(ctx.keys.ledger, contact, rows, Head(profile.data["length"], profile.data["head"]))


def prove(ctx: Context, now: int, address: str) -> dict[str, Any]:
    """What can be shown of the consent of one address: each row of its ledger with the very words that were shown, the
    e-mails that went out about it, and whether the chain holds. Plain values."""
    contact = ctx.contact_of(normal(address))
    items = ctx.store.query(contact_pk(contact), "", now)
    rows = []
    for item in items:
        if item.sk.startswith(LEDGER):
            rows.append({**item.data, "shown": _shown(ctx, item.data)})
    fault = _fault(ctx, contact, items)
    messages = [
        {"id": item.pk[2:], "due": item.due, **{key: item.data[key] for key in _TOLD if key in item.data}}
        for item in ctx.store.every("M#", now)
        if item.data["contact"] == contact
    ]
    return {
        "address": normal(address),
        "contact": contact,
        "made": now,
        "holds": fault is None,
        "fault": None if fault is None else {"row": fault[0], "what": fault[1]},
        "ledger": rows,
        "messages": sorted(messages, key=lambda each: each["created"]),
    }


_TOLD = ("name", "entry", "stream", "state", "created", "reference", "reason", "email", "request")


def _shown(ctx: Context, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The words of a row, by their hash: whoever has the file can hash it again."""
    if not row["wording"]:
        return None
    try:
        wording = ctx.catalog.wording(row["wording"])
    except NotInCatalog:
        return {"missing": f"private/wordings/{row['wording']}.json is not in the catalog."}
    return {**wording, "sentence": wording["purposes"].get(row["purpose"], "")}


def prove_html(proof: Mapping[str, Any], site: str) -> str:
    """The same as a page that opens without any network and prints on paper."""

    def when(seconds: int) -> str:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

    def cells(*values: object) -> str:
        return "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in values) + "</tr>"

    rows = "".join(
        cells(row["n"], when(row["happened"]), when(row["at"]), row["action"], row["purpose"], row["topic"],
              row["method"], (row["shown"] or {}).get("sentence", ""), row["wording"], row["mac"])
        for row in proof["ledger"]
    )  # fmt: skip
    mails = "".join(
        cells(
            when(each["created"]), each["name"], each["entry"], each["state"], each.get("reference", ""), each["email"]
        )
        for each in proof["messages"]
    )
    holds = "The chain holds: no row was altered or taken away." if proof["holds"] else (
        f"The chain does not hold: row {proof['fault']['row']} {proof['fault']['what']}."
    )  # fmt: skip
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Proof of consent</title>'
        "<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem;max-width:75rem}table{border-collapse:collapse}"
        "td,th{border:1px solid #777;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
        "</style></head><body>"
        f"<h1>Proof of consent</h1><p>{escape(site)}: {escape(proof['address'])}, made {when(proof['made'])}.</p>"
        f"<p><strong>{escape(holds)}</strong></p><h2>Ledger</h2><table><tr><th>Row</th><th>Happened</th>"
        "<th>Written</th><th>What</th><th>Purpose</th><th>List</th><th>How</th>"
        "<th>The sentence as shown</th><th>Hash of the words</th>"
        f"<th>Seal</th></tr>{rows}</table><h2>E-mails</h2><table><tr><th>Queued</th><th>Which</th><th>About</th>"
        f"<th>State</th><th>Reference of the carrier</th><th>Hash of the words</th></tr>{mails}</table></body></html>\n"
    )


# ---- carrying out and in


def export(ctx: Context, now: int) -> Iterator[str]:
    """Everything, one JSON object a line. In constant memory."""
    yield _line({"handbill": "export", "version": 1, "made": now})
    for prefix in CARRIED:
        for item in ctx.store.every(prefix, now):
            kept = {"pk": item.pk, "sk": item.sk, "data": item.data, "expires": item.expires}
            if item.queue is not None:
                kept |= {"queue": item.queue, "due": item.due}
            yield _line(kept)


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def restore(ctx: Context, now: int, lines: Iterable[str]) -> int:
    """Writes an export into a store; gives how many items it wrote. An item that is there already stays as it is, so
    that going on after a crash is safe, and what happened since is not undone. Of who was erased since, nothing comes
    back but the marks of the letters they got. Raises FunctionsError for what is no export."""
    written = 0
    for number, line in enumerate(lines):
        try:
            found = json.loads(line)
        except ValueError:
            raise FunctionsError(f"Line {number + 1} is no JSON: the export was cut off.") from None
        if number == 0:
            if not isinstance(found, dict) or found.get("handbill") != "export" or found.get("version") != 1:
                raise FunctionsError("That is no export of handbill, or one of another version.")
            continue
        if found.get("expires") is not None and found["expires"] <= now:
            continue
        if _erased_since(ctx, now, found["pk"], found["sk"]):
            continue
        change = put(
            None, found["pk"], found["sk"], found["data"], expires=found.get("expires"), queue=found.get("queue"),
            due=found.get("due"),
        )  # fmt: skip
        try:
            ctx.store.transact([change], now)
        except Conflict:
            continue
        written += 1
    return written


@dataclass(slots=True)
class Imported:
    """What an import did, by reason."""

    added: int = 0
    known: int = 0
    suppressed: int = 0
    wrong: list[int] = field(default_factory=list)
    """Numbers of the rows whose address is none, the first being 1."""


def import_rows(ctx: Context, now: int, rows: Iterable[Mapping[str, str]], lang: str) -> Imported:
    """Addresses from another tool: each a mapping with `email`, and `lang` where it is known.

    An import raises no consent: who comes in by it is not verified and gets nothing until they sign up themselves. Who
    left, was erased, bounced or complained stays out.
    """
    done = Imported()
    reference = new_id()
    for number, row in enumerate(rows, 1):
        try:
            email = normal(row.get("email", ""))
        except AddressError:
            done.wrong.append(number)
            continue
        contact = ctx.contact_of(email)
        if ctx.store.get(suppressed_pk(contact), SUPPRESSED, now) is not None:
            done.suppressed += 1
            continue
        first, head = append(ctx.keys.ledger, contact, EMPTY, now, "imported", method="import", request=reference)
        profile = {
            "email": email, "lang": row.get("lang") or lang, "verified": 0, "created": now, "source": "import",
            "length": head.length, "head": head.mac,
        }  # fmt: skip
        pk = contact_pk(contact)
        try:
            ctx.store.transact([put(None, pk, PROFILE, profile), put(None, pk, ledger_sk(1), dict(first))], now)
        except Conflict:
            done.known += 1
            continue
        done.added += 1
    return done


def rows_of_csv(file: TextIO, columns: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Rows of a CSV file with a heading; `columns` is ours → theirs, as {"email": "Email Address"}. Raises
    FunctionsError where a column is not there."""
    reader = csv.DictReader(file)
    missing = sorted(set(columns.values()) - set(reader.fieldnames or ()))
    if missing:
        there = ", ".join(reader.fieldnames or ())
        raise FunctionsError(f"There is no column {', '.join(missing)}. There are: {there}.")
    for row in reader:
        yield {ours: (row[theirs] or "").strip() for ours, theirs in columns.items()}


def rows_of_json(file: TextIO, columns: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The same from a JSON list of objects."""
    try:
        found = json.load(file)
    except ValueError:
        raise FunctionsError("That is no JSON.") from None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise FunctionsError("That is no list of objects.")
    for row in found:
        yield {ours: str(row.get(theirs) or "").strip() for ours, theirs in columns.items()}


def count_rows(ctx: Context, now: int, rows: Iterable[Mapping[str, str]], lang: str) -> Imported:
    """What `import_rows` would do, and nothing is changed."""
    done = Imported()
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        try:
            contact = ctx.contact_of(normal(row.get("email", "")))
        except AddressError:
            done.wrong.append(number)
            continue
        if ctx.store.get(suppressed_pk(contact), SUPPRESSED, now) is not None:
            done.suppressed += 1
        elif contact in seen or ctx.store.get(contact_pk(contact), PROFILE, now) is not None:
            done.known += 1
        else:
            done.added += 1
        seen.add(contact)
    return done


def restore_store(ctx: Context, now: int, other: Store) -> int:
    """The same as `restore`, from another store: a backup."""
    written = 0
    for prefix in CARRIED:
        for item in other.every(prefix, now):
            if _erased_since(ctx, now, item.pk, item.sk):
                continue
            change = put(None, item.pk, item.sk, item.data, expires=item.expires, queue=item.queue, due=item.due)
            try:
                ctx.store.transact([change], now)
            except Conflict:
                continue
            written += 1
    return written


def _erased_since(ctx: Context, now: int, pk: str, sk: str) -> bool:
    """True for an item of a backup that is not to come back, since its person was erased.

    That a letter was queued for them does come back: it names nobody, as the ledger does, and without it whoever signs
    up again after a restore would get an old letter a second time.
    """
    if not pk.startswith(contact_pk("")) or sk.startswith(LETTER):
        return False
    found = ctx.store.get(suppressed_pk(pk.removeprefix(contact_pk(""))), SUPPRESSED, now)
    return found is not None and found.data["reason"] == "erased"


KINDS = {
    REQUEST: "sign-ups that nobody confirmed, after 7 days",
    "MESSAGE": "e-mails that are done, after 35 days",
}


def expired(ctx: Context, now: int) -> dict[str, int]:
    """What purging would remove, by kind."""
    counts = dict.fromkeys([*KINDS.values(), "counters whose time is over"], 0)
    for prefix in ("C#", "M#", "N#"):
        for item in ctx.store.every(prefix, 0):
            if item.expires is not None and item.expires <= now:
                kind = next((words for sk, words in KINDS.items() if item.sk.startswith(sk)), "")
                counts[kind or "counters whose time is over"] += 1
    return counts
