"""The build, from the outside: what changed since the last one, and if nothing did, nothing is done.

This module imports only what telling that takes (a manifest and the stats of files), so that a build with nothing to do
is over before a heavy library would have been imported. The work itself is `handbill.assemble`.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from handbill.cache import Manifest, Standing, standing
from handbill.content.gather import Stat
from handbill.errors import MachineError, Problem, UsageError
from handbill.options import SETTLED_NS, Options, Report
from handbill.session import Session


def build(
    options: Options,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    session: Session | None = None,
    changed: Collection[str] | None = None,
) -> Report:
    """Builds `content/` into `public` and `private`, and gives what was done.

    Raises ProblemsFound with everything that is wrong, having written nothing; MachineError when the disk or the rights
    stand in the way, with every output either old or new. Calling twice is safe, also after the process was killed.

    A process that builds again and again gives each build the same `session`; and, where it knows, the only paths that
    can have `changed` since the last one.
    """
    began = time.perf_counter()
    if not (options.root / "content" / "site.yaml").is_file():
        raise UsageError(
            f"There is no content/site.yaml in {options.root}. Go to your site's folder, or make one: handbill init DIR"
        )
    _refuse_folders(options)
    session = Session() if session is None else session
    seen = _look(options, session, changed)
    if not _fresh(seen, session.engine, options):
        with _lock(options.cache) as waited:
            if waited:
                seen = _look(options, session)
            if not (waited and _fresh(seen, session.engine, options)):
                with _standing(seen.manifest, options) as stands:
                    from handbill.assemble import assemble  # takes a while: meanwhile the outputs are looked at

                    report = assemble(
                        options, session, seen.manifest, seen.stamp, seen.found, seen.problems, progress, stands
                    )
                report.seconds = time.perf_counter() - began
                return report
    assert seen.manifest is not None
    return _as_before(seen.manifest, options, time.perf_counter() - began)


class _Seen(NamedTuple):
    """What lies there before a build."""

    stamp: int
    found: dict[str, Stat]
    manifest: Manifest | None
    problems: list[Problem]


def _look(options: Options, session: Session, changed: Collection[str] | None = None) -> _Seen:
    problems: list[Problem] = []
    stamp = time.time_ns()
    found = session.inputs(options, problems, changed)
    return _Seen(stamp, found, session.manifest(options.manifest), problems)


def _refuse_folders(options: Options) -> None:
    """Outputs go into folders of their own: not among what is read, and nothing private among what is public."""
    root = options.root.resolve()
    public, private = options.public.resolve(), options.private.resolve()
    for folder in (public, private):
        if root.is_relative_to(folder):
            raise UsageError(f"{folder} holds the project itself. Choose a folder of its own for what is built.")
        for read in ("content", "themes", ".handbill"):
            if folder.is_relative_to(root / read) and not folder.is_relative_to(root / ".handbill" / "serve"):
                raise UsageError(f"{folder} lies within {read}/. Choose a folder of its own for what is built.")
    if private.is_relative_to(public) or public.is_relative_to(private):
        raise UsageError(f"{public} is published and {private} must never be: neither may lie within the other.")


def _fresh(seen: _Seen, engine: str, options: Options) -> bool:
    """True when a build would make exactly what is there."""
    manifest, found = seen.manifest, seen.found
    return (
        manifest is not None
        and not seen.problems
        and not options.clean
        and manifest.engine == engine
        and manifest.options == options.shaping()
        and manifest.window[0] <= options.at < manifest.window[1]
        and manifest.facts == options.facts_digest
        and not (options.strict and manifest.report[5])
        and manifest.scan == found
        and not any(stat[0] >= manifest.stamp - SETTLED_NS for stat in found.values())
        and standing(options.public, manifest.outputs)
        and standing(options.private, manifest.shelves)
    )


def _standing(manifest: Manifest | None, options: Options) -> Standing:
    if manifest is None or options.clean:
        return Standing()
    return Standing((options.public, manifest.outputs), (options.private, manifest.shelves))


def _as_before(manifest: Manifest, options: Options, seconds: float) -> Report:
    pages, emails, entries, skipped, upcoming, warnings, timezone = manifest.report
    return Report(
        pages=pages, emails=emails, entries=entries, seconds=seconds, unchanged=True, at=options.at, timezone=timezone,
        skipped=[tuple(item) for item in skipped], upcoming=[tuple(item) for item in upcoming],
        warnings=[Problem(*item) for item in warnings],
    )  # fmt: skip


@contextlib.contextmanager
def _lock(cache: Path) -> Iterator[bool]:
    """One build at a time in one project; a second one waits its turn, and is told that it waited.

    Where files cannot be locked, it goes ahead.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(cache / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise MachineError(f"Cannot write to {cache}: {error.strerror}. Mend its rights, or free space.") from error
    try:
        waited = False
        try:
            import fcntl

            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waited = True
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        except (ImportError, OSError):
            pass
        yield waited
    finally:
        os.close(descriptor)
