"""Stored sets, split and stacked: what training and evaluation see of pictures on disk.

`split_stored` holds a share out: whole makers where they are known, so that nobody's hand is both trained on and tested; of
each class alike otherwise. `StoredGlyphs` stacks several sets in one label space.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from glyphgen.deform import MovedPictures, Moves
from glyphgen.files import DataError
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


class StoredGlyphs(MovedPictures):
    """One split of one or more sets, stacked in one label space."""

    def __init__(self, sets: Sequence[Stored], script: Script, seed: int = 0, moves: Moves | None = None, augment: str = "none",
                 length: int | None = None) -> None:  # fmt: skip
        self.sets = list(sets)
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
        super().__init__(len(self.rows), seed, moves, augment, length, ink_share=0.6)

    def row(self, row: int) -> tuple[Picture, str, str]:
        k, i = self.rows[row]
        return self.sets[k].images[i], self.texts[row], self.sets[k].origins[i]
