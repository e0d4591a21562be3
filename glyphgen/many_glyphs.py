"""Glyphs of many alphabets as one training set: thousands of classes, none of which will ever be read.

A network that has learned to tell these apart meets the next alphabet prepared (`recognizers/protonet.py`). Classes come from stored
drawings and pictures (`Stored`, labels `Alphabet/glyph`), each also mirrored and turned, which makes further glyphs of it,
and from `hands`: alphabets without end. Their letters are of the private use planes of Unicode: they have no other name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.deform import Moves, deform
from glyphgen.files import DataError
from glyphgen.hands import Line, draw, random_alphabet
from glyphgen.sample import Sample
from glyphgen.script import Grapheme, Script
from glyphgen.stored import Stored

_FIRST = 0xF0000  # of plane 15; 16 follows it
_MOST = 2 * 65_534
_HELD_OUT_MAKERS = 3  # of the people of a stored set, whose drawings validate


def many_script(n: int) -> Script:
    """Return a script of n nameless letters. Raises DataError for more than there are."""
    if not 0 < n <= _MOST:
        raise DataError(f"a script of nameless letters has 1 to {_MOST}, not {n}")
    return Script("many", tuple(Grapheme(chr(_FIRST + k + 2 * (k // 65_534))) for k in range(n)), ignores_case=False)


class ManyGlyphs(Sequence[Sample]):
    """Sample i is a drawing of a class, a function of (seed, i) alone. stored_share of the samples are of the stored sets, the rest of
    n_alphabets invented ones of n_glyphs each, which `alphabet_seed` names. n_symmetries 8: a stored glyph, its mirror image, and
    both turned by quarters are eight classes; 1: only as it is.

    With n_way, samples come as episodes: n_way · (k_shot + n_query) samples of n_way classes of one kind, all supports first.
    split val: the same classes, drawn by people and hands that training never sees.
    """

    def __init__(self, stored: Sequence[Stored], n_alphabets: int = 100, n_glyphs: int = 24, stored_share: float = 0.5,
                 n_symmetries: int = 8, moves: Moves | None = None, split: str = "train", seed: int = 0, length: int = 100_000,
                 alphabet_seed: int = 0, n_way: int = 0, n_each: int = 2) -> None:  # fmt: skip
        if n_symmetries not in (1, 2, 4, 8):
            raise DataError(f"data.n_symmetries must be 1, 2, 4 or 8, not {n_symmetries}")
        self.split, self.seed, self.length, self.n_symmetries, self.n_way, self.n_each = split, seed, length, n_symmetries, n_way, n_each
        self.moves = moves or Moves(turn_deg=5, shear=0.08, scale=0.09, shift=0.9, bend=0.7)
        self.images, self.rows = _split_of(stored, split)
        self.glyphs: list[tuple[Line, ...]] = []
        for k in range(n_alphabets):
            self.glyphs += random_alphabet(np.random.default_rng([alphabet_seed, 41, k]), n_glyphs).glyphs
        self.n_stored = len(self.rows) * n_symmetries
        self.stored_share = stored_share if self.n_stored and self.glyphs else float(bool(self.n_stored))
        self.script = many_script(self.n_stored + len(self.glyphs))

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        if not 0 <= index < self.length:
            raise IndexError(f"sample {index} of {self.length}")
        rng = np.random.default_rng([self.seed, 29, self.split != "train", index])
        k = self._class_of(index, rng)
        if k >= self.n_stored:
            image = draw(self.glyphs[k - self.n_stored], rng)
        else:
            rows = self.rows[k // self.n_symmetries]
            image = deform(_symmetry(self.images[rows[int(rng.integers(len(rows)))]], k % self.n_symmetries), self.moves, rng)
        image = 255 - image
        return Sample(cv2.merge((image, image, image)), self.script.alphabet[k], origin=f"many:{k}:{index}")  # type: ignore[arg-type]

    def _class_of(self, index: int, rng: np.random.Generator) -> int:
        if self.n_way:
            episode, place = divmod(index, self.n_way * self.n_each)
            rng = np.random.default_rng([self.seed, 31, self.split != "train", episode])
        first, last = (0, self.n_stored) if rng.random() < self.stored_share else (self.n_stored, len(self.script.alphabet))
        if not self.n_way:
            return int(rng.integers(first, last))
        return int(first + rng.permutation(last - first)[: self.n_way][place % self.n_way])


def _split_of(stored: Sequence[Stored], split: str) -> tuple[list[NDArray[np.uint8]], list[list[int]]]:
    """Return the pictures of all sets, ink 255, and the rows of each label that belong to a split. Labels with one picture are in both."""
    images: list[NDArray[np.uint8]] = []
    rows: dict[str, list[int]] = defaultdict(list)
    makers: list[str] = []
    for part in stored:
        for image, label, maker in zip(part.images, part.labels, part.makers, strict=True):
            rows[f"{part.name}:{label}"].append(len(images))
            images.append(image)
            makers.append(f"{part.name}:{maker}")
    held_out = set()
    for part in stored:
        people = sorted(set(part.makers))
        if len(people) > 2 * _HELD_OUT_MAKERS:
            held_out |= {f"{part.name}:{maker}" for maker in people[-_HELD_OUT_MAKERS:]}
    chosen = []
    for those in rows.values():
        own = [row for row in those if (makers[row] in held_out) == (split != "train")]
        chosen.append(own or those)
    return images, chosen


def _symmetry(image: NDArray[np.uint8], k: int) -> NDArray[np.uint8]:
    """Return a picture turned by k // 2 quarters, mirrored when k is odd."""
    turned = np.rot90(image, k // 2)
    return np.ascontiguousarray(turned[:, ::-1] if k % 2 else turned)
