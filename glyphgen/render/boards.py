"""What is done to a page besides its text: the rim of a board, writing straight on what is there, and what stands
before a sign.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.render.color import Color, color_distance, mix
from glyphgen.render.effects import shifted
from glyphgen.sample import Image
from glyphgen.shapes.outline import Coverage


def draw_rim(
    image: Image,
    edge: NDArray[np.float64],
    inner: NDArray[np.float64],
    matrix: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Draw the rim of a board with an edge (n, 2) and the outline of its text, inner (n, 2), both mapped by a matrix
    (3, 3): one or two lines between edge and text, sometimes with studs in the corners.
    """
    color, thick = rng.integers(0, 256, 3).tolist(), int(rng.integers(1, 4))
    for share in np.sort(rng.uniform(0.05, 0.75, int(rng.integers(1, 3)))).tolist():
        rim = cv2.perspectiveTransform((edge + share * (inner - edge))[None], matrix)[0]
        cv2.polylines(image, [np.round(rim).astype(np.int32)], True, color, thick, cv2.LINE_AA)
    if rng.random() < 0.3:
        for x, y in np.round(rim[:: max(1, len(rim) // 4)]).astype(int).tolist():
            cv2.circle(image, (x, y), thick + 2, color, -1, cv2.LINE_AA)


def write_on(image: Image, ink: Coverage, cap_px: float, rng: np.random.Generator) -> None:
    """Write straight on what is there, in a color that stands off from it, with a rim or a shadow when that helps."""
    under = image[ink > 128]
    red, green, blue = under.reshape(-1, 3).mean(axis=0).tolist() if len(under) else (128.0,) * 3
    ground: Color = (red, green, blue)
    color: Color = (255.0,) * 3 if sum(ground) < 383 else (0.0,) * 3
    is_strong = rng.random() < 0.7
    for _ in range(6):
        guess: Color = tuple(rng.uniform(0, 255, 3).tolist())
        if color_distance(guess, ground) > (60 if is_strong else 28):
            color = guess
            break
    if rng.random() < 0.4:
        rim = mix(ground, (0, 0, 0) if sum(color) > 383 else (255, 255, 255), 0.8)
        size = 1 + 2 * max(1, round(cap_px * float(rng.uniform(0.02, 0.06))))
        ring = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        around: Coverage = cv2.dilate(ink, ring)  # type: ignore[assignment]  # OpenCV's stubs know no dtype
        if rng.random() < 0.5:
            around = cv2.GaussianBlur(  # type: ignore[assignment]  # OpenCV's stubs know no dtype
                shifted(ink, size, size),
                (0, 0),
                max(0.5, 0.04 * cap_px),
            )
        _lay(image, rim, around)
    _lay(image, color, ink)


def _lay(image: Image, color: Color, alpha: Coverage) -> None:
    weight = alpha[..., None].astype(np.float32) / 255
    image[:] = (image * (1 - weight) + np.array(color, np.float32) * weight).astype(np.uint8)


def cross(image: Image, rng: np.random.Generator) -> None:
    """Let a stick, a rope or a few leaves stand before the signs."""
    height, width = image.shape[:2]
    color = rng.integers(0, 200, 3).tolist()
    p, q = rng.random(2) * [width, height], rng.random(2) * [width, height]
    if rng.random() < 0.5:
        cv2.line(
            image,
            (int(p[0]), 0),
            (int(p[0] + 0.2 * (q[0] - p[0])), height),
            color,
            int(rng.integers(1, 6)),
            cv2.LINE_AA,
        )
        return
    for _ in range(int(rng.integers(3, 15))):
        spot = p + rng.normal(0, 20, 2)
        cv2.ellipse(
            image,
            (int(spot[0]), int(spot[1])),
            (int(rng.integers(2, 7)), int(rng.integers(1, 4))),
            float(rng.uniform(0, 360)),
            0,
            360,
            color,
            -1,
            cv2.LINE_AA,
        )
