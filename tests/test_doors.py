"""Each third-party library has one door: the module in which it may be imported."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GENERATOR, FUNCTIONS = ROOT / "generator", ROOT / "functions"

DOORS: dict[str, tuple[str, ...]] = {
    "boto3": ("handbill_functions.aws",),
    "botocore": ("handbill_functions.aws",),
    "babel": ("handbill.render.words",),
    "dns": ("handbill_functions.online",),
    "click": ("handbill.cli", "handbill.operating"),
    "email_validator": ("handbill.config",),
    "jinja2": ("handbill.render.templates",),
    "markdown_it": ("handbill.render.commonmark",),
    "mdit_py_plugins": ("handbill.render.commonmark",),
    "mjml": ("handbill.render.mjml",),
    "nh3": ("handbill.render.authorhtml",),
    "PIL": ("handbill.render.images", "handbill.render.social", "handbill.outputs"),
    "pydantic": ("handbill.schema", "handbill.kinds", "handbill.config", "handbill.content", "handbill.reference"),
    "pydantic_core": ("handbill.schema",),
    "waitress": ("handbill_functions.entry.local",),
    "yaml": ("handbill.yaml",),
    "markupsafe": ("handbill",),
    "watchdog": ("handbill.watch",),
}


def modules(root: Path) -> list[tuple[str, Path]]:
    return [
        (".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"), path)
        for path in sorted(root.rglob("*.py"))
        if "shipped" not in path.parts
    ]


def imported(path: Path, *, at_top: bool = False) -> set[str]:
    """Names of the packages that a module imports; with `at_top`, when it is itself imported."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if at_top else ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize(
    ("name", "path"), modules(GENERATOR), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_library_is_imported_at_its_door_only(name: str, path: Path) -> None:
    for library in imported(path) - sys.stdlib_module_names - {"handbill", "handbill_functions"}:
        assert library in DOORS, f"{name} imports {library}, which has no door yet"
        assert any(name == door or name.startswith(f"{door}.") for door in DOORS[library]), (
            f"{name} imports {library}, whose door is {DOORS[library]}"
        )


@pytest.mark.parametrize(
    ("name", "path"), modules(FUNCTIONS), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_functions_import_the_standard_library_first_and_a_library_at_its_door_when_it_is_used(
    name: str, path: Path
) -> None:
    assert imported(path, at_top=True) <= sys.stdlib_module_names | {"handbill_functions"}
    for library in imported(path) - sys.stdlib_module_names - {"handbill_functions"}:
        assert name in DOORS[library], f"{name} imports {library}, whose door is {DOORS[library]}"


def test_importing_the_command_costs_no_heavy_library() -> None:
    code = "import sys, handbill.cli, handbill.build; print(*sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"jinja2", "markdown_it", "pydantic", "PIL", "babel", "mjml", "yaml", "nh3", "watchdog"}
    assert not heavy & set(out)


def test_every_dependency_is_used_and_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text.partition("dependencies = [")[2].partition("\n]")[0]
    for line in block.strip().splitlines():
        assert " # " in line, f"{line} has no reason beside it"
