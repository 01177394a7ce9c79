"""Makes the font of the social card: Literata SemiBold, one file for Latin, Greek and Cyrillic.

Run by hand when the font is to be renewed; the result is committed. It takes the npm package `@fontsource/literata`
unpacked (SIL Open Font License 1.1, no reserved name), merges its subsets and drops what drawing does not read
(features, hints, vertical metrics). Beside the font it writes a JSON with the letters it covers and its kerning, pair
by pair: so a card looks the same whether or not a machine has a shaping engine. (A `kern` table in the font would not
do: Pillow's basic layout applies a sixty-fourth of it.)

    npm pack @fontsource/literata && tar xzf fontsource-literata-*.tgz
    pip install fonttools brotli uharfbuzz
    python tests/tools/make_font.py package generator/handbill/render/fonts
"""

from __future__ import annotations

import json
import sys
import tempfile
import unicodedata
from pathlib import Path

import uharfbuzz as hb  # type: ignore[import-not-found]
from fontTools import subset  # type: ignore[import-not-found]
from fontTools.merge import Merger  # type: ignore[import-not-found]
from fontTools.ttLib import TTFont  # type: ignore[import-not-found]

SUBSETS = ("latin", "latin-ext", "greek", "cyrillic", "cyrillic-ext", "vietnamese")
KERNED = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?-–—'\"‘’“”«»()&/"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßąćčďđęěğıłńňőřśşšťůűźżžĄĆČĎĐĘĚĞİŁŃŇŐŘŚŞŠŤŮŰŹŻŽ"
    "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρςστυφχψωάέήίόύώ"
    "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюяёєії"
)
LEAST = 12
"""Thousandths of an em: a pair that moves by less is left as it is."""


def kerning(font: Path) -> dict[str, dict[str, str]]:
    """left letter → thousandths of an em → the right letters that come so much closer or further off."""
    shaper = hb.Font(hb.Face(font.read_bytes()))
    tt = TTFont(font)
    cmap, advances = tt.getBestCmap(), tt["hmtx"]
    assert tt["head"].unitsPerEm == 1000
    moves: dict[str, dict[str, str]] = {}
    for left in KERNED:
        for right in KERNED:
            if ord(left) not in cmap or ord(right) not in cmap or (left < "\u0370") != (right < "\u0370"):
                continue
            buffer = hb.Buffer()
            buffer.add_str(left + right)
            buffer.guess_segment_properties()
            hb.shape(shaper, buffer, {"liga": False, "clig": False, "calt": False})
            if len(buffer.glyph_positions) == 2:
                move = buffer.glyph_positions[0].x_advance - advances[cmap[ord(left)]][0]
                if abs(move) >= LEAST:
                    row = moves.setdefault(left, {})
                    row[str(move)] = row.get(str(move), "") + right
    return moves


def drawable(letter: str) -> bool:
    """False for spaces, for format characters, and for marks that stand on another letter: those need shaping."""
    return unicodedata.category(letter)[0] not in "CZM"


def main(package: Path, out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for name in SUBSETS:
            font = TTFont(package / "files" / f"literata-{name}-600-normal.woff2")
            font.flavor = None
            parts.append(str(Path(folder, f"{name}.ttf")))
            font.save(parts[-1])
        whole = Path(folder, "whole.ttf")
        Merger().merge(parts).save(whole)
        letters = "".join(filter(drawable, map(chr, sorted(TTFont(whole).getBestCmap()))))
        tables = {"letters": letters, "kerning": kerning(whole)}

        font = TTFont(whole)
        options = subset.Options()
        options.layout_features = []
        options.hinting = False
        options.notdef_outline = True
        options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
        options.drop_tables += ["GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx", "gasp", "prep"]
        options.recalc_timestamp = False
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=font.getBestCmap())
        cutter.subset(font)

        font["post"].formatType = 3.0
        font["head"].modified = font["head"].created
        font.recalcTimestamp = False
        font.save(out / "Literata-SemiBold.ttf")
    (out / "Literata-OFL.txt").write_bytes((package / "LICENSE").read_bytes())
    (out / "Literata-SemiBold.json").write_text(json.dumps(tables, ensure_ascii=False, indent=0) + "\n", "utf-8")
    print((out / "Literata-SemiBold.ttf").stat().st_size, "bytes,", len(letters), "letters")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
