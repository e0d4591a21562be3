"""MNIST's digits, one a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from experiments.datasets.base import DataSet, DeformationSettings
from glyphgen.datasets.mnist import MnistGlyphs
from glyphgen.render.augmentation import Augmentation


class Mnist(DataSet):
    """The digits of MNIST, with its own test; fetched where they are missing."""

    units: ClassVar = ("glyph",)
    holds: ClassVar = "single digits"
    model: ClassVar = "a line recognizer needs data=mnist_lines"
    is_digits: ClassVar = True
    is_fetched: ClassVar = True

    kind: Literal["mnist"] = Field("mnist", description="MNIST's digits, one a picture.")
    script: Literal["digits"] = Field("digits", description="The script of the digits.")
    deformation: DeformationSettings = Field(
        DeformationSettings(), description="How pictures are deformed in training."
    )

    def _open(
        self,
        split: str,
        unit: str,
        seed: int,
        length: int,
        augment: str | Augmentation,
        root: str,
        limit: Mapping[str, int],
    ) -> Sequence[Any]:
        if split == "train":
            return MnistGlyphs(root, split, seed, deformation=self.deformation.make(), length=length)
        return MnistGlyphs(root, split, seed, deformation=None, length=limit.get("count"))
