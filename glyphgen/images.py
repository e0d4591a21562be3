"""Whatever people have, as one kind of array: `load_picture` takes a path, a PIL image, or an array of any depth, gray, RGB or RGBA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 60_000_000
MIN_SIDE_PX = 4
PictureLike = str | Path | Image.Image | NDArray[Any]


class PictureError(ValueError):
    """A picture that cannot be read or is not fit for reading; the message names it and the remedy."""


def load_picture(picture: PictureLike) -> NDArray[np.uint8]:
    """Return (height, width, 3) RGB uint8. Transparent pixels take the shade that sets off the opaque ones.
    Raises PictureError for what is not a picture, is damaged, has over 60 megapixels or a side under 4 px.
    """
    name = str(picture) if isinstance(picture, (str, Path)) else "the picture"
    if isinstance(picture, (str, Path)):
        array = _open(Path(picture))
    elif isinstance(picture, Image.Image):
        _check_size(picture.size[::-1], name)
        try:
            array = _from_pil(ImageOps.exif_transpose(picture))
        except (OSError, SyntaxError, ValueError, EOFError) as error:  # Pillow reads pixels late
            raise PictureError(f"{name} is damaged or cut short: {error}") from error
    else:
        array = _from_array(np.asarray(picture), name)
    _check_size(array.shape[:2], name)
    if array.shape[2] == 4:
        array = _flatten(array)
    return np.ascontiguousarray(array)


def _check_size(shape: tuple[int, ...], name: str) -> None:
    height, width = shape
    if height * width > MAX_PIXELS:
        raise PictureError(f"{name} has {width}x{height} pixels, more than {MAX_PIXELS // 10**6} million; crop or shrink it")
    if min(height, width) < MIN_SIDE_PX:
        raise PictureError(f"{name} has {width}x{height} pixels; both sides need at least {MIN_SIDE_PX}")


def _open(path: Path) -> NDArray[np.uint8]:
    try:
        if not path.exists():
            raise PictureError(f"no such file: {path}")
        if path.is_dir():
            raise PictureError(f"{path} is a folder, not a picture; give its files: {path}/*.png")
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                _check_size(image.size[::-1], str(path))
                return _from_pil(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise PictureError(f"{path} is not a picture (no image format was recognized)") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"{path} has more than {MAX_PIXELS // 10**6} million pixels; crop or shrink it") from error
    except PictureError:
        raise
    except OSError as error:
        reason = error.strerror or f"damaged or cut short ({error})"
        raise PictureError(f"{path} cannot be read: {reason}") from error
    except (SyntaxError, ValueError, EOFError) as error:
        raise PictureError(f"{path} is damaged or cut short: {error}") from error


def _from_pil(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith("I") or image.mode == "F":
        return _from_array(np.asarray(image), "the picture")
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    return np.asarray(image.convert("RGBA" if has_alpha else "RGB"), np.uint8)


def _from_array(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 2, 3, 4)) or 0 in array.shape:
        raise PictureError(f"{name} has the shape {array.shape}; expected (h, w), (h, w, 1), (h, w, 3) or (h, w, 4)")
    if array.dtype == bool:
        array = array.astype(np.uint8) * 255
    elif array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise PictureError(f"{name} holds values that are not finite")
        array = np.clip(np.round(array * (255.0 if array.max(initial=0) <= 1 else 1.0)), 0, 255)
    elif array.dtype.kind in "ui":
        if array.dtype != np.uint8 and array.max(initial=0) > 255:
            array = array // 257 if array.max() > 4095 else array // 16
    else:
        raise PictureError(f"{name} has the type {array.dtype}; expected numbers")
    array = np.clip(array, 0, 255).astype(np.uint8)
    if array.ndim == 2:
        array = array[..., None]
    if array.shape[2] == 2:
        array = np.concatenate([np.repeat(array[..., :1], 3, axis=2), array[..., 1:]], axis=2)
    return np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array


def _flatten(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rgb, alpha = array[..., :3].astype(np.float32), array[..., 3:].astype(np.float32) / 255
    weight = float(alpha.sum())
    if weight == 0:  # all transparent: whatever is there is in the hidden colors; show plain paper
        return np.full(rgb.shape, 255, np.uint8)
    shade = float((rgb.mean(axis=2, keepdims=True) * alpha).sum()) / weight
    paper = 255.0 if shade < 127.5 else 0.0
    return np.round(rgb * alpha + paper * (1 - alpha)).astype(np.uint8)
