"""The screens of made-up games: in the field, an inventory, a map, a menu, and parts thrown together.

Each draws on a picture in place, in a `Theme`.
"""

from __future__ import annotations

import cv2
import numpy as np

from glyphgen.displays.buttons import pad, prompts
from glyphgen.displays.gauges import bar_of, counter, forecast, gauge, icon_row, ornament
from glyphgen.displays.lettering import phrase, term, write
from glyphgen.displays.maps import dots, land, minimap
from glyphgen.displays.panels import dialog, frame, item, options, paragraph, slots
from glyphgen.displays.widgets import BLACK, Theme, bright, mark, mark_rows, polygon, some_mark, wheel
from glyphgen.sample import Image


def _field(image: Image, theme: Theme, rng: np.random.Generator) -> None:
    """What is shown while one walks: lives, a map, gauges, money, buttons, the name of a place."""
    height, width = image.shape[:2]
    unit, edge = theme.unit_px, 1.5 * theme.unit_px
    x, y = (edge, edge) if rng.random() < 0.75 else (0.6 * width, edge)
    _, tall = mark_rows(image, x, y, theme, rng, "heart" if rng.random() < 0.75 else "")
    if rng.random() < 0.6:
        left, top = x + 1.5 * unit, y + tall + 2 * unit
        if rng.random() < 0.5:  # beside the one who walks
            left, top = width * float(rng.uniform(0.4, 0.6)), height * 0.45
        wheel(image, left, top, unit * float(rng.uniform(0.6, 1.3)), theme, rng)
    if rng.random() < 0.75:
        radius = unit * float(rng.uniform(2.5, 4.5))
        minimap(image, width - edge - radius, height - edge - radius, radius, theme, rng)
        for k in range(int(rng.integers(0, 3))):
            gauge(image, width - 3 * edge - 2 * radius, height - edge - unit * (1.2 + 3.2 * k), 1.3 * unit, theme, rng)
        if rng.random() < 0.6:
            forecast(image, width - 2 * edge - 2 * radius - 8 * unit, height - 0.9 * unit, theme, rng)
    if rng.random() < 0.5:
        counter(
            image,
            edge if rng.random() < 0.5 else width - 8 * unit,
            height - 4 * unit if rng.random() < 0.5 else 4 * unit,
            theme,
            rng,
        )
    if rng.random() < 0.45:
        pad(image, 5 * unit, height - 6 * unit, theme, rng)
    if rng.random() < 0.6:
        is_column = rng.random() < 0.5
        left, top = (width - 9 * unit, 2 * unit) if is_column else (edge, height - edge)
        prompts(image, left, top, theme, rng, int(rng.integers(1, 5)), is_column)
    if rng.random() < 0.4:
        _caption(image, theme, rng)
    if rng.random() < 0.3:
        dialog(image, 0.18 * width, height - 8 * unit, 0.6 * width, theme, rng)
    if rng.random() < 0.25:
        bar_of(image, 0.3 * width, 2.6 * unit, 0.4 * width, 0.5 * unit, theme, rng)
        write(
            image,
            0.5 * width,
            1.5 * unit,
            phrase(rng, 2).title(),
            theme.title,
            1.2 * unit,
            theme.ink,
            align=0.5,
            shade=theme.shade,
        )


def _caption(image: Image, theme: Theme, rng: np.random.Generator) -> None:
    """Write the name of a place in large letters, often spaced, with an ornament under it."""
    height, width = image.shape[:2]
    text, px = phrase(rng, int(rng.integers(1, 4))), theme.unit_px * float(rng.uniform(1.4, 3.5))
    text = text.upper() if rng.random() < 0.5 else text.title()
    tracking = float(rng.uniform(0.05, 0.5)) if rng.random() < 0.5 else 0.0
    px = min(px, width / (0.75 + tracking) / max(len(text), 1))
    x, y = float(rng.uniform(0.35, 0.65)) * width, float(rng.uniform(0.12, 0.7)) * height
    long = write(image, x, y, text, theme.title, px, theme.ink, align=0.5, tracking=tracking, shade=theme.shade)
    if rng.random() < 0.5:
        ornament(image, x - long / 2, y + px, long, theme, rng)
    if rng.random() < 0.3:
        write(image, x, y + 1.6 * px, term(rng), theme.body, 0.5 * px, theme.ink, align=0.5, shade=theme.shade)


