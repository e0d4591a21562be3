"""The ink of a pen that grows and shrinks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from glyphgen.shapes import ink
from glyphgen.shapes.hands import HANDS
from glyphgen.shapes.handwriting import Trace
from glyphgen.shapes.ink import inked
from glyphgen.shapes.outline import contour_area, intersection_over_union
from glyphgen.shapes.pen import Drawing


def trace(points: list[tuple[float, float]], widths: list[float]) -> Trace:
    return Trace(np.array(points), np.arange(len(points)) / 100, np.array(widths))


def area(*traces: Trace) -> float:
    """In square em, of what is seen."""
    return float(inked(traces, 1.0).rasterize(400)[0].sum()) / 255 / 400**2


def test_a_dot_is_a_disc_and_a_line_a_band_with_round_ends() -> None:
    assert area(trace([(0, 0)], [0.2])) == pytest.approx(np.pi * 0.01, rel=0.04)
    assert area(trace([(0, 0), (0, 0)], [0.2, 0.2])) == pytest.approx(np.pi * 0.01, rel=0.04)
    assert area(trace([(0, 0), (0.5, 0)], [0.2, 0.2])) == pytest.approx(0.1 + np.pi * 0.01, rel=0.02)


def test_between_two_widths_it_is_the_hull_of_both_discs() -> None:
    outline = inked([trace([(0, 0), (0.5, 0.2)], [0.1, 0.3])], 1.0)
    turn = np.linspace(0, 2 * np.pi, 360)
    discs = [
        np.stack([x + r * np.cos(turn), y + r * np.sin(turn)], axis=1) for x, y, r in ((0, 0, 0.05), (0.5, 0.2, 0.15))
    ]
    hull = cv2.convexHull(np.concatenate(discs).astype(np.float32))
    assert contour_area(outline.contours[0]) == pytest.approx(cv2.contourArea(hull), rel=0.02)
    assert outline.bounds == pytest.approx((-0.05, -0.05, 0.65, 0.35), abs=0.006)


@pytest.mark.parametrize("widths", [[0.4, 0.1], [0.1, 0.4]])
def test_a_disc_inside_of_another_adds_nothing(widths: list[float]) -> None:
    assert area(trace([(0, 0), (0.05, 0)], widths)) == pytest.approx(np.pi * 0.04, rel=0.04)


def test_all_contours_run_one_way_so_none_cuts_a_hole(hylian: Drawing) -> None:
    rng = np.random.default_rng(0)
    for hand in HANDS.values():
        for char in hylian.script.visible:
            assert all(contour_area(contour) > 0 for contour in hylian.written(char, hand, rng).contours)


def test_points_that_change_nothing_are_left_out(hylian: Drawing, monkeypatch: pytest.MonkeyPatch) -> None:
    traces = [hylian.traces(char, HANDS["stylus"], np.random.default_rng(1)) for char in "ABD"]
    few = [inked(one, 1.0) for one in traces]
    monkeypatch.setattr(ink, "TOLERANCE_EM", 0.0)
    for thin, whole in zip(few, [inked(one, 1.0) for one in traces], strict=True):
        assert len(thin.contours) < 0.4 * len(whole.contours)
        assert intersection_over_union(thin.rasterize(150)[0], whole.rasterize(150)[0]) > 0.95
