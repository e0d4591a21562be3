"""Labelled pictures of lines in a folder or a zip with `labels.tsv`, split for training; pictures are decoded when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.augment import make_augment
from glyphgen.deform import Moves, deform
from glyphgen.files import DataError
from glyphgen.sample import Image, Sample
from glyphgen.script import Script, ScriptError
from glyphgen.stored import decode, on_paper, open_files, read_labels


class StoredLines(Sequence[Sample]):
    """The rows of a set, whose texts the script must be able to write; else DataError.

    With `moves`, for training, sample i is a picture drawn, moved and damaged by a stream that depends on (seed, i) alone; without,
    every picture comes once, as it is. split val takes the share held_out of the rows, which ones depends on split_seed alone; train
    the others.
    """

    def __init__(self, path: Path, script: Script, seed: int = 0, moves: Moves | None = None, augment: str = "none",
                 length: int | None = None, held_out: float = 0.0, split: str = "all", split_seed: int = 0) -> None:  # fmt: skip
        self.path, self.script, self.seed, self.moves = path, script, seed, moves
        self.files = open_files(path)
        rows = list(read_labels(self.files, path))
        for entry, text in rows:
            try:
                script.encode(text)
            except ScriptError as error:
                raise DataError(f"{path}: {entry}: {error}") from error
        if not rows:
            raise DataError(f"{path} has no labels.tsv (file name, tab, text), or an empty one")
        order = np.random.default_rng([split_seed, 18]).permutation(len(rows)).tolist()
        n = round(held_out * len(rows))
        chosen = {"all": order, "val": order[:n], "train": order[n:]}[split]
        self.rows = [rows[i] for i in sorted(chosen)]
        self.length = len(self.rows) if length is None else length
        self.augment = make_augment(augment) if augment != "none" else None

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        if not 0 <= index < self.length:
            raise IndexError(f"sample {index} of {self.length}")
        if self.moves is None:
            entry, text = self.rows[index % len(self.rows)]
            return Sample(self._picture(entry), self.script.canonical(text), origin=f"{self.path}:{entry}")
        rng = np.random.default_rng([self.seed, index])
        entry, text = self.rows[int(rng.integers(len(self.rows)))]
        image = deform(_stretched(self._picture(entry), rng), self.moves, rng)
        if self.augment is not None:
            image = self.augment(image, 0.4 * image.shape[0], rng)
        return Sample(image, self.script.canonical(text), origin=f"{self.path}:{entry}")

    def _picture(self, entry: str) -> Image:
        image = on_paper(decode(self.files, entry, self.path))
        return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) if image.ndim == 2 else image  # type: ignore[return-value]


def _stretched(image: Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Make a line up to a fifth wider or narrower; a `Moves` scale keeps the picture's size, and would cut its ends off."""
    width = max(8, round(image.shape[1] * float(np.clip(rng.normal(1, 0.08), 0.8, 1.2))))
    return cv2.resize(image, (width, image.shape[0]), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]
