"""What bends: scrolls of parchment, and banners of cloth."""

from __future__ import annotations

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
    moved,
    noise,
    ramp,
    shade,
    smooth_step,
    to_image,
    valley,
)

_BORDER_PX = 20.0  # around the thing, where one sees what lies behind it
_SKINS = (
    ((150, 112, 66), (214, 184, 132), (240, 222, 178)),
    ((132, 104, 74), (196, 170, 128), (226, 206, 168)),
    ((168, 128, 62), (226, 194, 122), (246, 226, 168)),
    ((112, 84, 56), (176, 142, 98), (208, 180, 136)),
)
_TABLES = (((30, 20, 14), (70, 48, 32)), ((26, 26, 30), (58, 58, 62)), ((44, 40, 26), (86, 78, 52)))
# cloth, trim, ornament
_CLOTHS = (
    ((140, 28, 30), (206, 164, 78), (110, 22, 24)),
    ((36, 58, 118), (214, 206, 178), (42, 66, 128)),
    ((40, 86, 58), (212, 176, 92), (34, 70, 48)),
    ((206, 188, 148), (146, 50, 40), (220, 202, 160)),
    ((92, 44, 96), (204, 176, 110), (76, 36, 82)),
    ((48, 46, 50), (176, 60, 44), (40, 38, 42)),
    ((36, 112, 124), (232, 206, 142), (30, 92, 104)),
)


def scroll(rng: np.random.Generator) -> Surface:
    """Draw a sheet of parchment with torn and burnt edges, folds, wrinkles, stains and fibers, on a dark ground."""
    h, w = SIZE
    y, x = grid()
    skin = _SKINS[int(rng.integers(len(_SKINS)))]
    ragged = float(rng.uniform(1.5, 3.5))
    bounds = _BORDER_PX, _BORDER_PX, h - _BORDER_PX, w - _BORDER_PX
    tears = np.maximum(fractal(rng, 34, 34, 3) - 1.0, 0) * 7
    inside = edge_distance(bounds, y, x) - ragged * np.abs(fractal(rng, 18, 18, 4)) - tears
    sheet = smooth_step(inside, -0.6, 0.9)
    tone = 0.62 + 0.1 * fractal(rng, 130, 170, 4) + 0.045 * fractal(rng, 12, 14, 3) + 0.03 * noise(rng, 1.3, 1.3)
    tone += _fibers(rng)
    tone -= 0.13 * smooth_step(noise(rng, 5, 5), 1.5, 2.6)  # pores
    colors = ramp(np.clip(tone, 0, 1), skin)
    _stain(colors, y, x, rng)
    height = 2.2 * fractal(rng, 150, 220, 2) + 0.16 * noise(rng, 1.6, 1.6)
    ridges = 1 - np.minimum(np.abs(fractal(rng, 70, 110, 3)), 1)
    height -= 1.6 * ridges**4
    folds = [(x, w * (k + 1) / (n + 1)) for n in (int(rng.integers(1, 5)),) for k in range(n)]
    folds += [(y, h / 2)] if rng.random() < 0.6 else []
    worn = np.zeros(SIZE, np.float32)
    for axis, at in folds:
        off = axis - np.float32(at + rng.normal(0, 6)) + 1.2 * noise(rng, 80, 80)
        up = float(rng.choice([-1.0, 1.0]))
        height += up * (9 * np.exp(-np.abs(off) / 30) + 1.0 * np.exp(-((off / 1.8) ** 2)))
        worn = np.maximum(worn, np.exp(-((off / 1.3) ** 2)) * np.clip(0.5 + 0.5 * noise(rng, 12, 12), 0, 1))
    lay(colors, np.array(skin[0]) * 0.75, 0.5 * worn)
    if rng.random() < 0.6:
        _frame(colors, y + 0.7 * noise(rng, 30, 30), x + 0.7 * noise(rng, 30, 30), bounds, rng)
    burnt = np.exp(-np.maximum(inside, 0) / float(rng.uniform(5, 10))) * np.clip(0.75 + 0.3 * noise(rng, 40, 40), 0, 1)
    lay(colors, np.array([96, 56, 22]), np.clip(1.15 * burnt, 0, 0.85))
    lay(colors, np.array([30, 18, 10]), np.clip(burnt**3 * 1.3, 0, 0.95))
    height -= 3 * np.exp(-np.maximum(inside, 0) / 3)  # the edge curls
    colors *= (0.3 + 0.7 * shade(np.asarray(height, np.float32))[0])[..., None]
    behind = ramp(np.clip(0.5 + 0.22 * noise(rng, 2, 60) + 0.2 * fractal(rng, 50, 90, 3), 0, 1), _table(rng))
    return Surface(to_image(_before(colors, behind, sheet)), inset_px=_BORDER_PX + 22)


