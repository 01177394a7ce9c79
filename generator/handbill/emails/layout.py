"""Layouts: the theme's MJML and text of one e-mail, compiled once a language into programs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from handbill.emails.values import BUILD_VALUES, DERIVED, EMAILS, SEND_VALUES, Stream, may_ask
from handbill.errors import Problem, ProblemsFound
from handbill.near import did_you_mean
from handbill.render.programs import ProgramError, compile_html, compile_text
from handbill_functions import fill

Nodes = list[Any]
Direction = Literal["ltr", "rtl"]


class Layout(NamedTuple):
    """The theme's part of one e-mail in one language, compiled. Shared by all entries."""

    name: str
    lang: str
    dir: Direction
    stream: Stream
    html: Nodes
    text: Nodes
    styles: Mapping[str, str]
    """Tag (or `a.button`) → what the theme's `.words TAG` rules say: written into the words' tags as well."""
    mjml: str
    """What was compiled: for those who want it in a tool for MJML."""


def compile_layout(
    name: str,
    *,
    lang: str,
    dir: Direction,
    render: Callable[[str], str],
    sources: Mapping[str, str] | None = None,
) -> Layout:
    """The layout of the e-mail `name`, one of EMAILS. `render` gives the finished text of a template:
    `emails/welcome.mjml`, `.txt`.

    `sources` (shown path → text) are the theme's files below emails/: problems are placed in them.
    Raises ProblemsFound: for MJML that does not compile, slots in places where none may be, names that nobody fills.
    """
    from handbill.render.mjml import compile_mjml

    template, text_template = f"emails/{name}.mjml", f"emails/{name}.txt"
    path, text_path = _shown(template, sources), _shown(text_template, sources)
    mjml = render(template)
    compiled = compile_mjml(mjml, path=path, sources=sources)
    try:
        html = compile_html(compiled)
    except ProgramError as error:
        raise ProblemsFound([error.problem(path, compiled)]) from None
    plain = render(text_template)
    try:
        text = compile_text(plain)
    except ProgramError as error:
        raise ProblemsFound([error.problem(text_path, plain)]) from None
    problems = [*_unknown(name, html, path), *_unknown(name, text, text_path)]
    if problems:
        raise ProblemsFound(problems)
    return Layout(name, lang, dir, EMAILS[name], html, text, words_styles(compiled), mjml)


def _shown(template: str, sources: Mapping[str, str] | None) -> str:
    """The path that messages name a template by."""
    return next((shown for shown in sources or () if shown.endswith(f"/{template}")), template)


def _unknown(name: str, program: Nodes, path: str) -> list[Problem]:
    """Names that a layout asks for and nobody gives."""
    known = {*BUILD_VALUES, *DERIVED, "preheader", *(n for n in SEND_VALUES if may_ask(n, name))}
    problems = []
    for used, contexts in fill.slots(program).items():
        first = used.partition("/")[0]
        if "fragment" in contexts or first in ("body", "gate"):
            known_fragments = ("body", "gate") if name == "welcome" else ("body",)
            if first not in known_fragments:
                fix = f"Known are {', '.join(known_fragments)}: gated words are in the welcome mail alone."
                problems.append(Problem(path, 0, 0, f"There is no fragment '{first}' for '{name}'.", fix))
        elif first not in known:
            fix = f"{did_you_mean(first, known)}Known are {', '.join(sorted(known))}."
            problems.append(Problem(path, 0, 0, f"Nothing fills the slot '{first}' of '{name}'.", fix))
    if not any(used == "body" for used in fill.slots(program)):
        problems.append(Problem(path, 0, 0, "The layout has no place for the words.", "Write {% fragment body %}."))
    return problems


_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]|\{[^{}]*\})*\}")
_WORDS_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SELECTOR = re.compile(r"\.words ([a-z][a-z0-9]*(?:\.button)?)")


def words_styles(html: str) -> dict[str, str]:
    """What the style sheets of `html` say of the words, by tag: `.words p { … }` for p. Media queries are left out."""
    styles: dict[str, str] = {}
    for sheet in re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL):
        for selectors, declarations in _WORDS_RULE.findall(_MEDIA.sub("", sheet)):
            for selector in selectors.split(","):
                if found := _SELECTOR.fullmatch(selector.strip()):
                    wanted = ";".join(" ".join(part.split()) for part in declarations.split(";") if part.strip())
                    styles[found[1]] = (styles[found[1]] + ";" if found[1] in styles else "") + wanted
    return styles
