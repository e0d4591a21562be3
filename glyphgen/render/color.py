"""Colors: how far two stand apart, mixtures, and random pairs of ink and paper that stay legible."""

from __future__ import annotations

import numpy as np

Color = tuple[float, float, float]  # RGB, 0 to 255
MIN_CONTRAST = 38.0  # smallest difference of two colors, see `color_distance`


def luma(color: Color) -> float:
    """Return the lightness of an RGB color, 0 to 255 (ITU-R BT.601)."""
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]


def color_distance(a: Color, b: Color) -> float:
    """Return how far two RGB colors stand apart: mostly lightness, chroma counting a third (0 to about 300)."""
    light = luma(a) - luma(b)
    return abs(light) + 0.33 * max(abs(p - q - light) for p, q in zip(a, b, strict=True))


def mix(a: Color, b: Color, share: float) -> Color:
    """Return a + share · (b − a), cut to 0 … 255; a share outside 0 … 1 goes beyond."""
    return _tinted(0.0, [p + share * (q - p) for p, q in zip(a, b, strict=True)])


def random_colors(
    rng: np.random.Generator, colored: float = 1.0, tint: float = 45.0, min_contrast: float = MIN_CONTRAST
) -> tuple[Color, Color]:
    """Draw ink and paper that stay legible; light on dark as often as dark on light. See `PaintStyle`."""
    flips = rng.random() < 0.5
    if rng.random() >= colored:
        dark, light = (float(rng.uniform(0, 80)),) * 3, (float(rng.uniform(170, 255)),) * 3
    else:
        dark, light = (30.0,) * 3, (220.0,) * 3  # when eight tries below find nothing legible
        for _ in range(8):
            tints = (rng.standard_normal(6) * tint).tolist()
            a, b = _tinted(255 * rng.random(), tints[:3]), _tinted(255 * rng.random(), tints[3:])
            if color_distance(a, b) >= min_contrast:
                dark, light = (a, b) if luma(a) < luma(b) else (b, a)
                break
    return (light, dark) if flips else (dark, light)


def _tinted(gray: float, tint: list[float]) -> Color:
    r, g, b = tint
    return min(255.0, max(0.0, gray + r)), min(255.0, max(0.0, gray + g)), min(255.0, max(0.0, gray + b))
