"""Stored sets, split and stacked: what training and evaluation see of pictures on disk.

`split_stored` holds a share out: whole makers where they are known, so that nobody's hand is both trained on and tested; of
each class alike otherwise. `StoredGlyphs` stacks several sets in one label space.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from glyphgen.datasets.augmented import MovedPictures, Moves
from glyphgen.datasets.labelled_images import Stored
from glyphgen.files import DataError
from glyphgen.images import Picture
from glyphgen.script import Script


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
    return without_copies({split: [stored.taken(rows)] for split, rows in parts.items()})[0]


def without_copies(parts: Mapping[str, Sequence[Stored]]) -> list[dict[str, Stored]]:
    """Leave out, of each of several sets, what is held out elsewhere: of validation what the test of any set shows, of training what
    either of them shows, under whatever label.
    """
    held_out: set[bytes] = set()
    kept: list[dict[str, Stored]] = [{} for _ in parts["test"]]
    for name in ("test", "val", "train"):
        keys = [[picture_key(image) for image in part.images] for part in parts[name]]
        for own, part, those in zip(kept, parts[name], keys, strict=True):
            rows = [row for row, key in enumerate(those) if key not in held_out]
            own[name] = part if len(rows) == len(part) else part.taken(rows)
        held_out |= {key for those in keys for key in those}
    return kept


def picture_key(image: Picture) -> bytes:
    """Return the same for pictures with the same pixels, in gray or in color."""
    if image.ndim == 3 and np.array_equal(image[..., 0], image[..., 1]) and np.array_equal(image[..., 0], image[..., 2]):
        image = image[..., 0]
    return hashlib.blake2b(f"{image.shape}".encode() + image.tobytes(), digest_size=16).digest()


class StoredGlyphs(MovedPictures):
    """One split of one or more sets, stacked in one label space."""

    def __init__(self, sets: Sequence[Stored], script: Script, seed: int = 0, moves: Moves | None = None, augment: str = "none",
                 length: int | None = None) -> None:  # fmt: skip
        self.sets = list(sets)
        for part in sets:
            place = next((k for k, label in enumerate(part.labels) if len(label) != 1), None)
            if place is not None:
                raise DataError(f"{part.origins[place]}: the label {part.labels[place]!r} is not one character")
            if strange := sorted({label for label in part.labels if not script.can_write(label) or label.isspace()}):
                names = " ".join(map(repr, strange[:12]))
                raise DataError(
                    f"script {script.name!r} does not have {names}, which {part.name} has; choose another data.script, or say which "
                    "labels to take (keep: ABC…)"
                )
        self.rows = [(k, i) for k, part in enumerate(sets) for i in range(len(part))]
        if not self.rows:
            names = ", ".join(part.name for part in sets)
            raise DataError(f"no pictures of {names} are left for this part; a class needs three or more to hold one out")
        self.texts = [script.canonical(self.sets[k].labels[i]) for k, i in self.rows]
        super().__init__(len(self.rows), seed, moves, augment, length, ink_share=0.6)

    def row(self, row: int) -> tuple[Picture, str, str]:
        k, i = self.rows[row]
        return self.sets[k].images[i], self.texts[row], self.sets[k].origins[i]
