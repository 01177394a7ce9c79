"""Shares work among processes, where that pays.

A Crew calls methods of one Worker by name, on all members at once, each with its own share of the arguments. Members
are forked after everything heavy was imported and the theme compiled, so they start at once and share that memory; the
parent is a member too and does its share while the others do theirs. What passes between them is primitives only.

Forking is safe where nothing else runs in the process, which a build can promise on Linux only: elsewhere (macOS,
Windows) and for small work a Crew is one process, and the same code runs.
"""

from __future__ import annotations

import marshal
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from handbill.errors import HandbillError, MachineError, Problem, ProblemsFound

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PAYS_FROM = 300
"""Units of work below which one process is faster than two."""


class Worker(Protocol):
    """What a member does. Each method named in `Crew.ask` takes one argument and gives one value, both primitives."""

    def begin(self, member: int) -> None:
        """Called once in each process before any work: a place to open files that must not be shared."""


def sensible_size(work: int, wanted: int | None = None) -> int:
    """How many processes to use for `work` units: as asked, else as many as there are cores, where that pays."""
    if not sys.platform.startswith("linux") or work < PAYS_FROM:
        return 1
    if wanted is not None:
        return max(1, wanted)
    return max(1, min(8, len(os.sched_getaffinity(0))))


class Crew:
    """The members, the parent first. Use as a context manager: leaving it ends the others, whatever happened."""

    def __init__(self, worker: Worker, size: int) -> None:
        self.worker = worker
        self.size = size
        self._others: list[tuple[int, Connection]] = []
        """(process, our end of the pipe) of each other member."""

    def __enter__(self) -> Crew:
        if self.size > 1:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C waits until each member can ignore it
            try:
                self._fork()
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        self.worker.begin(0)
        return self

    def _fork(self) -> None:
        from multiprocessing.connection import Pipe  # sockets and more: only for those who need others

        for member in range(1, self.size):
            ours, theirs = Pipe()
            pid = os.fork()
            if pid == 0:
                ours.close()
                for _, sibling in self._others:
                    sibling.close()
                _serve(self.worker, member, theirs)
            theirs.close()
            self._others.append((pid, ours))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end(at_once=kind is not None)

    def end(self, *, at_once: bool = False) -> None:
        """Lets the others go, `at_once` also from the middle of their work. Nobody can be asked any more."""
        for pid, connection in self._others:
            connection.close()
            if at_once:
                os.kill(pid, signal.SIGKILL)
        for pid, _ in self._others:
            os.waitpid(pid, 0)
        self._others, self.size = [], 1

    def ask(self, method: str, shares: Sequence[Any]) -> list[Any]:
        """Calls `method` on every member with its share; gives their answers in the order of members.

        Raises what a member raised: problems of all members together, or the first other error.
        """
        for (_, connection), share in zip(self._others, shares[1:], strict=True):
            try:
                connection.send_bytes(marshal.dumps((method, share)))
            except OSError as error:
                raise MachineError("A worker process died. Run again with --jobs 1.") from error
        problems: list[Problem] = []
        answers: list[Any] = []
        failure: BaseException | None = None
        try:
            answers.append(getattr(self.worker, method)(shares[0]))
        except ProblemsFound as error:
            problems += error.problems
        for _, connection in self._others:
            try:
                kind, value = marshal.loads(connection.recv_bytes())  # noqa: S302 - our own child
            except EOFError:
                failure = failure or MachineError("A worker process died. Run again with --jobs 1.")
                continue
            if kind == "answer":
                answers.append(value)
            elif kind == "problems":
                problems += [Problem(*item) for item in value]
            elif kind == "machine":
                failure = failure or MachineError(value)
            else:
                failure = failure or RuntimeError(value)
        if problems:
            raise ProblemsFound(problems)
        if failure:
            raise failure
        return answers


def problem_tuple(problem: Problem) -> tuple[Any, ...]:
    """A Problem as primitives; `Problem(*it)` is the way back."""
    return (
        problem.path, problem.line, problem.column, problem.what, problem.fix,
        problem.level, problem.excerpt, problem.width,
    )  # fmt: skip


def _serve(worker: Worker, member: int, connection: Connection) -> None:
    """The life of a forked member: answers until the parent hangs up. Never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which then ends us
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    try:
        worker.begin(member)
        while True:
            method, share = marshal.loads(connection.recv_bytes())  # noqa: S302 - our own parent
            try:
                answer: tuple[str, Any] = ("answer", getattr(worker, method)(share))
            except ProblemsFound as error:
                answer = ("problems", [problem_tuple(problem) for problem in error.problems])
            except (HandbillError, OSError) as error:
                answer = ("machine", str(error))
            except Exception:
                answer = ("bug", traceback.format_exc())
            connection.send_bytes(marshal.dumps(answer))
    except (EOFError, OSError):
        pass
    finally:
        os._exit(0)
