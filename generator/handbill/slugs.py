"""Slugs: the part of a URL or an id that is made from a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_ASCII_WORD = re.compile("[a-z0-9]+")
_PLAIN_SLUG = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*+")
# Letters that Unicode does not take apart into a plain one and an accent.
_LATIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


@lru_cache(maxsize=4096)
def slugify(name: str) -> str:
    """Lower case, words joined by hyphens. Latin letters lose their accents; other scripts stay as they are.

    The same name gives the same slug for ever: ids of products hang on it. Empty when no letter or digit is in it.

    >>> slugify("Lamp Nº 3"), slugify("Fünf & Søhne"), slugify("東京の夜"), slugify("हिन्दी रात")
    ('lamp-no-3', 'funf-sohne', '東京の夜', 'हिन्दी-रात')
    """
    if name.isascii():
        return "-".join(_ASCII_WORD.findall(name.lower()))
    folded = "".join(c for c in unicodedata.normalize("NFKD", name) if not ("\u0300" <= c <= "\u036f"))
    folded = unicodedata.normalize("NFC", folded).casefold().translate(_LATIN)
    kept = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in folded)
    words = ("".join(kept)).split()
    return "-".join(filter(None, (word.lstrip(_marks_before(word)) for word in words)))


def by_slug(names: Iterable[str]) -> dict[str, str]:
    """Slug → name, in order. Of names with one slug the first stands for all."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(slugify(name), name)
    return found


def _marks_before(word: str) -> str:
    """The marks that a word begins with: they belong to a letter that is not there."""
    first = next((place for place, c in enumerate(word) if c.isalnum()), len(word))
    return word[:first]


def is_slug(text: str) -> bool:
    """True for what may be the last part of a URL as it stands: `lamp-no-3`, `lamp_3`, `東京`, `v1.2`.

    Small letters of any script and digits, with `- _ .` between them: the same on disks that know no capitals.
    """
    if _PLAIN_SLUG.fullmatch(text):
        return len(text) <= 100
    return (
        0 < len(text) <= 100
        and all(c.isalnum() or c in "-_." or unicodedata.category(c)[0] == "M" for c in text)
        and text[0].isalnum()
        and text[-1] not in "-_."
        and ".." not in text
        and text in (text.lower(), text.casefold())
        and unicodedata.is_normalized("NFC", text)
    )


def file_of(url: str) -> str:
    """Path below the public root of the page at a URL of the site: of `/lamp/` lamp/index.html, of `/a.html` a.html."""
    return url.lstrip("/") + ("index.html" if url.endswith("/") else "")


def folder_of(url: str) -> str:
    """The URL below which what belongs to a page lies: of `/lamp/` itself, of `/old/lamp.html` `/old/`."""
    return url[: url.rindex("/") + 1]
