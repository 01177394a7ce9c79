"""Letters: one Markdown file, and a translation beside it for each further language, becomes e-mails of the catalog.

A letter is about no entry and makes no page; it is compiled when it is sent, with the theme of the site, and its files
are immutable like all e-mails': `handbill_functions.letters` sends them by their hashes. So a letter that is mended
while the first are on their way leaves those as they are.

Its links lead to pages of the site, its pictures lie in content/static/: what an e-mail points at must stay where it is
for as long as the e-mail may be read, and a build moves neither.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from handbill import emails
from handbill.assemble import look
from handbill.check.email import Meta, check_email
from handbill.content.gather import RESERVED, scan
from handbill.emails import MailWords
from handbill.errors import MachineError, Problem, ProblemsFound, UsageError
from handbill.mailroom import Mailroom
from handbill.model import Call
from handbill.options import Options, inputs
from handbill.outputs import Press
from handbill.present import Presenter
from handbill.project import Project, open_project
from handbill.render.images import ImageProblem, measure
from handbill.site import Site
from handbill.slugs import slugify
from handbill_functions import mime
from handbill_functions.catalog import ByLang, EmailFile, Program, entry_path
from handbill_functions.errors import NotInCatalog
from handbill_functions.fill import fill_email

FOLDER = RESERVED[0]
"""Below content/, and the first part of a letter's id."""
WIDEST = 552
"""Pixels of a picture among the words."""
ABOUT_AN_ENTRY = frozenset(
    {
        "title", "summary", "when", "date", "time", "where", "price", "stock", "calendar", "signup", "page_url",
        "gate_url", "confirm_url",
    }
)  # fmt: skip
"""Shortcodes that mean nothing in a letter."""


class Written(NamedTuple):
    """A letter, ready for the catalog."""

    id: str
    """`letters/june`."""
    emails: ByLang
    """Language → hash of its e-mail."""
    files: Mapping[str, bytes]
    """Path below private/ → bytes, each named by its hash."""
    warnings: tuple[Problem, ...]


def write_letter(
    options: Options, file: Path, *, judged: bool = True, site: Callable[[], Site] | None = None
) -> Written:
    """Reads the letter in `file` and its translations, compiles them with the site's theme, and looks at them by the
    rules of `handbill check`. Writes nothing. The same files give the same hashes.

    Where it is not to be `judged`, since somebody looks at it who judges it himself, those rules are left out, and it
    needs no sender. `site` gives the entries that it may link to, where they are known; else all are read.

    Raises ProblemsFound for all that is wrong with them, UsageError where `file` is none.
    """
    project = open_project(options, inputs(options), [])
    return _Desk(project, options, judged, site or (lambda: look(options)[2])).write(file)


def letters_of(root: Path, languages: Sequence[str]) -> Iterator[Path]:
    """Every letter of the site in `root`, where letters naturally lie, without the translations."""
    folder = root / "content" / FOLDER
    for path in scan(folder, f"content/{FOLDER}") if folder.is_dir() else ():
        if path.endswith(".md") and not _translation(Path(path).stem, languages[1:])[1]:
            yield root / path


def languages_of(file: Path, languages: Sequence[str]) -> dict[str, Path]:
    """Language → file of the letter `file` (a site's first language) and of the translations beside it."""
    first, *others = languages
    return {first: file} | {
        lang: path for lang in others if (path := file.with_name(f"{file.stem}.{lang}.md")).is_file()
    }


def shelve(private: Path, files: Mapping[str, bytes]) -> int:
    """Writes immutable files below `private`, never over one that is there; gives how many were new. Safe to repeat.
    Raises MachineError."""
    new = 0
    try:
        for path, data in sorted(files.items(), reverse=True):  # a program before the e-mails that name it
            target = private / path
            if target.exists():
                continue
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside = target.with_name(f".{target.name}.{os.getpid()}")
            beside.write_bytes(data)
            beside.replace(target)
            new += 1
    except OSError as error:
        raise MachineError(f"Cannot write to {private}: {error.strerror}. Mend its rights, or free space.") from error
    return new


def _translation(stem: str, languages: Sequence[str]) -> tuple[str, str]:
    """`june.pt` → (`june`, `pt`); what is no translation → (itself, empty)."""
    head, _, tail = stem.rpartition(".")
    return (head, tail) if head and tail in languages else (stem, "")


