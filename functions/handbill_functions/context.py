"""What every action is handed: the store, the catalog, the keys, the secrets. Put together in one place, see `wire`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # a link that nobody signed is refused with the keys alone, and before anything else is read
    from handbill_functions.catalog import Catalog
    from handbill_functions.ports import Store


class Keys(NamedTuple):
    """The keys of the functions. Each is at least 32 bytes that nobody can guess."""

    contact: bytes
    """Indexes addresses. Separate, and never dropped: without it nobody is found again."""
    ledger: bytes
    leave: tuple[bytes, ...]
    """Sign links to leave, oldest first. Never dropped: such a link is valid for ever."""
    links: tuple[bytes, ...]
    """Sign all other links, oldest first; two generations while they rotate."""


class Context(NamedTuple):
    """What every action is handed."""

    store: Store
    catalog: Catalog
    keys: Keys
    secrets: Mapping[str, str] = MappingProxyType({})
    """What content names by `{{< secret door_code >}}`: {"door_code": "4711"}. Never in a build."""

    def contact_of(self, address: str) -> str:
        """The id of the contact of a normalised address."""
        from handbill_functions.addresses import key_form
        from handbill_functions.model import contact_id

        return contact_id(self.keys.contact, key_form(address))

    def mailbox_of(self, address: str) -> str:
        """The id by which e-mails to a normalised address are counted: see addresses.mailbox."""
        from handbill_functions.addresses import mailbox
        from handbill_functions.model import contact_id

        return contact_id(self.keys.contact, mailbox(address))
