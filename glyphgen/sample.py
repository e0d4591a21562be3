"""Sample and PageSample, the only things that leave glyphgen: a picture, and all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (height, width, 3) RGB


@dataclass(frozen=True, eq=False)
class Sample:
    """One labelled picture: image (h, w, 3) RGB uint8; canonical text; boxes (n_glyphs, 4) float px as x0 y0 x1 y1,
    one for each character of the text that leaves ink, in order; origin says where it came from; letters is the text
    as a person would write it, "" where nobody knows.

    What is rendered has quads (n_glyphs, 4, 2), the same boxes as they lie, and line (4, 2), the line between baseline
    and capital height: x y in px, top left first, clockwise, not cut to the picture. Where masks were asked for, ink
    (h, w) uint8 is how much of each pixel the text covers, without the writing beside it, and glyph_map (h, w) uint16
    says of which glyph, counted from 1; 0 is none. Where letters join or carry marks, units (n_glyphs) are the parts of
    the text that the boxes are of.
    """

    image: Image
    text: str
    boxes: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4)))
    origin: str = ""
    letters: str = ""
    quads: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4, 2)))
    line: NDArray[np.float64] | None = None
    ink: NDArray[np.uint8] | None = None
    glyph_map: NDArray[np.uint16] | None = None
    units: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LabelledLine:
    """One line of writing on a page: its text; top and bottom (k, 2) px, the edges of its capitals from left to right,
    which may bend; whether it is in the script asked for, and can be read; the name of its script, "" where nobody
    says; its letters as a person would write them, without spaces, "" where they are not known; and the height of
    its capitals in px, where that is known apart from the edges.
    """

    text: str
    top: NDArray[np.float64]
    bottom: NDArray[np.float64]
    is_script: bool = True
    is_legible: bool = True
    script: str = ""
    letters: str = ""
    capitals_px: float | None = None

    @property
    def height_px(self) -> float:
        """The height of its capitals, as far as is known."""
        return self.capitals_px or float(np.linalg.norm(self.bottom - self.top, axis=1).mean())

    @property
    def quad(self) -> NDArray[np.float64]:
        """Return the corners (4, 2): top left, top right, bottom right, bottom left."""
        return np.stack([self.top[0], self.top[-1], self.bottom[-1], self.bottom[0]])


@dataclass(frozen=True, eq=False)
class PageSample:
    """A picture with any number of lines: image (h, w, 3) RGB uint8. has_more_writing: beside them there may be other
    writing than the script that no line tells of.
    """

    image: Image
    lines: tuple[LabelledLine, ...]
    origin: str = ""
    has_more_writing: bool = False

    def outlined(self) -> Sample:
        """Return the page with its lines drawn around, to look at: green for the script, red for other writing."""
        image = self.image.copy()
        for line in self.lines:
            color = ((0, 220, 0) if line.is_script else (230, 0, 0)) if line.is_legible else (150, 150, 0)
            outline = np.round(np.concatenate([line.top, line.bottom[::-1]])).astype(np.int32)
            cv2.polylines(image, [outline], True, color, 1, cv2.LINE_AA)
        return Sample(image, " / ".join(line.text for line in self.lines if line.is_script), origin=self.origin)
