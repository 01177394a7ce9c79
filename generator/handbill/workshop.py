"""Where one entry is parsed and where outputs are made: the Worker that a Crew multiplies.

A Workshop keeps what it parsed, so that the process that read an entry also renders it, and nothing large travels. It
stages what it makes (see writer.py) and touches no output until told to move.
"""

from __future__ import annotations

import bisect
import marshal
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from handbill import outputs
from handbill.cache import Bodies, Row
from handbill.config import SiteConfig
from handbill.content.entry import Defaults, read_defaults, read_entry
from handbill.content.gather import Unit
from handbill.content.parsed import ParsedUnit
from handbill.content.translation import apply, read_translation
from handbill.crew import problem_tuple
from handbill.digest import digest
from handbill.errors import Problem, ProblemsFound
from handbill.kinds import Drop, Entry, Event, Host
from handbill.model import Body, Call, Card, Picture, Source, plain
from handbill.near import did_you_mean
from handbill.options import Options
from handbill.present import find_product, whole_day
from handbill.project import Project
from handbill.render.images import PICTURES, ImageProblem, Studio, tells_place
from handbill.render.markdown import PARSER_VERSION, parse
from handbill.render.parts import from_plain, to_plain
from handbill.slugs import slugify
from handbill.writer import Stage

AT_ONCE = 50
"""How many orders are made before what they made is written."""


