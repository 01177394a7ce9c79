"""Where something is: an address, a point on the map, a venue."""
# ruff: noqa: RUF012 - pydantic never shares a default, and the tables of spellings are never written to

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from handbill.schema import Part
from handbill.schema.fields import Line, WebUrl
from handbill.yaml import scalar


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
