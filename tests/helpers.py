"""A small site on disk, for tests that build: written in a line, edited in a line, compared whole."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
