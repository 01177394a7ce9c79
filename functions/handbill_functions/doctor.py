"""Looks whether the functions would work as they are set up, before anybody signs up: each finding with what to do."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Literal, NamedTuple

from handbill_functions.catalog import VERSION, Catalog, EntryFile
from handbill_functions.context import Context
from handbill_functions.errors import CatalogError, FunctionsError, NotInCatalog
from handbill_functions.fill import slots
from handbill_functions.model import DEAD, ENTRIES, OUTBOX, STREAMS
from handbill_functions.settings import Settings
from handbill_functions.stores.dynamodb import DynamoStore
from handbill_functions.wire import reader_of, store_of

SECRET = re.compile(r"secret\.([a-z0-9_-]+)\Z")
LATE = 900
"""A message that waits longer after its time says that nothing is delivering."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    level: Literal["error", "warning", "fine"]
    what: str
    fix: str = ""


def examine(settings: Settings, now: int) -> Iterator[Finding]:
    """Everything that can be seen from this machine without asking others. Changes nothing but an empty database."""
    catalog = Catalog(reader_of(settings.catalog))
    yield from _catalog(catalog, settings)
    yield from _clock(now)
    try:
        store = store_of(settings.store)
    except FunctionsError as error:
        yield Finding("error", str(error), "Mend HANDBILL_RUN_STORE, or the rights of that place.")
        return
    try:
        if isinstance(store, DynamoStore):
            for fault in store.faults():
                yield Finding("error", fault, "Deploy the table anew from its template, or mend it by hand.")
        yield from _store(Context(store, catalog, settings.keys, settings.secrets), now)
    except FunctionsError as error:
        yield Finding("error", str(error), "Look whether another process holds the database, or its disk is full.")
    finally:
        store.close()
    yield from _keys(settings)


def _catalog(catalog: Catalog, settings: Settings) -> Iterator[Finding]:
    try:
        index = catalog.index()
    except CatalogError as error:
        yield Finding("error", str(error), "Run handbill build, and let HANDBILL_RUN_CATALOG name its private/ folder.")
        return
    site = index["site"]
    yield Finding("fine", f"The catalog is of version {VERSION}, of {site['name']}.")
    if not site["action"]:
        yield Finding("error", "Forms post to another sender, not to these functions.", "Set signup.action to /api.")
    if site["sender"] is None:
        yield Finding("error", "The site has no sender, so no e-mail can leave.", "Write sender: in content/site.yaml.")
    elif not site["sender"]["address"]:
        yield Finding(
            "error", "The sender has no postal address, which the law wants in marketing.",
            "Write sender.address in content/site.yaml.",
        )  # fmt: skip
    if not site["base_url"].startswith("https://") and "//localhost" not in site["base_url"]:
        yield Finding("warning", f"The site is at {site['base_url']}, without TLS.", "Set base_url to https://.")
    wanted = _secrets_of(catalog)
    for name in sorted(wanted - settings.secrets.keys()):
        variable = f"HANDBILL_RUN_SECRET_{name.upper().replace('-', '_')}"
        yield Finding("error", f"Content names the secret {name}, and it is not set.", f"Set {variable}.")


def _secrets_of(catalog: Catalog) -> set[str]:
    """Names of the secrets that any e-mail or gate of the catalog asks for, as far as this machine can list it."""
    found: set[str] = set()
    for entry in entries_of(catalog):
        for by_lang in entry["emails"].values():
            for hash in by_lang.values():
                email = catalog.email(hash)
                for fragment in email["fragments"].values():
                    found |= _named(slots(fragment["text"]))
                found |= _named(slots(catalog.program(email["program"])["text"]))
        for hash in entry["gate"].values():
            found |= _named(slots(catalog.gate(hash)["html"]))
    return found


def _named(names: dict[str, frozenset[str]]) -> set[str]:
    return {match[1] for name in names if (match := SECRET.match(name))}


def entries_of(catalog: Catalog) -> Iterator[EntryFile]:
    """Every entry of a catalog that lies in a folder; none where entries cannot be listed."""
    for id in catalog.listed():
        try:
            yield catalog.entry(id)
        except NotInCatalog:
            continue


def _clock(now: int) -> Iterator[Finding]:
    if abs(time.time() - now) > 120 or now < 1_700_000_000:
        yield Finding("error", "The clock of this machine is wrong.", "Set it, and keep it set by NTP.")


def _store(ctx: Context, now: int) -> Iterator[Finding]:
    ctx.store.get("DOCTOR", "LOOK", now)
    yield Finding("fine", "The database answers.")
    dead = ctx.store.due(DEAD, now, now, limit=1000)
    if dead:
        yield Finding(
            "warning", f"{len(dead)} e-mails were given up.", "Look at them: handbill outbox list --dead. Try again: "
            "handbill outbox retry ID.",
        )  # fmt: skip
    for stream in STREAMS:
        late = ctx.store.due(f"{OUTBOX}.{stream}", now - LATE, now, limit=1000)
        if late:
            yield Finding(
                "warning", f"{len(late)} e-mails of the {stream} stream wait past their time.",
                "Is handbill run up, and does its mail server answer?",
            )  # fmt: skip
    for item in ctx.store.due(ENTRIES, now, now, limit=10_000):
        try:
            ctx.catalog.entry(item.pk.removeprefix("D#"))
        except NotInCatalog:
            yield Finding(
                "warning", f"People asked for {item.pk.removeprefix('D#')}, which is not in the catalog any more.",
                "Keep the page, or give the new one its `id:`.",
            )  # fmt: skip


def _keys(settings: Settings) -> Iterator[Finding]:
    keys = settings.keys
    several = [keys.contact, keys.ledger, *keys.leave, *keys.links]
    if len(set(several)) < len(several):
        yield Finding("warning", "Two keys are the same.", "Give each its own: handbill keys prints new ones.")
