"""Re-reading of a line that was read in doubt: it may be askew in its crop, or the crop far too wide.

A line recognizer takes its picture for one straight line that fills the height. Where it doubts what it read, or read
next to nothing in a long picture, the finder looks for the line, straightens it and has it read again; the reading that
is surer of itself stands. Where the finder sees several lines, or one in pieces, the first reading stands: a piece is
easily surer than the whole. Most lines are sure, and cost nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glyphgen.images import PictureLike, load_picture
from glyphgen.script import Script
from recognizers.line_reader import Finder, LineReader
from recognizers.reading import Reading
from recognizers.straightening import Straight, rectify

ROWS_PX = 48  # height of a straightened line
MIN_SHARE = 0.5  # of what the finder saw as writing, that must speak for the script
MIN_WRITING = (
    0.8  # how sure the finder must be of writing; on synthetic validation pages recall and precision meet near it
)
# When to look again: only what the finder's time is worth, for the surer reading stands either way
_DOUBTFUL = 0.9  # below this confidence
_SPARSE = 1.0  # width of the picture over its height and its number of glyphs and spaces: fewer do not fill a line


class Rereader:
    """Reads pictures of one line with a reader, and those it doubts once more with a finder's help."""

    def __init__(self, reader: LineReader, finder: Finder) -> None:
        self.reader, self.finder = reader, finder

    @property
    def script(self) -> Script:
        return self.reader.script

    def read(self, picture: PictureLike) -> Reading:
        """Read one picture. Raises PictureError, see load_picture."""
        return self.read_batch([picture])[0]

    def read_batch(self, pictures: Sequence[PictureLike]) -> list[Reading]:
        """Read pictures together; the same as reading each alone. Raises PictureError for one that cannot be read."""
        arrays = [load_picture(picture) for picture in pictures]
        return [self._again(rgb, first) for rgb, first in zip(arrays, self.reader.read_batch(arrays), strict=True)]

    def _again(self, rgb: NDArray[np.uint8], first: Reading) -> Reading:
        height, width = rgb.shape[:2]
        if first.confidence >= _DOUBTFUL and width <= _SPARSE * height * len(first.text):
            return first
        found = [
            line for line in self.finder.find(rgb) if line.confidence >= MIN_WRITING and line.script_share >= MIN_SHARE
        ]
        if len(found) != 1:
            return first
        straight = rectify(rgb, found[0], ROWS_PX)
        second = self.reader.read(straight.image)
        return _spread(second, straight, width) if second.confidence > first.confidence else first


def _spread(reading: Reading, straight: Straight, width: int) -> Reading:
    """Give the glyphs of a straightened line their place along the picture, from the left."""
    glyphs = []
    for glyph in reading.glyphs:
        x = straight.quad_of(*glyph.span_px)[:, 0]  # top left, top right, bottom right, bottom left
        ends = np.clip([(x[0] + x[3]) / 2, (x[1] + x[2]) / 2], 0, width).tolist()
        glyphs.append(replace(glyph, span_px=(min(ends), max(ends))))
    return replace(reading, glyphs=tuple(glyphs))
