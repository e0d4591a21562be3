"""Parts of displays that show a place from above: land, paths of dots, a minimap.

As in `widgets`, every part draws in place, in a `Theme`.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from glyphgen.displays.lettering import write
from glyphgen.displays.widgets import (
    BLACK,
    WHITE,
    Shape,
    Theme,
    box,
    bright,
    disc,
    mark,
    polygon,
    some_mark,
    stroke,
    xy,
)
from glyphgen.render.color import Color, mix
from glyphgen.sample import Image


def dots(image: Image, start: Shape, rng: np.random.Generator, reach: float, color: Color, size: float) -> None:
    """Draw a winding dotted or dashed path in place."""
    turns = np.cumsum(rng.normal(0, 0.35, 18)) + float(rng.uniform(0, 2 * np.pi))
    path = start + np.cumsum(np.stack([np.cos(turns), np.sin(turns)], axis=1) * (reach / 18), axis=0)
    is_dashed = rng.random() < 0.3
    for p, q in pairwise(path):
        if is_dashed:
            stroke(image, np.stack([p, p + 0.55 * (q - p)]), color, size)
        else:
            polygon(image, disc(*xy(p), size), color)


def land(height: int, width: int, rng: np.random.Generator, cells: int = 4) -> Image:
    """Return a made-up map (h, w, 3): water, lowland and hills in flat colors, contour lines between them. cells: about
    how many hills fit from top to bottom.
    """
    field = cv2.resize(
        rng.standard_normal((cells + 2, cells * width // height + 2)).astype(np.float32),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    n = int(rng.integers(3, 8))
    level = np.clip((field + 1.8) / 3.6 * n, 0, n - 1).astype(np.uint8)
    low, high = rng.uniform(20, 230, 3), rng.uniform(20, 230, 3)
    colors = np.linspace(low, high, n)
    if rng.random() < 0.5:
        colors[0] = (40, 70, 120)
    picture: Image = np.clip(colors, 0, 255).astype(np.uint8)[level]
    if rng.random() < 0.7:
        edges = cv2.morphologyEx(level, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
        picture[edges] = np.clip(colors.mean(axis=0) + (60 if rng.random() < 0.5 else -50), 0, 255).astype(np.uint8)
    return picture


def minimap(image: Image, x: float, y: float, radius: float, theme: Theme, rng: np.random.Generator) -> None:
    """Draw a map in a circle or a square: its land, icons, paths, the player's arrow, marks of the compass."""
    side = max(8, round(2 * radius))
    inner = land(side, side, rng)
    middle, unit = side / 2, max(4.0, 0.8 * theme.unit_px)
    for _ in range(int(rng.integers(0, 3))):
        dots(
            inner,
            rng.uniform(0, side, 2),
            rng,
            1.2 * side,
            bright(rng) if rng.random() < 0.5 else WHITE,
            max(1.0, unit / 9),
        )
    for _ in range(int(rng.integers(1, 8))):
        spot, size = xy(rng.uniform(0.1 * side, 0.9 * side, 2)), unit * float(rng.uniform(0.5, 1))
        mark(inner, some_mark(rng), *spot, size, bright(rng), BLACK if theme.rim else None)
    turn = float(rng.uniform(0, 2 * np.pi))
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    cone = np.array([[0, 0], [-0.5, -1.2], [0.5, -1.2]]) * radius * 0.5
    polygon(inner, cone @ spin.T + middle, WHITE, 0.3)
    arrow = np.array([[0, -0.6], [0.42, 0.5], [0, 0.25], [-0.42, 0.5]]) * unit
    polygon(inner, arrow @ spin.T * 1.4 + middle, BLACK)
    polygon(inner, arrow @ spin.T + middle, (255, 220, 40))
    is_round = rng.random() < 0.75
    shape = disc(middle, middle, radius) if is_round else box(0, 0, side, side, theme.corner * unit)
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.round(shape * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    left, top = round(x - radius), round(y - radius)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, image.shape[1]), min(top + side, image.shape[0])
    if x0 < x1 and y0 < y1:
        cut = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        alpha = mask[cut][..., None].astype(np.float32) / 255 * min(1.0, theme.opacity + 0.4)
        image[y0:y1, x0:x1] = (image[y0:y1, x0:x1] * (1 - alpha) + inner[cut] * alpha).astype(np.uint8)
    polygon(
        image,
        shape + np.array([x - middle, y - middle]),
        mix(theme.panel, theme.ink, 0.6),
        line_px=max(1, round(radius / 30)),
    )
    letters = "N" if rng.random() < 0.5 else "NESW"
    north = float(rng.uniform(0, 2 * np.pi)) if rng.random() < 0.4 else 0.0
    for k, letter in enumerate(letters):
        angle = north + k * np.pi / 2 - np.pi / 2
        at = (x + radius * np.cos(angle), y + radius * np.sin(angle))
        if rng.random() < 0.6:
            polygon(image, disc(*at, 0.65 * unit), theme.panel)
        write(image, *at, letter, theme.title, 0.9 * unit, theme.ink, align=0.5)
