"""How fast a hand runs along a path, and what that does to it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from glyphgen.shapes.hand_motion import TICKS_HZ, bends, evenly, moved, speeds, tremor, velocity
from glyphgen.shapes.outline import Points
from glyphgen.shapes.pen import Drawing, curve

CORNER = np.array([[0.0, 0.6], [0.0, 0.0], [0.6, 0.0]])


def ellipse(width: float, height: float) -> Points:
    t = np.linspace(0, 2 * np.pi, 400)
    return evenly(np.stack([width * np.cos(t), height * np.sin(t)], axis=1))


def curvature(points: Points) -> np.ndarray:
    """1 / em, of points that were reached at even times."""
    (dx, dy), (ddx, ddy) = np.gradient(points, axis=0).T, np.gradient(np.gradient(points, axis=0), axis=0).T
    return np.asarray(np.abs(dx * ddy - dy * ddx) / np.maximum(np.hypot(dx, dy), 1e-9) ** 3)


def test_even_steps_keep_the_ends_and_the_way() -> None:
    points = evenly(CORNER, 0.01)
    assert points[[0, -1]] == pytest.approx(CORNER[[0, -1]])
    assert np.hypot(*np.diff(points, axis=0).T) == pytest.approx(0.01, rel=0.3)
    dot = evenly(np.zeros((2, 2)))
    assert dot.shape == (2, 2)


@pytest.mark.parametrize("radius", [0.1, 0.3])
def test_a_circle_bends_by_its_inverse_radius(radius: float) -> None:
    felt = bends(ellipse(radius, radius))
    assert felt[20:-20] == pytest.approx(1 / radius, rel=0.03)
    assert bends(evenly(CORNER[:2])).max() < 1e-6


def test_speed_falls_as_the_cube_root_of_the_bend() -> None:
    """The two-thirds power law, where bends are sharp; straight lines are not infinitely fast."""
    path = ellipse(0.5, 0.12)
    bend, speed = bends(path)[20:-20], speeds(path, 3.0)[20:-20]
    sharp = bend > 8
    assert np.polyfit(np.log(bend[sharp]), np.log(speed[sharp]), 1)[0] == pytest.approx(-1 / 3, abs=0.06)
    line = speeds(evenly(np.array([[0.0, 0.0], [0.6, 0.0]])), 3.0)
    assert line == pytest.approx(3.0)


def test_what_a_hand_does_to_glyphs_obeys_the_law(hylian: Drawing) -> None:
    """Not only what it means to do: of where it is, speed and curvature are measured."""
    found = []
    for char in hylian.script.visible:
        for stroke in hylian.strokes[char]:
            path = evenly(curve(stroke.ribs.mean(axis=1), stroke.is_corner))
            way = moved(path, 3.0, 0.012)
            bend, speed = curvature(way), velocity(way)
            inside = slice(len(way) // 5, -len(way) // 5)  # at its ends it comes from rest
            if np.quantile(bend[inside], 0.9) > 4 * max(np.quantile(bend[inside], 0.1), 0.5):
                found.append(np.corrcoef(np.log(bend[inside] + 1), np.log(speed[inside]))[0, 1])
    assert len(found) > 20
    assert np.mean(found) < -0.6
    assert np.mean(np.array(found) < 0) > 0.9


def test_faster_hands_cut_corners_more() -> None:
    def missed(speed_em_s: float, rounding_s: float) -> float:
        return float(np.hypot(*moved(evenly(CORNER), speed_em_s, rounding_s).T).min())

    at_speeds = [missed(speed, 0.02) for speed in (1.0, 2.0, 4.0, 8.0)]
    assert all(b > 1.4 * a for a, b in pairwise(at_speeds))
    assert missed(4.0, 0.04) > 1.5 * missed(4.0, 0.02)
    assert missed(4.0, 0.0) < 0.01


def test_a_hand_begins_and_ends_at_the_ends_and_slowly() -> None:
    way = moved(evenly(CORNER), 3.0, 0.02)
    assert np.hypot(*(way[[0, -1]] - CORNER[[0, -1]]).T).max() < 0.006
    fast = velocity(way)
    assert max(fast[0], fast[-1]) < 0.35 * fast.max()


def test_long_strokes_are_drawn_faster_but_take_longer() -> None:
    times = [len(moved(evenly(np.array([[0.0, 0.0], [em, 0.0]])), 3.0, 0.01)) for em in (0.3, 0.6, 1.2)]
    assert times[0] < times[1] < times[2]
    assert times[2] < 3 * times[0], "four times as long"


def test_a_hand_trembles_at_its_frequency() -> None:
    still = np.zeros((int(8 * TICKS_HZ), 2))
    at_hz = np.fft.rfftfreq(len(still), 1 / TICKS_HZ)
    for frequency_hz in (8.0, 12.0):
        power = sum(
            np.abs(np.fft.rfft(tremor(still, 0.01, frequency_hz, np.random.default_rng(k)), axis=0)).sum(axis=1) ** 2
            for k in range(20)
        )
        assert at_hz[int(np.argmax(power))] == pytest.approx(frequency_hz, abs=2.0)
        inside = (at_hz > 0.6 * frequency_hz) & (at_hz < 1.4 * frequency_hz)
        assert power[inside].sum() > 0.9 * power.sum()
    sizes = [tremor(still, 0.01, 9.0, np.random.default_rng(k)).std() for k in range(20)]
    assert np.mean(sizes) == pytest.approx(0.01, rel=0.15)


def test_a_fast_hand_trembles_less() -> None:
    def trembling(speed_em_s: float) -> float:
        way = moved(evenly(np.array([[0.0, 0.0], [5.0, 0.0]])), speed_em_s, 0.01)
        return float(np.mean([tremor(way, 0.01, 9.0, np.random.default_rng(k)).std() for k in range(20)]))

    assert trembling(1.0) > 1.5 * trembling(4.0) > 0
    assert not tremor(np.zeros((9, 2)), 0.0, 9.0, np.random.default_rng(0)).any()
