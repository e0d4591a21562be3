"""Labelled crops in folders, for the stages that learn from them: which are learned from and which are kept to be read
in the end, what is rehearsed beside them, and which crops weights have seen. Learning itself is
`recognizers.adaptation`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np

from experiments.datasets import DataSet, data_of, labeled_folders
from experiments.datasets.crops import Crops
from experiments.job import Run, SettingError
from experiments.report.progress import Steps
from experiments.settings.stages import learns_crops
from glyphgen.datasets.folder import FolderSet
from glyphgen.datasets.line_images import file_key
from glyphgen.files import DataError
from glyphgen.render.augmentation import Augmentation
from glyphgen.sample import Sample
from glyphgen.script import Script
from recognizers.network import Network
from recognizers.recognizer import Recognizer


class ProgressBar:
    """Shows progress as a bar on the terminal, one for each thing that is done, gone when it is done."""

    def __init__(self) -> None:
        self._bar: Steps | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        self._bar = self._bar or Steps(total=total, desc=what, leave=False)
        self._bar.n = done
        self._bar.refresh()
        if done == total:
            self._bar.close()
            self._bar = None


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


def dealt(parts: Iterable[Sequence[Sample]], k: int | None = None) -> list[Sample]:
    """Return k samples, or all, taken from the parts in turn."""
    rows = [sample for turn in zip_longest(*parts) for sample in turn if sample is not None]
    return rows[:k]


def rehearsal(
    replay: DataSet | None, recognizer: Recognizer, n: int, augment: str | Augmentation, root: str, seed: int
) -> list[Sample]:
    """Render n synthetic samples of data.replay, for which nothing must get worse. Raises SettingError for another
    script.
    """
    if replay is None or not n:
        return []
    if (script := replay.script_of(root)) != recognizer.script:
        raise SettingError(
            f"data.replay is written in {script.name!r}, the weights read {recognizer.script.name!r}; "
            "give data.replay.script and data.replay.glyphs or .font, or data.replay=null"
        )
    samples = replay.open("train", recognizer.unit, seed, n, augment, root, {"n_faces": 24})
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
    data, keys = data_of(run), set()
    if isinstance(data, Crops) and learns_crops(run.settings["stages"]):
        for folder in labeled_folders(data.root):
            crops = FolderSet(folder)
            support, _ = halves(len(crops), run.settings["crops"]["query_share"], run.seed)
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
