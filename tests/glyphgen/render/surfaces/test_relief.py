import numpy as np

from glyphgen.render.surfaces.relief import dome, edge_distance, fractal, grid, hollows, lay, noise, ramp, shade, valley


def test_noise_has_spots_of_the_size_asked_for_and_unit_spread() -> None:
    rng = np.random.default_rng(0)
    for make in (noise, fractal):
        long, small = make(rng, 4, 64), make(rng, 4, 4)
        assert 0.7 < small.std() < 1.3
        across = [np.abs(np.diff(field, axis=1)).mean() for field in (long, small)]
        assert across[0] < 0.6 * across[1]
    assert np.array_equal(noise(np.random.default_rng(3), 9, 9), noise(np.random.default_rng(3), 9, 9))


def test_light_comes_from_the_upper_left() -> None:
    y, x = grid((40, 40))
    flat, _ = shade(np.zeros((40, 40), np.float32))
    assert np.allclose(flat, 1)
    facing, _ = shade(x + y)  # higher to the lower right: it looks to the upper left
    turned, shine = shade(-x - y, gloss=50)
    assert facing[20, 20] > 1.2 > 0.5 > turned[20, 20]
    assert shine[20, 20] < 1 < 50 >= shine.max()


def test_hollows_are_what_lies_below_its_surroundings() -> None:
    height = np.zeros((60, 60), np.float32)
    height[28:32] = -6
    deep = hollows(height, 5, 6)
    assert deep[30, 30] > 0.5
    assert deep[10, 30] < 0.05
    height = -height
    assert hollows(height, 5, 6)[30, 30] == 0


def test_colors_go_along_a_ramp_and_are_laid_through_alpha() -> None:
    colors = ramp(np.array([[0.0, 0.5, 1.0]]), ((0, 0, 0), (100, 50, 0), (200, 200, 200)))
    assert np.abs(colors - [[[0, 0, 0], [100, 50, 0], [200, 200, 200]]]).max() < 1.5
    lay(colors, (10, 20, 30), np.array([[1.0, 0.0, 0.5]]))
    assert colors[0, 0].tolist() == [10, 20, 30]
    assert np.allclose(colors[0, 2], [105, 110, 115], atol=1)


def test_distances_to_edges_are_positive_inside() -> None:
    y, x = grid((20, 30))
    inside = edge_distance((5, 5, 15, 25), y, x)
    assert inside[10, 15] == 5
    assert inside[6, 15] == 1
    assert inside[0, 15] == -5


def test_a_groove_is_where_its_points_are() -> None:
    deep = valley(np.array([[5.0, 10.0], [40.0, 10.0]]), 3.0, (20, 50))
    assert deep[10, 8] > 0.7
    assert deep[:4].max() < 0.01


def test_a_nail_is_light_above_and_casts_a_shadow_below() -> None:
    colors = np.full((40, 40, 3), 120.0, np.float32)
    dome(colors, 20, 20, 6, (90, 90, 90))
    light = colors.mean(axis=2)
    assert light[17, 18] > light[23, 23] + 40
    assert light[28, 24] < 100
    assert light[3, 3] == 120
    dome(colors, -30, 300, 6, (90, 90, 90))  # outside: nothing to draw
