import cv2
import numpy as np
import pytest

from glyphgen.shapes.invented import DRAWING_PX, draw, random_alphabet
from glyphgen.shapes.skeleton import follow


def sheet(*lines: list[tuple[int, int]], closed: bool = False) -> np.ndarray:
    """Polylines of (x, y) in a picture of 60 px, pen 3."""
    image = np.zeros((60, 60), np.uint8)
    cv2.polylines(image, [np.array(line) for line in lines], closed, 255, 3)
    return image


def lengths(image: np.ndarray) -> list[float]:
    """Of the strokes, the longest first, in px."""
    found = [float(np.hypot(*np.diff(line.knots, axis=0).T).sum()) for line in follow(image)]
    return sorted((40 * length for length in found), reverse=True)


def test_a_cross_is_two_strokes_and_a_t_too() -> None:
    assert lengths(sheet([(30, 10), (30, 50)], [(10, 30), (50, 30)])) == pytest.approx([40, 40], abs=4)
    assert lengths(sheet([(10, 10), (50, 10)], [(30, 10), (30, 50)])) == pytest.approx([40, 40], abs=5)


def test_a_line_a_ring_and_a_dot_are_one_stroke_each() -> None:
    assert lengths(sheet([(10, 10), (50, 50)])) == pytest.approx([40 * 2**0.5], abs=3)
    assert lengths(sheet([(10, 10), (50, 10), (50, 50), (10, 50)], closed=True)) == pytest.approx([160], abs=16)
    (dot,) = follow(cv2.circle(np.zeros((60, 60), np.uint8), (30, 30), 1, 255, -1))
    assert len(dot.knots) >= 2
    assert np.isfinite(dot.knots).all()


def test_pieces_apart_are_strokes_apart_and_no_ink_is_none() -> None:
    assert len(follow(sheet([(10, 10), (50, 10)], [(10, 40), (50, 40)]))) == 2
    assert follow(np.zeros((60, 60), np.uint8)) == ()


def test_what_is_drawn_again_looks_like_what_it_was() -> None:
    """In no haste, most of the ink of each lies within 8 px of the other's, once both are of one size."""
    near = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        picture = draw(random_alphabet(rng, 1).glyphs[0], rng, 0.0)
        again = draw(follow(picture), rng, 0.0)
        for one, other in ((placed(picture), placed(again)), (placed(again), placed(picture))):
            far = cv2.distanceTransform(255 - other, cv2.DIST_L2, 5)
            near.append(float((far[one > 127] < 8).mean()))
    assert np.mean(near) > 0.97
    assert np.quantile(near, 0.05) > 0.9


def placed(image: np.ndarray) -> np.ndarray:
    """The ink in the upper left of a square, its larger side 100 px."""
    ys, xs = np.nonzero(image > 127)
    cut = image[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    scale = 100 / max(cut.shape)
    large = cv2.resize(cut, (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale))))
    square = np.zeros((DRAWING_PX, DRAWING_PX), np.uint8)
    square[: large.shape[0], : large.shape[1]] = (large > 127) * 255
    return square
