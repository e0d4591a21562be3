"""Lessons are kept, taken back, exported and learned from; nothing is overwritten."""

import io
import json
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app.errors import AnswerError
from app.learning import Learned
from app.lessons import Lessons
from app.registry import READERS, Readers
from glyphgen.datasets.folder import FolderSet
from glyphgen.extras import EXTRAS
from glyphgen.script import Script
from glyphgen.shapes.pen import Drawing
from recognizers.bundle import save
from recognizers.opening import open_recognizer
from tests.conftest import clean_picture, tiny


@pytest.fixture
def lessons(tmp_path: Path) -> Lessons:
    return Lessons(tmp_path / "lessons")


@pytest.fixture
def picture(hylian: Drawing) -> np.ndarray:
    return clean_picture(hylian, ["KOROK"])


def test_a_lesson_is_a_row_that_hylian_crops_reads(lessons: Lessons, picture: np.ndarray) -> None:
    made = [lessons.save(picture[:, k:], " korok  forest ", "KOROX FOREST", "hylian") for k in range(3)]
    assert len({lesson.file for lesson in made}) == 3
    crops = FolderSet(lessons.root / "hylian")
    assert [crop.text for crop in crops] == ["KOROK FOREST"] * 3
    assert np.array_equal(crops[0].image, picture)
    row = lessons.rows("hylian")[0]
    assert (row.read, row.time[:2]) == ("KOROX FOREST", "20")
    archive = zipfile.ZipFile(io.BytesIO(lessons.as_zip("hylian")))
    assert sorted(archive.namelist()) == sorted(["labels.tsv", *(lesson.file for lesson in made)])


@pytest.mark.parametrize(
    ("text", "is_kept"), [("ABCDEFGH", True), ("ABCDEFFH", False), ("ABCDEFGHI", False), ("AABB", True)]
)
def test_a_picture_too_narrow_for_its_text_is_no_lesson(lessons: Lessons, text: str, is_kept: bool) -> None:
    """A square gives eight time steps; a letter that stands twice in a row takes one more."""
    square = np.random.default_rng(0).integers(0, 255, (60, 60, 3), dtype=np.uint8)
    if is_kept:
        lessons.save(square, text, "", "hylian")
        return
    with pytest.raises(AnswerError, match=f"too narrow for {len(text)} letters") as raised:
        lessons.save(square, text, "", "hylian")
    assert raised.value.code == "bad_text"
    assert not lessons.root.exists()


def test_taking_back_keeps_the_picture(lessons: Lessons, picture: np.ndarray) -> None:
    assert lessons.undo("hylian") is None
    kept, gone = lessons.save(picture, "KOROK", "", "hylian"), lessons.save(picture[2:], "KORO", "", "hylian")
    taken = lessons.undo("hylian")
    assert taken is not None
    assert taken.text == "KORO"
    assert lessons.rows("hylian") == [kept]
    assert (lessons.root / "hylian/taken_back" / gone.file).is_file()
    assert lessons.save(picture[2:], "KOROK", "", "hylian").file != gone.file
    assert len(FolderSet(lessons.root / "hylian")) == 2


def test_two_demos_on_one_folder_lose_nothing(lessons: Lessons, picture: np.ndarray) -> None:
    both = lessons, Lessons(lessons.root)
    with ThreadPoolExecutor(2) as pool:
        saved = pool.map(lambda k: both[k % 2].save(picture[:, k:], "KOROK", "", "hylian").file, range(24))
        assert len(set(saved)) == 24
    assert len(lessons.rows("hylian")) == len(FolderSet(lessons.root / "hylian")) == 24


def test_what_was_taken_back_is_not_overwritten(lessons: Lessons, picture: np.ndarray) -> None:
    folder = lessons.root / "hylian"
    for data in (b"first", b"second"):  # somebody's own picture, under a name that was there before
        lessons.save(picture, "KOROK", "", "hylian")
        (folder / "mine.png").write_bytes(data)
        with (folder / "labels.tsv").open("a") as table:
            table.write("mine.png\tABC\n")
        assert lessons.undo("hylian").file == "mine.png"
    assert sorted(p.read_bytes() for p in (folder / "taken_back").glob("mine*.png")) == [b"first", b"second"]


def test_a_script_of_ones_own_is_taught_too(
    lessons: Lessons, toy_script: Script, picture: np.ndarray, tmp_path: Path
) -> None:
    save(tiny(toy_script), tmp_path / "toy.safetensors", {})
    name = READERS.offer(tmp_path / "toy.safetensors")
    made = lessons.save(picture, "a b", "", name)
    assert made.text == "A B"
    assert [row.text for row in lessons.rows(name)] == ["A B"]
    assert (lessons.root / "own-toy" / made.file).is_file()
    assert READERS.learner(name) is READERS.page_reader(name).recognizer
    with pytest.raises(AnswerError, match="cannot write"):
        lessons.save(picture, "HYRULE", "", name)


def test_the_same_picture_is_no_second_lesson_and_own_columns_stay(lessons: Lessons, picture: np.ndarray) -> None:
    lessons.save(picture, "KORO", "", "hylian")
    table = lessons.root / "hylian/labels.tsv"
    table.write_text(table.read_text() + "mine.png\tABC\t\t\tmy own note\n")
    lessons.save(picture, "KOROK", "", "hylian")
    assert [row.text for row in lessons.rows("hylian")] == ["ABC", "KOROK"]
    assert "my own note" in table.read_text()
    assert len(list((lessons.root / "hylian/taken_back").iterdir())) == 1


