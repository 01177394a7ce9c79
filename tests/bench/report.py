"""The bench's figures as a person reads them, and as Markdown."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from measure import Memory, Run

OURS, THEIRS = "handbill", "Hugo"
COLD, NOTHING, BODY, TITLE = "cold build", "nothing changed", "one text changed", "one title changed"
MEMORY, VISIBLE = "peak memory", "edit to visible, server"

TARGETS: Mapping[tuple[str, bool], float] = {
    (COLD, False): 1.0,
    (COLD, True): 0.75,
    (NOTHING, False): 0.03,
    (NOTHING, True): 0.03,
    (BODY, False): 0.05,
    (BODY, True): 0.05,
    (TITLE, False): 0.05,
    (TITLE, True): 0.05,
    (MEMORY, False): 0.5,
    (MEMORY, True): 0.5,
}
"""(row, with e-mails) → at most so much of Hugo's, at 10,000 entries."""
TARGETS_AT = 10_000
VISIBLE_TARGET = 0.2
"""At most so much of what Hugo's server takes, at any size."""
CPU_TARGET = 0.2
"""Seconds of CPU of a build with nothing to do, at 10,000 entries."""


class Figure(NamedTuple):
    """What a single step took."""

    name: str
    shown: str
    """`0.84 ms`."""
    note: str
    value: float
    """Seconds, or a plain number where `shown` has no unit of time."""


class Facts(NamedTuple):
    """What was measured, and where."""

    versions: Mapping[str, str]
    python: str
    system: str
    cpu: str
    cores: int
    filesystem: str
    load: float
    """Processes that wanted to run when the bench began."""
    rounds: int
    notes: Sequence[str]


@dataclass
class Scene:
    """What was measured of one corpus, with or without e-mails."""

    count: int
    with_mails: bool
    runs: dict[str, dict[str, list[Run]]] = field(default_factory=dict)
    """Row → tool → its runs, one a round."""
    visible: dict[str, list[float]] = field(default_factory=dict)
    """Tool → seconds from saving a file until its server shows it, one an edit."""
    memory: dict[str, Memory] = field(default_factory=dict)
    outputs: dict[str, dict[str, float]] = field(default_factory=dict)
    """Tool → pages, bytes a page, messages, bytes a message, files."""

    def note(self, row: str, tool: str, run: Run) -> None:
        self.runs.setdefault(row, {}).setdefault(tool, []).append(run)


class Progress:
    """One line on a terminal, rewritten; a line each elsewhere. On standard error."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()

    def __call__(self, what: str) -> None:
        if self._terminal:
            print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)
        else:
            print(what, file=sys.stderr, flush=True)

    def done(self) -> None:
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


class Line(NamedTuple):
    """One line of a table: the same in both forms."""

    name: str
    cells: Mapping[str, str]
    """Tool → figure."""
    ratio: str = ""
    target: str = ""
    mark: str = ""
    """`pass`, `miss` or nothing."""


def lines(scene: Scene) -> list[Line]:
    """The table of one scene."""
    out = []
    for row in (COLD, NOTHING, BODY, TITLE):
        runs = scene.runs.get(row, {})
        ratio = _ratio(runs)
        target, mark = _judge(scene, row, ratio)
        walls = {tool: _spread([run.wall for run in found]) for tool, found in runs.items()}
        out.append(Line(f"{row}, wall", walls, _number(ratio), target, mark))
        cpu_target, cpu_mark = "", ""
        if row == NOTHING and scene.count == TARGETS_AT and OURS in runs:
            took = statistics.median(run.cpu for run in runs[OURS])
            cpu_target, cpu_mark = f"≤ {CPU_TARGET * 1000:.0f} ms", "pass" if took <= CPU_TARGET else "miss"
        cpu = {tool: _spread([run.cpu for run in found]) for tool, found in runs.items()}
        out.append(Line(f"{row}, CPU", cpu, _number(_ratio(runs, cpu=True)), cpu_target, cpu_mark))
    if scene.visible:
        pairs = zip(scene.visible.get(OURS, ()), scene.visible.get(THEIRS, ()), strict=False)
        ratios = [ours / theirs for ours, theirs in pairs]
        ratio = statistics.median(ratios) if ratios else None
        mark = "" if ratio is None else "pass" if ratio <= VISIBLE_TARGET else "miss"
        cells = {tool: _spread(took) for tool, took in scene.visible.items()}
        out.append(Line(VISIBLE, cells, _number(ratio), f"≤ {VISIBLE_TARGET:g}", mark))
    held = {tool: memory.peak for tool, memory in scene.memory.items()}
    ratio = held[OURS] / held[THEIRS] if THEIRS in held else None
    kinds = sorted({memory.kind for memory in scene.memory.values()})
    cells = {tool: f"{size / 1e6:,.0f} MB" for tool, size in held.items()}
    out.append(Line(f"{MEMORY} ({'/'.join(kinds)})", cells, _number(ratio), *_judge(scene, MEMORY, ratio)))
    named = {"pages": "HTML pages", "bytes a page": "bytes a page", "files": "files"}
    if scene.with_mails:
        named |= {"messages": "e-mails", "bytes a message": "bytes an e-mail"}
    for key, name in named.items():
        out.append(Line(name, {tool: f"{given[key]:,.0f}" for tool, given in scene.outputs.items()}))
    return out


def _ratio(runs: Mapping[str, Sequence[Run]], *, cpu: bool = False) -> float | None:
    """The median of each round's ratio to Hugo."""
    pairs = zip(runs.get(OURS, ()), runs.get(THEIRS, ()), strict=False)
    ratios = [(ours.cpu / theirs.cpu) if cpu else (ours.wall / theirs.wall) for ours, theirs in pairs]
    return statistics.median(ratios) if ratios else None


