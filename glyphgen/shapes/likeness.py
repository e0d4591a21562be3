"""Which letters a font draws with one shape, and where the line lies between those and others.

Two shapes are compared by their overlap: stretched to one box, their strokes made equally heavy, moved by a little
against each other, the intersection over the union of their ink; less where their sizes differ. A shape drawn twice by
hand overlaps with itself by 0.9 and more, two shapes of a script by 0.4 to 0.8: `choose_threshold` looks for the gap
between the two. Ordinary Latin fonts have none (E and F, O and 0 lie in between); then the line is drawn at
DEFAULT_THRESHOLD.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.outline import fit_box

DEFAULT_THRESHOLD = 0.97  # where overlaps have no clear gap
_LEAST_GAP = 0.12
_HIGHEST_DIFFERENT, _LOWEST_ALIKE = 0.8, 0.85  # the gap lies about here, or there is none
_FLOOR = 0.5  # all overlaps below count as this one
_LEAST_SHOWN, _LEAST_OF_MANY, _MANY = (
    0.3,
    0.75,
    300,
)  # overlaps below are not looked at; where there are more than so many letters
_WORTH_A_LOOK = 0.55  # as they are; strokes made equally heavy and moved gain some tenths at most
_SIDE_PX, _PAD_PX, _SHIFT_PX, _MOST_GROWTH_PX = 128, 12, 3, 4.0
_SAME_SIZE_EM = 0.04  # a difference of sizes that counts for nothing
_SMALL_CAPITALS = (0.9, 0.8)  # of the small letters, so many overlap with their capital by so much, whatever their size

Mask = NDArray[np.bool_]
OverlapPair = tuple[float, str, str]  # overlap, the letter that comes first, the other


@dataclass(frozen=True, eq=False)
class Likeness:
    """groups of letters with one shape, in the order that was asked for; pairs by falling overlap, those above the
    floor only; the threshold; gap: the overlaps on both sides of it where it was chosen by a gap; is_given: where the
    caller chose it; small_capitals: whether the small letters are the capitals, drawn smaller; capitals_gap: the gap of
    the capitals' overlaps by themselves, where all letters together have none: its middle is the threshold of capitals.
    """

    groups: list[str]
    pairs: list[OverlapPair]
    threshold: float
    gap: tuple[float, float] | None
    is_given: bool = False
    small_capitals: bool = False
    capitals_gap: tuple[float, float] | None = None

    @property
    def alike(self) -> list[OverlapPair]:
        """The pairs of one group, the least like first."""
        together = {(a, b) for group in self.groups for a in group for b in group}
        return [pair for pair in reversed(self.pairs) if pair[1:] in together]

    @property
    def different(self) -> list[OverlapPair]:
        """The pairs of two groups, the most like first."""
        together = {(a, b) for group in self.groups for a in group for b in group}
        return [pair for pair in self.pairs if pair[1:] not in together]


def choose_threshold(overlaps: Sequence[float]) -> tuple[float, tuple[float, float] | None]:
    """Return the middle of the widest gap between overlaps, and the gap; DEFAULT_THRESHOLD and None where there is none
    wide enough, or it doesn't lie where shapes redrawn part from others. A font without letters alike has its gap below
    1.
    """
    values = sorted({min(max(v, _FLOOR), 1.0) for v in (*overlaps, _FLOOR, 1.0)})
    low, high = max(pairwise(values), key=lambda gap: gap[1] - gap[0])
    if high - low < _LEAST_GAP or low > _HIGHEST_DIFFERENT or high < _LOWEST_ALIKE:
        return DEFAULT_THRESHOLD, None
    return (low + high) / 2, (low, high)


def overlap(a: Mask, b: Mask) -> float:
    """Return how much of two shapes in one box (n, n) is ink of both, from 0 to 1: once they are as heavy and as near
    as can be.
    """
    thin, thick = (_depth(m) for m in ((a, b) if a.sum() <= b.sum() else (b, a)))
    low, high = 0.0, _MOST_GROWTH_PX
    for _ in range(6):
        growth = (low + high) / 2
        low, high = (growth, high) if (thin > -growth).sum() < (thick > growth).sum() else (low, growth)
    p, q = _fitted(thin > -low), _fitted(thick > low)
    both = cv2.matchTemplate(np.pad(p, _SHIFT_PX), q, cv2.TM_CCORR).max()
    return float(both / max(1.0, float(p.sum() + q.sum() - both)))


def _depth(mask: Mask) -> NDArray[np.float32]:
    """Return how far each pixel lies inside the ink, negative outside."""
    ink = np.pad(mask, _PAD_PX).astype(np.uint8)
    inside, outside = (cv2.distanceTransform(m, cv2.DIST_L2, 5) for m in (ink, 1 - ink))
    return np.asarray(inside - outside, np.float32)


def _fitted(mask: Mask) -> NDArray[np.float32]:
    return (fit_box(mask.astype(np.uint8) * 255, _SIDE_PX) > 127).astype(np.float32)


class _Shapes:
    """The shapes of letters: each in one box, with its size (width, height) in em."""

    def __init__(self, font: OpenFont, chars: Sequence[str]) -> None:
        self.chars: list[str] = []
        self.masks: list[Mask] = []
        sizes: list[tuple[float, float]] = []
        for char in chars:
            try:
                outline = font.outline(char)
            except FontError:  # one damaged glyph
                continue
            if outline is None or not outline.contours:
                continue
            x0, y0, x1, y1 = outline.bounds
            if min(x1 - x0, y1 - y0) <= 0:
                continue
            coverage = outline.rasterize(_SIDE_PX / max(x1 - x0, y1 - y0))[0]
            if coverage.max(initial=0) <= 127:  # thinner than a pixel: what there is counts as ink
                coverage = np.where(coverage > 0, np.uint8(255), np.uint8(0))
            self.chars.append(char)
            self.masks.append(fit_box(coverage, _SIDE_PX) > 127)
            sizes.append((x1 - x0, y1 - y0))
        self.sizes = np.array(sizes).reshape(-1, 2)

    def size_share(self, i: int, others: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return what sizes leave of the overlap of letter i with others: 1 for the same size."""
        apart = np.maximum(np.abs(self.sizes[others] - self.sizes[i]) - _SAME_SIZE_EM, 0)
        return np.asarray((1 - apart / np.maximum(self.sizes[others], self.sizes[i])).prod(axis=1))

    def pairs(self, least: float) -> dict[tuple[int, int], float]:
        """Return the overlap of each pair (i, k), i < k, that has more than the floor, or `least` where
        that is lower.
        """
        n = len(self.chars)
        floor = min(least, _LEAST_SHOWN if n <= _MANY else _LEAST_OF_MANY)
        small = [
            cv2.resize(m.astype(np.float32), (_SIDE_PX // 2,) * 2, interpolation=cv2.INTER_AREA).ravel()
            for m in self.masks
        ]
        flat = (np.array(small).reshape(n, (_SIDE_PX // 2) ** 2) > 0.5).astype(np.float32)
        ink, found = flat.sum(axis=1), {}
        for i in tqdm(range(n - 1), desc="comparing", leave=False, disable=n < 200):
            share = self.size_share(i, np.arange(i + 1, n))
            near = np.flatnonzero(share > floor)
            both = flat[i + 1 + near] @ flat[i]
            plain = both / np.maximum(ink[i + 1 + near] + ink[i] - both, 1)
            for k, value in zip(near.tolist(), plain.tolist(), strict=True):
                if value > max(_WORTH_A_LOOK, floor - 0.2):
                    value = overlap(self.masks[i], self.masks[i + 1 + k])
                if value * share[k] > floor:
                    found[i, i + 1 + k] = value * float(share[k])
        return found

    def cases(self) -> dict[int, tuple[int, float]]:
        """Return for each small letter its capital and their overlap, whatever their sizes; the shapes of their boxes
        count.
        """
        where, found = {char: i for i, char in enumerate(self.chars)}, {}
        for k, char in enumerate(self.chars):
            i = where.get(char.upper(), k) if len(char.upper()) == 1 else k
            if i != k:
                wide, tall = (self.sizes[k] / self.sizes[i]).tolist()
                found[k] = i, overlap(self.masks[i], self.masks[k]) * min(1.0, 1.1 * min(wide, tall) / max(wide, tall))
        return found


def compare(font: OpenFont, chars: Sequence[str], threshold: float | None = None, folds_case: bool = False) -> Likeness:
    """Group characters by their shapes; those without ink are in no group. The first of `chars` in a group is its first
    letter. All of a group overlap by the threshold: chosen by a gap when None. With folds_case, small letters that are
    the capitals drawn smaller count as drawn alike; else sizes must agree.
    """
    shapes = _Shapes(font, chars)
    found, cases = shapes.pairs(1.0 if threshold is None else threshold - 1e-6), shapes.cases() if folds_case else {}
    share, least = _SMALL_CAPITALS
    if len(cases) < 3 or sum(v >= least for _, v in cases.values()) < share * len(cases):
        cases = {}
    # where small letters are the capitals drawn smaller, each is compared with its capital alone
    found = {pair: v for pair, v in found.items() if not cases.keys() & set(pair)}
    every = [*found.values(), *(v for _, v in cases.values())]
    chosen, gap = choose_threshold(every) if threshold is None else (threshold, None)
    groups = _grouped(len(shapes.chars), found, chosen)
    if gap and not _are_apart(groups, found, chosen):
        chosen, gap = DEFAULT_THRESHOLD, None
        groups = _grouped(len(shapes.chars), found, chosen)
    capitals_gap = None
    if threshold is None and gap is None:  # i, l and I, say, fill the gap that the capitals of a script leave
        among = {pair: v for pair, v in found.items() if all(shapes.chars[i].isupper() for i in pair)}
        own, capitals_gap = choose_threshold([*among.values()]) if among else (chosen, None)
        raised = {pair: v + chosen - own for pair, v in among.items()}  # so that one threshold serves both
        if capitals_gap and _are_apart(_grouped(len(shapes.chars), among, own), among, own):
            groups = _grouped(len(shapes.chars), {**found, **raised}, chosen)
        else:
            capitals_gap = None
    of = {i: group for group in groups for i in group}
    for k, (i, value) in cases.items():
        if value >= chosen:
            groups.remove([k])
            of[i].append(k)
    everything = [*((v, i, k) for (i, k), v in found.items()), *((v, i, k) for k, (i, v) in cases.items())]
    pairs = [(v, shapes.chars[min(i, k)], shapes.chars[max(i, k)]) for v, i, k in sorted(everything, reverse=True)]
    texts = ["".join(shapes.chars[i] for i in sorted(group)) for group in sorted(map(sorted, groups))]
    return Likeness(texts, pairs, chosen, gap, threshold is not None, bool(cases), capitals_gap)


def _are_apart(groups: list[list[int]], overlaps: dict[tuple[int, int], float], threshold: float) -> bool:
    """Whether there are two kinds of pairs: not A like B and B like C, but A unlike C."""
    return sum(len(group) * (len(group) - 1) // 2 for group in groups) >= sum(v >= threshold for v in overlaps.values())


def drawn_alike(font: OpenFont, chars: Sequence[str], threshold: float | None = None) -> list[str]:
    """Return groups of characters that a font draws with one shape at one size, see `compare`."""
    return compare(font, chars, threshold).groups


def _grouped(n: int, overlaps: dict[tuple[int, int], float], threshold: float) -> list[list[int]]:
    """Join n letters, the most like first, to groups in which all pairs overlap by the threshold."""
    of = {i: [i] for i in range(n)}
    for (i, k), value in sorted(overlaps.items(), key=lambda pair: -pair[1]):
        one, two = of[i], of[k]
        if value < threshold or one is two:
            continue
        if all(overlaps.get((min(p, q), max(p, q)), 0.0) >= threshold for p in one for q in two):
            one += two
            of |= dict.fromkeys(two, one)
    return list({id(group): group for group in of.values()}.values())
