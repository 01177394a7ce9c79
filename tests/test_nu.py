"""Every page of the sample site, and every answer of the functions, is valid HTML: the Nu HTML checker finds nothing.

One run of the checker over all files. Warnings count as errors do.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from conftest import Site

FAULTY = '<!doctype html><html lang="en"><title>Faulty</title><p><div>A block in a paragraph</p><img src="lamp.jpg">\n'


@pytest.fixture(scope="module")
def said(
    sample_site: Site,
    answer_pages: dict[str, str],
    java: str,
    node_modules: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, list[str]]:
    """File → what the checker says of it, for each file that it says something of. `faulty.html` is among them."""
    answers = tmp_path_factory.mktemp("answers")
    for name, html in {**answer_pages, "faulty.html": FAULTY}.items():
        (answers / name).write_text(html, "utf-8")
    files = [*sample_site.pages().values(), *answers.iterdir()]
    jar = node_modules / "vnu-jar/build/dist/vnu.jar"
    run = subprocess.run(
        [java, "-jar", str(jar), "--format", "json", *map(str, files)], capture_output=True, text=True, timeout=300
    )
    found: dict[str, list[str]] = {}
    for message in json.loads(run.stderr)["messages"]:
        level = message.get("subType", message["type"])
        line = f"{message.get('lastLine', 0)}: {level}: {message['message']} {message.get('extract', '')!r}"
        found.setdefault(message["url"].removeprefix("file:"), []).append(line)
    return found


def test_no_page_of_the_site_has_an_error_or_a_warning(said: dict[str, list[str]], sample_site: Site) -> None:
    ours = {file: lines for file, lines in said.items() if Path(file).is_relative_to(sample_site.public)}
    assert not ours, _list(ours)


def test_no_answer_of_the_functions_has_an_error_or_a_warning(
    said: dict[str, list[str]], answer_pages: dict[str, str]
) -> None:
    ours = {file: lines for file, lines in said.items() if Path(file).name in answer_pages}
    assert not ours, _list(ours)


def test_the_checker_was_at_work(said: dict[str, list[str]]) -> None:
    faulty = next(lines for file, lines in said.items() if file.endswith("/faulty.html"))
    assert any("img" in line for line in faulty)
    assert any("“p”" in line for line in faulty)


def _list(found: dict[str, list[str]]) -> str:
    return "\n".join(f"{file}:{line}" for file, lines in found.items() for line in lines)
