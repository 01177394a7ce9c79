"""What single steps cost, in CPU time of one process: where a build's milliseconds go.

They are taken on a site with e-mails, which a build has just made.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import measure
from contenders import AT, Handbill, Kit
from corpus import entries
from report import Figure

if TYPE_CHECKING:
    from handbill.options import Options

COUNT = 1_000
SAMPLE = 200
"""Entries of which a step is taken."""


def figures(kit: Kit, root: Path, say: Callable[[str], None], count: int) -> list[Figure]:
    """Every figure, in the order in which a build takes the steps."""
    say("single steps: building")
    tool = Handbill(root)
    tool.write(count, kit, with_mails=True)
    measure.run(tool.command, root, tool.environment())
    options = _options(root)
    say("single steps")
    return [
        *_nothing_changed(options, count),
        *_reading(options, count),
        *_mails(options),
        *_filling(root / "private", count),
    ]


def _options(root: Path) -> Options:
    from datetime import datetime

    from handbill.options import Options

    at = datetime.fromisoformat(AT).timestamp()
    return Options(root=root, public=root / "public", private=root / "private", at=at)


# ---- a build with nothing to do


def _nothing_changed(options: Options, count: int) -> list[Figure]:
    from handbill.cache import load_manifest, standing
    from handbill.options import engine, inputs

    start = _process("pass")
    imports = _process("import handbill.cli, handbill.build") - start
    manifest = load_manifest(options.cache / "manifest")
    assert manifest is not None
    steps: list[tuple[str, Callable[[], Any], str]] = [
        ("name of the engine", engine, "stats of our own files"),
        ("list of inputs", lambda: inputs(options), "every file below content/ and themes/, with its stat"),
        ("manifest", lambda: load_manifest(options.cache / "manifest"), "read and unpacked"),
        ("look at outputs", lambda: standing(options.public, manifest.outputs), "stat of every public file"),
    ]
    note = f"nothing changed, {count:,} entries"
    return [
        _figure("Python starts", start, note),
        _figure("imports", imports, f"{note}: click and what reads the manifest"),
        *(_figure(name, _best(step), f"{note}: {what}") for name, step, what in steps),
    ]


def _process(code: str) -> float:
    """CPU seconds of a fresh Python that runs `code`."""
    runs = [measure.run([sys.executable, "-c", code], Path.cwd(), Handbill(Path()).environment()) for _ in range(5)]
    return min(run.cpu for run in runs)


# ---- reading


def _reading(options: Options, count: int) -> list[Figure]:
    import yaml

    from handbill.content.frontmatter import split
    from handbill.digest import digest
    from handbill.model import Source
    from handbill.render.markdown import parse
    from handbill.yaml import read

    sources, fronts, bodies = [], [], []
    for path in sorted((options.root / "content").rglob("*.md"))[:: max(1, count // SAMPLE)]:
        data = path.read_bytes()
        source = Source(f"content/{path.parent.name}/{path.name}", data, digest(data))
        text = data.decode().split("---\n", 2)[1]
        sources.append(source)
        fronts.append(text)
        bodies.append(split(source).body)
    quick = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    ours = _each(lambda text: read(text, "a.md", 2), fronts)
    plain = _each(lambda text: yaml.load(text, quick), fronts)
    parsing = _each(lambda text: parse(text, path="a.md", line=1, html=False), bodies)
    common = _each(_common_mark(), bodies)
    return [
        _figure("front matter", ours, f"YAML of an entry, with each key's place; yaml.CSafeLoader: {_ms(plain)}"),
        _figure(
            "Markdown", parsing,
            f"an entry of {statistics.mean(map(len, bodies)) / 1000:.1f} KB, to HTML and to text; "
            f"markdown-it-py to HTML alone: {_ms(common)}",
        ),
    ]  # fmt: skip


def _common_mark() -> Callable[[str], str]:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render


# ---- e-mails


def _mails(options: Options) -> list[Figure]:
    """What sharing layouts saves: an e-mail's cost at build, beside that of compiling its layout each time."""
    from handbill import catalog
    from handbill.mailroom import Mailroom
    from handbill.options import inputs
    from handbill.outputs import Press
    from handbill.present import Surroundings
    from handbill.project import open_project
    from handbill.render.mjml import compile_mjml
    from handbill.workshop import Workshop

    project = open_project(options, inputs(options), [])
    press, workshop = Press(project, options), Workshop(project, options)
    source = press.mailroom.layout("welcome", "en").mjml
    mjml = _best(lambda: compile_mjml(source, path="emails/welcome.mjml"), 5)
    whole = _best(lambda: Mailroom(project, press.presenter).layout("welcome", "en"), 5)
    events = [path for path in project.units if path.startswith("content/events/")][:SAMPLE]
    ready = []
    for path in events:
        urls = (("en", f"/events/{project.units[path].slug}/"),)
        ready.append((workshop.parsed(path), Surroundings("en", "open", (), None, (), None, (), urls, (), "")))
    once = _each(lambda item: press.mailroom.email("welcome", item[0], item[1], catalog.Shelf(), []), ready)
    times = (once + whole) / once
    return [
        _figure("layout of an e-mail", whole, f"once a language: Jinja, MJML ({_ms(mjml)}), its slots found"),
        _figure("e-mail of an entry", once, "its values and .ics, named by digest"),
        Figure("the same, nothing shared", f"{times:.0f} x", "were the layout compiled for each entry", times),
    ]


def _filling(private: Path, count: int) -> list[Figure]:
    from handbill_functions.catalog import Catalog, FolderReader
    from handbill_functions.fill import fill_email, slots

    catalog = Catalog(FolderReader(private))
    entry = next(each for each in entries(count) if each.kind == "event")
    _, email = catalog.email_for(f"events/{entry.slug}", "welcome", "en")
    program = catalog.program(email["program"])
    asked = {name for part in ("subject", "preheader", "html", "text") for name in slots(program[part])}
    sent = {
        name: "https://bench.example/api/x" for name in asked if name not in email["values"] and name.endswith("_url")
    }
    sent |= {"first_name": "Ana"}
    filled = fill_email(email, program, sent)
    took = _best(lambda: fill_email(email, program, sent), 50)
    size = (len(filled.html.encode()) + len(filled.text.encode())) / 1000
    return [_figure("e-mail for one person", took, f"filled when it is sent: {size:.0f} KB of HTML and text")]


# ---- taking time


def _each(step: Callable[[Any], Any], items: Iterable[Any]) -> float:
    """CPU seconds of one call, over all items, the better of three rounds."""
    items = list(items)

    def every() -> None:
        for item in items:
            step(item)

    return _best(every, 3) / len(items)


def _best(step: Callable[[], Any], times: int = 10) -> float:
    """CPU seconds of the cheapest of so many calls: what it costs when nothing disturbs it."""
    took = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(times):
            began = time.process_time()
            step()
            took.append(time.process_time() - began)
    finally:
        gc.enable()
    return min(took)


def _figure(name: str, seconds: float, note: str) -> Figure:
    return Figure(name, _ms(seconds), note, seconds)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"
