"""The sign-up form of an entry: its fields, what it asks consent for, its words."""
# ruff: noqa: RUF012 - pydantic never shares a default, and the tables of spellings are never written to

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from handbill.kinds.setting import Setting
from handbill.schema import Commas, Flaw, Part, wrong
from handbill.schema.fields import Line, Sku
from handbill.slugs import slugify
from handbill.yaml.faults import shown

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


class Option(Part):
    """A choice of a select. A bare text is its label."""

    noun = "an option"
    bare = "label"

    label: Annotated[Line, Field(min_length=1, description="What people read.", examples=["No meat"])]
    value: Annotated[
        Sku,
        Field(description="What is kept of it: the slug of the label, where nothing is written.", examples=["no-meat"]),
    ] = ""

    @model_validator(mode="after")
    def _named(self) -> "Option":
        self.__dict__["value"] = self.value or slugify(self.label)
        if not self.value:
            what = f"{shown(self.label)} gives no value."
            raise wrong(what, "Write one beside it: { label: …, value: no-meat }", ("label",))
        return self


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
        tuple[Option, ...], Commas(), Field(description="Choices of a select.", examples=["[Meat, No meat]"])
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
        values = [option.value for option in self.options]
        for number, value in enumerate(values):
            if value in values[:number]:
                raise wrong(
                    f"Two options of `{self.name}` have the value '{value}': nobody could tell the answers apart.",
                    "Give one of them another label, or a `value:` of its own.",
                    ("options", number),
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


def _no_form(value: Any) -> Any:
    return None if value is False else value


SignUpForm = Annotated[
    SignUp | None,
    BeforeValidator(_no_form),
    Field(description="The sign-up form; false for none.", examples=["{ button: Send me the door code }"]),
]


def form_flaws(signup: Any, known: Setting) -> Iterator[Flaw]:
    """Purposes that nobody wrote a sentence for, and fields asked twice."""
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
