"""The straight picture of a line: what lies between its edges, however they turn and bend."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizers.geometry import PixelPoints, TextLine

MARGIN = 0.2  # heights around a line in its straight picture
_AT_BORDER = 0.4  # heights: a line nearer to the picture's border than this may go on beyond it


@dataclass(frozen=True, eq=False)
class Straight:
    """The straight picture (h, w, 3) of a line; top and bottom (w, 2): where the edges of the line lie in the page,
    above and below the middle of each of its columns; whether it reaches the picture's border, and may be cut there;
    and the page (h, w, 3) that they lie in, None where nothing beyond the line can be had from it.
    """

    image: NDArray[np.uint8]
    top: PixelPoints
    bottom: PixelPoints
    is_at_border: bool = False
    page: NDArray[np.uint8] | None = None

    def part(self, x0: int, x1: int) -> Straight | None:
        """Return what lies between two x; None where the picture cannot be cut, as it is none of one piece."""
        kept = slice(x0, x1)
        image = np.ascontiguousarray(self.image[:, kept])
        return replace(self, image=image, top=self.top[kept], bottom=self.bottom[kept])

    def quad_of_line(self, line: TextLine) -> PixelPoints:
        """Return the corners (4, 2) in the page of the whole line that this is the picture of."""
        return line.quad

    def quad_of(self, x0: float, x1: float) -> PixelPoints:
        """Return the corners (4, 2) in the page of what lies between two x of the straight picture."""
        x = np.clip([x0 - 0.5, x1 - 0.5], 0, len(self.top) - 1)
        columns = np.arange(len(self.top))
        top, bottom = (
            np.stack([np.interp(x, columns, edge[:, i]) for i in (0, 1)], axis=1) for edge in (self.top, self.bottom)
        )
        return np.stack([top[0], top[1], bottom[1], bottom[0]])


def rectify(rgb: NDArray[np.uint8], line: TextLine, height_px: int = 48, margin: float = MARGIN) -> Straight:
    """Return the straight picture (height_px, w, 3) of a line, with a margin in heights on every side. What lies
    outside of the picture repeats its edge.
    """
    page = rgb
    points, size = np.concatenate([line.top, line.bottom]), rgb.shape[1::-1]
    is_at_border = float(min(points.min(), (size - points).min())) < _AT_BORDER * line.height_px
    k = len(line.top)
    rows = height_px / (1 + 2 * margin)
    length = max(line.length_px / max(line.height_px, 1e-6), 0.3) + 2 * margin
    width = int(np.clip(round(length * rows), 8, 32_000))  # cv2.remap knows no longer sides
    ends = margin * line.height_px  # both edges go on by the margin, along their own direction
    t = np.concatenate([[-1], np.arange(k), [k]]).astype(float)
    edges = []
    for edge in (line.top, line.bottom):
        first, last = edge[0] - edge[1], edge[-1] - edge[-2]
        first, last = first / max(float(np.linalg.norm(first)), 1e-6), last / max(float(np.linalg.norm(last)), 1e-6)
        edges.append(np.concatenate([[edge[0] + ends * first], edge, [edge[-1] + ends * last]]))
    middle = (edges[0] + edges[1]) / 2
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(middle, axis=0), axis=1))])
    at = np.interp((np.arange(width) + 0.5) / width * s[-1], s, t)
    top, bottom = (np.stack([np.interp(at, t, edge[:, i]) for i in (0, 1)], axis=1) for edge in edges)
    v = ((np.arange(height_px) + 0.5) / height_px * (1 + 2 * margin) - margin)[:, None, None]
    grid = (top * (1 - v) + bottom * v - 0.5).astype(
        np.float32
    )  # (height, width, 2); pixel centers are half a pixel in
    ratio = line.height_px / rows
    if ratio > 1.6:  # sampling alone would skip pixels: shrink the part that is needed first
        low = np.maximum(np.floor(grid.min(axis=(0, 1))).astype(int) - 2, 0)
        high = np.minimum(np.ceil(grid.max(axis=(0, 1))).astype(int) + 3, [rgb.shape[1], rgb.shape[0]])
        part = rgb[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)]
        if part.size:
            smaller = (max(1, round(part.shape[1] / ratio)), max(1, round(part.shape[0] / ratio)))
            factor = np.array([smaller[0] / part.shape[1], smaller[1] / part.shape[0]], np.float32)
            grid = ((grid + 0.5 - low) * factor - 0.5).astype(np.float32)
            rgb = np.asarray(cv2.resize(part, smaller, interpolation=cv2.INTER_AREA), np.uint8)
    image = np.asarray(
        cv2.remap(rgb, grid[..., 0], grid[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
    return Straight(image, top, bottom, is_at_border, page)
