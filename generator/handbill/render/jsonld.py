"""Structured data (schema.org as JSON-LD) of a page, as search engines ask for it.

Every object follows from the entry, its state and absolute URLs; nothing is said here that the page does not show.
What stands in Google's pages on Event and on merchant listings (read in their versions of July 2026) and decides here:

- Times carry their offset; whole days are dates, the same day for start and end. Nothing moves `startDate` of what is
  cancelled or postponed. `previousStartDate` stands only beside EventRescheduled.
- A ticket not yet on sale has `validFrom` and no availability. PreOrder would say that orders are taken now.
- An item has availability InStock, SoldOut or OutOfStock (its sale is over). A listing needs a price above zero, so an
  item that is free or has no price is a plain Product, without an offer.
- Early access, like any personal offer, is nobody else's business: it is never said, the public moment is.

Functions give plain dicts in a fixed order; `script` puts them on the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from markupsafe import Markup

from handbill.model import JSON
from handbill_functions.money import Money

if TYPE_CHECKING:
    from handbill.kinds.base import Address, Geo, Product, Venue
    from handbill.kinds.drop import Drop
    from handbill.kinds.event import Event
    from handbill.kinds.host import Host

SCHEMA = "https://schema.org"
_AGE = re.compile(r"(\d{1,2})\s*\+")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ESCAPED = re.compile("[<>&\u2028\u2029]")


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


# On the page ----------------------------------------------------------------------------------------------------------


def script(objects: Iterable[JSON]) -> Markup:
    """One `<script type="application/ld+json">` with all the objects, or nothing where there are none.

    Neither `</script>` nor a line separator in somebody's words can end it: `<`, `>`, `&`, U+2028 and U+2029 are
    written as escapes, which every JSON parser reads back as they were.
    """
    graph = list(objects)
    if not graph:
        return Markup("")
    text = _ESCAPED.sub(_escape, _encode({"@context": SCHEMA, "@graph": graph}))
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704 - escaped above


# The site -------------------------------------------------------------------------------------------------------------


def organization(
    name: str, home: str, *, logo: str = "", same_as: Sequence[str] = (), email: str = "", legal_name: str = ""
) -> JSON:
    """Who the site belongs to. `home` is the absolute URL of the home page in the first language."""
    return _without_empty(
        {
            "@type": "Organization",
            "@id": f"{home}#organization",
            "name": name,
            "legalName": legal_name if legal_name != name else "",
            "url": home,
            "logo": logo,
            "email": email,
            "sameAs": list(same_as),
        }
    )


def website(name: str, home: str, *, lang: str, description: str = "") -> JSON:
    """The site itself, published by `organization` of the same home."""
    return _without_empty(
        {
            "@type": "WebSite",
            "@id": f"{home}#website",
            "name": name,
            "url": home,
            "description": description,
            "inLanguage": lang,
            "publisher": {"@id": f"{home}#organization"},
        }
    )


def breadcrumbs(trail: Sequence[tuple[str, str]]) -> JSON | None:
    """The way from home to this page: (words, absolute URL), the page itself last. None for home, which has no way."""
    if len(trail) < 2:
        return None
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": url}
            for number, (name, url) in enumerate(trail, 1)
        ],
    }


# Places ---------------------------------------------------------------------------------------------------------------


def place(name: str, address: Address, *, geo: Geo | None = None, url: str = "") -> JSON | None:
    """A Place for the location of an event; None where neither a name nor an address is known."""
    if not name and not _written(address):
        return None
    return _without_empty(
        {"@type": "Place", "name": name, "address": _address(address, name), "geo": _geo(geo), "url": url}
    )


def venue(of: Venue) -> JSON | None:
    """The Place of an event that is at none of the site's hosts."""
    return place(of.name, of.address, geo=of.geo, url=of.url)


