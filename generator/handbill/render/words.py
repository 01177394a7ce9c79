"""Dates, money, plurals, places and names of languages, in the words of the reader. The only door to Babel (CLDR).

Every function takes `lang`, a BCP 47 code (`pt`, `pt-BR`), and gives plain text, not yet escaped. Nothing here knows
the clock or the machine's locale; the same arguments give the same text with the same Babel.

A code without a region needs one before a date can be written: CLDR would read `en` as the United States (month first,
`7:00 PM`) and `pt` as Brazil. `regional("pt", "Europe/Lisbon")` takes the region from the site's time zone, where the
language is at home there; else `en` and `pt` mean Europe (PLAIN), and any other code what CLDR says.

Babel is imported when the first word is asked for. What it is slow at is remembered: a formatted day, time or zone is
made once a language, so that a page costs far less than 0.15 ms (a whole `when` about 0.02 ms).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from handbill.view import WhenView
from handbill_functions.money import Money, exponent

if TYPE_CHECKING:
    from babel import Locale

    from handbill.kinds.base import Address

PLAIN: Mapping[str, str] = {"en": "en-GB", "pt": "pt-PT"}
"""What a language means without a region, where we differ from CLDR: day before month, the 24-hour clock."""

PATTERNS: tuple[str, ...] = ("point", "range", "span", "zone")
"""The theme's words that `when` reads, from its group `when`. Each falls back to CLDR's own, so that a language works
before a theme has words in it.

    point   {date}, {start} ({zone})             one moment
    range   {date}, {start} to {end} ({zone})    two times of one day
    span    {start} to {end}                     two times, two days, or two moments
    zone    {zone} time                          a zone by its city
