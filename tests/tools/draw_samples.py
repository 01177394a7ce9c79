"""Draws the pictures of the sample season: each is an SVG made here, rasterised by Chromium and saved as JPEG.

Run by hand when a picture is to change; the results are committed below content/.

    python tests/tools/draw_samples.py [NAME...]

One palette and one light carry all of them: dusk outside, a paper lamp inside. Shapes are cut like paper, in flat
layers from far to near; every glow is a radial gradient; a little grain keeps the gradients from banding.
"""
# ruff: noqa: E501 - a shape a line reads better than a number a line

from __future__ import annotations

import math
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image

CONTENT = Path(__file__).parents[2] / "content"
MOST_BYTES = 120_000

NIGHT, DUSK, PLUM, WINE = "#1a1230", "#2b1c42", "#4a2a55", "#8a2d5c"
CORAL, AMBER, HONEY, GLOW = "#d9735a", "#f2a356", "#ffcf85", "#fff0cf"
CREAM, PAPER, SAND = "#fff6e6", "#f6e3c8", "#d9b48f"
WOOD, WOOD_DARK, WOOD_LIGHT = "#7d4a38", "#4c2a2b", "#a9694a"
BLUE, BLUE_DARK, BLUE_LIGHT = "#35618f", "#1f3a63", "#a9c6dc"


def gradient(name: str, *stops: tuple[float, str, float], to: tuple[float, float] = (0, 1)) -> str:
    rows = "".join(f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{alpha}"/>' for at, colour, alpha in stops)
    return f'<linearGradient id="{name}" x1="0" y1="0" x2="{to[0]}" y2="{to[1]}">{rows}</linearGradient>'


def light(name: str, colour: str = AMBER, strength: float = 1.0, heart: str = GLOW) -> str:
    """A glow: bright in the middle, fading the way light does, without an edge."""
    return (
        f'<radialGradient id="{name}"><stop offset="0" stop-color="{heart}" stop-opacity="{0.95 * strength}"/>'
        f'<stop offset=".12" stop-color="{HONEY}" stop-opacity="{0.62 * strength}"/>'
        f'<stop offset=".35" stop-color="{colour}" stop-opacity="{0.26 * strength}"/>'
        f'<stop offset=".68" stop-color="{colour}" stop-opacity="{0.08 * strength}"/>'
        f'<stop offset="1" stop-color="{colour}" stop-opacity="0"/></radialGradient>'
    )


def rect(x: float, y: float, w: float, h: float, fill: str, more: str = "") -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{fill}" {more}/>'


def oval(x: float, y: float, rx: float, ry: float, fill: str, more: str = "") -> str:
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" fill="{fill}" {more}/>'


def path(d: str, fill: str = "none", more: str = "") -> str:
    return f'<path d="{d}" fill="{fill}" {more}/>'


def poly(points: list[tuple[float, float]], fill: str, more: str = "") -> str:
    return f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="{fill}" {more}/>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float, more: str = "") -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}" '
        f'stroke-linecap="round" {more}/>'
    )


def glow(x: float, y: float, radius: float, name: str = "light", squash: float = 1.0) -> str:
    return oval(x, y, radius, radius * squash, f"url(#{name})", 'style="mix-blend-mode:screen"')


