import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers.metrics import (
    calibration_error,
    character_error_rate,
    confusions,
    exact_match,
    glyph_hits,
    normalized_edit_distance,
    score,
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
