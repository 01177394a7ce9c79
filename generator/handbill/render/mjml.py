"""MJML to HTML: the only door to mjml-python.

`compile_mjml` gives the HTML of one MJML document, or every Problem of it with its line. mjml-python (Rust, mrml 6) is
fast and quiet: it takes unknown tags and attributes without a word, prints attributes with Rust's debug escapes, and
ignores what it cannot read. So a document is checked here against a list of our own before it is compiled, and looked
at once more afterwards. What the list leaves out is left out for a reason that its message gives.

Only the theme's words and slot markers (`{{name}}`, see `handbill.render.programs`) may be in a document that comes
here; a creator's or a reader's text is filled in afterwards. The HTML is never parsed and written again: that would
cost the conditional comments on which Outlook's layout hangs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple
from xml.parsers import expat

from handbill.errors import Problem, ProblemsFound

# ----------------------------------------------------------------------------------------------------- the allow-list


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


class Rule(NamedTuple):
    """What a value must look like, and how to say it."""

    pattern: re.Pattern[str]
    wish: str


def _rule(pattern: str, wish: str) -> Rule:
    return Rule(re.compile(pattern), wish)


_LENGTH = r"(?:\d+(?:\.\d+)?(?:px|%))"
TEXT = _rule(r"(?s).*", "any text")
COLOUR = _rule(r"#[0-9a-fA-F]{6}|transparent|none", "Write six digits, such as #1a2b3c: Outlook does not widen #abc.")
PX = _rule(r"\d+(?:\.\d+)?px", "Write a number of pixels, such as 16px.")
SIZE = _rule(_LENGTH, "Write pixels or percent, such as 24px or 50%.")
PADDING = _rule(
    rf"{_LENGTH}(?: {_LENGTH}){{0,3}}",
    "Write one to four lengths, each with its unit, such as 0px 24px: the compiler ignores a bare 0 when it works out "
    "widths, and Outlook's columns come out too wide.",
)
BORDER = _rule(
    r"none|0px|\d+(?:\.\d+)?px (?:solid|dashed|dotted|double) #[0-9a-fA-F]{6}",
    "Write none, or a width, a style and six digits, such as 1px solid #dddddd.",
)
RADIUS = _rule(rf"{_LENGTH}(?: {_LENGTH}){{0,3}}", "Write pixels, such as 6px.")
LEADING = _rule(r"\d+(?:\.\d+)?(?:px|%)?", "Write pixels, percent or a number, such as 24px.")
SPACING = _rule(r"normal|-?\d+(?:\.\d+)?(?:px|em)", "Write px or em, such as 0.5px.")
WEIGHT = _rule(r"normal|bold|[1-9]00", "Write normal, bold, or 100 to 900.")
ALIGN = _rule(r"left|center|right|justify", "Write left, center, right or justify.")
VALIGN = _rule(r"top|middle|bottom", "Write top, middle or bottom.")
DIRECTION = _rule(r"ltr|rtl", "Write ltr or rtl.")
NUMBER = _rule(r"\d+", "Write a whole number.")
FLAG = _rule(r"true|false", "Write true or false.")

_PADDINGS = {"padding": PADDING, **{f"padding-{side}": SIZE for side in ("top", "right", "bottom", "left")}}
_BORDERS = {"border": BORDER, **{f"border-{side}": BORDER for side in ("top", "right", "bottom", "left")}}
_TYPE = {
    "color": COLOUR,
    "font-family": TEXT,
    "font-size": PX,
    "font-style": _rule(r"normal|italic", "Write normal or italic."),
    "font-weight": WEIGHT,
    "letter-spacing": SPACING,
    "line-height": LEADING,
    "text-decoration": _rule(r"none|underline|line-through", "Write none, underline or line-through."),
    "text-transform": _rule(r"none|uppercase|lowercase|capitalize", "Write none, uppercase, lowercase or capitalize."),
}
_BOX = {"css-class": TEXT, "mj-class": _rule(r"\S*", "Write one name: with two, the compiler lets the first win.")}
_CELL = {**_BOX, **_PADDINGS, "container-background-color": COLOUR}
_BACKGROUND = {
    "background-color": COLOUR,
    "background-url": TEXT,
    "background-repeat": _rule(r"repeat|no-repeat", "Write repeat or no-repeat."),
    "background-size": TEXT,
    "background-position": TEXT,
}
_SECTION = {
    **_BOX,
    **_PADDINGS,
    **_BORDERS,
    **_BACKGROUND,
    "border-radius": RADIUS,
    "direction": DIRECTION,
    "full-width": _rule(r"full-width", "Write full-width, or leave it out."),
    "text-align": ALIGN,
}
_INNER = {
    f"inner-{name}": rule for name, rule in {**_BORDERS, "border-radius": RADIUS, "background-color": COLOUR}.items()
}

COMPONENTS: Mapping[str, Mapping[str, Rule]] = {
    "mj-wrapper": _SECTION,
    "mj-section": _SECTION,
    "mj-group": {**_BOX, "background-color": COLOUR, "direction": DIRECTION, "vertical-align": VALIGN, "width": SIZE},
    "mj-column": {
        **_BOX,
        **_PADDINGS,
        **_BORDERS,
        **_INNER,
        "background-color": COLOUR,
        "border-radius": RADIUS,
        "direction": DIRECTION,
        "vertical-align": VALIGN,
        "width": SIZE,
    },
    "mj-text": {**_CELL, **_TYPE, "align": ALIGN, "height": SIZE},
    "mj-button": {
        **_CELL,
        **_TYPE,
        **_BORDERS,
        "align": ALIGN,
        "background-color": COLOUR,
        "border-radius": RADIUS,
        "height": SIZE,
        "href": TEXT,
        "inner-padding": PADDING,
        "name": TEXT,
        "rel": TEXT,
        "target": TEXT,
        "text-align": ALIGN,
        "vertical-align": VALIGN,
        "width": SIZE,
    },
    "mj-image": {
        **_CELL,
        "align": ALIGN,
        "alt": TEXT,
        "border": BORDER,
        "border-radius": RADIUS,
        "fluid-on-mobile": FLAG,
        "font-size": PX,
        "height": _rule(r"auto|\d+px", "Write auto or pixels."),
        "href": TEXT,
        "max-height": SIZE,
        "name": TEXT,
        "rel": TEXT,
        "src": TEXT,
        "srcset": TEXT,
        "target": TEXT,
        "title": TEXT,
        "width": PX,
    },
    "mj-divider": {
        **_CELL,
        "align": ALIGN,
        "border-color": COLOUR,
        "border-style": _rule(r"solid|dashed|dotted|double", "Write solid, dashed, dotted or double."),
        "border-width": PX,
        "width": SIZE,
    },
    "mj-spacer": {**_CELL, "height": SIZE},
    "mj-table": {
        **_CELL,
        "align": ALIGN,
        "border": BORDER,
        "cellpadding": NUMBER,
        "cellspacing": NUMBER,
        "color": COLOUR,
        "font-family": TEXT,
        "font-size": PX,
        "line-height": LEADING,
        "table-layout": _rule(r"auto|fixed|initial|inherit", "Write auto or fixed."),
        "width": SIZE,
    },
}
"""The components of an e-mail and their attributes: those of MJML 4 that mrml prints (a test compiles each)."""

_ANY = {name: rule for rules in COMPONENTS.values() for name, rule in rules.items()}
TAGS: Mapping[str, Mapping[str, Rule]] = {
    "mjml": {"lang": TEXT, "dir": DIRECTION},
    "mj-head": {},
    "mj-title": {},
    "mj-style": {},
    "mj-breakpoint": {"width": PX},
    "mj-attributes": {},
    "mj-all": _ANY,
    "mj-class": {**_ANY, "name": TEXT},
    "mj-body": {"background-color": COLOUR, "css-class": TEXT, "width": PX},
    "mj-raw": {},
    **COMPONENTS,
}
"""Every MJML tag that may be used, and its attributes."""

_CONTENT = ("mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer", "mj-table", "mj-raw")
_ROWS = ("mj-wrapper", "mj-section", "mj-raw")
CHILDREN: Mapping[str, tuple[str, ...]] = {
    "mjml": ("mj-head", "mj-body"),
    "mj-head": ("mj-title", "mj-style", "mj-breakpoint", "mj-attributes", "mj-raw"),
    "mj-attributes": ("mj-all", "mj-class", *COMPONENTS),
    "mj-body": _ROWS,
    "mj-wrapper": ("mj-section", "mj-raw"),
    "mj-section": ("mj-column", "mj-group", "mj-raw"),
    "mj-group": ("mj-column", "mj-raw"),
    "mj-column": _CONTENT,
}
"""What may stand directly in what. Tags that are not named here hold no MJML."""

HOLDS_HTML = frozenset({"mj-text", "mj-button", "mj-table", "mj-raw"})
"""Tags whose content is HTML, written as XHTML (`<br />`)."""

HTML = _names(
    "a abbr b blockquote br center code div em font h1 h2 h3 h4 h5 h6 hr i img li meta ol p pre s small span strong "
    "sub sup table tbody td tfoot th thead tr u ul script"
)
"""HTML that mail programs keep. `script` only as application/ld+json, which no program runs."""

REFUSED: Mapping[str, str] = {
    "mj-include": "Compose layouts with {% extends %} and {% include %}: the compiler has no files.",
    "mj-preview": "Write the preheader as mj-raw, first in mj-body: filters take mj-preview's tiny text for a trick.",
    "mj-font": "Use fonts that the reader's machine has: a mail makes no outside request.",
    "mj-social": "Write plain links: its icons come from another company's server.",
    "mj-social-element": "Write plain links: its icons come from another company's server.",
    "mj-navbar": "Write plain links: its ids repeat in every mail.",
    "mj-navbar-link": "Write plain links: its ids repeat in every mail.",
    "mj-carousel": "Show one picture: most mail programs cannot turn pages.",
    "mj-carousel-image": "Show one picture: most mail programs cannot turn pages.",
    "mj-accordion": "Show the text: most mail programs cannot unfold it, and its icons come from another server.",
    "mj-accordion-element": "Show the text: most mail programs cannot unfold it.",
    "mj-accordion-title": "Show the text: most mail programs cannot unfold it.",
    "mj-accordion-text": "Show the text: most mail programs cannot unfold it.",
    "mj-hero": "Use mj-image: the background picture is lost in half of the mail programs.",
    "mj-html-attributes": "Write the attribute where it belongs: the compiler cannot read this.",
    "mj-dev": "Use mj-raw.",
    "style": "Use mj-style in mj-head.",
    "link": "A mail makes no outside request. Write the styles in mj-style.",
    "base": "Write absolute links.",
    "form": "Mail programs drop forms. Link to a page that has one.",
    "input": "Mail programs drop forms. Link to a page that has one.",
    "button": "Use mj-button.",
    "iframe": "Mail programs drop frames. Link to the page.",
    "object": "Mail programs drop it. Use mj-image.",
    "video": "Mail programs drop it. Link a picture to the page.",
    "audio": "Mail programs drop it. Link to the page.",
    "svg": "Mail programs drop SVG. Use a JPEG or PNG.",
    "picture": "Mail programs take JPEG and PNG. Use one img.",
}
"""Tags that people try, and what to do instead."""

SLOTS_IN = frozenset({"href", "src", "alt", "title", "content", "height", "aria-label"})
"""Attributes that may hold a slot."""

# ------------------------------------------------------------------------------------------------------- compiling


def compile_mjml(mjml: str, *, path: str, sources: Mapping[str, str] | None = None) -> str:
    """The HTML of one MJML document, with `lang` and `dir` on html and body, and no outside request in it.

    `path` names the document in messages. `sources` (path → text) are the template files it was made from: a problem
    is then reported in the file and line that a person can mend.

    Raises ProblemsFound with every problem of the document.
    """
    problems = check_mjml(mjml, path=path, sources=sources)
    if problems:
        raise ProblemsFound(problems)
    from mjml import mjml2html

    try:
        # Without fonts={} the default font adds a link to Google's servers to every mail.
        html: str = mjml2html(mjml, fonts={})
    except ValueError as error:
        raise ProblemsFound([Problem(path, 0, 0, f"The MJML does not compile: {error}.", _REREAD)]) from None
    html = _on_body(html)
    problems = list(_leftovers(html, path))
    if problems:
        raise ProblemsFound(problems)
    return html


_REREAD = "Look for a tag that is not closed or a quotation mark too many."


def _on_body(html: str) -> str:
    """`lang` and `dir` of <html> on <body> too: some mail programs throw <html> away."""
    found = re.search(r'<html (lang="[^"]*" dir="[^"]*")', html)
    return html.replace("<body ", f"<body {found[1]} ", 1) if found else html


_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_OUTSIDE = re.compile(r"<link\b|@import|@font-face|url\(", re.IGNORECASE)


def _leftovers(html: str, path: str) -> Iterator[Problem]:
    """What the compiler should not have written: Rust's escapes in attributes, and requests to other servers."""
    for tag in _TAG.finditer(html):
        if "\\" in tag[0] and (found := re.search(r"\\u\{[0-9a-f]+\}|\\[nrt\\\"]", tag[0])):
            yield Problem(
                path, 0, 0, f"The compiled HTML has a literal {found[0]} in {tag[0][:80]}.",
                "Keep such characters out of attributes: put the text in as a slot.",
            )  # fmt: skip
    if found := _OUTSIDE.search(html):
        shown = html[found.start() : found.start() + 60]
        yield Problem(
            path, 0, 0, f"The compiled HTML asks another server for something: {shown!r}.",
            "A mail makes no outside request but its pictures. Write the styles in mj-style.",
        )  # fmt: skip


