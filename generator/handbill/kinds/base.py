"""What every kind of entry has in common.

These pydantic models are both the schema of front matter and the entry itself: what passed validation is what the build
uses. Field descriptions are the reference that `handbill reference` prints; the first of a field's examples is YAML
that is right for it. Which spellings are accepted is said beside the fields (`aliases_of`).

The parts that kinds share each have a module of their own; their names are here too, for those who print entries.
"""
# ruff: noqa: RUF012 - pydantic never shares a default, and the tables of spellings are never written to

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, model_validator

from handbill.kinds.images import Image
from handbill.kinds.moments import Moment, Published, instant
from handbill.kinds.places import Address, Geo, Venue
from handbill.kinds.products import (
    SOLD,
    Addon,
    Item,
    Product,
    Rate,
    Space,
    Ticket,
    currency_flaws,
    free_in,
    id_flaws,
    prices_in_place,
    products_in_place,
)
from handbill.kinds.setting import Setting, setting
from handbill.kinds.signup import KNOWN_FIELDS, FormField, SignUp, SignUpForm, form_flaws
from handbill.kinds.words import Label, Translation
from handbill.schema import Commas, Flaw, Part
from handbill.schema.fields import LONGEST, EntryId, Free, Line, Natural, SitePath, Slug, WebUrl, Whole
from handbill.slugs import slugify

__all__ = [
    "KNOWN_FIELDS", "Addon", "Address", "Entry", "FormField", "Geo", "Image", "Item", "Label", "Moment", "Part",
    "Product", "Rate", "SignUp", "SignUpForm", "Space", "Ticket", "Translation", "Venue", "id_flaws", "opening_flaws",
    "respell_status",
]  # fmt: skip


def _menu(value: Any) -> tuple[str, Any]:
    """Hugo's `menu: main`, `[main]` and `{main: …}`."""
    return "menu", True if value == "main" or (isinstance(value, list | dict) and "main" in value) else value


def _series(value: Any) -> tuple[str, Any]:
    return "series", value[0] if isinstance(value, list) and len(value) == 1 else value


