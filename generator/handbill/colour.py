"""Colours as people see them: how far two stand apart, and the nearest one that stands far enough.

Contrast is that of WCAG 2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio), since laws and checkers measure by it.
The nearest passing colour is sought in OKLab (https://bottosson.github.io/posts/oklab/), where equal steps look equal:
hue stays, lightness moves as little as it must.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Colour = tuple[int, int, int]
"""Red, green and blue of sRGB, each 0 to 255."""

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def parse(text: str) -> Colour | None:
    """The colour that `#rgb` or `#rrggbb` names; None for anything else."""
    if not _HEX.fullmatch(text):
        return None
    digits = text[1:] if len(text) == 7 else "".join(c + c for c in text[1:])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def text_of(colour: Colour) -> str:
    """Six digits, which every mail client reads: `#1d2521`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def contrast(one: Colour, other: Colour) -> float:
    """The WCAG 2 ratio, from 1.0 (the same) to 21.0 (black on white). The order of the two does not matter."""
    a, b = _luminance(one), _luminance(other)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def nearest_passing(colour: Colour, against: Sequence[tuple[Colour, float]]) -> Colour | None:
    """The colour nearest to `colour` that reaches each (other colour, least contrast); None where there is none.

    Only lightness moves, in 200 steps each way; where a step leaves sRGB, the channels are cut to it.
    """
    light, a, b = _to_oklab(colour)
    for step in range(201):
        for sign in (-1, 1) if step else (1,):
            moved = light + sign * step / 200
            if 0.0 <= moved <= 1.0:
                # near black and white there is no room for colour: let it fade, as the eye expects
                room = min(1.0, 4 * min(moved, 1 - moved))
                candidate = _from_oklab(moved, a * room, b * room) if step else colour
                if all(contrast(candidate, other) >= least for other, least in against):
                    return candidate
    return None


def _linear(channel: int) -> float:
    c = channel / 255
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def _channel(value: float) -> int:
    value = min(1.0, max(0.0, value))
    c = value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(c * 255)


def _luminance(colour: Colour) -> float:
    r, g, b = (_linear(c) for c in colour)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _to_oklab(colour: Colour) -> tuple[float, float, float]:
    r, g, b = (_linear(c) for c in colour)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_oklab(light: float, a: float, b: float) -> Colour:
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _channel(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _channel(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _channel(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )
