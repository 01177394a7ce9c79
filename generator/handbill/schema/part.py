"""The base of all that people write: a map with known names."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Flaw(NamedTuple):
    """What is wrong between several fields. `place` leads to the field to point at, from the part it was found in."""

    place: tuple[str | int, ...]
    what: str
    """A full sentence: `` `ends` is before `starts`. ``"""
    fix: str
    """The action, as full sentences."""
    level: Literal["error", "warning"] = "error"
    on: Literal["key", "value"] = "value"
    """What the caret stands under."""


class Commas:
    """Marks a list of words that may be typed as one text with commas: `tags: light, paper`."""


class Part(BaseModel):
    """A piece of front matter or of site.yaml. Frozen; unknown keys are reported before validation, so ignored here."""

    model_config = ConfigDict(
        frozen=True,
        defer_build=True,  # a run that meets no host need not pay for hosts
        extra="ignore",
        arbitrary_types_allowed=True,
        populate_by_name=True,
        coerce_numbers_to_str=True,
        str_strip_whitespace=True,
    )

    noun: ClassVar[str] = "this part"
    """For messages: `an event`, `a ticket`."""
    bare: ClassVar[str] = ""
    """The field that a bare text fills where a map is expected: `venue: Casa Lume` is its name."""
    aliases_of: ClassVar[dict[str, str]] = {}
    """Accepted spelling → canonical name, beside the camelCase form that every name has. Inherited."""
    respell: ClassVar[dict[str, Callable[[Any], tuple[str, Any]]]] = {}
    """Spellings whose meaning hangs on the value: key → function from the value to (canonical name, value)."""
    joined: ClassVar[frozenset[str]] = frozenset()
    """Lists that several spellings may add to: `tags` and `categories`."""
    hints: ClassVar[dict[str, str]] = {}
    """Unknown key that people from elsewhere type → what to write instead."""
    elsewhere: ClassVar[str] = "Remove it."
    """What to do with an unknown key that resembles none."""

    facts_of: ClassVar[tuple[type["Part"], ...]] = ()
    """For words in another language: the models whose further fields are facts, which may be written only once."""

    def get(self, name: str, default: Any = None) -> Any:
        """A field, or `default` where this kind of part has none of that name. `getattr` says the same, but takes fifty
        times as long to say that there is none."""
        return self.__dict__.get(name, default)

    @classmethod
    def unfold(cls, value: Any) -> Any:
        """A bare text (or number) as the map it stands for; what cannot be unfolded comes back as it is."""
        return {cls.bare: value} if cls.bare else value

    @classmethod
    def check(cls, values: Mapping[str, Any], context: Any) -> Iterable[Flaw]:
        """What is wrong between fields. `values` holds only those fields that are right by themselves."""
        return ()


def wrong(what: str, fix: str = "", at: tuple[str | int, ...] = ()) -> PydanticCustomError:
    """The error a validator raises, in our words. `at` leads on from the value to the part that is meant."""
    return PydanticCustomError("handbill", "handbill", {"what": what, "fix": fix, "at": at})
