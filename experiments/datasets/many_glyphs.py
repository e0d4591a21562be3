"""Glyphs of many alphabets, to learn to learn glyphs: drawings by people, installed fonts, invented alphabets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from experiments.datasets.dataset import DataSet, Request
from experiments.validation import Share
from glyphgen.datasets.catalog import locate
from glyphgen.datasets.font_glyphs import installed_glyphs, listing
from glyphgen.datasets.labelled_images import Stored
from glyphgen.datasets.many_glyphs import ManyGlyphs, Part
from glyphgen.datasets.omniglot import is_measured, read_background
from glyphgen.files import DataError
from glyphgen.script import Script


class GlyphsOfManyAlphabets(DataSet):
    """Thousands of classes, none of which will be read; there is no test of them but episodes of other alphabets."""

    units: ClassVar = ("glyph",)
    holds: ClassVar = "single glyphs, for training only"
    model: ClassVar = "take model=protonet"
    splits: ClassVar = ("train", "val")
    without_split: ClassVar = "it is for training only; measure with stages=[episodes]"

    kind: Literal["many_glyphs"] = Field("many_glyphs", description="Single glyphs of many alphabets.")
    script: Literal["many"] = Field("many", description="A script of letters without names.")
    omniglot: str | None = Field(
        description="Zip or folder of Omniglot's background drawings below paths.data; null: none."
    )
    omniglot_share: Share = Field(0.4, description="Share of the samples that are Omniglot's drawings.")
    omniglot_symmetries: Literal[1, 8] = Field(
        8, description="8: drawings mirrored and turned by quarters are classes of their own; 1: only as they are."
    )
    installed_share: Share = Field(0.35, description="Share of the samples that are of installed fonts; 0: none.")
    installed_max_glyphs: int = Field(100, gt=0, description="Most glyphs of a script of installed fonts.")
    installed_fonts_per_script: int = Field(3, gt=0, description="Most installed fonts of a script.")
    invented_share: Share = Field(0.25, description="Share of the samples that are of invented alphabets.")
    redrawn_share: Share = Field(
        0.5, description="Share of stored pictures that training draws again, stroke by stroke, by another hand."
    )
    n_alphabets: int = Field(150, ge=0, description="Invented alphabets.")
    n_glyphs: int = Field(24, gt=0, description="Glyphs of an invented alphabet.")
    alphabet_seed: int = Field(0, ge=0, description="Seed of the invented alphabets and of the choice of fonts.")
    n_way: int = Field(0, ge=0, description="Above 0: samples come as episodes of so many classes.")
    n_each: int = Field(2, gt=0, description="Drawings of each class of an episode.")

    def script_of(self, root: str) -> Script:
        return self._made("train", 0, 1, root).script

    def _open(self, asked: Request) -> Sequence[Any]:
        return self._made(asked.split, asked.seed, asked.length, asked.root)

    def _made(self, split: str, seed: int, length: int, root: str) -> ManyGlyphs:
        parts = []
        if self.omniglot:
            parts.append(Part(self.drawings(root), self.omniglot_share, self.omniglot_symmetries))
        if self.installed_share:
            parts.append(Part(self._installed(), self.installed_share))
        keys = ("n_alphabets", "n_glyphs", "invented_share", "alphabet_seed", "n_way", "n_each", "redrawn_share")
        return ManyGlyphs(parts, split=split, seed=seed, length=length, **{key: getattr(self, key) for key in keys})

    def drawings(self, root: str) -> Stored:
        """Return the drawings by people that the set holds. Raises DataError for some that must not be trained on."""
        return _drawings(str(locate(root, str(self.omniglot))))

    def _installed(self) -> Stored:
        return _installed(self.installed_max_glyphs, self.installed_fonts_per_script, self.alphabet_seed)

    def font_rows(self) -> Sequence[tuple[str, str, int]]:
        return listing(self._installed()) if self.installed_share else ()


@lru_cache(maxsize=2)
def _drawings(path: str) -> Stored:
    stored = read_background(path)
    if any(Path(origin.partition(":")[2]).parent.name in ("training", "test") for origin in stored.origins):
        raise DataError(f"{path} holds one-shot runs, which few-shot learning is measured on; train on background sets")
    if measured := sorted({label.partition("/")[0] for label in stored.labels if is_measured(label.partition("/")[0])}):
        raise DataError(
            f"{path} has drawings of {', '.join(measured)}, which few-shot learning is measured on; train on others, "
            "such as Omniglot's images_background"
        )
    return stored


@lru_cache(maxsize=1)
def _installed(most: int, n_fonts: int, seed: int) -> Stored:
    return installed_glyphs(most=most, n_fonts=n_fonts, seed=seed)