def _table(rng: np.random.Generator) -> tuple[tuple[float, float, float], ...]:
    return _TABLES[int(rng.integers(len(_TABLES)))]


def _before(colors: Colors, behind: Colors, sheet: Field) -> Colors:
    """Return a thing before what is behind it, on which it casts a shadow."""
    away = np.full(SIZE, -5, np.float32)
    cast = blurred(moved(sheet, np.full(SIZE, -3, np.float32), away), 3.5)
    behind *= (1 - 0.75 * cast)[..., None]
    lay(behind, colors, sheet)
    return behind


def _fibers(rng: np.random.Generator) -> Field:
    """Return short bent hairs, lighter and darker than the sheet."""
    total = np.zeros(SIZE, np.float32)
    for sign in (-0.2, 0.16):
        hairs = np.zeros(SIZE, np.float32)
        for _ in range(110):
            angle, n = float(rng.uniform(0, np.pi)), 6
            angles = angle + np.cumsum(rng.normal(0, 0.3, n))
            points = rng.random(2) * [SIZE[1], SIZE[0]] + np.cumsum(
                np.stack([np.cos(angles), np.sin(angles)], axis=1) * float(rng.uniform(1.5, 5)), axis=0
            )
            x0, y0 = np.maximum(points.min(axis=0).astype(int) - 3, 0)
            x1, y1 = points.max(axis=0).astype(int) + 4
            part = hairs[y0:y1, x0:x1]
            if part.size:
                part[:] = np.maximum(part, valley(points - [x0, y0], 1.0, (part.shape[0], part.shape[1])))
        total += np.float32(sign) * hairs
    return total


def _stain(colors: Colors, y: Field, x: Field, rng: np.random.Generator) -> None:
    """Leave rings and spots of something brown, in place."""
    wobble = 7 * fractal(rng, 50, 50, 3)
    for _ in range(int(rng.integers(2, 7))):
        radius = float(rng.uniform(0.4, 2.2)) * CAP_PX
        far = np.sqrt((x - rng.random() * SIZE[1]) ** 2 + (y - rng.random() * SIZE[0]) ** 2) + wobble - radius
        ring = np.exp(-((far / 2.2) ** 2)) + 0.45 * smooth_step(-far, -1, 3)
        lay(colors, np.array([104, 62, 26]), np.asarray(float(rng.uniform(0.12, 0.36)) * ring, np.float32))


def _frame(
    colors: Colors, y: Field, x: Field, bounds: tuple[float, float, float, float], rng: np.random.Generator
) -> None:
    """Draw a double line along the edges, with a square turned on its tip in each corner, in place."""
    deep = edge_distance(bounds, y, x)
    inset = 15.0
    ink = np.maximum(np.exp(-(((deep - inset) / 0.8) ** 2)), 0.8 * np.exp(-(((deep - inset - 3.5) / 0.6) ** 2)))
    y0, x0, y1, x1 = bounds
    for cy in (y0 + inset + 2, y1 - inset - 2):
        for cx in (x0 + inset + 2, x1 - inset - 2):
            far = np.abs(x - cx) + np.abs(y - cy)
            ink = np.maximum(ink, smooth_step(-far, -7.5, -6.0) - smooth_step(-far, -4.2, -3.2))
    ink *= np.clip(0.75 + 0.3 * noise(rng, 8, 8), 0, 1)
    lay(colors, np.array([70, 36, 20]), np.asarray(0.75 * ink, np.float32))


