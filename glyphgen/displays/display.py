"""Displays of games that do not exist, without the script: what a finder of lines has to pass over.

`game_display` draws a scene and on it what such displays show: rows of hearts, maps, gauges, slots, buttons, menus and
text in Latin letters of any font. Everything is drawn by code; a picture is a function of its generator and of the
fonts. Source of what is shown: displays of adventure games in general; no picture of one was copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from glyphgen.displays.lettering import display_fonts, pick_font
from glyphgen.displays.screens import SCREENS, SHARES
from glyphgen.displays.widgets import (
    BLACK,
    WHITE,
    Theme,
    bright,
    polygon,
)
from glyphgen.render.color import Color, color_distance, mix
from glyphgen.render.scenery import scenery
from glyphgen.sample import Image

_LEAST_PX = 480  # of the height a display is laid out at; smaller pictures are windows of one
_BANK = 0  # of materials, made once a process


def game_display(rng: np.random.Generator, height_px: int, width_px: int, fonts: Sequence[Path] | None = None) -> Image:
    """Return a made-up display (height_px, width_px, 3) uint8 without the script. Below 480 px of height it is a window
    of a larger one, so that its parts keep their sizes (hearts of 8 to 40 px). fonts: those to write with; those that
    matplotlib ships and the installed ones when None. Costs about 0.1 s at 1280×720.
    """
    if height_px < 1 or width_px < 1:
        raise ValueError(f"a display of {width_px}×{height_px} px; both must be at least 1")
    tall = max(height_px, int(rng.integers(_LEAST_PX, 761))) if height_px < _LEAST_PX else height_px
    wide = max(width_px, round(tall * float(rng.uniform(1.2, 1.9)))) if height_px < _LEAST_PX else width_px
    ground = _backdrop(tall, wide, rng)
    image = ground.copy()
    theme = _theme(image, rng, display_fonts() if fonts is None else fonts)
    SCREENS[int(rng.choice(len(SCREENS), p=SHARES))](image, theme, rng)
    if (tall, wide) != (height_px, width_px):
        image = _window(image, ground, height_px, width_px, rng)
    return _worn(image, rng)


def _theme(image: Image, rng: np.random.Generator, fonts: Sequence[Path]) -> Theme:
    low, high = (0, 60) if rng.random() < 0.65 else (150, 255)
    panel: Color = float(rng.uniform(low, high)), float(rng.uniform(low, high)), float(rng.uniform(low, high))
    if rng.random() < 0.25:
        panel = mix(bright(rng), BLACK, float(rng.uniform(0.1, 0.8)))
    ink = mix(WHITE if sum(panel) < 400 else BLACK, bright(rng), float(rng.uniform(0, 0.25)))
    accent = next((c for c in (bright(rng) for _ in range(6)) if color_distance(c, panel) > 70), ink)
    unit = image.shape[0] / 720 * float(np.exp(rng.normal(np.log(20), 0.28)))
    shade = ("", "shadow", "rim", "glow")[int(rng.choice(4, p=(0.3, 0.35, 0.2, 0.15)))]
    corner = float(rng.choice([0.0, 0.25, 0.6, 1.5]))
    return Theme(
        ink,
        accent,
        panel,
        float(rng.uniform(0.35, 1)),
        pick_font(fonts, rng),
        pick_font(fonts, rng),
        float(np.clip(unit, 9, 60)),
        corner,
        shade,
        rng.random() < 0.6,
    )


def _backdrop(height: int, width: int, rng: np.random.Generator) -> Image:
    """Draw what the display stands before: a landscape, a scenery out of focus, or a plain ground."""
    kind, h, w = rng.random(), max(8, height // 3), max(8, width // 3)
    if kind < 0.4:
        small = _landscape(h, w, rng)
    elif kind < 0.75:
        small = scenery(h, w, _BANK, rng)
        small = np.asarray(cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.5, 6))), np.uint8)
    else:
        ends = rng.uniform(0, 255, (2, 2, 3)) * float(rng.uniform(0.3, 1))
        if rng.random() < 0.5:
            ends[:] = ends.mean(axis=(0, 1)) + rng.normal(0, 12, (2, 2, 3))
        small = cv2.resize(  # type: ignore[assignment]  # OpenCV's stubs know no dtype
            np.clip(ends, 0, 255).astype(np.uint8),
            (w, h),
            interpolation=cv2.INTER_LINEAR,
        )
    # OpenCV's stubs know no dtype
    image: Image = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)  # type: ignore[assignment]
    if rng.random() < 0.5:
        grain = rng.integers(-7, 8, (height // 2 + 1, width // 2 + 1, 1), np.int16)
        grain = np.repeat(cv2.resize(grain, (width, height), interpolation=cv2.INTER_NEAREST)[..., None], 3, axis=2)
        image = cv2.add(image, grain, dtype=cv2.CV_8U)  # type: ignore[assignment]  # OpenCV's stubs know no dtype
    return image


def _landscape(height: int, width: int, rng: np.random.Generator) -> Image:
    """Draw a sky, ridges that come nearer, a ground with blades or stones."""
    top, bottom = np.array(bright(rng)) * float(rng.uniform(0.3, 1)), rng.uniform(60, 255, 3)
    image: Image = np.repeat(np.linspace(top, bottom, height)[:, None], width, axis=1).astype(np.uint8)
    for _ in range(int(rng.integers(0, 6))):  # clouds
        at = (int(rng.integers(width)), int(rng.integers(max(1, height // 2))))
        axes = (int(rng.integers(4, width // 5 + 6)), int(rng.integers(2, height // 16 + 4)))
        cv2.ellipse(image, at, axes, 0, 0, 360, mix(tuple(bottom.tolist()), WHITE, 0.6), -1, cv2.LINE_AA)
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), 2.5), np.uint8)
    color, n, x = rng.uniform(20, 190, 3), int(rng.integers(2, 6)), np.arange(width)
    for k in range(n):
        waves = sum(
            float(rng.uniform(0.2, 1)) / f * np.sin(2 * np.pi * f * x / width + float(rng.uniform(0, 7)))
            for f in (1, 2, 3, 7, 13)
        )
        ridge = height * (0.3 + 0.55 * (k + 1) / n) + 0.1 * height * waves
        points = np.stack([x, ridge], axis=1)
        near = mix(tuple(bottom.tolist()), tuple((color * (1 - 0.5 * k / n)).tolist()), (k + 1) / n)
        polygon(image, np.concatenate([points, [[width, height], [0, height]]]), near)
    feet = np.stack([rng.uniform(0, width, 120), height * (1 - 0.35 * rng.random(120) ** 2)], axis=1)
    for (px, py), reach in zip(feet.tolist(), rng.uniform(2, 12, 120).tolist(), strict=True):
        shade = np.clip(color * (0.4 + reach / 14), 0, 255).tolist()
        cv2.line(image, (int(px), int(py)), (int(px + rng.normal(0, 2)), int(py - reach)), shade, 1, cv2.LINE_AA)
    return image


def _window(image: Image, ground: Image, height: int, width: int, rng: np.random.Generator) -> Image:
    """Cut a window out, around a point of a rim of what stands on the ground: of three such, the one with the most of
    them.
    """
    changed = (cv2.cvtColor(cv2.absdiff(image, ground), cv2.COLOR_RGB2GRAY) > 20).astype(np.uint8)
    rims = changed - np.asarray(cv2.erode(changed, np.ones((3, 3), np.uint8)))  # text counts for more than a box
    spots, sums = np.flatnonzero(rims), cv2.integral(rims)
    best, most = (0, 0), -1
    for _ in range(3):
        at = int(spots[int(rng.integers(len(spots)))]) if len(spots) else int(rng.integers(rims.size))
        y = min(max(at // rims.shape[1] - int(rng.integers(height)), 0), image.shape[0] - height)
        x = min(max(at % rims.shape[1] - int(rng.integers(width)), 0), image.shape[1] - width)
        found = int(sums[y + height, x + width]) - int(sums[y, x + width]) - int(sums[y + height, x]) + int(sums[y, x])
        if found > most:
            best, most = (y, x), found
    return image[best[0] : best[0] + height, best[1] : best[1] + width].copy()


def _worn(image: Image, rng: np.random.Generator) -> Image:
    """Do to some pictures what screenshots meet: a smaller size and back, JPEG."""
    if rng.random() < 0.2:
        small = cv2.resize(image, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
        # OpenCV's stubs know no dtype
        image = cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    if rng.random() < 0.3:
        packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 95))])[1]
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR)  # type: ignore[assignment]  # OpenCV's stubs know no dtype
    return image
