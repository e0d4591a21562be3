"""How a block of lines is put on a page: the map that turns and squeezes it, how its ground bends, its lines' edges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.render.layout import Line
from glyphgen.render.page_style import PageStyle

_KNOTS = 13  # points along the top and the bottom of a line


@dataclass(frozen=True, eq=False)
class Block:
    """Lines set one below the other: each with the map (3, 3) from its canvas to the block, its text and its letters;
    the block's size in px; whether it is in the script asked for.
    """

    lines: list[tuple[Line, NDArray[np.float64], str, str]]
    width: float
    height: float
    cap_px: float
    is_script: bool


def board_map(
    block: Block, width: int, height: int, rng: np.random.Generator, turns: bool, style: PageStyle
) -> NDArray[np.float64]:
    """Choose the map (3, 3) from block to page: squeezed and tapered by the angle of view, turned, put in its place."""
    n = rng.standard_normal(4).tolist()
    w, h = block.width * (float(rng.uniform(0.7, 1.1)) if turns else 1.0), block.height
    turn = 0.0
    if turns:
        most = style.max_turn_deg
        turn = float(rng.uniform(-most, most)) if rng.random() < style.turned_share else style.lean_deg * n[0]
    taper, lean = (0.07 * n[1], 0.05 * n[2] * h) if turns else (0.0, 0.0)
    taper = min(max(taper, -0.25), 0.25)
    ends = np.array(
        [[lean, h / 2 * taper], [w + lean, -h / 2 * taper], [w, h + h / 2 * taper], [0.0, h - h / 2 * taper]]
    )
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    corners = ends @ np.array([[cos, sin], [-sin, cos]])
    low, high = corners.min(axis=0), corners.max(axis=0)
    free = np.array([width, height]) - (high - low)
    # anywhere it fits, sometimes cut by the edge; what is larger than the page hangs over it
    shift = (
        free * (rng.random(2) * (1.3 if rng.random() < 0.25 else 1.0) - (0.15 if rng.random() < 0.25 else 0.0)) - low
    )
    source = np.array([[0, 0], [block.width, 0], [block.width, h], [0, h]], np.float32)
    # OpenCV's stubs know no dtype
    return cv2.getPerspectiveTransform(source, (corners + shift).astype(np.float32))  # type: ignore[return-value]


def line_edges(line: Line, matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return top and bottom (k, 2) on the page, from the first glyph's left to the last one's right."""
    _, y0, _, y1 = line.extent
    x = np.linspace(line.boxes[:, 0].min(), line.boxes[:, 2].max(), _KNOTS)
    edges = [np.stack([x, np.full_like(x, y)], axis=1) for y in (y0, y1)]
    top, bottom = (cv2.perspectiveTransform(edge[None], matrix)[0] for edge in edges)
    return top, bottom


def column_shifts(block: Block, width: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how far each column of the page is moved up: a wave of cloth or the bend of a pillar, mild."""
    x = np.arange(width, dtype=float)
    if rng.random() < 0.5:
        long = float(rng.uniform(5, 14)) * block.cap_px
        return 0.25 * block.cap_px * float(rng.random()) * np.sin(2 * np.pi * x / long + float(rng.uniform(0, 6.28)))
    center, reach = float(rng.uniform(0.3, 0.7)) * width, max(block.width / 2, 3 * block.cap_px)
    bend: NDArray[np.float64] = float(rng.uniform(-0.5, 0.5)) * block.cap_px * ((x - center) / reach) ** 2
    return np.clip(bend, -3 * block.cap_px, 3 * block.cap_px)
