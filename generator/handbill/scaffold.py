"""Makes a new site and new entries. Writes only what is not there."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from pathlib import Path

from handbill.errors import MachineError, ProblemsFound, UsageError
from handbill.kinds import SECTION_OF
from handbill.options import shipped
from handbill.slugs import slugify

_IGNORE = "public/\nprivate/\n.handbill/\n"

_ARCHETYPES = {
    "event": """---
title: {title}
summary: One sentence that makes somebody come.
starts: {soon} 19:00
duration: 90m
timezone: {zone}
venue: Name of the place, street, city
tickets:
  - name: Seat
    price: 0
date: {today}
draft: true
---
What happens, and why it is worth an evening.

::: gate
What only people who signed up and confirmed may read: the door code, the address, the link.
:::
""",
    "drop": """---
title: {title}
summary: One sentence about what it is.
opens_at: {soon} 18:00
early_access: 24h
items:
  - name: {title}
    price: 25
    stock: 20
date: {today}
draft: true
---
What it is made of, by whom, and for what.
""",
    "host": """---
title: {title}
summary: One sentence about the place.
address:
  street: Street and number
  postcode: "1000"
  city: City
  country: PT
spaces:
  - name: The table
    seats: 10
draft: true
---
What the place is like.
""",
    "page": """---
title: {title}
date: {today}
draft: true
---
Write here.
""",
}

_TRANSLATION = """---
title: {title}
---
The words of {base}, in {lang}. Facts (dates, prices, stock) stay there.
"""


def start(folder: Path, *, name: str | None = None) -> list[str]:
    """Copies the starter site into `folder` and tells what to do next.

    Raises UsageError when the folder already holds a content/ of its own: nothing is overwritten.
    """
    target = folder.absolute()
    if (target / "content").exists():
        raise UsageError(f"{target / 'content'} is already there. Nothing was written; choose an empty folder.")
    source = shipped("content")
    try:
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                copy = target / "content" / path.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())
        if name:
            site = target / "content" / "site.yaml"
            text = site.read_text(encoding="utf-8")
            site.write_text(
                re.sub(r"(?m)^(\s*(?:name|controller):).*$", lambda found: f"{found[1]} {_quoted(name)}", text),
                encoding="utf-8",
            )
        ignore = target / ".gitignore"
        if not ignore.exists():
            ignore.write_text(_IGNORE, encoding="utf-8")
    except OSError as error:
        raise MachineError(f"Cannot write to {target}: {error.strerror}.") from error
    try:
        shown = os.path.relpath(target)
    except ValueError:
        shown = str(target)
    steps = ["handbill serve --open", "handbill new event my-first-evening"]
    if shown != ".":
        steps.insert(0, f"cd {shown}")
    own = "Before it goes live: your own `sender:` and `consent:` in content/site.yaml."
    return [f"Made a site in {shown}.", "Next:", *(f"  {step}" for step in steps), own]


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_entry(root: Path, kind: str, slug: str, *, lang: str | None, title: str | None, now: datetime) -> str:
    """Writes a new entry and gives its path relative to `root`. Never overwrites.

    With `lang`, writes a translation beside the entry that exists. `now` sets the dates of the example.
    """
    clean = slugify(slug)
    if clean != slug:
        raise UsageError(f"'{slug}' is not a slug: lower case, digits and hyphens. Did you mean '{clean}'?")
    folder = root / "content" / SECTION_OF[kind]
    shown_title = title or slug.replace("-", " ").capitalize()
    if lang:
        _refuse_language(root, lang)
        base = next((path for path in (folder / slug / "index.md", folder / f"{slug}.md") if path.is_file()), None)
        if base is None:
            raise UsageError(
                f"There is no {SECTION_OF[kind]}/{slug} to translate. Write it first: handbill new {kind} {slug}"
            )
        path = base.with_name(f"{base.stem}.{lang}.md")
        text = _TRANSLATION.format(title=_plain(shown_title), base=base.name, lang=lang)
    else:
        path = folder / f"{slug}.md"
        if (folder / slug / "index.md").exists():
            raise UsageError(f"content/{SECTION_OF[kind]}/{slug}/index.md is already there. Nothing was written.")
        soon = (now + timedelta(days=21)).strftime("%Y-%m-%d")
        text = _ARCHETYPES[kind].format(
            title=_plain(shown_title), soon=soon, today=now.strftime("%Y-%m-%d"), zone=_zone(root)
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path.relative_to(root).as_posix()} is already there. Nothing was written.") from error
    except OSError as error:
        raise MachineError(f"Cannot write {path}: {error.strerror}.") from error
    return path.relative_to(root).as_posix()


def _refuse_language(root: Path, lang: str) -> None:
    from handbill.project import site_languages

    languages = site_languages(root)
    if lang == languages[0]:
        raise UsageError(f"'{lang}' is the site's first language: its words stand in the entry itself.")
    if lang not in languages:
        known = ", ".join(languages)
        raise UsageError(f"'{lang}' is not one of the site's languages ({known}). Add it to content/site.yaml first.")


def _plain(title: str) -> str:
    return title if re.fullmatch(r"[\w][\w .,'’()-]*", title) else _quoted(title)


def _zone(root: Path) -> str:
    from handbill.project import site_zone

    try:
        return str(site_zone(root))
    except ProblemsFound:
        return "UTC"
