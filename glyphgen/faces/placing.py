"""How large glyphs are beside each other, and where they stand on the line: what lone pictures of them tell of it.

Pictures on canvases of one size show both. Canvases that were trimmed to the ink keep the size where the pictures are
of one scale. Pictures each of a scale of its own, as where every glyph fills its canvas, tell neither: but the strokes
of one script are of one weight, so a glyph whose strokes would be heavy at full height is likely a small one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.shapes.skeleton import thinned

# heights and bottoms of signs whose pictures do not tell how large they are, in heights of the letters
_SIGNS = {".": (0.16, 0.0), ",": (0.3, -0.12), "'": (0.3, 0.7), "-": (0.14, 0.42), ":": (0.6, 0.0), "…": (0.16, 0.0)}
_ONE_SIZE = 0.03  # by which share canvases of one size may differ
_ONE_WEIGHT = 0.3  # spread of the logarithm of stroke widths of pictures of one scale
_FILLED, _FILLED_SHARE = 0.04, 0.95  # by which share glyphs that fill their canvases differ in it, and how many do
_WIDEST = 1.6  # width of a glyph of unknown size in heights of the letters: a dash is not as high as they are
# share of faces whose glyphs stand as the pictures tell, or are at least as large; and, where they tell neither, as
# large as their strokes make likely. The others are all as high as letters
_TOLD, _SIZED, _BY_STROKE = 0.65, 0.85, 0.4
_FULL = 0.8  # the height of letters: of this share of them none is higher
_LEAST_HEIGHT = 0.02
_STROKE_PX = 256  # longest side of the ink in which the width of strokes is measured


@dataclass(frozen=True)
class Place:
    """The height of a glyph's ink and its bottom over the line, both in heights of the letters."""

    height: float
    bottom: float


@dataclass(frozen=True)
class _Ink:
    """Of one picture: height of the canvas, its ink's top, bottom, width, and width of its strokes, px."""

    canvas: tuple[int, int]
    top: int
    bottom: int
    width: int
    stroke: float

    @property
    def height(self) -> int:
        return self.bottom - self.top


class Placing:
    """The places of a lesson's glyphs: `pictures[char]` are ink (h, w), 255 where there is any, on their canvases."""

    def __init__(self, pictures: Mapping[str, Sequence[NDArray[np.uint8]]]) -> None:
        self._inks = {char: [_measured(ink) for ink in inks] for char, inks in pictures.items()}
        every = [ink for inks in self._inks.values() for ink in inks]
        letters = [ink for char, inks in self._inks.items() for ink in inks if char.isalnum()] or every
        self._stroke = float(np.median([ink.stroke / ink.height for ink in letters]))
        self.has_sizes = len(every) > 1 and _is_of_one_scale(letters) and not _are_fitted(every)
        self.has_positions = self.has_sizes and _is_of_one_canvas(every)
        self._full = float(np.quantile([ink.height for ink in letters], _FULL, method="nearest"))
        self._base = float(np.median([ink.bottom for ink in letters]))
        sized = self._stroke if not self.has_sizes else float(np.median([ink.stroke for ink in letters])) / self._full
        self.stroke = sized  # width of the strokes in heights of the letters

    def plain(self, char: str, k: int) -> Place:
        """Return where picture k of a glyph most likely stands."""
        if self.has_positions:
            return self._given(self._inks[char][k])
        if char in _SIGNS:
            return Place(*_SIGNS[char])
        height = self._sized(self._inks[char][k]) if self.has_sizes else self._alone(self._inks[char][k])
        return Place(height, 0.0 if self.has_sizes else max(0.0, (1 - height) / 2))

    def drawn(self, chosen: Mapping[str, int], rng: np.random.Generator) -> dict[str, Place]:
        """Return places for a face that has picture `chosen[char]` of each glyph: mostly what the pictures tell, and
        now and then otherwise, for the lines to be read may be set otherwise.
        """
        told = _TOLD if self.has_positions else 0.0
        sized = _SIZED if self.has_sizes else _BY_STROKE
        way, at = rng.random(), float(rng.choice([0.0, 0.5, 0.5, 1.0]))  # the line, the middle, the top
        places = {}
        for char, k in chosen.items():
            ink = self._inks[char][k]
            if way < told:
                place = self._given(ink)
            elif char in _SIGNS:
                place = Place(*_SIGNS[char])
            elif way < sized:
                height = self._sized(ink) if self.has_sizes else self._by_stroke(ink)
                place = Place(height, at * (1 - height) if height < 1 else (1 - height) / 2)
            else:
                height = self._alone(ink)
                place = Place(height, at * (1 - height))
            places[char] = place
        return places

    def _given(self, ink: _Ink) -> Place:
        return Place(self._sized(ink), (self._base - ink.bottom) / self._full)

    def _sized(self, ink: _Ink) -> float:
        return max(_LEAST_HEIGHT, ink.height / self._full)

    def _alone(self, ink: _Ink) -> float:
        """Return the height of a glyph that is as high as the letters, unless it would be far wider than they are."""
        return float(np.clip(_WIDEST * ink.height / ink.width, _LEAST_HEIGHT, 1.0))

    def _by_stroke(self, ink: _Ink) -> float:
        """Return the height at which a glyph's strokes are as heavy as those of the others."""
        alone = self._alone(ink)
        return float(np.clip(self._stroke / (ink.stroke / ink.height), 0.25 * alone, alone))


def _measured(ink: NDArray[np.uint8]) -> _Ink:
    mask = ink > 127
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    cut = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint8)
    scale = min(1.0, _STROKE_PX / max(cut.shape))  # a photograph has no more to tell
    size = max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale))
    small = cv2.resize(cut * 255, size, interpolation=cv2.INTER_AREA) if scale < 1 else cut * 255
    room = cv2.copyMakeBorder(np.asarray(small > 127, np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    stroke = float(room.sum()) / max(int(thinned(room > 0).sum()), 1) / scale
    return _Ink(
        (ink.shape[0], ink.shape[1]),
        int(rows[0]),
        int(rows[-1]) + 1,
        int(columns[-1] - columns[0]) + 1,
        max(stroke, 1.0),
    )


def _is_of_one_canvas(inks: Sequence[_Ink]) -> bool:
    """Whether all pictures have the same height, and the ink is not put in the middle of each: then nobody has said
    where it stands.
    """
    heights = [ink.canvas[0] for ink in inks]
    margins = [(ink.top, ink.canvas[0] - ink.bottom) for ink in inks]
    are_centered = all(abs(above - below) <= 1 for above, below in margins) and np.ptp([ink.height for ink in inks]) > 2
    is_trimmed = all(np.ptp(sides) <= 1 for sides in zip(*margins, strict=True)) and np.ptp(heights) > 0
    return bool(max(heights) - min(heights) <= _ONE_SIZE * max(heights)) and not is_trimmed and not are_centered


def _is_of_one_scale(inks: Sequence[_Ink]) -> bool:
    """Whether strokes are about as heavy in all pictures."""
    strokes = np.log([ink.stroke for ink in inks])
    return float(np.mean(np.abs(strokes - np.median(strokes)))) < _ONE_WEIGHT


def _are_fitted(inks: Sequence[_Ink]) -> bool:
    """Whether each glyph fills a canvas of one size, as icons do."""
    filled = np.array([max(ink.height / ink.canvas[0], ink.width / ink.canvas[1]) for ink in inks])
    share = np.mean(np.abs(filled / np.median(filled) - 1) < _FILLED)
    return bool(share >= _FILLED_SHARE) and len({ink.canvas for ink in inks}) == 1
