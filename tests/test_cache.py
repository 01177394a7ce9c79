"""What a build remembers: read back as it was written, or not at all."""

from __future__ import annotations

import marshal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handbill import cache
from handbill.cache import (
    Bodies,
    Manifest,
    Memory,
    Outputs,
    Row,
    Rows,
    load,
    load_manifest,
    load_memory,
    save,
    save_manifest,
)  # fmt: skip

EMPTY = Manifest(
    engine="e", options=(), stamp=1, scan={}, window=(0.0, 1.0), facts="", outputs={}, shelves={}, report=(),
)  # fmt: skip
NOTHING = Memory(readers={}, warned=(), site=b"", shared={}, digests={}, jobs={}, rows=Rows.of({}))

reused = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


# ---- a kept file


@reused
@given(parts=st.lists(st.binary(max_size=200)))
def test_what_is_saved_is_loaded(tmp_path: Path, parts: list[bytes]) -> None:
    save(tmp_path / "deep" / "kept", *parts)
    assert load(tmp_path / "deep" / "kept") == parts


@reused
@given(data=st.binary(min_size=1, max_size=100), where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_bit_that_changed_is_noticed(tmp_path: Path, data: bytes, where: float, bit: int) -> None:
    path = tmp_path / "kept"
    save(path, data)
    spoiled = bytearray(path.read_bytes())
    spoiled[int(where * len(spoiled))] ^= 1 << bit
    path.write_bytes(bytes(spoiled))
    assert load(path) is None


@reused
@given(data=st.binary(min_size=1, max_size=100), keep=st.floats(0, 1, exclude_max=True))
def test_a_file_that_was_cut_is_noticed(tmp_path: Path, data: bytes, keep: float) -> None:
    path = tmp_path / "kept"
    save(path, data)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole))])
    assert load(path) is None


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    assert load(tmp_path / "kept") is None
    (tmp_path / "folder").mkdir()
    assert load(tmp_path / "folder") is None


# ---- the manifest


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    manifest = EMPTY._replace(
        scan={"content/a.md": (1, 2, 3)},
        window=(float("-inf"), float("inf")),
    )
    memory = NOTHING._replace(
        jobs={"entry:a": ("key", ("a/index.html",), ("entries/a.json",), (("a.md", 1, 0, "What."),))},
        shared={"chrome": "c", "theme_warnings": []},
    )
    memory = save_manifest(tmp_path / "manifest", manifest, memory)
    assert load_manifest(tmp_path / "manifest") == manifest
    assert load_memory(tmp_path / "manifest") == memory


def row(unit: str, **values: Any) -> Row:
    given = {"unit": unit, "kind": "event", "sources": (unit,), "state_to": float("inf"), **values}
    return Row(**{name: given.get(name, ()) for name in Row._fields})


def test_rows_come_back_as_they_were_each_by_itself(tmp_path: Path) -> None:
    rows = Rows.of({unit: row(unit) for unit in ("a.md", "b.md", "c.md")})
    save_manifest(tmp_path / "manifest", EMPTY, NOTHING._replace(rows=rows))
    loaded = load_memory(tmp_path / "manifest")
    assert loaded is not None
    assert loaded.rows == rows
    assert list(loaded.rows) == ["a.md", "b.md", "c.md"]
    later = loaded.rows.changed({"b.md": row("b.md", kind="drop")}).only(["c.md", "b.md"])
    assert [(unit, each.kind) for unit, each in later.items()] == [("c.md", "event"), ("b.md", "drop")]
    assert loaded.rows["b.md"].kind == "event"
    assert Rows(later.data()) == later
    assert rows["b.md"] == row("b.md")
    assert rows.only(["a.md"]).get("b.md") is None, "A file that went and came back is read anew."


def test_what_changed_is_remembered_without_writing_the_rest_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, beside = tmp_path / "manifest", tmp_path / "manifest.memory"
    monkeypatch.setattr(cache, "MOST_SINCE", 2)
    rows = Rows.of({unit: row(unit) for unit in ("a.md", "b.md", "c.md", "d.md")})
    memory = save_manifest(path, EMPTY, NOTHING._replace(rows=rows, warned=("a.md",), digests={"a.md": "1"}))
    written = beside.stat().st_ino
    for number, unit in enumerate(("a.md", "b.md", "a.md", "c.md")):
        job = ("key", (str(number),), (), ())
        memory = memory.changed({unit: str(number)}, {f"entry:{unit}": job}, {unit: row(unit, id=str(number))})
        memory = save_manifest(path, EMPTY, memory)
        assert (beside.stat().st_ino == written) == (number < 3)
        loaded = load_memory(path)
        assert loaded == memory
        assert loaded.rows[unit].id == str(number)
        assert loaded.digests[unit] == str(number)
        assert loaded.jobs[f"entry:{unit}"] == job
        memory = loaded
    assert {unit: each.id for unit, each in memory.rows.items()} == {"a.md": "2", "b.md": "1", "c.md": "3", "d.md": ()}


