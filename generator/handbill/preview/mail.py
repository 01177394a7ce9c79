"""The e-mails of a catalog, each filled as it would be for somebody: those of a site, and those of the samples.

They are read from the catalog that a build wrote, so what is shown is what the functions will fill; only the values of
the moment of sending are made up (`theme.samples`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypedDict
from urllib.parse import urlsplit

from handbill.check.email import Meta, check_email
from handbill.config import SiteConfig
from handbill.digest import digest
from handbill.emails import send_names
from handbill.errors import Problem
from handbill.samples import Samples
from handbill_functions import mime
from handbill_functions.catalog import ByLang, Catalog, EmailFile, Sender
from handbill_functions.errors import NotInCatalog
from handbill_functions.fill import FilledEmail, fill_email

READER = ("", "reader@example.org")
"""Whom a sample is for."""


class Posted(TypedDict):
    """What has e-mails: an entry of a catalog, or a letter."""

    id: str
    titles: ByLang
    emails: dict[str, ByLang]
    """Name of an e-mail → language → hash."""


@dataclass(frozen=True)
class Mail:
    """One e-mail, filled."""

    entry: str
    file: EmailFile
    filled: FilledEmail
    headers: tuple[mime.Header, ...]
    """As far as they are known before it is sent: a signature comes on top."""
    meta: Meta
    """What the check must know besides."""
    sender: str
    """The address that it comes from."""
    notes: tuple[str, ...]
    """What stands in for something that nobody wrote yet."""
    found: tuple[Problem, ...] = ()
    """What was found while it was made."""

    @cached_property
    def findings(self) -> tuple[Problem, ...]:
        """What handbill's own check says of it."""
        return (*self.found, *check_email(self.filled, self.meta))

    @property
    def size(self) -> int:
        """Bytes of the HTML."""
        return len(self.filled.html.encode())

    def message(self) -> bytes:
        """The whole of it, as SMTP takes it and mail programs open it."""
        return mime.message(self.filled, self.headers)


class Mailbag:
    """All e-mails of one catalog."""

    def __init__(
        self, catalog: Catalog, entries: Sequence[str], config: SiteConfig, samples: Samples, *, at: datetime
    ) -> None:
        """`entries` are ids of the catalog's entries, `at` is the (aware) moment of sending."""
        self.catalog, self.entries, self.config, self.samples, self.at = catalog, tuple(entries), config, samples, at

    @property
    def origin(self) -> str:
        """Of the site: what its addresses in e-mails begin with."""
        parts = urlsplit(self.config.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def entry(self, id: str) -> Posted:
        """What is known of an entry. Raises CatalogError."""
        return self.catalog.entry(id)

    def found(self, id: str, lang: str) -> tuple[Problem, ...]:
        """What was found while the e-mails of an entry were made, and did not stand in their way."""
        return ()

    def hash(self, id: str, name: str, lang: str) -> str:
        """Of an e-mail. Raises NotInCatalog where there is none, another CatalogError where the catalog is broken."""
        hash = self.entry(id)["emails"].get(name, {}).get(lang)
        if hash is None:
            raise NotInCatalog("There is no such e-mail.")
        return hash

    def mail(self, id: str, name: str, lang: str, *, long: bool = False, to: tuple[str, str] = READER) -> Mail:
        """The e-mail `name` of an entry in `lang`, filled; `long` with values as long as people have them.

        Raises NotInCatalog where there is none, another CatalogError where the catalog is broken, FillError where the
        sample values lack what it asks for.
        """
        hash = self.hash(id, name, lang)
        file = self.catalog.email(hash)
        program = self.catalog.program(file["program"])
        names = send_names(program, file["fragments"])
        values = self.samples.email(lang, long=long, names=names, base_url=self.config.base_url)
        filled = fill_email(file, program, values)
        sender, notes = self._sender()
        headers = mime.headers_of(
            file,
            filled,
            sender=sender,
            to=to,
            date=self.at,
            id=digest(hash, filled.html)[:24],
            stream=file["stream"],
            list="main",
            unsubscribe_url=str(values["unsubscribe_url"]),
            reply_to=self.config.sender.reply_to,
        )
        meta = self._meta(id, file, values, headers)
        return Mail(id, file, filled, tuple(headers), meta, sender["email"], notes, self.found(id, lang))

    def _sender(self) -> tuple[Sender, tuple[str, ...]]:
        sender = self.config.sender
        found = Sender(name=sender.name or self.config.name, email=sender.email, address=sender.address)
        if sender.email:
            return found, ()
        host = urlsplit(self.config.base_url).hostname or "localhost"
        note = f"site.yaml has no sender.email yet: hello@{host} stands in for it."
        found["email"] = f"hello@{host}"
        return found, (note,)

    def _meta(self, id: str, file: EmailFile, values: Mapping[str, object], headers: Sequence[mime.Header]) -> Meta:
        sender = self.config.sender
        return Meta(
            path=f"the e-mails of {id}",
            name=file["name"],
            lang=file["lang"],
            hosts=frozenset({urlsplit(self.config.base_url).hostname or ""}),
            sender_name=sender.name or self.config.name,
            sender_email=sender.email,
            sender_address=sender.address,
            unsubscribe_url=str(values["unsubscribe_url"]),
            values=file["values"],
            headers=tuple(headers),
        )


class FilesReader:
    """A catalog's Reader over files in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        return self._files.get(path)
