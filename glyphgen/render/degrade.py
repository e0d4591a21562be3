"""What a camera, a screen grab or a file format does to a picture: named pipelines of albumentations.

All transforms here are photometric: they keep every pixel in its place, so labels and boxes stay true for every script.
Geometry belongs to `synth`. Each transform is seeded from the sample's own generator. This is the only module that
imports albumentations (2.0.8, the last MIT release).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

import cv2
import numpy as np

from glyphgen.sample import Image

if TYPE_CHECKING:
    import albumentations as A
else:

    class _WhenUsed:
        """albumentations, imported by the first transform that is made: it imports torch and SciPy, four seconds."""

        def __getattr__(self, name: str) -> Any:
            return getattr(import_module("albumentations"), name)

    A = _WhenUsed()

SMALL_PX = 19  # below this capital height a blur that a large glyph survives would erase it


class Augment:
    """Two fixed lists of transforms, for small and for large text, each transform with its own probability, applied in
    order; a pure function of (image, cap_px, rng). cap_px is the height of a capital letter.
    """

    def __init__(self, small: list[A.ImageOnlyTransform], large: list[A.ImageOnlyTransform]) -> None:
        self.small, self.large = small, large
        self._python_random = random.Random(0)

    def __call__(self, image: Image, cap_px: float, rng: np.random.Generator) -> Image:
        transforms = self.small if cap_px < SMALL_PX else self.large
        for transform, chance in zip(transforms, rng.random(len(transforms)).tolist(), strict=True):
            if chance < transform.p:
                # what transform(image=image) does, less its bookkeeping, which takes longer than most transforms do
                self._python_random.seed(int(rng.integers(1 << 31)))
                transform.set_random_state(rng, self._python_random)
                params = transform.get_params()
                params |= transform.get_params_dependent_on_data({"shape": image.shape}, {"image": image})
                image = np.ascontiguousarray(transform.apply(image, **params))
        return image


def _drawing(reach: float) -> list[A.ImageOnlyTransform]:
    return [
        A.GaussianBlur(sigma_limit=(0.3, 0.6 * reach), blur_limit=0, p=0.3),
        A.RandomBrightnessContrast(0.1, 0.2, p=0.3),
    ]


def _screenshot(reach: float) -> list[A.ImageOnlyTransform]:
    scale: dict[Any, int] = {"downscale": cv2.INTER_LINEAR, "upscale": cv2.INTER_LINEAR}
    return [
        A.GaussianBlur(sigma_limit=(0.4, reach), blur_limit=0, p=0.3),
        A.MotionBlur(blur_limit=(3, 3 if reach < 1.5 else 7), p=0.05),
        A.Downscale(scale_range=(0.7 if reach < 1.5 else 0.5, 0.9), interpolation_pair=scale, p=0.2),
        A.RandomBrightnessContrast((-0.2, 0.2), (-0.4, 0.25), p=0.35),
        A.GaussNoise(std_range=(0.01, 0.1), per_channel=False, p=0.18),
        A.ImageCompression(quality_range=(25, 92), p=0.16),
        A.Sharpen(alpha=(0.2, 0.6), p=0.03),
    ]


def _print(reach: float) -> list[A.ImageOnlyTransform]:
    scale: dict[Any, int] = {"downscale": cv2.INTER_LINEAR, "upscale": cv2.INTER_LINEAR}
    return [
        A.GaussianBlur(sigma_limit=(0.3, 0.8 * reach), blur_limit=0, p=0.3),
        A.Downscale(scale_range=(0.75 if reach < 1.5 else 0.6, 0.95), interpolation_pair=scale, p=0.15),
        A.RandomBrightnessContrast((-0.2, 0.2), (-0.5, 0.2), p=0.4),
        A.GaussNoise(std_range=(0.01, 0.06), per_channel=False, p=0.25),
        A.ImageCompression(quality_range=(40, 95), p=0.15),
    ]


PIPELINES: dict[str, Callable[[float], list[A.ImageOnlyTransform]]] = {
    "none": lambda reach: [],
    "drawing": _drawing,
    "print": _print,
    "screenshot": _screenshot,
}


def make_degradation(amount: float) -> Augment:
    """Return a pipeline that does the same to every picture: nothing at 0, hardly legible at 1. Raises ValueError
    outside of that.
    """
    if not 0 <= amount <= 1:
        raise ValueError(f"damage must lie between 0 and 1, not {amount}")
    if not amount:
        return Augment([], [])
    blur, noise, quality = 0.3 + 2.5 * amount, 0.18 * amount, round(95 - 75 * amount)
    steps: list[A.ImageOnlyTransform] = [
        A.GaussianBlur(sigma_limit=(blur, blur), blur_limit=0, p=1.0),
        A.GaussNoise(std_range=(noise, noise), per_channel=False, p=1.0),
        A.ImageCompression(quality_range=(quality, quality), p=1.0),
    ]
    return Augment(steps, steps)


def make_augment(name: str) -> Augment:
    """Return a named pipeline. Raises ValueError with the names there are."""
    if name not in PIPELINES:
        raise ValueError(f"no augmentation {name!r}; there are {', '.join(PIPELINES)}")
    return Augment(PIPELINES[name](1.0), PIPELINES[name](1.8))
