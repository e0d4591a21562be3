"""Glyphs of many alphabets as one training set: thousands of classes, none of which will ever be read.

A network that has learned to tell these apart meets the next alphabet prepared (`recognizers/networks/protonet.py`).
Classes come from stored pictures (labels `Alphabet/glyph`: drawings by many people, glyphs of installed fonts), perhaps
mirrored and turned, which makes further glyphs of them; each as it is or drawn again, stroke by stroke, by a hand of
its own (`shapes/skeleton.py`); and from `shapes/invented.py`: alphabets without end. Their letters are of the private
use planes of Unicode: they have no other name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.datasets.augmented import Deformation, deform
from glyphgen.datasets.labelled_images import Stored
from glyphgen.files import DataError
from glyphgen.sample import Sample
from glyphgen.script import many_script
from glyphgen.shapes.invented import HandStroke, draw, random_alphabet
from glyphgen.shapes.skeleton import follow

_SIDE_PX = 56  # of a sample: half of a drawing, for a network that sees 48
_HASTE = (0.3, 1.0)  # with which a stored picture is drawn again; beyond, its strokes part
_HELD_OUT_MAKERS = 3  # of the people of a stored set, whose drawings validate


@dataclass(frozen=True, eq=False)
class Part:
    """A stored set and its share of the samples. n_symmetries 8: a glyph, its mirror image, and both turned by quarters
    are eight classes; 1: only as it is.
    """

    stored: Stored
    share: float
    n_symmetries: int = 1


class ManyGlyphs(Sequence[Sample]):
    """Sample i is a drawing of a class, a function of (seed, i) alone: of the parts by their shares, and for
    invented_share of n_alphabets invented ones of n_glyphs each, which `alphabet_seed` names. In training redrawn_share
    of the stored pictures are drawn again.

    With n_way, samples come as episodes: n_way classes of one part, n_each drawings of each, one of every class first.
    split val: the same classes, drawn by people, fonts and hands that training never sees; a class that none of those
    few drew (most of those of fonts) is validated on the pictures it is trained on, so the figure tells trainings apart
    and is no measure of new alphabets. Raises DataError for impossible shares.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        n_alphabets: int = 100,
        n_glyphs: int = 24,
        invented_share: float = 0.5,
        deformation: Deformation | None = None,
        split: str = "train",
        seed: int = 0,
        length: int = 100_000,
        alphabet_seed: int = 0,
        n_way: int = 0,
        n_each: int = 2,
        redrawn_share: float = 0.0,
    ) -> None:
        self.split, self.seed, self.length, self.n_way, self.n_each = split, seed, length, n_way, n_each
        if not 0 <= redrawn_share <= 1:
            raise DataError(f"redrawn_share must be a share from 0 to 1, not {redrawn_share!r}")
        self.redrawn_share = redrawn_share if split == "train" else 0.0
        self._strokes: dict[int, tuple[HandStroke, ...]] = {}  # of pictures that were drawn again before
        self.deformation = deformation or Deformation(turn_deg=5, shear=0.08, scale=0.09, shift=0.9, bend=0.7)
        self.images: list[NDArray[np.uint8]] = []
        self.rows: list[tuple[list[int], int]] = []  # of each class: its pictures, and which symmetry
        ends, shares = [0], []
        for part in parts:
            if part.n_symmetries not in (1, 2, 4, 8):
                raise DataError(f"{part.stored.name}: n_symmetries must be 1, 2, 4 or 8, not {part.n_symmetries}")
            images, rows = _split_of(part.stored, split)
            rows = [[len(self.images) + row for row in those] for those in rows]
            self.images += images
            self.rows += [(those, k) for those in rows for k in range(part.n_symmetries)]
            ends.append(len(self.rows))
            shares.append(part.share)
        self.glyphs: list[tuple[HandStroke, ...]] = []
        for k in range(n_alphabets):
            self.glyphs += random_alphabet(np.random.default_rng([alphabet_seed, 41, k]), n_glyphs).glyphs
        ends.append(len(self.rows) + len(self.glyphs))
        shares.append(invented_share if self.glyphs else 0.0)
        if min(shares) < 0 or sum(shares) <= 0:
            raise DataError(f"data: shares must be 0 or more, and one above it, not {shares}")
        self.ends, self.cumulative = ends, (np.cumsum(shares) / sum(shares)).tolist()
        self.script = many_script(ends[-1])

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # no slices
        if not 0 <= index < self.length:
            raise IndexError(f"sample {index} of {self.length}")
        rng = np.random.default_rng([self.seed, 29, self.split != "train", index])
        k = self._class_of(index, rng)
        if k >= len(self.rows):
            image = _small(draw(self.glyphs[k - len(self.rows)], rng))
        else:
            rows, symmetry = self.rows[k]
            row = rows[int(rng.integers(len(rows)))]
            strokes = self._strokes_of(row) if self.redrawn_share and rng.random() < self.redrawn_share else ()
            if strokes:
                image = _symmetry(_small(draw(strokes, rng, float(rng.uniform(*_HASTE)))), symmetry)
            else:
                image = deform(_symmetry(self.images[row], symmetry), self.deformation, rng)
        image = 255 - image
        rgb: Any = cv2.merge((image, image, image))
        return Sample(rgb, self.script.alphabet[k], origin=f"many:{k}:{index}")

    def _strokes_of(self, row: int) -> tuple[HandStroke, ...]:
        if row not in self._strokes:
            self._strokes[row] = follow(self.images[row])
        return self._strokes[row]

    def _class_of(self, index: int, rng: np.random.Generator) -> int:
        place = 0
        if self.n_way:
            episode, place = divmod(index, self.n_way * self.n_each)
            rng = np.random.default_rng([self.seed, 31, self.split != "train", episode])
        part = min(bisect_right(self.cumulative, float(rng.random())), len(self.cumulative) - 1)
        first, last = self.ends[part], self.ends[part + 1]
        if not self.n_way:
            return int(rng.integers(first, last))
        return int(first + rng.permutation(last - first)[: self.n_way][place % self.n_way])


def _split_of(stored: Stored, split: str) -> tuple[list[NDArray[np.uint8]], list[list[int]]]:
    """Return the pictures of a set, ink 255, and the rows of each label that belong to a split. A label that one side
    of the writers never drew is in both.
    """
    rows: dict[str, list[int]] = defaultdict(list)
    for row, label in enumerate(stored.labels):
        rows[label].append(row)
    people = sorted(set(stored.writers))
    held_out = set(people[-_HELD_OUT_MAKERS:]) if len(people) > 2 * _HELD_OUT_MAKERS else set()
    chosen = []
    for those in rows.values():
        own = [row for row in those if (stored.writers[row] in held_out) == (split != "train")]
        chosen.append(own or those)
    return [_small(image) for image in stored.images], chosen


def _small(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    # OpenCV's stubs know no dtype
    return cv2.resize(image, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _symmetry(image: NDArray[np.uint8], k: int) -> NDArray[np.uint8]:
    """Return a picture turned by k // 2 quarters, mirrored when k is odd."""
    turned = np.rot90(image, k // 2)
    return np.ascontiguousarray(turned[:, ::-1] if k % 2 else turned)
