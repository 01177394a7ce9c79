"""Templates: the only door to Jinja. What a theme's pages, parts, e-mails and answers are made with.

Names are paths in the theme, `parts/form.html`, and mean the file of the nearest theme that has it. A file that a theme
puts over another's can still extend it by naming a theme to start from: `{% extends "base:pages/event.html" %}`.

A template sees what it is handed (`handbill.view`), and three functions: `t(key, **values)` for the theme's own words,
`asset(path)` for the URL of a hashed file, `token(path)` for the literal value of a design token. Everything is
escaped (but in a `.txt`, which is no HTML), every undefined name is an error, and what a page is made of is known
without rendering it: a file, an asset or a token is named in quotes, never by a value. Files below `emails/` and
`pages/answers/` may hold slots (see `tags`).

Chosen: plain Environments, with what a template may touch decided when it is read (see `facts` for why no sandbox).
Code is compiled once and shared by all languages; `compile_all` does it before work is shared among processes.
"""

from __future__ import annotations

import fnmatch
import marshal
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import CodeType

import jinja2
from jinja2 import TemplateError, TemplateSyntaxError
from jinja2.exceptions import TemplateRuntimeError
from jinja2.sandbox import safe_range
from markupsafe import Markup, escape

from handbill.digest import digest
from handbill.errors import Problem, ProblemsFound
from handbill.near import did_you_mean
from handbill.render.templates.checking import Checker
from handbill.render.templates.engine import Environment, Loader, Undefined, lacking, named
from handbill.render.templates.facts import Facts, problem_at, read_facts
from handbill.render.templates.tags import Slots, reveal, slot_value
from handbill.render.templates.turns import TICKING
from handbill.strings import Strings, WordsError
from handbill.theme import File, Theme
from handbill.view import CONTEXTS

__all__ = ["Templates", "named"]

_ROOTS = ("pages", "parts", "emails")
_SUFFIXES = (".html", ".mjml", ".txt")
_MODE_OF = {"page": "page", "answer": "program", "email": "program", "text": "text"}
_MODES = {"page": "page", "program": "answer", "text": "text"}
"""Each way of reading a file, with a kind that reads so: a page knows no slots, a text escapes nothing."""
_SLOT_TAGS = ("slot", "fragment", "each", "endeach", "when", "otherwise", "endwhen")