def blend(a: str, b: str, part: float) -> str:
    pairs = [(int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(x + (y - x) * min(1, max(0, part))):02x}" for x, y in pairs)


def ramp(colours: list[str], part: float) -> str:
    part = min(0.9999, max(0.0, part)) * (len(colours) - 1)
    return blend(colours[int(part)], colours[int(part) + 1], part % 1)


def svg(width: int, height: int, defs: str, body: str) -> str:
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<defs>{defs}{light("light")}{light("soft", CORAL, 0.55)}
<filter id="blur" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="14"/></filter>
<filter id="haze" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="5"/></filter>
<filter id="grain" x="0" y="0" width="100%" height="100%"><feTurbulence type="fractalNoise" baseFrequency=".8"
 numOctaves="2" seed="7" stitchTiles="stitch"/><feColorMatrix values="0 0 0 0 .5  0 0 0 0 .5  0 0 0 0 .5  0 0 0 1.1 -.35"/>
</filter></defs>{body}
<rect width="{width}" height="{height}" filter="url(#grain)" opacity=".10" style="mix-blend-mode:overlay"/></svg>"""


def window(x: float, y: float, w: float, h: float, arch: bool = True) -> str:
    """A window on the dusk, seen from inside."""
    top = f"a{w / 2},{w / 2} 0 0 1 {w},0" if arch else f"h{w}"
    shape = f"M{x},{y + h} v{-h} {top} v{h} z"
    rng = random.Random(3)
    lights = "".join(
        oval(
            x + rng.uniform(10, w - 10),
            y + h - rng.uniform(8, h * 0.14),
            2.4,
            2.4,
            HONEY,
            f'opacity="{rng.uniform(0.4, 0.95):.2f}"',
        )
        for _ in range(int(w / 7))
    )
    bars = line(x + w / 2, y - w / 2, x + w / 2, y + h, NIGHT, 7) + line(x, y + h * 0.42, x + w, y + h * 0.42, NIGHT, 7)
    return (
        path(shape, "url(#dusk)")
        + path(
            f"M{x},{y + h} v{-h * 0.16} q{w * 0.2},-40 {w * 0.42},-8 t{w * 0.36},-20 t{w * 0.22},12 V{y + h} z", DUSK
        )
        + lights
        + bars
        + path(shape, "none", f'stroke="{NIGHT}" stroke-width="16"')
        + rect(x - 24, y + h, w + 48, 18, blend(PLUM, NIGHT, 0.35))
    )


DUSK_SKY = gradient("dusk", (0, "#2d2a5e", 1), (0.5, "#8d4a72", 1), (0.8, "#e08763", 1), (1, "#f8bd78", 1))


def bench() -> str:
    """A workbench under a bare bulb: sheets of paper, a frame half dressed, scissors, a pot of brushes."""
    w, h = 1600, 1067
    bx, by = 820, 372
    top = 742
    defs = (
        DUSK_SKY
        + gradient("wall", (0, "#231737", 1), (1, "#3d2447", 1))
        + gradient("bench", (0, "#b87550", 1), (0.25, WOOD, 1), (1, "#43252a", 1))
        + gradient("sheet", (0, CREAM, 1), (1, "#e7c79f", 1), to=(1, 1))
        + gradient("shade", (0, "#e7b987", 1), (0.45, CREAM, 1), (1, "#c58e66", 1), to=(1, 0))
        + gradient("pot", (0, BLUE_LIGHT, 1), (0.5, BLUE, 1), (1, BLUE_DARK, 1), to=(1, 0))
    )
    b = [rect(0, 0, w, h, "url(#wall)"), glow(bx, by, 1150, "soft")]
    b.append(window(150, 230, 240, 330))
    # tools on the wall
    b.append(rect(1130, 214, 360, 12, blend(WOOD, NIGHT, 0.35)))
    for x, length in ((1165.0, 150), (1225, 118), (1290, 176)):
        b.append(line(x, 222, x, 222 + length, blend(SAND, PLUM, 0.45), 9))
        b.append(oval(x, 222 + length + 14, 15, 20, "none", f'stroke="{blend(SAND, PLUM, 0.45)}" stroke-width="8"'))
    b.append(rect(1350, 222, 30, 230, blend(SAND, PLUM, 0.35)))
    b += [line(1350, 240 + 22 * i, 1350 + (18 if i % 2 else 11), 240 + 22 * i, PLUM, 3) for i in range(10)]
    b.append(line(1440, 222, 1440, 330, blend(SAND, PLUM, 0.45), 13))
    b.append(
        rect(1410, 326, 60, 26, blend(HONEY, PLUM, 0.5)) + path("M1412,352 h56 l-6,62 h-44 z", blend(PAPER, PLUM, 0.45))
    )
    # bench
    b.append(rect(0, top, w, h - top, "url(#bench)"))
    b.append(rect(0, top, w, 10, "#dba06c"))
    for i, y in enumerate((818.0, 886.0, 968.0, 1040.0)):
        b.append(line(0, y, w, y + (6 if i % 2 else -4), WOOD_DARK, 2.5, 'opacity=".35"'))
    b.append(oval(bx, top + 96, 820, 190, "url(#soft)", 'style="mix-blend-mode:screen"'))
    b.append(oval(bx - 20, top + 70, 470, 110, "url(#light)", 'style="mix-blend-mode:screen" opacity=".75"'))
    # paper: a fanned stack
    b.append(oval(560, 872, 330, 36, NIGHT, 'opacity=".35" filter="url(#blur)"'))
    for i, turn in enumerate((-9, -4, 1)):
        sheet = [(300.0, 866.0), (640.0, 806.0), (840.0, 852.0), (500.0, 926.0)]
        cx, cy = 570, 862
        a = math.radians(turn)
        moved = [
            (
                cx + (x - cx) * math.cos(a) - (y - cy) * math.sin(a),
                cy - i * 5 + (x - cx) * math.sin(a) + (y - cy) * math.cos(a),
            )
            for x, y in sheet
        ]
        b.append(poly(moved, "url(#sheet)", f'stroke="{SAND}" stroke-width="2" stroke-linejoin="round"'))
    # one folded fan of paper
    fan = []
    for i in range(16):
        x0, x1 = 388.0 + i * 15, 388.0 + (i + 1) * 15
        fan.append(
            poly(
                [
                    (x0, 806 - (i % 2) * 12),
                    (x1, 806 - ((i + 1) % 2) * 12),
                    (x1 + 34, 882 - ((i + 1) % 2) * 12),
                    (x0 + 34, 882 - (i % 2) * 12),
                ],
                CREAM if i % 2 else "#e2bd92",
            )
        )
    b.append(oval(530, 892, 150, 16, NIGHT, 'opacity=".3" filter="url(#haze)"'))
    b += fan
    # the frame half dressed
    fx, fw, ft, fb = 1090.0, 128.0, 520.0, 850.0
    b.append(oval(fx, fb + 16, 170, 34, NIGHT, 'opacity=".45" filter="url(#blur)"'))
    ribs = []
    for i in range(9):
        x = fx - fw * math.cos(math.pi * i / 8)
        ribs.append(line(x, ft + 26 * math.sin(math.pi * i / 8), x, fb + 26 * math.sin(math.pi * i / 8), "#e9c79b", 5))
    for y in (ft, (ft + fb) / 2, fb):
        ribs.append(oval(fx, y, fw, 27, "none", 'stroke="#e9c79b" stroke-width="6"'))
    b += ribs
    pleats = 11
    for i in range(pleats):
        a0, a1 = math.pi * (0.02 + 0.56 * i / pleats), math.pi * (0.02 + 0.56 * (i + 1) / pleats)
        x0, x1 = fx - fw * 1.05 * math.cos(a0), fx - fw * 1.05 * math.cos(a1)
        y0, y1 = 29 * math.sin(a0), 29 * math.sin(a1)
        tone = ramp(["#fff3d9", "#ffe3b0", "#e2ad78"], i / pleats)
        tone = blend(tone, "#c98b5f", 0.28) if i % 2 else tone
        b.append(poly([(x0, ft - 6 + y0), (x1, ft - 6 + y1), (x1, fb + 6 + y1), (x0, fb + 6 + y0)], tone))
    # brushes in a pot
    b.append(oval(1345, 862, 92, 20, NIGHT, 'opacity=".4" filter="url(#blur)"'))
    for x, y, tip in ((1312, 640, WINE), (1346, 610, CREAM), (1384, 650, CORAL)):
        b.append(line(1345 + (x - 1345) * 0.35, 800, x, y, "#caa074", 10))
        b.append(path(f"M{x - 10},{y + 8} q{10},-58 20,0 z", tip))
    b.append(path("M1285,740 h120 l-12,118 q-48,18 -96,0 z", "url(#pot)"))
    b.append(oval(1345, 740, 60, 13, BLUE_DARK))
    for i in range(5):
        b.append(path(f"M{1297 + i * 20},795 l10,-12 10,12 -10,12 z", CREAM, 'opacity=".75"'))
    # scissors
    b.append(oval(800, 990, 170, 14, NIGHT, 'opacity=".4" filter="url(#haze)"'))
    b.append(
        path("M700,952 L944,986 Q920,998 716,974 z", "#b9a9a8")
        + path("M700,990 L944,940 Q926,924 706,966 z", "#eadfd4")
    )
    for y, turn in ((936, 20), (1004, -18)):
        b.append(oval(656, y, 46, 23, "none", f'stroke="{WINE}" stroke-width="13" transform="rotate({turn} 656 {y})"'))
    b.append(oval(752, 971, 7, 7, WINE))
    # a wire coil and a pencil
    b += [
        oval(210, 862 - i * 7, 74, 22, "none", f'stroke="{ramp([WOOD_LIGHT, HONEY], i / 4)}" stroke-width="6"')
        for i in range(5)
    ]
    b.append(path("M1130,988 l210,-34 14,10 -208,36 z", AMBER) + path("M1130,988 l-26,12 42,0 z", CREAM))
    # bulb
    b.append(line(bx, 0, bx, by - 76, NIGHT, 7))
    b.append(rect(bx - 19, by - 86, 38, 46, "#c98b5f", 'rx="6"') + rect(bx - 19, by - 72, 38, 7, "#8a5a42"))
    b.append(glow(bx, by, 560))
    b.append(
        path(
            f"M{bx - 19},{by - 42} C{bx - 22},{by - 20} {bx - 52},{by - 12} {bx - 52},{by + 26} a52,52 0 0 0 104,0 C{bx + 52},{by - 12} {bx + 22},{by - 20} {bx + 19},{by - 42} z",
            "#fff3d6",
        )
    )
    b.append(
        path(
            f"M{bx - 15},{by - 20} l10,44 5,-18 5,18 10,-44",
            "none",
            f'stroke="{AMBER}" stroke-width="5" stroke-linejoin="round"',
        )
    )
    b.append(glow(bx, by + 18, 190))
    return svg(w, h, defs, "".join(b))


def lamp_no_3() -> str:
    """A reading lamp beside an armchair: a pleated shade on a brass arm, an open book, blue tiles. Upright."""
    w, h = 1200, 1500
    defs = (
        gradient("wall", (0, "#2a1b3f", 1), (1, "#54304f", 1))
        + gradient("cone", (0, GLOW, 0.75), (0.55, HONEY, 0.22), (1, AMBER, 0))
        + gradient("brass", (0, "#8a5a35", 1), (0.45, "#ffdf9c", 1), (1, "#8f5f37", 1), to=(1, 0))
        + gradient("floor", (0, "#6d3d3a", 1), (1, "#2b1826", 1))
        + gradient("chair", (0, "#b8476a", 1), (0.6, WINE, 1), (1, "#4e1b42", 1), to=(1, 0.6))
        + gradient("table", (0, "#c98455", 1), (1, "#5d332c", 1), to=(1, 0))
    )
    b = [rect(0, 0, w, h, "url(#wall)")]
    # tiles up to the dado
    dado = 812
    tile = 92
    for row in range(5):
        for column in range(14):
            x, y = column * tile, dado + row * tile
            near = math.hypot(x + 46 - 480, y + 46 - 760) / 900
            ground = blend("#f3ead9", "#3f3a63", 0.28 + near * 0.75)
            ink = blend(BLUE, "#241c45", 0.25 + near * 0.65)
            b.append(rect(x, y, tile - 2, tile - 2, ground))
            c = (x + tile / 2 - 1, y + tile / 2 - 1)
            b.append(
                poly(
                    [(c[0], y + 7), (x + tile - 9, c[1]), (c[0], y + tile - 9), (x + 7, c[1])],
                    "none",
                    f'stroke="{ink}" stroke-width="5"',
                )
            )
            b.append(oval(*c, 15, 15, ink))
            b.append(oval(*c, 6, 6, ground))
            for sx, sy in ((0, 0), (1, 0), (0, 1), (1, 1)):
                kx, ky = x + sx * (tile - 2), y + sy * (tile - 2)
                start = {
                    (0, 0): (26, 0, 0, 26),
                    (1, 0): (0, 26, -26, 0),
                    (0, 1): (0, -26, 26, 0),
                    (1, 1): (-26, 0, 0, -26),
                }[sx, sy]
                b.append(
                    path(
                        f"M{kx},{ky} l{start[0]},{start[1]} A26,26 0 0 1 {kx + start[2]},{ky + start[3]} z",
                        ink,
                        'opacity=".8"',
                    )
                )
    b.append(rect(0, dado - 22, w, 24, blend(CREAM, PLUM, 0.45)))
    b.append(rect(0, 1262, w, h - 1262, "url(#floor)"))
    b.append(rect(0, 1244, w, 22, blend(WOOD_DARK, NIGHT, 0.3)))
    b += [line(x, 1266, x + (x - 600) * 0.35, h, NIGHT, 3, 'opacity=".3"') for x in range(-200, 1500, 170)]
    lx, ly = 470, 520
    b.append(glow(lx, ly + 90, 1050, "soft"))
    # a framed paper cutting on the wall
    b.append(rect(850, 190, 220, 280, "none", f'stroke="{blend(SAND, PLUM, 0.5)}" stroke-width="12"'))
    b.append(rect(856, 196, 208, 268, blend(PAPER, PLUM, 0.55)))
    b += [
        oval(960, 345, r, r, ramp([blend(CORAL, PLUM, 0.2), blend(HONEY, PLUM, 0.35)], 1 - r / 80))
        for r in (80, 56, 32)
    ]
    # armchair
    b.append(oval(880, 1398, 340, 40, NIGHT, 'opacity=".5" filter="url(#blur)"'))
    b.append(path("M700,1340 V860 q0,-170 170,-180 h110 q170,10 170,190 v470 z", "url(#chair)"))
    b.append(path("M748,1130 V890 q0,-140 130,-150 h90 q130,10 130,150 v240 z", "#c95a76", 'opacity=".55"'))
    for x, y in ((835, 860), (925, 840), (1015, 860), (880, 960), (970, 960)):
        b.append(oval(x, y, 8, 8, "#6b2350"))
    b.append(path("M640,1380 v-260 q0,-66 66,-66 t66,66 v40 h320 v-40 q0,-66 66,-66 t66,66 v260 z", "url(#chair)"))
    b.append(path("M760,1150 q170,-46 344,0 v74 H760 z", "#cf6a7d"))
    b.append(rect(668, 1376, 34, 56, WOOD_DARK) + rect(1140, 1376, 34, 56, WOOD_DARK))
    # cushion
    b.append(path("M842,1136 q-16,-150 20,-170 q90,-22 176,6 q26,30 6,164 q-100,30 -202,0 z", "#efc58d"))
    b += [
        path(
            f"M{868 + i * 30},{976 + abs(i - 2.5) * 3} q-8,80 -4,{164 - abs(i - 2.5) * 4}",
            "none",
            f'stroke="{CORAL}" stroke-width="5" opacity=".7"',
        )
        for i in range(6)
    ]
    # side table
    b.append(oval(360, 1404, 230, 30, NIGHT, 'opacity=".5" filter="url(#blur)"'))
    b.append(
        rect(344, 1010, 32, 360, "url(#table)")
        + path("M250,1400 q20,-46 94,-60 h32 q74,14 94,60 h-34 q-20,-26 -76,-30 q-56,4 -76,30 z", "url(#table)")
    )
    b.append(oval(360, 1004, 262, 44, "#6d3f33") + oval(360, 992, 262, 44, "#c88a5c"))
    b.append(oval(400, 990, 210, 32, "url(#light)", 'opacity=".8" style="mix-blend-mode:screen"'))
    # an open book and a cup
    b.append(path("M300,986 q60,-36 128,-14 q66,-22 132,10 l18,20 q-76,-30 -144,-6 q-70,-22 -150,12 z", "#fff8ea"))
    b.append(path("M284,1008 q80,-34 150,-12 q68,-24 144,6 l2,10 q-78,-26 -146,-4 q-72,-20 -148,10 z", "#d6a878"))
    b += [
        path(f"M{318 + i * 4},{984 + i * 6} q48,-24 100,-10", "none", 'stroke="#b99b86" stroke-width="3" opacity=".8"')
        for i in range(3)
    ]
    b += [
        path(f"M{446 + i * 3},{974 + i * 6} q52,-14 100,8", "none", 'stroke="#b99b86" stroke-width="3" opacity=".8"')
        for i in range(3)
    ]
    b.append(path("M148,930 h92 l-8,58 q-38,14 -76,0 z", CREAM) + oval(194, 930, 46, 10, "#7a4a3a"))
    b.append(path("M238,944 q34,0 26,26 q-8,16 -32,10", "none", f'stroke="{CREAM}" stroke-width="9"'))
    # lamp: foot on the floor behind the table, arm, shade
    b.append(
        path(
            f"M84,1396 V480 Q84,246 280,246 Q{lx},246 {lx},392",
            "none",
            'stroke="url(#brass)" stroke-width="15" stroke-linecap="round"',
        )
    )
    b.append(path("M2,1404 q82,-44 164,0 z", "url(#brass)"))
    b.append(
        poly(
            [(lx - 150, ly + 66), (lx + 150, ly + 66), (lx + 400, 1010), (lx - 400, 1010)],
            "url(#cone)",
            'style="mix-blend-mode:screen" filter="url(#blur)" opacity=".75"',
        )
    )
    b.append(glow(lx, ly + 60, 560))
    pleats = 22
    for i in range(pleats):
        a0, a1 = math.pi * i / pleats, math.pi * (i + 1) / pleats
        t0, t1 = lx - 84 * math.cos(a0), lx - 84 * math.cos(a1)
        b0, b1 = lx - 196 * math.cos(a0), lx - 196 * math.cos(a1)
        s0, s1 = math.sin(a0), math.sin(a1)
        tone = ramp(["#d98f55", "#ffd79a", "#fff3d6", "#ffd79a", "#d98f55"], (i + 0.5) / pleats)
        tone = blend(tone, "#d07f4a", 0.24) if i % 2 else tone
        b.append(poly([(t0, 384 + 12 * s0), (t1, 384 + 12 * s1), (b1, 566 + 34 * s1), (b0, 566 + 34 * s0)], tone))
    b.append(oval(lx, 566, 196, 30, GLOW, 'opacity=".0"'))
    b.append(oval(lx, 384, 84, 12, "#f7c888") + oval(lx, 384, 26, 6, WOOD_DARK))
    b.append(glow(lx, 560, 330))
    return svg(w, h, defs, "".join(b))


def lamp_no_2() -> str:
    """A folded paper globe, lit from inside, above a dark sideboard."""
    w, h = 1600, 1067
    cx, cy, radius = 800, 452, 268
    defs = (
        gradient("wall", (0, "#1f1635", 1), (0.7, "#47284f", 1), (1, "#5e3350", 1))
        + gradient("board", (0, "#8a533d", 1), (1, "#2e1a27", 1))
        + gradient("vase", (0, "#7fa6c4", 1), (0.5, BLUE, 1), (1, BLUE_DARK, 1), to=(1, 0))
    )
    b = [rect(0, 0, w, h, "url(#wall)"), glow(cx, cy, 1100, "soft"), glow(cx, cy, 640)]
    # light thrown on the wall in rays, as folded paper does
    for i in range(40):
        a = math.tau * i / 40
        b.append(
            poly(
                [
                    (cx, cy),
                    (cx + 980 * math.cos(a - 0.035), cy + 980 * math.sin(a - 0.035)),
                    (cx + 980 * math.cos(a + 0.035), cy + 980 * math.sin(a + 0.035)),
                ],
                HONEY,
                'opacity=".045" filter="url(#haze)" style="mix-blend-mode:screen"',
            )
        )
    b.append(line(cx, 0, cx, cy - radius, NIGHT, 6))
    # the globe: a lattice of folded lozenges, each with a bright and a shaded half
    rows, columns = 16, 13
    rng = random.Random(5)

    def at(row: float, column: float) -> tuple[float, float]:
        latitude = math.pi * (min(rows, max(0.0, row)) / rows - 0.5)
        longitude = math.pi * (min(columns, max(0.0, column)) / columns - 0.5)
        return cx + radius * math.cos(latitude) * math.sin(longitude), cy + radius * math.sin(latitude)

    b.append(oval(cx, cy, radius, radius, "#c8744a"))
    tones = [GLOW, "#ffe6b8", "#fdc47c", "#e28d55", "#ac5541", "#7c3a3c"]
    for row in range(rows + 1):
        for column in range(-1, columns + 1):
            middle = column + 0.5 * (row % 2) + 0.5
            above, below = at(row - 1, middle), at(row + 1, middle)
            for corner, dark in ((at(row, middle - 0.5), 0.0), (at(row, middle + 0.5), 0.15)):
                x, y = (sum(p[i] for p in (above, below, corner)) / 3 - c for i, c in ((0, cx), (1, cy)))
                away = math.hypot(x + 40, y + 30) / radius
                tone = ramp(tones, 0.04 + away * 0.62 + dark + rng.uniform(-0.025, 0.025))
                b.append(poly([above, corner, below], tone, f'stroke="{tone}" stroke-width="1.2"'))
    b.append(oval(cx, cy - radius + 6, 44, 12, WOOD_DARK))
    b.append(glow(cx, cy, 430))
    # sideboard
    top = 884
    b.append(oval(cx, top, 560, 60, "url(#light)", 'opacity=".6" style="mix-blend-mode:screen"'))
    b.append(rect(180, top, 1240, 190, "url(#board)") + rect(160, top - 16, 1280, 24, "#b9744f"))
    b.append(oval(cx, top - 6, 430, 16, "url(#light)", 'style="mix-blend-mode:screen"'))
    for x in (205, 625, 1045):
        b.append(
            rect(x, top + 34, 350, 130, "none", f'stroke="{WOOD_DARK}" stroke-width="5"')
            + oval(x + 175, top + 66, 11, 11, HONEY)
        )
    # a vase with dry stems, books, an envelope
    for dx, height, lean in ((-26, 250, -60), (0, 300, -8), (24, 262, 52), (40, 215, 96)):
        b.append(
            path(
                f"M{1235 + dx * 0.4},{top - 120} q{lean * 0.2},{-height * 0.5} {lean},{-height}",
                "none",
                'stroke="#c99b6c" stroke-width="5"',
            )
        )
        for i in range(7):
            t = 1 - i * 0.075
            x = 1235 + dx * 0.4 + lean * t * t * 0.9 + lean * 0.1 * t
            y = top - 120 - height * t
            b.append(
                oval(
                    x + (11 if i % 2 else -11),
                    y,
                    13,
                    7,
                    ramp([HONEY, CORAL], i / 7),
                    f'transform="rotate({-35 if i % 2 else 35} {x} {y})"',
                )
            )
    b.append(path(f"M1185,{top - 16} q-44,-60 10,-110 q10,-12 6,-34 h68 q-4,22 6,34 q54,50 10,110 z", "url(#vase)"))
    b.append(path(f"M1180,{top - 74} q55,16 110,0", "none", f'stroke="{CREAM}" stroke-width="6" opacity=".8"'))
    for i, (colour, wide) in enumerate(((WINE, 230), (SAND, 210), (BLUE, 188))):
        b.append(
            rect(330 + i * 9, top - 16 - (i + 1) * 34, wide, 32, colour, 'rx="3"')
            + rect(340 + i * 9, top - 16 - (i + 1) * 34 + 6, 8, 20, CREAM, 'opacity=".6"')
        )
    return svg(w, h, defs, "".join(b))


def house() -> str:
    """A narrow house faced with blue tiles at dusk, every window lit, between two dark neighbours."""
    w, h = 1600, 1067
    defs = (
        gradient("sky", (0, "#241d4c", 1), (0.45, "#6d3f70", 1), (0.75, "#d9795f", 1), (1, "#f9bf7c", 1))
        + gradient("pane", (0, "#ffe7b0", 1), (1, "#f5a04c", 1))
        + gradient("street", (0, "#59384f", 1), (1, "#1f1530", 1))
        + gradient("left", (0, "#5d3a5e", 1), (1, "#38233f", 1))
        + gradient("right", (0, "#8d4a5b", 1), (1, "#4a2a45", 1))
    )
    rng = random.Random(11)
    b = [rect(0, 0, w, h, "url(#sky)")]
    b += [
        oval(rng.uniform(0, w), rng.uniform(0, 330), 1.8, 1.8, CREAM, f'opacity="{rng.uniform(0.25, 0.9):.2f}"')
        for _ in range(60)
    ]
    b.append(glow(1370, 92, 190, "soft") + path("M1384,46 a50,50 0 1 1 -52,76 a58,58 0 0 0 52,-76 z", CREAM))
    # roofs far away
    b.append(
        path(
            "M0,640 l90,-70 90,60 60,-30 0,-60 70,-50 70,50 0,90 H1600 V560 l-80,-70 -90,70 v40 l-70,-50 -70,50 -60,-20 V900 H0 z",
            "#4c2e58",
            'opacity=".75"',
        )
    )
    street = 900
    # neighbours
    b.append(rect(0, 300, 520, street - 300, "url(#left)") + path("M-20,306 L0,262 H520 L540,306 z", "#7e4148"))
    b.append(rect(1080, 214, 520, street - 214, "url(#right)") + path("M1060,220 L1080,176 H1620 V220 z", "#6d353f"))
    for x, y, lit in (
        (90.0, 400.0, 0),
        (300.0, 400.0, 1),
        (90, 640, 1),
        (300, 640, 0),
        (1180, 320, 0),
        (1400, 320, 1),
        (1180, 560, 1),
        (1400, 560, 0),
    ):
        b.append(rect(x - 12, y - 12, 124, 174, "#2d1c3b", 'opacity=".55"'))
        b.append(rect(x, y, 100, 150, "url(#pane)" if lit else "#2f2145", f'opacity="{0.72 if lit else 1}"'))
        b.append(line(x + 50, y, x + 50, y + 150, NIGHT, 6) + line(x, y + 60, x + 100, y + 60, NIGHT, 6))
    # the house
    x0, x1, top = 500, 1100, 196
    b.append(rect(x0, top, x1 - x0, street - top, "#dfe6ea"))
    tile = 40
    for row in range(int((street - top) / tile) + 1):
        for column in range(int((x1 - x0) / tile)):
            x, y = x0 + column * tile, top + row * tile
            if y + tile > street:
                continue
            shade = rng.uniform(0, 0.14)
            ink = blend(BLUE, "#24406e", shade * 4)
            b.append(rect(x, y, tile - 1, tile - 1, blend("#e6ecec", "#a7b4cf", shade * 2 + row * 0.018)))
            if (row + column) % 2:
                b.append(
                    path(f"M{x + 20},{y + 3} l16,16 -16,16 -16,-16 z", ink) + oval(x + 19.5, y + 19, 6, 6, "#eef1ee")
                )
            else:
                for kx, ky in ((4, 4), (35, 4), (4, 35), (35, 35)):
                    b.append(oval(x + kx, y + ky, 5, 5, ink))
                b.append(
                    path(f"M{x + 19},{y + 8} v22 M{x + 8},{y + 19} h22", "none", f'stroke="{ink}" stroke-width="4"')
                )
    b.append(rect(x0, top, x1 - x0, street - top, "url(#sky)", 'opacity=".30" style="mix-blend-mode:multiply"'))
    b.append(
        rect(x0 - 10, top - 26, x1 - x0 + 20, 30, CREAM)
        + path(f"M{x0 - 26},{top - 26} L{x0 + 34},{top - 104} H{x1 - 34} L{x1 + 26},{top - 26} z", "#b9583f")
    )
    b += [
        line(x0 + 40 + i * 26, top - 100, x0 - 12 + i * 31, top - 30, "#8c3f35", 3, 'opacity=".7"') for i in range(21)
    ]
    b.append(
        path("M740,92 v-40 l60,-46 60,46 v40 z", CREAM)
        + rect(768, 48, 64, 50, "url(#pane)")
        + line(800, 48, 800, 98, NIGHT, 5)
    )
    for x, y in ((560.0, 262.0), (750, 262), (940, 262), (560, 506), (750, 506), (940, 506)):
        b.append(rect(x - 16, y - 16, 132, 204, CREAM) + rect(x, y, 100, 178, "url(#pane)"))
        b.append(glow(x + 50, y + 90, 200, "soft"))
        b.append(line(x + 50, y, x + 50, y + 178, "#7d4a38", 6) + line(x, y + 66, x + 100, y + 66, "#7d4a38", 6))
        b.append(rect(x - 24, y + 178, 148, 12, CREAM))
        rail = y + 118
        b.append(rect(x - 20, rail, 140, 6, NIGHT) + rect(x - 20, y + 172, 140, 6, NIGHT))
        b += [line(x - 16 + i * 14.6, rail, x - 16 + i * 14.6, y + 174, NIGHT, 4) for i in range(10)]
    # paper lamps in the windows, and plants
    for x, y in ((800.0, 562.0), (990.0, 322.0), (610.0, 560.0)):
        b.append(oval(x, y, 24, 24, CREAM) + line(x, y - 56, x, y - 24, "#7d4a38", 3) + glow(x, y, 90))
    for x, y in ((586.0, 430.0), (964.0, 674.0), (770.0, 430.0)):
        b += [
            oval(x + rng.uniform(-18, 50), y + rng.uniform(-22, 4), 12, 8, ramp(["#3f6b52", "#7fa06a"], rng.random()))
            for _ in range(11)
        ]
        b += [oval(x + rng.uniform(-14, 46), y + rng.uniform(-22, 0), 5, 5, CORAL) for _ in range(5)]
    # door
    b.append(path(f"M706,{street} V786 a94,94 0 0 1 188,0 V{street} z", CREAM))
    b.append(path(f"M722,{street} V788 a78,78 0 0 1 156,0 V{street} z", "#7a2450"))
    b.append(path("M734,786 a66,66 0 0 1 132,0 z", "url(#pane)"))
    b += [
        line(800, 786, 800 + 64 * math.cos(a), 786 - 64 * math.sin(a), "#7a2450", 5)
        for a in (0.6, 1.1, math.pi / 2, 2.04, 2.54)
    ]
    b.append(line(800, 790, 800, street, "#561636", 6) + oval(786, 846, 6, 6, HONEY) + oval(814, 846, 6, 6, HONEY))
    b.append(glow(800, 800, 330, "soft"))
    # wall lantern
    b.append(
        path("M930,770 h34 v14", "none", f'stroke="{NIGHT}" stroke-width="7"')
        + path("M946,786 h38 l-8,54 h-22 z", "#ffe7b0")
        + path("M940,786 l24,-18 24,18 z", NIGHT)
        + glow(965, 812, 190)
    )
    # street
    b.append(rect(0, street, w, h - street, "url(#street)") + rect(0, street, w, 14, "#8b6171"))
    for row in range(6):
        y = street + 24 + row * row * 4.6 + row * 6
        for column in range(-2, 40):
            step = 34 + row * 8
            x = 800 + (column - 19) * step + (row % 2) * step / 2
            near = abs(x - 800) / 800
            b.append(
                oval(x, y, step * 0.42, 5 + row * 1.8, blend("#c58461", "#3b2745", 0.25 + near * 0.75), 'opacity=".55"')
            )
    b.append(glow(800, street + 30, 520, "soft", 0.28))
    b.append(
        path(
            "M0,118 Q500,190 800,150 T1600,96 M0,138 Q480,214 800,170 T1600,120",
            "none",
            f'stroke="{NIGHT}" stroke-width="3" opacity=".7"',
        )
    )
    # a cat on the step
    b.append(
        path(
            f"M640,{street + 4} q-6,-44 14,-56 q-4,-20 4,-30 l12,10 h12 l12,-10 q8,12 4,30 q20,22 12,56 z M706,{street} q34,-6 26,-34",
            NIGHT,
        )
        + path(f"M704,{street - 3} q38,-4 28,-36", "none", f'stroke="{NIGHT}" stroke-width="8" stroke-linecap="round"')
    )
    return svg(w, h, defs, "".join(b))


def long_table() -> str:
    """A very long table laid for supper, seen from its head; a row of paper lamps above it and an arched window behind."""
    w, h = 1600, 1067
    vx, vy = 800, 470
    defs = (
        DUSK_SKY
        + gradient("wall", (0, "#211636", 1), (1, "#4b2b4f", 1))
        + gradient("cloth", (0, "#f3cf9c", 1), (0.4, "#fff1d8", 1), (1, "#e7bf95", 1))
        + gradient("floor", (0, "#5b343f", 1), (1, "#1e1329", 1))
        + gradient("side", (0, "#2a1a38", 1), (1, "#3a2344", 1), to=(1, 0))
    )
    b = [rect(0, 0, w, h, "url(#wall)")]

    def toward(x: float, y: float, depth: float) -> tuple[float, float]:
        """A point of the near plane, moved towards the vanishing point: depth 0 is near, 1 is there."""
        return x + (vx - x) * depth, y + (vy - y) * depth

    far = 0.8
    # floor and side walls
    b.append(
        poly([(-900, h + 260), toward(-900, h + 260, far), toward(2500, h + 260, far), (2500, h + 260)], "url(#floor)")
    )
    b.append(poly([(-900, -700), toward(-900, -700, far), toward(-900, h + 260, far), (-900, h + 260)], "#2c1b3a"))
    b.append(poly([(2500, -700), toward(2500, -700, far), toward(2500, h + 260, far), (2500, h + 260)], "#301d3d"))
    # shelves with paper rolls
    for side in (-900, 2500):
        for level in (-260, 60):
            for i in range(9):
                d0, d1 = 0.3 + i * 0.052, 0.335 + i * 0.052
                p = [
                    toward(side, level, d0),
                    toward(side, level, d1),
                    toward(side, level + 210, d1),
                    toward(side, level + 210, d0),
                ]
                b.append(
                    poly(p, ramp([WINE, CORAL, SAND, BLUE, PLUM], (i * 5 % 9) / 9), f'opacity="{0.5 - i * 0.02:.2f}"')
                )
            a, z = toward(side, level + 214, 0.26), toward(side, level + 214, 0.78)
            b.append(line(*a, *z, blend(WOOD, NIGHT, 0.3), 7))
    x0, y0 = toward(-900, -700, far)
    x1, y1 = toward(2500, h + 260, far)
    b.append(rect(x0, y0, x1 - x0, y1 - y0, "#452850"))
    b.append(path(f"M{vx - 118},{y1 - 120} V{vy - 62} a118,118 0 0 1 236,0 V{y1 - 120} z", "url(#dusk)"))
    b.append(path(f"M{vx - 118},{y1 - 120} v-22 q40,-26 80,-8 t78,-10 t78,6 v34 z", DUSK))
    b.append(line(vx, vy - 180, vx, y1 - 120, NIGHT, 6) + line(vx - 118, vy - 60, vx + 118, vy - 60, NIGHT, 6))
    b.append(
        path(
            f"M{vx - 118},{y1 - 120} V{vy - 62} a118,118 0 0 1 236,0 V{y1 - 120} z",
            "none",
            f'stroke="{NIGHT}" stroke-width="11"',
        )
    )
    b.append(glow(vx, 330, 980, "soft"))
    depths = [0.02 + 0.75 * (1 - (1 - i / 6) ** 1.75) for i in range(7)]

    def chair(side: int, depth: float) -> str:
        x = vx + side * 790
        scale = 1 - depth
        seat = toward(x, 1090, depth)
        tone = ramp(["#2b1a35", "#5a3143"], depth)
        width, height = 150 * scale, 330 * scale
        left = seat[0] - width / 2
        back = path(
            f"M{left:.1f},{seat[1] + 160 * scale:.1f} V{seat[1] - height * 0.7:.1f} q{width / 2:.1f},{-height * 0.26:.1f} {width:.1f},0 "
            f"V{seat[1] + 160 * scale:.1f} h{-18 * scale:.1f} V{seat[1]:.1f} h{-(width - 36 * scale):.1f} V{seat[1] + 160 * scale:.1f} z",
            tone,
        )
        slats = "".join(
            line(
                left + width * k,
                seat[1] - height * 0.66,
                left + width * k,
                seat[1] - 20 * scale,
                blend(tone, AMBER, 0.16),
                5 * scale,
            )
            for k in (0.3, 0.5, 0.7)
        )
        return back + slats

    for depth in sorted(depths[1:], reverse=True):
        b.append(chair(-1, depth) + chair(1, depth))
    # table
    near_y = 940
    table = [
        toward(vx - 560, near_y, -0.3),
        toward(vx - 560, near_y, 0.76),
        toward(vx + 560, near_y, 0.76),
        toward(vx + 560, near_y, -0.3),
    ]
    b.append(poly([(x, y + 70) for x, y in table], NIGHT, 'opacity=".4" filter="url(#blur)"'))
    b.append(poly(table, "url(#cloth)"))
    runner = [
        toward(vx - 88, near_y, -0.3),
        toward(vx - 88, near_y, 0.76),
        toward(vx + 88, near_y, 0.76),
        toward(vx + 88, near_y, -0.3),
    ]
    b.append(poly(runner, WINE, 'opacity=".85"'))
    for depth in sorted(depths, reverse=True):
        s = 1 - depth
        for side in (-1, 1):
            x, y = toward(vx + side * 350, near_y - 6, depth)
            b.append(
                oval(x, y + 8 * s, 118 * s, 34 * s, "#b98a68", 'opacity=".45"')
                + oval(x, y, 116 * s, 32 * s, CREAM)
                + oval(x, y - 2 * s, 80 * s, 20 * s, "#f0dcc0")
            )
            b.append(oval(x, y - 2 * s, 116 * s, 32 * s, "none", f'stroke="{BLUE}" stroke-width="{4.5 * s:.1f}"'))
            gx, gy = toward(vx + side * 208, near_y - 58, depth)
            b.append(
                path(
                    f"M{gx - 28 * s:.1f},{gy - 84 * s:.1f} h{56 * s:.1f} l{-8 * s:.1f},{62 * s:.1f} q{-20 * s:.1f},{14 * s:.1f} {-40 * s:.1f},0 z",
                    CORAL,
                    'opacity=".62"',
                )
            )
            b.append(
                line(gx, gy - 20 * s, gx, gy + 22 * s, "#e9cfb0", 5 * s)
                + oval(gx, gy + 24 * s, 26 * s, 7 * s, "#e9cfb0")
            )
        cx_, cy_ = toward(vx, near_y - 30, depth)
        b.append(
            rect(cx_ - 17 * s, cy_ - 30 * s, 34 * s, 42 * s, CREAM) + oval(cx_, cy_ + 12 * s, 34 * s, 9 * s, "#c99b6c")
        )
        b.append(
            path(
                f"M{cx_ - 9 * s:.1f},{cy_ - 36 * s:.1f} q{9 * s:.1f},{-44 * s:.1f} {18 * s:.1f},0 q{-9 * s:.1f},{14 * s:.1f} {-18 * s:.1f},0 z",
                HONEY,
            )
            + glow(cx_, cy_ - 44 * s, 130 * s)
        )
        # sprigs on the runner
        for k in range(4):
            lx, ly = toward(vx - 58 + k * 38, near_y + 44 + (k % 2) * 12, depth)
            b.append(
                oval(
                    lx,
                    ly,
                    20 * s,
                    6 * s,
                    ramp(["#4f7a5b", "#93ad74"], k / 3),
                    f'transform="rotate({-24 + k * 16} {lx:.1f} {ly:.1f})"',
                )
            )
    # paper lamps in two rows
    for side, depth in [(side, depth) for depth in (0.76, 0.68, 0.56, 0.37, 0.06) for side in (-1, 1)]:
        s = 1 - depth
        x, y = toward(vx + side * 372, 80 if side < 0 else 124, depth)
        r = 152 * s
        b.append(line(x, toward(vx, -600, depth)[1], x, y - r * 0.8, NIGHT, 5 * s))
        b.append(glow(x, y, r * 2.9))
        b.append(oval(x, y, r, r * 0.8, "#ffe4b3"))
        for k in range(-4, 5):
            yy = y + r * 0.8 * k / 5
            half = r * math.sqrt(1 - (k / 5) ** 2)
            rib = f"M{x - half:.1f},{yy:.1f} q{half:.1f},{18 * s:.1f} {2 * half:.1f},0"
            b.append(path(rib, "none", f'stroke="#e9a765" stroke-width="{3.4 * s:.1f}" opacity=".75"'))
        b.append(oval(x, y - r * 0.8, 34 * s, 9 * s, WOOD_DARK) + oval(x, y + r * 0.8, 30 * s, 7 * s, AMBER))
        b.append(glow(x, y, r * 1.15))
    return svg(w, h, defs, "".join(b))


def river() -> str:
    """Paper lanterns on a wide river at night, hills and a long bridge behind."""
    w, h = 1600, 1067
    shore = 560
    defs = (
        gradient("sky", (0, "#161334", 1), (0.6, "#3c2a5f", 1), (1, "#8a4d70", 1))
        + gradient("water", (0, "#6a3f68", 1), (0.25, "#2d2350", 1), (1, "#120e28", 1))
        + gradient("lantern", (0, "#ffca7c", 1), (0.55, "#fff0cf", 1), (1, "#f39a4b", 1))
        + gradient("trail", (0, HONEY, 0.6), (1, AMBER, 0))
    )
    rng = random.Random(21)
    b = [rect(0, 0, w, h, "url(#sky)")]
    b += [
        oval(
            rng.uniform(0, w),
            rng.uniform(0, 420),
            rng.uniform(1, 2.4),
            rng.uniform(1, 2.4),
            CREAM,
            f'opacity="{rng.uniform(0.2, 0.9):.2f}"',
        )
        for _ in range(110)
    ]
    b.append(
        glow(1190, 190, 330, "soft")
        + oval(1190, 190, 66, 66, "#fff1d6")
        + oval(1172, 178, 14, 14, "#f1d9b4")
        + oval(1210, 206, 9, 9, "#f1d9b4")
    )
    # hills and houses
    b.append(path(f"M0,{shore} V470 q150,-60 330,-24 t360,-34 t380,30 t530,-40 V{shore} z", "#3d2a57"))
    b.append(
        path(
            f"M0,{shore} V512 q120,-46 270,-10 q90,-60 230,-20 q120,24 260,6 q200,-44 330,10 q180,-50 510,-14 V{shore} z",
            "#291d42",
        )
    )
    for _ in range(230):
        x = rng.uniform(0, w)
        y = shore - 4 - abs(rng.gauss(0, 26))
        b.append(
            rect(
                x,
                y,
                rng.choice((2, 3, 4)),
                rng.choice((2, 3)),
                rng.choice((HONEY, AMBER, CREAM)),
                f'opacity="{rng.uniform(0.35, 0.95):.2f}"',
            )
        )
    # bridge
    deck = 470
    b.append(line(0, deck + 6, w, deck - 26, "#171029", 7))
    for x in (420, 1010):
        b.append(rect(x - 8, 250, 7, 312, "#171029") + rect(x + 12, 250, 7, 312, "#171029"))
        b += [line(x - 6, y, x + 16, y + 26, "#171029", 3) for y in range(256, 470, 36)]
        b.append(oval(x + 5, 246, 4, 4, CORAL))
    cable = f"M0,{deck - 90} Q220,{deck - 40} 424,254 Q715,{deck + 90} 1016,254 Q1300,{deck + 40} {w},{deck - 150}"
    b.append(path(cable, "none", 'stroke="#171029" stroke-width="4"'))
    for i in range(54):
        x = i * 30
        b.append(oval(x, deck - x * 0.02 + 2, 2, 2, HONEY, 'opacity=".8"'))
    # water
    b.append(rect(0, shore, w, h - shore, "url(#water)"))
    b.append(oval(1190, shore + 30, 90, 240, "url(#soft)", 'style="mix-blend-mode:screen"'))
    for _ in range(170):
        y = shore + (h - shore) * rng.random() ** 1.7
        wide = 14 + (y - shore) * 0.22
        b.append(
            oval(
                rng.uniform(0, w),
                y,
                wide,
                1.2 + (y - shore) * 0.004,
                rng.choice(("#8a5a86", "#4e3a72", "#1a1433")),
                f'opacity="{rng.uniform(0.2, 0.5):.2f}"',
            )
        )
    for _ in range(70):
        x = rng.uniform(0, w)
        b.append(rect(x, shore + 2, 3, rng.uniform(10, 60), HONEY, f'opacity="{rng.uniform(0.1, 0.32):.2f}"'))
    # lanterns, far to near
    spots: list[tuple[float, float]] = []
    for _ in range(400):
        y = shore + 18 + (h - shore - 90) * rng.random() ** 1.5
        x = rng.uniform(60, w - 60)
        size = 8 + (y - shore) * 0.19
        if all(abs(x - px) > (size + 8 + (py - shore) * 0.19) * 0.95 or abs(y - py) > size * 1.15 for px, py in spots):
            spots.append((x, y))
        if len(spots) == 42:
            break
    for x, y in sorted(spots, key=lambda spot: spot[1]):
        s = (8 + (y - shore) * 0.19) / 50
        b.append(
            rect(
                x - 24 * s,
                y + 4 * s,
                48 * s,
                150 * s,
                "url(#trail)",
                f'filter="url(#haze)" opacity="{0.35 + 0.4 * s:.2f}"',
            )
        )
        b.append(glow(x, y - 36 * s, 150 * s))
        b.append(
            poly([(x - 40 * s, y), (x + 40 * s, y), (x + 30 * s, y + 12 * s), (x - 30 * s, y + 12 * s)], WOOD_DARK)
        )
        b.append(
            poly(
                [(x - 33 * s, y), (x - 25 * s, y - 76 * s), (x + 25 * s, y - 76 * s), (x + 33 * s, y)], "url(#lantern)"
            )
        )
        b.append(
            poly(
                [(x + 6 * s, y), (x + 5 * s, y - 76 * s), (x + 25 * s, y - 76 * s), (x + 33 * s, y)],
                "#e58a45",
                'opacity=".4"',
            )
        )
        b.append(oval(x, y - 34 * s, 9 * s, 15 * s, "#fffaf0", 'opacity=".9"'))
        for k in range(3):
            b.append(
                oval(
                    x + rng.uniform(-6, 6) * s,
                    y + (34 + k * 34) * s,
                    (34 - k * 7) * s,
                    3.4 * s,
                    HONEY,
                    f'opacity="{0.5 - k * 0.13:.2f}"',
                )
            )
    return svg(w, h, defs, "".join(b))


PICTURES: dict[str, tuple[Callable[[], str], str]] = {
    "bench": (bench, "events/salon-to-stream/bench.jpg"),
    "supper": (long_table, "events/the-long-supper/long-table.jpg"),
    "river": (river, "events/lanterns-on-the-river/river.jpg"),
    "lamp-no-2": (lamp_no_2, "drops/lamp-no-2/globe.jpg"),
    "lamp-no-3": (lamp_no_3, "drops/lamp-no-3/reading.jpg"),
    "house": (house, "hosts/casa-lume/house.jpg"),
}


def rasterise(drawing: str) -> Image.Image:
    """The SVG as Chromium paints it."""
    width, height = (int(drawing.split(f'{key}="', 1)[1].split('"', 1)[0]) for key in ("width", "height"))
    with tempfile.TemporaryDirectory() as folder:
        page, shot = Path(folder, "page.html"), Path(folder, "shot.png")
        page.write_text(
            f"<!doctype html><meta charset=utf-8><style>body{{margin:0}}svg{{display:block}}</style>{drawing}", "utf-8"
        )
        flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --hide-scrollbars"
        subprocess.run(
            [
                "chromium",
                *flags.split(),
                f"--user-data-dir={folder}/profile",
                f"--window-size={width},{height}",
                f"--screenshot={shot}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        return Image.open(BytesIO(shot.read_bytes())).convert("RGB").crop((0, 0, width, height))


def save(image: Image.Image, file: Path) -> int:
    """A progressive JPEG of at most MOST_BYTES; its size."""
    for quality in range(88, 40, -4):
        out = BytesIO()
        image.save(out, "JPEG", quality=quality, progressive=True, optimize=True)
        if out.tell() <= MOST_BYTES:
            break
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(out.getvalue())
    return quality


if __name__ == "__main__":
    for name in sys.argv[1:] or PICTURES:
        draw, place = PICTURES[name]
        quality = save(rasterise(draw()), CONTENT / place)
        print(f"{place}: quality {quality}, {(CONTENT / place).stat().st_size:,} bytes")
