"""Split stored pictures: no writer and no copy of a picture in two parts."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from glyphgen.datasets.labelled_images import Stored
from glyphgen.files import DataError
from glyphgen.images import Picture


def split_stored(stored: Stored, held_out: float, seed: int) -> dict[str, Stored]:
    """Hold out a share for the test and as much for validation: whole writers where they are known, else of each class
    alike. The same for every order of the files. A picture that is held out is in no other part: copies of it are left
    out there.
    """
    rng = np.random.default_rng([seed, 17])
    parts: dict[str, list[int]] = {"train": [], "val": [], "test": []}
    by_key = defaultdict(list)
    order = sorted(range(len(stored)), key=lambda i: stored.origins[i])
    has_makers = any(stored.writers)
    for i in order:
        by_key[stored.writers[i] if has_makers else stored.labels[i]].append(i)
    if has_makers:
        writers = [sorted(by_key)[k] for k in rng.permutation(len(by_key)).tolist()]
        n = max(1, round(held_out * len(writers)))
        if len(writers) < 3 * n:
            raise DataError(f"{stored.name}: {len(writers)} writers are too few to hold out {held_out:.0%} twice")
        for k, name in enumerate(writers):
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
    """Leave out, of each of several sets, what is held out elsewhere: of validation what the test of any set shows, of
    training what either of them shows, under whatever label.
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
    if (
        image.ndim == 3
        and np.array_equal(image[..., 0], image[..., 1])
        and np.array_equal(image[..., 0], image[..., 2])
    ):
        image = image[..., 0]
    return hashlib.blake2b(f"{image.shape}".encode() + image.tobytes(), digest_size=16).digest()
