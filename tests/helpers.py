"""A small site on disk, for tests that build: written in a line, edited in a line, compared whole."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from PIL import Image

from handbill.build import build
from handbill.errors import ProblemsFound
from handbill.options import Options, Report

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()

SITE = """\
name: Casa Lume
base_url: https://casalume.example
timezone: Europe/Lisbon
currency: EUR
languages: [en, pt]
sender: { email: hello@casalume.example, address: "Rua da Luz 7, Lisboa" }
consent: { controller: "Casa Lume, Lda", marketing: { en: Yes., pt: Sim. } }
signup: /api
"""

EVENT = """\
---
title: Salon
summary: Lamps by hand.
starts: 2026-12-04 19:00
duration: 90m
venue: Town Hall
---
Come as you are.
"""

Tree = dict[str, bytes]


def moment(text: str) -> float:
    """UTC seconds of `2026-12-04T19:00:00+00:00`, or of `2026-12-04 19:00` in UTC."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def picture(colour: str = "navy", size: tuple[int, int] = (48, 32), kind: str = "JPEG") -> bytes:
    """A picture of one colour, the same bytes each time."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def tree(root: Path) -> Tree:
    """Every file below `root` with its bytes, by path."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def difference(one: Tree, other: Tree) -> list[str]:
    """What distinguishes two trees, one line a file: `- only left`, `+ only right`, `! first line that differs`."""
    lines = [f"- {path}" for path in sorted(one.keys() - other.keys())]
    lines += [f"+ {path}" for path in sorted(other.keys() - one.keys())]
    for path in sorted(one.keys() & other.keys()):
        if one[path] != other[path]:
            left, right = (data.decode("utf-8", "replace").splitlines() for data in (one[path], other[path]))
            pair = next(((a, b) for a, b in zip(left, right, strict=False) if a != b), (len(left), len(right)))
            lines.append(f"! {path}: {pair[0]!r:.300} | {pair[1]!r:.300}")
    return lines


@dataclass(slots=True)
class Site:
    """A project in a folder, and where its outputs go."""

    root: Path
    public: Path
    private: Path

    def write(self, files: Mapping[str, str | bytes]) -> Site:
        """Writes files by their path below the project."""
        for path, content in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces a stretch of a file, which must be there."""
        text = (self.root / path).read_text("utf-8")
        assert old in text, f"{path} does not say {old!r}"
        (self.root / path).write_text(text.replace(old, new), "utf-8")

    def remove(self, path: str) -> None:
        target = self.root / path
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink()

    def options(self, *, at: float = NOW, **more: Any) -> Options:
        return Options(root=self.root, public=self.public, private=self.private, at=at, **more)

    def build(self, *, at: float = NOW, **more: Any) -> Report:
        return build(self.options(at=at, **more))

    def problems(self, *, at: float = NOW, **more: Any) -> list[str]:
        """What a build refuses, each as `path:line:column: what`."""
        try:
            self.build(at=at, **more)
        except ProblemsFound as found:
            return [str(problem).split("\n")[0] for problem in found.problems if problem.level == "error"]
        return []

    def page(self, path: str) -> str:
        """A page by its address: `/events/salon/`; or any file of public/ as text."""
        inside = path.lstrip("/")
        return (self.public / (inside + "index.html" if path.endswith("/") else inside)).read_text("utf-8")

    def outputs(self) -> tuple[Tree, Tree]:
        """(public/, private/) with their bytes."""
        return tree(self.public), tree(self.private)

    def settle(self) -> None:
        """Waits until a build may trust the time stamps of what was just written."""
        time.sleep(0.03)


def make_site(root: Path, files: Mapping[str, str | bytes] | None = None, *, site: str = SITE) -> Site:
    """A new project below `root` with `site` as its site.yaml, and one event unless files are given."""
    made = Site(root, root / "public", root / "private")
    return made.write({"content/site.yaml": site, **({"content/events/salon.md": EVENT} if files is None else files)})


def handbill(*words: str | Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs the command as a person would, in a process of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HANDBILL_")}
    return subprocess.run(
        [sys.executable, "-m", "handbill", *map(str, words)],
        cwd=cwd, env={**env, "NO_COLOR": "1", **environ}, capture_output=True, text=True, check=False,
    )  # fmt: skip


class Told(NamedTuple):
    """What came back for one request."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    body: str


class Serving:
    """`handbill serve` of a site, in a process of its own, as a person starts it. Use as a context manager."""

    def __init__(self, root: Path, *words: str, port: int = 0, **environ: str) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("HANDBILL_")}
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "handbill", "serve", "--port", str(port), *words],
            cwd=root, env={**env, "NO_COLOR": "1", **environ}, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
        )  # fmt: skip
        self.lines: list[str] = []
        """What it has said so far."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        shown = self.said(r"(http://127\.0\.0\.1:(\d+)\S*) shows it")
        self.url, self.port = shown[1], int(shown[2])

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Presses Ctrl-C, or tells it to end otherwise; gives its exit code."""
        self.process.send_signal(how)
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self._reader.join(2)

    def said(self, pattern: str, *, since: int = 0, within: float = 60) -> re.Match[str]:
        """The first line it has said (after so many) or will say that matches."""
        end = time.monotonic() + within
        while True:
            ended = self.process.poll() is not None
            found = next((found for line in self.lines[since:] if (found := re.search(pattern, line))), None)
            if found is not None:
                return found
            if ended or time.monotonic() > end:
                raise AssertionError(f"It never said {pattern!r}:\n" + "\n".join(self.lines))
            time.sleep(0.01)

    def get(self, path: str, **headers: str) -> Told:
        return ask(self.port, "GET", path, headers)

    def until(self, path: str, words: str, *, within: float = 30) -> float:
        """Asks for a page until it says `words`; gives the seconds that took."""
        began = time.monotonic()
        while words not in self.get(path).body:
            assert time.monotonic() < began + within, f"{path} never said {words!r}:\n" + "\n".join(self.lines[-20:])
            time.sleep(0.005)
        return time.monotonic() - began

    def state(self, holds: Callable[[dict[str, Any]], bool] = lambda _: True, *, within: float = 30) -> dict[str, Any]:
        """What is told to an open page, as soon as it is as asked for."""
        end, known = time.monotonic() + within, ""
        with socket.create_connection(("127.0.0.1", self.port), timeout=within) as connection:
            connection.sendall(f"GET /_handbill/events HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode())
            with connection.makefile(encoding="utf-8") as stream:
                for line in stream:
                    if line.startswith("data: "):
                        state: dict[str, Any] = json.loads(line.removeprefix("data: "))
                        if holds(state):
                            return state
                        known = line
                    assert time.monotonic() < end, known
        raise AssertionError(f"The stream ended with {known}")


def ask(port: int, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = "") -> Told:
    """One request, sent byte for byte as it is written here: no client mends its path."""
    given = {"Host": f"127.0.0.1:{port}", "Connection": "close", **(headers or {})}
    if body or method == "POST":
        given["Content-Length"] = str(len(body.encode()))
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n{body}".encode())
        data = b""
        while part := connection.recv(65_536):
            data += part
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *others = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in others)
    return Told(
        int(first.split()[1]), {name.lower(): value for name, _, value in pairs}, rest.decode("utf-8", "replace")
    )
