"""Buttons of a controller on displays: one with its letter, rows of prompts, a direction pad.

As in `widgets`, every part draws in place, in a `Theme`; (x, y) is its top left unless said otherwise.
"""

from __future__ import annotations

import numpy as np

from glyphgen.displays.lettering import term, write
from glyphgen.displays.widgets import (
    BLACK,
    WHITE,
    Theme,
    box,
    bright,
    disc,
    mark,
    polygon,
    some_mark,
)
from glyphgen.render.color import mix
from glyphgen.sample import Image

_BUTTONS = ("A", "B", "X", "Y", "ZL", "ZR", "L", "R", "+", "-", "LB", "RT", "L3", "E", "Q", "F", "Esc", "1")


def button(image: Image, x: float, y: float, label: str, theme: Theme, size: float, rng: np.random.Generator) -> float:
    """Draw one button, its left middle at (x, y); return its width in px."""
    width = size * (1.0 if len(label) == 1 else 0.75 + 0.45 * len(label))
    shape = (
        disc(x + size / 2, y, size / 2)
        if len(label) == 1
        else box(x, y - 0.4 * size, x + width, y + 0.4 * size, 0.3 * size)
    )
    style = rng.random()
    back, front = (
        (theme.ink, mix(theme.ink, theme.panel, 1.0))
        if style < 0.5
        else (BLACK, WHITE)
        if style < 0.7
        else (bright(rng), WHITE)
    )
    if style > 0.9:
        polygon(image, shape, theme.ink, line_px=max(1, round(size / 14)))
        front = theme.ink
    else:
        polygon(image, shape, back)
    write(image, x + width / 2, y, label, theme.title, (0.78 if len(label) == 1 else 0.6) * size, front, align=0.5)
    return width


def prompts(
    image: Image, x: float, y: float, theme: Theme, rng: np.random.Generator, n: int, is_column: bool = False
) -> float:
    """Draw buttons with what they do, in a row or a column; y is the middle of the first. Returns the width in px."""
    size, start = theme.unit_px * float(rng.uniform(1.0, 1.5)), x
    for _ in range(n):
        width = button(image, x, y, _BUTTONS[int(rng.integers(len(_BUTTONS)))], theme, size, rng)
        if rng.random() < 0.1:
            width += 0.3 * size + button(
                image, x + width + 0.3 * size, y, _BUTTONS[int(rng.integers(4))], theme, size, rng
            )
        width += 0.4 * size + write(
            image, x + width + 0.4 * size, y, term(rng), theme.body, theme.unit_px, theme.ink, shade=theme.shade
        )
        x, y = (start, y + 1.6 * size) if is_column else (x + width + size, y)
    return x - start


def pad(image: Image, x: float, y: float, theme: Theme, rng: np.random.Generator) -> None:
    """Draw a cross of four ways with an icon at each end, its middle at (x, y)."""
    size = theme.unit_px * float(rng.uniform(1.2, 2))
    mark(image, "cross", x, y, 1.3 * size, theme.ink, BLACK if theme.rim else None)
    for dx, dy in ((0, -1), (1, 0), (0, 1), (-1, 0)):
        at = (x + 1.5 * size * dx, y + 1.5 * size * dy)
        polygon(image, disc(*at, 0.75 * size), theme.panel, theme.opacity)
        mark(image, some_mark(rng), *at, 0.85 * size, theme.ink)
