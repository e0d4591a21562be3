"""Panels of a game's interface: dark glass over a blurred scene, with a rim, ornaments, scan lines and a chosen row."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from glyphgen.render.surfaces.relief import (
    CAP_PX,
    SIZE,
    Colors,
    Field,
    Surface,
    blurred,
    edge_distance,
    fractal,
    grid,
    lay,
    noise,
    ramp,
    smooth_step,
    to_image,
)

_BORDER_PX = 22.0
# what is behind the glass, from its top to its bottom: day, dusk, forest, cave, desert, snow
_SCENES = (
    ((112, 168, 216), (196, 216, 214), (94, 138, 62), (58, 92, 40)),
    ((62, 54, 106), (206, 124, 96), (84, 58, 66), (36, 30, 44)),
    ((70, 110, 82), (122, 156, 86), (52, 84, 42), (26, 44, 26)),
    ((22, 30, 44), (48, 66, 82), (60, 54, 50), (22, 20, 22)),
    ((140, 186, 216), (232, 206, 152), (206, 160, 96), (150, 106, 62)),
    ((150, 176, 204), (226, 234, 240), (186, 202, 218), (110, 132, 156)),
)
# glass at its top and bottom, rim, glow
_GLASSES = (
    ((10, 22, 34), (6, 10, 18), (112, 206, 240), (40, 140, 220)),
    ((26, 22, 18), (12, 10, 9), (226, 202, 148), (190, 140, 60)),
    ((12, 26, 24), (6, 14, 14), (130, 232, 206), (40, 180, 150)),
    ((24, 24, 28), (10, 10, 13), (226, 226, 230), (130, 130, 150)),
    ((40, 18, 14), (16, 8, 8), (246, 172, 96), (220, 96, 30)),
    ((20, 26, 56), (8, 10, 26), (196, 206, 250), (80, 100, 220)),
)


def panel(rng: np.random.Generator) -> Surface:
    """Draw a panel over a blurred scene; text begins one row below its upper edge, where the chosen row may be."""
    h, w = SIZE
    y, x = grid()
    colors = _scene(rng)
    top, bottom, rim, glow = (np.array(color, np.float32) for color in _GLASSES[int(rng.integers(len(_GLASSES)))])
    bounds = _BORDER_PX, _BORDER_PX, h - _BORDER_PX, w - _BORDER_PX
    cut = float(rng.choice([0.0, 0.0, 0.5])) * CAP_PX
    inside = edge_distance(bounds, y, x)
    if cut:  # corners cut off, as of a card
        corner = np.minimum(y - bounds[0], bounds[2] - y) + np.minimum(x - bounds[1], bounds[3] - x)
        inside = np.minimum(inside, (corner - cut) * np.float32(0.7071))
    within = smooth_step(inside, -0.6, 0.6)
    colors *= (1 - 0.5 * np.exp(-np.maximum(-inside, 0) / 7) * (1 - within))[..., None]  # its shadow
    down = ((y - bounds[0]) / (bounds[2] - bounds[0]))[..., None]
    glass = top + (bottom - top) * np.clip(down, 0, 1)
    lay(colors, glass, np.asarray(within * float(rng.uniform(0.62, 0.84)), np.float32))
    row = 1.75 * CAP_PX
    if rng.random() < 0.6:  # the chosen row: lighter, fading to the sides, with thin lines above and below
        begin = bounds[0] + 9
        across = smooth_step(1 - np.abs(x / w - 0.5) * 2, 0.0, 0.45)
        body = smooth_step(y, begin - 0.5, begin + 0.5) * smooth_step(-y, -begin - row - 0.5, -begin - row + 0.5)
        colors += (body * across * within)[..., None] * (glow * 0.28 + 8)
        for at in (begin, begin + row):
            colors += (np.exp(-(((y - at) / 0.8) ** 2)) * across * within)[..., None] * rim * 0.45
    gleam = np.clip(1 - np.abs((x + 0.55 * y - rng.uniform(0, w)) / rng.uniform(60, 160)), 0, 1) ** 2
    colors += (gleam * within * np.clip(1 - down[..., 0] * 1.4, 0, 1))[..., None] * 13  # light on the glass
    vignette = np.exp(-np.maximum(inside, 0) / (1.1 * CAP_PX))
    colors *= (1 - 0.32 * vignette * within)[..., None]
    _rim(colors, inside, rim, glow, rng)
    _corners(colors, bounds, cut, rim, glow, int(rng.integers(3)))
    if rng.random() < 0.75:
        pitch = float(rng.choice([3.0, 4.0]))
        colors *= (1 - 0.13 * within * (np.sin(y * (2 * np.pi / pitch)) > 0.2))[..., None]
    colors += (1.6 * noise(rng, 1.2, 1.2))[..., None]
    return Surface(to_image(colors), inset_px=_BORDER_PX + 12)


def _scene(rng: np.random.Generator) -> Colors:
    """Return a landscape out of focus: bands from sky to ground, hills, and spots of light."""
    h, w = SIZE
    y = grid()[0]
    scene = _SCENES[int(rng.integers(len(_SCENES)))]
    level = y / h + 0.1 * noise(rng, 500, 130) + 0.05 * fractal(rng, 60, 60, 3)
    colors = ramp(np.clip(level, 0, 1), scene)
    for k in range(3):
        crest = h * (0.3 + 0.2 * k) + 40 * noise(rng, 900, 150 / (1 + 0.5 * k))
        dark = np.array(scene[2 if k < 2 else 3]) * (1.05 - 0.22 * k)
        lay(colors, dark + 24 * fractal(rng, 30, 30, 3)[..., None], smooth_step(y - crest, -2, 2).astype(np.float32))
    lights = np.zeros((h, w), np.float32)
    for _ in range(int(rng.integers(4, 16))):
        spot, radius = (int(rng.integers(w)), int(rng.integers(h))), int(rng.integers(4, 15))
        cv2.circle(lights, spot, radius, float(rng.uniform(20, 90)), -1)
    colors += blurred(lights, 1.5)[..., None] * np.array([1.0, 0.95, 0.8], np.float32)
    return blurred(colors, float(rng.uniform(2.5, 5)))  # type: ignore[no-any-return]


def _rim(colors: Colors, inside: Field, rim: Any, glow: Any, rng: np.random.Generator) -> None:
    """Draw the rim in place: a bright line, its glow on both sides, and a thin line inside of it."""
    at = 2.0
    halo = np.exp(-(((inside - at) / 7) ** 2)) * 0.4
    colors += halo[..., None] * glow
    lay(colors, rim, np.asarray(np.exp(-(((inside - at) / 1.25) ** 2)) * 0.95, np.float32))
    if rng.random() < 0.6:
        lay(colors, rim, np.asarray(np.exp(-(((inside - at - 4.5) / 0.7) ** 2)) * 0.45, np.float32))


def _corners(
    colors: Colors, bounds: tuple[float, float, float, float], cut: float, rim: Any, glow: Any, kind: int
) -> None:
    """Draw ornaments into the corners in place: brackets, squares on their tips with spikes, or fans of lines."""
    mask = np.zeros(SIZE, np.uint8)
    y0, x0, y1, x1 = bounds
    arm, inset = 1.05 * CAP_PX, 2.0 + 0.4 * cut
    for cx, sx in ((x0, 1), (x1, -1)):
        for cy, sy in ((y0, 1), (y1, -1)):
            at = np.array([cx + sx * inset, cy + sy * inset])
            if kind == 0:
                out = at - 3.5 * np.array([sx, sy])
                bracket = out + np.array([[sx * arm, 0], [0, 0], [0, sy * arm]])
                cv2.polylines(mask, [np.round(bracket * 16).astype(np.int32)], False, 255, 3, cv2.LINE_AA, 4)
            elif kind == 1:
                for size, thick in ((8.0, -1), (11.5, 1)):
                    tips = at + size * np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
                    points = [np.round(tips * 16).astype(np.int32)]
                    if thick < 0:
                        cv2.fillPoly(mask, points, 255, cv2.LINE_AA, 4)
                    else:
                        cv2.polylines(mask, points, True, 190, 1, cv2.LINE_AA, 4)
                for way in ((sx, 0), (0, sy)):
                    spike = np.array([at + 14 * np.array(way), at + (14 + 0.8 * arm) * np.array(way)])
                    cv2.polylines(mask, [np.round(spike * 16).astype(np.int32)], False, 255, 2, cv2.LINE_AA, 4)
            else:
                for k in range(3):
                    step = 5.0 * (k + 1)
                    line = at + np.array([[sx * (step + 6), 0], [0, sy * (step + 6)]])
                    cv2.polylines(mask, [np.round(line * 16).astype(np.int32)], False, 255 - 45 * k, 2, cv2.LINE_AA, 4)
    shape = mask.astype(np.float32) / 255
    colors += (0.55 * blurred(shape, 4))[..., None] * glow
    lay(colors, rim, shape)