class Entry(Part):
    """An event, a drop, a host or a page: validated front matter. Its text is the Body beside it."""

    noun = "an entry"
    elsewhere = "Put fields of your own below `params:`."
    aliases_of = {
        "excerpt": "summary", "subtitle": "summary",
        "redirect_from": "aliases", "alias": "aliases",
        "pubdate": "publish_date", "publishdate": "publish_date",
        "unpublishdate": "expiry_date", "expirydate": "expiry_date",
        "modified": "lastmod", "updated": "lastmod", "last_mod": "lastmod",
        "tag": "tags", "category": "tags", "categories": "tags", "keywords": "tags",
        "image": "images", "cover": "images", "featured_image": "images",
        "order": "weight",
        "linktitle": "link_title",
    }  # fmt: skip
    respell: ClassVar[dict[str, Callable[[Any], tuple[str, Any]]]] = {
        "published": lambda value: ("draft", not value) if isinstance(value, bool) else ("publish_date", value),
        "permalink": lambda value: ("draft", True) if value is False else ("url", value),
        "menu": _menu,
        "menus": _menu,
        "series": _series,
        "signup": lambda value: ("signup", {} if value is True else value),
    }
    joined = frozenset(["tags"])
    hints = {
        "name": "The name of an entry is its `title`.",
        "type": "The folder decides the kind: content/events, drops, hosts or pages.",
        "kind": "The folder decides the kind: content/events, drops, hosts or pages.",
        "lang": "The language stands in the file's name: salon.pt.md.",
        "language": "The language stands in the file's name: salon.pt.md.",
        "layout": "A theme has one page template a kind; the words of one entry may go below `params:`.",
        "cascade": "Defaults for all entries of a folder go into its _defaults.yaml.",
        "eleventyNavigation": "Write menu: true and, for the order, weight: 10.",
        "eleventyExcludeFromCollections": "Write draft: true to leave the entry out.",
        "subject": "The words of an e-mail have a file of their own: welcome.md in the entry's folder.",
        "location": "Write `venue:` with name and address, or `host:` with the slug of a host.",
        "place": "Write `venue:` with name and address, or `host:` with the slug of a host.",
        "price": "Prices belong to what is sold: `tickets:` of an event, `items:` of a drop.",
        "stock": "Stock belongs to what is sold: `tickets:` of an event, `items:` of a drop.",
        "edition": "An edition belongs to what is sold: `items:` of a drop.",
        "time": "Write starts: 2026-12-04 19:00",
        "when": "Write starts: 2026-12-04 19:00",
    }

    kind: ClassVar[str]
    """`event`."""
    section: ClassVar[str]
    """Folder and first part of the URL: `events`."""
    states: ClassVar[tuple[str, ...]] = ()
    """Everything that `state` may say, from first to last; none for kinds that are always the same."""
    emails: ClassVar[tuple[str, ...]] = ("confirm", "welcome")
    """The e-mails this kind sends."""
    translation: ClassVar[type[Translation]] = Translation
    """What a translation of this kind may hold."""

    title: Annotated[Line, Field(min_length=1, description="The title.", examples=["Salon to Stream"])]
    link_title: Annotated[Line, Field(description="A shorter title for menus.", examples=["Salon"])] = ""
    summary: Annotated[
        Line,
        Field(
            description="The one-line promise below the title.",
            examples=["Ninety minutes of lamp-making by hand, live and in the room."],
        ),
    ] = ""
    description: Annotated[
        Line,
        Field(
            description="For search engines, where the summary will not do.",
            examples=["An evening of lamps in Lisbon."],
        ),
    ] = ""
    id: Annotated[
        EntryId,
        Field(
            description="Stable id, where kind and slug will not do: ids name stock, orders and feed items.",
            examples=["events/salon"],
        ),
    ] = ""
    slug: Annotated[
        Slug, Field(description="Last part of the URL, where the file's name will not do.", examples=["salon"])
    ] = ""
    url: Annotated[
        SitePath,
        Field(
            description="The whole path of the page, where section and slug will not do: /lamp/.", examples=["/lamp/"]
        ),
    ] = ""
    aliases: Annotated[
        tuple[SitePath, ...], Field(description="Old paths that lead here.", examples=["[/old-lamp/]"])
    ] = ()
    date: Annotated[
        Published | None,
        Field(
            description="When it was written; whole day or date and time. Feeds tell what is dated or has opened.",
            examples=["2026-11-02"],
        ),
    ] = None
    lastmod: Annotated[Published | None, Field(description="When it was last changed.", examples=["2026-11-20"])] = None
    publish_date: Annotated[
        Published | None,
        Field(description="Not built before this moment, in the site's zone.", examples=["2026-11-09 08:00"]),
    ] = None
    expiry_date: Annotated[
        Published | None,
        Field(description="Not built from this moment on, in the site's zone.", examples=["2027-01-31"]),
    ] = None
    draft: Annotated[bool, Field(description="Not built, unless --drafts.", examples=["true"])] = False
    tags: Annotated[
        tuple[Line, ...], Commas(), Field(description="Free words to find it by.", examples=["[light, paper]"])
    ] = ()
    series: Annotated[Line, Field(description="The series it belongs to: a slug or a name.", examples=["lamps"])] = ""
    chapter: Annotated[Natural, Field(description="Its number in the series.", examples=[3])] = 0
    weight: Annotated[Whole, Field(description="Order in lists, light to heavy, before dates.", examples=[10])] = 0
    menu: Annotated[bool, Field(description="Shown in the main menu.", examples=["true"])] = False
    images: Annotated[tuple[Image, ...], Field(description="Pictures; the first leads.", examples=["[bench.jpg]"])] = ()
    signup: SignUpForm = None
    robots: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9_:,.\- ]*$",
            description="Content of the robots meta element, such as noindex.",
            examples=["noindex"],
        ),
    ] = ""
    canonical: Annotated[
        WebUrl,
        Field(
            description="Absolute URL of the original, where this is a copy.", examples=["https://example.com/salon/"]
        ),
    ] = ""
    params: Annotated[
        Free, Field(description="Anything else, for a theme of your own.", examples=["{ mood: calm }"])
    ] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        # What a translation may not hold: what only the entry, or what it sells, may.
        cls.translation.facts_of = (cls, Ticket, Item)

    @model_validator(mode="after")
    def _one_currency(self, info: ValidationInfo) -> "Entry":
        priced = next((price for _, price in prices_in_place(self.__dict__)), None)
        if priced is not None and priced.currency != setting(info).currency:
            for name in SOLD:  # the entry is frozen from here on
                if name in self.__dict__:
                    self.__dict__[name] = free_in(priced.currency, self.__dict__[name])
        return self

    @property
    def products(self) -> tuple[Product, ...]:
        """Everything of this entry that can be bought, add-ons behind what they are added to."""
        names = ("tickets", "items", "addons")
        return tuple(product for _, product in products_in_place(self.__dict__, *names))

    @property
    def zone(self) -> ZoneInfo:
        """The zone its times are in."""
        return ZoneInfo(self.get("timezone") or "UTC")

    def moments(self) -> dict[str, Moment]:
        """Every moment that is written in it, by the name of its field: {"starts": …, "opens_at": …}."""
        return {name: value for name, value in self.__dict__.items() if isinstance(value, date)}

    def state(self, at: datetime, facts: Mapping[str, Any]) -> str:
        """Where it stands at that (aware) moment; empty for kinds that have no states.

        `facts` are this entry's own, as the functions wrote them: {"sold_out": true, "left": {…}, "as_of": …}.
        """
        return ""

    def transitions(self) -> tuple[datetime, ...]:
        """The instants (UTC, in order) at which `state` changes by itself, so that its page must be built again."""
        return ()

    @classmethod
    def check(cls, values: Mapping[str, Any], context: Any) -> Iterable[Flaw]:
        known: Setting = context if isinstance(context, Setting) else Setting()
        yield from form_flaws(values.get("signup"), known)
        yield from _naming_flaws(values)
        yield from currency_flaws(values)
        publish, expiry = values.get("publish_date"), values.get("expiry_date")
        if publish is None or expiry is None:
            return
        if instant(expiry, known.site_zone) <= instant(publish, known.site_zone):
            what = "`expiry_date` is not after `publish_date`, so the entry would never be built."
            yield Flaw(("expiry_date",), what, "Write a later date, or leave one of the two out.")


