"""Labelled pictures of lines in a folder or a zip with `labels.tsv`, split for training; pictures are decoded when
asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphgen.archive import decode, open_files, read_labels
from glyphgen.datasets.augmented import Deformation, DeformedPictures
from glyphgen.files import DataError
from glyphgen.render.augmentation import Augmentation, check_turn
from glyphgen.script import Script, ScriptError


class StoredLines(DeformedPictures):
    """The rows of a set, whose texts the script must be able to write; else DataError. split val takes the share
    held_out of the rows, which ones depends on split_seed alone; train the others. Files that are also in val, or in
    `apart_from`, are not in train, nor those of `apart_from` in val. Files whose `file_key` is in `without` are left
    out of every split.
    """

    def __init__(
        self,
        path: Path,
        script: Script,
        seed: int = 0,
        deformation: Deformation | None = None,
        augment: str | Augmentation = "none",
        length: int | None = None,
        held_out: float = 0.0,
        split: str = "all",
        split_seed: int = 0,
        apart_from: StoredLines | None = None,
        without: Collection[bytes] = (),
    ) -> None:
        check_turn(script, 3 * deformation.turn_deg if deformation else 0.0, "turn_deg of the deformation")
        self.path, self.script = path, script
        self.files = open_files(path)
        rows, there = read_labels(self.files, path), set(self.files.names)
        for entry, text in rows:
            if entry not in there:
                raise DataError(f"{path}: {entry}: listed in labels.tsv but missing")
            try:
                script.encode(text)
            except ScriptError as error:
                raise DataError(f"{path}: {entry}: {error}") from error
        if not rows:
            raise DataError(f"{path} has no labels.tsv (file name, tab, text), or an empty one")
        order = np.random.default_rng([split_seed, 18]).permutation(len(rows)).tolist()
        n = round(held_out * len(rows))
        chosen = {"all": order, "val": order[:n], "train": order[n:]}[split]
        self.rows = [row for row in (rows[i] for i in sorted(chosen)) if not without or self.key(row[0]) not in without]
        if split != "all":
            known = {apart_from.key(entry) for entry, _ in apart_from.rows} if apart_from else set()
            if split == "train":
                known |= {self.key(rows[i][0]) for i in order[:n]}
            self.rows = [(entry, text) for entry, text in self.rows if self.key(entry) not in known]
            if not self.rows:
                raise DataError(f"{path}: no pictures are left for {split} that are not also held out")
        super().__init__(len(self.rows), seed, deformation, augment, length, ink_share=0.4)

    def row(self, row: int) -> tuple[NDArray[np.uint8], str, str]:
        entry, text = self.rows[row]
        return decode(self.files, entry, self.path), self.script.canonical(text), f"{self.path}:{entry}"

    def key(self, entry: str) -> bytes:
        """Return the same for files with the same bytes."""
        return file_key(self.files.read(entry))


def file_key(data: bytes) -> bytes:
    """Return the same for the same bytes of a file."""
    return hashlib.blake2b(data, digest_size=16).digest()
