from pathlib import Path

import cv2
import numpy as np
import pytest

from glyphgen.datasets.omniglot import EVALUATION, Episodes, is_measured, read_background, read_runs
from glyphgen.files import DataError


def write_drawing(path: Path, ink: tuple[int, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.full((105, 105), 255, np.uint8)
    image[ink[0] : ink[0] + 9, ink[1] : ink[1] + 9] = 0
    assert cv2.imwrite(str(path), image)


@pytest.fixture
def background(tmp_path: Path) -> Path:
    for name, n in (("Runic", 4), ("Tiny", 2)):
        for k in range(n):
            for person in range(1, 7):
                write_drawing(
                    tmp_path / "back" / name / f"character{k + 1:02}" / f"{k:04}_{person:02}.png",
                    (10 * k + (5 if name == "Runic" else 60), 3 * person),
                )
    return tmp_path / "back"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    rows = []
    for k in range(3):
        write_drawing(tmp_path / "runs" / "run01" / "training" / f"class{k + 1:02}.png", (20 * k + 5, 5))
        write_drawing(tmp_path / "runs" / "run01" / "test" / f"item{k + 1:02}.png", (20 * (2 - k) + 5, 5))
        rows.append(f"run01/test/item{k + 1:02}.png run01/training/class{3 - k:02}.png")
    (tmp_path / "runs" / "run01" / "class_labels.txt").write_text("\n".join(rows))
    return tmp_path / "runs"


def test_drawings_are_read_with_ink_255_with_their_alphabet_and_person(background: Path) -> None:
    stored = read_background(background)
    assert len(stored) == 36
    assert stored.labels[0] == "Runic/character01"
    assert set(stored.writers) == {f"{k:02}" for k in range(1, 7)}
    assert stored.images[0][9, 7] == 255
    assert stored.images[0][0, 0] == 0
    assert {label.split("/")[0] for label in read_background(background, ["Tiny"]).labels} == {"Tiny"}
    with pytest.raises(DataError, match=r"of Ogham; its alphabets are Runic, Tiny"):
        read_background(background, ["Ogham"])


def test_runs_are_read_with_their_answers(runs: Path) -> None:
    (task,) = read_runs(runs)
    assert task.name == "run01"
    assert task.answers == (2, 1, 0)
    assert all(np.array_equal(task.queries[k], task.supports[task.answers[k]]) for k in range(3))


def test_a_run_whose_table_names_what_is_not_there(runs: Path, tmp_path: Path) -> None:
    (runs / "run01" / "class_labels.txt").write_text("run01/test/item01.png run01/training/class09.png")
    with pytest.raises(DataError, match=r"names run01/training/class09\.png, which is not there"):
        read_runs(runs)
    (runs / "run01" / "class_labels.txt").write_text("one word a line\n")
    with pytest.raises(DataError, match="a test and a training picture"):
        read_runs(runs)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no runNN"):
        read_runs(tmp_path / "empty")


def test_episodes_stay_within_an_alphabet_and_ask_other_people(background: Path) -> None:
    stored = read_background(background)
    rows = {image.tobytes(): k for k, image in enumerate(stored.images)}
    tasks = Episodes(stored, n_way=3, k_shot=2, n_query=2, seed=4, length=30)
    for task in (tasks[i] for i in range(30)):
        taught, asked = ([rows[p.tobytes()] for p in pictures] for pictures in (task.supports, task.queries))
        assert {stored.labels[r].split("/")[0] for r in taught + asked} == {"Runic"}, "Tiny has two characters"
        assert not {stored.writers[r] for r in taught} & {stored.writers[r] for r in asked}
        assert len({stored.labels[r] for r in taught}) == 3
        truth = [stored.labels[taught[task.owners.index(k)]] for k in task.answers]
        assert truth == [stored.labels[r] for r in asked]
    assert np.array_equal(tasks[7].queries, Episodes(stored, 3, 2, 2, 4, 30)[7].queries)
    with pytest.raises(DataError, match="n_way"):
        Episodes(stored, n_way=5)
    with pytest.raises(DataError, match="drawn by 6 people"):
        Episodes(stored, n_way=2, k_shot=4, n_query=3)[0]


@pytest.mark.parametrize(
    "name",
    ["Ge_ez", "Ge'ez", "TIBETAN", "aurek besh", "Old_Church_Slavonic_(Cyrillic)", "old church slavonic", "Syriac"],
)
def test_evaluation_alphabets_are_known_by_any_spelling(name: str) -> None:
    assert is_measured(name)
    assert not is_measured("Greek")


def test_the_background_at_hand_holds_no_evaluation_alphabet(real_data: Path) -> None:
    path = real_data / "omniglot" / "images_background_small1.zip"
    if not path.is_file():
        pytest.skip("no omniglot below GLYPH_DATA")
    names = {label.split("/")[0] for label in read_background(path).labels}
    assert names == {"Balinese", "Early_Aramaic", "Greek", "Korean", "Latin"}
    assert not names & set(EVALUATION)
