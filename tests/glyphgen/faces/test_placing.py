"""Sizes and places of glyphs, from lone pictures of them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from glyphgen.faces.placing import Placing

_BOXES = {"A": (30, 70), "B": (30, 70), "C": (50, 70), "G": (50, 88), "L": (12, 70)}  # tops and bottoms


def _drawn(top: int, bottom: int, canvas: tuple[int, int] = (100, 80), pen: int = 5) -> NDArray[np.uint8]:
    """An open box as high as that, outer edges."""
    ink = np.zeros(canvas, np.uint8)
    half = pen // 2
    for a, b in (((20, top), (20, bottom - 1)), ((20, bottom - 1), (40, bottom - 1))):
        cv2.rectangle(ink, (a[0], min(a[1], b[1] - 2 * half)), (b[0] + 2 * half, b[1]), 255, -1)
    return ink


def _trimmed(ink: NDArray[np.uint8], margin: int = 4) -> NDArray[np.uint8]:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.asarray(cv2.copyMakeBorder(cut, *[margin] * 4, cv2.BORDER_CONSTANT), np.uint8)


def test_canvases_of_one_size_tell_sizes_and_places() -> None:
    placing = Placing({char: [_drawn(*box)] for char, box in _BOXES.items()})
    assert placing.has_sizes
    assert placing.has_positions
    assert placing.plain("A", 0).height == 1.0
    assert placing.plain("A", 0).bottom == 0.0
    assert placing.plain("C", 0).height == pytest.approx(0.5)
    assert placing.plain("G", 0).bottom == pytest.approx(-18 / 40)
    assert placing.plain("L", 0).height == pytest.approx(58 / 40)


def test_ink_in_the_middle_of_each_canvas_tells_sizes_alone() -> None:
    pictures = {}
    for char, (top, bottom) in _BOXES.items():
        first = 50 - (bottom - top) // 2
        pictures[char] = [_drawn(first, first + bottom - top)]
    placing = Placing(pictures)
    assert placing.has_sizes
    assert not placing.has_positions
    assert placing.plain("C", 0).height == pytest.approx(0.5)


def test_photographs_take_no_longer() -> None:
    large = {c: [np.asarray(cv2.resize(_drawn(*box), None, fx=20, fy=20), np.uint8)] for c, box in _BOXES.items()}
    small = Placing({char: [_drawn(*box)] for char, box in _BOXES.items()})
    placing = Placing(large)
    assert placing.stroke == pytest.approx(small.stroke, rel=0.25)
    assert placing.plain("C", 0).height == pytest.approx(0.5, abs=0.02)


def test_trimmed_canvases_of_one_scale_tell_sizes() -> None:
    placing = Placing({char: [_trimmed(_drawn(*box))] for char, box in _BOXES.items()})
    assert placing.has_sizes
    assert not placing.has_positions
    assert placing.plain("C", 0).height == pytest.approx(0.5)
    rng = np.random.default_rng(0)
    bottoms = {round(placing.drawn(dict.fromkeys(_BOXES, 0), rng)["C"].bottom, 2) for _ in range(60)}
    assert {0.0, 0.25, 0.5} <= bottoms, "on the line, in the middle and at the top: nobody has said where"


def test_glyphs_that_fill_their_canvases_tell_no_sizes() -> None:
    """Each scaled so that it fills its canvas, as icons are."""
    pictures = {}
    for char, box in _BOXES.items():
        cut = _trimmed(_drawn(*box), 0)
        scale = 80 / max(cut.shape)
        cut = np.asarray(cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        canvas = np.zeros((96, 96), np.uint8)
        y, x = (96 - cut.shape[0]) // 2, (96 - cut.shape[1]) // 2
        canvas[y : y + cut.shape[0], x : x + cut.shape[1]] = cut
        pictures[char] = [canvas]
    placing = Placing(pictures)
    assert not placing.has_sizes
    assert placing.plain("C", 0).height == 1.0
    rng = np.random.default_rng(1)
    heights = [placing.drawn(dict.fromkeys(_BOXES, 0), rng) for _ in range(60)]
    assert any(place["C"].height < 0.8 <= place["A"].height for place in heights), "the heavy one is the small one"


def test_pictures_of_different_scales_tell_no_sizes() -> None:
    large = cv2.resize(_drawn(30, 70), None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    placing = Placing({"A": [_drawn(30, 70)], "B": [np.asarray(large, np.uint8)], "C": [_drawn(20, 60)]})
    assert not placing.has_sizes
    assert placing.plain("B", 0).height == placing.plain("A", 0).height == 1.0


def test_a_dash_is_not_as_high_as_a_letter() -> None:
    dash = np.zeros((40, 80), np.uint8)
    dash[18:22, 8:72] = 255
    alone = Placing({"A": [dash]})
    assert alone.plain("A", 0).height == pytest.approx(1.6 * 4 / 64)
    assert alone.plain("A", 0).bottom == pytest.approx((1 - 0.1) / 2)


def test_signs_stand_where_signs_stand_unless_the_canvas_tells() -> None:
    dot = np.zeros((100, 80), np.uint8)
    dot[60:70, 40:50] = 255
    told = Placing({**{char: [_drawn(*box)] for char, box in _BOXES.items()}, ".": [dot]})
    assert told.plain(".", 0).height == pytest.approx(0.25)
    not_told = Placing({"A": [_drawn(30, 70)], ".": [_trimmed(dot)], "B": [_trimmed(_drawn(30, 70), 9)]})
    assert (not_told.plain(".", 0).height, not_told.plain(".", 0).bottom) == (0.16, 0.0)
