from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glyphgen.datasets.augmented import Deformation, deform
from glyphgen.files import DataError

STILL = Deformation(0, 0, 0, 0, 0)


def blob() -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[10:20, 6:12] = 255
    return image


def test_no_moves_change_nothing_and_the_generator_decides() -> None:
    image = blob()
    assert np.array_equal(deform(image, STILL, np.random.default_rng(0)), image)
    one, two, other = (deform(image, Deformation(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_each_move_does_what_it_says() -> None:
    image = blob()

    def center(picture: np.ndarray) -> np.ndarray:
        return np.argwhere(picture > 127).mean(axis=0)

    shifts = [
        center(deform(image, Deformation(0, 0, 0, 2.0, 0), np.random.default_rng(k))) - center(image)
        for k in range(200)
    ]
    assert np.std(shifts) == np.clip(np.std(shifts), 1.5, 2.5)
    areas = [
        (deform(image, Deformation(0, 0, 0.1, 0, 0), np.random.default_rng(k)) > 127).sum() / 60 for k in range(200)
    ]
    assert 0.08 < np.std(areas) < 0.25
    assert all(
        (deform(image, Deformation(10, 0, 0, 0, 0), np.random.default_rng(k)) > 127).sum() > 45 for k in range(20)
    )


def test_pictures_in_color_and_of_any_shape() -> None:
    image = np.random.default_rng(0).integers(0, 255, (40, 90, 3)).astype(np.uint8)
    assert deform(image, Deformation(), np.random.default_rng(0)).shape == image.shape


def test_colors_are_kept_where_that_is_asked_for() -> None:
    image = np.full((80, 300, 3), 255, np.uint8)
    image[40] = 0
    image[20:60, 100:120] = (200, 40, 90)
    colors = {tuple(color) for color in image.reshape(-1, 3).tolist()}
    deformation = Deformation(1, 0.1, 0, 1, 0.5, 0.1)
    for seed in range(5):
        mixed, kept = (
            deform(image, replace(deformation, keeps_colors=flag), np.random.default_rng(seed))
            for flag in (False, True)
        )
        assert {tuple(color) for color in kept.reshape(-1, 3).tolist()} == colors
        assert mixed.shape == kept.shape
        assert len(np.unique(mixed)) > 5


@pytest.mark.parametrize("wrong", [{"keeps_colors": "no"}, {"turn_deg": "abc"}, {"shift": -1.0}])
def test_moves_that_are_none_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=rf"^{next(iter(wrong))} must be"):
        Deformation(**wrong)
