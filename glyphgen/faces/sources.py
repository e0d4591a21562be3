"""Where glyphs come from: a drawing, a font, MNIST digits, folders of crops.

A `GlyphSource` makes faces. A `Face` is one hand or one cut of a type: for every visible grapheme one or more
`Cut`s, coverage ready to paste on a baseline, at each size of `LEVELS_PX`. Faces are made once, from a seed;
after that a glyph is an array lookup.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.faces.face import LEVELS_PX, Cut, Face, GlyphSource, face_of_outlines, random_style, restyled
from glyphgen.files import DataError
from glyphgen.script import Script
from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.hands import Hand, check_hand, find_hand
from glyphgen.shapes.pen import Drawing, Style

_TIMES_WRITTEN = 4  # each glyph of a hand: a line shows the same one rarely twice


class DrawnSource(GlyphSource):
    """Faces from our strokes: type in many cuts, and a share of handwriting, a share of that in a hurry. With a `hand`
    (see `shapes.hands`) all but the first are written by people with that mouse, finger or stylus, or with any of them
    ("mixed"), each glyph a few times. Raises DataError for a hand that does not exist.
    """

    def __init__(
        self, drawing: Drawing, handwritten_share: float = 0.1, hurried_share: float = 0.0, hand: str = ""
    ) -> None:
        self.drawing, self.script = drawing, drawing.script
        self.handwritten_share, self.hurried_share = handwritten_share, hurried_share
        self.hand = check_hand(hand)

    def faces(self, n: int, rng: np.random.Generator) -> list[Face]:
        cap = max(self.drawing.outline(char).bounds[3] for char in self.script.visible)
        if self.hand:
            plain = self._face(Style(), cap, rng)
            return [plain] + [self._written(find_hand(self.hand, rng).person(rng), cap, rng) for _ in range(n - 1)]
        styles = [Style()] + [random_style(rng, self.handwritten_share, self.hurried_share) for _ in range(n - 1)]
        return [self._face(style, cap, rng) for style in styles]

    def _face(self, style: Style, cap_em: float, rng: np.random.Generator) -> Face:
        outlines = {char: [self.drawing.outline(char, style, rng)] for char in self.script.visible}
        return face_of_outlines(outlines, cap_em, self.drawing.advances_em[" "] * style.width)

    def _written(self, person: Hand, cap_em: float, rng: np.random.Generator) -> Face:
        outlines = {
            char: [self.drawing.written(char, person, rng) for _ in range(_TIMES_WRITTEN)]
            for char in self.script.visible
        }
        return face_of_outlines(outlines, cap_em, self.drawing.advances_em[" "] * person.stretch_range[0])


class FontSource(GlyphSource):
    """Faces from a font file: its outlines, slanted, widened and made bolder or lighter."""

    def __init__(self, font: OpenFont, script: Script) -> None:
        self.font, self.script = font, script
        self.outlines = font.outlines(script)

    def faces(self, n: int, rng: np.random.Generator) -> list[Face]:
        cap = max(o.bounds[3] for o in self.outlines.values())
        made = []
        for i in range(n):
            style = Style() if i == 0 else random_style(rng, 0.0)
            shapes = {c: [restyled(o, style)] for c, o in self.outlines.items()}
            made.append(face_of_outlines(shapes, cap, self.font.space_em * style.width))
        return made


class ImageSource(GlyphSource):
    """Faces from pictures of single glyphs, such as MNIST digits: coverage uint8 (n, h, w), ink 255,
    with a label each.
    """

    def __init__(self, script: Script, images: NDArray[np.uint8], labels: list[str], n_alternatives: int = 8) -> None:
        self.script, self.images, self.n_alternatives = script, images, n_alternatives
        self.where = {c: [i for i, label in enumerate(labels) if label == c] for c in script.visible}
        if missing := [c for c, rows in self.where.items() if not rows]:
            raise DataError(f"no pictures for {' '.join(missing)} of script {script.name!r}")

    def faces(self, n: int, rng: np.random.Generator) -> list[Face]:
        cap = float(np.median([_ink_height(self.images[i]) for rows in self.where.values() for i in rows[:20]]))
        made = []
        for _ in range(n):
            picks = {
                c: rng.choice(rows, min(self.n_alternatives, len(rows)), replace=False)
                for c, rows in self.where.items()
            }
            levels = tuple(
                {c: [_cut_of_image(self.images[i], px / cap) for i in rows] for c, rows in picks.items()}
                for px in LEVELS_PX
            )
            made.append(Face(levels, tuple(0.5 * px for px in LEVELS_PX)))
        return made


def _ink_height(image: NDArray[np.uint8]) -> int:
    rows = np.where(image.max(axis=1) > 64)[0]
    return int(rows[-1] - rows[0] + 1) if len(rows) else image.shape[0]


def _cut_of_image(image: NDArray[np.uint8], scale: float) -> Cut:
    rows, columns = np.where(image.max(axis=1) > 24)[0], np.where(image.max(axis=0) > 24)[0]
    ink = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    coverage = cv2.resize(ink, size, interpolation=cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA)
    coverage = cv2.copyMakeBorder(
        coverage, 1, 1, 1, 1, cv2.BORDER_CONSTANT
    )  # the empty pixel around ink that cuts have
    return Cut(coverage, 0, -size[1] - 1, size[0] + 3 * scale)  # type: ignore[arg-type]  # OpenCV's stubs know no dtype


__all__ = ["Cut", "DrawnSource", "Face", "FontError", "FontSource", "GlyphSource", "ImageSource", "LEVELS_PX"]
