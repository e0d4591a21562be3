"""How a glyph comes out in a hurry: what a hand with a mouse, a trackpad or a finger does to the paths of its strokes.

Each glyph is spoiled in a few of these ways: a stroke of another size or place than the others, turned a little;
corners cut round, curves drawn as angles; ends that stop short or run over; the way between two strokes drawn too; a
short stroke left out; a hand that shakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from glyphgen.shapes.outline import Points

_SIZES, _MOVED_EM, _TURNED_DEG = 0.13, 0.05, 7.0  # of a stroke beside the others: deviations
_ROUND, _ANGULAR = 0.3, 0.25  # chances of a corner that is cut round, and of a glyph of straight lines
_ENDS = 0.12  # by how much of a stroke's way its ends miss: deviation
_ONE_LINE, _DROPPED = 0.2, 0.12  # chances of a glyph in one line, and of one that lacks its shortest stroke
_DROPPED_SHARE = 0.45  # of the next longer stroke: a longer one is not forgotten
_SHAKES, _SHAKE_EM = 0.3, (0.008, 0.022)  # chance of a hand that shakes, and by how much

Path = tuple[Points, tuple[bool, ...]]  # knots (n, 2), em, and which are corners


def hurried(paths: Sequence[Path], rng: np.random.Generator) -> tuple[list[Path], float]:
    """Return the paths of a glyph as a hurried hand draws them, in order, and by how many em it shakes. There are as
    many or fewer; where the pen was not lifted, one.
    """
    kept = _without_one(list(paths), rng)
    is_angular = rng.random() < _ANGULAR
    drawn: list[Path] = []
    for knots, corners in kept:
        points = _missed(_moved(knots, rng), rng)
        round_off = rng.random(len(corners)) < _ROUND
        is_corner = tuple(
            bool(is_angular or (corner and not off)) for corner, off in zip(corners, round_off, strict=True)
        )
        drawn.append((points, is_corner))
    if len(drawn) > 1 and rng.random() < _ONE_LINE:
        drawn = [_in_one(drawn)]
    return drawn, float(rng.uniform(*_SHAKE_EM)) if rng.random() < _SHAKES else 0.0


def shaken(points: Points, size_em: float, rng: np.random.Generator) -> Points:
    """Return a path (n, 2) as a hand draws it that shakes by so much."""
    if not size_em or len(points) < 3:
        return points
    noise = rng.normal(0, size_em, points.shape)
    smooth = (noise + np.roll(noise, 1, axis=0)) / 2
    smooth[[0, -1]] = 0
    return points + smooth


def _without_one(paths: list[Path], rng: np.random.Generator) -> list[Path]:
    lengths = [sum(float(np.hypot(*(b - a))) for a, b in pairwise(knots)) for knots, _ in paths]
    if len(paths) < 3 or rng.random() >= _DROPPED:
        return paths
    order = np.argsort(lengths)
    if lengths[order[0]] > _DROPPED_SHARE * lengths[order[1]]:
        return paths
    return [path for k, path in enumerate(paths) if k != order[0]]


def _moved(knots: Points, rng: np.random.Generator) -> Points:
    """Give a stroke another size and place, and turn it."""
    middle = knots.mean(axis=0)
    angle = np.radians(rng.normal(0, _TURNED_DEG))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    sizes = np.exp(rng.normal(0, _SIZES, 2))
    moved: Points = middle + ((knots - middle) * sizes) @ turn + rng.normal(0, _MOVED_EM, 2)
    return moved


def _missed(knots: Points, rng: np.random.Generator) -> Points:
    """Let the ends stop short, or run over."""
    points = knots.copy()
    for end, before in ((0, 1), (-1, -2)):
        points[end] += (points[end] - points[before]) * np.clip(rng.normal(0, _ENDS), -0.4, 0.4)
    return points


def _in_one(paths: Sequence[Path]) -> Path:
    """Draw strokes without lifting the pen: each from the end that is nearer to where the last one ended."""
    points, corners = paths[0]
    for knots, is_corner in paths[1:]:
        away = [float(np.hypot(*(points[-1] - knots[k]))) for k in (0, -1)]
        if away[1] < away[0]:
            knots, is_corner = knots[::-1], is_corner[::-1]
        corners = (*corners[:-1], True, True, *is_corner[1:])
        points = np.concatenate([points, knots])
    return points, corners
