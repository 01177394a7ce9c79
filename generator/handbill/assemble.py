"""The build, from the inside, stage by stage: read, link, plan, compare, render, write.

Each stage is one call, in the order in which they must happen. Problems of reading, linking and planning are raised
together, before anything is rendered; an entry that could not be read is left out until then, and what follows from its
being left out is no problem. Nothing has been written. Parsing and rendering are done by a Crew of Workshops.
"""

from __future__ import annotations

import gc
import marshal
import os
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from handbill.cache import Done, Manifest, Memory, Outputs, Row, Rows, load, save
from handbill.content.gather import Stat, input_stat, stat_of
from handbill.crew import Crew, problem_tuple, sensible_size
from handbill.digest import digest
from handbill.errors import MachineError, Problem, ProblemsFound
from handbill.model import card_of
from handbill.options import SETTLED_NS, Options, Report, inputs
from handbill.plan import Order, Plan, plan, replan
from handbill.project import Project, open_project
from handbill.session import Session
from handbill.site import Moment, Site, again, link
from handbill.workshop import Workshop
from handbill.writer import STAGE, clear_blocked, make_folders, refuse_blocked, remove, sweep_stage, undisturbed

IMMUTABLE = tuple(f"{folder}/" for folder in ("wordings", "programs", "emails", "gates"))
"""Folders of the catalog whose files stay for ever: proofs of consent and e-mails that wait name them."""

SOME, FEW = 100, 4
"""How many texts a member takes at a time, and how many orders of the whole site."""

Progress = Callable[[str, int, int], None]


