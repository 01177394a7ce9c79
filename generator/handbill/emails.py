"""E-mails: a theme's layout and somebody's words become one program that thousands of entries share.

    Layout     the theme's MJML and text for one e-mail in one language, compiled once
    MailWords  the words: Markdown with a subject and a preheader, from the nearest file
    Composed   both joined: the program, and which values it asks for
    EmailFile  one entry's e-mail: the program's hash, and the values that the build knows

What is about one entry is never in the layout, so the slow steps (Jinja, MJML, reading HTML for slots) are paid once a
language, not once an entry. `email_file` is what an entry costs: a map of texts, written as JSON and named by its hash.

A shortcode in the words becomes a slot. What it says is known at the build (a title, a date: BUILD_VALUES), or only
when the e-mail is sent (a name, a link that carries a token: SEND_VALUES). Nothing else can be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, NamedTuple

from handbill.content.frontmatter import split
from handbill.errors import Problem, ProblemsFound
from handbill.model import Call, Part, Source, Words
from handbill.near import did_you_mean
from handbill.render.plaintext import columns
from handbill.render.programs import ProgramError, compile_html, compile_text, parts_to_program, splice
from handbill.render.shortcodes import MARK, SHORTCODES, fault, scan
from handbill.slugs import slugify
from handbill_functions import fill
from handbill_functions.catalog import Attachment, EmailFile, Fragment, Program, immutable
from handbill_functions.errors import FillError

Nodes = list[Any]
Way = Literal["mail", "text"]
Stream = Literal["service", "marketing"]
Direction = Literal["ltr", "rtl"]

WIDTH = 600
"""Pixels of an e-mail's table."""
RULE = 72
"""Columns of the text part."""

BUILD_VALUES: Mapping[str, str] = {
    "title": "The entry's title.",
    "summary": "Its one-line promise.",
    "kind": "`event`, `drop`, `host`, `page` or `site`.",
    "url": "Its page, absolute.",
    "when": "`Friday, 4 December 2026, 19:00 to 20:30 (Lisbon time)`.",
    "date": "The day alone.",
    "time": "The time alone.",
    "doors": "When the doors open.",
    "previous": "The date before it was moved.",
    "where": "The name of the place.",
    "where_address": "Its address in one line.",
    "price": "`from €25.00`, `Free`.",
    "stock": "`12 left on 3 May`, where the facts say so.",
    "state_label": "`Sold out`.",
    "picture": "Absolute URL of its picture for e-mails (JPEG or PNG).",
    "picture_alt": "What the picture shows.",
    "picture_width": "The picture's own width in pixels.",
    "picture_height": "The picture's own height in pixels.",
    "calendar_url": "Absolute URL of its .ics.",
    "google_calendar_url": "Link that adds it to Google's calendar.",
    "outlook_calendar_url": "Link that adds it to Outlook's calendar.",
    "site_name": "The site's name.",
    "site_url": "The site's home page, absolute.",
    "logo": "Absolute URL of the site's logo (JPEG or PNG).",
    "sender_name": "Who the e-mail is from.",
    "sender_address": "Postal address in one line.",
    "controller": "Who is responsible for the data.",
    "privacy_url": "The privacy notice, absolute.",
}
"""What a build may know of an entry. Absent where it does not: ask for it within `when`, or it must always be there."""

DERIVED: Mapping[str, str] = {
    "facts": "Something to print where there is anything for a table of facts: when, where or price.",
    "picture_shown": "The picture's height in pixels where it is as wide as the e-mail.",
    "own": "Something where the entry is the site itself, or bears its name.",
    "title_line": "A line of = signs as long as the title, for the text part.",
}
"""What follows from other values; made here."""