class _Desk:
    """Writes letters of one site."""

    def __init__(self, project: Project, options: Options, judged: bool, site: Callable[[], Site]) -> None:
        self.project, self.options, self.config = project, options, project.config
        self._judged, self._site = judged, site
        self.press = Press(project, options)
        self.problems: list[Problem] = []

    @property
    def mailroom(self) -> Mailroom:
        return self.press.mailroom

    @cached_property
    def site(self) -> Site:
        """All entries, read when the first letter links to one."""
        return self._site()

    def write(self, file: Path) -> Written:
        first, *others = self.config.languages
        stem, lang = _translation(file.stem, others)
        if not file.is_file():
            raise UsageError(f"There is no letter {file}.")
        if lang:
            raise UsageError(f"{file} is a translation. Name the letter itself: {file.with_name(f'{stem}.md')}")
        if self._judged and not self.config.sender.email:
            what, fix = "A letter needs a sender.", "Write sender.email and sender.address in site.yaml."
            self.problems.append(Problem("content/site.yaml", 0, 0, what, fix))
        files = languages_of(file, self.config.languages)
        self._strangers(file, stem)
        texts = {lang: self._read(path, lang) for lang, path in files.items()}
        words = {lang: read for lang, read in texts.items() if read is not None}
        self._raise_if_wrong()
        id = self._id(file, words[first])
        hashes: ByLang = {}
        shelved: dict[str, bytes] = {}
        for lang, text in words.items():
            try:
                composed, hash, data = self.mailroom.letter(
                    text, lang, id=id, title=self._title(text), say=_Voice(self, text, lang).say
                )
            except ProblemsFound as found:
                self.problems += found.problems
                continue
            hashes[lang] = hash
            shelved |= {f"programs/{composed.hash}.json": composed.data, f"emails/{hash}.json": data}
            if self._judged:
                self._judge(composed.program, data, text.path)
        self._raise_if_wrong()
        return Written(id, hashes, shelved, tuple(sorted(set(self.problems))))

    def _raise_if_wrong(self) -> None:
        if any(problem.level == "error" for problem in self.problems):
            raise ProblemsFound(self.problems)

    def _shown(self, file: Path) -> str:
        try:
            return file.resolve().relative_to(self.project.root.resolve()).as_posix()
        except ValueError:
            return str(file)

    def _strangers(self, file: Path, stem: str) -> None:
        """Translations into languages that the site does not have: nobody would get them."""
        for beside in sorted(file.parent.glob("*.md")):
            found = re.fullmatch(re.escape(stem) + r"\.([a-z]{2}(?:-[A-Za-z0-9]{2,8})*)", beside.stem)
            if found and found[1] not in self.config.languages[1:]:
                what = f"'{found[1]}' is not one of the site's further languages."
                fix = "Add it to `languages` in content/site.yaml, or rename the file."
                self.problems.append(Problem(self._shown(beside), 0, 0, what, fix))

    def _read(self, file: Path, lang: str) -> MailWords | None:
        path = self._shown(file)
        words, found = emails.read_words(file.read_bytes(), path=path, name="letter", html=self.config.html)
        self.problems += found
        if words is not None and lang != self.config.languages[0] and "id" in words.more:
            what = "A translation has words only, and the id of its letter."
            self.problems.append(Problem(path, 0, 0, what, "Take `id` away here."))
        if words is not None:
            self.problems += _about_an_entry(words)
        return words

    def _id(self, file: Path, words: MailWords) -> str:
        own = file.parent.name if file.stem == "index" else file.stem
        name = words.more.get("id") or slugify(own)
        id = f"{FOLDER}/{name.removeprefix(f'{FOLDER}/')}"
        try:
            if id.count("/") != 1:
                raise NotInCatalog
            entry_path(id)
        except NotInCatalog:
            what = f"'{name}' cannot be the id of a letter."
            raise ProblemsFound([Problem(words.path, 0, 0, what, "Write `id: june-2026`.")]) from None
        return id

    def _title(self, words: MailWords) -> str:
        """The heading: as written, else the subject."""
        if "title" in words.more:
            return words.more["title"]
        if not all(isinstance(part, str) for part in words.subject):
            what = "The subject has the reader's name in it, so it cannot be the heading as well."
            raise ProblemsFound([Problem(words.path, 0, 0, what, "Write `title: …` for the heading.")])
        return "".join(part for part in words.subject if isinstance(part, str))

    def _judge(self, program: Program, data: bytes, path: str) -> None:
        """The rules for e-mails, with values as short and as long as people have them, and the headers of sending."""
        email: EmailFile = json.loads(data)
        sender = self.config.sender
        for long in (False, True):
            values = emails.sample_values(
                email["lang"], long=long, names=emails.send_names(program), base_url=self.config.base_url,
                samples=self.project.theme.samples,
            )  # fmt: skip
            filled = fill_email(email, program, values)
            name = sender.name or self.config.name
            headers = mime.headers_of(
                email, filled, sender={"name": name, "email": sender.email, "address": sender.address},
                to=("", "reader@example.org"), date=datetime(2000, 1, 1, tzinfo=UTC), id="0" * 32, stream="marketing",
                list="main", unsubscribe_url=values["unsubscribe_url"],
            )  # fmt: skip
            meta = Meta(
                path=path,
                name="letter",
                lang=email["lang"],
                hosts=frozenset({urlsplit(self.config.base_url).hostname or ""}),
                sender_name=name,
                sender_email=sender.email,
                sender_address=sender.address,
                unsubscribe_url=values["unsubscribe_url"],
                values=email["values"],
                headers=tuple(headers),
            )
            self.problems += check_email(filled, meta)


