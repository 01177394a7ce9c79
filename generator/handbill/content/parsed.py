"""One unit, parsed: what passes from reading to rendering."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from handbill.content.gather import Unit
from handbill.kinds import Entry
from handbill.model import Body, Picture


@dataclass(slots=True)
class ParsedUnit:
    """One unit, parsed: the entry and its text in each of its languages."""

    unit: Unit
    entries: dict[str, Entry]
    bodies: dict[str, Body]
    pictures: dict[str, Picture]
    """Picture by the `src` that the entry or its text uses."""
    media: tuple[tuple[str, str], ...]
    """(path below public/, file in the cache)."""
    files: tuple[tuple[str, str], ...]
    """(name below the entry's URL, source path) of linked files."""
    mail_values: dict[str, tuple[Any, dict[str, str]]] = field(default_factory=dict)
    """By language: what its e-mails ask for, kept while they are written."""
    calendars: dict[tuple[str, str], str] = field(default_factory=dict)
    """By language and method: its .ics, which several e-mails carry."""
