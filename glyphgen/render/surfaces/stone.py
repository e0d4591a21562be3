"""Stone: carved blocks with beveled edges, chips, cracks and moss; and walls whose paint flakes off."""

from __future__ import annotations

from itertools import pairwise
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
    hollows,
    lay,
    moved,
    noise,
    ramp,
    shade,
    smooth_step,
    to_image,
    valley,
)

# from dark to light: gray, sandstone, bluish, basalt, reddish
_STONES = (
    ((70, 68, 64), (124, 121, 114), (168, 164, 154)),
    ((104, 84, 58), (168, 144, 106), (208, 188, 148)),
    ((58, 66, 74), (104, 114, 120), (150, 158, 160)),
    ((36, 36, 38), (70, 70, 72), (106, 105, 104)),
    ((84, 58, 48), (138, 104, 88), (176, 142, 122)),
)
_MOSSES = (((34, 44, 16), (78, 96, 36), (126, 140, 62)), ((28, 44, 26), (62, 88, 50), (104, 130, 84)))
# coats of paint: the wall, and a band on it
_COATS = (
    ((44, 112, 116), (216, 178, 96)),
    ((176, 66, 46), (226, 206, 168)),
    ((216, 206, 182), (150, 58, 44)),
    ((62, 84, 134), (206, 196, 170)),
    ((204, 154, 64), (98, 52, 40)),
    ((92, 118, 72), (222, 210, 176)),
)


def carved_stone(rng: np.random.Generator) -> Surface:
    """Draw a wall of blocks that are 2.4 to 4.6 capital heights high, some with a frame cut into them."""
    h, w = SIZE
    y, x = grid()
    y, x = (np.asarray(axis + 1.4 * noise(rng, 60, 60) + 0.4 * noise(rng, 10, 10), np.float32) for axis in (y, x))
    inside, tint = np.zeros(SIZE, np.float32), np.zeros(SIZE, np.float32)
    height = np.zeros(SIZE, np.float32)
    usual, has_frames = float(rng.uniform(2.8, 4.2)), rng.random() < 0.75
    rows, is_frieze = [], True
    y0 = -float(rng.uniform(0, 2)) * CAP_PX
    while y0 < h:
        is_frieze = has_frames and not is_frieze and rng.random() < 0.4
        y1 = y0 + (1.5 if is_frieze else usual * float(rng.uniform(0.85, 1.1))) * CAP_PX
        if not is_frieze:
            rows.append((y0 + y1) / 2)
        x0 = -float(rng.uniform(0, 6)) * CAP_PX
        while x0 < w:
            x1 = x0 + float(rng.uniform(1.5, 3.4)) * usual * CAP_PX
            part = _part(y0, x0, y1, x1)
            yy, xx = y[part], x[part]
            if yy.size:
                deep = edge_distance((y0, x0, y1, x1), yy, xx)
                inside[part] = np.maximum(inside[part], deep)
                tilt = rng.normal(0, 0.018, 2)
                height[part] += np.where(deep > 0, tilt[0] * (yy - y0) + tilt[1] * (xx - x0), 0).astype(np.float32)
                tint[part] = np.where(deep > 0, float(rng.normal(0, 0.085)), tint[part])
                if is_frieze:
                    height[part] -= 3.6 * _meander(yy - y0, xx - x0, y1 - y0, x1 - x0)
                elif has_frames and rng.random() < 0.5:
                    inset = float(rng.uniform(0.34, 0.5)) * CAP_PX
                    height[part] -= 5.0 * np.clip(1.25 - np.abs(deep - inset) / 3.2, 0, 1)
            x0 = x1
        y0 = y1
    bevel = float(rng.uniform(6, 10))
    chipped = np.maximum(fractal(rng, 20, 24, 3) - 0.85, 0) * 13 * np.exp(-np.maximum(inside, 0) / 13)
    edge = np.clip((inside - chipped - 1.6) / bevel, 0, 1)
    height += 6.5 * np.sin(edge * np.pi / 2) - 3.5 * smooth_step(-inside, -2.4, -0.8)
    facets = smooth_step(chipped, 1.0, 2.2)
    height += facets * 0.7 * fractal(rng, 8, 8, 3)
    grain = fractal(rng, 6, 7, 3)
    height += 1.7 * fractal(rng, 70, 90, 3) + 0.32 * grain - 1.3 * smooth_step(noise(rng, 4, 4.5), 2.0, 2.8)
    cracks = _cracks(rng, int(rng.integers(3, 8)))
    height -= 3.2 * cracks
    tone = 0.52 + tint + 0.1 * fractal(rng, 90, 130, 4) + 0.04 * grain + 0.05 * noise(rng, 1.2, 1.2)
    tone += 0.1 * facets - 0.12 * smooth_step(noise(rng, 4, 4), 1.8, 2.6)
    stone = _STONES[int(rng.integers(len(_STONES)))]
    colors = ramp(np.clip(tone, 0, 1), stone)
    _weather(colors, height, stone, rng)
    deep = hollows(height, 7, 5)
    lay(colors, np.array(stone[0]) * 0.35, np.maximum(0.85 * deep, 0.7 * cracks))
    height = np.asarray(height + _moss(colors, deep, edge, rng, float(rng.uniform(-0.3, 0.65))), np.float32)
    colors *= (0.22 + 0.78 * shade(height)[0])[..., None]
    return Surface(to_image(colors), tuple(row for row in rows if 0 < row < h))


