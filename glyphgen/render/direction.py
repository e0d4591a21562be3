"""Directions of writing. Labels and boxes stay in the order in which one reads.

ltr: from left to right. rtl: from right to left. ttb: a column of upright glyphs, from top to bottom. turned: a line
that is turned by a quarter, clockwise, as on the back of a book. boustrophedon: as the ox plows, one line from left to
right, the next from right to left with its glyphs mirrored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphgen.faces.face import LEVELS_PX, Face
from glyphgen.files import DataError
from glyphgen.near_names import did_you_mean
from glyphgen.render.layout import PAD_CAPS, Line, Spacing, lay_out, marks_of, paste
from glyphgen.sample import Sample

DIRECTIONS = ("ltr", "rtl", "ttb", "turned", "boustrophedon")
_GAP_CAPS = 0.22  # between the glyphs of a column, before tracking


def check_direction(name: str) -> str:
    """Return the name of a direction. Raises DataError, naming those there are."""
    if name not in DIRECTIONS:
        raise DataError(
            f"no such direction of writing: {name!r}; there are {', '.join(DIRECTIONS)}{did_you_mean(name, DIRECTIONS)}"
        )
    return name


def from_the_right(text: str, face: Face, level: int, spacing: Spacing, rng: np.random.Generator, **extra: Any) -> Line:
    """Set a line as `lay_out` does, its first glyph on the right; its boxes are in the order of the text."""
    line = lay_out(text[::-1], face, level, spacing, rng, **extra)
    glyph_map = line.glyph_map
    if glyph_map is not None:
        glyph_map = np.where(glyph_map > 0, len(line.boxes) + 1 - glyph_map, 0).astype(np.uint16)
    return replace(line, boxes=line.boxes[::-1].copy(), glyph_map=glyph_map)


def mirrored(line: Line) -> Line:
    """Return a line as a mirror shows it: from right to left, and each glyph the other way round."""

    def turned(mask: Any) -> Any:
        return None if mask is None else np.ascontiguousarray(mask[:, ::-1])

    width = line.coverage.shape[1]
    x0, y0, x1, y1 = line.extent
    boxes = line.boxes.copy()
    boxes[:, [0, 2]] = width - line.boxes[:, [2, 0]]
    return replace(
        line,
        coverage=turned(line.coverage),
        boxes=boxes,
        extent=(width - x1, y0, width - x0, y1),
        ink=turned(line.ink),
        glyph_map=turned(line.glyph_map),
    )


def lay_out_column(
    text: str, face: Face, level: int, spacing: Spacing, rng: np.random.Generator, with_marks: bool = False
) -> Line:
    """Set a text as a column of upright glyphs, each in the middle; its extent is a capital height wide."""
    cap = LEVELS_PX[level]
    pad, gap = int(PAD_CAPS * cap), (_GAP_CAPS + spacing.tracking) * cap
    placed, boxes, y = [], [], 0.0
    for char in text:
        if char == " ":
            y += 0.6 * cap * spacing.word_gap
            continue
        cut = face.cut(char, level, rng)
        height, width = cut.coverage.shape
        left, top = round((cap - width) / 2 + spacing.jitter * cap * rng.normal()), round(y - cut.blank[1])
        placed.append((cut.coverage, left, top))
        boxes.append(
            (left + cut.blank[0], top + cut.blank[1], left + width - cut.blank[2], top + height - cut.blank[3])
        )
        y = boxes[-1][3] + gap
    long = max(int(y - gap), 1)
    broad = max([cap, *(left + coverage.shape[1] for coverage, left, _ in placed)])
    canvas = np.zeros((long + 2 * pad, broad + 2 * pad), np.uint8)
    for coverage, left, top in placed:
        paste(canvas, coverage, left + pad, top + pad)
    marks = marks_of(placed, pad, pad, canvas.shape) if with_marks else (None, None)
    array = np.array(boxes, float).reshape(-1, 4) + pad
    return Line(
        canvas,
        array,
        (float(pad), float(pad), float(pad + cap), float(pad + long)),
        cap,
        marks[0],
        marks[1],
        is_column=True,
    )


def turned_sample(sample: Sample) -> Sample:
    """Return a sample turned by a quarter, clockwise."""
    height = sample.image.shape[0]

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([height - points[..., 1], points[..., 0]], axis=-1)

    def picture(array: Any) -> Any:
        return None if array is None else np.ascontiguousarray(np.rot90(array, -1))

    x0, y0, x1, y1 = sample.boxes.T if len(sample.boxes) else np.zeros((4, 0))
    return replace(
        sample,
        image=picture(sample.image),
        boxes=np.stack([height - y1, x0, height - y0, x1], axis=1),
        quads=moved(sample.quads),
        line=None if sample.line is None else moved(sample.line),
        ink=picture(sample.ink),
        glyph_map=picture(sample.glyph_map),
    )
