"""The tables of font files, whatever state they are in: which character is which glyph, and whether there are outlines
at all.

Every door to a font goes through here, so that all of them agree on what a font draws. What a table holds that is
damaged, missing or of no use is said by name in a FontError; what can be done without (metrics, OS/2, names) is.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import BinaryIO

import fontTools.encodings.codecs  # noqa: F401  codecs of old Mac encodings
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

logging.getLogger("fontTools").setLevel(logging.CRITICAL)  # what it says of tables is nothing that a user can mend
_PICTURES = {
    "CBDT": "bitmaps in color",
    "sbix": "bitmaps in color",
    "EBDT": "bitmaps",
    "bdat": "bitmaps",
    "COLR": "layers of color",
    "SVG ": "SVG pictures",
}
_OUTLINES = ("glyf", "CFF ", "CFF2", "VARC")
_SYMBOLS = range(0xF020, 0xF100)  # where symbol maps have what the keyboard types as 0x20 to 0xFF


class FontError(ValueError):
    """A font that cannot be opened, or that does not draw a script."""


def open_tables(path: Path, number: int = 0, is_lazy: bool = False) -> TTFont:
    """Open a font file, or font `number` of a collection. Raises FontError for what is none, and for one without
    outlines.
    """
    if not path.is_file():
        raise FontError(f"no such font file: {path}")
    try:
        file = path.open("rb")
    except OSError as error:
        raise FontError(f"{path} cannot be read: {error.strerror}") from error
    try:
        font = _checked(file, path, number, is_lazy)
    except BaseException:
        file.close()
        raise
    if not is_lazy:  # all of it was read
        file.close()
    return font


def _checked(file: BinaryIO, path: Path, number: int, is_lazy: bool) -> TTFont:
    head = file.read(12)
    n_fonts = int.from_bytes(head[8:12], "big") if head[:4] == b"ttcf" else 1
    if not 0 <= number < n_fonts:
        kind = (
            f"a collection of {n_fonts} fonts, 0 to {n_fonts - 1}" if head[:4] == b"ttcf" else "a single font, number 0"
        )
        raise FontError(f"{path} is {kind}; there is no font {number} in it")
    try:
        # None: the file is read whole, glyphs when they are drawn; False takes the time of every glyph there is
        font = TTFont(file, fontNumber=number, lazy=True if is_lazy else None)
        names = set(font.keys())
    except Exception as error:  # a damaged table may raise anything in fontTools
        raise FontError(f"{path} is not a font that can be read: {error}") from error
    if not names & set(_OUTLINES):
        held = picture_tables(font) or "no table of glyphs (glyf or CFF)"
        raise FontError(f"{path} has {held} and no outlines, which are what is drawn here; choose a font with outlines")
    if missing := {"head", "maxp", "cmap"} - names:
        raise FontError(f"{path} is damaged: it lacks the table {min(missing)}; get the font anew")
    return font


def units_per_em(font: TTFont, path: Path) -> float:
    """Return how many units an em has. Raises FontError for none."""
    units = float(font["head"].unitsPerEm)  # type: ignore[attr-defined]  # no types
    if units <= 0:
        raise FontError(f"{path} is damaged: its em has {units:.0f} units (head.unitsPerEm); get the font anew")
    return units


def mend_metrics(font: TTFont) -> bool:
    """Put metrics of zero in place of those that are missing or cannot be read; return whether any advance is more than
    zero.
    """
    try:
        advances = [advance for advance, _ in font["hmtx"].metrics.values()]
        if len(advances) == len(font.getGlyphOrder()):
            return max(advances, default=0) > 0
    except Exception:  # as above
        pass
    table = newTable("hmtx")
    table.metrics = dict.fromkeys(font.getGlyphOrder(), (0, 0))  # type: ignore[attr-defined]  # no types
    font["hmtx"] = table
    return False


def character_map(font: TTFont, path: Path, is_unicode: bool = False) -> dict[int, str]:
    """Return the glyph of each code point: of all Unicode maps together, any of which may be empty or lack something.
    Without those, of a symbol map, U+F020 to U+F0FF as what the keyboard types, and of maps in the encodings of one
    country or of the Mac. With is_unicode by Unicode maps alone, as those go by who draw with the font file itself.
    Raises FontError when there is none.
    """
    try:
        tables = list(font["cmap"].tables)
    except Exception as error:  # as above
        raise FontError(f"{path} is damaged: its character map (cmap) cannot be read: {error}") from error
    unicode: dict[int, str] = {}
    symbols: dict[int, str] = {}
    others: dict[int, str] = {}
    for table in tables:
        try:
            entries = dict(table.cmap) if table.format != 14 else {}  # 14: forms of characters that other maps have
        except Exception:  # one damaged map among others
            continue
        if (table.platformID, table.platEncID) == (3, 0):  # which fontTools takes for Unicode
            symbols = {code - 0xF000 if code in _SYMBOLS else code: name for code, name in entries.items()} | symbols
        elif table.isUnicode():
            unicode = entries | unicode
        else:
            others = _decoded(table, entries) | others
    found = unicode or ({} if is_unicode else others | symbols)
    order = set(font.getGlyphOrder())
    found = {code: name for code, name in found.items() if name in order and 0 <= code < 0x110000}
    if not found:
        raise FontError(f"{path} has no character map (cmap) that names a glyph, so no letter of it can be found")
    return found


def _decoded(table: CmapSubtable, entries: dict[int, str]) -> dict[int, str]:
    """Return a map by Unicode, made from one by the codes of another encoding, one or two bytes each."""
    encoding, found = table.getEncoding("mac_roman"), {}
    for code, name in entries.items():
        try:
            text = code.to_bytes(1 if code < 256 else 2, "big").decode(encoding)
        except (UnicodeDecodeError, LookupError, OverflowError):
            continue
        if len(text) == 1:
            found[ord(text)] = name
    return found


def read_characters(path: Path, number: int = 0, is_unicode: bool = False) -> dict[int, str]:
    """Return the `character_map` of a font file, without reading its outlines. Raises FontError."""
    font = open_tables(path, number, is_lazy=True)
    try:
        return character_map(font, path, is_unicode)
    except FontError:
        raise
    except Exception as error:  # as above
        raise FontError(f"{path} is not a font that can be read: {error}") from error
    finally:
        font.close()


def picture_tables(font: TTFont) -> str:
    """Return what of a font are pictures instead of outlines, as `layers of color (COLR)`; "" when nothing is."""
    return " and ".join(f"{what} ({tag.strip()})" for tag, what in _PICTURES.items() if tag in font)
