"""Latin text for displays that are made up: any installed font, upright, slanted, spaced or as if by hand.

Fonts named after scripts that we read are left out, and so are those without Latin letters: Pillow draws nothing, or
boxes, for some. Layout is Pillow's basic one, so that a picture does not depend on whether Raqm is installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from glyphgen.render.color import Color
from glyphgen.render.effects import shifted
from glyphgen.sample import Image
from glyphgen.shapes.font_alphabets import is_named_after_script
from glyphgen.shapes.installed_fonts import installed_fonts
from glyphgen.shapes.outline import Coverage
from glyphgen.texts.english import english_words

FALLBACK = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
_SHIPPED = (
    "DejaVuSans*.ttf",
    "DejaVuSerif*.ttf",
    "STIXGeneral*.ttf",
    "cmr10.ttf",
    "cmss10.ttf",
    "cmtt10.ttf",
    "cmb10.ttf",
    "cmti10.ttf",
)
_FIRST = 28  # fonts
_MOST_FREQUENT = 4000  # words
_TERMS = """Inventory, Materials, Key Items, Options, System, Save, Load, Back, Select, Equip, Drop, Sort, Quests, Map,
    Album, Runes, Adventure Log, Armor, Food, Bows, Shields, Weapons, Arrows, Hold, Use, Throw, Jump, Dash, Climb,
    Talk, Examine, Open, Take, Pick up, Ride, Attack, Defend, Cancel, Confirm, Yes, No, OK, New Game, Continue,
    Settings, Volume, Music, Camera, Brightness, Controls, Language, Autosave, Hint, Loading, Now Loading, Paused,
    Game Over, Shop, Buy, Sell, Price, Owned, Level, Strength, Stamina, Defense, Effect, Time, Location, Region,
    Travel, Marker, Pins, Zoom, Scroll, Rotate, Hide HUD, Main Quest, Side Quest, Completed, New, Locked, Empty,
    Next, Previous, Page, Press any button, Total, Best, Rank, Wins, Player, Party, Magic, Skills"""
TERMS = tuple(" ".join(text.split()) for text in _TERMS.split(","))


@lru_cache(maxsize=1)
def display_fonts() -> tuple[Path, ...]:
    """Return font files to write displays with, in a fixed order: some that matplotlib ships, and the installed ones by
    their names.
    """
    shipped = sorted(path for pattern in _SHIPPED for path in FALLBACK.parent.glob(pattern))
    others = (p for p in installed_fonts() if p.parent != FALLBACK.parent and not is_named_after_script(p.stem))
    return (*shipped, *others)


@lru_cache(maxsize=128)
def _face(path: Path, px: int) -> ImageFont.FreeTypeFont | None:
    """Return a font at a size, or None where it cannot be used for Latin text."""
    try:
        face = ImageFont.truetype(str(path), px, layout_engine=ImageFont.Layout.BASIC)
        named = " ".join(part or "" for part in face.getname())
        if is_named_after_script(named):
            return None
        inks = [_drawn(face, char) for char in ("H", "a", "e", "\uffff")]
    except (OSError, ValueError, SyntaxError):  # what Pillow raises for files that it cannot use
        return None
    apart = len({ink.tobytes() for ink in inks}) == len(inks)
    return face if apart and all(ink.any() for ink in inks[:3]) else None


def is_usable(path: Path) -> bool:
    """Return whether a font draws Latin letters that differ, and is not named after a script that we read."""
    return _face(path, 20) is not None


def pick_font(fonts: Sequence[Path], rng: np.random.Generator) -> Path:
    """Return a usable one of some fonts, the first of them more often: those that matplotlib ships, where thousands may
    be installed. Returns DejaVu Sans where none is found in four tries.
    """
    for _ in range(4 if fonts else 0):
        path = fonts[int(rng.integers(len(fonts) if rng.random() < 0.65 else min(len(fonts), _FIRST)))]
        if is_usable(path):
            return path
    return FALLBACK


def _drawn(face: ImageFont.FreeTypeFont, text: str) -> Coverage:
    """Return the coverage of a text, one pixel of margin around its ink box."""
    x0, y0, x1, y1 = (round(v) for v in face.getbbox(text, anchor="ls"))
    canvas = PillowImage.new("L", (max(1, min(x1 - x0, 4000)) + 2, max(1, y1 - y0) + 2))
    ImageDraw.Draw(canvas).text((1 - x0, 1 - y0), text, 255, face, anchor="ls")
    return np.asarray(canvas, np.uint8)


def lettering(text: str, path: Path, px: int, tracking: float = 0.0) -> tuple[Coverage, int]:
    """Return the coverage (h, w) of a line of text whose em is px high, and the row of its baseline. tracking is
    further room between letters, in em. A font that fails at a letter gives way to the fallback.
    """
    face = _face(path, max(5, px)) or _face(FALLBACK, max(5, px))
    assert face is not None, f"{FALLBACK} cannot be used: install matplotlib anew"
    try:
        if not tracking:
            return _drawn(face, text), 1 - round(face.getbbox(text, anchor="ls")[1])
        spots = np.cumsum([0.0] + [face.getlength(char) + tracking * px for char in text])
        canvas = PillowImage.new("L", (min(4000, max(1, int(spots[-1] + px))), 2 * px))
        pen = ImageDraw.Draw(canvas)
        for x, char in zip(spots[:-1].tolist(), text, strict=True):
            pen.text((1 + x, int(1.3 * px)), char, 255, face, anchor="ls")
        return np.asarray(canvas, np.uint8), int(1.3 * px)
    except (OSError, ValueError):
        return lettering(text, FALLBACK, px, tracking) if path != FALLBACK else (np.zeros((px, px), np.uint8), px)


def by_hand(coverage: Coverage, px: int, rng: np.random.Generator) -> Coverage:
    """Make a line of text as if written by hand: slanted, its baseline and letters uneven, its strokes thinner."""
    height, width = coverage.shape
    pad = max(2, px // 3)
    wide = cv2.copyMakeBorder(coverage, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    ys, xs = np.mgrid[: height + 2 * pad, : width + 2 * pad].astype(np.float32)
    grid = rng.normal(0, 0.07 * px, (2, 3, max(3, 2 * width // px))).astype(np.float32)
    drift = [cv2.resize(g, (width + 2 * pad, height + 2 * pad), interpolation=cv2.INTER_CUBIC) for g in grid]
    slant = float(rng.normal(-0.1, 0.12))
    bent = cv2.remap(wide, xs + drift[0] + slant * (ys.mean() - ys), ys + drift[1], cv2.INTER_LINEAR)
    if px >= 14 and rng.random() < 0.7:
        bent = cv2.addWeighted(bent, 1.0 - 0.4, cv2.erode(bent, np.ones((2, 2), np.uint8)), 0.4, 0)
    return np.asarray(bent, np.uint8)


def lay(image: Image, coverage: Coverage, x: float, y: float, color: Color, opacity: float = 1.0) -> None:
    """Put coverage on a picture in place, its top left at (x, y) px; what lies outside is cut off."""
    left, top = round(x), round(y)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + coverage.shape[1], image.shape[1]), min(top + coverage.shape[0], image.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    weight: NDArray[np.float32] = coverage[y0 - top : y1 - top, x0 - left : x1 - left, None] * np.float32(opacity / 255)
    room = image[y0:y1, x0:x1]
    room[:] = (room + (np.array(color, np.float32) - room) * weight).astype(np.uint8)


def write(
    image: Image,
    x: float,
    y: float,
    text: str,
    path: Path,
    px: float,
    color: Color,
    *,
    align: float = 0.0,
    tracking: float = 0.0,
    shade: str = "",
    hand: np.random.Generator | None = None,
) -> float:
    """Write a line in place, the middle of its capitals at y px; x px is its left (align 0), middle (0.5) or right end
    (1). shade is "shadow", "rim", "glow" or nothing. Returns its width in px.
    """
    size = max(5, round(px))
    ink, base = lettering(text, path, size, tracking)
    if hand is not None:
        tall = ink.shape[0]
        ink = by_hand(ink, size, hand)
        base += (ink.shape[0] - tall) // 2
    if shade:
        reach = max(2, size // 8)
        padded: Any = cv2.copyMakeBorder(ink, reach, reach, reach, reach, cv2.BORDER_CONSTANT)
        ink, base = padded, base + reach
    left, top = x - align * ink.shape[1], y + 0.36 * px - base
    dark: Color = (0.0, 0.0, 0.0) if sum(color) > 300 else (255.0, 255.0, 255.0)
    if shade == "shadow":
        lay(image, shifted(ink, max(1, size // 14), max(1, size // 14)), left, top, dark, 0.7)
    elif shade == "rim":
        ring = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (1 + 2 * max(1, size // 16),) * 2)
        lay(image, np.asarray(cv2.dilate(ink, ring), np.uint8), left, top, dark, 0.9)
    elif shade == "glow":
        soft = cv2.GaussianBlur(ink, (0, 0), max(1.0, size / 9))
        lay(image, np.asarray(soft, np.uint8), left, top, color, 0.8)
    lay(image, ink, left, top, color)
    return float(ink.shape[1])


def phrase(rng: np.random.Generator, n_words: int) -> str:
    """Return some English words as a sentence or a title would have them."""
    words = english_words()[0]
    picked = [words[int(_MOST_FREQUENT * rng.random() ** 2)].lower() for _ in range(n_words)]
    form = rng.random()
    if form < 0.5:
        return " ".join(picked).capitalize() + ("." if n_words > 3 else "")
    return " ".join(picked).title() if form < 0.85 else " ".join(picked).upper()


def term(rng: np.random.Generator) -> str:
    """Return a word or two of a menu, sometimes in capitals."""
    text = TERMS[int(rng.integers(len(TERMS)))] if rng.random() < 0.75 else phrase(rng, int(rng.integers(1, 3)))
    return text.upper() if rng.random() < 0.25 else text
