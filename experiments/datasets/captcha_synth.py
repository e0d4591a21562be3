"""Captchas drawn with installed fonts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from experiments.datasets.dataset import DataSet, Request
from experiments.datasets.synthetic import fonts_source
from experiments.validation import Count
from glyphgen.datasets.captcha import CaptchaSynth
from glyphgen.script import load_script


class Captchas(DataSet):
    """Captchas without end."""

    units: ClassVar = ("line",)
    holds: ClassVar = "lines"
    model: ClassVar = "take model=crnn"

    kind: Literal["captcha_synth"] = Field("captcha_synth", description="Captchas drawn with installed fonts.")
    script: str = Field("alnum", description="A released script or a .toml file.")
    fonts: list[str] = Field(
        min_length=1, description="Names or parts of names of installed fonts, such as [DejaVuSans], or ['*'] for all."
    )
    n_faces: int = Field(120, gt=0, description="Faces (variants of all glyphs) that training draws with.")
    n_range: list[Count] = Field(
        [3, 8], min_length=2, max_length=2, description="The least and the most characters of a picture."
    )

    @field_validator("n_range")
    @classmethod
    def _ordered(cls, n_range: list[int]) -> list[int]:
        if n_range[0] > n_range[1]:
            raise ValueError(f"must be the least and the most characters, such as [4, 8], not {n_range!r}")
        return n_range

    def _open(self, asked: Request) -> Sequence[Any]:
        return CaptchaSynth(self.source(), *asked.rendered(self.n_faces), (self.n_range[0], self.n_range[1]))

    def source(self) -> Any:
        """Return the fonts to draw with."""
        return fonts_source(tuple(self.fonts), load_script(self.script))

    def check(self, unit: str, seed: int, root: str, is_measured: bool, is_trained: bool) -> None:
        self.source()  # faces take half a minute

    def font_rows(self) -> Sequence[tuple[str, str, int]]:
        rows: Sequence[tuple[str, str, int]] = self.source().listing()
        return rows
