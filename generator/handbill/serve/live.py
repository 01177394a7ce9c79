"""What is being shown: the last good build, and what stands in the way of the next.

One thread builds; any number of others read a Shown, which never changes, or wait for the next one. A build that fails
takes nothing away: its problems are told beside what was there before. Builds go into a folder of the project that
nobody else uses, so that `public/` and `private/` stay what `handbill build` made of them, and so that the next
`handbill serve` finds its work done.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from handbill.build import build
from handbill.cache import Manifest, Memory
from handbill.content.gather import RESERVED, Stat, scan
from handbill.errors import HandbillError, Problem, ProblemsFound
from handbill.options import Options, Report
from handbill.session import Session

QUIET, LONGEST = 1.0, 64.0
"""Seconds after which a build of a few files is followed by a look at all of them, and the most between such looks, of
which each comes after twice as long: no system promises to tell all."""


class Shown(NamedTuple):
    """One state of what is shown. Nothing in it changes."""

    id: str
    """Another one whenever a page may look otherwise; never that of another server's."""
    reload: str
    """Id of the last state for which a page must be loaded anew although its own bytes are the same."""
    at: float
    """The moment of the build, UTC seconds."""
    fixed: bool
    """True where somebody chose that moment; else it is now."""
    report: Report | None
    """Of the last good build; None before the first."""
    problems: tuple[Problem, ...]
    """What stands in the way of building what is there now; empty where nothing does."""
    failed: bool
    """True where one of these is an error, and the last good build is shown."""
    manifest: Manifest | None
    memory: Memory | None
    built: str = ""
    """Id of the last state that a build led to."""

    @property
    def outputs(self) -> Mapping[str, Stat]:
        return self.manifest.outputs if self.manifest is not None else {}

    @property
    def timezone(self) -> str:
        return self.report.timezone if self.report is not None else "UTC"


class Live:
    """Builds again and again, and tells what is shown. `build` is for one thread; all else may be called from any."""

    def __init__(
        self, options: Options, *, at: float | None = None, facts: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """Builds as `options` say, at the moment `at`, or where that is None, at each build's own. `facts` is read anew
        for each build."""
        self.options, self._facts, self._clock = options, facts, clock
        self._boot, self._number = secrets.token_hex(4), 0
        self._at = at
        self._closed = False
        self._pause = QUIET
        self._aside: dict[str, Stat] = {}
        self._changed = threading.Condition()
        self.session = Session(lasting=True)
        manifest = self.session.manifest(options.manifest)
        self._shown = Shown(
            f"{self._boot}.0", "", at or clock(), at is not None, None, (), failed=False, manifest=manifest,
            memory=self.session.memory(options.manifest),
        )  # fmt: skip

    @property
    def shown(self) -> Shown:
        return self._shown

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Nothing more will be built: whoever waits is let go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def move(self, at: float | None) -> None:
        """The next builds are of this moment; None: each of its own."""
        self._at = at

    def stir(self) -> None:
        """Something that no build makes may look otherwise: pages that are open are told to look."""
        with self._changed:
            self._number += 1
            self._shown = self._shown._replace(id=f"{self._boot}.{self._number}")
            self._changed.notify_all()

    def after(self, known: str, timeout: float) -> Shown:
        """What is shown, as soon as it is another state than `known`; at the latest after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._shown.id != known, timeout)
            return self._shown

    def due(self) -> float:
        """Seconds until `build` is to be called although nothing was saved: for a whole look, when all has been quiet
        for a while, and at the next moment at which something of the site changes by itself."""
        shown = self._shown
        end = float("inf") if shown.fixed or shown.manifest is None else shown.manifest.window[1]
        return min(max(0.0, end - self._clock()), self._pause)

    def build(self, changed: Collection[str] | None = None) -> Shown:
        """Builds what is there now, and shows it where that went well. Never raises but for an interrupt.

        `changed` are the only paths that can have changed since the last build, where they are known; a build without
        them looks at everything. A page that names a picture by its own name, not by its content's, is to be loaded
        anew when that changes, whoever noticed it first: the watcher or a look at everything.
        """
        before, fixed = self._shown, self._at is not None
        at = self._at if self._at is not None else self._clock()
        report, problems = self._try(at, changed)
        aside, self._aside = self._aside, _aside(self.options.root)
        report_or_last = report if report is not None else before.report
        same = (
            problems == before.problems
            and fixed == before.fixed
            and (not fixed or at == before.at)
            and aside == self._aside
            and (report is None or (not report.changed and not report.removed and before.report is not None))
        )
        if report is None:
            at = before.at if before.report is not None else at
        manifest, memory = before.manifest, before.memory
        if report is not None:
            manifest = self.session.manifest(self.options.manifest)
            memory = self.session.memory(self.options.manifest)
        with self._changed:
            self._number += not same
            last = self._shown
            name = last.id if same else f"{self._boot}.{self._number}"
            forced = not same and bool(before.outputs) and _as_they_are(before.memory) != _as_they_are(memory)
            self._shown = Shown(
                name, name if forced else before.reload, at, fixed, report_or_last, problems,
                failed=report is None, manifest=manifest, memory=memory, built=last.built if same else name,
            )  # fmt: skip
            self._changed.notify_all()
        self._pause = QUIET if changed is not None else min(2 * self._pause, LONGEST)
        if changed is None:
            self.save()
        return self._shown

    def save(self) -> None:
        """Keeps on disk what the next server would else have to do again."""
        with suppress(OSError):  # a full disk; the build that cannot be written says so itself
            self.session.flush()

    def _try(self, at: float, changed: Collection[str] | None) -> tuple[Report | None, tuple[Problem, ...]]:
        site = "content/site.yaml"
        try:
            facts = self._facts.read_bytes() if self._facts is not None else b""
            report = build(replace(self.options, at=at, facts=facts), session=self.session, changed=changed)
            return report, tuple(report.warnings)
        except ProblemsFound as found:
            return None, tuple(found.problems)
        except HandbillError as error:
            if not os.path.exists(self.options.root / site):  # noqa: PTH110
                what = "The file is not there, and without it there is no site."
                return None, (Problem(site, 0, 0, what, "Put it back. What was last built is still shown."),)
            return None, (Problem("handbill", 0, 0, str(error)),)
        except OSError as error:
            path = os.path.relpath(error.filename, self.options.root) if error.filename else "content"
            what = f"It cannot be read: {error.strerror}."
            return None, (Problem(path.replace(os.sep, "/"), 0, 0, what, "Mend it, or save it again."),)
        except Exception as error:  # a bug of ours must not end the server: the next save may well go round it
            traceback.print_exc()
            what = f"handbill itself failed: {type(error).__name__}: {error}"
            return None, (Problem("handbill", 0, 0, what, "The terminal shows where. Please report it."),)


def _aside(root: Path) -> dict[str, Stat]:
    """What lies in content/ and is in no build, but shown: letters."""
    found: dict[str, Stat] = {}
    for folder in RESERVED:
        with suppress(OSError):  # a file of that name; a folder that nobody may read
            found |= scan(root / "content" / folder, f"content/{folder}")
    return found


def _as_they_are(memory: Memory | None) -> dict[str, str]:
    """The files that are published under their own names (content/static/), each with what stands for its bytes."""
    jobs = memory.jobs if memory is not None else {}
    return {name: done[0] for name, done in jobs.items() if name.startswith("static:")}


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as the page shows it."""
    place = ":".join(str(part) for part in (problem.path, problem.line, problem.column) if part)
    return {"place": place, "level": problem.level, "what": problem.what, "fix": problem.fix, "text": str(problem)}
