"""Any picture as an array: the one loader, for training, evaluation, few-shot, the app and the command line alike.

`load_picture` takes a path, the bytes of a file, a PIL image, or an array of any depth, gray, RGB or RGBA, and returns
upright RGB. What it accepts is limited here and nowhere else: what is too large, too long or too small is refused
before anything of it is decoded, and what is merely large is shrunk while it is read. Kinds of files are those that
Pillow can open on this machine (`suffixes`).
"""

from __future__ import annotations

import io
import re
import warnings
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from glyphgen.near_names import no_such
from glyphgen.pixels import PictureError as PictureError  # whoever loads pictures catches it from here
from glyphgen.pixels import flatten, from_array, shrunk

MAX_BYTES = (
    128_000_000  # of a picture's file: 60 megapixels of a noisy photo, or a page scanned at 600 dpi and stored plainly
)
MAX_PIXELS = 150_000_000  # that are decoded; a phone's largest photo has 108 million
MAX_DEEP_PIXELS = 40_000_000  # with more than 8 bits
KEPT_PIXELS = 60_000_000  # that are kept; of what has more, half of each side is left
MAX_SIDE_PX = 30_000  # longer ones cannot be straightened (OpenCV's maps end at 32,767)
MAX_ASPECT = 1000  # four times as long for its height as any line we know
MIN_SIDE_PX = 4
PictureLike = str | Path | bytes | Image.Image | NDArray[Any]
Picture = NDArray[np.uint8]  # (h, w) or (h, w, 3) RGB

