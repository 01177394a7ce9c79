"""Prices and rates, as people write them: `25 EUR`, a bare `25`, `{amount: 2500, currency: EUR}`, `95 EUR / night`."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo

from handbill.kinds.setting import setting
from handbill.schema import wrong
from handbill.schema.explain import say
from handbill.yaml import written
from handbill_functions.errors import MoneyError
from handbill_functions.money import Money, parse

_parse = lru_cache(maxsize=1024)(parse)
"""A season has a handful of prices, written hundreds of times."""

_SUCH = "Write an amount and a currency, such as 45 EUR. For a free item, write 0."


def read_price(value: Any, currency: str | None) -> Money:
    """The price that was written. A bare number is in major units of `currency`, read digit by digit. Else raises."""
    try:
        if isinstance(value, Money):
            return value
        if isinstance(value, str):
            return _parse(value, currency)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return _parse(written(value), currency)
        if isinstance(value, dict):
            return _minor_units(value)
    except MoneyError as error:
        if currency is None and str(value).strip() in ("0", "0.00"):
            raise wrong(error.what, "Write 0 EUR, or set `currency:` in content/site.yaml for all prices.") from None
        raise wrong(error.what, error.fix or _SUCH) from None
    raise wrong(f"{say(value)} is not a price.", _SUCH)


def _minor_units(value: dict[str, Any]) -> Money:
    amount, currency = value.get("amount"), value.get("currency")
    if set(value) != {"amount", "currency"} or type(amount) is not int or not isinstance(currency, str):
        raise MoneyError(
            "This is not an amount of money.",
            "Write 25 EUR; or, in minor units, {amount: 2500, currency: EUR}.",
        )
    if amount < 0:
        raise MoneyError("A price is never negative.", _SUCH)
    parse("0", currency)  # a currency that people pay in today
    return Money(amount, currency)


def _price(value: Any, info: ValidationInfo) -> Money:
    return read_price(value, setting(info).currency)


Price = Annotated[Money, PlainValidator(_price)]
"""An amount in a currency; `0` is free."""
