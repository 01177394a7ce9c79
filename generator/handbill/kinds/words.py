"""An entry's words in another language: what a translation may hold."""
# ruff: noqa: RUF012 - pydantic never shares a default, and the tables of spellings are never written to

from typing import Annotated

from pydantic import Field

from handbill.kinds.images import Image
from handbill.kinds.products import Addon, Item, Space, Ticket
from handbill.kinds.signup import FormField, SignUp
from handbill.schema import Part
from handbill.schema.fields import Free, Line


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
    options: Annotated[
        dict[str, Line],
        Field(
            description="Labels of a select's options, by value: the slug of the first label.",
            examples=["{ no-meat: Sem carne }"],
        ),
    ] = {}


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