def _judge(scene: Scene, row: str, ratio: float | None) -> tuple[str, str]:
    target = TARGETS.get((row, scene.with_mails))
    if target is None or scene.count != TARGETS_AT:
        return "", ""
    return f"≤ {target:g}", "" if ratio is None else "pass" if ratio <= target else "miss"


def _number(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"


def _spread(values: Sequence[float]) -> str:
    """`8.12 s (7.90 to 8.31)`; `172 ms (168 to 175)`."""
    middle = statistics.median(values)
    scale, unit, digits = (1000.0, "ms", 0) if middle < 1 else (1.0, "s", 2)
    shown = f"{middle * scale:.{digits}f} {unit}"
    if len(values) > 1:
        shown += f" ({min(values) * scale:.{digits}f} to {max(values) * scale:.{digits}f})"
    return shown


def title(scene: Scene) -> str:
    what = "pages, e-mails, .ics and feed" if scene.with_mails else "pages only"
    return f"{scene.count:,} entries, {what}"


def _heading(facts: Facts) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    out = [
        f"{versions}.",
        f"Python {facts.python}, {facts.system}, {facts.cpu}, {facts.cores} cores, on {facts.filesystem}.",
        f"Median (least to most) of up to {facts.rounds} rounds, the tools taking turns; a ratio is a median, too.",
        "Memory is that of all processes of the tool, in a run of its own.",
    ]
    if facts.load > 0.5:
        out.append(f"The machine was busy (load {facts.load:.1f}) when this began: wall times are less sure than CPU.")
    return out


def text(facts: Facts, scenes: Sequence[Scene], figures: Sequence[Figure]) -> str:
    """For a terminal."""
    out = [*_heading(facts), ""]
    tools = list(facts.versions)
    for scene in scenes:
        rows = [["", *tools, f"{OURS} / {THEIRS}", "target", ""]]
        for line in lines(scene):
            rows.append([line.name, *(line.cells.get(tool, "") for tool in tools), line.ratio, line.target, line.mark])
        out += [title(scene), *_columns(rows), ""]
    if figures:
        out += ["Single steps", *_columns([[figure.name, figure.shown, figure.note] for figure in figures]), ""]
    return "\n".join([*out, *(f"- {note}" for note in facts.notes)])


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def markdown(facts: Facts, scenes: Sequence[Scene], figures: Sequence[Figure]) -> str:
    """For the README."""
    out = [" ".join(_heading(facts)), ""]
    tools = list(facts.versions)
    for scene in scenes:
        out += [f"**{title(scene)}**", "", _row(["", *tools, f"{OURS} / {THEIRS}", "target", ""])]
        out.append(_row(["---", *(["---:"] * (len(tools) + 2)), "---"]))
        out += [
            _row([line.name, *(line.cells.get(tool, "") for tool in tools), line.ratio, line.target, line.mark])
            for line in lines(scene)
        ]
        out.append("")
    if figures:
        out += [_row(["single step", "took", ""]), _row(["---", "---:", "---"])]
        out += [_row([figure.name, figure.shown, figure.note]) for figure in figures]
        out.append("")
    return "\n".join([*out, *(f"- {note}" for note in facts.notes)])


def _row(cells: Sequence[Any]) -> str:
    return "| " + " | ".join(cells) + " |"
