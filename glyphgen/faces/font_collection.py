"""The fonts of a machine, and faces from many of them at once: glyphs are drawn when they are first asked for.

`find_fonts` takes file names and parts of the names of installed fonts; `FontCollectionSource` keeps those that draw
enough of a script. A face of a large alphabet (thousands of characters) costs nothing until its glyphs are used, and
forgets the oldest when there are too many. Fonts stay open: a thousand of them, CJK among them, take about four
gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from glyphgen.faces.face import LEVELS_PX, Cut, Face, GlyphSource, random_style, restyled, shrink
from glyphgen.script import Grapheme, Script
from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.installed_fonts import face_number
from glyphgen.shapes.likeness import drawn_alike
from glyphgen.shapes.pen import Style

MAX_CUTS = 4000  # kept by one face at one size; about 3 kB each at the largest
_SAMPLE = 40  # characters that a face is measured by


@lru_cache(maxsize=64)
def _open(path: Path) -> OpenFont:
    return OpenFont(path, face_number(path))


def _forms(grapheme: Grapheme, script: Script) -> tuple[str, ...]:
    """Return the characters that draw a grapheme, best first; small letters only where the script does not tell them
    apart.
    """
    small = [letter.lower() for letter in grapheme.letters if script.ignores_case and len(letter.lower()) == 1]
    return (*grapheme.letters, *small)


class LazyCuts(dict[str, list[Cut]]):
    """Cuts of one face at one size, made when first asked for; the oldest are dropped above MAX_CUTS. Smaller sizes are
    averages of the `largest`.
    """

    def __init__(
        self, font: OpenFont, script: Script, style: Style, cap_em: float, px: int, largest: LazyCuts | None = None
    ) -> None:
        super().__init__()
        self.font, self.style, self.cap_em, self.px, self.largest = font, style, cap_em, px, largest
        self.forms = {g.canonical: _forms(g, script) for g in script.graphemes}

    def __contains__(self, char: object) -> bool:
        return bool(self[str(char)])  # drawn now: fonts map characters to glyphs without ink

    def __missing__(self, char: str) -> list[Cut]:
        while len(self) >= MAX_CUTS:
            del self[next(iter(self))]
        self[char] = self._draw(char)
        return self[char]

    def _draw(self, char: str) -> list[Cut]:
        """Return one cut, or none at all for a character without ink."""
        if self.largest is not None:
            return [shrink(cut, self.px / self.largest.px) for cut in self.largest[char]]
        try:
            outline = next(
                (self.font.outline(form) for form in self.forms.get(char, ()) if self.font.draws(form)), None
            )
        except FontError:  # one damaged glyph of one font among many
            return []
        if outline is None or not outline.contours:
            return []
        outline = restyled(outline, self.style)
        coverage, left, top = outline.rasterize(self.px / self.cap_em)
        if not coverage.any():
            return []
        return [Cut(coverage, int(left), int(top), outline.advance_em * self.px / self.cap_em)]


class FontCollectionSource(GlyphSource):
    """Faces from several fonts in turn: each cut of a style of its own. No font needs to draw the whole script; a line
    takes a face that draws its text. `covered` are the graphemes that some font draws.
    """

    def __init__(self, paths: Sequence[Path], script: Script, least_share: float = 0.5) -> None:
        """Open fonts; those that draw less than `least_share` of the script are left out. Raises FontError when none is
        left.
        """
        self.script, self.fonts, self.n_drawn = script, [], []
        forms = [_forms(g, script) for g in script.graphemes if g.canonical != " "]
        drawn: set[str] = set()
        for path in paths:
            try:
                font = _open(path)
                here = {form[0] for form in forms if any(font.draws(f) for f in form)}
            except FontError:
                continue
            if len(here) >= least_share * len(forms):
                self.fonts.append(font)
                self.n_drawn.append(len(here))
                drawn |= here
        if not self.fonts:
            raise FontError(
                f"none of {len(paths)} fonts draws {least_share:.0%} of the script {script.name!r}; install one that "
                "does"
            )
        self.covered = "".join(char for char in script.visible if char in drawn)

    def listing(self) -> list[tuple[str, str, int]]:
        """Return the script's name, each font's file name, and how many of its graphemes that font draws."""
        return [(self.script.name, Path(font.path).name, n) for font, n in zip(self.fonts, self.n_drawn, strict=True)]

    def faces(self, n: int, rng: np.random.Generator) -> list[Face]:
        """Return n faces. A font that turns out to draw nothing is passed over; raises FontError when all are."""
        order = rng.permutation(len(self.fonts)).tolist()
        made: list[Face] = []
        while len(made) < n:
            turn = len(made) % len(order)
            try:
                made.append(self._face(self.fonts[order[turn]], random_style(rng, 0.0) if made else Style()))
            except FontError:
                if len(order) == 1:
                    raise
                del order[turn]
        return made

    def _face(self, font: OpenFont, style: Style) -> Face:
        forms = [_forms(g, self.script) for g in self.script.graphemes if g.canonical != " "]
        plain = [those[0] for those in forms if font.draws(those[0])]
        chars = plain or [form for those in forms for form in those if font.draws(form)]
        some = [font.outline(char) for char in chars[:: max(1, len(chars) // _SAMPLE)]]
        tops = [outline.bounds[3] for outline in some if outline is not None and outline.contours]
        if not tops or np.percentile(tops, 90) <= 0:
            raise FontError(f"{font.path} draws nothing for {''.join(chars[:20])!r}, though it says so; leave it out")
        cap_em = float(np.percentile(tops, 90))
        largest = LazyCuts(font, self.script, style, cap_em, LEVELS_PX[-1])
        cuts = [LazyCuts(font, self.script, style, cap_em, px, largest) for px in LEVELS_PX[:-1]]
        return Face((*cuts, largest), tuple(font.space_em * style.width * px / cap_em for px in LEVELS_PX))


def group_alike(paths: Sequence[Path], script: Script, least_share: float = 0.5) -> Iterator[tuple[Path, list[str]]]:
    """Yield each font's path and its graphemes in groups: those of one group have one shape at one size (see
    `likeness.compare`).

    Graphemes that a font lacks, or whose glyph is damaged, are in none. No groups come with fonts that can't be opened,
    that have ink for less than `least_share` of the script, or whose full name an earlier one had: the same font again.
    One font is open at a time.
    """
    forms = {g.canonical: _forms(g, script) for g in script.graphemes if g.canonical != " "}
    seen: set[str] = set()
    for path in paths:
        groups: list[str] = []
        try:
            font = OpenFont(path, face_number(path))
            if font.full_name not in seen:
                seen.add(font.full_name)
                drawn = {
                    form: char
                    for char, those in forms.items()
                    if (form := next((f for f in those if _is_sound(font, f)), None))
                }
                groups = ["".join(drawn[form] for form in group) for group in drawn_alike(font, list(drawn))]
        except FontError:
            pass
        yield path, groups if sum(map(len, groups)) >= least_share * len(forms) else []


def _is_sound(font: OpenFont, char: str) -> bool:
    try:
        return font.draws(char) and font.has_ink(char)
    except FontError:
        return False
