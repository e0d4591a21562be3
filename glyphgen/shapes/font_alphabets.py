"""The alphabets of the world, as installed fonts have them: which font draws which script."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from fontTools import unicodedata as scripts

from glyphgen.shapes.font_file import OpenFont
from glyphgen.shapes.font_tables import character_map, open_tables
from glyphgen.shapes.installed_fonts import face_number

# Unicode scripts of Omniglot's evaluation alphabets: Avestan, Ge'ez, Glagolitic, Gurmukhi, Kannada, Malayalam,
# Manipuri, Mongolian, Old Church Slavonic, Oriya, Sylheti, Syriac, Tibetan. Angelic, Atemayar Qelisayer, Atlantean,
# Aurek-Besh, Keble, Tengwar and ULOG have none
KEPT_OUT = {"Avst": "Avestan", "Ethi": "Ethiopic", "Glag": "Glagolitic", "Guru": "Gurmukhi", "Knda": "Kannada",
            "Mlym": "Malayalam", "Mtei": "MeeteiMayek", "Mong": "Mongolian", "Cyrl": "Cyrillic", "Orya": "Oriya",
            "Sylo": "SylotiNagri", "Syrc": "Syriac", "Tibt": "Tibetan"}  # fmt: skip
_NAMES = (
    *KEPT_OUT.values(),
    "Tengwar",
    "tngan",
    "Aurek",
    "Aurebesh",
    "Angelic",
    "Atlantean",
    "Atemayar",
    "Keble",
    "ULOG",
    "Geez",
    "Ge'ez",
    "Sylheti",
    "Manipuri",
    "Hylian",
    "Sheikah",
    "Gerudo",
    "Hyrule",
    "Zelda",
)  # of fonts to leave alone, and of what we read  # fmt: skip
_NO_SCRIPT = {"Zyyy", "Zinh", "Zzzz", "Brai", "Sgnw"}  # shared, inherited, unknown; dots; no letters
# what a family's name may end in that makes no other drawing of it: styles, and the regions of CJK
_STYLES = {"regular", "book", "roman", "text", "ui", "thin", "hairline", "extralight", "ultralight", "light",
           "demilight", "semilight", "normal", "medium", "demi", "demibold", "semibold", "bold", "extrabold",
           "ultrabold", "heavy", "black", "italic", "oblique", "condensed", "semicondensed", "extracondensed",
           "narrow", "expanded", "semiexpanded", "mono", "sc", "tc", "hk", "jp", "kr", "cn", "tw", "mbe"}  # fmt: skip


def is_named_after_script(text: str) -> bool:
    """Return whether a font's name says that it draws a script that is measured on, or that we read."""
    return any(name.lower() in text.lower() for name in _NAMES)


def is_kept_out(char: str) -> bool:
    """Return whether a character must not be trained on: it is of a script that is measured on, or of none."""
    return scripts.script(char) in KEPT_OUT or unicodedata.category(char) in ("Co", "Cn")


def family_of(font: OpenFont) -> str:
    """Return the family name of a font without styles and regions: fonts of one family draw glyphs alike."""
    words = font.family.replace("-", " ").split()
    while len(words) > 1 and words[-1].lower() in _STYLES:
        words.pop()
    return " ".join(words)


def installed_alphabets(paths: Iterable[Path]) -> dict[str, dict[Path, str]]:
    """Return, for each Unicode script (`Thai`), the fonts that draw letters or digits of it, and which. Fonts that
    cannot be read, and those named after scripts that are kept out, are passed over.
    """
    found: dict[str, dict[Path, str]] = defaultdict(dict)
    for path in paths:
        if is_named_after_script(path.stem):
            continue
        try:
            with open_tables(path, face_number(path), is_lazy=True) as font:
                if any(
                    is_named_after_script(str(font["name"].getDebugName(k) or "")) for k in (1, 4, 16) if "name" in font
                ):
                    continue
                points = sorted(character_map(font, path))
        except Exception:  # a damaged table may raise anything in fontTools
            continue
        chars: dict[str, list[str]] = defaultdict(list)
        for char in map(chr, points):
            if unicodedata.category(char)[0] in "LN" and not is_kept_out(char):
                chars[scripts.script(char)].append(char)
        for code, those in chars.items():
            if code not in _NO_SCRIPT:
                found[code][path] = "".join(those)
    return dict(sorted(found.items()))
