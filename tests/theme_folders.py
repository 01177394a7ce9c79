"""Small themes in a folder, for tests that need one thing to be so and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from handbill.errors import Problem, ProblemsFound
from handbill.render.templates import Templates
from handbill.render.words import plural
from handbill.strings import Strings
from handbill.theme import Theme, load_theme

SHIPPED = Path(__file__).resolve().parent.parent / "themes"


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes `files` (path → content) below `root`."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def make(root: Path, files: Mapping[str, str | bytes], name: str = "base") -> Theme:
    """The theme `name` out of `files` below `root`; base gets a theme.yaml where none is written."""
    write(root, {"base/theme.yaml": "name: base\nversion: 1\n", **files})
    return load_theme(name, search=[root])


def child(root: Path, files: Mapping[str, str | bytes], name: str = "mine") -> Theme:
    """A theme that extends the shipped base."""
    write(root, {f"{name}/theme.yaml": f"name: {name}\nversion: 1\n", **{f"{name}/{p}": c for p, c in files.items()}})
    return load_theme(name, search=[root, SHIPPED])


def strings_of(theme: Theme, *languages: str) -> dict[str, Strings]:
    return {lang: theme.strings(lang, "en", plural) for lang in languages or ("en",)}


def templates_of(theme: Theme, *languages: str, before: Templates | None = None) -> Templates:
    return Templates(theme, strings_of(theme, *languages), before=before)


@cache
def base_templates() -> Templates:
    """Those of the shipped base, compiled once for all tests."""
    templates = templates_of(load_theme("base", search=[SHIPPED]))
    templates.compile_all()
    return templates


def told(problems: list[Problem]) -> list[str]:
    """Each problem as `place: what`, warnings and advice marked, in order."""
    out = []
    for problem in problems:
        place = problem.path + "".join(f":{number}" for number in (problem.line, problem.column) if number)
        out.append(f"{place}: {'' if problem.level == 'error' else f'{problem.level}: '}{problem.what}")
    return out


def refused(error: ProblemsFound) -> list[str]:
    return told(error.problems)
