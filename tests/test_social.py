"""The social card: always 1200x630, never a clipped word, never an empty box."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from handbill.render import social
from handbill.render.social import Colours, social_card

LIGHT = Colours("#FFF9F0", "#2A1B2E", "#8A2D5C")
KICKER = "Friday, 4 December 2026 · Casa Lume, Lisboa"


def drawn(card: bytes) -> Image.Image:
    image = Image.open(BytesIO(card))
    image.load()
    return image


def inked(title: str) -> list[tuple[int, int, int, int]]:
    """The box of ink of each line of the title as it is drawn, at the size it is drawn."""
    size, lines = social._fit(title)
    boxes = []
    for number, line in enumerate(lines):
        words = Image.new("L", social.SIZE)
        social._write_title(words, size, [*[""] * number, line])
        box = words.getbbox()
        if box:
            boxes.append(box)
    return boxes


def test_a_card_is_a_png_of_1200_by_630_under_40_kilobytes() -> None:
    card = social_card("Salon to Stream", kicker=KICKER, site="Casa Lume", colours=LIGHT)
    image = drawn(card)
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(card) < 40_000


def test_a_card_has_the_colours_of_the_theme() -> None:
    for colours in (LIGHT, Colours("101513", "EEF3F0", "6FE0B7")):
        image = drawn(social_card("I" * 12, site="Casa Lume", colours=colours)).convert("RGB")
        found = {colour for _, colour in image.getcolors(2**16) or []}
        for wanted in colours:
            rgb = tuple(int(wanted.removeprefix("#")[i : i + 2], 16) for i in (0, 2, 4))
            assert rgb in found
        assert image.getpixel((10, 10)) == tuple(int(colours.paper.removeprefix("#")[i : i + 2], 16) for i in (0, 2, 4))


def test_what_is_said_changes_the_card_and_nothing_else_does() -> None:
    cards = {
        social_card(title, kicker=kicker, site=site, colours=LIGHT)
        for title in ("One", "Two")
        for kicker in ("", "4 December")
        for site in ("", "Casa Lume")
    }
    assert len(cards) == 8
    assert social_card(" One\u00ad\n", kicker="", colours=LIGHT) == social_card("One", colours=LIGHT)


def test_a_card_is_the_same_in_another_process() -> None:
    script = (
        "import hashlib; from handbill.render.social import *\n"
        "colours = Colours('FFF9F0', '2A1B2E', '8A2D5C')\n"
        "card = social_card('Lamp Nº 3', kicker='6 December', site='Casa Lume', colours=colours)\n"
        "print(hashlib.sha256(card).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != ""


@pytest.mark.parametrize(
    "title",
    [
        "Salon to Stream",
        "A",
        "Ærøskøbing — Świętość & Čapek’s Today",
        "Вечер света: ёлка, гудок и туман над рекой",
        "Νύχτα φωτός στο ποτάμι",
        "Đêm đèn lồng trên sông",
        "How to build a very small generator that writes e-mails, pages and calendars from one Markdown file",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "W" * 300,
        "word " * 200,
    ],
)
def test_a_title_is_never_clipped_and_its_lines_never_touch(title: str) -> None:
    boxes = inked(title)
    assert 1 <= len(boxes) <= 4
    for left, top, right, bottom in boxes:
        assert left >= 70
        assert right <= 1110
        assert top > 120  # below the kicker
        assert bottom < 525  # above the site's name


def test_a_title_is_set_as_large_as_it_fits_and_evenly() -> None:
    assert social._fit("Lamp Nº 3")[0] > social._fit("Lamp Nº 3, and a great many other things for winter")[0]
    _, lines = social._fit("An evening of paper, light and a very long table in Lisbon")
    widths = [social._width(line) for line in lines]
    assert len(lines) > 1
    assert min(widths) > 0.6 * max(widths)


def test_no_line_starts_with_a_dash() -> None:
    _, lines = social._fit("Everything we folded this year — and why")
    assert not any(line.startswith("—") for line in lines)


def test_a_long_title_ends_with_an_ellipsis_and_a_long_place_too() -> None:
    assert social._fit("word " * 200)[1][-1].endswith("word…")
    assert social._cut("Friday, 4 December 2026 · " + "Lisboa " * 40, 32, 1020).endswith("Lisboa…")


@pytest.mark.parametrize(
    "title", ["東京の夜", "ليلة الضوء", "Party 🎉", "ลอยกระทง", "שלום", "न्यू", "x\u0300\u0323", "\ud800", ""]
)
def test_a_title_that_cannot_be_written_gets_colour_alone(title: str) -> None:
    card = social_card(title, kicker=KICKER, site="Casa Lume", colours=LIGHT)
    assert drawn(card).size == (1200, 630)
    assert card == social_card("東京", kicker="", site="Casa Lume", colours=LIGHT)
    assert card != social_card("東京", site="東京", colours=LIGHT)


def test_a_kicker_that_cannot_be_written_is_left_out() -> None:
    assert social_card("Tea", kicker="東京", colours=LIGHT) == social_card("Tea", colours=LIGHT)


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert social_card("Cafe\u0301", colours=LIGHT) == social_card("Café", colours=LIGHT)


def test_every_letter_the_card_says_it_can_write_has_a_shape_of_its_own() -> None:
    font = ImageFont.truetype(social._FONTS / "Literata-SemiBold.ttf", 40, layout_engine=ImageFont.Layout.BASIC)
    missing = bytes(font.getmask("\U000f0000"))
    letters = sorted(social._tables().letters)
    assert len(letters) > 800
    assert not [letter for letter in letters if bytes(font.getmask(letter)) == missing]


@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=40)
def test_any_text_gives_a_card(title: str, kicker: str, site: str) -> None:
    assert drawn(social_card(title, kicker=kicker, site=site, colours=LIGHT)).size == (1200, 630)


@given(st.text(st.sampled_from("abcdefgWMil .,-—&éŁЖω"), min_size=1, max_size=160))
@settings(max_examples=150)
def test_any_writable_title_fits(title: str) -> None:
    title = social._plain(title)
    assume(title)
    size, lines = social._fit(title)
    assert 1 <= len(lines) <= 4
    assert all(social._width(line) * size <= social._RIGHT - social._LEFT + 1 for line in lines)
    if not lines[-1].endswith("…"):
        assert "".join(lines).replace(" ", "") == title.replace(" ", "")


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a colour"):
        social_card("Tea", colours=Colours("white", "#000000", "#ff0000"))
