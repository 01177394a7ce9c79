"""The functions' own pages: the theme's answers, filled, with the headers that every one of them has."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from handbill_functions.catalog import Index, pick
from handbill_functions.context import Context
from handbill_functions.errors import NotInCatalog
from handbill_functions.fill import Fragments, fill_answer
from handbill_functions.web import Response, origin_of

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def page(
    ctx: Context, index: Index, status: int, name: str, lang: str, values: Mapping[str, Any], *,
    fragments: Fragments | None = None, headers: Iterable[tuple[str, str]] = (),
) -> Response:  # fmt: skip
    """The answer `name` of the theme in `lang` (or the site's first language), filled for one person."""
    answer = ctx.catalog.answer(name, lang)
    html = fill_answer(answer, values, fragments=fragments)
    return Response(status, (*_headers(index["site"]["base_url"], _style_of(html)), *headers), html.encode())


def _style_of(html: str) -> str:
    found = _STYLE.search(html)
    return found[1] if found else ""


@lru_cache(maxsize=32)
def _headers(base_url: str, style: str) -> tuple[tuple[str, str], ...]:
    """What holds for each page here: it may load nothing but the site's own pictures and its one style, stands in no
    frame, is kept by nobody, and tells other sites nothing of its address, which may be a link that works."""
    hashed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    site = origin_of(base_url)
    policy = (
        f"default-src 'none'; img-src 'self' data: {site}; style-src 'sha256-{hashed}'; form-action 'self' {site}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Robots-Tag", "noindex"),
        ("Cache-Control", "no-store"),
    )


def say(
    ctx: Context, index: Index, status: int, key: str, lang: str, *,
    button: tuple[str, Iterable[tuple[str, str]]] | None = None, link: tuple[str, str] | None = None,
    headers: Iterable[tuple[str, str]] = (), also: str = "",
) -> Response:  # fmt: skip
    """A page that says one thing: `answer.say.<key>.title` and `.text` of the site's strings. `button` is (where it
    posts, hidden fields) of one more button; `link` is (URL, words), the site's home page where there is none; `also`
    is a paragraph before the text."""
    strings = words(index, lang)
    site = index["site"]
    lang = lang if lang in site["languages"] else site["languages"][0]
    home = site["base_url"] + ("/" if lang == site["languages"][0] else f"/{lang}/")
    url, label = link or (home, site["name"])
    values: dict[str, Any] = {
        "title": strings[f"answer.say.{key}.title"],
        "paragraphs": [{"text": text} for text in (also, strings[f"answer.say.{key}.text"]) if text],
        "links": [{"url": url, "text": label}],
    }
    if button is not None:
        action, hidden = button
        values["action_url"] = action
        values["hidden"] = [{"name": name, "value": value} for name, value in hidden]
        values["button"] = strings[f"answer.say.{key}.button"]
    return page(ctx, index, status, "message", lang, values, headers=headers)


def words(index: Index, lang: str) -> Mapping[str, str]:
    """What the functions say, in `lang` or else in the site's first language."""
    strings = index.get("strings", {})
    found = strings.get(lang) or strings.get(index["site"]["languages"][0])
    if found is None:
        raise NotInCatalog("The catalog has no words for the functions' answers.")
    return found


def static(index: Index, name: str, lang: str) -> str:
    """The address of a static page: `check_inbox`, `thanks`, `left`."""
    site = index["site"]
    return origin_of(site["base_url"]) + pick(site.get("pages", {}).get(name, {}), lang, site["languages"])
