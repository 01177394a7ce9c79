"""A made-up site of every kind of entry in every state, in memory: what a theme can be looked at with, needing no site.

Its entries are the files of `files/season`, read as anybody's are, and everything is made by the build's own Press: so
what is shown is what a build would write. Only what is around the entries is put together here: their states, their
neighbours, their pictures (those of the sample content that comes with handbill). Nothing is written to disk.

The states are those that a kind says it has. MOMENTS tells for each when the season's entry is in it; a test holds that
none is missing there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from handbill.catalog import Shelf
from handbill.config import SiteConfig, load_config
from handbill.content.entry import read_entry
from handbill.content.gather import Content, Unit
from handbill.content.parsed import ParsedUnit
from handbill.content.translation import apply, read_translation
from handbill.digest import digest
from handbill.errors import Problem, ProblemsFound
from handbill.kinds import KINDS, LISTED, SECTION_OF, Entry
from handbill.model import Body, Card, Picture, Source, plain
from handbill.options import Options, shipped
from handbill.outputs import MESSAGES, Made, Press
from handbill.present import TONES, Chrome, Series, Surroundings
from handbill.project import Project
from handbill.render.markdown import parse
from handbill.render.templates import Templates
from handbill.strings import Strings
from handbill.theme import Theme
from handbill.workshop import Workshop
from handbill_functions.catalog import Answer
from handbill_functions.fill import fill_answer

FOLDER = Path(__file__).parent / "files" / "season"
ARABIC = "ar"
"""The language written from right to left; where the theme has no words in it, it borrows them."""
TEXTS = ("usual", "long")
BADGES = ("draft", "future", "expired")


Cards = tuple[Card, ...]


class Moment(NamedTuple):
    """When, and with which facts, an entry of the season is in a state."""

    at: str
    """ISO, UTC."""
    update: Mapping[str, Any] = {}
    """What its front matter says besides."""
    facts: tuple[tuple[str, Any], ...] = ()


def _left(*units: tuple[str, int], sold_out: bool = False) -> tuple[tuple[str, Any], ...]:
    rows: list[tuple[str, Any]] = [("as_of", "2026-11-24T12:00:00+00:00"), ("left", units)]
    return tuple([*rows, ("sold_out", True)] if sold_out else rows)


_MOVED = {"status": "postponed", "previous_start": date(2026, 11, 27)}
MOMENTS: Mapping[str, Mapping[str, Moment]] = {
    "event": {
        "announced": Moment("2026-11-10T12:00"),
        "early_access": Moment("2026-11-19T12:00"),
        "open": Moment("2026-11-24T12:00", facts=_left(("seat", 12))),
        "sold_out": Moment("2026-11-24T12:00", facts=_left(("seat", 0), ("stream", 0), sold_out=True)),
        "closed": Moment("2026-12-04T13:00"),
        "postponed": Moment("2026-11-24T12:00", _MOVED),
        "cancelled": Moment("2026-11-24T12:00", {"status": "cancelled"}),
        "past": Moment("2026-12-05T12:00"),
    },
    "drop": {
        "announced": Moment("2026-11-24T12:00"),
        "early_access": Moment("2026-12-06T12:00"),
        "open": Moment("2026-12-07T12:00", facts=_left(("lamp", 31))),
        "sold_out": Moment("2026-12-07T12:00", facts=_left(("lamp", 0), sold_out=True)),
        "closed": Moment("2026-12-14T12:00"),
        "postponed": Moment("2026-11-24T12:00", {"status": "postponed"}),
        "cancelled": Moment("2026-11-24T12:00", {"status": "cancelled"}),
    },
}
"""Kind → state → when the season's entry is in it. A kind without states is not here."""

_PICTURES: Mapping[str, tuple[str, int, int]] = {
    "bench.jpg": ("events/salon-to-stream/bench.jpg", 1600, 1067),
    "reading.jpg": ("drops/lamp-no-3/reading.jpg", 1200, 1500),
    "house.jpg": ("hosts/casa-lume/house.jpg", 1600, 1067),
}
SLUGS: Mapping[str, str] = {"event": "salon-to-stream", "drop": "lamp-no-3", "host": "casa-lume", "page": "about"}
"""Kind → slug of the season's entry."""


