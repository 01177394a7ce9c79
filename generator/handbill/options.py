"""What a build is asked for, what it tells, and what it may read: the words between the command and the work.

Light: nothing here costs an import, so that a build with nothing to do is over at once.
"""

from __future__ import annotations

import contextlib
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handbill import __version__
from handbill.content.gather import Stat, scan
from handbill.errors import Problem

SETTLED_NS = 20_000_000
"""A file touched so shortly before a scan may change again within the same tick of its file system's clock."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a build was asked for."""

    root: Path
    """The project: the folder that holds content/."""
    public: Path
    private: Path
    at: float
    """The moment of the build, UTC seconds."""
    facts: bytes = b""
    """Content of the facts file, or empty."""
    facts_name: str = ""
    drafts: bool = False
    future: bool = False
    expired: bool = False
    strict: bool = False
    clean: bool = False
    jobs: int | None = None
    environ: tuple[tuple[str, str], ...] = ()
    """HANDBILL_* variables that override site.yaml, sorted."""
    memory: str = ""
    """Name of what it remembers, for a build aside. Without one it follows from where the outputs go."""

    @property
    def cache(self) -> Path:
        return self.root / ".handbill"

    @property
    def manifest(self) -> Path:
        """Where the manifest lies: one for each pair of output folders, so that each knows what lies in it."""
        if self.memory or (self.public, self.private) == (self.root / "public", self.root / "private"):
            return self.cache / (self.memory or "manifest")
        from handbill.digest import digest

        return self.cache / f"manifest-{digest(str(self.public.resolve()), str(self.private.resolve()))[:8]}"

    @property
    def facts_digest(self) -> str:
        """Of the facts file, or empty."""
        from handbill.digest import digest

        return digest(self.facts) if self.facts else ""

    def shaping(self) -> tuple[Any, ...]:
        """All that changes the output, apart from the files, the moment and the facts."""
        return (
            str(self.public.resolve()), str(self.private.resolve()),
            self.drafts, self.future, self.expired, self.environ,
        )  # fmt: skip


@dataclass(slots=True)
class Report:
    """What a build did, in numbers and names."""

    pages: int = 0
    emails: int = 0
    entries: int = 0
    changed: int = 0
    """Files written."""
    removed: int = 0
    seconds: float = 0.0
    unchanged: bool = False
    """True when nothing had to be done."""
    at: float = 0.0
    timezone: str = "UTC"
    skipped: list[tuple[str, str, str, str, float | None]] = field(default_factory=list)
    """(unit, id, title, reason, instant)."""
    upcoming: list[tuple[float, str]] = field(default_factory=list)
    """(instant, entry id), soonest first: the moments at which a rebuild is due."""
    warnings: list[Problem] = field(default_factory=list)


def of_the_site(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The variables that override site.yaml, sorted. HANDBILL_RUN_* are the functions', and secret."""
    return tuple(
        (name, value)
        for name, value in sorted(environ.items())
        if name.startswith("HANDBILL_") and not name.startswith("HANDBILL_RUN_")
    )


def shipped(name: str) -> Path:
    """A folder that comes with handbill: `themes`, `content`. From a wheel, or from the repository's own tree."""
    here = Path(__file__).resolve().parent
    inside = here / "shipped" / name
    return inside if inside.is_dir() else here.parents[1] / name


def engine() -> str:
    """Names the code that makes the outputs: our own files, the Python, and the installed libraries.

    The libraries' folder changes its time whenever one is installed or removed, which spares asking each its version.
    """
    here = Path(__file__).resolve().parent
    functions = here.parents[1] / "functions" / "handbill_functions"
    parts = [__version__, sys.version]
    for folder, name in ((here, "handbill"), (functions, "handbill_functions")):
        for path, stat in scan(folder, name).items():
            if path.endswith((".py", ".ttf", ".otf")):
                parts.append(f"{path} {stat[0]} {stat[1]}")
    with contextlib.suppress(OSError):
        parts.append(str(Path(sysconfig.get_paths()["purelib"]).stat().st_mtime_ns))
    return "\n".join(parts)


def inputs(options: Options, problems: list[Problem] | None = None) -> dict[str, Stat]:
    """Every file that the build may read, with its stat."""
    found = scan(options.root / "content", "content", problems)
    found.update(scan(options.root / "themes", "themes", problems))
    theirs = shipped("themes")
    if theirs != options.root / "themes":
        found.update(scan(theirs, "shipped"))
    return found
