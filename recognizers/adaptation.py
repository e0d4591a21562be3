"""Adapt a recognizer to a handful of labelled crops: a few steps on them and on rehearsed synthetic lines, as many as
cross-validation within the handful says, none if that is best.

Against forgetting: rehearsal, a low rate, batch norm that rests. Against over-fitting: the crops move a little each
time, the weights are a running mean, and every fold is read at each of a few stops, so that the best stop is known
before all crops are trained on.

Everything is given: the crops, the rehearsed samples, and how crops are varied (`Vary`), so that the stages of
experiments and the app learn with the same code, each with pictures of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import torch

from recognizers.collation import LabelledPicture, collate, fitted, stack
from recognizers.interpret import LabelError
from recognizers.recognizer import Recognizer

_AT_ONCE = 32  # samples that are read together
_MOST_GRADIENT = 5.0  # norm that gradients are clipped to
Crop = TypeVar("Crop", bound=LabelledPicture)
# crops and a seed to an endless sequence of them, each a little different every time (glyphgen's `MovedCrops`)
Vary = Callable[[Sequence[Crop], int], Sequence[LabelledPicture]]


class ProgressCallback(Protocol):
    """Is told what is being done, and how many parts of how many are done."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


def untold(what: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Tuning:
    """stops: after how many steps a fold is read; each step takes n_crops crops and n_replay rehearsed samples; at most
    n_folds folds. rests: batch norm stays as it is, as it should for a network that has learned from far more.
    """

    stops: tuple[int, ...] = (15, 30, 60, 120)
    n_crops: int = 8
    n_replay: int = 8
    learning_rate: float = 0.0005
    n_folds: int = 4
    ema: float = 0.9
    rests: bool = True


@dataclass(frozen=True)
class Outcome:
    """How far was trained, and the CER in cross-validation before and after; both None where there was nothing to
    validate with.
    """

    steps: int
    cer_before: float | None
    cer_after: float | None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def fitting(crops: Sequence[Crop], recognizer: Recognizer, says: Callable[[str], None]) -> list[Crop]:
    """Return the crops whose pictures are wide enough for their labels; the others are named, and no reason not to
    learn from the rest.
    """
    if recognizer.unit != "line":
        return list(crops)
    kept = []
    for crop in crops:
        text, tensor = recognizer.script.canonical(crop.text), recognizer.preprocess(crop.image).tensor
        try:
            recognizer.check_label(text, tensor.shape[-1], crop.origin)
            kept.append(crop)
        except LabelError as error:
            says(f"left out: {error}")
    return kept


def trajectory(
    recognizer: Recognizer,
    crops: Sequence[Crop],
    replay: Sequence[LabelledPicture],
    tuning: Tuning,
    last: int,
    seed: int,
    vary: Vary[Crop],
) -> Iterator[tuple[int, Recognizer]]:
    """Train a copy and yield it, its weights averaged, after each stop up to `last`, and after that. The recognizer
    that is given stays as it is. Raises LabelError for a crop that is too narrow for its text.
    """
    pupil, mean = deepcopy(recognizer).train(not tuning.rests), deepcopy(recognizer).eval()
    optimizer = torch.optim.AdamW(pupil.parameters(), lr=tuning.learning_rate, weight_decay=0.0)
    rng, moved = np.random.default_rng([seed, 59]), vary(crops, seed)
    for step in range(1, last + 1):
        samples = [moved[(step - 1) * tuning.n_crops + i] for i in range(tuning.n_crops)]
        samples += [replay[i] for i in rng.integers(0, len(replay), tuning.n_replay if replay else 0)]
        # moving must not leave a picture too narrow for its text
        tensors = [fitted(sample, pupil)[1] for sample in samples]
        loss = pupil.training_loss(stack(samples, tensors, pupil, widens=True))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own method has no types
        torch.nn.utils.clip_grad_norm_(pupil.parameters(), _MOST_GRADIENT)
        optimizer.step()
        with torch.no_grad():
            for old, new in zip(mean.parameters(), pupil.parameters(), strict=True):
                old.lerp_(new, 1 - min(tuning.ema, (1 + step) / (10 + step)))
            for kept, now in zip(mean.buffers(), pupil.buffers(), strict=True):
                kept.copy_(now)
        if step in tuning.stops or step == last:
            yield step, mean


def errors_of(recognizer: Recognizer, samples: Sequence[LabelledPicture]) -> tuple[float, float, float]:
    """Return how many graphemes of the samples are read wrong, out of how many, and the summed loss, which tells more
    of a handful.
    """
    wrong = total = loss = 0.0
    with torch.inference_mode():
        for start in range(0, len(samples), _AT_ONCE):
            batch = collate(samples[start : start + _AT_ONCE], recognizer)
            outputs = recognizer(batch.images, batch.widths)
            errors, n = recognizer.errors(outputs, batch)
            wrong, total = wrong + errors, total + n
            loss += float(recognizer.loss(outputs, batch)) * len(batch.texts)
    return wrong, total, loss


def cross_validate(
    recognizer: Recognizer,
    crops: Sequence[Crop],
    replay: Sequence[LabelledPicture],
    tuning: Tuning,
    seed: int,
    vary: Vary[Crop],
    tells: ProgressCallback = untold,
) -> dict[int, tuple[float, float]]:
    """Return for 0 steps and for each stop the CER and the loss of crops that were not trained on, each crop once."""
    n_folds = min(tuning.n_folds, len(crops))
    folds = [list(range(k, len(crops), n_folds)) for k in range(n_folds)]
    recognizer.eval()
    sums = {stop: np.zeros(3) for stop in (0, *tuning.stops)}
    for k, fold in enumerate(folds):
        tells("cross-validation", k, n_folds)
        held_out = [crops[i] for i in fold]
        rest = [crop for i, crop in enumerate(crops) if i not in set(fold)]
        sums[0] += errors_of(recognizer, held_out)
        for stop, pupil in trajectory(recognizer, rest, replay, tuning, max(tuning.stops), seed + k, vary):
            sums[stop] += errors_of(pupil, held_out)
    tells("cross-validation", n_folds, n_folds)
    return {stop: (float(wrong / max(total, 1)), float(loss)) for stop, (wrong, total, loss) in sums.items()}


def adapt_to(
    recognizer: Recognizer,
    crops: Sequence[Crop],
    replay: Sequence[LabelledPicture],
    tuning: Tuning,
    seed: int,
    vary: Vary[Crop],
    tells: ProgressCallback = untold,
) -> tuple[Recognizer, Outcome]:
    """Return the recognizer adapted to crops with texts, or as it was where cross-validation likes that better: fewer
    graphemes wrong first, then a lower loss. One crop alone cannot be validated, and changes nothing.
    """
    if len(crops) < 2:
        return recognizer, Outcome(0, None, None)
    validated = cross_validate(recognizer, crops, replay, tuning, seed, vary, tells)
    best = min(validated, key=lambda stop: (validated[stop], stop))
    if best:
        *_, (_, recognizer) = trajectory(recognizer, crops, replay, tuning, best, seed, vary)
    return recognizer, Outcome(best, validated[0][0], validated[best][0])