def test_a_memory_of_another_manifest_is_none(tmp_path: Path) -> None:
    save_manifest(tmp_path / "other", EMPTY, NOTHING._replace(digests={"a.md": "1"}))
    save_manifest(tmp_path / "manifest", EMPTY, NOTHING)
    assert load_memory(tmp_path / "manifest") == load_memory(tmp_path / "manifest")
    (tmp_path / "other.memory").replace(tmp_path / "manifest.memory")
    assert load_memory(tmp_path / "manifest") is None
    (tmp_path / "manifest.memory").unlink()
    assert load_memory(tmp_path / "manifest") is None


@pytest.mark.parametrize("content", [[], [()], [(), {}], [(1, 2), {}], ["text", {}], [None, None, {}]])
def test_a_manifest_of_another_shape_is_none(tmp_path: Path, content: list[Any]) -> None:
    save(tmp_path / "manifest", *map(marshal.dumps, content))
    save(tmp_path / "manifest.memory", *map(marshal.dumps, content))
    assert load_manifest(tmp_path / "manifest") is None
    assert load_memory(tmp_path / "manifest") is None


def test_a_manifest_that_is_no_marshal_is_none(tmp_path: Path) -> None:
    save(tmp_path / "manifest", b"\xff\xfe")
    assert load_manifest(tmp_path / "manifest") is None


# ---- the names of outputs


NAMES = st.sets(st.text(min_size=1))


@reused
@given(public=NAMES, private=NAMES)
def test_the_names_of_outputs_come_back_as_they_were(tmp_path: Path, public: set[str], private: set[str]) -> None:
    Outputs(tmp_path / "manifest").write(public, private)
    found = Outputs(tmp_path / "manifest")
    assert (found.public, found.private) == (public, private)


def test_names_that_did_not_change_are_not_written_again(tmp_path: Path) -> None:
    Outputs(tmp_path / "manifest").write({"a"}, {"b"})
    before = (tmp_path / "manifest.outputs").stat()
    Outputs(tmp_path / "manifest").write({"a"}, {"b"})
    assert (tmp_path / "manifest.outputs").stat() == before


def test_names_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    (tmp_path / "manifest.outputs").write_bytes(b"[[], []")
    found = Outputs(tmp_path / "manifest")
    assert (found.public, found.private) == (set(), set())


# ---- bodies


def put(path: Path, **items: Any) -> None:
    Bodies(path).put((key, marshal.dumps(value)) for key, value in items.items())


def test_a_body_comes_back_as_it_was(tmp_path: Path) -> None:
    put(tmp_path / "bodies.sqlite", one=("a", [1, 2]), two=None)
    bodies = Bodies(tmp_path / "bodies.sqlite")
    assert bodies.get("one") == ("a", [1, 2])
    assert bodies.get("two") is None
    assert bodies.get("three") is None
    bodies.close()


def test_a_later_body_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    put(tmp_path / "bodies.sqlite", one=1)
    put(tmp_path / "bodies.sqlite", one=2)
    assert Bodies(tmp_path / "bodies.sqlite").get("one") == 2


def test_what_was_put_is_seen_by_one_who_looked_before(tmp_path: Path) -> None:
    bodies = Bodies(tmp_path / "bodies.sqlite")
    assert bodies.get("one") is None
    bodies.put([("one", marshal.dumps(1))])
    assert bodies.get("one") == 1


def test_a_database_that_is_none_is_empty_and_then_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "bodies.sqlite"
    path.write_bytes(b"This is no database." * 100)
    assert Bodies(path).get("one") is None
    put(path, one=1)
    put(path, one=1)
    assert Bodies(path).get("one") == 1


def test_a_body_that_was_spoiled_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "bodies.sqlite"
    put(path, one="lamp")
    with sqlite3.connect(path) as connection:
        [(data,)] = connection.execute("SELECT data FROM body")
        connection.execute("UPDATE body SET data = ?", (data.replace(b"lamp", b"lump"),))
    connection.close()
    assert Bodies(path).get("one") is None


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    put(tmp_path / "nowhere" / "bodies.sqlite", one=1)
    assert Bodies(tmp_path / "nowhere" / "bodies.sqlite").get("one") is None


def test_a_path_with_signs_that_mean_something_in_an_address_is_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "50% off? #1"
    folder.mkdir()
    put(folder / "bodies.sqlite", one=1)
    assert Bodies(folder / "bodies.sqlite").get("one") == 1


# ---- whether outputs stand


ANOTHER_PROCESS = """
import os, sys
from pathlib import Path
from handbill.cache import Standing
from handbill.content.gather import stat_of

folder = Path(sys.argv[1])
page = folder / "page"
page.write_text("A page.")
outputs = {"page": stat_of(str(page))}
Standing.PAYS_FROM = 1
with Standing((folder, outputs), (folder, outputs)) as stands:
    forked = bool(stands._pid)
    assert stands()
assert forked == (sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1)
with Standing((folder, outputs)):
    pass  # nobody asks
page.write_text("Another page.")
with Standing((folder, outputs)) as stands:
    assert not stands()
with Standing((folder, outputs), (folder / "nowhere", outputs)) as stands:
    assert not stands()
try:
    os.wait()
except ChildProcessError:
    print("No child is left.")
"""
"""A process with one thread and no other children, as a build is: a test of many has both."""


def test_outputs_are_looked_at_by_another_process_and_the_answer_is_the_same(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", ANOTHER_PROCESS, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "No child is left.\n", "")
