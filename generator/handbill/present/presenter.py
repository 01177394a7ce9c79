"""Makes the views of pages, from entries, cards and what is around them.

A Presenter knows one language of one site. It reads an Entry, its Body and its Surroundings (what linking found around
it) and gives the Views that view.py promises to templates. It decides nothing about layout and touches no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from markupsafe import Markup

from handbill.config import SiteConfig
from handbill.kinds import Drop, Entry, Event, Host
from handbill.kinds.base import Address, Moment, Product, Space, Ticket, Venue
from handbill.model import Body, Card, Picture
from handbill.present.around import Chrome, Surroundings, calendar_path
from handbill.present.forms import Forms
from handbill.present.shortcodes import Shortcodes
from handbill.render import words
from handbill.render.templates import named
from handbill.senders import Target
from handbill.slugs import by_slug
from handbill.strings import Strings
from handbill.view import (
    CardView,
    EntryView,
    FormView,
    LanguageView,
    Link,
    ListView,
    MessageView,
    PageView,
    PictureView,
    PlaceView,
    ProductView,
    SeriesView,
    SiteView,
    StateView,
    WhenView,
)
from handbill_functions.money import Money

TONES = {
    "open": "good",
    "early_access": "good",
    "announced": "notice",
    "sold_out": "notice",
    "postponed": "notice",
    "closed": "over",
    "cancelled": "over",
    "past": "over",
}

NOTHING = Markup("")

ABOUT_FORM = {
    "event": ("announced", "early_access", "open", "sold_out", "closed"),
    "drop": ("announced", "early_access", "open", "sold_out"),
}
"""States whose sentence speaks of the form: of what it brings, of a list to wait on."""


class Presenter:
    """Makes the views of one language."""

    def __init__(
        self,
        config: SiteConfig,
        lang: str,
        *,
        strings: Strings,
        settings: Mapping[str, Any],
        target: Target,
        style: Markup,
        part: Callable[[str, Mapping[str, Any]], str],
    ) -> None:
        self.config = config
        self.lang = lang
        self.t = strings.t
        self.has = strings.has
        self.part = part
        self.target = target
        self.style = style
        self.base = config.base_path
        self.elsewhere = False
        """True for pages that our functions show from an origin of their own."""
        self._cards: dict[tuple[str, str], CardView] = {}
        self._states: dict[tuple[str, str], StateView] = {}
        self.origin = config.base_url[: len(config.base_url) - len(self.base)] if self.base else config.base_url
        self.host = urlsplit(config.base_url).hostname or "localhost"
        self.prefix = "" if lang == config.languages[0] else f"/{lang}"
        self.dir = words.direction(lang)
        self._settings, self._params = named(settings), named(config.params)
        self.region = words.regional(lang, config.timezone)
        """The language as the site's own place writes it: the 24-hour clock in Lisbon, not in New York."""
        keys = {name: f"when.{name}" for name in words.PATTERNS}
        self._patterns = {
            name: "" if key in strings.borrowed else str(strings.words.get(key, "")) for name, key in keys.items()
        }

    def forget(self) -> None:
        """Forgets what it made of entries, which may have changed."""
        self._cards.clear()

    # ---- URLs

    def link(self, url: str) -> str:
        """Root-relative, with the base path: what an `href` wants. Absolute on pages that stand on another origin."""
        return self.absolute(url) if self.elsewhere else self.base + url

    def absolute(self, url: str) -> str:
        """With scheme and host: what a canonical link, an e-mail or a feed wants. A URI, so ASCII (RFC 3986)."""
        return self.origin + self.base + (url if url.isascii() else quote(url, safe="/#?&=%:;,+~!$'()*@"))

    def on_another_origin(self) -> Presenter:
        """The same for pages that do not stand on the site's origin: every link is absolute."""
        other = copy(self)
        other.elsewhere = True
        other._cards = {}
        return other

    # ---- what all pages share

    def site(self, chrome: Chrome) -> SiteView:
        config = self.config
        return SiteView(
            name=config.name,
            url=self.absolute(f"{self.prefix}/"),
            home=self.link(f"{self.prefix}/"),
            description=self.text(config.description),
            language=self.lang,
            dir=self.dir,
            menu=tuple(Link(text, self.link(url) if url.startswith("/") else url) for text, url in chrome.menu),
            feed=self.link(f"{self.prefix}/feed.xml"),
            calendar=self.link(f"{self.prefix}/events.ics") if chrome.calendar else "",
            privacy=self.link(f"{self.prefix}/privacy/"),
            controller=config.consent.controller or config.name,
            sender=config.sender.name or config.name,
            email=config.sender.email,
            address=config.sender.address,
            socials=tuple(Link(_host_of(url), url) for url in config.same_as),
            settings=self._settings,
            params=self._params,
        )

    def text(self, value: Any) -> str:
        """A text of site.yaml in this language, or in the site's first."""
        if value is None or isinstance(value, str):
            return value or ""
        return str(value.get(self.lang, self.config.languages[0]))

    def page(
        self,
        kind: str,
        title: str,
        url: str,
        *,
        description: str = "",
        urls: Sequence[tuple[str, str]] = (),
        breadcrumbs: Sequence[tuple[str, str]] = (),
        robots: str = "",
        image: str = "",
        image_alt: str = "",
        og_type: str = "website",
        jsonld: Markup = NOTHING,
        canonical: str | None = None,
        badge: str = "",
    ) -> PageView:
        """`url` is site-relative; `urls` are (language, site-relative URL) of the page's translations."""
        several = len(self.config.languages) > 1
        known = dict(urls)
        alternates: tuple[tuple[str, str], ...] = ()
        if several and len(known) > 1:
            first = self.config.languages[0]
            alternates = tuple((lang, self.absolute(known[lang])) for lang in self.config.languages if lang in known)
            if first in known:
                alternates += (("x-default", self.absolute(known[first])),)
        languages: tuple[LanguageView, ...] = ()
        if several:
            languages = tuple(
                LanguageView(
                    lang,
                    words.language_name(lang),
                    words.direction(lang),
                    self.link(known.get(lang) or ("/" if lang == self.config.languages[0] else f"/{lang}/")),
                    lang == self.lang,
                    lang in known,
                )
                for lang in self.config.languages
            )
        home = kind == "home"
        return PageView(
            kind=kind,
            title=title,
            head_title=self.config.name if home and title == self.config.name else f"{title} · {self.config.name}",
            description=description,
            canonical=(self.absolute(url) if canonical is None else canonical),
            url=self.link(url),
            alternates=alternates,
            languages=languages,
            breadcrumbs=tuple(Link(text, self.link(where)) for text, where in breadcrumbs),
            robots=robots,
            image=image,
            image_alt=image_alt,
            og_type=og_type,
            locale=words.locale_tag(self.region),
            jsonld=jsonld,
            style=self.style,
            csp="",
            badge=badge,
        )

    # ---- small parts

    def state(self, kind: str, name: str) -> StateView | None:
        if not name:
            return None
        found = self._states.get((kind, name))
        if found is None:
            key = f"state.{kind}.{name}"
            view = StateView(name, self.t(f"{key}.label"), self.t(f"{key}.text"), TONES[name])
            found = self._states[kind, name] = view
        return found

    def picture(self, picture: Picture | None, alt: str, caption: str = "") -> PictureView | None:
        if picture is None:
            return None
        base = self.origin + self.base if self.elsewhere else self.base
        return PictureView(
            base + picture.src,
            _based(picture.srcset, base),
            tuple((kind, _based(srcset, base)) for kind, srcset in picture.sources),
            picture.width,
            picture.height,
            alt,
            caption,
        )

    def card(self, card: Card) -> CardView:
        """A card as a list shows it. Made once: several lists show the same."""
        found = self._cards.get((card.id, card.lang))
        if found is None:
            found = self._cards[card.id, card.lang] = self._card(card)
        return found

    def _card(self, card: Card) -> CardView:
        when = None
        if card.starts is not None and card.kind in ("event", "drop"):
            when = self._card_when(card)
        price = ""
        if card.price is not None:
            price = self.money(Money(*card.price[:2]), start=card.price[2])
        return CardView(
            id=card.id,
            kind=card.kind,
            title=card.title,
            summary=card.summary,
            url=self.link(card.url),
            lang="" if card.lang == self.lang else card.lang,
            when=when,
            place=card.place,
            price=price,
            state=self.state(card.kind, card.state),
            picture=self.picture(card.picture, card.alt),
            chapter=card.chapter,
        )

    def _card_when(self, card: Card) -> WhenView:
        zone = ZoneInfo(card.zone)
        starts: Moment = datetime.fromtimestamp(card.starts or 0.0, UTC).astimezone(zone)
        ends: Moment | None = None
        if card.ends is not None:
            ends = datetime.fromtimestamp(card.ends, UTC).astimezone(zone)
        if card.whole_day and isinstance(starts, datetime):
            starts = starts.date()
        if card.last_day and isinstance(ends, datetime):
            ends = (ends - timedelta(seconds=1)).date()
        return self.when(starts, ends, card.zone)

    def when(
        self,
        starts: Moment,
        ends: Moment | None,
        zone: str,
        *,
        doors: Moment | None = None,
        previous: Moment | None = None,
    ) -> WhenView:
        return words.when(
            starts,
            ends,
            zone=zone,
            lang=self.region,
            patterns=self._patterns,
            doors=doors,
            previous=previous,
        )

    def money(self, price: Money, *, start: bool = False) -> str:
        if price.amount == 0:
            return self.t("price.free")
        text = words.money(price, self.region)
        return self.t("price.from", price=text) if start else text

    def product(self, product: Product, facts: Mapping[str, Any]) -> ProductView:
        notes = []
        edition = product.get("edition")
        if edition:
            notes.append(self.t("product.edition", n=edition))
        if product.per_person:
            notes.append(self.t("product.per_person", n=product.per_person))
        until = product.get("until")
        if until:
            notes.append(self.t("product.until", n=int(until.total_seconds() // 3600)))
        online = isinstance(product, Ticket) and product.online
        if online:
            notes.append(self.t("product.online"))
        left_text, sold_out = "", False
        left = dict(facts.get("left") or ()).get(product.id)
        if left is not None:
            sold_out = left <= 0
            if not sold_out:
                left_text = self.t("stock.left", n=left, date=self._as_of(facts))
        return ProductView(
            id=product.id,
            name=product.name,
            price="" if product.price is None else self.money(product.price),
            amount="" if product.price is None else product.price.decimal_text(),
            currency="" if product.price is None else product.price.currency,
            note=" · ".join(notes),
            left=left_text,
            sold_out=sold_out,
            online=online,
            description=product.description,
            addons=tuple(self.product(addon, facts) for addon in product.get("addons", ())),
        )

    def _as_of(self, facts: Mapping[str, Any]) -> str:
        moment = datetime.fromisoformat(str(facts["as_of"]))
        return words.date_short(moment.astimezone(ZoneInfo(self.config.timezone)).date(), self.region)

    def space(self, space: Space) -> ProductView:
        notes = []
        if space.seats:
            notes.append(self.t("product.seats", n=space.seats))
        if space.sleeps:
            notes.append(self.t("product.sleeps", n=space.sleeps))
        price = ""
        if space.rate is not None:
            price = self.t(f"price.per_{space.rate.per}", price=self.money(space.rate.price))
        return ProductView(
            id=space.id,
            name=space.name,
            price=price,
            amount=space.rate.price.decimal_text() if space.rate else "",
            currency=space.rate.price.currency if space.rate else "",
            note=" · ".join(notes),
            left="",
            sold_out=False,
            online=False,
            description=space.description,
        )

    def place(self, entry: Entry, host: Card | None) -> PlaceView | None:
        if isinstance(entry, Host):
            return self._place(entry.title, entry.address, "", entry.geo)
        if isinstance(entry, Event):
            return self.spot(host, entry.venue, entry.online_url)
        if isinstance(entry, Drop) and entry.locality:
            return PlaceView(entry.locality, "", (), "", "", "")
        return None

    def spot(self, host: Card | None, venue: Venue | None, online: str) -> PlaceView | None:
        """Where an event is: at a host, else at a venue, else online."""
        if host is not None:
            address = Address(**dict(host.address))
            return self._place(host.title, address, self.link(host.url), None, online)
        if venue is not None:
            return self._place(venue.name, venue.address, "", venue.geo, online, venue.url)
        return PlaceView("", "", (), "", "", online) if online else None

    def location(self, place: PlaceView | None) -> str:
        """A place in one line: its name and its whole address, or where it is online."""
        if place is None:
            return ""
        return words.in_one_line((place.name, place.address), self.region) or place.online

    def _place(self, name: str, address: Address, url: str, geo: Any, online: str = "", web: str = "") -> PlaceView:
        lines = words.address_lines(address, self.region)
        return PlaceView(
            name=name,
            address=words.in_one_line(lines, self.region),
            lines=tuple(lines),
            url=url or web,
            map=f"geo:{geo.latitude},{geo.longitude}" if geo is not None else "",
            online=online,
        )

    @property
    def forms(self) -> Forms:
        return Forms(self)

    @property
    def shortcodes(self) -> Shortcodes:
        return Shortcodes(self)

    # ---- one entry

    def entry(
        self,
        entry: Entry,
        body: Body,
        around: Surroundings,
        pictures: Mapping[str, Picture],
        wording: Callable[[dict[str, Any]], str],
    ) -> EntryView:
        facts = dict(around.facts)
        when = self.entry_when(entry)
        where = self.place(entry, around.host)
        products: tuple[ProductView, ...] = ()
        spaces: tuple[ProductView, ...] = ()
        addons: tuple[ProductView, ...] = ()
        if isinstance(entry, Event):
            products = tuple(self.product(ticket, facts) for ticket in entry.tickets)
        elif isinstance(entry, Drop):
            products = tuple(self.product(item, facts) for item in entry.items)
        elif isinstance(entry, Host):
            spaces = tuple(self.space(space) for space in entry.spaces)
        if isinstance(entry, (Event, Drop, Host)):
            addons = tuple(self.product(addon, facts) for addon in entry.addons)
        gallery = [
            view
            for image in entry.images
            if (view := self.picture(pictures.get(image.src), image.alt, image.caption)) is not None
        ]
        series = None
        if around.series is not None:
            near = around.series
            series = SeriesView(
                near.name,
                self.link(f"{self.prefix}/series/{near.slug}/"),
                entry.chapter,
                near.chapters,
                self.card(near.previous) if near.previous else None,
                self.card(near.next) if near.next else None,
            )
        return EntryView(
            id=entry.id,
            kind=entry.kind,
            title=entry.title,
            summary=entry.summary,
            body=Markup(self.shortcodes.fill(body.public, entry, around, pictures, "html")),  # noqa: S704 - our own Markdown
            gated=body.gate is not None,
            state=self._standing(entry, around.state),
            form=self.forms.of(entry, around.state, wording),
            when=when,
            where=where,
            host=self.card(around.host) if around.host else None,
            products=products,
            spaces=spaces,
            addons=addons,
            facts=self._facts(entry, around),
            pictures=tuple(gallery),
            calendar=self.link(calendar_path(entry, around)) if _to_come(entry, around) else "",
            series=series,
            related=tuple(self.card(card) for card in around.related),
            tags=tuple(
                Link(self.config.tag_word(tag, self.lang), self.link(f"{self.prefix}/tags/{slug}/"))
                for slug, tag in by_slug(entry.tags).items()
                if "noindex" not in entry.robots  # no list has it
            ),
            changed=self._changed(entry),
            params=named(entry.params),
        )

    def _standing(self, entry: Entry, name: str) -> StateView | None:
        """The state of an entry; without a sentence where that would speak of a form and the entry has none."""
        state = self.state(entry.kind, name)
        if state is not None and entry.signup is None and name in ABOUT_FORM[entry.kind]:
            return replace(state, text="")
        return state

    def entry_when(self, entry: Entry) -> WhenView | None:
        if isinstance(entry, Event):
            zone = entry.timezone or self.config.timezone
            return self.when(entry.starts, entry.last_moment(), zone, doors=entry.doors, previous=entry.previous_start)
        if isinstance(entry, Drop) and entry.opens_at is not None:
            return self.when(entry.opens_at, entry.closes_at, entry.timezone or self.config.timezone)
        return None

    def _changed(self, entry: Entry) -> str:
        moment = entry.lastmod or entry.date
        if moment is None:
            return ""
        return words.date_long(moment.date() if isinstance(moment, datetime) else moment, self.region)

    def _facts(self, entry: Entry, around: Surroundings) -> tuple[tuple[str, str], ...]:
        rows: list[tuple[str, str]] = []

        def row(name: str, value: str) -> None:
            if value:
                rows.append((self.t(f"fact.{name}"), value))

        if isinstance(entry, Event):
            row("organizer", entry.organizer)
            row("performers", words.list_words(entry.performers, self.region))
            row("capacity", str(entry.capacity or ""))
            row("access", entry.access)
            row("age", entry.age)
        elif isinstance(entry, Drop):
            row("locality", entry.locality)
            row(
                "pickup", words.list_words([card.title for card in around.pickup], self.region) if around.pickup else ""
            )
            row(
                "ships_to",
                words.list_words([words.country_name(code, self.lang) for code in entry.ships_to], self.region)
                if entry.ships_to
                else "",
            )
        elif isinstance(entry, Host):
            row("checkin", entry.checkin)
            row("checkout", entry.checkout)
            row("telephone", entry.telephone)
            row("amenities", words.list_words(entry.amenities, self.region))
            row("cancellation", entry.cancellation)
        return tuple(rows)

    # ---- lists and messages

    def listing(
        self,
        kind: str,
        title: str,
        *,
        intro: str = "",
        current: Sequence[Card] = (),
        past: Sequence[Card] = (),
        older: str = "",
        newer: str = "",
        number: int = 1,
        form: FormView | None = None,
        sections: Sequence[ListView] = (),
        url: str = "",
    ) -> ListView:
        return ListView(
            kind=kind,
            title=title,
            intro=Markup(intro),  # noqa: S704 - our own Markdown
            current=tuple(self.card(card) for card in current),
            past=tuple(self.card(card) for card in past),
            older=self.link(older) if older else "",
            newer=self.link(newer) if newer else "",
            number=number,
            form=form,
            empty=self.t(f"kind.{kind}.empty") if kind else self.t("kind.event.empty"),
            sections=tuple(sections),
            url=self.link(url) if url else "",
        )

    def message(self, name: str) -> MessageView:
        key = f"message.{name}"
        sender = self.config.sender
        keys = [f"{key}.p{number}" for number in (1, 2, 3)]
        if not self.target.ours:  # a service keeps promises of its own
            keys = [f"{each}_sender" if self.has(f"{each}_sender") else each for each in keys]
        paragraphs = [
            self.t(each, sender=sender.name or self.config.name, email=sender.email) for each in keys if self.has(each)
        ]
        links = [Link(self.t("page.home"), self.link(f"{self.prefix}/"))]
        if name == "check_inbox" and self.target.ours and self.target.action:
            place = self.target.action.removesuffix("/subscribe") + "/resend"
            again = self.link(place) if place.startswith("/") else place
            links.append(Link(self.t(f"{key}.again"), f"{again}?lang={self.lang}"))
        return MessageView(
            name, self.t(f"{key}.title"), tuple(paragraph for paragraph in paragraphs if paragraph), tuple(links)
        )


def _to_come(entry: Entry, around: Surroundings) -> bool:
    """True for an event worth a place in a calendar."""
    return isinstance(entry, Event) and around.state not in ("cancelled", "past")


def whole_day(moment: Moment | None) -> bool:
    """True for a date without a time."""
    return isinstance(moment, date) and not isinstance(moment, datetime)


def _based(srcset: str, base: str) -> str:
    return srcset if not base else ", ".join(base + candidate for candidate in srcset.split(", "))


def _host_of(url: str) -> str:
    return url.split("//", 1)[-1].split("/", 1)[0].removeprefix("www.")
