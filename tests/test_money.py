"""Money is exact, of one currency, and read strictly."""

import pickle

import pytest
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st

from handbill_functions.errors import FunctionsError, MoneyError
from handbill_functions.money import CURRENCIES, WITHDRAWN, Money, exponent, parse, total

codes = st.sampled_from(sorted(CURRENCIES))
amounts = st.integers(min_value=0, max_value=10**12 - 1)
monies = st.builds(Money, amounts, codes)
SUCH = "Write an amount and a currency, such as 45 EUR. For a free item, write 0."


# Reading


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("25 EUR", Money(2500, "EUR")),
        ("25.00 EUR", Money(2500, "EUR")),
        ("25.5 EUR", Money(2550, "EUR")),
        ("EUR 25", Money(2500, "EUR")),
        ("  25   EUR ", Money(2500, "EUR")),
        ("25\u00a0EUR", Money(2500, "EUR")),
        ("0.05 EUR", Money(5, "EUR")),
        ("2500 JPY", Money(2500, "JPY")),
        ("4.500 KWD", Money(4500, "KWD")),
        ("4.5 BHD", Money(4500, "BHD")),
        ("0025 EUR", Money(2500, "EUR")),
        ("0" * 9999 + "25 EUR", Money(2500, "EUR")),
        ("999999999999 JPY", Money(999_999_999_999, "JPY")),
    ],
)
def test_a_price_is_an_amount_and_a_code(text, money):
    assert parse(text) == money


@pytest.mark.parametrize(
    ("text", "money"), [("25", Money(2500, "EUR")), ("25.5", Money(2550, "EUR")), ("0", Money(0, "EUR"))]
)
def test_a_bare_number_is_in_the_default_currency(text, money):
    assert parse(text, "EUR") == money


def test_a_written_currency_wins_over_the_default():
    assert parse("25 GBP", "EUR") == Money(2500, "GBP")


def test_nothing_is_free_in_any_currency():
    assert parse("0", "JPY").free
    assert parse("0.00 EUR").free
    assert not parse("0.01 EUR").free


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ("free", "'free' is not a price.", SUCH),
        ("", "There is no price here.", SUCH),
        ("25 EUR each", "'25 EUR each' is not a price.", SUCH),
        ("25.", "'25.' is not a price.", SUCH),
        ("1e3", "'1e3' is not a price.", SUCH),
        ("1_000", "'1_000' is not a price.", SUCH),
        ("0x19", "'0x19' is not a price.", SUCH),
        ("٢٥ EUR", "'٢٥ EUR' is not a price.", SUCH),
        ("EUR 25 EUR", "'EUR 25 EUR' is not a price.", SUCH),
        ("-5 EUR", "A price is never negative.", SUCH),
        ("EUR -5", "A price is never negative.", SUCH),
        ("24,00", "'24,00' is not a plain number.", "Write 24.00 EUR."),
        ("24,00 GBP", "'24,00' is not a plain number.", "Write 24.00 GBP."),
        ("24,00 €", "'24,00' is not a plain number.", "Write 24.00 EUR."),
        ("1 250.50 EUR", "'1 250.50' is not a plain number.", "Write 1250.50 EUR."),
        ("1.250,50 EUR", "'1.250,50' is not a plain number.", "Write 1250.50 EUR."),
        ("1'250 CHF", '"1\'250" is not a plain number.', "Write 1250 CHF."),
        ("1,250 EUR", "'1,250' is not a plain number.", "Write 1250 EUR."),
        ("1,250 KWD", "'1,250' is not a plain number.", "Write 1250 KWD or 1.250 KWD."),
        ("12,345,678.90 USD", "'12,345,678.90' is not a plain number.", "Write 12345678.90 USD."),
        ("1.250 EUR", "EUR has 2 decimals, and '1.250 EUR' has 3.", "Write 1250 EUR or 1.25 EUR."),
        ("1.2345 EUR", "EUR has 2 decimals, and '1.2345 EUR' has 4.", "Write 1.23 EUR."),
        ("25.5 JPY", "JPY has no decimals, and '25.5 JPY' has 1.", "Write a whole number, such as 25 JPY."),
        ("25.00 JPY", "JPY has no decimals, and '25.00 JPY' has 2.", "Write a whole number, such as 25 JPY."),
        ("25 EURO", "'EURO' is not a currency.", "Did you mean 25 EUR?"),
        ("25 eur", "'eur' is not a currency.", "Did you mean 25 EUR?"),
        ("25 UDS", "'UDS' is not a currency.", "Did you mean 25 USD?"),
        ("25 EUT", "'EUT' is not a currency.", "Did you mean 25 EUR?"),
        ("25 QQQ", "'QQQ' is not a currency.", "Write its code of three letters, such as 25 EUR."),
        ("25 kr", "'kr' is not a currency.", "Write its code of three letters, such as 25 EUR."),
        ("25EUR", "'25EUR' lacks the space between amount and currency.", "Write 25 EUR."),
        ("€25", "'€25' does not name its currency by its code.", "Write 25 EUR."),
        ("$25", "'$25' does not name its currency by its code.", SUCH),
        ("25 XAU", "XAU is not a currency that people pay in.", "Write one, such as 25 EUR."),
        ("25 CHE", "CHE is not a currency that people pay in.", "Write one, such as 25 EUR."),
        ("25 HRK", "HRK is no longer a currency.", "It was followed by EUR: write that price."),
        ("9999999999999 EUR", "'9999999999999 EUR' is more than a price can be.", "Write at most 12 digits."),
    ],
)
def test_what_is_not_a_price_is_refused_with_what_to_write_instead(text, what, fix):
    with pytest.raises(MoneyError) as refused:
        parse(text, "EUR")
    assert (refused.value.what, refused.value.fix) == (what, fix)
    assert str(refused.value) == f"{what} {fix}"


