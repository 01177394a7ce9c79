"""Watches folders and says what was saved in them, once it has come to rest: the only door to watchdog.

    watcher = Watcher(root, ("content", "themes"))
    with watcher:
        changed = watcher.wait()        {"content/events/salon.md"}

Editors save in many ways: they write in place, or write a file beside it and rename that over the old one, or empty
the file first and write it after. So nothing is concluded from one event. A file that its writer closed, or that was
moved into its place, is whole, and told after a few milliseconds; anything else waits until nothing has happened for a
while. Saves that follow one another closely are told together, and while somebody saves without end, at least four
times a second.

What a watcher tells is where to look, never what to do: whoever hears of a path looks at it, and what an event meant
is never asked. Where the system can watch no more folders, they are looked at once a second instead (see `note`).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from watchdog.events import (
    EVENT_TYPE_ATTRIB,
    EVENT_TYPE_CLOSED,
    EVENT_TYPE_CREATED,
    EVENT_TYPE_DELETED,
    EVENT_TYPE_MODIFIED,
    EVENT_TYPE_MOVED,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.polling import PollingObserver

from handbill.content.gather import ignored

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver, ObservedWatch

REST, LONG_REST, PATIENCE = 0.004, 0.03, 0.25
"""Seconds of quiet after a save that is whole, after one that may not be, and the most that a save waits for others."""
LOOK = 0.5
"""Seconds between looks whether the watched folders themselves are still the same ones."""
_WHOLE = frozenset({EVENT_TYPE_CLOSED, EVENT_TYPE_MOVED, EVENT_TYPE_DELETED})
_OTHER = frozenset({EVENT_TYPE_CREATED, EVENT_TYPE_MODIFIED, EVENT_TYPE_ATTRIB})
"""Kinds of events that are told; not those of merely reading."""


class _Armed(NamedTuple):
    """A folder that is being watched."""

    identity: tuple[int, int]
    """(device, inode): another folder under the same name is another folder."""
    real: str
    watch: ObservedWatch


class Watcher:
    """Use as a context manager. `wait` is for one thread; `wake` may be called from any."""

    def __init__(self, root: Path, folders: Sequence[str]) -> None:
        """Watches `folders` (names below `root`), whether they are there yet or not."""
        self.note = ""
        """Why it is slower than it could be, and how to mend that; or empty."""
        self._root, self._folders = root, folders
        self._armed: dict[str, _Armed] = {}
        self._rests: dict[str, float] = {}
        """Path that changed → monotonic time at which it will have come to rest."""
        self._woken = False
        self._condition = threading.Condition()
        self._observer: BaseObserver = Observer()

    def __enter__(self) -> Self:
        self._observer.start()
        self._arm()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        self._observer.join(2)

    def wake(self) -> None:
        """Ends a `wait` now, this one or the next."""
        with self._condition:
            self._woken = True
            self._condition.notify_all()

    def wait(self, timeout: float | None = None) -> frozenset[str]:
        """Waits until something has changed and come to rest, for `timeout` seconds at most, or until woken.

        Gives the paths below `root`, with forward slashes: of files, and of folders that came or went (ending in `/`:
        anything in them may have changed). Empty where the time was up, or somebody woke it.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            self._arm()
            look = time.monotonic() + LOOK
            with self._condition:
                first = 0.0
                while True:
                    now = time.monotonic()
                    if self._woken:
                        self._woken = False
                        return frozenset()
                    if self._rests:
                        first = first or now
                        until = min(max(self._rests.values()), first + PATIENCE)
                        if now >= until:
                            changed = frozenset(self._rests)
                            self._rests.clear()
                            return changed
                    elif end is not None and now >= end:
                        return frozenset()
                    elif now >= look:
                        break
                    else:
                        until = look if end is None else min(look, end)
                    self._condition.wait(until - now)

    # ---- inside

    def _arm(self) -> None:
        """Watches the folders that are there now under their names: one may have been deleted, made or exchanged."""
        for name in self._folders:
            armed = self._armed.get(name)
            identity = _identity(self._root / name)
            if armed is not None and (armed.identity != identity or not self._alive(armed)):
                del self._armed[name]
                self._observer.unschedule(armed.watch)
                self._note([f"{name}/"], whole=True)
                armed = None
            if armed is None and identity is not None:
                real = os.path.realpath(self._root / name)
                watch = self._schedule(real, _Handler(self, name, real))
                if watch is not None:
                    self._armed[name] = _Armed(identity, real, watch)
                    self._note([f"{name}/"], whole=True)

    def _schedule(self, real: str, handler: _Handler) -> ObservedWatch | None:
        try:
            return self._observer.schedule(handler, real, recursive=True)
        except FileNotFoundError:
            return None  # gone again
        except OSError as error:
            if self.note:
                return None
            self.note = (
                f"The system watches no more folders ({error.strerror}), so they are looked at once a second. "
                "Raise its limit: sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024"
            )
            self._observer.stop()
            self._observer = PollingObserver(timeout=1)
            self._observer.start()
            self._armed.clear()
            return self._schedule(real, handler)

    def _alive(self, armed: _Armed) -> bool:
        return any(emitter.watch == armed.watch and emitter.is_alive() for emitter in self._observer.emitters)

    def _note(self, paths: Sequence[str], *, whole: bool) -> None:
        rested = time.monotonic() + (REST if whole else LONG_REST)
        with self._condition:
            self._rests.update(dict.fromkeys(paths, rested))
            self._condition.notify_all()

    def heard(self, event: FileSystemEvent, name: str, real: str) -> None:
        """From watchdog's thread: something happened below `real`, which is the folder `name`."""
        if event.event_type not in _WHOLE | _OTHER:
            return
        if event.is_directory and event.event_type in (EVENT_TYPE_MODIFIED, EVENT_TYPE_ATTRIB):
            return  # what happened in it is told as well
        paths = []
        for path in (event.src_path, event.dest_path):
            inside = os.path.relpath(os.fsdecode(path), real).replace(os.sep, "/") if path else ".."
            if inside != ".." and not inside.startswith("../") and not any(map(ignored, inside.split("/"))):
                below = name if inside == "." else f"{name}/{inside}"
                paths.append(f"{below}/" if event.is_directory else below)
        if paths:
            self._note(paths, whole=event.event_type in _WHOLE)


class _Handler(FileSystemEventHandler):
    def __init__(self, watcher: Watcher, name: str, real: str) -> None:
        self._watcher, self._name, self._real = watcher, name, real

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._watcher.heard(event, self._name, self._real)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)
