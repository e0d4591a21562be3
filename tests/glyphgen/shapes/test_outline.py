import numpy as np
import pytest

from glyphgen.shapes.outline import Outline, intersection_over_union

SQUARE = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])


def ring() -> Outline:
    return Outline((SQUARE, (SQUARE * 0.5 + 0.25)[::-1]), 1.2)


def test_a_counter_leaves_paper_and_its_area_counts_negative() -> None:
    coverage, left, top = ring().rasterize(40)
    assert ring().area == pytest.approx(0.75)
    assert coverage.sum() / 255 == pytest.approx(0.75 * 1600, rel=0.01)
    assert coverage[21, 21] == 0
    assert (left, top) == (-1, -41)


def test_overlapping_contours_unite() -> None:
    two = Outline((SQUARE, SQUARE + np.array([0.5, 0])), 2.0)
    assert two.rasterize(40)[0].sum() / 255 == pytest.approx(
        1.5 * 1600, rel=0.015
    )  # cv2 fills the pixels on an edge too


def test_a_contour_that_crosses_itself_has_no_hole() -> None:
    turns = np.radians(90 + 144 * np.arange(5))
    star = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    for contour in (star, star[::-1]):
        coverage, left, top = Outline((contour,), 1.0).rasterize(60)
        assert coverage[round(-top), round(-left)] == 255  # the pentagon in the middle of the pentagram
        # five points and the pentagon: the outline of a pentagram with circumradius 1 holds 1.123 square units
        assert coverage.sum() / 255 == pytest.approx(1.123 * 3600, rel=0.03)


def test_transform_moves_points_and_a_mirror_keeps_counters() -> None:
    moved = ring().transform(np.array([[2.0, 0, 1], [0, 1, 0]]))
    assert moved.bounds == (1, 0, 3, 1)
    assert moved.advance_em == pytest.approx(2.4)
    mirrored = ring().transform(np.array([[-1.0, 0, 0], [0, 1, 0]]))
    assert mirrored.area == pytest.approx(0.75)


@pytest.mark.parametrize("offset", [0.1, -0.1])
def test_embolden_grows_and_shrinks_a_square_by_its_offset(offset: float) -> None:
    fat = Outline((SQUARE,), 1.0).embolden(offset)
    assert fat.area == pytest.approx((1 + 2 * offset) ** 2)


def test_no_contours_give_no_pixels() -> None:
    assert Outline((), 0.5).rasterize(40)[0].size == 0
    assert Outline((), 0.5).bounds == (0, 0, 0, 0)


def test_overlap_compares_shapes_whatever_their_size() -> None:
    small, large = ring().rasterize(30)[0], ring().rasterize(90)[0]
    assert intersection_over_union(small, large) > 0.9
    assert intersection_over_union(large, Outline((SQUARE,), 1).rasterize(90)[0]) == pytest.approx(0.75, abs=0.03)
