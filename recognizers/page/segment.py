"""Cut a line into glyphs, so that a recognizer of single glyphs reads words and lines.

The picture is first cut wherever a cut may be: in the gaps, where little ink has to be crossed, and through the middle
of what is too wide. Every run of neighboring pieces that could be one glyph is then read, and the best path through the
line wins: pieces of a broken glyph are put together and touching glyphs are cut apart where the recognizer is surest of
what comes out. Gaps that are wide among the others are spaces. Source: over-segmentation with dynamic programming, as
in LeCun et al. 1998, section V.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.images import MIN_SIDE_PX, PictureLike, load_picture
from glyphgen.script import Script
from recognizers.image.foreground import ink_of
from recognizers.interpret import MIN_MEAN_CONFIDENCE
from recognizers.line_reader import BundleReader, LineReader
from recognizers.reading import Evidence, GlyphReading, Reading

_ROWS_PX = 48  # lines are looked at in this height
_MAX_COLUMNS_PX = 32_000  # a line of some thousand glyphs; a longer one is looked at smaller
_AT_ONCE = 256  # glyphs read together
# All numbers below were set by hand before the first measurement, and not changed after it. In heights of the line's
# ink
_LEAST_WIDTH, _MOST_WIDTH = 0.06, 1.7  # of one glyph
_SPLITS_ABOVE = 0.45  # pieces wider than this may be cut inside
_STEP = 0.1  # between the cuts that are tried there
_SURE_GAP = 0.3  # no glyph goes across an empty gap this wide
_SPACE = (0.33, 2.0)  # a space is at least this wide, and by this factor wider than the usual gap
# what paths pay, in log probability per height of width
_GAP_COST = 1.0  # for each height of empty gap inside a glyph
_INK_COST = 0.5  # for cutting through as much ink as the line is high


@dataclass(frozen=True)
class _Pieces:
    """rows (y0, y1) px of the ink; cuts, columns from left to right; ink[k], the share of the height that cut k goes
    through; empty[k], whether nothing lies between cuts k and k + 1; scale (x, y), these px per picture px.
    """

    rows: tuple[int, int]
    cuts: list[int]
    ink: list[float]
    empty: list[bool]
    scale: tuple[float, float]


class SegmentingReader:
    """Reads pictures of lines with a recognizer of glyphs; `read` and `read_batch` are those of a line recognizer."""

    unit = "line"

    def __init__(self, recognizer: BundleReader) -> None:
        self.recognizer = recognizer

    @property
    def script(self) -> Script:
        return self.recognizer.script

    def read(self, picture: PictureLike) -> Reading:
        """Read one line. Raises PictureError, see load_picture."""
        rgb = load_picture(picture)
        pieces = find_pieces(rgb)
        if len(pieces.cuts) < 2:
            return Reading("", 0.0, is_script=False)
        spans = _spans(pieces)
        readings: list[Reading] = []
        for start in range(0, len(spans), _AT_ONCE):
            readings += self.recognizer.read_batch(
                [_crop(rgb, pieces, i, j) for i, j in spans[start : start + _AT_ONCE]]
            )
        path = _best_path(pieces, spans, readings)
        return self._assembled(pieces, [spans[k] for k in path], [readings[k] for k in path])

    def read_batch(self, pictures: Sequence[PictureLike]) -> list[Reading]:
        """Read lines, one after the other."""
        return [self.read(picture) for picture in pictures]

    def _assembled(self, pieces: _Pieces, spans: list[tuple[int, int]], readings: list[Reading]) -> Reading:
        height, scale = pieces.rows[1] - pieces.rows[0], pieces.scale[0]
        edges = [(pieces.cuts[i], pieces.cuts[j]) for i, j in spans]
        gaps = [max(right[0] - left[1], 0) / height for left, right in pairwise(edges)]
        usual = float(np.median(gaps)) if gaps else 0.0
        limit = max(_SPACE[0], _SPACE[1] * usual)
        glyphs: list[GlyphReading] = []
        space = [0.0]
        for k, (reading, (x0, x1)) in enumerate(zip(readings, edges, strict=True)):
            if k:
                chance = 1 / (1 + float(np.exp(-12 * (gaps[k - 1] - limit))))
                space.append(chance)
                if chance > 0.5:
                    middle = (edges[k - 1][1] / scale, x0 / scale)
                    glyphs.append(GlyphReading(" ", chance, middle, ((" ", chance),)))
            (glyph,) = reading.glyphs
            glyphs.append(GlyphReading(glyph.char, glyph.confidence, (x0 / scale, x1 / scale), glyph.candidates))
        seen = [g.confidence for g in glyphs if g.char != " "]
        evidence = Evidence(
            np.concatenate([r.evidence.log_p for r in readings if r.evidence]), np.zeros(len(seen)), np.array(space)
        )
        return Reading(
            "".join(g.char for g in glyphs),
            self.recognizer.calibration.line(seen),
            tuple(glyphs),
            is_script=float(np.mean(seen)) >= MIN_MEAN_CONFIDENCE,
            evidence=evidence,
        )


def reads_whole_lines(reader: LineReader) -> bool:
    """Whether it reads lines as they are: what cuts them into glyphs has other confidences, which no rule knows."""
    return getattr(reader, "unit", None) == "line" and not isinstance(reader, SegmentingReader)


def find_pieces(rgb: NDArray[np.uint8]) -> _Pieces:
    """Return where a line (h, w, 3) may be cut. No cuts at all when there is no ink."""
    height, width = rgb.shape[:2]
    scale = min(_ROWS_PX / height, _MAX_COLUMNS_PX / width)
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR).astype(np.float32)
    scales = (size[0] / width, size[1] / height)  # not equal where a side had to be rounded up
    ink = ink_of(small)
    shades = np.clip((ink + 4) * 32, 0, 255).astype(np.uint8)
    _, mask = cv2.threshold(shades, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    mask = _without_specks(mask)  # type: ignore[arg-type]  # OpenCV's types: any array
    inked = np.flatnonzero(mask.any(axis=1))
    if not len(inked):
        return _Pieces((0, 0), [], [], [], scales)
    y0, y1 = _rows_of_line(mask)
    tall = y1 - y0
    profile = mask[y0:y1].sum(axis=0) / tall
    columns = np.concatenate([[0], (profile > 0).astype(int), [0]])
    starts, ends = np.flatnonzero(np.diff(columns) == 1).tolist(), np.flatnonzero(np.diff(columns) == -1).tolist()
    cuts: list[int] = []
    empty: list[bool] = []
    for start, end in zip(starts, ends, strict=True):
        if cuts:
            empty.append(True)
        inner = _inner_cuts(profile[start:end], tall)
        here = [start, *(start + x for x in inner), end]
        cuts += here
        empty += [False] * (len(here) - 1)
    smooth = np.concatenate([profile, [0.0]])
    return _Pieces((y0, y1), cuts, [float(smooth[x]) for x in cuts], empty, scales)


def _without_specks(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Remove what is too small for a stroke, and what hangs in from above or below: parts of other lines."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    rows = mask.shape[0]
    area, top, tall = stats[:, cv2.CC_STAT_AREA], stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_HEIGHT]
    hangs = ((top == 0) | (top + tall == rows)) & (tall < 0.3 * rows)
    keep = (area >= max(4, (rows / 16) ** 2)) & ~hangs
    keep[0] = False
    return mask if not keep.any() else keep[labels].astype(np.uint8)


def _rows_of_line(mask: NDArray[np.uint8]) -> tuple[int, int]:
    """Return the rows that hold nearly all of the ink: one glyph that stands out shall not make the line tall."""
    total = np.cumsum(mask.sum(axis=1, dtype=np.int64))
    y0, y1 = np.searchsorted(total, [0.004 * total[-1], 0.996 * total[-1]])
    return int(y0), max(int(y1) + 1, int(y0) + 2)


def _inner_cuts(profile: NDArray[np.float64], tall: int) -> list[int]:
    """Return columns inside a piece where it may be cut: those with least ink, no two closer than a step."""
    width = len(profile)
    if width <= _SPLITS_ABOVE * tall:
        return []
    step, margin = max(2, round(_STEP * tall)), max(2, round(1.5 * _LEAST_WIDTH * tall))
    is_free = np.ones(width + 1, bool)
    is_free[:margin] = is_free[width - margin + 1 :] = False
    chosen: list[int] = []
    for x in np.argsort(profile, kind="stable").tolist():
        if is_free[x]:
            chosen.append(x)
            is_free[max(x - step + 1, 0) : x + step] = False
    return sorted(chosen)


def _spans(pieces: _Pieces) -> list[tuple[int, int]]:
    """Return the pairs of cuts that may hold one glyph between them."""
    tall, cuts = pieces.rows[1] - pieces.rows[0], pieces.cuts
    spans = []
    for i in range(len(cuts) - 1):
        if pieces.empty[i]:
            continue
        for j in range(i + 1, len(cuts)):
            width = (cuts[j] - cuts[i]) / tall
            if (width > _MOST_WIDTH and j > i + 1) or (
                pieces.empty[j - 1] and (cuts[j] - cuts[j - 1]) / tall > _SURE_GAP
            ):
                break
            if not pieces.empty[j - 1] and (width >= _LEAST_WIDTH or j == i + 1):
                spans.append((i, j))
    return spans


def _best_path(pieces: _Pieces, spans: list[tuple[int, int]], readings: list[Reading]) -> list[int]:
    """Return the spans, by number, that together cover the line at the highest score."""
    tall, cuts = pieces.rows[1] - pieces.rows[0], pieces.cuts
    best = [-np.inf] * len(cuts)
    back: list[tuple[int, int]] = [(-1, -1)] * len(cuts)
    best[0] = 0.0
    ending: dict[int, list[int]] = {}
    for k, (_, j) in enumerate(spans):
        ending.setdefault(j, []).append(k)
    for j in range(1, len(cuts)):
        if pieces.empty[j - 1]:  # the gap before this cut belongs to no glyph
            best[j], back[j] = best[j - 1], (j - 1, -1)
        for k in ending.get(j, []):
            i = spans[k][0]
            width = (cuts[j] - cuts[i]) / tall
            inside = sum(cuts[m + 1] - cuts[m] for m in range(i, j) if pieces.empty[m]) / tall
            surety = float(np.log(max(readings[k].confidence, 1e-4)))
            through = pieces.ink[i] if _is_inner(pieces, i) else 0.0
            score = best[i] + max(width, 0.25) * surety - _GAP_COST * inside - _INK_COST * through
            if score > best[j]:
                best[j], back[j] = score, (i, k)
    path, j = [], len(cuts) - 1
    while j > 0 and back[j][0] >= 0:
        j, k = back[j]
        if k >= 0:
            path.append(k)
    return path[::-1]


def _is_inner(pieces: _Pieces, cut: int) -> bool:
    """Whether a cut goes through ink: no gap on either side."""
    return 0 < cut < len(pieces.empty) and not pieces.empty[cut - 1] and not pieces.empty[cut]


def _crop(rgb: NDArray[np.uint8], pieces: _Pieces, i: int, j: int) -> NDArray[np.uint8]:
    """Return the picture between two cuts, as high as the line, with paper around it as far as neighbors allow."""
    tall = pieces.rows[1] - pieces.rows[0]
    pad = 0.12 * tall
    left = pieces.cuts[i] - (
        min(pad, (pieces.cuts[i] - pieces.cuts[i - 1]) / 2) if i and pieces.empty[i - 1] else 0 if i else pad
    )
    after = j < len(pieces.empty)
    right = pieces.cuts[j] + (
        min(pad, (pieces.cuts[j + 1] - pieces.cuts[j]) / 2) if after and pieces.empty[j] else 0 if after else pad
    )
    top, bottom = pieces.rows[0] - pad, pieces.rows[1] + pad
    height, width = rgb.shape[:2]
    x0, y0 = min(max(0, int(left / pieces.scale[0])), width - 1), min(max(0, int(top / pieces.scale[1])), height - 1)
    x1, y1 = max(int(np.ceil(right / pieces.scale[0])), x0 + 1), max(int(np.ceil(bottom / pieces.scale[1])), y0 + 1)
    cut = rgb[y0:y1, x0:x1]
    side = max(*cut.shape[:2], MIN_SIDE_PX)
    free_y, free_x = side - cut.shape[0], side - cut.shape[1]
    # a square, as single glyphs are shown: the paper beside them goes on
    return cv2.copyMakeBorder(
        cut,
        free_y // 2,
        free_y - free_y // 2,
        free_x // 2,
        free_x - free_x // 2,
        cv2.BORDER_CONSTANT,
        value=_paper(cut),
    )  # type: ignore[return-value]  # OpenCV's types: any array


def _paper(cut: NDArray[np.uint8]) -> tuple[int, ...]:
    """Return the median of the rows at its top and its foot; several times faster than NumPy's on small arrays."""
    border = np.concatenate([cut[0], cut[-1]])  # an even number: the median is the mean of the two in the middle
    middle = len(border) // 2
    low, high = np.partition(border, (middle - 1, middle), axis=0)[middle - 1 : middle + 1].tolist()
    return tuple((a + b) // 2 for a, b in zip(low, high, strict=True))
