import pytest

from recognizers.language.english import Trigrams, english, english_bigrams


def test_english_is_in_capitals_without_apostrophes() -> None:
    words = english()
    assert words["THE"] > words["DONT"] > words["ZEBRA"] > 0
    assert all(word.isascii() and word.isalpha() and word.isupper() for word in words)
    assert {word for word in words if len(word) == 1} == {"A", "I", "O"}


def test_bigrams_are_probabilities() -> None:
    pairs, p = english_bigrams()
    assert ("OF", "THE") in pairs
    assert ("CAN", "NOT") not in pairs
    assert 0 < p.min() < p.sum() < 1


def test_trigrams_by_ids_and_our_own_triples() -> None:
    words = ["A", "KIND", "OF", "KING", "DONT", "I", "XYZZY"]
    trigrams = Trigrams(words, [(0, 3, 6)])
    beyond = len(words)
    assert trigrams.p(2, 1, 0) > 0.3 > trigrams.p(2, 3, 0) > 0
    assert trigrams.p(4, 5, beyond) > 0.01
    assert trigrams.p(6, 3, 0) == pytest.approx(0.5, abs=1e-4)
    assert trigrams.p(6, 1, 0) == 0.0
    assert 0 < trigrams.p(0, beyond, beyond + 1) < 1
