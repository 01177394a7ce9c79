"""The values that an e-mail may ask for: what the build knows, what follows from it, what only sending knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal

from handbill.options import shipped
from handbill.samples import FILE, Samples, read_samples
from handbill.yaml import read
from handbill_functions import fill
from handbill_functions.catalog import Fragment, Program

Stream = Literal["service", "marketing"]

EMAILS: Mapping[str, Stream] = {
    "confirm": "service",
    "welcome": "service",
    "reminder": "service",
    "changed": "service",
    "cancelled": "service",
    "letter": "marketing",
}
"""Every e-mail by its name: a theme has a layout for each. `service` is what somebody asked for; `marketing` needs
consent and carries a way out."""

BUILD_VALUES: Mapping[str, str] = {
    "title": "The entry's title.",
    "summary": "Its one-line promise.",
    "kind": "`event`, `drop`, `host`, `page` or `site`.",
    "url": "Its page, absolute.",
    "when": "`Friday, 4 December 2026, 19:00 to 20:30 (Lisbon time)`.",
    "date": "The day alone.",
    "time": "The time alone.",
    "doors": "When the doors open.",
    "previous": "The date before it was moved.",
    "where": "The name of the place.",
    "where_address": "Its address in one line.",
    "price": "`from €25.00`, `Free`.",
    "stock": "`12 left on 3 May`, where the facts say so.",
    "state_label": "`Sold out`.",
    "picture": "Absolute URL of its picture for e-mails (JPEG or PNG).",
    "picture_alt": "What the picture shows.",
    "picture_width": "The picture's own width in pixels.",
    "picture_height": "The picture's own height in pixels.",
    "calendar_url": "Absolute URL of its .ics.",
    "google_calendar_url": "Link that adds it to Google's calendar.",
    "outlook_calendar_url": "Link that adds it to Outlook's calendar.",
    "site_name": "The site's name.",
    "site_url": "The site's home page, absolute.",
    "logo": "Absolute URL of the site's logo (JPEG or PNG).",
    "sender_name": "Who the e-mail is from.",
    "sender_address": "Postal address in one line.",
    "controller": "Who is responsible for the data.",
    "privacy_url": "The privacy notice, absolute.",
}
"""What a build may know of an entry. Absent where it does not: ask for it within `when`, or it must always be there."""

LETTER_VALUES = ("title", "site_name", "site_url", "sender_name", "sender_address", "controller", "privacy_url")
"""Those of them that a letter knows, which is about no entry."""

DERIVED: Mapping[str, str] = {
    "facts": "Something to print where there is anything for a table of facts: when, where or price.",
    "picture_shown": "The picture's height in pixels where it is as wide as the e-mail.",
    "own": "Something where the entry is the site itself, or bears its name.",
    "title_line": "A line of = signs as long as the title, for the text part.",
}
"""What follows from other values; made here."""

SEND_VALUES: Mapping[str, tuple[str, ...]] = {
    "first_name": ("welcome", "reminder", "changed", "cancelled", "letter"),
    "confirm_url": ("confirm",),
    "purposes": ("confirm",),
    "gate_url": ("welcome", "reminder", "changed"),
    "unsubscribe_url": ("welcome", "reminder", "changed", "cancelled", "letter"),
    "preferences_url": ("welcome", "reminder", "changed", "cancelled", "letter"),
}
"""What only sending knows, and the e-mails that may ask for it. `purposes` is a list, each with its `text`. Beside them
`secret.NAME`, anywhere but in confirm."""


def may_ask(value: str, name: str) -> bool:
    """Whether the e-mail `name` may ask for a value that only sending knows."""
    if value.startswith("secret."):
        return name != "confirm"
    return name in SEND_VALUES.get(value, ())


def sample_values(
    lang: str,
    *,
    long: bool = False,
    names: Iterable[str] = (),
    base_url: str = "https://casalume.example",
    samples: Samples | None = None,
) -> dict[str, Any]:
    """Plausible values for what only sending knows: for checks and previews. `long`: as long as they get.

    `names` adds a value for each `secret.…` among them. `samples` are those of a theme; those of base without them.
    """
    return (samples or _of_base()).email(lang, long=long, names=names, base_url=base_url)


@lru_cache(maxsize=1)
def _of_base() -> Samples:
    file = shipped("themes") / "base" / FILE
    return read_samples([read(file.read_text(encoding="utf-8"), f"themes/base/{FILE}")], [])


def send_names(program: Program, fragments: Mapping[str, Fragment] | None = None) -> frozenset[str]:
    """What only sending knows, of all that a program and its fragments ask for."""
    parts: list[Any] = [program["subject"], program["preheader"], program["html"], program["text"]]
    for each in (fragments or {}).values():
        parts += [each["html"], each["text"]]
    used = {slot.partition("/")[0] for part in parts for slot in fill.slots(part)}
    return frozenset(name for name in used if name in SEND_VALUES or name.startswith("secret."))
