"""Degradation: what a camera, a screen grab or a file format does to a picture, as pipelines of albumentations.

All transforms here are photometric: they keep every pixel in its place, so labels and boxes stay true for every script.
Geometry belongs to `warp`. Each transform is seeded from the sample's own generator. This is the only module that
imports albumentations (2.0.8, the last MIT release).
"""

from __future__ import annotations

import os
import random
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

import cv2
import numpy as np

from glyphgen.files import DataError
from glyphgen.render.augmentation import Augmentation
from glyphgen.sample import Image

if TYPE_CHECKING:
    import albumentations as A
else:

    class _WhenUsed:
        """albumentations, imported by the first transform that is made; and without what takes longer to import than
        the rest of it and serves other transforms than these: its parts for torch and for Hugging Face, and SciPy.
        """

        def __getattr__(self, name: str) -> Any:
            return getattr(_albumentations(), name)

    A = _WhenUsed()


_GOES_WITHOUT = ("albumentations.pytorch", "huggingface_hub")  # as where they are not installed


class _SpecialWhenUsed:
    """scipy.special, which albumentations wants at hand for one transform."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module("scipy.special"), name)


def _albumentations() -> Any:
    if "albumentations" in sys.modules:
        return sys.modules["albumentations"]
    stand_ins: dict[str, Any] = {name: None for name in _GOES_WITHOUT if name not in sys.modules}
    if "scipy" not in sys.modules:
        stand_ins["scipy"] = ModuleType("scipy")
        stand_ins["scipy"].special = _SpecialWhenUsed()
    sys.modules.update(stand_ins)  # of which None makes imports fail
    try:
        return import_module("albumentations")
    finally:
        for name in stand_ins:
            sys.modules.pop(name, None)


class Degrader:
    """Two fixed lists of transforms, for text below and from small_text_px, each transform with its own probability,
    applied in order; a pure function of (image, cap_px, rng). cap_px is the height of a capital letter.
    """

    def __init__(
        self, small: list[A.ImageOnlyTransform], large: list[A.ImageOnlyTransform], small_text_px: float
    ) -> None:
        self.small, self.large, self.small_text_px = small, large, small_text_px
        self._python_random = random.Random(0)

    def __call__(self, image: Image, cap_px: float, rng: np.random.Generator) -> Image:
        transforms = self.small if cap_px < self.small_text_px else self.large
        for transform, chance in zip(transforms, rng.random(len(transforms)).tolist(), strict=True):
            if chance < transform.p:
                # what transform(image=image) does, less its bookkeeping, which takes longer than most transforms do
                self._python_random.seed(int(rng.integers(1 << 31)))
                transform.set_random_state(rng, self._python_random)
                params = transform.get_params()
                params |= transform.get_params_dependent_on_data({"shape": image.shape}, {"image": image})
                image = np.ascontiguousarray(transform.apply(image, **params))
        return image


def make_degrader(augmentation: Augmentation) -> Degrader:
    """Return the degradations of an augmentation, those of share 0 left out."""
    return Degrader(_steps(augmentation, False), _steps(augmentation, True), augmentation.small_text_px)


def _steps(given: Augmentation, is_large: bool) -> list[A.ImageOnlyTransform]:
    scale: dict[Any, int] = {"downscale": cv2.INTER_LINEAR, "upscale": cv2.INTER_LINEAR}
    blur, motion, down = given.blur, given.motion_blur, given.downscale
    sigma = blur.large_sigma_range_px if is_large else blur.sigma_range_px
    length = motion.large_length_range_px if is_large else motion.length_range_px
    factor = down.large_scale_range if is_large else down.scale_range
    steps = [
        A.GaussianBlur(sigma_limit=sigma, blur_limit=0, p=blur.share),
        A.MotionBlur(blur_limit=length, p=motion.share),
        A.Downscale(scale_range=factor, interpolation_pair=scale, p=down.share),
        A.RandomBrightnessContrast(
            given.exposure.brightness_range, given.exposure.contrast_range, p=given.exposure.share
        ),
        A.GaussNoise(std_range=given.noise.std_range, per_channel=False, p=given.noise.share),
        A.ImageCompression(quality_range=given.jpeg.quality_range, p=given.jpeg.share),
        A.Sharpen(alpha=given.sharpen.alpha_range, p=given.sharpen.share),
    ]
    return [step for step in steps if step.p > 0]


def make_degradation(amount: float) -> Degrader:
    """Return a pipeline that does the same to every picture: nothing at 0, hardly legible at 1. Raises DataError
    outside of that.
    """
    if not 0 <= amount <= 1:
        raise DataError(f"amount must lie between 0 and 1, not {amount}")
    if not amount:
        return Degrader([], [], 0.0)
    blur, noise, quality = 0.3 + 2.5 * amount, 0.18 * amount, round(95 - 75 * amount)
    steps: list[A.ImageOnlyTransform] = [
        A.GaussianBlur(sigma_limit=(blur, blur), blur_limit=0, p=1.0),
        A.GaussNoise(std_range=(noise, noise), per_channel=False, p=1.0),
        A.ImageCompression(quality_range=(quality, quality), p=1.0),
    ]
    return Degrader(steps, steps, 0.0)
