"""Checks a whole site: builds it aside, then reads every page and every e-mail as it would go out.

The build already refuses what would break; this looks at what would be wrong all the same: dead links, a form that
posts nowhere, a page that breaks the rules of the theme contract, an e-mail that a provider would dislike.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from handbill.build import Options, build
from handbill.check.email import check_email
from handbill.check.html import check_page
from handbill.emails import sample_values
from handbill.errors import Problem
from handbill.project import open_project
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.fill import fill_email


def check_site(options: Options) -> list[Problem]:
    """Everything to mend, sorted by place. Raises ProblemsFound where the site does not even build."""
    findings: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="handbill-check-") as folder:
        aside = replace(
            options, public=Path(folder, "public"), private=Path(folder, "private"), memory="check", strict=False
        )
        report = build(aside)
        findings += report.warnings
        project = open_project(aside, {}, [])
        if not project.config.signup.action:
            findings.append(
                Problem(
                    "content/site.yaml", 0, 0, "No form of this site works: `signup.action` is not written.",
                    "Write where forms post: /api for handbill's functions, or buttondown, listmonk, mailchimp.",
                )
            )  # fmt: skip
        findings += _pages(aside.public, project.config.base_url, project.config.base_path)
        findings += _emails(aside.private)
    return sorted(set(findings))


def _pages(public: Path, base_url: str, base_path: str) -> list[Problem]:
    pages = {path.relative_to(public).as_posix(): path for path in sorted(public.rglob("*.html"))}
    files = {f"/{path.relative_to(public).as_posix()}" for path in public.rglob("*") if path.is_file()}
    anchors: dict[str, frozenset[str]] = {}

    def exists(url: str) -> bool:
        path, _, anchor = url.partition("#")
        path = path.partition("?")[0].removeprefix(base_path) or "/"
        place = f"{path}index.html" if path.endswith("/") else path
        if place not in files:
            return f"{path}/index.html" in files
        if anchor and place.endswith(".html"):
            known = anchors.get(place)
            if known is None:
                text = (public / place.lstrip("/")).read_text(encoding="utf-8")
                known = anchors[place] = frozenset(re.findall(r'\sid="([^"]+)"', text))
            return anchor in known
        return True

    found: list[Problem] = []
    for name, path in pages.items():
        text = path.read_text(encoding="utf-8")
        if 'http-equiv="refresh"' not in text:
            found += check_page(f"public/{name}", text, base_url=base_url, exists=exists)
    return found


def _emails(private: Path) -> list[Problem]:
    catalog = Catalog(FolderReader(private))
    found: list[Problem] = []
    for path in sorted((private / "emails").glob("*.json")):
        email = catalog.email(path.stem)
        program = catalog.program(email["program"])
        for long in (False, True):
            values: Mapping[str, object] = sample_values(email["lang"], long=long)
            filled = fill_email(email, program, values)
            found += check_email(filled, email)
    return found
