"""The parts of a game's display, drawn by code alone: marks in rows, wheels, maps, gauges, slots, buttons, boxes,
ornaments.

Every part draws on a picture in place, in a `Theme` that one display keeps to. Sizes follow theme.unit_px, the height
of small text. Coordinates are px, y down; polygons have sixteenths of a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.render.color import Color, mix
from glyphgen.sample import Image

Shape = NDArray[np.float64]  # (n, 2), y down; of marks: within -0.5 … 0.5
WHITE: Color = (255.0, 255.0, 255.0)
BLACK: Color = (0.0, 0.0, 0.0)
_TURN = np.linspace(0, 2 * np.pi, 25)[:-1]


@dataclass(frozen=True)
class Theme:
    """What the parts of one display have in common: colors, how opaque its boxes are, fonts, sizes, corners."""

    ink: Color
    accent: Color
    panel: Color
    opacity: float
    body: Path
    title: Path
    unit_px: float
    corner: float  # of boxes, in units
    shade: str  # of text, see `lettering.write`
    rim: bool  # around marks


def polygon(image: Image, points: Shape, color: Color, opacity: float = 1.0, line_px: int = 0) -> None:
    """Fill a polygon (n, 2) in place, or draw its outline line_px wide."""
    low, high = (
        np.floor(points.min(axis=0)).astype(int) - line_px - 1,
        np.ceil(points.max(axis=0)).astype(int) + line_px + 2,
    )
    x0, y0 = np.maximum(low, 0).tolist()
    x1, y1 = np.minimum(high, [image.shape[1], image.shape[0]]).tolist()
    if x0 >= x1 or y0 >= y1:
        return
    part = image[y0:y1, x0:x1]
    over = np.ascontiguousarray(part)
    over = over.copy() if over is part else over
    fixed = [np.round((points - [x0, y0]) * 16).astype(np.int32)]
    if line_px:
        cv2.polylines(over, fixed, True, color, line_px, cv2.LINE_AA, shift=4)
    else:
        cv2.fillPoly(over, fixed, color, cv2.LINE_AA, shift=4)
    part[:] = over if opacity >= 1 else cv2.addWeighted(over, opacity, np.ascontiguousarray(part), 1 - opacity, 0)


def stroke(image: Image, points: Shape, color: Color, line_px: float = 1.0) -> None:
    """Draw an open polyline in place."""
    cv2.polylines(
        image, [np.round(points * 16).astype(np.int32)], False, color, max(1, round(line_px)), cv2.LINE_AA, shift=4
    )


def xy(point: Shape) -> tuple[float, float]:
    """Return a point (2,) as two numbers."""
    return float(point[0]), float(point[1])


def disc(x: float, y: float, radius: float) -> Shape:
    """Return a circle as a polygon."""
    return np.stack([x + radius * np.cos(_TURN), y + radius * np.sin(_TURN)], axis=1)


def box(x0: float, y0: float, x1: float, y1: float, radius: float = 0.0) -> Shape:
    """Return a rectangle with round corners as a polygon."""
    r = max(0.0, min(radius, (x1 - x0) / 2, (y1 - y0) / 2))
    if r < 1:
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], float)
    arc = np.linspace(0, np.pi / 2, 6)
    parts = [(x1 - r, y1 - r, 0.0), (x0 + r, y1 - r, np.pi / 2), (x0 + r, y0 + r, np.pi), (x1 - r, y0 + r, 1.5 * np.pi)]
    return np.concatenate(
        [np.stack([cx + r * np.cos(arc + a), cy + r * np.sin(arc + a)], axis=1) for cx, cy, a in parts]
    )


def _radial(radii: list[float], turn: float = -np.pi / 2) -> Shape:
    angles = turn + np.arange(len(radii)) * 2 * np.pi / len(radii)
    star: Shape = np.array(radii)[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return star


def _heart() -> Shape:
    x = 16 * np.sin(_TURN) ** 3
    y = -(13 * np.cos(_TURN) - 5 * np.cos(2 * _TURN) - 2 * np.cos(3 * _TURN) - np.cos(4 * _TURN))
    return np.stack([x / 34, y / 34 - 0.03], axis=1)


MARKS: dict[str, Shape] = {
    "heart": _heart(),
    "star": _radial([0.5, 0.21] * 5),
    "sparkle": _radial([0.5, 0.14] * 4),
    "diamond": np.array([[0, -0.5], [0.38, 0], [0, 0.5], [-0.38, 0]]),
    "gem": np.array([[0, -0.5], [0.28, -0.25], [0.28, 0.25], [0, 0.5], [-0.28, 0.25], [-0.28, -0.25]]),
    "circle": disc(0, 0, 0.45),
    "square": box(-0.4, -0.4, 0.4, 0.4),
    "drop": np.array([[0, -0.5], [0.2, -0.15], [0.3, 0.15], [0.2, 0.4], [0, 0.48], [-0.2, 0.4], [-0.3, 0.15],
                      [-0.2, -0.15]]),
    "bolt": np.array([[0.1, -0.5], [-0.25, 0.06], [-0.02, 0.06], [-0.12, 0.5], [0.26, -0.12], [0.03, -0.12]]),
    "shield": np.array([[-0.4, -0.45], [0, -0.38], [0.4, -0.45], [0.38, 0.05], [0.2, 0.35], [0, 0.5], [-0.2, 0.35],
                        [-0.38, 0.05]]),
    "leaf": np.array([[-0.45, 0.45], [-0.42, -0.05], [-0.1, -0.38], [0.45, -0.45], [0.4, 0.1], [0.08, 0.4]]),
    "up": np.array([[0, -0.45], [0.45, 0.1], [0.18, 0.1], [0.18, 0.45], [-0.18, 0.45], [-0.18, 0.1], [-0.45, 0.1]]),
    "triangle": np.array([[0, -0.42], [0.46, 0.38], [-0.46, 0.38]]),
    "moon": np.concatenate([0.45 * _radial([1.0] * 24)[2:23], 0.36 * _radial([1.0] * 24)[21:3:-1] + [0.16, -0.06]]),
    "cross": np.array([[-0.15, -0.45], [0.15, -0.45], [0.15, -0.15], [0.45, -0.15], [0.45, 0.15], [0.15, 0.15],
                       [0.15, 0.45], [-0.15, 0.45], [-0.15, 0.15], [-0.45, 0.15], [-0.45, -0.15], [-0.15, -0.15]]),
    "sword": np.array([[0.48, -0.48], [0.4, -0.2], [-0.1, 0.26], [0, 0.4], [-0.1, 0.45], [-0.24, 0.34], [-0.4, 0.5],
                       [-0.5, 0.4], [-0.34, 0.24], [-0.45, 0.1], [-0.4, 0], [-0.26, 0.1], [0.2, -0.4]]),
    "flask": np.array([[-0.12, -0.5], [0.12, -0.5], [0.12, -0.18], [0.38, 0.3], [0.3, 0.48], [-0.3, 0.48], [-0.38, 0.3],
                       [-0.12, -0.18]]),
    "tower": np.array([[-0.12, -0.5], [0.12, -0.5], [0.1, -0.2], [0.3, -0.1], [0.14, 0], [0.22, 0.5], [-0.22, 0.5],
                       [-0.14, 0], [-0.3, -0.1], [-0.1, -0.2]]),
    "house": np.array([[0, -0.48], [0.5, 0], [0.34, 0], [0.34, 0.44], [-0.34, 0.44], [-0.34, 0], [-0.5, 0]]),
    "flag": np.array([[-0.3, -0.5], [0.4, -0.3], [-0.2, -0.05], [-0.2, 0.5], [-0.3, 0.5]]),
    "pin": np.array([[0, 0.5], [-0.32, -0.08], [-0.32, -0.3], [-0.14, -0.5], [0.14, -0.5], [0.32, -0.3],
                     [0.32, -0.08]]),
}  # fmt: skip
_NAMES = tuple(MARKS)


def some_mark(rng: np.random.Generator) -> str:
    """Return the name of a mark."""
    return _NAMES[int(rng.integers(len(_NAMES)))]


def bright(rng: np.random.Generator) -> Color:
    """Return a saturated color."""
    hue = np.uint8(rng.integers(0, 180))
    hsv = np.array([[[hue, rng.integers(110, 256), rng.integers(150, 256)]]], np.uint8)
    r, g, b = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].tolist()
    return r, g, b


def mark(
    image: Image,
    name: str,
    x: float,
    y: float,
    size: float,
    color: Color,
    rim: Color | None = None,
    gloss: bool = False,
) -> None:
    """Draw one mark in place, its middle at (x, y)."""
    points = MARKS[name] * size + [x, y]
    if rim is not None:
        polygon(image, MARKS[name] * (size * 1.22 + 1) + [x, y], rim)
    polygon(image, points, color)
    if gloss and size >= 8:
        polygon(image, disc(x - 0.17 * size, y - 0.16 * size, 0.08 * size), mix(color, WHITE, 0.75))


def _blocky(image: Image, name: str, x: float, y: float, size: float, color: Color, rim: Color | None) -> None:
    """Draw one mark as old games did: 8 by 8 squares."""
    small = np.zeros((10, 10), np.uint8)
    cv2.fillPoly(small, [np.round((MARKS[name] * 8 + 4.5) * 16).astype(np.int32)], 1, shift=4)
    ring = cv2.dilate(small, np.ones((3, 3), np.uint8))
    cell, left, top = max(1, round(size / 8)), round(x - size / 2), round(y - size / 2)
    for layer, paint in ((ring, rim or color), (small, color)) if rim else ((small, color),):
        for row, column in np.argwhere(layer > 0).tolist():
            at = (left + column * cell, top + row * cell)
            cv2.rectangle(image, at, (at[0] + cell - 1, at[1] + cell - 1), paint, -1)


def mark_rows(
    image: Image, x: float, y: float, theme: Theme, rng: np.random.Generator, name: str = ""
) -> tuple[float, float]:
    """Draw one to three rows of a mark as displays count lives: full, partly full, empty. Returns width and height in
    px.
    """
    name = name or ("heart" if rng.random() < 0.6 else some_mark(rng))
    size = float(np.clip(theme.unit_px * rng.uniform(0.55, 1.9), 8, 40))
    pitch_x, pitch_y = size * float(rng.uniform(1.02, 1.6)), size * float(rng.uniform(1.1, 1.5))
    n, per_row = int(rng.integers(2, 31)), int(rng.integers(5, 16))
    full = bright(rng)
    if name == "heart" and rng.random() < 0.75:
        full = float(rng.uniform(190, 255)), float(rng.uniform(0, 80)), float(rng.uniform(0, 90))
    empty = mix(full, BLACK, 0.75) if rng.random() < 0.6 else mix(theme.panel, theme.ink, 0.25)
    rim = (BLACK if rng.random() < 0.6 else WHITE) if theme.rim else None
    is_hollow, is_blocky, gloss = rng.random() < 0.35, rng.random() < 0.15, rng.random() < 0.5
    n_full = float(rng.integers(0, 4 * n + 1)) / 4 if rng.random() < 0.7 else float(n)
    n_extra = int(rng.integers(1, 4)) if rng.random() < 0.15 else 0  # of another color, after the last
    for k in range(n + n_extra):
        cx, cy = x + (k % per_row + 0.5) * pitch_x, y + (k // per_row + 0.5) * pitch_y
        share = min(1.0, max(0.0, n_full - k)) if k < n else 1.0
        color = full if k < n else mix(full, (255, 220, 60), 0.8)
        if is_blocky:
            _blocky(image, name, cx, cy, size, color if share > 0 else empty, rim)
            continue
        if share < 1 and is_hollow:
            polygon(image, MARKS[name] * size + [cx, cy], mix(empty, WHITE, 0.3), line_px=max(1, round(size / 12)))
        elif share < 1:
            mark(image, name, cx, cy, size, empty, rim)
        if share >= 1:
            mark(image, name, cx, cy, size, color, rim, gloss)
        elif share > 0:  # the left part of it
            points = MARKS[name] * size + [cx, cy]
            points[:, 0] = np.minimum(points[:, 0], cx + (share - 0.5) * size)
            polygon(image, points, color)
    return per_row * pitch_x, ((n + n_extra - 1) // per_row + 1) * pitch_y


def wheel(image: Image, x: float, y: float, radius: float, theme: Theme, rng: np.random.Generator) -> None:
    """Draw a ring that is partly used up, and perhaps rings around it."""
    color, width = (
        (bright(rng) if rng.random() < 0.5 else (80.0, 220.0, 60.0)),
        max(2.0, radius * float(rng.uniform(0.2, 0.5))),
    )
    for k in range(int(rng.integers(1, 4)) if rng.random() < 0.5 else 1):
        r, left = radius + 1.25 * k * width, float(rng.uniform(40, 360)) if not k else float(rng.uniform(0, 360))
        center, axes = (round(x), round(y)), (round(r), round(r))
        cv2.ellipse(image, center, axes, 0, 0, 360, mix(theme.panel, BLACK, 0.5), round(width) + 2, cv2.LINE_AA)
        cv2.ellipse(image, center, axes, 0, -90, -90 + left, color, round(width), cv2.LINE_AA)
        if rng.random() < 0.4:
            cv2.ellipse(image, center, axes, 0, -90 + left, -60 + left, (240, 50, 40), round(width), cv2.LINE_AA)
