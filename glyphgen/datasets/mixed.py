"""Samples of several sets in one: which set a sample comes from is drawn from the seed and its number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glyphgen.files import DataError
from glyphgen.sample import Sample


class Mixed(Sequence[Sample]):
    """Sample i is sample i of `other` with the chance other_share, else sample i of `first`. Raises DataError for what
    is no share.
    """

    def __init__(self, first: Sequence[Sample], other: Sequence[Sample], other_share: float, seed: int = 0) -> None:
        if not 0 <= other_share <= 1:
            raise DataError(f"the share of rendered samples must be from 0 to 1, not {other_share!r}")
        self.first, self.other, self.other_share, self.seed = first, other, other_share, seed

    def __len__(self) -> int:
        return min(len(self.first), len(self.other))

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # no slices
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        is_other = np.random.default_rng([self.seed, index, 7]).random() < self.other_share
        return (self.other if is_other else self.first)[index]
