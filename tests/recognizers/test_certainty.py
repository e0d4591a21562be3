"""One probability that every letter of a line is right, from all that is known of it."""

from dataclasses import replace

import numpy as np
import pytest

from glyphgen.script import load_script
from glyphgen.shapes.pen import Drawing
from recognizers.certainty import MOST, probability
from recognizers.language.language import Language
from recognizers.metrics import has_every_letter, sureness
from recognizers.opening import open_recognizer
from recognizers.page.reader import Reader, load_reader
from recognizers.reading import GlyphReading, Reading
from tests.conftest import clean_picture

HYLIAN = load_script("hylian")


def line(text: str, letters: str, sure: float = 0.99) -> Reading:
    glyphs = tuple(GlyphReading(c, sure, (0, 1), ((c, sure),), letter) for c, letter in zip(text, letters, strict=True))
    return Reading(text, sure, glyphs, letters=letters, letters_confidence=0.98)


def test_all_that_is_known_is_multiplied_and_nothing_is_certain() -> None:
    assert probability(line("CAVE", "CAVE"), 0.5) == pytest.approx(0.49)
    assert probability(replace(line("CAVE", "CAVE", sure=0.9), letters=""), 1.0) == pytest.approx(0.9)
    assert probability(replace(line("CAVE", "CAVE"), letters_confidence=1.0), 1.0) == pytest.approx(MOST)
    assert MOST < 1
    assert probability(Reading("", 0.0), 1.0) == 0.0


def test_a_page_says_it_of_each_line(hylian: Drawing) -> None:
    picture = clean_picture(hylian, ["LINK"], cap_px=30)
    reader = load_reader("crnn_hylian")
    (found,) = reader.read_page(picture).script_lines
    assert 0.5 < found.probability <= MOST
    assert found.to_dict()["probability"] == pytest.approx(found.probability, abs=1e-4)
    (alone,) = Reader(open_recognizer("crnn_hylian"), None, Language(hylian.script)).read_page(picture).lines
    assert 0 < alone.probability <= MOST


def test_every_letter_is_right_whatever_the_spaces() -> None:
    reading = line("DERUDO", "GERUDO")
    assert has_every_letter(reading, "GERUDO", "Ger udo", HYLIAN)
    assert not has_every_letter(reading, "GERUDO", "DERUDO", HYLIAN)
    assert has_every_letter(reading, "DERUDO", "", HYLIAN), "only its shapes are known"
    assert not has_every_letter(reading, "DERUDA", "", HYLIAN)


def test_how_much_sureness_is_worth() -> None:
    figures = sureness([0.995, 0.999, 0.5, 0.5], [True, False, True, False])
    assert figures["sure_share"] == 0.5
    assert figures["sure_right"] == 0.5
    assert figures["ece"] == pytest.approx((0.997 - 0.5) / 2, abs=1e-6)
    assert sureness([0.2], [False])["sure_right"] == 1.0


def test_a_line_at_the_border_may_be_cut_there(hylian: Drawing) -> None:
    picture = clean_picture(hylian, ["LINK TOWER"], cap_px=30)
    sheet = np.full((picture.shape[0] + 200, picture.shape[1] + 200, 3), 255, np.uint8)
    sheet[100:-100, 100:-100] = picture
    reader = load_reader("crnn_hylian")
    (whole,) = reader.read_page(sheet).script_lines
    assert not whole.is_at_border
    (cut,) = reader.read_page(sheet[:, : -(100 + picture.shape[1] // 3)]).script_lines
    assert cut.is_at_border
    assert cut.to_dict()["is_at_border"]
    assert probability(line("CAVE", "CAVE"), 0.9, is_at_border=True) < 0.6
    assert 0 < probability(line("CAVE", "CAVE"), 1e-9, is_at_border=True) < 1e-8
