"""`handbill theme list`: the themes at hand, what each extends, and which one the site uses."""

from __future__ import annotations

from dataclasses import dataclass

from handbill.errors import ProblemsFound
from handbill.theme import load_theme, names
from handbill.toolkit.place import Place


@dataclass(frozen=True, slots=True)
class Row:
    """One theme."""

    name: str
    version: str
    description: str
    extends: tuple[str, ...]
    """All that it extends, the nearest first."""
    path: str
    """Its folder."""
    own: bool
    """True for a theme of the project, False for one that comes with handbill."""
    used: bool
    """True for the one that the site uses."""
    problem: str = ""
    """Why it cannot be used, where it cannot; the rest is then not known."""


def list_themes(place: Place) -> list[Row]:
    """Every theme at hand, by name. A broken one is listed with its problem."""
    return [_row(place, name) for name in names(place.search)]


def _row(place: Place, name: str) -> Row:
    used = name == place.used
    try:
        theme = load_theme(name, search=place.search)
    except ProblemsFound as found:
        first = next(problem for problem in found.problems if problem.level == "error")
        folder = next(folder for folder in place.search if (folder / name / "theme.yaml").is_file())
        line = str(first).partition("\n")[0]
        return Row(name, "", "", (), place.shown(folder / name), folder == place.search[0], used, line)
    link, *parents = theme.chain
    described = " ".join(str(link.manifest.values.get("description") or "").split())
    extends = tuple(parent.name for parent in parents)
    return Row(name, link.version, described, extends, place.shown(link.root), place.owns(link), used)
