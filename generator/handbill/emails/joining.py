"""Joins a layout and words to one program, and an entry's values to its e-mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from handbill.emails.layout import Layout, Nodes
from handbill.emails.speech import Say, Speaker
from handbill.emails.values import BUILD_VALUES, DERIVED
from handbill.emails.words import MailWords
from handbill.errors import Problem, ProblemsFound
from handbill.model import Call, Words
from handbill.render.plaintext import columns
from handbill.render.programs import parts_to_program, splice
from handbill_functions import fill
from handbill_functions.catalog import Attachment, EmailFile, Fragment, Program, immutable
from handbill_functions.errors import FillError

WIDTH = 600
"""Pixels of an e-mail's table."""
RULE = 72
"""Columns of the text part."""


Needs = tuple[tuple[tuple[tuple[str, bool], ...], str], ...]


class Composed(NamedTuple):
    """A layout and words, joined: what all entries that use both share."""

    layout: Layout
    program: Program
    hash: str
    """Name of the program's file."""
    data: bytes
    """Its bytes: `programs/<hash>.json`."""
    names: frozenset[str]
    """Values that the build must look for: the rest need not be stored."""
    needs: Needs
    """(conditions, name) of values that must be there wherever all conditions (another name, given or not) hold."""
    asks: tuple[tuple[str, Call], ...]
    """(name, shortcode) of facts about one product of the entry."""
    gated: bool
    """True where the program has a place for the entry's gated words."""
    body: Nodes
    """The words alone, as they stand in the HTML."""


def compose(layout: Layout, words: MailWords, *, t: Callable[[str], str], say: Say | None = None) -> Composed:
    """The program of `layout` with `words` in it. `t` gives the theme's words; `say`: see Say, None for shared words.

    Raises ProblemsFound for shortcodes that this e-mail cannot know.
    """
    speaker = Speaker(layout.name, t, say, words.path)
    subject, preheader = speaker.line(words.subject), speaker.line(words.preheader)
    body = speaker.html(words.body.mail, layout.styles)
    html = splice(layout.html, "body", body)
    text = splice(layout.text, "body", speaker.text(words.body.text))
    if speaker.problems:
        raise ProblemsFound(speaker.problems)
    program = Program(subject=subject, preheader=preheader, html=html, text=text)
    fill.check(html)
    fill.check(text, part="text")
    fill.check(subject, part="header")
    fill.check(preheader, part="header")
    name, data = immutable(program)
    known = {*BUILD_VALUES, *DERIVED, *speaker.asks}
    every = (subject, preheader, html, text)
    used = {slot.partition("/")[0] for part in every for slot in fill.slots(part)}
    needs: dict[tuple[tuple[tuple[str, bool], ...], str], None] = {}
    for part in every:
        for need in _needs(part, ()):
            if need[1] in known:
                needs[need] = None
    return Composed(
        layout=layout,
        program=program,
        hash=name,
        data=data,
        names=frozenset(used & known),
        needs=tuple(needs),
        asks=tuple(speaker.asks.items()),
        gated="gate" in used,
        body=body,
    )


def _needs(
    nodes: Iterable[Any], given: tuple[tuple[str, bool], ...]
) -> Iterable[tuple[tuple[tuple[str, bool], ...], str]]:
    """Every slot without a fallback, and the conditions under which it is filled. Slots of an `each` are its items'."""
    for node in nodes:
        if isinstance(node, str):
            continue
        if node[0] == "if":
            yield from _needs(node[2], (*given, (node[1], True)))
            yield from _needs(node[3], (*given, (node[1], False)))
        elif node[0] not in ("each", "fragment") and len(node) < 3 and (node[1], True) not in given:
            yield given, node[1]


class Gated(NamedTuple):
    """The gated words of one entry, for the inside of a program."""

    fragment: Fragment
    names: frozenset[str]
    """Values that the build must look for."""
    asks: tuple[tuple[str, Call], ...]
    """As Composed.asks."""


def gated(words: Words, layout: Layout, *, t: Callable[[str], str], say: Say | None, path: str) -> Gated:
    """The gated words of an entry, for an e-mail. Raises ProblemsFound for shortcodes that it cannot know."""
    speaker = Speaker(layout.name, t, say, path)
    html, text = speaker.html(words.mail, layout.styles), speaker.text(words.text)
    if speaker.problems:
        raise ProblemsFound(speaker.problems)
    used = {slot.partition("/")[0] for part in (html, text) for slot in fill.slots(part)}
    known = {*BUILD_VALUES, *DERIVED}
    return Gated(Fragment(html=html, text=text), frozenset(used & known), tuple(speaker.asks.items()))


