"""Finds what a creator wrote: which files there are, and which of them make one entry.

`scan` looks at names and stats only, so it is cheap enough to run on every build; `sort_out` groups the names into
Units without opening a file. Files are told apart by name alone:

    content/site.yaml                        the site
    content/static/**                        copied as it is
    content/events/salon.md                  an entry (slug `salon`), as is
    content/events/salon/index.md            the same as a bundle, with its pictures and e-mail words beside it
    content/events/salon.pt.md, index.pt.md  a translation
    content/events/salon/welcome.md          words of one e-mail for this entry
    content/events/_emails/welcome.md        words of one e-mail for all events
    content/events/_index.md                 words above the list of events
    content/**/_defaults.yaml                defaults for all entries below that folder
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from handbill.errors import Problem

Stat = tuple[int, int, int]
"""(modified in nanoseconds, size in bytes, inode): enough to tell that a file need not be read again.

Of an input the first is the later of its two times, since an edit can set back the one (`cp -p`, a restored backup) and
not the other.
"""

RESERVED = ("letters", "sequences")
"""Folders of content/ that are read when something is sent, not when the site is built."""

EMAIL_NAMES = ("confirm", "welcome", "reminder", "changed", "cancelled")

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_IGNORED = ("Thumbs.db", "desktop.ini")


def ignored(name: str) -> bool:
    """True for hidden files and what editors leave behind: `.git`, `salon.md~`, `.salon.md.swp`."""
    return name.startswith((".", "#")) or name.endswith(("~", ".swp", ".tmp", ".bak")) or name in _IGNORED


def stat_of(path: str) -> Stat | None:
    """The stat of an output, or None where there is nothing."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path costs more than the call
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def input_stat(path: str) -> Stat | None:
    """The stat of an input, as `scan` gives it, or None where there is nothing."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path costs more than the call
    except OSError:
        return None
    return (max(found.st_mtime_ns, found.st_ctime_ns), found.st_size, found.st_ino)


@contextlib.contextmanager
def nearby(folder: str) -> Iterator[tuple[int | None, str]]:
    """(descriptor of `folder`, what goes before a name in it). From a descriptor the system walks fewer steps to a file
    than from its root; where there are none (Windows), names begin with the folder. Raises OSError."""
    if os.stat not in os.supports_dir_fd or os.scandir not in os.supports_fd:
        yield None, f"{folder}/"
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor, ""
    finally:
        os.close(descriptor)


def scan(root: Path, name: str, problems: list[Problem] | None = None) -> dict[str, Stat]:
    """Every file below `root`, as `name/…` with forward slashes, in order, with its stat.

    Hidden files and editors' left-overs are passed over. A symbolic link that leads out of `root` is a Problem (a
    folder of content must not publish what lies elsewhere on the machine); one that stays inside is followed.
    """
    found: dict[str, Stat] = {}
    pending: list[tuple[str, str, tuple[str, ...]]] = [(str(root), name, ())]
    while pending:
        folder, prefix, followed = pending.pop()
        try:
            with nearby(folder) as (descriptor, _), os.scandir(folder if descriptor is None else descriptor) as entries:
                for entry in entries:
                    called = entry.name
                    if ignored(called):
                        continue
                    path = f"{prefix}/{called}"
                    if not called.isprintable() and _UNPRINTABLE.search(called):
                        if problems is not None:
                            problems.append(_unprintable(path))
                        continue
                    trail = followed
                    if entry.is_symlink():
                        wrong = _astray(root, folder, called, followed)
                        if wrong is not None:
                            if problems is not None:
                                problems.append(Problem(path, 0, 0, *wrong))
                            continue
                        trail = (*followed, os.path.realpath(folder))
                    if entry.is_file():
                        stat = entry.stat()
                        modified, changed = stat.st_mtime_ns, stat.st_ctime_ns
                        found[path] = (modified if modified > changed else changed, stat.st_size, stat.st_ino)
                    elif entry.is_dir():
                        pending.append((f"{folder}/{called}", path, trail))
        except FileNotFoundError:
            continue
    return {path: found[path] for path in sorted(found)}


def _unprintable(path: str) -> Problem:
    shown = path.encode("ascii", "backslashreplace").decode()
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in shown)
    fix = "Rename it: letters, digits, spaces and signs, in UTF-8."
    return Problem(shown, 0, 0, "This name has characters that no URL can have.", fix)


def _astray(root: Path, folder: str, called: str, followed: tuple[str, ...]) -> tuple[str, str] | None:
    """(what is wrong, how to mend it) with a symbolic link, or None. `followed` are the folders of links on its way."""
    inside, real = os.path.realpath(root), os.path.realpath(f"{folder}/{called}")
    if real != inside and not real.startswith(inside + os.sep):
        return "This link leads out of the folder.", "Put the file itself here."
    if any(f"{place}{os.sep}".startswith(f"{real}{os.sep}") for place in (*followed, os.path.realpath(folder))):
        return "This link leads back to its own folder.", "Remove it."
    if not os.path.exists(real):  # noqa: PTH110 - the strings at hand are cheaper than a Path each
        return "This link leads nowhere.", "Remove it, or mend it."
    return None


@dataclass(slots=True)
class Unit:
    """The files of one entry."""

    path: str
    """Path of the main file; names the unit: `content/events/salon/index.md`."""
    section: str
    """`events`."""
    slug: str
    """From the file's or the bundle's name: `salon`."""
    folder: str
    """Folder of the main file: `content/events/salon`."""
    bundle: bool
    translations: dict[str, str] = field(default_factory=dict)
    """Language → path."""
    words: dict[tuple[str, str], str] = field(default_factory=dict)
    """(e-mail name, language or empty) → path, of this entry alone."""
    defaults: tuple[str, ...] = ()
    """Paths of the _defaults.yaml that apply, nearest first."""

    def sources(self) -> list[str]:
        """Every text file this unit is made from, in a fixed order."""
        return [
            self.path,
            *(self.translations[lang] for lang in sorted(self.translations)),
            *(self.words[key] for key in sorted(self.words)),
            *self.defaults,
        ]


@dataclass(slots=True)
class Content:
    """All files of content/, sorted out."""

    units: dict[str, Unit]
    """By main path, in order."""
    indexes: dict[str, Unit]
    """Section → the unit of its `_index.md`."""
    section_words: dict[tuple[str, str, str], str]
    """(section, e-mail name, language or empty) → path."""
    static: dict[str, str]
    """Site path → source path."""
    assets: frozenset[str]
    """Paths of all other files: pictures and what is linked."""
    problems: list[Problem]


def sort_out(paths: Iterable[str], *, sections: Sequence[str], languages: Sequence[str]) -> Content:
    """Groups the paths below content/ into units. Opens nothing."""
    content = Content({}, {}, {}, {}, frozenset(), [])
    defaults: dict[str, str] = {}
    markdown: list[tuple[str, str, str, str]] = []
    assets: list[str] = []
    strange: set[str] = set()
    tops: dict[str, str] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        section = tops.get(folder)
        if section is None:
            section = tops[folder] = folder.split("/")[1] if "/" in folder else ""
        if section in sections:
            if name.endswith((".md", ".markdown")):
                markdown.append((path, section, folder, name))
            elif name == "_defaults.yaml":
                defaults[folder] = path
            else:
                assets.append(path)
        elif not section:
            if name == "_defaults.yaml":
                defaults[folder] = path
            elif name != "site.yaml":
                strange.add(path)
        elif section == "static":
            content.static[path.removeprefix("content/static/")] = path
        elif section not in RESERVED:
            strange.add(f"content/{section}")
    bundles = {folder for _, _, folder, name in markdown if name == "index.md" and folder.count("/") > 1}
    owners = {folder: _bundle_of(folder, bundles) for folder in {folder for _, _, folder, _ in markdown}}
    late: list[tuple[str, str, str]] = []
    for path, section, folder, name in markdown:
        stem, lang = name.rpartition(".")[0], ""
        if "." in stem:
            named = _language(stem, languages, path, content.problems)
            if named is None:
                continue
            stem, lang = named
        if folder.endswith("/_emails") or "/_emails/" in folder:
            _email_words(content.section_words, (section, stem, lang), path, content.problems)
            continue
        owner = owners[folder]
        if stem == "_index" and folder.count("/") == 1:
            if lang:
                late.append((f"{folder}/_index.md", lang, path))
            else:
                content.indexes[section] = Unit(path, section, "", folder, False)
        elif owner and stem != "index":
            unit_path = f"{owner}/index.md"
            if stem in EMAIL_NAMES:
                late.append((unit_path, f"{stem}/{lang}", path))
            else:
                content.problems.append(
                    Problem(
                        path, 0, 0, "This file lies in an entry's folder, but is no part of it.",
                        f"Move it out of the folder, or name it for what it is: {', '.join(EMAIL_NAMES)}.",
                        "warning",
                    )
                )  # fmt: skip
        elif lang:
            late.append((f"{folder}/{stem}.md", lang, path))
        else:
            bundle = stem == "index" and folder in bundles
            slug = folder.rpartition("/")[2] if bundle else stem
            content.units[path] = Unit(path, section, slug, folder, bundle)
    for owner_path, key, path in late:
        unit = content.units.get(owner_path) or next(
            (index for index in content.indexes.values() if index.path == owner_path), None
        )
        if unit is None:
            content.problems.append(
                Problem(
                    path, 0, 0, "This translation has no entry to belong to.",
                    f"Write {owner_path}, which holds the facts, or remove the language from this file's name.",
                )
            )  # fmt: skip
        elif "/" in key:
            name, _, lang = key.partition("/")
            unit.words[name, lang] = path
        else:
            unit.translations[key] = path
    if defaults:
        of = {folder: _defaults_of(folder, defaults) for folder in {unit.folder for unit in content.units.values()}}
        for unit in content.units.values():
            unit.defaults = of[unit.folder]
    content.assets = frozenset(assets)
    content.problems.extend(
        Problem(
            path, 0, 0, "Nothing reads this.",
            f"Entries live in {', '.join(f'content/{section}/' for section in sections)}; "
            "what is copied as it is lives in content/static/.",
            "warning",
        )
        for path in sorted(strange)
    )  # fmt: skip
    return content


def _language(stem: str, languages: Sequence[str], path: str, problems: list[Problem]) -> tuple[str, str] | None:
    """`salon.pt` → (`salon`, `pt`); the default language written out counts as none. None for a language that the site
    does not have: what the file lacks as an entry is no second mistake."""
    head, dot, tail = stem.rpartition(".")
    if not dot or not head:
        return stem, ""
    if tail in languages[1:]:
        return head, tail
    if tail == languages[0]:
        problems.append(
            Problem(path, 0, 0, f"'{tail}' is the site's first language, which needs no suffix.", f"Name it {head}.md.")
        )
        return head, ""
    if _LANGUAGE.match(tail) and len(tail) == 2:
        problems.append(
            Problem(
                path, 0, 0, f"'{tail}' is not one of the site's languages ({', '.join(languages)}).",
                "Add it to `languages` in content/site.yaml, or rename the file.",
            )
        )  # fmt: skip
        return None
    return stem, ""


def _bundle_of(folder: str, bundles: set[str]) -> str:
    """The bundle that `folder` lies in, or empty."""
    while folder.count("/") >= 2:
        if folder in bundles:
            return folder
        folder = folder.rpartition("/")[0]
    return ""


def _defaults_of(folder: str, defaults: Mapping[str, str]) -> tuple[str, ...]:
    found = []
    while folder:
        if folder in defaults:
            found.append(defaults[folder])
        folder = folder.rpartition("/")[0]
    return tuple(found)


def _email_words(
    into: dict[tuple[str, str, str], str], key: tuple[str, str, str], path: str, problems: list[Problem]
) -> None:
    if key[1] in EMAIL_NAMES:
        into[key] = path
    else:
        problems.append(
            Problem(
                path, 0, 0, f"There is no e-mail named '{key[1]}'.", f"Name it after one: {', '.join(EMAIL_NAMES)}."
            )
        )
