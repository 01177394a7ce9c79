"""The reference of what a creator and a designer may write, printed from the classes that the build itself uses."""

from __future__ import annotations

import dataclasses
import types
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from handbill.config import SiteConfig
from handbill.kinds import KINDS
from handbill.view import CONTEXTS


def reference(what: str = "all") -> str:
    """Markdown: `front-matter`, `site`, `templates`, or `all` of them."""
    parts = []
    if what in ("front-matter", "all"):
        parts.append(_front_matter())
    if what in ("site", "all"):
        parts.append("# site.yaml\n\n" + _model(SiteConfig, set()))
    if what in ("templates", "all"):
        parts.append(_templates())
    return "\n".join(parts).rstrip() + "\n"


def _front_matter() -> str:
    out = ["# Front matter\n"]
    seen: set[type] = set()
    for kind in KINDS:
        out.append(f"## {kind.__name__}: content/{kind.section}/\n\n{_first_line(kind)}\n")
        out.append(_fields(kind))
    for kind in KINDS:
        out.extend(_nested(kind, seen))
    return "\n".join(out)


def _model(model: type[BaseModel], seen: set[type]) -> str:
    return _fields(model) + "\n" + "\n".join(_nested(model, seen))


def _nested(model: type[BaseModel], seen: set[type]) -> list[str]:
    out: list[str] = []
    for field in model.model_fields.values():
        for inner in _models_in(field.annotation):
            if inner not in seen:
                seen.add(inner)
                out.append(f"### {inner.__name__}\n\n{_first_line(inner)}\n")
                out.append(_fields(inner))
                out.extend(_nested(inner, seen))
    return out


def _fields(model: type[BaseModel]) -> str:
    lines = ["| key | type | default | |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else _shown(field.get_default(call_default_factory=True))
        described = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{name}` | {_type(field.annotation)} | {default} | {described} |")
    return "\n".join(lines) + "\n"


def _templates() -> str:
    out = ["# Template context\n"]
    views: list[type] = []
    for template, context in CONTEXTS.items():
        names = ", ".join(f"`{name}`: {view.__name__}" for name, view in context.items())
        out.append(f"- `{template}`: {names}")
        views += [view for view in context.values() if view not in views]
    out.append("")
    for view in views:
        out.append(f"## {view.__name__}\n\n{_first_line(view)}\n")
        out.append("| field | type | |\n|---|---|---|")
        hints = get_type_hints(view, include_extras=True)
        for field in dataclasses.fields(view):
            hint = hints[field.name]
            inner, text = get_args(hint)[:2] if get_origin(hint) is Annotated else (hint, "")
            out.append(f"| `{field.name}` | {_type(inner)} | {str(text).replace('|', chr(92) + '|')} |")
            for found in _dataclasses_in(inner):
                if found not in views:
                    views.append(found)
        out.append("")
    return "\n".join(out)


def _first_line(thing: type) -> str:
    return (thing.__doc__ or "").strip().split("\n")[0]


def _type(hint: Any) -> str:
    origin = get_origin(hint)
    if origin is Annotated:
        return _type(get_args(hint)[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_type(arg) for arg in get_args(hint) if arg is not type(None))
    if origin is tuple:
        args = [arg for arg in get_args(hint) if arg is not Ellipsis]
        return f"list of {_type(args[0])}" if len(get_args(hint)) == 2 and get_args(hint)[1] is Ellipsis else (
            "(" + ", ".join(_type(arg) for arg in args) + ")"
        )  # fmt: skip
    if origin is not None and getattr(origin, "__name__", "") in ("dict", "Mapping"):
        return "map"
    if origin is not None and str(origin).endswith("Literal"):
        return " or ".join(f"`{arg}`" for arg in get_args(hint))
    names = {"str": "text", "int": "number", "float": "number", "bool": "true or false", "timedelta": "duration"}
    name = getattr(hint, "__name__", str(hint))
    return names.get(name, name)


def _models_in(hint: Any) -> list[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return [hint]
    return [model for arg in get_args(hint) for model in _models_in(arg)]


def _dataclasses_in(hint: Any) -> list[type]:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return [hint]
    return [found for arg in get_args(hint) for found in _dataclasses_in(arg)]


def _shown(value: Any) -> str:
    if value is None or value == "" or value == () or value == {}:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int)):
        return f"`{value}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(str(item) for item in value) + "]`"
    return ""