class Look(NamedTuple):
    """How an entry is to be shown."""

    lang: str = "en"
    text: str = "usual"
    """One of TEXTS."""
    picture: bool = True


class Season:
    """The season in one theme. Pages are made when asked for; the same arguments give the same page.

    All methods raise ProblemsFound where a template is wrong, and KeyError for what is not in the season.
    """

    def __init__(
        self, theme: Theme, settings: Mapping[str, Any] | None = None, *, before: Season | None = None
    ) -> None:
        """`settings`: those of the theme, by default its defaults. From `before`, the season of the same theme a moment
        ago, what is compiled of templates that are still the same is taken over."""
        self.theme = theme
        self.config = _config(theme)
        chosen, _ = theme.choose(settings or {}, lambda key, what, fix: Problem("", 0, 0, what, fix))
        options = Options(root=FOLDER, public=FOLDER, private=FOLDER, at=0.0)
        self.project = Project(
            root=FOLDER, options=options, config=self.config, theme=theme, settings=chosen,
            content=Content({}, {}, {}, {}, frozenset(), []), found={}, facts={},
        )  # fmt: skip
        words = {lang: self.project.strings(lang) for lang in self.config.languages}
        self.project.templates = Templates(
            theme, words, base_path=self.config.base_path, base_url=self.config.base_url,
            before=before.project.templates if before is not None else None,
        )  # fmt: skip
        self.press = Press(self.project, options)
        self._workshop = Workshop(self.project, options)

    @property
    def languages(self) -> tuple[str, ...]:
        return self.config.languages

    def strings(self, lang: str) -> Strings:
        return self.project.strings(lang)

    # ---- entries

    def entry(self, kind: str, state: str, look: Look, *, badge: str = "") -> Made:
        """Every output of the kind's entry in a state and one language: its page, its e-mails, its .ics."""
        return self._made(kind, state, [look], badge)

    def _made(self, kind: str, state: str, looks: Sequence[Look], badge: str = "") -> Made:
        """The same in several languages, all of the first look's text."""
        look = looks[0]
        unit, entries, bodies = self._read(kind, look)
        moment = _moment(kind, state)
        entries = {lang: entry.model_copy(update=dict(moment.update)) for lang, entry in entries.items()}
        parsed = ParsedUnit(unit, entries, bodies, self._pictures(look), (), ())
        arounds = [self._around(kind, state, moment, each, badge) for each in looks]
        made = Made()
        payload = (plain(arounds), tuple(self._chrome(each.lang) for each in looks))
        for _ in self.press.entry(made, parsed, payload):
            pass  # step by step
        return made

    def page(self, kind: str, state: str, look: Look, *, badge: str = "") -> str:
        """The page of the kind's entry in a state."""
        return _html(self.entry(kind, state, look, badge=badge))

    def _around(self, kind: str, state: str, moment: Moment, look: Look, badge: str) -> Surroundings:
        host = self._card("host", "", look)
        series = None
        if kind in ("event", "drop"):
            event, drop = self._card("event", "open", look), self._card("drop", "open", look)
            series = Series("lamps", "Lamps", 3, event if kind == "drop" else None, drop if kind == "event" else None)
        return Surroundings(
            lang=look.lang,
            state=state,
            facts=moment.facts,
            host=host if kind == "event" else None,
            pickup=(host,) if kind == "drop" else (),
            series=series,
            related=(self._listed("event", "open", look), self._listed("event", "sold_out", look))
            if kind == "host"
            else (),
            urls=tuple((lang, self._card(kind, state, look._replace(lang=lang)).url) for lang in self.languages),
            hrefs=(("hosts/casa-lume", host.url, host.title),),
            badge=badge,
        )

    def _card(self, kind: str, state: str, look: Look) -> Card:
        unit, entries, _ = self._read(kind, look)
        entry = entries[look.lang].model_copy(update=dict(_moment(kind, state).update))
        card = self._workshop.card(unit, entry, look.lang, state, self._pictures(look))
        mark = "-".join(part for part in (state, look.text, "" if look.picture else "bare") if part)
        return card._replace(id=f"{card.id}-{mark}")  # a presenter remembers cards by id

    def _listed(self, kind: str, state: str, look: Look) -> Card:
        """The card as a list shows it: its link names the state, which all of them would else lose on the way."""
        card = self._card(kind, state, look)
        return card._replace(url=f"{card.url}#{state}") if state not in ("", "open") else card

    def _read(self, kind: str, look: Look) -> tuple[Unit, dict[str, Entry], dict[str, Body]]:
        unit, entries, bodies = _season(kind, look.text, self.config)
        if not look.picture:
            entries = {lang: entry.model_copy(update={"images": ()}) for lang, entry in entries.items()}
        return unit, entries, bodies

    def _pictures(self, look: Look) -> dict[str, Picture]:
        if not look.picture:
            return {}
        found = {}
        for name, (_, width, height) in _PICTURES.items():
            url = f"/media/{name}"
            found[name] = Picture(
                url, width, height, (), f"{url} {width}w", url, 1200, round(1200 * height / width), ""
            )
        return found

    def _chrome(self, lang: str) -> tuple[Any, ...]:
        prefix = "" if lang == self.languages[0] else f"/{lang}"
        menu = [
            (self.project.section_title(kind.kind, lang), f"{prefix}/{kind.section}/")
            for kind in KINDS
            if kind.kind in LISTED
        ]
        about = self._card("page", "", Look(lang))
        return ((*menu, (about.link_title or about.title, about.url)), True)

    # ---- lists, and pages of the whole site

    def home(self, look: Look, *, empty: bool = False) -> str:
        """Home: what is open of each kind; or with nothing planned."""
        prefix = self._prefix(look)
        sections = []
        for kind in () if empty else LISTED:
            title = self.project.section_title(kind, look.lang)
            sections.append((kind, title, f"{prefix}/{SECTION_OF[kind]}/", self._current(kind, look), ()))
        made = Made()
        values = (look.lang, f"{prefix}/", self._everywhere("/"), sections, None, self._chrome(look.lang))
        self.press.home(made, None, plain(values))
        return _html(made)

    def list(self, kind: str, look: Look, *, empty: bool = False) -> str:
        """The list of a kind: what is to come, what is over; or with nothing planned."""
        current, past = ((), ()) if empty else (self._current(kind, look), self._past(kind, look))
        title = self.project.section_title(kind, look.lang)
        return self._listing("list", kind, title, f"/{SECTION_OF[kind]}/", current, past, look)

    def series(self, look: Look) -> str:
        """The page of a series."""
        cards = (self._listed("event", "past", look), self._listed("drop", "open", look))
        return self._listing("series", "", "Lamps", "/series/lamps/", cards, (), look)

    def tag(self, look: Look) -> str:
        """The page of a tag."""
        cards = (self._listed("event", "open", look), self._listed("event", "sold_out", look))
        title = self.project.tag_title("light", look.lang)
        return self._listing("list", "", title, "/tags/light/", cards, (self._listed("event", "past", look),), look)

    def _listing(
        self,
        template: str,
        of: str,
        title: str,
        url: str,
        current: tuple[Card, ...],
        past: tuple[Card, ...],
        look: Look,
    ) -> str:
        made = Made()
        where = self._prefix(look) + url
        values = (
            look.lang, template, of, title, where, self._everywhere(url), current, past, 1,
            f"{where}2/" if past else "", "", (), self._chrome(look.lang),
        )  # fmt: skip
        self.press.listing(made, None, plain(values))
        return _html(made)

    def _current(self, kind: str, look: Look) -> tuple[Card, ...]:
        over = [state for state in MOMENTS.get(kind, {}) if TONES[state] == "over"]
        states = [state for state in MOMENTS.get(kind, {"": None}) if state not in over]
        return tuple(self._listed(kind, state, look) for state in states)

    def _past(self, kind: str, look: Look) -> tuple[Card, ...]:
        states = [state for state in MOMENTS.get(kind, {}) if TONES[state] == "over"]
        return tuple(self._listed(kind, state, look) for state in states)

    def fixed(self, name: str, look: Look) -> str:
        """`privacy`, or one of outputs.MESSAGES."""
        if name != "privacy" and name not in MESSAGES:
            raise KeyError(name)
        made = Made()
        asked = ((("first_name", ""),), ("marketing",)) if name == "privacy" else ()
        url = f"/{name}/"
        values = (look.lang, name, self._prefix(look) + url, self._everywhere(url), asked, self._chrome(look.lang))
        self.press.fixed(made, None, values)
        return _html(made)

    def _prefix(self, look: Look) -> str:
        return "" if look.lang == self.languages[0] else f"/{look.lang}"

    def _everywhere(self, url: str) -> tuple[tuple[str, str], ...]:
        return tuple((lang, url if lang == self.languages[0] else f"/{lang}{url}") for lang in self.languages)

    # ---- answers

    def cases(self, answer: str) -> tuple[str, ...]:
        """The states of an answer: those of the theme's samples, and of `message` whatever the functions can say."""
        return (*self.theme.samples.answers.get(answer, {}), *(self._sayings if answer == "message" else ()))

    @cached_property
    def _sayings(self) -> tuple[str, ...]:
        words = self.strings(self.languages[0]).words
        return tuple(key.split(".")[2] for key in words if key.startswith("answer.say.") and key.count(".") == 3
                     and key.endswith(".title"))  # fmt: skip

    def answer(self, name: str, case: str, look: Look) -> str:
        """An answer page of the functions, filled. Raises FillError where the samples lack what the page asks for."""
        if case not in self.cases(name):
            raise KeyError(case)
        values = self.theme.samples.answers.get(name, {}).get(case)
        if values is None:
            values = self._saying(case, look)
        fragments = {}
        if name == "gate":
            unit, entries, bodies = self._read("event", look)
            parsed = ParsedUnit(unit, entries, bodies, self._pictures(look), (), ())
            gate = self.press.mailroom.gate(parsed, self._around("event", "open", _moment("event", "open"), look, ""))
            if gate is not None:
                fragments = {"gate": {"html": gate["html"], "text": gate["text"]}}
        return fill_answer(self._answers(look.lang)[name], values, fragments=fragments)  # type: ignore[arg-type]

    def _saying(self, case: str, look: Look) -> dict[str, Any]:
        """What the functions say in a message, as far as the theme has words for it."""
        strings = self.strings(look.lang)
        key = f"answer.say.{case}"
        values: dict[str, Any] = {
            "title": strings.t(f"{key}.title"),
            "paragraphs": [{"text": strings.t(f"{key}.text")}],
            "links": [{"url": f"{self.config.base_path}{self._prefix(look)}/", "text": self.config.name}],
        }
        if strings.has(f"{key}.button"):
            values |= {"action_url": "/api/subscribe", "button": strings.t(f"{key}.button"), "hidden": []}
        return values

    def _answers(self, lang: str) -> Mapping[str, Answer]:
        found = self._answer_pages.get(lang)
        if found is None:
            chrome = Chrome(*self._chrome(lang))
            form = self.press.presenter(lang).forms.of_site(chrome, lambda words: Shelf().put("wordings", words))
            found = self._answer_pages[lang] = dict(self.press.mailroom.answers(lang, chrome, form))
        return found

    @cached_property
    def _answer_pages(self) -> dict[str, Mapping[str, Answer]]:
        return {}

    # ---- files

    def catalog(self) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """(path → bytes of a catalog of the season, ids of its entries): what the functions would read."""
        files: dict[str, bytes] = {}
        ids = []
        for kind in (kind.kind for kind in KINDS):
            state = "open" if kind in MOMENTS else ""
            files |= dict(self._made(kind, state, [Look(lang) for lang in self.languages]).private)
            ids.append(_season(kind, "usual", self.config)[1][self.languages[0]].id)
        made = Made()
        self.press.catalog(made, None, (tuple((lang, self._chrome(lang)) for lang in self.languages),))
        return files | dict(made.private), ("site", *ids)

    def asset(self, path: str) -> bytes | None:
        """A file below the season's public root: an asset of the theme, a picture, a calendar or a feed."""
        if path.startswith("media/"):
            found = _PICTURES.get(path.removeprefix("media/"))
            return None if found is None else (shipped("content") / found[0]).read_bytes()
        if path.endswith((".ics", ".xml")):
            return self._feeds().get(path)
        for file in self.theme.files("assets"):
            made = self.theme.asset(file.path.removeprefix("assets/"))
            if made is not None and made[0] == path:
                return made[1]
        return None

    def _feeds(self) -> dict[str, bytes]:
        """Path → bytes of what calendars and readers of feeds are given, in every language."""
        made = self._made("event", "open", [Look(lang) for lang in self.languages])
        for lang in self.languages:
            look = Look(lang)
            event, host = self._card("event", "open", look), self._card("host", "", look)
            self.press.calendar(made, None, plain((lang, [(event, 0, 0, host, ("", "", ""))])))
            self.press.feed(made, None, plain((lang, [event, self._card("drop", "open", look)])))
        return {path: data for path, data in made.public if path.endswith((".ics", ".xml"))}


