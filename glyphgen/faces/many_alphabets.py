"""Lines in many alphabets, for a reader that meets the next one prepared: every line is of one alphabet, its words mean
nothing.

Alphabets are those of installed fonts (`shapes/font_alphabets.py`, without the ones that few-shot learning is measured
on) and invented ones, drawn as type or by hand (`shapes/invented.py`). Their letters have no names
(`script.many_script`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from fontTools import unicodedata as scripts

from glyphgen.faces.face import Face, GlyphSource, face_of_outlines, random_style, restyled
from glyphgen.faces.sources import DrawnSource
from glyphgen.files import DataError
from glyphgen.script import Grapheme, Script, many_script
from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.installed_fonts import face_number
from glyphgen.shapes.invented import drawing_of_hand, random_drawing
from glyphgen.shapes.outline import Outline
from glyphgen.shapes.pen import Drawing

_LEAST = 12  # letters of a script that is worth an alphabet


@dataclass(frozen=True, eq=False)
class Alphabet:
    """An alphabet that lines are written in. letters: those of the shared script that it has; either a font, with its
    characters for them in `chars`, or a drawing.
    """

    letters: str
    font: OpenFont | None = None
    chars: str = ""
    drawing: Drawing | None = None
    handwritten_share: float = 0.0


class ManySource(GlyphSource):
    """Faces of all alphabets in turn. world says which fonts draw which letters (`installed_alphabets`); of each
    script up to `most` letters of one font make an alphabet, n_installed of them in all; n_drawn and n_hands alphabets
    of n_glyphs are invented. A function of the seed. Raises DataError when there is none.
    """

    def __init__(
        self,
        world: Mapping[str, Mapping[Path, str]],
        n_installed: int = 80,
        most: int = 36,
        n_drawn: int = 40,
        n_hands: int = 40,
        n_glyphs: int = 24,
        seed: int = 0,
    ) -> None:
        rng = np.random.default_rng([seed, 43])
        fonts = _fonts_of(world, n_installed, most, rng)
        sizes = [*(len(chars) for _, chars in fonts), *[n_glyphs] * (n_drawn + n_hands)]
        if not sizes:
            raise DataError(
                "there is no alphabet to write lines in; install fonts (Debian: fonts-noto-core), or invent some "
                "(n_drawn, n_hands)"
            )
        names = many_script(sum(sizes))
        self.script = Script("many", (*names.graphemes, Grapheme(" ")), ignores_case=False)
        ends = np.cumsum([0, *sizes]).tolist()
        letters = [names.alphabet[a:b] for a, b in pairwise(ends)]
        self.alphabets = [Alphabet(own, font, chars) for own, (font, chars) in zip(letters, fonts, strict=False)]
        for k, own in enumerate(letters[len(fonts) :]):
            child = np.random.default_rng([seed, 47, k])
            drawing = random_drawing(child, n_glyphs) if k < n_drawn else drawing_of_hand(child, n_glyphs)
            self.alphabets.append(
                Alphabet(
                    own, drawing=drawing, chars=drawing.script.visible, handwritten_share=0.2 if k < n_drawn else 0.8
                )
            )

    def faces(self, n: int, rng: np.random.Generator) -> list[Face]:
        return [self._face(self.alphabets[k % len(self.alphabets)], rng) for k in range(n)]

    def listing(self) -> Sequence[tuple[str, str, int]]:
        """Return (script, font, how many letters) of the alphabets that fonts drew, as `font_glyphs.listing` does."""
        return sorted(
            (scripts.script(a.chars[0]), a.font.path.name, len(a.chars)) for a in self.alphabets if a.font is not None
        )

    def _face(self, alphabet: Alphabet, rng: np.random.Generator) -> Face:
        if alphabet.drawing is not None:
            face = DrawnSource(alphabet.drawing, alphabet.handwritten_share).faces(2, rng)[1]
            names = dict(zip(alphabet.chars, alphabet.letters, strict=True))
            return Face(tuple({names[c]: cuts for c, cuts in level.items()} for level in face.cuts), face.space_px)
        assert alphabet.font is not None
        style = random_style(rng, 0.0)
        outlines: dict[str, list[Outline]] = {}
        for letter, char in zip(alphabet.letters, alphabet.chars, strict=True):
            outline = alphabet.font.outline(char)
            assert outline is not None
            outlines[letter] = [restyled(outline, style)]
        tops = [outline.bounds[3] - min(outline.bounds[1], 0.0) for (outline,) in outlines.values()]
        return face_of_outlines(outlines, float(np.percentile(tops, 80)), alphabet.font.space_em * style.width)


def _fonts_of(
    world: Mapping[str, Mapping[Path, str]], n: int, most: int, rng: np.random.Generator
) -> Sequence[tuple[OpenFont, str]]:
    """Return n fonts, each with letters that it draws, no script twice before every script had its turn."""
    found: list[tuple[OpenFont, str]] = []
    names, turn = [code for code, fonts in world.items() if max(map(len, fonts.values())) >= _LEAST], 0
    while len(found) < n and names and turn < 4:
        for code in (names[k] for k in rng.permutation(len(names)).tolist()):
            paths = sorted(path for path, chars in world[code].items() if len(chars) >= _LEAST)
            path = paths[int(rng.integers(len(paths)))]
            chars = [world[code][path][k] for k in rng.permutation(len(world[code][path]))[: 2 * most].tolist()]
            try:
                font = OpenFont(path, face_number(path))
                inked = "".join([char for char in chars if font.has_ink(char)][:most])
            except FontError:
                continue
            if len(inked) >= _LEAST:
                found.append((font, inked))
            if len(found) == n:
                break
        turn += 1
    return found
