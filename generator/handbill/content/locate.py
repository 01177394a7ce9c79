"""Finds where a field stands, for what only comes to light later: a missing host, a picture that is not there.

The file is read once more for that. So no position need be carried through a build in which nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from handbill.content.entry import Defaults
from handbill.content.frontmatter import split
from handbill.errors import Problem
from handbill.kinds import Entry
from handbill.model import Source
from handbill.schema import layer, problem_at
from handbill.yaml import KeyPath, Mark


def locate(source: Source, place: KeyPath, kind: type[Entry]) -> Mark:
    """(line, column, width) of the value at `place`, such as ("images", 0, "src"), under whatever name it was typed.

    The deepest part of `place` that is written; line 1 and column 0 when none is.
    """
    written = layer(split(source).document, kind)
    return written.document.mark(written.typed(place))


def problem_in(
    source: Source,
    place: KeyPath,
    kind: type[Entry],
    what: str,
    fix: str = "",
    *,
    defaults: Sequence[Defaults] = (),
    level: Literal["error", "warning"] = "error",
) -> Problem:
    """A Problem at the value of `place`, with its line, in the entry's file or in the `_defaults.yaml` it is from."""
    layers = [layer(split(source).document, kind, keep_none=bool(defaults)), *(each.layer(kind) for each in defaults)]
    return problem_at(layers, place, what, fix, level=level)
