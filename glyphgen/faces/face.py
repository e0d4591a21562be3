"""A face: all glyphs of a script in one style, cut at a few sizes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from glyphgen.script import Script
from glyphgen.shapes.outline import Coverage, Outline
from glyphgen.shapes.pen import Style

LEVELS_PX = (24, 48)  # capital heights at which cuts are kept; lines are warped from the nearest one above

_HURRIED_SLANT_DEG, _HURRIED_WIDTH = 10.0, 0.2  # deviations, of a hand in a hurry
HEAVIER_EM = 0.06  # how far the contours of a font are moved outward for a weight of 2


@dataclass(frozen=True, eq=False)
class Cut:
    """Coverage (h, w) of one glyph; left and top in px from the pen position on the baseline; advance in px; blank is
    how far in px its ink is from the left, top, right and bottom edge of the coverage.
    """

    coverage: Coverage
    left: int
    top: int
    advance: float
    blank: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Face:
    """cuts[level][char] lists the alternatives for a grapheme; space_px[level] is the width of a space."""

    cuts: tuple[dict[str, list[Cut]], ...]
    space_px: tuple[float, ...]

    def can_write(self, text: str) -> bool:
        """Return whether every visible grapheme of a canonical text has a cut."""
        return all(char == " " or char in self.cuts[0] for char in text)

    def cut(self, char: str, level: int, rng: np.random.Generator) -> Cut:
        """Return one of the alternatives for a grapheme."""
        alternatives = self.cuts[level][char]
        return alternatives[0] if len(alternatives) == 1 else alternatives[int(rng.integers(len(alternatives)))]


class GlyphSource(ABC):
    """Makes faces of a script."""

    script: Script

    @abstractmethod
    def faces(self, n: int, rng: np.random.Generator) -> list[Face]:
        """Return n faces. The first is the plain one where there is such a thing."""


def random_style(rng: np.random.Generator, handwritten_share: float, hurried_share: float = 0.0) -> Style:
    """Draw a style: near the drawing more often than far, wide enough to hold other people's drawings of it. Of those
    by hand, hurried_share are drawn in a hurry.
    """
    slant = float(rng.normal(0, 5)) if rng.random() < 0.5 else 0.0
    width = float(np.clip(rng.normal(1, 0.09), 0.75, 1.3))
    if rng.random() < handwritten_share:
        pen = float(rng.uniform(0.035, 0.12))
        if hurried_share and rng.random() < hurried_share:
            slant, width = float(rng.normal(0, _HURRIED_SLANT_DEG)), float(np.exp(rng.normal(0, _HURRIED_WIDTH)))
            return Style(slant_deg=slant, width=width, jitter_em=0.01, is_handwritten=True, pen_em=pen, is_hurried=True)
        return Style(
            slant_deg=slant, width=width, jitter_em=float(rng.uniform(0.003, 0.018)), is_handwritten=True, pen_em=pen
        )
    return Style(
        weight=float(np.clip(rng.normal(0.98, 0.16), 0.55, 1.4)),
        contrast=float(np.clip(rng.normal(0, 0.15), -0.35, 0.4)),
        pen_angle_deg=float(rng.normal(0, 5)),
        slant_deg=slant,
        width=width,
        jitter_em=float(abs(rng.normal(0, 0.007))),
    )


def style_matrix(style: Style) -> NDArray[np.float64]:
    """Return the map (2, 3) that widens and slants outlines as a style says."""
    shear = style.width * np.tan(np.radians(style.slant_deg))
    return np.array([[style.width, shear, 0.0], [0.0, 1.0, 0.0]])


def restyled(outline: Outline, style: Style, heavier_em: float = HEAVIER_EM) -> Outline:
    """Return an outline made bolder or lighter, widened and slanted as a style says; a weight of 2 moves each contour
    outward by heavier_em.
    """
    return outline.embolden(heavier_em * (style.weight - 1)).transform(style_matrix(style))


def face_of_outlines(outlines: dict[str, list[Outline]], cap_em: float, space_em: float) -> Face:
    """Rasterize outlines at every level; lower levels are area averages of the highest."""
    top_px = LEVELS_PX[-1]
    high: dict[str, list[Cut]] = {}
    for char, variants in outlines.items():
        high[char] = []
        for outline in variants:
            coverage, left, top = outline.rasterize(top_px / cap_em)
            high[char].append(Cut(coverage, int(left), int(top), outline.advance_em * top_px / cap_em))
    levels = tuple({c: [shrink(cut, px / top_px) for cut in cuts] for c, cuts in high.items()} for px in LEVELS_PX)
    return Face(levels, tuple(space_em * px / cap_em for px in LEVELS_PX))


def tight_cut(coverage: MatLike, left: int, top: int, advance: float) -> Cut:
    """Return a cut that knows where its ink is; the coverage (h, w) uint8 has some."""
    array = np.asarray(coverage, np.uint8)
    columns, rows = np.flatnonzero(array.any(axis=0)), np.flatnonzero(array.any(axis=1))
    after = array.shape[1] - 1 - columns[-1], array.shape[0] - 1 - rows[-1]
    return Cut(array, left, top, advance, (float(columns[0]), float(rows[0]), float(after[0]), float(after[1])))


def shrink(cut: Cut, scale: float) -> Cut:
    """Return the cut at a smaller size; 1 / scale must be a whole number."""
    if scale == 1:
        return cut
    left, top = int(np.floor(cut.left * scale)), int(np.floor(cut.top * scale))
    height = int(np.ceil((cut.top + cut.coverage.shape[0]) * scale)) - top
    width = int(np.ceil((cut.left + cut.coverage.shape[1]) * scale)) - left
    shift_x, shift_y = cut.left * scale - left, cut.top * scale - top
    step = round(1 / scale)
    padded = np.zeros((height * step, width * step), np.uint8)
    y, x = round(shift_y * step), round(shift_x * step)
    padded[y : y + cut.coverage.shape[0], x : x + cut.coverage.shape[1]] = cut.coverage
    small = cv2.resize(padded, (width, height), interpolation=cv2.INTER_AREA)
    before = (x + cut.blank[0]) * scale, (y + cut.blank[1]) * scale
    after = (
        width - (x + cut.coverage.shape[1] - cut.blank[2]) * scale,
        height - (y + cut.coverage.shape[0] - cut.blank[3]) * scale,
    )
    return Cut(small, left, top, cut.advance * scale, (*before, *after))  # type: ignore[arg-type]  # OpenCV's stubs
