"""Where the links of a sample lead: to other samples, as the real ones lead to other pages.

A page of the season names pages of a site that is nowhere. So each link of a framed page leads

- to the gallery's sample of the page that it means, in the same scheme, text and language, within the same frame; a
  card of something sold out leads to it sold out, and the choice of another language to the same page in it;
- else to what the season has under that address: its .ics files and its feeds, in a tab of its own;
- else to the page of the site that is previewed, or to wherever it leads outside, in a tab of its own too;
- or nowhere, where it means what only a real person has: their data, to be saved.

The links of e-mails that hold somebody's token are samples as well, and lead to the samples of what the functions would
answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from html import escape, unescape

from handbill.kinds import LISTED, SECTION_OF
from handbill.outputs import MESSAGES
from handbill.preview.answer import url
from handbill.preview.season import SLUGS

NOWHERE = "#no-sample"
"""Names no place in any page, so that a click on it changes nothing."""

_HREF = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)(")')
_ANSWER = re.compile(r"/api/(\w+)(?:[/?].*)?")
_TAB = ' target="_blank" rel="noopener"'

ANSWERED: Mapping[str, str] = {
    "confirm": "answer/confirm-event",
    "gate": "answer/gate-event",
    "preferences": "answer/preferences-bare",
    "unsubscribe": "answer/unsubscribe-bare",
    "resend": "answer/form-again",
    "erase": "answer/message-erase",
}
"""Route of the functions → the sample of its answer to a GET."""

PLACES: Mapping[str, str] = {
    "/": "home/season",
    "/series/lamps/": "series/lamps",
    "/privacy/": "site/privacy",
    **{f"/{name}/": f"site/{name}" for name in MESSAGES},
    **{f"/{SECTION_OF[kind]}/": f"list/{kind}-season" for kind in LISTED},
    **{f"/{SECTION_OF[kind]}/2/": f"list/{kind}-season" for kind in LISTED},
    **{f"/{SECTION_OF[kind]}/{slug}/": kind for kind, slug in SLUGS.items() if kind != "page"},
    f"/{SLUGS['page']}/": "page/page",
}
"""Path of the season's site → the item of the gallery; of an entry its kind, since the state is the link's to say."""


def led(
    html: str, here: str, lang: str, *, base: str, languages: Collection[str], items: Collection[str],
    page: Callable[[str, str], str],
) -> str:  # fmt: skip
    """The sample page `here` (`event/open`) in `lang`, with its links leading as the module says.

    `base` is the path that the season believes to stand below, `items` are the paths of the gallery, and `page` gives
    the URL of an item's page in a language.
    """

    def lead(found: re.Match[str]) -> str:
        head, href, quote = found[1], unescape(found[2]), found[3]
        if href.startswith("#"):
            return found[0]
        if not href.startswith("/") or href.startswith("//"):
            return f"{head}{found[2]}{quote}{_TAB}"
        path, _, mark = href.removeprefix(base).partition("#")
        to, rest = _language(path, languages)
        if not href.startswith(base):
            to = lang  # a sample value, the same in all languages
        item = here if to != lang and rest in PLACES else _item(rest, mark, items)
        if item:
            place = page(item, to)
            return f"{head}{escape(place + (f'#{mark}' if mark and item == here else ''))}{quote}"
        if _ANSWER.fullmatch(rest):
            return f"{head}{NOWHERE}{quote}"
        season = f"{base}{path}" if rest.endswith((".ics", ".xml")) else path
        return f"{head}{escape(season)}{quote}{_TAB}"

    return _HREF.sub(lead, html)


def _language(path: str, languages: Collection[str]) -> tuple[str, str]:
    """(language of a path of the season, the path without it)."""
    first, *others = languages
    head, _, rest = path.lstrip("/").partition("/")
    return (head, f"/{rest}") if head in others else (first, path)


def _item(path: str, mark: str, items: Collection[str]) -> str:
    """The item that a path of the season means; empty where there is none. `mark` may name a state."""
    answer = _ANSWER.fullmatch(path)
    if answer:
        return ANSWERED.get(answer[1], "")
    if path.startswith("/tags/"):
        return "list/tag"
    item = PLACES.get(path, "")
    if not item or "/" in item:
        return item
    return next((f"{item}/{state}" for state in (mark, "open", "page") if f"{item}/{state}" in items), "")


def email_led(
    html: str, lang: str, *, base: str, languages: Collection[str] = ("",), items: Collection[str] = ()
) -> str:
    """An e-mail in `lang`, with the links to the functions, which hold no real token, leading to samples of what they
    answer. `base` is the base path of its site. Of a sample, `items` are the paths of the gallery and `languages` those
    of the season: its other links lead to samples too."""

    def lead(found: re.Match[str]) -> str:
        href = unescape(found[2])
        if not href.startswith(f"{base}/"):
            return found[0]
        path, _, mark = href.removeprefix(base).partition("#")
        to, rest = _language(path, languages) if items else (lang, path)
        item = _item(rest, mark, items) if items or _ANSWER.fullmatch(rest) else ""
        return f"{found[1]}{escape(url('gallery', item, query={'lang': to}))}{found[3]}" if item else found[0]

    return _HREF.sub(lead, html)
