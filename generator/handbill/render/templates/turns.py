"""How many turns the loops of a page may take: a theme's slip costs a second, not a night.

Counted as a loop begins, by its length, so a turn costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from jinja2.exceptions import TemplateRuntimeError

TURNS = 1_000_000
"""Of all loops of one page: a second or so. A page of a thousand entries takes some ten thousand."""
TICKING = "ticking"
"""The function that hands on what an iterator gives: where that fails, the fault is not ours."""


def counter() -> tuple[Callable[[Any], Any], Callable[[], None]]:
    """(counted, count_anew): what every loop calls as it begins, and what gives the next page all its TURNS again.

    `counted(items)` is `items`, its turns taken from those that are left. Only what has no length (what `map` or
    `select` gives) is counted as it goes. Raises TemplateRuntimeError.
    """
    left = TURNS

    def count_anew() -> None:
        nonlocal left
        left = TURNS

    def counted(items: Any) -> Any:
        nonlocal left
        try:
            left -= len(items)
        except TypeError:
            return ticking(items) if hasattr(items, "__next__") else items
        if left < 0:
            too_many()
        return items

    def ticking(items: Iterator[Any]) -> Iterator[Any]:
        nonlocal left
        for item in items:
            left -= 1
            if left < 0:
                too_many()
            yield item

    def too_many() -> NoReturn:
        what = f"The loops of this page take more than {TURNS:,} turns. Go over less, here or in a loop around it."
        raise TemplateRuntimeError(what)

    return counted, count_anew
