"""Planks: boards with grain that flows around knots, gaps, cracks, worn edges and nails."""

from __future__ import annotations

import cv2
import numpy as np

from glyphgen.render.surfaces.relief import (
    CAP_PX,
    SIZE,
    Field,
    Surface,
    dome,
    edge_distance,
    fractal,
    grid,
    hollows,
    lay,
    noise,
    ramp,
    shade,
    smooth_step,
    to_image,
    valley,
)

# from dark to light: oak, weathered gray, walnut, reddish, pine, bleached
_WOODS = (
    ((58, 36, 20), (122, 82, 46), (168, 122, 74)),
    ((62, 58, 54), (116, 110, 102), (164, 156, 144)),
    ((38, 25, 18), (78, 53, 37), (116, 84, 60)),
    ((66, 30, 20), (124, 64, 42), (164, 100, 68)),
    ((112, 72, 34), (184, 134, 74), (220, 176, 116)),
    ((104, 90, 72), (166, 148, 122), (206, 192, 166)),
)
_IRON = ((74, 70, 68), (104, 84, 70), (58, 56, 58))


def planks(rng: np.random.Generator) -> Surface:
    """Draw boards of 1.6 to 3.6 capital heights that lie one above another."""
    h, w = SIZE
    wood = _WOODS[int(rng.integers(len(_WOODS)))]
    iron = np.array(_IRON[int(rng.integers(len(_IRON)))])
    tone, height = np.zeros(SIZE, np.float32), np.zeros(SIZE, np.float32)
    worn = np.zeros(SIZE, np.float32)
    usual, n_nails = float(rng.uniform(1.9, 3.3)), int(rng.integers(1, 3))
    rows, nails = [], []
    # the beams behind, on which every board is nailed
    beams = np.arange(rng.uniform(0, 6) * CAP_PX, w, rng.uniform(6, 10) * CAP_PX).tolist()
    y0 = -float(rng.uniform(0, 1.2)) * CAP_PX
    while y0 < h:
        y1 = y0 + usual * float(rng.uniform(0.85, 1.18)) * CAP_PX
        rows.append((y0 + y1) / 2)
        x0 = -float(rng.uniform(0, 12)) * CAP_PX
        while x0 < w:
            x1 = x0 + float(rng.uniform(11, 26)) * CAP_PX
            top, bottom, left, right = max(0, int(y0)), min(h, int(y1)), max(0, int(x0)), min(w, int(x1))
            if bottom > top and right > left:
                part = slice(top, bottom), slice(left, right)
                bounds = y0 - top, x0 - left, y1 - top, x1 - left
                tone[part], height[part], worn[part] = _board((bottom - top, right - left), bounds, rng)
                ends = [x0 + 0.42 * CAP_PX, x1 - 0.42 * CAP_PX]
                for x in ends + [at for at in beams if ends[0] + CAP_PX < at < ends[1] - CAP_PX]:
                    for k in range(n_nails):
                        share = 0.5 if n_nails == 1 else 0.24 + 0.52 * k
                        nails.append((x + rng.normal(0, 1.2), y0 + share * (y1 - y0) + rng.normal(0, 1.5)))
            x0 = x1
        y0 = y1
    tone += 0.07 * fractal(rng, 120, 260, 3) + 0.025 * noise(rng, 1, 1.5)
    deep = hollows(height, 5, 6)
    colors = ramp(np.clip(tone, 0, 1), wood)
    lay(colors, ramp(np.clip(tone + 0.25, 0, 1), wood) * np.float32(1.12), np.clip(0.75 * worn, 0, 1))
    lay(colors, np.array(wood[0]) * 0.28, 0.92 * deep)
    light, _ = shade(height)
    colors *= (0.25 + 0.75 * light)[..., None]
    for x, y in nails:
        _streak(colors, x, y, rng)
        dome(colors, x, y, float(rng.uniform(3.3, 4.3)), iron)
    return Surface(to_image(colors), tuple(row for row in rows if 0 < row < h))


