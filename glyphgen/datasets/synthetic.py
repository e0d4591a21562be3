"""Synthetic data sets: `LineSynth[i]` and `GlyphSynth[i]` are labelled samples, functions of (seed, split, i) alone.

Text is set on a canvas (`layout`), bent by one perspective map straight to its final size with its boxes carried by
the same map, painted (`paint`), then damaged (`augment`). The splits never share a generator, a face, a texture or a word.
A sample whose text can hardly be told from its background is painted once more, plainly; there are no retry loops.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.faces.sources import LEVELS_PX, Face, GlyphSource
from glyphgen.files import DataError
from glyphgen.render.degrade import make_augment
from glyphgen.render.layout import Line, Spacing, lay_out
from glyphgen.render.paint import PLAIN, PRINT, SCREENSHOT, PaintStyle, paint
from glyphgen.sample import Image, Sample
from glyphgen.shapes.outline import Coverage
from glyphgen.texts.english import TextSource

cv2.setNumThreads(1)  # pictures are small: threads of OpenCV only get in the way of data loader workers

T = TypeVar("T")
SPLITS = ("train", "val", "test")
# least correlation of picture and text that a person could read, judged by looking at sheets of samples near it;
# a glyph alone needs more, for no neighbors help
MIN_LEGIBILITY, MIN_GLYPH_LEGIBILITY = 0.4, 0.5
MIN_LEVELS = 4.0  # how many of 255 gray levels the text must move its picture by


@dataclass(frozen=True)
class Look:
    """How much a named augmentation varies geometry and paint. Lengths in capital heights, angles in degrees."""

    paint: PaintStyle
    rotation_deg: float
    perspective: float
    jitter: float
    margin_range: tuple[float, float]
    neighbors: float
    cap_range_px: tuple[float, float]


LOOKS = {
    "none": Look(PLAIN, 0.0, 0.0, 0.0, (0.1, 0.3), 0.0, (20.0, 32.0)),
    "drawing": Look(PLAIN, 4.0, 0.05, 0.04, (0.05, 0.6), 0.0, (18.0, 36.0)),
    "print": Look(PRINT, 0.8, 0.02, 0.03, (0.1, 0.42), 0.0, (18.0, 40.0)),
    "screenshot": Look(SCREENSHOT, 2.2, 0.05, 0.03, (0.0, 0.6), 0.2, (11.0, 32.0)),
}


class Synth(Sequence[T]):
    """What all synthetic sets share: faces, streams of random numbers, a look. Abstract."""

    def __init__(self, source: GlyphSource, augment: str, seed: int, split: str, length: int, n_faces: int) -> None:
        if split not in SPLITS:
            raise ValueError(f"split must be one of {', '.join(SPLITS)}, not {split!r}")
        if augment not in LOOKS:
            raise ValueError(f"no augmentation {augment!r}; there are {', '.join(LOOKS)}")
        self.source, self.script, self.look = source, source.script, LOOKS[augment]
        self.seed, self.split, self.length = seed, split, length
        self.augment, self._checks = make_augment(augment), augment != "none"
        self._key = [seed, SPLITS.index(split)]
        rng = np.random.default_rng([*self._key, 1])
        # the first face is the plain one, the same for every seed: it is for training
        self.faces = source.faces(n_faces, rng) if split == "train" else source.faces(n_faces + 1, rng)[1:]
        self._bank_seed = int(np.random.default_rng([*self._key, 2]).integers(1 << 31))
        self._seed_word = int(np.random.SeedSequence([*self._key, 3]).generate_state(1, np.uint64)[0])

    def __len__(self) -> int:
        return self.length

    def _rng(self, index: int) -> np.random.Generator:
        if not 0 <= index < self.length:
            raise IndexError(f"sample {index} of {self.length}")
        return _stream(self._seed_word, index)

    def _face_for(self, text: str, first: int) -> tuple[Face, str]:
        """Return the face `first`, or the next one that draws the whole text, and the text. Where none does, the text loses what
        the face `first` lacks. Raises DataError when nothing is left.
        """
        for k in range(len(self.faces)):
            face = self.faces[(first + k) % len(self.faces)]
            if face.can_write(text):
                return face, text
        left = " ".join("".join(char for char in text if self.faces[first].can_write(char)).split())
        if not left:
            raise DataError(f"no face draws anything of {text!r}; give other fonts (data.fonts)")
        return self.faces[first], left

    def _finish(
        self: Synth[Sample], line: Line, text: str, cap_px: float, index: int, rng: np.random.Generator, square: bool = False
    ) -> Sample:
        matrix, size = _warp(line, cap_px, self.look, rng, square)
        coverage: Coverage = cv2.warpPerspective(line.coverage, matrix, size, flags=cv2.INTER_LINEAR)  # type: ignore[assignment]
        image = paint(coverage, cap_px, self.look.paint, self._bank_seed, rng)
        image = self.augment(image, cap_px, rng)
        if self._checks and legibility(image, coverage) < (MIN_GLYPH_LEGIBILITY if square else MIN_LEGIBILITY):
            image = paint(coverage, cap_px, PLAIN, self._bank_seed, rng)
        return Sample(image, text, carry_boxes(line.boxes, matrix, size), f"{self.script.name}:{self.split}:{self.seed}:{index}")


class LineSynth(Synth[Sample]):
    """Lines of text: sample i has 1 to `max_graphemes` graphemes."""

    def __init__(self, source: GlyphSource, corpus: TextSource, augment: str = "screenshot", seed: int = 0,
                 split: str = "train", length: int = 100_000, n_faces: int = 64) -> None:  # fmt: skip
        super().__init__(source, augment, seed, split, length, n_faces)
        self.corpus = corpus.part(split)

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        rng = self._rng(index)
        text, letters = self.corpus.draw(rng)
        look = self.look
        cap_px = look.cap_range_px[0] * (look.cap_range_px[1] / look.cap_range_px[0]) ** float(rng.random())
        level = 0 if cap_px <= LEVELS_PX[0] * 1.25 else 1
        face, drawn = self._face_for(text, int(rng.integers(len(self.faces))))
        text, letters = drawn, letters if drawn == text else ""
        u = rng.random(8).tolist()
        spacing = Spacing(
            tracking=min(max(0.03 + 0.09 * float(rng.standard_normal()), -0.06), 0.45) if look.jitter else 0.0,
            jitter=look.jitter * float(u[0]) if u[1] < 0.4 else 0.0,
            wave=0.22 * float(u[0]) if look.jitter and u[1] > 0.88 else 0.0,
            wave_phase=float(u[2] * 6.28),
            word_gap=float(0.7 + 0.9 * u[3]) if look.jitter else 1.0,
        )
        extra = dict.fromkeys(("above", "below", "before", "after"), "")
        for k, name in enumerate(extra):
            if u[4 + k] < look.neighbors * (0.8 if k < 2 else 0.25):
                beside = self.corpus.neighbor(rng, min(len(text) + 1, 14) if k < 2 else 1)
                extra[name] = beside if face.can_write(beside) else ""
        line = lay_out(text, face, level, spacing, rng, **extra, line_gap=float(0.12 + 0.5 * rng.random()))
        return replace(self._finish(line, text, cap_px, index, rng), letters=letters)


class GlyphSynth(Synth[Sample]):
    """Single glyphs, in turn over the visible graphemes of the script."""

    def __init__(self, source: GlyphSource, augment: str = "screenshot", seed: int = 0, split: str = "train",
                 length: int = 50_000, n_faces: int = 64) -> None:  # fmt: skip
        super().__init__(source, augment, seed, split, length, n_faces)
        # a crop around one glyph holds fewer of a sign's edges than one around a line
        self.look = replace(self.look, paint=replace(self.look.paint, clutter=self.look.paint.clutter / 3))

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        rng = self._rng(index)
        char = self.script.visible[index % len(self.script.visible)]
        cap_px = float(rng.uniform(max(16.0, self.look.cap_range_px[0]), self.look.cap_range_px[1]))
        face = self.faces[int(rng.integers(len(self.faces)))]
        line = lay_out(char, face, 0 if cap_px <= LEVELS_PX[0] * 1.25 else 1, Spacing(), rng)
        return self._finish(line, char, cap_px, index, rng, square=True)


def _stream(seed_word: int, index: int) -> np.random.Generator:
    """Return the generator of one sample. Philox is counter-based: each key is a stream of its own, without the time that seeding takes.
    Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011.
    """
    return np.random.Generator(np.random.Philox(key=np.array([seed_word, index], np.uint64)))


def _warp(line: Line, cap_px: float, look: Look, rng: np.random.Generator, square: bool) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Choose the one map (3, 3) from canvas to picture, and the picture's size (width, height)."""
    x0, y0, x1, y1 = line.extent
    width, height = (x1 - x0) * cap_px / line.cap_px, cap_px
    n = rng.standard_normal(12).tolist()
    low, high = look.margin_range
    left, top, right, bottom = ((low + (high - low) * u**1.6) * cap_px for u in rng.random(4).tolist())
    stretch = min(max(1 + 0.1 * n[0], 0.72), 1.35) if look.rotation_deg else 1.0
    # long lines turn less: a person turns the whole picture, but crops a box around the line
    turn = min(max(look.rotation_deg * n[1], -9.0), 9.0) * min(1.0, 5 * height / max(width, 1)) ** 0.5
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    lean = 0.02 * look.rotation_deg * n[2] * height
    taper = 1 + 1.6 * look.perspective * n[3]  # one end of a sign is nearer than the other
    wobble = look.perspective * height
    y_near, y_far = height / 2 * (1 - taper), height / 2 * (1 + taper)
    ends = ((lean, 0.0), (width * stretch + lean, y_near), (width * stretch, y_far), (0.0, height))
    bent = [(x + wobble * n[4 + k], y + 0.7 * wobble * n[8 + k]) for k, (x, y) in enumerate(ends)]
    corners = [(x * cos - y * sin, x * sin + y * cos) for x, y in bent]
    x_min, y_min = min(x for x, _ in corners), min(y for _, y in corners)
    extent = max(x for x, _ in corners) - x_min, max(y for _, y in corners) - y_min
    if square:
        side = max(extent) + (left + right) / 2 + 2
        free = [(side - e) * (0.5 + 0.25 * (2 * u - 1)) for e, u in zip(extent, rng.random(2).tolist(), strict=True)]
        dx, dy, size = free[0] - x_min, free[1] - y_min, (max(4, round(side)), max(4, round(side)))
    else:
        dx, dy = left - x_min, top - y_min
        size = (max(4, round(extent[0] + left + right)), max(4, round(extent[1] + top + bottom)))
    canvas = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    target = np.array([(x + dx, y + dy) for x, y in corners], np.float32)
    return cv2.getPerspectiveTransform(canvas, target), size  # type: ignore[return-value]