class Templates:
    """The templates of one theme for one site. Nothing in it changes but what it has compiled."""

    def __init__(
        self,
        theme: Theme,
        strings: Mapping[str, Strings],
        *,
        base_path: str = "",
        base_url: str = "",
        answers: str | None = None,
        before: Templates | None = None,
    ) -> None:
        """`strings`: the words of every language of the site. `base_path` (`/sub` or empty) goes before the URLs of
        assets in pages; `base_url` (`https://casalume.example`, base path included) in e-mails; `answers` in the pages
        that functions show, where these stand elsewhere. From `before`, the
        templates of the same theme a moment ago, what was compiled of files that are still the same is taken over."""
        self.theme = theme
        self.strings = dict(strings)
        """The words of every language of the site, its first language first."""
        mail = base_url or base_path
        self.answers_elsewhere = answers
        """Where the site is to the pages that functions show, where they stand on another origin; else None."""
        answer = base_path if answers is None else answers
        self.answers = answer
        """What goes before the URLs of assets in the pages that functions show."""
        self._prefix = {"page": base_path, "answer": answer, "email": mail, "text": mail}
        self._secret = f"\ue000{secrets.token_hex(8)}\ue001"
        self._facts: dict[tuple[str, str], Facts] = {}
        self._code: dict[tuple[str, str], CodeType] = {}
        self._environments: dict[tuple[str, str], Environment] = {}
        self._closures: dict[str, tuple[list[Facts], list[Problem]]] = {}
        self._digests: dict[tuple[str, str], str] = {}
        if before is not None:
            self._take_over(before)

    def _take_over(self, before: Templates) -> None:
        self._secret = before._secret
        for key, facts in before._facts.items():
            known = [link.files.get(facts.file.path) for link in self.theme.chain if link.name == facts.file.theme]
            if known and known[0] is not None and known[0].data == facts.file.data:
                self._facts[key] = facts
                if key in before._code:
                    self._code[key] = before._code[key]

    # rendering

    def render(self, name: str, context: Mapping[str, object], lang: str) -> str:
        """The text of the template `name` for a page in `lang`. For a program, with slot markers in it.

        Raises ProblemsFound with the template's own file and line where the template is wrong. Any other error is a bug
        of ours and comes through as it is.
        """
        kind = _kind(name)
        environment = self._environment(kind, lang)
        environment.count_anew()
        try:
            text = environment.get_template(name).render(context)
        except ProblemsFound:
            raise
        except Exception as error:
            problem = self._problem(error, name)
            if problem is None:
                raise
            raise ProblemsFound([problem]) from error
        return text if kind == "page" else reveal(text, self._secret)

    def compile_all(self) -> None:
        """Compiles every template now. Raises ProblemsFound with all that cannot be compiled."""
        problems = self._compile_problems()
        if problems:
            raise ProblemsFound(problems)

    def keep(self, engine: str) -> bytes:
        """What is compiled and known by now, to spare the next process that work: give it to `recall`.

        `engine` stands for the code of handbill and its libraries. Programs are not kept: they hold a secret.
        """
        pages = {shown: code for (shown, mode), code in self._code.items() if mode == "page"}
        return marshal.dumps((self._stamp(engine), pages, self._digests))

    def recall(self, data: bytes | memoryview, engine: str) -> bool:
        """Takes back what `keep` gave; False, and nothing taken, where theme, words, engine or Python are not the same.

        Only for files of our own cache: like a .pyc, it is code.
        """
        try:
            stamp, pages, digests = marshal.loads(data)  # noqa: S302
        except (ValueError, EOFError, TypeError):
            return False
        if stamp != self._stamp(engine):
            return False
        self._code |= {(shown, "page"): code for shown, code in pages.items()}
        self._digests |= digests
        return True

    def _stamp(self, engine: str) -> str:
        words = [f"{lang}{sorted(strings.borrowed.items())}" for lang, strings in sorted(self.strings.items())]
        prefixes = f"{sorted(self._prefix.items())}"
        return digest(engine, sys.version, jinja2.__version__, self.theme.digest, prefixes, *words)

    # what a page is made of

    def names(self, folder: str = "") -> list[str]:
        """The templates that are rendered by themselves, below `folder` if given: partials begin with an underscore."""
        found = [
            f.path for top in _ROOTS if top != "parts" for f in self.theme.files(top) if f.path.endswith(_SUFFIXES)
        ]
        return [
            p
            for p in found
            if not p.rpartition("/")[2].startswith("_") and p.startswith(f"{folder}/" if folder else "")
        ]

    def closure(self, name: str) -> tuple[str, ...]:
        """Every file that `name` is made of, itself among them, as `themes/base/parts/form.html`. Sorted.

        Raises ProblemsFound where a file is missing, cannot be read, or is named by a value.
        """
        return tuple(sorted(facts.file.shown for facts in self._closure(name)))

    def closure_digest(self, name: str, lang: str) -> str:
        """Stands for all that `name` prints of itself in `lang`: its files, and the words, assets and tokens they name.

        With the values handed to it and the versions of the engines it decides the output. It depends on nothing but
        the theme, the languages' words and the base path, so it may be kept by `theme.digest`.
        """
        key = (name, lang)
        if key not in self._digests:
            closure = sorted(self._closure(name), key=lambda facts: facts.file.shown)
            prefix, strings = self._prefix[_kind(name)], self.strings[lang]
            parts: list[bytes | str] = [prefix]
            for facts in closure:
                parts += [facts.file.shown, facts.file.data]
            for asked in sorted({(asked.what, asked.whole) for facts in closure for asked in facts.words}):
                wanted = [asked[0]] if asked[1] else [each for each in strings.words if each.startswith(asked[0])]
                parts += [
                    f"{each}={strings.words.get(each)}{strings.borrowed.get(each, '')}" for each in sorted(wanted)
                ]
            parts += sorted({f"{a.what}={self.theme.asset_url(a.what)}" for facts in closure for a in facts.assets})
            for path in sorted({asked.what for facts in closure for asked in facts.tokens}):
                token = self.theme.tokens.by_path.get(path)
                parts.append(f"{path}={token.mail if token else ''}")
            self._digests[key] = digest(*parts)
        return self._digests[key]

    def assets(self) -> dict[str, bytes]:
        """Path below the public root → bytes, of every file below assets/ that some template names."""
        out = {}
        for facts in self._all_facts():
            for asked in facts.assets:
                if found := self.theme.asset(asked.what):
                    out[found[0]] = found[1]
        return out

    def files(self, names: Iterable[str]) -> frozenset[str]:
        """Every file that these templates are made of or name below assets/, as `themes/base/parts/form.html`."""
        out: set[str] = set()
        for name in names:
            for facts in self._reached(name)[0]:
                out.add(facts.file.shown)
                found = (self.theme.find(f"assets/{asked.what}") for asked in facts.assets)
                out |= {file.shown for file in found if file}
        return frozenset(out)

    def tokens(self) -> frozenset[str]:
        """Paths of the tokens that some template asks for."""
        return frozenset(asked.what for facts in self._all_facts() for asked in facts.tokens)

    # what is wrong

    def problems(self, contexts: Mapping[str, Mapping[str, type]] = CONTEXTS) -> list[Problem]:
        """Everything that can be known to be wrong without rendering. `contexts` says what each template is handed.

        Syntax, missing files, undefined names and fields, missing words, tokens and assets.
        """
        problems: dict[Problem, None] = dict.fromkeys(self._compile_problems())
        checkers = {
            mode: Checker(partial(self._look_up, mode), self._any(mode).globals, self.theme.settings) for mode in _MODES
        }
        for name in self.names():
            # The text part of an e-mail is handed what its MJML is.
            as_listed = f"{name.removesuffix('.txt')}.mjml" if name.endswith(".txt") else name
            handed = next(
                (types for pattern, types in contexts.items() if fnmatch.fnmatchcase(as_listed, pattern)), None
            )
            if handed is not None and (facts := self._look_up(_MODE_OF[_kind(name)], name)) is not None:
                checkers[_MODE_OF[_kind(name)]].check(facts, handed)
        for checker in checkers.values():
            problems |= checker.problems
        for facts in self._all_facts():
            problems |= dict.fromkeys(self._unknown(facts))
        # what a part does wrong on pages that are handed different things is told once
        places = {(each.path, each.line, each.column, each.what): each for each in sorted(problems, reverse=True)}
        return sorted(places.values())

    def advice(self) -> list[Problem]:
        """Warnings: places that print HTML as it is."""
        out = []
        for facts in self._all_facts():
            for line in facts.unescaped:
                what = "Here text is printed without escaping."
                fix = "Remove it: fields that are HTML print as HTML already; all others must be escaped."
                out.append(Problem(facts.file.shown, line, 0, what, fix, "warning"))
        return sorted(set(out))

    # inside

    def _environment(self, kind: str, lang: str) -> Environment:
        key = (kind, lang)
        if key not in self._environments:
            self._environments[key] = self._make_environment(kind, lang)
        return self._environments[key]

    def _make_environment(self, kind: str, lang: str) -> Environment:
        environment = Environment(
            loader=Loader(self._load),
            extensions=[Slots] if kind != "page" else [],
            undefined=Undefined,
            autoescape=kind != "text",
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        environment.secret, environment.mode = self._secret, _MODE_OF[kind]
        environment.filters.pop("random", None)  # the same input gives the same page
        environment.globals.pop("lipsum", None)
        environment.globals |= {
            "range": safe_range,
            "t": self.strings[lang].t if kind == "text" else _translator(self.strings[lang]),
            "asset": self._asset(self._prefix[kind]),
            "token": self._token,
        }
        if kind != "page":
            environment.globals["slot"] = slot_value(environment)
        return environment

    def _asset(self, prefix: str) -> Callable[[str], str]:
        def asset(path: str) -> str:
            url = self.theme.asset_url(path, prefix)
            if url is None:
                raise TemplateRuntimeError(f"There is no file assets/{path}.")
            return url

        return asset

    def _token(self, path: str) -> str:
        try:
            return self.theme.tokens.literal(path)
        except KeyError:
            raise TemplateRuntimeError(f"There is no token '{path}'.") from None

    def _file(self, name: str) -> File | None:
        theme, _, path = name.rpartition(":")
        try:
            return self.theme.find(path, theme)
        except KeyError:
            return None

    def _any(self, mode: str) -> Environment:
        """An environment that reads as `mode` does, in some language."""
        return self._environment(_MODES[mode], next(iter(self.strings)))

    def _look_up(self, mode: str, name: str) -> Facts | None:
        file = self._file(name)
        if file is None:
            return None
        try:
            return self._read(file, mode)
        except ProblemsFound:
            return None

    def _read(self, file: File, mode: str) -> Facts:
        """The facts of a file. Raises ProblemsFound for a syntax error."""
        key = (file.shown, mode)
        if key not in self._facts:
            try:
                tree = self._any(mode).parse(file.text, file.path, file.shown)
            except TemplateSyntaxError as error:
                raise ProblemsFound([_syntax(file, error, mode)]) from error
            self._facts[key] = read_facts(file, tree, program=mode != "page")
        return self._facts[key]

    def _load(self, environment: Environment, name: str) -> CodeType:
        file = self._file(name)
        if file is None:
            raise jinja2.TemplateNotFound(name)
        mode = environment.mode
        key = (file.shown, mode)
        if key not in self._code:
            facts = self._read(file, mode)
            if facts.problems:
                raise ProblemsFound(facts.problems)
            try:
                self._code[key] = environment.compile(facts.tree, name, file.shown)
            except TemplateSyntaxError as error:
                raise ProblemsFound([_syntax(file, error, mode)]) from error
        return self._code[key]

    def _closure(self, name: str) -> list[Facts]:
        """Facts of all files of `name`, its own first. Raises ProblemsFound with all that is wrong on the way."""
        reached, problems = self._reached(name)
        if problems:
            raise ProblemsFound(problems)
        return reached

    def _reached(self, name: str) -> tuple[list[Facts], list[Problem]]:
        """(facts of all files of `name` that can be read, its own first; what is wrong on the way)."""
        if name not in self._closures:
            self._closures[name] = self._trace(name)
        return self._closures[name]

    def _trace(self, name: str) -> tuple[list[Facts], list[Problem]]:
        problems: list[Problem] = []
        mode = _MODE_OF[_kind(name)]
        file = self._file(name)
        if file is None:
            return [], [self._missing(name, None)]
        waiting: list[tuple[File, tuple[str, ...]]] = [(file, ())]
        out: dict[str, Facts] = {}
        while waiting:
            file, line = waiting.pop(0)
            if file.shown in out:
                continue
            try:
                facts = out[file.shown] = self._read(file, mode)
            except ProblemsFound as found:
                problems += found.problems
                continue
            problems += facts.problems
            for reference in facts.references:
                target = self._file(reference.name)
                if target is None:
                    if not reference.optional:
                        problems.append(self._missing(reference.name, (facts, reference.line)))
                elif reference.extends and target.shown in (*line, file.shown):
                    problems.append(_circle(facts, reference.line, reference.name, self.theme))
                else:
                    waiting.append((target, (*line, file.shown) if reference.extends else ()))
        return list(out.values()), problems

    def _missing(self, name: str, at: tuple[Facts, int] | None) -> Problem:
        theme, _, path = name.rpartition(":")
        known = [f.path for top in _ROOTS for f in self.theme.files(top) if f.path.endswith(_SUFFIXES)]
        what, fix = (
            f"There is no template '{path}'.",
            f"{did_you_mean(path, known)}Names begin with pages/, parts/ or emails/.",
        )
        if theme and theme not in (names := [link.name for link in self.theme.chain]):
            what, fix = (
                f"'{theme}' is no theme that this one extends.",
                f"It extends: {', '.join(names[1:]) or 'none'}.",
            )
        if at is None:
            return Problem(f"themes/{self.theme.name}/{path}", 0, 0, what, f"{fix} A theme that extends base has it.")
        return at[0].problem(at[1], name, what, fix)

    def _all_facts(self) -> list[Facts]:
        """The facts of every file that some template is made of. Files that cannot be read are left out."""
        out: dict[int, Facts] = {}
        for name in self.names():
            out |= {id(facts): facts for facts in self._reached(name)[0]}
        return list(out.values())

    def _compile_problems(self) -> list[Problem]:
        problems: dict[Problem, None] = {}
        first = next(iter(self.strings))
        for name in self.names():
            try:
                for facts in self._closure(name):
                    self._load(self._environment(_kind(name), first), f"{facts.file.theme}:{facts.file.path}")
            except ProblemsFound as found:
                problems |= dict.fromkeys(found.problems)
        return list(problems)

    def _unknown(self, facts: Facts) -> Iterable[Problem]:
        """Words, tokens and assets that are not there."""
        words = {key: strings for strings in self.strings.values() for key in strings.words}
        for asked in facts.words:
            if asked.whole and asked.what not in words:
                fix = f"{did_you_mean(asked.what, words)}Add it to i18n/en.yaml."
                yield facts.problem(asked.line, asked.what, f"The theme has no words for '{asked.what}'.", fix)
            elif asked.whole and asked.given is not None:
                missing = words[asked.what].places(asked.what) - asked.given
                for name in sorted(missing):
                    what = f"The words for '{asked.what}' need a value for '{name}'."
                    yield facts.problem(asked.line, asked.what, what, f't("{asked.what}", {name}=…)')
            elif not asked.whole and not any(key.startswith(asked.what) for key in words):
                fix = f"{did_you_mean(asked.what, words)}Add them to i18n/en.yaml."
                yield facts.problem(asked.line, asked.what, f"No words begin with '{asked.what}'.", fix)
        tokens = self.theme.tokens.by_path
        for asked in facts.tokens:
            if asked.what not in tokens:
                fix = (
                    f"{did_you_mean(asked.what, tokens)}Tokens are named by their whole path, such as color.light.ink."
                )
                yield facts.problem(asked.line, asked.what, f"There is no token '{asked.what}'.", fix)
        files = [file.path.removeprefix("assets/") for file in self.theme.files("assets")]
        for asked in facts.assets:
            if asked.what not in files:
                fix = f"{did_you_mean(asked.what, files)}Write its path below assets/."
                yield facts.problem(asked.line, asked.what, f"There is no file assets/{asked.what}.", fix)

    def _problem(self, error: Exception, name: str) -> Problem | None:
        """The problem of the theme that `error` is, or None where it is a bug of ours."""
        if isinstance(error, jinja2.TemplateNotFound):
            return self._missing(str(error.name or name), None)
        way: list[tuple[str, int]] = []
        after: list[str] = []
        trace = error.__traceback__
        while trace is not None:
            shown = trace.tb_frame.f_code.co_filename
            if "__jinja_template__" in trace.tb_frame.f_globals or shown.startswith("themes/"):
                way.append((shown, trace.tb_lineno))
                after = []
            elif trace.tb_frame.f_code.co_name != TICKING:
                after.append(str(trace.tb_frame.f_globals.get("__name__", "")).split(".")[0])
            trace = trace.tb_next
        ring = _ring(way) if isinstance(error, RecursionError) else []
        ours = isinstance(error, (TemplateError, WordsError)) or ring
        if not way or not (ours or set(after) <= {"jinja2", "markupsafe"}):
            return None
        shown, line = ring[0] if ring else way[-1]
        file = self._shown(shown)
        if file is None:
            return None
        if ring:
            return self._endless(file, line, list(dict.fromkeys(each for each, _ in ring)))
        what, fix, word = _explained(error)
        return problem_at(file, line, word, what, fix)

    def _shown(self, shown: str) -> File | None:
        """The file that is shown as `themes/base/parts/form.html`."""
        theme, path = shown.removeprefix("themes/").split("/", 1)
        return self.theme.find(path, theme)

    def _endless(self, file: File, line: int, ring: list[str]) -> Problem:
        """What is said of files that include each other, or of a macro that calls itself, for ever."""
        paths = [each.partition("/")[2].partition("/")[2] for each in (*ring, ring[0])]
        what = f"This never ends: {' → '.join(paths)}."
        under = [link.name for link in self.theme.chain if file.path in link.files and link.name != file.theme]
        fix = "Take it out, or put it within an {% if %} that comes to an end."
        if under:
            fix = f'For what it stands over, write "{under[0]}:{file.path}". {fix}'
        return problem_at(file, line, paths[1], what, fix)


def _ring(way: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The (file, line)s of a way between the first that comes again and where it does; empty where none does."""
    seen: dict[tuple[str, int], int] = {}
    for at, step in enumerate(way):
        if step in seen:
            return way[seen[step] : at]
        seen[step] = at
    return []


def _kind(name: str) -> str:
    """What a template becomes: a page; or a program, for an answer, an e-mail or the text part of one."""
    path = name.rpartition(":")[2]
    if path.startswith("emails/"):
        return "text" if path.endswith(".txt") else "email"
    return "answer" if path.startswith("pages/answers/") else "page"


def _translator(strings: Strings) -> Callable[..., str]:
    """t() for HTML: a value that is HTML already stays so, and the words around it are escaped."""
    plain = {key: words for key, words in strings.words.items() if isinstance(words, str) and "{" not in words}

    def t(key: str, /, **values: object) -> str:
        if not values and key in plain:
            return plain[key]
        if not any(isinstance(value, Markup) for value in values.values()):
            return strings.t(key, **values)
        try:
            return escape(strings.form(key, values)).format_map(values)
        except KeyError:
            return strings.t(key, **values)  # says which value is missing

    return t


def _syntax(file: File, error: TemplateSyntaxError, mode: str) -> Problem:
    message = str(error.message or error).rstrip()
    what = message[:1].upper() + message[1:].rstrip(".") + "."
    fix = "Mend the template's syntax; Jinja's manual describes it."
    word = message.split("'")[1] if message.count("'") >= 2 else ""
    if mode == "page" and word in _SLOT_TAGS and "unknown tag" in message:
        what = f"The tag '{word}' is only for templates that are filled later."
        fix = "Use it in emails/, in pages/answers/, and in the parts that these include."
    return problem_at(file, error.lineno, word, what, fix)


def _circle(facts: Facts, line: int, name: str, theme: Theme) -> Problem:
    path = name.rpartition(":")[2]
    parents = [link.name for link in theme.chain if path in link.files and link.name != facts.file.theme]
    fix = f'To extend what it stands over, write "{parents[0]}:{path}".' if parents else "Extend another file."
    return facts.problem(line, name, f"'{path}' extends itself.", fix)


def _explained(error: Exception) -> tuple[str, str, str]:
    """(what is wrong, how to mend it, the word to underline) of an error while rendering."""
    message = str(error).strip() or type(error).__name__
    if isinstance(error, AttributeError) and error.name is not None:
        message = lacking(error.obj, error.name)
    head, _, tail = message.partition(". ")
    word = message.split("'")[1] if message.count("'") >= 2 else ""
    if isinstance(error, (TemplateError, WordsError, AttributeError)):
        return (f"{head}." if not head.endswith(".") else head), tail or "Test it before use, or mend the name.", word
    return f"The template cannot go on here: {message.rstrip('.')}.", "Mend the expression in this line.", word
