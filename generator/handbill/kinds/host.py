"""All we know of a host."""
# ruff: noqa: RUF012 - pydantic never shares a default, and the tables of spellings are never written to

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from handbill.kinds.base import (
    Addon,
    Address,
    Entry,
    Geo,
    Label,
    SignUp,
    SignUpForm,
    Space,
    Translation,
    id_flaws,
)  # fmt: skip
from handbill.kinds.moments import read_clock
from handbill.schema import Commas, Flaw, wrong
from handbill.schema.fields import Line, Zone
from handbill.yaml.faults import shown


def _clock(text: str) -> str:
    clock = read_clock(text) if text else None
    if text and clock is None:
        raise wrong(f"{shown(text)} is not a time of day.", "Write hours and minutes: 15:00")
    return f"{clock:%H:%M}" if clock else ""


class HostTranslation(Translation):
    """A host's words in another language."""

    amenities: Annotated[
        tuple[Line, ...], Commas(), Field(description="What is there.", examples=["[jardim, wifi]"])
    ] = ()
    cancellation: Annotated[
        Line, Field(description="The rule for cancelling.", examples=["Grátis até sete dias antes."])
    ] = ""
    spaces: Annotated[
        dict[str, Label],
        Field(description="Words of spaces, by id.", examples=["{ the-attic-room: O sótão }"]),
    ] = {}
    addons: Annotated[
        dict[str, Label], Field(description="Words of add-ons, by id.", examples=["{ breakfast: Pequeno-almoço }"])
    ] = {}


class Host(Entry):
    """A place that receives people: a house, a venue, a pickup point."""

    noun = "a host"
    kind: ClassVar[str] = "host"
    section: ClassVar[str] = "hosts"
    translation: ClassVar[type[Translation]] = HostTranslation
    aliases_of = {"tz": "timezone", "phone": "telephone", "tel": "telephone", "rooms": "spaces"}

    address: Annotated[
        Address,
        Field(
            description="Address, as one text or by its parts.",
            examples=["{ street: Rua da Luz 7, postcode: 1200-001, city: Lisboa, country: PT }"],
        ),
    ] = Field(default_factory=Address)
    geo: Annotated[Geo | None, Field(description="Latitude and longitude.", examples=["38.71, -9.14"])] = None
    timezone: Annotated[
        Zone, Field(description="IANA zone, where it is not the site's.", examples=["Europe/Lisbon"])
    ] = ""
    telephone: Annotated[
        Line, Field(description="Telephone number, international form.", examples=["+351 210 000 000"])
    ] = ""
    spaces: Annotated[
        tuple[Space, ...],
        Field(
            description="Rooms and tables: seats, sleeps, rate.",
            examples=["[{ name: The attic room, sleeps: 2, rate: 95 EUR / night }]"],
        ),
    ] = ()
    addons: Annotated[
        tuple[Addon, ...],
        Field(description="Breakfast, a workshop, a bicycle.", examples=["[{ name: Breakfast, price: 9 EUR }]"]),
    ] = ()
    checkin: Annotated[
        Line,
        AfterValidator(_clock),
        Field(description="Check-in from, local time: 15:00.", examples=["15:00"]),
    ] = ""
    checkout: Annotated[
        Line,
        AfterValidator(_clock),
        Field(description="Check-out until, local time: 11:00.", examples=["11:00"]),
    ] = ""
    amenities: Annotated[
        tuple[Line, ...],
        Commas(),
        Field(description="What is there: wifi, garden, step-free entrance.", examples=["[wifi, garden]"]),
    ] = ()
    cancellation: Annotated[
        Line,
        Field(description="The rule for cancelling, in one sentence.", examples=["Free until seven days before."]),
    ] = ""
    signup: SignUpForm = Field(default_factory=SignUp)

    @classmethod
    def check(cls, values: Mapping[str, Any], context: Any) -> Iterable[Flaw]:
        yield from super().check(values, context)
        yield from id_flaws(values, "spaces", "addons")