# EPS runs Ghostscript, WMF needs Windows; of the next four Pillow knows the name alone; the others hold films,
# measurements, thumbnails
_NO_PICTURES = {
    "EPS",
    "WMF",
    "BUFR",
    "GRIB",
    "HDF5",
    "MPEG",
    "FLI",
    "FITS",
    "MCIDAS",
    "SPIDER",
    "IPTC",
    "IMT",
    "XVTHUMB",
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DEEP = re.compile(
    r"(RGB|RGBA|LA);16"
)  # of which Pillow keeps the upper byte only: the whole picture, in 12 bits, would be 0 to 15
_QUIET = RLock()  # Python's warning filters are not safe among threads


@lru_cache
def formats() -> tuple[str, ...]:
    """Return the kinds of pictures that can be opened here, as Pillow names them."""
    Image.init()
    return tuple(sorted(set(Image.OPEN) - _NO_PICTURES))


@lru_cache
def suffixes() -> frozenset[str]:
    """Return the endings, in small letters, of the files that can be opened here: ".png", ".jfif", ".avif" …"""
    known = set(formats())
    return frozenset(suffix for suffix, kind in Image.EXTENSION.items() if kind in known)


def is_picture_name(name: str | Path) -> bool:
    """Return whether a file's name has the ending of a picture."""
    return Path(name).suffix.lower() in suffixes()


def check_size(width: int, height: int, name: str = "the picture", least_px: int = MIN_SIDE_PX) -> None:
    """Raise PictureError for a picture of a size that is never read."""
    if min(height, width) < least_px:
        raise PictureError(f"{name} has {width}x{height} pixels; both sides need at least {least_px}")
    long, short = max(width, height), max(min(width, height), 1)
    if long > MAX_ASPECT * short:
        raise PictureError(f"{name} has {width}x{height} pixels, one side over {MAX_ASPECT} times the other; crop it")
    if width * height > MAX_PIXELS:
        raise PictureError(
            f"{name} has {width}x{height} pixels, more than {MAX_PIXELS // 10**6} million; crop or shrink it",
            "too_many_pixels",
        )
    if long > MAX_SIDE_PX * _shrinking(width, height):
        raise PictureError(f"{name} has {width}x{height} pixels; a side may have {MAX_SIDE_PX}; crop it")


def _shrinking(width: int, height: int) -> int:
    """Return the whole number that sides are divided by so that KEPT_PIXELS are left."""
    factor = 1
    while (width // factor) * (height // factor) > KEPT_PIXELS:
        factor += 1
    return factor


def load_picture(picture: PictureLike, name: str | None = None, least_px: int = MIN_SIDE_PX) -> NDArray[np.uint8]:
    """Return (height, width, 3) RGB uint8, upright. Transparent pixels take the shade that sets off the opaque ones;
    what is deeper than 8 bits is scaled, 12 bits in 16 too; of over KEPT_PIXELS half of each side is left. `name` is
    what errors call it. Raises PictureError for what is no picture, is damaged, or is larger, longer or smaller than
    the limits of this module.
    """
    if isinstance(picture, (str, Path)):
        name = name or str(picture)
        array = _from_bytes(_bytes_of(Path(picture), name), name, least_px)
    elif isinstance(picture, bytes):
        array = _from_bytes(picture, name or "the picture", least_px)
    elif isinstance(picture, Image.Image):
        name = name or "the picture"
        check_size(*picture.size, name, least_px)
        array = _decoded(picture, name)
    else:
        name = name or "the picture"
        array = from_array(np.asarray(picture), name)
        check_size(array.shape[1], array.shape[0], name, least_px)
        factor = _shrinking(array.shape[1], array.shape[0])
        array = shrunk(array, factor) if factor > 1 else array
    if array.shape[2] == 4:
        array = flatten(array)
    return np.ascontiguousarray(array)


def holds_several(path: str | Path) -> bool:
    """Return whether a file holds more than one picture, as an animation or a TIFF of many pages does; False for what
    is no picture. `load_picture` takes the first. They are not counted: that means going through all of them.
    """
    try:
        with Image.open(path) as image:
            return bool(getattr(image, "is_animated", False))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False


def single_channel(rgb: NDArray[np.uint8]) -> Picture:
    """Return (h, w) of a picture (h, w, 3) without any color, another as it is: a third of the room."""
    gray = rgb[..., 0]
    return gray.copy() if np.array_equal(gray, rgb[..., 1]) and np.array_equal(gray, rgb[..., 2]) else rgb


def _bytes_of(path: Path, name: str) -> bytes:
    try:
        if not path.exists():
            raise PictureError(no_such(name, "file" if path.suffix else "file or folder"))
        if path.is_dir():
            raise PictureError(f"{name} is a folder, not a picture; give its files: {name}/*.png")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        if isinstance(error, PictureError):
            raise
        raise PictureError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _from_bytes(data: bytes, name: str, least_px: int) -> NDArray[np.uint8]:
    if not data:
        raise PictureError(f"{name} is empty (0 bytes)", "empty_picture")
    if len(data) > MAX_BYTES:
        raise PictureError(
            f"{name} has more than {MAX_BYTES // 10**6} MB; crop or shrink it, or save it as JPEG or PNG", "too_large"
        )
    try:
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures, which check_size says better; of damaged EXIF data
            image = Image.open(io.BytesIO(data), formats=formats())
        check_size(*image.size, name, least_px)
        return _decoded(image, name, data)
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{name} is not a picture (no image format was recognized); try PNG, JPEG or WebP", "not_a_picture"
        ) from error
    except Image.DecompressionBombError as error:
        raise PictureError(
            f"{name} has more than {MAX_PIXELS // 10**6} million pixels; crop or shrink it", "too_many_pixels"
        ) from error
    except PictureError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever they meet in a damaged file
        raise PictureError(f"{name} is damaged or cut short: {error}") from error


def _decoded(image: Image.Image, name: str, data: bytes = b"") -> NDArray[np.uint8]:
    """Return (h, w, 3 or 4) of what Pillow has opened, upright, no larger than what is kept. `data` is its file, where
    there is one.
    """
    factor = _shrinking(*image.size)
    if data and factor > 1 and image.format in ("JPEG", "MPO"):  # decoded at a half, which takes a quarter of the room
        image.draft(None, (image.width // factor, image.height // factor))
        factor = _shrinking(*image.size)
    _check_depth(image, name)
    deep = _deep_of(image, data)
    try:
        if deep is None:
            image.load()
    except Exception as error:
        raise PictureError(f"{name} is damaged or cut short: {error}") from error
    check_size(*image.size, name, 1)  # of some kinds the header says less than the file holds
    turn = 1 if deep is not None and image.format == "TIFF" else _orientation(image)  # OpenCV turns those by itself
    if deep is not None:
        array = from_array(deep, name)
    elif image.mode.startswith("I") or image.mode == "F":
        array = from_array(np.asarray(image), name)
    else:
        has_alpha = "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info
        mode = "RGBA" if has_alpha else "RGB"
        try:
            rgb = image if image.mode == mode else image.convert(mode)  # which copies a large one once more
        except ValueError as error:
            raise PictureError(
                f"{name} has colors of the kind {image.mode}, which cannot be read; save it as RGB"
            ) from error
        rgb = rgb.transpose(_TURNS[turn]) if turn > 1 else rgb
        return np.asarray(rgb.reduce(factor) if factor > 1 else rgb, np.uint8)
    array = shrunk(array, factor) if factor > 1 else array
    return np.asarray(Image.fromarray(array).transpose(_TURNS[turn]), np.uint8) if turn > 1 else array


def _check_depth(image: Image.Image, name: str) -> None:
    """Raise PictureError for a large picture of more than 8 bits: scaling it takes ten times the room of another."""
    tiles = getattr(image, "tile", None) or []
    is_deep = image.mode.startswith("I") or image.mode == "F" or any(_DEEP.search(str(tile.args)) for tile in tiles)
    if is_deep and image.width * image.height > MAX_DEEP_PIXELS:
        most = MAX_DEEP_PIXELS // 10**6
        said = f"{name} has {image.width}x{image.height} pixels of more than 8 bits, and may have {most} million"
        raise PictureError(f"{said}; save it with 8 bits, or crop it", "too_many_pixels")


def _deep_of(image: Image.Image, data: bytes) -> NDArray[Any] | None:
    """Return (h, w, 3 or 4) of a file with 16 bits in each of several channels, which Pillow would cut to eight; else
    None.
    """
    tiles = getattr(image, "tile", None) or []
    if not data or not any(_DEEP.search(str(tile.args)) for tile in tiles):
        return None
    try:
        raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if raw is None or raw.ndim != 3:
        return None
    return raw[..., [2, 1, 0, 3][: raw.shape[2]]]


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 (upright) to 8; 1 where it is absent, invalid or damaged."""
    try:
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged EXIF data
            turn = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # whatever is in a damaged block; the picture itself has been decoded
        return 1
    return int(turn) if turn in _TURNS else 1
