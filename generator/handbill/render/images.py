"""Pictures made ready for the web: the only door to Pillow (beside `render.social`, which draws).

From one file a Studio makes every size and format that pages, e-mails and link previews need, once: the results are
kept in a cache by the digest of the file and the recipe, and while they are there Pillow is not even imported.

What holds for every picture made:

- Nothing of the camera is left: orientation is applied, colours are converted to sRGB, and EXIF, GPS, XMP, comments and
  profiles are gone.
- The same file gives the same bytes, in any process, on any number of cores, with one version of Pillow.
- No rendition is larger than the file it came from.
- A file that lies, is broken, or is a bomb raises ImageProblem and leaves nothing behind.

Chosen: AVIF with a JPEG beside it (of every size only where it pays, see FALLBACKS), since AVIF is half the weight and
every current browser reads it. A vector picture (SVG) passes through as it is, if it is clean: rasterising would need
another library, and a clean SVG in `<img>` can neither run nor load anything. It has no mail or social rendition, since
mail apps and link previews do not show SVG: those URLs are empty.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from handbill.digest import digest as digest_of
from handbill.model import Picture
from handbill.render import svg

if TYPE_CHECKING:
    from PIL import Image, ImageCms

RECIPE = "1"
"""Raise it when anything below changes what is made: old results are then made anew."""

WIDTHS = (320, 480, 640, 960, 1280, 1920)
"""Widths of the better format, in pixels. The last one made is the picture's own width, at most 1920."""
FALLBACKS = (640, 1280)
"""Widths of JPEG and PNG, for the few browsers without AVIF; a smaller picture also at its own width."""
MAIL_BOX = (1200, 1800)
"""Twice the 600 px of an e-mail, for dense screens; and no taller than a screen or two."""
MAIL_BYTES = 200_000
SOCIAL = (1200, 630)
"""What link previews show (the Open Graph size of 1.91:1)."""
SOCIAL_BYTES = 300_000
SOCIAL_LEAST = (600, 315)
"""Below this a picture is too small to be blown up to a link preview; it then has none."""

MOST_PIXELS = 100_000_000
"""More is refused before it is decoded: 100 million pixels are 400 MB of memory."""
MOST_SIDE = 16_000
"""A longer side than this is refused: formats end near 16,383, and no page shows it."""
WIDE = 6_000
"""A longer side than this is a file straight from the camera: it works, but weighs on the repository for nothing."""

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP")
"""What Pillow may try (JPEG includes MPO). Never all it knows: some of its readers start other programs."""


class ImageProblem(Exception):
    """A picture that cannot be used. `what` and `fix` are full sentences for the person; the caller knows the place."""

    def __init__(self, what: str, fix: str, level: Literal["error", "warning"] = "error") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.level: Literal["error", "warning"] = level


@dataclass(frozen=True, slots=True)
class Made:
    """What a Studio made of one file."""

    picture: Picture
    """For views and cards."""
    files: tuple[tuple[str, Path], ...]
    """(path below public/ without a leading slash, finished file in the cache): copy them, never change them."""
    warnings: tuple[tuple[str, str], ...] = ()
    """(what, fix) of things that work but could be better; the same on every build."""


PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".tif", ".tiff")
"""Endings of files that `tells_place` understands."""

_MAY_TELL = re.compile(rb"exif|GPSLatitude|\AII\*\0|\AMM\0\*", re.IGNORECASE)


def tells_place(data: bytes) -> bool:
    """True where a picture says where it was taken, as phones write it (EXIF, or XMP). Pillow is asked only where the
    bytes may hold such a thing; what it cannot read says nothing."""
    if not _MAY_TELL.search(data):
        return False
    if b"GPSLatitude" in data:  # XMP is text
        return True
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            place = Image.open(BytesIO(data), formats=FORMATS).getexif().get_ifd(0x8825)
        except Exception:  # codecs may raise nearly anything on bad bytes
            return False
    return 2 in place or 4 in place  # GPSLatitude, GPSLongitude