SEND_VALUES: Mapping[str, tuple[str, ...]] = {
    "first_name": ("welcome", "reminder", "changed", "cancelled"),
    "confirm_url": ("confirm",),
    "purposes": ("confirm",),
    "gate_url": ("welcome", "reminder", "changed"),
    "unsubscribe_url": ("welcome", "reminder", "changed", "cancelled"),
    "preferences_url": ("welcome", "reminder", "changed", "cancelled"),
}
"""What only sending knows, and the service e-mails that may ask for it; marketing may ask for all but confirm_url.
`purposes` is a list, each with its `text`. Beside them `secret.NAME`, anywhere but in confirm."""

NO_NAME_IN_CONFIRM = "The address may be somebody else's until it is confirmed: no word of the sender's may reach it."

Say = Callable[[Call, Way], str]
"""What one shortcode says that no value stands for: `href`, `link`, `figure`, `image`. HTML for "mail", escaped; `href`
says an absolute URL, as it stands in an attribute for "mail"."""


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
    stream: Stream = "service",
    sources: Mapping[str, str] | None = None,
) -> Layout:
    """The layout of the e-mail `name`. `render` gives the finished text of a template: `emails/welcome.mjml`, `.txt`.

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
    problems = [*_unknown(name, stream, html, path), *_unknown(name, stream, text, text_path)]
    if problems:
        raise ProblemsFound(problems)
    return Layout(name, lang, dir, stream, html, text, words_styles(compiled), mjml)


def _shown(template: str, sources: Mapping[str, str] | None) -> str:
    """The path that messages name a template by."""
    return next((shown for shown in sources or () if shown.endswith(f"/{template}")), template)


def _unknown(name: str, stream: Stream, program: Nodes, path: str) -> list[Problem]:
    """Names that a layout asks for and nobody gives."""
    known = {*BUILD_VALUES, *DERIVED, "preheader", *(n for n in SEND_VALUES if may_ask(n, name, stream))}
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


def may_ask(value: str, name: str, stream: Stream = "service") -> bool:
    """Whether the e-mail `name` may ask for a value that only sending knows."""
    if value.startswith("secret."):
        return name != "confirm"
    if value not in SEND_VALUES:
        return False
    return value != "confirm_url" if stream == "marketing" else name in SEND_VALUES[value]


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


# ------------------------------------------------------------------------------------------------------------- words


class MailWords(NamedTuple):
    """The words of an e-mail, read."""

    path: str
    subject: tuple[Part, ...]
    preheader: tuple[Part, ...]
    body: Words


def find_words(
    name: str,
    *,
    kind: str,
    lang: str,
    default: str,
    own: Mapping[tuple[str, str], str],
    section: Mapping[tuple[str, str], str],
    theme: Callable[[str], str | None],
    languages: Sequence[str] = (),
) -> str | None:
    """The path of the nearest words for the e-mail `name` of an entry: its own, its section's, the theme's.

    `own` and `section` are (e-mail name, language, empty for the default one) → path. `theme` gives the shown path of a
    theme's file, or None; there `welcome.event.md` goes before `welcome.md`. Words in the reader's language win over
    nearer words in another: a letter that cannot be read says nothing. `languages` are those to fall back on, then
    `default`, then English.
    """
    for code in dict.fromkeys((lang, *languages, default, "en")):
        suffix = "" if code == default else code
        for shelf in (own, section):
            if (name, suffix) in shelf:
                return shelf[name, suffix]
        for file in (f"{name}.{kind}.md", f"{name}.md"):
            for folder in dict.fromkeys((code, code.partition("-")[0])):
                if (path := theme(f"emails/words/{folder}/{file}")) is not None:
                    return path
    return None


KEYS = ("subject", "preheader")


def read_words(data: bytes, *, path: str, name: str, html: bool = False) -> tuple[MailWords | None, list[Problem]]:
    """The words in one file for the e-mail `name`, and all that is wrong with them; None where they cannot be used.

    `html`: the site allows author HTML.
    """
    from handbill.render.markdown import parse

    front = split(Source(path, data, ""), required=False)
    head = front.document
    if any(problem.level == "error" for problem in front.problems):
        return None, sorted(front.problems)
    body, found = parse(front.body, path=path, line=front.body_line, html=html, where="email")
    problems = [*front.problems, *found]
    for key in head.values:
        if key not in KEYS:
            fix = f"{did_you_mean(key, KEYS)}An e-mail has {' and '.join(KEYS)}."
            level: Literal["error", "warning"] = "error" if did_you_mean(key, KEYS) else "warning"
            problems.append(head.problem((key,), f"'{key}' means nothing here.", fix, level=level, on="key"))
    lines: dict[str, tuple[Part, ...]] = dict.fromkeys(KEYS, ())
    for key in KEYS:
        value = head.values.get(key)
        if value is None:
            continue
        if not isinstance(value, str):
            problems.append(head.problem((key,), f"The {key} is no text.", "Put it in quotes."))
            continue
        lines[key], wrong = line_parts(value, what=key, name=name)
        problems += [head.problem((key,), *each) for each in wrong]
    if not lines["subject"] and not problems:
        problems.append(Problem(path, 1, 0, "There is no subject.", "Write `subject: …` between two lines of ---."))
    if any(problem.level == "error" for problem in problems):
        return None, sorted(problems)
    return MailWords(path, lines["subject"], lines["preheader"], body.public), sorted(problems)


def line_parts(text: str, *, what: str, name: str) -> tuple[tuple[Part, ...], list[tuple[str, str]]]:
    """A subject or a preheader as parts, and (what is wrong, how to mend it).

    It is plain text with shortcodes that are facts, or the reader's name.
    """
    scanned = scan(" ".join(text.split()))
    parts: list[Part] = []
    wrong: list[tuple[str, str]] = []
    at = 0
    for found in MARK.finditer(scanned.text):
        parts.append(scanned.text[at : found.start()])
        at = found.end()
        one = scanned.found[int(found[1])]
        if one.literal:
            parts.append(one.literal)
        elif one.call is None:
            wrong.append((one.what, one.fix))
        elif (faulty := fault(one.call, "email"))[0]:
            wrong.append(faulty)
        elif one.call.name not in IN_A_LINE or (one.call.name == "first_name" and name == "confirm"):
            wrong.append((f"'{one.call.name}' cannot stand in the {what}.", f"Known there: {', '.join(IN_A_LINE)}."))
        else:
            parts.append(one.call)
    parts.append(scanned.text[at:])
    return tuple(part for part in parts if part), wrong


FACTS = ("title", "summary", "when", "date", "time", "where", "price", "stock")
"""Shortcodes that are plain facts."""
IN_A_LINE = (*FACTS, "first_name")

_ADDRESSES: Mapping[str, str] = {"page_url": "url", "signup": "url", "calendar": "calendar_url"}
"""Shortcode that is an address → the value that holds it, where their names differ."""


class _Speaker:
    """Turns the parts of a text into nodes for one context, and keeps which facts must be asked of an entry."""

    def __init__(self, name: str, t: Callable[[str], str], say: Say | None, path: str) -> None:
        self.name, self.t, self._say, self.path = name, t, say, path
        self.asks: dict[str, Call] = {}
        self.problems: list[Problem] = []

    def line(self, parts: Sequence[Part]) -> Nodes:
        return self._join(parts, lambda call, _: self._fact(call, "header"))

    def html(self, parts: Sequence[Part], styles: Mapping[str, str]) -> Nodes:
        if styles:
            dress = _dresser(tuple(styles.items()))
            parts = [dress(part) if isinstance(part, str) else part for part in parts]
        return self._join(parts, lambda call, block: self._html(call, block, styles))

    def text(self, parts: Sequence[Part]) -> Nodes:
        return self._join(parts, lambda call, _: self._text(call))

    def _join(self, parts: Sequence[Part], nodes: Callable[[Call, bool], Nodes]) -> Nodes:
        out: Nodes = []
        for number, part in enumerate(parts):
            if isinstance(part, str):
                _append(out, part)
                continue
            before = parts[number - 1] if number else "\n"
            after = parts[number + 1] if number + 1 < len(parts) else "\n"
            block = isinstance(before, str) and before.endswith("\n") and isinstance(after, str) and after[:1] == "\n"
            for node in nodes(part, block):
                _append(out, node)
        return out

    # ---- facts, the same everywhere

    def _fact(self, call: Call, context: str) -> Nodes:
        name = call.name
        if name == "first_name":
            self._sending(call, "first_name")
            return [[context, "first_name", call.args[0]]]
        if name == "secret":
            self._sending(call, f"secret.{call.args[0]}")
            return [[context, f"secret.{call.args[0]}"]]
        if name == "title":
            return [[context, "title"]]
        if name == "where":
            return [[context, "where", ""], ["if", "where_address", [", ", [context, "where_address"]], []]]
        if call.args and name in ("price", "stock"):
            slot = f"{name}.{_slot_part(call.args[0])}"
            self.asks[slot] = call
            return [[context, slot, ""]]
        return [[context, name, ""]]

    def _sending(self, call: Call, value: str) -> None:
        if not may_ask(value, self.name):
            where = SEND_VALUES.get(value, ("any other",))
            fix = NO_NAME_IN_CONFIRM if self.name == "confirm" else f"It is known in {', '.join(where)}."
            self.problems.append(
                Problem(self.path, call.line, call.column, f"'{call.name}' is not known in '{self.name}'.", fix)
            )

    def _address(self, call: Call, name: str, context: str) -> Nodes:
        """The address that the shortcode `name` stands for."""
        value = _ADDRESSES.get(name, name)
        if value not in BUILD_VALUES:
            self._sending(call, value)
        return [[context, value], "#signup"] if name == "signup" else [[context, value]]

    def _target(self, call: Call, target: str, way: Way) -> Nodes:
        """Where a button leads: an address shortcode, or a link as written."""
        if target in SHORTCODES:
            return self._address(call, target, "url" if way == "mail" else "plain")
        return [self.say(Call("href", (target,), (), call.line, call.column), way)]

    def say(self, call: Call, way: Way) -> str:
        if self._say is None:
            self.problems.append(
                Problem(
                    self.path, call.line, call.column, f"'{call.name}' cannot stand in words that all entries share.",
                    "Write full https addresses, or use button with page_url.",
                )
            )  # fmt: skip
            return ""
        return self._say(call, way)

    # ---- HTML and text

    def _html(self, call: Call, block: bool, styles: Mapping[str, str]) -> Nodes:
        name = call.name
        if name == "href_of":
            return self._address(call, call.args[0], "url")
        if name in ("href", "link", "figure", "image"):
            return [self.say(call, "mail")]
        if name == "button":
            return self._link(self._target(call, call.args[1], "mail"), call.args[0], block, styles, "a.button")
        if name == "calendar":
            link = self._link(self._address(call, name, "url"), self.t("calendar.add"), block, styles)
            return [["if", "calendar_url", link, []]]
        if name == "signup":
            words = call.args[0] if call.args else self.t("form.button.default")
            return self._link(self._address(call, name, "url"), words, block, styles)
        if name in SHORTCODES and SHORTCODES[name].url:
            address = self._address(call, name, "url")
            return self._link(address, self._address(call, name, "text"), block, styles)
        return self._fact(call, "text")

    def _link(
        self, target: Nodes, words: str | Nodes, block: bool, styles: Mapping[str, str], look: str = "a"
    ) -> Nodes:
        style = f' style="{escape(styles[look])}"' if look in styles else ""
        kind = ' class="button"' if look == "a.button" else ""
        said = [escape(words)] if isinstance(words, str) else words
        paragraph = f' style="{escape(styles["p"])}"' if "p" in styles else ""
        open_, close = (f"<p{paragraph}>", "</p>") if block else ("", "")
        return [f'{open_}<a{kind}{style} href="', *target, '">', *said, f"</a>{close}"]

    def _text(self, call: Call) -> Nodes:
        name = call.name
        if name == "href_of":
            return self._address(call, call.args[0], "plain")
        if name in ("href", "link", "figure", "image"):
            return [self.say(call, "text")]
        if name == "button":
            return [f"{call.args[0]}:\n", *self._target(call, call.args[1], "text")]
        if name == "calendar":
            return [["if", "calendar_url", [f"{self.t('calendar.add')}:\n", ["plain", "calendar_url"]], []]]
        if name == "signup":
            words = call.args[0] if call.args else self.t("form.button.default")
            return [f"{words}:\n", *self._address(call, name, "plain")]
        if name in SHORTCODES and SHORTCODES[name].url:
            return self._address(call, name, "plain")
        return self._fact(call, "plain")


def _append(out: Nodes, node: Any) -> None:
    if isinstance(node, str) and out and isinstance(out[-1], str):
        out[-1] += node
    elif node:
        out.append(node)


def _slot_part(name: str) -> str:
    """A product's name as the last part of a slot's: `Early bird` is early-bird. Beyond ASCII by codes."""
    slug = slugify(name) or "x"
    return re.sub(r"[^a-z0-9_-]", lambda found: f"u{ord(found[0]):x}", slug)


def _dresser(styles: tuple[tuple[str, str], ...]) -> Callable[[str], str]:
    """Writes each style into the tags it is for: some mail programs keep no style sheet."""
    by_tag = {tag: f' style="{escape(style)}"' for tag, style in styles}
    tags = "|".join(sorted((tag for tag in by_tag if "." not in tag), key=len, reverse=True))
    pattern = re.compile(rf"<({tags})(?=[\s/>])(?![^<>]*\sstyle=)") if tags else re.compile(r"(?!)")
    return lambda text: pattern.sub(lambda found: found[0] + by_tag[found[1]], text)


# ------------------------------------------------------------------------------------------------------------ joining


@dataclass(frozen=True, slots=True)
class Composed:
    """A layout and words, joined: what all entries that use both share."""

    layout: Layout
    program: Program
    hash: str
    """Name of the program's file."""
    data: bytes
    """Its bytes: `programs/<hash>.json`."""
    names: frozenset[str]
    """Values that the build must look for: the rest need not be stored."""
    needs: tuple[tuple[tuple[tuple[str, bool], ...], str], ...]
    """(conditions, name) of values that must be there wherever all conditions (another name, given or not) hold."""
    asks: tuple[tuple[str, Call], ...]
    """(name, shortcode) of facts about one product of the entry."""
    gated: bool
    """True where the program has a place for the entry's gated words."""
    body: Nodes
    """The words alone, as they stand in the HTML."""


