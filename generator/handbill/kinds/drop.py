"""All we know of a drop."""
# ruff: noqa: RUF012 - pydantic never shares a default, and the tables of spellings are never written to

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from handbill.kinds.base import (
    Addon,
    Entry,
    Item,
    Label,
    SignUp,
    SignUpForm,
    Translation,
    id_flaws,
    opening_flaws,
    respell_status,
)
from handbill.kinds.moments import Duration, When, instant
from handbill.kinds.setting import Setting
from handbill.schema import Commas, Flaw
from handbill.schema.fields import Count, Line, Natural, Slug, Zone


class DropTranslation(Translation):
    """A drop's words in another language."""

    locality: Annotated[Line, Field(description="Where it is for.", examples=["Lisboa"])] = ""
    items: Annotated[
        dict[str, Label], Field(description="Words of items, by id.", examples=["{ lamp: Candeeiro }"])
    ] = {}
    addons: Annotated[
        dict[str, Label], Field(description="Words of add-ons, by id.", examples=["{ linen-cord: Fio de linho }"])
    ] = {}


class Drop(Entry):
    """A limited thing that opens at a moment."""

    noun = "a drop"
    kind: ClassVar[str] = "drop"
    section: ClassVar[str] = "drops"
    states: ClassVar[tuple[str, ...]] = (
        "announced", "early_access", "open", "sold_out", "closed", "postponed", "cancelled",
    )  # fmt: skip
    emails: ClassVar[tuple[str, ...]] = ("confirm", "welcome", "reminder", "changed", "cancelled")
    translation: ClassVar[type[Translation]] = DropTranslation
    aliases_of = {"tz": "timezone", "products": "items", "opens": "opens_at", "closes": "closes_at"}
    respell = {
        **Entry.respell,
        "status": respell_status,
    }

    opens_at: Annotated[
        When | None,
        Field(
            description="When it opens: 2026-12-06 18:00. Without it, it is announced only.",
            examples=["2026-12-06 18:00"],
        ),
    ] = None
    closes_at: Annotated[When | None, Field(description="When it closes.", examples=["2026-12-13 18:00"])] = None
    early_access: Annotated[
        Duration | None,
        Field(description="For confirmed subscribers, so long before opens_at: 24h.", examples=["24h"]),
    ] = None
    timezone: Annotated[
        Zone, Field(description="IANA zone of its times, where it is not the site's.", examples=["Europe/Lisbon"])
    ] = ""
    items: Annotated[
        tuple[Item, ...],
        Field(
            description="What is sold, each with name, price, and stock or edition.",
            examples=["[{ name: Lamp, price: 180 EUR, edition: 80 }]"],
        ),
    ] = ()
    addons: Annotated[
        tuple[Addon, ...],
        Field(
            description="What can be added to any item.", examples=["[{ name: Linen cord, price: 18 EUR, stock: 30 }]"]
        ),
    ] = ()
    locality: Annotated[Line, Field(description="Where it is for: Lisbon.", examples=["Lisbon"])] = ""
    pickup: Annotated[
        tuple[Slug, ...],
        Commas(),
        Field(description="Slugs of the hosts where it can be collected.", examples=["[casa-lume]"]),
    ] = ()
    ships_to: Annotated[
        tuple[Line, ...], Commas(), Field(description="Countries it is sent to.", examples=["[PT, ES]"])
    ] = ()
    per_person: Annotated[
        Count | None,
        Field(description="At most so many of each item for one person, where the item does not say.", examples=[2]),
    ] = None
    status: Annotated[
        Literal["scheduled", "sold_out", "postponed", "cancelled"],
        Field(description="scheduled, sold_out, postponed or cancelled.", examples=["scheduled"]),
    ] = "scheduled"
    revision: Annotated[
        Natural, Field(description="Raise by one when the date changes: sends `changed` once.", examples=[1])
    ] = 0
    signup: SignUpForm = Field(default_factory=SignUp)

    @model_validator(mode="after")
    def _hand_down(self) -> "Drop":
        if self.per_person is not None:
            limit = {"per_person": self.per_person}
            items = tuple(item if item.per_person else item.model_copy(update=limit) for item in self.items)
            self.__dict__["items"] = items  # the entry is frozen from here on
        return self

    @property
    def closing_instant(self) -> datetime | None:
        """From this instant (UTC) on it is closed, a whole day included; None when nobody wrote when."""
        return None if self.closes_at is None else instant(self.closes_at, self.zone, end=True)

    def state(self, at: datetime, facts: Mapping[str, Any]) -> str:
        """cancelled, postponed, closed, sold_out, announced, early_access or open: the first that is true.

        Closing outranks sold out, since a waiting list then leads nowhere. And it is the end: a drop is never past. An
        event is past when it is over, some time after its sign-up closed; of a drop nothing happens after that moment
        which its page could know, the next chapter of a series least of all, for which each has a link. What `past`
        does for an event, `closed` does here: lists put it below, and its form asks for news alone.
        """
        if self.status in ("cancelled", "postponed"):
            return self.status
        at = at.astimezone(UTC)
        if self.closing_instant is not None and at >= self.closing_instant:
            return "closed"
        if self.status == "sold_out" or facts.get("sold_out"):
            return "sold_out"
        if self.opens_at is None:
            return "announced"
        opens = instant(self.opens_at, self.zone)
        if at >= opens:
            return "open"
        return "early_access" if self.early_access is not None and at >= opens - self.early_access else "announced"

    def transitions(self) -> tuple[datetime, ...]:
        if self.status in ("cancelled", "postponed"):
            return ()
        closing = () if self.closing_instant is None else (self.closing_instant,)
        if self.status == "sold_out" or self.opens_at is None:
            return closing
        opens = instant(self.opens_at, self.zone)
        early = () if self.early_access is None else (opens - self.early_access,)
        return (*early, opens, *closing)

    @classmethod
    def check(cls, values: Mapping[str, Any], context: Any) -> Iterable[Flaw]:
        known: Setting = context if isinstance(context, Setting) else Setting()
        yield from super().check(values, context)
        yield from opening_flaws(values, known.zone)
        yield from id_flaws(values, "items", "addons")
