"""The errors of the run time, as a family.

    FunctionsError            all of ours; anything else is a bug and keeps its traceback
     ├─ FillError             a program could not be filled
     │   ├─ MissingValue      a slot has no value and no fallback
     │   ├─ UnsafeValue       a value may not stand where the slot is (a line break in a header, javascript: in a URL)
     │   └─ BadProgram        the program itself is wrong: an unknown node, a name nobody could supply
     ├─ CatalogError          the catalog cannot be used
     │   ├─ NotInCatalog      nothing is there by that id, name or hash
     │   ├─ TornCatalog       a file is there, and it is not what it should be
     │   └─ OtherVersion      the catalog is of another version than this code reads
     ├─ MoneyError            not an amount, not a currency, or two currencies in one sum
     ├─ StoreError            the store did not do it
     │   ├─ Conflict          something was not as it was seen, or a count would go over: read again and decide again
     │   └─ Unavailable       it cannot be asked now; trying the same again is safe
     ├─ AddressError          not an e-mail address that we can write to
     ├─ SettingsError         the environment is wrong: carries every problem, and no secret
     ├─ TooMany               a limit of abuse control is reached: try again later
     ├─ FeedbackError         what came from the carrier's queue is no notification that we understand
     ├─ NoSuchRequest         nothing waits to be confirmed under that id, or its time is over
     └─ TokenError            a link's token is not ours, was altered, is for something else, or is too old
         └─ TokenExpired      it is ours, and its time is over

None of their messages carries personal data: a FillError names the slot and never its value, a CatalogError repeats
nothing that a visitor may have typed. So they may be logged as they are.
"""

from __future__ import annotations


class FunctionsError(Exception):
    """Anything that the functions refuse; the message never carries personal data."""


class FillError(FunctionsError):
    """A program could not be filled. Carries the name of the slot, never its value."""

    def __init__(self, slot: str, reason: str) -> None:
        self.slot = slot
        """Name of the slot, as it stands in the program: `first_name`."""
        self.reason = reason
        """What is wrong, without the value: `has no value and no fallback.`"""
        super().__init__(f"slot {slot!r} {reason}")


class MissingValue(FillError):
    """A slot has no value and no fallback. Missing is an error, not an empty string."""


class UnsafeValue(FillError):
    """A value may not stand where the slot is."""


class BadProgram(FillError):
    """The program is wrong, whatever the values: a bug of the build, or a catalog of another version."""


class CatalogError(FunctionsError):
    """The catalog cannot be used."""


class NotInCatalog(CatalogError):
    """Nothing is there by that id, name or hash. To a visitor this is "not found"; nothing is broken."""


class TornCatalog(CatalogError):
    """A file is there and cannot be read, is not JSON, lacks a field, or is not what its name says."""


class OtherVersion(CatalogError):
    """The catalog is of another version than this code reads."""


class MoneyError(FunctionsError, ValueError):
    """Not an amount, not a currency, or two currencies in one sum."""

    def __init__(self, what: str, fix: str = "") -> None:
        self.what = what
        """A full sentence: `'free' is not a price.`"""
        self.fix = fix
        """The action, as full sentences: `Write an amount and a currency, such as 45 EUR.` May be empty."""
        super().__init__(f"{what} {fix}" if fix else what)


class StoreError(FunctionsError):
    """The store did not do it."""


class Conflict(StoreError):
    """Something was not as it was seen, or a count would have gone over. Nothing was changed."""

    def __init__(self, place: int, key: tuple[str, str]) -> None:
        self.place = place
        """Which of the changes it was, from 0."""
        self.key = key
        """(partition, sort key) of it: keyed digests and names, never an address."""
        super().__init__(f"change {place} was not as it was seen.")


class Unavailable(StoreError):
    """The store cannot be asked now. Nothing was changed, or nobody can know; the same changes may be tried again."""


class AddressError(FunctionsError, ValueError):
    """Not an e-mail address that we can write to. Never carries what was typed."""

    def __init__(self, reason: str, what: str) -> None:
        self.reason = reason
        """`missing`, `wrong` or `too_long`: which sentence to show beside the field."""
        super().__init__(what)


class SettingsError(FunctionsError):
    """The environment is wrong. Carries every problem as a full sentence; none holds a secret."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class TooMany(FunctionsError):
    """A limit of abuse control is reached. Nothing was changed; later it may be tried again."""


class FeedbackError(FunctionsError):
    """What came from the carrier's queue is no notification that we understand. Never carries any of it."""


class NoSuchRequest(FunctionsError):
    """Nothing waits to be confirmed under that id, or its time is over."""


class PlanChanged(FunctionsError):
    """What a plan of a letter said is so no more. Nothing was queued."""


class TokenError(FunctionsError):
    """A link's token is not ours, was altered, or is for something else."""


class TokenExpired(TokenError):
    """The token is ours, and its time is over."""
