"""Lines as shapes: edges fitted to a line's cells, corners, overlap, reading order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

PixelPoints = NDArray[np.float64]  # (n, 2) px, x to the right, y down
_KNOTS = 9
_WIDE_SPACE = 1.0  # heights between two pieces of one line, at most


@dataclass(frozen=True, eq=False)
class TextLine:
    """A line of text in a picture: top and bottom (k, 2) px, the edges of its capitals from left to right; how sure it
    is that there is writing, 0 to 1; and the share of that which speaks for the script.
    """

    top: PixelPoints
    bottom: PixelPoints
    confidence: float
    script_share: float

    @property
    def quad(self) -> PixelPoints:
        """The corners (4, 2): top left, top right, bottom right, bottom left."""
        return np.stack([self.top[0], self.top[-1], self.bottom[-1], self.bottom[0]])

    @property
    def height_px(self) -> float:
        """The mean height of capitals."""
        return float(np.linalg.norm(self.bottom - self.top, axis=1).mean())

    @property
    def length_px(self) -> float:
        return float(np.linalg.norm(np.diff((self.top + self.bottom) / 2, axis=0), axis=1).sum())

    def scaled(self, sx: float, sy: float) -> TextLine:
        """Return the line in a picture sx times as wide and sy times as high."""
        factor = np.array([sx, sy])
        return replace(self, top=self.top * factor, bottom=self.bottom * factor)


def fit_line(
    x: PixelPoints,
    y: PixelPoints,
    up: PixelPoints,
    down: PixelPoints,
    script: PixelPoints,
    other: PixelPoints,
    cut_ends: float,
    cell_px: float,
) -> TextLine | None:
    """Fit edges to the cells (n,) of a core at (x, y) px: up and down are their distances to the edges, along y; script
    and other their probabilities. The core is shorter than the line by cut_ends of its height at each end. Returns None
    for what has no length.
    """
    upper, lower = np.stack([x, y - up], axis=1).astype(float), np.stack([x, y + down], axis=1).astype(float)
    centers = (upper + lower) / 2
    if np.ptp(x) >= 2 * float(np.median(up + down)):  # long enough to have a direction of its own
        slope = _fit(centers[:, 0], centers[:, 1], 1)[0]
    elif np.ptp(x) > 0:
        slope = _fit(centers[:, 0], centers[:, 1], 1)[0] * min(1.0, np.ptp(x) / (2 * float(np.median(up + down))))
    else:
        slope = 0.0
    if abs(slope) > 1.0:
        return None
    angle = np.arctan(slope)
    turn = np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )  # from the picture to the line's frame
    top, bottom, middle = upper @ turn, lower @ turn, np.stack([x, y], axis=1) @ turn
    high = float(np.median(bottom[:, 1] - top[:, 1]))
    if high < 2:
        return None
    half = cell_px / 2
    u0, u1 = float(middle[:, 0].min()) - half - cut_ends * high, float(middle[:, 0].max()) + half + cut_ends * high
    length = u1 - u0
    degree = 0 if length < 1.5 * high else 1 if length < 5 * high else 2
    u = np.linspace(u0, u1, _KNOTS)
    inside = np.clip(u, middle[:, 0].min(), middle[:, 0].max())  # a parabola runs wild beyond its cells
    edges = []
    for points in (top, bottom):
        fitted = _fit(points[:, 0], points[:, 1], degree)
        v = np.polyval(fitted, inside)
        slope_at = np.polyval(np.polyder(fitted), inside) if degree else 0.0
        edges.append(np.stack([u, v + slope_at * (u - inside)], axis=1) @ turn.T)
    both = script + other
    return TextLine(edges[0], edges[1], float(both.mean()), float(script.sum() / max(float(both.sum()), 1e-6)))


def _fit(x: PixelPoints, y: PixelPoints, degree: int) -> PixelPoints:
    """Fit a polynomial, then once more without the fifth of the points that lie farthest off."""
    if degree == 0 or np.ptp(x) < 1e-6:
        return np.array([0.0] * degree + [float(np.median(y))])
    center = float(x.mean())
    fitted = np.polyfit(x - center, y, degree)
    off = np.abs(np.polyval(fitted, x - center) - y)
    keep = off <= np.quantile(off, 0.8)
    if keep.sum() > degree + 3 and np.ptp(x[keep]) > 0.5 * np.ptp(x):
        fitted = np.polyfit(x[keep] - center, y[keep], degree)
    shift = np.poly1d([1.0, -center])
    coefficients = np.poly1d(fitted)(shift).coeffs
    return np.concatenate([np.zeros(degree + 1 - len(coefficients)), coefficients])


def overlap(a: PixelPoints, b: PixelPoints) -> tuple[float, float]:
    """Return, of two convex quads (4, 2), intersection over union, and intersection over the smaller one."""
    if (a.min(axis=0) > b.max(axis=0)).any() or (b.min(axis=0) > a.max(axis=0)).any():
        return 0.0, 0.0
    p, q = (cv2.convexHull(quad.astype(np.float32)).reshape(-1, 2).astype(float) for quad in (a, b))
    area_p, area_q = abs(_area(p)), abs(_area(q))
    common = abs(_area(_clip(p, q if _area(q) > 0 else q[::-1])))
    return common / max(area_p + area_q - common, 1e-6), common / max(min(area_p, area_q), 1e-6)


def _area(points: PixelPoints) -> float:
    """Return the signed area of a polygon (n, 2); 0 for less than three points."""
    x, y = points[:, 0], points[:, 1]
    return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) if len(points) > 2 else 0.0


def _clip(subject: PixelPoints, window: PixelPoints) -> PixelPoints:
    """Return the part of a convex polygon inside another one of positive area. Source: Sutherland and Hodgman 1974.
    (OpenCV's intersectConvexConvex gives 0 for some pairs of nearly equal quads, seen in 5.0.)
    """
    for start, end in zip(window, np.roll(window, -1, axis=0), strict=True):
        if not len(subject):
            break
        side = (end[0] - start[0]) * (subject[:, 1] - start[1]) - (end[1] - start[1]) * (subject[:, 0] - start[0])
        kept: list[PixelPoints] = []
        for k in range(len(subject)):
            here, before = side[k], side[k - 1]
            if (here >= 0) != (before >= 0):
                kept.append(subject[k - 1] + (subject[k] - subject[k - 1]) * before / (before - here))
            if here >= 0:
                kept.append(subject[k])
        subject = np.array(kept).reshape(-1, 2)
    return subject


def best_of(lines: list[TextLine]) -> list[TextLine]:
    """Keep, of lines that were found at several scales, the surest; longer ones win over their own parts."""
    kept: list[TextLine] = []
    for line in sorted(lines, key=lambda one: -one.confidence * min(one.length_px / one.height_px, 6.0) ** 0.05):
        if all(
            max(share := overlap(line.quad, other.quad)) < 0.3 or (share[0] < 0.15 and share[1] < 0.45)
            for other in kept
        ):
            kept.append(line)
    return kept


def joined(lines: list[TextLine]) -> list[TextLine]:
    """Join pieces of one line: of one height, one behind the other with less than a wide space between."""
    left = sorted(lines, key=lambda one: float(one.quad[:, 0].min()))
    done: list[TextLine] = []
    while left:
        line = left.pop(0)
        while (k := next((k for k, other in enumerate(left) if _goes_on(line, other)), None)) is not None:
            line = _join(line, left.pop(k))
        done.append(line)
    return done


def _goes_on(a: TextLine, b: TextLine) -> bool:
    high = (a.height_px + b.height_px) / 2
    if not 0.7 < a.height_px / max(b.height_px, 1e-6) < 1.43 or (a.script_share >= 0.5) != (b.script_share >= 0.5):
        return False
    start, end = (a.top[0] + a.bottom[0]) / 2, (a.top[-1] + a.bottom[-1]) / 2
    first, last = (b.top[0] + b.bottom[0]) / 2, (b.top[-1] + b.bottom[-1]) / 2
    along = (last - start) / max(
        float(np.linalg.norm(last - start)), 1e-6
    )  # the direction of the line that they would make
    gap, off = float((first - end) @ along), _cross(along, first - end)
    turns = [abs(_cross(along, d / max(float(np.linalg.norm(d)), 1e-6))) for d in (end - start, last - first)]
    short = [line.length_px < 2 * high for line in (a, b)]  # what is as short as high has no direction to speak of
    straight = all(turn < 0.2 or is_short for turn, is_short in zip(turns, short, strict=True))
    return -0.6 * high < gap < _WIDE_SPACE * high and abs(off) < 0.3 * high and straight


def _cross(a: PixelPoints, b: PixelPoints) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _join(a: TextLine, b: TextLine) -> TextLine:
    weight = np.array([a.length_px, b.length_px]) / max(a.length_px + b.length_px, 1e-6)
    edges = []
    for p, q in ((a.top, b.top), (a.bottom, b.bottom)):
        points = np.concatenate([p, q[q[:, 0] > p[-1, 0]]]) if (q[:, 0] > p[-1, 0]).any() else p
        s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        at = np.linspace(0, s[-1], 2 * _KNOTS - 1)
        edges.append(np.stack([np.interp(at, s, points[:, i]) for i in (0, 1)], axis=1))
    confidence, share = (
        float(np.array(v) @ weight) for v in ((a.confidence, b.confidence), (a.script_share, b.script_share))
    )
    return TextLine(edges[0], edges[1], confidence, share)


def in_reading_order(lines: list[TextLine]) -> list[TextLine]:
    """Sort from top to bottom, and from left to right what stands on one height. Lines are grouped in columns first:
    a sign beside another is read as a whole.
    """
    if not lines:
        return []
    # how the signs are turned, long lines counting more; all that follows is in a frame turned as they are
    ends = [(line.top[-1] + line.bottom[-1] - line.top[0] - line.bottom[0]) / 2 for line in lines]
    angles, lengths = np.array([np.arctan2(y, x) for x, y in ends]), np.array([line.length_px for line in lines])
    order = np.argsort(angles)
    middle = angles[order][np.searchsorted(np.cumsum(lengths[order]), lengths.sum() / 2)]
    turn = np.array([[np.cos(middle), -np.sin(middle)], [np.sin(middle), np.cos(middle)]])
    quads = [line.quad @ turn for line in lines]
    blocks: list[list[int]] = []
    for k in sorted(range(len(lines)), key=lambda i: float(quads[i][:, 1].mean())):
        for block in blocks:
            if _belongs(quads[block[-1]], quads[k], max(lines[block[-1]].height_px, lines[k].height_px)):
                block.append(k)
                break
        else:
            blocks.append([k])

    def place(block: list[int]) -> tuple[float, float]:
        points = np.concatenate([quads[k] for k in block])
        return float(points[:, 1].min()), float(points[:, 0].min())

    ordered: list[list[int]] = []
    for block in sorted(blocks, key=place):
        y, x = place(block)
        # a block whose top is level with the one before, and left of it, comes first
        if ordered and abs(y - place(ordered[-1])[0]) < 0.5 * lines[block[0]].height_px and x < place(ordered[-1])[1]:
            ordered.insert(-1, block)
        else:
            ordered.append(block)
    return [lines[k] for block in ordered for k in block]


def _belongs(a: PixelPoints, b: PixelPoints, high: float) -> bool:
    """Whether quad b is the next line of the sign of quad a: near, one over the other."""
    gap = float(b[:2, 1].mean() - a[2:, 1].mean())
    common = min(a[:, 0].max(), b[:, 0].max()) - max(a[:, 0].min(), b[:, 0].min())
    return -0.5 * high < gap < 2.0 * high and common > 0.2 * min(np.ptp(a[:, 0]), np.ptp(b[:, 0]))
