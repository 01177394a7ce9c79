"""What only the SQLite store does: the file, its log, other processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from handbill_functions.errors import Conflict, Unavailable
from handbill_functions.ports import ABSENT, Check, Count, put
from handbill_functions.stores.sqlite import SqliteStore

NOW = 1_800_000_000


def test_every_commit_is_on_the_disk_before_it_is_told(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    pragma = store._connection().execute
    assert pragma("PRAGMA synchronous").fetchone() == (2,)
    assert pragma("PRAGMA journal_mode").fetchone() == ("wal",)
    assert pragma("PRAGMA secure_delete").fetchone() == (1,)


def test_a_process_that_is_killed_after_the_answer_loses_nothing(tmp_path: Path) -> None:
    words = (
        "import os, sys; from handbill_functions.stores.sqlite import SqliteStore; "
        "from handbill_functions.ports import put; store = SqliteStore(sys.argv[1]); "
        f"store.transact([put(None, 'x', '1', {{'n': 1}})], {NOW}); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", words, str(tmp_path / "a.db")], check=False)
    assert done.returncode == -9
    found = SqliteStore(tmp_path / "a.db").get("x", "1", NOW)
    assert found is not None
    assert found.data == {"n": 1}


def test_a_database_its_log_and_its_copy_are_for_their_owner_alone(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    store.transact([put(None, "x", "1", {})], NOW)
    store.backup(tmp_path / "copy.db")
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ["a.db", "a.db-shm", "a.db-wal", "copy.db"]
    assert [path.name for path in files if path.stat().st_mode & 0o077] == []


def test_what_was_deleted_is_nowhere_in_the_files(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    for number in range(50):
        store.transact([put(None, "x", str(number), {"email": f"ada{number}@example.org"})], NOW)
    for item in store.query("x", "", NOW):
        store.transact([put(item, "x", item.sk, {})], NOW)
    store.forget()
    assert [path.name for path in tmp_path.iterdir() if b"@example.org" in path.read_bytes()] == []


def test_a_database_that_another_holds_is_unavailable_and_then_works(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db", patience=0.05)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        store.transact([put(None, "x", "1", {})], NOW)
    other.execute("ROLLBACK")
    store.transact([put(None, "x", "1", {})], NOW)
    assert store.get("x", "1", NOW) is not None


def test_what_is_asked_for_by_its_key_is_looked_up_and_never_searched_for(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    connection, said = store._connection(), []
    connection.set_trace_callback(said.append)
    store.get_each([("x", "1"), ("y", "2")], NOW)
    store.get("x", "1", NOW)
    store.query("x", "1", NOW)
    store.transact([Count("n", "1", 1, 9), put(None, "x", "1", {}), Check("y", "2", ABSENT)], NOW)
    connection.set_trace_callback(None)
    kinds = ("SELECT", "UPDATE", "DELETE")
    plans = {words: connection.execute(f"EXPLAIN QUERY PLAN {words}") for words in said if words.startswith(kinds)}
    assert len(plans) == 6
    for words, plan in plans.items():
        steps = [step for *_, step in plan if "item" in step]
        assert [step for step in steps if not step.startswith("SEARCH item USING PRIMARY KEY")] == [], words


def test_a_file_of_a_newer_handbill_is_refused(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "a.db").close()
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(Unavailable, match="Upgrade"):
        SqliteStore(tmp_path / "a.db")


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"By hand." * 200)
    with pytest.raises(Unavailable, match="cannot be opened"):
        SqliteStore(tmp_path / "a.db")


def test_a_conflict_of_one_writer_is_nothing_to_those_that_share_its_commit(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    store.transact([put(None, "x", "there", {})], NOW)
    outcome: dict[int, str] = {}

    def write(number: int) -> None:
        try:
            changes = [put(None, "x", str(number), {"n": number})]
            store.transact([*changes, Check("x", "there", ABSENT)] if number % 3 == 0 else changes, NOW)
            outcome[number] = "done"
        except Conflict:
            outcome[number] = "conflict"

    threads = [threading.Thread(target=write, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcome == {number: "done" if number % 3 else "conflict" for number in range(24)}
    assert len(store.query("x", "", NOW)) == 1 + 16


def test_a_backup_is_whole_and_another_store_reads_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    for number in range(10):
        store.transact([put(None, "x", str(number), {"n": number})], NOW)
    store.backup(tmp_path / "copy.db")
    store.transact([put(None, "x", "later", {})], NOW)
    copy = SqliteStore(tmp_path / "copy.db")
    assert [item.data for item in copy.query("x", "", NOW)] == [{"n": number} for number in range(10)]
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy.db", "copy.db-shm", "copy.db-wal"]
