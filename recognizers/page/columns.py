"""Columns: lines of upright glyphs that stand one below the other. Cut into cells and set side by side, they are lines
as any other.

Glyphs of a column stand at nearly equal distances, whatever they look like: the column is cut where a grid of one
distance, with some give, crosses the least ink (dynamic programming over the rows); between two glyphs there may be a
space of any length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizers.geometry import PixelPoints, TextLine
from recognizers.image.foreground import ink_of
from recognizers.straightening import MARGIN, Straight

_PITCHES = np.geomspace(0.8, 3.2, 15)  # of the grid, in widths of the column
_GIVE, _STIFF = 0.18, 3.0  # how much longer or shorter a cell may be, and what that costs
_MOST_WAYS = 4  # of cutting a column that are read
_SPACES, _SPACE, _GAP = (0.3, 1.2), 0.5, 0.6  # lengths of spaces, in cells; what one costs; its width in the row
_STRIDE = 2  # rows that are looked at together
_LEFT_OUT = 3.0  # what leaving out the ink of one cell costs
_WORTH = 1.0  # what claiming a glyph is worth; without that the fewest glyphs would be the cheapest
_BESIDE = 0.1  # of the room beside the glyphs that is kept, in widths of the column


@dataclass(frozen=True, eq=False)
class Row(Straight):
    """A column as a row: cells (n, 4) are x from and to in `image`, and the rows from and to in the column; top and
    bottom are the right and the left edge of the column, for each of its rows.
    """

    cells: NDArray[np.float64] = field(kw_only=True)

    def part(self, x0: int, x1: int) -> None:
        """Return None: its cells do not lie side by side in the page."""

    def quad_of_line(self, line: TextLine) -> PixelPoints:
        """Return the corners (4, 2) in the page of the whole column, as a person looks at it: top left first."""
        return np.roll(line.quad, 1, axis=0)

    def quad_of(self, x0: float, x1: float) -> PixelPoints:
        """Return the corners (4, 2) in the page of the cells between two x of the row, as a person looks at the column:
        top left first.
        """
        starts, ends = self.cells[:, 0], self.cells[:, 1]
        first = int(np.clip(np.searchsorted(ends, x0 + 1e-6), 0, len(self.cells) - 1))
        last = int(np.clip(np.searchsorted(starts, x1 - 1e-6) - 1, first, len(self.cells) - 1))
        y = np.clip([self.cells[first, 2] - 0.5, self.cells[last, 3] - 0.5], 0, len(self.top) - 1)
        rows = np.arange(len(self.top))
        right, left = (
            np.stack([np.interp(y, rows, edge[:, i]) for i in (0, 1)], axis=1) for edge in (self.top, self.bottom)
        )
        return np.stack([left[0], right[0], right[1], left[1]])


def rows_of(straight: Straight) -> list[Row]:
    """Return a column that was straightened from its side (its glyphs are turned to the left) as rows, one for each of
    the likeliest ways of cutting it, likeliest first; at least one.
    """
    column = np.ascontiguousarray(np.rot90(straight.image, -1))  # (rows, width, 3), upright
    wide = column.shape[1] / (1 + 2 * MARGIN)
    inside = slice(round(MARGIN * wide), round((1 + MARGIN) * wide))
    ink = np.maximum(ink_of(column.astype(np.float32))[:, inside], 0).mean(axis=1)
    ink = cv2.GaussianBlur(ink[:, None], (1, 3), 0.8)[:, 0]
    ink = (ink - np.quantile(ink, 0.03)).clip(0)
    coarse = ink[: len(ink) // _STRIDE * _STRIDE].reshape(-1, _STRIDE).mean(axis=1)
    ways = sorted((_cut(coarse, pitch * wide / _STRIDE) for pitch in _PITCHES), key=lambda way: way[0])
    kept: dict[int, list[tuple[int, int, bool]]] = {}  # by the number of glyphs
    for _, cells in ways[: 2 * _MOST_WAYS]:
        rows = [(a * _STRIDE, b * _STRIDE, is_glyph) for a, b, is_glyph in cells]
        kept.setdefault(sum(is_glyph for _, _, is_glyph in cells), rows)
    return [_row(column, straight, cuts, wide) for cuts in list(kept.values())[:_MOST_WAYS]]


def _cut(ink: NDArray[np.float32], pitch: float) -> tuple[float, list[tuple[int, int, bool]]]:
    """Return the cost of a grid of a pitch in rows, over the number of its cells, and the cells: from row, to row, and
    whether it holds a glyph; the others are spaces.
    """
    n, mean = len(ink), max(float(ink.mean()), 1e-6)
    glyph = np.arange(max(2, round(pitch * (1 - _GIVE))), round(pitch * (1 + _GIVE)) + 1)
    space = np.arange(max(1, round(pitch * _SPACES[0])), max(2, round(pitch * _SPACES[1])) + 1)
    stretch = _STIFF * np.log(glyph / pitch) ** 2
    at = np.append(ink, 0.0) / mean
    outside = _LEFT_OUT * np.concatenate([[0.0], np.cumsum(ink)]) / (mean * pitch)  # what no glyph claims
    cost = at + outside  # as the first cut; before it is the margin
    before, holds = np.zeros(n + 1, int), np.zeros(n + 1, bool)
    n_cells = np.zeros(n + 1, int)
    for y in range(int(glyph[0]), n + 1):
        for steps, extra, is_glyph in ((glyph, stretch, True), (space, np.full(len(space), _SPACE), False)):
            usable = steps[steps <= y]
            if not len(usable):
                continue
            start = y - usable
            inside = 0.0 if is_glyph else outside[y] - outside[start]
            through = cost[start] + extra[: len(usable)] + inside + at[y]
            if not is_glyph:  # a space stands between glyphs
                through = np.where(holds[start], through, np.inf)
            k = int(np.argmin(through))
            value = through[k] - (_WORTH if is_glyph else 0.0)
            if value < cost[y]:
                cost[y], before[y], holds[y] = value, start[k], is_glyph
                n_cells[y] = n_cells[start[k]] + is_glyph
    total = np.where(holds, cost + outside[n] - outside, np.inf)
    y = int(np.argmin(total))
    if not np.isfinite(total[y]):
        return np.inf, [(0, n, True)]
    per_cell = float(total[y]) / max(int(n_cells[y]), 1) + _WORTH
    cells = []
    while n_cells[y]:
        cells.append((int(before[y]), y, bool(holds[y])))
        y = int(before[y])
    return per_cell, cells[::-1]


def _row(column: NDArray[np.uint8], straight: Straight, cuts: Sequence[tuple[int, int, bool]], wide: float) -> Row:
    high = max(b - a for a, b, _ in cuts)
    edge, pad = round(_BESIDE * wide), round(MARGIN * high)
    x0, x1 = max(0, round(MARGIN * wide) - edge), min(column.shape[1], round((1 + MARGIN) * wide) + edge)
    parts, cells, x = [], [], 0
    for a, b, is_glyph in cuts:
        cell = column[a:b, x0:x1] if is_glyph else column[a:b, x0 : x0 + max(1, round(_GAP * wide))]
        above = max(0, (high - (b - a)) // 2)
        below = max(0, high - (b - a) - above)
        parts.append(cv2.copyMakeBorder(cell[:high], above + pad, below + pad, 0, 0, cv2.BORDER_REPLICATE))
        cells.append((x, x + cell.shape[1], a, b))
        x += cell.shape[1]
    image = np.concatenate(parts, axis=1)
    margin = round(MARGIN * high)
    image = np.asarray(cv2.copyMakeBorder(image, 0, 0, margin, margin, cv2.BORDER_REPLICATE), np.uint8)
    array = np.array(cells, np.float64) + np.array([margin, margin, 0, 0])
    return Row(np.asarray(image, np.uint8), straight.top, straight.bottom, straight.is_at_border, cells=array)
