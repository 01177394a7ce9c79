"""Checks a theme as a whole, before any site uses it: its colours, its words, its templates, and the pages they make.

What can be read is read: contrast, tokens, missing words, undefined names. What shows only on a page is looked at on
pages: every template is rendered for a full sample and for a bare one, and the page judged by `handbill.check.html`.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from markupsafe import Markup

from handbill.check.html import FORM, examine
from handbill.check.samples import BASE_URL, sample
from handbill.css import Style
from handbill.emails import EMAILS
from handbill.errors import Problem, ProblemsFound
from handbill.near import did_you_mean
from handbill.render.programs import ProgramError, compile_html
from handbill.render.templates import Templates
from handbill.theme import File, Theme
from handbill.view import CONTEXTS, AnswerView, FormView, PageView, SiteView
from handbill_functions.catalog import Fragment
from handbill_functions.fill import fill, slots

ANSWERS = ("confirm", "form", "gate", "message", "preferences", "unsubscribe")
REQUIRED = (
    *(name for name in CONTEXTS if "*" not in name),
    *(f"pages/answers/{name}.html" for name in ANSWERS),
    *(f"emails/{name}.{suffix}" for name in EMAILS for suffix in ("mjml", "txt")),
    "parts/picture.html",
)
"""The templates that every theme has, its own or those of base."""


PAGE_ADVISED, PAGE_MOST = 6_000, 10_000
"""Bytes of a page, compressed. The words of a real one come on top, and all should fit the first flight of a
connection, 14,600 bytes (RFC 6928)."""
_QUOTED = re.compile(r"'([^']*[/:.=][^']*)'")
"""What a problem quotes of a page and no other file is likely to say: an address, an attribute."""
_ELEMENT = re.compile(r"(?:The page has a )?<([a-z0-9-]+)>(?: has an? ([a-z-]+) attribute)?")
"""The element that a problem is about, and its attribute."""
_TAG = re.compile(r"<[a-z][^>]*>")


def check_theme(theme: Theme, templates: Templates, settings: Mapping[str, Any] | None = None) -> list[Problem]:
    """Everything that is wrong with a theme, sorted by place; warnings among it.

    `templates` are its own, with the words of the languages that matter. `settings` are the values of its settings;
    their defaults where left out. About half a second for base.
    """
    problems: list[Problem] = []
    style = theme.stylesheet("", problems)
    problems += style.weight(f"themes/{theme.name}/theme.yaml")
    problems += theme.tokens.low_contrast()
    problems += theme.tokens.unused(style.properties, templates.tokens(), f"themes/{theme.name}/tokens.json")
    problems += [problem for strings in templates.strings.values() for problem in theme.borrowed(strings)]
    problems += [_missing(theme, path) for path in REQUIRED if theme.find(path) is None]
    problems += templates.problems()
    problems += templates.advice()
    if not any(problem.level == "error" for problem in problems):
        problems += _unused(theme, templates, style)
        chosen = {key: setting.default for key, setting in theme.settings.items()} if settings is None else settings
        problems += check_pages(theme, templates, style, chosen)
    texts = {file.shown: file for link in theme.chain for file in link.files.values()}
    return sorted({_with_line(problem, texts) for problem in (*problems, *theme.warnings)})


def check_pages(theme: Theme, templates: Templates, style: Style, settings: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the pages that the templates make for samples, each problem said of a theme's own file."""
    problems: dict[Problem, Problem] = {}
    for name in templates.names("pages"):
        answer = name.startswith("pages/answers/")
        handed = CONTEXTS["pages/answers/*.html"] if answer else CONTEXTS.get(name, {})
        for full in (True, False):
            if not handed or (answer and not full):
                continue
            context = _context(handed, style, settings, full=full, answer=answer)
            try:
                pages = _pages(theme, templates, name, context, answer=answer)
            except ProblemsFound as found:
                problems |= {problem: problem for problem in found.problems}
                continue
            form = next((view for each in context.values() if (view := getattr(each, "form", None))), None)
            for html in pages:
                if full:
                    problems |= {problem: problem for problem in _weight(theme, name, html)}
                for problem, likely in examine(
                    name,
                    html,
                    base_url=BASE_URL,
                    csp=style.csp,
                    form=None if answer else form,
                    privacy=context["site"].privacy,
                    answer=answer,
                ):
                    found_at = placed(theme, templates, problem, name, likely, html)
                    problems.setdefault(replace(found_at, excerpt=""), found_at)  # told once of a part on many pages
    return list(problems.values())


def _with_line(problem: Problem, files: Mapping[str, File]) -> Problem:
    """The problem with its line of the file, where it was said without."""
    if not problem.line or problem.excerpt or problem.path not in files:
        return problem
    return problem.with_excerpt(files[problem.path].text)


def _unused(theme: Theme, templates: Templates, style: Style) -> list[Problem]:
    """The theme's own files that no page and no e-mail is made of: often a name that is one slip away from what it
    should replace. Whoever extends a theme may leave out what is its parent's."""
    used = templates.files(name for name in REQUIRED if theme.find(name))
    drawn = {f"assets/{path}" for path in style.assets}
    problems = []
    for folder in ("pages", "parts", "emails", "assets"):
        for file in theme.files(folder):
            if (
                file.theme != theme.name
                or file.shown in used
                or file.path in drawn
                or file.path.endswith((".css", ".md"))
            ):
                continue
            others = [each.path for each in theme.files(folder) if each.theme != file.theme]
            fix = "Name it in a template or in the CSS, or remove it."
            if folder in ("pages", "emails"):
                fix = "Give it the name of the file that it replaces, include it from one, or remove it."
            what = "Nothing uses this file."
            problems.append(Problem(file.shown, 0, 0, what, did_you_mean(file.path, others) + fix, "warning"))
    return problems


