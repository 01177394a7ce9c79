"""Vector pictures: proof that an SVG is clean, and its size.

A strict list of what is refused, not a cleaner: to rewrite somebody's drawing in silence would be worse. Refused is
what can run (script, event attributes, foreignObject, animation, which can rewrite a link), what can load (references
outside the file, stylesheets, `url()` in styles), and what can swell (entities). Inside `<img>` a browser would ignore
most of it; but the file also has a URL of its own, on the site's origin, where it would run.
"""

from __future__ import annotations

import re
from xml.parsers import expat

MOST_BYTES = 500_000
"""A larger SVG is a photograph in disguise."""


class SvgProblem(Exception):
    """A drawing that cannot be used. `what` and `fix` are full sentences for the person."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_NEVER = {
    *("script", "foreignobject", "iframe", "object", "embed", "audio", "video", "canvas", "handler", "listener"),
    *("set", "animate", "animatetransform", "animatemotion", "discard"),
}
"""What can run or load, in lower case. Animation goes too, since it can rewrite a link into a script."""
_INLINE = re.compile(r"^\s*(#|data:image/(png|jpeg|gif|webp|avif);)", re.I)
_LOADS = re.compile(r"url\(\s*['\"]?\s*(?!#|data:image/(?:png|jpeg|gif|webp|avif);)[^)\s]|@import|image-set\(|\\", re.I)
_LENGTH = re.compile(r"^\s*([0-9]*\.?[0-9]+)(px|pt|pc|mm|cm|in|q)?\s*$", re.I)
_PX = {"px": 1.0, "": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "q": 96 / 101.6}


def looks_like(data: bytes) -> bool:
    """True where the bytes are meant as SVG, by their look and not by the file's name."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head[:1] == b"<" and b"<svg" in data[:65536]


def measure(data: bytes) -> tuple[int, int]:
    """(width, height) in pixels of a clean drawing. Reads the whole document; raises SvgProblem naming the line."""
    if len(data) > MOST_BYTES:
        raise SvgProblem(
            f"It weighs {len(data) // 1000} kB; an SVG may weigh {MOST_BYTES // 1000}.",
            "Save it as JPEG or PNG: so heavy a drawing is a photograph inside.",
        )
    parser = expat.ParserCreate(namespace_separator=" ")
    size: list[tuple[int, int]] = []
    style: list[str] | None = None

    def refuse(what: str) -> None:
        raise SvgProblem(
            f"Line {parser.CurrentLineNumber} {what}.",
            "Save it as plain SVG (or through an optimiser such as SVGO) without it, or export it as PNG.",
        )

    def local(tag: str) -> tuple[str, str]:
        space, _, rest = tag.rpartition(" ")
        return space, rest

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal style
        space, element = local(tag)
        if not size:
            if (space, element) != (_SVG, "svg"):
                refuse("is not an SVG drawing: its first element is not svg in the SVG namespace")
            size.append(_size(attributes))
        if element.lower() in _NEVER or (space not in (_SVG, "") and "html" in space):
            refuse(f"has <{element}>, which can run or load something")
        for key, value in attributes.items():
            attribute_space, attribute = local(key)
            if attribute.lower().startswith("on"):
                refuse(f"has {attribute}=, which is a script")
            if attribute in ("href", "src") and attribute_space in ("", _XLINK) and not _INLINE.match(value):
                refuse(f"points outside itself ({attribute}={value[:60]!r})")
            if _LOADS.search(value) and not attribute_space and not attribute.startswith(("data-", "aria-", "id")):
                refuse(f"loads something from outside itself ({attribute}=)")
        if element == "style":
            style = []

    def end(tag: str) -> None:
        nonlocal style
        if local(tag)[1] == "style":  # read as a whole: a comment in the middle may not hide half a word
            if _LOADS.search("".join(style or ())):
                refuse("ends a <style> that loads something from outside itself")
            style = None

    def text(content: str) -> None:
        if style is not None:
            style.append(content)

    def entity(*_: object) -> None:
        refuse("declares an entity")

    def instruction(target: str, _data: str) -> None:
        refuse(f"has <?{target}?>, which can load something")

    parser.buffer_text = True
    parser.buffer_size = 1 << 20
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = entity
    parser.ProcessingInstructionHandler = instruction
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise SvgProblem(
            f"Line {error.lineno} is not well-formed XML: {expat.errors.messages[error.code]}.",
            "Save the drawing again from the program that made it.",
        ) from None
    return size[0]


def _size(attributes: dict[str, str]) -> tuple[int, int]:
    """From width and height where both are lengths, else from viewBox."""
    lengths = [_LENGTH.match(attributes.get(key, "")) for key in ("width", "height")]
    width = height = 0.0
    if lengths[0] and lengths[1]:
        width, height = (float(m[1]) * _PX[(m[2] or "").lower()] for m in lengths if m)
    else:
        box = re.split(r"[\s,]+", attributes.get("viewBox", "").strip())
        try:
            width, height = float(box[2]), float(box[3])
        except (IndexError, ValueError):
            width = height = 0.0
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise SvgProblem("It does not say how large it is.", 'Give its <svg> a viewBox, such as viewBox="0 0 800 600".')
    return max(1, round(width)), max(1, round(height))
