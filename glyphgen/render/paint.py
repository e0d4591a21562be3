"""From coverage to a picture: ink and paper, materials, and the effects of a `PaintStyle`.

A picture takes a random window of a material (`materials`) and colors it around the paper's shade, or one of a surface
in its own colors (`surfaces`), from which the ink then sets itself off; `effects` do the rest.
"""

from __future__ import annotations

import cv2
import numpy as np

from glyphgen.render.backgrounds import Backgrounds
from glyphgen.render.color import Color, color_distance, luma, mix, random_colors
from glyphgen.render.effects import Planes, blend, carve, clutter, light, surround
from glyphgen.render.materials import material_bank, window
from glyphgen.render.paint_style import PaintStyle
from glyphgen.render.surfaces.bank import split_names, surface_window
from glyphgen.sample import Image
from glyphgen.shapes.outline import Coverage


def paint(
    coverage: Coverage,
    cap_px: float,
    style: PaintStyle,
    bank_seed: int,
    rng: np.random.Generator,
    colors: tuple[Color, Color] | None = None,
    backgrounds: Backgrounds | None = None,
) -> Image:
    """Paint coverage (h, w) in a random way that `style` allows, in random colors or those of ink and paper, on one of
    the backgrounds where there are some; return (h, w, 3) RGB.
    """
    height, width = coverage.shape
    drawn = random_colors(rng, style.colored, style.tint, style.min_contrast)
    ink, paper = colors or drawn
    is_photo = backgrounds is not None and rng.random() < style.on_background
    if style.is_flat and not is_photo:
        # OpenCV's stubs know no dtype
        return cv2.applyColorMap(coverage, _ramp(paper, ink))  # type: ignore[return-value]
    grays, surfaces = split_names(style.materials)
    bank = material_bank(bank_seed, grays) if grays and (style.material or style.worn) else ()
    pick = rng.random(8).tolist()
    planes: Planes = np.empty((3, height, width), np.int16)
    flat = np.array(paper, np.int16)[:, None, None]
    is_material = is_photo or pick[0] < style.material
    is_surface = bool(surfaces) and is_material and not is_photo
    if is_surface and grays:
        is_surface = rng.random() < len(surfaces) / len(style.materials)
    if is_photo and backgrounds is not None:
        planes[:] = backgrounds.window(height, width, rng).transpose(2, 0, 1)
        ink, paper = _set_off(ink, planes, coverage, style.min_contrast)
    elif is_surface:
        box = cv2.boundingRect(coverage)
        text_box = (box[0], box[1], box[2], box[3]) if box[2] else (0, 0, width, height)
        seen = surface_window(bank_seed, surfaces, height, width, cap_px, text_box, rng)
        _show(planes, seen, float(rng.uniform(*style.material_range)), is_gray=not _has_color(*drawn))
    elif is_material:
        strength = float(rng.uniform(*style.material_range)) * min(1.0, color_distance(ink, paper) / 110)
        slope = (128 * strength * (1 + rng.normal(0, 0.12, 3))).astype(np.int16)
        texture = window(bank, height, width, rng).astype(np.int16)
        texture -= _GRAY
        np.multiply(texture, slope[:, None, None], out=planes)
        planes >>= 7
        planes += flat
    else:
        planes[:] = flat
    is_lit = pick[1] < style.light
    if is_lit:
        light(planes, style.light_range, rng)
    if is_material or is_lit:  # all that follows blends, and so stays within these bounds
        np.clip(planes, _BLACK, _WHITE, out=planes)
    if is_surface:
        ink, paper = _set_off(ink, planes, coverage, style.min_contrast, style.opacity_range[0])
    if pick[2] < style.clutter:
        clutter(planes, style.n_clutter_range, rng)
    if pick[3] < style.carved:
        carve(planes, coverage, cap_px, style.carve_range, rng, is_bold=is_surface)
        return _merge(planes)
    alpha = coverage
    if pick[4] < style.worn:
        wear = window(bank or material_bank(bank_seed, _WEAR), height, width, rng)
        keep = cv2.convertScaleAbs(wear, alpha=float(rng.uniform(*style.wear_range)), beta=float(rng.uniform(-60, 120)))
        # OpenCV's stubs know no dtype
        alpha = cv2.multiply(coverage, np.maximum(keep, 110), scale=1 / 255)  # type: ignore[assignment]
    surround(planes, coverage, cap_px, style, ink, paper, pick[5], rng)
    layer: Color | Planes = ink
    if pick[6] < style.faded and style.material:  # ink that fades along or across the line
        ends = np.clip(np.array(ink) + rng.normal(0, style.fade, (2, 3)), 0, 255)
        along = np.linspace(ends[0], ends[1], width if pick[7] < 0.5 else height).T.astype(np.int16)
        layer = along[:, None, :] if pick[7] < 0.5 else along[:, :, None]
    blend(planes, layer, alpha, float(rng.uniform(*style.opacity_range)) if is_material else 1.0)
    return _merge(planes)


def _set_off(
    ink: Color, planes: Planes, coverage: Coverage, min_contrast: float, opacity: float | None = None
) -> tuple[Color, Color]:
    """Return ink that sets itself off from the mean color of what it is to stand on, and that color. With the least
    opacity of the ink it also sets itself off from the lighter and darker places there.
    """
    where = coverage > 127
    under_text = planes[:, where] if where.any() else planes.reshape(3, -1)
    mean = under_text.mean(axis=1).tolist()
    under: Color = (mean[0], mean[1], mean[2])
    least = 1.5 * min_contrast
    if opacity is not None:
        least = (least + _SPREADS * float(under_text[1].std())) / max(opacity, 0.1)
    if color_distance(ink, under) < least:
        ink = mix(ink, (0.0, 0.0, 0.0) if luma(under) > 127 else (255.0, 255.0, 255.0), 0.85)
    return ink, under


def _show(planes: Planes, seen: Image, strength: float, is_gray: bool) -> None:
    """Fill planes with a surface, in place: with all of its contrast at strength 1, with its mean color at 0."""
    planes[:] = seen.transpose(2, 0, 1)
    if is_gray:
        planes[:] = (77 * planes[0].astype(np.int32) + 150 * planes[1] + 29 * planes[2]) >> 8
    if strength < 1:
        mean = planes.reshape(3, -1).mean(axis=1).astype(np.int16)[:, None, None]
        planes -= mean
        planes *= np.int16(128 * strength)
        planes >>= 7
        planes += mean


def _has_color(*colors: Color) -> bool:
    return any(max(color) > min(color) for color in colors)


_WEAR = ("stone", "blotches")  # what says where ink on a surface is worn
_SPREADS = 1.5  # standard deviations of a surface that ink stands off from it, beside the least contrast
_STEPS = np.arange(256, dtype=np.float32)[:, None] / 255
_BLACK, _GRAY, _WHITE = np.int16(0), np.int16(128), np.int16(255)


def _ramp(paper: Color, ink: Color) -> Image:
    """Return (256, 1, 3): the color of each coverage, from paper to ink."""
    low = np.array(paper, np.float32)
    return (low + (np.array(ink, np.float32) - low) * _STEPS).astype(np.uint8)[:, None]


def _merge(planes: Planes) -> Image:
    return cv2.merge(list(planes.astype(np.uint8)))  # type: ignore[no-any-return]
