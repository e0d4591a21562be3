import numpy as np
import pytest

from glyphgen.render.degrade import PIPELINES, make_augment


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_is_a_function_of_picture_and_generator_and_keeps_size_and_place(name: str) -> None:
    image = np.full((40, 160, 3), 30, np.uint8)
    image[:, :80] = 220
    for seed in range(60):
        for cap_px in (12.0, 30.0):
            augment = make_augment(name)
            one = augment(image, cap_px, np.random.default_rng(seed))
            two = make_augment(name)(image, cap_px, np.random.default_rng(seed))
            assert np.array_equal(one, two)
            assert one.shape == image.shape
            assert one.dtype == np.uint8
            assert one[:, 5:60].mean() > one[:, 100:155].mean()  # nothing was flipped or moved


def test_the_empty_pipeline_changes_nothing_and_an_unknown_one_lists_those_there_are() -> None:
    image = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    assert np.array_equal(make_augment("none")(image, 20, np.random.default_rng(0)), image)
    with pytest.raises(ValueError, match="none, drawing, print, screenshot"):
        make_augment("rain")
