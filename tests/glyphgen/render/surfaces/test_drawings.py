"""Each surface has what it is known by, which noise of the same colors has not."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from glyphgen.render.surfaces.bank import SURFACES, surface
from tests.glyphgen.render.surfaces.measures import beat, gray, lengthwise, noises, striped, two_colors

Picture = NDArray[np.uint8]
SEED = 1


def inner(image: Picture) -> Picture:
    return image[60:-60, 60:-60]


def has_long_boards(image: Picture) -> bool:
    """Grain runs along, and gaps go from one side to the other."""
    return lengthwise(image) > 4 and striped(image, 1) > 0.5


def has_courses(image: Picture) -> bool:
    """Long joints, below which blocks are light, for they face the light, and above which they are dark."""
    rows = gray(image).mean(axis=1)
    deep = [y for y in range(12, len(rows) - 12) if rows[y] == rows[y - 12 : y + 13].min() < rows.mean() - rows.std()]
    if not deep:
        return False
    lit = np.mean([rows[y + 3 : y + 10].mean() - rows[y - 9 : y - 2].mean() for y in deep])
    return bool(lit > 5 and rows.std() > 8)


def has_flaked(image: Picture) -> bool:
    """Two colors, and between them edges that are lit on one side and cast a shadow on the other."""
    return two_colors(image) > 0.72 and striped(image, 1) > 0.5


def is_a_sheet_on_a_table(image: Picture) -> bool:
    """Light, warm and darker to its edges; folds go from top to bottom."""
    light, warm = gray(image), image[..., 0].astype(float) - image[..., 2]
    edge = np.concatenate([light[:10], light[-10:]]).mean()
    return bool(edge < 0.6 * light[60:-60].mean() and warm[60:-60].mean() > 20 and striped(inner(image), 0) > 0.38)


def hangs_in_folds(image: Picture) -> bool:
    """Light changes from left to right and hardly from top to bottom, and there are threads at one distance."""
    return striped(inner(image), 0) > 0.6 and beat(inner(image)) > 4


def is_a_riveted_plate(image: Picture) -> bool:
    """Brushed lengthwise, with broad bands of reflection across, and a rim that is darker outside than inside."""
    light = gray(image)
    edge = np.concatenate([light[:8], light[-8:]]).mean()
    return bool(lengthwise(inner(image)) > 2 and striped(inner(image), 0) > 0.6 and edge < 0.85 * light[60:-60].mean())


def glows(image: Picture) -> bool:
    """A few places are far lighter than most, in one color."""
    most = image.max(axis=2).astype(float)
    bright = most > np.median(most) + 100
    color = most[bright] - image.min(axis=2)[bright]
    return bool(0.02 < bright.mean() < 0.2 and color.mean() > 40)


def has_a_rim(image: Picture) -> bool:
    """A light line around a dark field, whose middle is even."""
    most = image.max(axis=2).astype(float)
    rims = [most[23:26, 60:-60], most[-26:-23, 60:-60], most[60:-60, 23:26], most[60:-60, -26:-23]]
    within = [most[36:44, 60:-60], most[-44:-36, 60:-60], most[60:-60, 36:44], most[60:-60, -44:-36]]
    return all(rim.mean() > 1.5 * field.mean() for rim, field in zip(rims, within, strict=True))


KNOWN_BY: dict[str, Callable[[Picture], bool]] = {
    "planks": has_long_boards,
    "carved_stone": has_courses,
    "painted_stone": has_flaked,
    "scroll": is_a_sheet_on_a_table,
    "banner": hangs_in_folds,
    "metal_plate": is_a_riveted_plate,
    "shrine_wall": glows,
    "panel": has_a_rim,
}


def test_every_surface_is_judged() -> None:
    assert tuple(KNOWN_BY) == SURFACES


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_has_what_it_is_known_by_and_noise_has_not(name: str, number: int) -> None:
    image = surface(SEED, name, number).image
    assert KNOWN_BY[name](image)
    assert not any(KNOWN_BY[name](noise) for noise in noises(image))


@pytest.mark.parametrize("name", ["planks", "carved_stone"])
def test_rows_are_the_middles_of_boards_and_blocks(name: str) -> None:
    """Half a row above and below them is where gaps are, which are darker."""
    one = surface(SEED, name, 0)
    light = gray(one.image).mean(axis=1)
    rows = np.array(one.rows_px)
    gaps = (rows[:-1] + rows[1:]) / 2
    darkest = [light[max(0, int(y) - 24) : int(y) + 25].min() for y in gaps]
    assert np.mean(darkest) < np.mean([light[int(y)] for y in rows]) - 15
