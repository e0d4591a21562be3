"""Displays of games that do not exist, without the script: what a finder of lines has to pass over.

`game_display` draws a scene and on it what such displays show: rows of hearts, maps, gauges, slots, buttons, menus and
text in Latin letters of any font. Everything is drawn by code; a picture is a function of its generator and of the
fonts. Source of what is shown: displays of adventure games in general; no picture of one was copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from glyphgen.displays.gauges import bar_of, counter, forecast, gauge, icon_row, ornament
from glyphgen.displays.lettering import display_fonts, phrase, pick_font, term, write
from glyphgen.displays.panels import dialog, frame, item, options, pad, paragraph, prompts, slots
from glyphgen.displays.widgets import (
    BLACK,
    WHITE,
    Theme,
    bright,
    dots,
    land,
    mark,
    mark_rows,
    minimap,
    polygon,
    some_mark,
    wheel,
)
from glyphgen.render.color import Color, color_distance, mix
from glyphgen.render.scenery import scenery
from glyphgen.sample import Image

_LEAST_PX = 480  # of the height a display is laid out at; smaller pictures are windows of one
_BANK = 0  # of materials, made once a process


def game_display(rng: np.random.Generator, height_px: int, width_px: int, fonts: Sequence[Path] | None = None) -> Image:
    """Return a made-up display (height_px, width_px, 3) uint8 without the script. Below 480 px of height it is a window
    of a larger one, so that its parts keep their sizes (hearts of 8 to 40 px). fonts: those to write with; those that
    matplotlib ships and the installed ones when None. Costs about 0.1 s at 1280×720.
    """
    if height_px < 1 or width_px < 1:
        raise ValueError(f"a display of {width_px}×{height_px} px; both must be at least 1")
    tall = max(height_px, int(rng.integers(_LEAST_PX, 761))) if height_px < _LEAST_PX else height_px
    wide = max(width_px, round(tall * float(rng.uniform(1.2, 1.9)))) if height_px < _LEAST_PX else width_px
    ground = _backdrop(tall, wide, rng)
    image = ground.copy()
    theme = _theme(image, rng, display_fonts() if fonts is None else fonts)
    _SCREENS[int(rng.choice(len(_SCREENS), p=_SHARES))](image, theme, rng)
    if (tall, wide) != (height_px, width_px):
        image = _window(image, ground, height_px, width_px, rng)
    return _worn(image, rng)


def _theme(image: Image, rng: np.random.Generator, fonts: Sequence[Path]) -> Theme:
    low, high = (0, 60) if rng.random() < 0.65 else (150, 255)
    panel: Color = float(rng.uniform(low, high)), float(rng.uniform(low, high)), float(rng.uniform(low, high))
    if rng.random() < 0.25:
        panel = mix(bright(rng), BLACK, float(rng.uniform(0.1, 0.8)))
    ink = mix(WHITE if sum(panel) < 400 else BLACK, bright(rng), float(rng.uniform(0, 0.25)))
    accent = next((c for c in (bright(rng) for _ in range(6)) if color_distance(c, panel) > 70), ink)
    unit = image.shape[0] / 720 * float(np.exp(rng.normal(np.log(20), 0.28)))
    shade = ("", "shadow", "rim", "glow")[int(rng.choice(4, p=(0.3, 0.35, 0.2, 0.15)))]
    corner = float(rng.choice([0.0, 0.25, 0.6, 1.5]))
    return Theme(
        ink,
        accent,
        panel,
        float(rng.uniform(0.35, 1)),
        pick_font(fonts, rng),
        pick_font(fonts, rng),
        float(np.clip(unit, 9, 60)),
        corner,
        shade,
        rng.random() < 0.6,
    )


def _backdrop(height: int, width: int, rng: np.random.Generator) -> Image:
    """Draw what the display stands before: a landscape, a scenery out of focus, or a plain ground."""
    kind, h, w = rng.random(), max(8, height // 3), max(8, width // 3)
    if kind < 0.4:
        small = _landscape(h, w, rng)
    elif kind < 0.75:
        small = scenery(h, w, _BANK, rng)
        small = np.asarray(cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.5, 6))), np.uint8)
    else:
        ends = rng.uniform(0, 255, (2, 2, 3)) * float(rng.uniform(0.3, 1))
        if rng.random() < 0.5:
            ends[:] = ends.mean(axis=(0, 1)) + rng.normal(0, 12, (2, 2, 3))
        small = cv2.resize(np.clip(ends, 0, 255).astype(np.uint8), (w, h), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    image: Image = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)  # type: ignore[assignment]
    if rng.random() < 0.5:
        grain = rng.integers(-7, 8, (height // 2 + 1, width // 2 + 1, 1), np.int16)
        grain = np.repeat(cv2.resize(grain, (width, height), interpolation=cv2.INTER_NEAREST)[..., None], 3, axis=2)
        image = cv2.add(image, grain, dtype=cv2.CV_8U)  # type: ignore[assignment]
    return image


def _landscape(height: int, width: int, rng: np.random.Generator) -> Image:
    """Draw a sky, ridges that come nearer, a ground with blades or stones."""
    top, bottom = np.array(bright(rng)) * float(rng.uniform(0.3, 1)), rng.uniform(60, 255, 3)
    image: Image = np.repeat(np.linspace(top, bottom, height)[:, None], width, axis=1).astype(np.uint8)
    for _ in range(int(rng.integers(0, 6))):  # clouds
        at = (int(rng.integers(width)), int(rng.integers(max(1, height // 2))))
        axes = (int(rng.integers(4, width // 5 + 6)), int(rng.integers(2, height // 16 + 4)))
        cv2.ellipse(image, at, axes, 0, 0, 360, mix(tuple(bottom.tolist()), WHITE, 0.6), -1, cv2.LINE_AA)
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), 2.5), np.uint8)
    color, n, x = rng.uniform(20, 190, 3), int(rng.integers(2, 6)), np.arange(width)
    for k in range(n):
        waves = sum(
            float(rng.uniform(0.2, 1)) / f * np.sin(2 * np.pi * f * x / width + float(rng.uniform(0, 7)))
            for f in (1, 2, 3, 7, 13)
        )
        ridge = height * (0.3 + 0.55 * (k + 1) / n) + 0.1 * height * waves
        points = np.stack([x, ridge], axis=1)
        near = mix(tuple(bottom.tolist()), tuple((color * (1 - 0.5 * k / n)).tolist()), (k + 1) / n)
        polygon(image, np.concatenate([points, [[width, height], [0, height]]]), near)
    feet = np.stack([rng.uniform(0, width, 120), height * (1 - 0.35 * rng.random(120) ** 2)], axis=1)
    for (px, py), reach in zip(feet.tolist(), rng.uniform(2, 12, 120).tolist(), strict=True):
        shade = np.clip(color * (0.4 + reach / 14), 0, 255).tolist()
        cv2.line(image, (int(px), int(py)), (int(px + rng.normal(0, 2)), int(py - reach)), shade, 1, cv2.LINE_AA)
    return image


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


_SCREENS = (_field, _inventory, _chart, _menu, _jumble)
_SHARES = (0.36, 0.18, 0.12, 0.2, 0.14)


def _window(image: Image, ground: Image, height: int, width: int, rng: np.random.Generator) -> Image:
    """Cut a window out, around a point of a rim of what stands on the ground: of three such, the one with the most of
    them.
    """
    changed = (cv2.cvtColor(cv2.absdiff(image, ground), cv2.COLOR_RGB2GRAY) > 20).astype(np.uint8)
    rims = changed - np.asarray(cv2.erode(changed, np.ones((3, 3), np.uint8)))  # text counts for more than a box
    spots, sums = np.flatnonzero(rims), cv2.integral(rims)
    best, most = (0, 0), -1
    for _ in range(3):
        at = int(spots[int(rng.integers(len(spots)))]) if len(spots) else int(rng.integers(rims.size))
        y = min(max(at // rims.shape[1] - int(rng.integers(height)), 0), image.shape[0] - height)
        x = min(max(at % rims.shape[1] - int(rng.integers(width)), 0), image.shape[1] - width)
        found = int(sums[y + height, x + width]) - int(sums[y, x + width]) - int(sums[y + height, x]) + int(sums[y, x])
        if found > most:
            best, most = (y, x), found
    return image[best[0] : best[0] + height, best[1] : best[1] + width].copy()


def _worn(image: Image, rng: np.random.Generator) -> Image:
    """Do to some pictures what screenshots meet: a smaller size and back, JPEG."""
    if rng.random() < 0.2:
        small = cv2.resize(image, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    if rng.random() < 0.3:
        packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 95))])[1]
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR)  # type: ignore[assignment]
    return image
