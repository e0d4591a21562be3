"""Pen strokes along the middle of ink: what a hand may have drawn, from a picture of what it left.

The ink is thinned to a graph: pixels with two neighbors lie on edges, others are nodes. At each node, edges that run on
straight are one stroke. Strokes are `HandStroke`s, so `invented.draw` writes the glyph again with each of them a
little elsewhere, as another person would.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from glyphgen.shapes.invented import HandStroke
from glyphgen.shapes.outline import Points

_NEAR = [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)]
_SPUR = 0.06  # of the larger side: a shorter edge that ends in nothing is an uneven rim, no stroke
_LOOK = 0.1  # of the larger side: how far an edge is followed to tell where it is going
_STRAIGHT = 0.5  # the cosine of the bend, up to which two edges are one stroke
_KNOT = 0.15  # of the larger side: from one knot to the next

Pixel = tuple[int, int]  # y, x


def thinned(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the middle of ink (h, w), one pixel wide. Source: Zhang and Suen 1984."""
    from skimage.morphology import skeletonize  # brings SciPy, a third of a second that most uses do without

    return np.asarray(skeletonize(ink), bool)


def follow(ink: NDArray[np.uint8]) -> tuple[HandStroke, ...]:
    """Return the strokes of ink (h, w), 255 where there is any, in a box whose larger side is 1, y down; none without
    ink. Takes about a millisecond for 56 px; the measures above were set by eye on drawings of small1.
    """
    edges = _edges(thinned(ink > 127))
    if not edges:
        return ()
    points = np.array([pixel for edge in edges for pixel in edge], float)
    low, size = points.min(axis=0), max(float(np.ptp(points, axis=0).max()), 1.0)
    strokes = _joined(_without_spurs(edges, _SPUR * size), max(2, round(_LOOK * size)))
    return tuple(HandStroke(_knots((np.array(stroke, float) - low)[:, ::-1] / size), False) for stroke in strokes)


def _edges(thin: NDArray[np.bool_]) -> list[list[Pixel]]:
    """Return the pixels of each edge of a skeleton, its nodes first and last; a ring begins and ends anywhere, a dot is
    twice its pixel.
    """
    pixels = set(zip(*(axis.tolist() for axis in np.nonzero(thin)), strict=True))

    def around(pixel: Pixel) -> list[Pixel]:
        y, x = pixel
        found = [(y + dy, x + dx) for dy, dx in _NEAR if (y + dy, x + dx) in pixels]
        # a diagonal step is none where two straight ones lead to the same place
        return [p for p in found if p[0] == y or p[1] == x or ((y, p[1]) not in pixels and (p[0], x) not in pixels)]

    near = {pixel: around(pixel) for pixel in sorted(pixels)}
    edges, gone = [], set()
    nodes = [pixel for pixel, those in near.items() if len(those) != 2]
    rings = [pixel for pixel, those in near.items() if len(those) == 2]
    for start in nodes + rings:
        is_node = len(near[start]) != 2
        if not near[start]:
            edges.append([start, start])
        for first in near[start]:
            if (start, first) in gone or (not is_node and start in gone):
                continue
            edge = [start, first]
            while len(near[edge[-1]]) == 2 and edge[-1] != start:
                one, other = near[edge[-1]]
                edge.append(other if one == edge[-2] else one)
            gone |= {(edge[0], edge[1]), (edge[-1], edge[-2]), *edge[1:-1]}
            if not is_node:
                gone.add(start)
            edges.append(edge)
    return edges


def _without_spurs(edges: list[list[Pixel]], least: float) -> list[list[Pixel]]:
    ends: dict[Pixel, int] = defaultdict(int)
    for edge in edges:
        ends[edge[0]] += 1
        ends[edge[-1]] += 1
    kept = [edge for edge in edges if len(edge) > least or (ends[edge[0]] > 1) == (ends[edge[-1]] > 1)]
    return kept or edges


def _joined(edges: list[list[Pixel]], look: int) -> list[list[Pixel]]:
    """Join the edges that run on straight at a node, the straightest first."""
    at: dict[Pixel, list[tuple[int, int]]] = defaultdict(list)  # node: edges, and which end of them
    for k, edge in enumerate(edges):
        at[edge[0]].append((k, 0))
        at[edge[-1]].append((k, -1))
    mate: dict[tuple[int, int], tuple[int, int]] = {}
    for those in at.values():
        ways = {end: _way(edges[end[0]], end[1], look) for end in those}
        pairs = sorted((float(ways[a] @ ways[b]), a, b) for i, a in enumerate(those) for b in those[i + 1 :] if a != b)
        for cosine, a, b in pairs:
            if cosine <= -_STRAIGHT and a not in mate and b not in mate and a[0] != b[0]:
                mate[a], mate[b] = b, a
    strokes, done = [], set()
    starts = [(k, end) for k in range(len(edges)) for end in (0, -1)]
    for start in [end for end in starts if end not in mate] + starts:  # rings of joined edges have no loose end
        stroke: list[Pixel] = []
        end: tuple[int, int] | None = start
        while end is not None and end[0] not in done:
            k, side = end
            done.add(k)
            stroke += edges[k] if side == 0 else edges[k][::-1]
            end = mate.get((k, -1 - side))
        if stroke:
            strokes.append(stroke)
    return strokes


def _way(edge: list[Pixel], end: int, look: int) -> NDArray[np.float64]:
    """Return where an edge leads from one of its ends, of length 1."""
    path = np.array(edge if end == 0 else edge[::-1], float)
    way: NDArray[np.float64] = path[min(look, len(path) - 1)] - path[0]
    return way / max(float(np.hypot(*way)), 1e-9)


def _knots(path: Points) -> Points:
    """Return points at even distances along a path (n, 2)."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    n = max(2, round(float(along[-1]) / _KNOT) + 1)
    places = np.linspace(0, along[-1], n)
    knots = np.stack([np.interp(places, along, path[:, axis]) for axis in (0, 1)], axis=1)
    return knots if along[-1] > 0 else np.array([path[0], path[0] + 0.04])  # a dot