def assemble(
    options: Options,
    session: Session,
    manifest: Manifest | None,
    stamp: int,
    found: dict[str, Stat],
    problems: list[Problem],
    progress: Progress | None,
    stands: Callable[[], bool],
) -> Report:
    """Builds, given what was found and what is remembered, and what tells whether the outputs stand as the manifest has
    them. See `handbill.build.build` for the promise."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    gc.enable()
    try:
        return _Assembly(options, session, manifest, stamp, found, problems, progress, stands).run()
    finally:
        gc.unfreeze()
        gc.set_threshold(700, 10, 10)


class _Last(NamedTuple):
    """The last build."""

    manifest: Manifest
    memory: Memory


class _Assembly:
    """One build on its way: what its stages share."""

    def __init__(
        self,
        options: Options,
        session: Session,
        manifest: Manifest | None,
        stamp: int,
        found: dict[str, Stat],
        problems: list[Problem],
        progress: Progress | None,
        stands: Callable[[], bool],
    ) -> None:
        self.options, self.session, self.engine = options, session, session.engine
        self.stamp, self.found = stamp, found
        self.problems, self.progress, self.stands = problems, progress, stands
        self.project = open_project(
            options, found, problems, before=session.project, same_theme=session.same_theme(found)
        )
        session.opened(self.project, stamp)
        comparable = manifest is not None and (manifest.engine, manifest.options) == (self.engine, options.shaping())
        memory = session.memory(options.manifest) if comparable and not options.clean else None
        self.trusted = None if manifest is None or memory is None else _Last(manifest, memory)
        """The last build, where this one can be compared with it."""
        self.digests = _Digests(self.project.root, found, self.trusted, stamp)
        self.workshop = Workshop(self.project, options, session.press_for(self.project))
        self.theme_problems: list[Problem] = []
        self.dealt: dict[str, int] = {}
        """Unit → the member of the crew that parsed it."""
        self.rows = Rows.of({})
        """Of all units, once they are planned."""
        self.replanned = False
        """Whether all but some entries was left as it was planned the last time."""

    def run(self) -> Report:
        project, trusted, options = self.project, self.trusted, self.options
        fresh = _to_parse(project, trusted, self.digests, options)
        recalled = _recall_templates(project, self.engine)
        redo = fresh if trusted is not None and trusted.memory.shared["chrome"] == project.chrome else project.units
        with Crew(self.workshop, sensible_size(len(redo), options.jobs)) as crew:
            try:
                made = _parse(crew, fresh, self.problems, self.dealt, self.progress, meanwhile=self._look_at_theme)
                crew.tell("keep", None)
                site, planned = self._replan(made, fresh) or self._plan(made, fresh)
                self.problems += planned.problems
                _raise_if_wrong(self.problems, options.strict)
                todo = _compare(planned, trusted, options, self.stands)
                if not recalled:
                    crew.tell("learn", project.templates.keep(""))
                report = self._render_and_write(crew, made, site, planned, todo)
            finally:
                self.workshop.keep(None)
        if todo:
            self.session.press = self.workshop.press
        if not recalled:
            with suppress(OSError):
                save(options.cache / "templates", project.templates.keep(self.engine))
        return report

    def _look_at_theme(self) -> None:
        self.theme_problems = _check_theme(self.project, self.trusted)
        self.problems += self.theme_problems

    def _plan(self, made: dict[str, Row], fresh: list[str]) -> tuple[Site, Plan]:
        """Links and plans everything."""
        project, options, anew = self.project, self.options, set(fresh)
        known = self.trusted.memory.rows if self.trusted else Rows.of({})
        rows = known.changed(made).only(path for path in project.units if path in made or path not in anew)
        self.problems += [Problem(*each) for path, row in rows.items() if path not in anew for each in row.warnings]
        self.rows = rows
        moment = Moment(options.at, options.drafts, options.future, options.expired)
        site = link(rows.values(), moment, project.unread(rows))
        self.problems += [_placed(project, problem) for problem in site.problems]
        if any(problem.level == "error" for problem in self.theme_problems):
            raise ProblemsFound(self.problems)  # without its templates nothing can be planned
        return site, plan(site, project, options)

    def _replan(self, made: dict[str, Row], fresh: list[str]) -> tuple[Site, Plan] | None:
        """The site and the plan where some entries changed and others show the same of them: their own orders, beside
        the last build's. None where more than that may have changed; then everything is planned."""
        trusted, options, project = self.trusted, self.options, self.project
        if (
            trusted is None
            or not trusted.memory.site
            or len(made) != len(fresh)
            or self.found.keys() != trusted.manifest.scan.keys()
            or not trusted.manifest.window[0] <= options.at < trusted.manifest.window[1]
            or trusted.manifest.facts != options.facts_digest
            or trusted.memory.shared != {**trusted.memory.shared, **self._shared()}
            or not all(job[0] for job in trusted.memory.jobs.values())
        ):
            return None
        private = {*project.home_units, *(index.path for index in project.content.indexes.values())}
        theirs: set[str] = set()
        for unit, now in made.items():
            before = trusted.memory.rows.get(unit)
            if (
                before is None
                or unit in private
                or before.face != now.face
                or [each[:2] for each in before.links] != [each[:2] for each in now.links]
                or _read(before) != _read(now)
            ):
                return None
            theirs.update(_read(now))
        theirs.difference_update(project.content.static.values())
        warned = {problem[0] for problem in trusted.memory.shared["plan"]}
        if warned & theirs or not self.digests.changed() <= theirs:
            return None
        if self.session.whole and not self.stands():
            return None
        for unit in trusted.memory.warned:
            if unit not in made:
                self.problems += [Problem(*warning) for warning in trusted.memory.rows[unit].warnings]
        self.rows, self.replanned = trusted.memory.rows.changed(made), True
        kept, chrome = marshal.loads(trusted.memory.site)  # noqa: S302 - primitives only
        site = again(kept, self.rows)
        redo = {f"entry:{unit}" for unit in made}
        planned = Plan(
            orders=replan(site, project, options, [unit for unit in fresh if unit in site.rows], chrome),
            pages=trusted.manifest.report[0],
            emails=trusted.manifest.report[1],
            problems=[Problem(*each) for each in trusted.memory.shared["plan"]],
            others=[name for name in trusted.memory.jobs if name not in redo],
        )
        return site, planned

    def _shared(self) -> dict[str, Any]:
        project = self.project
        return {"chrome": project.chrome, "parsing": project.parsing, "theme": project.theme_stamp}

    def _render_and_write(
        self, crew: Crew, made: dict[str, Row], site: Site, planned: Plan, todo: list[Order]
    ) -> Report:
        options, project, trusted, problems = self.options, self.project, self.trusted, self.problems
        before = trusted.memory.jobs if trusted is not None else {}
        redone = {order.name for order in todo}
        jobs: dict[str, Done] = {name: before[name] for name in planned.names() if name not in redone}
        problems += [Problem(*warning) for job in jobs.values() for warning in job[3]]
        try:
            for root in (options.public, options.private):
                root.mkdir(parents=True, exist_ok=True)
                sweep_stage(root)
            with suppress(OSError):
                options.private.chmod(0o700)
            own, common = _route(todo, crew.size, self.dealt)
            for _, done in crew.deal("render", common, FEW, own=own, meanwhile=lambda: self.workshop.keep(None)):
                for name, key, public, private, warnings in done:
                    jobs[name] = (key, tuple(public), tuple(private), tuple(warnings))
                    problems += [Problem(*item) for item in warnings]
            for order in todo:
                if self._overtaken(order):
                    jobs[order.name] = ("", *jobs[order.name][1:])  # no key is so: it is made again next time
            if self.progress:
                self.progress("made", len(todo), len(todo))
            if jobs.keys() != before.keys() or any(jobs[name][1] != before[name][1] for name in redone):
                _check_collisions(jobs, problems)
            _raise_if_wrong(problems, options.strict)
            folders = {folder for answer in crew.ask("folders", [None] * crew.size) for folder in answer}
            blocked = {folder for answer in crew.ask("blocked", [None] * crew.size) for folder in answer}
            ours, gone_public, gone_private = None, set[str](), set[str]()
            if not self._same_outputs(jobs, redone):
                ours = Outputs(options.manifest)
                public_now = {path for job in jobs.values() for path in job[1]}
                private_now = {path for job in jobs.values() for path in job[2] if path.startswith("entries/")}
                gone_public, gone_private = ours.public - public_now, ours.private - private_now
            if options.clean:
                gone_public |= _strays(options.public, public_now)
                strays = _strays(options.private, {path for job in jobs.values() for path in job[2]})
                gone_private |= {path for path in strays if not path.startswith(IMMUTABLE)}
            refuse_blocked(options.public, blocked, gone_public)
            with undisturbed():
                if ours is not None:
                    ours.write(ours.public | public_now, ours.private | private_now)
                self.session.forget(options.manifest)
                removed = remove(options.public, gone_public) + remove(options.private, gone_private)
                clear_blocked(blocked)
                make_folders(folders)
                others = [member > 0 for member in range(crew.size)]
                changed = sum(crew.ask("move", others))  # the index of the catalog is the parent's, and comes last
                changed += sum(crew.ask("move", [not turn for turn in others]))
                report = _report(options, project, site, planned, problems)
                report.changed, report.removed = changed, removed
                self._remember(made, site, planned, jobs, redone, report)
                if ours is not None:
                    ours.write(public_now, private_now)
        except OSError as error:
            crew.end(at_once=True)
            where = error.filename or options.public
            raise MachineError(
                f"Cannot write {where}: {error.strerror}. The last output stands. "
                "Mend the rights or free space, then run again."
            ) from error
        except BaseException:
            crew.end(at_once=True)
            raise
        finally:
            for root in (options.public, options.private):
                sweep_stage(root)
        return report

    def _overtaken(self, order: Order) -> bool:
        """True where a file that the order was made from was touched while we built. Which of its bytes went into the
        output nobody can tell then, also if it is soon as it was."""
        paths = [order.make()[1]] if order.kind == "static" else []
        if row := self.rows.get(order.unit):
            paths += [*row.sources, *(path for path, value in row.assets if value)]
        root = self.project.root
        return any(input_stat(f"{root}/{path}") != self.found.get(path) for path in paths)

    def _remember(
        self,
        made: dict[str, Row],
        site: Site,
        planned: Plan,
        jobs: dict[str, Done],
        redone: set[str],
        report: Report,
    ) -> None:
        """Keeps the manifest. Raises OSError."""
        options, trusted = self.options, self.trusted
        known, left = ({}, {}) if trusted is None else (trusted.manifest.outputs, trusted.manifest.shelves)
        same = self._same_outputs(jobs, redone)
        done = {name: jobs[name] for name in redone} if same else jobs
        anew = {path for name in redone for path in jobs[name][1] + jobs[name][2]}
        outputs = _stats(options.public, {path for job in done.values() for path in job[1]}, known, anew)
        shelves = _shelves(options.private, done, left, anew)
        if self.replanned and trusted is not None:
            memory = trusted.memory._replace(warned=_warned(trusted.memory.warned, made))
        else:
            memory = Memory(
                readers=_readers(self.rows.values()),
                warned=_warned((), self.rows),
                site=b"" if site.problems else marshal.dumps((site.keep(), planned.chrome)),
                shared={
                    **self._shared(),
                    "theme_warnings": [problem_tuple(problem) for problem in self.theme_problems],
                    "plan": [problem_tuple(problem) for problem in planned.problems],
                },
                digests={},
                jobs=jobs,
                rows=self.rows,
            )
        if trusted is not None and self._same_names(trusted, jobs):
            self.digests.changed()  # which reads whatever was touched
            self.digests.learn([pair for row in made.values() for pair in row.assets])
            _, _, _, _, *kept = trusted.memory
            memory = Memory._make([*memory[:4], *kept]).changed(
                {**self.digests.read(), **self.project.learnt}, {name: jobs[name] for name in redone}, made
            )
        else:
            self.digests.learn([pair for row in self.rows.values() for pair in row.assets])
            memory = memory._replace(digests={**self.digests.all(), **self.project.learnt})
        manifest = Manifest(
            engine=self.engine,
            options=options.shaping(),
            stamp=self.stamp,
            scan=self.found,
            window=site.window,
            facts=options.facts_digest,
            outputs={**known, **outputs} if same else outputs,
            shelves={**left, **shelves} if same else shelves,
            report=(
                report.pages, report.emails, report.entries, report.skipped, report.upcoming,
                [problem_tuple(problem) for problem in report.warnings], report.timezone,
            ),
        )  # fmt: skip
        self.session.keep(options.manifest, manifest, memory)

    def _same_outputs(self, jobs: dict[str, Done], redone: set[str]) -> bool:
        """True where the outputs have the names that they had, but for immutable ones."""
        if self.trusted is None or jobs.keys() != self.trusted.memory.jobs.keys():
            return False
        before = self.trusted.memory.jobs
        return all(before[name][1] == jobs[name][1] for name in redone) and all(
            [path for path in before[name][2] if not path.startswith(IMMUTABLE)]
            == [path for path in jobs[name][2] if not path.startswith(IMMUTABLE)]
            for name in redone
        )

    def _same_names(self, trusted: _Last, jobs: dict[str, Done]) -> bool:
        """True where files, units and jobs are those of the last build, so that what changed says all."""
        then = trusted.memory
        return (
            self.found.keys() == trusted.manifest.scan.keys()
            and self.rows.keys() == then.rows.keys()
            and jobs.keys() == then.jobs.keys()
        )


