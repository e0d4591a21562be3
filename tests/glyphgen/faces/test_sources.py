from pathlib import Path

import numpy as np
import pytest

from glyphgen.faces.face import LEVELS_PX
from glyphgen.faces.sources import DrawnSource, FontSource, ImageSource
from glyphgen.files import DataError
from glyphgen.script import Script
from glyphgen.shapes.font_file import OpenFont
from glyphgen.shapes.pen import Drawing


def test_drawn_faces_differ_and_are_made_from_the_generator(toy_drawing: Drawing) -> None:
    one, two = (DrawnSource(toy_drawing, 0.5).faces(5, np.random.default_rng(1)) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        assert all(np.array_equal(a.cuts[0][c][0].coverage, b.cuts[0][c][0].coverage) for c in "ABC")
    assert len({face.cuts[1]["B"][0].coverage.tobytes() for face in one}) == 5


@pytest.mark.parametrize("hand", ["mouse", "mixed"])
def test_a_hand_writes_each_glyph_several_times_and_each_face_is_one_person(toy_drawing: Drawing, hand: str) -> None:
    one, again = (DrawnSource(toy_drawing, hand=hand).faces(5, np.random.default_rng(1)) for _ in range(2))
    plain = DrawnSource(toy_drawing).faces(1, np.random.default_rng(7))[0]
    for char in "ABC":
        assert np.array_equal(one[0].cuts[1][char][0].coverage, plain.cuts[1][char][0].coverage)
        for face, same in zip(one[1:], again[1:], strict=True):
            cuts = [cut.coverage.tobytes() for cut in face.cuts[1][char]]
            assert len(set(cuts)) == 4
            assert cuts == [cut.coverage.tobytes() for cut in same.cuts[1][char]]
            assert len({cut.advance for cut in face.cuts[1][char]}) == 1
    inks = [[np.mean(cut.coverage > 127) for cuts in face.cuts[1].values() for cut in cuts] for face in one[1:]]
    assert np.std([np.mean(ink) for ink in inks]) > 0.01, "pens differ"


def test_a_hand_that_does_not_exist_is_named(hylian: Drawing) -> None:
    with pytest.raises(DataError, match="no such hand: 'foot'; there are mouse"):
        DrawnSource(hylian, hand="foot")


def test_font_faces_have_the_capital_height_of_their_level(toy_font: Path, toy_script: Script) -> None:
    face = FontSource(OpenFont(toy_font), toy_script).faces(1, np.random.default_rng(0))[0]
    for level, px in enumerate(LEVELS_PX):
        assert abs(face.cuts[level]["C"][0].coverage.shape[0] - px) <= 3
        assert face.cuts[level]["A"][0].advance == pytest.approx(px, rel=0.05)


def test_images_as_glyphs(toy_script: Script) -> None:
    images = np.zeros((6, 28, 28), np.uint8)
    images[:, 4:24, 8:20] = 255
    source = ImageSource(toy_script, images, list("ABCABC"), n_alternatives=2)
    face = source.faces(1, np.random.default_rng(0))[0]
    assert len(face.cuts[0]["A"]) == 2
    assert face.cuts[0]["A"][0].coverage.shape[0] == LEVELS_PX[0] + 2  # an empty pixel on each side
    with pytest.raises(DataError, match="no pictures for C"):
        ImageSource(toy_script, images[:2], list("AB"))
