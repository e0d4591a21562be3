"""Fonts that are installed on this machine, and those that patterns name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

from fontTools.ttLib.ttCollection import TTCollection

from glyphgen.shapes.font_file import FontError
from glyphgen.shapes.font_tables import read_characters

_NO_LETTERS = (
    "LastResort",
    "cmex10",
    "cmsy10",
)  # their code points say letters; what they draw are boxes, brackets and arrows


@lru_cache(maxsize=1)
def installed_fonts() -> tuple[Path, ...]:
    """Return every font file of this machine, and those that matplotlib ships, in a fixed order."""
    import matplotlib
    from matplotlib import font_manager

    found = {Path(path) for path in font_manager.findSystemFonts()}
    found |= set((Path(matplotlib.get_data_path()) / "fonts" / "ttf").glob("*.ttf"))
    return tuple(sorted(path for path in found if not path.name.startswith(_NO_LETTERS)))


def find_fonts(patterns: Sequence[str]) -> list[Path]:
    """Return the fonts that patterns name: a file, or a part of the name of an installed one such as
    `NotoSansCJK-Regular` or `wqy-*`. Patterns that name none are passed over where others do: not every machine has all
    of them. Raises FontError when none is found.
    """
    found: list[Path] = []
    missing = []
    for pattern in patterns:
        if Path(pattern).is_file():
            found.append(Path(pattern))
            continue
        named = [path for path in installed_fonts() if path.match(f"{pattern}*")]
        if not named:
            missing.append(pattern)
        found += named
    if missing and not found:
        several = "any of " if len(missing) > 1 else ""
        raise FontError(
            f"no font {several}{', '.join(map(repr, missing))}: no such file, and none of that name is installed; "
            "see fc-list, "
            "or install one (docs/data.md names Debian's packages)"
        )
    return list(dict.fromkeys(found))


def face_number(path: Path, wanted: str = "SC") -> int:
    """Return which font of a collection (TTC) has `wanted` in its name (SC: simplified Chinese); 0 for the others."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"ttcf":
                return 0
            fonts = TTCollection(file, lazy=True).fonts
            names = [str(font["name"].getDebugName(4) or "") if "name" in font else "" for font in fonts]
    except Exception as error:  # a damaged table may raise anything in fontTools
        raise FontError(f"{path} is not a font that can be read: {error}") from error
    return next((k for k, name in enumerate(names) if wanted in name.split()), 0)


def font_for(text: str) -> Path | None:
    """Return an installed font that maps every character of a text to a glyph, or None."""
    wanted = {ord(char) for char in text if not char.isspace()}
    return next((path for path in installed_fonts() if wanted <= code_points(path)), None)


@cache
def code_points(path: Path) -> frozenset[int]:
    """Return the characters that a font maps to outlines; none for a file that is no font, and for one of pictures in
    one size.
    """
    try:
        return frozenset(read_characters(path, is_unicode=True))  # Pillow, which writes with it, knows no other
    except FontError:
        return frozenset()
