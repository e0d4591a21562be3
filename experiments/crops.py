"""Adapt to a handful of labelled crops: a few steps on them and on replayed synthetic lines, as many as
cross-validation within the handful says, none if that is best.

Against forgetting: replay, a low rate, batch norm that rests. Against over-fitting: the crops move a little each time,
the weights are a running mean, and every fold is read at each of a few stops, so that the best stop is known before all
crops are trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from experiments.batches import collate, fitted
from experiments.datasets import data_script, labeled_folders, make_samples
from experiments.job import Run, SettingError
from experiments.report.progress import Steps
from glyphgen.datasets.augmented import Deformation, DeformedPictures
from glyphgen.datasets.folder import FolderSet
from glyphgen.datasets.line_images import file_key
from glyphgen.files import DataError
from glyphgen.sample import Sample
from glyphgen.script import Script
from recognizers.network import LabelError, Network
from recognizers.recognizer import Recognizer

_SLIGHT = Deformation(turn_deg=0.7, shear=0.05, scale=0.02, shift=0.5, bend=0.3, stretch=0.06)
LEARNERS = ("adapt", "selftrain")  # stages that learn from crops, where data is a folder of them
_AT_ONCE = 32  # samples that are read together


@dataclass(frozen=True)
class Tuning:
    """stops: after how many steps a fold is read; each step takes n_crops crops and n_replay synthetic samples; at most
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


class Crops(DeformedPictures):
    """Sample i is one of the crops, moved a little."""

    def __init__(self, crops: Sequence[Sample], seed: int) -> None:
        super().__init__(len(crops), seed, _SLIGHT, "none", 10**9, ink_share=0.4)
        self.crops = crops

    def row(self, row: int) -> tuple[NDArray[np.uint8], str, str]:
        crop = self.crops[row]
        return crop.image, crop.text, crop.origin


def divided(root: str, script: Script, query_share: float, seed: int) -> dict[str, tuple[list[Sample], list[Sample]]]:
    """Return for each labelled folder at or below `root` the crops to learn from, in the order they are drawn in, and
    those to be read in the end. Raises DataError for pictures or labels that cannot be read.
    """
    parts = {}
    for folder in labeled_folders(root):
        if folder.suffix == ".zip":
            raise DataError(f"{folder}: crops to learn from must lie in a folder; unpack it")
        crops = FolderSet(folder)
        support, query = halves(len(crops), query_share, seed)
        samples = {i: replace(crops[i], text=script.canonical(crops.rows[i][1])) for i in (*support, *query)}
        parts[folder.name] = ([samples[i] for i in support], [samples[i] for i in query])
    return parts


def fitting(crops: Sequence[Sample], recognizer: Recognizer, says: Callable[[str], None]) -> list[Sample]:
    """Return the crops whose pictures are wide enough for their labels; the others are named, and no reason not to
    learn from the rest.
    """
    if recognizer.unit != "line":
        return list(crops)
    kept = []
    for crop in crops:
        try:
            recognizer.check_label(
                recognizer.script.canonical(crop.text), recognizer.preprocess(crop.image).tensor.shape[-1], crop.origin
            )
            kept.append(crop)
        except LabelError as error:
            says(f"left out: {error}")
    return kept


def dealt(parts: Iterable[Sequence[Sample]], k: int | None = None) -> list[Sample]:
    """Return k samples, or all, taken from the parts in turn."""
    rows = [sample for turn in zip_longest(*parts) for sample in turn if sample is not None]
    return rows[:k]


def rehearsal(data: dict[str, Any], recognizer: Recognizer, n: int, augment: str, root: str, seed: int) -> list[Sample]:
    """Render n synthetic samples of data.replay, for which nothing must get worse. Raises SettingError for another
    script.
    """
    replay = data.get("replay")
    if not replay or not n:
        return []
    if (script := data_script(replay, root)) != recognizer.script:
        raise SettingError(
            f"data.replay is written in {script.name!r}, the weights read {recognizer.script.name!r}; "
            "give data.replay.script and data.replay.glyphs or .font, or data.replay=null"
        )
    samples = make_samples(replay, recognizer.unit, "train", seed, n, augment, root, {"n_faces": 24})
    return [samples[i] for i in Steps(range(n), desc="rendering", leave=False)]


def halves(n: int, query_share: float, seed: int) -> tuple[list[int], list[int]]:
    """Return the rows that may be learned from, in the order they are drawn in, and those that are read in the end."""
    order = np.random.default_rng([seed, 53]).permutation(n).tolist()
    n_query = min(round(query_share * n), n - 1)
    return order[n_query:], sorted(order[:n_query])


def learned_keys(run: Run) -> frozenset[bytes]:
    """Return the `file_key` of every crop of `data.root` that the stages of a run learn from; none where they learn
    from none.
    """
    data, keys = run.settings["data"], set()
    for stage in [stage for stage in LEARNERS if stage in run.settings["stages"] and data["kind"] == "folder"]:
        for folder in labeled_folders(data["root"]):
            crops = FolderSet(folder)
            support, _ = halves(len(crops), run.stage(stage)["query_share"], run.seed)
            keys |= {file_key(crops.path(i).read_bytes()) for i in support}
    return frozenset(keys)


