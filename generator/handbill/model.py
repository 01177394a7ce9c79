"""The nouns that pass between the stages of a build. Plain data: no third-party type, nothing that reads or writes.

Source → Entry (see `handbill.kinds`) → Site → Job → Artifact. A page is made from its own Entry and the Cards of
others, never from the others' Entries: so what a page depends on is small, listed, and cheap to compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


class Source(NamedTuple):
    """One file a creator wrote, as it was read."""

    path: str
    """Relative to the project, with forward slashes: `content/events/salon/index.md`."""
    data: bytes
    """The bytes of the file, as they are (BOM and CRLF included)."""
    digest: str
    """Digest of the bytes."""


@dataclass(frozen=True, slots=True)
class Call:
    """A shortcode as it stands in a text: `{{< price Seat >}}` is Call("price", ("Seat",))."""

    name: str
    args: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    """Named arguments, in the order written: `{{< figure src="a.jpg" alt="A lamp" >}}`."""
    line: int = 0
    """Line in the file, from 1."""
    column: int = 0


Part = str | Call
"""A stretch of finished text, or a shortcode still to be filled."""


@dataclass(frozen=True, slots=True)
class Words:
    """One Markdown text, parsed once: the same words for the page, for an e-mail and as plain text.

    Each rendering is a row of parts; shortcodes stand unfilled between finished stretches, since what they say (a
    price, a date, a state) is not written in the text itself.
    """

    html: tuple[Part, ...] = ()
    """For the page: HTML with heading anchors."""
    mail: tuple[Part, ...] = ()
    """For an e-mail: XHTML-style void elements, no ids, no anchors."""
    text: tuple[Part, ...] = ()
    """Plain text wrapped at 72, links written out; never derived from the HTML."""
    headings: tuple[tuple[int, str, str], ...] = ()
    """(level, anchor, text) in order, for a table of contents and for checking anchors."""
    links: tuple[tuple[str, int], ...] = ()
    """(target, line) of every Markdown link, for checking."""
    images: tuple[tuple[str, str, int], ...] = ()
    """(source, alt, line) of every Markdown image and figure."""
    excerpt: str = ""
    """The first paragraph as plain text, for a summary nobody wrote."""


@dataclass(frozen=True, slots=True)
class Body:
    """What stands below the front matter."""

    public: Words
    """For everybody."""
    gate: Words | None = None
    """What stood in `::: gate`: only for confirmed subscribers, never in a public file."""


class Picture(NamedTuple):
    """A picture made ready for the web: what `render.images` made of one file. Primitives only, so it can be kept."""

    src: str
    """Site-relative URL of the JPEG (or PNG) for `<img>`: `/media/bench-3f2a.640.jpg`."""
    width: int
    """Intrinsic width of the largest rendition in pixels."""
    height: int
    sources: tuple[tuple[str, str], ...]
    """(MIME type, srcset) of the better formats, best first: ("image/avif", "/media/… 320w, /media/… 640w")."""
    srcset: str
    """srcset of the fallback format."""
    mail: str
    """Site-relative URL of the JPEG for e-mail, at most 1200 px wide and 200 kB."""
    mail_width: int
    mail_height: int
    social: str
    """Site-relative URL of the 1200x630 crop for link previews, or empty."""


class Card(NamedTuple):
    """What the rest of the site may know of one entry in one language. Primitives only (times are UTC seconds)."""

    id: str
    """`events/salon-to-stream`."""
    kind: str
    """`event`, `drop`, `host`, `page`."""
    lang: str
    """The language its words are in."""
    url: str
    """Site-relative URL, base path left out: `/pt/events/salon-to-stream/`."""
    title: str
    summary: str
    link_title: str
    """A shorter title for menus, or empty."""
    status: str
    """As written: `scheduled`, `postponed`, `cancelled`, `sold_out`, …"""
    state: str
    """As it follows from time, status and facts: `open`, `past`, … Empty for hosts and pages."""
    starts: float | None
    """Event: start. Drop: opens_at."""
    ends: float | None
    """Its end, as far as somebody wrote it."""
    over: float | None
    """From here on it lies behind us; None for what never ends."""
    whole_day: bool
    """True when it starts on a date without a time."""
    last_day: bool
    """True when `ends` is the end of a whole day: 13 December, rather than 14 December 00:00."""
    zone: str
    """IANA name of the entry's own zone."""
    place: str
    """One line: `Casa Lume, Lisboa`; empty when nothing is known."""
    host: str
    """Id of the host, or empty."""
    address: tuple[tuple[str, str], ...]
    """Host: (street, postcode, city, region, country) that are written."""
    picture: Picture | None
    alt: str
    price: tuple[int, str, bool] | None
    """The lowest price: (minor units, currency, whether others are higher). A ticket to the stream counts only where
    there is no other."""
    series: str
    chapter: int
    weight: int
    date: float
    """Its last change, for feeds: `lastmod`, `publish_date` or `date`, else the moment at which sign-up opened. 0 where
    nobody wrote any: when it was new is then not known, and a feed leaves it out."""
    tags: tuple[str, ...]
    listed: bool
    """False for entries that lists, feeds and the sitemap leave out."""


def plain(value: Any) -> Any:
    """`value` with tuples all the way down in place of lists and named tuples: what marshal takes, with one repr."""
    if isinstance(value, (tuple, list)):
        return tuple([plain(item) if isinstance(item, (tuple, list)) else item for item in value])
    return value


def card_of(row: tuple[Any, ...]) -> Card:
    """The Card that `plain` took apart."""
    card = Card(*row)
    return card if card.picture is None else card._replace(picture=Picture(*card.picture))


JSON = dict[str, Any]
"""An object as JSON has it."""
