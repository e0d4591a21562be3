"""Procedural stone, wood, parchment, cloth, metal, blotches and bricks: gray tiles made once per seed.

A tile is uint8 with a mean near 128; `paint` takes a random window of one for every picture and gives it color.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.files import DataError

_TILE = (192, 1280)
MATERIALS = ("stone", "wood", "parchment", "cloth", "metal", "blotches", "bricks")


def material_bank(seed: int, names: tuple[str, ...] = MATERIALS, n_each: int = 4) -> tuple[NDArray[np.uint8], ...]:
    """Make `n_each` gray tiles (192, 1280) per material, mean near 128. A tile does not depend on which other materials
    are asked for. Raises DataError for unknown ones, or none.
    """
    if not names or set(names) - set(MATERIALS):
        raise DataError(f"materials must be some of {', '.join(MATERIALS)}, not {list(names)}")
    tiles = _all_materials(seed, n_each)
    return tuple(tile for k, name in enumerate(MATERIALS) if name in names for tile in tiles[k * n_each :][:n_each])


@lru_cache(maxsize=4)
def _all_materials(seed: int, n_each: int) -> tuple[NDArray[np.uint8], ...]:
    rng = np.random.default_rng([seed, 77])
    return tuple(_material(name, rng) for name in MATERIALS for _ in range(n_each))


def _noise(rng: np.random.Generator, cells_y: float, cells_x: float) -> NDArray[np.float32]:
    grid = rng.standard_normal((int(cells_y) + 3, int(cells_x) + 3)).astype(np.float32)
    # OpenCV's stubs know no dtype
    return cv2.resize(grid, (_TILE[1], _TILE[0]), interpolation=cv2.INTER_CUBIC)  # type: ignore[return-value]


def _material(name: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    h, w = _TILE
    fine = rng.standard_normal(_TILE).astype(np.float32)
    scale = float(rng.uniform(0.6, 1.6))
    if name == "stone":
        t = 14 * _noise(rng, 4, 26) + 10 * _noise(rng, 16, 100) + 8 * _noise(rng, 60, 400) + 5 * fine
        for _ in range(int(rng.integers(3, 9))):  # cracks
            points = np.cumsum(rng.normal(0, 1, (30, 2)) * [40, 14], axis=0) + rng.random(2) * [w, h]
            cv2.polylines(
                t, [points.astype(np.int32)], False, float(rng.uniform(-70, -30)), int(rng.integers(1, 3)), cv2.LINE_AA
            )
    elif name == "wood":
        rings = np.sin(_noise(rng, 3, 5) * 3 + np.linspace(0, 40 * scale, h, dtype=np.float32)[:, None])
        t = 15 * rings + 14 * _noise(rng, 90, 12) + 8 * _noise(rng, 190, 40) + 3 * fine
        for y in rng.integers(0, h, int(rng.integers(0, 5))):  # gaps between planks
            cv2.line(t, (0, int(y)), (w, int(y)), float(rng.uniform(-90, -40)), int(rng.integers(1, 4)))
    elif name == "parchment":
        t = 16 * _noise(rng, 3, 14) + 9 * _noise(rng, 14, 90) + 4 * _noise(rng, 80, 500) + 3 * fine
    elif name == "cloth":
        y, x = np.mgrid[:h, :w].astype(np.float32)
        pitch = float(rng.uniform(2.2, 6))
        t = 10 * np.sin(x * 2 * np.pi / pitch) + 10 * np.sin(y * 2 * np.pi / pitch) + 15 * _noise(rng, 3, 12) + 5 * fine
    elif name == "metal":
        t = 10 * _noise(rng, 190, 6) + 22 * _noise(rng, 2, 8) + 4 * fine
    elif name == "blotches":
        t = 26 * (_noise(rng, 6, 40) > 0.4) + 20 * _noise(rng, 4, 24) - 18 * (_noise(rng, 10, 70) > 0.9) + 2 * fine
    else:  # bricks or tiles
        t = 10 * _noise(rng, 12, 80) + 5 * fine
        step_y, step_x = int(rng.integers(24, 90)), int(rng.integers(50, 160))
        for row, y0 in enumerate(range(0, h, step_y)):
            cv2.line(t, (0, y0), (w, y0), -60, 2)
            for x0 in range((row % 2) * step_x // 2, w, step_x):
                cv2.line(t, (x0, y0), (x0, y0 + step_y), -60, 2)
    tile: NDArray[np.uint8] = np.clip(128 + t * scale, 0, 255).astype(np.uint8)
    return tile


def window(bank: tuple[NDArray[np.uint8], ...], height: int, width: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Cut a random window (height, width) from a random tile, magnified up to three times."""
    tile = bank[int(rng.integers(len(bank)))]
    zoom = float(rng.uniform(1, 3)) if rng.random() < 0.5 else 1.0
    h, w = min(int(np.ceil(height / zoom)), tile.shape[0]), min(int(np.ceil(width / zoom)), tile.shape[1])
    y, x = int(rng.integers(tile.shape[0] - h + 1)), int(rng.integers(tile.shape[1] - w + 1))
    cut = tile[y : y + h, x : x + w]
    if cut.shape != (height, width):
        # OpenCV's stubs know no dtype
        cut = cv2.resize(cut, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    return cut
