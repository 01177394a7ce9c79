"""Brings what was typed into the one canonical form, and finds the keys that nobody knows.

A known key is its name, the name in camelCase, or one of its aliases. A key one slip away from a known one is an error
with the guess, because a lost `capacity` oversells; any other is a warning, because themes may grow fields of their
own. Where a list is expected one item will do, and where a map is expected a bare text may stand for it.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple

from handbill.schema.part import Commas, Part
from handbill.yaml import KeyPath

Renames = dict[KeyPath, str | None]
"""Canonical place → the key that was typed there, or None where the canonical form has one step more."""


class Finding(NamedTuple):
    """Something about what was typed; `place` is as typed."""

    place: KeyPath
    what: str
    fix: str
    level: Literal["error", "warning"]
    on: Literal["key", "value"] = "key"
    guess: KeyPath = ()
    """The canonical place that was meant, where a misspelling lets us guess: nothing is missing there."""


class Rule(NamedTuple):
    """A field that holds more than one value."""

    form: Literal["part", "parts", "words", "named"]
    """One map, a list of maps, a list of texts, or a map of maps under free names."""
    shape: Shape | None
    commas: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand in one map: made from its model, once."""

    model: type[Part]
    spellings: dict[str, str]
    """Every accepted spelling → canonical name."""
    rules: dict[str, Rule]
    open: bool
    """True where further names are free."""
    names: tuple[str, ...] = field(default=())


