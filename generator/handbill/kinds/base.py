"""What every kind of entry has in common, and the parts that kinds share: products, places, sign-up.

These pydantic models are both the schema of front matter and the entry itself: what passed validation is what the build
uses. Field descriptions are the reference that `handbill reference` prints; the first of a field's examples is YAML
that is right for it. Which spellings are accepted is said beside the fields (`aliases_of`).
"""
# ruff: noqa: RUF012 - pydantic never shares a default, and the tables of spellings are never written to

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from handbill.kinds.moments import Duration, Moment, Published, instant
from handbill.kinds.prices import Price
from handbill.kinds.setting import Setting
from handbill.schema import Commas, Flaw, Part, wrong
from handbill.schema.fields import (
    Count,
    EntryId,
    FilePath,
    Free,
    Line,
    Natural,
    SitePath,
    Sku,
    Slug,
    WebUrl,
    Whole,
)
from handbill.slugs import slugify
from handbill.yaml import scalar
from handbill.yaml.faults import shown

__all__ = [
    "Addon", "Address", "Entry", "FormField", "Geo", "Image", "Item", "Moment", "Part", "Product", "Rate", "SignUp",
    "Space", "Ticket", "Translation", "Venue",
]  # fmt: skip


def _country(text: str) -> str:
    return text.upper() if len(text) == 2 else text


class Address(Part):
    """Where a place is. A bare text is kept whole, as its street."""

    noun = "an address"
    bare = "street"
    aliases_of = {"postal_code": "postcode", "zip": "postcode", "town": "city", "locality": "city", "state": "region"}

    street: Annotated[Line, Field(description="Street and number.", examples=["Rua da Luz 7"])] = ""
    postcode: Annotated[Line, Field(description="Postal code, as text.", examples=["1200-001"])] = ""
    city: Annotated[Line, Field(description="City.", examples=["Lisboa"])] = ""
    region: Annotated[Line, Field(description="State, province or county.", examples=["Estremadura"])] = ""
    country: Annotated[
        Line,
        AfterValidator(_country),
        Field(description="ISO 3166 code of two letters, such as PT, or a name.", examples=["PT"]),
    ] = ""


class Geo(Part):
    """A point on the map. A bare text is latitude and longitude: `38.71, -9.14`."""

    noun = "geo"
    aliases_of = {"lat": "latitude", "lng": "longitude", "lon": "longitude", "long": "longitude"}

    latitude: Annotated[float, Field(ge=-90, le=90, description="Degrees north.", examples=[38.71])]
    longitude: Annotated[float, Field(ge=-180, le=180, description="Degrees east.", examples=[-9.14])]

    @classmethod
    def unfold(cls, value: Any) -> Any:
        parts = value if isinstance(value, list) else [scalar(part.strip()) for part in str(value).split(",")]
        return {"latitude": parts[0], "longitude": parts[1]} if len(parts) == 2 else value


class Venue(Part):
    """A place that is not one of the site's hosts. A bare text is its name."""

    noun = "a venue"
    bare = "name"

    name: Annotated[Line, Field(description="Name of the place.", examples=["Town Hall"])] = ""
    address: Annotated[Address, Field(description="Address, as one text or by its parts.")] = Field(
        default_factory=Address
    )
    geo: Annotated[Geo | None, Field(description="Latitude and longitude.", examples=["38.71, -9.14"])] = None
    url: Annotated[WebUrl, Field(description="The place's own web page.", examples=["https://hall.example"])] = ""


class Image(Part):
    """A picture beside the entry. A bare text is its path."""

    noun = "an image"
    bare = "src"
    aliases_of = {"image": "src", "path": "src", "file": "src", "url": "src"}

    src: Annotated[
        FilePath,
        Field(
            description="Path below the entry's folder, or below content/ when it starts with /.",
            examples=["bench.jpg"],
        ),
    ]
    alt: Annotated[
        Line,
        Field(description="What the picture shows, for those who cannot see it.", examples=["A bench with lamps"]),
    ] = ""
    caption: Annotated[Line, Field(description="Words below the picture.", examples=["Photo: Ana Lume"])] = ""


KNOWN_FIELDS: Mapping[str, str] = {
    "first_name": "text", "last_name": "text", "name": "text", "phone": "tel", "city": "text",
}  # fmt: skip
"""Fields of a form that need no label, since themes have words for them, and their type."""

_POSTED = frozenset(["email", "form", "wording", "lang", "list", "intent", "website", "nonce"])
"""Names that a form posts already."""


