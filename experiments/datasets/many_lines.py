"""Lines in many alphabets, for a line reader that meets the next alphabet prepared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar, Literal

from pydantic import Field

from experiments.datasets.dataset import DataSet, Request
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.many_alphabets import ManySource
from glyphgen.script import Script
from glyphgen.shapes.font_alphabets import installed_alphabets
from glyphgen.shapes.installed_fonts import installed_fonts
from glyphgen.texts.many_alphabets import ManyCorpus


class LinesOfManyAlphabets(DataSet):
    """Rendered lines, each in one alphabet of an installed font or in an invented one."""

    units: ClassVar = ("line",)
    holds: ClassVar = "lines"
    model: ClassVar = "take model=crnn"

    kind: Literal["many_lines"] = Field("many_lines", description="Rendered lines in many alphabets.")
    script: Literal["many"] = Field("many", description="A script of letters without names.")
    n_installed: int = Field(80, ge=0, description="Alphabets of installed fonts; 0: none.")
    max_letters: int = Field(36, gt=0, description="Most letters of an alphabet of an installed font.")
    n_invented: int = Field(40, ge=0, description="Invented alphabets that are drawn as type.")
    n_invented_handwritten: int = Field(40, ge=0, description="Invented alphabets that are drawn by hand.")
    n_glyphs: int = Field(24, gt=0, description="Letters of an invented alphabet.")
    alphabet_seed: int = Field(0, ge=0, description="Seed of the invented alphabets and of the choice of fonts.")
    max_graphemes: int = Field(24, gt=0, description="Longest line, in graphemes.")
    n_faces: int = Field(320, gt=0, description="Faces that training draws with; one of each alphabet at least.")

    def script_of(self, root: str) -> Script:
        return self.source().script

    def source(self) -> ManySource:
        """Return all alphabets; made once."""
        return _source(
            self.n_installed,
            self.max_letters,
            self.n_invented,
            self.n_invented_handwritten,
            self.n_glyphs,
            self.alphabet_seed,
        )

    def _open(self, asked: Request) -> Sequence[Any]:
        many = self.source()
        # one face of each alphabet at least, in validation too, or a line may have none to be drawn in
        n_faces = max(asked.limit.get("n_faces") or self.n_faces, len(many.alphabets))
        return LineSynth(
            many, ManyCorpus(many, self.max_graphemes), asked.augment, asked.seed, asked.split, asked.length, n_faces
        )

    def font_rows(self) -> Sequence[tuple[str, str, int]]:
        return self.source().listing()


@lru_cache(maxsize=1)
def _source(n_installed: int, most: int, n_drawn: int, n_hands: int, n_glyphs: int, seed: int) -> ManySource:
    world = installed_alphabets(installed_fonts()) if n_installed else {}
    return ManySource(world, n_installed, most, n_drawn, n_hands, n_glyphs, seed)
