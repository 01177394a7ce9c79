"""What an e-mail looks like to a reader: the colour and the size of every stretch of text, in light and in dark.

`texts` reads the HTML as a mail program would: inline styles, `bgcolor`, and the `<style>` blocks with the selectors
that mail programs know (tags, classes, ids, attributes, descendants, children). That is enough to compute contrast
without a browser. What it does not know (other pseudo-classes, gradients, pictures behind text) it leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from typing import Literal, NamedTuple

from handbill.colour import Colour, parse

Scheme = Literal["light", "dark"]


def names(words: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(words.split())


VOID = names("area base br col embed hr img input link meta source track wbr")
HIDDEN = frozenset({"head", "style", "script", "title", "template", "noscript"})


@dataclass(slots=True, eq=False)
class Element:
    """One element of the parsed e-mail."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None
    children: list[Element | str] = field(default_factory=list)
    classes: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.classes = tuple(self.attributes.get("class", "").split())

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in order."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += [child for child in reversed(element.children) if not isinstance(child, str)]

    def find(self, *tags: str) -> Iterator[Element]:
        return (element for element in self.walk() if element.tag in tags)

    def above(self) -> Iterator[Element]:
        """Its ancestors, nearest first."""
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    @property
    def text(self) -> str:
        """All visible text in it, spaces joined; pictures count with their alt."""
        return " ".join("".join(self._texts(alt=True)).split())

    @property
    def words(self) -> str:
        """The same without what stands for pictures."""
        return " ".join("".join(self._texts(alt=False)).split())

    def _texts(self, *, alt: bool) -> Iterator[str]:
        if self.tag in HIDDEN or hidden(self):
            return
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag == "img":
                yield child.attributes.get("alt", "") if alt else ""
            elif child.tag == "br":
                yield "\n"
            else:
                yield from child._texts(alt=alt)
        if self.tag not in INLINE:
            yield "\n"


INLINE = names("a abbr b code em font i s small span strong sub sup u")