def _part(y0: float, x0: float, y1: float, x1: float) -> tuple[slice, slice]:
    """Return what a block covers, and a little around it, for its edges are not straight."""
    return slice(max(0, int(y0) - 9), max(0, int(y1) + 9)), slice(max(0, int(x0) - 9), max(0, int(x1) + 9))


def _meander(y: Field, x: Field, tall: float, long: float) -> Field:
    """Return a row of Greek keys, as depth from 0 to 1, inside of a block."""
    unit = (tall - 20) / 5
    n = max(1, round((long - 20) / (6 * unit)))
    u, v = (x - 10) / ((long - 20) / n), (y - 10) / unit
    inner = np.full(y.shape, 9.0, np.float32)
    key = np.array([[0.5, 4.5], [0.5, 0.5], [4.5, 0.5], [4.5, 3.2], [2.6, 3.2], [2.6, 2.3]])
    path = [*key.tolist(), None, [0.5, 4.5], [6.5, 4.5]]
    t = (u - np.floor(u)) * 6
    for p, q in pairwise(path):
        if p and q:
            (ax, ay), (bx, by) = p, q
            dx = np.maximum(np.maximum(min(ax, bx) - t, t - max(ax, bx)), 0)
            dy = np.maximum(np.maximum(min(ay, by) - v, v - max(ay, by)), 0)
            inner = np.minimum(inner, np.sqrt(dx * dx + dy * dy))
    mask = (u > 0) & (u < n)
    return np.asarray(smooth_step(-inner * unit, -0.36 * unit, -0.12 * unit) * mask, np.float32)


def _cracks(rng: np.random.Generator, n: int) -> Field:
    """Return cracks that fork, as depth from 0 to 1."""
    total = np.zeros(SIZE, np.float32)
    for _ in range(n):
        at, angle = rng.random(2) * [SIZE[1], SIZE[0]], float(rng.uniform(0, 2 * np.pi))
        for fork in range(1 + int(rng.integers(0, 3))):
            steps = int(rng.integers(8, 20)) // (1 + fork)
            angles = angle + np.cumsum(rng.normal(0, 0.45, steps + 1))
            reach = rng.uniform(4, 11, steps + 1)[:, None]
            points = at + np.cumsum(np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach, axis=0)
            total = np.maximum(total, valley(points, 2.4 if not fork else 1.5))
            at, angle = points[int(rng.integers(len(points)))], angle + float(rng.choice([-1.0, 1.0]))
    return total


def _weather(colors: Colors, height: Field, stone: Any, rng: np.random.Generator) -> None:
    """Let water run down and lichen grow, in place."""
    run = np.clip(noise(rng, 190, 10) + 0.6 * noise(rng, 120, 34) - 0.9, 0, 1.2)
    lay(colors, np.array(stone[0]) * 0.8, 0.4 * run)
    lichen = smooth_step(fractal(rng, 16, 16, 4) + 0.8 * noise(rng, 120, 150), 1.75, 2.0)
    lay(colors, np.array([186, 184, 142]) * 0.5 + np.array(stone[2]) * 0.5, 0.55 * lichen)


def _moss(colors: Colors, deep: Field, edge: Field, rng: np.random.Generator, amount: float) -> Field:
    """Let moss grow from the joints, in place; return its height."""
    cushions = noise(rng, 4, 4) + 0.7 * noise(rng, 2, 2)
    grows = 1.5 * deep + 0.8 * (1 - edge) + 0.75 * fractal(rng, 60, 90, 4) + 0.16 * cushions + amount
    moss = smooth_step(grows, 1.65, 2.1)
    green = _MOSSES[int(rng.integers(len(_MOSSES)))]
    lay(colors, ramp(np.clip(0.5 + 0.25 * cushions, 0, 1), green), 0.95 * moss)
    return np.asarray(moss * (2.2 + 0.55 * cushions), np.float32)


