"""Lines of a font that joins, stacks and kerns glyphs (`faces.shaped`), across or as a column.

The whole line is filled as one shape, so that letters which join show no seam. Boxes are those of clusters, in the
order of the text.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from glyphgen.faces.face import LEVELS_PX
from glyphgen.faces.shaped import ShapedFace
from glyphgen.render.layout import NEIGHBOR_PAD_CAPS, PAD_CAPS, Line, Spacing, marks_of, paste
from glyphgen.shapes.outline import Coverage, Outline
from glyphgen.shapes.shaping import Cluster, stands_apart, units_of


def lay_out_shaped(
    text: str,
    face: ShapedFace,
    level: int,
    spacing: Spacing,
    rng: np.random.Generator,
    above: str = "",
    below: str = "",
    before: str = "",
    after: str = "",
    line_gap: float = 0.3,
    with_marks: bool = False,
    is_column: bool = False,
) -> Line:
    """Set `text` in the directions of its scripts, or as a column; the neighbors, of lines alone, are those of
    `layout.lay_out`. Glyphs are moved apart or off the baseline only in scripts whose letters do not join. units of the
    line says what each box is of; its room is as high as its ink.
    """
    cap = LEVELS_PX[level]
    scale = cap / face.cap_em
    if is_column:  # lines beside it would run across it
        above = below = before = after = ""
    placed, length = _placed(text, face, scale, spacing, rng, is_column)
    inked = sorted((one for one in placed if one.outline.contours), key=lambda one: one.start)
    whole, left, top = Outline(tuple(c for one in inked for c in one.outline.contours), 0.0).rasterize(1.0)
    boxes = np.array([_box(one.outline) for one in inked]).reshape(-1, 4)
    extent = (0.0, 0.0, float(cap), length) if is_column else (0.0, -float(cap), length, 0.0)
    x0, y0, x1, y1 = extent
    if len(boxes):
        lows, highs = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        x0, y0, x1, y1 = min(x0, lows[0]), min(y0, lows[1]), max(x1, highs[0]), max(y1, highs[1])
    has_neighbors = bool(above or below or before or after)
    pad = int((NEIGHBOR_PAD_CAPS if has_neighbors else PAD_CAPS) * cap)
    dx, dy = pad - math.floor(x0), pad - math.floor(y0)
    canvas = np.zeros((math.ceil(y1) + dy + pad, math.ceil(x1) + dx + pad), np.uint8)
    paste(canvas, whole, int(left) + dx, int(top) + dy)
    gap = line_gap * cap + (y1 - y0)
    for beside, x, y in (
        (after, x1 + 0.55 * cap, 0.0),
        (before, None, 0.0),
        (above, -rng.random() * cap, -gap),
        (below, -rng.random() * cap, gap),
    ):
        if beside:
            coverage, width, offset_x, offset_y = _drawn(beside, face, scale, spacing, rng)
            start = x if x is not None else x0 - 0.55 * cap - width
            paste(canvas, coverage, round(start + offset_x) + dx, round(y + offset_y) + dy)
    shift = np.array([dx, dy, dx, dy], float)
    line = Line(
        canvas,
        boxes + shift,
        _moved(extent, dx, dy),
        cap,
        is_column=is_column,
        room=_moved((x0, y0, x1, y1), dx, dy),
        units=units_of(text, inked),
    )
    if not with_marks:
        return line
    own = [one.outline.rasterize(1.0) for one in inked]
    ink, glyph_map = marks_of([(c, int(x), int(y)) for c, x, y in own], dx, dy, canvas.shape)
    return replace(line, ink=ink, glyph_map=glyph_map)


def _placed(
    text: str, face: ShapedFace, scale: float, spacing: Spacing, rng: np.random.Generator, is_column: bool
) -> tuple[list[Cluster], float]:
    """Return the clusters where they stand, their outlines in px and y down as (x, -y), and the length of the line."""
    moves, at, placed = stands_apart(text), 0.0, []
    cap = scale * face.cap_em
    for one in face.clusters(text, is_column):
        is_blank = one.text.isspace()
        off = spacing.jitter * cap * float(rng.standard_normal()) if moves and spacing.jitter and not is_blank else 0.0
        if moves and spacing.wave:
            off += spacing.wave * cap * math.sin(spacing.wave_phase + at / (4 * cap))
        # a column's pen goes down its middle
        shift = np.array([cap / 2 + off, -at]) if is_column else np.array([at, -off])
        outline = Outline(tuple(contour * scale + shift for contour in one.outline.contours), one.outline.advance_em)
        placed.append(Cluster(one.text, one.start, outline))
        advance = one.outline.advance_em * scale
        at += advance * spacing.word_gap if is_blank else advance + (spacing.tracking * cap if moves else 0.0)
    return placed, max(at, 1.0)


def _drawn(
    text: str, face: ShapedFace, scale: float, spacing: Spacing, rng: np.random.Generator
) -> tuple[Coverage, float, float, float]:
    """Return the coverage of a text, its length, and where its corner is from where its pen begins."""
    placed, length = _placed(text, face, scale, replace(spacing, jitter=0.0), rng, False)
    whole, left, top = Outline(tuple(c for one in placed for c in one.outline.contours), 0.0).rasterize(1.0)
    return whole, length, left, top


def _box(outline: Outline) -> tuple[float, float, float, float]:
    x0, low, x1, high = outline.bounds
    return math.floor(x0), math.floor(-high), math.ceil(x1), math.ceil(-low)


def _moved(box: tuple[float, float, float, float], dx: float, dy: float) -> tuple[float, float, float, float]:
    return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy
