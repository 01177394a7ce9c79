"""A project, opened: its configuration, its theme, its files sorted out. All that a build knows before reading entries.

It also keeps the three digests that stand for what many outputs share: `parsing` (what the parsing of any entry depends
on beside its own files), `chrome` (what every page depends on), and a closure for each page template.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from handbill.config import SiteConfig, load_config
from handbill.content.gather import Content, Stat, Unit, sort_out
from handbill.digest import digest
from handbill.errors import Problem, ProblemsFound
from handbill.kinds import KINDS, Entry, Page
from handbill.model import Source
from handbill.near import did_you_mean
from handbill.options import Options, of_the_site, shipped
from handbill.slugs import slugify
from handbill.strings import Strings
from handbill.textfile import read_yaml
from handbill.theme import Theme, load_theme

if TYPE_CHECKING:
    from handbill.render.templates import Templates

SECTIONS: Mapping[str, type[Entry]] = {kind.section: kind for kind in KINDS}
HOME = ("content/pages/index.md", "content/pages/index/index.md")


@dataclass
class Project:
    """See the module. Made by `open_project`; nothing in it changes but `learnt`."""

    root: Path
    options: Options
    config: SiteConfig
    theme: Theme
    content: Content
    found: Mapping[str, Stat]
    facts: Mapping[str, Any]
    settings: Mapping[str, Any]
    learnt: dict[str, str] = field(default_factory=dict)
    """Digests of inputs that were read on the way."""
    earlier: Templates | None = field(default=None, repr=False)
    """Those of the theme a moment ago, to take over what is the same."""

    # ---- files

    @cached_property
    def units(self) -> dict[str, Unit]:
        """Every unit by path: entries, and the words above lists."""
        return {**self.content.units, **{unit.path: unit for unit in self.content.indexes.values()}}

    @cached_property
    def home_units(self) -> tuple[str, ...]:
        """The unit that gives home its words, if there is one."""
        return tuple(path for path in HOME if path in self.content.units)

    @property
    def home_words(self) -> Mapping[tuple[str, str], str]:
        """(e-mail, language or empty) → path, of the words that lie beside home's."""
        return self.content.units[self.home_units[0]].words if self.home_units else {}

    @property
    def bodies(self) -> Path:
        return self.options.cache / "bodies.sqlite"

    def kind_of(self, unit: Unit) -> type[Entry]:
        """The kind of a unit; the words above a list are a page's, whatever the list is of."""
        return SECTIONS[unit.section] if unit.slug else Page

    def source(self, path: str) -> Source:
        data = self._bytes(path)
        return Source(path, data, digest(data))

    def digest_of(self, path: str) -> str:
        value = self.learnt.get(path)
        if value is None:
            value = self.learnt[path] = digest(self._bytes(path))
        return value

    def _bytes(self, path: str) -> bytes:
        with open(f"{self.root}/{path}", "rb", buffering=0) as file:  # noqa: PTH123 - a Path costs more than the read
            return file.read()

    def unread(self, read: Container[str]) -> frozenset[str]:
        """Every id that those units have which could not be read as entries: by their names, and as written in them."""
        found: set[str] = set()
        for unit in self.content.units.values():
            if unit.path not in read:
                found.add(f"{unit.section}/{slugify(unit.slug)}")
                try:
                    text = self.source(unit.path).data.decode("utf-8", "replace")
                except OSError:
                    continue
                for key, value in re.findall(r"^(id|slug):[ \t]*[\"']?([^\s\"'#]+)", text, re.MULTILINE):
                    found.add(value if key == "id" else f"{unit.section}/{value}")
        return frozenset(found)

    def main_of(self, path: str) -> str:
        """The main file of the unit that `path` (a main file or a translation) belongs to."""
        if path in self.content.units:
            return path
        return self._translated.get(path, path)

    @cached_property
    def _translated(self) -> dict[str, str]:
        return {path: unit.path for unit in self.content.units.values() for path in unit.translations.values()}

    # ---- what many outputs share

    @cached_property
    def parsing(self) -> str:
        """Digest of what parsing depends on beside the files of a unit."""
        from handbill.render.markdown import PARSER_VERSION

        return digest(PARSER_VERSION, self._config_digest, repr(self.options.environ))

    @cached_property
    def chrome(self) -> str:
        """Digest of what every page depends on: configuration, theme's words, settings and style."""
        words = repr([(lang, sorted(texts.items())) for lang, texts in sorted(self.theme.words.items())])
        styles = [file.data for file in self.theme.styles]
        assets = [repr((file.path, digest(file.data))) for file in self.theme.files("assets")]
        tokens = [file.data for link in self.theme.chain if (file := link.files.get("tokens.json"))]
        return digest(
            self._config_digest, repr(self.options.environ), words, repr(sorted(self.settings.items())),
            *styles, *assets, *tokens,
        )  # fmt: skip

    @cached_property
    def _config_digest(self) -> str:
        return self.digest_of("content/site.yaml")

    @property
    def theme_digest(self) -> str:
        return self.theme.digest

    @cached_property
    def theme_stamp(self) -> str:
        """Stands for all that checking the theme looks at."""
        return digest(self.theme.digest, repr(sorted(self.settings.items())), repr(self.config.languages))

    def closure(self, name: str) -> str:
        """Digest of all templates that outputs of this name can use: a kind, `home`, `listing`, `answers`, …

        A page depends on the closure of its own template and on the part that prints pictures inside a text; an entry
        also on its e-mails. Asking for a digest of the whole folder each is used in keeps that true by construction.
        """
        return self._closures[name]

    @cached_property
    def _closures(self) -> dict[str, str]:
        def closure(name: str) -> str:
            return digest(*[self.templates.closure_digest(name, lang) for lang in self.config.languages])

        picture = closure("parts/picture.html")
        emails = digest(*[part for file in self.theme.files("emails") for part in (file.path, file.data)])
        pages = {
            name: digest(closure(f"pages/{name}.html"), picture)
            for name in ("home", "list", "series", "privacy", "message")
        }
        for kind in KINDS:
            page = closure(f"pages/{kind.kind}.html")
            pages[kind.kind] = digest(page, picture, emails, self._section_words(kind.section))
        answers = [file.path for file in self.theme.files("pages/answers", ".html")]
        home = [part for path in self.home_words.values() for part in (path, self.digest_of(path))]
        pages["answers"] = digest(*[closure(path) for path in answers], emails, self._section_words("pages"), *home)
        return pages

    def _section_words(self, section: str) -> str:
        """Digest of the e-mail words of a whole section."""
        mine = sorted((key, path) for key, path in self.content.section_words.items() if key[0] == section)
        return digest(*[part for key, path in mine for part in (repr(key), self.digest_of(path))])

    def inputs(self, unit: Unit, digest_of: Callable[[str], str]) -> str:
        """Digest of all texts that parsing a unit reads."""
        return digest(*[part for path in unit.sources() for part in (path, digest_of(path))])

    # ---- words and facts

    @cached_property
    def templates(self) -> Templates:
        from handbill.render.templates import Templates

        words = {lang: self.strings(lang) for lang in self.config.languages}
        config = self.config
        elsewhere = config.base_url if config.signup.action.startswith("http") else None
        return Templates(
            self.theme,
            words,
            base_path=config.base_path,
            base_url=config.base_url,
            answers=elsewhere,
            before=self.earlier,
        )

    def strings(self, lang: str) -> Strings:
        found = self._strings.get(lang)
        if found is None:
            from handbill.render.words import plural

            found = self._strings[lang] = self.theme.strings(lang, self.config.languages[0], plural)
        return found

    @cached_property
    def _strings(self) -> dict[str, Strings]:
        return {}

    def section_title(self, kind: str, lang: str) -> str:
        """The title of a kind's list: as site.yaml names it, else as the theme does."""
        section = next(each.section for each in KINDS if each.kind == kind)
        return self.config.section_title(section, lang) or self.strings(lang).t(f"kind.{kind}.many")

    def tag_title(self, tag: str, lang: str) -> str:
        return self.strings(lang).t("page.tag", name=self.config.tag_word(tag, lang))

    def email_count(self, kind: str) -> int:
        return len(next(each.emails for each in KINDS if each.kind == kind))

    def facts_of(self, entry_id: str) -> tuple[tuple[str, Any], ...]:
        """The facts given for one entry, as primitives in a fixed order."""
        facts = self.facts.get("entries", {}).get(entry_id)
        if not facts:
            return ()
        rows = dict(facts)
        rows.setdefault("as_of", self.facts.get("as_of") or self.facts.get("at") or "")
        if isinstance(rows.get("left"), dict):
            rows["left"] = tuple(sorted(rows["left"].items()))
        return tuple(sorted(rows.items()))

    def facts_digest(self, entry_id: str) -> str:
        facts = self.facts_of(entry_id)
        return digest(repr(facts)) if facts else ""

    def locate(self, problem: Problem) -> Problem:
        """A problem that linking found in front matter, now with its line: of the first key that is written there.

        The keys ride in `excerpt`. Where none of them is written, the whole file is meant.
        """
        import ast

        level: Literal["error", "warning"] = "warning" if problem.level == "warning" else "error"
        for place in ast.literal_eval(problem.excerpt):
            found = self.problem_in(self.units[problem.path], place, problem.what, problem.fix, level)
            if found.column:
                return found
        return replace(problem, line=0, excerpt="")

    def problem_in(
        self,
        unit: Unit,
        place: tuple[str | int, ...],
        what: str,
        fix: str,
        level: Literal["error", "warning"] = "error",
    ) -> Problem:
        """A problem of a unit's front matter, in its own file or in the `_defaults.yaml` that the value is from."""
        from handbill.content.entry import read_defaults
        from handbill.content.locate import problem_in

        return problem_in(
            self.source(unit.path), place, self.kind_of(unit), what, fix,
            defaults=[read_defaults(self.source(path)) for path in unit.defaults], level=level,
        )  # fmt: skip


