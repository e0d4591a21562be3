"""Your own pictures of glyphs as a data set: a folder or zip of classes, a CSV or an IDX file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from experiments.datasets.glyph_images import GlyphImages, StoredSet


class GlyphFiles(GlyphImages):
    """One set of pictures, whose settings are those of the data set."""

    # a kind of its own
    kind: Literal["glyph_files"] = Field(  # type: ignore[assignment]
        "glyph_files",
        description="Your own pictures of single glyphs.",
    )
    root: str = Field(
        description="Folder or zip with one folder a class (A, l_a, U+0041) or labels.tsv; or a CSV or IDX file."
    )
    labels: str | None = Field(None, description="IDX: the file of labels.")
    alphabet: str | list[str] | None = Field(
        None, description="CSV, IDX: the characters that the numbers stand for, ABC…."
    )
    first_label: int = Field(0, ge=0, description="CSV, IDX: the number of the first character.")
    writer: str | None = Field(
        None, description="Regular expression that finds the writer or font in a file name, to hold out by."
    )
    sets: list[StoredSet] = Field([], description="Made of the settings above.")

    @model_validator(mode="before")
    @classmethod
    def _one_set(cls, values: Any) -> Any:
        keys = ("labels", "alphabet", "first_label", "writer")
        one = {"name": "glyphs", "path": values.get("root"), **{key: values.get(key) for key in keys}}
        return (
            {**values, "sets": [{**one, "first_label": values.get("first_label", 0)}]} if values.get("root") else values
        )
