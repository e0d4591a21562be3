"""Labelled crops to learn from again and again: each moved a little every time, so that none is learned by heart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glyphgen.datasets.augmented import Deformation, DeformedPictures
from glyphgen.sample import Sample

_SLIGHT = Deformation(turn_deg=0.7, shear=0.05, scale=0.02, shift=0.5, bend=0.3, stretch=0.06)


class MovedCrops(DeformedPictures):
    """Sample i is one of the crops, moved a little; which one and how depends on (seed, i) alone."""

    def __init__(self, crops: Sequence[Sample], seed: int) -> None:
        super().__init__(len(crops), seed, _SLIGHT, "none", 10**9, ink_share=0.4)
        self.crops = crops

    def row(self, row: int) -> tuple[NDArray[np.uint8], str, str]:
        crop = self.crops[row]
        return crop.image, crop.text, crop.origin