def _missing(theme: Theme, path: str) -> Problem:
    what = "The template is missing, and no theme that this one extends has it."
    return Problem(f"themes/{theme.name}/{path}", 0, 0, what, "Extend base, or write it.")


def _weight(theme: Theme, name: str, html: str) -> list[Problem]:
    """What the size of a page costs: PAGE_ADVISED and PAGE_MOST, as it travels."""
    size = len(gzip.compress(html.encode(), 9))
    if size <= PAGE_ADVISED:
        return []
    file = theme.find(name)
    what = f"A short page made by this template has {size:,} bytes on the wire, its CSS among them."
    fix = f"Aim for {PAGE_ADVISED:,} bytes; {PAGE_MOST:,} are the most. Look for drawings, and for CSS no page needs."
    level: Literal["warning", "advice"] = "warning" if size > PAGE_MOST else "advice"
    return [Problem(file.shown if file else name, 0, 0, what, fix, level)]


def placed(theme: Theme, templates: Templates, problem: Problem, name: str, likely: str, html: str = "") -> Problem:
    """The problem, said of the file of the theme that makes it, with its line: where a file says what the problem
    quotes, or what stands in its line of `html`. Where none does, of the most likely file, with no line."""
    closure = templates.closure(name)
    files = [file for link in theme.chain for file in link.files.values() if file.shown in closure]
    paths = [best.shown for path in (likely, name) if (best := theme.find(path)) and best.shown in closure]
    line = html.splitlines()[problem.line - 1] if html and problem.line else ""
    for pattern in _traces(problem, line):
        for file in files:
            if found := pattern.search(file.text):
                return _in_file(problem, file, found.start())
    for file in files if likely == FORM else ():
        for tag in _TAG.findall(line) if file.shown == paths[0] else ():
            if (at := file.text.find(tag)) >= 0:
                return _in_file(problem, file, at)
    return replace(problem, path=paths[0] if paths else problem.path, line=0)


def _in_file(problem: Problem, file: File, at: int) -> Problem:
    """The problem at that place of the file's text."""
    line = file.text.count("\n", 0, at) + 1
    return replace(problem, path=file.shown, line=line, column=0).with_excerpt(file.text)


def _traces(problem: Problem, line: str) -> Iterator[re.Pattern[str]]:
    """What the file that made the problem is likely to say, the surest first. `line`: where it shows on the page."""
    if quoted := _QUOTED.search(problem.what):
        yield re.compile(re.escape(quoted[1]))
    if line and (named := _ELEMENT.match(problem.what)):
        opened = rf"<{named[1]}\b"
        opened += rf"[^<>]*\s{named[2]}\b" if named[2] else r"(?![^>]*ld\+json)"
        for tag in re.findall(rf"{opened}[^>]*>[^<]*", line):
            yield re.compile(re.escape(tag.rstrip()))
        yield re.compile(opened)


def _context(
    handed: Mapping[str, type], style: Style, settings: Mapping[str, Any], *, full: bool, answer: bool
) -> dict[str, Any]:
    context = {}
    for name, view in handed.items():
        given: dict[str, Any] = {}
        if view is SiteView:
            given = {"settings": settings, "dir": "ltr", "language": "en", "privacy": "/privacy/", "home": "/"}
        elif view is PageView:
            given = {"style": Markup(style.css)}  # noqa: S704  # the theme's own CSS
            if answer or not full:
                given |= {"robots": "noindex", "canonical": "", "alternates": ()}
        elif view is AnswerView:
            given = {"form": sample(FormView, full=True)}
        context[name] = sample(view, full=full, given=given)
    return context


def _pages(theme: Theme, templates: Templates, name: str, context: Mapping[str, Any], *, answer: bool) -> list[str]:
    html = templates.render(name, context, next(iter(templates.strings)))
    if not answer:
        return [html]
    if templates.answers.startswith("http"):
        html = html.replace(f"{templates.answers}/assets/", f"{BASE_URL}/assets/")  # the sample's own origin
    file = theme.find(name)
    path = file.shown if file else name
    try:
        program = compile_html(html)
    except ProgramError as error:
        problem = replace(error.problem(path, html), line=0, column=0)
        raise ProblemsFound([problem]) from error
    fragments = {
        slot: Fragment(html=["<p>Words.</p>"], text=["Words."])
        for slot, uses in slots(program).items()
        if "fragment" in uses
    }
    every, least = slots(program), slots(program, required=True)
    pages = [fill(program, _values(uses), fragments=fragments) for uses in (every, least)]
    if templates.answers_elsewhere:  # the site's own files, by their whole address
        pages = [page.replace(f'"{templates.answers_elsewhere}/', '"/') for page in pages]
    return pages


def _values(uses: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    """Values for the slots of a program: texts, addresses, lists of one."""
    values: dict[str, Any] = {}
    for name in sorted(uses):
        *lists, last = name.split("/")
        inner = values
        for each in lists:
            inner = inner.setdefault(each, [{}])[0]
        if "each" in uses[name]:
            inner.setdefault(last, [{}])
        elif "url" in uses[name]:
            inner[last] = f"{BASE_URL}/"
        elif uses[name] != {"fragment"} and uses[name] != {"if", "fragment"}:
            inner[last] = lists[-1] if lists else f"Some {last.replace('_', ' ')}"
    return values
