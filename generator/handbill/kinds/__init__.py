"""The kinds of entries. Adding one is one file and its name in KINDS."""

from handbill.kinds.base import Entry
from handbill.kinds.drop import Drop
from handbill.kinds.event import Event
from handbill.kinds.host import Host
from handbill.kinds.page import Page

KINDS: tuple[type[Entry], ...] = (Event, Drop, Host, Page)

__all__ = ["KINDS", "Drop", "Entry", "Event", "Host", "Page"]
