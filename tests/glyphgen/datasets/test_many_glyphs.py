import numpy as np
import pytest

from glyphgen.datasets.labelled_images import Stored
from glyphgen.datasets.many_glyphs import ManyGlyphs, Part
from glyphgen.files import DataError
from glyphgen.script import many_script


def toy_stored(n_labels: int = 2, n_people: int = 8) -> Stored:
    images, labels, writers = [], [], []
    for k in range(n_labels):
        for person in range(n_people):
            image = np.zeros((40, 40), np.uint8)
            image[5 : 10 + person, 5 : 15 + 10 * k] = 255
            images.append(image)
            labels.append(f"Toy/{k}")
            writers.append(f"{person:02}")
    return Stored("toy", images, labels, writers, [""] * len(labels))


def test_nameless_letters_are_single_and_distinct() -> None:
    script = many_script(70_000)
    assert len(set(script.alphabet)) == 70_000
    assert script.canonical(script.alphabet[66_000]) == script.alphabet[66_000]
    with pytest.raises(DataError):
        many_script(200_000)


def test_each_symmetry_is_a_class_of_its_own() -> None:
    many = ManyGlyphs([Part(toy_stored(), 1.0, 8)], n_alphabets=0, length=300)
    assert len(many.script.alphabet) == 16
    assert {many[i].text for i in range(300)} == set(many.script.alphabet)
    both = ManyGlyphs([Part(toy_stored(), 1.0)], n_alphabets=2, n_glyphs=5, length=50)
    assert len(both.script.alphabet) == 2 + 10
    with pytest.raises(DataError, match="n_symmetries must be"):
        ManyGlyphs([Part(toy_stored(), 1.0, 3)])


def test_shares_say_how_much_comes_from_where() -> None:
    many = ManyGlyphs([Part(toy_stored(3), 0.2), Part(toy_stored(2), 0.5)], 2, 5, invented_share=0.3, length=1000)
    place = {char: k for k, char in enumerate(many.script.alphabet)}
    drawn = np.array([place[many[i].text] for i in range(1000)])
    counts = [(drawn < 3).sum(), ((drawn >= 3) & (drawn < 5)).sum(), (drawn >= 5).sum()]
    assert counts == pytest.approx([200, 500, 300], abs=60)
    with pytest.raises(DataError, match="shares"):
        ManyGlyphs([Part(toy_stored(), 0.0)], n_alphabets=0)


def test_samples_depend_on_seed_and_index() -> None:
    one, two, other = (ManyGlyphs([Part(toy_stored(), 0.5)], 3, 6, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(one[i].image, two[i].image) for i in (7, 3, 3, 5))
    assert any(one[i].text != other[i].text for i in range(20))


def test_validation_shows_people_that_training_never_sees() -> None:
    stored = toy_stored()
    train, val = (ManyGlyphs([Part(stored, 1.0)], 0, split=split) for split in ("train", "val"))
    seen, held = ({row for rows, _ in many.rows for row in rows} for many in (train, val))
    assert not seen & held
    assert {stored.writers[row] for row in held} == {"05", "06", "07"}
    assert train.script == val.script


def test_episodes_hold_so_many_drawings_of_each_class() -> None:
    many = ManyGlyphs([Part(toy_stored(4), 0.5, 2)], 2, 10, n_way=5, n_each=3, length=150)
    for start in range(0, 150, 15):
        texts = [many[i].text for i in range(start, start + 15)]
        assert texts[:5] == texts[5:10] == texts[10:]
        assert len(set(texts)) == 5


def test_a_picture_drawn_again_is_of_its_class_but_another_drawing() -> None:
    stored = toy_stored(3)
    again = ManyGlyphs([Part(stored, 1.0)], n_alphabets=0, length=60, redrawn_share=1.0)
    never = ManyGlyphs([Part(stored, 1.0)], n_alphabets=0, length=60)
    assert [again[i].text for i in range(60)] == [never[i].text for i in range(60)]
    assert not np.array_equal(again[0].image, never[0].image)
    assert np.array_equal(
        again[5].image, ManyGlyphs([Part(stored, 1.0)], n_alphabets=0, length=60, redrawn_share=1.0)[5].image
    )
    assert all((again[i].image < 128).any() for i in range(60))
    with pytest.raises(DataError, match="redrawn_share"):
        ManyGlyphs([Part(stored, 1.0)], redrawn_share=1.5)
