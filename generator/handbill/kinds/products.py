"""What can be bought: tickets, items, add-ons, and spaces by their rates."""
# ruff: noqa: RUF012 - pydantic never shares a default, and the tables of spellings are never written to

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from handbill.kinds.moments import Duration
from handbill.kinds.prices import Price
from handbill.schema import Flaw, Part, wrong
from handbill.schema.fields import Count, Line, Natural, Sku
from handbill.slugs import slugify
from handbill.yaml.faults import shown
from handbill_functions.money import Money


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


def products_in_place(values: Mapping[str, Any], *names: str) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """(place, product) of every product in the lists `names`, each followed by its own add-ons."""
    for name in names:
        for number, product in enumerate(values.get(name) or ()):
            yield (name, number), product
            for further, addon in enumerate(product.get("addons", ())):
                yield (name, number, "addons", further), addon


SOLD = ("tickets", "items", "spaces", "addons")
"""Fields of entries that hold what can be bought."""


def prices_in_place(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Money]]:
    """(place, price) of everything that costs something, in the order of `SOLD`. What is free has no currency to it."""
    for place, product in products_in_place(values, *SOLD):
        if isinstance(product, Space):
            place, price = (*place, "rate"), product.rate.price if product.rate else None
        else:
            price = product.price
        if price is not None and not price.free:
            yield (*place, "price"), price


def currency_flaws(values: Mapping[str, Any]) -> Iterator[Flaw]:
    """Prices in two currencies: a checkout has one, and nobody could sum up the cart. Told at the first of each."""
    first: dict[str, tuple[str | int, ...]] = {}
    for place, price in prices_in_place(values):
        first.setdefault(price.currency, place)
    if len(first) < 2:
        return
    what = f"One entry has prices in {' and '.join(first)}, and a checkout has one currency."
    for place in first.values():
        yield Flaw(place, what, "Write them all in one, or sell the rest in an entry of its own.")


def free_in(currency: str, products: Any) -> Any:
    """The products, with what is free counted in `currency`: so that it goes into one cart with what is not."""
    out = []
    for product in products:
        new: dict[str, Any] = {}
        if (price := getattr(product, "price", None)) is not None and price.free:
            new["price"] = Money(0, currency)
        if getattr(product, "addons", ()):
            new["addons"] = free_in(currency, product.addons)
        if isinstance(product, Space) and product.rate is not None and product.rate.price.free:
            new["rate"] = product.rate.model_copy(update={"price": Money(0, currency)})
        out.append(product.model_copy(update=new) if new else product)
    return tuple(out)


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
