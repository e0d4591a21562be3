"""Signs at several distances: smaller, paler and blurred with the distance, in one light."""

from dataclasses import replace

import numpy as np
import pytest

from glyphgen.render.augmentation import PRESETS
from glyphgen.render.depth import Light, View, random_view

STYLE = PRESETS["screenshot"].page
SUN = Light((1.0, 0.0), None, 100.0, 0.4, (1.0, 1.0, 1.0))
LAMP = replace(SUN, spot=(20.0, 10.0), reach_px=60.0)
VIEW = View(40.0, 5.0, 1.0, 6.0, 0.15, (200.0, 205.0, 215.0), SUN, 0.5, 60.0, True)


def test_what_is_far_is_small_pale_and_blurred() -> None:
    assert VIEW.sigma_px(1.0) == 0, "the focus is there"
    sigmas = [VIEW.sigma_px(d) for d in (1, 1.5, 2, 4, 8)]
    lost = [VIEW.lost(d) for d in (1, 1.5, 2, 4, 8)]
    caps = [VIEW.caps_px(d)[0] for d in (1, 1.5, 2, 4, 8)]
    assert sigmas == sorted(sigmas)
    assert lost == sorted(lost)
    assert caps == sorted(caps, reverse=True)
    assert VIEW.caps_px(2.0) == pytest.approx([side / 2 for side in VIEW.caps_px(1.0)])
    near = replace(VIEW, focus=4.0)
    assert near.sigma_px(1.0) > near.sigma_px(2.0) > near.sigma_px(4.0) == 0


def test_a_layer_loses_contrast_to_haze_and_edges_to_blur_and_nothing_else_changes() -> None:
    layer = np.zeros((80, 120, 3), np.uint8)
    layer[:, ::8] = layer[:, 1::8] = 255
    alpha = np.zeros((80, 120), np.uint8)
    alpha[20:60, 30:90] = 255
    spreads, steps = [], []
    for distance in (1.0, 2.0, 4.0):
        image = np.full((80, 120, 3), 90, np.uint8)
        replace(VIEW, aperture_px=0.0).lay(image, layer, alpha, distance)
        spreads.append(float(image[25:55, 35:85].std()))
        assert (image[alpha == 0] == 90).all()
        image = np.full((80, 120, 3), 90, np.uint8)
        replace(VIEW, haze=0.0).lay(image, layer, alpha, distance)
        steps.append(float((np.diff(image[30:50, 40:80].astype(float), axis=1) ** 2).mean()))
        assert (image[:5] == 90).all()
    assert spreads[0] > 1.1 * spreads[1] > 1.2 * spreads[2]
    assert steps[0] > 2 * steps[1] > 4 * steps[2], "energy of the gradient"


def test_light_falls_off_from_where_it_is() -> None:
    sun, lamp = SUN.on(60, 100), LAMP.on(60, 100)
    assert sun.max() == pytest.approx(1)
    assert sun.min() == pytest.approx(0.4)
    assert (np.diff(sun, axis=1) < 0).all()
    assert np.unravel_index(lamp.argmax(), lamp.shape) == (10, 20)
    far = np.hypot(*(np.indices(lamp.shape) - np.array([10, 20])[:, None, None]))
    assert np.corrcoef(far.ravel(), lamp.ravel())[0, 1] < -0.9
    assert lamp.min() > 0.4


@pytest.mark.parametrize("light", [SUN, LAMP])
def test_shadows_are_soft_and_fall_away_from_the_light(light: Light) -> None:
    shape = np.zeros((100, 160), np.uint8)
    shape[40:60, 60:100] = 255
    image = np.full((100, 160, 3), 200, np.uint8)
    replace(VIEW, light=light, cast=0.8).cast_shadow(image, shape, 15.0, np.random.default_rng(0))
    dark = 200.0 - image[..., 0]
    y, x = (np.average(axis, weights=dark) for axis in np.indices(dark.shape))
    step = light.away((80.0, 50.0))
    assert (x - 79.5, y - 49.5) == pytest.approx((12 * step[0], 12 * step[1]), abs=1.5)
    assert len(np.unique(dark)) > 20, "it has a soft edge"
    assert (image[:10] == 200).all()


def test_a_board_that_is_not_in_the_picture_casts_and_lays_nothing() -> None:
    image, nothing = np.full((40, 50, 3), 120, np.uint8), np.zeros((40, 50), np.uint8)
    VIEW.cast_shadow(image, nothing, 10.0, np.random.default_rng(0))
    VIEW.lay(image, image * 0, nothing, 2.0)
    assert (image == 120).all()


def test_far_signs_hang_nearer_to_the_horizon_and_stand_where_the_floor_is_as_far() -> None:
    for row in (10.0, 100.0):
        left = [abs(row + VIEW.hangs_px(row, 120, d) - VIEW.horizon_px) for d in (1, 2, 5)]
        assert left == sorted(left, reverse=True)
    board = np.array([[30, 20], [60, 20], [60, 40], [30, 40]], float)
    feet = {}
    for distance in (1.0, 3.0):
        found = (VIEW.post(120, board, 10.0, distance, np.random.default_rng(k)) for k in range(12))
        feet[distance] = next(int(posts[..., 1].max()) for posts in found if posts is not None)
    assert VIEW.horizon_px < feet[3.0] < feet[1.0]
    assert replace(VIEW, has_floor=False).post(120, board, 10.0, 2.0, np.random.default_rng(0)) is None


def test_the_ground_is_hazed_and_its_floor_begins_at_the_horizon() -> None:
    image = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    ground = VIEW.ground(image, 3, np.random.default_rng(0))
    assert ground.shape == image.shape
    assert ground[:55].std() < 0.5 * image[:55].std(), "far, so blurred and pale"
    haze = np.array(VIEW.haze_color)
    ground = replace(VIEW, aperture_px=0.0).ground(image, 3, np.random.default_rng(0))
    assert np.abs(ground[61].mean(axis=0) - haze).max() < 12, "the floor ends in haze"
    assert np.abs(ground[61].astype(float) - ground[118]).mean() > 8


def test_views_are_of_the_style_and_of_the_generator() -> None:
    views = [random_view(STYLE, (640, 480), (10.0, 40.0), np.random.default_rng(k)) for k in range(80)]
    assert views[3] == random_view(STYLE, (640, 480), (10.0, 40.0), np.random.default_rng(3))
    for view in views:
        assert 20 <= view.near_cap_px <= 40
        assert 1 <= view.focus <= view.most_distance <= STYLE.distance_range[1]
        assert view.near_cap_px / view.most_distance >= STYLE.min_cap_px * 0.999
        drawn = view.distances(5, np.random.default_rng(0))
        assert drawn == sorted(drawn, reverse=True)
        assert drawn[-1] >= 1
        assert drawn[0] <= view.most_distance
    assert {view.has_floor for view in views} == {True, False}
    assert {view.light.spot is None for view in views} == {True, False}
