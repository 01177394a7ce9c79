"""The theme's own words, by key and language.

A file `i18n/pt.yaml` holds groups of texts; `form: { button: Enviar }` is the key `form.button`. A text may have named
places, `{name}`, and nothing cleverer: no index, no attribute, no format. A text that depends on a number has forms by
the plural categories of CLDR (https://cldr.unicode.org/index/cldr-spec/plural-rules), chosen by `n`:

    left:
      one: One left
      other: "{n} left"

Words are plain text. Whatever prints them as HTML escapes them.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from handbill.errors import HandbillError, Problem
from handbill.near import did_you_mean
from handbill.yaml import Document

CATEGORIES = ("zero", "one", "two", "few", "many", "other")
LAST_RESORT = "en"
"""The language that is asked when no other has the words."""

Forms = str | Mapping[str, str]
"""A text, or one for each plural category."""
Plural = Callable[[Any, str], str]
"""(number, language) → category. `handbill.render.words.plural` is one."""

_FORMATTER = string.Formatter()
_PLACE = re.compile(r"[a-z][a-z0-9_]*")


class WordsError(HandbillError):
    """A key that no language has, or a place in a text that nothing was given for."""


@dataclass(frozen=True, slots=True)
class Strings:
    """The words of one language, holes filled from the languages behind it."""

    lang: str
    words: Mapping[str, Forms]
    plural: Plural
    borrowed: Mapping[str, str] = field(default_factory=dict)
    """Key → the language that stepped in, where this one has no words."""

    def t(self, key: str, /, **values: object) -> str:
        """The words for `key`, its places filled. Raises WordsError."""
        text = self.form(key, values)
        try:
            return text.format_map(values)
        except KeyError as error:
            raise WordsError(f"'{key}' needs a value for {error.args[0]!r}: t(\"{key}\", {error.args[0]}=…).") from None

    def has(self, key: str) -> bool:
        """True when there are words for `key`."""
        return key in self.words

    def form(self, key: str, values: Mapping[str, object]) -> str:
        """The text for `key` with its places unfilled: the one its plural form asks for. Raises WordsError."""
        try:
            found = self.words[key]
        except KeyError:
            raise WordsError(f"The theme has no words for '{key}'. {did_you_mean(key, self.words)}".rstrip()) from None
        if isinstance(found, str):
            return found
        if "n" not in values:
            raise WordsError(f"'{key}' depends on a number: t(\"{key}\", n=…).")
        return found.get(self.plural(values["n"], self.borrowed.get(key, self.lang))) or found["other"]

    def places(self, key: str) -> frozenset[str]:
        """The names that a call with `key` must give a value for (`n` among them where it has plural forms)."""
        found = self.words[key]
        names = set(places_of(found))
        if not isinstance(found, str):
            names.add("n")
        return frozenset(names)


def places_of(forms: Forms) -> frozenset[str]:
    """The names of the places in a text, or in any of its forms."""
    texts = (forms,) if isinstance(forms, str) else forms.values()
    return frozenset(name for text in texts for _, name, _, _ in _FORMATTER.parse(text) if name)


def pieces(text: str) -> Iterable[tuple[str, str]]:
    """(literal, name of the place behind it or empty), in order."""
    return ((literal, name or "") for literal, name, _, _ in _FORMATTER.parse(text))


def choose(words: Mapping[str, Mapping[str, Forms]], lang: str, default: str, plural: Plural) -> Strings:
    """The words of `lang` out of those of all languages: `pt-BR`, then `pt`, then the site's default, then English."""
    order: list[str] = []
    for code in (lang, lang.split("-")[0], default, default.split("-")[0], LAST_RESORT):
        if code not in order and code in words:
            order.append(code)
    merged: dict[str, Forms] = {}
    borrowed: dict[str, str] = {}
    for code in order:
        for key, forms in words[code].items():
            if key not in merged:
                merged[key] = forms
                if code.split("-")[0] != lang.split("-")[0]:
                    borrowed[key] = code
    return Strings(lang, merged, plural, borrowed)


def read_words(document: Document, problems: list[Problem]) -> dict[str, Forms]:
    """The texts of one file, by key. What is wrong with one is added to `problems`, and it is left out."""
    out: dict[str, Forms] = {}
    problems += document.problems

    def walk(value: Any, path: tuple[str, ...]) -> None:
        if isinstance(value, str):
            if _sound(value, path, document, problems):
                out[".".join(path)] = value
        elif not isinstance(value, dict):
            what = f"'{'.'.join(path)}' is no text."
            problems.append(document.problem(path, what, "Write a text; in quotes, where it is a number or yes or no."))
        elif "other" in value and set(value) <= set(CATEGORIES):
            if not all(isinstance(text, str) for text in value.values()):
                what = f"A plural form of '{'.'.join(path)}' is no text."
                problems.append(document.problem(path, what, "Write one text a form.", on="key"))
                return
            sound = [_sound(text, (*path, name), document, problems) for name, text in value.items()]
            if all(sound):
                out[".".join(path)] = value
        else:
            for name, inner in value.items():
                walk(inner, (*path, name))

    walk(document.values, ())
    return out


def _sound(text: str, path: tuple[str, ...], document: Document, problems: list[Problem]) -> bool:
    try:
        for _, name, spec, conversion in _FORMATTER.parse(text):
            if name is not None and (spec or conversion or not _PLACE.fullmatch(name)):
                what = f"'{{{name}}}' is no place for a value."
                problems.append(document.problem(path, what, "Write a small-lettered name in braces, such as {name}."))
                return False
    except ValueError:
        fix = "Write {name} for a value, and {{ or }} for a brace itself."
        problems.append(document.problem(path, f"A brace stands alone in '{text}'.", fix))
        return False
    return True


def strange_places(words: Mapping[str, Mapping[str, Forms]]) -> list[tuple[str, str, str]]:
    """(language, key, name) of places in a translation that the English words do not have."""
    measure = words.get(LAST_RESORT, {})
    out = []
    for lang, texts in words.items():
        for key, forms in texts.items():
            if lang != LAST_RESORT and key in measure:
                known = places_of(measure[key]) | ({"n"} if not isinstance(measure[key], str) else set())
                out += [(lang, key, name) for name in sorted(places_of(forms) - known)]
    return out
