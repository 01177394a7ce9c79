"""The watcher hears of whatever an editor does to a file, and says it once, when it has come to rest."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from handbill.watch import Watcher

FILE = "content/events/salon.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in (FILE, "content/site.yaml", "themes/own/theme.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("one\n")
    return tmp_path


@pytest.fixture
def watcher(root: Path) -> Iterator[Watcher]:
    with Watcher(root, ("content", "themes")) as watcher:
        assert watcher.wait(2) == {"content/", "themes/"}, "what lay there before is looked at once"
        yield watcher


def in_place(file: Path) -> None:
    file.write_text("two\n")


def by_rename(file: Path) -> None:
    """As vim with `backupcopy=no`, VS Code's atomic save, sed -i, git checkout."""
    beside = file.with_name("salon.md.new")
    beside.write_text("two\n")
    beside.replace(file)


def by_rename_from_elsewhere(file: Path) -> None:
    """From a folder that nobody watches."""
    beside = file.parents[2] / "salon.part"
    beside.write_text("two\n")
    beside.replace(file)


def with_a_backup(file: Path) -> None:
    """As vim and Emacs with backups: the old file steps aside, a new one is written."""
    file.rename(file.with_name("salon.md~"))
    file.write_text("two\n")


def emptied_first(file: Path) -> None:
    with file.open("w") as opened:
        opened.flush()
        time.sleep(0.01)
        opened.write("two\n")


def touched(file: Path) -> None:
    os.utime(file, (1, 1))


@pytest.mark.parametrize(
    "save", [in_place, by_rename, by_rename_from_elsewhere, with_a_backup, emptied_first, touched],
    ids=lambda save: save.__name__,
)  # fmt: skip
def test_every_way_of_saving_is_heard(save: Callable[[Path], None], root: Path, watcher: Watcher) -> None:
    save(root / FILE)
    assert FILE in watcher.wait(2)


def test_a_whole_save_is_told_within_some_milliseconds(root: Path, watcher: Watcher) -> None:
    took = []
    for _ in range(7):
        began = time.perf_counter()
        by_rename(root / FILE)
        watcher.wait(2)
        took.append(time.perf_counter() - began)
        watcher.wait(0.05)
    assert sorted(took)[3] < 0.05


def test_a_file_that_is_deleted_or_made_is_told(root: Path, watcher: Watcher) -> None:
    (root / FILE).unlink()
    assert FILE in watcher.wait(2)
    (root / "content/events/new.md").write_text("new\n")
    assert "content/events/new.md" in watcher.wait(2)


def test_folders_that_are_made_moved_and_filled_are_watched_from_then_on(root: Path, watcher: Watcher) -> None:
    (root / "content/drops/lamp").mkdir(parents=True)
    assert watcher.wait(2)
    (root / "content/drops/lamp/index.md").write_text("lamp\n")
    assert "content/drops/lamp/index.md" in watcher.wait(2)
    (root / "content/drops/lamp").rename(root / "content/drops/paper")
    assert "content/drops/paper/" in watcher.wait(2)
    watcher.wait(0.1)
    (root / "content/drops/paper/index.md").write_text("paper\n")
    assert "content/drops/paper/index.md" in watcher.wait(2)


def test_a_watched_folder_may_go_and_come_back(root: Path, watcher: Watcher) -> None:
    shutil.rmtree(root / "content")
    assert watcher.wait(2)
    while watcher.wait(1):
        pass
    shutil.copytree(root / "themes", root / "content")
    assert "content/" in watcher.wait(2)
    while watcher.wait(0.1):
        pass
    (root / "content/site.yaml").write_text("again\n")
    assert "content/site.yaml" in watcher.wait(2)


def test_a_folder_exchanged_for_another_of_its_name_is_heard_of(root: Path, watcher: Watcher) -> None:
    shutil.copytree(root / "content", root / "other")
    (root / "content").rename(root / "old")
    (root / "other").rename(root / "content")
    assert "content/" in watcher.wait(2)
    while watcher.wait(0.1):
        pass
    in_place(root / FILE)
    assert FILE in watcher.wait(2)


def test_a_folder_that_is_not_there_yet_is_watched_once_it_is(tmp_path: Path) -> None:
    with Watcher(tmp_path, ("content",)) as watcher:
        assert not watcher.wait(0.05)
        (tmp_path / "content").mkdir()
        assert watcher.wait(2) == {"content/"}


def test_of_five_hundred_saves_in_a_second_none_is_lost_and_few_are_told(root: Path, watcher: Watcher) -> None:
    def save() -> None:
        for number in range(500):
            (root / FILE).write_text(f"{number}\n")
            time.sleep(0.002)

    saving = threading.Thread(target=save)
    saving.start()
    seen = []
    while watcher.wait(1):
        seen.append((root / FILE).read_text())
        time.sleep(0.02)  # a build
    saving.join()
    assert seen[-1] == "499\n"
    assert len(seen) < 150


def test_what_editors_leave_behind_and_merely_reading_is_not_told(root: Path, watcher: Watcher) -> None:
    for name in (".salon.md.swp", "salon.md~", "#salon.md#", ".git"):
        (root / "content/events" / name).write_text("x")
    (root / FILE).read_text()
    assert not watcher.wait(0.2)


def test_waking_ends_a_wait_at_once(watcher: Watcher) -> None:
    threading.Timer(0.05, watcher.wake).start()
    began = time.monotonic()
    assert not watcher.wait(5)
    assert time.monotonic() - began < 1


def test_where_the_system_watches_no_more_it_looks_by_itself(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Linux says it: the limit of watches is reached."""
    from watchdog.observers import Observer

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Observer, "schedule", full)
    with Watcher(root, ("content",)) as watcher:
        watcher.wait(2)
        assert "looked at once a second" in watcher.note
        in_place(root / FILE)
        assert FILE in watcher.wait(5)