def host(entry: Host, *, url: str, description: str = "", images: Sequence[str] = (), price_range: str = "") -> JSON:
    """A host: LodgingBusiness where people can sleep, LocalBusiness where something is for rent or sale, else Place.

    `price_range` is text for people, such as `€95.00 to €150.00`, and stands only on a business.
    """
    sleeps = any(space.sleeps for space in entry.spaces)
    trades = bool(entry.addons) or any(space.rate for space in entry.spaces)
    kind = "LodgingBusiness" if sleeps else "LocalBusiness" if trades else "Place"
    data: JSON = {
        "@type": kind,
        "@id": f"{url}#host",
        "name": entry.title,
        "url": url,
        "description": description,
        "image": list(images),
        "address": _address(entry.address, entry.title),
        "geo": _geo(entry.geo),
        "telephone": entry.telephone,
        "priceRange": price_range if kind != "Place" else "",
        "amenityFeature": [
            {"@type": "LocationFeatureSpecification", "name": amenity, "value": True} for amenity in entry.amenities
        ],
    }
    if sleeps:
        data["checkinTime"] = entry.checkin
        data["checkoutTime"] = entry.checkout
    return _without_empty(data)


def _written(address: Address) -> bool:
    return bool(address.street or address.postcode or address.city or address.region or address.country)


def _address(address: Address, name: str) -> JSON:
    if not _written(address):
        # Google takes a whole address as the name of a PostalAddress; a known place is found by its name.
        return {"@type": "PostalAddress", "name": name}
    return _without_empty(
        {
            "@type": "PostalAddress",
            "streetAddress": address.street,
            "postalCode": address.postcode,
            "addressLocality": address.city,
            "addressRegion": address.region,
            "addressCountry": address.country,
        }
    )


def _geo(geo: Geo | None) -> JSON:
    if geo is None:
        return {}
    return {"@type": "GeoCoordinates", "latitude": geo.latitude, "longitude": geo.longitude}


# Events ---------------------------------------------------------------------------------------------------------------


def event(
    entry: Event,
    *,
    url: str,
    state: str,
    lang: str,
    location: JSON | None,
    organizer: tuple[str, str],
    ends: date | None = None,
    description: str = "",
    images: Sequence[str] = (),
    sold_out: Collection[str] = (),
) -> JSON | None:
    """An Event, or None where nothing can be said of its place: without one it is no event to a search engine.

    `entry` has its words in the page's language; `location` is a Place; `organizer` the site's (name, home), used where
    the entry names nobody; `ends` its end where that follows from a duration; `sold_out` ids of tickets that are gone.
    The state sold_out says that the room is full: a ticket to the stream, outside its capacity, is gone only when it is
    named, or where there is nothing but the stream.
    """
    online = bool(entry.online_url) or any(ticket.online for ticket in entry.tickets)
    only_online = entry.status == "moved_online" or (online and location is None)
    places: list[JSON] = [location] if location is not None and not only_online else []
    if online or only_online:
        places.append({"@type": "VirtualLocation", "url": entry.online_url or url})
    if not places:
        return None
    mode = "Online" if only_online else "Mixed" if online else "Offline"
    status = _event_status(entry)
    over = ends or entry.ends or (None if isinstance(entry.starts, datetime) else entry.starts)
    age = _AGE.fullmatch(entry.age.strip())
    in_room = any(not ticket.online for ticket in entry.tickets)
    priced = [ticket.price for ticket in entry.tickets if ticket.price is not None]
    name, home = organizer
    return _without_empty(
        {
            "@type": "Event",
            "@id": f"{url}#event",
            "name": entry.title,
            "description": description,
            "url": url,
            "image": list(images),
            "startDate": _iso(entry.starts),
            "endDate": _iso(over),
            "doorTime": _iso(entry.doors),
            "previousStartDate": _iso(entry.previous_start) if status == "EventRescheduled" else "",
            "eventStatus": f"{SCHEMA}/{status}",
            "eventAttendanceMode": f"{SCHEMA}/{mode}EventAttendanceMode",
            "location": places if len(places) > 1 else places[0],
            "organizer": _without_empty(
                {"@type": "Organization", "name": entry.organizer}
                if entry.organizer
                else {"@type": "Organization", "@id": f"{home}#organization", "name": name, "url": home}
            ),
            "performer": [{"@type": "PerformingGroup", "name": performer} for performer in entry.performers],
            "maximumAttendeeCapacity": entry.capacity,
            "typicalAgeRange": f"{age[1]}-" if age else "",
            "isAccessibleForFree": True if priced and not any(price.amount for price in priced) else None,
            "inLanguage": lang,
            "offers": [
                _offer(
                    ticket.price,
                    url,
                    availability=_ticket_availability(
                        "open" if state == "sold_out" and ticket.online and in_room else state, ticket.id in sold_out
                    ),
                    opens=entry.opens_at,
                    closes=entry.closes_at,
                    name=ticket.name,
                )
                for ticket in entry.tickets
                if ticket.price is not None
            ],
        }
    )