def gate_page(words: Words, say: Callable[[Call, Literal["html", "text"]], str]) -> Fragment:
    """The same words for a page that the functions show: all that the build knows is said; secrets stay slots.

    `say` says every shortcode but `secret`, escaped for "html".
    """

    def nodes(way: Literal["html", "text"], context: str) -> Callable[[Call], Nodes]:
        return lambda call: [[context, f"secret.{call.args[0]}"]] if call.name == "secret" else [say(call, way)]

    return Fragment(
        html=parts_to_program(words.html, nodes("html", "text")),
        text=parts_to_program(words.text, nodes("text", "plain")),
    )


def email_file(
    composed: Composed,
    *,
    entry: str,
    values: Mapping[str, str],
    path: str,
    gate: Gated | None = None,
    fact: Callable[[Call], str] | None = None,
    attachments: Sequence[Attachment] = (),
) -> tuple[str, bytes]:
    """(hash, bytes) of one e-mail of one entry: `emails/<hash>.json`.

    `values` is what the build knows, empty texts as good as absent; only what is asked for is stored. `fact` says the
    product facts that the words ask for. `path` names the entry in messages. The gated words are left out of e-mails
    that have no place for them.
    Raises ProblemsFound where a value is missing that must be there, or may not stand where its slot is.
    """
    names, asks = composed.names, composed.asks
    fragments = {}
    if gate is not None and composed.gated:
        names, asks, fragments = names | gate.names, (*asks, *gate.asks), {"gate": gate.fragment}
    stored = {name: value for name, value in values.items() if value and name in names}
    for name, call in asks:
        stored[name] = fact(call) if fact is not None else ""
    _derive(stored, values, names)
    _refuse_missing(composed, stored, path)
    layout = composed.layout
    file = EmailFile(
        name=layout.name,
        entry=entry,
        lang=layout.lang,
        dir=layout.dir,
        stream=layout.stream,
        program=composed.hash,
        values=stored,
        fragments=fragments,
        attachments=list(attachments),
    )
    return immutable(file)


def _derive(stored: dict[str, str], values: Mapping[str, str], names: frozenset[str]) -> None:
    if "facts" in names and any(values.get(name) for name in ("when", "where", "price")):
        stored["facts"] = "yes"
    if "own" in names and values.get("title") == values.get("site_name"):
        stored["own"] = "yes"
    if "title_line" in names and "title" in values:
        stored["title_line"] = "=" * min(RULE, max(3, columns(values["title"])))
    if "picture_shown" in names and values.get("picture"):
        width, height = int(values["picture_width"]), int(values["picture_height"])
        stored["picture_shown"] = str(max(1, round(height * WIDTH / max(1, width))))


_URLS = tuple(name for name in BUILD_VALUES if name.endswith("url") or name in ("picture", "logo"))


def _refuse_missing(composed: Composed, stored: Mapping[str, str], path: str) -> None:
    problems = []
    where = f"the e-mail '{composed.layout.name}' ({composed.layout.lang})"
    for name in _missing(composed.needs, frozenset(name for name, value in stored.items() if value)):
        fix = FIXES.get(name, "Let the layout or the words ask for it within `when`.")
        problems.append(Problem(path, 0, 0, f"Nothing is known for '{name}' in {where}.", fix))
    wrong = _unfit(tuple([(name, stored[name]) for name in _URLS if name in stored]), stored.get("title"))
    if wrong:
        problems.append(Problem(path, 0, 0, f"In {where}: {wrong}", "Mend base_url in site.yaml, or the title."))
    if problems:
        raise ProblemsFound(problems)


@lru_cache(maxsize=256)
def _missing(needs: Needs, known: frozenset[str]) -> tuple[str, ...]:
    """The values that are needed and not known, sorted. Most entries know the same."""
    missing = {
        name
        for given, name in needs
        if name not in known and all((other in known) is wanted for other, wanted in given)
    }
    return tuple(sorted(missing))


@lru_cache(maxsize=64)
def _unfit(urls: tuple[tuple[str, str], ...], title: str | None) -> str:
    """What forbids that addresses or a title stand in their slots, or empty. Most e-mails of an entry ask the same."""
    try:
        fill.fill([["url", name] for name, _ in urls], dict(urls))
        fill.fill([["header", "title"]], {} if title is None else {"title": title}, part="header")
    except FillError as error:
        return str(error)
    return ""


FIXES: Mapping[str, str] = {
    "sender_name": "Write sender.name in site.yaml.",
    "sender_address": "Write sender.address in site.yaml: the law wants a postal address.",
    "price": "Write a price, or leave the shortcode out.",
}
