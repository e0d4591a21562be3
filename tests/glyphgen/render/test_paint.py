import numpy as np
import pytest

from glyphgen.render.color import MIN_CONTRAST, color_distance, random_colors
from glyphgen.render.effects import blend, shifted
from glyphgen.render.paint import paint
from glyphgen.render.paint_style import PLAIN, SCREENSHOT, PaintStyle


@pytest.mark.parametrize("colored", [0.0, 0.5, 1.0])
def test_colors_are_legible_and_either_may_be_lighter(colored: float) -> None:
    rng = np.random.default_rng(0)
    pairs = [random_colors(rng, colored) for _ in range(400)]
    assert all(color_distance(a, b) >= MIN_CONTRAST for a, b in pairs)
    lighter = np.mean([sum(a) > sum(b) for a, b in pairs])
    assert 0.4 < lighter < 0.6


def test_blend_is_exact_at_the_ends() -> None:
    planes = np.full((3, 2, 2), 100, np.int16)
    blend(planes, (200.0, 0.0, 50.0), np.array([[0, 255], [255, 0]], np.uint8))
    assert planes[:, 0, 1].tolist() == [200, 0, 50]
    assert planes[:, 0, 0].tolist() == [100, 100, 100]


def test_shifted_moves_by_whole_pixels_and_drops_what_leaves() -> None:
    coverage = np.zeros((4, 5), np.uint8)
    coverage[1, 1] = 9
    assert shifted(coverage, 2, 1)[2, 3] == 9
    assert shifted(coverage, -2, 0).sum() == 0
    assert shifted(coverage, 99, 0).sum() == 0


@pytest.mark.parametrize(
    "effect", ["material", "carved", "extruded", "shadow", "glow", "outline", "light", "clutter", "worn"]
)
def test_every_effect_shows_and_is_repeatable(effect: str) -> None:
    coverage = np.zeros((40, 120), np.uint8)
    coverage[10:30, 20:40] = coverage[10:30, 60:100] = 255
    style = PaintStyle(**{effect: 1.0})
    differs = []
    for seed in range(16):
        one, again = (paint(coverage, 20, style, 5, np.random.default_rng(seed)) for _ in range(2))
        plain = paint(coverage, 20, PaintStyle(), 5, np.random.default_rng(seed))
        assert np.array_equal(one, again)
        assert one.shape == (40, 120, 3)
        differs.append(not np.array_equal(one, plain))
    assert sum(differs) >= 3


@pytest.mark.parametrize("style", [PLAIN, SCREENSHOT])
def test_pictures_of_any_size_are_painted(style: PaintStyle) -> None:
    for height, width in ((4, 4), (30, 1500), (250, 60)):
        image = paint(np.zeros((height, width), np.uint8), 20, style, 5, np.random.default_rng(1))
        assert image.shape == (height, width, 3)
