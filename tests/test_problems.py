"""What a creator may get wrong, and the exact words they then read.

The cases stand in tests/problems/*.txt, one file an area, and anyone can add one:

    A title
    .
    >>> content/events/salon.md
    ---
    title: Salon
    ---
    .
    content/events/salon.md:1: `starts` is missing in an event.
      Add a line: starts: 2026-12-04 19:00
    .

Several files may follow each other. Behind a path may stand `(escaped)`, where `\\t` or `\\xff` stand for bytes, or
`(5 MB)`, to which the file is filled up. `>>> HANDBILL_BASE_URL` is a variable of the environment. A site.yaml that is
not given is SITE; a translation belongs to the entry given before it. No expected words: nothing is wrong.

Files below `themes/` are a site's own themes: the first of them is loaded, over the shipped base, and checked.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from handbill.check.theme import check_theme
from handbill.config import SiteConfig, load_config
from handbill.content.entry import Defaults, read_defaults, read_entry
from handbill.content.translation import read_translation
from handbill.errors import Problem, ProblemsFound
from handbill.kinds import KINDS, Entry
from handbill.model import Source
from handbill.theme import load_theme
from theme_folders import SHIPPED, base_templates, templates_of, write

SITE = b"""
name: Casa Lume
base_url: https://casalume.example
timezone: Europe/Lisbon
currency: EUR
languages: [en, pt]
sender: { email: hello@casalume.example, address: "Rua da Luz 7, Lisboa" }
consent: { controller: "Casa Lume, Lda", marketing: { en: Yes., pt: Sim. } }
signup: /api
"""


class Case(NamedTuple):
    title: str
    files: dict[str, bytes]
    expected: str


def cases_in(path: Path) -> Iterator[Case]:
    parts = re.split(r"^\.\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(parts) % 3 == 1, f"{path.name}: each case is a title, an input and the words, each ended by a line `.`"
    for title, given, expected in zip(parts[0:-1:3], parts[1::3], parts[2::3], strict=True):
        yield Case(title.strip(), dict(files_in(given)), expected.rstrip("\n"))


def files_in(text: str) -> Iterator[tuple[str, bytes]]:
    for block in re.split(r"^>>> ", text, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        path, _, how = head.partition(" (")
        data = body.encode()
        if how == "escaped)":
            data = body.encode().decode("unicode_escape").encode("latin-1")
        elif how == "5 MB)":
            data = data.ljust(5_000_000, b"\n")
        yield path, data


def problems_of(files: dict[str, bytes]) -> list[Problem]:
    """Everything that reading these files says, in order of place."""
    environ = {name: data.decode().strip() for name, data in files.items() if name.startswith("HANDBILL_")}
    if any(path.startswith("themes/") for path in files):
        return problems_of_theme(files)
    config, problems = load_config(source("content/site.yaml", files.get("content/site.yaml", SITE)), environ)
    if config is None:
        return problems
    defaults: list[Defaults] = []
    base: Entry | None = None
    for path, data in files.items():
        if path.endswith("_defaults.yaml"):
            defaults.insert(0, read_defaults(source(path, data)))
            problems += defaults[0].problems
        elif path.endswith(".md"):
            found, base = read_one(source(path, data), config, defaults, base)
            problems += found
    return ProblemsFound(problems).problems


def problems_of_theme(files: dict[str, bytes]) -> list[Problem]:
    """Everything that loading and checking the first theme says, advice left out."""
    name = next(iter(files)).split("/")[1]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), files)
        try:
            theme = load_theme(name, search=[Path(folder, "themes"), SHIPPED])
        except ProblemsFound as found:
            return found.problems
    found_problems = check_theme(theme, templates_of(theme, before=base_templates()))
    return [problem for problem in found_problems if problem.level != "advice"]


def read_one(
    file: Source, config: SiteConfig, defaults: list[Defaults], base: Entry | None
) -> tuple[list[Problem], Entry | None]:
    name = file.path.rpartition("/")[2].removesuffix(".md")
    slug, _, lang = name.partition(".")
    if lang in config.languages[1:] and base is not None:
        return read_translation(file, lang, base, config).problems, base
    kind = next(kind for kind in KINDS if kind.section == file.path.split("/")[1])
    parsed = read_entry(file, kind, config=config, defaults=defaults, slug=slug)
    return parsed.problems, parsed.entry


def source(path: str, data: bytes) -> Source:
    return Source(path, data, "")


ALL = [
    (path.stem, case) for path in sorted((Path(__file__).parent / "problems").glob("*.txt")) for case in cases_in(path)
]


@pytest.mark.parametrize(("area", "case"), ALL, ids=[f"{area}: {case.title}" for area, case in ALL])
def test_a_mistake_is_answered_in_these_words(area: str, case: Case) -> None:
    assert "\n".join(str(problem) for problem in problems_of(case.files)) == case.expected


def test_no_case_is_there_twice() -> None:
    titles = [case.title for _, case in ALL]
    assert sorted(set(titles)) == sorted(titles)


def test_every_error_says_how_to_mend_it() -> None:
    for _, case in ALL:
        for problem in problems_of(case.files):
            assert problem.fix, case.title
            assert problem.what.endswith((".", "?")), case.title
