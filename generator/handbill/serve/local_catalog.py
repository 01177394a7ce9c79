"""The catalog of the last build, as it is used on this machine: the site's addresses lead here, nothing is lacking.

The build is the same as any other: its pages and e-mails name the site's real address. Between the disk and the
functions that address is exchanged for this server's, so that every link of every e-mail and page works here. What is
named by its hash keeps that name. Wordings and attachments stay as they were built: the one is proof, and in the other
an address may be folded over two lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from handbill_functions.catalog import Answer, Catalog, EmailFile, EntryFile, Gate, Index, Nodes, Program, Reader
from handbill_functions.fill import slots
from handbill_functions.web import origin_of

T = TypeVar("T")
_SECRET = "secret."  # noqa: S105 - the beginning of names


def place_of(action: str) -> str:
    """The path on this server of functions that the site has at `action`, a full URL: the same, or /api."""
    return urlsplit(action).path.rstrip("/") or "/api"


class LocalCatalog(Catalog):
    """See Catalog."""

    def __init__(self, reader: Reader, origin: str, secrets: dict[str, str]) -> None:
        """`origin` takes the place of the site's own. A secret that something read here names and `secrets` lacks is
        put there with a sample value, in brackets."""
        super().__init__(reader)
        self._origin, self._secrets = origin, secrets

    def index(self) -> Index:
        index = super().index()  # shared with whoever reads it next, so it is copied and not changed
        site = index["site"].copy()
        if site["sender"] is None:
            host = urlsplit(site["base_url"]).hostname or "localhost"
            site["sender"] = {"name": site["name"], "email": f"hello@{host}", "address": ""}
        site["base_url"] = self._moved(site["base_url"], site["base_url"])
        if origin_of(site["action"]):
            site["action"] = self._origin + place_of(site["action"])
        return {**index, "site": site}

    def entry(self, id: str) -> EntryFile:
        return self._here(super().entry(id))

    def program(self, hash: str) -> Program:
        return self._here(super().program(hash))

    def answer(self, name: str, lang: str) -> Answer:
        return self._here(super().answer(name, lang))

    def email(self, hash: str) -> EmailFile:
        email = super().email(hash)
        program = super().program(email["program"])
        self._lend([program["subject"], program["preheader"], program["html"], program["text"]])
        for each in email["fragments"].values():
            self._lend([each["html"], each["text"]])
        return {**self._here(email), "attachments": email["attachments"]}

    def gate(self, hash: str) -> Gate:
        gate = super().gate(hash)
        self._lend([gate["html"], gate["text"]])
        return self._here(gate)

    def _lend(self, programs: Iterable[Nodes]) -> None:
        for program in programs:
            for slot, contexts in slots(program).items():
                name = slot.rpartition("/")[2]
                if name.startswith(_SECRET):
                    name = name.removeprefix(_SECRET)
                    sample = f"{self._origin}/#{name}" if "url" in contexts else f"[{name}]"
                    self._secrets.setdefault(name, sample)

    def _here(self, value: T) -> T:
        return self._moved(value, super().index()["site"]["base_url"])

    def _moved(self, value: T, base_url: str) -> T:
        site = re.compile(re.escape(origin_of(base_url)) + r"(?![\w:-]|\.\w)", re.IGNORECASE)

        def moved(value: Any) -> Any:
            if isinstance(value, str):
                return site.sub(self._origin, value)
            if isinstance(value, list):
                return [moved(each) for each in value]
            return {key: moved(each) for key, each in value.items()} if isinstance(value, dict) else value

        found: T = moved(value)
        return found
