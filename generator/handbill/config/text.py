"""Words of site.yaml, in one language or in several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import PlainValidator

from handbill.schema import wrong
from handbill.schema.explain import say
from handbill.yaml import written


@dataclass(frozen=True, slots=True)
class Text:
    """Words of site.yaml: one text for all languages, or one for each. False when there are none."""

    words: tuple[tuple[str, str], ...] = ()
    """(language, text); the language is empty for a text that serves all."""

    def get(self, lang: str, first: str = "") -> str:
        """The text in `lang` (`pt` serves `pt-BR`), else the one for all, else in `first`, else any; or empty."""
        texts = dict(self.words)
        for key in (lang, lang.partition("-")[0], "", first):
            if key in texts:
                return texts[key]
        return self.words[0][1] if self.words else ""

    def missing(self, languages: Iterable[str]) -> list[str]:
        """Those of `languages` that nobody wrote it in."""
        known = {lang for lang, _ in self.words}
        return [lang for lang in languages if lang not in known and lang.partition("-")[0] not in known]

    def __bool__(self) -> bool:
        return any(text for _, text in self.words)

    def __str__(self) -> str:
        return self.words[0][1] if self.words else ""


def _text(value: Any) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, dict) and value and all(_is_words(text) for text in value.values()):
        return Text(tuple((str(lang), _one_line(text)) for lang, text in value.items() if text is not None))
    if _is_words(value):
        return Text((("", _one_line(value)),))
    raise wrong(f"{say(value).capitalize()} is not a text.", "Write a text, or one for each language: { en: …, pt: … }")


def _is_words(value: Any) -> bool:
    return value is None or (isinstance(value, str | int | Decimal) and not isinstance(value, bool))


def _one_line(value: Any) -> str:
    return " ".join(written(value).split())


Texts = Annotated[Text, PlainValidator(_text)]
"""A text, or a map of them by language."""