def camel(name: str) -> str:
    """`publish_date` → `publishDate`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


@cache
def shape_of(model: type[Part]) -> Shape:
    """The shape of `model`, aliases of its parents included."""
    names = tuple(model.model_fields)
    spellings: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        spellings.update(parent.__dict__.get("aliases_of", {}))
    spellings = {**spellings, **{camel(alias): name for alias, name in spellings.items()}}
    spellings.update({camel(name): name for name in names})
    spellings.update({name: name for name in names})
    rules = {}
    for name, info in model.model_fields.items():
        rule = _rule(info.annotation, any(isinstance(mark, Commas) for mark in info.metadata))
        if rule:
            rules[name] = rule
    return Shape(model, spellings, rules, model.model_config.get("extra") == "allow", names)


def _rule(annotation: Any, commas: bool) -> Rule | None:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union):
        kinds = [arg for arg in args if arg is not types.NoneType]
        return _rule(kinds[0], commas) if len(kinds) == 1 else None
    if origin is typing.Annotated:
        return _rule(args[0], commas)
    if origin is tuple:
        inner = _rule(args[0], False)
        if inner and inner.form == "part":
            return Rule("parts", inner.shape, commas)
        return Rule("words", None, commas) if len(args) == 2 and args[1] is Ellipsis else None
    if origin is dict:
        inner = _rule(args[1], False)
        return Rule("named", inner.shape) if inner and inner.form == "part" else None
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return Rule("part", shape_of(annotation))
    return None


class Tidy:
    """One walk through what was typed. `findings` and `renames` grow on the way."""

    __slots__ = ("facts_in", "findings", "keep_none", "renames")

    def __init__(self, keep_none: bool = False, facts_in: str = "") -> None:
        self.findings: list[Finding] = []
        self.renames: Renames = {}
        self.keep_none = keep_none
        """Keep `key:` without a value, as a word that takes a default away."""
        self.facts_in = facts_in
        """For a translation: the file where facts belong."""

    def map(self, values: dict[str, Any], shape: Shape, place: KeyPath = (), typed: KeyPath = ()) -> dict[str, Any]:
        """`values` in canonical form. `place` and `typed` lead to it, canonically and as typed."""
        out: dict[str, Any] = {}
        spellings, rules, respell = shape.spellings, shape.rules, shape.model.respell
        for key, value in values.items():
            if key in respell:
                name, value = respell[key](value)
            else:
                name = spellings.get(key, "")
            if not name:
                if shape.open and not _meant(shape.model, key):
                    out[key] = value
                    continue
                self.unknown(key, shape, place, (*typed, key))
                continue
            here = (*place, name)
            if name in out and not self.joins(name, here, out, key, value, shape, typed):
                continue
            if name != key:
                self.renames[here] = key
            if value is None:
                if self.keep_none:
                    out.setdefault(name, None)
                continue
            rule = rules.get(name)
            if rule is None:
                out[name] = value
                continue
            value = self.ruled(value, rule, here, (*typed, key))
            out[name] = out[name] + value if isinstance(out.get(name), list) and isinstance(value, list) else value
        return out

    def ruled(self, value: Any, rule: Rule, place: KeyPath, typed: KeyPath) -> Any:
        form, shape, commas = rule
        if form == "part":
            return self.part(value, shape, place, typed) if shape else value
        if form == "named":
            if not isinstance(value, dict) or shape is None:
                return value
            return {
                key: self.part(item, shape, (*place, key), (*typed, key))
                for key, item in value.items()
                if item is not None
            }
        if commas and isinstance(value, str):
            value = [word for word in (part.strip() for part in value.split(",")) if word]
            if form == "words":
                return value
            self.renames.update({(*place, number): None for number in range(len(value))})
        if not isinstance(value, list):
            if value is False:
                return []
            value = [value]
            self.renames[(*place, 0)] = None
        if form == "words":
            return [item for item in value if item is not None]
        keep, self.keep_none = self.keep_none, False  # lists are not merged, so nothing can be taken away in them
        alone = (*place, 0) in self.renames
        parts = [
            self.part(item, shape, (*place, number), typed if alone else (*typed, number))
            for number, item in enumerate(value)
        ]
        self.keep_none = keep
        return parts

    def part(self, value: Any, shape: Shape | None, place: KeyPath, typed: KeyPath) -> Any:
        if shape is None:
            return value
        if not isinstance(value, dict):
            if isinstance(value, bool):
                return value
            unfolded = shape.model.unfold(value)
            if not isinstance(unfolded, dict):
                return value
            self.renames.update({(*place, name): None for name in unfolded})
            return unfolded
        return self.map(value, shape, place, typed)

    def joins(
        self, name: str, here: KeyPath, out: dict[str, Any], key: str, value: Any, shape: Shape, typed: KeyPath
    ) -> bool:
        """True when a second spelling of `name` may stand beside the first."""
        if name in shape.model.joined and isinstance(out[name], list):
            return True
        first = self.renames.get(here) or name
        self.findings.append(
            Finding(
                (*typed, key), f"`{first}` and `{key}` mean the same.", f"Keep one of the two: `{name}`.", "error"
            )
        )  # fmt: skip
        return False

    def unknown(self, key: str, shape: Shape, place: KeyPath, typed: KeyPath) -> None:
        model = shape.model
        if any(key in shape_of(other).spellings or key in other.respell for other in model.facts_of):
            what = f"A translation holds words only, and `{key}` is a fact."
            self.findings.append(Finding(typed, what, f"Write it once, in {self.facts_in}.", "error"))
            return
        what = f"`{key}` is not a field of {model.noun}."
        hint = _hint(model, key)
        name = "" if hint else _meant(model, key)
        if name:
            fix = f"Did you mean `{name}`?"
            self.findings.append(Finding(typed, what, fix, "error", guess=(*place, name)))
        else:
            self.findings.append(Finding(typed, what, hint or model.elsewhere, "warning"))


@cache
def _meant(model: type[Part], key: str) -> str:
    """The field that a misspelled key means, or an empty text. Kept, since one key may stand in every entry."""
    spellings = shape_of(model).spellings
    near = one_slip(key, spellings)
    return spellings[near] if near else ""


def _hint(model: type[Part], key: str) -> str:
    for parent in model.__mro__:
        hints = parent.__dict__.get("hints", {})
        if key in hints:
            return str(hints[key])
    return ""


def _squashed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def one_slip(key: str, known: Iterable[str]) -> str:
    """The known name that `key` misses by one slip of the hand, or an empty text.

    A slip is a letter too many, too few, wrong or swapped with its neighbour; capitals, hyphens and underscores do not
    count, and a name of nine letters or more may have two.

    >>> one_slip("capactiy", ["capacity"]), one_slip("publishdat", ["publishDate"]), one_slip("colour", ["capacity"])
    ('capacity', 'publishDate', '')
    """
    typed = _squashed(key)
    if len(typed) < 3:
        return ""
    best, found = 3, ""
    for name in sorted(known, key=lambda name: ("_" in name, name)):
        target = _squashed(name)
        most = 2 if len(target) >= 9 else 1
        if len(target) < 2 or abs(len(target) - len(typed)) > most:
            continue
        distance = _distance(typed, target)
        if distance <= most and distance < best:
            best, found = distance, name
    return found


def _distance(a: str, b: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours between two short words (Damerau, restricted)."""
    rows = [list(range(len(b) + 1))]
    for i, left in enumerate(a, 1):
        row = [i]
        for j, right in enumerate(b, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
