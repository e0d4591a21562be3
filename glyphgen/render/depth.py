"""Signs at several distances in one scene, as a camera sees them.

Distances are in units of the nearest: a sign at 2 is half as large as one at 1. A thin lens that is focused on the
distance f blurs what is at d by a circle of a diameter proportional to |1/d - 1/f|, in px; here its sigma. Haze leaves
exp(-k (d - 1)) of the light that comes from d, and puts its own color in place of the rest (Koschmieder's law). There
is one light, a sun to one side or a lamp, which falls off over the scene, and from which boards cast shadows.
Source: Potmesil and Chakravarty, A lens and aperture camera model, 1981; Koschmieder, 1924.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.render.color import Color
from glyphgen.render.materials import material_bank
from glyphgen.render.page_style import PageStyle
from glyphgen.sample import Image
from glyphgen.shapes.outline import Coverage

# sigma, in capital heights, beyond which lines count as illegible, judged by looking: Hylian can just be read at 0.17,
# Sheikah, whose strokes are closer to each other, at 0.13
MOST_BLUR = 0.13
_LEAST_SIGMA_PX = 0.15  # what is less changes nothing
_WALL = 1.5  # how far behind the farthest sign the scenery is, as a factor
_MOST_YAW_DEG = 55.0
_FLOOR_SHARE = 0.7  # of scenes have a floor to the horizon
_POST_SHARE = 0.75  # of signs that hang above it stand on posts


@dataclass(frozen=True)
class Light:
    """A sun that shines along direction (2,), or a lamp at a spot (2,) px that reaches so many px; `least` is the
    light where there is least of it, as a share of the most; tint (3,) its color.
    """

    direction: tuple[float, float]
    spot: tuple[float, float] | None
    reach_px: float
    least: float
    tint: tuple[float, float, float]

    def away(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return the direction, of length 1, in which the shadow of what is at a point falls."""
        if self.spot is None:
            return self.direction
        x, y = point[0] - self.spot[0], point[1] - self.spot[1]
        far = max(math.hypot(x, y), 1e-6)
        return x / far, y / far

    def on(self, height: int, width: int) -> NDArray[np.float32]:
        """Return the light on each pixel (h, w), `least` to 1."""
        x, y = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
        if self.spot is None:
            along = x * np.float32(self.direction[0]) + y * np.float32(self.direction[1])
            share = (along - along.min()) / max(float(np.ptp(along)), 1e-6)
        else:
            square = ((x - self.spot[0]) ** 2 + (y - self.spot[1]) ** 2) / self.reach_px**2
            share = square / (1 + square)
        return np.asarray(1 - (1 - self.least) * share, np.float32)


