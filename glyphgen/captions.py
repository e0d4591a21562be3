"""Labels in pictures, in any script, on any machine: what no font here can draw is written as its code point, U+4E00.

The font that comes with matplotlib is asked first, so that most labels look alike everywhere; then those that are
installed.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from glyphgen.shapes.installed_fonts import code_points, installed_fonts


@lru_cache(maxsize=4096)
def drawable(text: str) -> tuple[str, Path]:
    """Return a text as one font here can draw it, and that font's file. Characters that the font lacks are named,
    `U+4E00`, and so are those that leave no ink: controls, parts of pairs, what is not assigned. Of several fonts the
    one that draws the most is taken.
    """
    wanted = {ord(char) for char in text if not _is_invisible(char)}
    fonts = [plain_font(), *installed_fonts()]
    path = next((font for font in fonts if wanted <= code_points(font)), None)
    if path is None:  # the one that draws the most, and what the names of the others are written with
        wanted |= {ord(char) for char in "U+0123456789ABCDEF"}
        path = max(fonts, key=lambda font: len(wanted & code_points(font)))
    return _named(text, code_points(path)), path


@lru_cache(maxsize=64)
def label_font(path: Path, size_px: float) -> ImageFont.FreeTypeFont:
    """Return a font file to write labels with."""
    return ImageFont.truetype(str(path), size_px)


@lru_cache(maxsize=1)
def plain_font() -> Path:
    """Return the font that is on every machine: DejaVu Sans, which matplotlib brings."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Cn", "Zl", "Zp")


def _named(text: str, drawn: frozenset[int]) -> str:
    """Return the text with names for what is not drawn, a space between two of them."""
    pieces: list[str] = []
    for char in text:
        if char == " " or (ord(char) in drawn and not _is_invisible(char)):
            pieces.append(char)
        else:
            pieces.append(f" U+{ord(char):04X}" if pieces and len(pieces[-1]) > 1 else f"U+{ord(char):04X}")
    return "".join(pieces)
