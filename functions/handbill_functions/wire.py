"""Chooses the adapters: the one place that knows which there are."""

from __future__ import annotations

from typing import NamedTuple

from handbill_functions.catalog import Catalog, FolderReader, Reader
from handbill_functions.context import Context
from handbill_functions.ports import Mailer, Store
from handbill_functions.settings import Settings


class Wired(NamedTuple):
    """Everything that a home needs."""

    ctx: Context
    mailers: dict[str, Mailer]
    """By stream: `service`, `marketing`."""

    def close(self) -> None:
        """Lets go of all of it."""
        for mailer in self.mailers.values():
            mailer.close()
        self.ctx.store.close()


def wire(settings: Settings) -> Wired:
    """The adapters that the settings name. Raises FunctionsError where one cannot be opened."""
    ctx = Context(store_of(settings.store), Catalog(reader_of(settings.catalog)), settings.keys, settings.secrets)
    service = mailer_of(settings.mail, settings.mail_password)
    marketing = (
        mailer_of(settings.mail_marketing, settings.mail_marketing_password) if settings.mail_marketing else service
    )
    return Wired(ctx, {"service": service, "marketing": marketing})


def store_of(url: str) -> Store:
    """`sqlite:path`, `sqlite:///path` or `dynamodb:table`."""
    kind, _, rest = url.partition(":")
    if kind == "dynamodb":
        from handbill_functions.stores.dynamodb import DynamoStore

        return DynamoStore(rest)
    from pathlib import Path

    from handbill_functions.stores.sqlite import SqliteStore

    assert kind == "sqlite"
    path = Path("/" + rest.lstrip("/") if rest.startswith("//") else rest)
    path.parent.mkdir(parents=True, exist_ok=True)
    return SqliteStore(path)


def mailer_of(url: str, password: str | None) -> Mailer:
    """`smtp://…`, `smtps://…`, `ses:region` or `ses:region/configuration-set`."""
    if url.startswith("ses:"):
        from handbill_functions.mailers.ses import SesMailer

        region, _, configuration_set = url.removeprefix("ses:").partition("/")
        return SesMailer(region, configuration_set)
    from handbill_functions.mailers.smtp import SmtpMailer

    return SmtpMailer(url, password=password)


def reader_of(where: str) -> Reader:
    """A folder, or `s3://bucket/prefix`."""
    if where.startswith("s3://"):
        from handbill_functions.catalog_s3 import S3Reader

        return S3Reader.at(where)
    return FolderReader(where)