def carry_boxes(boxes: NDArray[np.float64], matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Map boxes (n, 4) and return the boxes (n, 4) around the mapped corners, cut to the picture."""
    if not len(boxes):
        return boxes
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 1, 2)
    points = cv2.perspectiveTransform(corners, matrix).reshape(-1, 4, 2)
    box = np.empty_like(boxes)
    points.min(axis=1, out=box[:, :2])
    points.max(axis=1, out=box[:, 2:])
    np.maximum(box, 0, out=box)
    np.minimum(box, np.array([*size, *size]), out=box)
    return box


def legibility(image: Image, coverage: Coverage) -> float:
    """Return how well the text stands out, 0 to 1: the strongest correlation of a color channel with the coverage or
    with the coverage's slopes (carved text shows only in its edges). Large pictures are
    sampled; text that moves no channel by MIN_LEVELS gray levels counts as 0.
    """
    step = max(1, -(-coverage.shape[0] // 12))
    cover = coverage[::step, ::step]
    rows, columns = cover.shape
    # 0 to 2 the colors, 3 the coverage, 4 and 5 its slopes, 6 ones: one product holds all sums and all correlations
    forms = np.zeros((7, rows, columns), np.float32)
    forms[:3], forms[3], forms[6] = image[::step, ::step].transpose(2, 0, 1), cover, 1
    np.subtract(forms[3, :, 2:], forms[3, :, :-2], out=forms[4, :, 1:-1])
    np.subtract(forms[3, 2:], forms[3, :-2], out=forms[5, 1:-1])
    vectors = forms.reshape(7, -1)
    n = rows * columns
    products = (vectors[:6] @ vectors.T / n).tolist()  # (6, 7)
    means = [row[6] for row in products]
    norms = [max(products[k][k] - means[k] ** 2, 1e-3 / n) ** 0.5 for k in range(6)]
    best = 0.0
    for k in range(3):
        flat, across, down = ((products[k][j] - means[k] * means[j]) / norms[j] for j in (3, 4, 5))
        found = max(abs(flat), (across**2 + down**2) ** 0.5)
        if found >= MIN_LEVELS:
            best = max(best, found / norms[k])
    return best