def open_project(
    options: Options,
    found: dict[str, Stat],
    problems: list[Problem],
    *,
    before: Project | None = None,
    same_theme: bool = False,
) -> Project:
    """Reads site.yaml, the theme and the facts; sorts out the files of content/. Raises ProblemsFound for site.yaml,
    the theme or the facts being wrong, since nothing else can be judged without them.

    From `before`, the same project a moment ago, is taken over what cannot be another: where it has the `same_theme`,
    the theme and its templates.
    """
    config, warnings = read_config(options.root, options.environ)
    problems += warnings
    if before is not None and before.found.keys() == found.keys() and before.config.languages == config.languages:
        content = before.content
    else:
        content = sort_out(
            [path for path in found if path.startswith("content/")], sections=list(SECTIONS), languages=config.languages
        )
    problems += content.problems
    if before is not None and same_theme and before.theme.name == config.theme:
        theme = before.theme
    else:
        theme = load_theme(config.theme, search=theme_folders(options.root), asked=in_site(options.root, ("theme",)))
    problems += [problem for problem in theme.warnings if problem.level == "warning"]
    settings, wrong = choose_settings(options.root, theme, config)
    if wrong:
        raise ProblemsFound([*problems, *wrong])
    project = Project(
        root=options.root, options=options, config=config, theme=theme, content=content, found=found,
        facts=_facts(options), settings=settings, earlier=None if before is None else before.templates,
    )  # fmt: skip
    if before is not None and before.theme is theme and before.chrome == project.chrome:
        project.templates = before.templates
    return project


