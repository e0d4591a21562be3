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
    ways = sorted(_cuts(coarse, [pitch * wide / _STRIDE for pitch in _PITCHES]), key=lambda way: way[0])
    kept: dict[int, list[tuple[int, int, bool]]] = {}  # by the number of glyphs
    for _, cells in ways[: 2 * _MOST_WAYS]:
        rows = [(a * _STRIDE, b * _STRIDE, is_glyph) for a, b, is_glyph in cells]
        kept.setdefault(sum(is_glyph for _, _, is_glyph in cells), rows)
    return [_row(column, straight, cuts, wide) for cuts in list(kept.values())[:_MOST_WAYS]]


def _cuts(ink: NDArray[np.float32], pitches: Sequence[float]) -> list[tuple[float, list[tuple[int, int, bool]]]]:
    """Return for each pitch, in rows, the cost of a grid of it over the number of its cells, and the cells: from row,
    to row, and whether it holds a glyph; the others are spaces. All pitches go down the rows together: what NumPy does
    for one it does for fifteen in the same time.
    """
    n, mean, n_pitches = len(ink), max(float(ink.mean()), 1e-6), len(pitches)
    glyph = _padded([np.arange(max(2, round(p * (1 - _GIVE))), round(p * (1 + _GIVE)) + 1) for p in pitches])
    space = _padded([np.arange(max(1, round(p * _SPACES[0])), max(2, round(p * _SPACES[1])) + 1) for p in pitches])
    pitch = np.asarray(pitches, np.float64)
    stretch = np.where(glyph > 0, _STIFF * np.log(np.maximum(glyph, 1) / pitch) ** 2, np.inf)
    extra = np.where(space > 0, _SPACE, np.inf)
    at = np.append(ink, 0.0) / mean
    # what no glyph claims; the rows before the first are no place to start from
    longest = int(max(glyph.max(), space.max()))
    claimed = np.concatenate([[0.0], np.cumsum(ink)])
    outside, cost = np.zeros((longest + n + 1, n_pitches)), np.full((longest + n + 1, n_pitches), np.inf)
    outside[longest:] = _LEFT_OUT * claimed[:, None] / (mean * pitch)
    cost[longest:] = at[:, None] + outside[longest:]  # as the first cut; before it is the margin
    before, holds = np.zeros(cost.shape, int), np.zeros(cost.shape, bool)
    n_cells, columns = np.zeros(cost.shape, int), np.arange(n_pitches)
    glyph_starts, space_starts = ((longest - steps) * n_pitches + columns for steps in (glyph, space))
    for y in range(int(glyph[0].min()), n + 1):
        row = longest + y
        for starts, is_glyph in ((glyph_starts, True), (space_starts, False)):
            start = starts + y * n_pitches
            if is_glyph:
                through = cost.take(start) + stretch + at[y]
            else:  # a space stands between glyphs
                through = cost.take(start) + extra + (outside[row] - outside.take(start)) + at[y]
                through = np.where(holds.take(start), through, np.inf)
            k = through.argmin(axis=0)
            value = through[k, columns] - (_WORTH if is_glyph else 0.0)
            better = value < cost[row]
            if better.any():
                taken = start[k, columns]
                cost[row] = np.where(better, value, cost[row])
                before[row] = np.where(better, taken // n_pitches, before[row])
                holds[row] = np.where(better, is_glyph, holds[row])
                n_cells[row] = np.where(better, n_cells.take(taken) + is_glyph, n_cells[row])
    total = np.where(holds, cost + outside[-1] - outside, np.inf)
    ways: list[tuple[float, list[tuple[int, int, bool]]]] = []
    for j, y in enumerate(total.argmin(axis=0).tolist()):
        if not np.isfinite(total[y, j]):
            ways.append((np.inf, [(0, n, True)]))
            continue
        per_cell = float(total[y, j]) / max(int(n_cells[y, j]), 1) + _WORTH
        cells = []
        while n_cells[y, j]:
            cells.append((int(before[y, j]) - longest, y - longest, bool(holds[y, j])))
            y = int(before[y, j])
        ways.append((per_cell, cells[::-1]))
    return ways


def _padded(steps: Sequence[NDArray[np.intp]]) -> NDArray[np.intp]:
    """Return steps of several pitches as columns of one length, filled up with zeros."""
    filled = np.zeros((max(map(len, steps)), len(steps)), np.intp)
    for column, own in zip(filled.T, steps, strict=True):
        column[: len(own)] = own
    return filled


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
