"""Walls of shrines: smooth dark stone with grooves at the angles of a circuit, some of which glow."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from glyphgen.render.surfaces.relief import (
    CAP_PX,
    SIZE,
    Surface,
    blurred,
    fractal,
    hollows,
    lay,
    noise,
    ramp,
    shade,
    smooth_step,
    to_image,
)

_WALLS = (
    ((16, 19, 26), (38, 45, 56), (66, 76, 90)),
    ((22, 19, 17), (50, 44, 38), (84, 75, 65)),
    ((14, 20, 22), (34, 46, 48), (62, 78, 78)),
    ((24, 24, 27), (54, 54, 58), (88, 88, 92)),
)
_GLOWS = ((36, 158, 255), (255, 132, 28), (64, 196, 255), (255, 160, 52), (60, 224, 214))
_FINE = 4  # shift of OpenCV's coordinates: sixteenths of a pixel


def shrine_wall(rng: np.random.Generator) -> Surface:
    """Draw slabs of dark stone with grooves, rings and nodes; those that glow light up what is around them."""
    h, w = SIZE
    seams, deep, glowing = (np.zeros(SIZE, np.uint8) for _ in range(3))
    _slabs(seams, rng)
    unit = float(rng.uniform(0.85, 1.15)) * CAP_PX
    busy = np.zeros((int(h / unit) + 2, int(w / unit) + 2), bool)
    for _ in range(int(rng.integers(1, 3))):
        _rings(deep, glowing, busy, unit, rng)
    for k in range(int(rng.integers(13, 20))):
        _circuit(deep, glowing if k % 5 < 3 else None, busy, unit, rng)
    groove, seam, core = (blurred(mask.astype(np.float32) / 255, 0.7) for mask in (deep, seams, glowing))
    height = 1.1 * fractal(rng, 120, 150, 3) + 0.22 * fractal(rng, 5, 6, 3)
    height -= 1.1 * smooth_step(noise(rng, 5, 6), 1.8, 2.8)
    height -= 4.5 * blurred(groove, 0.8) + 5.5 * blurred(seam, 1.3)
    tone = 0.5 + 0.12 * fractal(rng, 110, 140, 4) + 0.05 * fractal(rng, 6, 7, 3) + 0.03 * noise(rng, 1.2, 1.2)
    wall = _WALLS[int(rng.integers(len(_WALLS)))]
    colors = ramp(np.clip(tone, 0, 1), wall)
    lay(colors, np.array(wall[0]) * 0.3, np.clip(0.9 * hollows(np.asarray(height, np.float32), 5, 5), 0, 1))
    light, sheen = shade(np.asarray(height, np.float32), 16, 16)
    colors *= (0.2 + 0.8 * light)[..., None]
    colors += sheen[..., None]
    glow = np.array(_GLOWS[int(rng.integers(len(_GLOWS)))], np.float32)
    flicker = np.clip(0.9 + 0.22 * noise(rng, 70, 90), 0.35, 1.15)
    core = core * flicker
    # light falls on the stone near by, which has the stone's relief in it, and spreads in the eye
    spread = 1.0 * blurred(core, 3) + 1.5 * blurred(core, 9) + 1.6 * blurred(core, 26)
    colors += (spread * (0.35 + 0.65 * light))[..., None] * glow * np.float32(0.42)
    bloom = 0.75 * blurred(core, 1.8) + 0.5 * blurred(core, 5)
    colors += bloom[..., None] * glow * np.float32(0.5)
    lay(colors, glow * 0.52 + 122, np.clip(1.25 * core, 0, 1))
    return Surface(to_image(colors), _calm_rows(core))


def _calm_rows(core: Any) -> tuple[float, ...]:
    """Return the six places from top to bottom with the least glow in a band of one and a half capital heights."""
    band = np.convolve(core.mean(axis=1), np.ones(round(1.5 * CAP_PX)), "same")
    places = np.arange(CAP_PX, SIZE[0] - CAP_PX, CAP_PX / 2).astype(int)
    return tuple(float(y) for y in sorted(places[np.argsort(band[places])[:6]].tolist()))


def _slabs(mask: Any, rng: np.random.Generator) -> None:
    """Draw the seams between slabs into a mask: long ones across, short ones down, a few corners cut."""
    h, w = mask.shape
    y = float(rng.uniform(-1, 4)) * CAP_PX
    while y < h:
        below = y + float(rng.uniform(4.5, 7)) * CAP_PX
        cv2.line(mask, (0, round(y)), (w, round(y)), 255, 2)
        x = float(rng.uniform(0, 9)) * CAP_PX
        while x < w:
            cv2.line(mask, (round(x), round(y)), (round(x), round(below)), 255, 2)
            x += float(rng.uniform(8, 15)) * CAP_PX
        y = below


def _path(mask: Any, points: Any, thick: int) -> None:
    whole = np.round(np.asarray(points) * (1 << _FINE)).astype(np.int32)
    cv2.polylines(mask, [whole], False, 255, thick, cv2.LINE_AA, _FINE)


def _ring(mask: Any, x: float, y: float, radius: float, thick: int, angles: tuple[float, float] = (0, 360)) -> None:
    center = round(x * (1 << _FINE)), round(y * (1 << _FINE))
    size = (round(radius * (1 << _FINE)),) * 2
    cv2.ellipse(mask, center, size, 0, *angles, 255, thick, cv2.LINE_AA, _FINE)


def _circuit(deep: Any, glowing: Any, busy: Any, unit: float, rng: np.random.Generator) -> None:
    """Draw one to three lines side by side that turn by 45 degrees and end in nodes, in place. They keep out of the
    way of others; a line that does not glow is a groove alone.
    """
    rows, columns = busy.shape
    at = np.array([int(rng.integers(columns)), int(rng.integers(rows))])
    heading = int(rng.choice([0, 0, 0, 2, 4, 4, 6]))
    points = [at * unit]
    for _ in range(int(rng.integers(3, 8))):
        turned = (heading + int(rng.choice([-1, 0, 0, 1]))) % 8
        step = np.round([np.cos(turned * np.pi / 4), np.sin(turned * np.pi / 4)]).astype(int)
        reach = int(rng.integers(1, 3)) if turned % 2 else int(rng.integers(2, 7))
        for _ in range(reach):
            ahead = at + step
            if not (0 <= ahead[0] < columns and 0 <= ahead[1] < rows) or busy[ahead[1], ahead[0]]:
                break
            at = ahead
            busy[at[1], at[0]] = True
        if np.any(at * unit != points[-1]):
            points.append(at * unit)
            heading = turned
    if len(points) < 2:
        return
    n, gap = int(rng.choice([1, 1, 2, 3])), 0.26 * unit
    line = np.array(points)
    for k in range(n):
        shifted = line + (k - (n - 1) / 2) * gap * np.array([-0.7, 1.0])
        _path(deep, shifted, 4)
        if glowing is not None and (k == 0 or rng.random() < 0.5):
            _path(glowing, shifted, 2)
    size = 0.2 * unit
    for x, y in (line[0], line[-1]):
        if rng.random() < 0.75:
            for mask in (deep, glowing) if glowing is not None else (deep,):
                _ring(mask, x, y, 1.8 * size, 4 if mask is deep else 2)
                if rng.random() < 0.8:
                    _ring(mask, x, y, 0.6 * size, -1)


def _rings(deep: Any, glowing: Any, busy: Any, unit: float, rng: np.random.Generator) -> None:
    """Draw an emblem in place: rings in one another, some broken, with marks all around and an eye in the middle."""
    h, w = deep.shape
    x, y, radius = float(rng.uniform(0, w)), float(rng.uniform(0.15, 0.85)) * h, float(rng.uniform(2.2, 3.6)) * unit
    for share in (1.0, 0.8, 0.42):
        _ring(deep, x, y, share * radius, 5)
        begin = float(rng.uniform(0, 360))
        _ring(glowing, x, y, share * radius, 2, (begin, begin + float(rng.choice([360, 250, 150]))))
    n = int(rng.choice([8, 12, 16, 24]))
    for k in range(n):
        way = np.array([np.cos(2 * np.pi * k / n), np.sin(2 * np.pi * k / n)])
        ends = [np.array([x, y]) + share * radius * way for share in (0.52, 0.7)]
        _path(deep, ends, 4)
        if k % 2:
            _path(glowing, ends, 2)
    for mask in (deep, glowing):
        _ring(mask, x, y, 0.14 * radius, -1)
        _ring(mask, x, y, 0.25 * radius, 3 if mask is deep else 2)
    rows, columns = np.mgrid[: busy.shape[0], : busy.shape[1]]
    busy |= (columns * unit - x) ** 2 + (rows * unit - y) ** 2 < (radius + 0.4 * unit) ** 2