def _inventory(image: Image, theme: Theme, rng: np.random.Generator) -> None:
    """A menu with tabs, slots and a description."""
    height, width = image.shape[:2]
    unit = theme.unit_px
    if rng.random() < 0.7:
        image[:] = cv2.addWeighted(image, 0.4, np.full_like(image, np.array(theme.panel, np.uint8)), 0.6, 0)
    x, y = float(rng.uniform(1, 4)) * unit, 5.5 * unit
    icon_row(image, x + unit, 1.5 * unit, theme, rng)
    if rng.random() < 0.6:
        write(image, x, 4.2 * unit, term(rng), theme.title, 1.5 * unit, theme.ink, shade=theme.shade)
        ornament(image, x, 5 * unit, 0.4 * width, theme, rng)
    columns, rows = int(rng.integers(3, 7)), int(rng.integers(2, 6))
    _, tall = slots(image, x, y, theme, rng, columns, rows)
    for k in range(int(rng.integers(1, 7))):  # dots that say which page
        polygon(
            image,
            np.array([[0, -0.2], [0.2, 0], [0, 0.2], [-0.2, 0]]) * unit + [x + (3 + k) * unit, y + tall + 0.7 * unit],
            theme.ink,
        )
    left, wide = 0.58 * width, 0.38 * width
    deep = unit * float(rng.uniform(8, 14))
    frame(image, left, y, wide, deep, theme, rng)
    item(image, left + 2.4 * unit, y + 2.2 * unit, 3 * unit, rng)
    write(image, left + 4.8 * unit, y + 1.5 * unit, phrase(rng, 2).title(), theme.title, 1.3 * unit, theme.ink)
    counter(image, left + 4.8 * unit, y + 3.2 * unit, theme, rng)
    paragraph(
        image, left + unit, y + 5.2 * unit, wide - 2 * unit, max(1, int((deep - 5 * unit) / (1.7 * unit))), theme, rng
    )
    mark_rows(image, left, y + deep + unit, theme, rng)
    prompts(image, 0.3 * width * float(rng.random()), height - 1.4 * unit, theme, rng, int(rng.integers(2, 6)))


def _chart(image: Image, theme: Theme, rng: np.random.Generator) -> None:
    """A map of the whole world with places, paths, a legend."""
    height, width = image.shape[:2]
    unit = theme.unit_px
    image[:] = cv2.addWeighted(image, 0.25, land(height, width, rng, int(rng.integers(3, 11))), 0.75, 0)
    for _ in range(int(rng.integers(2, 7))):
        dots(
            image,
            rng.uniform([0, 0], [width, height]),
            rng,
            0.4 * width,
            bright(rng) if rng.random() < 0.5 else theme.ink,
            unit / 9,
        )
    by_hand = rng.random() < 0.4
    for _ in range(int(rng.integers(10, 40))):
        x, y = rng.uniform([0, 0], [width, height]).tolist()
        mark(
            image, some_mark(rng), x, y, unit * float(rng.uniform(0.6, 1.4)), bright(rng), BLACK if theme.rim else None
        )
        if rng.random() < 0.4:
            name = phrase(rng, int(rng.integers(1, 3))).title()
            write(
                image,
                x,
                y + 1.2 * unit,
                name,
                theme.body,
                0.85 * unit,
                theme.ink,
                align=0.5,
                shade="rim",
                hand=rng if by_hand else None,
            )
    if rng.random() < 0.6:
        options(image, 2 * unit, 3 * unit, 10 * unit, int(rng.integers(3, 8)), theme, rng)
    prompts(image, unit, height - 1.3 * unit, theme, rng, int(rng.integers(2, 6)))
    minimap(image, width - 4 * unit, 4 * unit, 2.5 * unit, theme, rng)


