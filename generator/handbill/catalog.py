"""Fills the catalog: what the functions will know of each entry. Its form is owned by `handbill_functions.catalog`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from handbill.config import SiteConfig
from handbill.kinds import Entry, Event, Host
from handbill.kinds.base import Product, Space
from handbill.kinds.moments import instant
from handbill.render.words import language_name
from handbill.view import FormView
from handbill_functions.catalog import (
    VERSION,
    ByLang,
    EntryFile,
    Form,
    FormField,
    Index,
    Site,
    canonical_json,
    entry_path,
    immutable,
)
from handbill_functions.catalog import Product as ProductFile

ROOM = "room"
"""The pool that the tickets to a place share."""


class Shelf:
    """Immutable files of one entry (or one job) on their way to private/: name in, path and bytes out."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, folder: str, value: Mapping[str, object]) -> str:
        """Shelves the value below `folder` and gives its hash."""
        name, data = immutable(value)
        self.files[f"{folder}/{name}.json"] = data
        return name


def site_part(config: SiteConfig, *, action: str, pages: dict[str, ByLang]) -> Site:
    """What the functions know of the site as a whole."""
    sender = config.sender
    return Site(
        name=config.name,
        base_url=config.base_url,
        languages=list(config.languages),
        timezone=config.timezone,
        currency=config.currency,
        sender={"name": sender.name or config.name, "email": sender.email, "address": sender.address}
        if sender.email
        else None,
        controller=config.consent.controller or config.name,
        action=action,
        language_names={lang: language_name(lang) for lang in config.languages},
        pages=pages,
    )


def index_file(site: Site, answers: dict[str, ByLang], strings: dict[str, dict[str, str]]) -> bytes:
    """`index.json`, written last."""
    return canonical_json(Index(version=VERSION, site=site, answers=answers, strings=strings))


def entry_file(
    entries: Mapping[str, Entry],
    *,
    urls: ByLang,
    zone: str,
    form: Form | None,
    emails: dict[str, ByLang],
    gate: ByLang,
) -> tuple[str, bytes]:
    """(path, bytes) of one entry. `entries` is the entry in each of its languages, the base language first."""
    entry = next(iter(entries.values()))
    event = entry if isinstance(entry, Event) else None
    pools = {ROOM: event.capacity} if event is not None and event.capacity else {}
    file = EntryFile(
        id=entry.id,
        kind=entry.kind,
        urls=urls,
        titles={lang: words.title for lang, words in entries.items()},
        status=str(entry.get("status", "")),
        starts=None if event is None else _seconds(event.start_instant),
        ends=None if event is None else _seconds(event.end_instant),
        opens_at=_seconds(_instant(entry, "opens_at")),
        closes_at=_seconds(_instant(entry, "closes_at", end=True)),
        early_access=_duration(entry.get("early_access")),
        timezone=zone,
        revision=int(entry.get("revision", 0)),
        form=form,
        products=_products(entries, bool(pools)),
        pools=pools,
        emails=emails,
        gate=gate,
    )
    return entry_path(entry.id), canonical_json(file)


def site_entry(config: SiteConfig, *, urls: ByLang, form: Form, emails: dict[str, ByLang]) -> tuple[str, bytes]:
    """(path, bytes) of `entries/site.json`: the site's own sign-up."""
    file = EntryFile(
        id="site", kind="site", urls=urls, titles=dict.fromkeys(config.languages, config.name), status="",
        starts=None, ends=None, opens_at=None, closes_at=None, early_access=None, timezone=config.timezone,
        revision=0, form=form, products=[], pools={}, emails=emails, gate={},
    )  # fmt: skip
    return entry_path("site"), canonical_json(file)


def form_part(forms: Mapping[str, FormView], *, signup_list: str, thanks: ByLang) -> Form:
    """What a post may say, read off the very forms that were shown, one a language; and the author's thanks for it."""
    first = next(iter(forms.values()))
    hidden = dict(first.hidden)
    fields: list[FormField] = []
    for number, field in enumerate(first.fields):
        fields.append(
            FormField(
                name=field.name,
                type=field.type,  # type: ignore[typeddict-item]
                required=field.required,
                label={lang: form.fields[number].label for lang, form in forms.items()},
                options=[value for value, _ in field.options],
            )
        )
        if field.options:
            fields[-1]["labels"] = {
                value: {lang: form.fields[number].options[place][1] for lang, form in forms.items()}
                for place, (value, _) in enumerate(field.options)
            }
    form = Form(
        list=signup_list,
        intent=hidden["intent"],
        fields=fields,
        purposes=[consent.name.removeprefix("consent_") for consent in first.consents],
        wordings={lang: dict(form.hidden)["wording"] for lang, form in forms.items()},
    )
    if said := {lang: text for lang, text in thanks.items() if text}:
        form["thanks"] = said
    return form


def _products(entries: Mapping[str, Entry], pooled: bool) -> list[ProductFile]:
    entry = next(iter(entries.values()))
    found: list[ProductFile] = []
    for attribute in ("tickets", "items", "addons"):
        rows = [words.get(attribute, ()) for words in entries.values()]
        found += _several(list(entries), rows, pooled and attribute == "tickets")
    if isinstance(entry, Host):
        spaces = [words.spaces for words in entries.values() if isinstance(words, Host)]
        found += [_space(list(entries), row) for row in zip(*spaces, strict=True)]
    return found


def _several(langs: Sequence[str], rows: Sequence[Sequence[Product]], pooled: bool) -> list[ProductFile]:
    return [_product(langs, row, pooled) for row in zip(*rows, strict=True)]


def _product(langs: Sequence[str], row: Sequence[Product], pooled: bool) -> ProductFile:
    """One product; `row` is the same product in each language."""
    product = row[0]
    online = bool(product.get("online", False))
    return ProductFile(
        id=product.id,
        name=dict(zip(langs, (words.name for words in row), strict=True)),
        price=None if product.price is None else {"amount": product.price.amount, "currency": product.price.currency},
        stock=product.stock,
        edition=product.get("edition"),
        per_person=product.per_person,
        online=online,
        pool=ROOM if pooled and not online else None,
        addons=_several(langs, [words.get("addons", ()) for words in row], False),
        until=_duration(product.get("until")),
    )


def _space(langs: Sequence[str], row: Sequence[Space]) -> ProductFile:
    space = row[0]
    file = ProductFile(
        id=space.id,
        name=dict(zip(langs, (words.name for words in row), strict=True)),
        price=None if space.rate is None else space.rate.price.to_json(),  # type: ignore[typeddict-item]
        stock=1,
        edition=None,
        per_person=None,
        online=False,
        pool=None,
        addons=[],
        until=None,
    )
    if space.rate is not None:
        file["per"] = space.rate.per
    return file


def _instant(entry: Entry, name: str, *, end: bool = False) -> datetime | None:
    """The instant of one of its moments: a whole day begins it, or with `end` is included."""
    moment = entry.get(name)
    return None if moment is None else instant(moment, entry.zone, end=end)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _duration(span: object) -> int | None:
    seconds = getattr(span, "total_seconds", None)
    return None if seconds is None else int(seconds())
