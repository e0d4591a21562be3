import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torchmetrics.functional.classification import binary_calibration_error

from recognizers.metrics import (
    calibration_error,
    character_error_rate,
    confusions,
    exact_match,
    glyph_hits,
    match_quads,
    normalized_edit_distance,
    score,
    score_letters,
    share_right,
    word_errors,
)
from recognizers.reading import GlyphReading, Reading


def edits(a: str, b: str) -> int:
    """Levenshtein distance, written again in the plainest way."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


texts = st.lists(st.tuples(st.text("ABC", max_size=8), st.text("ABC", max_size=8)), min_size=1, max_size=5)


@given(texts)
def test_cer_against_an_independent_implementation(pairs: list[tuple[str, str]]) -> None:
    truths, reads = zip(*pairs, strict=True)
    wanted = sum(edits(a, b) for a, b in pairs) / max(1, sum(map(len, truths)))
    assert character_error_rate(truths, reads) == pytest.approx(wanted)


def test_other_rates() -> None:
    assert exact_match(["AB", "C"], ["AB", "D"]) == 0.5
    assert normalized_edit_distance(["AB", ""], ["A", ""]) == 0.25
    assert confusions(["AB"], ["AC"]) == {("A", "A"): 1, ("B", "C"): 1}
    assert confusions(["AB"], ["A"]) == {("A", "A"): 1, ("B", ""): 1}


def test_calibration_is_zero_when_confidence_is_the_share_right() -> None:
    assert calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)
    assert calibration_error([0.95, 0.95], [False, False]) == pytest.approx(0.95)


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=40))
def test_calibration_error_is_that_of_torchmetrics(pairs: list[tuple[float, bool]]) -> None:
    assume(not any(abs(10 * c - round(10 * c)) < 1e-4 for c, _ in pairs))  # an edge belongs to either bin
    confidences, is_right = map(list, zip(*pairs, strict=True))
    theirs = binary_calibration_error(torch.tensor(confidences), torch.tensor(is_right).int(), n_bins=10, norm="l1")
    # which takes the confidence that it is right for the chance of class 1
    assert calibration_error(confidences, is_right) == pytest.approx(float(theirs), abs=1e-5)


def reading(text: str, confidence: float) -> Reading:
    return Reading(text, confidence, tuple(GlyphReading(c, confidence, (0, 1), ((c, confidence),)) for c in text))


def test_glyph_hits_align_with_the_truth() -> None:
    assert glyph_hits("ABC", reading("AXC", 0.9)) == [(0.9, True), (0.9, False), (0.9, True)]
    assert glyph_hits("AC", reading("ABC", 0.9))[1] == (0.9, False)


def test_score_counts_everything() -> None:
    figures = score(["AB", "C"], [reading("AB", 1.0), reading("D", 0.6)])
    assert figures["n"] == 2
    assert figures["grapheme_cer"] == pytest.approx(1 / 3)
    assert figures["exact"] == 0.5
    assert figures["glyph_ece"] == pytest.approx(0.2)
    assert "top3" not in figures, "that is for pictures of one glyph"


def test_score_of_single_glyphs_tells_what_is_among_three() -> None:
    def glyph(*letters: str) -> Reading:
        return Reading(letters[0], 0.9, (GlyphReading(letters[0], 0.9, (0.0, 1.0), tuple((c, 0.2) for c in letters)),))

    assert (
        score(["A", "B", "C", "D"], [glyph(*"ABCDE"), glyph(*"ABCDE"), glyph(*"ABCDE"), glyph(*"ABCDE")])["top3"]
        == 0.75
    )


def test_quads_are_matched_once_and_best_first() -> None:
    def square(x: float) -> np.ndarray:
        return np.array([[x, 0], [x + 10, 0], [x + 10, 10], [x, 10]])

    assert match_quads([square(0), square(100)], [square(1), square(0), square(50)]) == [(0, 1)]
    assert match_quads([square(0)], [square(4)], 0.5) == []
    assert match_quads([square(0)], [square(4)], 0.4) == [(0, 0)]
    assert match_quads([], [square(0)]) == []


def test_words_are_counted_where_they_are_split_joined_and_wrong() -> None:
    assert word_errors("THE OLD KING", "THE OLD KING") == (0, 3)
    assert word_errors("THE OLD KING", "THE OLD KIND") == (1, 3)
    assert word_errors("RITO VILLAGE", "RITOVILLAGE") == (2, 2)
    assert word_errors("A", "") == (1, 1)


def test_letters_are_scored_where_they_are_known() -> None:
    def spelled(text: str, letters: str, p: float = 1.0) -> Reading:
        return Reading(text, 0.9, letters=letters, letters_confidence=p)

    readings = [spelled("KIND OR", "KING OF"), spelled("THEKIND", "THE KIND", 0.5), spelled("XX", "XX")]
    figures = score_letters(["KING OF", "THE KING", ""], ["KIND OR", "THEKIND", "XX"], readings)
    assert figures["n_letters"] == 2
    assert figures["grapheme_cer_bare"] == 0
    assert figures["letter_cer_raw"] == pytest.approx(3 / 13)
    assert figures["letter_cer"] == pytest.approx(1 / 13)
    assert figures["words_right"] == 1.0
    assert figures["words_right_run_together"] == 0.5
    assert figures["letters_ece"] == pytest.approx(0.25)
    assert score_letters([""], ["A"], [spelled("A", "A")]) == {}
    assert score_letters(["A"], ["A"], [Reading("A", 0.9)]) == {}


def test_more_words_wrong_than_there_are_is_no_share_below_0() -> None:
    figures = score_letters(["OLD"], ["OLD"], [Reading("OLD", 0.9, letters="O L D I N A", letters_confidence=1.0)])
    assert figures["words_right"] == 0.0
    assert share_right(1, 4) == 0.75
    assert share_right(0, 0) == 1.0
