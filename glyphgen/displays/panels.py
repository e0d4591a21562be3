"""The larger parts of a game's display: item slots, button prompts, boxes with text, lists to choose from.

As in `widgets`, every part draws in place, in a `Theme`; (x, y) is its top left unless said otherwise.
"""

from __future__ import annotations

import numpy as np

from glyphgen.displays.gauges import bar_of
from glyphgen.displays.lettering import phrase, term, write
from glyphgen.displays.widgets import (
    BLACK,
    MARKS,
    WHITE,
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

_CHECK = np.array([[-0.45, 0.05], [-0.12, 0.38], [0.45, -0.38]])


def tick(image: Image, x: float, y: float, size: float, color: Color) -> None:
    """Draw a check mark, its middle at (x, y)."""
    stroke(image, _CHECK * size + [x, y], color, size / 6)


def item(image: Image, x: float, y: float, size: float, rng: np.random.Generator) -> None:
    """Draw a thing that could be carried, its middle at (x, y): a few marks of one color upon each other, turned."""
    color, angle = bright(rng), float(rng.uniform(-0.7, 0.7))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * [
        float(rng.uniform(0.6, 1)),
        1.0,
    ]
    for k in range(int(rng.integers(1, 4))):
        shape = MARKS[some_mark(rng)] @ turn.T * size * (1 - 0.28 * k) + [x + 0.05 * k * size, y + 0.06 * k * size]
        if k == 0:
            polygon(image, (shape - [x, y]) * 1.1 + [x, y], mix(color, BLACK, 0.7))
        polygon(image, shape, mix(color, WHITE if k % 2 else BLACK, 0.22 * k))


def slots(
    image: Image, x: float, y: float, theme: Theme, rng: np.random.Generator, columns: int, rows: int
) -> tuple[float, float]:
    """Draw a grid of item slots, some with counts or strengths, one chosen. Returns width and height in px."""
    size, gap = theme.unit_px * float(rng.uniform(1.8, 3.6)), theme.unit_px * float(rng.uniform(0.1, 0.7))
    pitch, chosen = size + gap, int(rng.integers(columns * rows))
    n_filled, form = int(rng.integers(1, columns * rows + 1)), rng.random()
    shape = (
        disc(size / 2, size / 2, size / 2)
        if rng.random() < 0.15
        else box(0, 0, size, size, theme.corner * theme.unit_px)
    )
    has_border = rng.random() < 0.6
    for k in range(columns * rows):
        at = np.array([x + k % columns * pitch, y + k // columns * pitch])
        polygon(image, shape + at, theme.panel, theme.opacity)
        if has_border:
            polygon(image, shape + at, mix(theme.panel, theme.ink, 0.4), line_px=1)
        if k < n_filled:
            item(image, *xy(at + size / 2), 0.72 * size, rng)
            small = 0.7 * theme.unit_px
            if form < 0.45:
                count = f"x{int(rng.integers(1, 1000 if rng.random() < 0.2 else 60))}"
                write(
                    image,
                    at[0] + 0.96 * size,
                    at[1] + 0.84 * size,
                    count,
                    theme.body,
                    small,
                    theme.ink,
                    align=1,
                    shade="rim",
                )
            elif form < 0.75:
                polygon(image, box(at[0], at[1] + 0.66 * size, at[0] + 0.5 * size, at[1] + size, 2), BLACK, 0.7)
                count = str(int(rng.integers(1, 120)))
                write(image, at[0] + 0.25 * size, at[1] + 0.84 * size, count, theme.body, small, WHITE, align=0.5)
            if rng.random() < 0.08:
                mark(image, "sparkle", at[0] + 0.85 * size, at[1] + 0.15 * size, 0.35 * size, (255.0, 230.0, 90.0))
        if k == chosen:
            polygon(image, (shape - size / 2) * 1.06 + at + size / 2, theme.accent, line_px=max(2, round(size / 22)))
    return columns * pitch, rows * pitch


def frame(
    image: Image, x: float, y: float, width: float, height: float, theme: Theme, rng: np.random.Generator
) -> None:
    """Draw a box for text, with or without borders, studs, brackets or a dotted rim."""
    unit = theme.unit_px
    polygon(image, box(x, y, x + width, y + height, theme.corner * unit * 1.5), theme.panel, theme.opacity)
    style, color = rng.random(), mix(theme.panel, theme.ink, float(rng.uniform(0.3, 1)))
    if style < 0.5:
        for k in range(1 if rng.random() < 0.6 else 2):
            d = (0.15 + 0.25 * k) * unit
            polygon(
                image,
                box(x + d, y + d, x + width - d, y + height - d, theme.corner * unit * 1.4),
                color,
                line_px=max(1, round(unit / 12)),
            )
    elif style < 0.65:
        step = max(4.0, 0.5 * unit)
        for dx in np.arange(0, width, step).tolist():
            for dy in (0.25 * unit, height - 0.25 * unit):
                polygon(image, disc(x + dx, y + dy, max(1.0, unit / 12)), color)
    elif style < 0.8:
        arm = 0.9 * unit
        for cx, cy, sx, sy in (
            (x, y, 1, 1),
            (x + width, y, -1, 1),
            (x + width, y + height, -1, -1),
            (x, y + height, 1, -1),
        ):
            stroke(image, np.array([[cx + sx * arm, cy], [cx, cy], [cx, cy + sy * arm]]), color, unit / 8)


def paragraph(
    image: Image,
    x: float,
    y: float,
    width: float,
    n: int,
    theme: Theme,
    rng: np.random.Generator,
    *,
    align: float = 0.0,
    by_hand: bool = False,
) -> float:
    """Write n lines of words, some of them colored; y is the middle of the first. Returns the height in px."""
    unit, lead = theme.unit_px, theme.unit_px * float(rng.uniform(1.25, 1.7))
    for k in range(n):
        room, pen = width * (float(rng.uniform(0.3, 1)) if k == n - 1 else float(rng.uniform(0.8, 1))), x
        if align or by_hand:
            text = phrase(rng, max(1, int(room / (3.2 * unit))))
            write(
                image,
                x + align * width,
                y,
                text,
                theme.body,
                unit,
                theme.ink,
                align=align,
                shade=theme.shade,
                hand=rng if by_hand else None,
            )
        else:
            while pen - x < room - 2 * unit:
                color = theme.ink if rng.random() < 0.85 else theme.accent
                words = phrase(rng, min(int(rng.integers(1, 6)), max(1, int((x + room - pen) / (3.6 * unit)))))
                pen += 0.3 * unit + write(image, pen, y, words, theme.body, unit, color, shade=theme.shade)
        y += lead
    return n * lead


def dialog(image: Image, x: float, y: float, width: float, theme: Theme, rng: np.random.Generator) -> float:
    """Draw a box in which somebody speaks, with a name, a mark to go on, perhaps answers to choose from. Returns its
    height in px.
    """
    unit, n = theme.unit_px, int(rng.integers(1, 4))
    height = (n + 1) * 1.7 * unit
    frame(image, x, y, width, height, theme, rng)
    if rng.random() < 0.7:
        name = phrase(rng, 1).title()
        if rng.random() < 0.5:
            polygon(
                image,
                box(x + unit, y - 1.1 * unit, x + 8 * unit, y + 0.5 * unit, theme.corner * unit),
                theme.panel,
                0.9,
            )
        write(image, x + 1.4 * unit, y - 0.3 * unit, name, theme.title, 1.1 * unit, theme.accent, shade=theme.shade)
    paragraph(
        image,
        x + 1.3 * unit,
        y + 1.4 * unit,
        width - 2.6 * unit,
        n,
        theme,
        rng,
        align=0.5 if rng.random() < 0.3 else 0.0,
    )
    mark(
        image,
        "triangle" if rng.random() < 0.5 else "diamond",
        x + width - unit,
        y + height - 0.7 * unit,
        0.7 * unit,
        theme.accent,
    )
    if rng.random() < 0.35:
        options(image, x + width - 9 * unit, y - 6 * unit, 8 * unit, 3, theme, rng)
    return height


def options(image: Image, x: float, y: float, width: float, n: int, theme: Theme, rng: np.random.Generator) -> float:
    """Draw a list of n things to choose from, one chosen, with values, ticks, sliders or prices. Returns the height in
    px.
    """
    unit, pitch, chosen, kind = (
        theme.unit_px,
        theme.unit_px * float(rng.uniform(1.5, 2.4)),
        int(rng.integers(n)),
        rng.random(),
    )
    has_icons, has_lines = rng.random() < 0.35, rng.random() < 0.4
    if rng.random() < 0.6:
        frame(image, x - 0.6 * unit, y - 0.8 * unit, width + 1.2 * unit, n * pitch + 0.6 * unit, theme, rng)
    for k in range(n):
        at, color = y + (k + 0.3) * pitch, theme.ink
        if k == chosen:
            bar = box(x - 0.3 * unit, at - 0.45 * pitch, x + width + 0.3 * unit, at + 0.45 * pitch, theme.corner * unit)
            if rng.random() < 0.5:
                polygon(image, bar, theme.accent, 0.8)
                color = WHITE if sum(theme.accent) < 380 else BLACK
            else:
                polygon(image, bar, theme.accent, line_px=max(1, round(unit / 10)))
        left = x + 0.3 * unit
        if has_icons:
            mark(image, some_mark(rng), left + 0.6 * unit, at, unit, bright(rng))
            left += 1.7 * unit
        write(image, left, at, term(rng), theme.body, unit, color, shade=theme.shade)
        end = x + width - 0.4 * unit
        if kind < 0.2:
            polygon(image, box(end - unit, at - 0.5 * unit, end, at + 0.5 * unit, 2), color, line_px=1)
            if rng.random() < 0.6:
                tick(image, end - 0.5 * unit, at, 0.9 * unit, theme.accent)
        elif kind < 0.4 and width > 12 * unit:
            bar_of(image, end - 5 * unit, at - 0.15 * unit, 5 * unit, 0.3 * unit, theme, rng, has_knob=True)
        elif kind < 0.6:
            mark(image, "gem", end - 3.2 * unit, at, 0.9 * unit, (60.0, 210.0, 90.0), BLACK if theme.rim else None)
            write(image, end, at, str(int(rng.integers(1, 5000))), theme.body, unit, color, align=1, shade=theme.shade)
        elif kind < 0.75:
            write(image, end, at, term(rng), theme.body, unit, color, align=1, shade=theme.shade)
        if has_lines:
            stroke(
                image,
                np.array([[x, at + 0.5 * pitch], [x + width, at + 0.5 * pitch]]),
                mix(theme.panel, theme.ink, 0.4),
            )
    return n * pitch
