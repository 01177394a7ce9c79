"""What a theme lets its user choose, without touching a file of the theme.

    settings:                  # in theme.yaml
      columns:
        type: number           # text, boolean, number, color or choice
        default: 2
        min: 1
        max: 3
        label: Columns of a list
        was: cols              # an older name: a value given to it still counts

A site gives values in site.yaml; templates read them as `site.settings.columns`. A child theme has its parent's
settings and may add some, or declare one again with another default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from handbill import colour
from handbill.errors import Problem
from handbill.near import did_you_mean
from handbill.yaml import Document

TYPES = ("boolean", "choice", "color", "number", "text")
MOST = 20
"""Settings a theme may have, its parents' among them: what nobody can survey nobody sets."""
LONGEST = 500
"""Characters of a text, where the theme names no `max`."""

KEYS: Mapping[str, str] = {
    "type": "`boolean`, `choice`, `color`, `number` or `text`. Required.",
    "default": "Its value where the site names none. Required.",
    "label": "What it does, in the owner's words. Required.",
    "choices": "Of a choice: the texts to choose from.",
    "min": "Of a number: the least.",
    "max": "Of a number: the most. Of a text: the most characters.",
    "was": "Its name in an earlier version: a value given to that one still counts.",
}
"""What a setting may say."""
_LIMITS = {"number": ("min", "max"), "text": ("max",), "choice": ("choices",)}
"""Type → the limits that mean something for it."""


class Setting(NamedTuple):
    """One thing to choose."""

    key: str
    """`columns`."""
    type: str
    """One of TYPES."""
    default: Any
    """str, bool, int or float, as its type says."""
    label: str
    """What it does, for the one who sets it."""
    choices: tuple[str, ...] = ()
    """Of a choice."""
    least: float | None = None
    most: float | None = None
    """Limits of a number; of a text, `most` characters."""
    was: str = ""
    """Its name in an earlier version of the theme."""

    def wrong(self, value: Any) -> str:
        """What to write instead of `value`, as a full sentence; empty where it is good."""
        if self.type == "boolean":
            return "" if isinstance(value, bool) else "Write true or false."
        if self.type == "number":
            right = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
            low = right and self.least is not None and value < self.least
            high = right and self.most is not None and value > self.most
            return "" if right and not low and not high else f"Write a number{self._limits()}."
        if not isinstance(value, str):
            return "Write a text, in quotes where it looks like a number."
        if self.type == "choice":
            return "" if value in self.choices else f"Write one of: {', '.join(self.choices)}."
        if self.type == "color":
            return "" if len(value) == 7 and colour.parse(value) else "Write six digits in quotes, such as '#1d2521'."
        most = int(self.most or LONGEST)
        return "" if len(value) <= most else f"Write at most {most} characters."

    def _limits(self) -> str:
        if self.least is not None and self.most is not None:
            return f" from {self.least:g} to {self.most:g}"
        if self.least is not None:
            return f" from {self.least:g}"
        return f" up to {self.most:g}" if self.most is not None else ""


def merge(upward: Sequence[Document], problems: list[Problem]) -> dict[str, Setting]:
    """The settings of a chain of theme.yaml, parent before child. What is wrong is added to `problems`."""
    out: dict[str, Setting] = {}
    for document in upward:
        own, inherited = read_settings(document, problems), len(out)
        out |= own
        if len(out) > MOST and own and inherited <= MOST:
            whose = ", those of its parents among them" if inherited else ""
            what = f"The theme has {len(out)} settings{whose}; {MOST} are the most."
            problems.append(document.problem(("settings",), what, "Decide the rest, as a designer does.", on="key"))
        for key, setting in own.items():
            other = next((each for each in out.values() if each.was == setting.was and each is not setting), None)
            if setting.was and (setting.was in out or other):
                taken = f"also what '{other.key}' was" if other else "a setting itself"
                what = f"'{setting.was}' cannot be what '{key}' was: it is {taken}."
                problems.append(document.problem(("settings", key, "was"), what, "Let a name mean one setting."))
    return out


