"""What stands around a sign: walls, planks, foliage, grass, stones, lamps and the marks of a game's display.

No picture of anything real: shapes thrown on a ground, so that what finds text learns to pass over edges and textures.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.render.color import Color, mix
from glyphgen.render.materials import MATERIALS, material_bank, window
from glyphgen.render.surfaces.bank import WALLS, surface_window
from glyphgen.sample import Image

_ON_WALL = 0.4  # share of grounds that are a wall, where the look has surfaces


def _color(rng: np.random.Generator) -> Color:
    gray = 255 * float(rng.random())
    r, g, b = np.clip(gray + rng.standard_normal(3) * 45, 0, 255).tolist()
    return r, g, b


def scenery(
    height: int, width: int, bank_seed: int, rng: np.random.Generator, materials: Sequence[str] = MATERIALS
) -> Image:
    """Return a random ground (h, w, 3) with 0 to 14 things on it. Where the materials of the look have surfaces that
    are walls, some grounds are those, with nothing on them.
    """
    walls = [name for name in materials if name in WALLS]
    if walls and rng.random() < _ON_WALL:
        whole, cap_px = (0, 0, width, height), height * float(rng.uniform(0.05, 0.1))
        return surface_window(bank_seed, walls, height, width, cap_px, whole, rng)
    ground = _ground(height, width, bank_seed, rng)
    for _ in range(int(rng.integers(0, 15)) if rng.random() < 0.8 else 0):
        _THINGS[int(rng.integers(len(_THINGS)))](ground, bank_seed, rng)
    return ground


def _ground(height: int, width: int, bank_seed: int, rng: np.random.Generator) -> Image:
    a, b = _color(rng), _color(rng)
    b = mix(a, b, float(rng.uniform(0, 1)))
    slope = np.linspace(0, 1, height)[:, None, None] if rng.random() < 0.7 else np.linspace(0, 1, width)[None, :, None]
    ground = np.array(a) + slope * (np.array(b) - np.array(a)) + np.zeros((height, width, 1))
    if rng.random() < 0.6:
        ground += (_texture(height, width, bank_seed, rng)[..., None] - 128) * float(rng.uniform(0.2, 1.0))
    painted: Image = np.clip(ground, 0, 255).astype(np.uint8)
    return painted


def _texture(height: int, width: int, bank_seed: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Cut a window of a material, as large as asked: magnified where its tile is too small."""
    tile = window(material_bank(bank_seed), min(height, 160), min(width, 900), rng).astype(np.float32)
    # OpenCV's stubs know no dtype
    return cv2.resize(tile, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _point(image: Image, rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(-20, image.shape[1] + 20)), int(rng.integers(-20, image.shape[0] + 20))


def _polygon(image: Image, bank_seed: int, rng: np.random.Generator) -> None:
    n, (x, y) = int(rng.integers(3, 8)), _point(image, rng)
    radius = float(rng.uniform(0.05, 0.5)) * image.shape[1]
    angles = np.sort(rng.uniform(0, 2 * np.pi, n))
    points = np.stack([x + radius * np.cos(angles), y + 0.7 * radius * np.sin(angles)], axis=1).astype(np.int32)
    if rng.random() < 0.6:
        cv2.fillPoly(image, [points], _color(rng), cv2.LINE_AA)
    else:
        mask = cv2.fillPoly(np.zeros(image.shape[:2], np.uint8), [points], 1)
        shade = np.array(_color(rng)) + (
            _texture(image.shape[0], image.shape[1], bank_seed, rng)[..., None] - 128
        ) * float(rng.uniform(0.3, 1))
        image[mask > 0] = np.clip(shade, 0, 255).astype(np.uint8)[mask > 0]


def _stripes(image: Image, bank_seed: int, rng: np.random.Generator) -> None:
    """Planks, fences, bricks, blinds: bars at one distance."""
    (x, y), color, pitch = _point(image, rng), _color(rng), float(rng.uniform(4, 40))
    thick, length, n = max(1, int(pitch * rng.uniform(0.1, 0.6))), float(rng.uniform(10, 300)), int(rng.integers(2, 14))
    angle = float(rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.15))
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    for k in range(n):
        p = np.array([x, y]) + k * pitch * across
        q = p + length * along
        cv2.line(image, (int(p[0]), int(p[1])), (int(q[0]), int(q[1])), color, thick, cv2.LINE_AA)


def _foliage(image: Image, bank_seed: int, rng: np.random.Generator) -> None:
    """Leaves or blades of grass: many small shapes of nearly one color."""
    (x, y), color, spread = _point(image, rng), np.array(_color(rng)), float(rng.uniform(8, 90))
    size, is_grass = float(rng.uniform(2, 12)), rng.random() < 0.4
    n = int(rng.integers(10, 90))
    spots = rng.normal(0, spread, (n, 2)) * (2.0, 0.5 if is_grass else 1.0) + (x, y)
    shades = np.clip(color + rng.normal(0, 25, (n, 1)), 0, 255)
    angles = rng.normal(90, 25, n) if is_grass else rng.uniform(0, 360, n)
    for (px, py), shade, angle in zip(spots.astype(int).tolist(), shades.tolist(), angles.tolist(), strict=True):
        if is_grass:
            tip = (int(px + size * 2 * np.cos(np.radians(angle))), int(py - size * 2 * np.sin(np.radians(angle))))
            cv2.line(image, (px, py), tip, shade, 1 + int(size > 7), cv2.LINE_AA)
        else:
            cv2.ellipse(image, (px, py), (int(size) + 1, int(size / 2) + 1), angle, 0, 360, shade, -1, cv2.LINE_AA)


