"""The pictures of an entry."""
# ruff: noqa: RUF012 - pydantic never shares a default, and the tables of spellings are never written to

from typing import Annotated

from pydantic import Field

from handbill.schema import Part
from handbill.schema.fields import FilePath, Line


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
