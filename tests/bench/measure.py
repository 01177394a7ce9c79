"""Measures one run of a command: time on the wall, time of all its processes on the CPUs, and memory.

Memory is looked at while it runs, which slows it, so it is never taken in a run whose time counts.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A command that did not end well, with the last lines it said."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system, of the command and of every process it started and waited for."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The most that all processes of one run held at once."""

    peak: int
    """Bytes."""
    kind: str
    """`PSS`: shared pages count once. `RSS` where PSS cannot be read: they count once a process, which is too much."""
    processes: int
    """The most that were there at once."""
    run: Run
    """What it took, being looked at."""


def run(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Run:
    """Runs it to its end. Raises Failed."""
    with subprocess.Popen(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:  # fmt: skip
        # What it says is little, and read after its end: no thread of ours takes a share of the cores meanwhile.
        began = time.perf_counter()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said = process.stderr.read().decode(errors="replace") if process.stderr else ""
    if process.returncode:
        raise Failed(f"`{' '.join(command)}` ended with {process.returncode}:\n{said[-2000:]}")
    return Run(wall, used.ru_utime + used.ru_stime)


def memory(command: Sequence[str], cwd: Path, environment: Mapping[str, str], *, every: float = 0.02) -> Memory:
    """Runs it to its end and looks at all its processes each `every` seconds. Linux only. Raises Failed."""
    peak, most, kind = 0, 0, "PSS"
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=cwd, env=environment, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        began = time.perf_counter()
        while True:
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            sizes = [_size(pid) for pid in _tree(process.pid)]
            held, alive = sum(size for size, _ in sizes), sum(size > 0 for size, _ in sizes)
            if any(how == "RSS" for _, how in sizes):
                kind = "RSS"
            peak, most = max(peak, held), max(most, alive)
            time.sleep(every)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"`{' '.join(command)}` ended with {process.returncode}")
    return Memory(peak, kind, most, Run(wall, used.ru_utime + used.ru_stime))


def _tree(root: int) -> list[int]:
    """The process and all below it."""
    found, pending = [], [root]
    while pending:
        pid = pending.pop()
        found.append(pid)
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                pending += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
        except OSError:
            continue  # it ended meanwhile
    return found


def _size(pid: int) -> tuple[int, str]:
    """Bytes that a process holds, and how they were counted; 0 for one that ended meanwhile."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024, "PSS"
        return 0, "PSS"
    except PermissionError:
        pass
    except OSError:
        return 0, "PSS"
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"), "RSS"
    except OSError:
        return 0, "RSS"
