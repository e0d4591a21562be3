import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.measure.oneshot import by_hausdorff, fewer_ways, mean_interval, score_tasks, taught
from glyphgen.datasets.omniglot import Task
from glyphgen.script import Grapheme, Script
from glyphgen.shapes.invented import draw, random_alphabet
from recognizers.image.preprocess import Preprocess
from recognizers.networks.protonet import ProtoNet


def toy_task(n_way: int = 6, seed: int = 0) -> Task:
    rng = np.random.default_rng(seed)
    glyphs = random_alphabet(rng, n_way).glyphs
    order = rng.permutation(n_way)
    supports = np.stack([draw(glyph, rng) for glyph in glyphs])
    return Task(
        f"toy{seed}", supports, tuple(range(n_way)), np.stack([supports[k] for k in order]), tuple(order.tolist())
    )


def test_a_recognizer_is_taught_the_supports_and_asked_the_queries() -> None:
    net = ProtoNet(
        Script("x", (Grapheme("A"),)), Preprocess(32, stride_px=32, is_square=True), (8, 16), (1, 1), n_features=32
    )
    tasks = [toy_task(seed=seed) for seed in range(3)]
    for answers in (taught(net), taught(net, is_together=True), by_hausdorff):
        score = score_tasks(tasks, answers)
        assert (score.error, score.n_tasks, score.n) == (0.0, 3, 18), "the queries are the supports"
    assert net.script.alphabet == "A", "the recognizer itself learns nothing"
    wrong = score_tasks(tasks, lambda task: [(k + 1) % 6 for k in task.answers])
    assert wrong.error == 1.0
    with pytest.raises(ValueError, match="no task"):
        score_tasks([], by_hausdorff)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_intervals_are_those_of_scipy(values: list[float]) -> None:
    mean, half = mean_interval(values)
    assert mean == pytest.approx(np.mean(values))
    if np.std(values) > 1e-9:
        low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        assert (mean - half, mean + half) == pytest.approx((low, high))


def test_tasks_are_cut_into_smaller_ones() -> None:
    parts = fewer_ways(toy_task(7), 3)
    assert [len(part.supports) for part in parts] == [3, 3]
    assert all(by_hausdorff(part) == list(part.answers) for part in parts)
    assert len({picture.tobytes() for part in parts for picture in part.supports}) == 6
    score = score_tasks([*parts, *fewer_ways(toy_task(7, 1), 3)], by_hausdorff)
    assert (score.n_tasks, score.n) == (2, 12), "what one hand drew counts as one"
    assert str(score_tasks(parts, by_hausdorff)) == "0.00 %", "one task has no interval"
    with pytest.raises(ValueError, match="7 classes, not 8"):
        fewer_ways(toy_task(7), 8)
