import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.language.english import english
from recognizers.language.letters import LetterModel


@pytest.fixture(scope="module")
def letters() -> LetterModel:
    return LetterModel.counted(list(english()))


def test_letters_are_chosen_by_their_neighbors(letters: LetterModel) -> None:
    text, each = letters.most_likely([["T", "J"], ["H"], ["I"], ["N"], ["D", "G"]])
    assert text == "THING"
    assert len(each) == 5
    assert (each < 0).all()
    assert letters.most_likely([["1"], ["2"]])[0] == "12"
    assert letters.most_likely([])[0] == ""


def test_the_end_of_a_word_counts(letters: LetterModel) -> None:
    assert letters.most_likely([["N"], ["E"], ["X"], ["I"], ["N"], ["D", "G"]])[0] == "NEXING"


def test_words_of_no_list_are_spelled_by_more_than_two_letters_before(letters: LetterModel) -> None:
    """Words of a large dictionary that the lexicon lacks, in the shapes of Hylian."""
    shared = {c: group for group in ("DG", "EW", "FR", "JT", "OZ") for c in group}
    rare = ["SCORNFULNESSES", "NONEMERGENCIES", "OUTWEARING", "UNADJUDICATED", "IMPROBATION", "BIODEGRADATIONAL"]
    assert not set(rare) & english().keys()
    assert [letters.most_likely([list(shared.get(c, c)) for c in word])[0] for word in rare] == rare


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text("ABZ", min_size=1, max_size=8), max_size=12), st.integers(1, 5), st.text("ABZ", max_size=6))
def test_what_may_follow_sums_to_one(words: list[str], order: int, before: str) -> None:
    model = LetterModel.counted(words, order)
    number = 0
    for char in before[-(order - 1) :] if order > 1 else "":
        number = number * 27 + ord(char) - 64
    p = np.exp(model.log_p(np.full(27, number), np.arange(27)))
    assert p.sum() == pytest.approx(1.0, abs=1e-6)
    assert (p > 0).all()


def test_arrays_keep_it(letters: LetterModel) -> None:
    again = LetterModel.from_arrays(letters.to_arrays())
    options = [["F", "R"], ["E", "W"], ["D", "G"], ["F", "R"], ["E", "W"], ["T", "J"]]
    text, each = again.most_likely(options)
    assert text == letters.most_likely(options)[0]
    assert each == pytest.approx(letters.most_likely(options)[1])