def keys_of(recognizer: Network) -> frozenset[bytes]:
    """Return the `file_key` of every crop that the weights have learned from, in whatever run."""
    keys: set[bytes] = set()
    made: Any = recognizer.provenance
    while isinstance(made, dict):  # each training's, and what it started from
        keys |= {bytes.fromhex(key) for key in made.get("learned_crops", [])}
        made = made.get("before")
    return frozenset(keys)


def remember(recognizer: Network, keys: Iterable[bytes]) -> None:
    """Keep with the weights which crops they have learned from, so that no later run takes those for a test."""
    recognizer.provenance = {**recognizer.provenance, "learned_crops": sorted(key.hex() for key in keys)}


def without_learned(crops: FolderSet, keys: Container[bytes]) -> int:
    """Take the rows out of a folder whose pictures have one of the keys, by whatever name and in whatever folder;
    return how many.
    """
    paths = [crops.path(i) for i in range(len(crops))]  # a file that is missing is named when it is read
    learned = {i for i, path in enumerate(paths) if path.is_file() and file_key(path.read_bytes()) in keys}
    crops.rows = [row for i, row in enumerate(crops.rows) if i not in learned]
    return len(learned)


def trajectory(
    recognizer: Recognizer, crops: Sequence[Sample], replay: Sequence[Sample], tuning: Tuning, last: int, seed: int
) -> Iterator[tuple[int, Recognizer]]:
    """Train a copy and yield it, its weights averaged, after each stop up to `last`, and after that."""
    pupil, mean = deepcopy(recognizer).train(not tuning.rests), deepcopy(recognizer).eval()
    optimizer = torch.optim.AdamW(pupil.parameters(), lr=tuning.learning_rate, weight_decay=0.0)
    rng, moved = np.random.default_rng([seed, 59]), Crops(crops, seed)
    for step in range(1, last + 1):
        samples = [moved[(step - 1) * tuning.n_crops + i] for i in range(tuning.n_crops)]
        samples += [replay[i] for i in rng.integers(0, len(replay), tuning.n_replay if replay else 0)]
        samples = [
            fitted(sample, pupil)[0] for sample in samples
        ]  # a move must not leave a picture too narrow for its text
        loss = pupil.training_loss(collate(samples, pupil, widens=True))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(pupil.parameters(), 5.0)
        optimizer.step()
        with torch.no_grad():
            for old, new in zip(mean.parameters(), pupil.parameters(), strict=True):
                old.lerp_(new, 1 - min(tuning.ema, (1 + step) / (10 + step)))
            for old, new in zip(mean.buffers(), pupil.buffers(), strict=True):
                old.copy_(new)
        if step in tuning.stops or step == last:
            yield step, mean


def errors_of(recognizer: Recognizer, samples: Sequence[Sample]) -> tuple[float, float, float]:
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
    recognizer: Recognizer, crops: Sequence[Sample], replay: Sequence[Sample], tuning: Tuning, seed: int
) -> dict[int, tuple[float, float]]:
    """Return for 0 steps and for each stop the CER and the loss of crops that were not trained on, each crop once."""
    n_folds = min(tuning.n_folds, len(crops))
    folds = [list(range(k, len(crops), n_folds)) for k in range(n_folds)]
    recognizer.eval()
    sums = {stop: np.zeros(3) for stop in (0, *tuning.stops)}
    for k, fold in enumerate(Steps(folds, desc="cross-validation", leave=False)):
        held_out = [crops[i] for i in fold]
        rest = [crop for i, crop in enumerate(crops) if i not in set(fold)]
        sums[0] += errors_of(recognizer, held_out)
        for stop, pupil in trajectory(recognizer, rest, replay, tuning, max(tuning.stops), seed + k):
            sums[stop] += errors_of(pupil, held_out)
    return {stop: (float(wrong / max(total, 1)), float(loss)) for stop, (wrong, total, loss) in sums.items()}


def adapt_to(
    recognizer: Recognizer, crops: Sequence[Sample], replay: Sequence[Sample], tuning: Tuning, seed: int
) -> tuple[Recognizer, Outcome]:
    """Return the recognizer adapted to crops with texts, or as it was where cross-validation likes that better: fewer
    graphemes wrong first, then a lower loss. One crop alone cannot be validated, and changes nothing.
    """
    if len(crops) < 2:
        return recognizer, Outcome(0, None, None)
    validated = cross_validate(recognizer, crops, replay, tuning, seed)
    best = min(validated, key=lambda stop: (validated[stop], stop))
    if best:
        *_, (_, recognizer) = trajectory(recognizer, crops, replay, tuning, best, seed)
    return recognizer, Outcome(best, validated[0][0], validated[best][0])
