"""Arcs: text over a gate, or hanging."""

import math
from dataclasses import replace

import numpy as np
import pytest

from glyphgen.render.augmentation import PRESETS
from glyphgen.render.placement import Arc, Block, random_arc

STYLE = PRESETS["screenshot"].page


@pytest.mark.parametrize("radius", [80.0, 400.0, -90.0])
def test_a_bent_block_is_straightened_again(radius: float) -> None:
    arc = Arc(radius, 100.0, 40.0)
    points = np.random.default_rng(0).uniform([-5, -5], [105, 45], (200, 2))
    assert arc.straighten(arc.bend(points)) == pytest.approx(points, abs=1e-6)


@pytest.mark.parametrize("radius", [80.0, -90.0])
def test_the_middle_keeps_its_length_and_the_ends_slope_as_asked(radius: float) -> None:
    arc = Arc(radius, 100.0, 40.0)
    x = np.linspace(0, 100, 400)
    middle = arc.bend(np.stack([x, np.full_like(x, 20.0)], axis=1))
    steps = np.diff(middle, axis=0)
    assert np.linalg.norm(steps, axis=1).sum() == pytest.approx(100, rel=1e-3)
    slopes = np.degrees(np.arctan2(steps[:, 1], steps[:, 0]))
    assert slopes[-1] == pytest.approx(math.degrees(50 / radius), abs=0.2)  # down after an arch, up after a festoon
    assert slopes[0] == pytest.approx(-slopes[-1], abs=0.2)


@pytest.mark.parametrize("radius", [80.0, -90.0])
def test_the_box_around_a_bent_block_holds_it_and_is_not_larger(radius: float) -> None:
    arc = Arc(radius, 100.0, 40.0)
    x, y = np.meshgrid(np.linspace(0, 100, 41), np.linspace(0, 40, 11))
    bent = arc.bend(np.stack([x.ravel(), y.ravel()], axis=1))
    assert bent.min(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert bent.max(axis=0) == pytest.approx(arc.size, abs=1e-6)


def test_arcs_are_arches_and_now_and_then_festoons_with_slopes_of_the_style() -> None:
    block, rng = Block([], 300.0, 20.0, 20.0, True), np.random.default_rng(0)
    style = replace(STYLE, arc_range_deg=(10.0, 40.0))
    radii = np.array([random_arc(block, style, rng).radius_px for _ in range(200)])
    slopes = np.degrees(150 / np.abs(radii))
    assert slopes.min() >= 10 - 1e-9
    assert slopes.max() <= 40 + 1e-9
    assert np.ptp(slopes) > 25
    assert 0.1 < (radii < 0).mean() < 0.4
    tall = replace(block, width=60.0, height=90.0)
    assert all(abs(random_arc(tall, style, rng).radius_px) >= 135 for _ in range(50)), (
        "nothing is squeezed at the center"
    )
