import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphgen.shapes.invented import DRAWING_PX, draw, random_alphabet


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_every_drawing_has_ink_and_stays_inside(seed: int) -> None:
    alphabet = random_alphabet(np.random.default_rng(seed), 12)
    assert len(alphabet.glyphs) == 12
    for glyph in alphabet.glyphs:
        image = draw(glyph, np.random.default_rng(seed + 1))
        assert image.shape == (DRAWING_PX, DRAWING_PX)
        assert (image > 127).sum() >= 20
        assert not image[[0, -1]].any()
        assert not image[:, [0, -1]].any()


def test_drawings_of_one_glyph_are_nearer_than_those_of_others() -> None:
    """By the modified Hausdorff distance, which knows nothing of how they were made."""
    from experiments.measure.hausdorff import nearest

    rng, right = np.random.default_rng(3), 0
    for _ in range(5):
        glyphs = random_alphabet(rng, 10).glyphs
        supports, queries = ([draw(glyph, rng) for glyph in glyphs] for _ in range(2))
        right += sum(a == k for k, a in enumerate(nearest(supports, queries)))
    assert right >= 30, "of 50; chance is 5"


def test_drawings_depend_on_the_generator_alone() -> None:
    one, two = (
        draw(random_alphabet(np.random.default_rng(5), 3).glyphs[2], np.random.default_rng(6)) for _ in range(2)
    )
    assert np.array_equal(one, two)


@pytest.mark.parametrize("haste", [0.0, 1.0])
def test_haste_is_what_makes_drawings_differ(haste: float) -> None:
    glyph = random_alphabet(np.random.default_rng(8), 1).glyphs[0]
    images = [draw(glyph, np.random.default_rng(seed), haste) for seed in range(8)]
    boxes = []
    for image in images:
        y, x = np.nonzero(image > 127)
        boxes.append((np.ptp(x) + 1) / (np.ptp(y) + 1))
    assert (np.std(boxes) < 0.06) == (haste == 0.0)