def _config(theme: Theme) -> SiteConfig:
    known = {*theme.languages(), "en", ARABIC}
    languages = ["en", *sorted(known - {"en", ARABIC}), ARABIC]
    data = (FOLDER / "site.yaml").read_bytes()
    config, problems = load_config(Source("site.yaml", data, digest(data)), {"HANDBILL_LANGUAGES": ",".join(languages)})
    if config is None:
        raise ProblemsFound(problems)
    return config.model_copy(update={"theme": theme.name})


@cache
def _file(name: str) -> Source:
    data = (FOLDER / name).read_bytes()
    return Source(f"season/{name}", data, digest(data))


def _season(kind: str, text: str, config: SiteConfig) -> tuple[Unit, dict[str, Entry], dict[str, Body]]:
    """The season's entry of a kind in every language: in Arabic its own words, in others English ones."""
    key = (kind, text, config.languages)
    if key not in _READ:
        of = next(each for each in KINDS if each.kind == kind)
        main = _file(f"{kind}.md")
        parsed = read_entry(main, of, config=config, slug=SLUGS[kind])
        assert parsed.entry is not None, parsed.problems
        body, _ = parse(parsed.body, path=main.path, line=parsed.body_line)
        entries, bodies = {}, {}
        for lang in config.languages:
            variant = ARABIC if lang == ARABIC else "long" if text == "long" else ""
            entries[lang], bodies[lang] = parsed.entry, body
            if variant:
                other = _file(f"{kind}.{variant}.md")
                words = read_translation(other, lang, parsed.entry, config)
                assert words.words is not None, words.problems
                entries[lang] = apply(parsed.entry, words.words)
                bodies[lang], _ = parse(words.body, path=other.path, line=words.body_line)
        unit = Unit(main.path, of.section, SLUGS[kind], "season", False)
        _READ[key] = (unit, entries, bodies)
    return _READ[key]


_READ: dict[tuple[str, str, tuple[str, ...]], tuple[Unit, dict[str, Entry], dict[str, Body]]] = {}
"""What was read of the package's own files, which do not change while it runs."""


def _moment(kind: str, state: str) -> Moment:
    """When the season's entry is in a state. Raises KeyError for a state that it has no moment of."""
    if not state and kind not in MOMENTS:
        return Moment("2026-11-24T12:00")
    return MOMENTS[kind][state]


def instant(moment: Moment) -> datetime:
    return datetime.fromisoformat(moment.at).replace(tzinfo=UTC)


def _html(made: Made) -> str:
    return next(data.decode() for path, data in made.public if path.endswith(".html"))
