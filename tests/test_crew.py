"""Work shared among processes comes back as if one had done it."""

from __future__ import annotations

import marshal
import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from handbill import crew
from handbill.crew import Crew, problem_tuple, sensible_size
from handbill.errors import MachineError, Problem, ProblemsFound


class Hand:
    """A worker that tells who it is, and fails as it is told."""

    def __init__(self) -> None:
        self.member = -1

    def begin(self, member: int) -> None:
        self.member = member

    def tell(self, share: Any) -> tuple[int, Any]:
        return (self.member, share)

    def process(self, _: None) -> int:
        return os.getpid()

    def refuse(self, share: bool) -> str:
        if share:
            raise ProblemsFound([Problem(f"{self.member}.md", 1, 2, "Wrong.", "Mend it.", excerpt="line", width=3)])
        return "fine"

    def break_down(self, kind: str) -> str:
        if kind == "full":
            raise OSError(28, "No space left on device")
        if kind == "machine":
            raise MachineError("The disk is gone.")
        if kind == "bug":
            raise KeyError("a bug of ours")
        if kind == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        return "fine"

    def refuse_piece(self, names: list[str]) -> None:
        raise ProblemsFound([Problem(f"{name}.md", 1, 2, "Wrong.", "Mend it.") for name in names])

    def leave_a_mark(self, folder: str) -> None:
        time.sleep(0.2)
        (Path(folder) / str(self.member)).touch()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def children() -> set[str]:
    """Processes that this one has started; other tests of the same session may keep servers."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


@contextmanager
def hands(size: int) -> Iterator[Crew]:
    before = children()
    with Crew(Hand(), size) as made:
        yield made
    assert children() <= before, "A member is still there."


@pytest.mark.parametrize("size", [1, 2, 3])
def test_answers_come_in_the_order_of_members(size: int) -> None:
    with hands(size) as crew_:
        shares = [[number, "é", None, 1.5, (True,)] for number in range(size)]
        assert crew_.ask("tell", shares) == list(enumerate(shares))


def test_each_member_is_a_process_and_the_first_is_this_one() -> None:
    with hands(3) as crew_:
        processes = crew_.ask("process", [None] * 3)
        assert processes[0] == os.getpid()
        assert len(set(processes)) == 3
        assert crew_.ask("process", [None] * 3) == processes


def test_a_crew_of_one_starts_no_process() -> None:
    with hands(1) as crew_:
        assert crew_.ask("process", [None]) == [os.getpid()]


def test_problems_of_all_members_come_together_whole() -> None:
    with hands(3) as crew_:
        with pytest.raises(ProblemsFound) as found:
            crew_.ask("refuse", [True, False, True])
        assert [problem.path for problem in found.value.problems] == ["0.md", "2.md"]
        assert found.value.problems[1] == Problem("2.md", 1, 2, "Wrong.", "Mend it.", excerpt="line", width=3)
        assert crew_.ask("refuse", [False] * 3) == ["fine"] * 3


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 7, 10_000])
def test_what_is_dealt_comes_back_whole_and_in_order(size: int, count: int) -> None:
    did: list[str] = []
    with hands(size) as crew_:
        for _ in range(2):
            answers = crew_.deal("tell", list(range(count)), 3, meanwhile=lambda: did.append("more"))
            assert [item for _, (_, piece) in answers for item in piece] == list(range(count))
            assert all(member == told for member, (told, _) in answers)
    assert did == ["more", "more"]


def test_one_who_is_busy_leaves_the_pieces_to_the_others() -> None:
    with hands(2) as crew_:

        def wait() -> None:
            while select.select([crew_._tickets[0]], [], [], 0)[0]:
                time.sleep(0.01)

        answers = crew_.deal("tell", list(range(8)), 2, meanwhile=wait)
        assert answers == [(1, (1, piece)) for piece in ([0, 1], [2, 3], [4, 5], [6, 7])]


def test_each_member_does_its_own_before_it_takes_of_what_is_for_all() -> None:
    with hands(2) as crew_:
        answers = crew_.deal("tell", ["c", "d"], 1, own=[["a"], ["b"]])
        assert answers[:2] == [(0, (0, ["a"])), (1, (1, ["b"]))]
        assert [piece for _, (_, piece) in answers[2:]] == [["c"], ["d"]]


@pytest.mark.parametrize("size", [1, 2])
def test_problems_of_every_piece_come_together(size: int) -> None:
    with hands(size) as crew_:
        with pytest.raises(ProblemsFound) as found:
            crew_.deal("refuse_piece", ["a", "b", "c", "d"], 1)
        assert [problem.path for problem in found.value.problems] == ["a.md", "b.md", "c.md", "d.md"]
        assert crew_.deal("tell", [1], 1)[0][1][1] == [1]


def test_what_the_others_were_told_is_done_even_when_one_leaves_in_trouble(tmp_path: Path) -> None:
    with suppress(KeyError), hands(3) as crew_:
        crew_.tell("leave_a_mark", str(tmp_path))
        raise KeyError
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2"]


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("full", MachineError, "No space left on device"),
        ("machine", MachineError, "The disk is gone."),
        ("bug", RuntimeError, "a bug of ours"),
        ("die", MachineError, "A worker process died."),
    ],
)
def test_what_breaks_in_another_process_is_told_here(kind: str, error: type[Exception], words: str) -> None:
    with hands(2) as crew_, pytest.raises(error, match=words):
        crew_.ask("break_down", ["fine", kind])


def test_a_member_that_died_is_told_when_it_is_asked_again() -> None:
    with hands(2) as crew_:
        for _ in range(2):
            with pytest.raises(MachineError, match=r"A worker process died\."):
                crew_.ask("break_down", ["fine", "die"])


def test_leaving_in_trouble_does_not_wait_for_the_others() -> None:
    began = time.monotonic()
    crew_ = Crew(Hand(), 2)
    with suppress(KeyError), crew_:
        crew_._others[0][1].send_bytes(marshal.dumps(("sleep", (30.0,), (), 1)))
        raise KeyError
    assert time.monotonic() - began < 5


def test_members_ignore_ctrl_c_which_is_for_the_first_to_answer() -> None:
    with hands(2) as crew_:
        child = crew_.ask("process", [None] * 2)[1]
        os.kill(child, signal.SIGINT)
        assert crew_.ask("process", [None] * 2)[1] == child


def test_ctrl_c_is_heard_again_once_all_are_there() -> None:
    heard = []
    with hands(2):
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        except KeyboardInterrupt:
            heard.append(1)
    assert heard == [1]


def test_a_problem_made_into_primitives_is_the_same_problem_again() -> None:
    problem = Problem("a.md", 1, 2, "What.", "Fix.", "warning", "excerpt", 4)
    assert Problem(*problem_tuple(problem)) == problem


# ---- how many


def test_small_work_is_done_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert sensible_size(crew.PAYS_FROM - 1, 8) == 1
    assert sensible_size(crew.PAYS_FROM, 3) == 3


def test_without_a_wish_it_is_as_many_as_there_are_cores_and_at_most_eight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for cores, size in ((1, 1), (2, 2), (64, 8)):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, cores=cores: set(range(cores)))
        assert sensible_size(10_000) == size


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_where_forking_is_not_safe_it_is_one(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert sensible_size(10_000, 4) == 1
