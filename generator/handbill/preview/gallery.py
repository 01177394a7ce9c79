"""Everything that a theme can look like: one Item a page, in every state that there is.

The list is derived: kinds and their states from KINDS, answers and their cases from its samples and
words, fixed pages from the build's own table. So what is added there is here as well, or is missed loudly by a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from handbill.kinds import KINDS, LISTED
from handbill.mailroom import ANSWERS
from handbill.outputs import MESSAGES
from handbill.preview.season import ARABIC, BADGES, TEXTS, Look, Season
from handbill.preview.served import Scheme

WIDTHS = ("360", "1280")
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


class Item(NamedTuple):
    """One page of the theme in one state."""

    path: str
    """Below `gallery/`: `event/open`."""
    group: str
    """`Event`."""
    title: str
    """`Open`."""
    template: str
    """The template that makes it: `pages/event.html`."""
    make: Callable[[Look], str]


def items(season: Season) -> dict[str, Item]:
    """Every item by its path, in order."""
    return {item.path: item for item in _items(season)}


def _items(season: Season) -> Iterator[Item]:
    for each in KINDS:
        kind = each.kind
        template, group = f"pages/{kind}.html", _say(kind)
        for state in each.states or ("",):
            yield Item(
                f"{kind}/{state or 'page'}", group, _say(state or kind), template, partial(season.page, kind, state)
            )
        if kind == "event":
            for badge in BADGES:
                make = partial(season.page, kind, "open", badge=badge)
                yield Item(f"{kind}/{badge}", group, f"Open, {badge}", template, make)
    yield Item("home/season", "Home and lists", "Home", "pages/home.html", season.home)
    yield Item(
        "home/empty", "Home and lists", "Home, nothing planned", "pages/home.html", partial(season.home, empty=True)
    )
    for kind in LISTED:
        for case, empty in (("season", False), ("empty", True)):
            title = f"List of {kind}s{', nothing planned' if empty else ''}"
            make = partial(season.list, kind, empty=empty)
            yield Item(f"list/{kind}-{case}", "Home and lists", title, "pages/list.html", make)
    yield Item("list/tag", "Home and lists", "List of a tag", "pages/list.html", season.tag)
    yield Item("series/lamps", "Home and lists", "Series", "pages/series.html", season.series)
    for name in ("privacy", *MESSAGES):
        template = f"pages/{'privacy' if name == 'privacy' else 'message'}.html"
        yield Item(f"site/{name}", "Pages of the site", _say(name), template, partial(season.fixed, name))
    for name in ANSWERS:
        for case in season.cases(name):
            title = f"{_say(name)}: {case.replace('_', ' ')}"
            make = partial(season.answer, name, case)
            yield Item(f"answer/{name}-{case}", "Answers of the functions", title, f"pages/answers/{name}.html", make)


def _say(name: str) -> str:
    return "Not found" if name == "404" else name.replace("_", " ").replace("-", " ").capitalize()


class View(NamedTuple):
    """How the gallery is looked at: what its links and frames carry."""

    scheme: Scheme = "light"
    width: str = "360"
    look: Look = Look()

    def query(self) -> dict[str, str]:
        """What differs from the usual view."""
        mine = {
            "scheme": self.scheme, "width": self.width, "lang": self.look.lang, "text": self.look.text,
            "picture": "yes" if self.look.picture else "no",
        }  # fmt: skip
        return {name: value for name, value in mine.items() if value != _USUAL[name]}


_USUAL: Mapping[str, str] = {"scheme": "light", "width": "360", "lang": "en", "text": "usual", "picture": "yes"}


def read_view(query: Mapping[str, str], languages: tuple[str, ...]) -> View:
    """The view that a query asks for; what it says wrong counts as not said."""

    def one(name: str, known: tuple[str, ...]) -> str:
        return query[name] if query.get(name) in known else _USUAL[name]

    scheme: Scheme = "dark" if query.get("scheme") == "dark" else "light"
    look = Look(one("lang", languages), one("text", TEXTS), one("picture", ("yes", "no")) == "yes")
    return View(scheme, one("width", WIDTHS), look)


def language_label(lang: str) -> str:
    return f"{lang} (right to left)" if lang == ARABIC else lang
