"""Metal: a plate with a beveled rim, brushed, with rivets, scratches and rust."""

from __future__ import annotations

import numpy as np

from glyphgen.render.surfaces.relief import (
    CAP_PX,
    SIZE,
    Surface,
    blurred,
    dome,
    edge_distance,
    fractal,
    grid,
    lay,
    noise,
    ramp,
    shade,
    smooth_step,
    to_image,
    valley,
)

_BORDER_PX = 16.0
# from dark to light: steel, iron, bronze, brass, copper; and what grows on each
_METALS = (
    ((70, 76, 82), (142, 149, 156), (214, 220, 226)),
    ((40, 40, 42), (82, 82, 84), (140, 140, 142)),
    ((72, 48, 26), (146, 104, 60), (218, 178, 122)),
    ((96, 70, 24), (182, 144, 66), (244, 216, 142)),
    ((84, 40, 26), (164, 92, 64), (232, 164, 130)),
)
_RUST = ((58, 30, 18), (118, 60, 28), (164, 98, 52))
_VERDIGRIS = ((44, 74, 64), (84, 128, 110), (140, 174, 152))


def metal_plate(rng: np.random.Generator) -> Surface:
    """Draw a plate on a darker ground of the same metal; rust on steel and iron, verdigris on bronze and copper."""
    h, w = SIZE
    y, x = grid()
    kind = int(rng.choice(len(_METALS), p=(0.3, 0.25, 0.17, 0.14, 0.14)))  # most are of steel or iron
    metal, growth = _METALS[kind], _RUST if kind < 2 else _VERDIGRIS
    bounds = _BORDER_PX, _BORDER_PX, h - _BORDER_PX, w - _BORDER_PX
    dents = np.maximum(noise(rng, 34, 34) - 1.7, 0) * 2.2
    inside = edge_distance(bounds, y, x)
    corner = 10.0  # corners are cut off
    cut = (np.minimum(y - bounds[0], bounds[2] - y) + np.minimum(x - bounds[1], bounds[3] - x) - corner) * 0.7071
    inside = np.minimum(inside, cut) - 0.6 * dents
    rim = float(rng.uniform(0.42, 0.6)) * CAP_PX
    height = 4.5 * smooth_step(inside, 0, 4)  # the plate stands out from the ground
    height -= 3.6 * smooth_step(inside, rim, rim + 3.5)  # the field lies deeper than the rim
    height -= 1.3 * np.exp(-(((inside - rim - 7) / 1.3) ** 2))  # a line engraved in it
    brush = 0.62 * noise(rng, 1.0, 150) + 0.4 * noise(rng, 1.0, 500) + 0.25 * noise(rng, 1.2, 22)
    height += 0.055 * brush - dents * 0.8
    scratches = np.zeros(SIZE, np.float32)
    for _ in range(int(rng.integers(10, 34))):
        angle, reach = float(rng.normal(0, 0.5)), float(rng.uniform(0.4, 5)) * CAP_PX
        at = rng.random(2) * [w, h]
        bend = rng.normal(0, 0.03)
        ends = [at + k / 4 * reach * np.array([np.cos(angle + k * bend), np.sin(angle + k * bend)]) for k in range(5)]
        scratches = np.maximum(scratches, valley(np.array(ends), float(rng.uniform(1, 1.8))))
    height -= 0.9 * scratches
    # what a brushed plate mirrors: broad bright bands across the brush, and more light from above
    gleam = 0.17 * noise(rng, 1600, 190) + 0.1 * noise(rng, 500, 60)
    slope = 0.16 * (0.5 - y / h)
    tone = 0.5 + gleam + slope + 0.042 * brush + 0.04 * fractal(rng, 60, 90, 3)
    tone = np.where(inside > 0, tone, tone - 0.3)
    colors = ramp(np.clip(tone, 0, 1), metal)
    lay(colors, np.array(metal[2]) * 1.05, 0.5 * scratches)
    amount = float(rng.uniform(-1.0, 0.2))
    damp = np.exp(-np.abs(inside - rim) / 10) + 0.9 * np.exp(-np.abs(inside) / 7)
    grows = fractal(rng, 60, 70, 5) + 0.9 * damp + amount + 0.25 * np.clip(noise(rng, 160, 9) - 0.6, 0, 2)
    rust = smooth_step(grows, 1.15, 1.75)
    flakes = np.clip(0.5 + 0.24 * fractal(rng, 9, 9, 3) + 0.1 * noise(rng, 1.3, 1.3), 0, 1)
    lay(colors, ramp(flakes, growth), 0.9 * rust)
    lay(colors, np.array(growth[1]) * 0.8, 0.3 * smooth_step(grows, 0.5, 1.2) * (1 - rust))
    height += rust * (0.6 + 0.7 * (flakes - 0.5) * 4)
    lay(colors, np.array(metal[0]) * 0.3, np.clip(1.4 * (blurred(height, 4) - height) / 6, 0, 0.8))
    light, glints = shade(np.asarray(height, np.float32), 95, 26)
    colors *= (0.22 + 0.78 * light)[..., None]
    flat = float(np.median(glints))
    colors += (np.clip(glints - flat, -10, 95) * (1 - 0.85 * rust))[..., None]
    for rx, ry in _rivets(bounds, rim, rng):
        dome(colors, rx, ry, 0.34 * rim, np.array(metal[1]) * float(rng.uniform(0.95, 1.15)), is_old=False)
    return Surface(to_image(colors), inset_px=_BORDER_PX + rim + 12)


def _rivets(
    bounds: tuple[float, float, float, float], rim: float, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Return where rivets sit: in the corners of the rim, and along it at about one distance."""
    y0, x0, y1, x1 = bounds
    at, step = rim * 0.52, float(rng.uniform(1.8, 3.4)) * CAP_PX
    n, m = max(1, round((x1 - x0 - 2 * at) / step)), max(1, round((y1 - y0 - 2 * at) / step))
    inner = at + 2.5
    across = [x0 + inner + (x1 - x0 - 2 * inner) * k / n for k in range(n + 1)]
    down = [y0 + inner + (y1 - y0 - 2 * inner) * k / m for k in range(1, m)]
    spots = [(x, y) for x in across for y in (y0 + inner, y1 - inner)]
    return spots + [(x, y) for y in down for x in (x0 + inner, x1 - inner)]