def _name_of_field(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        better = slugify(name).replace("-", "_").lstrip("0123456789_")[:40]
        raise wrong(
            f"{shown(name)} cannot be the name of a field: it has small letters, digits and _, a letter first.",
            f"Write {better if better.isascii() and better else 'diet'}",
        )
    if name in _POSTED or name.startswith("consent_"):
        raise wrong(f"Every form posts `{name}` already.", "Give this field another name.")
    return name


class FormField(Part):
    """A further field of the sign-up form. A bare text is its name; the names of KNOWN_FIELDS need no more."""

    noun = "a field of the form"
    bare = "name"

    name: Annotated[
        Line, AfterValidator(_name_of_field), Field(description="Name in the post.", examples=["first_name"])
    ]
    label: Annotated[
        Line,
        Field(description="Visible label; the theme has words for the known names.", examples=["What do you eat?"]),
    ] = ""
    type: Annotated[
        Literal["text", "tel", "number", "select", "checkbox"],
        Field(description="text, tel, number, select or checkbox.", examples=["text"]),
    ] = "text"
    required: Annotated[bool, Field(description="The form cannot be sent without it.", examples=["false"])] = False
    options: Annotated[
        tuple[Line, ...], Commas(), Field(description="Choices of a select.", examples=["[Meat, No meat]"])
    ] = ()
    purpose: Annotated[
        Line, Field(description="Why it is asked; shown below the field.", examples=["So that the cook knows."])
    ] = ""

    @model_validator(mode="before")
    @classmethod
    def _known_type(cls, values: Any) -> Any:
        if isinstance(values, dict) and "type" not in values:
            guess = "select" if values.get("options") else KNOWN_FIELDS.get(str(values.get("name")), "text")
            return {**values, "type": guess}
        return values

    @model_validator(mode="after")
    def _whole(self) -> "FormField":
        if not self.label and self.name not in KNOWN_FIELDS:
            known = ", ".join(KNOWN_FIELDS)
            raise wrong(
                f"The field `{self.name}` has no label, and the theme knows none for it.",
                f"Write {{ name: {self.name}, label: … }}. Known without a label: {known}.",
            )
        if self.type == "select" and len(self.options) < 2:
            raise wrong(f"The select `{self.name}` has nothing to choose from.", "Write options: [Meat, No meat]")
        if self.type != "select" and self.options:
            raise wrong(
                f"`options` belong to a select, and `{self.name}` is of type {self.type}.", "Write type: select"
            )
        return self


class SignUp(Part):
    """The sign-up form of an entry. `signup: false` takes it away."""

    noun = "the sign-up form"
    aliases_of = {"purposes": "consent", "label": "button", "thank_you": "thanks"}

    list: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$",
            description="The list people join: small letters, digits, - and _.",
            examples=["main"],
        ),
    ] = "main"
    fields: Annotated[tuple[FormField, ...], Field(description="Further fields.", examples=["[first_name]"])] = ()
    consent: Annotated[
        tuple[str, ...],
        Commas(),
        Field(description="Purposes asked for, each its own unticked box; false for none.", examples=["[marketing]"]),
    ] = ("marketing",)
    button: Annotated[
        Line, Field(description="Words of the button: say the result.", examples=["Send me the door code"])
    ] = ""
    heading: Annotated[Line, Field(description="A short heading above the form.", examples=["Be there"])] = ""
    note: Annotated[
        Line,
        Field(
            description="One line below the field: what is sent and how often.",
            examples=["One e-mail with the door code, one reminder."],
        ),
    ] = ""
    thanks: Annotated[
        Line, Field(description="A sentence on the page after signing up.", examples=["See you on Friday."])
    ] = ""


class Product(Part):
    """What can be bought."""

    noun = "a product"
    aliases_of = {"title": "name", "id": "sku", "per_customer": "per_person"}
    elsewhere = "Remove it; fields of your own go below the entry's `params:`."

    name: Annotated[
        Line,
        Field(
            min_length=1,
            description="Its name. Its id is the slug of this name, unless sku is written.",
            examples=["Seat"],
        ),
    ]
    sku: Annotated[
        Sku, Field(description="Stable id, where the slug of the name will not do.", examples=["LAMP-3"])
    ] = ""
    price: Annotated[
        Price | None,
        Field(description="25 EUR, 25.00 EUR, a bare 25 in the site's currency, or 0 for free.", examples=["25 EUR"]),
    ] = None
    description: Annotated[Line, Field(description="A sentence.", examples=["With a glass of wine."])] = ""
    stock: Annotated[Natural | None, Field(description="How many there are.", examples=[30])] = None
    per_person: Annotated[Count | None, Field(description="At most so many for one person.", examples=[2])] = None

    @property
    def id(self) -> str:
        """Stable id within the entry: `sku`, or the slug of the name."""
        return self.sku or slugify(self.name)


