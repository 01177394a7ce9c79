"""Types of single values that front matter and site.yaml share: lines of text, numbers, addresses, paths, zones.

Each says what it refuses and what to write instead. An empty text is never refused here: it is as good as absent.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, Strict

from handbill.schema.part import wrong
from handbill.slugs import is_slug, slugify
from handbill.yaml.faults import shown


def _one_line(text: str) -> str:
    return " ".join(text.split()) if "\n" in text or "\t" in text else text


Line = Annotated[str, AfterValidator(_one_line)]
"""A text of one line; line breaks of a folded or block text become spaces."""

Whole = Annotated[int, Strict()]
"""A whole number, written as one: neither `"5"` nor `true`."""

Natural = Annotated[int, Strict(), Field(ge=0)]
"""0, 1, 2, …"""

Count = Annotated[int, Strict(), Field(ge=1)]
"""1, 2, 3, …"""


# ---- web addresses

_WEB = re.compile(r"https?://(?:\[[0-9a-f:.]+\]|[^\s/?#@:\[\]\"'<>\\`]+)(?::[0-9]{1,5})?(?:[/?#][^\s\"'<>\\`]*)?", re.I)


def web_url(text: str) -> str:
    """`text`, when it is a whole http or https address that may stand in a link; else raises."""
    if not text or _WEB.fullmatch(text):
        return text
    if re.match(r"[\w-]+(\.[\w-]+)+(/\S*)?\Z", text):
        raise wrong(f"{shown(text)} is not a whole web address.", f"Write https://{text}")
    raise wrong(f"{shown(text)} is not a web address.", "Write it whole: https://example.com/stream")


WebUrl = Annotated[str, AfterValidator(web_url)]
"""`https://…` or `http://…`, or empty. Nothing else: neither `javascript:` nor quotes nor spaces."""


# ---- slugs, ids, paths


LONGEST = 200
"""Bytes of a slug or of a part of an id: with what is added to it, every file system can hold it as one name."""


_SHORTER = f"Write a shorter one, of at most {LONGEST} bytes."


def _slug(text: str) -> str:
    if len(text.encode()) > LONGEST:
        raise wrong(f"{shown(text)} is too long for the name of a file.", _SHORTER)
    if not text or is_slug(text):
        return text
    better = slugify(text)
    fix = f"Write {better}" if better else "Write letters, digits and hyphens: lamp-no-3"
    if "/" in text or "\\" in text:
        raise wrong(
            f"{shown(text)} is a path; a slug is only the last part of one.",
            "Write the last part alone. The whole path, where section and slug will not do, goes into `url`.",
        )
    if text.startswith(".") or ".." in text:
        raise wrong(f"{shown(text)} leads out of its folder.", fix)
    raise wrong(f"{shown(text)} cannot be part of a URL: a slug has small letters, digits and hyphens.", fix)


Slug = Annotated[str, AfterValidator(_slug)]
"""The last part of a URL, or empty."""


def _id(text: str) -> str:
    if text == "site":
        raise wrong("The id 'site' is that of the site itself.", "Write another.")
    parts = text.split("/")
    if len(parts) > 4 or any(len(part.encode()) > LONGEST for part in parts):
        raise wrong(f"{shown(text)} is too long for an id.", f"Write at most four parts of {LONGEST} bytes.")
    if not text or (all(map(is_slug, parts)) and not any(part.endswith(".json") for part in parts)):
        return text
    better = "/".join(filter(None, map(slugify, text.split("/"))))
    raise wrong(
        f"{shown(text)} cannot be an id: ids have small letters, digits and hyphens, in parts divided by /.",
        f"Write {better}" if better else "Write letters and digits: events/salon",
    )


EntryId = Annotated[str, AfterValidator(_id)]
"""Names files of the catalog, calendar entries and feed items: slugs divided by `/`, or empty."""


def _sku(text: str) -> str:
    if not text or re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", text):
        return text
    better = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:64]
    raise wrong(
        f"{shown(text)} cannot be an id: it may have letters, digits, and - _ . between them.",
        f"Write {better}" if better else "Write letters and digits: LAMP-3",
    )


Sku = Annotated[str, AfterValidator(_sku)]
"""A product's own id, or empty."""