def _warned(before: Iterable[str], rows: Mapping[str, Row]) -> tuple[str, ...]:
    """See Memory."""
    return tuple(sorted({*before} - rows.keys() | {unit for unit, row in rows.items() if row.warnings}))


class _Digests:
    """Digest of any input file, read only where its stat cannot vouch for the one remembered."""

    def __init__(self, root: Path, found: dict[str, Stat], trusted: _Last | None, stamp: int) -> None:
        self._root, self._found, self._trusted = root, found, trusted
        self._read: dict[str, str] = {}
        self._changed: set[str] | None = None

    def __call__(self, path: str) -> str:
        value = self._read.get(path)
        if value is None:
            if path not in self._found:
                return ""
            if self._trusted is not None and self.vouched(path):
                return self._trusted.memory.digests[path]
            value = self._read[path] = digest((self._root / path).read_bytes())
        return value

    def vouched(self, path: str) -> bool:
        """True where the digest is known without reading: the file is as the last build read it."""
        trusted = self._trusted
        if trusted is None or path not in trusted.memory.digests:
            return False
        manifest, stat = trusted.manifest, self._found.get(path)
        return stat is not None and stat == manifest.scan.get(path) and stat[0] < manifest.stamp - SETTLED_NS

    def changed(self) -> set[str]:
        """Every file whose bytes are not known to be those of the last build."""
        if self._changed is None:
            self._changed = self._look()
        return self._changed

    def _look(self) -> set[str]:
        trusted = self._trusted
        if trusted is None:
            return set(self._found)
        settled = trusted.manifest.stamp - SETTLED_NS
        before, digests = trusted.manifest.scan.get, trusted.memory.digests
        touched = [path for path, stat in self._found.items() if stat != before(path) or stat[0] >= settled]
        return {path for path in touched if path not in digests or self(path) != digests[path]}

    def learn(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._read.update(pairs)

    def read(self) -> dict[str, str]:
        """Those that nobody vouched for."""
        return {path: value for path, value in self._read.items() if path in self._found}

    def all(self) -> dict[str, str]:
        known = self._trusted.memory.digests if self._trusted is not None else {}
        return {path: value for path, value in known.items() if self.vouched(path)} | self.read()


def _to_parse(project: Project, trusted: _Last | None, digests: _Digests, options: Options) -> list[str]:
    """The units whose rows parsing may not give again as they were."""
    if trusted is None or trusted.memory.shared["parsing"] != project.parsing:
        return list(project.units)
    if (
        trusted.manifest.scan.keys() == project.found.keys()
        and trusted.manifest.window[0] <= options.at < trusted.manifest.window[1]
        and trusted.manifest.facts == options.facts_digest
    ):
        changed = digests.changed()  # with the same files at the same moment, nothing else can make a difference
        stale = changed.union(*(trusted.memory.readers.get(path, ()) for path in changed))
        return [path for path in project.units if path in stale or path not in trusted.memory.rows]
    fresh: list[str] = []
    for path, unit in project.units.items():
        row = trusted.memory.rows.get(path)
        if (
            row is None
            or not row.state_from <= options.at < row.state_to
            or row.facts != project.facts_digest(row.id)
            or row.sources != tuple(unit.sources())
            or not (all(map(digests.vouched, row.sources)) or row.inputs == project.inputs(unit, digests))
            or not all(digests(asset) == value for asset, value in row.assets)
        ):
            fresh.append(path)
    return fresh


def _read(row: Row) -> list[str]:
    """Every file that a row follows from, or that would be preferred to one if it were there."""
    return [*row.sources, *(path for path, _ in row.assets)]


def _readers(rows: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    """See Manifest."""
    readers: dict[str, list[str]] = {}
    for row in rows:
        for path in _read(row):
            if path != row.unit:
                readers.setdefault(path, []).append(row.unit)
    return {path: tuple(units) for path, units in readers.items()}


def _check_theme(project: Project, trusted: _Last | None) -> list[Problem]:
    """What is wrong with the theme, looked for where it, the settings, the languages or our own code changed."""
    if trusted is not None and trusted.memory.shared["theme"] == project.theme_stamp:
        return [Problem(*warning) for warning in trusted.memory.shared["theme_warnings"]]
    from handbill.check.theme import check_theme

    found = check_theme(project.theme, project.templates, project.settings)
    problems = [problem for problem in found if problem.level != "advice"]
    if not any(problem.level == "error" for problem in problems):
        project.templates.compile_all()
    return problems


def _recall_templates(project: Project, engine: str) -> bool:
    """Takes compiled templates from the last build; False where there are none to take."""
    kept = load(project.options.cache / "templates")
    return kept is not None and len(kept) == 1 and project.templates.recall(kept[0], engine)


def _parse(
    crew: Crew,
    fresh: list[str],
    problems: list[Problem],
    dealt: dict[str, int],
    progress: Progress | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> dict[str, Row]:
    """Rows of the units that must be parsed. Problems of all of them are gathered, not raised. `dealt` is told which
    member has which."""
    rows: dict[str, Row] = {}
    done = 0
    for chunk in _chunks(fresh, 2000 if progress else len(fresh)):
        for member, (found_rows, found_problems) in crew.deal("parse", chunk, SOME, meanwhile=meanwhile):
            rows.update((plain[0], Row(*plain)) for plain in found_rows)
            dealt.update((plain[0], member) for plain in found_rows)
            problems += [Problem(*item) for item in found_problems]
        meanwhile = None
        done += len(chunk)
        if progress:
            progress("read", done, len(fresh))
    if meanwhile is not None:
        meanwhile()
    return rows


def _chunks(items: list[str], size: int) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), max(1, size))]


