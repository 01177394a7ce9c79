"""Says in our words what pydantic found. Its own sentences, which speak of types and not of texts, never show."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic.fields import FieldInfo

from handbill.near import nearest
from handbill.schema.part import Flaw, Part
from handbill.schema.shape import shape_of
from handbill.yaml import written
from handbill.yaml.faults import shown


def explain(error: Mapping[str, Any], model: type[Part]) -> Flaw:
    """One error of a `ValidationError.errors()` of `model`, with its place, in full sentences and with a fix."""
    place: tuple[str | int, ...] = tuple(error["loc"])
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind == "handbill":
        return Flaw((*place, *context["at"]), context["what"], context["fix"])
    owner, name, info = _field(place, model)
    if kind == "missing":
        return Flaw(place, f"`{name}` is missing{_of(owner)}.", f"Add a line: {name}: {_example(info)}")
    if kind in ("string_too_short", "too_short"):
        return Flaw(place, f"`{name}` is empty.", f"Write, for example, {name}: {_example(info)}")
    if kind in _LIMITS and isinstance(value, int | float | Decimal):
        limit, most, least = _LIMITS[kind]
        what = f"`{name}` cannot be {most} than {context[limit]:g}, and this is {written(value)}."
        return Flaw(place, what, f"Write {context[limit]:g} or {least}, or leave the field out.")
    if kind == "literal_error":
        said = f"{say(value)} is not a {name}." if name in _NOUNS else f"`{name}` cannot be {say(value)}."
        return Flaw(place, said, _choice(value, info))
    what, fix = _KINDS.get(kind, ("{value} cannot be `{name}`.", ""))
    said = what.format(name=name, value=say(value))
    if isinstance(place[-1], int):
        said = f"Each of {said}"
    if kind == "string_type" and isinstance(value, bool):
        said, fix = f"`{name}` is read as {written(value)}, and a text is meant.", f'Write {name}: "{written(value)}"'
    if info is None or not info.examples or not fix:
        return Flaw(place, said, _what_it_is(info))
    return Flaw(place, said, fix.format(name=name, example=_example(info)))


_LIMITS = {"greater_than_equal": ("ge", "less", "more"), "less_than_equal": ("le", "more", "less")}
_NOUNS = ("status", "type")
"""Names of fields that are words for what they hold."""
_KINDS = {
    "string_type": ("`{name}` must be a text, and this is {value}.", "Write {name}: {example}"),
    "string_pattern_mismatch": ("{value} cannot be `{name}`.", ""),
    "string_too_long": ("`{name}` is too long.", ""),
    "int_type": ("`{name}` must be a whole number, and this is {value}.", "Write a number alone: {name}: {example}"),
    "float_type": ("`{name}` must be a number, and this is {value}.", "Write a number alone: {name}: {example}"),
    "float_parsing": ("`{name}` must be a number, and this is {value}.", "Write a number alone: {name}: {example}"),
    "bool_type": ("`{name}` is either true or false, and this is {value}.", "Write {name}: true or {name}: false"),
    "bool_parsing": ("`{name}` is either true or false, and this is {value}.", "Write {name}: true or {name}: false"),
    "tuple_type": ("`{name}` must be a list, and this is {value}.", "Write {name}: {example}"),
    "dict_type": ("`{name}` must be a map of names and values, and this is {value}.", "Write {name}: {example}"),
    "model_type": ("`{name}` must be a map of fields, and this is {value}.", "Write {name}: {example}"),
}


def say(value: Any) -> str:
    """A value as it stands in a message: `'free'`, `-3`, `true`, `a list`."""
    if isinstance(value, str):
        return shown(value) if value.strip() else "empty"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    return "empty" if value is None else written(value)


def _of(owner: type[Part] | None) -> str:
    return f" in {owner.noun}" if owner is not None else ""


def _field(place: tuple[str | int, ...], model: type[Part]) -> tuple[type[Part] | None, str, FieldInfo | None]:
    """The model that holds the field, the field's name for people, and what we know of it."""
    shape = shape_of(model)
    owner, info, name, nested = model, None, "", None
    steps = list(place)
    while steps:
        step = steps.pop(0)
        if not isinstance(step, str):
            continue
        name = step
        if nested is not None and nested.form == "named":
            nested = None  # a free name, such as the id of a product
            continue
        if step not in shape.model.model_fields:
            continue
        owner, info = shape.model, shape.model.model_fields[step]
        nested = shape.rules.get(step)
        if nested is not None and nested.shape is not None and any(isinstance(later, str) for later in steps):
            shape = nested.shape
    return owner, name, info


def _example(info: FieldInfo | None) -> str:
    return written(info.examples[0]) if info is not None and info.examples else "…"


def _what_it_is(info: FieldInfo | None) -> str:
    return info.description or "" if info is not None else ""


def _choice(value: Any, info: FieldInfo | None) -> str:
    choices = [str(choice) for choice in _literals(info.annotation)] if info is not None else []
    near = nearest(str(value).lower().replace(" ", "_").replace("-", "_"), choices) if isinstance(value, str) else ""
    words = ", ".join(choices[:-1]) + f" or {choices[-1]}" if len(choices) > 1 else "".join(choices)
    return (f"Did you mean {near}? " if near else "") + f"Write {words}."


def _literals(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    return tuple(choice for arg in typing.get_args(annotation) for choice in _literals(arg))
