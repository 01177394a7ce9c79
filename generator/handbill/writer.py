"""Writes outputs so that a failed build leaves the last good one standing.

First every changed file is written beside its root (`.handbill-stage`), where a full disk or a read-only folder shows
itself; only when all lie there do they move to their places, each by one rename. A reader of the folder sees each file
old or new, never half. What is already there with the same bytes is left alone, so that a deploy by time stamps uploads
only what changed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from handbill.errors import MachineError

STAGE = ".handbill-stage"


class Stage:
    """The outputs of one process, on their way to one root.

    `put` as often as needed, then `move` once, or `drop`. Nothing below the root but the stage changes before `move`.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.root = str(root)
        self._stage = f"{self.root}/{STAGE}/{name}"
        self.blocked: list[str] = []
        """Absolute paths of folders that stand where a file must go."""
        self._bare = not os.path.isdir(root) or set(os.listdir(root)) <= {STAGE}  # noqa: PTH112
        """Nothing is there yet, so nothing need be compared."""
        self._moves: list[tuple[str, str]] = []
        self._count = 0

    def put(self, path: str, data: bytes) -> bool:
        """Stages `data` for `path` below the root; False when the file there already holds it."""
        target = f"{self.root}/{path}"
        if self._bare:
            self._stage_file(target, data)
            return True
        try:
            with open(target, "rb", buffering=0) as file:  # noqa: PTH123 - a Path costs more than the read
                if os.fstat(file.fileno()).st_size == len(data) and file.read() == data:
                    return False
        except (FileNotFoundError, NotADirectoryError):
            pass
        except IsADirectoryError:
            self.blocked.append(target)
        self._stage_file(target, data)
        return True

    def copy(self, path: str, source: Path) -> bool:
        """Stages a copy of the file `source`; False when the same size and bytes are there."""
        return self.put(path, source.read_bytes())

    def _stage_file(self, target: str, data: bytes) -> None:
        if not self._count:
            Path(self._stage).mkdir(parents=True, exist_ok=True)
        staged = f"{self._stage}/{self._count}"
        self._count += 1
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
        finally:
            os.close(descriptor)
        self._moves.append((staged, target))

    def folders(self) -> set[str]:
        """Absolute paths of the folders that `move` needs. One process makes them all; two would wait in turn."""
        return {target.rpartition("/")[0] for _, target in self._moves}

    def move(self) -> int:
        """Moves everything to its place; gives how many files changed."""
        for staged, target in self._moves:
            os.replace(staged, target)  # noqa: PTH105
        self.drop()
        return len(self._moves)

    def drop(self) -> None:
        """Forgets what was staged."""
        shutil.rmtree(self._stage, ignore_errors=True)


def refuse_blocked(root: Path, blocked: Iterable[str], gone: set[str]) -> None:
    """Raises MachineError where a folder stands in the way of a file and would not be emptied by removing `gone`."""
    for folder in blocked:
        for inside, _, names in os.walk(folder):
            for name in names:
                path = os.path.relpath(os.path.join(inside, name), root).replace(os.sep, "/")  # noqa: PTH118
                if path not in gone:
                    raise MachineError(f"{folder} is a folder, where a file must go, and holds {name}. Remove it.")


def clear_blocked(blocked: Iterable[str]) -> None:
    """Removes the folders that stand where files must go. `refuse_blocked` has seen that nothing else is in them."""
    for folder in blocked:
        if os.path.isdir(folder) and not os.path.islink(folder):  # noqa: PTH112, PTH114
            shutil.rmtree(folder)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C waits until the block is done: all files moved, or none. Outside the main thread, a plain block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def make_folders(folders: Iterable[str]) -> None:
    """Makes each folder and its parents. A file where a folder must be is an old output, and goes."""
    for folder in sorted(folders):
        try:
            os.mkdir(folder)  # noqa: PTH102
        except FileExistsError:
            if not os.path.isdir(folder):  # noqa: PTH112
                os.unlink(folder)  # noqa: PTH108
                os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        except (FileNotFoundError, NotADirectoryError):
            _clear_way(folder)
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103


def _clear_way(folder: str) -> None:
    parent = os.path.dirname(folder)  # noqa: PTH120
    while parent and parent != os.path.dirname(parent):  # noqa: PTH120
        if os.path.isfile(parent):  # noqa: PTH113
            os.unlink(parent)  # noqa: PTH108
            return
        parent = os.path.dirname(parent)  # noqa: PTH120


def remove(root: Path, paths: Iterable[str]) -> int:
    """Removes old outputs and the folders they leave empty; gives how many files went. Safe to repeat."""
    gone = 0
    emptied: set[str] = set()
    for path in paths:
        target = f"{root}/{path}"
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(target)  # noqa: PTH108
            gone += 1
        emptied.add(target.rpartition("/")[0])
    top = str(root)
    for folder in sorted(emptied, key=len, reverse=True):
        while folder.startswith(top + "/"):
            try:
                os.rmdir(folder)  # noqa: PTH106
            except OSError:
                break
            folder = folder.rpartition("/")[0]
    return gone


def sweep_stage(root: Path) -> None:
    """Removes what a killed build left staged."""
    shutil.rmtree(root / STAGE, ignore_errors=True)
