"""Faces that set whole texts as fonts say: letters that join, marks, ligatures, kerning, any direction (`shaping`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphgen.faces.face import Face, GlyphSource, random_style, restyled
from glyphgen.files import DataError
from glyphgen.script import Grapheme, Script
from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.outline import Outline
from glyphgen.shapes.pen import Style
from glyphgen.shapes.shaping import Cluster, Shaper, units_of

_SAMPLE = 400  # texts of which the height of letters is taken
_MOST_STYLED = 300  # outlines that a face keeps, some kilobytes each: there are many faces
_TALL = 80  # percentile of the tops of clusters that counts as the height of capitals


@dataclass(frozen=True, eq=False)
class ShapedFace(Face):
    """One style of one font. cap_em is the height of its letters, as that of capitals is of other faces."""

    shaper: Shaper = field(kw_only=True)
    style: Style = field(kw_only=True)
    cap_em: float = field(kw_only=True)
    _kept: dict[Any, Outline] = field(default_factory=dict, repr=False)

    def can_write(self, text: str) -> bool:
        """Return whether the font draws all of a text."""
        return self.shaper.can_write(text)

    def clusters(self, text: str, is_column: bool = False) -> list[Cluster]:
        """Return the clusters of a text in this style as they stand from left to right, or from top to bottom."""
        found = self.shaper.shape(text, is_column)
        return [Cluster(one.text, one.start, self._styled(one, is_column), one.key) for one in found]

    def _styled(self, one: Cluster, is_column: bool) -> Outline:
        key = (is_column, one.key)
        if key not in self._kept:
            if len(self._kept) >= _MOST_STYLED:
                self._kept.clear()
            outline = restyled(one.outline, self.style)
            # a column goes on as far as the font says: what makes glyphs wider or bolder makes it no longer
            self._kept[key] = Outline(outline.contours, one.outline.advance_em) if is_column else outline
        return self._kept[key]


class ShapedSource(GlyphSource):
    """Faces of fonts for texts; the script is made of the characters of the texts, and units are the clusters that they
    have. Raises FontError that names texts which none of the fonts can draw, and what they lack; places say where each
    text stands.
    """

    def __init__(
        self, paths: Sequence[str | Path], texts: Sequence[str], name: str = "texts", places: Sequence[str] = ()
    ) -> None:
        self.script = script_of_texts(texts, name)
        self._shapers = [Shaper(OpenFont(path)) for path in paths]
        able = [[shaper for shaper in self._shapers if shaper.can_write(text)] for text in texts]
        if undrawn := [k for k, those in enumerate(able) if not those]:
            first = undrawn[0]
            lacking = self._shapers[0].missing(texts[first])
            said = " ".join(f"{char} (U+{ord(char):04X})" for char in lacking) or "some of its combinations"
            more = f", and of {len(undrawn) - 1} more texts" if len(undrawn) > 1 else ""
            where = f"{places[first]}: " if places else ""
            raise FontError(
                f"{where}no font draws all of {texts[first]!r}{more}; {paths[0]} lacks {said}; give another font "
                "besides, or other texts"
            )
        shaped = (
            units_of(text, shaper.shape(text, is_column))
            for text, those in zip(texts, able, strict=True)
            for shaper in those
            for is_column in (False, True)
        )
        self.units = tuple(sorted({unit for units in shaped for unit in units}))
        step = max(1, len(texts) // _SAMPLE)
        self._caps_em = [_cap_em(shaper, texts[::step]) for shaper in self._shapers]

    def faces(self, n: int, rng: np.random.Generator) -> list[Face]:
        """Return n faces, of each font in turn; the first is the first font as it is. Of several fonts there are more
        where n is too few for each to have one besides the first face: what one font lacks, another may have.
        """
        made: list[Face] = []
        for k in range(max(n, len(self._shapers) + 1) if len(self._shapers) > 1 else n):
            style, turn = random_style(rng, 0.0) if k else Style(), k % len(self._shapers)
            cap_em = self._caps_em[turn]
            made.append(ShapedFace((), (), shaper=self._shapers[turn], style=style, cap_em=cap_em))
        return made


def script_of_texts(texts: Iterable[str], name: str) -> Script:
    """Return a script of the characters of texts. Raises DataError where there are none."""
    chars = sorted(set().union(*texts) - {" "})
    if not chars:
        raise DataError(f"the texts of {name} have no characters")
    return Script(name, tuple(Grapheme(char) for char in (*chars, " ")), ignores_case=False)


def _cap_em(shaper: Shaper, texts: Sequence[str]) -> float:
    outlines = [one.outline for text in texts for one in shaper.shape(text) if one.outline.contours]
    tops: NDArray[np.float64] = np.array([outline.bounds[3] for outline in outlines] or [0.0])
    cap_em = float(np.percentile(tops, _TALL))
    if cap_em <= 0:
        raise FontError(f"{shaper.font.path} draws nothing above the baseline for {' '.join(texts[:3])!r}")
    return cap_em