def site_path(text: str) -> str:
    """`text` as a path below the site's root: `/lamp/`, with a slash before and, unless it is a file's, behind."""
    if not text:
        return text
    if re.match(r"[a-zA-Z][\w+.-]*:|//", text):
        raise wrong(f"{shown(text)} is a whole address.", "Write only its path, beginning with a slash: /lamp/")
    if re.search(r"/:[a-z]", "/" + text):
        raise wrong(
            f"{shown(text)} is a pattern, and here the path itself is meant.",
            "Write it out: /lamp/. Patterns go into `permalinks` of content/site.yaml.",
        )
    parts = text.strip("/").split("/")
    if any(part in (".", "..") for part in parts):
        raise wrong(f"{shown(text)} leads out of its folder.", "Write the path from the site's root: /lamp/")
    if text.strip("/") and not all(_SEGMENT.fullmatch(part) for part in parts):
        raise wrong(
            f"{shown(text)} cannot be the path of a page.",
            "Write letters, digits and hyphens, divided by single slashes: /lamps/no-3/",
        )
    if not text.strip("/"):
        return "/"
    return "/" + "/".join(parts) + ("" if re.search(r"\.[a-z0-9]{1,5}\Z", parts[-1], re.I) else "/")


_SEGMENT = re.compile(r"(?!\.)[^\x00-\x20\x7f-\xa0\"'<>\\^`{|}?#%:*\u2028\u2029]+")

SitePath = Annotated[str, AfterValidator(site_path)]
"""A path below the site's root, normalised, or empty."""


def file_path(text: str) -> str:
    """`text` as the path of a file below content/: forward slashes, never upwards, no address of the web."""
    if re.match(r"(https?:)?//|data:", text, re.I):
        raise wrong(
            f"{shown(text)} lies on another site.",
            "Put the picture beside the entry and write its name: pages must not ask other sites for anything.",
        )
    if "\\" in text:
        raise wrong(f"{shown(text)} has backslashes.", f"Write {text.replace(chr(92), '/')}")
    parts = text.split("/")
    if ".." in parts or re.match(r"[A-Za-z]:|~", text):
        raise wrong(
            f"{shown(text)} leads out of the folder.",
            "Put the file into the entry's folder, or write its path below content/ with a slash before it: /logo.svg",
        )
    kept = [part for part in parts if part not in ("", ".")]
    if not kept:
        raise wrong("There is no file's name here." if not text else f"{shown(text)} is a folder.", "Write bench.jpg")
    return ("/" if text.startswith("/") else "") + "/".join(kept)


FilePath = Annotated[str, AfterValidator(file_path)]
"""A file beside the entry, or below content/ when it begins with a slash."""


# ---- zones


def zone_name(text: str) -> str:
    """`text`, when it is a zone of the IANA database in its own spelling; else raises with the nearest."""
    if not text:
        return text
    try:
        # A disk that knows no capitals would open europe/lisbon, and posix/… is a folder on most machines.
        if not re.search(r"(?:^|/)[^A-Z]", text):
            ZoneInfo(text)
            return text
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise wrong(f"{shown(text)} is not a time zone.", _zone_fix(text))


def _zone_fix(text: str) -> str:
    from zoneinfo import available_timezones

    from handbill.near import nearest

    known = [name for name in available_timezones() if "/" in name and not re.search(r"(?:^|/)[^A-Z]|Etc/", name)]
    if re.fullmatch(r"(?:UTC|GMT)?\s*[+-]\s*[0-9:]+|[A-Z]{2,4}", text):
        return "Write the name of a place, which knows of summer time: Europe/Lisbon"
    wanted = text.replace(" ", "_").lower()
    for name in sorted(known):
        if wanted in (name.lower(), name.rpartition("/")[2].lower()):
            return f"Write {name}"
    near = nearest(text, known)
    return f"Did you mean {near}?" if near else "Write the name of a place from the IANA database: Europe/Lisbon"


Zone = Annotated[str, AfterValidator(zone_name)]
"""An IANA name such as Europe/Lisbon, or empty."""


# ---- anything


def plain(value: Any) -> Any:
    """What a theme is handed of `params`: text, int, float, bool, None, lists and maps, so that JSON can hold it."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        number = float(value)
        return number if math.isfinite(number) else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


Free = Annotated[dict[str, Any], AfterValidator(plain)]
"""A map of anything."""
