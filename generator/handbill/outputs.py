"""Carries out orders: from the values of one Order to the bytes of its files.

A Press has a method for each kind of order that plan.py names. Each is given a Made to put files on, the parsed unit
(or None), and the order's payload; nothing else may decide what the bytes are. One of many alike yields between steps.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from handbill import calendars, catalog, headers
from handbill.digest import digest
from handbill.errors import Problem, ProblemsFound
from handbill.kinds import LISTED, Drop, Entry, Event, Host
from handbill.kinds.base import Address
from handbill.mailroom import Mailroom
from handbill.model import Card, card_of
from handbill.options import Options
from handbill.present import Chrome, Presenter, Series, Surroundings, calendar_path, site_signup
from handbill.privacy import privacy_notice
from handbill.project import Project
from handbill.render import feed as feeds
from handbill.render import ics, jsonld
from handbill.render import sitemap as sitemaps
from handbill.render.images import PICTURES, tells_place
from handbill.senders import Target, target
from handbill.slugs import file_of, folder_of, slugify
from handbill.view import FormView, ListView, PageView, SiteView
from handbill_functions.catalog import ByLang

if TYPE_CHECKING:
    from handbill.content.parsed import ParsedUnit

OG_TYPES = {"event": "event", "drop": "product", "host": "website", "page": "article"}
MESSAGES = {"check-inbox": "check_inbox", "thanks": "thanks", "left": "left", "404": "not_found"}


@dataclass(slots=True)
class Made:
    """What came of one order."""

    public: list[tuple[str, bytes]] = field(default_factory=list)
    private: list[tuple[str, bytes]] = field(default_factory=list)
    copies: list[tuple[str, Path]] = field(default_factory=list)
    """(path below public/, finished file)."""
    problems: list[Problem] = field(default_factory=list)


class Press:
    """Makes the files of orders. One in each process; holds the compiled theme and a Presenter for each language."""

    def __init__(self, project: Project, options: Options) -> None:
        self.project = project
        self.options = options
        self.config = project.config
        self.target: Target = target(self.config.signup.action, self.config.signup.settings)
        problems: list[Problem] = []
        self.style = project.theme.stylesheet(self.config.base_path, problems)
        errors = [problem for problem in problems if problem.level == "error"]
        if errors:
            raise ProblemsFound(errors)
        self._presenters: dict[str, Presenter] = {}
        self._sites: dict[str, tuple[tuple[Any, ...], SiteView]] = {}

    def begin(self, project: Project) -> None:
        """Makes it ready for another build, of a project with the same theme and settings."""
        self.project = project
        for show in self._presenters.values():
            show.forget()
        self.mailroom.begin(project)

    def presenter(self, lang: str) -> Presenter:
        found = self._presenters.get(lang)
        if found is None:
            strings = self.project.strings(lang)
            found = self._presenters[lang] = Presenter(
                self.config,
                lang,
                strings=strings,
                settings=self.project.settings,
                target=self.target,
                style=Markup(self.style.css),  # noqa: S704 - checked CSS of the theme
                part=lambda name, context: self._render(name, lang, context),
            )
        return found

    @cached_property
    def mailroom(self) -> Mailroom:
        return Mailroom(self.project, self.presenter)

    def _render(self, template: str, lang: str, context: Mapping[str, Any]) -> str:
        return self.project.templates.render(template, context, lang)

    def _page(
        self,
        made: Made,
        template: str,
        page: PageView,
        lang: str,
        chrome: Any,
        context: Mapping[str, Any],
        path: str = "",
    ) -> None:
        show = self.presenter(lang)
        html = self._render(template, lang, {"site": self._site(show, chrome), "page": page, **context})
        place = path or file_of(page.url[len(self.config.base_path) :])
        made.public.append((place, html.encode()))

    def _site(self, show: Presenter, chrome: tuple[Any, ...]) -> SiteView:
        """What all pages of one language share, made once."""
        kept = self._sites.get(show.lang)
        if kept is None or kept[0] != chrome:
            kept = self._sites[show.lang] = (chrome, show.site(Chrome(*chrome)))
        return kept[1]

    def _organization(self) -> list[dict[str, Any]]:
        show = self.presenter(self.config.languages[0])
        logo = self.config.organization.logo
        home = show.absolute("/")
        return [
            jsonld.organization(
                self.config.name, home, logo=show.absolute(logo.removeprefix("/static")) if logo else "",
                same_as=self.config.same_as, email=self.config.sender.email,
                legal_name=self.config.consent.controller,
            ),
            jsonld.website(
                self.config.name, home, lang=self.config.languages[0], description=show.text(self.config.description)
            ),
        ]  # fmt: skip

    # ---- one entry

    def entry(self, made: Made, parsed: ParsedUnit | None, payload: tuple[Any, ...]) -> Iterator[None]:
        """Every output of an entry: its pages, calendar, pictures, e-mails and catalog file. Step by step."""
        assert parsed is not None
        arounds, chromes = [surroundings(plain) for plain in payload[0]], payload[1]
        shelf = catalog.Shelf()
        urls: ByLang = {}
        forms: dict[str, FormView] = {}
        for around, chrome in zip(arounds, chromes, strict=True):
            show = self.presenter(around.lang)
            entry = parsed.entries[around.lang]
            view = show.entry(
                entry, parsed.bodies[around.lang], around, parsed.pictures, lambda words: shelf.put("wordings", words)
            )
            if view.form is not None:
                forms[around.lang] = view.form
            yield
            url = dict(around.urls)[around.lang]
            urls[around.lang] = show.absolute(url)
            image, alt = self._social(made, parsed, entry, around, show)
            trail = self._trail(show, entry, url)
            page = show.page(
                entry.kind, entry.title, url,
                description=entry.description or entry.summary,
                urls=around.urls,
                breadcrumbs=trail[:-1],
                robots=_robots(entry, around),
                image=image,
                image_alt=alt,
                og_type=OG_TYPES[entry.kind],
                jsonld=self._jsonld(entry, around, show, url, image, trail),
                canonical=entry.canonical or None,
                badge=around.badge,
            )  # fmt: skip
            yield
            self._page(made, f"pages/{entry.kind}.html", page, around.lang, chrome, {"entry": view})
            yield
            if isinstance(entry, Event):
                made.public.append(
                    (calendar_path(entry, around).lstrip("/"), calendars.event_file(entry, around, show))
                )
            made.copies += self._files(parsed, url)
        made.copies += _pictures(parsed)
        yield
        self._catalog(made, parsed, arounds, urls, forms, shelf)

    def _files(self, parsed: ParsedUnit, url: str) -> list[tuple[str, Path]]:
        """The files that a text links to: they lie below its page."""
        return [(folder_of(url).lstrip("/") + name, self.project.root / source) for name, source in parsed.files]

    def _trail(self, show: Presenter, entry: Entry, url: str) -> list[tuple[str, str]]:
        trail = [(show.t("page.home"), f"{show.prefix}/")]
        if entry.kind in LISTED:
            trail.append((self.project.section_title(entry.kind, show.lang), f"{show.prefix}/{entry.section}/"))
        return [*trail, (entry.title, url)]

    def _jsonld(
        self, entry: Entry, around: Surroundings, show: Presenter, url: str, image: str,
        trail: Sequence[tuple[str, str]],
    ) -> Markup:  # fmt: skip
        objects: list[dict[str, Any]] = []
        absolute = show.absolute(url)
        home = show.absolute("/")
        images = [image] if image else []
        gone = [name for name, units in dict(around.facts).get("left", ()) if units <= 0]
        if isinstance(entry, Event):
            location = None
            if around.host is not None:
                location = jsonld.place(
                    around.host.title, Address(**dict(around.host.address)), url=show.absolute(around.host.url)
                )
            elif entry.venue is not None:
                location = jsonld.venue(entry.venue)
            event = jsonld.event(
                entry, url=absolute, state=around.state, lang=show.lang, location=location,
                organizer=(self.config.name, home), ends=entry.last_moment(), description=entry.summary,
                images=images, sold_out=gone,
            )  # fmt: skip
            if event is not None:
                objects.append(event)
        elif isinstance(entry, Drop):
            objects += jsonld.products(
                entry, url=absolute, state=around.state, seller=(self.config.name, home), description=entry.summary,
                images=images, sold_out=gone,
            )  # fmt: skip
        elif isinstance(entry, Host):
            objects.append(jsonld.host(entry, url=absolute, description=entry.summary, images=images))
        crumbs = jsonld.breadcrumbs([(name, show.absolute(where)) for name, where in trail])
        if crumbs is not None:
            objects.append(crumbs)
        return jsonld.script(objects)

    def _social(
        self, made: Made, parsed: ParsedUnit, entry: Entry, around: Surroundings, show: Presenter
    ) -> tuple[str, str]:
        """(absolute URL, alt) of the picture for link previews: the entry's own, else a card drawn for it."""
        if entry.images:
            picture = parsed.pictures.get(entry.images[0].src)
            if picture is not None and picture.social:
                return show.absolute(picture.social), entry.images[0].alt
        if not self.config.social_cards:
            return "", ""
        return self._draw(made, entry.title, self._kicker(entry, around, show), show), entry.title

    def _kicker(self, entry: Entry, around: Surroundings, show: Presenter) -> str:
        when = show.entry_when(entry)
        place = show.place(entry, around.host)
        return " · ".join(part for part in (when.date if when else "", place.name if place else "") if part)

    def _draw(self, made: Made, title: str, kicker: str, show: Presenter) -> str:
        from PIL import __version__ as pillow  # a version number, none of the library

        from handbill.render.social import VERSION, Colours, social_card

        tokens = self.project.theme.tokens
        colours = Colours(*(tokens.literal(f"color.light.{name}") for name in ("paper", "ink", "accent")))
        key = digest(str(VERSION), pillow, title, kicker, self.config.name, *colours)
        path = f"media/card-{slugify(title)[:40] or 'page'}-{key[:8]}.png"
        kept = self.options.cache / "cards" / f"{key}.png"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            fresh = kept.with_suffix(f".{os.getpid()}")
            fresh.write_bytes(social_card(title, kicker=kicker, site=self.config.name, colours=colours))
            fresh.replace(kept)
        made.copies.append((path, kept))
        return show.absolute(f"/{path}")

    def _catalog(
        self,
        made: Made,
        parsed: ParsedUnit,
        arounds: Sequence[Surroundings],
        urls: ByLang,
        forms: Mapping[str, FormView],
        shelf: catalog.Shelf,
    ) -> None:
        first = parsed.entries[arounds[0].lang]
        form = None
        emails: dict[str, ByLang] = {}
        gate: ByLang = {}
        ours = self.target.ours
        for around in arounds:
            gated = self.mailroom.gate(parsed, around)
            if gated is not None:
                gate[around.lang] = shelf.put("gates", gated)
        if forms and ours and first.signup is not None:
            thanks = {
                around.lang: self.presenter(around.lang).forms.thanks(entry, entry.signup, around.state)
                for around in arounds
                if (entry := parsed.entries[around.lang]).signup is not None
            }
            form = catalog.form_part(forms, signup_list=first.signup.list, thanks=thanks)
        if forms:
            for around in arounds:
                for name in first.emails:
                    email = self.mailroom.email(name, parsed, around, shelf, made.problems)
                    emails.setdefault(name, {})[around.lang] = email
        zone = first.get("timezone") or self.config.timezone
        made.private += list(shelf.files.items())
        made.private.append(
            catalog.entry_file(parsed.entries, urls=urls, zone=zone, form=form, emails=emails, gate=gate)
        )

    # ---- lists

    def listing(self, made: Made, parsed: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        """One page of a list: a kind, a series or a tag. `parsed` is the `_index.md` above it, where there is one."""
        lang, kind, of, title, url, urls, current, past, number, older, newer, hrefs, chrome = payload
        show = self.presenter(lang)
        intro = ""
        if parsed is not None:
            intro, title = self._index(parsed, lang, title, url, hrefs, show)
            made.copies += [*self._files(parsed, url), *_pictures(parsed)]
        view = show.listing(
            of, title, intro=intro, current=_cards(current), past=_cards(past),
            older=older, newer=newer, number=number, form=self._site_form(show, chrome) if number == 1 else None,
        )  # fmt: skip
        trail = [(show.t("page.home"), f"{show.prefix}/"), (title, url)]
        crumbs = jsonld.breadcrumbs([(name, show.absolute(where)) for name, where in trail])
        shown = title if number == 1 else f"{title} ({number})"
        page = show.page(
            kind, shown, url, urls=urls, breadcrumbs=trail[:-1], jsonld=jsonld.script([crumbs] if crumbs else []),
            robots="" if number == 1 else "noindex, follow",
        )  # fmt: skip
        self._page(made, f"pages/{kind}.html", page, lang, chrome, {"list": view})

    def _index(
        self, parsed: ParsedUnit, lang: str, title: str, url: str, hrefs: Any, show: Presenter
    ) -> tuple[str, str]:
        """(words above a list, its title)."""
        use = lang if lang in parsed.entries else self.config.languages[0]
        around = Surroundings(use, "", (), None, (), None, (), ((use, url),), hrefs, "")
        entry = parsed.entries[use]
        return show.shortcodes.fill(
            parsed.bodies[use].public, entry, around, parsed.pictures, "html"
        ), entry.title or title

    def home(self, made: Made, parsed: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        """The home page of one language."""
        lang, url, urls, sections, plain, chrome = payload
        show = self.presenter(lang)
        title, description, intro = self.config.name, show.text(self.config.description), ""
        entry: Entry | None = None
        if parsed is not None and plain is not None:
            use = lang if lang in parsed.entries else self.config.languages[0]
            around = surroundings(plain)._replace(lang=use)
            entry = parsed.entries[use]
            title = entry.title
            description = entry.description or entry.summary or description
            intro = show.shortcodes.fill(parsed.bodies[use].public, entry, around, parsed.pictures, "html")
            made.copies += [*self._files(parsed, url), *_pictures(parsed)]
        lists: list[ListView] = [
            show.listing(kind, name, current=_cards(current), past=_cards(past), url=where)
            for kind, name, where, current, past in sections
        ]  # fmt: skip
        form = self._site_form(show, chrome)
        view = show.listing("", title, intro=intro, form=form, sections=lists)
        image = ""
        if entry is not None and parsed is not None and entry.images:
            picture = parsed.pictures.get(entry.images[0].src)
            image = show.absolute(picture.social) if picture is not None and picture.social else ""
        if not image and self.config.social_cards:
            image = self._draw(made, title, "", show)
        page = show.page(
            "home", title, url, description=description, urls=urls, jsonld=jsonld.script(self._organization()),
            image=image, image_alt=title, robots=_robots(entry, around) if entry is not None else "",
            canonical=(entry.canonical or None) if entry is not None else None,
        )  # fmt: skip
        self._page(made, "pages/home.html", page, lang, chrome, {"list": view})

    def _site_form(self, show: Presenter, chrome: Any, shelf: catalog.Shelf | None = None) -> FormView | None:
        """The form of the site itself. Its wording goes onto the shelf, where one is given."""
        kept = shelf or catalog.Shelf()
        return show.forms.of_site(Chrome(*chrome), lambda words: kept.put("wordings", words))

    # ---- pages and files of the whole site

    def fixed(self, made: Made, _: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        """A page that needs no state: privacy notice, check your inbox, thanks, left, not found."""
        lang, name, url, urls, asked, chrome = payload
        show = self.presenter(lang)
        if name == "privacy":
            fields, purposes = asked
            title = show.t("privacy.title")
            notice = privacy_notice(
                self.config, lang, t=show.t, target=self.target,
                fields=[show.forms.label(field, label) for field, label in fields],
                purposes=[show.text(self.config.consent.wording(purpose)) for purpose in ("marketing", *purposes)],
            )  # fmt: skip
            page = show.page("privacy", title, url, urls=urls, breadcrumbs=[(show.t("page.home"), f"{show.prefix}/")])
            self._page(made, "pages/privacy.html", page, lang, chrome, {"privacy": notice})
            return
        message = show.message(MESSAGES[name])
        missing = name == "404"
        page = show.page(
            "not_found" if missing else "message", message.title, url, urls=urls, robots="noindex",
            canonical="" if missing else None,
        )  # fmt: skip
        self._page(made, "pages/message.html", page, lang, chrome, {"message": message}, "404.html" if missing else "")

    def feed(self, made: Made, _: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        """The Atom feed of one language."""
        lang, cards = payload
        show = self.presenter(lang)
        several = len(self.config.languages) > 1
        suffix = "" if lang == self.config.languages[0] else lang
        alternates = [
            (code, self.presenter(code).absolute(f"{self.presenter(code).prefix}/feed.xml"))
            for code in self.config.languages
            if several and code != lang
        ]
        head = feeds.FeedHead(
            id=feeds.tag(show.host, "site", suffix), title=self.config.name,
            url=show.absolute(f"{show.prefix}/feed.xml"), home=show.absolute(f"{show.prefix}/"), lang=lang,
            author=self.config.name, subtitle=show.text(self.config.description), alternates=tuple(alternates),
        )  # fmt: skip
        items = [self._feed_item(card_of(card), show) for card in cards]
        made.public.append((f"{show.prefix}/feed.xml".lstrip("/"), feeds.atom(head, items)))

    def _feed_item(self, card: Card, show: Presenter) -> feeds.FeedItem:
        view = show.card(card)
        facts = " · ".join(part for part in (view.when.text if view.when else "", view.place) if part)
        return feeds.FeedItem(
            id=feeds.tag(show.host, card.id, "" if card.lang == self.config.languages[0] else card.lang),
            title=card.title,
            url=show.absolute(card.url),
            updated=datetime.fromtimestamp(card.date, UTC),
            summary=". ".join(part for part in (card.summary.rstrip("."), facts) if part),
            categories=tuple(self.config.tag_word(tag, show.lang) for tag in card.tags),
        )

    def calendar(self, made: Made, _: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        """The site's calendar in one language: what is still to come."""
        lang, events = payload
        show = self.presenter(lang)
        rows = [
            calendars.from_card(card_of(card), card_of(host) if host else None, more, revision, stamp, show)
            for card, revision, stamp, host, more in events
        ]
        data = ics.event_calendar(
            rows, name=self.config.name, lang=lang, refresh_hours=12, zone=self.config.timezone
        )  # fmt: skip
        made.public.append((f"{show.prefix}/events.ics".lstrip("/"), data))

    def sitemap(self, made: Made, _: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        """sitemap.xml, or its index."""
        show = self.presenter(self.config.languages[0])
        first = self.config.languages[0]
        rows = []
        for url, stamp, several in payload[0]:
            alternates = [(lang, show.absolute(where)) for lang, where in several]
            if alternates and first in dict(several):
                alternates.append(("x-default", show.absolute(dict(several)[first])))
            day = datetime.fromtimestamp(stamp, UTC).date() if stamp else None
            rows.append(sitemaps.SitemapUrl(show.absolute(url), day, tuple(alternates)))
        made.public += list(sitemaps.sitemap(rows, show.absolute("/")).items())

    def robots(self, made: Made, _: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        show = self.presenter(self.config.languages[0])
        made.public.append(("robots.txt", sitemaps.robots(show.absolute("/sitemap.xml"))))

    def headers(self, made: Made, _: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        """`_headers` and `_redirects`."""
        base = self.config.base_path
        aliases, starts = payload[0], payload[1]
        policy = headers.csp([self.style.csp.strip("'")], self.target.origins)
        model = headers.model(starts, policy=policy, base=base)
        made.problems += headers.problems(model, aliases)
        made.public.append(("_headers", headers.to_netlify(model)))
        if aliases:
            made.public.append(("_redirects", headers.redirects(aliases, base=base)))

    def alias(self, made: Made, _: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        """A page at an old address that leads to the new one, for hosts that read no `_redirects`."""
        alias, url = payload[0], payload[1]
        show = self.presenter(self.config.languages[0])
        made.public.append((file_of(alias), headers.redirect_page(show.absolute(url))))

    def assets(self, made: Made, _: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        """The theme's files below assets/, their names carrying their hash; the CSS is inside every page already."""
        theme = self.project.theme
        for file in theme.files("assets"):
            if not file.path.endswith(".css"):
                found = theme.asset(file.path.removeprefix("assets/"))
                if found is not None:
                    made.public.append(found)

    def static(self, made: Made, _: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        """A file of content/static/, as it is: who needs its bytes may need each, credits and copyright too."""
        path, source = payload[0], payload[1]
        file = self.project.root / source
        if path.lower().endswith(PICTURES) and tells_place(file.read_bytes()):
            made.problems.append(placed_picture(source))
        made.copies.append((path, file))

    def catalog(self, made: Made, _: ParsedUnit | None, payload: tuple[Any, ...]) -> None:
        """The index of the catalog, the functions' own pages, and the site's own sign-up."""
        shelf = catalog.Shelf()
        answers: dict[str, ByLang] = {}
        chromes = dict(payload[0])
        strings: dict[str, dict[str, str]] = {}
        urls: ByLang = {}
        forms: dict[str, FormView] = {}
        emails: dict[str, ByLang] = {}
        for lang in self.config.languages:
            show = self.presenter(lang)
            urls[lang] = show.absolute(f"{show.prefix}/")
            form = self._site_form(show, chromes[lang], shelf)
            if form is not None:
                forms[lang] = form
            for name, answer in self.mailroom.answers(lang, Chrome(*chromes[lang]), form):
                answers.setdefault(name, {})[lang] = shelf.put("answers", answer)
            strings[lang] = self.mailroom.answer_strings(lang)
            for name in ("confirm", "welcome"):
                emails.setdefault(name, {})[lang] = self.mailroom.site_email(name, lang, shelf, made.problems)
        shows = {lang: self.presenter(lang) for lang in self.config.languages}
        pages = {
            key: {lang: show.link(f"{show.prefix}/{name}/") for lang, show in shows.items()}
            for name, key in MESSAGES.items()
            if name != "404"
        }  # fmt: skip
        made.private += list(shelf.files.items())
        if forms and self.target.ours:
            asked = {lang: signup for lang in forms if (signup := site_signup(Chrome(*chromes[lang]))) is not None}
            thanks = {lang: self.presenter(lang).forms.thanks(None, signup, "") for lang, signup in asked.items()}
            form_part = catalog.form_part(forms, signup_list=next(iter(asked.values())).list, thanks=thanks)
            made.private.append(catalog.site_entry(self.config, urls=urls, form=form_part, emails=emails))
        action = self.config.signup.action if self.target.ours else ""
        site = catalog.site_part(self.config, action=action, pages=pages)
        made.private.append(("index.json", catalog.index_file(site, answers, strings)))


def _robots(entry: Entry, around: Surroundings) -> str:
    """As written; what only an option let into this build asks not to be found, wherever the build may end up."""
    return "noindex" if around.badge else entry.robots


def placed_picture(path: str) -> Problem:
    """A picture that is published as it is and says where it was taken: somebody's home, as likely as not."""
    what = "This picture tells everybody where it was taken: it is published as it is, with the place in it."
    fix = "Save it without its location, or show it by ![…](…) or `images:`, which leave all such things out."
    return Problem(path, 0, 0, what, fix, "warning")


def _cards(rows: Sequence[tuple[Any, ...]]) -> list[Card]:
    return [card_of(row) for row in rows]


def _pictures(parsed: ParsedUnit) -> list[tuple[str, Path]]:
    return [(path, Path(file)) for path, file in parsed.media]


def surroundings(plain: tuple[Any, ...]) -> Surroundings:
    """The Surroundings that plan.py took apart."""
    lang, state, facts, host, pickup, series, related, urls, hrefs, badge = plain
    near = None
    if series is not None:
        slug, name, chapters, before, after = series
        near = Series(slug, name, chapters, card_of(before) if before else None, card_of(after) if after else None)
    return Surroundings(
        lang, state, facts, card_of(host) if host else None, tuple(card_of(card) for card in pickup), near,
        tuple(card_of(card) for card in related), urls, hrefs, badge,
    )  # fmt: skip
