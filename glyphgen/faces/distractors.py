"""Other writing than the script: random stroke alphabets, Latin letters from the fonts that matplotlib ships, and the
other scripts that we draw.

What finds lines of a script must meet what looks like lines but is none. These are never drawn as the script's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np

from glyphgen.faces.face import LEVELS_PX, Cut, Face
from glyphgen.faces.font_collection import FontCollectionSource
from glyphgen.faces.many_alphabets import ManySource
from glyphgen.faces.sources import DrawnSource, FontSource
from glyphgen.script import Grapheme, Script
from glyphgen.shapes.font_alphabets import installed_alphabets
from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.installed_fonts import find_fonts, installed_fonts
from glyphgen.shapes.invented import random_drawing
from glyphgen.shapes.outline import Coverage
from glyphgen.shapes.pen import load_drawing

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,!?-:"
_FONTS = ("DejaVuSans*.ttf", "DejaVuSerif*.ttf", "STIXGeneral*.ttf")
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
    """Return half of `latin_fonts` for part 0, and a quarter each that the others never see for parts 1 and 2; all for
    None.
    """
    return [font for k, font in enumerate(latin_fonts()) if part is None or _PARTS[k % 4] == part]


def latin_faces(n: int, rng: np.random.Generator, part: int | None = None) -> list[tuple[Script, Face]]:
    """Return n faces of Latin letters, each of a random font of one part (see `latin_fonts_of_part`), never the plain
    cut.
    """
    script, faces = latin_script(), []
    fonts = latin_fonts_of_part(part)
    for _ in range(n if fonts else 0):
        source = FontSource(OpenFont(fonts[int(rng.integers(len(fonts)))]), script)
        faces.append((script, source.faces(2, rng)[1]))
    return faces


def font_faces(patterns: Sequence[str], n: int, rng: np.random.Generator, part: int) -> list[tuple[Script, Face, Path]]:
    """Return at most n faces of Latin letters with their files, each of another font that patterns name (see
    `find_fonts`) and that draws nearly all of them; those of one part, see `fonts_of_part`. Raises FontError when
    no font is found.
    """
    script, own = latin_script(), fonts_of_part(find_fonts(patterns), part)
    faces: list[tuple[Script, Face, Path]] = []
    for path in (own[k] for k in rng.permutation(len(own)).tolist()):
        if len(faces) == n:
            break
        try:
            faces.append((script, FontCollectionSource([path], script, _LEAST_SHARE).faces(2, rng)[1], path))
        except FontError:  # one of many: it lacks letters or draws nothing
            continue
    return faces


def fonts_of_part(paths: Sequence[Path], part: int) -> list[Path]:
    """Return the fonts of part 0 (half of the families), 1 or 2 (a quarter each that the others never see)."""
    return [path for path in paths if _PARTS[crc32(_family(path).encode()) % 4] == part]


def _family(path: Path) -> str:
    """Return the part of a font file's name that its cuts share: `dejavusans` of `DejaVuSans-Bold.ttf`."""
    return path.stem.split("-")[0].split("_")[0].lower()


def random_faces(n: int, rng: np.random.Generator) -> list[tuple[Script, Face]]:
    """Return n faces, each of an alphabet of its own."""
    made = []
    for _ in range(n):
        drawing = random_drawing(rng)
        made.append((drawing.script, DrawnSource(drawing, 0.2).faces(2, rng)[1]))
    return made


def alphabet_faces(n: int, rng: np.random.Generator, part: int) -> list[tuple[Script, Face]]:
    """Return at most n faces, each of an alphabet of an installed font (see `shapes/font_alphabets.py`), no script of
    the world twice before each had its turn; of the fonts of one part, see `fonts_of_part`.
    """
    own = set(fonts_of_part(installed_fonts(), part))
    world = installed_alphabets(sorted(own))
    if not world:
        return []
    many = ManySource(world, n, n_drawn=0, n_hands=0, seed=int(rng.integers(1 << 31)))
    faces = many.faces(len(many.alphabets), rng)
    return [
        (Script("many", tuple(Grapheme(char) for char in alphabet.letters)), face)
        for alphabet, face in zip(many.alphabets, faces, strict=True)
    ]


def drawn_faces(names: Sequence[str], n: int, rng: np.random.Generator) -> list[tuple[Script, Face]]:
    """Return n faces of scripts that we draw, by name and in turn; the glyphs of every second round of them are
    turned, as a column of upright glyphs looks from the side (see `turned`). Raises ScriptError for an unknown name.
    """
    drawings = [load_drawing(name) for name in names]
    made = []
    for k in range(n if drawings else 0):
        drawing = drawings[k % len(drawings)]
        face = DrawnSource(drawing, 0.08).faces(2, rng)[1]
        made.append((drawing.script, turned(face) if k // len(drawings) % 2 else face))
    return made


def turned(face: Face) -> Face:
    """Return a face with every glyph turned a quarter to the left, centered on the line and scaled so that wide ones
    fill its height: a line of it is a column of upright glyphs, seen with the picture turned to the left.
    """
    levels = []
    for level, cap in zip(face.cuts, LEVELS_PX, strict=True):
        widest = float(np.percentile([cut.coverage.shape[1] for cuts in level.values() for cut in cuts], 80))
        levels.append(
            {char: [_turned(cut, cap, cap / max(widest, 1.0)) for cut in cuts] for char, cuts in level.items()}
        )
    return Face(tuple(levels), tuple(0.9 * cap for cap in LEVELS_PX))


def _turned(cut: Cut, cap: int, scale: float) -> Cut:
    upright = np.rot90(cut.coverage)
    width, height = (max(1, round(side * scale)) for side in upright.shape[::-1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    coverage: Coverage = cv2.resize(  # type: ignore[assignment]  # OpenCV's stubs know no dtype
        np.ascontiguousarray(upright), (width, height), interpolation=how
    )
    return Cut(coverage, 0, round(-cap / 2 - height / 2), width + 0.16 * cap)
