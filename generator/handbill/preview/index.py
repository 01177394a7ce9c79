"""The index of the preview: links to everything there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from markupsafe import Markup

from handbill.errors import HandbillError, Problem, ProblemsFound
from handbill.preview.answer import MOUNT, document, problem_list, url
from handbill.preview.gallery import Item
from handbill.preview.gallery_pages import grouped
from handbill.preview.mail import Mailbag
from handbill.preview.mail_pages import SHELVES, Where, in_order, title_of
from handbill.theme import Theme
from handbill_functions.errors import FunctionsError

_NONE: Mapping[str, str] = {"letters": "Each Markdown file in content/letters/ is shown here; handbill send sends it."}
SHOWN = 50
"""Entries on the page; others are found by name."""


def index_page(
    theme: Theme,
    at: datetime,
    problems: Sequence[Problem],
    *,
    items: Callable[[], Mapping[str, Item]],
    bags: Mapping[str, Callable[[], Mailbag | None]],
    asked: str,
) -> Markup:
    """The whole index. What cannot be opened says why in its place, and leaves the rest standing.

    `bags` has a way to the e-mails of each shelf; `asked` is a part of the name of an entry to be found.
    """
    head = Markup('<h1>Preview</h1><p class="lead">Theme <b>{}</b> {}, at {}.</p>').format(
        theme.name, theme.version, f"{at:%Y-%m-%d %H:%M %Z}"
    )
    parts = [head]
    if problems:
        parts.append(Markup("<section><h2>To mend</h2>{}</section>").format(problem_list(problems)))
    gallery = Markup('<section><h2><a href="{}">Gallery</a></h2>{}</section>')
    parts.append(gallery.format(url("gallery"), said(lambda: _gallery(items()))))
    for shelf, heading in SHELVES.items():
        mails = said(lambda shelf=shelf: _mails(shelf, bags[shelf](), asked if shelf == "emails" else ""))  # type: ignore[misc]
        parts.append(Markup('<section id="{}"><h2>{}</h2>{}</section>').format(shelf, heading, mails))
    return document("Preview", Markup("\n").join(parts))


def said(make: Callable[[], Markup]) -> Markup:
    """What `make` gives; or what is wrong, for people."""
    try:
        return make()
    except ProblemsFound as found:
        return problem_list(found.problems)
    except (HandbillError, FunctionsError) as error:
        return Markup('<p class="says">{}</p>').format(str(error))


def _gallery(items: Mapping[str, Item]) -> Markup:
    rows = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(group, _links((i.title, url("gallery", i.path)) for i in members))
        for group, members in grouped(items).items()
    )
    count = len(items)
    return Markup('<p>Every page of the theme in every state: {}.</p><dl class="index">{}</dl>').format(count, rows)


def _mails(shelf: str, bag: Mailbag | None, asked: str) -> Markup:
    if bag is None:
        return Markup("<p>They are here as soon as the site has been built once.</p>")
    found = [id for id in bag.entries if asked.casefold() in id.casefold()]
    rows = Markup("").join(_entry(shelf, bag, id) for id in found[:SHOWN])
    search = note = Markup("")
    if len(bag.entries) > SHOWN or asked:
        search = Markup(
            '<form class="find" method="get" action="{}#{}"><label for="q">Name of an entry</label>'
            '<input id="q" name="q" type="search" value="{}"><button>Find</button></form>'
        ).format(MOUNT, shelf, asked)
    if len(found) > SHOWN:
        more = f"{len(found) - SHOWN:,}"
        note = Markup('<p class="note">And {} entries more: find them by name.</p>').format(more)
    elif not rows:
        note = Markup('<p class="note">{}</p>').format(_NONE.get(shelf, "There are none."))
    return Markup('{}<dl class="index">{}</dl>{}').format(search, rows, note)


def _entry(shelf: str, bag: Mailbag, id: str) -> Markup:
    entry, languages = bag.entry(id), bag.config.languages
    mails = [
        (name if len(langs) == 1 else f"{name} {lang}", Where(shelf, id, name, lang).url())
        for name, langs in in_order(entry["emails"], languages)
        for lang in langs
    ]
    if not mails:
        return Markup("")
    row = Markup("<dt>{} <code>{}</code></dt><dd>{}</dd>")
    return row.format(title_of(entry, languages), entry["id"], _links(mails))


def _links(pairs: Iterable[tuple[str, str]]) -> Markup:
    return Markup(" ").join(Markup('<a href="{}">{}</a>').format(where, words) for words, where in pairs)
