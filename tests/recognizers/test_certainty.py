"""One probability that every letter of a line is right, from all that is known of it."""

from dataclasses import replace

import numpy as np
import pytest

from glyphgen.script import load_script
from glyphgen.shapes.pen import Drawing
from recognizers import bundle
from recognizers.certainty import MOST, Certainty, fit
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
    assert Certainty().probability(line("CAVE", "CAVE"), 0.5) == pytest.approx(0.49)
    assert Certainty().probability(replace(line("CAVE", "CAVE", sure=0.9), letters=""), 1.0) == pytest.approx(0.9)
    assert Certainty().probability(replace(line("CAVE", "CAVE"), letters_confidence=1.0), 1.0) == pytest.approx(MOST)
    assert MOST < 1
    assert Certainty().probability(Reading("", 0.0), 1.0) == 0.0


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
    assert Certainty().probability(line("CAVE", "CAVE"), 0.9, is_at_border=True) < 0.6
    assert 0 < Certainty().probability(line("CAVE", "CAVE"), 1e-9, is_at_border=True) < 1e-8


def test_what_is_surer_than_right_is_bent_down_and_what_is_too_modest_up() -> None:
    rng = np.random.default_rng(0)
    said = rng.uniform(0.05, 0.995, 4000)
    at_border = rng.random(4000) < 0.2
    for truth in (Certainty(0.5, -0.7, -1.0), Certainty(1.5, 0.8, 0.0)):
        chances = np.array([truth.of(p, b) for p, b in zip(said, at_border, strict=True)])
        is_right = rng.random(4000) < chances
        found = fit(said.tolist(), at_border.tolist(), is_right.tolist())
        assert found.power == pytest.approx(truth.power, abs=0.15)
        assert found.factor == pytest.approx(truth.factor, abs=0.2)
        assert found.at_border == pytest.approx(truth.at_border, abs=0.25)
        probabilities = [found.of(p, b) for p, b in zip(said, at_border, strict=True)]
        assert sureness(probabilities, is_right.tolist())["ece"] < 0.03
        assert max(probabilities) <= MOST


def test_a_handful_of_lines_bends_little_and_lines_of_one_kind_nothing() -> None:
    found = fit([0.9, 0.8], [False, False], [True, False])
    assert found.of(0.9) == pytest.approx(0.9, abs=0.2)
    for ok in (True, False):
        with pytest.raises(ValueError, match="right"):
            fit([0.9, 0.8], [False, True], [ok, ok])


def test_numbers_that_are_none_are_refused() -> None:
    for wrong in ({"power": 0.0}, {"factor": float("nan")}, {"at_border": "much"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Certainty(**wrong)


def test_a_bundle_keeps_what_was_fitted_and_pages_say_it(hylian: Drawing, tmp_path) -> None:
    recognizer = bundle.load("crnn_hylian")
    said = []
    for certainty in (Certainty(), Certainty(0.5, -1.0, -2.0)):
        recognizer.certainty = certainty
        bundle.save(recognizer, tmp_path / "b.safetensors", {})
        assert bundle.load(tmp_path / "b.safetensors").certainty == certainty
        reader = load_reader(tmp_path / "b.safetensors", lines="lines_hylian")
        assert reader.recognizer.certainty == certainty, "without torch too"
        (found,) = reader.read_page(clean_picture(hylian, ["LINK"], cap_px=30)).script_lines
        said.append(found.probability)
    assert said[1] < said[0] - 0.1
