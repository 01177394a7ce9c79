"""Types of the single values that only site.yaml has: where the site lives, its languages, the shape of its URLs."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from handbill.near import did_you_mean, nearest
from handbill.schema import wrong
from handbill.yaml.faults import shown
from handbill_functions.money import CURRENCIES

TOKENS = ("year", "month", "day", "slug", "title", "section", "series", "locality")
"""What a permalink may be made of: `/:section/:slug/`."""


_PLAIN_ADDRESS = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,24}")
"""What nobody could refuse; spares loading the library (40 ms, in every build) for what needs no second look."""


def _email(text: str) -> str:
    if not text or _PLAIN_ADDRESS.fullmatch(text):
        return text
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False, allow_smtputf8=True).normalized
    except EmailNotValidError:
        raise wrong(f"{shown(text)} is not an e-mail address.", "Write it as hello@casalume.example") from None


EMail = Annotated[str, AfterValidator(_email)]
"""An address, its syntax checked and its domain in one spelling, or empty. Nothing is looked up."""


def _base_url(text: str) -> str:
    found = re.fullmatch(r"(https?)://([^/?#\s@\"'<>\\]+)(/[^?#\s\"'<>\\]*)?", text.strip(), re.IGNORECASE)
    if found is None:
        if re.match(r"https?://[^?#]+[?#]", text):
            raise wrong(f"{shown(text)} has a query or an anchor.", f"Write {re.split('[?#]', text)[0]}")
        if re.fullmatch(r"[\w-]+(\.[\w-]+)+(/\S*)?", text):
            raise wrong(f"{shown(text)} is not a whole web address.", f"Write https://{text}")
        raise wrong(f"{shown(text)} is not a web address.", "Write where the site will be: https://casalume.example")
    return f"{found[1].lower()}://{found[2].lower()}{(found[3] or '').rstrip('/')}"


def _currency(text: str) -> str:
    if not text or text in CURRENCIES:
        return text
    near = nearest(text.upper(), CURRENCIES)
    fix = f"Write {near}" if near else "Write its ISO code of three letters, such as EUR"
    raise wrong(f"{shown(text)} is not a currency.", fix)


_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo "
    "es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka "
    "kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng "
    "nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su "
    "sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
"""ISO 639-1."""
_MISTAKEN = {"jp": "ja", "cz": "cs", "dk": "da", "gr": "el", "cn": "zh", "ua": "uk", "vn": "vi", "gb": "en-GB"}
"""Codes of countries that people take for those of languages."""


def _language(text: str) -> str:
    parts = text.replace("_", "-").split("-")
    better = "-".join(
        [parts[0].lower()]
        + [part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part.lower() for part in parts[1:]]
    )
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-[a-z0-9]{5,8})*", better):
        raise wrong(f"{shown(text)} is not the code of a language.", "Write it as in en, pt or pt-BR.")
    if len(parts[0]) == 2 and parts[0].lower() not in _CODES.split():
        code = _MISTAKEN.get(parts[0].lower(), "")
        raise wrong(
            f"There is no language with the code {shown(parts[0])}.",
            f"Did you mean {code}?" if code else "Codes are those of ISO 639, such as en or pt.",
        )
    if better != text:
        raise wrong(f"{shown(text)} is not written as codes of languages are.", f"Write {better}")
    return text


def _permalink(text: str) -> str:
    unknown = [token for token in re.findall(r":([A-Za-z_]*)", text) if token not in TOKENS]
    if unknown:
        fix = did_you_mean(unknown[0], TOKENS).replace("'", ":", 1).replace("'", "", 1)
        raise wrong(
            f"`:{unknown[0]}` is no part of a permalink.",
            f"{fix}There are {', '.join(f':{token}' for token in TOKENS)}.",
        )
    if not text.startswith("/") or "//" in text or ".." in text or re.search(r"[\s?#\"'<>\\%]", text):
        raise wrong(f"{shown(text)} is not a pattern of paths.", "Write it as in /:section/:slug/")
    if ":slug" not in text and ":title" not in text:
        raise wrong(f"{shown(text)} is the same for all entries.", "Let it hold :slug, as in /:section/:slug/")
    return text if text.endswith("/") else text + "/"


BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""`https://casalume.example/lume`: no query, no slash at its end."""

Currency = Annotated[str, AfterValidator(_currency)]
"""ISO 4217, or empty."""

Language = Annotated[str, AfterValidator(_language)]
"""BCP 47, in the capitals it is written with: `pt-BR`."""

Permalink = Annotated[str, AfterValidator(_permalink)]
"""A pattern of paths, with a slash at both ends."""
