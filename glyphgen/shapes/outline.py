"""Outlines: closed contours in em units, y up, as fonts have them.

An `Outline` is immutable; every operation returns a new one. Ink is where the winding number is not zero, the
rule of TrueType and PostScript: overlapping strokes unite, and a counter is a contour that runs the other way.
Rasterizing turns em (y up) into pixels (y down); nothing else in the package flips an axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n_points, 2), em, y up
Coverage = NDArray[np.uint8]  # (height, width), 0 paper to 255 ink

_SUPERSAMPLING = 4


@dataclass(frozen=True, eq=False)
class Outline:
    """Closed contours, each (n_points, 2) in em with y up, and the advance width in em."""

    contours: tuple[Points, ...]
    advance_em: float

    def transform(self, matrix: Points) -> Outline:
        """Map every point by a (2, 3) affine matrix; the advance scales with the x axis."""
        linear, shift = np.asarray(matrix)[:, :2], np.asarray(matrix)[:, 2]
        flipped = np.linalg.det(linear) < 0  # keep the direction of contours, so that counters stay counters
        contours = tuple((c @ linear.T + shift)[:: -1 if flipped else 1] for c in self.contours)
        return Outline(contours, self.advance_em * float(abs(linear[0, 0])))

    def embolden(self, offset_em: float) -> Outline:
        """Move every point outwards along its normal by offset_em (inwards when negative); corners are cut off at
        twice the offset.
        """
        if not offset_em:
            return self
        contours = []
        for c in self.contours:
            edge = np.roll(c, -1, axis=0) - c
            length = np.maximum(np.linalg.norm(edge, axis=1, keepdims=True), 1e-9)
            normal = np.stack([edge[:, 1], -edge[:, 0]], axis=1) / length
            both = normal + np.roll(normal, 1, axis=0)
            miter = both / np.maximum((both**2).sum(axis=1, keepdims=True) / 2, 0.5)
            contours.append(c + offset_em * miter)
        return Outline(tuple(contours), self.advance_em + 2 * offset_em)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The box (x0, y0, x1, y1) of the ink in em; all zero when there is none."""
        if not self.contours:
            return (0.0, 0.0, 0.0, 0.0)
        points = np.concatenate(self.contours)
        return (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())

    @property
    def area(self) -> float:
        """The signed area in square em: counters count negative, overlaps count twice."""
        return float(sum(contour_area(contour) for contour in self.contours))

    def rasterize(self, px_per_em: float, margin_px: int = 1) -> tuple[Coverage, float, float]:
        """Return coverage cut to the ink, and where its top left corner lies: x and y in px from the pen
        position on the baseline, y down. An outline without ink gives a (0, 0) array.
        """
        if not self.contours:
            return np.zeros((0, 0), np.uint8), 0.0, 0.0
        x0, y0, x1, y1 = (v * px_per_em for v in self.bounds)
        left, top = int(np.floor(x0)) - margin_px, int(np.floor(-y1)) - margin_px
        width, height = int(np.ceil(x1)) + margin_px - left, int(np.ceil(-y0)) + margin_px - top
        s = _SUPERSAMPLING
        winding = np.zeros((height * s, width * s), np.int8)
        for contour in self.contours:
            points = (contour * [px_per_em, -px_per_em] - [left, top]) * s
            x, y = np.floor(points.min(axis=0)).astype(int)
            mask = _fill(points - [x, y])
            room = winding[y : y + mask.shape[0], x : x + mask.shape[1]]
            room += mask[
                : room.shape[0], : room.shape[1]
            ]  # without a margin the mask's last, empty row may lie outside
        ink = (winding != 0).astype(np.uint8) * 255
        return (
            cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA),
            float(left),
            float(
                top,
            ),
        )


def _fill(points: Points) -> NDArray[np.int8]:
    """Return how often a closed contour (n, 2) in px, y down, runs around each pixel, counter-clockwise positive."""
    width, height = np.ceil(points.max(axis=0)).astype(int) + 1
    # cv2 fills pixel centers; 4 fractional bits keep sub-pixel edges, half a pixel aligns the centers
    fixed, mask = np.round((points - 0.5) * 16).astype(np.int32), np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [fixed], 1, shift=4)
    area = -contour_area(points)  # y runs down here
    if cv2.countNonZero(mask) >= 0.99 * abs(area) - 4:
        return mask.view(np.int8) if area >= 0 else -mask.view(np.int8)
    # cv2 leaves holes where a contour crosses itself, and so covers less than the signed area counts;
    # the winding number is the sum of the signed triangles between the first point and each edge
    winding = np.zeros(mask.shape, np.int8)
    for p, q in pairwise(fixed[1:]):
        (x1, y1), (x2, y2) = (p - fixed[0]).tolist(), (q - fixed[0]).tolist()
        mask[:] = 0
        cv2.fillConvexPoly(mask, np.array([fixed[0], p, q]), 1, shift=4)
        winding += mask.view(np.int8) if x1 * y2 - x2 * y1 < 0 else -mask.view(np.int8)
    # edges of triangles that cancel leave lines one fine pixel wide
    inked = cv2.medianBlur((winding != 0).astype(np.uint8), 3).view(np.int8)
    return np.asarray(inked if area >= 0 else -inked, np.int8)


def contour_area(contour: Points) -> float:
    """Return the signed area of one closed contour (shoelace); positive runs counter-clockwise, y up."""
    x, y = contour[:, 0], contour[:, 1]
    return float(x[:-1] @ y[1:] - x[1:] @ y[:-1] + x[-1] * y[0] - x[0] * y[-1]) / 2


def fit_box(coverage: Coverage, size_px: int) -> Coverage:
    """Stretch the ink's own box to (size_px, size_px), so that shapes compare whatever their size."""
    rows, columns = np.where(coverage.max(axis=1) > 127)[0], np.where(coverage.max(axis=0) > 127)[0]
    if not len(rows):
        return np.zeros((size_px, size_px), np.uint8)
    cut = coverage[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # OpenCV's stubs know no dtype
    return cv2.resize(cut, (size_px, size_px), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def intersection_over_union(a: Coverage, b: Coverage, size_px: int = 128) -> float:
    """Compare two shapes after scaling both to the same box: 1 is the same shape, 0 shares nothing."""
    p, q = fit_box(a, size_px) > 127, fit_box(b, size_px) > 127
    union = np.logical_or(p, q).sum()
    return float(np.logical_and(p, q).sum() / union) if union else 0.0