def theme_folders(root: Path) -> list[Path]:
    """Where the site in `root` looks for themes: its own, then those that come with handbill."""
    return [root / "themes", shipped("themes")]


def choose_settings(root: Path, theme: Theme, config: SiteConfig) -> tuple[dict[str, Any], list[Problem]]:
    """(the value of every setting of the theme, what is wrong with those that site.yaml gives)."""

    def place(key: str, what: str, fix: str) -> Problem:
        return in_site(root, ("settings", key), on="key")(what, fix)

    return theme.choose(config.settings, place)


def in_site(root: Path, place: tuple[str, ...], on: Literal["key", "value"] = "value") -> Callable[[str, str], Problem]:
    """Makes problems at a key of site.yaml, which is read once more for them alone."""

    def problem(what: str, fix: str) -> Problem:
        path = "content/site.yaml"
        return read_yaml(Source(path, (root / path).read_bytes(), "")).problem(place, what, fix, on=on)

    return problem


def read_config(root: Path, environ: tuple[tuple[str, str], ...]) -> tuple[SiteConfig, list[Problem]]:
    """site.yaml, with the HANDBILL_* variables laid over it. Raises ProblemsFound."""
    path = root / "content" / "site.yaml"
    data = path.read_bytes()
    config, problems = load_config(Source("content/site.yaml", data, digest(data)), dict(environ))
    if config is None or any(problem.level == "error" for problem in problems):
        raise ProblemsFound(problems)
    return config, problems