def compose(layout: Layout, words: MailWords, *, t: Callable[[str], str], say: Say | None = None) -> Composed:
    """The program of `layout` with `words` in it. `t` gives the theme's words; `say`: see Say, None for shared words.

    Raises ProblemsFound for shortcodes that this e-mail cannot know.
    """
    speaker = _Speaker(layout.name, t, say, words.path)
    subject, preheader = speaker.line(words.subject), speaker.line(words.preheader)
    body = speaker.html(words.body.mail, layout.styles)
    html = splice(layout.html, "body", body)
    text = splice(layout.text, "body", speaker.text(words.body.text))
    if speaker.problems:
        raise ProblemsFound(speaker.problems)
    program = Program(subject=subject, preheader=preheader, html=html, text=text)
    fill.check(html)
    fill.check(text, part="text")
    fill.check(subject, part="header")
    fill.check(preheader, part="header")
    name, data = immutable(program)
    known = {*BUILD_VALUES, *DERIVED, *speaker.asks}
    every = (subject, preheader, html, text)
    used = {slot.partition("/")[0] for part in every for slot in fill.slots(part)}
    needs: dict[tuple[tuple[tuple[str, bool], ...], str], None] = {}
    for part in every:
        for need in _needs(part, ()):
            if need[1] in known:
                needs[need] = None
    return Composed(
        layout=layout,
        program=program,
        hash=name,
        data=data,
        names=frozenset(used & known),
        needs=tuple(needs),
        asks=tuple(speaker.asks.items()),
        gated="gate" in used,
        body=body,
    )


