"""The nearest name: what somebody meant who wrote a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name one slip away from `name`, or an empty text where none is near.

    >>> nearest("sumary", ["title", "summary"]), nearest("price", ["title"])
    ('summary', '')
    """
    from difflib import get_close_matches  # only where something is wrong already

    found = get_close_matches(name, sorted(set(known)), n=1, cutoff=0.7 if len(name) > 4 else 0.6)
    return found[0] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`Did you mean 'summary'? ` with a space at its end, or nothing: made to stand before the rest of a fix."""
    guess = nearest(name, known)
    return f"Did you mean '{guess}'? " if guess else ""
