"""Learning from a handful of labelled crops, with no stage and no folder."""

from dataclasses import replace

import numpy as np
import pytest

from glyphgen.datasets.moved_crops import MovedCrops
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.sample import Sample
from glyphgen.shapes.pen import Drawing
from recognizers import bundle
from recognizers.adaptation import Outcome, Tuning, adapt_to, cross_validate, errors_of, fitting, trajectory
from recognizers.recognizer import Recognizer
from tests.conftest import tiny


class Words:
    """Short words of three letters, for a task that is learned in seconds."""

    def draw(self, rng: np.random.Generator) -> tuple[str, str]:
        return "".join("AIH"[k] for k in rng.integers(0, 3, 4)), ""

    def neighbor(self, rng: np.random.Generator, n: int) -> str:
        return "A" * n

    def part(self, split: str) -> "Words":
        return self


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return bundle.load("crnn_hylian")


@pytest.fixture(scope="module")
def crops(hylian: Drawing) -> list[Sample]:
    synth = LineSynth(DrawnSource(hylian), Words(), "none", 5, "train", 12, 4)
    return [synth[i] for i in range(12)]


def swapped(crops: list[Sample]) -> list[Sample]:
    """The same pictures where A means H: what only labels can tell."""
    return [replace(crop, text=crop.text.translate(str.maketrans("AH", "HA"))) for crop in crops]


def test_crops_that_mean_something_else_are_learned(recognizer: Recognizer, crops: list[Sample]) -> None:
    new, outcome = adapt_to(
        recognizer, swapped(crops[:8]), [], Tuning((30,), learning_rate=0.005, n_crops=4, n_folds=2), 0, MovedCrops
    )
    assert outcome.cer_before is not None
    assert outcome.cer_after is not None
    assert outcome.cer_before > 0.4
    assert outcome.steps > 0
    assert outcome.cer_after < 0.5 * outcome.cer_before
    unseen = swapped(crops[8:])
    assert errors_of(new, unseen)[0] < 0.5 * errors_of(recognizer, unseen)[0]
    assert errors_of(recognizer, crops)[0] == 0, "the recognizer that it started from stays as it was"


def test_what_makes_it_worse_is_not_kept(recognizer: Recognizer, crops: list[Sample]) -> None:
    new, outcome = adapt_to(recognizer, crops[:4], [], Tuning((3,), learning_rate=3.0, n_folds=2), 0, MovedCrops)
    assert (new, outcome.steps) == (recognizer, 0)
    assert outcome.cer_before == outcome.cer_after == 0
    validated = cross_validate(recognizer, crops[:4], [], Tuning((3,), learning_rate=3.0, n_folds=2), 0, MovedCrops)
    assert validated[3] > validated[0]


def test_one_crop_changes_nothing(recognizer: Recognizer, crops: list[Sample]) -> None:
    assert adapt_to(recognizer, crops[:1], crops, Tuning(), 0, MovedCrops) == (recognizer, Outcome(0, None, None))


def test_a_trajectory_stops_where_it_should(recognizer: Recognizer, crops: list[Sample]) -> None:
    stops = [
        step
        for step, _ in trajectory(recognizer, crops[:2], crops, Tuning((1, 2), n_crops=2, n_replay=1), 3, 0, MovedCrops)
    ]
    assert stops == [1, 2, 3]


def test_a_crop_at_the_limit_is_learned_from_however_it_moves_and_one_beyond_it_is_left_out_and_named(
    hylian: Drawing,
) -> None:
    recognizer = tiny(hylian.script)
    rng = np.random.default_rng(0)
    square = [
        Sample(rng.integers(0, 255, (60, 60, 3), dtype=np.uint8), "ABCDABCD", origin=f"square-{k}") for k in range(3)
    ]
    doubled = Sample(square[0].image, hylian.script.canonical("ABBCDEFG"), origin="doubled.png")
    said: list[str] = []
    crops = fitting([*square, doubled], recognizer, said.append)
    assert crops == square
    assert len(said) == 1
    assert "doubled.png" in said[0]
    tuning = Tuning(stops=(60,), n_crops=4, n_replay=0, n_folds=2)
    assert [stop for stop, _ in trajectory(recognizer, crops, [], tuning, 60, 0, MovedCrops)] == [
        60
    ]  # 240 moves, some of which made it narrower


def test_progress_is_told_as_numbers(recognizer: Recognizer, crops: list[Sample]) -> None:
    told: list[tuple[str, int, int]] = []
    tuning = Tuning((1,), n_crops=2, n_replay=0, n_folds=2)
    adapt_to(recognizer, crops[:3], [], tuning, 0, MovedCrops, lambda *said: told.append(said))
    assert told == [("cross-validation", k, 2) for k in range(3)]


class Plain:
    """What the app may learn from: no sample of glyphgen."""

    def __init__(self, sample: Sample) -> None:
        self.image, self.text, self.origin = sample.image, sample.text, "mine"


def test_anything_with_a_picture_and_a_text_is_learned_from(recognizer: Recognizer, crops: list[Sample]) -> None:
    class Same(list[Plain]):
        def __init__(self, those: list[Plain], seed: int) -> None:
            super().__init__(those * 10)

    mine = [Plain(crop) for crop in crops[:2]]
    *_, (_, pupil) = trajectory(recognizer, mine, [], Tuning((), n_crops=2), 2, 0, Same)
    wrong, total, _ = errors_of(pupil, mine)
    assert (wrong, total) == (0, sum(len(crop.text) for crop in crops[:2]))
