import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.geometry import TextLine, best_of, fit_line, in_reading_order, joined, overlap
from recognizers.straightening import rectify


def straight_line(
    x: float, y: float, length: float, high: float, angle_deg: float = 0.0, confidence: float = 0.9
) -> TextLine:
    a = np.radians(angle_deg)
    along, down = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
    top = np.array([x, y]) + np.linspace(0, length, 9)[:, None] * along
    return TextLine(top, top + high * down, confidence, 1.0)


@settings(max_examples=40, deadline=None)
@given(st.floats(-20, 20), st.floats(60, 300), st.floats(10, 40))
def test_a_turned_line_is_fitted_from_its_cells(angle_deg: float, length: float, high: float) -> None:
    line = straight_line(50, 150, max(length, 2.5 * high), high, angle_deg)
    a = np.radians(angle_deg)
    inside = []
    for x in np.arange(2, 500, 4.0):
        for y in np.arange(2, 500, 4.0):
            p = np.array([x, y]) - line.top[0]
            u, v = p @ [np.cos(a), np.sin(a)], p @ [-np.sin(a), np.cos(a)]
            if 0.25 * high <= u <= line.length_px - 0.25 * high and 0.3 * high <= v <= 0.7 * high:
                inside.append((x, y, v / np.cos(a), (high - v) / np.cos(a)))  # distances run along y
    x, y, up, down = np.array(inside).T
    ones = np.ones(len(x))
    found = fit_line(x, y, up, down, 0.9 * ones, 0.05 * ones, 0.25, 4.0)
    assert found is not None
    assert overlap(found.quad, line.quad)[0] > 0.8
    assert abs(found.height_px / high - 1) < 0.1
    assert found.script_share == pytest.approx(0.9 / 0.95)


def test_overlap_of_squares() -> None:
    a = straight_line(0, 0, 10, 10).quad
    assert overlap(a, a) == pytest.approx((1.0, 1.0))
    assert overlap(a, a + np.array([5, 0])) == pytest.approx((1 / 3, 1 / 2))
    assert overlap(a, a + np.array([20, 0])) == (0.0, 0.0)


def test_nearly_equal_quads_overlap() -> None:
    a = np.array([[48.3, 150.5], [116.6, 130.7], [119.4, 140.3], [51.1, 160.1]])
    b = np.array([[50.0, 150.0], [115.5, 131.0], [118.3, 140.6], [52.8, 159.6]])
    assert overlap(a, b)[0] > 0.9
    turned = straight_line(0, 0, 40, 40, 45).quad + np.array([20.0, 20 - 20 * 2**0.5])
    assert overlap(straight_line(0, 0, 40, 40).quad, turned)[0] == pytest.approx(
        0.707, abs=0.01
    )  # an octagon in a square


def test_of_the_same_line_found_twice_one_is_kept() -> None:
    whole, piece = straight_line(0, 0, 200, 20, confidence=0.9), straight_line(20, 1, 60, 18, confidence=0.92)
    other = straight_line(0, 40, 200, 20)
    assert best_of([piece, whole, other]) == [whole, other] or best_of([piece, whole, other]) == [other, whole]


def test_pieces_of_one_line_are_joined_and_lines_of_a_block_are_not() -> None:
    left, right, below = (
        straight_line(0, 0, 100, 20, 10),
        straight_line(110, 110 * np.tan(np.radians(10)), 80, 20, 10),
        straight_line(0, 60, 90, 20),
    )
    lines = joined([right, below, left])
    assert len(lines) == 2
    long = max(lines, key=lambda line: line.length_px)
    assert long.length_px == pytest.approx(190, abs=4)
    assert long.height_px == pytest.approx(20, abs=1)
    assert len(joined([straight_line(0, 0, 100, 20), straight_line(300, 0, 100, 20)])) == 2


def test_reading_order_is_top_down_and_sign_by_sign() -> None:
    left = [straight_line(0, 0, 100, 20), straight_line(0, 30, 100, 20)]
    right = [straight_line(300, 2, 100, 20), straight_line(300, 32, 100, 20)]
    assert in_reading_order([right[1], left[1], right[0], left[0]]) == [*left, *right]
    assert in_reading_order([straight_line(0, 100, 50, 20), top := straight_line(0, 0, 50, 20)])[0] == top


@pytest.mark.parametrize("angle_deg", [-20, -10, 0, 10, 20])
def test_the_order_of_a_turned_sign_does_not_depend_on_its_lengths(angle_deg: float) -> None:
    a = np.radians(angle_deg)
    down = np.array([-np.sin(a), np.cos(a)])
    for lengths in ([6, 4, 10, 9, 10], [10, 2, 3, 10], [2, 10, 2]):
        starts = [np.array([200.0, 200.0]) + k * 30 * down for k in range(len(lengths))]
        lines = [straight_line(*start, 20.0 * n, 20, angle_deg) for start, n in zip(starts, lengths, strict=True)]
        assert in_reading_order(lines[::-1]) == lines


def test_nothing_has_no_order() -> None:
    assert in_reading_order([]) == []


def test_a_straight_line_is_cut_out_as_it_is_and_maps_back() -> None:
    page = np.random.default_rng(0).integers(0, 255, (200, 400, 3)).astype(np.uint8)
    line = straight_line(100, 80, 160, 40)
    straight = rectify(page, line, height_px=56, margin=0.2)
    assert straight.image.shape == (56, 224 - 48 + 0, 3) or straight.image.shape[1] == round((160 / 40 + 0.4) * 40)
    middle = page[72:128, 92:268]
    assert np.abs(straight.image.astype(int) - middle[:, : straight.image.shape[1]].astype(int)).mean() < 2
    quad = straight.quad_of(8, 168)
    assert np.abs(quad - line.quad).max() < 1.0


def test_a_line_at_the_edge_of_a_large_picture_can_be_cut_out() -> None:
    page = np.full((300, 500, 3), 200, np.uint8)
    assert rectify(page, straight_line(-5, -20, 400, 200, 12)).image.mean() == pytest.approx(200, abs=1)
