"""What all surfaces are made with: noise, warped coordinates, heights, and the light that falls on them.

A surface is a map of colors and a map of heights. Both are as large as `SIZE`; heights are in px, so that a
slope of 1 is 45 degrees. Light comes from the upper left. `CAP_PX` is the height of the capitals that stand on it: all
lengths are multiples of that, and a board that is three capitals high is so in every picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.sample import Image

Field = NDArray[np.floating[Any]]  # (height, width)
Colors = NDArray[np.floating[Any]]  # (height, width, 3), 0 to 255

SIZE = (512, 1024)
CAP_PX = 32.0
_LIGHT = np.array([-0.42, -0.62, 0.66], np.float32)


@dataclass(frozen=True)
class Surface:
    """A drawn surface (512, 1024, 3). rows_px: the middles of its boards or blocks, where one would write. inset_px: of
    things with edges, such as a scroll, how far from the border of the picture text may begin; 0: a wall without end.
    """

    image: Image
    rows_px: tuple[float, ...] = ()
    inset_px: float = 0.0


def noise(rng: np.random.Generator, cell_y: float, cell_x: float, size: tuple[int, int] = SIZE) -> Field:
    """Return smooth noise with spots of about (cell_y, cell_x) px, mean near 0, standard deviation near 1."""
    rows, columns = int(size[0] / cell_y) + 5, int(size[1] / cell_x) + 5
    grid = rng.standard_normal((rows, columns)).astype(np.float32)
    shift = rng.random(2) + 1  # no two noises have their grid at one place
    to_grid = np.array([[1 / cell_x, 0, shift[0]], [0, 1 / cell_y, shift[1]]], np.float32)
    field: Any = cv2.warpAffine(
        grid, to_grid, (size[1], size[0]), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(field * np.float32(1.25), np.float32)


def fractal(
    rng: np.random.Generator, cell_y: float, cell_x: float, n_octaves: int = 4, size: tuple[int, int] = SIZE
) -> Field:
    """Return noise with finer noise on it, each octave half as large and half as strong; standard deviation near 1."""
    total = noise(rng, cell_y, cell_x, size)
    for k in range(1, n_octaves):
        step = 2.0**k
        total += noise(rng, max(1.0, cell_y / step), max(1.0, cell_x / step), size) / np.float32(step)
    return total * np.float32(0.87)


def grid(size: tuple[int, int] = SIZE) -> tuple[Field, Field]:
    """Return the coordinates (y, x) of all pixels, in px."""
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    return y, x


def moved(field: Any, dx: Field, dy: Field) -> Any:
    """Return a field, or colors, whose pixel (x, y) is what was at (x + dx, y + dy)."""
    y, x = grid((dx.shape[0], dx.shape[1]))
    return cv2.remap(field, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def smooth_step(values: Any, low: float, high: float) -> Any:
    """Return 0 up to `low`, 1 from `high` on, and a smooth way between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blurred(field: Any, sigma_px: float) -> Any:
    """Return a field, or colors, blurred by a Gaussian."""
    return cv2.GaussianBlur(field, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT)


def shade(height: Field, gloss: float = 0.0, sharpness: float = 24.0) -> tuple[Field, Field]:
    """Return how light a relief is where a flat place is 1, and its highlights, 0 to `gloss`."""
    slope_x, slope_y = (cv2.Scharr(height, cv2.CV_32F, *axis, scale=1 / 32) for axis in ((1, 0), (0, 1)))
    norm = 1 / np.sqrt(slope_x * slope_x + slope_y * slope_y + 1)
    toward = (_LIGHT[2] - slope_x * _LIGHT[0] - slope_y * _LIGHT[1]) * norm
    light = np.maximum(toward, 0) / _LIGHT[2]
    if not gloss:
        return light, np.zeros_like(light)
    # half way between the light and the eye, which looks from above
    half = _LIGHT + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    facing = (half[2] - slope_x * half[0] - slope_y * half[1]) * norm
    return light, np.asarray(gloss * np.maximum(facing, 0) ** sharpness, np.float32)


