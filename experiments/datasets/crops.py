"""A folder of real pictures with labels.tsv: to evaluate with, or to adapt to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from experiments.datasets.dataset import DataSet, Request
from experiments.datasets.synthetic import Synthetic
from glyphgen.datasets.folder import FolderSet


class Crops(DataSet):
    """Pictures of lines, each with its text, in a folder or in folders below it."""

    units: ClassVar = ("glyph", "line")
    holds: ClassVar = "real crops"
    model: ClassVar = "take model=crnn"
    is_real_crops: ClassVar = True
    splits: ClassVar = ("val", "test")
    without_split: ClassVar = "it is for evaluating; train with data=hylian_synth, or stages=[evaluate]"

    kind: Literal["folder"] = Field("folder", description="Real pictures with labels.tsv.")
    script: str = Field("hylian", description="A released script or a .toml file.")
    root: str = Field(description="Folder with labels.tsv (file, tab, text), or a folder of such folders.")
    replay: Synthetic | None = Field(
        None, description="Synthetic data that is rehearsed while learning from crops; null: none."
    )

    def _open(self, asked: Request) -> Sequence[Any]:
        return FolderSet(self.root)
