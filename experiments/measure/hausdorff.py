"""The modified Hausdorff distance between two drawings: what a network that learns from one picture has to beat.

The larger of two means: how far the ink of one lies from the nearest ink of the other, and the reverse; both drawings
are moved so that the middle of their ink is the origin. Source: Dubuisson and Jain 1994; as a baseline for one-shot
runs: Lake et al. 2015 (38.8 % wrong on their twenty runs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

_INK = 127


def ink_points(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return where the ink of (h, w), ink 255, lies: (n, 2), its mean 0. Raises ValueError for a picture
    without ink.
    """
    points = np.argwhere(picture > _INK).astype(np.float64)
    if not len(points):
        raise ValueError("a picture without ink has no Hausdorff distance")
    return np.asarray(points - points.mean(axis=0))


def modified_hausdorff(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the distance in px between two sets of points (n, 2) and (m, 2); 0 for equal sets, the same either way."""
    return float(max(KDTree(b).query(a)[0].mean(), KDTree(a).query(b)[0].mean()))


def nearest(supports: Sequence[NDArray[np.uint8]], queries: Sequence[NDArray[np.uint8]]) -> list[int]:
    """Return for each query the number of the support that is nearest to it."""
    known = [ink_points(picture) for picture in supports]
    return [int(np.argmin([modified_hausdorff(ink_points(query), points) for points in known])) for query in queries]


def by_distance(pictures: Mapping[str, NDArray[np.uint8]]) -> list[tuple[str, str, float]]:
    """Return every pair of glyphs with the distance of their ink in px, nearest first."""
    points = {name: ink_points(picture) for name, picture in pictures.items()}
    pairs = [(a, b, modified_hausdorff(points[a], points[b])) for a, b in combinations(points, 2)]
    return sorted(pairs, key=lambda pair: pair[2])