def _needs(
    nodes: Iterable[Any], given: tuple[tuple[str, bool], ...]
) -> Iterable[tuple[tuple[tuple[str, bool], ...], str]]:
    """Every slot without a fallback, and the conditions under which it is filled. Slots of an `each` are its items'."""
    for node in nodes:
        if isinstance(node, str):
            continue
        if node[0] == "if":
            yield from _needs(node[2], (*given, (node[1], True)))
            yield from _needs(node[3], (*given, (node[1], False)))
        elif node[0] not in ("each", "fragment") and len(node) < 3 and (node[1], True) not in given:
            yield given, node[1]


class Gated(NamedTuple):
    """The gated words of one entry, for the inside of a program."""

    fragment: Fragment
    names: frozenset[str]
    """Values that the build must look for."""
    asks: tuple[tuple[str, Call], ...]
    """As Composed.asks."""


def gated(words: Words, layout: Layout, *, t: Callable[[str], str], say: Say | None, path: str) -> Gated:
    """The gated words of an entry, for an e-mail. Raises ProblemsFound for shortcodes that it cannot know."""
    speaker = _Speaker(layout.name, t, say, path)
    html, text = speaker.html(words.mail, layout.styles), speaker.text(words.text)
    if speaker.problems:
        raise ProblemsFound(speaker.problems)
    used = {slot.partition("/")[0] for part in (html, text) for slot in fill.slots(part)}
    known = {*BUILD_VALUES, *DERIVED}
    return Gated(Fragment(html=html, text=text), frozenset(used & known), tuple(speaker.asks.items()))


