"""The alphabets of the fonts that are installed here: what a network learns from before it meets a new one.

`world_glyphs` gives letters and digits of every Unicode script that some font draws, as pictures with labels `Thai/ก`. Scripts that
few-shot learning is measured on (Omniglot's evaluation set) are in no guise among them: neither their Unicode scripts, nor fonts named
after them, nor private use characters, which constructed scripts hide in.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from fontTools import unicodedata as scripts
from numpy.typing import NDArray
from skimage.morphology import skeletonize
from tqdm import tqdm

from glyphgen.datasets.labelled_images import Stored
from glyphgen.faces.font_collection import face_number, installed_fonts
from glyphgen.files import DataError
from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.font_tables import character_map, open_tables

# Unicode scripts of Omniglot's evaluation alphabets: Avestan, Ge'ez, Glagolitic, Gurmukhi, Kannada, Malayalam, Manipuri, Mongolian, Old
# Church Slavonic, Oriya, Sylheti, Syriac, Tibetan. Angelic, Atemayar Qelisayer, Atlantean, Aurek-Besh, Keble, Tengwar and ULOG have none
KEPT_OUT = {"Avst": "Avestan", "Ethi": "Ethiopic", "Glag": "Glagolitic", "Guru": "Gurmukhi", "Knda": "Kannada", "Mlym": "Malayalam",
            "Mtei": "MeeteiMayek", "Mong": "Mongolian", "Cyrl": "Cyrillic", "Orya": "Oriya", "Sylo": "SylotiNagri", "Syrc": "Syriac",
            "Tibt": "Tibetan"}  # fmt: skip
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
)  # of fonts to leave alone, and of what we read
_NO_SCRIPT = {"Zyyy", "Zinh", "Zzzz", "Brai", "Sgnw"}  # shared, inherited, unknown; dots; no letters
SIDE_PX = 64
_INK_PX = 46  # of the longer side of a glyph
_PEN = "pen:"  # before the name of the font, in the origin of what a pen drew
# what a family's name may end in that makes no other drawing of it: styles, and the regions of CJK
_STYLES = {"regular", "book", "roman", "text", "ui", "thin", "hairline", "extralight", "ultralight", "light", "demilight",
           "semilight", "normal", "medium", "demi", "demibold", "semibold", "bold", "extrabold", "ultrabold", "heavy", "black",
           "italic", "oblique", "condensed", "semicondensed", "extracondensed", "narrow", "expanded", "semiexpanded", "mono",
           "sc", "tc", "hk", "jp", "kr", "cn", "tw", "mbe"}  # fmt: skip


def is_named_after_script(text: str) -> bool:
    """Return whether a font's name says that it draws a script that is measured on, or that we read."""
    return any(name.lower() in text.lower() for name in _NAMES)


def is_kept_out(char: str) -> bool:
    """Return whether a character must not be trained on: it is of a script that is measured on, or of none."""
    return scripts.script(char) in KEPT_OUT or unicodedata.category(char) in ("Co", "Cn")


def family_of(font: OpenFont) -> str:
    """Return what all fonts have in common that draw glyphs alike: the family, without styles and regions, whatever the file is called."""
    words = font.family.replace("-", " ").split()
    while len(words) > 1 and words[-1].lower() in _STYLES:
        words.pop()
    return " ".join(words)


def world_alphabets(paths: Iterable[Path]) -> dict[str, dict[Path, str]]:
    """Return, for each Unicode script (`Thai`), the fonts that draw letters or digits of it, and which. Fonts that cannot be read, and
    those named after scripts that are kept out, are passed over.
    """
    found: dict[str, dict[Path, str]] = defaultdict(dict)
    for path in paths:
        if is_named_after_script(path.stem):
            continue
        try:
            with open_tables(path, face_number(path), is_lazy=True) as font:
                if any(is_named_after_script(str(font["name"].getDebugName(k) or "")) for k in (1, 4, 16) if "name" in font):
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


def world_glyphs(alphabets: Mapping[str, Mapping[Path, str]] | None = None, most: int = 100, n_fonts: int = 3, seed: int = 0,
                 has_skeletons: bool = True) -> Stored:  # fmt: skip
    """Return pictures (SIDE_PX, SIDE_PX), ink 255: up to `most` glyphs of each script, drawn by up to n_fonts fonts; with
    has_skeletons once more as a thin pen would. makers are families of fonts, so that a glyph, its bold and what a pen made of it are
    of one maker; origins name the file. Raises DataError when no font draws any.
    """
    alphabets = world_alphabets(installed_fonts()) if alphabets is None else alphabets
    images: list[NDArray[np.uint8]] = []
    labels, makers, origins = [], [], []
    for code, fonts in tqdm(alphabets.items(), desc="glyphs of installed fonts", leave=False):
        rng = np.random.default_rng([seed, 37, *code.encode()])
        counts = {char: sum(char in chars for chars in fonts.values()) for chars in fonts.values() for char in chars}
        chosen = sorted(counts, key=lambda char: (-counts[char], char))  # those that most fonts draw
        if len(chosen) > most:
            chosen = sorted(chosen[k] for k in rng.permutation(len(chosen))[:most].tolist())
        order = sorted(fonts, key=lambda path: (-sum(char in fonts[path] for char in chosen), path.name))
        for path in order[:n_fonts]:
            try:
                font = OpenFont(path, face_number(path))
            except FontError:
                continue
            family = family_of(font)
            for char in (char for char in chosen if char in fonts[path]):
                image = picture_of(font, char)
                if image is None:
                    continue
                for how, drawn in (("", image), (_PEN, _penned(image))) if has_skeletons else (("", image),):
                    images.append(drawn)
                    labels.append(f"{code}/{char}")
                    makers.append(family)
                    origins.append(f"{how}{path.name}:U+{ord(char):04X}")
    if not images:
        raise DataError("no font of this machine draws an alphabet to learn from; install some (Debian: fonts-noto-core)")
    return Stored("world", images, labels, makers, origins)


def picture_of(font: OpenFont, char: str) -> NDArray[np.uint8] | None:
    """Return a glyph in the middle of a square, or None for one without ink."""
    try:
        outline = font.outline(char)
    except FontError:
        return None
    if outline is None or not outline.contours:
        return None
    x0, y0, x1, y1 = outline.bounds
    if max(x1 - x0, y1 - y0) <= 0:
        return None
    coverage = outline.rasterize(_INK_PX / max(x1 - x0, y1 - y0), margin_px=0)[0]
    if (coverage > 127).sum() < 12:
        return None
    image = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    height, width = coverage.shape
    top, left = (SIDE_PX - height) // 2, (SIDE_PX - width) // 2
    image[top : top + height, left : left + width] = coverage
    return image


def _penned(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the middle line of a glyph, drawn with a round pen."""
    line = skeletonize(image > 127).astype(np.uint8) * 255
    return np.asarray(cv2.dilate(line, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))), np.uint8)


def listing(stored: Stored) -> Sequence[tuple[str, str, int]]:
    """Return (script, font file, how many glyphs) of what was drawn, not counting what a pen drew once more: what to record with a network
    that learned from it.
    """
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for label, origin in zip(stored.labels, stored.origins, strict=True):
        if not origin.startswith(_PEN):
            counts[label.partition("/")[0], origin.rpartition(":")[0]] += 1
    return [(code, font, n) for (code, font), n in sorted(counts.items())]
