"""EMNIST (Cohen et al. 2017): handwritten letters and digits by more than 3,500 people, with a test of its own."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from experiments.datasets.glyph_images import GlyphImages, StoredSet

_SCRIPTS = {"letters": "capitals", "balanced": "alnum_balanced", "byclass": "alnum_cased"}


class Emnist(GlyphImages):
    """One part of EMNIST; labels are numbered in the order of the script."""

    # a kind of its own
    kind: Literal["emnist"] = Field(  # type: ignore[assignment]
        "emnist",
        description="EMNIST: handwritten letters and digits.",
    )
    part: Literal["letters", "balanced", "byclass"] = Field(
        "balanced", description="letters: 26 classes; balanced: 47 classes; byclass: 62 classes, as they occur."
    )
    script: str = Field("alnum_balanced", description="The script of the part.")
    sets: list[StoredSet] = Field([], description="The files of the part.")

    @model_validator(mode="before")
    @classmethod
    def _of_part(cls, values: Any) -> Any:
        part = values.get("part", "balanced")
        if not isinstance(part, str) or part not in _SCRIPTS:
            return values
        files = {
            key: f"emnist/emnist-{part}-{split}-{what}-idx{n}-ubyte"
            for key, split, what, n in (
                ("path", "train", "images", 3),
                ("labels", "train", "labels", 1),
                ("test_path", "test", "images", 3),
                ("test_labels", "test", "labels", 1),
            )
        }
        first = 1 if part == "letters" else 0
        spec = {"name": f"emnist_{part}", "alphabet": "script", "first_label": first, "is_transposed": True}
        return {"script": _SCRIPTS[part], **values, "sets": [{**spec, "download": "emnist", **files}]}