def test_a_bare_number_without_a_default_is_refused():
    with pytest.raises(MoneyError, match="names no currency"):
        parse("25")


def test_a_very_long_text_is_refused_and_shown_shortened():
    with pytest.raises(MoneyError) as refused:
        parse("9" * 100_000, "EUR")
    assert len(str(refused.value)) < 120


@given(st.text(max_size=30) | st.from_regex(r"[A-Z€$ ]{0,4}[-0-9.,' ]{1,12}[A-Za-z€$ ]{0,5}", fullmatch=True))
def test_any_text_is_a_price_or_a_money_error_with_a_fix(text):
    try:
        outcome = parse(text, "EUR")
    except MoneyError as refused:
        outcome = refused
    assert outcome.amount >= 0 if isinstance(outcome, Money) else outcome.what and outcome.fix


@given(st.sampled_from(["24,00", "1,250", "1.250,50", "1 250.50", "25eur", "€25", "EURO 25", "25 UDS", "1.250 EUR"]))
def test_what_an_error_says_to_write_is_itself_a_price(text):
    with pytest.raises(MoneyError) as refused:
        parse(text, "EUR")
    for written in refused.value.fix.removeprefix("Write ").removeprefix("Did you mean ").strip(".?").split(" or "):
        parse(written)


# Writing


@given(monies)
def test_what_is_written_reads_as_the_same_money(money):
    assert parse(str(money)) == money
    assert parse(money.decimal_text(), money.currency) == money


@pytest.mark.parametrize("code", sorted(CURRENCIES))
def test_every_currency_reads_what_it_writes(code):
    for amount in (0, 1, 9, 10, 99, 100, 999, 1000, 123456):
        assert parse(str(Money(amount, code))) == Money(amount, code)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(2500, "EUR"), "25.00"),
        (Money(5, "EUR"), "0.05"),
        (Money(0, "EUR"), "0.00"),
        (Money(2500, "JPY"), "2500"),
        (Money(2500, "KWD"), "2.500"),
        (Money(-5, "EUR"), "-0.05"),
        (Money(-2500, "JPY"), "-2500"),
    ],
)
def test_decimal_text_has_the_decimals_of_the_currency(money, text):
    assert money.decimal_text() == text


@given(st.builds(Money, st.integers(), codes))
def test_json_gives_back_the_same_money(money):
    assert Money.from_json(money.to_json()) == money
    assert pickle.loads(pickle.dumps(money)) == money


