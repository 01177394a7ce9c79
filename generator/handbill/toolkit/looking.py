"""`handbill theme which FILE`: every file that could be meant, and which one wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from handbill.theme import Theme
from handbill.toolkit.place import Place, inner_path

State = Literal["wins", "shadowed", "extended", "joined"]
"""`extended`: it is shadowed by a file that builds on it. `joined`: files of this name are laid over each other."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file of that name in one theme of the chain."""

    theme: str
    version: str
    path: str
    """Where it lies."""
    state: State


def which(place: Place, name: str | None, file: str) -> tuple[str, list[Candidate]]:
    """(the path within a theme that `file` means, its candidates, nearest first), for the theme `name` or the one in
    use. Raises UsageError for a file that no theme of the chain has."""
    theme = place.load(name)
    path = inner_path(theme, file)
    found: list[Candidate] = []
    for link in theme.chain:
        if path in link.files:
            state = _state(theme, path, link.name, first=not found)
            found.append(Candidate(link.name, link.version, place.shown(link.files[path].disk), state))
    return path, found


def joined(path: str) -> bool:
    """True for files that are laid over the parent's key by key, and shadow nothing."""
    return path in ("theme.yaml", "tokens.json", "samples.yaml") or path.startswith("i18n/")


def _state(theme: Theme, path: str, name: str, *, first: bool) -> State:
    if joined(path):
        return "joined"
    if first:
        return "wins"
    nearer = [link for link in theme.chain[: [link.name for link in theme.chain].index(name)] if path in link.files]
    named = f"{name}:{path}".encode()
    return "extended" if any(named in link.files[path].data for link in nearer) else "shadowed"
