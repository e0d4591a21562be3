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

_PART = 0.5  # share of a line that lies in another one: it is a part of that


def read_whole(
    rgb: NDArray[np.uint8],
    finder: Finder,
    read_found: ReadFound,
    read_sheet: Callable[[NDArray[np.uint8]], tuple[PageLine, ...]],
    read_alone: Callable[[NDArray[np.uint8]], tuple[PageLine, ...]],
) -> Page:
    """Read a picture (h, w, 3): the lines that a finder finds, whichever way they run; where none of them counts, as an
    empty sheet with writing; and where nothing was found at all, as one line.
    """
    height, width = rgb.shape[:2]
    found, read, turn_deg = read_in_all_directions(rgb, finder, read_found)
    lines = in_order(found, read)
    if any(line.script for line in lines):
        return Page(width, height, lines, turn_deg)
    return Page(width, height, read_sheet(rgb) or lines or read_alone(rgb))


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
