"""Builds the sample with every Python that handbill is for and that is found here, and compares each file.

Each gets a virtual environment with nothing but what `pip install .` brings, so an installation is tried as well; the
reference is the Python that runs this. Looked for on PATH and among pyenv's versions. `make pythons` runs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SUPPORTED = ((3, 11), (3, 12), (3, 13))
ROOT = Path(__file__).resolve().parents[2]
AT = "2026-11-24T12:00:00+00:00"


def found() -> dict[tuple[int, int], Path]:
    """The interpreters of this machine, by minor version; the one that runs this is not among them."""
    places = [Path(place) for place in os.environ.get("PATH", "").split(os.pathsep) if place]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    out: dict[tuple[int, int], Path] = {}
    for version in SUPPORTED:
        if version == sys.version_info[:2]:
            continue
        name = "python{}.{}".format(*version)
        for path in (*(place / name for place in places), *sorted(pyenv.glob(f"*/bin/{name}"))):
            if (
                path.is_file()
                and subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0
            ):
                out[version] = path
                break
    return out


def alone(*command: str | Path, cwd: Path = ROOT) -> None:
    """Runs it with the packages of its own environment and no others. Raises where it fails."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, check=True, cwd=cwd, env=environ, stdout=subprocess.DEVNULL)


def built(python: Path, folder: Path) -> dict[str, bytes]:
    """Every file of the sample as that Python builds it from nothing, by path."""
    alone(python, "-m", "handbill", "init", folder, cwd=folder.parent)
    alone(python, "-m", "handbill", "build", "--at", AT, cwd=folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for top in ("public", "private")
        for path in sorted((folder / top).rglob("*"))
        if path.is_file()
    }


def main() -> int:
    """0 where all build the same; names the files that differ otherwise."""
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        reference = built(Path(sys.executable), here / "reference")
        others = found()
        if not others:
            print("No other Python is here.")
        for version, python in others.items():
            name = "{}.{}".format(*version)
            alone(python, "-m", "venv", here / name)
            own = here / name / ("Scripts" if os.name == "nt" else "bin") / "python"
            alone(own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ROOT)
            files = built(own, here / f"site-{name}")
            differ = sorted(path for path in reference.keys() | files.keys() if reference.get(path) != files.get(path))
            print(f"Python {name}: {len(files)} files, {len(differ)} differ", *differ[:10], sep="\n  ", flush=True)
            wrong += bool(differ)
            shutil.rmtree(here / name)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
