"""Money: integer minor units and an ISO 4217 currency. Never a float, never two currencies in one sum.

    >>> parse("25 EUR")
    Money(amount=2500, currency='EUR')
    >>> parse("25 EUR") * 2 + parse("0.50 EUR")
    Money(amount=5050, currency='EUR')
    >>> parse("2500 JPY").decimal_text()
    '2500'

How many minor units make one is ISO 4217's own number (List One, published 2026-01-01). It is not the number of
decimals that people of a country like to see (CLDR shows none for RSD or IRR), and a payment provider may count
otherwise (Stripe takes ISK and UGX with two): adapting to that is the matter of whoever prints or charges.

Reading is strict on purpose: `1.250` is one and a quarter to some and twelve hundred and fifty to others, so a
separator of thousands or a decimal comma is refused, with the text to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from handbill_functions.errors import MoneyError

_CURRENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
          CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
          JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
          NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
          SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG""",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
CURRENCIES: Mapping[str, int] = {code: digits for digits, codes in _CURRENT.items() for code in codes.split()}
"""Every currency that people pay in today, and how many decimals it has: {"EUR": 2, "JPY": 0, "KWD": 3, …}."""

WITHDRAWN: Mapping[str, tuple[int, str]] = {
    "ANG": (2, "XCG"), "BGN": (2, "EUR"), "BYR": (0, "BYN"), "CUC": (2, "CUP"), "HRK": (2, "EUR"), "LTL": (2, "EUR"),
    "LVL": (2, "EUR"), "MRO": (2, "MRU"), "SLL": (2, "SLE"), "STD": (2, "STN"), "VEF": (2, "VES"), "ZWL": (2, "ZWG"),
}  # fmt: skip
"""Currencies that ended since 2014: code → (decimals, successor). Refused in a new price; an old order still reads."""

_NOT_PAID_IN = "BOV CHE CHW CLF COU MXV USN UYI UYW XAD XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"
"""Funds, metals and test codes of ISO 4217: real codes, and no price is in them."""

_COMMON = "EUR USD GBP JPY CHF CAD AUD NZD SEK NOK DKK PLN CZK BRL INR CNY"
"""Guessed first where a slip of the hand may mean several."""
_UNITS = {
    "€": "EUR", "EURO": "EUR", "EUROS": "EUR", "£": "GBP", "POUND": "GBP", "POUNDS": "GBP", "YEN": "JPY", "₹": "INR",
    "₩": "KRW", "₪": "ILS", "₫": "VND", "₴": "UAH", "₺": "TRY", "ZŁ": "PLN", "KČ": "CZK", "FT": "HUF", "FR": "CHF",
}  # fmt: skip
"""What people write instead of a code, where it means one currency alone (`$`, `¥` and `kr` mean several)."""
_LONGEST = 12
"""Digits before the point. More is a slip of the hand; and so every amount is exact in any JSON reader (below 2^53)."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency: hashable, exact, and only ever of a currency that exists.

    Adds, subtracts and compares (<, <=, >, >=) within its currency and raises MoneyError across two; multiplies by
    whole numbers. Equality across currencies is simply False. True in a condition even when it is nothing, since None
    stands for "no price": ask `price is None` and `price.free`.
    """

    amount: int
    """Minor units: 2500 for 25.00 EUR, 25 for 25 JPY. May be negative: a refund, a discount."""
    currency: str
    """ISO 4217: `EUR`."""

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise MoneyError("An amount is a whole number of minor units.", "Write 2500 for 25.00 EUR.")
        exponent(self.currency)

    @property
    def free(self) -> bool:
        """True when there is nothing to pay."""
        return self.amount == 0

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other).amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __mul__(self, times: int) -> Money:
        if type(times) is not int:
            return NotImplemented
        return Money(self.amount * times, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other).amount

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other).amount

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other).amount

    def _same(self, other: Money) -> Money:
        if not isinstance(other, Money):
            raise TypeError("Money goes together with Money only")
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} do not go into one sum.", "Keep to one currency.")
        return other

    def decimal_text(self) -> str:
        """The amount alone, with exactly the decimals of its currency: `25.00`, `2500` (JPY), `-0.500` (KWD)."""
        digits = exponent(self.currency)
        text = str(abs(self.amount)).rjust(digits + 1, "0")
        sign = "-" if self.amount < 0 else ""
        return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else sign + text

    def __str__(self) -> str:
        """As a creator writes it, and as `parse` reads it: `25.00 EUR`."""
        return f"{self.decimal_text()} {self.currency}"

    def to_json(self) -> dict[str, Any]:
        """{"amount": 2500, "currency": "EUR"}: minor units, as in the catalog."""
        return {"amount": self.amount, "currency": self.currency}

    @classmethod
    def from_json(cls, value: object) -> Money:
        """What `to_json` gave. Anything else is a MoneyError: another key, a float, a text, an unknown currency."""
        if not isinstance(value, Mapping) or set(value) != {"amount", "currency"}:
            raise MoneyError("This is not an amount of money.", "Write {amount: 2500, currency: EUR} for 25.00 EUR.")
        return cls(value["amount"], value["currency"])


