"""Views with sample values, made from the Views' own types: one with everything, one with as little as may be.

What a theme prints for them is what it prints for somebody's site on its best and on its barest day. So a check of a
theme needs no site. A field's own sentence in view.py says whether it may be empty.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from handbill.render.templates import named

BASE_URL = "https://site.example"

_VALUES: Mapping[str, Any] = {
    "action": "/api/signup",
    "address": "Rua da Luz 7, 1200-001 Lisboa",
    "amount": "25.00",
    "autocomplete": "given-name",
    "badge": "",
    "calendar": "/events/salon.ics",
    "canonical": f"{BASE_URL}/events/salon/",
    "chapter": 2,
    "chapters": 3,
    "code": "en",
    "csp": "",
    "currency": "EUR",
    "dir": "ltr",
    "email": "hello@site.example",
    "email_name": "email",
    "feed": "/feed.xml",
    "height": 960,
    "home": "/",
    "honeypot": "website",
    "id": "signup",
    "image": f"{BASE_URL}/media/social.jpg",
    "iso": "2026-12-04T19:00+00:00",
    "iso_end": "2026-12-04T20:30+00:00",
    "jsonld": Markup('<script type="application/ld+json">{"@context":"https://schema.org"}</script>'),
    "kind": "event",
    "lang": "en",
    "language": "en",
    "locale": "en_GB",
    "map": "geo:38.71,-9.14",
    "newer": "/events/page/1/",
    "number": 1,
    "og_type": "website",
    "older": "/events/page/2/",
    "online": f"{BASE_URL}/stream/",
    "params": {},
    "price": "€25.00",
    "privacy": "/privacy/",
    "robots": "",
    "sources": (("image/avif", "/media/bench.320.avif 320w, /media/bench.640.avif 640w"),),
    "src": "/media/bench.640.jpg",
    "srcset": "/media/bench.320.jpg 320w, /media/bench.640.jpg 640w",
    "stream": "service",
    "tone": "good",
    "url": "/events/salon/",
    "width": 1280,
}
"""Fields whose values have a shape; the rest say their own name."""
_OF: Mapping[str, Mapping[str, Any]] = {
    "SiteView": {"url": f"{BASE_URL}/", "settings": {}},
    "PageView": {"alternates": (("en", f"{BASE_URL}/"), ("x-default", f"{BASE_URL}/"))},
    "EntryView": {"id": "events/salon", "body": Markup("<p>Come as you are.</p>")},
    "CardView": {"id": "events/salon", "lang": ""},
    "FieldView": {"name": "first_name", "type": "text", "options": (("a", "A"), ("b", "B"))},
    "ConsentView": {"name": "consent_marketing", "required": False},
    "FormView": {
        "hidden": (("form", "events/salon"), ("wording", "3f2a")),
        "button": "Send me the door code",
        "works": True,
    },
    "ListView": {"intro": Markup("<p>What is planned.</p>")},
    "ProductView": {"online": True},
    "AnswerView": {"action": "/api/confirm"},
}
GATE = """::: gate
The door code is **{{< secret door_code >}}**. Ring twice, and come up to the second floor.
:::
"""
"""Gated words, as an entry has them."""
LETTER = b"""---
subject: '{{< first_name "Friend" >}}, come by'
preheader: What the house does this month, and when the doors open.
title: Three evenings this June
---
Hello {{< first_name "friend" >}},

the windows are open again. There are three evenings this month, and a few chairs left for each.

## On Friday