def _lamp(image: Image, bank_seed: int, rng: np.random.Generator) -> None:
    """A line of light with angles in it, as on old machines, or a ring."""
    color, (x, y), thick = _color(rng), _point(image, rng), int(rng.integers(1, 4))
    if rng.random() < 0.4:
        cv2.circle(image, (x, y), int(rng.integers(3, 60)), color, thick if rng.random() < 0.7 else -1, cv2.LINE_AA)
        return
    for _ in range(int(rng.integers(1, 6))):
        angle, length = float(rng.integers(0, 8)) * np.pi / 4, float(rng.uniform(5, 80))
        tip = (int(x + length * np.cos(angle)), int(y + length * np.sin(angle)))
        cv2.line(image, (x, y), tip, color, thick, cv2.LINE_AA)
        if rng.random() < 0.3:
            cv2.circle(image, tip, thick + 3, color, 1, cv2.LINE_AA)
        x, y = tip


def _marks(image: Image, bank_seed: int, rng: np.random.Generator) -> None:
    """A row of equal small marks: hearts of a display, nails, windows."""
    (x, y), color, size = _point(image, rng), _color(rng), int(rng.integers(3, 14))
    pitch, shape = size * float(rng.uniform(1.2, 2.5)), int(rng.integers(3))
    for k in range(int(rng.integers(2, 14))):
        left = int(x + k * pitch)
        if shape == 0:
            cv2.circle(image, (left, y), size // 2, color, -1, cv2.LINE_AA)
        elif shape == 1:
            cv2.rectangle(image, (left, y), (left + size, y + size), color, -1 if rng.random() < 0.5 else 1)
        else:
            points = np.array([[left, y], [left + size, y], [left + size // 2, y + size]], np.int32)
            cv2.fillPoly(image, [points], color, cv2.LINE_AA)


def _meadow(image: Image, bank_seed: int, rng: np.random.Generator) -> None:
    """A band of grass: blades side by side, of one height or less, light and dark, before a ground of their color."""
    height, width = image.shape[:2]
    tall, color = float(rng.uniform(6, 45)), np.array(_color(rng))
    x0, x1 = sorted(rng.uniform(-0.1, 1.1, 2) * width)
    y, slope, rows = float(rng.uniform(0.1, 1.1)) * height, float(rng.normal(0, 0.06)), int(rng.integers(1, 5))
    n = int(min(160, max(4, (x1 - x0) / tall * float(rng.uniform(1.5, 6)))))
    thick = max(1, int(tall * float(rng.uniform(0.05, 0.22))))
    for row in range(rows):
        for x in np.sort(rng.uniform(x0, x1, n // rows + 1)).tolist():
            foot = y + slope * (x - x0) + row * 0.4 * tall + float(rng.normal(0, 0.15)) * tall
            lean, reach = float(rng.normal(0, 0.35)) * tall, tall * float(rng.uniform(0.4, 1.1))
            shade = np.clip(color * float(rng.uniform(0.5, 1.25)) + rng.normal(0, 8, 3), 0, 255).tolist()
            blade = np.array([[x - thick / 2, foot], [x + thick / 2, foot], [x + lean, foot - reach]])
            cv2.fillPoly(image, [np.round(blade * 16).astype(np.int32)], shade, cv2.LINE_AA, shift=4)


def _hearts(image: Image, bank_seed: int, rng: np.random.Generator) -> None:
    """A row of hearts, as displays count lives; the last ones may be empty."""
    (x, y), size = _point(image, rng), float(rng.uniform(7, 26))
    full: Color = (
        (float(rng.uniform(170, 255)), float(rng.uniform(0, 90)), float(rng.uniform(0, 90)))
        if rng.random() < 0.7
        else _color(rng)
    )
    empty, n = mix(full, (0, 0, 0), 0.7), int(rng.integers(3, 21))
    t = np.linspace(0, 2 * np.pi, 20)
    shape = (
        np.stack(
            [16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))], axis=1
        )
        / 32
    )
    n_full = int(rng.integers(1, n + 1))
    for k in range(n):
        points = shape * size + (x + k * size * 1.2, y)
        cv2.fillPoly(
            image, [np.round(points * 16).astype(np.int32)], full if k < n_full else empty, cv2.LINE_AA, shift=4
        )
        if rng.random() < 0.5:
            cv2.polylines(
                image,
                [np.round(points * 16).astype(np.int32)],
                True,
                mix(full, (255, 255, 255), 0.6),
                1,
                cv2.LINE_AA,
                shift=4,
            )


def _corner(image: Image, bank_seed: int, rng: np.random.Generator) -> None:
    """The brackets, studs or frame of a plate."""
    (x, y), color, thick = _point(image, rng), _color(rng), int(rng.integers(1, 6))
    w, h, arm = int(rng.integers(20, 280)), int(rng.integers(15, 160)), int(rng.integers(5, 24))
    if rng.random() < 0.4:
        cv2.rectangle(image, (x, y), (x + w, y + h), color, thick, cv2.LINE_AA)
        return
    for cx, cy, dx, dy in ((x, y, 1, 1), (x + w, y, -1, 1), (x + w, y + h, -1, -1), (x, y + h, 1, -1)):
        cv2.polylines(
            image,
            [np.array([[cx + dx * arm, cy], [cx, cy], [cx, cy + dy * arm]], np.int32)],
            False,
            color,
            thick,
            cv2.LINE_AA,
        )


_THINGS = (
    _polygon,
    _polygon,
    _polygon,
    _stripes,
    _stripes,
    _foliage,
    _foliage,
    _lamp,
    _marks,
    _meadow,
    _meadow,
    _hearts,
    _corner,
)
