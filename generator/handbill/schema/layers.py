"""Several files say one thing: front matter over the `_defaults.yaml` of its folders, the environment over site.yaml.

Maps merge, lists replace, and a key without a value takes a default away. A problem is reported where its value stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import ValidationError

from handbill.errors import Problem
from handbill.schema.explain import explain
from handbill.schema.part import Flaw, Part
from handbill.schema.shape import Finding, Renames, Tidy, shape_of
from handbill.yaml import Document, KeyPath


class Layer(NamedTuple):
    """What one file says, in canonical form."""

    document: Document
    values: dict[str, Any]
    renames: Renames
    findings: tuple[Finding, ...]
    """Unknown keys and the like."""

    def typed(self, place: KeyPath) -> KeyPath:
        """The place as it was typed: ("images", 0, "src") may have been ("cover",)."""
        if not self.renames:
            return place
        steps = ((self.renames.get(place[: end + 1], place[end])) for end in range(len(place)))
        return tuple(step for step in steps if step is not None)

    def problems(self) -> list[Problem]:
        """The findings, as problems."""
        return [
            self.document.problem(found.place, found.what, found.fix, level=found.level, on=found.on)
            for found in self.findings
        ]


def layer(document: Document, model: type[Part], *, keep_none: bool = False, facts_in: str = "") -> Layer:
    """What `document` says, in the canonical form of `model`.

    `keep_none` where other layers lie below; `facts_in` for a translation: the file where facts belong.
    """
    tidy = Tidy(keep_none, facts_in)
    values = tidy.map(document.values, shape_of(model))
    return Layer(document, values, tidy.renames, tuple(tidy.findings))


def merged(layers: Sequence[Layer]) -> dict[str, Any]:
    """All layers as one, the first over the others."""
    if len(layers) == 1:
        return layers[0].values
    out: dict[str, Any] = {}
    for below in reversed(layers):
        out = _over(out, below.values)
    return _without_none(out)


def _over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(below)
    for key, value in above.items():
        mine = out.get(key)
        out[key] = _over(mine, value) if isinstance(mine, dict) and isinstance(value, dict) else value
    return out


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in values.items()
        if value is not None
    }


def place(layers: Sequence[Layer], path: KeyPath) -> tuple[Layer, KeyPath]:
    """The layer that a value comes from, and the place as it was typed there. What is missing is missing in a file."""
    candidates = list(layers)
    for end in range(1, len(path) + 1):
        holders = [each for each in candidates if _at(each.values, path[:end]) is not None]
        if not holders:
            file = next((each for each in candidates if each.document.first_line), candidates[0])
            return file, file.typed(path)
        # The first that holds it decides; where it holds a map, those below may have given the rest.
        is_map = [isinstance(_at(each.values, path[:end]), dict) for each in holders]
        candidates = [each for each, also in zip(holders, is_map, strict=True) if also] if is_map[0] else holders[:1]
    return candidates[0], candidates[0].typed(path)


def _at(values: Any, path: KeyPath) -> Any:
    for step in path:
        if isinstance(values, dict):
            values = values.get(step)
        elif isinstance(values, list) and isinstance(step, int) and step < len(values):
            values = values[step]
        else:
            return None
    return values


def problem_at(
    layers: Sequence[Layer],
    path: KeyPath,
    what: str,
    fix: str = "",
    *,
    level: Literal["error", "warning"] = "error",
    on: Literal["key", "value"] = "value",
) -> Problem:
    """A Problem where the value of `path` stands, whichever layer it comes from."""
    origin, typed = place(layers, path)
    return origin.document.problem(typed, what, fix, level=level, on=on)


P = TypeVar("P", bound=Part)


def validated(model: type[P], layers: Sequence[Layer], context: Any = None) -> tuple[P | None, list[Problem]]:
    """The finished part and what is to be said about it; None where any of that is an error. Never raises.

    What is wrong between fields (`model.check`) is found in the same run as what is wrong within them.
    """
    values = merged(layers)
    part: P | None = None
    flaws: list[Flaw] = []
    try:
        part = model.model_validate(values, context=context)
        known: Mapping[str, Any] = part.__dict__
    except ValidationError as error:
        details = error.errors(include_url=False)
        flaws.extend(explain(detail, model) for detail in details)
        known = _right_ones(model, values, context, {detail["loc"][0] for detail in details if detail["loc"]})
    flaws.extend(model.check(known, context))
    if not flaws:
        return part, []
    guessed = {found.guess for each in layers for found in each.findings}
    flaws = [flaw for flaw in flaws if flaw.place not in guessed]
    problems = [
        problem_at(layers, flaw.place, _sentence(flaw.what), flaw.fix, level=flaw.level, on=flaw.on) for flaw in flaws
    ]
    # Where the YAML itself is wrong, what follows from it is not said again.
    said = {(known.path, known.line, known.column) for each in layers for known in each.document.problems}
    problems = [problem for problem in problems if (problem.path, problem.line, problem.column) not in said]
    return (None if any(problem.level == "error" for problem in problems) else part), problems


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _right_ones(model: type[Part], values: Mapping[str, Any], context: Any, bad: set[Any]) -> Mapping[str, Any]:
    """The fields that are right by themselves: validated again without the bad ones, examples standing in for these."""
    rest = {name: value for name, value in values.items() if name not in bad}
    for name, info in model.model_fields.items():
        if name in bad and info.is_required():
            rest[name] = (info.examples or [None])[0]
    try:
        part = model.model_validate(rest, context=context)
    except ValidationError:
        return {}
    return {name: value for name, value in part.__dict__.items() if name not in bad}