# -------------------------------------------------------------------------------------------------------- checking


def check_mjml(mjml: str, *, path: str, sources: Mapping[str, str] | None = None) -> list[Problem]:
    """Every problem of an MJML document, in order; empty when it may be compiled. Raises nothing."""
    checker = _Checker(mjml)
    checker.run()
    return [_placed(found, mjml, path, sources or {}) for found in checker.found]


class _Found(NamedTuple):
    offset: int
    width: int
    what: str
    fix: str


def _placed(found: _Found, mjml: str, path: str, sources: Mapping[str, str]) -> Problem:
    """The problem in the file that a person edits: the stretch itself says where it came from."""
    start = mjml.rfind("\n", 0, found.offset) + 1
    end = mjml.find("\n", found.offset)
    line = mjml[start : end if end >= 0 else len(mjml)]
    column = found.offset - start
    if not sources:
        number = mjml.count("\n", 0, found.offset) + 1
        return Problem(path, number, column + 1, found.what, found.fix, "error", line.replace("\t", " "), found.width)
    best: list[tuple[int, str, int, int, str]] = []
    for name, source in sources.items():
        for number, text in enumerate(source.splitlines(), 1):
            for at, stretch in _stretches(text):
                place = line.find(stretch)
                while place >= 0:
                    if place <= column < place + len(stretch):
                        best.append((len(stretch), name, number, at + column - place + 1, text))
                    place = line.find(stretch, place + 1)
    longest = [each for each in best if each[0] == max(best)[0]]
    if len(longest) == 1:
        _, name, number, at, text = longest[0]
        return Problem(name, number, at, found.what, found.fix, "error", text.replace("\t", " "), found.width)
    # What is wrong was put together from several places: name the template, and show what the compiler sees.
    return Problem(path, 0, 0, found.what, found.fix, "error", line.strip())


