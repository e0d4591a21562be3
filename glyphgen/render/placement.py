"""How a block of lines is put on a page: the map that turns and squeezes it, how its ground bends, its lines' edges."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.render.layout import Line
from glyphgen.render.page_style import PageStyle

_KNOTS, _ARC_KNOTS = 13, 25  # points along the top and the bottom of a line
_FESTOONS = 0.25  # share of arcs that hang
_LEAST_RADIUS = 1.5  # of an arc, in heights of its block: nearer to the center letters would be squeezed


@dataclass(frozen=True, eq=False)
class Block:
    """Lines set one below the other, or in columns: each with the map (3, 3) from its canvas to the block, its text and
    its letters; the block's size in px; whether it is in a script asked for, and the name of that, where there are
    several.
    """

    lines: list[tuple[Line, NDArray[np.float64], str, str]]
    width: float
    height: float
    cap_px: float
    is_script: bool
    script: str = ""


@dataclass(frozen=True)
class Arc:
    """The map from a block to the same block bent to an arc. radius_px is that of the block's middle, from a center
    below it, as over a gate, or above it where it is less than 0, as a festoon hangs. width, height: of the block.
    """

    radius_px: float
    width: float
    height: float

    @property
    def size(self) -> tuple[float, float]:
        """The width and the height of the box around the bent block."""
        low, high = self._bounds()
        return float(high[0] - low[0]), float(high[1] - low[1])

    def bend(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map points (n, 2) of the block into the box around the bent one."""
        return self._bent(points) - self._bounds()[0]

    def straighten(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map points (n, 2) back: what `bend` undoes."""
        x, y = (points + self._bounds()[0]).T
        side, radius = math.copysign(1.0, self.radius_px), self.radius_px
        across, down = x - self.width / 2, self.height / 2 + radius - y
        angle = np.arctan2(side * across, side * down)
        return np.stack(
            [self.width / 2 + angle * radius, self.height / 2 + radius - side * np.hypot(across, down)], axis=1
        )

    def outline(self, margin: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the outline (50, 2) of the bent block with a margin (2,) around it."""
        x = np.linspace(-margin[0], self.width + margin[0], 25)
        top, bottom = np.full_like(x, -margin[1]), np.full_like(x, self.height + margin[1])
        return self.bend(np.stack([np.concatenate([x, x[::-1]]), np.concatenate([top, bottom])], axis=1))

    def _bent(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        angle, radius = (points[:, 0] - self.width / 2) / self.radius_px, self.radius_px - points[:, 1]
        radius = radius + self.height / 2
        return np.stack(
            [self.width / 2 + radius * np.sin(angle), self.height / 2 + self.radius_px - radius * np.cos(angle)], axis=1
        )

    def _bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        x = np.array([0, self.width / 2, self.width])
        bent = self._bent(np.array([[a, b] for a in x for b in (0.0, self.height)]))
        return bent.min(axis=0), bent.max(axis=0)


def random_arc(block: Block, style: PageStyle, rng: np.random.Generator) -> Arc:
    """Choose the arc that a block is bent to: an arch or, now and then, a festoon."""
    slope = math.radians(float(rng.uniform(*style.arc_range_deg)))
    radius = max(block.width / 2 / max(slope, 1e-3), _LEAST_RADIUS * block.height)
    return Arc(-radius if rng.random() < _FESTOONS else radius, block.width, block.height)


def board_map(
    block: Block,
    width: int,
    height: int,
    rng: np.random.Generator,
    turns: bool,
    style: PageStyle,
    yaw_deg: float = 0.0,
) -> NDArray[np.float64]:
    """Choose the map (3, 3) from block to page: squeezed and tapered by the angle of view, turned, put in its place.
    yaw_deg: by how much the board is turned about its upright axis, besides.
    """
    n = rng.standard_normal(4).tolist()
    w, h = block.width * (float(rng.uniform(0.7, 1.1)) if turns else 1.0), block.height
    turn = 0.0
    if turns:
        most = style.max_turn_deg
        turn = float(rng.uniform(-most, most)) if rng.random() < style.turned_share else style.lean_deg * n[0]
    taper, lean = (0.07 * n[1], 0.05 * n[2] * h) if turns else (0.0, 0.0)
    if yaw_deg:
        w, taper = block.width * math.cos(math.radians(yaw_deg)), 0.35 * math.sin(math.radians(yaw_deg))
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


def bent_map(
    block: Block, arc: Arc, width: int, height: int, rng: np.random.Generator, turns: bool, style: PageStyle
) -> NDArray[np.float64]:
    """Choose the map (3, 3) from the box around a bent block to the page; it leans, but is not turned any further."""
    around = replace(block, width=arc.size[0], height=arc.size[1])
    return board_map(around, width, height, rng, turns, replace(style, turned_share=0.0))


def line_edges(
    line: Line, own: NDArray[np.float64], matrix: NDArray[np.float64], arc: Arc | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return top and bottom (k, 2) on the page, from the first glyph's left to the last one's right. own maps the
    line's canvas to its block, matrix that to the page, or the block that is bent to an arc.
    """
    _, y0, _, y1 = line.extent
    x = np.linspace(line.boxes[:, 0].min(), line.boxes[:, 2].max(), _ARC_KNOTS if arc else _KNOTS)
    edges = [np.stack([x, np.full_like(x, y)], axis=1) for y in (y0, y1)]
    if arc:
        edges = [arc.bend(cv2.perspectiveTransform(edge[None], own)[0].astype(np.float64)) for edge in edges]
    whole = matrix if arc else matrix @ own
    top, bottom = (cv2.perspectiveTransform(edge[None], whole)[0] for edge in edges)
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