@dataclass(frozen=True)
class View:
    """How a camera sees a scene. near_cap_px: capital height of a usual sign at distance 1; focus: the distance that is
    sharp; aperture_px: sigma of the blur at an infinite distance with the focus at 1; haze: what is lost of the light
    over a distance of 1, as a rate; horizon_px: the row that everything nears with its distance.
    """

    near_cap_px: float
    most_distance: float
    focus: float
    aperture_px: float
    haze: float
    haze_color: Color
    light: Light
    cast: float
    horizon_px: float
    has_floor: bool

    def caps_px(self, distance: float) -> tuple[float, float]:
        """Return how high capitals are at a distance, least and most."""
        return 0.85 * self.near_cap_px / distance, 1.15 * self.near_cap_px / distance

    def sigma_px(self, distance: float) -> float:
        """Return the sigma of the blur at a distance."""
        return self.aperture_px * abs(1 / distance - 1 / self.focus)

    def lost(self, distance: float) -> float:
        """Return which share of the light from a distance is lost to haze."""
        return 1 - math.exp(-self.haze * max(distance - 1, 0.0))

    def distances(self, n: int, rng: np.random.Generator) -> list[float]:
        """Draw n distances, the farthest first: each octave is as likely as the others."""
        return sorted((self.most_distance ** rng.random(n)).tolist(), reverse=True)

    def hangs_px(self, middle_px: float, height: int, distance: float) -> float:
        """Return by how much a sign with its middle on a row has to be moved down, to be as near to the horizon as its
        distance asks for.
        """
        return (self.horizon_px - middle_px) * (1 - 1 / distance) * 0.7 if distance > 1 else 0.0

    def ground(self, image: Image, bank_seed: int, rng: np.random.Generator) -> Image:
        """Return a scenery as it looks from here: far away, with a floor before it."""
        far = self.most_distance * _WALL
        image = self._hazed(image, self.lost(far))
        image = blurred(image, self.sigma_px(far))
        return self._floored(image, bank_seed, rng) if self.has_floor else image

    def lay(self, image: Image, layer: Image, alpha: Coverage, distance: float) -> None:
        """Lay what is at a distance over an image, in place, where alpha (h, w) says that it is."""
        sigma = self.sigma_px(distance)
        part = _around(alpha, 3 * sigma + 2)
        image, weight = image[part], alpha[part].astype(np.float32) / 255
        if not weight.size:
            return
        hazed = self._hazed(layer[part], self.lost(distance)).astype(np.float32) * weight[..., None]
        if sigma > _LEAST_SIGMA_PX:
            # OpenCV's stubs know no dtype
            weight = cv2.GaussianBlur(weight, (0, 0), sigma)  # type: ignore[assignment]
            hazed = cv2.GaussianBlur(hazed, (0, 0), sigma)  # type: ignore[assignment]
        image[:] = np.clip(image * (1 - weight[..., None]) + hazed + 0.5, 0, 255).astype(np.uint8)

    def cast_shadow(self, image: Image, shape: Coverage, cap_px: float, rng: np.random.Generator) -> None:
        """Let what stands where shape (h, w) says cast a soft shadow on an image, in place."""
        part = _around(shape, (2.5 * self.cast + 0.6) * cap_px + 3)
        middle = (part[1].start + part[1].stop) / 2, (part[0].start + part[0].stop) / 2
        dx, dy = (self.cast * cap_px * step for step in self.light.away(middle))
        image, shape = image[part], shape[part]
        if not shape.size:
            return
        # OpenCV's stubs know no dtype
        moved = np.asarray(cv2.warpAffine(shape, np.array([[1, 0, dx], [0, 1, dy]]), shape.shape[::-1]), np.uint8)
        soft = cv2.GaussianBlur(moved, (0, 0), max(0.6, 0.4 * self.cast * cap_px)).astype(np.float32) / 255
        image[:] = (image * (1 - float(rng.uniform(0.3, 0.65)) * soft[..., None])).astype(np.uint8)

    def lit(self, image: Image) -> Image:
        """Return a finished scene in its light."""
        light = self.light.on(*image.shape[:2])[..., None] * np.array(self.light.tint, np.float32)
        return np.asarray(np.clip(image * light + 0.5, 0, 255), np.uint8)

    def post(
        self, height: int, board: NDArray[np.float64], cap_px: float, distance: float, rng: np.random.Generator
    ) -> NDArray[np.int32] | None:
        """Return the corners (n, 4, 2) of the posts on which a board with the corners (4, 2), top left first, stands;
        None for none. Its feet are where the floor is as far away as the board.
        """
        foot = self.horizon_px + (1.05 * height - self.horizon_px) / distance
        if not self.has_floor or rng.random() >= _POST_SHARE or board[2:, 1].max() >= foot:
            return None
        thick = float(rng.uniform(0.15, 0.5)) * cap_px
        posts = []
        for share in (0.15, 0.85) if rng.random() < 0.5 else (0.5,):
            x, y = board[3] + share * (board[2] - board[3])
            posts.append([[x - thick / 2, y], [x + thick / 2, y], [x + thick / 2, foot], [x - thick / 2, foot]])
        return np.round(posts).astype(np.int32)

    def _hazed(self, image: Image, share: float) -> Image:
        if share <= 0:
            return image
        color = np.array(self.haze_color, np.float32)
        return np.asarray(image * (1 - share) + color * share + 0.5, np.uint8)

    def _floored(self, image: Image, bank_seed: int, rng: np.random.Generator) -> Image:
        """Lay a floor of some material from the lower edge, at distance 1, to the horizon."""
        height, width = image.shape[:2]
        first = max(round(self.horizon_px), 0)
        bank = material_bank(bank_seed)
        tile = bank[int(rng.integers(len(bank)))].astype(np.float32) - 128
        rows = np.arange(first, height, dtype=np.float32)[:, None]
        distance = np.minimum((height - self.horizon_px) / np.maximum(rows - self.horizon_px, 1.0), 1e3)
        x = (np.arange(width, dtype=np.float32)[None] - width / 2) * distance + tile.shape[1] / 2
        y = np.broadcast_to(distance * float(rng.uniform(40, 160)), x.shape)
        cut = cv2.remap(tile, x, np.ascontiguousarray(y, np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        color = rng.uniform(20, 220) + rng.normal(0, 25, 3)
        # what is finer than a pixel far away is its mean
        floor = color + (cut * float(rng.uniform(0.4, 1.2)) / np.maximum(distance / 2, 1.0))[..., None]
        clear = np.exp(-self.haze * (distance - 1))[..., None]
        floor = np.clip(floor * clear + np.array(self.haze_color) * (1 - clear), 0, 255).astype(np.uint8)
        soft = np.abs(1 / distance - 1 / self.focus)[..., None]
        most = float(soft.max())
        if self.aperture_px * most > _LEAST_SIGMA_PX:  # between sharp and most blurred, by each row's distance
            floor = (floor + (blurred(floor, self.aperture_px * most) - floor.astype(np.float32)) * soft / most).astype(
                np.uint8
            )
        image = image.copy()
        image[first:] = floor
        return image


def random_view(
    style: PageStyle, size: tuple[int, int], caps_px: tuple[float, float], rng: np.random.Generator
) -> View:
    """Choose how a scene of a size (width, height) is seen, on which capitals are of caps_px, least and most."""
    low, high = caps_px
    near = (low * high) ** 0.5 * (high / low) ** (0.5 * float(rng.random()))
    nearest, farthest = style.distance_range
    most = max(nearest * (farthest / nearest) ** float(rng.random() ** 0.5), 1.0)
    most = min(most, max(near / style.min_cap_px, 1.0))
    angle = float(rng.uniform(0.15, 0.85)) * math.pi  # from above, and from one side
    spot = float(rng.uniform(-0.1, 1.1)) * size[0], float(rng.uniform(-0.2, 0.6)) * size[1]
    is_lamp = rng.random() < 0.5
    warm = float(rng.uniform(0, 0.25)) if rng.random() < 0.5 else -float(rng.uniform(0, 0.12))
    light = Light(
        (math.cos(angle), math.sin(angle)),
        spot if is_lamp else None,
        float(rng.uniform(0.4, 1.0)) * max(size),
        float(rng.uniform(*style.shade_range)),
        (1.0, 1 - abs(warm) / 3, 1 - warm) if warm > 0 else (1 + warm, 1 + warm / 3, 1.0),
    )
    gray = float(rng.uniform(90, 235))
    haze_color = tuple(np.clip(gray + rng.normal(0, 14, 3) + (-6, 0, 8), 0, 255).tolist())
    return View(
        near_cap_px=near,
        most_distance=most,
        focus=most ** float(rng.random()),
        aperture_px=float(rng.uniform(*style.aperture_range)) * near,
        haze=-math.log(max(1 - float(rng.uniform(*style.haze_range)), 1e-3)),
        haze_color=haze_color,
        light=light,
        cast=float(rng.uniform(*style.cast_range)),
        horizon_px=float(rng.uniform(0.3, 0.65)) * size[1],
        has_floor=rng.random() < _FLOOR_SHARE,
    )


def random_yaw(rng: np.random.Generator) -> float:
    """Draw by how many degrees a sign is turned about its upright axis."""
    return float(np.clip(rng.normal(0, 25), -_MOST_YAW_DEG, _MOST_YAW_DEG))


def _around(shape: Coverage, room_px: float) -> tuple[slice, slice]:
    """Return the rows and the columns of what a mask (h, w) shows, with room on each side."""
    rows, columns = np.flatnonzero(shape.any(axis=1)), np.flatnonzero(shape.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    room = math.ceil(room_px)
    return (
        slice(max(int(rows[0]) - room, 0), int(rows[-1]) + 1 + room),
        slice(max(int(columns[0]) - room, 0), int(columns[-1]) + 1 + room),
    )


def blurred(image: Image, sigma_px: float) -> Image:
    """Return a picture blurred by a Gaussian; as it is where that changes nothing."""
    if sigma_px <= _LEAST_SIGMA_PX:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), np.uint8)
