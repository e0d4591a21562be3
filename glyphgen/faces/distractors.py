"""Other writing than the script: random stroke alphabets, and Latin letters from the fonts that matplotlib ships.

What finds lines of a script must meet what looks like lines but is none. These are never drawn as the script's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np

from glyphgen.faces.font_collection import FontsSource, find_fonts
from glyphgen.faces.sources import DrawnSource, Face, FontSource
from glyphgen.script import Grapheme, Script
from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.pen import Drawing, Stroke

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,!?-:"
_FONTS = ("DejaVuSans*.ttf", "DejaVuSerif*.ttf", "STIXGeneral*.ttf")
_MAX_STROKES = 4
_PARTS = (0, 1, 0, 2)  # of training, validation and test, by a font's number or its family's
_LEAST_SHARE = 0.9  # of the letters, digits and marks that a font of other writing has to draw


def latin_script() -> Script:
    """Return Latin letters of both cases, digits, some punctuation and the space, each a grapheme of its own."""
    return Script("latin", tuple(Grapheme(char) for char in _LETTERS + " "), ignores_case=False)


@lru_cache(maxsize=1)
def latin_fonts() -> tuple[Path, ...]:
    """Return font files that have every letter of `latin_script`, in a fixed order. Source: matplotlib's own data."""
    import matplotlib

    folder, found = Path(matplotlib.get_data_path()) / "fonts" / "ttf", []
    for path in sorted({p for pattern in _FONTS for p in folder.glob(pattern)}):
        try:
            OpenFont(path).outlines(latin_script())
        except FontError:
            continue
        found.append(path)
    return tuple(found)


def latin_fonts_of_part(part: int | None) -> list[Path]:
    """Return half of `latin_fonts` for part 0, and a quarter each that the others never see for parts 1 and 2; all for None."""
    return [font for k, font in enumerate(latin_fonts()) if part is None or _PARTS[k % 4] == part]


def latin_faces(n: int, rng: np.random.Generator, part: int | None = None) -> list[tuple[Script, Face]]:
    """Return n faces of Latin letters, each of a random font of one part (see `latin_fonts_of_part`), never the plain cut."""
    script, faces = latin_script(), []
    fonts = latin_fonts_of_part(part)
    for _ in range(n if fonts else 0):
        source = FontSource(OpenFont(fonts[int(rng.integers(len(fonts)))]), script)
        faces.append((script, source.faces(2, rng)[1]))
    return faces


def font_faces(patterns: Sequence[str], n: int, rng: np.random.Generator, part: int) -> list[tuple[Script, Face, Path]]:
    """Return at most n faces of Latin letters with their files, each of another font that patterns name (see `fonts.find_fonts`) and
    that draws nearly all of them; those of one part, see `fonts_of_part`. Raises FontError when no font is found.
    """
    script, own = latin_script(), fonts_of_part(find_fonts(patterns), part)
    faces: list[tuple[Script, Face, Path]] = []
    for path in (own[k] for k in rng.permutation(len(own)).tolist()):
        if len(faces) == n:
            break
        try:
            faces.append((script, FontsSource([path], script, _LEAST_SHARE).faces(2, rng)[1], path))
        except FontError:  # one of many: it lacks letters or draws nothing
            continue
    return faces


def fonts_of_part(paths: Sequence[Path], part: int) -> list[Path]:
    """Return the fonts of part 0 (half of the families), 1 or 2 (a quarter each that the others never see)."""
    return [path for path in paths if _PARTS[crc32(_family(path).encode()) % 4] == part]


def _family(path: Path) -> str:
    """Return the part of a font file's name that its cuts share: `dejavusans` of `DejaVuSans-Bold.ttf`."""
    return path.stem.split("-")[0].split("_")[0].lower()


def random_drawing(rng: np.random.Generator, n_glyphs: int = 18) -> Drawing:
    """Draw an alphabet that does not exist: 1 to 4 strokes a glyph, square or round, of one pen."""
    script = Script("random", (*(Grapheme(chr(65 + k)) for k in range(n_glyphs)), Grapheme(" ")))
    pen = float(rng.uniform(0.03, 0.13))
    is_square = rng.random() < 0.5
    cell = float(rng.uniform(0.16, 0.3))  # knots lie on a grid of 3 columns and 4 rows, as letters' do
    strokes, advances = {}, {" ": 0.4}
    for char in script.visible:
        parts = []
        for _ in range(int(rng.integers(1, _MAX_STROKES + 1))):
            knots = np.stack([rng.integers(0, 3, n := int(rng.integers(2, 5))) * cell, rng.integers(0, 4, n) * 0.7 / 3], axis=1)
            if is_square:  # every other knot moves along one axis only
                for k in range(1, n):
                    knots[k, k % 2] = knots[k - 1, k % 2]
            else:
                knots = knots + rng.normal(0, 0.03, knots.shape)
            keep = np.r_[True, np.linalg.norm(np.diff(knots, axis=0), axis=1) > 0.02]
            knots = knots[keep] if keep.sum() > 1 else np.array([[0.0, 0.0], [cell, 0.7]])
            angle = rng.uniform(0, np.pi) if rng.random() < 0.5 else np.pi / 4
            half = pen / 2 * np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.6, 1.2, (len(knots), 1))
            ribs = np.stack([knots - half, knots + half], axis=1)
            parts.append(Stroke(ribs, tuple([is_square or bool(rng.random() < 0.3)] * len(knots))))
        # so that the alphabet has one height, whatever a glyph's strokes are
        parts.append(_mark(cell * float(rng.integers(0, 3)), pen, rng))
        x = np.concatenate([part.ribs[..., 0].ravel() for part in parts])
        shift = np.array([0.05 - float(x.min()), 0.0])
        strokes[char] = tuple(Stroke(part.ribs + shift, part.is_corner) for part in parts)
        advances[char] = float(x.max() - x.min()) + 0.1
    return Drawing(script, strokes, advances)


def _mark(x: float, pen: float, rng: np.random.Generator) -> Stroke:
    low, high = (0.0, 0.7) if rng.random() < 0.5 else (0.35, 0.7)
    path = np.array([[x, low], [x, high]])
    half = np.array([pen / 2, 0.0])
    return Stroke(np.stack([path - half, path + half], axis=1), (True, True))


def random_faces(n: int, rng: np.random.Generator) -> list[tuple[Script, Face]]:
    """Return n faces, each of an alphabet of its own."""
    made = []
    for _ in range(n):
        drawing = random_drawing(rng)
        made.append((drawing.script, DrawnSource(drawing, 0.2).faces(2, rng)[1]))
    return made
