"""Pictures of which nobody says in which script they are."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.answers import read_picture
from app.bodies import ReadBody
from app.demo.card import reading_card
from app.demo.handlers import Handlers
from app.lessons import Lessons
from app.registry import AUTO, READERS, Readers
from app.translations import texts
from glyphgen.shapes.pen import Drawing, load_drawing
from recognizers import bundle, bundle_file
from recognizers.released import scripts_of_pages
from tests.conftest import clean_picture


@pytest.fixture(scope="module")
def tower() -> np.ndarray:
    return clean_picture(load_drawing("sheikah"), ["SHEIKAH", "TOWER"])


def url_of(picture: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def test_the_card_says_what_it_looks_like_and_reads_it(tower: np.ndarray, hylian: Drawing) -> None:
    answer = read_picture(tower, AUTO)
    assert (answer.page.graphemes, answer.scripts, answer.base) == ("SHEIKAH\nTOWER", ("sheikah",), "sheikah")
    assert len(answer.seen) == 2
    html = reading_card(answer, AUTO, texts("en"))
    assert "This looks like Sheikah." in html
    assert "看起来是希卡文。" in reading_card(answer, AUTO, texts("zh"))
    known = read_picture(clean_picture(hylian, ["GERUDO", "VILLAGE"]), AUTO)
    assert (known.page.text, known.scripts) == ("GERUDO\nVILLAGE", ("hylian",))
    assert "looks like" not in reading_card(read_picture(tower, "sheikah"), "sheikah", texts("en"))
    assert "No writing found here" in reading_card(
        read_picture(np.full((90, 200, 3), 90, np.uint8), AUTO), AUTO, texts("en")
    )


def test_another_script_than_the_chosen_one_is_named_and_read(tower: np.ndarray, tmp_path: Path) -> None:
    on = Handlers(texts("en"), Lessons(tmp_path))
    html, text = on.read(url_of(tower), "hylian")
    assert "This looks like Sheikah." in html
    assert text == "SHEIKAH\nTOWER"
    html, text = on.read(url_of(np.full((90, 200, 3), 90, np.uint8)), "hylian")
    assert "No Hylian found" in html
    assert not text


def test_lessons_go_to_the_script_that_was_found(tower: np.ndarray, tmp_path: Path) -> None:
    lessons = Lessons(tmp_path)
    on = Handlers(texts("en"), lessons)
    assert on.save_lines(url_of(tower), "SHEIKAH\nTOWERS", AUTO) == "Saved: 2. Lessons so far: 2."
    assert len(lessons.rows("sheikah")) == 2
    assert not lessons.rows("hylian")
    assert "No line was found" in on.save_lines(url_of(np.full((90, 200, 3), 90, np.uint8)), "A", AUTO)


def test_it_is_offered_first_where_pictures_are_read() -> None:
    choices = Handlers(texts("en"), Lessons(Path("unused"))).choices(with_auto=True)
    assert choices[0] == ("Find out (any of these)", AUTO)
    schema = ReadBody.model_json_schema()["properties"]["script"]
    assert schema["enum"][0] == "auto"
    assert set(schema["enum"][1:]) == set(READERS.names())


def relabelled(folder: Path, weights: str, name: str) -> Path:
    """A released bundle whose script has another name."""
    recognizer = bundle.load(weights)
    recognizer.script = replace(recognizer.script, name=name)
    path = folder / f"{name}.safetensors"
    bundle.save(recognizer, path, {})
    return path


def test_bundles_of_ones_own_are_among_them(tmp_path: Path) -> None:
    readers = Readers()
    assert readers.any_script().scripts == scripts_of_pages()
    name = readers.take(relabelled(tmp_path, "crnn_gerudo", "mine"))
    many = readers.any_script()
    assert many.scripts == [*scripts_of_pages(), "mine"]
    assert many is readers.any_script(), "made once"
    page = many.read_page(clean_picture(load_drawing("gerudo"), ["TEMPLE"]))
    assert page.script_lines[0].script in ("gerudo", "mine")
    assert (readers.of_script("mine"), readers.of_script("sheikah")) == (name, "sheikah")
    assert readers.of_script("gone") == "gone"


def test_a_bundle_that_cannot_be_opened_or_has_a_released_name_is_left_out(tower: np.ndarray, tmp_path: Path) -> None:
    readers = Readers()
    gone = tmp_path / "gone.safetensors"
    gone.write_bytes(bundle_file.find("crnn_gerudo").read_bytes())
    readers.offer(gone)
    gone.unlink()
    readers.offer(bundle_file.find("lines_hylian"))
    readers.take(relabelled(tmp_path, "crnn_gerudo", "hylian"))
    assert readers.any_script().scripts == scripts_of_pages()
    assert readers.any_script().read_page(tower).graphemes == "SHEIKAH\nTOWER"


def test_lessons_of_a_script_that_was_not_chosen_go_to_that_script(tower: np.ndarray, tmp_path: Path) -> None:
    lessons = Lessons(tmp_path)
    said = Handlers(texts("en"), lessons).save_lines(url_of(tower), "SHEIKAH\nTOWER", "hylian")
    assert said == "Saved: 2. Lessons so far: 2."
    assert len(lessons.rows("sheikah")) == 2
    assert not lessons.rows("hylian")
