"""Glyphs, lines and pages rendered from a drawing, fonts or pictures of glyphs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar, Literal

from pydantic import Field

from experiments.datasets.dataset import DataSet, Request
from experiments.job import SettingError
from experiments.validation import Share
from glyphgen.datasets.scenes import PageSynth
from glyphgen.datasets.synthetic import GlyphSynth, LineSynth
from glyphgen.faces.face import GlyphSource
from glyphgen.faces.font_collection import FontCollectionSource
from glyphgen.faces.sources import DrawnSource, FontSource
from glyphgen.faces.traced import GlyphFolder, TracedSource, glyph_folder_for, read_glyph_folder
from glyphgen.script import Script, load_script
from glyphgen.shapes.font_file import OpenFont
from glyphgen.shapes.installed_fonts import find_fonts
from glyphgen.shapes.pen import drawn_scripts, load_drawing
from glyphgen.texts.chinese import RARE_SHARE, ChineseCorpus
from glyphgen.texts.english import Corpus, TextSource


class Synthetic(DataSet):
    """Samples without end in one script, as glyphs, lines or pages."""

    units: ClassVar = ("glyph", "line", "page")
    holds: ClassVar = "glyphs, lines and pages"
    model: ClassVar = "take model=crnn"
    is_synthetic: ClassVar = True

    kind: Literal["synth"] = Field("synth", description="Rendered glyphs, lines and pages of one script.")
    script: str | None = Field(
        description="A released script or a .toml file; null: the script that data.glyphs makes."
    )
    script_name: str | None = Field(None, description="Name of a script made of pictures; null: the folder's name.")
    font: str | None = Field(None, description="A TTF, OTF or WOFF2 file to draw with instead of the script's drawing.")
    fonts: list[str] = Field(
        [], description="Names or parts of names of installed fonts to draw with, with * for anything."
    )
    glyphs: str | None = Field(
        None, description="A folder or zip of pictures to draw with: LETTER.png or LETTER/*.png, dark on light."
    )
    corpus: Literal["english", "chinese"] = Field("english", description="What the lines say.")
    rare_share: Share = Field(
        0.2, description="Chinese: share of the characters of training lines that are drawn evenly from all."
    )
    handwritten_share: Share = Field(
        0.08, description="Share of the faces that are drawn by hand, where the script has a drawing."
    )
    hurried_share: Share = Field(
        0.0, description="Share of the faces drawn by hand that are drawn in a hurry, as with a mouse."
    )
    hand: Literal["", "mouse", "finger", "stylus", "mixed"] = Field(
        "",
        description="The device with which all faces but the plain one are written by hand, where the script has a "
        "drawing; empty: as the two shares above say.",
    )
    max_graphemes: int = Field(32, gt=0, description="Longest line, in graphemes.")
    n_faces: int = Field(160, gt=0, description="Faces (variants of all glyphs) that training draws with.")
    refiner: str | None = Field(
        None, description="Lines: a refiner (stages=[refine]) that changes the pictures of training; null: none."
    )
    other_fonts: list[str] = Field(
        [],
        description="Pages: fonts of other writing to pass over, besides matplotlib's: files, parts of names, or *.",
    )

    other_scripts: list[str] = Field(
        [], description="Pages: scripts that we draw whose lines are other writing, by name, or * for all but its own."
    )
    n_other_alphabets: int = Field(
        0, ge=0, description="Pages: alphabets of installed fonts that are other writing; 0: none."
    )

    def script_of(self, root: str) -> Script:
        return self.glyph_folder().script if self.script is None else load_script(self.script)

    def source(self) -> GlyphSource:
        """Return the font, the pictures of glyphs or the drawing that the settings name."""
        given = [f"data.{key}" for key in ("font", "fonts", "glyphs") if getattr(self, key)]
        if len(given) > 1:
            raise SettingError(f"{' and '.join(given)} are {len(given)} sources; give one of them")
        if self.hand and given:
            raise SettingError(f"data.hand={self.hand} writes the strokes of a script; leave out {given[0]}")
        if self.script is None or self.glyphs:
            return TracedSource(self.glyph_folder())
        if self.fonts:
            return fonts_source(tuple(self.fonts), load_script(self.script))
        if self.font:
            return FontSource(OpenFont(self.font), load_script(self.script))
        return DrawnSource(load_drawing(self.script), self.handwritten_share, self.hurried_share, self.hand)

    def glyph_folder(self) -> GlyphFolder:
        """Read pictures of glyphs; without a script they make one of their own."""
        if not self.glyphs:
            raise SettingError(f"data={self.name}: give data.script, or data.glyphs=DIR with pictures that make one")
        if self.script is None:
            return read_glyph_folder(self.glyphs, self.script_name)
        return glyph_folder_for(self.glyphs, load_script(self.script))

    def texts(self, source: GlyphSource, split: str) -> TextSource:
        """Return what the lines of a split say. Rare characters are for training."""
        if self.corpus == "english":
            return Corpus(source.script, self.max_graphemes)
        covered = source.covered if isinstance(source, FontCollectionSource) else source.script.visible
        return ChineseCorpus(
            source.script, covered, self.max_graphemes, self.rare_share if split == "train" else RARE_SHARE
        )

    def _open(self, asked: Request) -> Sequence[Any]:
        source, rendered = self.source(), asked.rendered(self.n_faces)
        if asked.unit == "glyph":
            return GlyphSynth(source, *rendered)
        if asked.unit == "line":
            lines = LineSynth(source, self.texts(source, asked.split), *rendered)
            return self._refined(lines) if self.refiner and asked.is_training else lines
        corpus = Corpus(source.script, self.max_graphemes)
        others = self.others_drawn(source.script.name)
        return PageSynth(
            source,
            corpus,
            *rendered,
            other_fonts=self.other_fonts,
            other_scripts=others,
            n_other_alphabets=self.n_other_alphabets,
        )

    def _refined(self, lines: LineSynth) -> Sequence[Any]:
        from experiments.refiner.refined import Refined  # imports torch, which settings and comparisons do without

        assert self.refiner is not None
        return Refined.by(self.refiner, lines)

    def others_drawn(self, own: str) -> list[str]:
        """Return the names of the drawn scripts that are other writing beside the script `own`."""
        names = drawn_scripts() if "*" in self.other_scripts else self.other_scripts
        return [name for name in names if name != own]

    def check(self, unit: str, seed: int, root: str, is_measured: bool, is_trained: bool) -> None:
        self.source()  # faces take half a minute
        if self.refiner:
            from experiments.refiner.network import load_refiner

            load_refiner(self.refiner)
            if unit != "line":
                raise SettingError(f"data.refiner changes lines; leave it out where the network reads a {unit}")
        for name in self.other_scripts:
            if name != "*":
                load_drawing(name)

    def font_rows(self) -> Sequence[tuple[str, str, int]]:
        source = self.source() if self.fonts else None
        return source.listing() if isinstance(source, FontCollectionSource) else ()


@lru_cache(maxsize=2)
def fonts_source(patterns: tuple[str, ...], script: Script) -> FontCollectionSource:
    """Return installed fonts as one source of faces; the last two are kept."""
    return FontCollectionSource(find_fonts(patterns), script)
