"""Figures that tell a drawn surface from noise of the same colors."""

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.float32]


def gray(image: NDArray[np.uint8]) -> Gray:
    return image.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def noises(image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return noise with the mean and the spread of each channel of a picture: of single pixels, and of large spots."""
    rng, pixels = np.random.default_rng(0), image.reshape(-1, 3).astype(np.float32)
    found = []
    for sigma in (0.0, 16.0):
        field = rng.standard_normal(image.shape[:2]).astype(np.float32)
        if sigma:
            field = cv2.GaussianBlur(field, (0, 0), sigma)
            field /= field.std()
        colors = pixels.mean(axis=0) + field[..., None] * pixels.std(axis=0)
        found.append(np.clip(colors, 0, 255).astype(np.uint8))
    return found


def lengthwise(image: NDArray[np.uint8]) -> float:
    """Return how much stronger a picture changes from top to bottom than from left to right (structure tensor)."""
    down, across = np.gradient(gray(image))
    return float((down**2).mean() / (across**2).mean())


def striped(image: NDArray[np.uint8], axis: int) -> float:
    """Return the share of a blurred picture's spread that is in the means of its columns (0) or rows (1)."""
    soft = cv2.GaussianBlur(gray(image), (0, 0), 4)
    return float(soft.mean(axis=axis).std() / soft.std())


def two_colors(image: NDArray[np.uint8]) -> float:
    """Return the share of the spread of red less blue between two classes of pixels, by the best border (Otsu)."""
    chroma = image[..., 0].astype(np.float32) - image[..., 2]
    levels = np.clip(np.round(chroma / 2 + 128), 0, 255).astype(np.uint8)
    border, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)
    high = levels > border
    share, whole = float(high.mean()), float(levels.var())
    return share * (1 - share) * float(levels[high].mean() - levels[~high].mean()) ** 2 / whole


def beat(image: NDArray[np.uint8]) -> float:
    """Return how far one period of 2 to 9 px from top to bottom stands out from those near it: the ratio of powers."""
    light = gray(image)
    power = (np.abs(np.fft.rfft(light - light.mean(), axis=0)) ** 2).mean(axis=1)
    near = range(len(light) // 9, len(power) - 26)
    return max(float(power[k] / np.median(power[k - 25 : k + 26])) for k in near)
