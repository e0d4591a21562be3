"""From coverage to a picture: ink and paper, materials, carving, glow, shadow, extrusion and light.

A picture takes a random window of a material (`materials`) and colors it around the paper's shade. All effects work at
the final size, on `Planes`: int16 (3, h, w), one plane a color, which NumPy blends several times faster than
interleaved pixels. Nothing here moves a pixel of the text, so boxes stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.render.backgrounds import Backgrounds
from glyphgen.render.color import MIN_CONTRAST, Color, color_distance, luma, mix, random_colors
from glyphgen.render.materials import MATERIALS, material_bank, window
from glyphgen.sample import Image
from glyphgen.shapes.outline import Coverage

Planes = NDArray[np.int16]  # (3, height, width), 0 to 255
Range = tuple[float, float]


@dataclass(frozen=True)
class PaintStyle:
    """Shares of samples that get an effect; everything 0 is flat ink on flat paper. Of shadow, glow, outline and
    extruded a sample has one at most; carved text has nothing else.

    colored: share in colors, the others in gray; tint: spread of a color's channels around its gray, in levels of 255;
    min_contrast: least `color_distance` of ink and paper. materials: which there are; material_range: how strongly one
    shows; opacity_range: of ink on a material; faded, a share of the samples of a style with materials: ink that
    fades by a spread of fade levels of 255. light_range: factors of uneven light; n_clutter_range: how many things of
    clutter; wear_range: how sharp the edges of worn places are, as a factor of a material's contrast.

    Lengths in capital heights: shadow_range (how far it is cast), glow_range (sigma of its blur), outline_range
    (width), depth_range (of extruded letters), carve_range (depth).

    backgrounds: a folder or .zip of pictures to write on, "" for none; on_background: the share of samples that do.
    """

    material: float = 0.0
    carved: float = 0.0
    extruded: float = 0.0
    shadow: float = 0.0
    glow: float = 0.0
    outline: float = 0.0
    light: float = 0.0
    clutter: float = 0.0
    worn: float = 0.0
    colored: float = 1.0
    material_range: Range = (0.1, 0.9)
    materials: tuple[str, ...] = MATERIALS
    tint: float = 45.0
    min_contrast: float = MIN_CONTRAST
    opacity_range: Range = (0.75, 1.0)
    faded: float = 0.25
    fade: float = 22.0
    light_range: Range = (0.45, 1.25)
    n_clutter_range: tuple[int, int] = (1, 3)
    wear_range: Range = (1.5, 5.0)
    shadow_range: Range = (0.03, 0.16)
    glow_range: Range = (0.06, 0.25)
    outline_range: Range = (0.02, 0.07)
    depth_range: Range = (0.04, 0.18)
    carve_range: Range = (0.03, 0.08)
    backgrounds: str = ""
    on_background: float = 0.7

    @property
    def is_flat(self) -> bool:
        """Whether nothing but flat ink on flat paper can come of it, but for pictures to write on."""
        effects = (
            self.material,
            self.carved,
            self.extruded,
            self.shadow,
            self.glow,
            self.outline,
            self.light,
            self.clutter,
        )
        return not any(effects) and not self.worn


PLAIN = PaintStyle(colored=0.5)
PRINT = PaintStyle(material=0.45, shadow=0.03, light=0.3, worn=0.1, colored=0.6)  # documents, captions, scans
SCREENSHOT = PaintStyle(
    material=0.65, carved=0.16, extruded=0.14, shadow=0.14, glow=0.12, outline=0.1, light=0.3, clutter=0.22, worn=0.2
)


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
    bank = material_bank(bank_seed, style.materials) if style.material or style.worn else ()
    pick = rng.random(8).tolist()
    planes: Planes = np.empty((3, height, width), np.int16)
    flat = np.array(paper, np.int16)[:, None, None]
    is_material = is_photo or pick[0] < style.material
    if is_photo and backgrounds is not None:
        planes[:] = backgrounds.window(height, width, rng).transpose(2, 0, 1)
        ink, paper = _set_off(ink, planes, coverage, style.min_contrast)
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
        _light(planes, style.light_range, rng)
    if is_material or is_lit:  # all that follows blends, and so stays within these bounds
        np.clip(planes, _BLACK, _WHITE, out=planes)
    if pick[2] < style.clutter:
        _clutter(planes, style.n_clutter_range, rng)
    if pick[3] < style.carved:
        _carve(planes, coverage, cap_px, style.carve_range, rng)
        return _merge(planes)
    alpha = coverage
    if pick[4] < style.worn:
        wear = window(bank, height, width, rng)
        keep = cv2.convertScaleAbs(wear, alpha=float(rng.uniform(*style.wear_range)), beta=float(rng.uniform(-60, 120)))
        # OpenCV's stubs know no dtype
        alpha = cv2.multiply(coverage, np.maximum(keep, 110), scale=1 / 255)  # type: ignore[assignment]
    _surround(planes, coverage, cap_px, style, ink, paper, pick[5], rng)
    layer: Color | Planes = ink
    if pick[6] < style.faded and style.material:  # ink that fades along or across the line
        ends = np.clip(np.array(ink) + rng.normal(0, style.fade, (2, 3)), 0, 255)
        along = np.linspace(ends[0], ends[1], width if pick[7] < 0.5 else height).T.astype(np.int16)
        layer = along[:, None, :] if pick[7] < 0.5 else along[:, :, None]
    blend(planes, layer, alpha, float(rng.uniform(*style.opacity_range)) if is_material else 1.0)
    return _merge(planes)


def _set_off(ink: Color, planes: Planes, coverage: Coverage, min_contrast: float) -> tuple[Color, Color]:
    """Return ink that sets itself off from the mean color of what it is to stand on, and that color."""
    where = coverage > 127
    mean = (planes[:, where] if where.any() else planes.reshape(3, -1)).mean(axis=1).tolist()
    under: Color = (mean[0], mean[1], mean[2])
    if color_distance(ink, under) < 1.5 * min_contrast:
        ink = mix(ink, (0.0, 0.0, 0.0) if luma(under) > 127 else (255.0, 255.0, 255.0), 0.85)
    return ink, under


_STEPS = np.arange(256, dtype=np.float32)[:, None] / 255
_BLACK, _GRAY, _WHITE = np.int16(0), np.int16(128), np.int16(255)


def _ramp(paper: Color, ink: Color) -> Image:
    """Return (256, 1, 3): the color of each coverage, from paper to ink."""
    low = np.array(paper, np.float32)
    return (low + (np.array(ink, np.float32) - low) * _STEPS).astype(np.uint8)[:, None]


def _merge(planes: Planes) -> Image:
    return cv2.merge(list(planes.astype(np.uint8)))  # type: ignore[no-any-return]


def _surround(
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


def _carve(planes: Planes, coverage: Coverage, cap_px: float, depth: Range, rng: np.random.Generator) -> None:
    """Cut the text into the surface, or raise it: lit edges on one side, shaded ones on the other."""
    soft = cv2.GaussianBlur(coverage, (0, 0), max(0.5, cap_px * float(rng.uniform(0.01, 0.04))))
    angle, reach = float(rng.uniform(0, 2 * np.pi)), max(1.0, cap_px * float(rng.uniform(*depth)))
    dx, dy = reach * np.cos(angle), reach * np.sin(angle)
    # OpenCV's stubs know no dtype
    toward, away = shifted(soft, dx, dy), shifted(soft, -dx, -dy)  # type: ignore[arg-type]
    strength, floor = rng.uniform(0.5, 1.0, 2).tolist()
    mean: Color = tuple(planes.reshape(3, -1)[:, ::7].mean(axis=1).tolist())
    black, white = (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)
    inside = mix(mean, black, 0.75) if rng.random() < 0.75 else mix(mean, white, 0.5)
    blend(planes, inside, coverage, 0.9 * (floor - 0.5))
    # OpenCV's stubs know no dtype
    blend(planes, mix(mean, white, 0.6), cv2.subtract(toward, away), strength)  # type: ignore[arg-type]
    # OpenCV's stubs know no dtype
    blend(planes, mix(mean, black, 0.8), cv2.subtract(away, toward), strength)  # type: ignore[arg-type]


def _light(planes: Planes, strength: Range, rng: np.random.Generator) -> None:
    """Multiply by a smooth field: a slope, a spot or a shadow's edge."""
    grid = rng.uniform(*strength, (2, int(rng.integers(2, 6)))).astype(np.float32) * 64
    field = cv2.resize(grid, (planes.shape[2], planes.shape[1]), interpolation=cv2.INTER_LINEAR)
    planes *= field.astype(np.int16)
    planes >>= 6


def _clutter(planes: Planes, n: tuple[int, int], rng: np.random.Generator) -> None:
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
