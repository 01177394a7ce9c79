"""The words of an e-mail: Markdown with a subject and a preheader, from the nearest file that has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from handbill.content.frontmatter import split
from handbill.errors import Problem
from handbill.model import Part, Source, Words
from handbill.near import did_you_mean
from handbill.render.shortcodes import MARK, fault, scan


class MailWords(NamedTuple):
    """The words of an e-mail, read."""

    path: str
    subject: tuple[Part, ...]
    preheader: tuple[Part, ...]
    body: Words
    more: Mapping[str, str] = MappingProxyType({})
    """What else a letter says above its words, by key: LETTER_KEYS."""


def find_words(
    name: str,
    *,
    kind: str,
    lang: str,
    default: str,
    own: Mapping[tuple[str, str], str],
    section: Mapping[tuple[str, str], str],
    theme: Callable[[str], str | None],
    languages: Sequence[str] = (),
) -> str | None:
    """The path of the nearest words for the e-mail `name` of an entry: its own, its section's, the theme's.

    `own` and `section` are (e-mail name, language, empty for the default one) → path. `theme` gives the shown path of a
    theme's file, or None; there `welcome.event.md` goes before `welcome.md`. Words in the reader's language win over
    nearer words in another: a letter that cannot be read says nothing. `languages` are those to fall back on, then
    `default`, then English.
    """
    for code in dict.fromkeys((lang, *languages, default, "en")):
        suffix = "" if code == default else code
        for shelf in (own, section):
            if (name, suffix) in shelf:
                return shelf[name, suffix]
        for file in (f"{name}.{kind}.md", f"{name}.md"):
            for folder in dict.fromkeys((code, code.partition("-")[0])):
                if (path := theme(f"emails/words/{folder}/{file}")) is not None:
                    return path
    return None


KEYS = ("subject", "preheader")
LETTER_KEYS = ("title", "id")


def read_words(data: bytes, *, path: str, name: str, html: bool = False) -> tuple[MailWords | None, list[Problem]]:
    """The words in one file for the e-mail `name`, and all that is wrong with them; None where they cannot be used.

    `html`: the site allows author HTML.
    """
    from handbill.render.markdown import parse

    front = split(Source(path, data, ""), required=False)
    head = front.document
    if any(problem.level == "error" for problem in front.problems):
        return None, sorted(front.problems)
    body, found = parse(front.body, path=path, line=front.body_line, html=html, where="email")
    problems = [*front.problems, *found]
    known = (*KEYS, *(LETTER_KEYS if name == "letter" else ()))
    more: dict[str, str] = {}
    for key, value in head.values.items():
        if key in LETTER_KEYS and key in known:
            if isinstance(value, str) and value.strip():
                more[key] = " ".join(value.split())
            else:
                problems.append(head.problem((key,), f"The {key} is no text.", "Write some words, in quotes."))
        elif key not in known:
            fix = f"{did_you_mean(key, known)}An e-mail has {', '.join(known[:-1])} and {known[-1]}."
            level: Literal["error", "warning"] = "error" if did_you_mean(key, known) else "warning"
            problems.append(head.problem((key,), f"'{key}' means nothing here.", fix, level=level, on="key"))
    lines: dict[str, tuple[Part, ...]] = dict.fromkeys(KEYS, ())
    for key in KEYS:
        value = head.values.get(key)
        if value is None:
            continue
        if not isinstance(value, str):
            problems.append(head.problem((key,), f"The {key} is no text.", "Put it in quotes."))
            continue
        lines[key], wrong = line_parts(value, what=key, name=name)
        problems += [head.problem((key,), *each) for each in wrong]
    if not lines["subject"] and not problems:
        problems.append(Problem(path, 1, 0, "There is no subject.", "Write `subject: …` between two lines of ---."))
    if any(problem.level == "error" for problem in problems):
        return None, sorted(problems)
    return MailWords(path, lines["subject"], lines["preheader"], body.public, more), sorted(problems)


def line_parts(text: str, *, what: str, name: str) -> tuple[tuple[Part, ...], list[tuple[str, str]]]:
    """A subject or a preheader as parts, and (what is wrong, how to mend it).

    It is plain text with shortcodes that are facts, or the reader's name.
    """
    facts = () if name == "letter" else FACTS
    known = (*facts, "first_name") if name != "confirm" else facts
    scanned = scan(" ".join(text.split()))
    parts: list[Part] = []
    wrong: list[tuple[str, str]] = []
    at = 0
    for found in MARK.finditer(scanned.text):
        parts.append(scanned.text[at : found.start()])
        at = found.end()
        one = scanned.found[int(found[1])]
        if one.literal:
            parts.append(one.literal)
        elif one.call is None:
            wrong.append((one.what, one.fix))
        elif (faulty := fault(one.call, "email"))[0]:
            wrong.append(faulty)
        elif one.call.name not in known:
            wrong.append((f"'{one.call.name}' cannot stand in the {what}.", f"Known there: {', '.join(known)}."))
        else:
            parts.append(one.call)
    parts.append(scanned.text[at:])
    return tuple(part for part in parts if part), wrong


FACTS = ("title", "summary", "when", "date", "time", "where", "price", "stock")
"""Shortcodes that are plain facts."""
IN_A_LINE = (*FACTS, "first_name")
