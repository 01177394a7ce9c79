"""Checks a whole site: builds it aside, then reads every page and every e-mail as it would go out.

The build already refuses what would break; this looks at what would be wrong all the same: dead links, a form that
posts nowhere, a page that breaks the rules of the theme contract, an e-mail that a provider would dislike.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from handbill.build import build
from handbill.check.email import Meta, check_email
from handbill.check.html import check_page
from handbill.config import NO_FORM_WORKS, SiteConfig
from handbill.emails import send_names
from handbill.errors import Problem, ProblemsFound
from handbill.letters import letters_of, write_letter
from handbill.options import Options, inputs
from handbill.project import Project, open_project
from handbill.samples import Samples
from handbill.senders import target
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.fill import fill_email


def check_site(options: Options) -> list[Problem]:
    """Everything to mend, sorted by place. Raises ProblemsFound where the site does not even build."""
    findings: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="handbill-check-") as folder:
        public, private = Path(folder, "public"), Path(folder, "private")
        aside = replace(options, public=public, private=private, memory="check", strict=False)
        for warning in build(aside).warnings:  # the theme's among them
            findings.append(replace(warning, level="error") if warning.what == NO_FORM_WORKS else warning)
        project = open_project(aside, inputs(aside), [])
        config = project.config
        receiver = target(config.signup.action, config.signup.settings)
        if "<entry>" not in (public / "feed.xml").read_text(encoding="utf-8"):
            findings.append(
                Problem(
                    "content", 0, 0, "The feed is empty: no entry says when it was new.",
                    "Write date: 2026-11-24 in events, drops or pages, or lastmod: when one has changed.", "warning",
                )
            )  # fmt: skip
        findings += _pages(public, config, receiver.origins)
        findings += _emails(private, config, project.theme.samples)
        findings += _letters(project, aside)
    return sorted(set(findings))


def _pages(public: Path, config: SiteConfig, origins: tuple[str, ...]) -> list[Problem]:
    exists = _exists(public, config.base_path, config.signup.action)
    found: list[Problem] = []
    for path in sorted(public.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        if 'http-equiv="refresh"' not in text:
            name = f"public/{path.relative_to(public).as_posix()}"
            found += check_page(name, text, base_url=config.base_url, allowed_actions=origins, exists=exists)
    return found


def _exists(public: Path, base_path: str, action: str) -> Callable[[str], bool]:
    """Tells whether a root-relative URL, with its anchor, leads somewhere."""
    files = {f"/{path.relative_to(public).as_posix()}" for path in public.rglob("*") if path.is_file()}
    anchors: dict[str, frozenset[str]] = {}

    def exists(url: str) -> bool:
        if action.startswith("/") and url.startswith(f"{base_path}{action.rstrip('/')}/"):
            return True  # the functions answer there
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

    return exists


def _letters(project: Project, options: Options) -> Iterator[Problem]:
    """What is wrong with the letters that lie where letters naturally lie."""
    for file in letters_of(project.root, project.config.languages):
        try:
            yield from write_letter(options, file).warnings
        except ProblemsFound as found:
            yield from found.problems


def _emails(private: Path, config: SiteConfig, samples: Samples) -> list[Problem]:
    catalog = Catalog(FolderReader(private))
    host = urlsplit(config.base_url).hostname or ""
    found: list[Problem] = []
    for path in sorted((private / "emails").glob("*.json")):
        email = catalog.email(path.stem)
        program = catalog.program(email["program"])
        names = send_names(program, email["fragments"])
        for long in (False, True):
            values = samples.email(email["lang"], long=long, names=names, base_url=config.base_url)
            filled = fill_email(email, program, values)
            meta = Meta(
                path=f"the e-mails of {email['entry']}",
                name=email["name"],
                lang=email["lang"],
                hosts=frozenset({host}),
                sender_name=config.sender.name or config.name,
                sender_email=config.sender.email,
                sender_address=config.sender.address,
                unsubscribe_url=str(values["unsubscribe_url"]),
                values=email["values"],
            )
            found += check_email(filled, meta)
    return found