def gate_page(words: Words, say: Callable[[Call, Literal["html", "text"]], str]) -> Fragment:
    """The same words for a page that the functions show: all that the build knows is said; secrets stay slots.

    `say` says every shortcode but `secret`, escaped for "html".
    """

    def nodes(way: Literal["html", "text"], context: str) -> Callable[[Call], Nodes]:
        return lambda call: [[context, f"secret.{call.args[0]}"]] if call.name == "secret" else [say(call, way)]

    return Fragment(
        html=parts_to_program(words.html, nodes("html", "text")),
        text=parts_to_program(words.text, nodes("text", "plain")),
    )


def email_file(
    composed: Composed,
    *,
    entry: str,
    values: Mapping[str, str],
    path: str,
    gate: Gated | None = None,
    fact: Callable[[Call], str] | None = None,
    attachments: Sequence[Attachment] = (),
) -> tuple[str, bytes]:
    """(hash, bytes) of one e-mail of one entry: `emails/<hash>.json`.

    `values` is what the build knows, empty texts as good as absent; only what is asked for is stored. `fact` says the
    product facts that the words ask for. `path` names the entry in messages. The gated words are left out of e-mails
    that have no place for them.
    Raises ProblemsFound where a value is missing that must be there, or may not stand where its slot is.
    """
    names, asks = composed.names, composed.asks
    fragments = {}
    if gate is not None and composed.gated:
        names, asks, fragments = names | gate.names, (*asks, *gate.asks), {"gate": gate.fragment}
    stored = {name: value for name, value in values.items() if value and name in names}
    for name, call in asks:
        stored[name] = fact(call) if fact is not None else ""
    _derive(stored, values, names)
    _refuse_missing(composed, stored, path)
    layout = composed.layout
    file = EmailFile(
        name=layout.name,
        entry=entry,
        lang=layout.lang,
        dir=layout.dir,
        stream=layout.stream,
        program=composed.hash,
        values=stored,
        fragments=fragments,
        attachments=list(attachments),
    )
    return immutable(file)