class Studio:
    """Makes pictures and remembers them in the folder `cache`. Safe to use from several processes at once."""

    def __init__(self, cache: Path, *, avif: bool | None = None) -> None:
        """`avif`: None takes AVIF where this Pillow can write it, else WebP; True or False decides."""
        self.cache = cache
        self.avif = avif

    def picture(self, file: Path, digest: str, *, name: str) -> Made:
        """Every rendition of `file`, made now or found in the cache.

        `digest` stands for the bytes of the file and decides what is found; `name` (`content/events/salon/bench.jpg` or
        any part of it) gives the URLs their readable part: `/media/bench-1f3a9c20.640.jpg`. Raises ImageProblem.
        """
        import PIL  # the package alone: a version number, none of the library

        key = digest_of("picture", RECIPE, PIL.__version__, str(self.avif), digest)
        folder = self.cache / key[:2] / key
        record = _remembered(folder)
        if record is None:
            record = self._make(file, folder)
        return _made(record, folder, f"media/{_slug(name)}-{key[:8]}")

    def _make(self, file: Path, folder: Path) -> dict[str, Any]:
        """Makes all renditions beside the cache and moves them in at once, so a broken run leaves nothing half-made."""
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            raise ImageProblem(
                f"There is no picture {file.name}.", "Put the file where the path says, or correct the path."
            ) from None
        if not data:
            raise ImageProblem(f"{file.name} is empty.", "Save the picture again; its file has no bytes.")
        made = _drawing(data, file.name) if svg.looks_like(data) else _raster(data, file.name, self._best())
        record = {**made.record, "files": {suffix: len(content) for suffix, content in made.files.items()}}

        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".making-", dir=self.cache))
        try:
            for suffix, content in made.files.items():
                (fresh / suffix).write_bytes(content)
            (fresh / "record.json").write_text(json.dumps(record, sort_keys=True), "utf-8")
            self._move_in(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return record

    @staticmethod
    def _move_in(fresh: Path, folder: Path) -> None:
        """Puts `fresh` in place. What another process put there meanwhile stays, if whole: it may be in use."""
        try:
            fresh.replace(folder)
        except OSError:
            if _remembered(folder) is None:
                shutil.rmtree(folder, ignore_errors=True)
                fresh.replace(folder)

    def _best(self) -> Literal["avif", "webp"]:
        if self.avif is None:
            from PIL import features

            return "avif" if features.check("avif") else "webp"
        return "avif" if self.avif else "webp"


def _remembered(folder: Path) -> dict[str, Any] | None:
    """The record of what was made, or None when it is missing or any of its files is not whole."""
    try:
        record: dict[str, Any] = json.loads((folder / "record.json").read_bytes())
        for suffix, size in record["files"].items():
            if (folder / suffix).stat().st_size != size:
                return None
    except (OSError, ValueError, KeyError):
        return None
    return record


def _made(record: dict[str, Any], folder: Path, stem: str) -> Made:
    """A record under its public name."""

    def url(suffix: str) -> str:
        return f"/{stem}.{suffix}" if suffix else ""

    def srcset(rows: list[tuple[int, str]]) -> str:
        return ", ".join(f"{url(suffix)} {width}w" for width, suffix in rows)

    picture = Picture(
        src=url(record["src"]),
        width=record["width"],
        height=record["height"],
        sources=((record["mime"], srcset(record["best"])),) if record["best"] else (),
        srcset=srcset(record["fallback"]),
        mail=url(record["mail"]),
        mail_width=record["mail_width"],
        mail_height=record["mail_height"],
        social=url(record["social"]),
    )
    files = tuple((f"{stem}.{suffix}", folder / suffix) for suffix in sorted(record["files"]))
    return Made(picture, files, tuple((what, fix) for what, fix in record["warnings"]))


def _slug(name: str) -> str:
    """The readable part of a URL: ASCII letters, digits and hyphens only, since srcset splits at commas and spaces."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].rstrip("-") or "picture"


class _Renditions(NamedTuple):
    record: dict[str, Any]
    files: dict[str, bytes]
    """suffix → bytes: `640.avif`."""


def _drawing(data: bytes, name: str) -> _Renditions:
    """An SVG as it is, measured and proven clean."""
    try:
        width, height = svg.measure(data)
    except svg.SvgProblem as problem:
        raise ImageProblem(f"{name}: {problem.what}", problem.fix) from None
    record = {
        "src": "svg",
        "width": width,
        "height": height,
        "mime": "",
        "best": [],
        "fallback": [],
        "mail": "",
        "mail_width": 0,
        "mail_height": 0,
        "social": "",
        "warnings": [],
    }
    return _Renditions(record, {"svg": data})


def _raster(data: bytes, name: str, best: Literal["avif", "webp"]) -> _Renditions:
    remarks: list[tuple[str, str]] = []
    with _understood(name):
        image = _open(data, name, remarks)
        image = _upright_srgb(image)
    width, height = image.size
    clear = image.mode == "RGBA"
    flat = _on_white(image) if clear else image
    files: dict[str, bytes] = {}

    top = min(width, WIDTHS[-1])
    widths = sorted({*(w for w in WIDTHS if w < top), top})
    plain = sorted({*(w for w in FALLBACKS if w < top), min(top, FALLBACKS[-1])})
    sizes = {w: (w, max(1, round(height * w / width))) for w in {*widths, *plain}}
    scaled = _ladder(image, sizes)

    rows = []
    for w in widths:
        suffix = f"{w}.{best}"
        files[suffix] = _avif(scaled[w]) if best == "avif" else _webp(scaled[w])
        rows.append((w, suffix))

    ending = "png" if clear else "jpg"
    fallback = []
    for w in plain:
        suffix = f"{w}.{ending}"
        files[suffix] = _png(scaled[w]) if clear else _jpeg(scaled[w], 80)
        fallback.append((w, suffix))

    mail, mail_size = _mail(flat)
    files["mail.jpg"] = mail
    social = _social(flat)
    if social:
        files["social.jpg"] = social
    record = {
        "src": fallback[0][1],
        "width": top,
        "height": sizes[top][1],
        "mime": f"image/{best}",
        "best": rows,
        "fallback": fallback,
        "mail": "mail.jpg",
        "mail_width": mail_size[0],
        "mail_height": mail_size[1],
        "social": "social.jpg" if social else "",
        "warnings": remarks,
    }
    return _Renditions(record, files)


@contextmanager
def _understood(name: str) -> Iterator[None]:
    """Turns what Pillow raises about a bad file into an ImageProblem. Codecs may raise nearly anything on bad bytes."""
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # we measure before decoding; Pillow's own remarks have no place to go
        try:
            yield
        except Image.DecompressionBombError:
            raise ImageProblem(*_too_many(name)) from None
        except UnidentifiedImageError:
            raise ImageProblem(
                f"{name} is not a picture that can be read.", "Save it as JPEG, PNG, WebP, AVIF or SVG."
            ) from None
        except ImageProblem:
            raise
        except MemoryError:
            raise
        except Exception as error:
            raise ImageProblem(
                f"{name} is damaged: it ends early or its data is broken.",
                "Export it again from the original, or take another copy.",
            ) from error


def _too_many(name: str, size: tuple[int, int] | None = None) -> tuple[str, str]:
    measure = f"{size[0]} by {size[1]} pixels" if size else "more pixels than can be decoded safely"
    return (
        f"{name} has {measure}; at most {MOST_PIXELS // 1_000_000} million are read, and {MOST_SIDE} on one side.",
        f"Scale it down to about {WIDTHS[-1] + 480} pixels wide; the largest size shown is {WIDTHS[-1]}.",
    )


MAILED = ("JPEG", "PNG", "GIF")
"""What mail programs show."""


def measure(data: bytes, *, name: str) -> tuple[int, int]:
    """(width, height) of a picture that an e-mail shows as it is, of those formats that mail programs know. Decodes
    nothing. Raises ImageProblem."""
    from PIL import Image

    with _understood(name):
        image: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
        if image.format not in MAILED:
            raise ImageProblem(f"{name} is of a kind that many mail programs do not show.", "Use JPEG or PNG.")
        return image.size


def _open(data: bytes, name: str, remarks: list[tuple[str, str]]) -> Image.Image:
    """The first frame, decoded. Size is checked before a single pixel is."""
    from PIL import Image

    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"):
        raise ImageProblem(
            f"{name} is a HEIC picture, which browsers do not show.",
            "Export it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible).",
        )
    image: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
    width, height = image.size
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise ImageProblem(*_too_many(name, image.size))
    if max(width, height) > WIDE:
        remarks.append(
            (
                f"{name} is {width} by {height} pixels; the largest size shown is {WIDTHS[-1]} wide.",
                f"Scale it down to {WIDTHS[-1] + 480} pixels: the page stays the same, and the project gets lighter.",
            )
        )
    if getattr(image, "n_frames", 1) > 1 and image.format in ("GIF", "WEBP", "AVIF", "PNG"):
        remarks.append(
            (
                f"{name} moves; only its first frame is shown.",
                "Put it below content/static/ and link to it, where the movement matters.",
            )
        )
    # Before anything is converted: the less there is, the less memory it takes. Measured by the shorter side, since a
    # picture may still be turned, and half as large again as needed, so that the last step still makes it sharp.
    short, enough = min(width, height), WIDTHS[-1] * 3 // 2
    if image.format in ("JPEG", "MPO") and short > enough:
        image.draft(None, (enough * width // short, enough * height // short))
    image.load()
    factor = min(image.size) // enough
    if factor > 1 and image.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        exif, info = image.getexif(), image.info
        image = image.reduce(factor)
        image.info = {**info, "exif": exif.tobytes()} if exif else info
    return image


def _upright_srgb(image: Image.Image) -> Image.Image:
    """The same picture upright, in sRGB of 8 bits a channel (RGB, or RGBA where something is transparent), and bare."""
    from PIL import ImageOps

    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image) or image

    if upright.mode in ("I", "F") or upright.mode.startswith("I;16"):
        upright = _eight_bits(upright)
    if profile and upright.mode in ("RGB", "RGBA", "CMYK", "L", "LA"):
        upright = _to_srgb(upright, profile)

    see_through = upright.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in upright.info
    if see_through:
        rgba = upright.convert("RGBA")
        if rgba.getchannel("A").getextrema() != (255, 255):
            return _bare(rgba)
        upright = rgba
    return _bare(upright.convert("RGB"))


def _bare(image: Image.Image) -> Image.Image:
    """Without the dictionary from which encoders take comments and profiles along."""
    image.info = {}
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit or floating greys as 8-bit greys. Sixteen bits keep their scale; anything else is stretched to fit."""
    wide = image.convert("F")
    low, high = wide.getextrema()
    assert isinstance(low, float)
    assert isinstance(high, float)
    if image.mode.startswith("I;16") or (low >= 0 and 255 < high <= 65535):
        low, high = 0.0, 65535.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    span = (high - low) or 1.0
    return wide.point(lambda value: value * (255.0 / span) + (-low * 255.0 / span)).convert("L")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as the profile means them. A profile that is broken or of another kind is passed over, as browsers do."""
    from PIL import Image, ImageCms

    try:
        source: ImageCms.ImageCmsProfile = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
        colours = image.convert("RGB") if image.mode == "RGBA" else image.convert("L") if image.mode == "LA" else image
        turned = ImageCms.profileToProfile(colours, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    if turned is None:
        return image
    if alpha is not None:
        turned.putalpha(alpha)
    return turned if isinstance(turned, Image.Image) else image


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(image, mask=image.getchannel("A"))
    return white


def _ladder(image: Image.Image, sizes: dict[int, tuple[int, int]]) -> dict[int, Image.Image]:
    """Each size from the next larger one that is at least twice as wide: sharp, and a third of the work."""
    from PIL import Image

    done: dict[int, Image.Image] = {}
    for w in sorted(sizes, reverse=True):
        size = sizes[w]
        base = next((done[v] for v in sorted(done) if v >= 2 * w), image)
        done[w] = base if base.size == size else base.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return done


def _avif(image: Image.Image) -> bytes:
    """About half a JPEG's weight at equal looks.

    Speed 9 of libaom measured three times faster than 8 and no larger. One thread and no automatic tiles: else the
    bytes would follow the number of cores.
    """
    out = BytesIO()
    image.save(out, "AVIF", quality=56, speed=9, subsampling="4:2:0", max_threads=1, autotiling=False)
    return out.getvalue()


def _webp(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "WEBP", quality=78, method=4)
    return out.getvalue()


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, progressive=True, optimize=True, subsampling="4:2:0")
    return out.getvalue()


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", compress_level=7)
    return out.getvalue()


def _mail(image: Image.Image) -> tuple[bytes, tuple[int, int]]:
    """Within MAIL_BOX and MAIL_BYTES: first the quality gives way, then the size."""
    from PIL import Image, ImageOps

    data, small = b"", image
    for part in (1.0, 0.75, 0.5, 0.25):
        box = (round(MAIL_BOX[0] * part), round(MAIL_BOX[1] * part))
        if image.width > box[0] or image.height > box[1]:
            small = ImageOps.contain(image, box, Image.Resampling.LANCZOS)
        for quality in (80, 70, 60):
            data = _jpeg(small, quality)
            if len(data) <= MAIL_BYTES:
                return data, small.size
    return data, small.size


def _social(image: Image.Image) -> bytes:
    """The middle of the picture as a link preview (a little above the middle where it is tall: faces are there)."""
    from PIL import Image, ImageOps

    if image.width < SOCIAL_LEAST[0] or image.height < SOCIAL_LEAST[1]:
        return b""
    crop = ImageOps.fit(image, SOCIAL, Image.Resampling.LANCZOS, centering=(0.5, 0.42))
    data = b""
    for quality in (82, 72, 60, 45):
        data = _jpeg(crop, quality)
        if len(data) <= SOCIAL_BYTES:
            break
    return data
