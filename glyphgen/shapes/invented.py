"""Alphabets that nobody writes, drawn by many hands: for learning to learn glyphs.

An `InventedAlphabet` is a few habits (which directions, how round, how many strokes) and the glyphs they make; a glyph
is a few strokes, knots (n, 2) in a box from 0 to 1, y down, where later strokes often begin on earlier ones. `draw` is
one drawing by a person in a hurry: knots, strokes and the whole glyph each move a little, the pen is round and of one
width. After the generative model of Lake, Salakhutdinov and Tenenbaum 2015, with parameters set by eye, none fitted to
Omniglot.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.script import Grapheme, Script
from glyphgen.shapes.outline import Points
from glyphgen.shapes.pen import Drawing, Stroke, curve

_EM = 0.7  # the height of an invented glyph

_MAX_STROKES = 4

DRAWING_PX = 105  # of a drawing, as in Omniglot
_EDGE_PX = 5  # that stay empty but for the pen's width
_KINDS = ("line", "arc", "corner", "wave", "hook", "loop", "dot", "zigzag", "cursive")


@dataclass(frozen=True, eq=False)
class HandStroke:
    """A stroke: knots (n, 2), and whether it turns sharply at them."""

    knots: Points
    is_sharp: bool


@dataclass(frozen=True, eq=False)
class InventedAlphabet:
    """glyphs[k] are the strokes of glyph k."""

    glyphs: tuple[tuple[HandStroke, ...], ...]


def random_alphabet(rng: np.random.Generator, n_glyphs: int = 24) -> InventedAlphabet:
    """Invent an alphabet."""
    shares = rng.dirichlet(np.full(len(_KINDS), 0.6)) * 0.8 + 0.2 * np.array(
        [0.35, 0.17, 0.12, 0.03, 0.08, 0.05, 0.02, 0.02, 0.16]
    )
    angles = np.radians(rng.choice([0, 90, 45, 135, 30, 60, 120, 150], int(rng.integers(2, 5)), replace=False))
    mean_strokes, snaps, joins = float(rng.uniform(1.2, 3.6)), bool(rng.random() < 0.5), float(rng.uniform(0.3, 0.9))
    width = float(rng.uniform(0.6, 1.1))
    glyphs: list[tuple[HandStroke, ...]] = []
    while len(glyphs) < n_glyphs:
        lines: list[HandStroke] = []
        kinds: list[str] = []
        for _ in range(int(np.clip(1 + rng.poisson(mean_strokes - 1), 1, 6))):
            kind = _KINDS[int(rng.choice(len(_KINDS), p=shares))]
            if lines and rng.random() < joins:
                before = lines[int(rng.integers(len(lines)))].knots
                start = before[[0, -1, len(before) // 2][int(rng.integers(3))]]
            else:
                start = rng.integers(0, 4, 2) / 3 if snaps else rng.uniform(0, 1, 2)
            angle = (
                float(rng.choice(angles) + rng.choice([0, np.pi]))
                if rng.random() < 0.8
                else float(rng.uniform(0, 2 * np.pi))
            )
            length = float(np.clip(rng.lognormal(-0.5, 0.4), 0.2, 1.3))
            lines.append(_line(kind, np.asarray(start), angle, length, rng))
            kinds.append(kind)
        if set(kinds) <= {"line", "dot"} and len(kinds) < 3 and rng.random() < 0.8:
            continue  # single lines look alike in every alphabet
        glyphs.append(_boxed(lines, width))
    return InventedAlphabet(tuple(glyphs))


def _line(kind: str, start: Points, angle: float, length: float, rng: np.random.Generator) -> HandStroke:
    """Return a stroke that begins at a place and runs about so far in a direction."""
    side = float(rng.choice([-1, 1]))
    if kind == "dot":
        path = np.array([[0.0, 0.0], [0.06, 0.02]])
    elif kind == "line":
        path = np.array([[0.0, 0.0], [length, 0.0]])
    elif kind == "corner":
        turn = np.radians(rng.choice([90, 60, 120, 45])) * side
        second = length * float(rng.uniform(0.3, 1.0))
        path = np.array([[0.0, 0.0], [length, 0.0], [length - second * np.cos(turn), second * np.sin(turn)]])
    elif kind == "zigzag":
        n = int(rng.integers(3, 5))
        path = np.stack([np.linspace(0, length, n), 0.22 * length * side * (np.arange(n) % 2)], axis=1)
    elif kind == "hook":
        path = np.array(
            [
                [0.0, 0.0],
                [0.7 * length, 0.0],
                [0.95 * length, 0.1 * length * side],
                [0.9 * length, 0.28 * length * side],
                [0.72 * length, 0.33 * length * side],
            ]
        )
    elif kind == "wave":
        t = np.linspace(0, 1, 6)
        path = np.stack([length * t, 0.2 * length * side * np.sin(2 * np.pi * t * rng.uniform(0.8, 1.3))], axis=1)
    elif kind == "cursive":  # pieces of an even bend, one after another, as in running writing
        bends = np.repeat(
            rng.choice([-1.0, 0.0, 1.0], n := int(rng.integers(2, 6)), p=[0.42, 0.16, 0.42])
            * rng.uniform(0.35, 0.95, n),
            3,
        )
        heading = np.concatenate([[0.0], np.cumsum(bends)])
        step = 1.6 * length / len(heading)
        path = np.concatenate(
            [np.zeros((1, 2)), np.cumsum(step * np.stack([np.cos(heading), np.sin(heading)], axis=1), axis=0)]
        )
    else:
        sweep = float(rng.uniform(0.6, 1.6) * np.pi) if kind == "arc" else 2 * np.pi * float(rng.uniform(0.9, 1.05))
        t = np.linspace(0, sweep, 7 if kind == "arc" else 9)
        radius = length / (2 if kind == "arc" else 3.5)
        path = radius * np.stack([np.sin(t), side * (1 - np.cos(t)) * float(rng.uniform(0.7, 1.3))], axis=1)
    cos, sin = np.cos(angle), np.sin(angle)
    return HandStroke(start + path @ np.array([[cos, sin], [-sin, cos]]), kind in ("corner", "zigzag"))


def _boxed(lines: list[HandStroke], width: float) -> tuple[HandStroke, ...]:
    """Fit strokes into the box, `width` as wide as high where they are not flat or upright anyway."""
    points = np.concatenate([line.knots for line in lines])
    low, size = points.min(axis=0), np.maximum(points.max(axis=0) - points.min(axis=0), 1e-3)
    scale = np.minimum(np.array([width, 1.0]) / size, 1.5 / size.max())
    scale = np.full(2, scale.min()) * np.clip(scale / scale.min(), 1, 1.4)
    return tuple(HandStroke((line.knots - low) * scale, line.is_sharp) for line in lines)


@lru_cache(maxsize=64)
def _corners(n: int, is_sharp: bool) -> tuple[bool, ...]:
    return (is_sharp,) * n


def draw(glyph: tuple[HandStroke, ...], rng: np.random.Generator, haste: float = 1.0) -> NDArray[np.uint8]:
    """Return a drawing (DRAWING_PX, DRAWING_PX), ink 255, by a hand of its own; haste scales how far it strays."""
    n = rng.standard_normal
    a, shear = np.radians(5 * haste * float(n())), 0.1 * haste * float(n())
    linear = (
        np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        @ np.array([[1.0, 0.0], [shear, 1.0]])
        @ np.diag(np.exp(0.1 * haste * n(2)))
    )
    paths = []
    for line in glyph:
        knots = line.knots
        middle = knots.mean(axis=0)
        b = np.radians(5 * haste * float(n()))
        turn = np.array([[np.cos(b), np.sin(b)], [-np.sin(b), np.cos(b)]]) * float(np.exp(0.09 * haste * n()))
        knots = (knots - middle) @ turn + middle + 0.03 * haste * n(2) + 0.018 * haste * n(knots.shape)
        paths.append(curve(knots, _corners(len(knots), line.is_sharp), 5) @ linear)
    points = np.concatenate(paths)
    low, size = points.min(axis=0), np.maximum(points.max(axis=0) - points.min(axis=0), 1e-3)
    scale = DRAWING_PX * float(rng.uniform(0.45, 0.8)) / float(size.max())
    free = DRAWING_PX - 2 * _EDGE_PX - size * scale
    shift = _EDGE_PX + free / 2 + np.clip(0.15 * n(2), -0.4, 0.4) * free
    image = np.zeros((DRAWING_PX, DRAWING_PX), np.uint8)
    pen = int(rng.choice([2, 3, 3, 4]))
    for path in paths:
        fixed = np.round(((path - low) * scale + shift) * 16).astype(np.int32)
        cv2.polylines(image, [fixed], False, 255, pen, cv2.LINE_AA, 4)
    return image


def random_drawing(rng: np.random.Generator, n_glyphs: int = 18) -> Drawing:
    """Draw an alphabet that does not exist: 1 to 4 strokes a glyph, square or round, of one pen."""
    script = Script("random", (*(Grapheme(chr(65 + k)) for k in range(n_glyphs)), Grapheme(" ")))
    pen = float(rng.uniform(0.03, 0.13))
    is_square = rng.random() < 0.5
    cell = float(rng.uniform(0.16, 0.3))  # knots lie on a grid of 3 columns and 4 rows, as letters' do
    strokes, advances = {}, {" ": 0.4}
    for char in script.visible:
        parts = []
        for _ in range(int(rng.integers(1, _MAX_STROKES + 1))):
            knots = np.stack(
                [rng.integers(0, 3, n := int(rng.integers(2, 5))) * cell, rng.integers(0, 4, n) * 0.7 / 3], axis=1
            )
            if is_square:  # every other knot moves along one axis only
                for k in range(1, n):
                    knots[k, k % 2] = knots[k - 1, k % 2]
            else:
                knots = knots + rng.normal(0, 0.03, knots.shape)
            keep = np.r_[True, np.linalg.norm(np.diff(knots, axis=0), axis=1) > 0.02]
            knots = knots[keep] if keep.sum() > 1 else np.array([[0.0, 0.0], [cell, 0.7]])
            angle = rng.uniform(0, np.pi) if rng.random() < 0.5 else np.pi / 4
            half = pen / 2 * np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.6, 1.2, (len(knots), 1))
            ribs = np.stack([knots - half, knots + half], axis=1)
            parts.append(Stroke(ribs, tuple([is_square or bool(rng.random() < 0.3)] * len(knots))))
        # so that the alphabet has one height, whatever a glyph's strokes are
        parts.append(_mark(cell * float(rng.integers(0, 3)), pen, rng))
        x = np.concatenate([part.ribs[..., 0].ravel() for part in parts])
        shift = np.array([0.05 - float(x.min()), 0.0])
        strokes[char] = tuple(Stroke(part.ribs + shift, part.is_corner) for part in parts)
        advances[char] = float(x.max() - x.min()) + 0.1
    return Drawing(script, strokes, advances)


def _mark(x: float, pen: float, rng: np.random.Generator) -> Stroke:
    low, high = (0.0, 0.7) if rng.random() < 0.5 else (0.35, 0.7)
    path = np.array([[x, low], [x, high]])
    half = np.array([pen / 2, 0.0])
    return Stroke(np.stack([path - half, path + half], axis=1), (True, True))


def drawing_of_hand(rng: np.random.Generator, n_glyphs: int) -> Drawing:
    """Return an invented alphabet as strokes of a pen."""
    script = Script("hand", (*(Grapheme(chr(0x4E00 + k)) for k in range(n_glyphs)), Grapheme(" ")))
    half = float(rng.uniform(0.03, 0.1)) / 2 * np.array([[-0.7, -0.7], [0.7, 0.7]])
    strokes: dict[str, tuple[Stroke, ...]] = {}
    advances = {" ": 0.4}
    for char, lines in zip(script.visible, random_alphabet(rng, n_glyphs).glyphs, strict=True):
        points = np.concatenate([line.knots for line in lines])
        low, scale = points.min(axis=0), _EM / max(float(np.ptp(points[:, 1])), 0.5 * float(np.ptp(points[:, 0])), 1e-3)
        parts = []
        for line in lines:
            knots = (line.knots - low) * scale * [1, -1] + [0.05, _EM]
            parts.append(Stroke(knots[:, None] + half, (line.is_sharp,) * len(knots)))
        strokes[char] = tuple(parts)
        advances[char] = float(np.ptp(points[:, 0])) * scale + 0.1
    return Drawing(script, strokes, advances)
