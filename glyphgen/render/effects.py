"""Effects on a surface and around its text: carving, glow, shadow, outline, extrusion, uneven light and clutter.

All work at the final size and in place, on `Planes`: int16 (3, h, w), one plane a color, which NumPy blends several
times faster than interleaved pixels. Nothing here moves a pixel of the text, so boxes stay.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.render.color import Color, color_distance, luma, mix, random_colors
from glyphgen.render.numbers import Range
from glyphgen.render.paint_style import PaintStyle
from glyphgen.shapes.outline import Coverage

Planes = NDArray[np.int16]  # (3, height, width), 0 to 255
_DARK, _BOLD_FILL = 52, 0.38  # luma below which bold carving is light, for no shadow shows there; its least opacity


def shifted(coverage: Coverage, dx: float, dy: float) -> Coverage:
    """Move coverage by (dx, dy) px, rounded; what enters is empty."""
    x, y = round(dx), round(dy)
    height, width = coverage.shape
    moved = np.zeros_like(coverage)
    if abs(x) < width and abs(y) < height:
        moved[max(y, 0) : height + min(y, 0), max(x, 0) : width + min(x, 0)] = coverage[
            max(-y, 0) : height + min(-y, 0), max(-x, 0) : width + min(-x, 0)
        ]
    return moved


def blend(planes: Planes, color: Color | Planes, alpha: Coverage, opacity: float = 1.0) -> None:
    """Lay a color, or planes that broadcast, over `planes` in place, through alpha (h, w) uint8."""
    weight = cv2.convertScaleAbs(alpha, alpha=opacity * 128 / 255).astype(np.int16)
    layer = np.array(color, np.int16)[:, None, None] if isinstance(color, tuple) else color
    change = layer - planes
    change *= weight
    change >>= 7
    planes += change


def surround(
    planes: Planes,
    coverage: Coverage,
    cap_px: float,
    style: PaintStyle,
    ink: Color,
    paper: Color,
    pick: float,
    rng: np.random.Generator,
) -> None:
    """Lay what stands around and behind the ink: a shadow, a glow, an outline or the sides of solid letters."""
    if pick < style.shadow:
        reach = cap_px * float(rng.uniform(*style.shadow_range))
        cast = shifted(coverage, reach * (1 if rng.random() < 0.5 else -1), reach * float(rng.uniform(0.2, 1.2)))
        cast = cv2.GaussianBlur(  # type: ignore[assignment]  # OpenCV's stubs know no dtype
            cast,
            (0, 0),
            max(0.4, float(rng.uniform(0.0, 0.06)) * cap_px),
        )
        blend(planes, mix(paper, (0, 0, 0), float(rng.uniform(0.4, 0.9))), cast, float(rng.uniform(0.4, 0.9)))
        return
    pick -= style.shadow
    if pick < style.glow:
        halo: Any = cv2.GaussianBlur(coverage, (0, 0), float(rng.uniform(*style.glow_range)) * cap_px + 0.3)
        blend(planes, mix(ink, paper, float(rng.uniform(0, 0.6))), halo, float(rng.uniform(0.3, 0.7)))
        return
    pick -= style.glow
    if pick < style.outline:
        size = 1 + 2 * max(1, round(cap_px * float(rng.uniform(*style.outline_range))))
        ring: Any = cv2.dilate(coverage, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        rim = random_colors(rng, 1.0, style.tint, style.min_contrast)[0]
        blend(planes, rim if color_distance(rim, ink) > style.min_contrast else mix(ink, paper, 1.6), ring)
        return
    pick -= style.outline
    if pick < style.extruded:
        angle, depth = float(rng.uniform(0, 2 * np.pi)), max(1.0, cap_px * float(rng.uniform(*style.depth_range)))
        body = coverage
        for step in range(1, int(depth) + 1):
            body = np.maximum(body, shifted(coverage, step * np.cos(angle), step * np.sin(angle)))
        blend(planes, mix(ink, (0, 0, 0), float(rng.uniform(0.2, 0.75))), body)


def carve(
    planes: Planes,
    coverage: Coverage,
    cap_px: float,
    depth: Range,
    rng: np.random.Generator,
    is_bold: bool = False,
    toward_deg: float | None = None,
) -> None:
    """Cut the text into the surface, or raise it: lit edges on one side, shaded ones on the other. Bold: deeply enough
    for a surface that has a relief itself. toward_deg: where the lit edges are, clockwise from the right, instead of
    anywhere: 45 is carved and 225 raised, in light from the upper left.
    """
    soft = cv2.GaussianBlur(coverage, (0, 0), max(0.5, cap_px * float(rng.uniform(0.01, 0.04))))
    angle, reach = float(rng.uniform(0, 2 * np.pi)), max(1.0, cap_px * float(rng.uniform(*depth)))
    if toward_deg is not None:
        angle = float(np.radians(toward_deg))
    dx, dy = reach * np.cos(angle), reach * np.sin(angle)
    # OpenCV's stubs know no dtype
    toward, away = shifted(soft, dx, dy), shifted(soft, -dx, -dy)  # type: ignore[arg-type]
    strength, floor = rng.uniform(0.5, 1.0, 2).tolist()
    mean: Color = tuple(planes.reshape(3, -1)[:, ::7].mean(axis=1).tolist())
    black, white = (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)
    is_dark = rng.random() < 0.75
    fill = 0.9 * (floor - 0.5)
    if is_bold:
        is_dark = is_dark and luma(mean) > _DARK
        # the more the surface varies under the text, the more of it the shadow has to cover
        strength, fill = 0.5 + 0.5 * strength, min(0.85, _BOLD_FILL + fill + float(planes[1, ::3, ::3].std()) / 100)
    inside = mix(mean, black, 0.75) if is_dark else mix(mean, white, 0.5)
    blend(planes, inside, coverage, fill)
    # OpenCV's stubs know no dtype
    blend(planes, mix(mean, white, 0.6), cv2.subtract(toward, away), strength)  # type: ignore[arg-type]
    # OpenCV's stubs know no dtype
    blend(planes, mix(mean, black, 0.8), cv2.subtract(away, toward), strength)  # type: ignore[arg-type]


def light(planes: Planes, strength: Range, rng: np.random.Generator) -> None:
    """Multiply by a smooth field: a slope, a spot or a shadow's edge."""
    grid = rng.uniform(*strength, (2, int(rng.integers(2, 6)))).astype(np.float32) * 64
    field = cv2.resize(grid, (planes.shape[2], planes.shape[1]), interpolation=cv2.INTER_LINEAR)
    planes *= field.astype(np.int16)
    planes >>= 6