@pytest.mark.parametrize(
    ("text", "script", "code"),
    [
        ("", "hylian", "bad_text"),
        ("ΖΗΤΑ", "hylian", "bad_text"),
        ("A", "klingon", "unknown_script"),
        ("A", "../hylian", "unknown_script"),
        ("A", "digits", "bad_text"),
    ],
)
def test_what_cannot_be_a_lesson_is_named(
    lessons: Lessons, picture: np.ndarray, text: str, script: str, code: str
) -> None:
    with pytest.raises(AnswerError) as raised:
        lessons.save(picture, text, "", script)
    assert raised.value.code == code
    assert not lessons.root.exists()


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, picture: np.ndarray) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AnswerError, match="disk full") as raised:
        Lessons(tmp_path / "file").save(picture, "KOROK", "", "hylian")
    assert str(tmp_path) not in str(raised.value)


def test_names_of_other_folders_move_and_pack_nothing(lessons: Lessons, picture: np.ndarray) -> None:
    lessons.save(picture, "KOROK", "", "hylian")
    (lessons.root / "secret.png").write_bytes(b"secret")
    table = lessons.root / "hylian/labels.tsv"
    table.write_text(table.read_text() + "../secret.png\tABC\tABC\tx\n")
    assert len(zipfile.ZipFile(io.BytesIO(lessons.as_zip("hylian"))).namelist()) == 2
    taken = lessons.undo("hylian")
    assert taken is not None
    assert taken.text == "KOROK"
    assert (lessons.root / "secret.png").is_file()


def test_a_picture_that_is_gone_is_named(lessons: Lessons, picture: np.ndarray) -> None:
    made = [lessons.save(picture[k:], "KOROK", "", "hylian") for k in range(4)]
    (lessons.root / "hylian" / made[1].file).unlink()
    with pytest.raises(AnswerError, match=made[1].file):
        next(lessons.learn("hylian"))


def test_few_lessons_are_not_learned_from(lessons: Lessons, picture: np.ndarray) -> None:
    lessons.save(picture, "KOROK", "", "hylian")
    with pytest.raises(AnswerError, match="3 more"):
        next(lessons.learn("hylian"))
    with pytest.raises(AnswerError, match="no reader of lines"):
        next(lessons.learn("letters"))


def test_a_failed_learning_says_so_and_leaves_no_reader(
    lessons: Lessons,
    picture: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for k in range(4):
        lessons.save(picture[k:], "KOROK", "", "hylian")
    row = {"stage": "cross-validation", "step": 1, "of": 4, "figures": {}}
    script = f"import sys; print({json.dumps(row)!r}, flush=True); print('no memory', file=sys.stderr); sys.exit(3)"
    monkeypatch.setattr("app.trainer_process.training_command", lambda overrides: [sys.executable, "-c", script])
    states = lessons.learn("hylian")
    assert next(states) == ("cross-validation", 0.25)
    with pytest.raises(AnswerError, match="failed"):
        next(states)
    assert lessons.learned() == []
    assert "no memory" in capsys.readouterr().err, "the log of the server says why"


def test_learning_without_what_trains_names_the_extra(
    lessons: Lessons, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    for k in range(4):
        lessons.save(picture[k:], "KOROK", "", "hylian")
    monkeypatch.setitem(EXTRAS, "train", ("a_module_that_nobody_has",))
    with pytest.raises(AnswerError, match=r"glyph-toolkit\[train\]"):
        next(lessons.learn("hylian"))


@pytest.mark.slow
def test_learning_reads_every_lesson_and_keeps_what_is_better(lessons: Lessons, hylian: Drawing) -> None:
    for text in ("KAKARIKO", "HATENO", "LURELIN", "TARREY TOWN"):
        lessons.save(clean_picture(hylian, [text]), text, text, "hylian")
    *states, learned = lessons.learn("hylian")
    assert any(isinstance(state, tuple) for state in states)
    assert isinstance(learned, Learned)
    assert learned.n == 4
    assert learned.after <= learned.before
    assert (learned.path is not None) == (len(lessons.learned()) == 1)


def test_a_bundle_is_loaded_once_for_pages_and_glyphs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hylian: Drawing
) -> None:
    loaded: list[str] = []
    for place in ("app.registry", "recognizers.page.reader"):
        monkeypatch.setattr(
            f"{place}.open_recognizer",
            lambda weights: loaded.append(Path(weights).stem) or open_recognizer(weights),
        )
    readers = Readers()
    assert readers.glyph_recognizer("letters") is readers.page_reader("letters").recognizer.recognizer
    save(tiny(hylian.script, "cnn"), tmp_path / "own.safetensors", {})
    own, taken = readers.offer(tmp_path / "own.safetensors"), readers.take(tmp_path / "own.safetensors")
    for name in (own, taken):
        assert readers.glyph_recognizer(name) is readers.page_reader(name).recognizer.recognizer
    assert loaded == ["resnet_alnum", "own", "own"]


def test_a_bundle_whose_file_is_gone_can_still_be_taught(toy_script: Script, tmp_path: Path) -> None:
    save(tiny(toy_script), tmp_path / "own.safetensors", {})
    kept = (tmp_path / "own.safetensors").read_bytes()
    readers = Readers()
    own, uploaded = readers.offer(tmp_path / "own.safetensors"), readers.take(tmp_path / "own.safetensors")
    assert readers.learner(own) is not None
    (tmp_path / "own.safetensors").unlink()
    assert readers.learner_bundle(own) == readers.learner_bundle(uploaded) == kept
