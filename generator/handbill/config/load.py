"""Reads content/site.yaml, and over it the environment.

Every field that is one value has its variable, and so has every list of texts, written with commas: HANDBILL_BASE_URL,
HANDBILL_SIGNUP_ACTION, HANDBILL_LANGUAGES. An empty variable counts as none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from handbill.config.site import SiteConfig
from handbill.errors import Problem
from handbill.model import Source
from handbill.schema import Layer, layer, validated
from handbill.schema.shape import Shape, shape_of
from handbill.textfile import read_yaml
from handbill.yaml import Document, scalar


def load_config(source: Source, environ: Mapping[str, str]) -> tuple[SiteConfig | None, list[Problem]]:
    """The site's configuration, and what is to be said about it; None where any of that is an error. Never raises.

    `environ` is the environment, or a part of it: HANDBILL_* values go over the file's.
    """
    document = read_yaml(source)
    if document.problems and not document.values:
        return None, document.problems
    layers = [*_overrides(environ), layer(document, SiteConfig, keep_none=True)]
    config, problems = validated(SiteConfig, layers)
    problems = [*document.problems, *layers[-1].problems(), *problems]
    return (None if any(problem.level == "error" for problem in problems) else config), problems


def _overrides(environ: Mapping[str, str]) -> Iterator[Layer]:
    """Each HANDBILL_* variable that names a field, as a layer of its own whose problems name the variable."""
    places = dict(_variables(shape_of(SiteConfig)))
    for name in sorted(environ):
        place = places.get(name)
        if place is None or not environ[name].strip():
            continue
        value: Any = scalar(environ[name].strip())
        for step in reversed(place):
            value = {step: value}
        yield layer(Document(name, "", 0, values=value), SiteConfig, keep_none=True)


def _variables(shape: Shape, place: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in shape.names:
        rule, here = shape.rules.get(name), (*place, name)
        if rule is None or rule.form == "words":
            yield "HANDBILL_" + "_".join(here).upper(), here
        elif rule.form == "part" and rule.shape is not None:
            yield from _variables(rule.shape, here)