def clutter(planes: Planes, n: tuple[int, int], rng: np.random.Generator) -> None:
    """Draw the edges of a sign under the text: bars along a border, lines, a corner of something else."""
    height, width = planes.shape[1:]
    for _ in range(int(rng.integers(*n, endpoint=True))):
        color = rng.integers(0, 256, 3).astype(np.int16)
        kind = rng.random()
        if kind < 0.1:  # a panel: the text stands on a plate with a rim or with something else around it
            inset = max(1, round(rng.uniform(0.01, 0.07) * height))
            for rim in (planes[:, :inset], planes[:, -inset:], planes[:, :, :inset], planes[:, :, -inset:]):
                rim[:] = color[:, None, None]
        elif kind < 0.45:
            depth = int(rng.uniform(0.02, 0.16) * height) + 1
            y0 = 0 if rng.random() < 0.5 else height - depth
            planes[:, y0 : y0 + depth] = color[:, None, None]
        elif kind < 0.7:
            depth = min(width, int(rng.uniform(0.03, 0.3) * height) + 1)
            x0 = 0 if rng.random() < 0.5 else width - depth
            planes[:, :, x0 : x0 + depth] = color[:, None, None]
        else:
            p, q = rng.random(2) * [width, height], rng.random(2) * [width, height]
            if rng.random() < 0.6:
                q[1] = p[1] + rng.normal(0, 2)
                p[0], q[0] = 0, width
            thickness = int(rng.integers(1, 3))
            for plane, value in zip(planes, color.tolist(), strict=True):
                cv2.line(plane, (int(p[0]), int(p[1])), (int(q[0]), int(q[1])), value, thickness)
