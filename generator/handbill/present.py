"""Turns entries and cards into views: the one place where facts become words for a page.

A Presenter knows one language of one site. It reads an Entry, its Body and its Surroundings (what linking found around
it) and gives the Views that view.py promises to templates. It decides nothing about layout and touches no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from handbill.config import SiteConfig
from handbill.kinds import Drop, Entry, Event, Host
from handbill.kinds.base import Address, FormField, Moment, Product, SignUp, Space, Ticket, Venue
from handbill.model import Body, Call, Card, Picture, Words
from handbill.render import words
from handbill.render.parts import fill_parts
from handbill.render.templates import named
from handbill.senders import Target
from handbill.slugs import by_slug, folder_of, slugify
from handbill.strings import Strings
from handbill.view import (
    CardView,
    ConsentView,
    EntryView,
    FieldView,
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

OWN_WORDS = {"event": ("announced", "early_access", "open"), "drop": ("announced", "early_access")}
"""States in which a form has the words that its author wrote: they promise what sign-up gives before it is open, for a
drop, or before it is over, for an event. In any other state they would be a false promise."""

ABOUT_FORM = {
    "event": ("announced", "early_access", "open", "sold_out", "closed"),
    "drop": ("announced", "early_access", "open", "sold_out"),
}
"""States whose sentence speaks of the form: of what it brings, of a list to wait on."""

AUTOFILL = {"first_name": "given-name", "last_name": "family-name", "phone": "tel", "city": "address-level2"}


class Series(NamedTuple):
    """The series of an entry, as linking found it. Primitives only."""

    slug: str
    name: str
    chapters: int
    previous: Card | None
    next: Card | None


class Surroundings(NamedTuple):
    """All that the page of one entry in one language depends on, beside the entry itself and the site's chrome.

    Primitives only: this is what is hashed to tell whether the page must be made again, and what travels to a worker.
    """

    lang: str
    state: str
    facts: tuple[tuple[str, Any], ...]
    host: Card | None
    pickup: tuple[Card, ...]
    series: Series | None
    related: tuple[Card, ...]
    urls: tuple[tuple[str, str], ...]
    """(language, site-relative URL) of every language the entry is written in."""
    hrefs: tuple[tuple[str, str, str], ...]
    """(target as written, site-relative URL it leads to, title of the entry there or empty)."""
    badge: str


@dataclass(frozen=True, slots=True)
class Chrome:
    """What all pages of one language share beside the configuration."""

    menu: tuple[tuple[str, str], ...]
    """(text, site-relative URL)."""
    calendar: bool
    """True when the site has a calendar to subscribe to."""
    signup: str = ""
    """The sign-up that home's words ask for, as JSON, which shapes the site's own form; empty where they say nothing,
    `null` where they want none."""


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
        self._has = strings.has
        self._part = part
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

    # ---- the form

    def form(self, entry: Entry, state: str, wording: Callable[[dict[str, Any]], str]) -> FormView | None:
        """The sign-up form of an entry in its state; None where it has none.

        `wording` is given what the form says about consent and answers with its immutable name, which the form posts:
        so what a person agreed to can be shown for ever.
        """
        return self._form(entry, entry.signup, state, wording) if entry.signup is not None else None

    def site_form(self, chrome: Chrome, wording: Callable[[dict[str, Any]], str]) -> FormView | None:
        """The site's own form, which home and lists show; shaped by the `signup:` of home's words."""
        signup = site_signup(chrome)
        return self._form(None, signup, "", wording) if signup is not None else None

    def thanks(self, entry: Entry | None, signup: SignUp, state: str) -> str:
        """The author's sentence for those who signed up; empty in a state in which it might be a false promise."""
        return signup.thanks if state in OWN_WORDS.get(entry.kind if entry else "site", ("",)) else ""

    def _form(
        self, entry: Entry | None, signup: SignUp, state: str, wording: Callable[[dict[str, Any]], str]
    ) -> FormView:
        t = self.t
        kind = entry.kind if entry is not None else "site"
        over = state in ("closed", "cancelled", "past")
        if kind in ("event", "drop"):
            intent = "newsletter" if over else "waitlist" if state == "sold_out" else kind
            button = t(f"state.{kind}.{state}.button")
            heading = t(f"state.{kind}.{state}.heading")
        elif kind == "host":
            intent, button, heading = "stay", t("form.stay_button"), t("form.stay_heading")
        else:
            intent, button, heading = "newsletter", t("form.newsletter_button"), t("form.newsletter_heading")
        fields, purposes = signup.fields, signup.consent
        note = t("form.note", sender=self.config.sender.name or self.config.name)
        if state in OWN_WORDS.get(kind, ("",)):
            button, heading = signup.button or button, signup.heading or heading
            note = signup.note or note
        if over:  # asks for nothing but the address, and for the consent it is for
            fields, purposes = (), ("marketing",)
        elif intent == "newsletter" and "marketing" not in purposes:
            purposes = ("marketing", *purposes)
        target = self.target
        consents: tuple[ConsentView, ...] = ()
        hidden = target.hidden
        if target.ours:
            worded = {name: self.text(self.config.consent.wording(name)) for name in purposes}
            texts = {name: text for name, text in worded.items() if text}
            consents = tuple(
                ConsentView(f"consent_{name}", text, intent == "newsletter" and name == "marketing")
                for name, text in texts.items()
            )
            hidden = (
                ("form", entry.id if entry is not None else "site"),
                ("intent", intent),
                ("lang", self.lang),
                (
                    "wording",
                    wording(
                        {
                            "lang": self.lang,
                            "controller": self.config.consent.controller or self.config.name,
                            "purposes": texts,
                            "note": note,
                            "button": button,
                        }
                    ),
                ),
            )
        else:
            wording_ = self.text(self.config.consent.wording("marketing"))
            if wording_ and self._has("form.agree"):
                note = f"{t('form.agree', text=wording_)} {note}"
        return FormView(
            id="signup",
            action=(self.link(target.action) if target.action.startswith("/") else target.action),
            heading=heading,
            email_name=target.email,
            email_label=t("form.email"),
            fields=tuple(self._field(item, target) for item in fields),
            consents=consents,
            hidden=hidden,
            honeypot=target.honeypot,
            honeypot_label=t("form.honeypot"),
            button=button,
            note=note,
            privacy_label=t("form.privacy"),
            works=bool(target.action),
        )

    def _field(self, item: FormField, target: Target) -> FieldView:
        return FieldView(
            name=target.field_name(item.name),
            label=self.field_label(item.name, item.label),
            type="tel" if item.name == "phone" and item.type == "text" else item.type,
            required=item.required,
            autocomplete=AUTOFILL.get(item.name, ""),
            options=tuple((option.value, option.label) for option in item.options),
            hint=item.purpose,
        )

    def field_label(self, name: str, label: str) -> str:
        """The visible label of a form's field: as written, else the theme's word for a known name."""
        key = f"form.{name}"
        return label or (self.t(key) if self._has(key) else name.replace("_", " ").capitalize())

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
            body=Markup(self.fill(body.public, entry, around, pictures, "html")),  # noqa: S704 - our own Markdown
            gated=body.gate is not None,
            state=self._standing(entry, around.state),
            form=self.form(entry, around.state, wording),
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

    # ---- shortcodes

    def fill(self, text: Words, entry: Entry, around: Surroundings, pictures: Mapping[str, Picture], way: str) -> str:
        """The text with every shortcode said: `way` is html (for the page), mail or text."""
        parts = {"html": text.html, "mail": text.mail, "text": text.text}[way]
        return fill_parts(parts, lambda call: self.say(call, entry, around, pictures, way))

    def say(self, call: Call, entry: Entry, around: Surroundings, pictures: Mapping[str, Picture], way: str) -> str:
        """What one shortcode says here. Words come escaped where the way is HTML."""
        if call.name in ("figure", "image"):
            return self._figure(call, pictures, way)
        if call.name == "href":
            return self._address(_target(around, call.args[0])[0], way)
        if call.name == "href_of":
            return self._address(self._place_of(call.args[0], entry, around), way)
        if call.name == "calendar":
            url = self._place_of("calendar", entry, around)
            return self._anchor(url, self.t("calendar.add"), way) if url else ""
        if call.name == "signup":
            words_ = call.args[0] if call.args else self.signup_words(entry, around.state)
            return self._anchor(self._place_of("signup", entry, around), words_, way)
        if call.name == "link":
            url, title = _target(around, call.args[0])
            return self._anchor(url, call.args[1] if len(call.args) > 1 else title or call.args[0], way)
        said = self.say_fact(call, entry, around)
        return said if way == "text" else str(escape(said))

    def say_fact(self, call: Call, entry: Entry, around: Surroundings) -> str:
        """A shortcode that is a plain fact, in words."""
        name = call.name
        if name == "title":
            return entry.title
        if name == "summary":
            return entry.summary
        if name in ("when", "date", "time"):
            when = self.entry_when(entry)
            if when is None:
                return ""
            return {"when": when.text, "date": when.date, "time": when.time}[name]
        if name == "where":
            return self.location(self.place(entry, around.host))
        if name in ("price", "stock"):
            product = find_product(entry, call.args[0] if call.args else "")
            if product is None:
                return ""
            view = self.product(product, dict(around.facts))
            return view.price if name == "price" else (view.left or view.note)
        return ""

    def _figure(self, call: Call, pictures: Mapping[str, Picture], way: str) -> str:
        options = dict(call.options)
        alt, caption = options.get("alt", ""), options.get("caption", "")
        if way == "text":
            return f"[{caption or alt}]" if caption or alt else ""
        found = pictures.get(options["src"])
        if found is None:
            return ""
        if way == "mail":
            width = min(found.mail_width, 552)
            height = round(found.mail_height * width / found.mail_width)
            src = escape(self.absolute(found.mail))
            return f'<img src="{src}" alt="{escape(alt)}" width="{width}" height="{height}" />'
        view = self.picture(found, alt, caption)
        return self._part("parts/picture.html", {"picture": view, "inline": call.name == "image"})

    def _place_of(self, name: str, entry: Entry, around: Surroundings) -> str:
        """The address that a shortcode stands for, site-relative: `calendar`, `signup`."""
        if name == "calendar":
            return calendar_path(entry, around) if isinstance(entry, Event) else ""
        return dict(around.urls)[around.lang] + "#signup"

    def signup_words(self, entry: Entry, state: str) -> str:
        """The words of the entry's button in its state."""
        if entry.signup is not None and entry.signup.button:
            return entry.signup.button
        return self.t(f"state.{entry.kind}.{state}.button") if state else self.t("form.newsletter_button")

    def _address(self, url: str, way: str) -> str:
        """An address as it stands in an attribute, or in a plain text."""
        if url.startswith("/"):
            url = self.link(url) if way == "html" else self.absolute(url)
        return url if way == "text" else str(escape(url))

    def _anchor(self, url: str, text: str, way: str) -> str:
        if way == "text":
            return f"{text}:\n{self._address(url, way)}"
        return f'<a href="{self._address(url, way)}">{escape(text)}</a>'

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
            keys = [f"{each}_sender" if self._has(f"{each}_sender") else each for each in keys]
        paragraphs = [
            self.t(each, sender=sender.name or self.config.name, email=sender.email) for each in keys if self._has(each)
        ]
        links = [Link(self.t("page.home"), self.link(f"{self.prefix}/"))]
        if name == "check_inbox" and self.target.ours and self.target.action:
            place = self.target.action.removesuffix("/subscribe") + "/resend"
            again = self.link(place) if place.startswith("/") else place
            links.append(Link(self.t(f"{key}.again"), f"{again}?lang={self.lang}"))
        return MessageView(
            name, self.t(f"{key}.title"), tuple(paragraph for paragraph in paragraphs if paragraph), tuple(links)
        )


@lru_cache(maxsize=64)
def site_signup(chrome: Chrome) -> SignUp | None:
    """What shapes the site's own form: home's `signup:`, else nothing but an address; None where home wants none."""
    if not chrome.signup:
        return SignUp()
    return None if chrome.signup == "null" else SignUp.model_validate_json(chrome.signup)


def find_product(entry: Entry, name: str) -> Product | None:
    """The product of that name or id; the first one with a price where no name is given."""
    products = entry.products
    if not name:
        return next((product for product in products if product.price is not None), None)
    wanted = slugify(name)
    return next((product for product in products if product.id == wanted or slugify(product.name) == wanted), None)


def calendar_path(entry: Entry, around: Surroundings) -> str:
    """Site-relative URL of an event's .ics."""
    return f"{folder_of(dict(around.urls)[around.lang])}{entry.slug}.ics"


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


def _target(around: Surroundings, written: str) -> tuple[str, str]:
    """(URL, title or empty) that a link as written leads to."""
    return next(((url, title) for target, url, title in around.hrefs if target == written), (written, ""))
