"""From one file to one entry: front matter read, brought into form, filled up from `_defaults.yaml`, and validated.

    Source ─split─► Document ─layer─► canonical values ─validated─► Entry
                    _defaults.yaml ─┘ (below the file, nearest first)

Nothing here raises for what a person wrote: all problems of a file come back together, each where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize
from zoneinfo import ZoneInfo

from handbill.config import SiteConfig
from handbill.content.frontmatter import split
from handbill.errors import Problem
from handbill.kinds import KINDS, Entry
from handbill.kinds.setting import Setting
from handbill.model import Source
from handbill.schema import Layer, layer, validated
from handbill.schema.fields import LONGEST
from handbill.slugs import is_slug, slugify
from handbill.textfile import read_yaml
from handbill.yaml import Document, KeyPath

ITS_OWN = ("id", "slug", "url", "aliases", "title")
"""Fields that cannot be the same for every entry of a folder, so no _defaults.yaml may hold them."""


@dataclass(slots=True)
class Parsed:
    """What one file gave."""

    entry: Entry | None
    """None when anything in the file is an error. Its `id`, `slug` and `timezone` are always filled in."""
    body: str
    """The Markdown below the front matter, lines ending in LF."""
    body_line: int
    """Line of the file on which the body begins."""
    problems: list[Problem]


@dataclass(slots=True)
class Defaults:
    """One `_defaults.yaml`: what its folder's entries have where they do not say otherwise."""

    document: Document
    problems: list[Problem]
    """What is wrong with the file itself, to be reported once."""
    _layers: dict[type[Entry], Layer] = field(default_factory=dict)

    def layer(self, kind: type[Entry]) -> Layer:
        """What it says to entries of `kind`; fields of other kinds are passed over."""
        found = self._layers.get(kind)
        if found is None:
            found = layer(self.document, kind, keep_none=True)
            for name in ITS_OWN:
                found.values.pop(name, None)
            self._layers[kind] = found
        return found


def read_defaults(source: Source) -> Defaults:
    """The defaults that `source`, a `_defaults.yaml`, holds. Values are validated with each entry they reach.

    In a folder of one kind only its fields are known; higher up a field is known when any kind has it.
    """
    document = read_yaml(source)
    defaults = Defaults(document, list(document.problems))
    folder = source.path.split("/")[1]
    kinds = [kind for kind in KINDS if kind.section == folder] or list(KINDS)
    layers = [layer(document, kind, keep_none=True) for kind in kinds]
    nobody_knows = set.intersection(*({found.place for found in each.findings} for each in layers))
    reported: set[KeyPath] = set()
    told = [(found, kind) for each, kind in zip(layers, kinds, strict=True) for found in each.findings]
    for found, kind in sorted(told, key=lambda pair: pair[0].level):
        at_top = len(found.place) == 1
        if found.place in reported or (at_top and found.place not in nobody_knows):
            continue
        reported.add(found.place)
        what = found.what.replace(kind.noun, "any kind of entry") if at_top and len(kinds) > 1 else found.what
        defaults.problems.append(document.problem(found.place, what, found.fix, level=found.level, on=found.on))
    for name in ITS_OWN:
        if name in layers[0].values:
            typed = layers[0].typed((name,))
            what = f"`{typed[0]}` cannot be the same for all entries of a folder."
            defaults.problems.append(document.problem(typed, what, "Write it in each entry.", on="key"))
    return defaults


def read_entry(
    source: Source, kind: type[Entry], *, config: SiteConfig, defaults: Sequence[Defaults] = (), slug: str
) -> Parsed:
    """The entry that `source` holds. `defaults` nearest first; `slug` is the file's (or its folder's) name."""
    front = split(source)
    parsed = Parsed(None, front.body, front.body_line, front.problems)
    if parsed.problems and not front.document.values:
        return parsed
    layers = [layer(front.document, kind, keep_none=bool(defaults)), *(each.layer(kind) for each in defaults)]
    parsed.problems.extend(layers[0].problems())
    entry, problems = validated(kind, layers, _setting(layers, config))
    parsed.problems.extend(problems)
    slug = normalize("NFC", slug)  # macOS may take a name apart: its id must be that of every other machine
    slug = slug if is_slug(slug) else slugify(slug)
    if entry is not None and len((entry.slug or slug).encode()) > LONGEST:
        what = "The file's name is too long for a part of a URL."
        parsed.problems.append(Problem(source.path, 0, 0, what, "Write slug: lamp-no-3 in it, or rename it."))
    if entry is not None and not (entry.slug or slug):
        what = "The file's name has no letter and no digit to make a URL of."
        parsed.problems.append(Problem(source.path, 0, 0, what, "Write slug: lamp-no-3 in it, or rename it."))
    if entry is not None and all(problem.level == "warning" for problem in parsed.problems):
        slug = entry.slug or slug
        filled: dict[str, Any] = {"slug": slug, "id": entry.id or f"{kind.section}/{slug}"}
        if entry.__dict__.get("timezone") == "":
            filled["timezone"] = config.timezone
        parsed.entry = entry.model_copy(update=filled)
    return parsed


def _setting(layers: Sequence[Layer], config: SiteConfig) -> Setting:
    """The setting in which values are validated: the entry's own zone where it names one, else the site's."""
    site_zone = ZoneInfo(config.timezone)
    zone, name = site_zone, next((each.values["timezone"] for each in layers if "timezone" in each.values), None)
    if isinstance(name, str) and name:
        with suppress(ValueError, OSError, LookupError):  # the field's own validator says so
            zone = ZoneInfo(name)
    return Setting(zone, site_zone, config.currency or None, config.consent.names)
