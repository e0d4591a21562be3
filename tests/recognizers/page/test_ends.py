"""Glyphs in doubt at the ends of a line are cut off."""

import numpy as np
import pytest

from recognizers.geometry import TextLine
from recognizers.page.columns import Row
from recognizers.page.ends import doubtful_ends_cut
from recognizers.reading import GlyphReading, Reading
from recognizers.straightening import Straight


def straight(n: int) -> tuple[TextLine, Straight]:
    """A line of n glyphs of 20 px each in a straight picture, that lies as it is in the page."""
    width = 20 * n
    x = np.arange(width, dtype=float) + 0.5
    top, bottom = (np.stack([x, np.full(width, y)], axis=1) for y in (7.0, 41.0))
    image = np.repeat(np.arange(width, dtype=np.uint8)[None, :, None], 48, axis=0).repeat(3, axis=2)
    return TextLine(top[::10], bottom[::10], 0.9, 1.0), Straight(image, top, bottom)


def reading(text: str, doubtful: dict[int, float]) -> Reading:
    glyphs = tuple(
        GlyphReading(char, doubtful.get(k, 0.99), (20.0 * k + 2, 20.0 * k + 18), ((char, 0.99),))
        for k, char in enumerate(text)
    )
    return Reading(text, 0.5, glyphs)


@pytest.mark.parametrize(
    ("text", "doubtful", "kept"),
    [
        ("WHYLIA", {0: 0.4}, (1, 6)),
        ("VARIESAU", {6: 0.4, 7: 0.8}, (0, 6)),
        ("Q LINKS X", {0: 0.7, 1: 0.5, 8: 0.6}, (2, 7)),
    ],
)
def test_what_is_left_is_the_part_between(text: str, doubtful: dict[int, float], kept: tuple[int, int]) -> None:
    line, picture = straight(len(text))
    cut = doubtful_ends_cut(line, picture, reading(text, doubtful))
    assert cut is not None
    shorter, part = cut
    assert shorter.top[0][0] == pytest.approx(20 * kept[0] + 2, abs=1)
    assert shorter.top[-1][0] == pytest.approx(20 * kept[1] - 2, abs=1)
    assert shorter.height_px == pytest.approx(line.height_px)
    low, high = int(part.image[0, 0, 0]), int(part.image[0, -1, 0]) + 1
    assert 20 * kept[0] - 10 <= low <= 20 * kept[0] + 2
    assert 20 * kept[1] - 2 <= high <= 20 * kept[1] + 10
    assert len(part.top) == part.image.shape[1]


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("HYLIA", {}),
        ("HYLIA", {2: 0.2}),  # in the middle
        ("HYL", {0: 0.2}),  # too little is left
        ("HYLIALINK", dict.fromkeys(range(6), 0.3)),  # too much would go
        ("HYLIA", dict.fromkeys(range(5), 0.3)),
        ("HYLIA", {0: 0.2, 1: 0.9, 2: 0.9, 3: 0.9}),  # the rest is not sure enough to tell
        ("", {}),
    ],
)
def test_nothing_is_cut_off_a_line_that_is_sure_to_its_ends_or_not_sure_at_all(
    text: str, doubtful: dict[int, float]
) -> None:
    assert doubtful_ends_cut(*straight(max(len(text), 1)), reading(text, doubtful)) is None


def test_columns_are_left_alone() -> None:
    line, picture = straight(6)
    row = Row(picture.image, picture.top, picture.bottom, cells=np.array([[0.0, 120.0, 0.0, 120.0]]))
    assert doubtful_ends_cut(line, row, reading("WHYLIA", {0: 0.4})) is None