def _about_an_entry(words: MailWords) -> Iterator[Problem]:
    """Shortcodes that a letter cannot say, also where they are the target of a link or a button."""
    for call in words.body.mail:
        if not isinstance(call, Call):
            continue
        said = call.args[-1] if call.name in ("button", "href_of") else call.name
        if said in ABOUT_AN_ENTRY:
            what = f"'{said}' is about an entry, and a letter is about none."
            fix = "Write the words themselves, and link to the entry: [Salon](../events/salon.md)."
            yield Problem(words.path, call.line, call.column, what, fix)


class _Voice:
    """Says the shortcodes of one letter in one language that the build knows: links and pictures."""

    def __init__(self, desk: _Desk, words: MailWords, lang: str) -> None:
        self.desk, self.path, self.lang = desk, words.path, lang
        self.show: Presenter = desk.press.presenter(lang)

    def say(self, call: Call, way: Literal["mail", "text"]) -> str:
        """See `emails.Say`."""
        if call.name in ("figure", "image"):
            return self._picture(call, way)
        url, title = self._lead(call)
        if call.name == "href":
            return _quoted(url, way)
        text = call.args[1] if len(call.args) > 1 else title or call.args[0]
        return f"{text}:\n{url}" if way == "text" else f'<a href="{_quoted(url, way)}">{escape(text)}</a>'

    def _lead(self, call: Call) -> tuple[str, str]:
        """(absolute URL, title or empty) of what a link names: a page's path, an entry's id, an entry's file."""
        target = call.args[0]
        path, mark, anchor = target.partition("#")
        if call.name == "href" and path.startswith("/") and not path.endswith(".md"):
            if not self._stands(path):
                what = f"The link to {path} leads nowhere: nothing stands there."
                self._wrong(call, what, "Mend the link, or build the site.", "warning")
            return self.show.absolute(target), ""
        site = self.desk.site
        if call.name == "link":
            unit, known = site.by_id.get(path), list(site.by_id)
        else:
            folder = posixpath.dirname(self.path)
            joined = f"content{path}" if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))
            main = self.desk.project.main_of(joined)
            unit, known = main if main in site.rows else None, list(site.rows)
            path = joined
        if unit is None:
            near = get_close_matches(path, known, 1, 0.6)
            fix = f"Did you mean {near[0]}?" if near else "Name a page (/events/), or an entry's file."
            self._wrong(call, f"The link to {target} leads nowhere.", fix)
            return self.show.absolute("/"), ""
        card = site.card(unit, self.lang)
        return self.show.absolute(card.url) + mark + anchor, card.title

    def _stands(self, path: str) -> bool:
        """Whether the site, as it was built last, has something there. True where it was not built here."""
        public = self.desk.options.public
        below = public / path.lstrip("/")
        return not public.is_dir() or below.is_file() or (below / "index.html").is_file()

    def _picture(self, call: Call, way: str) -> str:
        given = dict(call.options)
        alt, words = given.get("alt", ""), given.get("caption", "") or given.get("alt", "")
        if way == "text":
            return f"[{words}]" if words else ""
        source = given["src"]
        file = self.desk.project.root / "content/static" / source.lstrip("/")
        if not source.startswith("/") or f"content/static{source}" not in self.desk.project.found:
            what = f"There is no picture content/static/{source.lstrip('/')}."
            self._wrong(call, what, "Put it there, and name it from there: ![A lamp](/letters/lamp.jpg).")
            return ""
        try:
            width, height = measure(file.read_bytes(), name=source)
        except ImageProblem as problem:
            self._wrong(call, problem.what, problem.fix)
            return ""
        shown = min(width, WIDEST)
        src = _quoted(self.show.absolute(source), way)
        return f'<img src="{src}" alt="{escape(alt)}" width="{shown}" height="{round(height * shown / width)}" />'

    def _wrong(self, call: Call, what: str, fix: str, level: Literal["error", "warning"] = "error") -> None:
        problem = Problem(self.path, call.line, call.column, what, fix, level)
        if problem not in self.desk.problems:  # said for the HTML already
            self.desk.problems.append(problem)


def _quoted(url: str, way: str) -> str:
    return url if way == "text" else escape(url)