def read_settings(document: Document, problems: list[Problem]) -> dict[str, Setting]:
    """The settings that one theme.yaml declares. What is wrong is added to `problems`, and the setting left out."""
    found = document.values.get("settings") or {}
    if not isinstance(found, dict):
        problems.append(document.problem(("settings",), "'settings' is no map.", "Write one setting below it a key."))
        return {}
    read = {key: _setting(document, key, value, problems) for key, value in found.items()}
    return {key: setting for key, setting in read.items() if setting is not None}


def _setting(document: Document, key: str, value: Any, problems: list[Problem]) -> Setting | None:
    place = ("settings", key)

    def bad(what: str, fix: str, *inner: str) -> None:
        problems.append(document.problem((*place, *inner), what, fix, on="value" if inner else "key"))

    if not key.isidentifier() or key != key.lower():
        bad(f"'{key}' cannot be the name of a setting.", "Use small letters, digits and underscores.")
        return None
    if not isinstance(value, dict):
        bad(f"The setting '{key}' is no map.", "Write type, default and label below it.")
        return None
    for name in value:
        if name not in KEYS:
            bad(f"A setting has no '{name}'.", f"{did_you_mean(name, KEYS)}Known: {', '.join(KEYS)}.", name)
    missing = [name for name in ("type", "default", "label") if name not in value]
    for name in missing:
        bad(f"The setting '{key}' has no {name}.", f"Write {name}: … below it.")
    if unknown := "type" in value and value["type"] not in TYPES:
        guess = did_you_mean(str(value["type"]), TYPES)
        bad(f"'{value['type']}' is no type of setting.", f"{guess}Known: {', '.join(TYPES)}.", "type")
    if missing or unknown:
        return None
    for name in ("choices", "min", "max"):
        if name in value and name not in _LIMITS.get(value["type"], ()):
            bad(f"'{name}' means nothing for a setting of type {value['type']}.", "Remove it.", name)
            return None
    choices = value.get("choices", [])
    if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
        bad("The choices are no list of texts.", "Write choices: [one, two].", "choices")
        return None
    if value["type"] == "choice" and not choices:
        bad(f"The setting '{key}' has no choices.", "Write choices: [one, two] below it.")
        return None
    for name in ("min", "max"):
        if not isinstance(value.get(name, 0), (int, Decimal)) or isinstance(value.get(name), bool):
            bad(f"'{name}' is no number.", "Write a number.", name)
            return None
    if value.get("min", 0) > value.get("max", value.get("min", 0)):
        bad("'min' is more than 'max'.", "Exchange them.", "min")
        return None
    if not isinstance(value["label"], str) or not isinstance(value.get("was", ""), str):
        bad(f"The label of '{key}' is no text.", "Write a text, in quotes where it looks like a number.")
        return None
    setting = Setting(
        key=key,
        type=value["type"],
        default=_primitive(value["default"]),
        label=value["label"],
        choices=tuple(choices),
        least=float(value["min"]) if "min" in value else None,
        most=float(value["max"]) if "max" in value else None,
        was=value.get("was", ""),
    )
    if fix := setting.wrong(setting.default):
        bad(f"The default of '{key}' does not fit.", fix, "default")
        return None
    return setting


def choose(
    settings: Mapping[str, Setting], values: Mapping[str, Any], problem: Callable[[str, str, str], Problem]
) -> tuple[dict[str, Any], list[Problem]]:
    """(the value of every setting, what is wrong with `values`). A wrong value gives way to the default.

    `problem(key, what, fix)` makes a Problem at the place of `key` in the site's own file.
    """
    chosen = {key: setting.default for key, setting in settings.items()}
    renamed = {setting.was: key for key, setting in settings.items() if setting.was}
    problems = []
    for key, value in values.items():
        setting = settings.get(key) or settings.get(renamed.get(key, ""))
        if setting is None:
            known = ", ".join(settings) or "none"
            fix = f"{did_you_mean(key, settings)}It has: {known}."
            problems.append(problem(key, f"The theme has no setting '{key}'.", fix))
        elif fix := setting.wrong(value):
            problems.append(problem(key, f"{_shown(value)} is no value for '{key}' ({setting.label}).", fix))
        elif setting.key == key or setting.key not in values:
            chosen[setting.key] = _primitive(value)
    return chosen, problems


def _primitive(value: Any) -> Any:
    """Numbers with a point as float: nobody counts money in a theme's settings."""
    return float(value) if isinstance(value, Decimal) else value


def _shown(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()