def _placed(project: Project, problem: Problem) -> Problem:
    """A problem that linking found names a key; its line is looked up only now that it is needed."""
    if problem.line != -1:
        return problem
    return project.locate(problem)


def _raise_if_wrong(problems: list[Problem], strict: bool) -> None:
    if strict:
        problems = [replace(problem, level="error") for problem in problems]
    if any(problem.level == "error" for problem in problems):
        raise ProblemsFound(problems)


def _compare(planned: Plan, trusted: _Last | None, options: Options, stands: Callable[[], bool]) -> list[Order]:
    """The orders whose values differ from those of the last build, or whose outputs are not as it left them."""
    if trusted is None:
        return list(planned.orders)
    if not planned.others and stands():
        keys = {name: done[0] for name, done in trusted.memory.jobs.items()}
        return [order for order in planned.orders if keys.get(order.name) != order.key]
    jobs, known, stat = trusted.memory.jobs, trusted.manifest.outputs, os.stat
    public, private, shelves = str(options.public), str(options.private), trusted.manifest.shelves

    @cache
    def moved(shelf: str) -> bool:
        return shelf in shelves and stat_of(f"{private}/{shelf}") != shelves[shelf]

    todo = []
    for order in planned.orders:
        before = jobs.get(order.name)
        if before is None or before[0] != order.key:
            todo.append(order)
            continue
        try:
            for path in before[1]:
                now = stat(f"{public}/{path}")
                if (now.st_mtime_ns, now.st_size, now.st_ino) != known.get(path):
                    raise FileNotFoundError(path)
        except OSError:
            todo.append(order)
            continue
        if any(moved(path) or moved(path.rpartition("/")[0]) for path in before[2]):
            todo.append(order)
    return todo


