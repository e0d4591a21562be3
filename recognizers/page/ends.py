"""The ends of a line that was found. A finder takes what stands beside a line for more of it, a crack in a wall or the
rim of a board, and the recognizer reads a glyph there, in doubt: without those ends the line is read once more. And of
small lines it loses glyphs at the ends: there the recognizer is shown what lies beyond, and what it reads next to the
line, without doubt, is part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from recognizers.geometry import PixelPoints, TextLine, overlap
from recognizers.reading import GlyphReading, Reading
from recognizers.straightening import MARGIN, Straight, rectify

_JUNK, _SURE = 0.85, 0.95  # confidence of a glyph that may be none, below; and of most of the others, at least
_FAR = 1.5  # heights: a glyph that stands so far from the next is in doubt below _SURE
_MOST, _LEAST_LEFT = 4, 3  # glyphs that are cut off an end, at most; glyphs that are left, at least
_KNOTS = 9
# Beyond a line: how far is looked, in heights; what may come before the next glyph, in heights; and how sure that is
_REACH, _NEXT, _PARTS = 4.0, 1.6, (0.3, 0.55, 0.8)
_BESIDE = 0.25  # heights around those glyphs, whose places are known by the reader's steps only
_SMALL_PX = 16.0  # height below which ends are lost often; of larger lines those are tried whose glyphs touch the edge
_TOUCHES = 0.1  # heights
_LEAST_REACH = 0.5  # heights: in less room there is no glyph
_TAKEN = 0.05  # share of what lies beyond that lies in another line: then it is that line's


def doubtful_ends_cut(line: TextLine, straight: Straight, reading: Reading) -> tuple[TextLine, Straight] | None:
    """Return a line and its straight picture without the glyphs in doubt at its ends; None where there are none, or
    where the rest is not sure enough to tell, and for what cannot be cut.
    """
    glyphs = reading.glyphs
    far = _FAR * straight.image.shape[0] / (1 + 2 * MARGIN)
    first, last = _cut(glyphs, far), len(glyphs) - _cut(glyphs[::-1], far)
    left = [glyph for glyph in glyphs[first:last] if glyph.char != " "]
    if (first, last) == (0, len(glyphs)) or len(left) < _LEAST_LEFT:
        return None
    if float(np.median([glyph.confidence for glyph in left])) < _SURE:
        return None
    return _only(line, straight, glyphs, first, last)


def reaching_beyond(
    line: TextLine, straight: Straight, reading: Reading, others: Iterable[TextLine]
) -> tuple[TextLine, Straight] | None:
    """Return a line that goes on beyond the ends of this one, but not into other lines of its picture, and its straight
    picture; None where nothing speaks for that.
    """
    glyphs = [glyph for glyph in reading.glyphs if glyph.char != " "]
    if straight.page is None or not glyphs or len(line.top) < 2:
        return None
    width, high = straight.image.shape[1], straight.image.shape[0] / (1 + 2 * MARGIN)
    touch = _TOUCHES * high
    is_small = line.height_px < _SMALL_PX
    ends = is_small or glyphs[0].span_px[0] < touch, is_small or glyphs[-1].span_px[1] > width - touch
    size = np.array(straight.page.shape[1::-1], float)
    quads = [other.quad for other in others if other is not line]
    lengths = [_free(line, size, is_last, quads) if is_tried else 0.0 for is_last, is_tried in enumerate(ends)]
    if not any(lengths):
        return None
    top, bottom = (_longer(edge, *lengths) for edge in (line.top, line.bottom))
    reached = replace(line, top=top, bottom=bottom)
    return reached, rectify(straight.page, reached, straight.image.shape[0])


def with_lost_ends(
    line: TextLine, reached: TextLine, wide: Straight, reading: Reading
) -> list[tuple[TextLine, Straight]]:
    """Return parts of a line that reaches beyond another, `wide` its straight picture: the other with the glyphs that
    stand next to it and are more or less sure; and the straight pictures of those parts. None where there are no such
    glyphs.
    """
    width, high = wide.image.shape[1], wide.image.shape[0] / (1 + 2 * MARGIN)
    per_px = high / line.height_px
    x0, x1 = (MARGIN * high + per_px * float(np.linalg.norm(_middle(line)[k] - _middle(reached)[k])) for k in (0, -1))
    x1 = width - x1
    glyphs = reading.glyphs
    inside = [k for k, glyph in enumerate(glyphs) if glyph.char != " " and x0 <= sum(glyph.span_px) / 2 <= x1]
    if not inside:
        return []
    spans = {
        (
            _first_of(glyphs, inside[0], high, least),
            len(glyphs) - _first_of(glyphs[::-1], len(glyphs) - 1 - inside[-1], high, least),
        )
        for least in _PARTS
    } - {(inside[0], inside[-1] + 1)}
    parts = [_only(reached, wide, glyphs, *span, _BESIDE) for span in sorted(spans)]
    return [part for part in parts if part is not None]


def _first_of(glyphs: Sequence[GlyphReading], k: int, high: float, least: float) -> int:
    """Return the first of the glyphs before the kth, back from it, that are so sure at least and stand next to each
    other.
    """
    at = k
    for j in range(k - 1, -1, -1):
        if glyphs[j].char == " ":
            continue
        if glyphs[j].confidence < least or _gap(glyphs[j], glyphs[at]) > _NEXT * high:
            break
        at = j
    return at


def _middle(line: TextLine) -> PixelPoints:
    return (line.top + line.bottom) / 2


def _free(line: TextLine, size: PixelPoints, is_last: int, quads: Sequence[PixelPoints]) -> float:
    """Return how far, in px, a line can go on at its end inside of a picture of `size` and out of other lines."""
    middle = _middle(line)
    end, before = (middle[-1], middle[-2]) if is_last else (middle[0], middle[1])
    way = (end - before) / max(float(np.linalg.norm(end - before)), 1e-6)
    moves = np.abs(way) > 1e-3
    room = np.where(way > 0, size - end, end)[moves] / np.abs(way[moves])
    length = max(0.0, min([_REACH * line.height_px, *room.tolist()])) if moves.any() else 0.0
    k = -1 if is_last else 0
    while length >= _LEAST_REACH * line.height_px:  # as far as no other line is in the way
        beyond = np.stack([line.top[k], line.top[k] + length * way, line.bottom[k] + length * way, line.bottom[k]])
        if not any(overlap(beyond, quad)[1] > _TAKEN for quad in quads):
            return length
        length -= line.height_px
    return 0.0


def _longer(edge: PixelPoints, first: float, last: float) -> PixelPoints:
    """Return an edge (k, 2) that goes straight on by so many px at its ends."""
    ways = [(a - b) / max(float(np.linalg.norm(a - b)), 1e-6) for a, b in ((edge[0], edge[1]), (edge[-1], edge[-2]))]
    parts = [edge[:1] + first * ways[0]] * bool(first), [edge], [edge[-1:] + last * ways[1]] * bool(last)
    return np.concatenate([one for part in parts for one in part])


def _only(
    line: TextLine, straight: Straight, glyphs: Sequence[GlyphReading], first: int, last: int, beside: float = 0.0
) -> tuple[TextLine, Straight] | None:
    """Return a line and its straight picture with the glyphs from `first` to before `last` only, and so many heights
    beside them.
    """
    width, high = straight.image.shape[1], straight.image.shape[0] / (1 + 2 * MARGIN)
    left = [glyph for glyph in glyphs[first:last] if glyph.char != " "]
    x0, x1 = left[0].span_px[0] - beside * high, left[-1].span_px[1] + beside * high
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


def _cut(glyphs: Sequence[GlyphReading], far: float) -> int:
    """Return how many glyphs, spaces among them, are in doubt before the first that is not; 0 where they are many. Of
    one that stands so far (px) from the next it takes less to be in doubt.
    """
    visible = [k for k, glyph in enumerate(glyphs) if glyph.char != " "]
    for n, k in enumerate(visible[: _MOST + 1]):
        is_far = n + 1 < len(visible) and _gap(glyphs[k], glyphs[visible[n + 1]]) > far
        if glyphs[k].confidence >= (_SURE if is_far else _JUNK):
            return k
    return 0


def _gap(a: GlyphReading, b: GlyphReading) -> float:
    """Return the px between two glyphs; below 0 where they overlap."""
    return max(a.span_px[0], b.span_px[0]) - min(a.span_px[1], b.span_px[1])