def _derive(stored: dict[str, str], values: Mapping[str, str], names: frozenset[str]) -> None:
    if "facts" in names and any(values.get(name) for name in ("when", "where", "price")):
        stored["facts"] = "yes"
    if "own" in names and values.get("title") == values.get("site_name"):
        stored["own"] = "yes"
    if "title_line" in names and "title" in values:
        stored["title_line"] = "=" * min(RULE, max(3, columns(values["title"])))
    if "picture_shown" in names and values.get("picture"):
        width, height = int(values["picture_width"]), int(values["picture_height"])
        stored["picture_shown"] = str(max(1, round(height * WIDTH / max(1, width))))


_URLS = tuple(name for name in BUILD_VALUES if name.endswith("url") or name in ("picture", "logo"))


def _refuse_missing(composed: Composed, stored: Mapping[str, str], path: str) -> None:
    problems = []
    where = f"the e-mail '{composed.layout.name}' ({composed.layout.lang})"
    missing = {
        name
        for given, name in composed.needs
        if not stored.get(name) and all(bool(stored.get(other)) is wanted for other, wanted in given)
    }
    for name in sorted(missing):
        fix = FIXES.get(name, "Let the layout or the words ask for it within `when`.")
        problems.append(Problem(path, 0, 0, f"Nothing is known for '{name}' in {where}.", fix))
    try:
        fill.fill([["url", name] for name in _URLS if name in stored], stored)
        fill.fill([["header", "title"]], stored, part="header")
    except FillError as error:
        problems.append(Problem(path, 0, 0, f"In {where}: {error}", "Mend base_url in site.yaml, or the title."))
    if problems:
        raise ProblemsFound(problems)


