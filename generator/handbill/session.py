"""What one process keeps from build to build, so that the next one need not load it again.

It spares time and decides nothing. The manifest is the one on disk, while its file is as it was left; a theme is read
anew where the stat of any of its files differs; all else is compared by digest, as between processes. A command builds
once, in a session that ends with it; `serve` builds again and again in a lasting one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from handbill.cache import Manifest, Memory, load_manifest, load_memory, save_manifest
from handbill.content.gather import Stat, stat_of
from handbill.errors import Problem
from handbill.options import SETTLED_NS, Options, engine, inputs

if TYPE_CHECKING:
    from handbill.outputs import Press
    from handbill.project import Project


class Session:
    """For one site and one place of outputs, in one thread at a time."""

    def __init__(self, *, lasting: bool = False) -> None:
        """In a `lasting` one, manifests are written by `flush` only: a killed process then starts afresh."""
        self.engine = engine()
        """Names the code that this process runs, whatever becomes of its files meanwhile."""
        self.whole = True
        """Whether the last look was at everything: then outputs are looked at as well."""
        self.project: Project | None = None
        """The last one that could be opened."""
        self.press: Press | None = None
        self._lasting = lasting
        self._found: dict[str, Stat] | None = None
        self._problems: list[Problem] = []
        self._manifest: Manifest | None = None
        self._memory: Memory | None = None
        self._stat: Stat | None = None
        self._unsaved: Path | None = None
        self._theme: dict[str, Stat] = {}
        self._theme_stamp = 0

    # ---- inputs

    def inputs(
        self, options: Options, problems: list[Problem], changed: Collection[str] | None = None
    ) -> dict[str, Stat]:
        """Every file that the build may read, with its stat.

        Where only `changed` can have changed since the last call, and all of them are files that were there, only they
        are looked at.
        """
        found = None if changed is None else self._again(options.root, changed)
        self.whole = found is None
        if found is None:
            self._problems = []
            found = inputs(options, self._problems)
        self._found = found
        problems += self._problems
        return found

    def _again(self, root: Path, changed: Collection[str]) -> dict[str, Stat] | None:
        if self._found is None or not all(path in self._found for path in changed):
            return None
        found = dict(self._found)
        for path in changed:
            try:
                now = os.lstat(f"{root}/{path}")
            except OSError:
                return None
            if not stat.S_ISREG(now.st_mode):
                return None
            found[path] = (max(now.st_mtime_ns, now.st_ctime_ns), now.st_size, now.st_ino)
        return found

    # ---- the manifest

    def manifest(self, path: Path) -> Manifest | None:
        """What the last build left, or None when there is none to trust."""
        now = stat_of(str(path))
        if self._manifest is None or now != self._stat:
            self._manifest, self._memory, self._stat = load_manifest(path), None, now
        return self._manifest

    def memory(self, path: Path) -> Memory | None:
        """What lies beside the manifest, or None when there is none to trust."""
        if self._memory is None and self._manifest is not None and stat_of(str(path)) == self._stat:
            self._memory = load_memory(path)
        return self._memory

    def keep(self, path: Path, manifest: Manifest, memory: Memory) -> None:
        """Keeps the manifest, last of all that a build does. Raises OSError."""
        self._manifest, self._memory, self._unsaved = manifest, memory, path
        self._stat = stat_of(str(path))
        if not self._lasting:
            self.flush()

    def forget(self, path: Path) -> None:
        """Removes the manifest, before anything that it tells of is changed. Raises OSError."""
        path.unlink(missing_ok=True)
        self._manifest, self._memory, self._stat, self._unsaved = None, None, None, None

    def flush(self) -> None:
        """Writes the manifest, where that is still to be done. Raises OSError."""
        if self._unsaved is not None and self._manifest is not None and self._memory is not None:
            self._memory = save_manifest(self._unsaved, self._manifest, self._memory)
            self._stat, self._unsaved = stat_of(str(self._unsaved)), None

    # ---- the theme and what was made of it

    def same_theme(self, found: Mapping[str, Stat]) -> bool:
        """True where no file of any theme was touched since the theme of the last project was read."""
        settled = self._theme_stamp - SETTLED_NS
        return _theme_files(found) == self._theme and all(each[0] < settled for each in self._theme.values())

    def opened(self, project: Project, stamp: int) -> None:
        """Keeps a project whose files were looked at at `stamp`, nanoseconds."""
        if self.project is None or self.project.theme is not project.theme:
            self._theme, self._theme_stamp = _theme_files(project.found), stamp
        self.project = project

    def press_for(self, project: Project) -> Press | None:
        """The press of the last build, made ready for this one; None where it was another's."""
        press = self.press
        if press is None or press.project.theme is not project.theme or press.project.chrome != project.chrome:
            return None
        press.begin(project)
        return press


def _theme_files(found: Mapping[str, Stat]) -> dict[str, Stat]:
    return {path: each for path, each in found.items() if path.startswith(("themes/", "shipped/"))}
