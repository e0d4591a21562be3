"""Answers about pictures and drawings, and how they are shown."""

import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.answers import decoded, picture_of, read_drawing, read_glyph, read_picture
from app.concurrency import READING_LIMITER
from app.demo import handlers
from app.demo.card import reading_card, word_card
from app.errors import AnswerError
from app.lessons import Lessons
from app.registry import AUTO, OFFERS, Readers
from app.translations import LANGUAGES, texts
from glyphgen.shapes.pen import Drawing
from recognizers import bundle_file
from recognizers.bundle_file import BundleError
from tests.conftest import clean_picture
from tests.recognizers.test_mouse import PATHS, canvas


def path_of(letter: str, manner: str = "slow") -> np.ndarray:
    return canvas(next(d for d in PATHS if (d["letter"], d["manner"]) == (letter, manner)), 14)


def test_a_card_shows_every_letter_with_its_choices(hylian: Drawing) -> None:
    answer = read_picture(clean_picture(hylian, ["GERUDO", "VILLAGE"]))
    for language in LANGUAGES:
        html = reading_card(answer, "hylian", texts(language))
        lines = re.findall(r'<div class="line">(.*?)</div>', html)
        assert [re.sub("<.*?>", "", line) for line in lines] == ["GERUDO", "VILLAGE"]
        options = [json.loads(unescape(data)) for data in re.findall(r'data-options="(.*?)"', lines[0])]
        assert [{char for char, _ in row} for row in options] == [set("DG"), set("EW"), set("FR"), set("DG"), set("OZ")]
        assert all(abs(sum(p for _, p in row) - 1) < 0.01 for row in options)
        assert html.count("<img") == 3, "the boxes, and two lines as seen"
        assert html.count("download=") == 3
    assert len(answer.seen) == 2
    assert answer.seen[0].height == 32


def test_a_picture_without_text_says_what_to_try() -> None:
    answer = read_picture(np.full((90, 200, 3), 90, np.uint8))
    assert answer.confidence == 0
    assert "No Hylian found" in reading_card(answer, "hylian", texts("en"))
    assert "没有找到海利亚文" in reading_card(answer, "hylian", texts("zh"))


def test_drawings_by_hand_are_read_wherever_they_are() -> None:
    right = 0
    for drawing in PATHS:
        wide = np.full((320, 640, 3), 255, np.uint8)
        small = np.asarray(
            Image.fromarray(canvas(drawing, 14)).resize((240, 240 * drawing["size"][1] // drawing["size"][0]))
        )
        wide[20 : 20 + small.shape[0], 380 : 380 + small.shape[1]] = small[:300]
        answer = read_drawing(wide)
        right += bool(answer.letters) and answer.letters[0][0] == drawing["letter"]
    assert right >= 0.95 * len(PATHS)


def test_glyphs_in_a_row_are_a_word() -> None:
    answer = read_drawing(np.hstack([path_of(char) for char in "HAL"]))
    assert (answer.word, answer.letters) == ("HAL", ())
    assert "HAL" in word_card(answer, texts("en"))
    assert read_drawing(np.full((50, 50, 3), 255, np.uint8)).seen is None
    assert read_glyph(path_of("A"), "hylian").letters[0][0] == "A"


def test_languages_say_the_same_things() -> None:
    first, second = (texts(language).table for language in LANGUAGES)
    assert set(second) - {"errors"} == set(first)
    for key, value in first.items():
        if isinstance(value, str):
            assert set(re.findall(r"{\w+}", value)) == set(re.findall(r"{\w+}", second[key])), key
        else:
            assert len(value) == len(second[key])
    assert set(first["names"]) == {AUTO, *OFFERS}


def test_readers_are_the_released_ones_and_the_users_own(tmp_path: Path) -> None:
    readers = Readers()
    assert set(readers.names()) == set(OFFERS)
    for lines, glyphs in OFFERS.values():
        for name in filter(None, (lines, glyphs)):
            bundle_file.find(name)
    name = readers.take(bundle_file.find("cnn_mnist"))
    assert name in readers.names()
    assert name in readers.names(of_glyphs=True)
    assert readers.glyph_recognizer(name) is not None
    assert readers.page_reader(name).recognizer.script.name == "digits"
    line_name = readers.take(bundle_file.find("crnn_mnist_lines"))
    assert line_name not in readers.names(of_glyphs=True)
    assert readers.glyph_recognizer(line_name) is None
    (tmp_path / "no.safetensors").write_bytes(b"no bundle")
    with pytest.raises(BundleError):
        readers.take(tmp_path / "no.safetensors")
    with pytest.raises(BundleError):
        readers.offer(tmp_path / "no.safetensors")
    kept = [readers.offer(bundle_file.find("crnn_hylian")) for _ in range(2)]
    assert len({*kept, *readers.names()}) == len(readers.names()) == len(OFFERS) + 4
    assert readers.base(kept[0]) == "hylian"
    assert readers.base(name) == "digits"
    assert readers.page_reader(kept[1]).recognizer.script.name == "hylian"
    with pytest.raises(KeyError):
        readers.page_reader("klingon")


def test_bad_bytes_are_named() -> None:
    for raw, code in ((b"", "empty_picture"), (b"text", "not_a_picture"), (b"\x89PNG\r\n\x1a\nrest", "not_a_picture")):
        with pytest.raises(AnswerError) as raised:
            picture_of(raw)
        assert raised.value.code == code
    with pytest.raises(AnswerError, match="base64"):
        decoded("data:image/png;base64,*")


@pytest.mark.parametrize("does", ["read", "draw", "save_lines", "save_drawing"])
def test_the_page_decodes_within_the_limiter(does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large picture takes most of its room while it is decoded: no more at once than readings."""
    entered: list[bool] = []

    def seen(data: bytes) -> Image.Image:
        entered.append(READING_LIMITER.is_entered())
        raise AnswerError("not_a_picture", "seen")

    monkeypatch.setattr(handlers, "picture_of", seen)
    page = handlers.Handlers(texts("en"), Lessons(tmp_path))
    arguments = (
        ["data:image/png;base64,AAAA", "TEXT", "hylian"]
        if does.startswith("save")
        else ["data:image/png;base64,AAAA", "hylian"]
    )
    with pytest.raises(AnswerError, match="seen"):
        getattr(page, does)(*arguments)
    assert entered == [True]
    assert not READING_LIMITER.is_entered()
