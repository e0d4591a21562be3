"""Picture files as arrays: any depth, with or without alpha, turned upright as the app turns them."""

from __future__ import annotations

import io
import struct
import warnings
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

Picture = NDArray[np.uint8]  # (h, w) or (h, w, 3) RGB
_EXIF = (b"Exif", b"eXIf", b"EXIF")  # as JPEG, PNG and WebP mark it
_TIFF = (b"II*\0", b"MM\0*")  # which OpenCV turns by itself


def decoded(data: bytes) -> NDArray[Any] | None:
    """Return a picture file as OpenCV has it, upright: (h, w), (h, w, 3) BGR, or with alpha; None for what is no picture."""
    try:
        raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    return None if raw is None else _upright(raw, data)


def _upright(raw: NDArray[Any], data: bytes) -> NDArray[Any]:
    """Turn a picture as its EXIF data says: a camera stores what it saw lying. OpenCV passes that over where it keeps alpha."""
    turn = _orientation(data)
    if turn == 1:
        return raw
    height, width = raw.shape[:2]
    places = Image.fromarray(np.arange(height * width, dtype=np.int32).reshape(height, width))
    places.getexif()[ExifTags.Base.Orientation] = turn
    upright: NDArray[Any] = raw.reshape(height * width, *raw.shape[2:])[np.asarray(ImageOps.exif_transpose(places))]
    return upright


def _orientation(data: bytes) -> int:
    """Return EXIF's number for how a picture lies; 1 is upright, and what is said of one that says nothing, or nothing sensible."""
    if data.startswith(_TIFF) or not any(mark in data for mark in _EXIF):  # Pillow would decode all of a PNG to find out
        return 1
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as image:
            warnings.simplefilter("ignore")  # of large pictures, of damaged EXIF data
            turn = image.getexif().get(ExifTags.Base.Orientation, 1)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError):
        return 1
    return turn if turn in range(1, 9) else 1


def on_paper(raw: NDArray[Any]) -> Picture:
    """Return (h, w) or (h, w, 3) RGB uint8 of what OpenCV decoded; transparent pixels take the shade that sets off the opaque ones."""
    if raw.dtype != np.uint8:
        raw = (raw // 257).astype(np.uint8) if raw.dtype == np.uint16 else np.clip(raw, 0, 255).astype(np.uint8)
    if raw.ndim == 3 and raw.shape[2] == 4 and raw[..., 3].min() == 255:  # opaque all over
        raw = raw[..., :3]
    if raw.ndim == 3 and raw.shape[2] == 4:
        alpha = raw[..., 3:].astype(np.float32) / 255
        shade = float((raw[..., :3].mean(axis=2, keepdims=True) * alpha).sum()) / max(float(alpha.sum()), 1e-6)
        paper = 255 if shade < 127.5 or not alpha.any() else 0
        raw = np.round(raw[..., :3] * alpha + paper * (1 - alpha)).astype(np.uint8)
    return np.ascontiguousarray(raw[..., ::-1] if raw.ndim == 3 else raw)
