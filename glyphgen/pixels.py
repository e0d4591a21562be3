"""Arrays of any depth, gray or with colors, with alpha or without, as RGB bytes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.files import DataError

_FLAT_ROWS_PX = 4_000_000  # transparent pixels are filled so many at a time: floats take room


class PictureError(DataError):
    """A picture that cannot be read or is not fit for reading; the message names it and the remedy, code says why in
    one word.
    """

    def __init__(self, message: str, code: str = "bad_picture") -> None:
        super().__init__(message)
        self.code = code


def from_array(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """Return (h, w, 3), or (h, w, 4) with alpha, of an array (h, w), (h, w, 1) to (h, w, 4) of any depth. Raises
    PictureError for another shape or type.
    """
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 2, 3, 4)) or 0 in array.shape:
        raise PictureError(f"{name} has the shape {array.shape}; expected (h, w), (h, w, 1), (h, w, 3) or (h, w, 4)")
    if array.ndim == 2:
        array = array[..., None]
    n_colors = array.shape[2] - (
        array.shape[2] in (2, 4)
    )  # alpha has a scale of its own: in 12 bits of color it may have 16
    colors, alpha = _to_bytes(array[..., :n_colors], name), array[..., n_colors:]
    if n_colors == 1:
        colors = np.repeat(colors, 3, axis=2)
    return np.concatenate([colors, _to_bytes(alpha, name)], axis=2) if alpha.size else colors


def _to_bytes(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """Return numbers of any kind as 0 to 255: floats up to 1 or 255, 8, 12 or 16 bits, whatever type holds them."""
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
    return array if array.dtype == np.uint8 else np.clip(array, 0, 255).astype(np.uint8)


def shrunk(array: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Return a picture with its sides divided by a whole number."""
    size = (max(1, array.shape[1] // factor), max(1, array.shape[0] // factor))
    # OpenCV's stubs know no dtype
    return cv2.resize(array, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def flatten(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put (h, w, 4) on a paper that sets off what is opaque."""
    if array[..., 3].min() == 255:
        return array[..., :3]
    step = max(1, _FLAT_ROWS_PX // array.shape[1])
    blocks = [array[y : y + step] for y in range(0, len(array), step)]
    weight = ink = 0.0
    for block in blocks:
        alpha = block[..., 3:].astype(np.float32) / 255
        weight += float(alpha.sum())
        ink += float((block[..., :3].astype(np.float32).mean(axis=2, keepdims=True) * alpha).sum())
    if weight == 0:  # all transparent: whatever is there is in the hidden colors; show plain paper
        return np.full((*array.shape[:2], 3), 255, np.uint8)
    paper = np.float32(255 if ink / weight < 127.5 else 0)
    flat = np.empty((*array.shape[:2], 3), np.uint8)
    for k, block in enumerate(blocks):
        alpha = block[..., 3:].astype(np.float32) / 255
        flat[k * step : k * step + len(block)] = np.round(block[..., :3] * alpha + paper * (1 - alpha))
    return flat