@pytest.mark.parametrize(
    "value",
    [
        None,
        "25 EUR",
        {"amount": 25},
        {"amount": 25.0, "currency": "EUR"},
        {"amount": True, "currency": "EUR"},
        {"amount": "25", "currency": "EUR"},
        {"amount": 25, "currency": "EURO"},
        {"amount": 25, "currency": None},
        {"amount": 25, "currency": "EUR", "tax": 3},
    ],
)
def test_json_of_another_shape_is_refused(value):
    with pytest.raises(MoneyError):
        Money.from_json(value)


# Reckoning


@given(codes, st.lists(st.integers()))
def test_a_sum_is_exact(code, rows):
    assert total([Money(row, code) for row in rows], code) == Money(sum(rows), code)


@given(codes, st.integers(), st.integers(), st.integers(-1000, 1000))
def test_reckoning_is_that_of_whole_numbers(code, a, b, n):
    x, y = Money(a, code), Money(b, code)
    assert x + y == Money(a + b, code)
    assert x - y == x + -y
    assert x * n == n * x == Money(a * n, code)
    assert (x < y, x <= y, x > y, x >= y, x == y) == (a < b, a <= b, a > b, a >= b, a == b)


@pytest.mark.parametrize(
    "mix",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a < b,
        lambda a, b: a >= b,
        lambda a, b: sorted([a, b]),
        lambda a, b: total([a, b], a.currency),
        lambda a, b: total([a], b.currency),
    ],
)
def test_two_currencies_never_mix(mix):
    with pytest.raises(MoneyError, match="do not go into one sum"):
        mix(Money(1, "EUR"), Money(1, "USD"))


def test_the_same_amount_in_two_currencies_is_not_equal():
    assert Money(1, "EUR") != Money(1, "USD")
    assert len({Money(1, "EUR"), Money(1, "USD"), Money(1, "EUR")}) == 2


@pytest.mark.parametrize("other", [1.5, True, "2", None])
def test_money_multiplies_by_whole_numbers_only(other):
    with pytest.raises(TypeError):
        Money(100, "EUR") * other


@pytest.mark.parametrize("other", [0, 1.5, None, "1 EUR"])
def test_money_adds_to_money_only(other):
    with pytest.raises(TypeError):
        Money(100, "EUR") + other


@pytest.mark.parametrize(
    ("amount", "currency"), [(1.0, "EUR"), ("1", "EUR"), (True, "EUR"), (1, "eur"), (1, "XAU"), (1, "")]
)
def test_money_that_cannot_be_does_not_come_to_be(amount, currency):
    with pytest.raises(MoneyError):
        Money(amount, currency)


def test_money_does_not_change():
    with pytest.raises(AttributeError):
        Money(1, "EUR").amount = 2


def test_money_is_true_in_a_condition_even_when_it_is_nothing():
    assert Money(0, "EUR")


# Currencies


def test_the_decimals_are_those_of_iso_4217():
    by_digits = {}
    for code, digits in CURRENCIES.items():
        by_digits.setdefault(digits, set()).add(code)
    assert {digits: len(found) for digits, found in by_digits.items()} == {0: 16, 2: 132, 3: 7}
    assert " ".join(sorted(by_digits[0])) == "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
    assert " ".join(sorted(by_digits[3])) == "BHD IQD JOD KWD LYD OMR TND"


def test_every_currency_is_known_to_cldr_too():
    assert not (set(CURRENCIES) | set(WITHDRAWN)) - set(get_global("all_currencies"))


def test_an_old_order_in_a_currency_that_has_ended_still_reads():
    assert Money.from_json({"amount": 1995, "currency": "HRK"}).decimal_text() == "19.95"
    assert all(successor in CURRENCIES and code not in CURRENCIES for code, (_, successor) in WITHDRAWN.items())


@pytest.mark.parametrize(
    ("currency", "fix"),
    [
        ("EURO", "Did you mean EUR?"),
        ("eur", "Did you mean EUR?"),
        ("", "Write its code of three letters, such as EUR."),
        ("XXX", "Write one, such as EUR."),
        (None, "Write its code of three letters, such as EUR."),
    ],
)
def test_asking_the_decimals_of_what_is_no_currency_is_an_error(currency, fix):
    with pytest.raises(MoneyError) as refused:
        exponent(currency)
    assert refused.value.fix == fix


def test_a_money_error_is_one_of_ours_and_a_value_error():
    assert issubclass(MoneyError, FunctionsError)
    assert issubclass(MoneyError, ValueError)
