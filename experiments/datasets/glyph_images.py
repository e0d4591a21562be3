"""Stored pictures of single glyphs: folders, zips, CSV or IDX files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from experiments.datasets.dataset import DataSet, DeformationSettings, HeldOut, Look, Request
from experiments.validation import Group
from glyphgen.datasets.catalog import open_sets
from glyphgen.datasets.glyph_images import StoredGlyphs


class StoredSet(Group):
    """One of the sets of pictures that a data set is made of; paths may lie below paths.data, and lack their ending."""

    name: str = Field(description="Name of the part in results.")
    path: str = Field(description="Folder or zip of classes, CSV or IDX file of pictures.")
    labels: str | None = Field(None, description="IDX: the file of labels.")
    test_path: str | None = Field(None, description="Pictures of a test of its own; null: a share is held out.")
    test_labels: str | None = Field(None, description="IDX: the file of labels of the test.")
    alphabet: str | list[str] | None = Field(
        None, description="CSV, IDX: the characters that the numbers stand for, or `script` for those of the script."
    )
    first_label: int | None = Field(None, ge=0, description="CSV, IDX: the number of the first character.")
    writer: str | None = Field(
        None, description="Regular expression that finds the writer or font in a file name, to hold out by."
    )
    per_writer: int | None = Field(None, gt=0, description="Consecutive numbers that are one writer or font.")
    is_transposed: bool | None = Field(None, description="Whether rows and columns are swapped, as EMNIST has them.")
    keep: str | list[str] | None = Field(None, description="The only classes to take; null: all.")
    download: Literal["mnist", "emnist"] | None = Field(None, description="What to fetch where the files are missing.")


class GlyphImages(DataSet, HeldOut):
    """Stored glyphs of one or several sets, with one script; only training deforms and degrades them."""

    units: ClassVar = ("glyph",)
    holds: ClassVar = "single glyphs"
    model: ClassVar = "take model=cnn, lenet5 or resnet"

    kind: Literal["glyphs"] = Field("glyphs", description="Stored pictures of single glyphs.")
    script: str = Field("alnum_cased", description="A released script or a .toml file.")
    sets: list[StoredSet] = Field(min_length=1, description="The sets of pictures that it is made of.")
    deformation: DeformationSettings = Field(
        DeformationSettings(), description="How pictures are deformed in training."
    )
    degradation: Look = Field(
        "none", description="How pictures are degraded in training: a preset, whatever `augment` says."
    )

    def _open(self, asked: Request) -> Sequence[Any]:
        script = self.script_of(asked.root)
        specs = [one.model_dump(exclude_none=True) for one in self.sets]
        specs = [{**spec, "alphabet": script.alphabet} if spec.get("alphabet") == "script" else spec for spec in specs]
        parts = open_sets(specs, asked.root, self.held_out, self.split_seed)[asked.split]
        if not asked.is_training:
            return StoredGlyphs(parts, script, length=asked.stored_length)
        return StoredGlyphs(parts, script, asked.seed, self.deformation.make(), self.degradation, asked.stored_length)