def hidden(element: Element) -> bool:
    """Whether its own style takes it out of sight, as a preheader's does."""
    style = element.attributes.get("style", "").replace(" ", "").lower()
    return "display:none" in style or "mso-hide:all" in style


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes: dict[str, str] = {}
        for name, value in attrs:
            attributes.setdefault(name, value or "")
        element = Element(tag, attributes, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        element: Element | None = self.here
        while element is not None and element.tag != tag:
            element = element.parent
        if element is not None and element.parent is not None:
            self.here = element.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def read_html(html: str) -> Element:
    """The tree of an e-mail. Never raises: mail programs do not either. Conditional comments are not in it."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


class Text(NamedTuple):
    """A stretch of text as it is seen."""

    words: str
    colour: Colour
    background: Colour
    size: float
    """px"""
    bold: bool


WHITE, BLACK = (255, 255, 255), (0, 0, 0)
_DEFAULTS: dict[Scheme, tuple[Colour, Colour, Colour]] = {
    "light": (BLACK, WHITE, (0, 0, 238)),
    "dark": (WHITE, (18, 18, 18), (158, 158, 255)),
}
"""What a browser shows where nothing is said: ink, paper, link."""


def texts(root: Element, scheme: Scheme) -> Iterator[Text]:
    """Every visible stretch of text."""
    css = "\n".join(
        child for style in root.find("style") if _applies(style.attributes.get("media", ""), scheme)
        for child in style.children if isinstance(child, str)
    )  # fmt: skip
    rules = _Sheet([rule for rule in _rules(css) if _applies(rule.media, scheme)], root)
    schemes = {word for meta in root.find("meta") if meta.attributes.get("name") == "color-scheme"
               for word in meta.attributes.get("content", "").split()}  # fmt: skip
    ink, paper, link = _DEFAULTS["dark" if scheme == "dark" and "dark" in schemes else "light"]
    yield from _texts(root, rules, _Look(ink, paper, 16.0, False, link))


class _Look(NamedTuple):
    colour: Colour
    background: Colour
    size: float
    bold: bool
    link: Colour


def _texts(element: Element, rules: _Sheet, look: _Look) -> Iterator[Text]:
    for child in element.children:
        if isinstance(child, str):
            if child.strip() and look.size > 0:
                yield Text(" ".join(child.split()), look.colour, look.background, look.size, look.bold)
        elif child.tag not in HIDDEN:
            style = _computed(child, rules)
            if style.get("display") != "none":
                yield from _texts(child, rules, _looks(child, style, look))


_BOLD_TAGS = frozenset({"b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"})
_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "small": 5 / 6, "sub": 5 / 6, "sup": 5 / 6}


def _looks(element: Element, style: dict[str, str], look: _Look) -> _Look:
    ink = _colour(style.get("color", ""))
    if ink is None:
        ink = look.link if element.tag == "a" and "href" in element.attributes else look.colour
    paper = _colour(style.get("background-color", "")) or look.background
    size = _size(style.get("font-size", ""), look.size)
    if size is None:
        size = look.size * _SIZES.get(element.tag, 1.0)
    weight = style.get("font-weight", "")
    bold = weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= 600)
    if not weight:
        bold = look.bold or element.tag in _BOLD_TAGS
    return _Look(ink, paper, size, bold, look.link)


def _size(text: str, around: float) -> float | None:
    found = re.fullmatch(r"([\d.]+)(px|pt|em|rem|%)", text.strip())
    if not found:
        return None
    number = float(found[1])
    return {"px": number, "pt": number * 4 / 3, "em": number * around, "rem": number * 16, "%": number * around / 100}[
        found[2]
    ]


_NAMED = {"white": WHITE, "black": BLACK}


def _colour(text: str) -> Colour | None:
    text = text.strip().lower()
    if text in _NAMED:
        return _NAMED[text]
    if found := re.fullmatch(r"rgba?\((\d+)[, ]+(\d+)[, ]+(\d+)(?:[,/ ]+1(?:\.0*)?)?\)", text):
        return int(found[1]), int(found[2]), int(found[3])
    return parse(text)


# ------------------------------------------------------------------------------------------------------ the cascade


class _Step(NamedTuple):
    """One compound of a selector: `td.panel`."""

    tag: str
    classes: tuple[str, ...]
    id: str
    attributes: tuple[tuple[str, str | None], ...]
    child: bool
    """True where `>` stands before it."""


class _Rule(NamedTuple):
    media: str
    steps: tuple[_Step, ...]
    weight: tuple[int, int, int]
    declarations: tuple[tuple[str, str, bool], ...]
    """(property, value, important)"""


def _applies(media: str, scheme: Scheme) -> bool:
    """Whether a media query holds on a wide screen in that scheme."""
    if not media:
        return True
    media = media.lower()
    if "print" in media or "max-width" in media or "max-device-width" in media:
        return False
    wanted = re.search(r"prefers-color-scheme\s*:\s*(\w+)", media)
    return wanted is None or wanted[1] == scheme


@lru_cache(maxsize=32)
def _rules(css: str) -> tuple[_Rule, ...]:
    return tuple(_read_css(re.sub(r"/\*.*?\*/|<!--|-->", "", css, flags=re.DOTALL), ""))


def _read_css(css: str, media: str) -> Iterator[_Rule]:
    at = 0
    while True:
        open_ = css.find("{", at)
        if open_ < 0:
            return
        head, depth, end = css[at:open_].strip().rpartition(";")[2].strip(), 1, open_ + 1
        while end < len(css) and depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        inside, at = css[open_ + 1 : end - 1], end
        if head.startswith("@media"):
            yield from _read_css(inside, f"{media} {head[6:].strip()}".strip())
        elif not head.startswith("@"):
            declarations = tuple(declared(inside))
            for selector in head.split(","):
                steps = _selector(selector.strip())
                if steps is not None:
                    weight = (
                        sum(bool(step.id) for step in steps),
                        sum(len(step.classes) + len(step.attributes) for step in steps),
                        sum(step.tag not in ("", "*") for step in steps),
                    )
                    yield _Rule(media, steps, weight, declarations)


def declared(style: str) -> Iterator[tuple[str, str, bool]]:
    """(property, value, whether !important) of a declaration list; a `background` gives its colour."""
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        important = value.lower().endswith("!important")
        if important:
            value = value[:-10].strip()
        if name == "background":
            name, value = "background-color", next((word for word in value.split() if _colour(word)), value)
        if name and value:
            yield name, value, important


_STEP = re.compile(r"(\*|[a-zA-Z][\w-]*)?((?:\.[\w-]+|#[\w-]+|\[[^\]]+\]|:root)*)")


def _selector(text: str) -> tuple[_Step, ...] | None:
    """The steps of a selector, the last first; None for one that this reader does not know."""
    steps: list[_Step] = []
    child = False
    for word in re.sub(r"\s*>\s*", " > ", text).split():
        if word == ">":
            child = True
            continue
        found = _STEP.fullmatch(word)
        if not found:
            return None
        tag, rest = (found[1] or "").lower(), found[2]
        if ":root" in rest:
            tag, rest = "html", rest.replace(":root", "")
        attributes: list[tuple[str, str | None]] = []
        for pair in re.findall(r"\[([^\]]+)\]", rest):
            name, equals, value = pair.partition("=")
            attributes.append((name.strip(), value.strip("\"' ") if equals else None))
        rest = re.sub(r"\[[^\]]+\]", "", rest)
        ids = re.findall(r"#([\w-]+)", rest)
        steps.append(
            _Step(tag, tuple(re.findall(r"\.([\w-]+)", rest)), ids[0] if ids else "", tuple(attributes), child)
        )
        child = False
    return tuple(reversed(steps)) or None


def _matches(element: Element, steps: tuple[_Step, ...]) -> bool:
    step, *rest = steps
    if step.tag not in ("", "*", element.tag):
        return False
    if step.id and element.attributes.get("id") != step.id:
        return False
    if step.classes and not set(step.classes) <= set(element.classes):
        return False
    for name, value in step.attributes:
        if name not in element.attributes or (value is not None and element.attributes[name] != value):
            return False
    if not rest:
        return True
    if step.child:
        return element.parent is not None and _matches(element.parent, tuple(rest))
    return any(_matches(above, tuple(rest)) for above in element.above())


class _Sheet:
    """The rules that may hold somewhere in a document, in order, found by what their last step asks for."""

    def __init__(self, rules: list[_Rule], root: Element) -> None:
        there = {name for element in root.walk() for name in (*element.attributes, *(f".{c}" for c in element.classes))}
        self._by_key: dict[str, list[tuple[int, _Rule]]] = {}
        for order, rule in enumerate(rules):
            asked = {f".{c}" for step in rule.steps for c in step.classes}
            asked |= {name for step in rule.steps for name, _ in step.attributes}
            if not asked <= there or not any(name in WANTED for name, _, _ in rule.declarations):
                continue
            last = rule.steps[0]
            key = f".{last.classes[0]}" if last.classes else last.tag
            self._by_key.setdefault("" if key == "*" else key, []).append((order, rule))

    def near(self, element: Element) -> Iterator[tuple[int, _Rule]]:
        """(order, rule) of every rule that may hold for the element."""
        for key in ("", element.tag, *(f".{name}" for name in dict.fromkeys(element.classes))):
            yield from self._by_key.get(key, ())


WANTED = frozenset({"color", "background-color", "font-size", "font-weight", "display"})


def _computed(element: Element, rules: _Sheet) -> dict[str, str]:
    """The declared values that win for this element; what is inherited is not in it."""
    found: dict[str, tuple[tuple[int, ...], str]] = {}

    def offer(name: str, value: str, rank: tuple[int, ...]) -> None:
        if name in WANTED and (name not in found or found[name][0] <= rank):
            found[name] = (rank, value)

    if "bgcolor" in element.attributes:
        offer("background-color", element.attributes["bgcolor"], (0, -1))
    if element.tag == "font" and "color" in element.attributes:
        offer("color", element.attributes["color"], (0, -1))
    for order, rule in rules.near(element):
        if _matches(element, rule.steps):
            for name, value, important in rule.declarations:
                offer(name, value, (1 if important else 0, 0, *rule.weight, order))
    for name, value, important in declared(element.attributes.get("style", "")):
        offer(name, value, (1 if important else 0, 1))
    return {name: value for name, (_, value) in found.items()}
