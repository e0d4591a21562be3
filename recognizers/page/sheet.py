"""Writing on an empty sheet: a drawing of one glyph, a row of them, a few rows. No network is asked where it stands:
whatever differs from the paper is ink, and rows of it are lines, whatever their size and the margins around them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizers.geometry import TextLine

_SIDE_PX = 1000  # larger sheets are looked at in a smaller copy
_PAPER = 28  # of 255: what differs less from the sheet's border is paper
_LEAST_PAPER, _LEAST_BORDER = 0.6, 0.9  # shares of the sheet, and of its border, that are paper
_EVEN = 3.0  # of 255: the mean difference of paper from the border's color; walls differ more
_MOST_ROWS = 40
_FRAME = 0.9  # of a side: ink as long as this, and thin, is a frame
_NEAR, _APART = 0.6, 0.12  # of the higher one: a smaller gap joins a mark to its row; two rows are apart from here on
_COLUMN = 3.5  # heights of a row: where there is no ink for longer, another line begins, of a column beside this one
_TALL = 0.5  # of the highest row: what is lower is a mark of the row that it is near to


def lines_on_sheet(rgb: NDArray[np.uint8]) -> list[TextLine]:
    """Return the rows of ink of a picture (h, w, 3), top to bottom and from left to right, in its px; none where it is
    no sheet with ink on it: a photograph, a screenshot, an empty picture. Their edges are those of the ink.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, _SIDE_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]]).astype(np.int16)
    paper = np.median(border, axis=0)
    far = np.abs(small.astype(np.int16) - paper).max(axis=2)
    ink = _without_frames((far > max(_PAPER, float(far.max()) * 0.35)).astype(np.uint8))
    is_paper, is_border = far < _PAPER, np.abs(border - paper).max(axis=1) < _PAPER
    if not ink.any() or is_paper.mean() < _LEAST_PAPER or is_border.mean() < _LEAST_BORDER:
        return []
    if float(far[is_paper].mean()) > _EVEN:
        return []
    rows = _rows(ink)
    if len(rows) > _MOST_ROWS:
        return []
    lines = []
    factor = np.array([width / size[0], height / size[1]])
    for y0, y1 in rows:
        for part in _columns(np.flatnonzero(ink[y0:y1].any(axis=0)), _COLUMN * (y1 - y0)):
            along = np.linspace(float(part[0]), float(part[-1] + 1), 9)
            edges = [np.stack([along, np.full(9, float(y))], axis=1) * factor for y in (y0, y1)]
            lines.append(TextLine(edges[0], edges[1], 1.0, 1.0))
    return lines


def _columns(x: NDArray[np.intp], gap: float) -> list[NDArray[np.intp]]:
    """Return the places x of the ink of a row, parted where there is none for longer than a gap."""
    return np.split(x, np.flatnonzero(np.diff(x) > gap) + 1)


def _without_frames(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Take out bars along a side, and specks."""
    n, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    height, width = ink.shape
    kept = np.zeros(n, np.uint8)
    largest = max((int(one[cv2.CC_STAT_AREA]) for one in stats[1:]), default=0)
    for k in range(1, n):
        _, _, w, h, area = stats[k].tolist()
        is_bar = (w >= _FRAME * width or h >= _FRAME * height) and area < 0.2 * w * h + 3 * max(w, h)
        kept[k] = not is_bar and area >= max(2, 0.002 * largest)
    cleaned: NDArray[np.uint8] = kept[labels]
    return cleaned


def _rows(ink: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Return from where to where each row of ink reaches; marks above and below belong to the row beside them."""
    filled = np.concatenate([[0], ink.any(axis=1).astype(np.int8), [0]])
    starts, ends = np.flatnonzero(np.diff(filled) == 1), np.flatnonzero(np.diff(filled) == -1)
    bands = [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]
    while len(bands) > 1:
        highest = max(b - a for a, b in bands)
        gaps = [(bands[k + 1][0] - bands[k][1], k) for k in range(len(bands) - 1)]
        joins = []
        for gap, k in gaps:
            (a, b), (c, d) = bands[k], bands[k + 1]
            higher, both_tall = max(b - a, d - c), min(b - a, d - c) >= _TALL * highest
            if gap < (_APART if both_tall else _NEAR) * higher:
                joins.append((gap / higher, k))
        if not joins:
            break
        _, k = min(joins)
        bands[k : k + 2] = [(bands[k][0], bands[k + 1][1])]
    return bands
