"""The kinds of entries. Adding one is one file and its name in KINDS."""

from handbill.kinds.base import Entry
from handbill.kinds.drop import Drop
from handbill.kinds.event import Event
from handbill.kinds.host import Host
from handbill.kinds.page import Page

KINDS: tuple[type[Entry], ...] = (Event, Drop, Host, Page)

SECTION_OF = {kind.kind: kind.section for kind in KINDS}
"""Kind → its folder below content/, and the first part of its URL."""
LISTED = tuple(kind.kind for kind in KINDS if kind is not Page)
"""Kinds that have a list of their own, in the order of the menu and of home."""

__all__ = ["KINDS", "LISTED", "SECTION_OF", "Drop", "Entry", "Event", "Host", "Page"]