_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")


def _stretches(line: str) -> Iterator[tuple[int, str]]:
    """(column from 0, text) of what a template's line prints as it stands, if it is long enough to know it again."""
    at = 0
    for piece in [*_JINJA.finditer(line), None]:
        end = piece.start() if piece else len(line)
        text = line[at:end]
        if len(text.strip()) >= 8:
            yield at + len(text) - len(text.lstrip()), text.strip()
        at = piece.end() if piece else end


_EXPAT: Mapping[str, tuple[str, str]] = {
    "no element found": ("The document is empty.", "Begin with <mjml lang=… dir=…>."),
    "unclosed token": ("A tag is not finished.", "Look for a missing > or quotation mark."),
    "duplicate attribute": ("An attribute stands twice in one tag.", "Keep one of them."),
    "junk after document element": ("Something stands after </mjml>.", "Let </mjml> be the end."),
    "not well-formed (invalid token)": (
        "This is not well-formed.",
        "Write &lt; and &amp; for a bare < and &, quote every attribute, and keep quotation marks out of its value.",
    ),
}


@dataclass(slots=True)
class _Checker:
    """One walk over the document with expat, which knows where everything stands."""

    mjml: str
    found: list[_Found] = field(default_factory=list)
    _data: bytes = b""
    _open: list[tuple[str, int]] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)
    _parser: expat.XMLParserType = field(default_factory=lambda: expat.ParserCreate("utf-8"))

    def run(self) -> None:
        self._data = self.mjml.encode("utf-8", "replace")
        parser = self._parser
        parser.UseForeignDTD(True)  # so that &nbsp; and other names of HTML are no error
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartCdataSectionHandler = lambda: self._here(
            "CDATA cannot be compiled.", "Write &lt; and &amp; instead."
        )
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(self._data, True)
        except expat.ExpatError as error:
            self._broken(error)
        else:
            for tag in ("mj-head", "mj-title", "mj-body"):
                if tag not in self._seen and not self.found:
                    self._say(0, 1, f"There is no <{tag}>.", f"Add <{tag}>: a mail needs it.")

    def _say(self, offset: int, width: int, what: str, fix: str) -> None:
        self.found.append(_Found(offset, width, what, fix))

    def _offset(self) -> int:
        return len(self._data[: self._parser.CurrentByteIndex].decode("utf-8", "ignore"))

    def _here(self, what: str, fix: str, width: int = 1) -> None:
        self._say(self._offset(), width, what, fix)

    def _broken(self, error: expat.ExpatError) -> None:
        reason = expat.errors.messages[error.code]
        offset = len(self._data[: self._parser.ErrorByteIndex].decode("utf-8", "ignore"))
        offset -= next((len(mark) for mark in ("</", "<") if self.mjml[:offset].endswith(mark)), 0)
        if reason == "mismatched tag" and self._open:
            name, opened = self._open[-1]
            closing = re.match(r"(?:</)?\s*([\w-]+)", self.mjml[offset:])
            line = self.mjml.count("\n", 0, opened) + 1
            end = closing[1] if closing else "?"
            self._say(
                offset, 1, f"</{end}> stands where <{name}> (line {line} of the whole) is still open.",
                f"Close <{name}> first; write a tag without content as <{name} />.",
            )  # fmt: skip
        elif reason == "no element found" and self._open:
            name, opened = self._open[-1]
            self._say(opened, len(name) + 1, f"<{name}> is never closed.", f"Add </{name}>.")
        else:
            what, fix = _EXPAT.get(reason, (f"This is not well-formed: {reason}.", _REREAD))
            self._say(offset, 1, what, fix)

    def _text(self, text: str) -> None:
        parent = self._open[-1][0] if self._open else ""
        if parent in CHILDREN and text.strip() and not _MARKERS.fullmatch(text):
            self._here(
                f"Text stands directly in <{parent}>.", "Put it in mj-text inside a column, or in mj-raw.",
                len(text.strip()),
            )  # fmt: skip

    def _end(self, name: str) -> None:
        self._open.pop()

    def _start(self, name: str, _: object) -> None:
        offset = self._offset()
        parent = self._open[-1][0] if self._open else ""
        self._open.append((name, offset))
        self._seen[name] = self._seen.get(name, 0) + 1
        self._tag(name, parent, offset)
        attributes = list(self._attributes(name, offset))
        self._needs(name, {key: value for key, value, _ in attributes}, offset)
        for key, value, where in attributes:
            self._attribute(name, key, value, where)

    def _attributes(self, name: str, offset: int) -> Iterator[tuple[str, str, int]]:
        """(name, value as written, offset): expat has decoded the values, the compiler prints them as written."""
        at = offset + 1 + len(name)
        while found := _ATTRIBUTE.match(self.mjml, at + len(_SPACE.match(self.mjml, at)[0])):  # type: ignore[index]
            yield found[1], found[2] if found[2] is not None else found[3], found.start()
            at = found.end()

    def _tag(self, name: str, parent: str, offset: int) -> None:
        inside = [tag for tag, _ in self._open[:-1]]
        html = any(tag in HOLDS_HTML for tag in inside)
        width = len(name) + 1
        if name in REFUSED:
            self._say(offset, width, f"<{name}> is not used in handbill's e-mails.", REFUSED[name])
        elif html and name not in HTML:
            self._say(offset, width, f"<{name}> is not known to mail programs.", _guess(name, HTML, "tag"))
        elif not html and name not in TAGS:
            self._say(offset, width, f"<{name}> is not an MJML tag.", _guess(name, TAGS, "tag"))
        elif not parent and name != "mjml":
            self._say(offset, width, f"The document begins with <{name}>.", "Begin with <mjml lang=… dir=…>.")
        elif parent and not html and name not in CHILDREN.get(parent, ()):
            homes = [tag for tag, children in CHILDREN.items() if name in children]
            fix = f"Put it in {_or(homes)}." if homes else f"Let <{parent}> hold text only."
            self._say(offset, width, f"<{name}> may not stand in <{parent}>.", fix)

    def _needs(self, name: str, have: Mapping[str, str], offset: int) -> None:
        """What must be written."""
        width = len(name) + 1
        if name == "mjml":
            if have.get("lang", "").lower() in ("", "und"):
                self._say(offset, width, "<mjml> has no lang.", "Write lang=… with the language of the mail.")
            if "dir" not in have:
                self._say(offset, width, "<mjml> has no dir.", 'Write dir="ltr" or dir="rtl".')
        in_attributes = any(tag == "mj-attributes" for tag, _ in self._open)
        if name in ("mj-image", "img") and "alt" not in have and not in_attributes:
            self._say(offset, width, f"<{name}> has no alt.", 'Say what the picture shows, or alt="" for decoration.')
        if name == "script" and have.get("type") != "application/ld+json":
            self._say(
                offset, width, "<script> is dropped by mail programs.", "Only application/ld+json may stand here."
            )

    def _attribute(self, tag: str, key: str, value: str, offset: int) -> None:
        where = offset + len(key) + 2

        def say(what: str, fix: str, at: int = where, width: int = max(1, len(value))) -> None:
            self._say(at, width, what, fix)

        rules = TAGS.get(tag)
        if rules is not None and key not in rules:
            fix = _EXTRA.get((tag, key)) or _guess(key, rules, "attribute")
            say(f"<{tag}> has no attribute {key}.", fix, offset, len(key))
            return
        if key.startswith("on"):
            say(f"{key} is a script, and mail programs drop scripts.", "Take it away.", offset, len(key))
            return
        bad = next((i for i, c in enumerate(value) if _escaped(c)), None)
        if bad is not None:
            say(f"{_name(value[bad])} in {key} would come out as a literal escape.", _PLAIN, where + bad, 1)
        elif "{{" in value:
            if key not in SLOTS_IN or "background" in key:
                say(f"A slot cannot stand in {key}.", f"Slots may stand in text and in {_or(sorted(SLOTS_IN))}.")
        elif rules is not None and not rules[key].pattern.fullmatch(value):
            say(f"{value!r} is no value for {key}.", rules[key].wish)
        elif rules is None and key in ("style", "bgcolor") and (short := _SHORT.search(value)):
            say(f"{short[0]} is not widened to six digits.", COLOUR.wish, where + short.start(), len(short[0]))