def _route(todo: list[Order], size: int, dealt: dict[str, int]) -> tuple[list[list[Any]], list[Any]]:
    """(orders of each member, orders that any of them may carry out).

    An order stays with the member that parsed its unit. The index of the catalog stays with the parent, which moves its
    files last.
    """
    own: list[list[Any]] = [[] for _ in range(size)]
    common: list[Any] = []
    for order in todo:
        member = 0 if order.kind == "catalog" or size == 1 else dealt.get(order.unit)
        (common if member is None else own[member]).append(order.primitives())
    return own, common


def _folded(path: str) -> str:
    """What a path is to a disk of macOS or Windows."""
    return unicodedata.normalize("NFC", path).casefold()


def _check_collisions(jobs: dict[str, Done], problems: list[Problem]) -> None:
    owner: dict[str, str] = {}
    alike: dict[str, str] = {}
    fix = "Rename one of them, or give it another `slug:` or `url:`."
    for name, (_, public, _, _) in jobs.items():
        for path in public:
            first = owner.setdefault(path, name)
            if first != name and not path.startswith(("media/", "assets/")):
                what = f"Two things want to be this file: {first} and {name}."
                problems.append(Problem(f"/{path}", 0, 0, what, fix))
            other = alike.setdefault(path if path.isascii() and path.islower() else _folded(path), path)
            if other != path:
                what = f"On disks that know no capitals, /{other} is the same file."
                problems.append(Problem(f"/{path}", 0, 0, what, fix))
    for folder in {path.rpartition("/")[0] for path in owner}:
        while folder:
            if folder in owner:
                inside = next(path for path in owner if path.startswith(f"{folder}/"))
                what = f"This is a file of {owner[folder]}, and a folder of {owner[inside]}."
                problems.append(Problem(f"/{folder}", 0, 0, what, fix))
            folder = folder.rpartition("/")[0]


