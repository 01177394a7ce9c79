"""Dates, money and places as people read them. What CLDR itself chooses is pinned only where a page would be wrong."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handbill.kinds.base import Address
from handbill.render import words
from handbill.view import WhenView
from handbill_functions.money import Money

LISBON = ZoneInfo("Europe/Lisbon")
LANGUAGES = ["ar", "he", "ja", "pl", "pt", "pt-BR", "de", "en-US", "en-GB", "en"]
ENGLISH = {
    "point": "{date}, {start} ({zone})",
    "range": "{date}, {start} to {end} ({zone})",
    "span": "{start} to {end}",
    "zone": "{zone} time",
}


def plain(text: str) -> str:
    """Spaces of every width as one space, direction marks left out: CLDR changes them between versions."""
    return " ".join(text.replace("\u200f", "").replace("\u200e", "").split())


def say(
    starts: date,
    ends: date | None = None,
    *,
    zone: str = "Europe/Lisbon",
    lang: str = "en",
    doors: date | None = None,
    previous: date | None = None,
) -> WhenView:
    return words.when(starts, ends, zone=zone, lang=lang, patterns=ENGLISH, doors=doors, previous=previous)


# When -----------------------------------------------------------------------------------------------------------------

SALON = datetime(2026, 12, 4, 19, 0, tzinfo=LISBON)


def test_an_evening_is_said_with_its_day_its_times_and_its_zone() -> None:
    view = say(SALON, SALON + timedelta(minutes=90))
    assert view.text == "Friday, 4 December 2026, 19:00 to 20:30 (Lisbon time)"
    assert view.date == "Friday, 4 December 2026"
    assert view.time == "19:00 to 20:30 (Lisbon time)"
    assert view.short == "4 Dec"
    assert (view.iso, view.iso_end) == ("2026-12-04T19:00+00:00", "2026-12-04T20:30+00:00")


def test_a_start_alone_has_no_end() -> None:
    view = say(SALON)
    assert view.text == "Friday, 4 December 2026, 19:00 (Lisbon time)"
    assert view.iso_end == ""


def test_an_end_that_is_no_later_than_the_start_is_left_out() -> None:
    assert say(SALON, SALON) == say(SALON)


def test_a_night_stands_under_its_first_day() -> None:
    night = datetime(2026, 12, 4, 22, 0, tzinfo=LISBON)
    view = say(night, night + timedelta(hours=4))
    assert view.text == "Friday, 4 December 2026, 22:00 to 02:00 (Lisbon time)"
    assert view.iso_end == "2026-12-05T02:00+00:00"


def test_what_lasts_past_a_night_names_both_days() -> None:
    view = say(SALON, SALON + timedelta(days=2, hours=-2))
    assert view.text == "Friday, 4 December 2026, 19:00 to Sunday, 6 December 2026, 17:00 (Lisbon time)"
    assert view.date == "Friday, 4 December 2026 to Sunday, 6 December 2026"
    assert view.short == "4–6 Dec"


def test_a_whole_day_has_no_time_and_no_zone() -> None:
    view = say(date(2026, 12, 4))
    assert view.text == view.date == "Friday, 4 December 2026"
    assert (view.time, view.iso, view.iso_end) == ("", "2026-12-04", "")


def test_whole_days_end_on_their_last_day() -> None:
    view = say(date(2026, 12, 4), date(2026, 12, 6))
    assert view.text == "Friday, 4 December 2026 to Sunday, 6 December 2026"
    assert (view.iso, view.iso_end) == ("2026-12-04", "2026-12-06")


def test_whole_days_given_as_instants_are_the_same_whole_days() -> None:
    start, over = datetime(2026, 12, 4, tzinfo=LISBON), datetime(2026, 12, 7, tzinfo=LISBON)
    as_instants = words.when(start, over, whole_day=True, zone="Europe/Lisbon", lang="en", patterns=ENGLISH)
    assert as_instants == say(date(2026, 12, 4), date(2026, 12, 6))


def test_an_instant_is_shown_on_the_clock_of_the_given_zone() -> None:
    assert say(SALON, zone="Asia/Kathmandu").text == "Saturday, 5 December 2026, 00:45 (Kathmandu time)"
    assert say(SALON, zone="America/New_York").text == "Friday, 4 December 2026, 14:00 (New York time)"


def test_a_zone_without_a_city_shows_its_offset() -> None:
    assert say(SALON, zone="UTC").time == "19:00 (UTC)"
    assert say(SALON, zone="Etc/GMT+3").time == "16:00 (GMT-3)"


def test_a_stretch_over_the_end_of_summer_time_tells_the_two_hours_apart() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert say(first, first + timedelta(hours=1)).time == "01:30 GMT+1 to 01:30 UTC (Lisbon time)"


def test_a_night_over_a_change_of_the_clock_is_measured_in_real_hours() -> None:
    start = datetime(2026, 10, 24, 23, 0, tzinfo=LISBON)
    end = datetime(2026, 10, 25, 6, 0, tzinfo=LISBON)
    view = say(start, end)
    assert view.time == "23:00 to 06:00 (Lisbon time)"
    assert (view.iso, view.iso_end) == ("2026-10-24T23:00+01:00", "2026-10-25T06:00+00:00")


def test_doors_on_the_same_day_are_a_time_alone() -> None:
    assert say(SALON, doors=SALON - timedelta(minutes=30)).doors == "18:30"
    assert say(SALON, doors=SALON - timedelta(days=1)).doors == "Thursday, 3 December 2026, 19:00"


def test_the_date_before_a_move_is_kept() -> None:
    assert say(SALON, previous=SALON - timedelta(days=7)).previous == "Friday, 27 November 2026, 19:00"
    assert say(date(2026, 12, 4), previous=date(2026, 11, 27)).previous == "Friday, 27 November 2026"


def test_a_theme_can_bend_the_sentence_to_its_grammar() -> None:
    portuguese = {"range": "{date}, das {start} às {end} ({zone})", "zone": "hora de {zone}", "span": "{start} a {end}"}
    view = words.when(SALON, SALON + timedelta(minutes=90), zone="Europe/Lisbon", lang="pt", patterns=portuguese)
    assert view.text == "sexta-feira, 4 de dezembro de 2026, das 19:00 às 20:30 (hora de Lisboa)"
    assert view.time == "19:00 a 20:30 (hora de Lisboa)"


def test_a_language_without_words_of_the_theme_speaks_as_cldr_does() -> None:
    for lang in LANGUAGES:
        view = words.when(SALON, SALON + timedelta(minutes=90), zone="Europe/Lisbon", lang=lang, patterns={})
        assert "{" not in view.text, lang
        assert view.date in view.text, lang
        assert view.iso == "2026-12-04T19:00+00:00", lang


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en-US", "7:00 PM"),
        ("en-GB", "19:00"),
        ("pt", "19:00"),
        ("de", "19:00"),
        ("pl", "19:00"),
        ("he", "19:00"),
        ("ja", "19:00"),
        ("ar", "7:00 م"),
    ],
)
def test_the_clock_has_twelve_or_twenty_four_hours_by_language(lang: str, expected: str) -> None:
    assert plain(words.time(SALON, lang)) == expected


@pytest.mark.parametrize(
    ("lang", "city"),
    [("pt", "Lisboa"), ("de", "Lissabon"), ("pl", "Lizbona"), ("ja", "リスボン"), ("ar", "لشبونة"), ("he", "ליסבון")],
)
def test_a_zone_is_named_by_its_city_in_the_language(lang: str, city: str) -> None:
    assert city in say(SALON, lang=lang).time


def test_the_city_of_a_nested_or_renamed_zone_is_a_city() -> None:
    assert "(Buenos Aires time)" in say(SALON, zone="America/Argentina/Buenos_Aires").time
    assert "(Kolkata time)" in say(SALON, zone="Asia/Calcutta").time


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)).map(
        lambda d: d.replace(tzinfo=UTC, second=0, microsecond=0)
    ),
    st.timedeltas(timedelta(minutes=1), timedelta(days=9)).map(lambda d: timedelta(minutes=d // timedelta(minutes=1))),
    st.sampled_from(
        ["Europe/Lisbon", "America/Sao_Paulo", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"]
    ),
    st.sampled_from(LANGUAGES),
)
def test_what_machines_read_is_always_the_very_instant(start: datetime, lasts: timedelta, zone: str, lang: str) -> None:
    view = say(start, start + lasts, zone=zone, lang=lang)
    assert datetime.fromisoformat(view.iso) == start
    assert datetime.fromisoformat(view.iso_end) == start + lasts
    assert view.text
    assert view.short


# Days -----------------------------------------------------------------------------------------------------------------


def test_a_long_date_has_no_day_of_the_week_and_a_short_one_no_year() -> None:
    assert words.date_long(date(2026, 12, 4), "en") == "4 December 2026"
    assert words.date_short(date(2026, 12, 4), "en") == "4 Dec"


# Money ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "lang", "expected"),
    [
        (Money(2500, "EUR"), "en", "€25.00"),
        (Money(2500, "EUR"), "pt", "25,00 €"),
        (Money(2500, "EUR"), "pt-BR", "€ 25,00"),
        (Money(2500, "EUR"), "de", "25,00 €"),
        (Money(123456789, "EUR"), "de", "1.234.567,89 €"),
        (Money(1200, "JPY"), "ja", "￥1,200"),
        (Money(1234, "KWD"), "en", "KWD 1.234"),
        (Money(2500, "CHF"), "en", "CHF 25.00"),
        (Money(2500, "EUR"), "ar", "25.00 €"),
    ],
)
def test_money_reads_as_at_home(amount: Money, lang: str, expected: str) -> None:
    assert plain(words.money(amount, lang)) == expected


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_cent_is_lost_where_cldr_would_round(lang: str) -> None:
    digits = "".join(c for c in words.money(Money(1250, "LBP"), lang) if c.isdigit())
    assert digits == "1250"


@given(st.integers(0, 10**12), st.sampled_from(["EUR", "USD", "JPY", "KWD", "BRL"]), st.sampled_from(LANGUAGES))
def test_the_digits_of_a_price_are_the_digits_of_the_amount(minor: int, currency: str, lang: str) -> None:
    digits = "".join(c for c in words.money(Money(minor, currency), lang) if c.isdigit())
    assert int(digits) == minor


def test_numbers_are_grouped_by_language() -> None:
    assert words.number(1200, "en") == "1,200"
    assert words.number(1200, "de") == "1.200"


# Languages ------------------------------------------------------------------------------------------------------------


def test_a_language_is_called_by_its_own_name() -> None:
    assert words.language_name("pt") == "Português"
    assert words.language_name("ja") == "日本語"
    assert words.language_name("pt-BR").startswith("Português (")
    assert words.language_name("qqq") == "Qqq"


@pytest.mark.parametrize(
    ("code", "expected"), [("ar", "rtl"), ("he", "rtl"), ("fa", "rtl"), ("ja", "ltr"), ("qqq", "ltr")]
)
def test_direction_follows_the_script(code: str, expected: str) -> None:
    assert words.direction(code) == expected


def test_plurals_have_the_categories_of_the_language() -> None:
    assert [words.plural(n, "en") for n in (0, 1, 2)] == ["other", "one", "other"]
    assert [words.plural(n, "pl") for n in (1, 2, 5)] == ["one", "few", "many"]
    assert [words.plural(n, "ar") for n in (0, 1, 2, 3, 11, 100)] == ["zero", "one", "two", "few", "many", "other"]
    assert words.plural(3, "ja") == "other"


@pytest.mark.parametrize(
    ("lang", "zone", "expected"),
    [
        ("pt", "Europe/Lisbon", "pt-PT"),
        ("pt", "America/Sao_Paulo", "pt-BR"),
        ("en", "America/New_York", "en-US"),
        ("en", "Europe/Lisbon", "en-GB"),
        ("pt", "Asia/Tokyo", "pt-PT"),
        ("de", "Europe/Vienna", "de-AT"),
        ("de", "Europe/Lisbon", "de"),
        ("en-US", "Europe/Lisbon", "en-US"),
        ("ja", "UTC", "ja"),
    ],
)
def test_a_bare_language_takes_its_region_from_the_zone_where_it_is_at_home(
    lang: str, zone: str, expected: str
) -> None:
    assert words.regional(lang, zone) == expected


@pytest.mark.parametrize(
    ("lang", "expected"), [("pt", "pt_PT"), ("pt-BR", "pt_BR"), ("en", "en_GB"), ("ja", "ja_JP"), ("zh-Hant", "zh_TW")]
)
def test_link_previews_get_language_and_territory(lang: str, expected: str) -> None:
    assert words.locale_tag(lang) == expected


def test_lists_of_words_end_with_the_word_for_and() -> None:
    assert words.list_words(["wifi", "garden", "tea"], "en") == "wifi, garden and tea"
    assert words.list_words(["wifi"], "de") == "wifi"
    assert words.list_words([], "de") == ""


def test_an_unknown_language_is_refused_with_its_name() -> None:
    with pytest.raises(ValueError, match="'xx'"):
        words.date_long(date(2026, 12, 4), "xx")


# Places ---------------------------------------------------------------------------------------------------------------

LUZ = Address(street="Rua da Luz 7", postcode="1200-001", city="Lisboa", country="PT")


def test_countries_are_named_in_the_language_of_the_reader() -> None:
    assert words.country_name("DE", "pt") == "Alemanha"
    assert words.country_name("pt", "ja") == "ポルトガル"
    assert words.country_name("Portugal", "ja") == "Portugal"
    assert words.country_name("QQ", "en") == "QQ"


@pytest.mark.parametrize(
    ("address", "lang", "expected"),
    [
        (LUZ, "en", ("Rua da Luz 7", "1200-001 Lisboa", "Portugal")),
        (LUZ, "pl", ("Rua da Luz 7", "1200-001 Lisboa", "Portugalia")),
        (
            Address(street="1 Main St", city="Portland", region="OR", postcode="97201", country="US"),
            "en-US",
            ("1 Main St", "Portland, OR 97201", "United States"),
        ),
        (
            Address(street="1 Baker St", city="London", postcode="NW1 6XE", country="GB"),
            "en",
            ("1 Baker St", "London", "NW1 6XE", "United Kingdom"),
        ),
        (
            Address(street="丸の内1-1", city="千代田区", region="東京都", postcode="100-0005", country="JP"),
            "ja",
            ("〒100-0005", "東京都千代田区丸の内1-1", "日本"),
        ),
        (
            Address(street="1-1 Marunouchi", city="Chiyoda", region="Tokyo", postcode="100-0005", country="JP"),
            "en",
            ("1-1 Marunouchi", "Chiyoda, Tokyo 100-0005", "Japan"),
        ),
        (Address(city="Lisboa"), "en", ("Lisboa",)),
        (Address(region="OR", country="US"), "en", ("OR", "United States")),
        (Address(), "en", ()),
    ],
)
def test_an_address_is_written_as_on_an_envelope(address: Address, lang: str, expected: tuple[str, ...]) -> None:
    assert words.address_lines(address, lang) == expected


def test_a_place_fits_in_one_line() -> None:
    lines = words.address_lines(LUZ, "en")
    assert words.in_one_line(lines, "en") == "Rua da Luz 7, 1200-001 Lisboa, Portugal"
    assert words.in_one_line(("Casa", "", *lines), "ar").count("، ") == 3


# Cost -----------------------------------------------------------------------------------------------------------------


def test_babel_is_not_loaded_before_the_first_word_is_asked_for() -> None:
    code = "import sys, handbill.render.words; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
