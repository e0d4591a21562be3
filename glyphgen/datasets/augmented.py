"""Geometric augmentation of stored pictures: shifted, rotated, sheared, scaled, stretched, bent.

For sets that cannot be rendered again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.files import DataError
from glyphgen.render.augmentation import Augmentation, find_augmentation
from glyphgen.render.degrade import make_degrader
from glyphgen.sample import Sample

_MOST_STRETCH = 0.2


@dataclass(frozen=True)
class Deformation:
    """Spreads (standard deviations): turn_deg; shear; scale, as a share; shift and bend in px of a picture 28 px high;
    stretch, a share of the width, which the picture gains or loses: for lines, whose ends a scale would cut off.

    With keeps_colors no pixel gets a color that is not in the picture, at the price of jagged edges: for pictures in
    which pure black is something else than dark gray.

    Raises DataError for what is no spread.

    A change of scale changes how thick strokes look, which may be all that tells a c from a C.
    """

    turn_deg: float = 7.0
    shear: float = 0.1
    scale: float = 0.09
    shift: float = 1.0
    bend: float = 0.9
    stretch: float = 0.0
    keeps_colors: bool = False

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            is_right = (
                isinstance(value, bool)
                if name == "keeps_colors"
                else isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
            )
            if not is_right:
                raise DataError(
                    f"{name} must be "
                    f"{'true or false' if name == 'keeps_colors' else 'a number, 0 or more'}, not {value!r}"
                )


def make_deformation(spreads: Mapping[str, Any]) -> Deformation:
    """Return the deformation with the given fields; the others have their defaults. Raises DataError for a field that
    there is not, or an impossible value.
    """
    known = [field.name for field in fields(Deformation)]
    if not isinstance(spreads, Mapping):
        raise DataError(f"must be a group of settings, such as {{turn_deg: 5}}, not {spreads!r}")
    if unknown := [name for name in spreads if name not in known]:
        raise DataError(f"has no setting {unknown[0]!r}; there are {', '.join(known)}")
    return Deformation(**spreads)


def deform(image: NDArray[np.uint8], deformation: Deformation, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the picture (h, w) or (h, w, 3), moved by a map drawn from rng; what enters repeats the border. Only a
    stretch changes its width.
    """
    how = cv2.INTER_NEAREST if deformation.keeps_colors else cv2.INTER_LINEAR
    if deformation.stretch:
        share = float(np.clip(rng.normal(1, deformation.stretch), 1 - _MOST_STRETCH, 1 + _MOST_STRETCH))
        image = cv2.resize(  # type: ignore[assignment]  # OpenCV's stubs know no dtype
            image,
            (max(8, round(image.shape[1] * share)), image.shape[0]),
            interpolation=how,
        )
    height, width = image.shape[:2]
    n = rng.standard_normal(38)
    angle = np.radians(deformation.turn_deg * n[0])
    cos, sin, shear = float(np.cos(angle)), float(np.sin(angle)), deformation.shear * float(n[1])
    x_scale, y_scale = (1 + deformation.scale * float(v) for v in n[2:4])
    a, b, c, d = cos * x_scale, (cos * shear - sin) * y_scale, sin * x_scale, (sin * shear + cos) * y_scale
    unit = height / 28
    x_mid, y_mid = (width - 1) / 2, (height - 1) / 2
    x_to, y_to = x_mid + deformation.shift * unit * float(n[4]), y_mid + deformation.shift * unit * float(n[5])
    x, y = _grid(height, width)
    bend = cv2.resize(
        (deformation.bend * unit * n[6:]).reshape(4, 4, 2).astype(np.float32),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    map_x = a * x + b * y + bend[..., 0] + np.float32(x_mid - a * x_to - b * y_to)
    map_y = c * x + d * y + bend[..., 1] + np.float32(y_mid - c * x_to - d * y_to)
    # OpenCV's stubs know no dtype
    return cv2.remap(image, map_x, map_y, how, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


@lru_cache(maxsize=64)
def _grid(height: int, width: int) -> Sequence[NDArray[np.float32]]:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return x, y


class DeformedPictures(Sequence[Sample], ABC):
    """Stored pictures as samples. With a deformation, for training, sample i is a random picture, deformed and degraded
    with random numbers that depend on (seed, i) alone; without, every picture comes once, as it is.

    augment: whose degradations are applied. ink_share: how high the ink of a usual picture is, in heights of the
    picture; what a blur does depends on that.
    """

    def __init__(
        self,
        n_rows: int,
        seed: int,
        deformation: Deformation | None,
        augment: str | Augmentation,
        length: int | None,
        ink_share: float,
    ) -> None:
        self.n_rows, self.seed, self.deformation, self.ink_share = n_rows, seed, deformation, ink_share
        self.length = n_rows if length is None else length if deformation else min(length, n_rows)
        self.degrade = make_degrader(find_augmentation(augment))

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # no slices
        if not 0 <= index < self.length:
            raise IndexError(f"sample {index} of {self.length}")
        if self.deformation is None:
            image, text, origin = self.row(index % self.n_rows)
        else:
            rng = np.random.default_rng([self.seed, index])
            image, text, origin = self.row(int(rng.integers(self.n_rows)))
            image = deform(image, self.deformation, rng)
        if image.ndim == 2:
            image = cv2.merge((image, image, image))  # type: ignore[assignment]  # OpenCV's stubs know no dtype
        if self.deformation is not None:
            image = self.degrade(image, self.ink_share * image.shape[0], rng)
        return Sample(image, text, origin=origin)

    @abstractmethod
    def row(self, row: int) -> tuple[NDArray[np.uint8], str, str]:
        """Return a stored picture, (h, w) or (h, w, 3), its text in the script's spelling, and where it is from."""