"""


# Languages ------------------------------------------------------------------------------------------------------------


def regional(lang: str, zone: str) -> str:
    """`lang` with the region of the time zone, where the language is official there; else as PLAIN says, else as it is.

    >>> regional("pt", "America/Sao_Paulo"), regional("en", "America/New_York"), regional("en", "Europe/Lisbon")
    ('pt-BR', 'en-US', 'en-GB')
    """
    if len(lang) > 3:
        return lang
    from babel.core import get_global
    from babel.languages import get_official_languages

    territory = get_global("zone_territories").get(zone, "")
    if lang in get_official_languages(territory, de_facto=True) and f"{lang}_{territory}" in _identifiers():
        return f"{lang}-{territory}"
    return PLAIN.get(lang, lang)


def language_name(code: str) -> str:
    """The language's own name for itself, as a heading would have it: `Português`, `日本語`."""
    from babel import Locale, UnknownLocaleError

    try:
        own = Locale.parse(code, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        own = None
    name = own or code
    return name[:1].upper() + name[1:]


def direction(code: str) -> str:
    """`rtl` for Arabic, Hebrew, Persian and the like, `ltr` for the rest and for codes nobody knows."""
    try:
        return _locale(code).text_direction
    except ValueError:
        return "ltr"


@lru_cache(maxsize=64)
def locale_tag(lang: str) -> str:
    """Language and territory for `og:locale`: `pt_PT`, `ja_JP`."""
    from babel.core import get_global

    locale = _locale(lang)
    territory = locale.territory
    if not territory:
        likely: Mapping[str, str] = get_global("likely_subtags")
        territory = likely.get(str(locale), likely.get(locale.language, "")).rpartition("_")[2]
    return f"{locale.language}_{territory}" if territory else locale.language


@lru_cache(maxsize=64)
def _locale(lang: str) -> Locale:
    """The CLDR locale nearest to `lang`. Raises ValueError where CLDR has not even the language."""
    from babel import Locale, UnknownLocaleError

    tag = PLAIN.get(lang.lower(), lang)
    while tag:
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            tag = tag.rpartition("-")[0]
    raise ValueError(f"{lang!r} is not a language known to CLDR.")


@lru_cache(maxsize=1)
def _identifiers() -> frozenset[str]:
    from babel.localedata import locale_identifiers

    return frozenset(locale_identifiers())


# Numbers and money ----------------------------------------------------------------------------------------------------


def money(amount: Money, lang: str) -> str:
    """`€25.00`, `25,00 €`, `￥1,200`: always as many decimals as the currency has (ISO 4217), never rounded."""
    return _money(amount.amount, amount.currency, lang)


@lru_cache(maxsize=4096)
def _money(minor: int, currency: str, lang: str) -> str:
    locale, decimals = _locale(lang), exponent(currency)
    # Babel would take the decimals from CLDR, which writes some currencies (LBP, IQD) without their cents: 12.50 would
    # turn into 12. What somebody pays is written whole.
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return _spaced(pattern.apply(Decimal(minor).scaleb(-decimals), locale, currency=currency, currency_digits=False))


def _spaced(text: str) -> str:
    """CLDR's currencySpacing, which Babel leaves out: no-break space where a letter and a digit touch (`CHF 25.00`)."""
    out: list[str] = []
    for here, following in zip(text, text[1:] + " ", strict=True):
        out.append(here)
        if (here.isalpha() and following.isdigit()) or (here.isdigit() and following.isalpha()):
            out.append("\u00a0")
    return "".join(out)


def number(value: int | Decimal, lang: str) -> str:
    """`1,200`, `1.200`, `1 200`."""
    from babel.numbers import format_decimal

    return format_decimal(value, locale=_locale(lang))


def plural(n: int, lang: str) -> str:
    """CLDR's plural category of `n`: zero, one, two, few, many or other. Each language uses some of them."""
    return _locale(lang).plural_form(n)


def list_words(items: Iterable[str], lang: str) -> str:
    """`wifi, garden and tea`."""
    from babel.lists import format_list

    return format_list(list(items), style="standard", locale=_locale(lang))


# Days and times -------------------------------------------------------------------------------------------------------


def date_long(day: date, lang: str) -> str:
    """`4 December 2026`."""
    return _day(day.toordinal(), lang, "long")


def date_short(day: date, lang: str) -> str:
    """As short as it gets, without the year: `4 Dec`."""
    return _day(day.toordinal(), lang, "MMMd")


def time(moment: datetime | clock_time, lang: str) -> str:
    """`19:00`, or `7:00 PM` where people count to twelve. The time on the wall of the datetime's own zone."""
    return _time(moment.hour, moment.minute, lang)


@lru_cache(maxsize=16384)
def _day(ordinal: int, lang: str, form: str) -> str:
    from babel.dates import format_date, format_skeleton

    day, locale = date.fromordinal(ordinal), _locale(lang)
    if form == "MMMd":
        return format_skeleton(form, day, locale=locale)
    return format_date(day, form, locale)


@lru_cache(maxsize=4096)
def _days_short(first: int, last: int, lang: str) -> str:
    from babel.dates import format_interval

    return format_interval(date.fromordinal(first), date.fromordinal(last), "MMMd", locale=_locale(lang))


@lru_cache(maxsize=4096)
def _time(hour: int, minute: int, lang: str) -> str:
    from babel.dates import format_time

    return format_time(clock_time(hour, minute), "short", locale=_locale(lang))


def when(
    starts: date,
    ends: date | None,
    *,
    zone: str,
    lang: str,
    patterns: Mapping[str, str],
    whole_day: bool = False,
    doors: date | None = None,
    previous: date | None = None,
) -> WhenView:
    """A moment or a stretch of time, in words: `Friday, 4 December 2026, 19:00 to 20:30 (Lisbon time)`.

    `starts`, `ends`, `doors` and `previous` are aware datetimes in any zone (shown in `zone`, an IANA name), or dates.
    A date for `starts`, or `whole_day`, means whole days; `ends` is then the last day, or as a datetime the instant at
    which it is over. `patterns` holds the theme's words (see PATTERNS); more than these may be in it.

    A night that ends by noon within twelve hours stands under its first day: `22:00 to 02:00`. Where the clock goes
    back and a time on the wall happens twice, its offset stands beside it: `01:30 GMT+1`.
    """
    get = patterns.get
    says = _phrases(lang, get("point", ""), get("range", ""), get("span", ""), get("zone", ""))
    tz = ZoneInfo(zone)
    before = says.moment(_local(previous, tz)) if previous is not None else ""
    if whole_day or not isinstance(starts, datetime):
        return _whole_days(_first_day(starts, tz), _last_day(ends, tz), says, before)

    start = starts.astimezone(tz)
    end = _end(start, ends, tz)
    day, at, name = says.day(start), says.time(start), says.zone(zone, start)
    if end is None:
        text, days, times = says.point(day, at, name), day, at
    elif end.date() == start.date() or _one_night(start, end):
        until = says.time(end)
        text, days, times = says.range(day, at, until, name), day, says.span(at, until)
    else:
        text = f"{says.span(says.moment(start), says.moment(end))} ({name})"
        days, times = says.span(day, says.day(end)), says.span(at, says.time(end))
    return WhenView(
        text=text,
        date=days,
        time=f"{times} ({name})",
        short=says.short(start, None if end is None or days == day else end),
        iso=start.isoformat(timespec="minutes"),
        iso_end=end.isoformat(timespec="minutes") if end else "",
        doors=_doors(doors, start, tz, says),
        previous=before,
    )


class _Phrases:
    """How one language and one theme put days, times and zones together."""

    __slots__ = ("_joined", "_point", "_range", "_span", "_zone", "lang")

    def __init__(self, lang: str, point: str, range_: str, span: str, zone: str) -> None:
        locale = _locale(lang)
        self.lang = lang
        between = str(locale.interval_formats[None] or "{0} – {1}")
        region = str(locale.zone_formats["region"])
        self._joined = str(locale.datetime_formats["full"]).replace("{1}", "{date}").replace("{0}", "{time}")
        self._span = span or between.replace("{0}", "{start}").replace("{1}", "{end}")
        self._zone = zone or region.replace("%s", "{zone}").replace("%(0)s", "{zone}")
        self._point = point or self._joined.replace("{time}", "{start}") + " ({zone})"
        self._range = range_ or self._joined.replace("{time}", self._span) + " ({zone})"

    # str.replace, not str.format: a stray brace in a theme must not stop a page here; the check of the theme finds it.

    def point(self, day: str, at: str, zone: str) -> str:
        return self._point.replace("{date}", day).replace("{start}", at).replace("{zone}", zone)

    def range(self, day: str, at: str, until: str, zone: str) -> str:
        filled = self._range.replace("{date}", day).replace("{start}", at)
        return filled.replace("{end}", until).replace("{zone}", zone)

    def span(self, start: str, end: str) -> str:
        return self._span.replace("{start}", start).replace("{end}", end)

    def moment(self, moment: date) -> str:
        if not isinstance(moment, datetime):
            return self.day(moment)
        return self._joined.replace("{date}", self.day(moment)).replace("{time}", self.time(moment))

    def day(self, day: date) -> str:
        return _day(day.toordinal(), self.lang, "full")

    def time(self, moment: datetime) -> str:
        at = _time(moment.hour, moment.minute, self.lang)
        return f"{at} {_offset(moment, self.lang)}" if _twice(moment) else at

    def zone(self, zone: str, moment: datetime) -> str:
        city = _city(zone, self.lang)
        return self._zone.replace("{zone}", city) if city else _offset(moment, self.lang)

    def short(self, first: date, last: date | None) -> str:
        if last is None:
            return _day(first.toordinal(), self.lang, "MMMd")
        return _days_short(first.toordinal(), last.toordinal(), self.lang)


_phrases = lru_cache(maxsize=64)(_Phrases)


def _local(moment: date, tz: ZoneInfo) -> date:
    return moment.astimezone(tz) if isinstance(moment, datetime) else moment


def _first_day(moment: date, tz: ZoneInfo) -> date:
    return moment.astimezone(tz).date() if isinstance(moment, datetime) else moment


def _last_day(ends: date | None, tz: ZoneInfo) -> date | None:
    if isinstance(ends, datetime):
        return (ends.astimezone(tz) - timedelta(microseconds=1)).date()
    return ends


def _whole_days(first: date, last: date | None, says: _Phrases, before: str) -> WhenView:
    several = last is not None and last > first
    text = says.span(says.day(first), says.day(last)) if last is not None and several else says.day(first)
    return WhenView(
        text=text,
        date=text,
        time="",
        short=says.short(first, last if several else None),
        iso=first.isoformat(),
        iso_end=last.isoformat() if last is not None else "",
        previous=before,
    )


def _end(start: datetime, ends: date | None, tz: ZoneInfo) -> datetime | None:
    """The end as an instant after the start, or None. A date for an end is the end of that day."""
    if ends is None:
        return None
    end = ends.astimezone(tz) if isinstance(ends, datetime) else datetime.combine(ends, clock_time(23, 59), tz)
    # Through UTC, since two datetimes of one zone are compared by the wall, not by the instant.
    return end if end.astimezone(UTC) > start.astimezone(UTC) else None


def _one_night(start: datetime, end: datetime) -> bool:
    return (
        end.toordinal() - start.toordinal() == 1
        and end.hour < 12
        and end.astimezone(UTC) - start.astimezone(UTC) <= timedelta(hours=12)
    )


def _doors(doors: date | None, start: datetime, tz: ZoneInfo, says: _Phrases) -> str:
    if not isinstance(doors, datetime):
        return ""
    local = doors.astimezone(tz)
    return says.time(local) if local.date() == start.date() else says.moment(local)


def _twice(moment: datetime) -> bool:
    """Whether this time on the wall happens twice, because the clock goes back."""
    earlier, later = moment.replace(fold=0).utcoffset(), moment.replace(fold=1).utcoffset()
    return earlier is not None and later is not None and earlier > later


def _offset(moment: datetime, lang: str) -> str:
    """`GMT+1`, `GMT-3:30`, `UTC`."""
    offset = moment.utcoffset() or timedelta()
    minutes = abs(offset) // timedelta(minutes=1)
    if not minutes:
        return "UTC"
    hours, rest = divmod(minutes, 60)
    text = f"{'-' if offset < timedelta() else '+'}{hours}" + (f":{rest:02}" if rest else "")
    pattern: str = _locale(lang).zone_formats["gmt"]
    return pattern.replace("%s", text).replace("%(0)s", text)


@lru_cache(maxsize=1024)
def _city(zone: str, lang: str) -> str:
    """The zone's city in the language: `Lisboa`, `Nova Iorque`. Empty for zones without one (UTC, Etc/GMT+3)."""
    from babel.core import get_global
    from babel.dates import get_timezone_location

    name = get_global("zone_aliases").get(zone, zone)
    if "/" not in name or name.startswith("Etc/"):
        return ""
    city = get_timezone_location(ZoneInfo(zone), locale=_locale(lang), return_city=True)
    return city.rpartition("/")[2].replace("_", " ")


# Places ---------------------------------------------------------------------------------------------------------------


def country_name(code: str, lang: str) -> str:
    """The country's name in the language: Portugal, Portogallo. A text that is no code comes back as written."""
    if len(code) != 2:
        return code
    name: str = _locale(lang).territories.get(code.upper(), code)
    return name


Row = tuple[tuple[str, str], ...]
"""One line of an address: (separator before it, name of the part); parts that are empty leave with their separator."""

_STREET: Row = (("", "street"),)
_COUNTRY: Row = (("", "country"),)
_TOWN: tuple[Row, ...] = ((("", "postcode"), (" ", "city")), (("", "region"),))
_TOWNS: Mapping[str, tuple[Row, ...]] = {
    "US": ((("", "city"), (", ", "region"), (" ", "postcode")),),
    "CA": ((("", "city"), (" ", "region"), ("  ", "postcode")),),
    "AU": ((("", "city"), (" ", "region"), (" ", "postcode")),),
    "NZ": ((("", "city"), (" ", "postcode")),),
    "GB": ((("", "city"),), (("", "region"),), (("", "postcode"),)),
    "IE": ((("", "city"),), (("", "region"),), (("", "postcode"),)),
    "IN": ((("", "city"), (" ", "postcode")), (("", "region"),)),
    "BR": ((("", "city"), (" - ", "region")), (("", "postcode"),)),
    "MX": ((("", "postcode"), (" ", "city"), (", ", "region")),),
    "IT": ((("", "postcode"), (" ", "city"), (" ", "region")),),
    "JP": ((("", "city"), (", ", "region"), (" ", "postcode")),),
}
"""Postal order of the town's lines, where it is not `1200-001 Lisboa` (UPU S42, CLDR has none)."""

_JAPANESE: tuple[Row, ...] = ((("〒", "postcode"),), (("", "region"), ("", "city"), ("", "street")), _COUNTRY)


def address_lines(address: Address, lang: str) -> tuple[str, ...]:
    """The address as it is written on an envelope to that country, the country's name in the reader's language."""
    parts = {
        "street": address.street,
        "postcode": address.postcode,
        "city": address.city,
        "region": address.region,
        "country": country_name(address.country, lang),
    }
    code = address.country.upper()
    japanese = code == "JP" and lang.split("-")[0] == "ja"
    rows = _JAPANESE if japanese else (_STREET, *_TOWNS.get(code, _TOWN), _COUNTRY)
    return tuple(line for row in rows if (line := _row(row, parts)))


def in_one_line(parts: Iterable[str], lang: str) -> str:
    """A place in one line, as `lang` divides its parts: `Casa Lume, Rua da Luz 7, Lisboa`. Empty parts are left out."""
    comma = {"ar": "، ", "fa": "، ", "ur": "، ", "ja": " ", "zh": " "}.get(lang.split("-")[0], ", ")
    return comma.join(part for part in parts if part)


def _row(row: Row, parts: Mapping[str, str]) -> str:
    out = ""
    for separator, name in row:
        if value := parts[name]:
            # 〒 belongs to what follows; any other separator stands only between two parts.
            out += (separator if out or separator == "〒" else "") + value
    return unicodedata.normalize("NFC", out)