def exponent(currency: str) -> int:
    """How many decimals `currency` has: 2 for EUR, 0 for JPY, 3 for KWD. Raises MoneyError for what is no currency."""
    try:
        return CURRENCIES[currency]
    except (KeyError, TypeError):
        if isinstance(currency, str) and currency in WITHDRAWN:
            return WITHDRAWN[currency][0]
        _refuse_currency(currency if isinstance(currency, str) else "", "")


def total(rows: Iterable[Money], currency: str) -> Money:
    """The exact sum of `rows`, all of them in `currency`; nothing of it when there are none."""
    amount = 0
    zero = Money(0, currency)
    for row in rows:
        amount += zero._same(row).amount
    return Money(amount, currency)


_PRICE = re.compile(r"(?:([A-Z]{3}) +)?([0-9]+)(?:\.([0-9]+))?(?: +([A-Z]{3}))?")


def parse(text: str, default_currency: str | None = None) -> Money:
    """The price that `text` says: `25 EUR`, `25.5 EUR`, `EUR 25.00`, or a bare `25` in the default currency.

    Never negative. Raises MoneyError with `what` and `fix` for anything else: no or an unknown currency, a funds code,
    a currency that has ended, separators of thousands, a decimal comma, more decimals than the currency has.
    """
    text = text.strip().replace("\u00a0", " ").replace("\u202f", " ")  # spaces that a word processor leaves
    match = _PRICE.fullmatch(text)
    if match is None or (match[1] and match[4]):
        _refuse(text, default_currency)
    whole, part = match[2].lstrip("0") or "0", match[3] or ""
    currency = match[1] or match[4] or default_currency
    if currency is None:
        raise MoneyError(f"{_short(text)} names no currency.", "Write it too, such as 45 EUR.")
    if currency not in CURRENCIES:
        _refuse_currency(currency, f"{whole}.{part}" if part else whole)
    digits = CURRENCIES[currency]
    if len(part) > digits:
        _refuse_decimals(text, whole, part, currency)
    if len(whole) > _LONGEST:
        raise MoneyError(f"{_short(text)} is more than a price can be.", f"Write at most {_LONGEST} digits.")
    return Money(int(whole + part.ljust(digits, "0")), currency)


# What follows runs only to explain an error: it looks for what the writer meant, and never decides what is accepted.

