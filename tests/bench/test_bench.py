"""The bench itself: it counts what it says it counts, and goes on working while handbill changes.

No times are judged here. Nothing is installed: handbill is measured alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import mails
import measure
import pytest
import report
from contenders import Handbill
from corpus import entries
from measure import Failed, Memory, Run

HERE = Path(__file__).resolve().parent
BURN = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"
HOLD = "kept = bytearray(40_000_000)\nfor at in range(0, len(kept), 4096): kept[at] = 1\nimport time\ntime.sleep(0.6)\n"


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_cpu_time_is_that_of_all_processes_of_a_command(tmp_path: Path) -> None:
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}], check=True)\n{BURN}"
    assert measure.run(_python(code), tmp_path, {}).cpu >= 0.4


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc")
def test_memory_is_that_of_all_processes_of_a_command(tmp_path: Path) -> None:
    code = f"import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {HOLD!r}])\n{HOLD}\nchild.wait()"
    held = measure.memory(_python(code), tmp_path, {})
    assert held.processes == 2
    assert 80_000_000 < held.peak < 130_000_000


def test_a_command_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="no such lamp"):
        measure.run(_python("raise SystemExit('no such lamp')"), tmp_path, {})


def test_the_corpus_is_the_same_every_time() -> None:
    assert list(entries(40)) == list(entries(40))
    assert {entry.kind for entry in entries(40)} == {"event", "drop", "host", "page"}
    assert all(1_500 < len(entry.body) < 4_000 for entry in entries(40))


def test_an_edit_changes_one_entry_and_leaves_its_front_matter_whole(tmp_path: Path) -> None:
    tool = Handbill(tmp_path)
    entry = next(entries(4))
    path = tool.source(entry)
    path.parent.mkdir(parents=True)
    path.write_text("---\ntitle: Lamp\nsummary: The title: a lamp.\n---\ntitle: no field\n")
    tool.edit_title(entry, "Paper")
    tool.edit_body(entry, "One more.")
    assert path.read_text() == "---\ntitle: Paper\nsummary: The title: a lamp.\n---\ntitle: no field\n\nOne more.\n"


def test_a_program_becomes_a_template_of_hugo_with_what_is_shared_written_out() -> None:
    html: list[Any] = [
        "<p>{{", ["text", "title"], "</p>", ["attr", "site_name"], ["url", "unsubscribe_url"],
        ["if", "where", ["in ", ["text", "where"]], ["nowhere"]], ["if", "gate", ["gated"], ["open"]],
    ]  # fmt: skip
    program: dict[str, list[Any]] = {
        "subject": [["header", "title"]],
        "preheader": [],
        "html": html,
        "text": [["plain", "site_name"]],
    }
    mail = mails.Mail(program, {"site_name": "A & B", "where": "Lisboa"}, frozenset({"title"}), attached=False)
    subject, preheader, page, text = mails.hugo(mail).split("\n----\n")
    assert subject == "{{ .Title }}"
    assert preheader == ""
    assert page == '<p>{{ "{{" }}{{ .Title | htmlEscape }}</p>A &amp; B[[unsubscribe_url]]in Lisboaopen'
    assert text == "A & B"


def _scene(ours: float, theirs: float, *, count: int = 10_000) -> report.Scene:
    scene = report.Scene(count, with_mails=False)
    for row in (report.COLD, report.NOTHING, report.BODY, report.TITLE):
        for cpu in (0.1, 0.3):
            scene.note(row, "handbill", Run(ours, cpu))
            scene.note(row, "Hugo", Run(theirs, 1.0))
    scene.memory = {name: Memory(50 << 20, "PSS", 1, Run(1, 1)) for name in ("handbill", "Hugo")}
    return scene


def test_a_ratio_is_marked_by_the_target_of_its_row() -> None:
    marks = {line.name: (line.ratio, line.mark) for line in report.lines(_scene(0.4, 10.0))}
    assert marks["cold build, wall"] == ("0.040", "pass")
    assert marks["nothing changed, wall"] == ("0.040", "miss")
    assert marks["nothing changed, CPU"] == ("0.20", "pass")
    assert marks["one text changed, wall"] == ("0.040", "pass")
    assert marks["peak memory (PSS)"] == ("1.00", "miss")


def test_targets_are_those_of_ten_thousand_entries_alone() -> None:
    assert {line.mark for line in report.lines(_scene(99.0, 1.0, count=1_000))} == {""}


def test_the_bench_runs_alone_and_tells_every_run(tmp_path: Path) -> None:
    told = tmp_path / "bench.json"
    options = [
        "--alone",
        "--entries",
        "40",
        "--rounds",
        "1",
        "--edits",
        "1",
        "--micro",
        "40",
        "--json",
        str(told),
        "--markdown",
    ]
    done = subprocess.run(
        [sys.executable, str(HERE / "bench.py"), *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    plain, mailed = json.loads(told.read_text())["scenes"]
    assert set(plain["runs"]) == {report.COLD, report.NOTHING, report.BODY, report.TITLE}
    assert plain["outputs"]["handbill"]["messages"] == 0
    assert [len(scene["visible"]["handbill"]) for scene in (plain, mailed)] == [1, 1]
    assert mailed["outputs"]["handbill"]["messages"] == 10 * (5 + 5 + 2)
    assert "| e-mail for one person |" in done.stdout