def _naming_flaws(values: Mapping[str, Any]) -> Iterator[Flaw]:
    """Tags and the series give URLs of lists, so each must have a slug that a file can bear."""
    named = [(("tags", number), tag) for number, tag in enumerate(values.get("tags") or ())]
    for place, name in (*named, (("series",), values.get("series") or "")):
        if name and not slugify(name):
            yield Flaw(place, f"'{name}' has no letter and no digit to make a URL of.", "Write a word.")
        elif len(slugify(name).encode()) > LONGEST:
            yield Flaw(place, "This is too long for a URL.", f"Write a shorter one, of at most {LONGEST} bytes.")


def opening_flaws(values: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Flaw]:
    """`opens_at`, `closes_at` and `early_access` against each other."""
    opens, closes = values.get("opens_at"), values.get("closes_at")
    if opens is not None and closes is not None and instant(closes, zone, end=True) <= instant(opens, zone):
        yield Flaw(("closes_at",), "`closes_at` is not after `opens_at`.", "Write a later one.")
    if values.get("early_access") is not None and "opens_at" in values and opens is None:
        what = "`early_access` needs `opens_at`: it is counted back from there."
        yield Flaw(("early_access",), what, "Write opens_at: 2026-12-06 18:00")


def respell_status(value: Any) -> tuple[str, Any]:
    """The spellings of America and of haste: `canceled`, `sold out`."""
    typed = value.lower().replace(" ", "_").replace("-", "_") if isinstance(value, str) else ""
    return "status", {"canceled": "cancelled", "soldout": "sold_out"}.get(typed, typed) or value
