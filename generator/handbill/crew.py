"""Shares work among processes, where that pays.

A Crew calls methods of one Worker by name: on all members at once, each with its own share of the arguments (`ask`), or
with pieces of a list, on whichever member is free (`deal`). Members are forked after everything heavy was imported, so
they start at once and share that memory; the parent is a member too and works while the others do. What passes between
them is primitives only.

Forking is safe where nothing else runs in the process, which a build can promise on Linux only: elsewhere (macOS,
Windows) and for small work a Crew is one process, and the same code runs.
"""

from __future__ import annotations

import marshal
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from handbill.errors import HandbillError, MachineError, Problem, ProblemsFound

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Call = tuple[str, Any, Any, int]
"""What a member is told: the method, its own share, what is dealt out, and in pieces of how many."""

PAYS_FROM = 300
"""Units of work below which one process is faster than two."""


MOST_PIECES = 2000
"""So many tickets, of two bytes each, a pipe takes at once on any system."""


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
        self._tickets = (-1, -1)
        """A pipe that holds the number of each piece that nobody has taken. To read from it is to take one."""
        self._told = False
        """The others may still be busy with what `tell` told them."""

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

        self._tickets = os.pipe()
        os.set_blocking(self._tickets[0], False)
        for member in range(1, self.size):
            ours, theirs = Pipe()
            pid = os.fork()
            if pid == 0:
                ours.close()
                for _, sibling in self._others:
                    sibling.close()
                _serve(self, member, theirs)
            theirs.close()
            self._others.append((pid, ours))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end(at_once=kind is not None and not self._told)

    def end(self, *, at_once: bool = False) -> None:
        """Lets the others go, `at_once` also from the middle of their work. Nobody can be asked any more."""
        for pid, connection in self._others:
            connection.close()
            if at_once:
                os.kill(pid, signal.SIGKILL)
        for pid, _ in self._others:
            os.waitpid(pid, 0)
        for end in self._tickets if self._others else ():
            os.close(end)
        self._others, self.size = [], 1

    def ask(self, method: str, shares: Sequence[Any]) -> list[Any]:
        """Calls `method` on every member with its share; gives their answers in the order of members.

        Raises what a member raised: problems of all members together, or the first other error.
        """
        return [answers[0][1] for answers in self._all([(method, (share,), (), 1) for share in shares])]

    def deal(
        self,
        method: str,
        items: Sequence[Any],
        piece: int,
        *,
        own: Sequence[Sequence[Any]] = (),
        meanwhile: Callable[[], None] | None = None,
    ) -> list[tuple[int, Any]]:
        """Calls `method` with `piece` of the `items` at a time, on whichever member is free; gives (member, answer) of
        each call: of the members' `own` items first, which no other can take, then of all pieces in their order.

        `meanwhile` is something else that this process does before it takes its part. Raises as `ask` does.
        """
        piece = max(piece, -(-len(items) // MOST_PIECES))
        if self._others:
            os.write(self._tickets[1], b"".join([n.to_bytes(2, "big") for n in range(-(-len(items) // piece))]))
        shares = own or [()] * self.size
        answers = self._all([(method, (share,) if share else (), items, piece) for share in shares], meanwhile)
        numbered = [(place, member, answer) for member, found in enumerate(answers) for place, answer in found]
        return [(member, answer) for _, member, answer in sorted(numbered, key=lambda found: found[:2])]

    def tell(self, method: str, share: Any) -> None:
        """Calls `method` on every other member with the same share, and waits for no answer: it must not raise. They
        are let finish it, whatever happens."""
        self._told = True
        for _, connection in self._others:
            _send(connection, (method, (share,), (), 0))

    def _all(self, calls: Sequence[Call], meanwhile: Callable[[], None] | None = None) -> list[list[tuple[int, Any]]]:
        """The answers of each member, in the order of members: (number of the piece, -1 for its own share; answer)."""
        for (_, connection), call in zip(self._others, calls[1:], strict=True):
            _send(connection, call)
        problems: list[Problem] = []
        answers: list[Any] = []
        failure: BaseException | None = None
        if meanwhile is not None:
            meanwhile()
        try:
            answers.append(self.work(calls[0]))
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
        self._told = False
        if problems:
            raise ProblemsFound(problems)
        if failure:
            raise failure
        return answers

    def work(self, call: Call) -> list[tuple[int, Any]]:
        """What one member does when it is called: its own share, then pieces as long as there are any. Raises the
        problems of all of them."""
        method, own, items, piece = call
        do = getattr(self.worker, method)
        answers: list[tuple[int, Any]] = []
        problems: list[Problem] = []
        number: int | None = -1
        while number is not None:
            try:
                if number < 0:
                    answers += [(number, do(share)) for share in own]
                else:
                    answers.append((number, do(items[number * piece : (number + 1) * piece])))
            except ProblemsFound as error:
                problems += error.problems
            number = self._next(number, items, piece)
        if problems:
            raise ProblemsFound(problems)
        return answers

    def _next(self, number: int, items: Sequence[Any], piece: int) -> int | None:
        """The number of a piece that is ours now; None where all are taken. Alone, the one after `number`."""
        if not items:
            return None
        if self._tickets[0] < 0:
            return number + 1 if (number + 1) * piece < len(items) else None
        try:
            return int.from_bytes(os.read(self._tickets[0], 2), "big")
        except BlockingIOError:
            return None


def _send(connection: Connection, call: Call) -> None:
    try:
        connection.send_bytes(marshal.dumps(call))
    except OSError as error:
        raise MachineError("A worker process died. Run again with --jobs 1.") from error


def problem_tuple(problem: Problem) -> tuple[Any, ...]:
    """A Problem as primitives; `Problem(*it)` is the way back."""
    return (
        problem.path, problem.line, problem.column, problem.what, problem.fix,
        problem.level, problem.excerpt, problem.width,
    )  # fmt: skip


def _serve(crew: Crew, member: int, connection: Connection) -> None:
    """The life of a forked member: answers until the parent hangs up. Never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which then ends us
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    try:
        crew.worker.begin(member)
        while True:
            call = marshal.loads(connection.recv_bytes())  # noqa: S302 - our own parent
            try:
                answer: tuple[str, Any] = ("answer", crew.work(call))
            except ProblemsFound as error:
                answer = ("problems", [problem_tuple(problem) for problem in error.problems])
            except (HandbillError, OSError) as error:
                answer = ("machine", str(error))
            except Exception:
                answer = ("bug", traceback.format_exc())
            if call[3]:  # else nobody waits for it
                connection.send_bytes(marshal.dumps(answer))
    except (EOFError, OSError):
        pass
    finally:
        os._exit(0)