class Addon(Product):
    noun = "an add-on"

    until: Annotated[
        Duration | None, Field(description="How long after the purchase it can be added: 48h.", examples=["48h"])
    ] = None


class Ticket(Product):
    noun = "a ticket"

    online: Annotated[
        bool, Field(description="A ticket to the stream: outside the capacity of the room.", examples=["true"])
    ] = False
    addons: Annotated[tuple[Addon, ...], Field(description="What can be added to this ticket.")] = ()


class Item(Product):
    noun = "an item"

    edition: Annotated[Count | None, Field(description="Numbered 1 to this; it is the stock.", examples=[80])] = None
    addons: Annotated[tuple[Addon, ...], Field(description="What can be added to this item.")] = ()

    @model_validator(mode="after")
    def _one_limit(self) -> "Item":
        if self.edition is not None and self.stock is not None:
            raise wrong("An edition is the stock already.", "Keep one of the two: `edition` or `stock`.", ("stock",))
        return self


class Rate(Part):
    """A price for a stretch of time, written `95 EUR / night`."""

    noun = "a rate"

    price: Annotated[Price, Field(description="The price.", examples=["95 EUR"])]
    per: Annotated[
        Literal["night", "day", "hour", "stay"], Field(description="night, day, hour or stay.", examples=["night"])
    ] = "night"

    @classmethod
    def unfold(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value if isinstance(value, list) else {"price": value}
        head, slash, tail = value.partition("/")
        if not slash:
            head, slash, tail = value.partition(" per ")
        return {"price": head.strip(), "per": tail.strip()} if slash else {"price": value}


class Space(Part):
    noun = "a space"
    aliases_of = {"title": "name", "id": "sku", "price": "rate", "beds": "sleeps"}
    elsewhere = Product.elsewhere

    name: Annotated[Line, Field(min_length=1, description="Its name.", examples=["The attic room"])]
    sku: Annotated[Sku, Field(description="Stable id, where the slug of the name will not do.", examples=["ATTIC"])] = (
        ""
    )
    description: Annotated[Line, Field(description="A sentence.", examples=["Under the roof, with a window."])] = ""
    seats: Annotated[Count | None, Field(description="How many can sit.", examples=[14])] = None
    sleeps: Annotated[Count | None, Field(description="How many can sleep.", examples=[2])] = None
    rate: Annotated[
        Rate | None, Field(description="95 EUR / night (or day, hour, stay).", examples=["95 EUR / night"])
    ] = None

    @property
    def id(self) -> str:
        """Stable id within the entry: `sku`, or the slug of the name."""
        return self.sku or slugify(self.name)


# ---- words in another language


class Label(Part):
    """The words of a product in another language. A bare text is its name."""

    noun = "the words of a product"
    bare = "name"
    aliases_of = {"title": "name"}
    facts_of = (Ticket, Item, Addon, Space)

    name: Annotated[Line, Field(description="Its name.", examples=["Lugar"])] = ""
    description: Annotated[Line, Field(description="A sentence.", examples=["Com um copo de vinho."])] = ""


class ImageWords(Part):
    """The words of a picture in another language. A bare text is its alt."""

    noun = "the words of an image"
    bare = "alt"
    facts_of = (Image,)

    alt: Annotated[Line, Field(description="What the picture shows.", examples=["Uma bancada"])] = ""
    caption: Annotated[Line, Field(description="Words below the picture.", examples=["Foto: Ana Lume"])] = ""


class FieldWords(Part):
    """The words of a form's field in another language. A bare text is its label."""

    noun = "the words of a field"
    bare = "label"
    facts_of = (FormField,)

    label: Annotated[Line, Field(description="Visible label.", examples=["O que come?"])] = ""
    purpose: Annotated[Line, Field(description="Why it is asked.", examples=["Para a cozinha."])] = ""


class SignUpWords(Part):
    """The words of a form in another language."""

    noun = "the words of the sign-up form"
    aliases_of = {"label": "button", "thank_you": "thanks"}
    facts_of = (SignUp,)

    button: Annotated[Line, Field(description="Words of the button.", examples=["Envia-me o código"])] = ""
    heading: Annotated[Line, Field(description="A short heading.", examples=["Vem"])] = ""
    note: Annotated[Line, Field(description="One line below the field.", examples=["Um e-mail, mais nada."])] = ""
    thanks: Annotated[Line, Field(description="A sentence after signing up.", examples=["Até sexta."])] = ""
    fields: Annotated[
        dict[str, FieldWords], Field(description="Labels by name of the field.", examples=["{ diet: O que come? }"])
    ] = {}


class Translation(Part):
    """An entry's words in another language: what may stand in `salon.pt.md`. Everything may be left out."""

    noun = "a translation"
    aliases_of = {"excerpt": "summary", "subtitle": "summary"}

    title: Annotated[Line, Field(description="The title.", examples=["Do salão ao ecrã"])] = ""
    link_title: Annotated[Line, Field(description="A shorter title for menus.", examples=["Salão"])] = ""
    summary: Annotated[Line, Field(description="The one-line promise.", examples=["Noventa minutos de luz."])] = ""
    description: Annotated[Line, Field(description="For search engines.", examples=["Uma noite em Lisboa."])] = ""
    series: Annotated[Line, Field(description="The name of the series.", examples=["Candeeiros"])] = ""
    images: Annotated[
        dict[str, ImageWords],
        Field(description="Words of pictures, by their path.", examples=["{ bench.jpg: Uma bancada }"]),
    ] = {}
    signup: Annotated[SignUpWords | None, Field(description="Words of the form.")] = None
    params: Annotated[Free, Field(description="Words for a theme of your own.", examples=["{ mood: calma }"])] = {}


def products_in_place(values: Mapping[str, Any], *names: str) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """(place, product) of every product in the lists `names`, each followed by its own add-ons."""
    for name in names:
        for number, product in enumerate(values.get(name) or ()):
            yield (name, number), product
            for further, addon in enumerate(getattr(product, "addons", ())):
                yield (name, number, "addons", further), addon


def id_flaws(values: Mapping[str, Any], *names: str) -> Iterator[Flaw]:
    """Products without an id, and two with one: their stock and their orders could not be told apart."""
    seen: dict[str, str] = {}
    for place, product in products_in_place(values, *names):
        on = (*place, "sku" if product.sku else "name")
        if not product.id:
            yield Flaw(on, f"{shown(product.name)} gives no id.", "Write one beside it, such as sku: LAMP-3")
        elif product.id in seen:
            what = f"{shown(product.name)} has the id '{product.id}', which is that of {shown(seen[product.id])} too."
            yield Flaw(on, what, "Stock and orders hang on ids: give one of the two another name or its own `sku:`.")
        else:
            seen[product.id] = product.name


# ---- the entry


def _no_form(value: Any) -> Any:
    return None if value is False else value


SignUpForm = Annotated[
    SignUp | None,
    BeforeValidator(_no_form),
    Field(description="The sign-up form; false for none.", examples=["{ button: Send me the door code }"]),
]


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
        Field(description="When it was written; whole day or date and time.", examples=["2026-11-02"]),
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

    @property
    def products(self) -> tuple[Product, ...]:
        """Everything of this entry that can be bought, add-ons behind what they are added to."""
        names = ("tickets", "items", "addons")
        return tuple(product for _, product in products_in_place(self.__dict__, *names))

    @property
    def zone(self) -> ZoneInfo:
        """The zone its times are in."""
        return ZoneInfo(getattr(self, "timezone", "") or "UTC")

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
        yield from _consent_flaws(values.get("signup"), known)
        publish, expiry = values.get("publish_date"), values.get("expiry_date")
        if publish is None or expiry is None:
            return
        if instant(expiry, known.site_zone) <= instant(publish, known.site_zone):
            what = "`expiry_date` is not after `publish_date`, so the entry would never be built."
            yield Flaw(("expiry_date",), what, "Write a later date, or leave one of the two out.")


def _consent_flaws(signup: Any, known: Setting) -> Iterator[Flaw]:
    if not isinstance(signup, SignUp):
        return
    if "consent" in signup.model_fields_set:
        for number, purpose in enumerate(signup.consent):
            if purpose not in known.purposes:
                what = f"The purpose {shown(purpose)} has no wording."
                fix = f"Write its sentence below `consent:` in content/site.yaml, as {purpose}: …"
                yield Flaw(("signup", "consent", number), what, fix)
    names: set[str] = set()
    for number, item in enumerate(signup.fields):
        if item.name in names:
            yield Flaw(("signup", "fields", number, "name"), f"The field `{item.name}` is there twice.", "Remove one.")
        names.add(item.name)


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
