"""Small pictures of glyphs, moved a little: shifted, turned, sheared, scaled, bent. For sets that cannot be drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Moves:
    """Spreads (standard deviations): turn_deg; shear; scale and stretch, as shares; shift and bend in px of a picture 28 px high.

    A change of scale changes how thick strokes look, which may be all that tells a c from a C.
    """

    turn_deg: float = 7.0
    shear: float = 0.1
    scale: float = 0.09
    shift: float = 1.0
    bend: float = 0.9


def deform(image: NDArray[np.uint8], moves: Moves, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the picture (h, w) or (h, w, 3), moved by a map drawn from rng; what enters repeats the border."""
    height, width = image.shape[:2]
    n = rng.standard_normal(38)
    angle = np.radians(moves.turn_deg * n[0])
    cos, sin, shear = float(np.cos(angle)), float(np.sin(angle)), moves.shear * float(n[1])
    x_scale, y_scale = (1 + moves.scale * float(v) for v in n[2:4])
    a, b, c, d = cos * x_scale, (cos * shear - sin) * y_scale, sin * x_scale, (sin * shear + cos) * y_scale
    unit = height / 28
    x_mid, y_mid = (width - 1) / 2, (height - 1) / 2
    x_to, y_to = x_mid + moves.shift * unit * float(n[4]), y_mid + moves.shift * unit * float(n[5])
    x, y = _grid(height, width)
    bend = cv2.resize((moves.bend * unit * n[6:]).reshape(4, 4, 2).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    map_x = a * x + b * y + bend[..., 0] + np.float32(x_mid - a * x_to - b * y_to)
    map_y = c * x + d * y + bend[..., 1] + np.float32(y_mid - c * x_to - d * y_to)
    return cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


@lru_cache(maxsize=64)
def _grid(height: int, width: int) -> Sequence[NDArray[np.float32]]:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return x, y
