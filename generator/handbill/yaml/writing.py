"""Writes plain values as YAML: in blocks, one field a line, quotes only where they are needed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from handbill.yaml.reading import scalar

_PLAIN = re.compile(r"[^\W_](?:[^\n\r\t:#\"'{}\[\],&*!|>%@`\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]|:(?! |$))*\Z")
_WORDS_OF_YAML_1_1 = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


def dump(values: Mapping[str, Any]) -> str:
    """YAML that `read` reads back as the same values. Ends in a line feed.

    Values are text, numbers, bools, None, dates and times (which become text), lists and maps with text keys.
    """
    return "".join(f"{line}\n" for line in _fields(values)) or "{}\n"


def _fields(values: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for key, value in values.items():
        name = _scalar(str(key))
        below = _below(value)
        if below is None:
            lines.append(f"{name}: {_scalar(value)}")
        else:
            lines.append(f"{name}:")
            lines.extend(f"  {line}" for line in below)
    return lines


def _below(value: Any) -> list[str] | None:
    """The lines of a list or a map, or None for what stands beside its key."""
    if isinstance(value, Mapping) and value:
        return _fields(value)
    if isinstance(value, list | tuple) and value:
        lines = []
        for item in value:
            below = _below(item)
            if below is None:
                lines.append(f"- {_scalar(item)}")
            else:
                lines.append(f"- {below[0]}")
                lines.extend(f"  {line}" for line in below[1:])
        return lines
    return None


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, float):
        return repr(value) if scalar(repr(value)).__class__ is not str else f"{Decimal(value):f}"
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    if isinstance(value, datetime):
        text = value.isoformat(" ")
    elif isinstance(value, date | time):
        text = value.isoformat()
    else:
        text = str(value)
    if (
        _PLAIN.match(text)
        and text == text.strip()
        and isinstance(scalar(text), str)
        and text.lower() not in _WORDS_OF_YAML_1_1  # other editors' YAML would take these for true and false
    ):
        return text
    escaped: str = json.dumps(text, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff]", _escape, escaped)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