def _event_status(entry: Event) -> str:
    if entry.status == "cancelled":
        return "EventCancelled"
    if entry.status == "moved_online":
        return "EventMovedOnline"
    if entry.status == "rescheduled" or entry.previous_start is not None:
        return "EventRescheduled"  # a date before means that the new one is known
    return "EventPostponed" if entry.status == "postponed" else "EventScheduled"


def _ticket_availability(state: str, sold_out: bool) -> str:
    if state == "sold_out" or (sold_out and state == "open"):
        return "SoldOut"
    return "InStock" if state == "open" else ""


# Drops ----------------------------------------------------------------------------------------------------------------


def products(
    entry: Drop,
    *,
    url: str,
    state: str,
    seller: tuple[str, str],
    description: str = "",
    images: Sequence[str] = (),
    sold_out: Collection[str] = (),
) -> list[JSON]:
    """One Product for each item of a drop; a drop with one item gives it the drop's own title.

    `entry` has its words in the page's language; `seller` is the site's (name, home); `sold_out` ids of items that are
    gone.
    """
    name, home = seller
    out: list[JSON] = []
    for item in entry.items:
        offer: JSON = {}
        if item.price is not None and item.price.amount > 0:
            offer = _offer(
                item.price,
                url,
                availability=_item_availability(state, item.id in sold_out),
                opens=entry.opens_at,
                closes=entry.closes_at,
            )
            offer["itemCondition"] = f"{SCHEMA}/NewCondition"
            offer["seller"] = {"@type": "Organization", "@id": f"{home}#organization", "name": name}
        out.append(
            _without_empty(
                {
                    "@type": "Product",
                    "@id": f"{url}#{item.id}",
                    "name": _product_name(entry, item),
                    "description": item.description or description,
                    "url": url,
                    "image": list(images),
                    "sku": item.id,
                    "brand": {"@type": "Brand", "name": name},
                    "offers": offer,
                }
            )
        )
    return out


def _product_name(entry: Drop, item: Product) -> str:
    return entry.title if len(entry.items) == 1 else item.name


def _item_availability(state: str, sold_out: bool) -> str:
    if state == "sold_out" or (sold_out and state in ("open", "closed", "past")):
        return "SoldOut"
    if state == "open":
        return "InStock"
    return "" if state in ("announced", "early_access") else "OutOfStock"


# Parts ----------------------------------------------------------------------------------------------------------------


def _offer(
    price: Money, url: str, *, availability: str, opens: date | None, closes: date | None, name: str = ""
) -> JSON:
    return _without_empty(
        {
            "@type": "Offer",
            "name": name,
            "price": price.decimal_text(),
            "priceCurrency": price.currency,
            "availability": f"{SCHEMA}/{availability}" if availability else "",
            "url": url,
            "validFrom": _iso(opens),
            "validThrough": _iso(closes),
        }
    )


def _iso(moment: date | None) -> str:
    """`2026-12-04T19:00+00:00`, `2026-12-04`, or empty."""
    if moment is None:
        return ""
    return moment.isoformat(timespec="minutes") if isinstance(moment, datetime) else moment.isoformat()


def _without_empty(data: JSON) -> JSON:
    """Nothing unknown is said: keys with an empty value leave. Zero and False stay, they are facts."""
    return {key: value for key, value in data.items() if value is False or value == 0 or value}