_UNIT = r"[^\W\d_]*|[^\w\s.,'’/-]?"
_MEANT = rf"({_UNIT})\s*([0-9](?:[0-9.,'’ ]*[0-9])?)\s*({_UNIT})"


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _refuse(text: str, default: str | None) -> NoReturn:
    such = f"Write an amount and a currency, such as 45 {default or 'EUR'}. For a free item, write 0."
    if not text:
        raise MoneyError("There is no price here.", such)
    if re.match(r"([A-Za-z]+\s*)?[-−–]\s*[0-9]", text):
        raise MoneyError("A price is never negative.", such)
    meant = re.fullmatch(_MEANT, text) if len(text) <= 40 else None
    unit = (meant[1] or meant[3]) if meant else ""
    currency = _guess(unit) if unit else default or "EUR"
    numbers = _readings(meant[2], CURRENCIES.get(currency or "EUR", 2)) if meant else []
    if meant is None or (meant[1] and meant[3]) or not numbers:
        raise MoneyError(f"{_short(text)} is not a price.", such)
    if unit.isalpha() and unit not in CURRENCIES:
        _refuse_currency(unit, numbers[0])
    fix = "Write " + " or ".join(f"{number} {currency}" for number in numbers) + "." if currency else such
    if numbers != [meant[2]]:
        raise MoneyError(f"{_short(meant[2])} is not a plain number.", fix)
    if not unit.isalpha():
        raise MoneyError(f"{_short(text)} does not name its currency by its code.", fix)
    raise MoneyError(f"{_short(text)} lacks the space between amount and currency.", fix)


def _refuse_currency(code: str, number: str) -> NoReturn:
    such = f"such as {number} EUR".replace("  ", " ")
    if code in WITHDRAWN:
        raise MoneyError(
            f"{code} is no longer a currency.", f"It was followed by {WITHDRAWN[code][1]}: write that price."
        )
    if code in _NOT_PAID_IN.split():
        raise MoneyError(f"{code} is not a currency that people pay in.", f"Write one, {such}.")
    guess = _guess(code)
    meant = f"{number} {guess}".strip()
    fix = f"Did you mean {meant}?" if guess else f"Write its code of three letters, {such}."
    raise MoneyError(f"{_short(code)} is not a currency.", fix)


def _refuse_decimals(text: str, whole: str, part: str, currency: str) -> NoReturn:
    digits = CURRENCIES[currency]
    if digits == 0:
        fix = f"Write a whole number, such as {whole} {currency}."
    elif len(part) == 3:  # perhaps a point between thousands, as in 1.250
        fix = f"Write {whole}{part} {currency} or {whole}.{part[:digits]} {currency}."
    else:
        fix = f"Write {whole}.{part[:digits]} {currency}."
    raise MoneyError(f"{currency} has {digits or 'no'} decimals, and {_short(text)} has {len(part)}.", fix)


def _guess(unit: str) -> str | None:
    """The currency that somebody who wrote `unit` most likely meant: `€`, `euro`, `eur`, `UER`, `EUT` → EUR."""
    unit = _UNITS.get(unit.upper(), unit.upper())
    if unit in CURRENCIES or len(unit) != 3:
        return unit if unit in CURRENCIES else None
    swapped = [code for code in CURRENCIES if sorted(code) == sorted(unit)]
    slipped = [code for code in CURRENCIES if sum(a != b for a, b in zip(code, unit, strict=True)) == 1]
    for guesses in (swapped, [code for code in _COMMON.split() if code in slipped], slipped):
        if guesses:
            return guesses[0] if len(guesses) == 1 or guesses[0] in _COMMON else None
    return None


def _readings(number: str, digits: int) -> list[str]:
    """What a number with separators may mean, in digits and a point. `1,250` may mean two things where digits is 3."""
    *heads, last = re.split(r"[.,'’ ]", number)
    if not heads:
        return [number]
    separators = [c for c in number if not c.isdigit()]
    readings = []
    if all(len(group) == 3 for group in [*heads[1:], last]) and len(heads[0]) <= 3 and len(set(separators)) == 1:
        readings.append("".join(heads) + last)
    grouped = len(heads) == 1 or (all(len(group) == 3 for group in heads[1:]) and len(heads[0]) <= 3)
    if grouped and separators[-1] in ".," and separators.count(separators[-1]) == 1 and len(last) <= digits:
        readings.append("".join(heads) + "." + last)
    return readings
