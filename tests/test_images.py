"""Pictures: every size and format from one file, nothing of the camera left, and bad files told kindly."""

from __future__ import annotations

import random
import re
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFilter

from handbill.digest import digest
from handbill.render import images
from handbill.render.images import ImageProblem, Made, Studio, tells_place


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "cache")


def make(studio: Studio, data: bytes, name: str = "bench.jpg") -> Made:
    folder = studio.cache.parent / "content"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    return studio.picture(folder / name, digest(data), name=f"content/events/{name}")


def photo(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Soft colours with some grain, as a camera would see them; always the same."""
    rng = random.Random(width * height)
    soft = Image.frombytes("RGB", (12, 8), rng.randbytes(12 * 8 * 3)).resize((width, height), Image.Resampling.BICUBIC)
    return soft.filter(ImageFilter.SMOOTH).convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(made: Made, url: str) -> Image.Image:
    path = dict(made.files)[url.removeprefix("/")]
    image = Image.open(path)
    image.load()
    return image


def widths(srcset: str) -> list[int]:
    return [int(row.rpartition(" ")[2][:-1]) for row in srcset.split(", ")]


# What is made.


def test_a_picture_is_made_in_every_width_up_to_its_own(studio: Studio) -> None:
    made = make(studio, saved(photo(1600, 1067)))
    ((mime, srcset),) = made.picture.sources
    assert mime == "image/avif"
    assert widths(srcset) == [320, 480, 640, 960, 1280, 1600]
    assert widths(made.picture.srcset) == [640, 1280]
    assert (made.picture.width, made.picture.height) == (1600, 1067)
    for row in f"{srcset}, {made.picture.srcset}".split(", "):
        url, _, width = row.partition(" ")
        image = opened(made, url)
        assert image.width == int(width[:-1])
        assert abs(image.height - image.width * 1067 / 1600) <= 1
        assert image.format == ("AVIF" if url.endswith("avif") else "JPEG")


def test_nothing_is_ever_made_larger_than_the_original(studio: Studio) -> None:
    small = make(studio, saved(photo(500, 400)))
    assert widths(small.picture.sources[0][1]) == [320, 480, 500]
    assert widths(small.picture.srcset) == [500]
    tiny = make(studio, saved(Image.new("RGB", (1, 1), "red")))
    assert (tiny.picture.width, tiny.picture.height, tiny.picture.mail_width) == (1, 1, 1)


def test_the_largest_width_is_1920(studio: Studio) -> None:
    made = make(studio, saved(photo(2600, 200)))
    assert (made.picture.width, made.picture.height) == (1920, 148)
    assert widths(made.picture.sources[0][1])[-1] == 1920


def test_urls_say_what_the_picture_is_and_change_with_its_bytes(studio: Studio) -> None:
    made = make(studio, saved(photo(700, 300)), "Três Lâmpadas, à noite.JPG")
    assert re.fullmatch(r"/media/tres-lampadas-a-noite-[0-9a-f]{8}\.640\.jpg", made.picture.src)
    other = make(studio, saved(photo(701, 300)), "Três Lâmpadas, à noite.JPG")
    assert other.picture.src != made.picture.src
    nameless = make(studio, saved(photo(700, 300)), "灯.jpg")
    assert nameless.picture.src.startswith("/media/picture-")


def test_every_url_of_a_picture_is_a_file_and_every_file_has_a_url(studio: Studio) -> None:
    made = make(studio, saved(photo(1300, 900)))
    p = made.picture
    urls = {row.partition(" ")[0] for row in f"{p.sources[0][1]}, {p.srcset}".split(", ")} | {p.src, p.mail, p.social}
    assert urls == {f"/{path}" for path, _ in made.files}
    assert all(file.stat().st_size for _, file in made.files)


def test_a_transparent_picture_stays_transparent_on_the_page_and_is_white_in_mail(studio: Studio) -> None:
    image = Image.new("RGBA", (800, 400), (0, 0, 0, 0))
    image.paste((200, 30, 60, 255), (200, 100, 600, 300))
    made = make(studio, saved(image, "PNG"), "logo.png")
    assert made.picture.src.endswith(".640.png")
    assert opened(made, made.picture.src).convert("RGBA").getpixel((3, 3)) == (0, 0, 0, 0)
    better = opened(made, made.picture.sources[0][1].partition(" ")[0])
    assert better.convert("RGBA").getchannel("A").getpixel((3, 3)) == 0
    mail = opened(made, made.picture.mail)
    assert mail.format == "JPEG"
    assert mail.convert("L").crop((0, 0, 9, 9)).getextrema()[0] > 250  # type: ignore[operator]


def test_an_opaque_png_becomes_a_jpeg(studio: Studio) -> None:
    made = make(studio, saved(photo(700, 500, "RGBA"), "PNG"), "shot.png")
    assert made.picture.src.endswith(".jpg")


def test_the_mail_picture_keeps_its_limits_even_for_pure_noise(studio: Studio) -> None:
    noise = Image.frombytes("RGB", (1300, 1900), random.Random(1).randbytes(1300 * 1900 * 3))
    made = make(studio, saved(noise, quality=90))
    mail = opened(made, made.picture.mail)
    assert mail.size == (made.picture.mail_width, made.picture.mail_height)
    assert mail.width <= 1200
    assert dict(made.files)[made.picture.mail[1:]].stat().st_size <= 200_000
    assert dict(made.files)[made.picture.social[1:]].stat().st_size <= 300_000


def test_the_social_crop_is_1200_by_630_or_absent(studio: Studio) -> None:
    for size in ((900, 1400), (1600, 400), (640, 320)):
        made = make(studio, saved(photo(*size)))
        assert opened(made, made.picture.social).size == (1200, 630)
    assert make(studio, saved(photo(590, 900))).picture.social == ""


def test_without_avif_the_better_format_is_webp(tmp_path: Path) -> None:
    made = make(Studio(tmp_path / "cache", avif=False), saved(photo(700, 300)))
    assert made.picture.sources[0][0] == "image/webp"
    assert opened(made, made.picture.sources[0][1].partition(" ")[0]).format == "WEBP"


# What is taken away.


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "A camera"
    data[0x8298] = "Somebody's name"
    data.get_ifd(0x8825)[1] = "N"
    data.get_ifd(0x8825)[2] = (38.0, 42.0, 49.0)
    return data


def test_a_picture_stands_upright_and_carries_nothing_of_the_camera(studio: Studio) -> None:
    image = Image.new("RGB", (800, 700), "white")
    image.paste((220, 0, 0), (0, 0, 800, 350))  # red on top, lying on its side once the camera's note is applied
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = make(studio, saved(image, exif=exif(6), icc_profile=profile, comment=b"Somebody's name"))
    assert (made.picture.width, made.picture.height) == (700, 800)
    red = opened(made, made.picture.src).getpixel((620, 400))
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert red[1] < 40
    for _, file in made.files:
        data = file.read_bytes()
        for trace in (b"Exif", b"exif", b"GPS", b"Somebody", b"camera", b"ICC_PROFILE", b"prof", b"xpacket"):
            assert trace not in data, (file.name, trace)
        with Image.open(file) as result:
            assert not result.getexif()
            assert "icc_profile" not in result.info


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_very_large_picture_is_made_smaller_first_and_still_stands_upright(studio: Studio, kind: str) -> None:
    image = Image.new("L", (7000, 5800), 255)
    image.paste(0, (0, 0, 7000, 2900))
    made = make(studio, saved(image, kind, exif=exif(6)))
    assert (made.picture.width, made.picture.height) == (1920, 2317)
    shown = opened(made, made.picture.src).convert("L")
    assert shown.crop((330, 0, 640, 700)).getextrema()[1] < 10  # type: ignore[operator]
    assert shown.crop((0, 0, 310, 700)).getextrema()[0] > 245  # type: ignore[operator]


def test_a_long_picture_lying_on_its_side_keeps_its_width(studio: Studio) -> None:
    made = make(studio, saved(photo(6000, 500), exif=exif(6)))
    assert (made.picture.width, made.picture.height) == (500, 6000)


def test_colours_of_another_profile_are_converted_to_srgb(studio: Studio) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A profile in which red and blue have changed places.
    swapped = srgb.replace(b"rXYZ", b"tmpX", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"tmpX", b"bXYZ", 1)
    made = make(studio, saved(Image.new("RGB", (100, 100), (255, 0, 0)), "PNG", icc_profile=swapped))
    red, green, blue = opened(made, made.picture.src).getpixel((50, 50))  # type: ignore[misc]
    assert blue > 240
    assert red < 20
    assert green < 20


def test_a_broken_profile_is_passed_over(studio: Studio) -> None:
    made = make(studio, saved(Image.new("RGB", (100, 100), (255, 0, 0)), "PNG", icc_profile=b"not a profile"))
    red, _, blue = opened(made, made.picture.src).getpixel((50, 50))  # type: ignore[misc]
    assert red > 240
    assert blue < 20


@pytest.mark.parametrize(
    ("image", "kind", "expected"),
    [
        (Image.new("CMYK", (60, 40), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
        (Image.new("I;16", (60, 40), 32768), "PNG", (128, 128, 128)),
        (Image.new("F", (60, 40), 0.0), "TIFF", (0, 0, 0)),
        (Image.new("L", (60, 40), 90), "JPEG", (90, 90, 90)),
        (Image.new("1", (60, 40), 1), "PNG", (255, 255, 255)),
        (Image.new("RGB", (60, 40), (0, 0, 255)).quantize(4), "PNG", (0, 0, 255)),
        (Image.new("RGB", (60, 40), (0, 0, 255)), "WEBP", (0, 0, 255)),
        (Image.new("RGB", (60, 40), (0, 0, 255)), "AVIF", (0, 0, 255)),
        (Image.new("RGB", (60, 40), (0, 0, 255)), "BMP", (0, 0, 255)),
        (Image.new("RGB", (60, 40), (0, 0, 255)), "TIFF", (0, 0, 255)),
        (Image.new("RGB", (60, 40), (0, 0, 255)), "GIF", (0, 0, 255)),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "mode", ""),
)
def test_every_kind_of_pixel_becomes_the_colour_it_means(
    studio: Studio, image: Image.Image, kind: str, expected: tuple[int, int, int]
) -> None:
    made = make(studio, saved(image, kind))
    got = opened(made, made.picture.src).convert("RGB").getpixel((20, 20))
    assert isinstance(got, tuple)
    assert all(abs(a - b) <= 6 for a, b in zip(got, expected, strict=True)), got


# What is remembered.


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    data = saved(photo(1000, 700))
    first, second = (make(Studio(tmp_path / name), data) for name in ("one", "two"))
    assert first.picture == second.picture
    assert [file.read_bytes() for _, file in first.files] == [file.read_bytes() for _, file in second.files]


def test_what_is_in_the_cache_is_found_again_without_pillow(studio: Studio) -> None:
    data = saved(photo(700, 300))
    made = make(studio, data)
    script = (
        "import sys; from pathlib import Path; from handbill.render.images import Studio\n"
        "made = Studio(Path(sys.argv[1])).picture(Path('gone.jpg'), sys.argv[2], name='bench.jpg')\n"
        "assert 'PIL.Image' not in sys.modules\nprint(made.picture.src)"
    )
    run = [sys.executable, "-c", script, str(studio.cache), digest(data)]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip() == made.picture.src


def test_a_file_lost_or_cut_short_in_the_cache_is_made_again(studio: Studio) -> None:
    data = saved(photo(700, 300))
    made = make(studio, data)
    before = {path: file.read_bytes() for path, file in made.files}
    made.files[0][1].write_bytes(b"")
    made.files[1][1].unlink()
    again = make(studio, data)
    assert {path: file.read_bytes() for path, file in again.files} == before
    assert not list(studio.cache.glob(".making-*"))


def test_remarks_are_the_same_on_the_second_build(studio: Studio) -> None:
    data = saved(photo(6100, 20))
    assert make(studio, data).warnings == make(studio, data).warnings != ()


# What is told.


def test_a_picture_of_10000_pixels_works_and_is_remarked_on(studio: Studio) -> None:
    made = make(studio, saved(photo(10_000, 900)))
    assert made.picture.width == 1920
    ((what, fix),) = made.warnings
    assert what == "bench.jpg is 10000 by 900 pixels; the largest size shown is 1920 wide."
    assert fix.startswith("Scale it down to 2400 pixels")


def test_of_a_moving_picture_the_first_frame_is_shown(studio: Studio) -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "blue", "lime")]
    made = make(studio, saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), "spin.gif")
    assert opened(made, made.picture.src).convert("RGB").getpixel((5, 5))[0] > 240  # type: ignore[index]
    assert made.warnings[0][0] == "spin.gif moves; only its first frame is shown."


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body)) + b"\0\0\0\x09IDAT"


LIMITS = "at most 100 million are read, and 16000 on one side."


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "bench.jpg is empty."),
        (b"Dear diary, " * 40, "bench.jpg is not a picture that can be read."),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "bench.jpg is not a picture that can be read."),
        (saved(photo(300, 200))[:2000], "bench.jpg is damaged: it ends early or its data is broken."),
        (saved(photo(300, 200), "PNG")[:2000], "bench.jpg is damaged: it ends early or its data is broken."),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "bench.jpg is a HEIC picture, which browsers do not show."),
        (
            png_header(12_000, 12_000),
            f"bench.jpg has 12000 by 12000 pixels; {LIMITS}",
        ),
        (
            png_header(60_000, 60_000),
            f"bench.jpg has more pixels than can be decoded safely; {LIMITS}",
        ),
        (
            png_header(20_000, 10),
            f"bench.jpg has 20000 by 10 pixels; {LIMITS}",
        ),
    ],
    ids=["empty", "text", "eps", "cut jpeg", "cut png", "heic", "too large", "bomb", "too long"],
)
def test_a_bad_file_is_told_with_its_mending(studio: Studio, data: bytes, what: str) -> None:
    with pytest.raises(ImageProblem) as caught:
        make(studio, data)
    assert caught.value.what == what
    assert caught.value.fix
    assert caught.value.level == "error"
    assert not list(studio.cache.glob("??/*"))


def test_a_missing_file_is_told(studio: Studio) -> None:
    with pytest.raises(ImageProblem, match=r"There is no picture gone\.jpg\."):
        studio.picture(Path("gone.jpg"), "0", name="gone.jpg")


SMALL = tuple(
    saved(photo(40, 30), kind) for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF")
)  # one of each, small enough to break many times


@given(st.sampled_from(SMALL), st.data())
def test_whatever_the_damage_it_is_told_or_drawn_but_never_a_crash(whole: bytes, choose: st.DataObject) -> None:
    data = bytearray(whole)
    for _ in range(choose.draw(st.integers(1, 4))):
        data[choose.draw(st.integers(0, len(data) - 1))] = choose.draw(st.integers(0, 255))
    cut = bytes(data[: choose.draw(st.integers(0, len(data)))])
    remarks: list[tuple[str, str]] = []
    try:
        with images._understood("x"):
            image = images._upright_srgb(images._open(cut, "x", remarks))
    except ImageProblem as problem:
        told = bool(problem.what and problem.fix)
    else:
        told = image.mode in ("RGB", "RGBA")
    assert told


# Drawings.

CLEAN = b"""<?xml version="1.0"?>
<!-- a lamp -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 120 80">
<style>.a { fill: url(#g) }</style><defs><linearGradient id="g"><stop stop-color="#fff"/></linearGradient></defs>
<rect class="a" width="9" height="9"/><use xlink:href="#g"/><image href="data:image/png;base64,AAAA"/></svg>"""


def test_a_clean_drawing_passes_as_it_is(studio: Studio) -> None:
    made = make(studio, CLEAN, "lamp.svg")
    assert (made.picture.width, made.picture.height) == (120, 80)
    assert made.picture.src.endswith(".svg")
    assert (made.picture.sources, made.picture.srcset, made.picture.mail, made.picture.social) == ((), "", "", "")
    assert [file.read_bytes() for _, file in made.files] == [CLEAN]


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        (b'width="300" height="200"', (300, 200)),
        (b'width="2in" height="72pt"', (192, 96)),
        (b'width="100%" height="100%" viewBox="0 0 64 48"', (64, 48)),
        (b'viewBox="-10, -10, 33.4, 20"', (33, 20)),
    ],
)
def test_a_drawing_is_measured_by_its_lengths_or_its_view_box(
    studio: Studio, attributes: bytes, size: tuple[int, int]
) -> None:
    made = make(studio, b'<svg xmlns="http://www.w3.org/2000/svg" ' + attributes + b"/>", "a.svg")
    assert (made.picture.width, made.picture.height) == size


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ("<script>alert(1)</script>", "has <script>"),
        ('<g onload="alert(1)"/>', "has onload="),
        ('<a href="javascript:alert(1)"><g/></a>', "points outside itself (href='javascript:alert(1)')"),
        ('<image href="https://elsewhere.example/a.png"/>', "points outside itself"),
        ('<use xlink:href="other.svg#a" xmlns:xlink="http://www.w3.org/1999/xlink"/>', "points outside itself"),
        ('<image href="data:image/svg+xml;base64,AAAA"/>', "points outside itself"),
        ('<rect fill="url(https://elsewhere.example/a)"/>', "loads something from outside itself (fill=)"),
        ("<rect style=\"background:url( '//elsewhere.example' )\"/>", "loads something from outside itself (style=)"),
        ("<style>@import 'a.css';</style>", "ends a <style> that loads"),
        ("<style>@im<!-- hidden -->port 'a.css';</style>", "ends a <style> that loads"),
        ("<style>a { b: u\\72l(x) }</style>", "ends a <style> that loads"),
        ("<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>", "has <foreignObject>"),
        ('<p xmlns="http://www.w3.org/1999/xhtml"/>', "has <p>"),
        ('<set attributeName="href" to="javascript:alert(1)"/>', "has <set>"),
        ("<?xml-stylesheet href='a.css'?>", "has <?xml-stylesheet?>"),
        ("<g>", "is not well-formed XML: mismatched tag."),
    ],
)
def test_a_drawing_that_could_run_or_load_is_refused(studio: Studio, inside: str, told: str) -> None:
    data = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">\n{inside}</svg>'.encode()
    with pytest.raises(ImageProblem) as caught:
        make(studio, data, "lamp.svg")
    assert caught.value.what.startswith("lamp.svg: Line 2 ")
    assert told in caught.value.what


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (
            b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
            "lamp.svg: Line 1 declares an entity.",
        ),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "lamp.svg: It does not say how large it is."),
        (
            b'<svg viewBox="0 0 9 9"/>',
            "lamp.svg: Line 1 is not an SVG drawing: its first element is not svg in the SVG namespace.",
        ),
        (CLEAN + b" " * 500_000, "lamp.svg: It weighs 500 kB; an SVG may weigh 500."),
    ],
    ids=["entities", "no size", "no namespace", "too heavy"],
)
def test_a_drawing_that_is_none_is_told(studio: Studio, data: bytes, what: str) -> None:
    with pytest.raises(ImageProblem) as caught:
        make(studio, data, "lamp.svg")
    assert caught.value.what == what


# The sample season.

SAMPLES = sorted((Path(__file__).parents[1] / "content").rglob("*.jpg"))


def test_the_pictures_of_the_sample_are_large_enough_to_sell_and_light_enough_to_clone() -> None:
    assert len(SAMPLES) == 6
    for file in SAMPLES:
        with Image.open(file) as image:
            assert min(image.size) >= 1000
        assert file.stat().st_size <= 120_000


def test_a_sample_picture_costs_a_phone_less_than_40_kilobytes(studio: Studio) -> None:
    file = SAMPLES[0]
    made = studio.picture(file, digest(file.read_bytes()), name=file.name)
    sizes = {
        path.rpartition(".")[0].rpartition(".")[2]: kept.stat().st_size for path, kept in made.files if "avif" in path
    }
    assert sizes["640"] < 40_000
    assert made.warnings == ()


# Where it was taken.


def placed(kind: str, *, gps: bool = True, xmp: bytes = b"") -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif[0x0112] = 1
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 42.0, 30.0), 3: "W", 4: (9.0, 8.0, 12.0)})
    options = {"xmp": xmp} if xmp else {}
    return saved(photo(32, 24), kind, exif=exif.tobytes(), **options)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_picture_that_says_where_it_was_taken_is_known(kind: str) -> None:
    assert tells_place(placed(kind))
    assert not tells_place(placed(kind, gps=False))
    assert not tells_place(saved(photo(32, 24), kind))


def test_a_place_in_xmp_is_known() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>38,42.5N</exif:GPSLatitude></x:xmpmeta>'
    assert tells_place(placed("JPEG", gps=False, xmp=xmp))


@given(st.binary(max_size=200))
def test_what_is_no_picture_says_nothing_of_a_place(data: bytes) -> None:
    assert tells_place(b"Exif" + data) == (b"GPSLatitude" in data)
    cut = placed("JPEG")[: len(data)] + data
    assert tells_place(cut) in (True, False)