We start with a bare bulb and a sheet of paper. [Read about the salon](https://site.example/events/salon/).

{{< button "See all evenings" https://site.example/events/ >}}
"""
"""A letter, as somebody writes it."""
_MAIL: Mapping[str, str] = {
    "title": "Salon to Stream",
    "summary": "Ninety minutes of lamp-making by hand, live and in the room.",
    "kind": "event",
    "url": f"{BASE_URL}/events/salon/",
    "when": "Friday, 4 December 2026, 19:00 to 20:30 (Lisbon time)",
    "date": "Friday, 4 December 2026",
    "time": "19:00",
    "doors": "18:30",
    "previous": "Friday, 27 November 2026, 19:00",
    "where": "Casa Lume",
    "where_address": "Rua da Luz 7, 1200-001 Lisboa, Portugal",
    "price": "from €25.00",
    "stock": "12 left on 3 November",
    "state_label": "Open",
    "picture": f"{BASE_URL}/media/bench.1200.jpg",
    "picture_alt": "A bench with three paper lamps",
    "picture_width": "1200",
    "picture_height": "800",
    "calendar_url": f"{BASE_URL}/events/salon.ics",
    "google_calendar_url": "https://calendar.google.com/calendar/render?action=TEMPLATE&text=Salon",
    "outlook_calendar_url": "https://outlook.live.com/calendar/0/deeplink/compose?subject=Salon",
    "site_name": "Casa Lume",
    "site_url": f"{BASE_URL}/",
    "logo": f"{BASE_URL}/media/logo.png",
    "sender_name": "Casa Lume",
    "sender_address": "Rua da Luz 7, 1200-001 Lisboa, Portugal",
    "controller": "Casa Lume, Lda",
    "privacy_url": f"{BASE_URL}/privacy/",
}
"""A value for each of `handbill.emails.BUILD_VALUES`."""
_SOMETIMES = frozenset(
    {
        "summary", "doors", "previous", "where_address", "stock", "state_label", "picture", "picture_alt",
        "picture_width", "picture_height", "logo",
    }
)  # fmt: skip
"""What the words of an event cannot count on."""


def email_values(*, full: bool) -> dict[str, str]:
    """What a build would know of an entry, for its e-mails: everything, or (not `full`) what an event always has."""
    return {name: value for name, value in _MAIL.items() if full or name not in _SOMETIMES}


_MAY_BE_EMPTY = ("empty", " or none", "may be")


def sample(view: type, *, full: bool, given: Mapping[str, Any] = types.MappingProxyType({}), depth: int = 0) -> Any:
    """A View with all its fields filled, or (not `full`) with each None, empty or False where that may be.

    `given` are values for its fields by name.
    """
    special = _OF.get(view.__name__, {})
    values = {}
    for item in fields(view):
        hint, says = _hints(view)[item.name]
        if item.name in given:
            values[item.name] = given[item.name]
        elif full or not _optional(hint, says):
            fixed = special.get(item.name, _VALUES.get(item.name))
            values[item.name] = _value(hint, item.name, fixed, full=full, depth=depth)
        else:
            values[item.name] = _nothing(hint)
    return view(**named(values))


@lru_cache
def _hints(view: type) -> Mapping[str, tuple[Any, str]]:
    """Field → (type, its sentence)."""
    hints = typing.get_type_hints(view, include_extras=True)
    return {name: (hint.__origin__, str(hint.__metadata__[0])) for name, hint in hints.items()}


def _optional(hint: Any, says: str) -> bool:
    args = typing.get_args(hint)
    if type(None) in args or hint is bool or (typing.get_origin(hint) is tuple and args[-1] is Ellipsis):
        return True
    return hint in (str, Markup) and any(word in says.lower() for word in _MAY_BE_EMPTY)


def _nothing(hint: Any) -> Any:
    if type(None) in typing.get_args(hint):
        return None
    if typing.get_origin(hint) is tuple:
        return ()
    return hint()


def _value(hint: Any, name: str, fixed: Any, *, full: bool, depth: int) -> Any:
    args = [arg for arg in typing.get_args(hint) if arg is not type(None)]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return None if depth > 2 else _value(args[0], name, fixed, full=full, depth=depth)
    if fixed is not None:
        return fixed
    if typing.get_origin(hint) is tuple:
        if args[-1] is not Ellipsis:
            return tuple(_value(arg, name, None, full=full, depth=depth) for arg in args)
        return () if depth > 2 else (_value(args[0], name, None, full=full, depth=depth),)
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        return sample(hint, full=full, depth=depth + 1)
    if hint is str:
        return f"Some {name.replace('_', ' ')}"
    if hint is Markup:
        return Markup(f"<p>Some {name}.</p>")  # noqa: S704  # a field's name
    return {"bool": True, "int": 3}.get(getattr(hint, "__name__", ""), {})
