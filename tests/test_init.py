"""A site from nothing: `init`, then `build`, also from the wheel alone."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from conftest import REPOSITORY
from handbill.errors import MachineError, UsageError
from handbill.project import read_config
from handbill.scaffold import start
from helpers import Site, tree


def test_a_new_site_builds_at_once_without_a_warning(tmp_path: Path) -> None:
    start(tmp_path / "salon", name=None)
    site = Site(tmp_path / "salon", tmp_path / "salon/public", tmp_path / "salon/private")
    report = site.build()
    assert report.warnings == []
    assert report.entries > 5


def test_a_new_site_is_the_sample_as_it_is(tmp_path: Path) -> None:
    start(tmp_path / "salon", name=None)
    theirs = {
        path: data for path, data in tree(REPOSITORY / "content").items() if not path.rpartition("/")[2].startswith(".")
    }
    assert tree(tmp_path / "salon/content") == theirs


@pytest.mark.parametrize("name", ["Casa Luz", "Casa: Luz", '"Luz" \\ Casa', "No", "- 7", "# none", "Café «noite»"])
def test_a_new_site_has_the_name_it_is_given(tmp_path: Path, name: str) -> None:
    start(tmp_path, name=name)
    config, problems = read_config(tmp_path, ())
    assert (config.name, problems) == (name, [])


def test_a_new_site_tells_what_to_do_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = start(Path("salon"), name=None)
    assert lines[0] == "Made a site in salon."
    assert [line.strip() for line in lines[2:4]] == ["cd salon", "handbill serve --open"]


def test_a_new_site_may_be_made_in_this_very_folder_beside_other_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("README.md").write_text("Mine.")
    Path(".gitignore").write_text("mine/\n")
    lines = start(Path(), name=None)
    assert not any("cd " in line for line in lines)
    assert Path("README.md").read_text() == "Mine."
    assert Path(".gitignore").read_text() == "mine/\n"
    assert Path("content/site.yaml").is_file()


def test_what_is_built_and_remembered_is_kept_out_of_git(tmp_path: Path) -> None:
    start(tmp_path / "salon", name=None)
    assert (tmp_path / "salon/.gitignore").read_text().splitlines() == ["public/", "private/", ".handbill/"]


def test_nothing_is_written_where_content_is_already(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content/mine.md").write_text("Mine.")
    before = tree(tmp_path)
    with pytest.raises(UsageError, match="already there"):
        start(tmp_path, name=None)
    assert tree(tmp_path) == before


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("A file.")
    with pytest.raises(MachineError, match="Cannot write"):
        start(tmp_path / "file" / "salon", name=None)


# ---- from the wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as PyPI would have it."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(REPOSITORY)]
    subprocess.run([*words, "--disable-pip-version-check"], check=True, capture_output=True, timeout=120)
    [made] = folder.glob("*.whl")
    return made


def test_the_wheel_carries_themes_and_the_sample_and_nothing_of_the_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for part in ("themes", "content"):
        for path in tree(REPOSITORY / part):
            if not path.rpartition("/")[2].startswith("."):
                assert f"handbill/shipped/{part}/{path}" in names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"handbill", "handbill_functions"}
    assert not [name for name in names if "/test" in name or name.endswith((".pyc", ".orig"))]
    assert "handbill/py.typed" in names


def test_a_site_is_made_and_built_from_the_installed_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    [packages] = home.rglob("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # What it depends on is here already; a path file adds it behind the wheel, and runs no path file of its own.
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HANDBILL_", "PYTHON"))}

    def run(*words: str, cwd: Path) -> str:
        said = subprocess.run([str(python), *words], cwd=cwd, env=env, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr
        return said.stdout

    where = run("-c", "import handbill, handbill_functions as f; print(handbill.__file__, f.__file__)", cwd=tmp_path)
    assert all(str(packages) in path for path in where.split())
    run("-m", "handbill", "init", "salon", cwd=tmp_path)
    first = run("-m", "handbill", "build", "--strict", cwd=tmp_path / "salon")
    assert "files written" in first
    assert (tmp_path / "salon/public/index.html").is_file()
    assert (tmp_path / "salon/private/index.json").is_file()
    assert "nothing changed" in run("-m", "handbill", "build", cwd=tmp_path / "salon")
    assert run("-m", "handbill", "new", "event", "lamp-evening", cwd=tmp_path / "salon").endswith("lamp-evening.md\n")
