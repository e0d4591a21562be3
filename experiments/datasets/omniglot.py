"""Omniglot's drawings and one-shot runs, to measure on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from experiments.datasets.dataset import DataSet, Request
from experiments.job import SettingError
from glyphgen.script import Grapheme, Script


class Omniglot(DataSet):
    """Tasks for the stage episodes; nothing to train on."""

    units: ClassVar = ("glyph",)
    holds: ClassVar = "tasks of single glyphs"
    model: ClassVar = "take model=protonet stages=[episodes]"
    is_of_tasks: ClassVar = True

    kind: Literal["omniglot"] = Field("omniglot", description="Tasks that few-shot learning is measured on.")
    script: Literal["omniglot"] = Field("omniglot", description="Every task brings its own.")
    runs: str | None = Field(
        "omniglot/one_shot_runs_01_10", description="Zip or folder of one-shot runs below paths.data; null: none."
    )
    background: str | None = Field(
        None, description="Zip or folder of drawings below paths.data, for random episodes; null: none."
    )
    alphabets: list[str] = Field([], description="Alphabets of the background to draw episodes from; []: all.")

    def script_of(self, root: str) -> Script:
        return Script("omniglot", (Grapheme("一"),), ignores_case=False)

    def _open(self, asked: Request) -> Sequence[Any]:
        raise SettingError(
            "data=omniglot is measured on by model=protonet stages=[episodes]; train with data=many_glyphs"
        )
