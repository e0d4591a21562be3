"""Glyphs on a baseline: spacing, baseline jitter, neighbors to be cut by a sloppy crop.

The result is one coverage canvas at a capital height of `LEVELS_PX[level]` px with the box of every glyph's ink.
The canvas has room on each side, more where cut neighbors may stand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.faces.face import LEVELS_PX, Face
from glyphgen.shapes.outline import Coverage

PAD_CAPS, NEIGHBOR_PAD_CAPS = 0.7, 1.6  # room around the line, in capital heights


@dataclass(frozen=True)
class Spacing:
    """How glyphs are set, in capital heights: extra tracking, baseline jitter (random and wave), word gaps."""

    tracking: float = 0.0
    jitter: float = 0.0
    wave: float = 0.0
    wave_phase: float = 0.0
    word_gap: float = 1.0


@dataclass(frozen=True, eq=False)
class Line:
    """coverage (h, w); boxes (n, 4) px on the canvas, one per visible character; the line's own box (x0, y0, x1, y1)
    between baseline and capital height; cap_px. Where marks were asked for, ink (h, w) uint8 is the coverage without
    the neighbors, and glyph_map (h, w) uint16 the number of the glyph that covers a pixel most, from 1.

    room is the box that a picture must hold, where that is not the extent; units are what the boxes are of, where that
    is not each visible character.
    """

    coverage: Coverage
    boxes: NDArray[np.float64]
    extent: tuple[float, float, float, float]
    cap_px: int
    ink: Coverage | None = None
    glyph_map: NDArray[np.uint16] | None = None
    is_column: bool = False
    room: tuple[float, float, float, float] | None = None
    units: tuple[str, ...] = ()


def lay_out(
    text: str,
    face: Face,
    level: int,
    spacing: Spacing,
    rng: np.random.Generator,
    above: str = "",
    below: str = "",
    before: str = "",
    after: str = "",
    line_gap: float = 0.3,
    with_marks: bool = False,
) -> Line:
    """Set `text`; `above` and `below` are neighboring lines, `before` and `after` stand apart on the same line."""
    cap = LEVELS_PX[level]
    pad = int((NEIGHBOR_PAD_CAPS if above or below or before or after else PAD_CAPS) * cap)
    tracking = spacing.tracking * cap
    placed, boxes, x = [], [], 0.0
    offsets = rng.normal(0, spacing.jitter * cap, len(text)).tolist() if spacing.jitter else [0.0] * len(text)
    for i, char in enumerate(text):
        if char == " ":
            x += (face.space_px[level] + tracking) * spacing.word_gap
            continue
        cut = face.cut(char, level, rng)
        wave = spacing.wave * cap * math.sin(spacing.wave_phase + x / (4 * cap)) if spacing.wave else 0.0
        left, top = round(x) + cut.left, round(offsets[i] + wave) + cut.top
        height, width = cut.coverage.shape
        placed.append((cut.coverage, left, top))
        blank = cut.blank
        boxes.append((left + blank[0], top + blank[1], left + width - blank[2], top + height - blank[3]))
        x += cut.advance + tracking
    x -= tracking
    n_own = len(placed)
    extras = [
        (after, x + 0.55 * cap, 0.0),
        (before, None, 0.0),
        (above, -rng.random() * cap, -(1 + line_gap) * cap),
        (below, -rng.random() * cap, (1 + line_gap) * cap),
    ]
    for extra, start, dy in extras:
        if extra:
            pen = start if start is not None else -0.55 * cap - sum(face.cuts[level][c][0].advance for c in extra)
            for char in extra:
                cut = face.cuts[level][char][0]
                placed.append((cut.coverage, round(pen) + cut.left, round(dy) + cut.top))
                pen += cut.advance
    width = max(int(x), 1)
    canvas = np.zeros((cap + 2 * pad, width + 2 * pad), np.uint8)
    rows, columns = canvas.shape
    for coverage, left, top in placed:
        x0, y0 = left + pad, top + pad + cap
        y1, x1 = y0 + coverage.shape[0], x0 + coverage.shape[1]
        if x0 >= 0 and y0 >= 0 and x1 <= columns and y1 <= rows:  # nearly always: nothing to cut
            room = canvas[y0:y1, x0:x1]
            np.maximum(room, coverage, out=room)
        else:
            paste(canvas, coverage, x0, y0)
    array = np.array(boxes, float).reshape(-1, 4) + np.array([pad, pad + cap, pad, pad + cap])
    extent = (float(pad), float(pad), float(pad + width), float(pad + cap))
    marks = marks_of(placed[:n_own], pad, pad + cap, canvas.shape) if with_marks else (None, None)
    return Line(canvas, array, extent, cap, *marks)


def marks_of(
    placed: list[tuple[Coverage, int, int]], dx: int, dy: int, shape: tuple[int, ...]
) -> tuple[Coverage, NDArray[np.uint16]]:
    """Return the ink of glyphs alone, and by number which of them each pixel is of; the pixels around a glyph are
    counted to it, for warping spreads ink by as much.
    """
    ink, glyph_map = np.zeros(shape, np.uint8), np.zeros(shape, np.uint16)
    for number, (coverage, left, top) in enumerate(placed, start=1):
        own = np.zeros(shape, np.uint8)
        paste(own, coverage, left + dx, top + dy)
        glyph_map[own > ink] = number
        np.maximum(ink, own, out=ink)
    around = cv2.dilate(glyph_map, np.ones((3, 3), np.uint8))
    return ink, np.where(glyph_map > 0, glyph_map, around).astype(np.uint16)


def paste(canvas: Coverage, coverage: Coverage, x: int, y: int) -> None:
    """Lay a coverage over a canvas, in place, its left upper corner at (x, y); what is outside is cut off."""
    height, width = coverage.shape
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + width, canvas.shape[1]), min(y + height, canvas.shape[0])
    if x0 < x1 and y0 < y1:
        room = canvas[y0:y1, x0:x1]
        np.maximum(room, coverage[y0 - y : y1 - y, x0 - x : x1 - x], out=room)