def _board(
    size: tuple[int, int], bounds: tuple[float, float, float, float], rng: np.random.Generator
) -> tuple[Field, Field, Field]:
    """Return the tone (0 dark, 1 light), the height and the wear of one board; bounds are its edges (y0, x0, y1, x1),
    which may lie outside of the part that is drawn.
    """
    y, x = grid(size)
    y0, x0, y1, x1 = bounds
    wide, long = y1 - y0, x1 - x0
    flow = y + 2.5 * noise(rng, 60, 230, size) + 0.8 * noise(rng, 14, 90, size)
    knots = []
    for _ in range(int(rng.integers(0, 4)) if rng.random() < 0.75 else 0):
        radius = float(rng.uniform(0.07, 0.16)) * wide
        knots.append((x0 + float(rng.uniform(0.06, 0.94)) * long, y0 + float(rng.uniform(0.2, 0.8)) * wide, radius))
    dark = np.zeros(size, np.float32)
    eyes = np.zeros(size, np.float32)
    for kx, ky, radius in knots:  # lines of flow around a cylinder
        off = flow - np.float32(ky)
        far2 = ((x - np.float32(kx)) / 1.7) ** 2 + off * off
        flow = np.float32(ky) + off * (1 - np.minimum(1.0, (1.25 * radius) ** 2 / np.maximum(far2, 1e-3)))
        far = np.sqrt(far2) / radius
        eyes = np.maximum(eyes, smooth_step(-far, -1.15, -0.85))
        dark += np.exp(-((far - 1.05) ** 2) / 0.06) * 0.35 + smooth_step(-far, -1.1, -0.2) * 0.32
        dark += smooth_step(-far, -1.1, -0.9) * 0.09 * np.sin(far * 17)
    # rings of the trunk, cut lengthwise: arches where the middle of the trunk lies in the board, else lines
    middle = y0 + wide * float(rng.uniform(-1.6, 2.6))
    lean = float(rng.uniform(0.02, 0.075))
    at = x0 + long * float(rng.uniform(-0.2, 1.2))
    rings = np.sqrt((flow - np.float32(middle)) ** 2 + ((x - np.float32(at)) * lean) ** 2)
    phase = rings / float(rng.uniform(7, 13)) + 0.55 * noise(rng, 40, 160, size)
    late = (phase - np.floor(phase)) ** 2.5  # a ring darkens slowly and ends at once
    late = cv2.GaussianBlur(late, (0, 0), 0.8) * (1 - eyes)
    long_fibers = noise(rng, 1.2, 80, (size[0] + 64, size[1]))
    fibers = cv2.remap(long_fibers, x, np.clip(flow, -30, size[0] + 30) + 31, cv2.INTER_LINEAR)
    short = cv2.remap(noise(rng, 1, 14, (size[0] + 64, size[1])), x, np.clip(flow, -30, size[0] + 30) + 31, 1)
    pores = smooth_step(np.asarray(short), 1.3, 2.4)
    tone = 0.62 + float(rng.normal(0, 0.1)) - 0.36 * late + 0.085 * fibers - 0.2 * pores - dark
    inside = edge_distance(bounds, y, x) - 0.7 * np.abs(noise(rng, 9, 26, size))
    chips = np.maximum(noise(rng, 5, 22, size) - 1.35, 0) * 6  # splinters along the edges
    inside = inside - chips
    rise = 1 - np.clip((inside - 1.2) / 4.2, 0, 1)
    height = -3.6 * rise**2 - 7 * smooth_step(-inside, -1.6, -0.4) - 0.7 * late + 0.28 * fibers - 0.8 * pores
    for _ in range(int(rng.integers(0, 3))):  # cracks from an end, along the grain
        begins_left = rng.random() < 0.5
        n = int(rng.integers(5, 14))
        steps = np.cumsum(np.stack([rng.uniform(6, 16, n) * (1 if begins_left else -1), rng.normal(0, 0.8, n)], 1), 0)
        begin = np.array([x0 if begins_left else x1, y0 + wide * float(rng.uniform(0.2, 0.8))])
        crack = valley(begin + steps, 2.0, size)
        height -= 4 * crack
        tone -= 0.3 * crack
    edge = np.exp(-((inside - 3.2) ** 2) / 5)  # the rubbed edge, next to the gap
    wear = edge * np.clip(0.45 + 0.5 * noise(rng, 20, 50, size), 0, 1)
    return tone, np.asarray(height, np.float32), np.asarray(wear, np.float32)


def _streak(colors: Field, x: float, y: float, rng: np.random.Generator) -> None:
    """Let rust run down from a nail, in place."""
    length, wide = float(rng.uniform(0.3, 1.0)) * CAP_PX, float(rng.uniform(1.2, 2.4))
    y0, x0 = max(0, int(y) - 4), max(0, int(x) - 8)
    part = colors[y0 : int(y + length), x0 : int(x) + 9]
    if min(part.shape[:2]) < 2:
        return
    yy, xx = grid((part.shape[0], part.shape[1]))
    down = (yy + y0 - y) / length
    alpha = np.exp(-(((xx + x0 - x) / wide) ** 2)) * np.clip(1 - down, 0, 1) * smooth_step(down, -0.15, 0.1)
    part *= 1 - np.array([0.3, 0.42, 0.5], np.float32) * alpha[..., None].astype(np.float32)