@dataclass(slots=True)
class _Gathered:
    """What parsing one unit collects on the way."""

    unit: Unit
    entries: dict[str, Entry] = field(default_factory=dict)
    """By language, the first first; empty where the facts are wrong."""
    texts: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """Language → (path, Markdown, line on which it begins)."""
    bodies: dict[str, Body] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    assets: dict[str, str] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    links: list[tuple[str, str, int]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


class Workshop:
    """See the module. All public methods but `begin` are what a Crew calls: one primitive in, one out."""

    def __init__(self, project: Project, options: Options, press: outputs.Press | None = None) -> None:
        """`press` is one that was made for the same theme and settings; without one it is made when first used."""
        self.project = project
        self.options = options
        self.config = project.config
        self.bodies = Bodies(project.bodies)
        self._new_bodies: list[tuple[str, bytes]] = []
        self.studio = Studio(options.cache / "pictures")
        self._parsed: dict[str, ParsedUnit] = {}
        self._defaults: dict[str, Defaults] = {}
        self._public = Stage(options.public, "0")
        self._private = Stage(options.private, "0")
        self._press = press

    # ---- Worker

    def begin(self, member: int) -> None:
        self.bodies.close()
        self._public = Stage(self.options.public, str(member))
        self._private = Stage(self.options.private, str(member))

    def parse(self, paths: Sequence[str]) -> tuple[list[Any], list[Any]]:
        """(rows, problems) of the units at `paths`, all primitives."""
        rows, problems = [], []
        for gathered in self._parse([self.project.units[path] for path in paths]):
            told = [problem_tuple(each) for each in gathered.problems]
            if gathered.entries:
                row = self._row(gathered.unit, gathered.entries, gathered)
                rows.append(tuple(row._replace(warnings=tuple(told)) if told else row))
            problems += told
        return rows, problems

    def keep(self, _: None) -> None:
        """Keeps the bodies that were parsed, for builds to come. Nobody waits for it in this one."""
        self.bodies.put(self._new_bodies)
        self._new_bodies = []

    def learn(self, templates: bytes) -> None:
        """Takes the templates that another member has compiled."""
        self.project.templates.recall(templates, "")

    def render(self, orders: Sequence[Any]) -> list[Any]:
        """Carries out orders: stages what they make, and gives (name, key, public paths, private paths, problems)."""
        done: list[Any] = []
        wrong: list[Problem] = []
        for start in range(0, len(orders), AT_ONCE):
            some = orders[start : start + AT_ONCE]
            made = [outputs.Made() for _ in some]
            _in_step([self._carry_out(order, each, wrong) for order, each in zip(some, made, strict=True)])
            for (name, _, _, _, key), each in zip(some, made, strict=True):
                public = [path for path, _ in each.public] + [path for path, _ in each.copies]
                told = [problem_tuple(problem) for problem in each.problems]
                done.append((name, key, public, [path for path, _ in each.private], told))
            for each in made:
                self._stage(each)
        if wrong:
            raise ProblemsFound(wrong)
        return done

    def _carry_out(self, order: Any, made: outputs.Made, wrong: list[Problem]) -> Iterator[None]:
        _, kind, unit, payload, _ = order
        try:
            yield from getattr(self.press, kind)(made, self.parsed(unit) if unit else None, payload) or ()
        except ProblemsFound as error:
            wrong += error.problems

    def _stage(self, made: outputs.Made) -> None:
        for path, data in made.public:
            self._public.put(path, data)
        for path, data in made.private:
            self._private.put(path, data)
        for path, source in made.copies:
            self._public.copy(path, source)

    def folders(self, _: None) -> list[str]:
        return sorted(self._public.folders() | self._private.folders())

    def blocked(self, _: None) -> list[str]:
        return self._public.blocked

    def move(self, turn: bool) -> int:
        """Moves what this member staged, if it is its turn; gives how many files changed."""
        if not turn:
            return 0
        return self._public.move() + self._private.move()

    def drop(self, _: None) -> None:
        self._public.drop()
        self._private.drop()

    @property
    def press(self) -> outputs.Press:
        if self._press is None:
            self._press = outputs.Press(self.project, self.options)
        return self._press

    def parsed(self, path: str) -> ParsedUnit:
        """The unit, parsed now if this process has not. Its problems were told when its row was made."""
        found = self._parsed.get(path)
        if found is None:
            (gathered,) = self._parse([self.project.units[path]])
            if path not in self._parsed:
                raise ProblemsFound(gathered.problems)
            found = self._parsed[path]
        return found

    # ---- parsing units

    def _parse(self, units: Sequence[Unit]) -> list[_Gathered]:
        """What parsing the units gave. What can be rendered is kept."""
        gathered = [_Gathered(unit) for unit in units]
        _in_step([self._read_unit(each) for each in gathered])
        return gathered

    def _read_unit(self, out: _Gathered) -> Iterator[None]:
        self._read_entries(out)
        yield
        self._read_words(out)
        yield
        self._finish(out)

    def _read_entries(self, out: _Gathered) -> None:
        """The entry in each of its languages, with its text."""
        unit, first = out.unit, self.config.languages[0]
        source = self._read(unit.path, out)
        if source is None:
            return
        parsed = read_entry(
            source, self.project.kind_of(unit), config=self.config,
            defaults=[self._read_defaults(path, out) for path in unit.defaults], slug=unit.slug or "index",
        )  # fmt: skip
        out.problems += parsed.problems
        if parsed.entry is None:
            return
        out.entries[first] = parsed.entry
        out.texts[first] = (unit.path, parsed.body, parsed.body_line)
        for lang in self.config.languages[1:]:
            if lang not in unit.translations:
                continue
            other = self._read(unit.translations[lang], out)
            if other is None:
                continue
            translation = read_translation(other, lang, parsed.entry, self.config)
            out.problems += translation.problems
            if translation.words is None:
                continue
            out.entries[lang] = apply(parsed.entry, translation.words)
            out.texts[lang] = (other.path, translation.body, translation.body_line)

    def _read_words(self, out: _Gathered) -> None:
        """The words of each language, parsed."""
        unit, facts = out.unit, next(iter(out.entries.values()), None)
        listed = not unit.slug or unit.path in self.project.home_units  # home or a list: the site's form stands there
        formless = facts is not None and facts.signup is None and not listed
        for lang, (path, text, line) in out.texts.items():
            body = out.bodies[lang] = self._body(path, text, line, out)
            out.problems += _empty(path, out.entries[lang], body, formless=formless)
            if body.gate is not None and (listed or formless):
                what = "A gate belongs to an entry: nobody signs up for this page, so nobody would get these words."
                fix = "Move them into an entry, or out of the gate."
                if formless:
                    fix = "Write `signup: true`, or move the words out of the gate."
                out.problems.append(Problem(path, 0, 0, what, fix))
            self._look_through(unit, path, body, out)
        out.problems += _half_gated(out.texts, out.bodies)

    def _finish(self, out: _Gathered) -> None:
        """Pictures, and what is to be kept."""
        unit, entries = out.unit, out.entries
        if not entries:
            return
        for number, image in enumerate(next(iter(entries.values())).images):
            self._picture(unit, image.src, number, out)
        for lang, entry in entries.items():
            if not entry.summary and out.bodies[lang].public.excerpt and entry.kind == "page":
                entries[lang] = entry.model_copy(update={"summary": out.bodies[lang].public.excerpt})
        if all(problem.level == "warning" for problem in out.problems):
            self._parsed[unit.path] = ParsedUnit(
                unit, entries, out.bodies, out.pictures, tuple(sorted(out.media.items())),
                tuple(sorted(out.files.items())),
            )  # fmt: skip

    def _read(self, path: str, out: _Gathered) -> Source | None:
        try:
            source = self.project.source(path)
        except OSError as error:
            out.problems.append(Problem(path, 0, 0, f"The file cannot be read: {error.strerror}.", "Mend its rights."))
            return None
        self.project.learnt[path] = source.digest
        return source

    def _read_defaults(self, path: str, out: _Gathered) -> Defaults:
        found = self._defaults.get(path)
        if found is None:
            found = self._defaults[path] = read_defaults(self.project.source(path))
        out.problems += found.problems
        return found

    def _body(self, path: str, text: str, line: int, out: _Gathered) -> Body:
        key = digest(PARSER_VERSION, path.rpartition("/")[2], str(line), str(self.config.html), text)
        kept = self.bodies.get(key)
        if kept is not None:
            out.problems += [Problem(path, *rest) for rest in kept[1]]
            return from_plain(kept[0])
        body, problems = parse(text, path=path, line=line, html=self.config.html, plain=False)
        out.problems += problems
        if not any(problem.level == "error" for problem in problems):
            rest = [problem_tuple(problem)[1:] for problem in problems]
            self._new_bodies.append((key, marshal.dumps((to_plain(body), rest))))
        return body

    def _look_through(self, unit: Unit, path: str, body: Body, out: _Gathered) -> None:
        """Pictures and links of a text."""
        for words in (body.public, body.gate):
            if words is None:
                continue
            for src, _, line in words.images:
                self._picture(unit, src, (path, line), out)
            for target, line in words.links:
                if "://" in target or target.startswith(("mailto:", "tel:", "#")):
                    continue
                out.links.append((path, target, line))
                joined = posixpath.normpath(posixpath.join(path.rpartition("/")[0], target.partition("#")[0]))
                if joined in self.project.content.assets:
                    self._file(path, line, joined, out, gated=words is body.gate)

    def _file(self, path: str, line: int, joined: str, out: _Gathered, *, gated: bool) -> None:
        """A file that a text links to: it will lie below the page, under its own name."""
        name = joined.rpartition("/")[2]
        known = out.files.setdefault(name, "")
        if known not in ("", joined):
            what = f"Two of the files that this entry links to are named {name}."
            out.problems.append(Problem(path, line, 0, what, "Rename one of them."))
        if gated and not known:
            what = f"The gate links to {name}, and whoever knows its address can fetch it without signing up."
            fix = "Let it be found elsewhere, or write what it says into the gate."
            out.problems.append(Problem(path, line, 0, what, fix, "warning"))
        picture = known != joined and joined.lower().endswith(PICTURES)
        if picture and tells_place((self.project.root / joined).read_bytes()):
            out.problems.append(outputs.placed_picture(joined))
        out.files[name] = joined
        out.assets[joined] = self.project.digest_of(joined)

    def _picture(self, unit: Unit, src: str, place: tuple[str, int] | int, out: _Gathered) -> None:
        """Makes a picture ready. `place` is where it is named: (path, line) of a text, or its number in `images`."""
        if src in out.pictures:
            return
        joined = f"content{src}" if src.startswith("/") else posixpath.normpath(posixpath.join(unit.folder, src))
        if src.startswith("/") and joined not in self.project.found:
            out.assets[joined] = ""  # not there: one that appears is preferred
            joined = f"content/static{src}"
        if joined not in self.project.found or not joined.startswith("content/"):
            what, fix = f"There is no picture {joined}.", self._near_picture(unit, src)
            out.problems.append(self._picture_problem(unit, place, what, fix))
            return
        value = self.project.digest_of(joined)
        out.assets[joined] = value
        try:
            made = self.studio.picture(self.project.root / joined, value, name=joined.removeprefix("content/"))
        except ImageProblem as problem:
            placed = self._picture_problem(unit, place, problem.what, problem.fix)
            out.problems.append(replace(placed, level=problem.level))
            return
        out.problems += [Problem(joined, 0, 0, what, fix, "warning") for what, fix in made.warnings]
        out.pictures[src] = made.picture
        out.media.update((path, str(file)) for path, file in made.files)

    def _near_picture(self, unit: Unit, src: str) -> str:
        from difflib import get_close_matches

        folder = unit.folder + "/"
        there = [path[len(folder) :] for path in self.project.content.assets if path.startswith(folder)]
        near = get_close_matches(src, there, 1, 0.6)
        return f"Did you mean {near[0]}?" if near else "Put the file there, or mend the name."

    def _picture_problem(self, unit: Unit, place: tuple[str, int] | int, what: str, fix: str) -> Problem:
        if isinstance(place, tuple):
            return Problem(place[0], place[1], 0, what, fix)
        return self.project.problem_in(unit, ("images", place, "src"), what, fix)

    # ---- the row

    def _row(self, unit: Unit, entries: Mapping[str, Entry], out: _Gathered) -> Row:
        """The row of a unit, so that others can be linked to it, also where its words are wrong."""
        entry = next(iter(entries.values()))
        index = unit.slug == "" and unit.path in {each.path for each in self.project.content.indexes.values()}
        facts = dict(self.project.facts_of(entry.id))
        at = datetime.fromtimestamp(self.options.at, UTC)
        state = entry.state(at, facts)
        moments = {moment.timestamp() for moment in entry.transitions()}
        for moment in (entry.publish_date, entry.expiry_date):
            if moment is not None:
                moments.add(self._seconds(moment, self.config.timezone))
        if (over := _over(entry)) is not None:
            moments.add(over)
        ordered = sorted(moments)
        place = bisect.bisect_right(ordered, self.options.at)
        cards = tuple(plain(self.card(unit, each, lang, state, out.pictures)) for lang, each in entries.items())
        zone = self.config.timezone
        inputs = self.project.inputs(unit, self.project.digest_of)
        assets, media = tuple(sorted(out.assets.items())), tuple(sorted(out.media.items()))
        row = Row(
            unit=unit.path,
            inputs=inputs,
            sources=tuple(unit.sources()),
            own=digest(inputs, repr(assets), repr(media), self.project.parsing),
            face="",
            id=f"index:{unit.section}" if index else entry.id,
            kind="index" if index else entry.kind,
            draft=entry.draft,
            publish=None if entry.publish_date is None else self._seconds(entry.publish_date, zone),
            expiry=None if entry.expiry_date is None else self._seconds(entry.expiry_date, zone),
            moments=tuple(ordered),
            state=state,
            state_from=ordered[place - 1] if place else float("-inf"),
            state_to=ordered[place] if place < len(ordered) else float("inf"),
            facts=self.project.facts_digest(entry.id),
            cards=cards,
            aliases=entry.aliases,
            refs=tuple(_refs(entry)),
            links=tuple(out.links),
            assets=assets,
            media=media,
            files=tuple(sorted(out.files.items())),
            warnings=(),
            extra=(
                int(entry.get("revision", 0)),
                self._stamp(entry),
                entry.menu,
                entry.robots,
                _asked(entries),
                entry.series,
                _shaped(entries) if unit.path in self.project.home_units else (),
                _in_calendars(entries),
            ),
        )
        shown = row._replace(inputs="", sources=(), own="", links=(), assets=(), media=(), files=())
        return row._replace(face=digest(repr(tuple(shown))))

    def _seconds(self, moment: date, zone: str) -> float:
        if isinstance(moment, datetime):
            return moment.timestamp()
        return datetime(moment.year, moment.month, moment.day, tzinfo=ZoneInfo(zone)).timestamp()

    def _stamp(self, entry: Entry) -> float:
        """When it last changed, as written; 0 when nobody wrote it. Never the clock, never the file's time."""
        moment = entry.lastmod or entry.publish_date or entry.date
        return 0.0 if moment is None else self._seconds(moment, self.config.timezone)

    def card(self, unit: Unit, entry: Entry, lang: str, state: str, pictures: Mapping[str, Picture]) -> Card:
        """What the rest of the site may know of an entry."""
        zone = entry.get("timezone") or self.config.timezone
        starts: float | None = None
        ends: float | None = None
        days = last = False
        if isinstance(entry, Event):
            starts = entry.start_instant.timestamp()
            days = last = whole_day(entry.starts)
            ends = entry.end_instant.timestamp() if days or entry.last_moment() is not None else None
        elif isinstance(entry, Drop):
            starts = None if entry.opens_at is None else self._seconds(entry.opens_at, zone)
            ends = None if entry.closing_instant is None else entry.closing_instant.timestamp()
            days, last = whole_day(entry.opens_at), whole_day(entry.closes_at)
        image = entry.images[0] if entry.images else None
        return Card(
            id=entry.id,
            kind=entry.kind,
            lang=lang,
            url=permalink(self.config, entry, lang, home=unit.path in self.project.home_units),
            title=entry.title,
            summary=entry.summary,
            link_title=entry.link_title,
            status=str(entry.get("status", "")),
            state=state,
            starts=starts,
            ends=ends,
            over=_over(entry),
            whole_day=days,
            last_day=last,
            zone=zone,
            place=_place(entry),
            host=f"hosts/{entry.host}" if isinstance(entry, Event) and entry.host else "",
            address=_address(entry),
            picture=pictures.get(image.src) if image else None,
            alt=image.alt if image else "",
            price=_lowest(entry),
            series=entry.series,
            chapter=entry.chapter,
            weight=entry.weight,
            date=self._stamp(entry) or _opened(entry, datetime.fromtimestamp(self.options.at, UTC)),
            tags=entry.tags,
            listed="noindex" not in entry.robots,
        )


def _in_step(works: list[Iterator[None]]) -> None:
    """Does the first step of each, then the second of each, until all are done: code that runs again at once is still
    near to the processor, and so it takes a fifth less time."""
    while works:
        works = [work for work in works if next(work, True) is None]


def permalink(config: SiteConfig, entry: Entry, lang: str, *, home: bool) -> str:
    """Site-relative URL of an entry's page, with the prefix of its language."""
    prefix = "" if lang == config.languages[0] else f"/{lang}"
    if home:
        return f"{prefix}/"
    if entry.url:
        return prefix + entry.url
    pattern = config.permalinks.get(entry.section)
    if not pattern:
        section = "" if entry.kind == "page" else f"/{entry.section}"
        return f"{prefix}{section}/{entry.slug}/"

    moment = entry.get("starts") or entry.get("opens_at") or entry.date
    values = {
        "section": entry.section,
        "slug": entry.slug,
        "title": slugify(entry.title),
        "series": slugify(entry.series),
        "locality": slugify(entry.get("locality", "")),
        "year": f"{moment:%Y}" if moment else "",
        "month": f"{moment:%m}" if moment else "",
        "day": f"{moment:%d}" if moment else "",
    }
    parts = [values.get(part[1:], "") if part.startswith(":") else part for part in pattern.strip("/").split("/")]
    return prefix + "/" + "/".join(part for part in parts if part) + "/"


def _empty(path: str, entry: Entry, body: Body, *, formless: bool) -> Iterator[Problem]:
    """Shortcodes that would print nothing: the price of a Sit where there is a Seat, the date of a page."""
    dated = isinstance(entry, Event) or entry.get("opens_at") is not None
    placed = isinstance(entry, (Event, Host)) or bool(entry.get("locality"))
    has = {"when": dated, "date": dated, "time": dated, "where": placed, "calendar": isinstance(entry, Event)}
    for words in (body.public, body.gate):
        for part in words.html if words is not None else ():
            if not isinstance(part, Call):
                continue
            if part.name in ("price", "stock") and part.args and find_product(entry, part.args[0]) is None:
                names = [product.name for product in entry.products]
                known = f"It has: {', '.join(names)}." if names else "It has none."
                what = f"The entry has no ticket, item or add-on '{part.args[0]}'."
                yield Problem(path, part.line, part.column, what, did_you_mean(part.args[0], names) + known)
            elif not has.get(part.name, True):
                what = f"This {entry.kind} has nothing for '{part.name}' to say."
                yield Problem(
                    path, part.line, part.column, what, "Write the words themselves, or remove it.", "warning"
                )
            elif part.name == "signup" and formless:
                what = "'signup' leads to a form, and this page has none."
                yield Problem(path, part.line, part.column, what, "Write `signup: true`, or remove it.")


def _half_gated(texts: Mapping[str, tuple[str, str, int]], bodies: Mapping[str, Body]) -> Iterator[Problem]:
    """Languages whose readers would get no gated words, where others do: a door code that never arrives."""
    gated = [lang for lang, body in bodies.items() if body.gate is not None]
    for lang in bodies if gated else ():
        if lang not in gated:
            what = f"{texts[gated[0]][0]} has a gate, and this has none: who signs up in '{lang}' gets less."
            fix = "Write the gate in this language too."
            yield Problem(texts[lang][0], 0, 0, what, fix, "warning")


def _lowest(entry: Entry) -> tuple[int, str, bool] | None:
    """What lists say of an entry's prices: of its tickets for the room, else for the stream; of its items."""
    offered = (*entry.get("tickets", ()), *entry.get("items", ()))
    rooms = [product for product in offered if not product.get("online", False)]
    prices = {product.price for product in (rooms or offered) if product.price is not None}
    if not prices:
        return None
    low = min(prices, key=lambda price: price.amount)
    return (low.amount, low.currency, len(prices) > 1)


def _opened(entry: Entry, at: datetime) -> float:
    """When sign-up opened, early access included, if that moment is written and behind us; else 0."""
    known = ("early_access", "open")
    opened = [step for step in entry.transitions() if step <= at and entry.state(step, {}) in known]
    return opened[-1].timestamp() if opened else 0.0


def _over(entry: Entry) -> float | None:
    """From here on an event or a drop lies behind us; None for what has no end, or waits for a new date."""
    if not isinstance(entry, (Event, Drop)) or entry.status == "postponed":
        return None
    end = entry.end_instant if isinstance(entry, Event) else entry.closing_instant
    return None if end is None else end.timestamp()


def _asked(entries: Mapping[str, Entry]) -> tuple[Any, ...] | None:
    """What the sign-up form asks: ((language, ((name, label), …)), …) and the purposes; None without a form."""
    first = next(iter(entries.values()))
    if first.signup is None:
        return None
    labels = tuple(
        (lang, tuple((item.name, item.label) for item in entry.signup.fields))
        for lang, entry in entries.items()
        if entry.signup is not None
    )
    return (labels, first.signup.consent)


def _shaped(entries: Mapping[str, Entry]) -> tuple[tuple[str, str], ...]:
    """Home's sign-up, which is the site's own form: (language, JSON of it). Empty where nobody wrote any."""
    written = [(lang, entry) for lang, entry in entries.items() if "signup" in entry.model_fields_set]
    return tuple((lang, entry.signup.model_dump_json() if entry.signup else "null") for lang, entry in written)


def _in_calendars(entries: Mapping[str, Entry]) -> tuple[tuple[str, tuple[str, str, str]], ...]:
    """Of an event, what the calendar of the site says beside its card: (language, (venue, online_url, organizer))."""
    return tuple(
        (lang, (entry.venue.model_dump_json() if entry.venue else "", entry.online_url, entry.organizer))
        for lang, entry in entries.items()
        if isinstance(entry, Event)
    )


def _refs(entry: Entry) -> list[tuple[tuple[str | int, ...], str]]:
    found: list[tuple[tuple[str | int, ...], str]] = []
    if isinstance(entry, Event) and entry.host:
        found.append((("host",), f"hosts/{entry.host}"))
    if isinstance(entry, Drop):
        found += [(("pickup", number), f"hosts/{slug}") for number, slug in enumerate(entry.pickup)]
    return found


def _place(entry: Entry) -> str:
    if isinstance(entry, Host):
        return entry.address.city
    if isinstance(entry, Event) and entry.venue is not None:
        city = entry.venue.address.city
        name = entry.venue.name
        return f"{name}, {city}" if name and city and city not in name else name or city
    if isinstance(entry, Drop):
        return entry.locality
    return ""


def _address(entry: Entry) -> tuple[tuple[str, str], ...]:
    if not isinstance(entry, Host):
        return ()
    return tuple((name, value) for name, value in entry.address.model_dump().items() if value)