def _menu(image: Image, theme: Theme, rng: np.random.Generator) -> None:
    """Lists of settings, quests or things for sale, a letter, an entry of a log."""
    height, width = image.shape[:2]
    unit = theme.unit_px
    if rng.random() < 0.5:
        image[:] = cv2.GaussianBlur(image, (0, 0), 6)
    px, tracking = unit * float(rng.uniform(1.2, 2.6)), float(rng.choice([0.0, 0.1, 0.35]))
    write(
        image,
        0.5 * width,
        2 * unit,
        term(rng),
        theme.title,
        px,
        theme.ink,
        align=0.5,
        shade=theme.shade,
        tracking=tracking,
    )
    ornament(image, 0.2 * width, 4 * unit, 0.6 * width, theme, rng)
    n = max(2, min(12, int((height / unit - 8) / 2.4)))
    options(
        image, 0.06 * width, 6 * unit, float(rng.uniform(0.25, 0.42)) * width, int(rng.integers(2, n + 1)), theme, rng
    )
    left, wide, top = 0.55 * width, 0.4 * width, 6 * unit
    kind = rng.random()
    if kind < 0.5:
        deep = min(height - 10 * unit, unit * float(rng.uniform(6, 20)))
        frame(image, left, top, wide, max(deep, 3 * unit), theme, rng)
        lines = max(1, int((deep - unit) / (1.75 * unit)))
        paragraph(image, left + unit, top + 1.3 * unit, wide - 2 * unit, lines, theme, rng, by_hand=rng.random() < 0.4)
    elif kind < 0.75:
        for k in range(int(rng.integers(2, 7))):
            write(image, left, top + 2 * k * unit, term(rng), theme.body, unit, theme.ink, shade=theme.shade)
            bar_of(image, left + 8 * unit, top + 2 * k * unit - 0.3 * unit, wide - 9 * unit, 0.6 * unit, theme, rng)
    else:
        slots(image, left, top, theme, rng, int(rng.integers(2, 5)), int(rng.integers(1, 5)))
    if rng.random() < 0.5:
        icon_row(image, left, height - 5 * unit, theme, rng)
    prompts(image, 0.4 * width * float(rng.random()), height - 1.4 * unit, theme, rng, int(rng.integers(2, 5)))


def _jumble(image: Image, theme: Theme, rng: np.random.Generator) -> None:
    """Parts anywhere, over each other: more of each than one display has."""
    height, width = image.shape[:2]
    unit = theme.unit_px
    for _ in range(int(rng.integers(8, 22))):
        x, y, kind = float(rng.uniform(-0.05, 0.9)) * width, float(rng.uniform(0, 0.95)) * height, int(rng.integers(13))
        if kind < 3:
            mark_rows(image, x, y, theme, rng, "heart" if kind == 0 else "")
        elif kind == 3:
            wheel(image, x, y, unit * float(rng.uniform(0.6, 1.8)), theme, rng)
        elif kind == 4:
            minimap(image, x, y, unit * float(rng.uniform(2, 4)), theme, rng)
        elif kind == 5:
            gauge(image, x, y, unit * float(rng.uniform(0.8, 2)), theme, rng)
        elif kind == 6:
            counter(image, x, y, theme, rng)
        elif kind == 7:
            prompts(image, x, y, theme, rng, int(rng.integers(1, 4)), rng.random() < 0.5)
        elif kind in (8, 9):
            icon_row(image, x, y, theme, rng)
        elif kind == 10:
            ornament(image, x, y, float(rng.uniform(0.1, 0.6)) * width, theme, rng)
        elif kind == 11:
            slots(image, x, y, theme, rng, int(rng.integers(2, 6)), int(rng.integers(1, 3)))
        else:
            paragraph(
                image,
                x,
                y,
                float(rng.uniform(0.15, 0.5)) * width,
                int(rng.integers(1, 4)),
                theme,
                rng,
                by_hand=rng.random() < 0.5,
            )


SCREENS = (_field, _inventory, _chart, _menu, _jumble)


SHARES = (0.36, 0.18, 0.12, 0.2, 0.14)
