"""MNIST's digits, one a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from experiments.datasets.dataset import DataSet, DeformationSettings, Request
from glyphgen.datasets.mnist import MnistGlyphs


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

    def _open(self, asked: Request) -> Sequence[Any]:
        deformation = self.deformation.make() if asked.is_training else None
        return MnistGlyphs(asked.root, asked.split, asked.seed, deformation=deformation, length=asked.stored_length)
