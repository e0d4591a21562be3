"""One warp brings a line from its layout to its final size; boxes are carried by the same map."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.render.augmentation import Geometry
from glyphgen.render.layout import Line

# how far warping spreads ink, in px of the canvas: by a pixel, but hardly any of it farther than by half a one
SPREAD = np.array([-0.5, -0.5, 0.5, 0.5])


def random_warp(
    line: Line, cap_px: float, geometry: Geometry, rng: np.random.Generator, square: bool
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Choose the one map (3, 3) from canvas to picture, and the picture's size (width, height)."""
    x0, y0, x1, y1 = line.room or line.extent
    is_cap_high = y1 - y0 == line.cap_px
    is_column = line.is_column and not is_cap_high
    width, height = (x1 - x0) * cap_px / line.cap_px, cap_px if is_cap_high else (y1 - y0) * cap_px / line.cap_px
    n = rng.standard_normal(12).tolist()
    low, high = geometry.margin_range
    left, top, right, bottom = ((low + (high - low) * u**1.6) * cap_px for u in rng.random(4).tolist())
    stretch = min(max(1 + geometry.stretch * n[0], 0.72), 1.35)
    most = geometry.max_rotation_deg
    # long lines turn less: a person turns the whole picture, but crops a box around the line
    broad = width / max(height, 1) if is_column else height / max(width, 1)
    turn = max(-most, min(geometry.rotation_deg * n[1], most)) * min(1.0, 5 * broad) ** 0.5
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    lean = 0.02 * geometry.rotation_deg * n[2] * cap_px
    taper = 1 + 1.6 * geometry.perspective * n[3]  # one end of a sign is nearer than the other
    wobble = geometry.perspective * cap_px
    across = width * stretch if is_column else height
    near, far = across / 2 * (1 - taper), across / 2 * (1 + taper)
    ends = ((lean, 0.0), (width * stretch + lean, near), (width * stretch, far), (0.0, height))
    if is_column:
        ends = ((lean, 0.0), (width * stretch + lean, 0.0), (far, height), (near, height))
    bent = [(x + wobble * n[4 + k], y + 0.7 * wobble * n[8 + k]) for k, (x, y) in enumerate(ends)]
    corners = [(x * cos - y * sin, x * sin + y * cos) for x, y in bent]
    x_min, y_min = min(x for x, _ in corners), min(y for _, y in corners)
    extent = max(x for x, _ in corners) - x_min, max(y for _, y in corners) - y_min
    if square:
        side = max(extent) + (left + right) / 2 + 2
        free = [(side - e) * (0.5 + 0.25 * (2 * u - 1)) for e, u in zip(extent, rng.random(2).tolist(), strict=True)]
        dx, dy, size = free[0] - x_min, free[1] - y_min, (max(4, round(side)), max(4, round(side)))
    else:
        dx, dy = left - x_min, top - y_min
        size = (max(4, round(extent[0] + left + right)), max(4, round(extent[1] + top + bottom)))
    canvas = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    target = np.array([(x + dx, y + dy) for x, y in corners], np.float32)
    # OpenCV's stubs know no dtype
    return cv2.getPerspectiveTransform(canvas, target), size  # type: ignore[return-value]


def carry_quads(boxes: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map boxes (n, 4) and return their corners (n, 4, 2): top left, top right, bottom right, bottom left. In both,
    the pixel in the corner reaches from 0 to 1, while the matrix (3, 3) maps the middles of pixels, which it calls 0.
    """
    if not len(boxes):
        return np.zeros((0, 4, 2))
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 1, 2) - 0.5
    return cv2.perspectiveTransform(corners, matrix).reshape(-1, 4, 2).astype(np.float64) + 0.5


def boxes_around(quads: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the boxes (n, 4) around quads (n, 4, 2), cut to a picture of a size (width, height)."""
    boxes = np.empty((len(quads), 4))
    quads.min(axis=1, out=boxes[:, :2])
    quads.max(axis=1, out=boxes[:, 2:])
    np.maximum(boxes, 0, out=boxes)
    np.minimum(boxes, np.array([*size, *size]), out=boxes)
    return boxes


def carry_marks(line: Line, matrix: NDArray[np.float64], size: tuple[int, int]) -> dict[str, Any]:
    """Map the marks of a line, which were asked for: ink (h, w) uint8 and glyph_map (h, w) uint16, by those names."""
    if line.ink is None or line.glyph_map is None:
        return {}
    ink = cv2.warpPerspective(line.ink, matrix, size, flags=cv2.INTER_LINEAR)
    glyph_map = cv2.warpPerspective(line.glyph_map, matrix, size, flags=cv2.INTER_NEAREST)
    return {"ink": ink, "glyph_map": np.where(ink > 0, glyph_map, 0).astype(np.uint16)}