FIXES: Mapping[str, str] = {
    "sender_name": "Write sender.name in site.yaml.",
    "sender_address": "Write sender.address in site.yaml: the law wants a postal address.",
    "price": "Write a price, or leave the shortcode out.",
}


# ------------------------------------------------------------------------------------------------------ sample values

_NAMES: Mapping[str, tuple[str, str]] = {
    "en": ("Ana", "Alexandrina Wilhelmina Featherstonehaugh-Cholmondeley"),
    "pt": ("Inês", "Maria da Conceição Gonçalves de Albuquerque e Vasconcelos"),
    "ar": ("ليلى", "عبد الرحمن بن محمد بن عبد العزيز الهاشمي"),
    "ja": ("葵", "長宗我部右衛門左之助"),
}


def sample_values(
    lang: str, *, long: bool = False, names: Iterable[str] = (), base_url: str = "https://casalume.example"
) -> dict[str, Any]:
    """Plausible values for what only sending knows: for checks and previews. `long`: as long as they get.

    `names` adds a value for each `secret.…` among them.
    """
    base = base_url.rstrip("/")
    token = "3f9a0cdeb2f14c0fae0bd2f4b7e6a1c2" * (5 if long else 1)
    name = _NAMES.get(lang.partition("-")[0], _NAMES["en"])[1 if long else 0]
    purposes = ["Yes, write to me about new evenings and drops, at most twice a month. I can leave at any time."]
    values: dict[str, Any] = {
        "first_name": name,
        "purposes": [{"text": text} for text in (purposes * 4 if long else purposes)],
    }
    for key, verb in (
        ("confirm_url", "confirm"),
        ("gate_url", "gate"),
        ("unsubscribe_url", "leave"),
        ("preferences_url", "preferences"),
    ):
        values[key] = f"{base}/api/{verb}/{token}"
    values.update({name: "4711-B" * (6 if long else 1) for name in names if name.startswith("secret.")})
    return values


def send_names(program: Program, fragments: Mapping[str, Fragment] | None = None) -> frozenset[str]:
    """What only sending knows, of all that a program and its fragments ask for."""
    parts: list[Any] = [program["subject"], program["preheader"], program["html"], program["text"]]
    for each in (fragments or {}).values():
        parts += [each["html"], each["text"]]
    used = {slot.partition("/")[0] for part in parts for slot in fill.slots(part)}
    return frozenset(name for name in used if name in SEND_VALUES or name.startswith("secret."))
