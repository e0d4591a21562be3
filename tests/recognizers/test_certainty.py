"""One probability that every letter of a line is right, from all that is known of it."""

from dataclasses import replace

import numpy as np
import pytest

from glyphgen.script import load_script
from glyphgen.shapes.pen import Drawing
from recognizers import bundle
from recognizers.certainty import MOST, Certainty, features, fit
from recognizers.language.language import Language
from recognizers.metrics import calibration_error, error_by_chance, has_every_letter, sureness
from recognizers.opening import open_recognizer
from recognizers.page.reader import Reader, load_reader
from recognizers.reading import GlyphReading, Reading, Word
from tests.conftest import clean_picture

HYLIAN = load_script("hylian")


def line(text: str, letters: str, sure: float = 0.99) -> Reading:
    glyphs = tuple(GlyphReading(c, sure, (0, 1), ((c, sure),), letter) for c, letter in zip(text, letters, strict=True))
    return Reading(text, sure, glyphs, letters=letters, letters_confidence=0.98)


def test_all_that_is_known_is_multiplied_and_nothing_is_certain() -> None:
    known = replace(line("CAVE", "CAVE"), words=(Word("CAVE", True, (0.0, 1.0)),))
    assert Certainty().probability(known, 0.5) == pytest.approx(0.5 * 0.98 * 0.99**0.2)
    assert Certainty().probability(replace(line("CAVE", "CAVE", sure=0.9), letters=""), 1.0) == pytest.approx(0.9)
    assert Certainty().probability(replace(known, confidence=1.0, letters_confidence=1.0), 1.0) == pytest.approx(MOST)
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


def test_a_calibration_error_by_chance_is_what_faultless_probabilities_show() -> None:
    rng = np.random.default_rng(1)
    for n in (60, 2000):
        said = rng.uniform(0.5, 1.0, n)
        shown = np.mean([calibration_error(said.tolist(), (rng.random(n) < said).tolist()) for _ in range(100)])
        assert error_by_chance(said.tolist()) == pytest.approx(shown, rel=0.15)
    assert error_by_chance([]) == 0.0
    assert error_by_chance([1.0, 1.0]) == 0.0


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


def test_what_was_sure_in_vain_counts_for_more_and_what_was_not_for_less() -> None:
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.exponential(0.2, (6000, 4)), rng.random((6000, 1)) < 0.2], axis=1)
    for truth in (Certainty(0.5, 1.0, 2.0, 0.0, -1.0), Certainty(2.0, 0.3, 0.1, 1.5, -3.0)):
        is_right = rng.random(6000) < truth.of(rows)
        found = fit(list(rows), is_right.tolist())
        assert list(found.to_dict().values()) == pytest.approx(list(truth.to_dict().values()), abs=0.5)
        assert sureness(found.of(rows).tolist(), is_right.tolist())["ece"] < 0.03


def test_a_handful_of_lines_moves_little_and_lines_of_one_kind_nothing() -> None:
    rows = [features(line("CAVE", "CAVE", sure), 0.9) for sure in (0.99, 0.9)]
    before, after = Certainty().of(np.stack(rows)), fit(rows, [True, False]).of(np.stack(rows))
    assert after.tolist() == pytest.approx(before.tolist(), abs=0.15)
    for ok in (True, False):
        with pytest.raises(ValueError, match="right"):
            fit(rows, [ok, ok])


def test_where_all_is_sure_so_is_the_line_whatever_was_fitted() -> None:
    for certainty in (Certainty(), Certainty(5.0, 5.0, 5.0, 5.0, -5.0)):
        assert certainty.of(np.zeros((1, 5)))[0] == pytest.approx(MOST)


def test_shapes_in_doubt_count_for_more_in_words_that_nobody_knows() -> None:
    reading = replace(line("CAVE", "CAVE", sure=0.9), confidence=0.66)
    known, unknown = (replace(reading, words=(Word("CAVE", is_known, (0.0, 1.0)),)) for is_known in (True, False))
    assert Certainty().probability(known, 1.0) == pytest.approx(0.98 * 0.66**0.2, abs=0.001)
    assert Certainty().probability(unknown, 1.0) == pytest.approx(0.98 * 0.66**0.2 * 0.9**4, abs=0.001)


def test_numbers_that_are_none_are_refused() -> None:
    for wrong in ({"shapes": -0.1}, {"letters": float("nan")}, {"at_border": "much"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Certainty(**wrong)


def test_a_bundle_keeps_what_was_fitted_and_pages_say_it(hylian: Drawing, tmp_path) -> None:
    recognizer = bundle.load("crnn_hylian")
    said = []
    for certainty in (Certainty(), Certainty(5.0, 5.0, 5.0, 5.0, -2.0)):
        recognizer.certainty = certainty
        bundle.save(recognizer, tmp_path / "b.safetensors", {})
        assert bundle.load(tmp_path / "b.safetensors").certainty == certainty
        reader = load_reader(tmp_path / "b.safetensors", lines="lines_hylian")
        assert reader.recognizer.certainty == certainty, "without torch too"
        (found,) = reader.read_page(clean_picture(hylian, ["LINK"], cap_px=30)).script_lines
        said.append(found.probability)
    assert said[1] < said[0] - 0.01
