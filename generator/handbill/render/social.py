"""The card that a link preview shows: 1200x630, drawn by Pillow in the theme's colours. No browser.

What holds for every card: it is 1200x630 whatever the words; no word is clipped or overlaps another; no letter is ever
shown as an empty box; the same words and colours give the same bytes on every machine with one version of Pillow.

The title is set as large as it fits, in at most four lines of even length. The font is Literata SemiBold (SIL Open
Font License, beside this file): Latin, Greek and Cyrillic. A title with a letter it lacks, or in a script that needs
shaping, gets a card of colour alone with the site's name: a handsome card without words beats one with holes.

Letters are placed one by one with the kerning that stands beside the font, so that no shaping engine is needed, and
none changes the picture. A card is a palette image: sixteen surfaces (paper, tints of the accent, their soft edges),
each with sixteen steps towards the ink; so laying words over the drawing is one addition, and a card some 20 kB.
"""

from __future__ import annotations

import json
import unicodedata
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 630)
VERSION = "1"
"""Raise it when the drawing changes; a cache of cards is keyed by it."""

_FONTS = Path(__file__).parent / "fonts"
_LEFT, _RIGHT = 80, 1100
"""Between these the words stand."""
_KICKER_TOP, _KICKER = 74, 32
_TITLE_TOP, _TITLE_BOTTOM = 146, 496
_SITE_BASE, _SITE = 556, 34
_SIZES = (120, 104, 96, 88, 80, 72, 64, 56, 50, 44, 38)
_LINES = 4
_LEADING = 1.14
_Rgb = tuple[int, int, int]


class Colours(NamedTuple):
    """Theme colours as six-digit hex, with or without `#`."""

    paper: str
    ink: str
    accent: str


def social_card(title: str, *, kicker: str = "", site: str = "", colours: Colours) -> bytes:
    """A finished PNG. `kicker` is one line above the title (date and place), `site` the line at the foot.

    Never raises for any text: control characters are spaces, what cannot be drawn is left out (see the module).
    Raises ValueError for a colour that is not six hex digits.
    """
    from PIL import Image, ImageChops

    title, kicker, site = (_plain(text) for text in (title, kicker, site))
    worded = bool(title) and _drawable(title)
    surface = _surface(worded)
    words = Image.new("L", SIZE)  # 0 is bare, 15 is all ink
    if worded:
        size, lines = _fit(title)
        _write_title(words, size, lines)
        if _drawable(kicker):
            _write(words, (_LEFT, _KICKER_TOP + _KICKER), _cut(kicker, _KICKER, _RIGHT - _LEFT), _KICKER)
    if _drawable(site):
        _write(words, (_LEFT + 44, _SITE_BASE), _cut(site, _SITE, 820), _SITE)
    # 16 times the surface, plus how much ink: an index into the palette.
    card = ImageChops.add(surface, words)
    out = Image.frombytes("P", SIZE, card.tobytes())
    out.putpalette(_palette(*(_rgb(colour) for colour in colours)))
    data = BytesIO()
    out.save(data, "PNG", compress_level=3)  # 6 saves a fifth of the bytes for four times the time
    return data.getvalue()


class _Font(NamedTuple):
    letters: frozenset[str]
    kerning: dict[str, float]
    """Pair of letters → ems."""
    advances: dict[str, float]
    """Letter → ems; filled as letters are met."""


@lru_cache(maxsize=1)
def _tables() -> _Font:
    raw = json.loads((_FONTS / "Literata-SemiBold.json").read_text("utf-8"))
    kerning = {
        left + right: int(move) / 1000
        for left, moves in raw["kerning"].items()
        for move, rights in moves.items()
        for right in rights
    }
    return _Font(frozenset(raw["letters"]), kerning, {})


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(_FONTS / "Literata-SemiBold.ttf", size, layout_engine=ImageFont.Layout.BASIC)


def _plain(text: str) -> str:
    """One line: composed letters, single spaces, no control or invisible characters."""
    text = "".join(" " if c.isspace() or unicodedata.category(c) == "Cc" else c for c in text)
    text = "".join(c for c in text if c not in "\u00ad\u200b\u2060\ufeff")
    return unicodedata.normalize("NFC", " ".join(text.split())).replace("\u2011", "-").replace("\u2010", "-")


def _drawable(text: str) -> bool:
    letters = _tables().letters
    return all(c == " " or c in letters for c in text)


def _advance(letter: str) -> float:
    advances = _tables().advances
    if letter not in advances:
        advances[letter] = _font(1000).getlength(letter) / 1000
    return advances[letter]


def _offsets(text: str) -> tuple[list[float], float]:
    """Where each letter starts, and where the text ends, in ems."""
    kerning = _tables().kerning
    at, x, before = [], 0.0, ""
    for letter in text:
        x += kerning.get(before + letter, 0.0)
        at.append(x)
        x += _advance(letter)
        before = letter
    return at, x


@lru_cache(maxsize=4096)
def _width(text: str) -> float:
    return _offsets(text)[1]


def _write(words: Image.Image, at: tuple[float, float], text: str, size: int) -> None:
    """`at` is the left end of the baseline."""
    from PIL import ImageDraw

    draw: ImageDraw.ImageDraw = ImageDraw.Draw(words)
    font = _font(size)
    for x, letter in zip(_offsets(text)[0], text, strict=True):
        if letter != " ":
            draw.text((at[0] + x * size, at[1]), letter, fill=15, font=font, anchor="ls")


