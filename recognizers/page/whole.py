"""A whole picture: its lines are found and read, whichever way they run, and put in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from recognizers.geometry import TextLine, in_reading_order, overlap
from recognizers.line_reader import Finder
from recognizers.page.directions import ReadFound, read_in_all_directions
from recognizers.page.page import Page, PageLine
from recognizers.page.reread import MIN_WRITING

# reads a picture (h, w, 3) in one of these scripts, any where there are none; nothing where it is no such picture
ReadRegion = Callable[[NDArray[np.uint8], frozenset[str]], tuple[PageLine, ...]]

# log odds of one glyph at most; by how much another way must say more; and how much less it may say if it is one line
# where there were pieces, which easily share a glyph at their ends
_MOST_SAID, _CLEARLY, _ABOUT = 3.0, 2.0, 4.0
_PART = 0.5  # share of a line that lies in another one: it is a part of that


def read_whole(
    rgb: NDArray[np.uint8], finder: Finder, read_found: ReadFound, read_sheet: ReadRegion, read_alone: ReadRegion
) -> Page:
    """Read a picture (h, w, 3): the lines that a finder finds, whichever way they run. Where none of them counts, it is
    read as an empty sheet with writing, and where nothing else was found but doubtful lines, as one line. Those ways
    stand too where they clearly say more than the lines do, or say as much in one line: a finder knows lines as they
    stand in pictures, and takes a crop of one in a script that it has never seen for several pieces. So they do
    where they say as much as lines of the picture turned: there are scripts that can be read upside down. Beside other
    writing they do not, but for what may be a piece of a line that counts, of which the finder saw an end only.
    """
    height, width = rgb.shape[:2]
    found, read, turn_deg = read_in_all_directions(rgb, finder, read_found)
    lines = in_order(found, read)
    known = [line for line in lines if line.script]
    # rows and crops of other writing are no lines of a script either; but what stands in a row with a line that is read
    # may be a piece of it
    others = [line for line in lines if line.reason == "other"]
    is_other = any(turn_deg or not _in_rows_of(line, known) for line in others)
    if not known:
        alone = read_sheet(rgb, frozenset()) or (() if is_other else read_alone(rgb, frozenset()))
        return Page(width, height, alone or lines)
    if is_other or any(line.is_column or line.turn_deg != turn_deg for line in known):
        return Page(width, height, lines, turn_deg)
    n_pieces = len(known) + len(others)
    for read_region in (read_sheet, read_alone):
        again = read_region(rgb, frozenset(line.script for line in known))
        if not again or (others and not all(_in_rows_of(line, known) for line in again)):
            continue
        is_joined = len(again) == 1 < n_pieces
        margin = 0.0 if turn_deg else -_ABOUT if is_joined else _CLEARLY
        if _says(again) >= _says(lines) + margin:
            lines, turn_deg, n_pieces = again, 0, len(again)
    return Page(width, height, lines, turn_deg)


def _in_rows_of(line: PageLine, lines: Sequence[PageLine]) -> bool:
    """Whether a line stands beside one of the lines, or where it does: they share half the height of the lower one."""
    top, bottom = line.quad[:, 1].min(), line.quad[:, 1].max()
    spans = [(one.quad[:, 1].min(), one.quad[:, 1].max()) for one in lines]
    return any(min(bottom, b) - max(top, a) >= 0.5 * min(bottom - top, b - a) for a, b in spans)


def _says(lines: Sequence[PageLine]) -> float:
    """Return how much lines say: the log odds of their glyphs, each within bounds, so that one more glyph counts for
    more than a surer one, and one in doubt against them.
    """
    sure = [g.confidence for line in lines if line.script for g in line.reading.glyphs if g.char.strip()]
    return float(np.clip([np.log((p + 1e-9) / (1 - p + 1e-9)) for p in sure], -_MOST_SAID, _MOST_SAID).sum())


def in_order(found: Sequence[TextLine], lines: Sequence[PageLine]) -> tuple[PageLine, ...]:
    """Return the lines of a picture as they were read: first those in a script, in an order that nothing else on the
    page disturbs; then what is surely writing, but of another kind, and no part of a line that was read.
    """
    read = {id(line): one for line, one in zip(found, lines, strict=True)}
    known = [line for line in found if read[id(line)].reading.is_script]
    others = [
        line
        for line in found
        if not read[id(line)].reading.is_script
        and line.confidence >= MIN_WRITING
        and all(overlap(line.quad, read[id(one)].quad)[1] < _PART for one in known)
    ]
    return tuple(read[id(line)] for line in in_reading_order(known) + others)
