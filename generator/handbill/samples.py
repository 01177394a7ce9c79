"""What only sending or answering knows, made up: the one fixture for checks and previews of e-mails and answer pages.

    emails:  en: { first_name: Ana }            by language; what a language lacks is said in English
    long:    en: { first_name: Alexandrina … }  the same, as long as people have it
    answers: confirm: { bare: { email: … } }    by page, then by case: one a state that the page can be in

It is `samples.yaml` of the theme `base`, and every theme may lay its own over it, value by value. Names are those of
base: another name would fill no slot, so it is an error with a guess; the name of a case is free, and so is that of a
secret (`secret.door_code`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handbill.errors import Problem
from handbill.near import did_you_mean
from handbill.yaml import Document

FILE = "samples.yaml"
_GROUPS = ("emails", "long", "answers")
_FALLBACK = "en"
_ANY_SECRET = "secret"  # noqa: S105 - the name of a value

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Samples:
    """The sample values of a theme, its parents' below its own. Nothing in it changes."""

    emails: Mapping[str, Values] = field(default_factory=dict)
    """Language → name → value."""
    long: Mapping[str, Values] = field(default_factory=dict)
    """The same, as long as values get."""
    answers: Mapping[str, Mapping[str, Values]] = field(default_factory=dict)
    """Answer → case → values for its slots."""

    def email(self, lang: str, *, long: bool = False, names: Iterable[str] = (), base_url: str) -> dict[str, Any]:
        """A value for everything that only sending knows, in `lang` where there is one; paths become whole addresses.

        `names` adds a value for each `secret.…` among them. A new dict each time.
        """
        known: dict[str, Any] = {}
        for shelf in (self.emails, self.long) if long else (self.emails,):
            for code in dict.fromkeys((_FALLBACK, lang.partition("-")[0], lang)):
                known.update(shelf.get(code, {}))
        base = base_url.rstrip("/")
        values = {name: value for name, value in known.items() if not _is_secret(name)}
        values |= {name: base + value for name, value in values.items() if name.endswith("_url") and value[:1] == "/"}
        secrets = (name for name in names if name.startswith(f"{_ANY_SECRET}."))
        return values | {name: known.get(name, known.get(_ANY_SECRET, name)) for name in secrets}


def read_samples(upward: Sequence[Document], problems: list[Problem]) -> Samples:
    """The samples of a chain of themes, `base` first. What is wrong is added to `problems`, and left out."""
    merged: dict[str, dict[str, dict[str, Any]]] = {group: {} for group in _GROUPS}
    for number, document in enumerate(upward):
        problems += document.problems
        for group, inside in document.values.items():
            if group not in _GROUPS:
                fix = f"{did_you_mean(group, _GROUPS)}There are: {', '.join(_GROUPS)}."
                problems.append(document.problem((group,), f"Samples have no '{group}'.", fix, on="key"))
                continue
            for place, value in _leaves(document, group, inside, problems):
                if number and (problem := _unknown(document, merged, place, value)):
                    problems.append(problem)
                else:
                    shelf = merged[group].setdefault(place[1], {})
                    if group == "answers":
                        shelf[place[2]] = {**shelf.get(place[2], {}), **value}
                    else:
                        shelf[place[2]] = value
    return Samples(merged["emails"], merged["long"], merged["answers"])


def _leaves(
    document: Document, group: str, inside: Any, problems: list[Problem]
) -> Iterable[tuple[tuple[str, str, str], Any]]:
    """((group, language or answer, name or case), value) of a group; of an answer's case the value is a map."""
    for key, values in _map(document, (group,), inside, problems).items():
        for name, value in _map(document, (group, key), values, problems).items():
            if group == "answers":
                yield (group, key, name), _map(document, (group, key, name), value, problems)
            elif name.endswith("_url") and not isinstance(value, str):
                what = f"'{name}' is no address."
                problems.append(document.problem((group, key, name), what, "Write a path, such as /api/confirm/3f9a."))
            else:
                yield (group, key, name), value


def _map(document: Document, place: tuple[str, ...], value: Any, problems: list[Problem]) -> dict[str, Any]:
    if isinstance(value, dict) or value is None:
        return value or {}
    problems.append(document.problem(place, f"'{place[-1]}' is no map.", "Write one value below it a key."))
    return {}


def _unknown(
    document: Document, merged: Mapping[str, Mapping[str, Mapping[str, Any]]], place: tuple[str, str, str], value: Any
) -> Problem | None:
    """The problem of a name that no slot has."""
    group, key, name = place
    if group == "answers":
        answers = merged["answers"]
        if key not in answers:
            fix = f"{did_you_mean(key, answers)}There are: {', '.join(answers)}."
            return document.problem(place[:2], f"There is no answer page '{key}'.", fix, on="key")
        known = {slot for case in answers[key].values() for slot in case}
        stray = next((slot for slot in value if slot not in known and not _is_secret(slot)), None)
        if stray is None:
            return None
        fix = f"{did_you_mean(stray, known)}It has: {', '.join(sorted(known))}."
        return document.problem((*place, stray), f"The answer page '{key}' has no slot '{stray}'.", fix, on="key")
    known = {each for shelf in ("emails", "long") for values in merged[shelf].values() for each in values}
    if name in known or _is_secret(name):
        return None
    fix = f"{did_you_mean(name, known)}There are: {', '.join(sorted(known))}."
    return document.problem(place, f"No e-mail has a slot '{name}' that only sending fills.", fix, on="key")


def _is_secret(name: str) -> bool:
    return name == _ANY_SECRET or name.startswith(f"{_ANY_SECRET}.")