def _strays(root: Path, wanted: set[str]) -> set[str]:
    """Every file below `root` that is not `wanted`, whoever put it there; not what is on its way."""
    top = len(str(root)) + 1
    strays: set[str] = set()
    for folder, folders, names in os.walk(root):
        if STAGE in folders:
            folders.remove(STAGE)
        below = f"{folder[top:]}/".replace(os.sep, "/").removeprefix("/")
        strays.update(below + name for name in names)
    return strays - wanted


def _stats(root: Path, paths: set[str], known: dict[str, Stat], anew: set[str]) -> dict[str, Stat]:
    """Stat of every output, to see next time that they stand as they were left; that of `known` where nothing was made
    anew."""
    stats = {path: stat for path, stat in known.items() if path in paths and path not in anew}
    for path in paths - stats.keys():
        if (now := stat_of(f"{root}/{path}")) is not None:
            stats[path] = now
    return stats


def _shelves(private: Path, jobs: dict[str, Done], known: dict[str, Stat], anew: set[str]) -> dict[str, Stat]:
    """Stat of what the functions read at its word, the index and the entries; and of the folders of immutable files.

    Those are five for each entry, too many to look at in a build with nothing to do. A file that goes, comes or is
    replaced moves its folder's time; who reads one that was altered in place finds that it is not what its name says.
    """
    paths = {path for job in jobs.values() for path in job[2]}
    named = {path for path in paths if path.startswith("entries/")}
    folders = {path.rpartition("/")[0] for path in paths - named}
    return _stats(private, named, known, anew) | _stats(private, {*folders - {""}, "index.json"}, {}, set())