_SPACE = re.compile(r"\s*")
_SHORT = re.compile(r"#[0-9a-fA-F]{3}(?![0-9a-fA-F])")
_MARKERS = re.compile(r"(?:\s|\{\{[^{}]*\}\})*")
_PLAIN = "Write attributes on one line, in plain characters; a text of its own goes in as a slot."
_EXTRA: Mapping[tuple[str, str], str] = {
    ("mj-style", "inline"): "The compiler leaves such styles in the head. Write them as attributes.",
    ("mj-raw", "position"): "The compiler cannot read it. Put the mj-raw where it belongs.",
    ("mj-wrapper", "gap"): "The compiler drops it. Give the sections a padding.",
    ("mj-section", "gutter"): "The compiler drops it. Give the columns a padding.",
    ("mj-button", "title"): "The compiler drops it. Let the words of the button say where it goes.",
    ("mj-table", "role"): "The compiler drops it. Use a table for data only, with th scope.",
    ("mjml", "owa"): "The compiler drops it.",
}


def _escaped(character: str) -> bool:
    """True where Rust's `{:?}` would write an escape: in the compiler every attribute goes through it.

    Source: mrml-core, prelude/render/buffer.rs; char::escape_debug escapes control characters, what is not printable
    (all separators but the space, format characters, private use) and what extends the character before it.
    """
    if character == "\\":
        return True
    if character.isascii():
        return not " " <= character <= "~"
    return unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"}


def _name(character: str) -> str:
    return {"\n": "A line break", "\t": "A tab", "\r": "A line break", "\\": "A backslash"}.get(
        character, unicodedata.name(character, f"U+{ord(character):04X}")
    )


def _guess(name: str, known: Mapping[str, object] | frozenset[str], noun: str) -> str:
    near = get_close_matches(name, list(known), 1, 0.7)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Use one of: {', '.join(sorted(known))}." if 0 < len(known) <= 12 else f"Take the {noun} away."


def _or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]
