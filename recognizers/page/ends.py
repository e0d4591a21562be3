"""The ends of a line that was found: a finder takes what stands beside a line for more of it, a crack in a wall or the
rim of a board, and the recognizer reads a glyph there, in doubt. Without those ends the line is read once more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recognizers.geometry import TextLine
from recognizers.reading import GlyphReading, Reading
from recognizers.straightening import MARGIN, Straight

_JUNK, _SURE = 0.85, 0.95  # confidence of a glyph that may be none, below; and of most of the others, at least
_MOST, _LEAST_LEFT = 4, 3  # glyphs that are cut off an end, at most; glyphs that are left, at least
_KNOTS = 9


def doubtful_ends_cut(line: TextLine, straight: Straight, reading: Reading) -> tuple[TextLine, Straight] | None:
    """Return a line and its straight picture without the glyphs in doubt at its ends; None where there are none, or
    where the rest is not sure enough to tell, and for what cannot be cut.
    """
    glyphs = reading.glyphs
    first, last = _cut(glyphs), len(glyphs) - _cut(glyphs[::-1])
    left = [glyph for glyph in glyphs[first:last] if glyph.char != " "]
    if (first, last) == (0, len(glyphs)) or len(left) < _LEAST_LEFT:
        return None
    if float(np.median([glyph.confidence for glyph in left])) < _SURE:
        return None
    width, high = straight.image.shape[1], straight.image.shape[0] / (1 + 2 * MARGIN)
    x0, x1 = left[0].span_px[0], left[-1].span_px[1]
    before = [glyph.span_px[1] for glyph in glyphs[:first] if glyph.char != " "]
    after = [glyph.span_px[0] for glyph in glyphs[last:] if glyph.char != " "]
    low = max(0, round(max(x0 - MARGIN * high, (x0 + before[-1]) / 2 if before else -1.0)))
    end = min(width, round(min(x1 + MARGIN * high, (x1 + after[0]) / 2 if after else width)))
    part = straight.part(low, end)
    if part is None or end - low < high:
        return None
    at = np.linspace(np.clip(x0, low, end), np.clip(x1, low, end), _KNOTS) - 0.5
    columns = np.arange(width)
    top, bottom = (
        np.stack([np.interp(at, columns, edge[:, i]) for i in (0, 1)], axis=1)
        for edge in (straight.top, straight.bottom)
    )
    if not np.ptp(top[:, 0]) + np.ptp(top[:, 1]):
        return None
    return replace(line, top=top, bottom=bottom), part


def _cut(glyphs: tuple[GlyphReading, ...]) -> int:
    """Return how many glyphs, spaces among them, are in doubt before the first that is not; 0 where they are many."""
    n = 0
    for k, glyph in enumerate(glyphs):
        if glyph.char != " " and glyph.confidence >= _JUNK:
            return k
        n += glyph.char != " "
        if n > _MOST:
            return 0
    return 0
