from pathlib import Path

import numpy as np
import pytest

from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.many_alphabets import ManySource
from glyphgen.files import DataError
from glyphgen.shapes.font_alphabets import installed_alphabets
from glyphgen.texts.many_alphabets import ManyCorpus
from tests.conftest import build_bar_font


@pytest.fixture
def source(tmp_path: Path) -> ManySource:
    font = build_bar_font(tmp_path / "Toy.ttf", "ABCDEFGHIJKLMNO+กข")
    return ManySource(installed_alphabets([font]), n_installed=1, most=13, n_drawn=1, n_hands=1, n_glyphs=12, seed=3)


def test_every_alphabet_has_letters_of_its_own(source: ManySource) -> None:
    assert [len(alphabet.letters) for alphabet in source.alphabets] == [13, 12, 12], "two Thai letters are too few"
    letters = "".join(alphabet.letters for alphabet in source.alphabets)
    assert len(set(letters)) == 37
    assert source.script.visible == letters
    assert " " in source.script.alphabet
    assert source.listing() == [("Latn", "Toy.ttf", 13)], "invented ones have no font"


def test_a_line_is_of_one_alphabet_and_drawn_by_a_face_of_it(source: ManySource) -> None:
    corpus = ManyCorpus(source, 10)
    lines = LineSynth(source, corpus, "none", 0, "train", 60, n_faces=6)
    owners = set()
    for k in range(60):
        sample = lines[k]
        used = {i for i, alphabet in enumerate(source.alphabets) for char in sample.text if char in alphabet.letters}
        assert len(used) == 1
        owners |= used
        assert 1 <= len(sample.text) <= 10
        assert sample.text == sample.text.strip()
        assert "  " not in sample.text
        assert len(sample.boxes) == len(sample.text.replace(" ", ""))
        assert sample.image.std() > 5
    assert owners == {0, 1, 2}


def test_alphabets_are_a_function_of_the_seed(tmp_path: Path) -> None:
    one, two, other = (ManySource({}, 0, 36, 2, 2, 6, seed=seed) for seed in (1, 1, 2))
    cuts = [
        [
            face.cuts[1][face_letters(source, k)][0].coverage
            for k, face in enumerate(source.faces(4, np.random.default_rng(0)))
        ]
        for source in (one, two, other)
    ]
    assert all(np.array_equal(a, b) for a, b in zip(cuts[0], cuts[1], strict=True))
    assert any(a.shape != b.shape or (a != b).any() for a, b in zip(cuts[0], cuts[2], strict=True))
    with pytest.raises(DataError, match="no alphabet to write lines in"):
        ManySource({}, 0, 36, 0, 0)


def face_letters(source: ManySource, k: int) -> str:
    return source.alphabets[k].letters[0]
