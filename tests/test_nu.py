"""Every page that there is, in every theme, is valid HTML: the Nu HTML checker finds nothing.

Those of the sample site, those of the preview's season (every kind in every state, every answer), and every answer of
the functions in every language. One run of the checker over all files. Warnings count as errors do.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import seasons
from conftest import THEMES, Site

FAULTY = '<!doctype html><html lang="en"><title>Faulty</title><p><div>A block in a paragraph</p><img src="lamp.jpg">\n'


@pytest.fixture(scope="module")
def folders(
    themed_site: Callable[[str], Site], answer_pages: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """What is looked at, by a name for people."""
    work = tmp_path_factory.mktemp("nu")
    found = {"answers": work / "answers", "faulty": work / "faulty"}
    for folder, files in (("answers", answer_pages), ("faulty", {"faulty.html": FAULTY})):
        found[folder].mkdir()
        for name, html in files.items():
            (found[folder] / name).write_text(html, "utf-8")
    for theme in THEMES:
        found[f"site in {theme}"] = themed_site(theme).public
        found[f"season in {theme}"] = work / theme
        seasons.write(theme, work / theme)
    return found


@pytest.fixture(scope="module")
def said(folders: dict[str, Path], java: str, node_modules: Path) -> dict[str, list[str]]:
    """Name of a folder → what the checker says of the files in it.

    Not of the season from right to left: no theme has all its words in that language, and the checker minds English.
    """
    jar = node_modules / "vnu-jar/build/dist/vnu.jar"
    files = [file for folder in folders.values() for file in sorted(folder.rglob("*.html")) if "rtl" not in file.parts]
    run = subprocess.run(
        [java, "-jar", str(jar), "--format", "json", *map(str, files)], capture_output=True, text=True, timeout=600
    )
    found: dict[str, list[str]] = {name: [] for name in folders}
    for message in json.loads(run.stderr)["messages"]:
        file = Path(message["url"].removeprefix("file:"))
        name = next(name for name, folder in folders.items() if file.is_relative_to(folder))
        level, line = message.get("subType", message["type"]), message.get("lastLine", 0)
        text = f"{message['message']} {message.get('extract', '')!r}"
        found[name].append(f"{file.relative_to(folders[name])}:{line}: {level}: {text}")
    return found


@pytest.mark.parametrize(
    "name", ["answers", *(f"{what} in {theme}" for what in ("site", "season") for theme in THEMES)]
)
def test_no_page_has_an_error_or_a_warning(name: str, said: dict[str, list[str]], folders: dict[str, Path]) -> None:
    assert len([*folders[name].rglob("*.html")]) > 20
    assert not said[name], "\n".join(said[name])


def test_the_checker_was_at_work(said: dict[str, list[str]]) -> None:
    assert any("img" in line for line in said["faulty"])
    assert any("“p”" in line for line in said["faulty"])
