"""Strings of MNIST's digits, set and painted by the same code as other lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from experiments.datasets.dataset import DataSet, Request
from glyphgen.datasets.mnist import mnist_source
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.texts.english import Corpus


class MnistLines(DataSet):
    """Lines of MNIST's digits; fetched where they are missing."""

    units: ClassVar = ("line",)
    holds: ClassVar = "lines"
    model: ClassVar = "a glyph recognizer needs data=mnist"
    is_digits: ClassVar = True
    is_fetched: ClassVar = True

    kind: Literal["mnist_lines"] = Field("mnist_lines", description="Rendered strings of MNIST's digits.")
    script: Literal["digits"] = Field("digits", description="The script of the digits.")
    max_graphemes: int = Field(32, gt=0, description="Longest line, in digits.")
    n_faces: int = Field(160, gt=0, description="Faces (sets of ten digits) that training draws with.")

    def _open(self, asked: Request) -> Sequence[Any]:
        source = mnist_source(asked.root, asked.split)
        return LineSynth(source, Corpus(source.script, self.max_graphemes), *asked.rendered(self.n_faces))
