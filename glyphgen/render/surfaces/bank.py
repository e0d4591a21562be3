"""The surfaces by name: drawn when they are first asked for, kept, and windows of them behind a text.

A window shows boards, blocks and folds at the size that they have beside the text's capitals. Of things with edges, a
scroll or a panel, the edges come to lie around the text: the window is put together from the thing's corners, as games
draw their own frames (nine slices), so that a scroll ends where its text does, however long that is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import cv2
import numpy as np

from glyphgen.files import DataError
from glyphgen.render.materials import MATERIALS
from glyphgen.render.surfaces.interface import panel
from glyphgen.render.surfaces.metal import metal_plate
from glyphgen.render.surfaces.relief import CAP_PX, Surface
from glyphgen.render.surfaces.shrine import shrine_wall
from glyphgen.render.surfaces.soft import banner, scroll
from glyphgen.render.surfaces.stone import carved_stone, painted_stone
from glyphgen.render.surfaces.wood import planks
from glyphgen.sample import Image

_DRAWERS: dict[str, Callable[[np.random.Generator], Surface]] = {
    "planks": planks,
    "carved_stone": carved_stone,
    "painted_stone": painted_stone,
    "scroll": scroll,
    "banner": banner,
    "metal_plate": metal_plate,
    "shrine_wall": shrine_wall,
    "panel": panel,
}
SURFACES = tuple(_DRAWERS)
WALLS = ("planks", "carved_stone", "painted_stone", "shrine_wall")  # those without edges, which may be all there is
N_EACH = 3  # a surface takes 0.3 s, and 1.5 MB
_SIZE_SPREAD = 0.25  # of the surface beside the text, in natural logarithms
_ON_ROW = 0.75  # share of texts that stand in the middle of a board or block, where there are some
_WITHIN = 0.2  # share of texts on a thing with edges whose window shows no edge
_PAD_CAPS = (0.1, 0.7)  # room between a text and the edge, in capital heights
_BRIGHTNESS = (0.78, 1.12)
_TINT = 0.05  # spread of the factors of the three channels, in natural logarithms


@lru_cache(maxsize=64)
def split_names(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which of these names are gray materials, and which are surfaces. Raises DataError for others, or none."""
    if not names or set(names) - {*MATERIALS, *SURFACES}:
        raise DataError(f"materials must be some of {', '.join((*MATERIALS, *SURFACES))}, not {list(names)}")
    return tuple(n for n in names if n in MATERIALS), tuple(n for n in names if n in SURFACES)


@lru_cache(maxsize=4 * N_EACH * len(SURFACES))  # training, validation, test, and one more
def surface(seed: int, name: str, number: int) -> Surface:
    """Draw one of the N_EACH surfaces of a name; the same for the same seed. No other is drawn for it."""
    return _DRAWERS[name](np.random.default_rng([seed, 78, SURFACES.index(name), number]))


def draw_all(seed: int, names: tuple[str, ...]) -> None:
    """Draw all surfaces of these names, gray materials left out."""
    for name in split_names(names)[1]:
        for number in range(N_EACH):
            surface(seed, name, number)


def surface_window(
    seed: int,
    names: Sequence[str],
    height: int,
    width: int,
    cap_px: float,
    text_box: tuple[int, int, int, int],
    rng: np.random.Generator,
) -> Image:
    """Return a window (height, width, 3) of one of the surfaces behind a text with capitals of cap_px, which lies in
    text_box (x, y, width, height), in px.
    """
    one = surface(seed, names[int(rng.integers(len(names)))], int(rng.integers(N_EACH)))
    tall, long = one.image.shape[:2]
    scale = CAP_PX / cap_px * float(np.exp(rng.uniform(-_SIZE_SPREAD, _SIZE_SPREAD)))  # px of the surface a px
    scale = min(scale, tall / height, long / width)
    h, w = min(tall, max(1, round(height * scale))), min(long, max(1, round(width * scale)))
    u, pad = rng.random(5).tolist(), CAP_PX * float(rng.uniform(*_PAD_CAPS))
    x, y, text_w, text_h = (value * scale for value in text_box)
    inset = one.inset_px
    if inset and u[0] > _WITHIN:
        begins = round(inset + pad - y), round(inset + pad - x)
        ends = round(tall - inset - pad - text_h - y) + h, round(long - inset - pad - text_w - x) + w
        part = _joined(one.image, begins[0], ends[0], h)
        part = _joined(part.swapaxes(0, 1), begins[1], ends[1], w).swapaxes(0, 1)
    else:
        free_y, free_x = max(0.0, tall - h - 2 * inset), max(0.0, long - w - 2 * inset)
        top = (tall - h - free_y) / 2 + u[1] * free_y
        if one.rows_px and u[3] < _ON_ROW:
            top = one.rows_px[int(u[1] * len(one.rows_px))] - (y + text_h / 2) + 0.2 * CAP_PX * (u[0] - 0.5)
        y0, x0 = min(max(0, round(top)), tall - h), round((long - w - free_x) / 2 + u[2] * free_x)
        part = one.image[y0 : y0 + h, x0 : x0 + w]
    if u[4] < 0.5:
        part = part[:, ::-1]
    sized = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if scale > 1.5 else cv2.INTER_LINEAR)
    factors = float(rng.uniform(*_BRIGHTNESS)) * np.exp(rng.normal(0, _TINT, 3))
    # a color's new values by its old ones, once for all pixels
    table = np.clip(np.arange(256)[:, None] * factors, 0, 255).astype(np.uint8)[None]
    return cv2.LUT(sized, table)  # type: ignore[return-value]  # OpenCV's stubs know no dtype


def _joined(image: Image, begin: int, end: int, n: int) -> Image:
    """Return n rows: those from `begin` on, and from two thirds on those before `end`, with a soft joint between."""
    tall = image.shape[0]
    begin, end = min(max(begin, 0), tall - n), min(max(end, n), tall)
    first, last = image[begin : begin + n], image[end - n : end]
    half = min(14, n // 6)
    a, b = 2 * n // 3 - half, 2 * n // 3 + half
    share = np.linspace(0, 1, b - a, dtype=np.float32)[:, None, None]
    joint = first[a:b] + share * (last[a:b].astype(np.float32) - first[a:b])
    return np.concatenate([first[:a], joint.astype(np.uint8), last[b:]])
