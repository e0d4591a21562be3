"""What a game's display counts and measures: bars, counters, dials, weather, rows of icons; and the ornaments between.

As in `widgets`, every part draws in place, in a `Theme`; (x, y) is its top left unless said otherwise.
"""

from __future__ import annotations

import cv2
import numpy as np

from glyphgen.displays.lettering import write
from glyphgen.displays.widgets import (
    BLACK,
    MARKS,
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


def bar_of(
    image: Image,
    x: float,
    y: float,
    width: float,
    height: float,
    theme: Theme,
    rng: np.random.Generator,
    has_knob: bool = False,
) -> None:
    """Draw how far something has come: a bar, whole or in parts, or a slider with a knob."""
    share, color = float(rng.random()), theme.accent if has_knob else bright(rng)
    radius = height / 2 if rng.random() < 0.5 else 0.0
    polygon(image, box(x - 1, y - 1, x + width + 1, y + height + 1, radius), mix(theme.panel, BLACK, 0.4), 0.9)
    if not has_knob and rng.random() < 0.3:
        n = int(rng.integers(4, 20))
        for k in range(n):
            part = box(x + k * width / n + 1, y, x + (k + 1) * width / n - 1, y + height)
            polygon(image, part, color if k < share * n else mix(color, BLACK, 0.75))
        return
    polygon(image, box(x, y, x + max(2.0, share * width), y + height, radius), color)
    if has_knob:
        polygon(image, disc(x + share * width, y + height / 2, 1.2 * height), theme.ink)
    elif rng.random() < 0.4:
        polygon(image, box(x - 1, y - 1, x + width + 1, y + height + 1, radius), theme.ink, line_px=1)


def counter(image: Image, x: float, y: float, theme: Theme, rng: np.random.Generator) -> float:
    """Draw a mark with a number beside it, its left middle at (x, y). Returns its width in px."""
    unit, kind = theme.unit_px * float(rng.uniform(0.9, 1.5)), rng.random()
    number = int(10 ** rng.uniform(0, 4.5))
    text = (
        str(number)
        if kind < 0.5
        else f"{number:04d}"
        if kind < 0.7
        else f"{number % 100}/{number % 100 + 20}"
        if kind < 0.85
        else f"x{number}"
    )
    if rng.random() < 0.4:
        polygon(
            image,
            box(x - 0.4 * unit, y - 0.8 * unit, x + (1.8 + 0.7 * len(text)) * unit, y + 0.8 * unit, 0.8 * unit),
            theme.panel,
            theme.opacity,
        )
    name = "gem" if rng.random() < 0.5 else some_mark(rng)
    mark(
        image,
        name,
        x + 0.5 * unit,
        y,
        1.3 * unit,
        (70.0, 215.0, 90.0) if rng.random() < 0.5 else bright(rng),
        BLACK if theme.rim else None,
        True,
    )
    return 1.4 * unit + write(image, x + 1.4 * unit, y, text, theme.title, unit, theme.ink, shade=theme.shade)


def gauge(image: Image, x: float, y: float, radius: float, theme: Theme, rng: np.random.Generator) -> None:
    """Draw a dial, a thermometer or a wave of noise in a circle, its middle at (x, y)."""
    center, r, kind = (round(x), round(y)), round(radius), rng.random()
    polygon(image, disc(x, y, radius), theme.panel, theme.opacity)
    if kind < 0.5:  # a dial: cold to hot, with a needle
        for k, color in enumerate(((60, 120, 255), (90, 200, 255), (230, 230, 230), (255, 190, 60), (255, 70, 40))):
            cv2.ellipse(
                image,
                center,
                (round(0.8 * r),) * 2,
                0,
                150 + 48 * k,
                150 + 48 * k + 44,
                color,
                max(2, r // 5),
                cv2.LINE_AA,
            )
        angle = float(rng.uniform(np.radians(150), np.radians(390)))
        tip = [x + 0.75 * radius * np.cos(angle), y + 0.75 * radius * np.sin(angle)]
        stroke(image, np.array([[x, y], tip]), theme.ink, max(1.0, radius / 10))
        polygon(image, disc(x, y, radius / 7), theme.ink)
    elif kind < 0.75:
        tube = 0.16 * radius
        polygon(image, box(x - tube, y - 0.8 * radius, x + tube, y + 0.5 * radius, tube), WHITE)
        polygon(image, disc(x, y + 0.5 * radius, 0.3 * radius), (240.0, 60.0, 50.0))
        polygon(
            image,
            box(x - 0.6 * tube, y - float(rng.uniform(-0.3, 0.7)) * radius, x + 0.6 * tube, y + 0.5 * radius),
            (240.0, 60.0, 50.0),
        )
    else:
        t = np.linspace(-0.8, 0.8, 24)
        wave = 0.5 * radius * np.sin(float(rng.uniform(4, 14)) * t) * (1 - np.abs(t))
        stroke(image, np.stack([x + t * radius, y + wave], axis=1), theme.accent, max(1.0, radius / 10))
    polygon(image, disc(x, y, radius), theme.ink, line_px=max(1, round(radius / 16)))


def forecast(image: Image, x: float, y: float, theme: Theme, rng: np.random.Generator) -> None:
    """Draw the hour and a row of weather: suns, clouds, drops, bolts, arrows between."""
    unit = theme.unit_px
    text = f"{int(rng.integers(1, 13))}:{int(rng.integers(60)):02d} {'AM' if rng.random() < 0.5 else 'PM'}"
    x += 0.6 * unit + write(image, x, y, text, theme.body, unit, theme.ink, shade=theme.shade)
    for k in range(int(rng.integers(2, 6))):
        at, kind = x + (0.7 + 1.7 * k) * unit, int(rng.integers(4))
        polygon(image, disc(at, y, 0.75 * unit), theme.panel, theme.opacity)
        if kind == 0:
            mark(image, "sparkle", at, y, 1.2 * unit, (255.0, 190.0, 50.0))
            polygon(image, disc(at, y, 0.3 * unit), (255.0, 220.0, 80.0))
        elif kind == 1:
            for dx, dy, s in ((-0.3, 0.1, 0.3), (0.05, -0.08, 0.38), (0.38, 0.12, 0.27)):
                polygon(image, disc(at + dx * unit, y + dy * unit, s * unit), (235.0, 235.0, 240.0))
        else:
            mark(
                image,
                "drop" if kind == 2 else "bolt",
                at,
                y,
                unit,
                (90.0, 170.0, 255.0) if kind == 2 else (255.0, 225.0, 60.0),
            )


def icon_row(image: Image, x: float, y: float, theme: Theme, rng: np.random.Generator) -> tuple[float, float]:
    """Draw a row of signs in plates, as abilities and tabs are shown: each of a few strokes, turned or mirrored.
    Returns its size in px.
    """
    unit, n = theme.unit_px * float(rng.uniform(0.9, 2.4)), int(rng.integers(3, 11))
    pitch, plate = unit * float(rng.uniform(1.1, 1.9)), rng.random()
    is_sign, chosen = rng.random() < 0.6, int(rng.integers(n))
    for k in range(n):
        at = np.array([x + (k + 0.5) * pitch, y + 0.5 * unit])
        color = theme.accent if k == chosen else theme.ink
        if plate < 0.3:
            polygon(image, disc(*xy(at), 0.5 * unit), theme.panel, theme.opacity)
        elif plate < 0.6:
            polygon(
                image,
                box(*xy(at - 0.5 * unit), *xy(at + 0.5 * unit), 0.1 * unit),
                color,
                line_px=max(1, round(unit / 18)),
            )
        elif plate < 0.75:
            polygon(image, MARKS["diamond"] * unit * 1.2 + at, color, line_px=max(1, round(unit / 18)))
        if is_sign:
            sign(image, at, 0.62 * unit if plate < 0.75 else 0.9 * unit, color, rng)
        else:
            mark(image, some_mark(rng), *xy(at), 0.7 * unit, color)
    return n * pitch, unit


def sign(image: Image, at: Shape, size: float, color: Color, rng: np.random.Generator) -> None:
    """Draw an abstract sign in place: arcs, dots and strokes that mirror each other about the middle."""
    line = max(1, round(size * float(rng.uniform(0.07, 0.14))))
    for _ in range(int(rng.integers(1, 4))):
        kind, p = rng.random(), rng.uniform(-0.5, 0.5, (3, 2))
        for flip in ((1, 1), (-1, 1)) if rng.random() < 0.8 else ((1, 1),):
            if kind < 0.5:
                stroke(image, p * flip * size + at, color, line)
            elif kind < 0.8:
                turn = float(rng.integers(0, 8)) * 45
                cv2.ellipse(
                    image,
                    (round(at[0]), round(at[1])),
                    (max(1, round(abs(p[0, 0]) * size)),) * 2,
                    turn,
                    0,
                    200,
                    color,
                    line,
                    cv2.LINE_AA,
                )
            else:
                polygon(image, disc(*xy(p[0] * flip * size + at), max(1.0, 0.1 * size)), color)


def ornament(image: Image, x: float, y: float, width: float, theme: Theme, rng: np.random.Generator) -> None:
    """Draw a divider in place: links of a chain, a meander, triangles, dots, or a line with a diamond in the middle."""
    unit, color, kind = (
        max(6.0, theme.unit_px * float(rng.uniform(0.4, 0.9))),
        mix(theme.panel, theme.ink, float(rng.uniform(0.5, 1))),
        rng.random(),
    )
    steps = np.arange(x, x + width, unit).tolist()
    if kind < 0.25:
        for k, left in enumerate(steps):
            axes = (max(2, round(0.6 * unit)), max(1, round((0.3 if k % 2 else 0.12) * unit)))
            cv2.ellipse(image, (round(left), round(y)), axes, 0, 0, 360, color, max(1, round(unit / 8)), cv2.LINE_AA)
    elif kind < 0.45:
        path = np.array([[0, 0.5], [0, -0.5], [0.75, -0.5], [0.75, 0.2], [0.4, 0.2], [0.4, -0.1]]) * unit
        for left in steps:
            stroke(image, path + np.array([left, y]), color, unit / 9)
        stroke(image, np.array([[x, y + 0.5 * unit], [x + width, y + 0.5 * unit]]), color, unit / 9)
    elif kind < 0.7:
        name = "triangle" if rng.random() < 0.5 else "circle" if rng.random() < 0.5 else some_mark(rng)
        for left in steps:
            mark(image, name, left, y, (0.8 if name != "circle" else 0.35) * unit, color)
    else:
        stroke(image, np.array([[x, y], [x + width, y]]), color, max(1.0, unit / 12))
        for share, size in ((0.5, 1.2), (0.0, 0.6), (1.0, 0.6)):
            mark(image, "diamond", x + share * width, y, size * unit, color)
