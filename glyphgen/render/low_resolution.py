"""Text as old consoles, screenshots and video have it: drawn small, and enlarged.

A sample is made with capitals of a few pixels and is then enlarged, with what such pictures go through: rows of two
fields that do not fit together, colors of half the resolution, a palette; then blur, a halo of sharpening, and the dark
lines of a tube. Boxes, quads and masks are enlarged with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image as Pictures

from glyphgen.render.layout import Line
from glyphgen.render.numbers import Numbers, Range
from glyphgen.sample import Image, Sample
from glyphgen.shapes.outline import Coverage

KINDS = {
    "nearest": cv2.INTER_NEAREST_EXACT,
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "lanczos": cv2.INTER_LANCZOS4,
}
# how far drawing small and enlarging spread ink, in px of the small picture: a pixel is all of one color, and goes over
# into the next. At 1.0, one glyph of 16,608 had less than 98 % of its ink in its quad; at this, none
SPREAD_PX = 1.1
_HALO_SIGMA = 0.8  # of the blur that sharpening takes away, in px of the small picture


@dataclass(frozen=True)
class Upscale(Numbers):
    """A sample drawn with capitals of cap_range_px, in place of other sizes, and enlarged by a factor of factor_range,
    in one of the ways of `kinds`, see KINDS; of pages, lines and glyphs that are rendered. Shares of those: chroma,
    with colors of half or a quarter of the resolution; interlace, with every second row moved aside by a pixel, which
    masks do not follow;
    palette, of n_colors_range colors; halo, sharpened by halo_range of what a blur takes away; scanline, with dark
    lines between the rows, by a share of scanline_range. sigma_range_px is that of a blur in the end, in px of the
    small picture.
    """

    share: float = 0.0
    cap_range_px: Range = (6.0, 12.0)
    factor_range: Range = (1.5, 4.0)
    kinds: tuple[str, ...] = tuple(KINDS)
    sigma_range_px: Range = (0.0, 0.45)
    chroma_share: float = 0.45
    interlace_share: float = 0.05
    palette_share: float = 0.12
    n_colors_range: tuple[int, int] = (12, 48)
    halo_share: float = 0.3
    halo_range: Range = (0.3, 1.1)
    scanline_share: float = 0.08
    scanline_range: Range = (0.1, 0.4)


def softened(coverage: Coverage, scale: float) -> Coverage:
    """Return a line's coverage blurred so that it can be sampled at a smaller scale, and no stroke falls between the
    pixels; as it is where it is sampled at about its own.
    """
    if scale >= 0.75:
        return coverage
    # OpenCV's stubs know no dtype
    return cv2.GaussianBlur(coverage, (0, 0), 0.3 * (scale**-2 - 1) ** 0.5)  # type: ignore[return-value]


def softened_line(line: Line, cap_px: float) -> Line:
    """Return a line softened to be sampled with capitals of cap_px, its marks too."""
    scale = cap_px / line.cap_px
    line = replace(line, coverage=softened(line.coverage, scale))
    if line.ink is None or line.glyph_map is None:
        return line
    glyph_map = line.glyph_map
    for _ in range(math.ceil(1 / scale)):  # what ink spreads to is of the glyph that is next to it
        around = cv2.dilate(glyph_map, np.ones((3, 3), np.uint8))
        glyph_map = np.where(glyph_map > 0, glyph_map, around).astype(np.uint16)
    return replace(line, ink=softened(line.ink, scale), glyph_map=glyph_map)


def enlarge(image: Image, size: tuple[int, int], style: Upscale, rng: np.random.Generator) -> tuple[Image, str]:
    """Return a picture enlarged to a size (width, height), damaged by chance as the style says, and the kind of
    interpolation.
    """
    factor = size[1] / image.shape[0]
    chance = rng.random(5).tolist()
    if chance[0] < style.interlace_share:
        image = image.copy()
        rows, is_left = image[1::2].copy(), rng.random() < 0.5
        image[1::2] = np.concatenate([rows[:, 1:], rows[:, -1:]] if is_left else [rows[:, :1], rows[:, :-1]], axis=1)
    if chance[1] < style.palette_share:
        image = _with_palette(image, int(rng.integers(*style.n_colors_range, endpoint=True)))
    elif chance[2] < style.chroma_share:
        image = _with_coarse_colors(image, 2 if rng.random() < 0.7 else 4)
    kind = style.kinds[int(rng.integers(len(style.kinds)))]
    # OpenCV's stubs know no dtype
    large: Image = cv2.resize(image, size, interpolation=KINDS[kind])  # type: ignore[assignment]
    sigma = factor * float(rng.uniform(*style.sigma_range_px))
    if sigma > 0.15:
        large = cv2.GaussianBlur(large, (0, 0), sigma)  # type: ignore[assignment]
    if chance[3] < style.halo_share:
        amount = float(rng.uniform(*style.halo_range))
        soft = cv2.GaussianBlur(large, (0, 0), _HALO_SIGMA * factor)
        large = cv2.addWeighted(large, 1 + amount, soft, -amount, 0)  # type: ignore[assignment]
    if chance[4] < style.scanline_share and factor >= 2:
        y = (np.arange(size[1]) + 0.5) / factor
        dark = float(rng.uniform(*style.scanline_range)) * (0.5 + 0.5 * np.cos(2 * np.pi * y))
        large = (large * (1 - dark[:, None, None]) + 0.5).astype(np.uint8)
    return large, kind


def undamaged(style: Upscale) -> Upscale:
    """Return a style that only enlarges, and blurs."""
    return replace(style, chroma_share=0.0, interlace_share=0.0, palette_share=0.0, halo_share=0.0, scanline_share=0.0)


def random_size(style: Upscale, rng: np.random.Generator) -> tuple[float, float]:
    """Choose the height of capitals in px, and the factor by which the picture is enlarged then."""
    low, high = style.cap_range_px
    return low * (high / low) ** float(rng.random()), float(rng.uniform(*style.factor_range))


def enlarged_sample(sample: Sample, factor: float, style: Upscale, rng: np.random.Generator) -> Sample:
    """Return a sample enlarged by about a factor, with all that is known of it."""
    height, width = sample.image.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    image, kind = enlarge(sample.image, size, style, rng)
    scale = np.array(size) / (width, height)
    sample = replace(
        sample,
        image=image,
        boxes=sample.boxes * np.tile(scale, 2),
        quads=sample.quads * scale,
        line=None if sample.line is None else sample.line * scale,
    )
    if sample.ink is None or sample.glyph_map is None:
        return sample
    how = KINDS["nearest"] if kind == "nearest" else cv2.INTER_LINEAR
    ink = np.asarray(cv2.resize(sample.ink, size, interpolation=how), np.uint8)
    glyph_map = cv2.resize(sample.glyph_map, size, interpolation=KINDS["nearest"])
    return replace(sample, ink=ink, glyph_map=np.where(ink > 0, glyph_map, 0).astype(np.uint16))


def _with_palette(image: Image, n: int) -> Image:
    return np.asarray(Pictures.fromarray(image).quantize(n, dither=Pictures.Dither.NONE).convert("RGB"))


def _with_coarse_colors(image: Image, factor: int) -> Image:
    """Keep the lightness, and average the colors over fields of factor x 2 pixels, as 4:2:0 and video do."""
    height, width = image.shape[:2]
    parts = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
    coarse = cv2.resize(parts, (max(1, width // factor), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    parts[..., 1:] = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)[..., 1:]
    # OpenCV's stubs know no dtype
    return cv2.cvtColor(parts, cv2.COLOR_YCrCb2RGB)  # type: ignore[return-value]