def banner(rng: np.random.Generator) -> Surface:
    """Draw a hanging cloth: its weave, soft folds from top to bottom, trims with an ornament, seams and stitches."""
    h, w = SIZE
    y, x = grid()
    cloth, trim, ornament = _CLOTHS[int(rng.integers(len(_CLOTHS)))]
    lean = x + 12 * noise(rng, 420, 500)
    pitch = float(rng.uniform(64, 120))
    phase = lean * (2 * np.pi / pitch) + _along(rng, lean, 150, 1.5)
    deep = np.clip(0.8 + _along(rng, lean, 210, 0.4) + 0.2 * noise(rng, 300, 260), 0.15, 1.5)
    folds = np.sin(phase + 0.45 * np.sin(phase)) + 0.3 * np.sin(2.1 * phase + 1) * deep
    height = np.asarray(0.125 * pitch * deep * folds, np.float32) + 0.5 * fractal(rng, 110, 80, 2)
    sag = 0.2 * height + 3 * noise(rng, 900, 260)
    v = y - sag  # the cloth's own coordinates: what is woven in follows the folds
    u = x + 0.35 * height
    bounds = _BORDER_PX, _BORDER_PX, h - _BORDER_PX, w - _BORDER_PX
    inside = edge_distance(bounds, v, u)
    wide = float(rng.uniform(0.6, 0.85)) * CAP_PX
    colors = np.zeros((*SIZE, 3), np.float32) + np.array(cloth, np.float32)
    colors *= (1 + 0.06 * fractal(rng, 90, 120, 4))[..., None]
    ends = np.minimum(v - bounds[0], bounds[2] - v)
    band = smooth_step(ends, 3.0, 4.2) * smooth_step(-ends, -4.2 - wide, -3.0 - wide)
    lay(colors, trim, band)
    lay(colors, ornament, band * _ornament(ends - 3.6, u, wide, int(rng.integers(4))))
    for at, strong in ((2.8, 0.55), (wide + 5.6, 0.5)):  # cords beside the trim
        cord = np.exp(-(((ends - at) / 1.1) ** 2))
        lay(colors, np.array(trim) * 0.75, np.asarray(strong * 1.6 * cord, np.float32).clip(0, 1))
        height += 1.3 * cord
    seam = np.exp(-(((inside - 5) / 0.9) ** 2)) * (inside < ends - 0.1)
    dashes = smooth_step(np.sin(v * (2 * np.pi / 7)), -0.2, 0.2)
    lay(colors, np.array(trim) * 0.9, np.asarray(0.8 * seam * dashes, np.float32))
    if rng.random() < 0.55:  # two breadths of cloth sewn together
        far = u - np.float32(w * rng.uniform(0.25, 0.75))
        height -= 2.2 * np.exp(-((far / 1.5) ** 2))
        stitches = np.exp(-(((np.abs(far) - 4) / 0.8) ** 2)) * smooth_step(np.sin(v * (2 * np.pi / 6)), 0, 0.3)
        lay(colors, np.array(trim) * 0.8 + 20, np.asarray(0.65 * stitches, np.float32))
    pitch = float(rng.uniform(3.0, 4.2))
    warp, weft = np.sin(u * (2 * np.pi / pitch)), np.sin(v * (2 * np.pi / pitch))
    over = np.sign(np.sin(u * np.pi / pitch) * np.sin(v * np.pi / pitch))
    weave = 0.5 * (warp * (over > 0) + weft * (over <= 0))
    threads = 0.6 * noise(rng, 300, 1.2) + 0.6 * noise(rng, 1.2, 300) + 0.5 * noise(rng, 1.3, 1.3)
    colors *= (1 + 0.085 * weave + 0.045 * threads)[..., None]
    light, sheen = shade(np.asarray(height, np.float32), 26, 14)
    ambient = np.clip(0.94 - (blurred(height, 18) - height) / 34, 0.4, 1.15)  # folds are darker in their depth
    colors *= (ambient * (0.16 + 0.84 * light))[..., None]
    colors += sheen[..., None] * np.array([1.0, 0.95, 0.85], np.float32)
    frayed = inside + 1.2 * noise(rng, 4, 2) * (ends < 3)
    behind = ramp(np.clip(0.5 + 0.3 * fractal(rng, 40, 60, 4), 0, 1), _table(rng))
    sheet = smooth_step(frayed, -0.5, 0.8).astype(np.float32)
    return Surface(to_image(_before(colors, behind, sheet)), inset_px=_BORDER_PX + wide + 11)


def _along(rng: np.random.Generator, x: Field, cell_px: float, strength: float) -> Field:
    """Return noise that is the same on each line of equal x."""
    line = noise(rng, 1, cell_px, (1, SIZE[1] + 200))[0] * strength
    return np.asarray(np.interp(x, np.arange(len(line)) - 100, line), np.float32)


def _ornament(v: Field, u: Field, wide: float, kind: int) -> Field:
    """Return a pattern along a trim that is `wide` px wide: triangles, squares on their tips, waves or steps."""
    s, t = np.clip(v / wide, 0, 1), u / (wide * 1.1)
    saw = np.abs(t - np.floor(t) - 0.5) * 2  # 1 at the ends of each unit, 0 in its middle
    if kind == 0:
        deep = saw - s
    elif kind == 1:
        deep = 0.42 - np.maximum(np.abs(s - 0.5), 0) - 0.5 * (1 - saw) * 0.9
        deep = np.maximum(deep, 0.09 - np.abs(s - 0.5) - 0.5 * saw)
    elif kind == 2:
        deep = 0.13 - np.abs(s - 0.5 - 0.24 * np.sin(t * 2 * np.pi))
    else:
        deep = np.round(saw * 3) / 3 - s
    return np.asarray(smooth_step(deep * wide, -0.6, 0.6) * ((v > 0) & (v < wide)), np.float32)