def hollows(height: Field, radius_px: float, depth_px: float) -> Field:
    """Return how deep places lie below what is around them, 0 to 1: where light hardly comes, and dirt and moss do."""
    return np.asarray(np.clip((blurred(height, radius_px) - height) / np.float32(depth_px), 0, 1))


def ramp(values: Field, colors: Sequence[tuple[float, float, float]]) -> Colors:
    """Return the color of each value from 0 to 1 on a way through colors."""
    steps = np.linspace(0, 1, len(colors))
    table = [np.interp(np.linspace(0, 1, 256), steps, [color[k] for color in colors]) for k in range(3)]
    index = np.clip(values * 255, 0, 255).astype(np.uint8)
    return np.stack(table, axis=1).astype(np.float32)[index]


def lay(colors: Colors, over: Any, alpha: Field) -> None:
    """Lay a color, or colors, over others in place, through alpha (h, w), 0 to 1."""
    colors += (np.asarray(over, np.float32) - colors) * alpha[..., None]


def to_image(colors: Colors) -> Image:
    """Return colors as a picture."""
    return np.clip(colors, 0, 255).astype(np.uint8)


def edge_distance(bounds: tuple[float, float, float, float], y: Field, x: Field) -> Field:
    """Return how far each place is inside of a rectangle (y0, x0, y1, x1), in px; below 0: outside."""
    y0, x0, y1, x1 = bounds
    return np.asarray(np.minimum(np.minimum(y - y0, y1 - y), np.minimum(x - x0, x1 - x)))


def valley(points: Any, width_px: float, size: tuple[int, int] = SIZE) -> Field:
    """Return lines through points (n, 2) as depth, 0 to 1: a groove that is thin at its second end."""
    mask = np.zeros(size, np.uint8)
    n = max(1, len(points) - 1)
    for k, (p, q) in enumerate(pairwise(points)):
        thick = max(1, round(width_px * (1 - 0.7 * k / n)))
        ends = (np.array([p, q]) * 16).astype(int).tolist()
        cv2.line(mask, ends[0], ends[1], 255 if width_px * (1 - k / n) > 0.6 else 150, thick, cv2.LINE_AA, 4)
    return blurred(mask.astype(np.float32) / 255, 0.6)  # type: ignore[no-any-return]


def dome(colors: Colors, x: float, y: float, radius: float, color: Any, is_old: bool = True) -> None:
    """Draw the head of a nail or a rivet in place: a lit dome, its highlight, and its shadow at the lower right."""
    reach = int(radius * 3.5) + 2
    y0, x0 = max(0, int(y) - reach), max(0, int(x) - reach)
    part = colors[y0 : int(y) + reach, x0 : int(x) + reach]
    if min(part.shape[:2]) < 2:
        return
    yy, xx = grid((part.shape[0], part.shape[1]))
    yy, xx = yy + np.float32(y0 - y), xx + np.float32(x0 - x)
    far = np.sqrt(xx * xx + yy * yy)
    cast = np.sqrt((xx - 0.45 * radius) ** 2 + (yy - 0.6 * radius) ** 2)
    part *= 1 - 0.6 * smooth_step(-cast, -1.7 * radius, -0.7 * radius)[..., None]
    part *= 1 - 0.35 * smooth_step(-far, -1.5 * radius, -radius)[..., None]
    bulge = np.sqrt(np.maximum(1 - (far / radius) ** 2, 0.05))
    toward = (xx * _LIGHT[0] / radius + yy * _LIGHT[1] / radius) * 0.8 + bulge * _LIGHT[2]
    glint = np.exp(-((xx + 0.35 * radius) ** 2 + (yy + 0.4 * radius) ** 2) / (0.3 * radius) ** 2)
    head = np.asarray(color, np.float32) * (0.35 + 1.05 * np.maximum(toward, 0))[..., None]
    head += (110 if is_old else 170) * glint[..., None]
    lay(part, head, np.clip(radius - far + 0.5, 0, 1))
