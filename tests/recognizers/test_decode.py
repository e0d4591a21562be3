import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recognizers.decode import best_path, evidence_of, required_steps


def collapse(path: list[int]) -> list[int]:
    """CTC's map, written another way: merge repeats, then drop blanks."""
    return [key for key, _ in itertools.groupby(path) if key != 0]


def one_hot(path: list[int], n: int = 5) -> np.ndarray:
    log_probs = np.full((len(path), n), np.log(0.02), np.float32)
    log_probs[np.arange(len(path)), path] = np.log(0.92)
    return log_probs


@given(st.lists(st.integers(0, 4), max_size=20))
def test_best_path_is_the_collapsed_argmax(path: list[int]) -> None:
    assert [e.id for e in best_path(one_hot(path))] == collapse(path)


@given(st.lists(st.integers(1, 4), max_size=10))
def test_required_steps_are_enough_and_fewest(ids: list[int]) -> None:
    path: list[int] = []
    for i in ids:
        path += [0, i] if path and path[-1] == i else [i]
    assert len(path) == required_steps(ids)
    assert collapse(path) == ids


def test_spans_and_confidence() -> None:
    found = best_path(one_hot([0, 3, 3, 0, 3, 1]))
    assert [(e.id, e.start, e.end) for e in found] == [(3, 1, 3), (3, 4, 5), (1, 5, 6)]
    assert all(abs(e.probability - 0.92) < 1e-4 for e in found)


def test_nothing_in_nothing_out() -> None:
    assert best_path(np.zeros((0, 3), np.float32)) == []


def test_evidence_has_a_row_a_glyph_the_spaces_between_and_what_was_nearly_read() -> None:
    log_probs = one_hot([1, 0, 4, 0, 2, 0, 0, 0, 3])  # id 4 is the space
    log_probs[6] = np.log([0.7, 0.28, 0.01, 0.005, 0.005])  # nearly another glyph 1, between 2 and 3
    evidence = evidence_of(log_probs, best_path(log_probs), [1, 2, 3], 4)
    assert evidence.log_p.shape == (3, 3)
    assert evidence.log_p.argmax(axis=1).tolist() == [0, 1, 2]
    assert np.allclose(np.exp(evidence.log_p).sum(axis=1), 1, atol=1e-4)
    assert evidence.space[0] == 0
    assert evidence.space[1] > 0.9
    assert evidence.space[2] < 0.1
    assert [(place, grapheme) for place, grapheme, _ in evidence.missed] == [(2, 0)]
    assert np.allclose(evidence.skip, 0.04, atol=1e-4)  # the blank's share and the space's
    assert evidence_of(log_probs, best_path(log_probs), [1, 2, 3, 4], None).space.tolist() == [0, 0, 0, 0]
    assert len(evidence_of(log_probs, [], [1, 2, 3], 4).log_p) == 0