def painted_stone(rng: np.random.Generator) -> Surface:
    """Draw a wall with a coat of paint, cracked and flaked off in places, where the stone shows."""
    stone = _STONES[int(rng.integers(3))]
    coat, second = _COATS[int(rng.integers(len(_COATS)))]
    y = grid()[0]
    grain = fractal(rng, 7, 8, 3)
    base = 1.6 * fractal(rng, 90, 110, 3) + 0.55 * grain - 1.6 * smooth_step(noise(rng, 5, 6), 1.2, 2.2)
    cells = _cells(rng, float(rng.uniform(34, 58)))
    worn = fractal(rng, 80, 110, 5) + 0.35 * fractal(rng, 14, 16, 3)
    lost = worn + 0.55 * cells + 0.3 * noise(rng, 30, 40)
    limit = float(np.quantile(lost, rng.uniform(0.74, 0.88)))
    paint = smooth_step(-(lost - limit), -0.02, 0.02).astype(np.float32)  # 1 where there is paint
    crackle = cells * smooth_step(lost, limit - 1.1, limit - 0.2) * paint
    tone = 0.5 + 0.14 * fractal(rng, 70, 90, 4) + 0.09 * grain + 0.06 * noise(rng, 1.2, 1.2)
    colors = ramp(np.clip(tone, 0, 1), stone)
    lay(colors, np.array(stone[0]) * 0.45, np.clip(blurred(moved(paint, *_by(-3, -4)), 1.6) - paint, 0, 1) * 0.85)
    wall = np.zeros((*SIZE, 3), np.float32) + np.array(coat, np.float32)
    edge = float(rng.uniform(0.55, 0.85)) * SIZE[0]
    lines = ((edge, 0.34 * SIZE[0]), (edge - 0.5 * CAP_PX, 0.14 * CAP_PX))
    wobble = y + 0.9 * noise(rng, 60, 90)
    for top, wide in lines:
        band = smooth_step(wobble, top - 0.8, top + 0.8) * smooth_step(-wobble, -top - wide - 0.8, -top - wide + 0.8)
        lay(wall, second, np.asarray(band, np.float32))
    strokes = noise(rng, 2, 60) + 0.7 * noise(rng, 5, 120)
    wall *= (1 + 0.045 * strokes + 0.09 * fractal(rng, 110, 150, 4))[..., None]
    faded = np.clip(0.16 * fractal(rng, 110, 70, 5) + 0.14, 0, 0.4)
    lay(wall, wall.mean(axis=2, keepdims=True) * 0.5 + np.array(stone[2]) * 0.5, faded)
    lay(colors, wall, paint)
    height = base + paint * (2.6 - 0.5 * base + 0.07 * strokes) - 2.0 * crackle
    rim = np.clip(paint - blurred(paint, 2.2), 0, 1)  # paint curls up where it ends
    height += 2.2 * rim
    lay(colors, np.array([255, 250, 240]), 0.35 * rim)
    lay(colors, np.array(stone[0]) * 0.4, np.clip(0.7 * crackle, 0, 1))
    lay(colors, np.array(stone[0]) * 0.6, 0.35 * np.clip(noise(rng, 200, 12) - 1.0, 0, 1))
    colors *= (0.3 + 0.7 * shade(np.asarray(height, np.float32))[0])[..., None]
    return Surface(to_image(colors))


def _by(dx: float, dy: float) -> tuple[Field, Field]:
    return np.full(SIZE, dx, np.float32), np.full(SIZE, dy, np.float32)


def _cells(rng: np.random.Generator, pitch_px: float) -> Field:
    """Return the borders of the cells around random points (Voronoi), as lines from 0 to 1."""
    h, w = SIZE
    empty = np.full(SIZE, 255, np.uint8)
    n = int(h * w / pitch_px**2)
    empty[rng.integers(0, h, n), rng.integers(0, w, n)] = 0
    _, labels = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    y, x = grid()
    y, x = y + 4 * noise(rng, 16, 16), x + 4 * noise(rng, 16, 16)
    wobbly = cv2.remap(labels.astype(np.float32), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
    border = np.zeros(SIZE, np.float32)
    border[:, 1:] = wobbly[:, 1:] != wobbly[:, :-1]
    border[1:] = np.maximum(border[1:], wobbly[1:] != wobbly[:-1])
    return np.clip(blurred(border, 0.8) * 1.6, 0, 1)  # type: ignore[no-any-return]
