"""What counts as ink: a picture's colors as one number a pixel, positive where something is written.

`ink_of` projects colors on the axis in which they differ most, so that red on green of one lightness stays visible, and
turns the sign so that ink is positive; the others measure how far a color is from the border's. A picture and its
negative give the same, always.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

# lightness at full weight, the two color differences (blue-yellow, red-cyan) at half: noise in color is common
_TO_OPPONENT = np.array([[0.299, 0.587, 0.114], [-0.084, -0.166, 0.25], [0.25, -0.209, -0.041]], np.float32)
# `color`: how much of the ink is color, and how much lightness; below which difference of the channels (of 255) there
# is no color
_COLOR_SHARE, LEAST_COLOR = 15 / 16, 32.0
_PURE = 8  # `without_hairlines`: up to which value (of 255) a pixel is black
_FAINT, _NOISE = 1 / 16, 8.0  # `even_ink`: the least share of the strongest ink, and of 255, that is no noise
_BLOCK = np.ones((4, 4), np.uint8)


def ink_of(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Project (h, w, 3) on its strongest color axis; return (h, w), mean 0, spread 1, ink positive, cut to ±4."""
    height, width = rgb.shape[:2]
    if np.array_equal(rgb[..., 0], rgb[..., 1]) and np.array_equal(
        rgb[..., 0], rgb[..., 2]
    ):  # gray: lightness is the only axis
        z = np.ascontiguousarray(rgb[..., 0])
        mean, deviation = cv2.meanStdDev(z)
        z = (z - np.float32(mean[0, 0])) * np.float32(1 / max(float(deviation[0, 0]), 2.0))
        return _ink_up(z)
    centered = cv2.subtract(rgb, cv2.mean(rgb))  # type: ignore[call-overload]  # OpenCV's types: any array
    planes = [plane.ravel() for plane in cv2.split(cv2.transform(centered, _TO_OPPONENT))]
    covariance = np.array([[float(np.dot(p, q)) for q in planes] for p in planes]) / (height * width)
    values, vectors = np.linalg.eigh(covariance)
    axis = vectors[:, -1].astype(np.float32)
    spread = max(float(np.sqrt(max(values[-1], 0.0))), 2.0)
    z = planes[0] * (axis[0] / spread) + planes[1] * (axis[1] / spread) + planes[2] * (axis[2] / spread)
    return _ink_up(z.reshape(height, width))


def _ink_up(z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn the sign of (h, w) so that ink is positive, and cut to ±4."""
    height, width = z.shape
    edge = float(z[0].sum()) + float(z[-1].sum()) + float(z[:, 0].sum()) + float(z[:, -1].sum())
    # ink is the smaller part (skew) and touches the border less; the sum is odd in z, and so blind to negatives
    cut = np.clip(z, -3, 3).ravel()
    score = 0.6 * float(np.dot(cut * cut, cut)) / cut.size - 2.0 * edge / (2 * (height + width))
    if abs(score) < 1e-3:  # as much ink as paper: the upper left is paper; odd like the rest
        score = -float(np.dot(cut, np.linspace(1, 0, cut.size, dtype=np.float32))) or -float(cut[0])
    ink: NDArray[np.float32] = np.clip(z if score >= 0 else -z, -4, 4)
    return ink


def distance_ink(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far each pixel of (h, w, 3) is from the border's color, in its farthest channel: (h, w) from 0 for
    paper to 4 for the farthest. A picture and its negative give the same.
    """
    border = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    paper = np.median(border, axis=0).astype(np.float32)
    far: NDArray[np.float32] = np.abs(rgb - paper).max(axis=2)
    return far * np.float32(4 / max(float(far.max()), 16.0))


def rooted_distance_ink(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `distance_ink` as its root, for pale glyphs count as much as strong ones: (h, w) from 0 for paper to 4."""
    return np.sqrt(4 * distance_ink(rgb))


def even_ink(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `distance_ink` with its contrast normalized per window of columns by the strongest ink in it, so that pale
    and strongly colored glyphs look alike: (h, w) from 0 for paper to 4. Where there is less than a sixteenth of the
    strongest ink of all, or less than 8 of 255, it fades out: that is noise.
    """
    border = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    far = np.abs(rgb - np.median(border, axis=0).astype(np.float32)).max(axis=2)
    reach = 2 * (rgb.shape[0] // 8) + 1
    strongest = cv2.blur(cv2.dilate(far.max(axis=0, keepdims=True), np.ones((1, reach), np.uint8)), (reach, 1))
    least = np.float32(max(_FAINT * float(far.max()), _NOISE))
    gain = 4 / np.maximum(strongest, least) * np.minimum(1, strongest / least)
    ink: NDArray[np.float32] = np.minimum(far * gain, np.float32(4)).astype(np.float32, copy=False)
    return ink


def without_hairlines(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Paint over what is pure black (pure white where the border is dark) and nowhere four pixels thick: each such
    pixel of (h, w, 3) gets the mean of those around it that stay. A picture and its negative give the same. Thin black
    text goes too: this is for pictures whose glyphs are thick or in color.
    """
    border = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    middle = float(np.median(border))
    light = 255 - rgb if middle < 127.5 else rgb
    mask = (cv2.max(cv2.max(light[..., 0], light[..., 1]), light[..., 2]) <= _PURE).astype(np.uint8)
    none = cv2.BORDER_CONSTANT  # what is outside is no ink
    thick = cv2.erode(mask, _BLOCK, anchor=(1, 1), borderType=none, borderValue=0)
    mask = mask * (1 - np.asarray(cv2.dilate(thick, _BLOCK, anchor=(2, 2), borderType=none, borderValue=0), np.uint8))
    if not mask.any() or middle == 127.5:  # neither light nor dark: nothing tells lines from paper
        return rgb
    stays = (1 - mask).astype(np.uint8)
    n = np.asarray(cv2.boxFilter(stays, cv2.CV_16U, (3, 3), normalize=False, borderType=none))
    sums = np.asarray(cv2.boxFilter(light * stays[..., None], cv2.CV_16U, (3, 3), normalize=False, borderType=none))
    y, x = np.nonzero(mask)
    paper = np.median(
        255 - border if middle < 127.5 else border, axis=0
    )  # where lines lie so close that nothing around them stays
    counts = n[y, x, None].astype(np.float32)
    whole = light.copy()
    whole[y, x] = np.where(counts > 0, np.round(sums[y, x] / np.maximum(counts, 1)), paper)
    return 255 - whole if middle < 127.5 else whole


def color_ink(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far each pixel of (h, w, 3) is from the border's color in hue and saturation, what is merely lighter
    or darker at a sixteenth: (h, w) from 0 for paper to 4, as the root, for pale glyphs count as much as strong ones.
    """
    color, light = color_and_light(rgb)
    far = _COLOR_SHARE * color + (1 - _COLOR_SHARE) * light
    ink: NDArray[np.float32] = np.sqrt(far * np.float32(16 / max(float(far.max()), 16 * (1 - _COLOR_SHARE))))
    return ink


def color_and_light(rgb: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (h, w) twice: how differently the channels of (h, w, 3) are off the border's, and how far
    the farthest is.
    """
    border = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    paper = np.median(border, axis=0)
    red, green, blue = (plane - np.float32(value) for plane, value in zip(cv2.split(rgb), paper, strict=True))
    most, least = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    return most - least, np.maximum(most, -least)


UNLINED = ("unlined", "even")  # those that hairlines are painted over for
INKS: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
    "axis": ink_of,
    "distance": distance_ink,
    "color": color_ink,
    "unlined": rooted_distance_ink,
    "even": even_ink,
}
