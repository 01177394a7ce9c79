"""The preview's made-up season of a theme as files: every page of every kind in every state, and every answer.

What the preview serves is written to a folder instead, for tools that ask a host, or read files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from handbill.preview.gallery import Item, items
from handbill.preview.season import ARABIC, BADGES, Look, Season
from handbill.theme import load_theme
from theme_folders import SHIPPED

BASE = "/_handbill/season"
"""Where the season believes to stand."""

LOOKS = {"long": Look(text="long", picture=False), "rtl": Look(ARABIC)}
"""How one page of each template is shown besides: with long texts and no picture; from right to left."""


class Page(NamedTuple):
    """One page of a season."""

    name: str
    """`event/open`, or `event/open/long`."""
    look: str
    """`usual`, or one of LOOKS; `badge` where it is not public yet, and says so above its title."""
    template: str
    """`pages/event.html`."""
    html: str

    @property
    def url(self) -> str:
        return f"{BASE}/{self.name}/"

    @property
    def answer(self) -> bool:
        """Whether the functions show it."""
        return self.template.startswith("pages/answers/")


@cache
def pages(theme: str, only: str = "") -> tuple[Page, ...]:
    """Every page of the season in a shipped theme, or that of one name; and one of each template in every one of
    LOOKS."""
    found = [item for item in items(_season(theme)).values() if not only or item.path == only]
    made = [Page(item.path, _look(item), item.template, item.make(Look())) for item in found]
    shown: dict[str, Item] = {}  # the first of each template, but what is open before others
    for item in sorted(found, key=lambda item: not item.path.endswith("/open")):
        shown.setdefault(item.template, item)
    for name, look in LOOKS.items():
        made += [Page(f"{item.path}/{name}", name, item.template, item.make(look)) for item in shown.values()]
    return tuple(made)


def write(theme: str, folder: Path, shown: Iterable[Page] = ()) -> None:
    """Writes those pages, or all, and the files that they ask for, to a folder that stands for the root of a host."""
    for page in shown or pages(theme):
        files = {f"{page.url}index.html": page.html.encode()}
        for path in re.findall(rf'"{BASE}/((?:media|assets)/[^" ]+)"', page.html):
            data = _season(theme).asset(path)
            assert data is not None, f"{page.name} asks for {path}"
            files[f"{BASE}/{path}"] = data
        for where, data in files.items():
            file = folder / where.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)


def _look(item: Item) -> str:
    return "badge" if item.path.rpartition("/")[2] in BADGES else "usual"


@cache
def _season(theme: str) -> Season:
    return Season(load_theme(theme, search=[SHIPPED]))