def _report(options: Options, project: Project, site: Site, planned: Plan, problems: list[Problem]) -> Report:
    return Report(
        pages=planned.pages,
        emails=planned.emails,
        entries=len(site.rows),
        at=options.at,
        timezone=project.config.timezone,
        skipped=[(skip.unit, skip.id, skip.title, skip.reason, skip.instant) for skip in site.skipped],
        upcoming=site.upcoming[:5],
        warnings=sorted(problem for problem in set(problems) if problem.level == "warning"),
    )


def look(options: Options) -> tuple[Project, Workshop, Site]:
    """Everything read and linked at the moment of `options`, nothing written. Raises ProblemsFound as a build would."""
    problems: list[Problem] = []
    found = inputs(options, problems)
    project = open_project(options, found, problems)
    workshop = Workshop(project, options)
    with Crew(workshop, 1) as crew:
        rows = _parse(crew, list(project.units), problems, {})
        workshop.keep(None)
    moment = Moment(options.at, options.drafts, options.future, options.expired)
    site = link((rows[path] for path in project.units if path in rows), moment, project.unread(rows))
    _raise_if_wrong(problems + [_placed(project, problem) for problem in site.problems], strict=False)
    return project, workshop, site


def survey(options: Options, which: str) -> tuple[ZoneInfo, list[dict[str, Any]]]:
    """(the site's zone, a row for each entry that `which` asks for): drafts, future, expired, published or all."""
    project, _, site = look(options)
    listed: list[dict[str, Any]] = [
        {"status": "published", "id": row.id, "title": card_of(row.cards[0]).title, "path": row.unit, "instant": None}
        for row in site.rows.values()
    ]
    listed += [
        {"status": skip.reason, "id": skip.id, "title": skip.title, "path": skip.unit, "instant": skip.instant}
        for skip in site.skipped
    ]
    wanted = {"drafts": "draft"}.get(which, which)
    chosen = [row for row in listed if wanted in ("all", row["status"])]
    return ZoneInfo(project.config.timezone), sorted(chosen, key=lambda row: str(row["id"]))
