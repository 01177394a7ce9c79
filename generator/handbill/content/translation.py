"""An entry's words in another language: read, checked against the entry, and put in the place of the first ones.

A fact (a date, a price, a stock) is written once, in the entry's first language. So a translation that was forgotten
for a year still tells the right price, and a fact in it is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from handbill.config import SiteConfig
from handbill.content.frontmatter import split
from handbill.errors import Problem
from handbill.kinds import Entry
from handbill.kinds.base import FormField, Label, Translation
from handbill.kinds.words import FieldWords
from handbill.model import Source
from handbill.near import did_you_mean
from handbill.schema import Flaw, Part, layer, problem_at, validated

LABELLED = ("tickets", "items", "spaces", "addons")
"""Fields of an entry whose parts have an id and a name."""


@dataclass(slots=True)
class ParsedTranslation:
    """What the file of one language gave."""

    words: Translation | None
    """None when anything in the file is an error."""
    body: str
    """The Markdown below the front matter, lines ending in LF."""
    body_line: int
    """Line of the file on which the body begins."""
    problems: list[Problem]


def read_translation(source: Source, lang: str, base: Entry, config: SiteConfig) -> ParsedTranslation:
    """The words that `source` holds for `base` in `lang`, one of the languages of `config`."""
    front = split(source)
    parsed = ParsedTranslation(None, front.body, front.body_line, front.problems)
    if parsed.problems and not front.document.values:
        return parsed
    written = layer(front.document, base.translation, facts_in=_home(source.path, lang))
    parsed.problems.extend(written.problems())
    words, problems = validated(base.translation, [written])
    parsed.problems.extend(problems)
    if words is not None:
        parsed.problems.extend(
            problem_at([written], flaw.place, flaw.what, flaw.fix, level=flaw.level, on=flaw.on)
            for flaw in _strangers(words, base)
        )
    if all(problem.level == "warning" for problem in parsed.problems):
        parsed.words = words
    return parsed


def apply(entry: Entry, words: Translation) -> Entry:
    """`entry` in the language of `words`: what they lack stays in the first language. Facts and ids never change."""
    new: dict[str, Any] = {
        name: said
        for name in type(words).model_fields
        if name not in (*LABELLED, "images", "signup", "params") and (said := getattr(words, name))
    }
    labels: dict[str, Label] = {}
    for name in LABELLED:
        labels.update(words.__dict__.get(name, {}))
    for name in LABELLED if labels else ():
        products: Any = getattr(entry, name, None)
        if products:
            new[name] = tuple(_labelled(product, labels) for product in products)
    if words.images:
        new["images"] = tuple(_with(image, words.images.get(image.src)) for image in entry.images)
    if words.signup is not None and entry.signup is not None:
        fields = tuple(_asked(item, words.signup.fields.get(item.name)) for item in entry.signup.fields)
        new["signup"] = _with(entry.signup, words.signup, fields=fields)
    if words.params:
        new["params"] = {**entry.params, **words.params}
    return entry.model_copy(update=new)


P = TypeVar("P", bound=Part)


def _with(part: P, words: Part | None, **more: Any) -> P:
    """`part` with those of the words that are not empty."""
    if words is None:
        return part
    said = {name: value for name, value in words.__dict__.items() if isinstance(value, str) and value}
    return part.model_copy(update={**said, **more})


def _asked(item: FormField, words: FieldWords | None) -> FormField:
    if words is None:
        return item
    options = tuple(
        option.model_copy(update={"label": words.options.get(option.value, option.label)}) for option in item.options
    )
    return _with(item, words, options=options)


def _labelled(product: Any, labels: Mapping[str, Label]) -> Any:
    more: dict[str, Any] = {"sku": product.id}  # the id was made from the first language's name, and stays
    if getattr(product, "addons", ()):
        more["addons"] = tuple(_labelled(addon, labels) for addon in product.addons)
    return _with(product, labels.get(product.id, Label()), **more)


def _strangers(words: Translation, base: Entry) -> Iterator[Flaw]:
    """Words for what the entry does not have."""
    for name in LABELLED:
        known = _ids(base, name)
        for key in getattr(words, name, {}):
            if key not in known:
                what = f"The entry has no id '{key}' among its {name}."
                yield Flaw((name, key), what, _known(key, known, f"It has no {name}."), on="key")
    pictures = [image.src for image in base.images]
    for key in words.images:
        if key not in pictures:
            fix = _known(key, pictures, "It has no images.")
            yield Flaw(("images", key), f"The entry has no image '{key}'.", fix, on="key")
    if words.signup is not None:
        fields = {item.name: item for item in base.signup.fields} if base.signup is not None else {}
        for key, said in words.signup.fields.items():
            if key not in fields:
                fix = _known(key, list(fields), "It asks for the e-mail address alone.")
                yield Flaw(("signup", "fields", key), f"The form has no field '{key}'.", fix, on="key")
                continue
            values = [option.value for option in fields[key].options]
            for value in said.options:
                if value not in values:
                    fix = _known(value, values, "It is no select.")
                    what = f"The field `{key}` has no option '{value}'."
                    yield Flaw(("signup", "fields", key, "options", value), what, fix, on="key")


def _ids(base: Entry, name: str) -> list[str]:
    products = list(getattr(base, name, ()))
    if name == "addons":
        holders = [product for field in LABELLED for product in getattr(base, field, ())]
        products += [addon for holder in holders for addon in getattr(holder, "addons", ())]
    return [product.id for product in products]


def _known(key: str, known: list[str], nothing: str) -> str:
    return f"{did_you_mean(key, known)}It has: {', '.join(known)}." if known else nothing


def _home(path: str, lang: str) -> str:
    """`salon.pt.md` → `salon.md`, where the facts belong."""
    head, dot, tail = path.rpartition(f".{lang}.")
    return f"{head}.{tail}" if dot else path
