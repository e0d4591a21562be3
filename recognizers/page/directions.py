"""Which way lines run. A picture may lie on its side or upside down; on one that does not, a line may still stand:
turned by a quarter, or as a column of upright glyphs from top to bottom.

The finder knows lines that run from left to right. So the picture is looked at in `Views`: as it is, and turned by one,
two or three quarters to the left; what is found there is carried back into the picture. As it is it is looked at
first. Only where that gives nothing sure the other three are, and the view in which most is read decides how the
picture lies. Last comes the view from its side, for the lines that stand. A view is looked at coarsely first, at a
third of the cost, and closely only where that gives reason to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizers.geometry import PixelPoints, TextLine
from recognizers.line_reader import Finder
from recognizers.page.columns import rows_of
from recognizers.page.finding import as_any_writing
from recognizers.page.page import PageLine
from recognizers.page.reread import MIN_WRITING, ROWS_PX
from recognizers.straightening import Straight, rectify

ReadFound = Callable[[Sequence[TextLine], Sequence[Straight]], list[tuple[PageLine, float]]]

# chance, confidence and visible glyphs of a line that says how the picture lies. Whatever else is tried must come to as
# much: of many ways to look at writing of another kind some say a glyph or two
_SETTLED = 0.9, 0.8, 4
_STANDS, _COLUMN = (0.9, 0.9, 5), (0.95, 0.99, 5)
_SMALL_PX = 12.0  # height of lines below which a coarse look may miss them
_SAME = 0.3  # of a line lies in lines that were read: it is nothing of its own
# length over height of a line that may stand: what is shorter runs either way, and no column is that long; and how many
# of a view are tried, the surest
_STANDING, _MOST_STANDING = (1.8, 40.0), 12


class Views:
    """A picture (h, w, 3), and what a finder finds in it turned to the left by `quarters`; each view is looked at
    once.
    """

    def __init__(self, rgb: NDArray[np.uint8], finder: Finder) -> None:
        self.rgb, self.finder = rgb, finder
        self._seen: dict[tuple[int, bool], tuple[list[TextLine], list[Straight]]] = {}

    def look(self, quarters: int, is_coarse: bool = False) -> tuple[list[TextLine], list[Straight]]:
        """Return the lines that run across the view, and their straight pictures, both carried into the picture. A
        coarse look misses small ones; where the view was seen closely already, that is returned.
        """
        quarters %= 4
        is_coarse = is_coarse and (quarters, False) not in self._seen
        if (quarters, is_coarse) not in self._seen:
            view = np.ascontiguousarray(np.rot90(self.rgb, quarters))
            found = self.finder.find(view, is_coarse=is_coarse)
            straights = [rectify(view, line, ROWS_PX) for line in found]
            size = self.rgb.shape[1], self.rgb.shape[0]
            self._seen[quarters, is_coarse] = (
                [
                    replace(
                        line, top=turned_back(line.top, quarters, size), bottom=turned_back(line.bottom, quarters, size)
                    )
                    for line in found
                ],
                [
                    replace(
                        one,
                        top=turned_back(one.top, quarters, size),
                        bottom=turned_back(one.bottom, quarters, size),
                        page=self.rgb,
                    )
                    for one in straights
                ],
            )
        return self._seen[quarters, is_coarse]


def turned_back(points: PixelPoints, quarters: int, size: tuple[int, int]) -> PixelPoints:
    """Return where points (n, 2) of a picture turned to the left lie in the picture of `size` (width, height)."""
    width, height = size
    x, y = points[:, 0], points[:, 1]
    turned = ((x, y), (width - y, x), (width - x, height - y), (y, height - x))[quarters % 4]
    return np.stack(turned, axis=1)


def read_in_all_directions(
    rgb: NDArray[np.uint8], finder: Finder, read: ReadFound
) -> tuple[list[TextLine], list[PageLine], int]:
    """Find and read the lines of a picture, whichever way they run. Returns them as they were found and as they were
    read, and by how many degrees, clockwise, the picture is turned: 0, 90, 180 or 270.
    """
    views = Views(rgb, finder)
    quarters, best = 0, _read_across(views, read, 0)
    if not _is_settled(best):
        quarters, best = _likeliest_view(views, read, best)
    found = views.look(quarters)[0]
    lines = [line for line, _ in best]
    standing, read_standing = _read_standing(views, quarters, read, [line.quad for line in lines if line.script])
    return [*found, *standing], [*_turned(lines, 90 * quarters), *read_standing], 90 * quarters


def _likeliest_view(
    views: Views, read: ReadFound, as_is: list[tuple[PageLine, float]]
) -> tuple[int, list[tuple[PageLine, float]]]:
    """Return the view that most is read in, and what is; the picture as it is where nothing is read in any."""
    for is_coarse in (True, False):
        choices = [_read_across(views, read, k, is_coarse) for k in (1, 2, 3)]
        weights = [_weight(as_is), *(_weight(choice) if _is_settled(choice) else 0.0 for choice in choices)]
        if any(weights) or not _has_small_writing(views):
            break
    if not any(weights):  # there may be columns and nothing else
        columns = [_read_columns(*_may_stand(*views.look(k + 1, is_coarse=True)), read) for k in range(4)]
        weights = [_weight(choice) if _is_settled(choice, _COLUMN) else 0.0 for choice in columns]
    best = int(np.argmax(weights))  # the first of the greatest
    return best, _read_across(views, read, best) if best else as_is


def _read_across(views: Views, read: ReadFound, quarters: int, is_coarse: bool = False) -> list[tuple[PageLine, float]]:
    found, straights = views.look(quarters, is_coarse)
    return read(found, straights) if found else []


def _has_small_writing(views: Views) -> bool:
    """Whether something surely is writing, in the picture as it is or in a coarse look at it turned, and so small that
    a close look may see more of it.
    """
    looks = [views.look(0), *(views.look(k, is_coarse=True) for k in (1, 2, 3))]
    return any(line.confidence >= MIN_WRITING and line.height_px < _SMALL_PX for found, _ in looks for line in found)


def _is_settled(read: Iterable[tuple[PageLine, float]], least: tuple[float, float, int] = _SETTLED) -> bool:
    return any(_is_sure(line, chance, least) for line, chance in read)


def _is_sure(line: PageLine, chance: float, least: tuple[float, float, int]) -> bool:
    n_visible = sum(glyph.char != " " for glyph in line.reading.glyphs)
    return bool(line.script) and chance >= least[0] and line.reading.confidence >= least[1] and n_visible >= least[2]


def _weight(read: Iterable[tuple[PageLine, float]]) -> float:
    """Return how much was read: glyphs, each by how likely its line is one of the script, and read right."""
    return sum(chance * line.reading.confidence * len(line.reading.glyphs) for line, chance in read if line.script)


def _read_standing(
    views: Views, quarters: int, read: ReadFound, taken: Sequence[PixelPoints]
) -> tuple[list[TextLine], list[PageLine]]:
    """Return the lines that stand in the picture, but for those in places that are taken: each as the likeliest of a
    column, a line turned to the right and one turned to the left, if any of these counts.
    """
    found, straights = _free_to_stand(*views.look(quarters + 1, is_coarse=True), taken)
    if found:
        found, straights = _free_to_stand(*views.look(quarters + 1), taken)
    if not found:
        return [], []
    to_right = _turned_read(read(found, straights), 90 * (quarters + 1))
    flipped = [_flipped_line(line) for line in as_any_writing(found)], [_flipped(one) for one in straights]
    to_left = _turned_read(read(*flipped), 90 * (quarters + 3))
    columns = [
        (replace(line, is_column=True, turn_deg=90 * quarters % 360), chance)
        for line, chance in _read_columns(found, straights, read)
    ]
    best = [max(ways, key=_rank) for ways in zip(columns, to_right, to_left, strict=True)]
    kept = [
        k for k, (line, chance) in enumerate(best) if _is_sure(line, chance, _COLUMN if line.is_column else _STANDS)
    ]
    return [found[k] for k in kept], [best[k][0] for k in kept]


def _free_to_stand(
    found: Sequence[TextLine], straights: Sequence[Straight], taken: Sequence[PixelPoints]
) -> tuple[list[TextLine], list[Straight]]:
    """Return those that may stand, and are no part of lines in places that are taken."""
    found, straights = _may_stand(found, straights)
    free = [k for k, line in enumerate(found) if _covered(line, taken) < _SAME]
    return [found[k] for k in free], [straights[k] for k in free]


def _covered(line: TextLine, quads: Sequence[PixelPoints]) -> float:
    """Return which share of a line lies in any of the quads, 1 where it crosses two: letters below each other on a sign
    are no column.
    """
    points = np.concatenate([line.top + at * (line.bottom - line.top) for at in (0.25, 0.5, 0.75)]).astype(np.float32)
    hulls = [cv2.convexHull(quad.astype(np.float32)) for quad in quads]
    inside = np.array([[cv2.pointPolygonTest(hull, point.tolist(), False) >= 0 for point in points] for hull in hulls])
    if not inside.any():
        return 0.0
    return 1.0 if inside.any(axis=1).sum() > 1 else float(inside.any(axis=0).mean())


def _may_stand(found: Sequence[TextLine], straights: Sequence[Straight]) -> tuple[list[TextLine], list[Straight]]:
    """Return those that are surely writing, and too long to run the other way; the surest of them."""
    least, most = _STANDING
    kept = [
        k
        for k, line in enumerate(found)
        if line.confidence >= MIN_WRITING and least <= line.length_px / max(line.height_px, 1e-6) <= most
    ]
    kept = sorted(sorted(kept, key=lambda k: -found[k].confidence)[:_MOST_STANDING])
    return [found[k] for k in kept], [straights[k] for k in kept]


def _read_columns(
    found: Sequence[TextLine], straights: Sequence[Straight], read: ReadFound
) -> list[tuple[PageLine, float]]:
    """Read lines that were found from the side as columns, each cut in the likeliest way. The ways are read apart from
    each other: they are alternatives, and must not count as lines of one sign.
    """
    neutral, ways = as_any_writing(found), [rows_of(one) for one in straights]
    best: dict[int, tuple[PageLine, float]] = {}
    for rank in range(max(map(len, ways), default=0)):
        has_way = [k for k, rows in enumerate(ways) if len(rows) > rank]
        readings = read([neutral[k] for k in has_way], [ways[k][rank] for k in has_way])
        for k, one in zip(has_way, readings, strict=True):
            if k not in best or _rank(one) > _rank(best[k]):
                best[k] = one
    return [best[k] for k in range(len(found))]


def _rank(one: tuple[PageLine, float]) -> tuple[bool, float]:
    return bool(one[0].script), one[1]


def _turned_read(read: Iterable[tuple[PageLine, float]], degrees: int) -> list[tuple[PageLine, float]]:
    return [(replace(line, turn_deg=degrees % 360), chance) for line, chance in read]


def _turned(lines: Iterable[PageLine], degrees: int) -> list[PageLine]:
    return [replace(line, turn_deg=degrees % 360) for line in lines]


def _flipped_line(line: TextLine) -> TextLine:
    return replace(line, top=line.bottom[::-1], bottom=line.top[::-1])


def _flipped(straight: Straight) -> Straight:
    image = np.ascontiguousarray(straight.image[::-1, ::-1])
    return replace(straight, image=image, top=straight.bottom[::-1], bottom=straight.top[::-1])
