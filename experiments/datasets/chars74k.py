"""Chars74K (de Campos et al. 2009): letters and digits by 55 people, in 254 fonts, or cut out of photos of signs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from experiments.datasets.glyph_images import GlyphImages, StoredSet

_PARTS = {
    "hnd": {"name": "hnd", "path": "chars74k/english_hnd_64px", "writer": r"(\d+)\.png$"},
    "fnt": {"name": "fnt", "path": "chars74k/english_fnt_28px", "writer": r"-(\d+)\.png$", "per_writer": 4},
    "img": {"name": "img", "path": "chars74k/english_img_100px"},
}


class Chars74K(GlyphImages):
    """One part of Chars74K."""

    # a kind of its own
    kind: Literal["chars74k"] = Field(  # type: ignore[assignment]
        "chars74k",
        description="Chars74K: digits and letters of both cases.",
    )
    part: Literal["hnd", "fnt", "img"] = Field(
        "hnd", description="hnd: handwriting of 55 people; fnt: 254 fonts in four styles; img: photos of signs."
    )
    sets: list[StoredSet] = Field([], description="The files of the part.")

    @model_validator(mode="before")
    @classmethod
    def _of_part(cls, values: Any) -> Any:
        part = values.get("part", "hnd")
        return {**values, "sets": [_PARTS[part]]} if isinstance(part, str) and part in _PARTS else values