def _cut(text: str, size: int, room: float) -> str:
    """The text, or as many of its words as fit with an ellipsis."""
    if _width(text) * size <= room:
        return text
    while text and _width(text + "…") * size > room:
        text = text.rpartition(" ")[0] if " " in text else text[:-1]
    return text.rstrip(" ,;:·-–—") + "…"


def _fit(title: str) -> tuple[int, list[str]]:
    """(size, lines): the largest size whose lines fit, then the most even lines of that number."""
    words = _words(title)
    for size in _SIZES:
        room = (_RIGHT - _LEFT) / size
        most = min(_LINES if size <= 64 else _LINES - 1, int((_TITLE_BOTTOM - _TITLE_TOP) / (size * _LEADING)))
        lines = _wrap(words, room)
        if lines and len(lines) <= most:
            return size, _balance(words, room, len(lines))
    # Smaller would not be read: break long words, and end with an ellipsis.
    size = _SIZES[-1]
    room = (_RIGHT - _LEFT) / size
    lines = _wrap([piece for word in words for piece in _break(word, room)], room)
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], _cut(" ".join(lines[_LINES - 1 :]), size, _RIGHT - _LEFT)]
    return size, lines


def _words(title: str) -> list[str]:
    """Words; a dash or an ampersand stays with the word before it, since no line should start with one."""
    words: list[str] = []
    for word in title.split(" "):
        if words and word in ("-", "–", "—", "&", "+", "|", "/", "·", ":", "!", "?"):
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _wrap(words: list[str], room: float) -> list[str]:
    """Lines no wider than `room` ems, each as full as it gets; empty where one word alone is wider."""
    space = _advance(" ")
    lines: list[list[str]] = []
    used = 0.0
    for word in words:
        width = _width(word)
        if width > room:
            return []
        if lines and used + space + width <= room:
            lines[-1].append(word)
            used += space + width
        else:
            lines.append([word])
            used = width
    return [" ".join(line) for line in lines]


def _balance(words: list[str], room: float, count: int) -> list[str]:
    """The narrowest setting in `count` lines: halving the room until it no longer does."""
    low, high = room / 2 if count > 1 else 0.0, room
    best = _wrap(words, room)
    for _ in range(7):
        middle = (low + high) / 2
        lines = _wrap(words, middle)
        if lines and len(lines) <= count:
            best, high = lines, middle
        else:
            low = middle
    return best


def _break(word: str, room: float) -> list[str]:
    """A word in pieces no wider than `room` ems."""
    pieces, piece = [], ""
    for letter in word:
        if piece and _width(piece + letter) > room:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]


def _write_title(words: Image.Image, size: int, lines: list[str]) -> None:
    step = round(size * _LEADING)
    base = _TITLE_TOP + round(size * 0.98)
    for number, line in enumerate(lines):
        _write(words, (_LEFT - size * 0.03, base + number * step), line, size)


_TINTS = (0.0, 0.10, 0.20, 0.32, 1.0)
"""How much accent each surface carries, from the paper to the light itself."""
_SOFT = 2
"""Steps on the edge between two surfaces."""


def _rgb(colour: str) -> _Rgb:
    digits = colour.removeprefix("#")
    if len(digits) != 6:
        raise ValueError(f"{colour!r} is not a colour of six hex digits")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _mix(a: _Rgb, b: _Rgb, part: float) -> _Rgb:
    r, g, b_ = (round(x + (y - x) * part) for x, y in zip(a, b, strict=True))
    return r, g, b_


def _shares() -> list[float]:
    """The accent's share of each surface number: tints with soft steps between them."""
    shares = []
    for tint, following in pairwise(_TINTS):
        shares += [tint + (following - tint) * step / (_SOFT + 1) for step in range(_SOFT + 1)]
    return [*shares, _TINTS[-1]]


_INKED = 15
"""The number of the surface whose words are in the accent instead of the ink: where the kicker stands."""


@lru_cache(maxsize=8)
def _palette(paper: _Rgb, ink: _Rgb, accent: _Rgb) -> list[int]:
    """256 colours: surface number times 16, plus sixteen steps from the surface to its ink."""
    rows = [(_mix(paper, accent, share), ink) for share in _shares()]
    rows += [(paper, ink)] * (_INKED - len(rows)) + [(paper, accent)]
    return [value for ground, words in rows for step in range(16) for value in _mix(ground, words, step / 15)]


@lru_cache(maxsize=2)
def _surface(worded: bool) -> Image.Image:
    """The drawing below the words, as 16 times the surface number: rings of light, drawn large and scaled down."""
    from PIL import Image, ImageDraw

    scale = 3
    steps = _SOFT + 1
    large = Image.new("L", (SIZE[0] * scale, SIZE[1] * scale), 0)
    draw = ImageDraw.Draw(large)
    centre, radii = ((1200, 630), (430, 330, 230, 128)) if worded else ((760, 268), (620, 440, 280, 140))
    for number, radius in enumerate(radii, start=1):
        box = [(c + sign * radius) * scale for sign in (-1, 1) for c in centre]
        draw.ellipse(box, fill=number * steps)
    draw.ellipse(
        [value * scale for value in (_LEFT, _SITE_BASE - 26, _LEFT + 28, _SITE_BASE + 2)],
        fill=(len(_TINTS) - 1) * steps,
    )
    # Averaging neighbouring numbers gives exactly the soft steps between them.
    small = large.resize(SIZE, Image.Resampling.BOX)
    surface = small.point([value * 16 for value in range(16)] + [0] * 240)
    draw = ImageDraw.Draw(surface)
    if worded:
        draw.rectangle((0, 0, _RIGHT, _KICKER_TOP + _KICKER + 14), fill=_INKED * 16)
    return surface