def site_zone(root: Path) -> ZoneInfo:
    """The time zone of the site in `root`. Raises ProblemsFound."""
    return ZoneInfo(_config_of(root).timezone)


def site_languages(root: Path) -> tuple[str, ...]:
    """The languages of the site in `root`, the first first. Raises ProblemsFound."""
    return tuple(_config_of(root).languages)


def _config_of(root: Path) -> SiteConfig:
    return read_config(root, of_the_site(os.environ))[0]


def _facts(options: Options) -> Mapping[str, Any]:
    if not options.facts:
        return {}
    name = options.facts_name or "facts"
    fix = 'Write {"as_of": "2026-12-04T12:00:00Z", "entries": {"drops/lamp": {"sold_out": true, "left": {"lamp": 0}}}}.'
    try:
        facts = json.loads(options.facts)
    except (ValueError, RecursionError) as error:
        line, column = getattr(error, "lineno", 0), getattr(error, "colno", 0)
        raise ProblemsFound([Problem(name, line, column, "The facts are no JSON.", fix)]) from None
    wrong = _wrong_fact(facts)
    if wrong:
        raise ProblemsFound([Problem(name, 0, 0, wrong, fix)])
    return dict(facts)


FACTS = frozenset({"sold_out", "left", "as_of", "revision_announced"})
"""What may be told of an entry."""


def _wrong_fact(facts: Any) -> str:
    """What is wrong with the shape of a facts file, or empty."""

    if not isinstance(facts, dict) or not isinstance(facts.get("entries", {}), dict):
        return "The facts are no map of entries."
    for key in facts.keys() - {"as_of", "at", "entries"}:
        return f"'{key}' means nothing at the top of the facts. {did_you_mean(key, ('as_of', 'entries'))}".rstrip()
    as_of = facts.get("as_of") or facts.get("at")
    for entry, given in facts.get("entries", {}).items():
        if not isinstance(given, dict):
            return f"The facts of {entry} are no map."
        for key in given.keys() - FACTS:
            return f"'{key}' of {entry} is no fact. {did_you_mean(key, FACTS)}".rstrip()
        if not isinstance(given.get("sold_out", False), bool):
            return f"Whether {entry} is sold out is neither true nor false."
        left = given.get("left", {})
        if not isinstance(left, dict) or not all(type(units) is int and units >= 0 for units in left.values()):
            return f"What is left of {entry} is no map of whole numbers."
        if left and not (given.get("as_of") or as_of):
            return f"What is left of {entry} has no moment: nobody could tell whether it is still true."
        if (wrong := _wrong_moment(given.get("as_of"))) is not None:
            return wrong
    return _wrong_moment(as_of) or ""


def _wrong_moment(moment: Any) -> str | None:
    from datetime import datetime

    if not moment:
        return None
    try:
        aware = datetime.fromisoformat(str(moment)).tzinfo
    except ValueError:
        return f"'{moment}' is no moment."
    return f"'{moment}' has no offset." if aware is None else None
