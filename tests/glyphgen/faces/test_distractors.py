import numpy as np

from glyphgen.faces.distractors import latin_faces, latin_fonts, latin_script, random_faces
from glyphgen.shapes.invented import random_drawing


def test_latin_fonts_have_every_letter_of_both_cases() -> None:
    script = latin_script()
    assert script.canonical("Open from 9") == "Open from 9"
    assert len(latin_fonts()) > 8
    faces = latin_faces(2, np.random.default_rng(0))
    assert [s.name for s, _ in faces] == ["latin", "latin"]
    assert all(set(face.cuts[0]) == set(script.visible) for _, face in faces)


def test_random_alphabets_differ_and_every_glyph_has_ink() -> None:
    (_, first), (_, second) = random_faces(2, np.random.default_rng(3))
    for face in (first, second):
        assert all(cuts[0].coverage.max() > 128 for cuts in face.cuts[1].values())
    a, b = first.cuts[1]["A"][0].coverage, second.cuts[1]["A"][0].coverage
    assert a.shape != b.shape or (a != b).any()


def test_a_random_drawing_comes_from_its_generator_alone() -> None:
    one, same, other = (random_drawing(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (one.strokes["A"][0].ribs == same.strokes["A"][0].ribs).all()
    assert (
        one.strokes["A"][0].ribs.shape != other.strokes["A"][0].ribs.shape
        or (one.strokes["A"][0].ribs != other.strokes["A"][0].ribs).any()
    )
    assert len(one.script.visible) == 18
