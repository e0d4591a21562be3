"""The alphabets of the fonts that are installed here: what a network learns from before it meets a new one.

`installed_glyphs` gives letters and digits of every Unicode script that some font draws, as pictures with labels
`Thai/ก`. Scripts that few-shot learning is measured on (Omniglot's evaluation set) are in no guise among them: neither
their Unicode scripts, nor fonts named after them, nor private use characters, which constructed scripts hide in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from glyphgen.datasets.labelled_images import Stored
from glyphgen.files import DataError
from glyphgen.shapes.font_alphabets import family_of, installed_alphabets
from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.installed_fonts import face_number, installed_fonts
from glyphgen.shapes.skeleton import thinned

SIDE_PX = 64
_INK_PX = 46  # of the longer side of a glyph
_PEN = "pen:"  # before the name of the font, in the origin of what a pen drew


def installed_glyphs(
    alphabets: Mapping[str, Mapping[Path, str]] | None = None,
    most: int = 100,
    n_fonts: int = 3,
    seed: int = 0,
    has_skeletons: bool = True,
) -> Stored:
    """Return pictures (SIDE_PX, SIDE_PX), ink 255: up to `most` glyphs of each script, drawn by up to n_fonts fonts;
    with has_skeletons once more as a thin pen would. writers are families of fonts, so that a glyph, its bold and what
    a pen made of it are of one writer; origins name the file. Raises DataError when no font draws any.
    """
    alphabets = installed_alphabets(installed_fonts()) if alphabets is None else alphabets
    images: list[NDArray[np.uint8]] = []
    labels, writers, origins = [], [], []
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
                    writers.append(family)
                    origins.append(f"{how}{path.name}:U+{ord(char):04X}")
    if not images:
        raise DataError(
            "no font of this machine draws an alphabet to learn from; install some (Debian: fonts-noto-core)"
        )
    return Stored("world", images, labels, writers, origins)


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
    line = thinned(image > 127).astype(np.uint8) * 255
    return np.asarray(cv2.dilate(line, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))), np.uint8)


def listing(stored: Stored) -> Sequence[tuple[str, str, int]]:
    """Return (script, font file, how many glyphs) of what was drawn, not counting what a pen drew once more: what to
    record with a network that learned from it.
    """
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for label, origin in zip(stored.labels, stored.origins, strict=True):
        if not origin.startswith(_PEN):
            counts[label.partition("/")[0], origin.rpartition(":")[0]] += 1
    return [(code, font, n) for (code, font), n in sorted(counts.items())]
