"""What becomes of a painted page and its lines: small ones are enlarged, some are turned; and which lines can be read
then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.render.legibility import legibility
from glyphgen.render.page_style import PageStyle
from glyphgen.sample import Image, LabelledLine
from glyphgen.shapes.outline import Coverage

# radii of a blot, in heights of its line: one that hid a glyph without a trace, nobody could miss
_BLOT_PX = 0.15, 0.4
_BLOT_SHADE = 60  # by how much at most it is lighter or darker than the median color around it
_MAY_BE_ONE = 2.0  # heights: a turned line shorter than this may look like one that runs across


def with_legibility(line: LabelledLine, image: Image, coverage: Coverage, least: float) -> LabelledLine:
    """Say of a line whether a person could read it, and whether enough of it is in the picture; one that is marked as
    illegible stays so.
    """
    points, (height, width) = np.concatenate([line.top, line.bottom]), coverage.shape
    x0, y0 = np.floor(points.min(axis=0)).astype(int)
    x1, y1 = np.ceil(points.max(axis=0)).astype(int)
    inside = max(0, min(x1, width) - max(x0, 0)) * max(0, min(y1, height) - max(y0, 0)) / max(1, (x1 - x0) * (y1 - y0))
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    tall = float(np.median(line.bottom[:, 1] - line.top[:, 1]))
    rows = np.clip((line.top[:, 1] + line.bottom[:, 1]) / 2, 0, height) == (line.top[:, 1] + line.bottom[:, 1]) / 2
    is_whole = inside > 0.25 and rows.mean() > 0.6 and x1 - x0 > tall and y1 - y0 > 0.75 * tall
    is_legible = bool(line.is_legible and is_whole and legibility(image[y0:y1, x0:x1], coverage[y0:y1, x0:x1]) >= least)
    return replace(line, is_legible=is_legible)


def turned_page(
    image: Image, lines: list[LabelledLine], style: PageStyle, rng: np.random.Generator
) -> tuple[Image, list[LabelledLine]]:
    """Return a page as it is, or turned upside down or by a quarter, with the lines that are seen then."""
    height, width = image.shape[:2]
    u = rng.random()
    if u < style.upside_down_share:
        most = np.array([width, height], float)
        lines = [
            replace(
                line, text="", letters="", top=most - line.bottom[::-1], bottom=most - line.top[::-1], is_script=False
            )
            for line in lines
        ]
        return np.ascontiguousarray(image[::-1, ::-1]), lines
    if u < style.upside_down_share + style.sideways_share:
        to_left = rng.random() < 0.5
        kept = []
        for line in lines:
            box = np.concatenate([line.top, line.bottom])
            (x0, y0), (x1, y1) = box.min(axis=0), box.max(axis=0)
            if x1 - x0 < _MAY_BE_ONE * (y1 - y0):  # what it is nobody can say: a box across, not learned from
                a, b, left, right = (y0, y1, width - x1, width - x0) if to_left else (height - y1, height - y0, x0, x1)
                top, bottom = np.array([[a, left], [b, left]]), np.array([[a, right], [b, right]])
                kept.append(
                    replace(line, text="", letters="", top=top, bottom=bottom, is_script=False, is_legible=False)
                )
        return np.ascontiguousarray(np.rot90(image, 1 if to_left else -1)), kept
    return image, lines


def scaled(lines: list[LabelledLine], factor: NDArray[np.float64]) -> list[LabelledLine]:
    """Return the lines of a page whose picture was enlarged by factor (2,), of its width and of its height."""
    return [replace(line, top=line.top * factor, bottom=line.bottom * factor) for line in lines]


def blotted(image: Image, lines: Sequence[LabelledLine], rng: np.random.Generator) -> Image:
    """Return a page on which a blot, about of the color around it, covers a part of a glyph or two of one of the lines.
    What the lines say stays.
    """
    height, width = image.shape[:2]
    line = lines[int(rng.integers(len(lines)))]
    k = int(rng.integers(len(line.top)))
    middle, high = (line.top[k] + line.bottom[k]) / 2, float(np.linalg.norm(line.bottom[k] - line.top[k]))
    low, most = _BLOT_PX
    radii = np.maximum(high * (low + (most - low) * rng.random(2)), 1.0)
    x0, y0 = np.maximum(np.floor(middle - 2 * high).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(middle + 2 * high).astype(int) + 1, [width, height])
    if x1 <= x0 or y1 <= y0:
        return image
    color = np.median(image[y0:y1, x0:x1].reshape(-1, 3), axis=0)
    color = np.clip(color + rng.uniform(-_BLOT_SHADE, _BLOT_SHADE), 0, 255)
    mask = np.zeros((height, width), np.uint8)
    center, axes = tuple(np.round(middle * 16).astype(int).tolist()), tuple(np.round(radii * 16).astype(int).tolist())
    cv2.ellipse(mask, center, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA, shift=4)
    alpha = mask[..., None].astype(np.float32) / 255
    return np.asarray(np.round(image * (1 - alpha) + color * alpha), np.uint8)
