"""The ink of a round pen that grows and shrinks on its way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glyphgen.shapes.handwriting import Trace
from glyphgen.shapes.outline import Outline, Points

TOLERANCE_EM = 0.0015  # a tenth of a pixel where capitals are 48 px high
_ARC = 8  # points of each round end


def inked(traces: Sequence[Trace], advance_em: float) -> Outline:
    """Return the outline of what a round pen leaves: one convex contour for each straight piece, to be united. Points
    that change it by less than TOLERANCE_EM are left out.
    """
    contours: list[Points] = []
    for trace in traces:
        rows = _thinned(np.column_stack([trace.points, trace.width_em / 2]), TOLERANCE_EM)
        contours += list(_bands(rows))
    return Outline(tuple(contours), advance_em)


def _bands(rows: Points) -> Points:
    """Return the hulls (m, k, 2) of the discs (n, 3: x, y, radius) that follow each other, counter-clockwise; where one
    holds the other it alone is left.
    """
    first, second = (rows, rows) if len(rows) == 1 else (rows[:-1], rows[1:])
    way = second[:, :2] - first[:, :2]
    length = np.hypot(*way.T)
    smaller = first[:, 2] < second[:, 2]
    # at this angle to the way both circles have a common tangent
    cosine = (first[:, 2] - second[:, 2]) / np.maximum(length, 1e-9)
    is_inside = np.abs(cosine) >= 1
    opening = np.arccos(np.clip(cosine, -1, 1))
    ahead = np.arctan2(way[:, 1], way[:, 0])
    t = np.linspace(-1, 1, _ARC)[None]
    near = np.where(is_inside & smaller, 1, 0)[:, None]  # both ends are of the larger disc, then
    far = np.where(is_inside & ~smaller, 0, 1)[:, None]
    opening = np.where(is_inside, np.pi / 2, opening)[:, None]
    ends = [(far, ahead[:, None] + t * opening), (near, ahead[:, None] + np.pi + t * (np.pi - opening))]
    parts = []
    for which, angle in ends:
        disc = np.where(which == 1, second, first)
        parts.append(disc[:, None, :2] + disc[:, None, 2:] * np.stack([np.cos(angle), np.sin(angle)], axis=2))
    return np.concatenate(parts, axis=1)


def _thinned(rows: Points, tolerance: float) -> Points:
    """Return rows (n, d) without those that lines between the others meet. Source: Douglas and Peucker 1973."""
    kept, todo = {0, len(rows) - 1}, [(0, len(rows) - 1)]
    while todo:
        low, high = todo.pop()
        if high - low < 2:
            continue
        way, inner = rows[high] - rows[low], rows[low + 1 : high] - rows[low]
        share = np.clip(inner @ way / max(float(way @ way), 1e-18), 0, 1)
        away = ((inner - share[:, None] * way) ** 2).sum(axis=1)
        worst = int(away.argmax())
        if away[worst] > tolerance**2:
            middle = low + 1 + worst
            kept.add(middle)
            todo += [(low, middle), (middle, high)]
    return rows[sorted(kept)]
