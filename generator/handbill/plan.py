"""Plans every output of a site: what is to be made, from which values.

An Order names one piece of work (all outputs of an entry, one page of a list, one file) and makes the very values its
template will be handed. Its key is the digest of those values, of the templates' closure and of the chrome; an order
with the key of last time need not be carried out. So there is no graph of dependencies to get wrong.

Most of a value is an entry or a card, and either follows from what parsing read and from the state: a mark of some
fifty characters stands for it in the key. So ten thousand keys cost a tenth of a second, and the values of an order are
put together only when it is carried out.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import Any, NamedTuple

from handbill.cache import Row
from handbill.digest import digest
from handbill.errors import Problem
from handbill.kinds import LISTED, SECTION_OF
from handbill.model import Card, plain
from handbill.options import Options
from handbill.project import Project
from handbill.site import Site, over
from handbill.slugs import by_slug, folder_of, slugify

ON_HOME = 6
IN_CALENDAR = 100
RELATED = 12


class Order(NamedTuple):
    """One piece of work."""

    name: str
    """Unique and stable: `entry:content/events/salon.md`, `list:pt:events:2`."""
    kind: str
    """The method of Workshop that carries it out."""
    unit: str
    """The unit it is about, or empty."""
    key: str
    make: Callable[[], tuple[Any, ...]]
    """Puts its values together, as primitives."""

    def primitives(self) -> tuple[Any, ...]:
        """For the way to another process."""
        return (self.name, self.kind, self.unit, self.make(), self.key)


class _List(NamedTuple):
    """A list in one language, before it is cut into pages."""

    lang: str
    kind: str
    """Of its template: list or series."""
    name: str
    """Unique in its language: `events`, `tags/paper`."""
    of: str
    """The kind of entry that it lists, or empty."""
    title: str
    url: str
    current: tuple[Card, ...]
    past: tuple[Card, ...] = ()
    everywhere: bool = True
    """Whether it stands in every language."""


@dataclass(slots=True)
class Plan:
    orders: list[Order] = field(default_factory=list)
    pages: int = 0
    emails: int = 0
    problems: list[Problem] = field(default_factory=list)
    chrome: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """Language → what every page shows of the site. Primitives only."""
    others: Collection[str] = ()
    """Names of orders that were not planned again, since the last build's are known to be right."""

    def names(self) -> list[str]:
        """Of all orders."""
        return [*self.others, *(order.name for order in self.orders)]


def plan(site: Site, project: Project, options: Options) -> Plan:
    """Every order of the site, in a fixed order."""
    made = Plan()
    planner = _Planner(site, project, options.at, made)
    planner.entries()
    for lang in project.config.languages:
        planner.lists(lang)
        planner.statics(lang)
    planner.files()
    planner.check_links()
    planner.check_facts(options.facts_name or "facts")
    return made


def replan(
    site: Site, project: Project, options: Options, units: Iterable[str], chrome: dict[str, tuple[Any, ...]]
) -> list[Order]:
    """The orders of these entries alone, as `plan` gives them: enough where all that others show of them is as it was
    (`Row.face`), and where their links lead. `chrome` is that of `Plan`, from then."""
    made = Plan(chrome=chrome)
    planner = _Planner(site, project, options.at, made)
    for unit in units:
        planner.entry(unit)
    return made.orders


class _Planner:
    def __init__(self, site: Site, project: Project, at: float, made: Plan) -> None:
        self.site, self.project, self.at, self.made = site, project, at, made
        self.config = project.config
        self.first = project.config.languages[0]
        self.places: set[str] = set(site.urls)
        """Every site-relative URL that something will stand at."""
        self.loose: list[tuple[str, str, int]] = []
        self.listed: list[tuple[str, tuple[tuple[str, str], ...]]] = []
        """(URL, its translations) of every page that is no entry's own."""
        if not made.chrome:
            made.chrome = {lang: self._chrome(lang) for lang in self.config.languages}
        self.chrome = made.chrome
        self.chrome_digest = digest(project.chrome, repr(self.chrome))
        self._marks: dict[str, str] = {}
        self._plain: dict[tuple[str, str], tuple[Any, ...]] = {}

    def prefix(self, lang: str) -> str:
        return "" if lang == self.first else f"/{lang}"

    def add(
        self, name: str, kind: str, make: Callable[[], tuple[Any, ...]], marks: Any, *, unit: str = "", also: str = ""
    ) -> None:
        """An order. `marks` stands for all that `make` puts together; None where that is cheap enough to ask."""
        asked = make() if marks is None else marks
        key = digest(self.chrome_digest, kind, also, repr(asked))
        self.made.orders.append(Order(name, kind, unit, key, make))

    def over(self, unit: str) -> bool:
        return over(self.site.card(unit, self.first), self.at)

    def mark(self, unit: str) -> str:
        """Stands for the cards of an entry: all that others may show of it, and the host whose name is its place."""
        mark = self._marks.get(unit)
        if mark is None:
            row = self.site.rows[unit]
            mark = f"{row.face} {row.state} {self.over(unit)}"
            for place, target in row.refs:
                if place[0] == "host" and (host := self.site.by_id.get(target)):
                    mark += f" {self.site.rows[host].face}"
            self._marks[unit] = mark
        return mark

    def plain(self, cards: Iterable[Card]) -> tuple[tuple[Any, ...], ...]:
        """Cards as primitives; each always the same object, so that marshal writes it once, in however many lists."""
        made, out = self._plain, []
        for card in cards:
            found = made.get((card.id, card.lang))
            if found is None:
                found = made[card.id, card.lang] = plain(card)
            out.append(found)
        return tuple(out)

    def _chrome(self, lang: str) -> tuple[Any, ...]:
        """(menu, whether there is a calendar, home's sign-up)."""
        menu: list[tuple[str, str]] = []
        kinds = {row.kind for row in self.site.rows.values()}
        for kind in LISTED:
            if kind in kinds:
                menu.append((self.project.section_title(kind, lang), f"{self.prefix(lang)}/{SECTION_OF[kind]}/"))
        pages = [
            self.site.card(unit, lang)
            for unit, row in self.site.rows.items()
            if row.extra[2] and unit not in self.project.home_units
        ]
        pages.sort(key=lambda card: (card.weight, card.title))
        menu += [(card.link_title or card.title, card.url) for card in pages]
        menu += [(link.text.get(lang, self.first), link.url) for link in self.config.menu]
        home = next((self.site.rows[unit] for unit in self.project.home_units if unit in self.site.rows), None)
        signups = dict(home.extra[6]) if home is not None else {}
        return (tuple(menu), "event" in kinds, signups.get(lang, signups.get(self.first, "")))

    # ---- entries

    def entries(self) -> None:
        for unit, row in self.site.rows.items():
            if unit in self.project.home_units:
                continue
            self.entry(unit)
            self.made.pages += len(row.cards)
            if row.extra[4]:
                self.made.emails += len(row.cards) * self.project.email_count(row.kind)

    def entry(self, unit: str) -> None:
        row = self.site.rows[unit]
        self.add(
            f"entry:{unit}",
            "entry",
            partial(self._entry, unit, row),
            self._entry_marks(unit, row),
            unit=unit,
            also=self.project.closure(row.kind),
        )

    def _entry(self, unit: str, row: Row) -> tuple[Any, ...]:
        langs = self.site.cards(unit)
        return (tuple(self.around(unit, row, lang) for lang in langs), tuple(self.chrome[lang] for lang in langs))

    def _entry_marks(self, unit: str, row: Row) -> tuple[Any, ...]:
        """Stands for `_entry`: the entry itself, then whatever of others is around it."""
        mark = self.mark
        found: list[Any] = [row.own, mark(unit), self.site.badges.get(unit, ""), self.project.facts_of(row.id)]
        found += [mark(self.site.by_id[target]) for _, target in row.refs if target in self.site.by_id]
        if row.kind == "host":
            found += [mark(guest) for guest in self._guests(row, self.first)]
        series = self._series_units(row)
        if series is not None:
            units, place = series
            last = max(self.site.card(other, self.first).chapter for other in units)
            found += [len(units), last, *(mark(other) for other in units[max(0, place - 1) : place + 2])]
        if row.links:
            found += [self._hrefs(row, lang, card.url) for lang, card in self.site.cards(unit).items()]
        return tuple(found)

    def _guests(self, row: Row, lang: str) -> list[str]:
        """What is still to come at a host, soonest first."""
        guests = [guest for guest in self.site.guests.get(row.id, ()) if not self.over(guest)]
        return sorted(guests, key=lambda guest: _soonest(self.site.card(guest, lang)))[:RELATED]

    def around(self, unit: str, row: Row, lang: str) -> tuple[Any, ...]:
        """A Surroundings as primitives."""
        host: tuple[Any, ...] | None = None
        pickup: list[Card] = []
        for place, target in row.refs:
            found = self.site.by_id.get(target)
            if found is None:
                continue
            if place[0] == "host":
                (host,) = self.plain([self.site.card(found, lang)])
            else:
                pickup.append(self.site.card(found, lang))
        related: list[Card] = []
        if row.kind == "host":
            related = [self.site.card(guest, lang) for guest in self._guests(row, self.first)]
        urls = tuple((code, card.url) for code, card in self.site.cards(unit).items())
        return (
            lang,
            row.state,
            self.project.facts_of(row.id),
            host,
            self.plain(pickup),
            self._series(row, lang),
            self.plain(related),
            urls,
            self._hrefs(row, lang, self.site.card(unit, lang).url),
            self.site.badges.get(unit, ""),
        )

    def _series_units(self, row: Row) -> tuple[list[str], int] | None:
        """(units of the entry's series in order, its place among them), or None without a series."""
        written = row.extra[5]
        if not written:
            return None
        units = self.site.series[slugify(written)]
        return units, units.index(row.unit)

    def _series(self, row: Row, lang: str) -> tuple[Any, ...] | None:
        found = self._series_units(row)
        if found is None:
            return None
        units, place = found
        before, after = (
            self.plain([self.site.card(units[near], lang)])[0] if 0 <= near < len(units) else None
            for near in (place - 1, place + 1)
        )
        written = row.extra[5]
        chapters = max(len(units), *(self.site.card(unit, lang).chapter for unit in units))
        return (slugify(written), series_name(self.site.card(row.unit, lang).series), chapters, before, after)

    def _hrefs(self, row: Row, lang: str, home: str) -> tuple[tuple[str, str, str], ...]:
        """(target as written, site-relative URL, title of the entry it leads to or empty) of every link of a text.

        `home` is the URL of the page that the text stands on: files it links to lie below it.
        """
        found: dict[str, tuple[str, str]] = {}
        for source, target, line in row.links:
            entry = self.site.by_id.get(target.partition("#")[0])
            if entry is not None:
                card = self.site.card(entry, lang)
                found[target] = (card.url + "#".join(["", *target.split("#")[1:]]), card.title)
                continue
            url = self._resolve(source, target, line, lang, home)
            if url is not None:
                found[target] = (url, "")
        return tuple((target, url, title) for target, (url, title) in sorted(found.items()))

    def _resolve(self, source: str, target: str, line: int, lang: str, home: str) -> str | None:
        path, mark, anchor = target.partition("#")
        if target.startswith("#"):
            return None
        if path.startswith("/") and not path.endswith(".md"):
            self.loose.append((source, path, line))
            return target
        folder = source.rpartition("/")[0]
        joined = f"content{path}" if path.startswith("/") else posixpath.normpath(f"{folder}/{path}")
        if joined.endswith(".md"):
            base = self.project.main_of(joined)
            if base in self.site.rows:
                return self.site.card(base, lang).url + mark + anchor
            if base in self.project.units and not any(skipped.unit == base for skipped in self.site.skipped):
                return None  # what is wrong with it is told already
            near = get_close_matches(joined, list(self.site.rows), 1, 0.7)
            why = "is left out of this build" if base in self.project.units else "does not exist"
            self._say(source, line, f"The link to {target} leads nowhere: {joined} {why}.", near)
        elif joined in self.project.content.assets:
            return folder_of(home) + joined.rpartition("/")[2] + mark + anchor
        elif path not in self.site.unread:
            near = get_close_matches(target, list(self.site.by_id), 1, 0.7)
            self._say(source, line, f"The link to {target} leads nowhere: there is no {joined}.", near)
        return None

    def _say(self, source: str, line: int, what: str, near: Sequence[str]) -> None:
        fix = f"Did you mean {near[0]}?" if near else "Mend the link, or put the file there."
        self.made.problems.append(Problem(source, line, 0, what, fix))

    # ---- lists

    def lists(self, lang: str) -> None:
        prefix = self.prefix(lang)
        sections = []
        for kind in LISTED:
            units = [unit for unit, row in self.site.rows.items() if row.kind == kind]
            listed = [unit for unit in units if self.site.card(unit, lang).listed]
            current, past = self._sorted(listed, lang)
            title = self.project.section_title(kind, lang)
            if units:
                url = f"{prefix}/{SECTION_OF[kind]}/"
                sections.append((kind, title, url, current[:ON_HOME], () if current else past[:3]))
                self._pages(_List(lang, "list", SECTION_OF[kind], kind, title, url, current, past))
        self._home(lang, sections)
        for slug, units in sorted(self.site.series.items()):
            name = series_name(self.site.card(units[0], lang).series)
            cards = tuple(self.site.card(unit, lang) for unit in units)
            url = f"{prefix}/series/{slug}/"
            self._page(_List(lang, "series", f"series/{slug}", "", name, url, cards))
        tags: dict[str, tuple[str, list[str]]] = {}
        for unit in self.site.rows:
            card = self.site.card(unit, lang)
            if card.listed:
                for slug, tag in by_slug(card.tags).items():
                    tags.setdefault(slug, (tag, []))[1].append(unit)
        for slug, (tag, units) in sorted(tags.items()):
            current, past = self._sorted(units, lang)
            title, url = self.project.tag_title(tag, lang), f"{prefix}/tags/{slug}/"
            self._pages(_List(lang, "list", f"tags/{slug}", "", title, url, current, past, everywhere=False))

    def _sorted(self, units: Sequence[str], lang: str) -> tuple[tuple[Card, ...], tuple[Card, ...]]:
        current = sorted((self.site.card(unit, lang) for unit in units if not self.over(unit)), key=_soonest)
        past = sorted((self.site.card(unit, lang) for unit in units if self.over(unit)), key=_latest)
        return tuple(current), tuple(past)

    def _pages(self, whole: _List) -> None:
        """A list cut into pages: what is to come first, then what is over."""
        size, url, coming = self.config.per_page, whole.url, len(whole.current)
        together = whole.current + whole.past
        count = max(1, -(-len(together) // size))
        for number in range(1, count + 1):
            start, end = (number - 1) * size, number * size
            page = whole._replace(current=together[start : min(end, coming)], past=together[max(start, coming) : end])
            older = "" if number == count else f"{url}{number + 1}/"
            newer = "" if number == 1 else url if number == 2 else f"{url}{number - 1}/"
            self._page(page, number, older, newer)

    def _page(self, page: _List, number: int = 1, older: str = "", newer: str = "") -> None:
        """One page of a list. Only the first has translations, words of its own, and asks to be found."""
        first, lang = number == 1, page.lang
        url = page.url if first else f"{page.url}{number}/"
        urls = self._everywhere(url, lang) if first and page.everywhere else ()
        index = self.project.content.indexes.get(SECTION_OF.get(page.of, "")) if first else None
        row = self.site.indexes.get(index.path) if index else None
        hrefs = self._hrefs(row, lang, url) if row else ()
        self.places.add(url)
        if first:
            self.listed.append((url, urls))
        head, tail = (lang, page.kind, page.of, page.title, url, urls), (number, older, newer, hrefs)
        self.add(
            f"{page.kind}:{lang}:{page.name}:{number}",
            "listing",
            lambda: (*head, self.plain(page.current), self.plain(page.past), *tail, self.chrome[lang]),
            (*head, self._of(page.current), self._of(page.past), *tail),
            unit=row.unit if row else "",
            also=digest(self.project.closure(page.kind), row.own if row else ""),
        )
        self.made.pages += 1

    def _of(self, cards: Sequence[Card]) -> list[str]:
        """Marks of cards."""
        return [f"{card.lang} {self.mark(self.site.by_id[card.id])}" for card in cards]

    def _everywhere(self, url: str, lang: str) -> tuple[tuple[str, str], ...]:
        bare = url[len(self.prefix(lang)) :]
        return tuple((code, self.prefix(code) + bare) for code in self.config.languages)

    def _home(self, lang: str, sections: list[tuple[Any, ...]]) -> None:
        url = f"{self.prefix(lang)}/"
        self.places.add(url)
        unit = next((unit for unit in self.project.home_units if unit in self.site.rows), "")
        row = self.site.rows.get(unit)
        if row is None or self._found(unit):
            self.listed.append((url, self._everywhere(url, lang)))
        shown = [
            (kind, title, where, self._of(current), self._of(past)) for kind, title, where, current, past in sections
        ]
        self.add(
            f"home:{lang}",
            "home",
            lambda: (
                lang,
                url,
                self._everywhere(url, lang),
                tuple((*named, self.plain(current), self.plain(past)) for *named, current, past in sections),
                self.around(unit, row, lang) if row is not None else None,
                self.chrome[lang],
            ),
            (lang, url, shown, self._entry_marks(unit, row) if row is not None else ""),
            unit=unit,
            also=self.project.closure("home"),
        )
        self.made.pages += 1

    # ---- pages and files of the whole site

    def statics(self, lang: str) -> None:
        prefix = self.prefix(lang)
        for name in ("privacy", "check-inbox", "thanks", "left"):
            template = "privacy" if name == "privacy" else "message"
            url = f"{prefix}/{name}/"
            self.places.add(url)
            asked = self._asked(lang) if name == "privacy" else ()
            values = (lang, name, url, self._everywhere(url, lang), asked, self.chrome[lang])
            self.add(f"{name}:{lang}", "fixed", partial(tuple, values), None, also=self.project.closure(template))
            self.made.pages += 1
        feed = [
            card
            for unit, row in self.site.rows.items()
            if self._found(unit) and row.kind != "host" and (card := self.site.card(unit, lang)).date
        ]
        feed = sorted(feed, key=lambda card: (-card.date, card.id))[: self.config.feed_limit]
        self.places.add(f"{prefix}/feed.xml")
        self.add(f"feed:{lang}", "feed", lambda: (lang, self.plain(feed)), (lang, self._of(feed)))
        if self.chrome[lang][1]:
            events = [
                (self.site.card(unit, lang), row)
                for unit, row in self.site.rows.items()
                if row.kind == "event" and not self.over(unit) and self._found(unit)
            ]
            events = sorted(events, key=lambda item: _soonest(item[0]))[:IN_CALENDAR]
            told = tuple(
                (*self.plain([card]), row.extra[0], row.extra[1], *self._spot(row, card)) for card, row in events
            )
            self.places.add(f"{prefix}/events.ics")
            marks = self._of([card for card, *_ in events])
            self.add(f"calendar:{lang}", "calendar", partial(tuple, (lang, told)), (lang, marks))

    def _spot(self, row: Row, card: Card) -> tuple[tuple[Any, ...] | None, tuple[str, str, str]]:
        """(host, what calendars say besides) of an event."""
        host = self.site.by_id.get(card.host)
        shown = self.plain([self.site.card(host, card.lang)])[0] if host else None
        return shown, dict(row.extra[7])[card.lang]

    def _found(self, unit: str) -> bool:
        """False for what asks not to be found, and for what only an option of this build lets in."""
        return "noindex" not in self.site.rows[unit].extra[3] and unit not in self.site.badges

    def _asked(self, lang: str) -> tuple[Any, ...]:
        """(name, label) of every field that some form asks for, and every purpose it asks consent for."""
        fields: set[tuple[str, str]] = set()
        purposes: set[str] = set()
        for row in self.site.rows.values():
            if row.extra[4]:
                labels, asked = row.extra[4]
                fields.update(dict(labels).get(lang, labels[0][1]))
                purposes.update(asked)
        return (tuple(sorted(fields)), tuple(sorted(purposes)))

    def files(self) -> None:
        values = (self.first, "404", "/404.html", (), (), self.chrome[self.first])
        self.add("not_found", "fixed", partial(tuple, values), None, also=self.project.closure("message"))
        self.made.pages += 1
        urls = []
        for unit, row in self.site.rows.items():
            cards = self.site.cards(unit)
            several = tuple((lang, card.url) for lang, card in cards.items())
            for card in cards.values():
                if self._found(unit):
                    urls.append((card.url, row.extra[1], several if len(several) > 1 else ()))
        own = {url for url, _, _ in urls}
        urls += [(url, 0.0, several) for url, several in self.listed if url not in own]
        urls.sort()
        self.add("sitemap", "sitemap", lambda: (tuple(urls),), urls)
        self.add("robots", "robots", tuple, ())
        aliases = sorted(
            (alias, self.site.card(unit, self.first).url)
            for unit, row in self.site.rows.items()
            for alias in row.aliases
        )
        self.places.update(("/404.html", "/robots.txt", "/sitemap.xml"))
        self.places.update(f"/{path}" for path in self.project.content.static)
        starts = {"/" + url.split("/")[1] + ("/" if url.count("/") > 1 else "") for url in self.places}
        self.add("headers", "headers", lambda: (tuple(aliases), tuple(sorted(starts))), None)
        for alias, url in aliases:
            self.add(f"alias:{alias}", "alias", partial(tuple, (alias, url)), None)
        self.add("assets", "assets", tuple, (), also=self.project.theme_digest)
        for path, source in sorted(self.project.content.static.items()):
            file = (path, source)
            self.add(f"static:{path}", "static", partial(tuple, file), file, also=self.project.digest_of(source))
        self.add("catalog", "catalog", lambda: (tuple(self.chrome.items()),), (), also=self.project.closure("answers"))

    def check_links(self) -> None:
        if self.site.unread:
            return  # nobody knows yet what will stand where
        for source, path, line in self.loose:
            place = path if path.endswith("/") or "." in path.rpartition("/")[2] else f"{path}/"
            if place not in self.places:
                near = get_close_matches(place, list(self.places), 1, 0.75)
                self.made.problems.append(
                    Problem(
                        source, line, 0, f"The link to {path} leads nowhere: nothing stands there.",
                        f"Did you mean {near[0]}?" if near else "Mend the link.", "warning",
                    )
                )  # fmt: skip

    def check_facts(self, path: str) -> None:
        """Facts of an entry that is nowhere are most likely a slip, and a sold-out page that says it is open."""
        known = {*self.site.by_id, *self.site.unread, *(skipped.id for skipped in self.site.skipped)}
        for entry in sorted(self.project.facts.get("entries", {})):
            if entry not in known:
                near = get_close_matches(entry, list(known), 1, 0.7)
                fix = f"Did you mean {near[0]}?" if near else "Remove it from the facts."
                self.made.problems.append(Problem(path, 0, 0, f"There is no entry '{entry}'.", fix, "warning"))


def series_name(written: str) -> str:
    """A series as people read it: its name as written, or its slug made into words."""
    return written.replace("-", " ").capitalize() if written == slugify(written) else written


def _soonest(card: Card) -> tuple[Any, ...]:
    return (card.weight, card.starts if card.starts is not None else float("inf"), card.title, card.id)


def _latest(card: Card) -> tuple[Any, ...]:
    return (-(card.starts or 0.0), card.title, card.id)
