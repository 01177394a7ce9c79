"""Files reach their places by one rename each, and only when they differ."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill.errors import MachineError
from handbill.writer import (
    STAGE,
    Stage,
    clear_blocked,
    make_folders,
    refuse_blocked,
    remove,
    sweep_stage,
    undisturbed,
)
from helpers import Tree, tree


def write(root: Path, files: Tree) -> int:
    """What a build does with its outputs."""
    stage = Stage(root, "0")
    for path, data in files.items():
        stage.put(path, data)
    make_folders(stage.folders())
    moved = stage.move()
    sweep_stage(root)
    return moved


def test_nothing_below_the_root_changes_before_moving(tmp_path: Path) -> None:
    write(tmp_path, {"a.html": b"old"})
    stage = Stage(tmp_path, "0")
    stage.put("a.html", b"new")
    stage.put("deep/b.html", b"new")
    assert {path: data for path, data in tree(tmp_path).items() if not path.startswith(STAGE)} == {"a.html": b"old"}
    stage.drop()
    assert tree(tmp_path) == {"a.html": b"old"}


def test_what_is_there_with_the_same_bytes_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, {"a.html": b"same", "b.html": b"old"})
    before = (tmp_path / "a.html").stat()
    assert write(tmp_path, {"a.html": b"same", "b.html": b"new"}) == 1
    after = (tmp_path / "a.html").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_reader_who_opened_a_file_keeps_reading_the_old_one(tmp_path: Path) -> None:
    write(tmp_path, {"a.html": b"old" * 1000})
    with (tmp_path / "a.html").open("rb") as reader:
        reader.read(3)
        write(tmp_path, {"a.html": b"new" * 1000})
        assert reader.read() == b"old" * 999


def test_no_stage_is_left_after_moving(tmp_path: Path) -> None:
    write(tmp_path, {"a/b/c.html": b"x"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]


def test_several_stages_of_one_root_do_not_meet(tmp_path: Path) -> None:
    one, two = Stage(tmp_path, "0"), Stage(tmp_path, "1")
    one.put("a.html", b"one")
    two.put("b.html", b"two")
    one.drop()
    make_folders(two.folders())
    assert two.move() == 1
    assert tree(tmp_path) == {"b.html": b"two"}


def test_a_folder_where_a_file_must_go_is_refused_unless_all_in_it_goes(tmp_path: Path) -> None:
    write(tmp_path, {"page/index.html": b"x", "page/deep/a.html": b"x"})
    stage = Stage(tmp_path, "0")
    stage.put("page", b"now a file")
    with pytest.raises(MachineError, match=r"page is a folder, where a file must go, and holds"):
        refuse_blocked(tmp_path, stage.blocked, {"page/index.html"})
    gone = {"page/index.html", "page/deep/a.html"}
    refuse_blocked(tmp_path, stage.blocked, gone)
    remove(tmp_path, gone)
    clear_blocked(stage.blocked)
    make_folders(stage.folders())
    stage.move()
    assert tree(tmp_path) == {"page": b"now a file"}


def test_a_file_where_a_folder_must_be_goes(tmp_path: Path) -> None:
    write(tmp_path, {"page": b"a file"})
    write(tmp_path, {"page/deep/index.html": b"x"})
    assert tree(tmp_path) == {"page/deep/index.html": b"x"}


def test_removing_takes_the_folders_that_become_empty_and_no_other(tmp_path: Path) -> None:
    write(tmp_path, {"a/b/c.html": b"x", "a/d.html": b"x", "e/f.html": b"x"})
    assert remove(tmp_path, ["a/b/c.html", "e/f.html", "not/there.html"]) == 2
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == ["a", "a/d.html"]
    assert tmp_path.is_dir()


def test_removing_twice_is_safe(tmp_path: Path) -> None:
    write(tmp_path, {"a/b.html": b"x"})
    assert [remove(tmp_path, ["a/b.html"]) for _ in range(2)] == [1, 0]
    assert tmp_path.is_dir()


PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
FILES = st.dictionaries(PATHS, st.sampled_from([b"", b"1", b"2"]), max_size=6).filter(
    lambda files: not any(inner.startswith(f"{outer}/") for outer in files for inner in files)
)


@settings(max_examples=60)
@given(trees=st.lists(FILES, min_size=1, max_size=4))
def test_after_any_row_of_trees_the_last_one_lies_there(
    tmp_path_factory: pytest.TempPathFactory, trees: list[Tree]
) -> None:
    root = tmp_path_factory.mktemp("root")
    before: Tree = {}
    for files in trees:
        stage = Stage(root, "0")
        changed = sum(stage.put(path, data) for path, data in files.items())
        gone = before.keys() - files.keys()
        refuse_blocked(root, stage.blocked, set(gone))
        remove(root, gone)
        clear_blocked(stage.blocked)
        make_folders(stage.folders())
        assert stage.move() == changed == sum(before.get(path) != data for path, data in files.items())
        sweep_stage(root)
        assert tree(root) == files
        assert all(any(folder.iterdir()) for folder in root.rglob("*") if folder.is_dir())
        before = files


# ---- Ctrl-C


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_waits_until_what_must_not_be_halved_is_done() -> None:
    done = []

    def work() -> None:
        with undisturbed():
            press()
            done.append(1)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [1]


def test_ctrl_c_works_as_before_afterwards() -> None:
    with undisturbed():
        pass
    with pytest.raises(KeyboardInterrupt):
        press()


def test_an_error_of_what_must_not_be_halved_is_told_rather_than_ctrl_c() -> None:
    def work() -> None:
        with undisturbed():
            press()
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        work()


def test_in_another_thread_it_is_a_plain_block() -> None:
    done = []

    def work() -> None:
        with undisturbed():
            done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [1]
