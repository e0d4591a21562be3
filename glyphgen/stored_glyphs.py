"""Stored sets, split and stacked: what training and evaluation see of pictures on disk.

`split_stored` holds a share out: whole makers where they are known, so that nobody's hand is both trained on and tested; of
each class alike otherwise. `StoredGlyphs` stacks several sets in one label space.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import cv2
import numpy as np

from glyphgen.augment import make_augment
from glyphgen.deform import Moves, deform
from glyphgen.files import DataError
from glyphgen.sample import Sample
from glyphgen.script import Script
from glyphgen.stored import Picture, Stored


def split_stored(stored: Stored, held_out: float, seed: int) -> dict[str, Stored]:
    """Hold out a share for the test and as much for validation: whole makers where they are known, else of each class alike.
    The same for every order of the files. A picture that is held out is in no other part: copies of it are left out there.
    """
    rng = np.random.default_rng([seed, 17])
    parts: dict[str, list[int]] = {"train": [], "val": [], "test": []}
    by_key = defaultdict(list)
    order = sorted(range(len(stored)), key=lambda i: stored.origins[i])
    has_makers = any(stored.makers)
    for i in order:
        by_key[stored.makers[i] if has_makers else stored.labels[i]].append(i)
    if has_makers:
        makers = [sorted(by_key)[k] for k in rng.permutation(len(by_key)).tolist()]
        n = max(1, round(held_out * len(makers)))
        if len(makers) < 3 * n:
            raise DataError(f"{stored.name}: {len(makers)} makers are too few to hold out {held_out:.0%} twice")
        for k, name in enumerate(makers):
            parts["test" if k < n else "val" if k < 2 * n else "train"] += by_key[name]
    else:
        for rows in by_key.values():
            shuffled = [rows[k] for k in rng.permutation(len(rows)).tolist()]
            n = max(1, round(held_out * len(rows))) if len(rows) > 2 else 0
            parts["test"] += shuffled[:n]
            parts["val"] += shuffled[n : 2 * n]
            parts["train"] += shuffled[2 * n :]
    keys = [(label, image.shape, image.tobytes()) for label, image in zip(stored.labels, stored.images, strict=True)]
    seen: set[object] = set()
    for name in ("test", "val", "train"):
        parts[name] = [i for i in parts[name] if keys[i] not in seen]
        seen |= {keys[i] for i in parts[name]}
    return {split: stored.taken(rows) for split, rows in parts.items()}


class StoredGlyphs(Sequence[Sample]):
    """One split of one or more sets as samples. With `moves`, for training, sample i is a picture drawn, moved and
    damaged by a stream that depends on (seed, i) alone; without, every picture comes once, as it is.
    """

    def __init__(self, sets: Sequence[Stored], script: Script, seed: int = 0, moves: Moves | None = None, augment: str = "none",
                 length: int | None = None) -> None:  # fmt: skip
        self.sets, self.seed, self.moves = list(sets), seed, moves
        for part in sets:
            if strange := sorted({label for label in part.labels if not script.can_write(label)}):
                raise DataError(
                    f"script {script.name!r} does not have {' '.join(strange[:12])}, which {part.name} has; choose another data.script, or "
                    "say which labels to take (keep: ABC…)"
                )
        self.rows = [(k, i) for k, part in enumerate(sets) for i in range(len(part))]
        if not self.rows:
            raise DataError(f"no pictures in {', '.join(part.name for part in sets)}")
        self.texts = [script.canonical(self.sets[k].labels[i]) for k, i in self.rows]
        self.length = len(self.rows) if length is None else length
        self.augment = make_augment(augment) if augment != "none" else None

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        if not 0 <= index < self.length:
            raise IndexError(f"sample {index} of {self.length}")
        if self.moves is None:
            row = index % len(self.rows)
            image = self._picture(row)
        else:
            rng = np.random.default_rng([self.seed, index])
            row = int(rng.integers(len(self.rows)))
            image = deform(self._picture(row), self.moves, rng)
        if image.ndim == 2:
            image = cv2.merge((image, image, image))  # type: ignore[assignment]
        if self.moves is not None and self.augment is not None:
            image = self.augment(image, 0.6 * image.shape[0], rng)
        k, i = self.rows[row]
        return Sample(image, self.texts[row], origin=self.sets[k].origins[i])

    def _picture(self, row: int) -> Picture:
        k, i = self.rows[row]
        return self.sets[k].images[i]
