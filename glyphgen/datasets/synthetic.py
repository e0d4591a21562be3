"""Synthetic data sets: `LineSynth[i]` and `GlyphSynth[i]` are labelled samples, functions of (seed, split, i) alone.

Text is set on a canvas (`layout`), bent by one perspective map straight to its final size with its boxes carried by the
same map, painted (`paint`), then damaged (`degrade`). The splits never share a generator, a face, a texture or a word.
A sample whose text can hardly be told from its background is painted once more, plainly; there are no retry loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import cv2
import numpy as np

from glyphgen.faces.face import LEVELS_PX, Face, GlyphSource
from glyphgen.faces.shaped import ShapedFace
from glyphgen.files import DataError
from glyphgen.render.augmentation import Augmentation, check_turn, find_augmentation
from glyphgen.render.backgrounds import Backgrounds
from glyphgen.render.degrade import make_degrader
from glyphgen.render.direction import check_direction, from_the_right, lay_out_column, mirrored, turned_sample
from glyphgen.render.layout import Line, Spacing, lay_out
from glyphgen.render.legibility import legibility
from glyphgen.render.low_resolution import SPREAD_PX, enlarged_sample, random_size, softened_line, undamaged
from glyphgen.render.paint import paint
from glyphgen.render.paint_style import PLAIN
from glyphgen.render.shaped import lay_out_shaped
from glyphgen.render.surfaces.bank import draw_all
from glyphgen.render.warp import SPREAD, boxes_around, carry_marks, carry_quads, random_warp
from glyphgen.sample import Sample
from glyphgen.shapes.outline import Coverage
from glyphgen.texts.english import TextSource

cv2.setNumThreads(1)  # pictures are small: threads of OpenCV only get in the way of data loader workers

T = TypeVar("T")
SPLITS = ("train", "val", "test")


class Synth(Sequence[T]):
    """What all synthetic sets share: faces, streams of random numbers, an augmentation, given by its numbers or by the
    name of a preset. Abstract. Raises ValueError for a split or an augmentation that does not exist.
    """

    with_masks = False  # whether samples have an ink mask and a map of glyphs

    def __init__(
        self, source: GlyphSource, augment: str | Augmentation, seed: int, split: str, length: int, n_faces: int
    ) -> None:
        if split not in SPLITS:
            raise ValueError(f"split must be one of {', '.join(SPLITS)}, not {split!r}")
        self.source, self.script, self.augmentation = source, source.script, find_augmentation(augment)
        check_turn(self.script, self.augmentation.geometry.max_rotation_deg, "geometry.max_rotation_deg")
        self.seed, self.split, self.length = seed, split, length
        self.degrade = make_degrader(self.augmentation)
        own = self.augmentation.paint.backgrounds
        self.backgrounds = Backgrounds(own, split) if own else None
        self._key = [seed, SPLITS.index(split)]
        rng = np.random.default_rng([*self._key, 1])
        # the first face is the plain one, the same for every seed: it is for training
        self.faces = source.faces(n_faces, rng) if split == "train" else source.faces(n_faces + 1, rng)[1:]
        self._bank_seed = int(np.random.default_rng([*self._key, 2]).integers(1 << 31))
        self._seed_word = int(np.random.SeedSequence([*self._key, 3]).generate_state(1, np.uint64)[0])

    def __len__(self) -> int:
        return self.length

    def draw_surfaces(self) -> None:
        """Draw now what would be drawn when samples first stand on it (`surfaces`): a third of a second each."""
        if self.augmentation.paint.material:
            draw_all(self._bank_seed, self.augmentation.paint.materials)

    def _rng(self, index: int) -> np.random.Generator:
        if not 0 <= index < self.length:
            raise IndexError(f"sample {index} of {self.length}")
        return _stream(self._seed_word, index)

    def _finish(
        self: Synth[Sample],
        line: Line,
        text: str,
        cap_px: float,
        index: int,
        rng: np.random.Generator,
        square: bool = False,
    ) -> Sample:
        augmentation, factor = self.augmentation, 1.0
        up, spread = augmentation.upscale, SPREAD
        if up.share and rng.random() < up.share:
            cap_px, factor = random_size(up, rng)
            line, spread = softened_line(line, cap_px), np.sign(SPREAD) * SPREAD_PX * line.cap_px / cap_px
        matrix, size = random_warp(line, cap_px, augmentation.geometry, rng, square)
        coverage: Coverage = cv2.warpPerspective(  # type: ignore[assignment]  # OpenCV's stubs know no dtype
            line.coverage,
            matrix,
            size,
            flags=cv2.INTER_LINEAR,
        )
        image = paint(coverage, cap_px, augmentation.paint, self._bank_seed, rng, backgrounds=self.backgrounds)
        image = self.degrade(image, cap_px, rng)
        least = augmentation.legibility.glyph if square else augmentation.legibility.line
        if least and legibility(image, coverage) < least:
            image = paint(coverage, cap_px, PLAIN, self._bank_seed, rng)
        quads = carry_quads(np.concatenate([line.boxes + spread, [line.extent]]), matrix)
        sample = Sample(
            image,
            text,
            boxes_around(quads[:-1], size),
            f"{self.script.name}:{self.split}:{self.seed}:{index}",
            quads=quads[:-1],
            line=quads[-1],
            units=line.units,
            **carry_marks(line, matrix, size),
        )
        if factor == 1:
            return sample
        large = enlarged_sample(sample, factor, up, rng)
        size = large.image.shape[1::-1]
        # OpenCV's stubs know no dtype
        whole: Coverage = cv2.resize(coverage, size, interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
        if least and legibility(large.image, whole) < least:  # enlarging took it away
            plain = replace(sample, image=paint(coverage, cap_px, PLAIN, self._bank_seed, rng))
            large = enlarged_sample(plain, factor, undamaged(up), rng)
        return large


class LineSynth(Synth[Sample]):
    """Lines of text: sample i has 1 to `max_graphemes` graphemes. direction is one of `direction.DIRECTIONS`."""

    def __init__(
        self,
        source: GlyphSource,
        corpus: TextSource,
        augment: str | Augmentation = "screenshot",
        seed: int = 0,
        split: str = "train",
        length: int = 100_000,
        n_faces: int = 64,
        with_masks: bool = False,
        direction: str = "ltr",
    ) -> None:
        super().__init__(source, augment, seed, split, length, n_faces)
        self.corpus, self.with_masks = corpus.part(split), with_masks
        self.direction = check_direction(direction)

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # no slices
        rng = self._rng(index)
        text, letters = self.corpus.draw(rng)
        low, high = self.augmentation.geometry.cap_range_px
        cap_px = low * (high / low) ** float(rng.random())
        level = 0 if cap_px <= LEVELS_PX[0] * 1.25 else 1
        face, drawn = face_for(self.faces, text, int(rng.integers(len(self.faces))))
        text, letters = drawn, letters if drawn == text else ""
        u = rng.random(8).tolist()
        setting = self.augmentation.typesetting
        spread = setting.tracking_std * float(rng.standard_normal()) if setting.tracking_std else 0.0
        narrow, wide = setting.word_gap_range
        spacing = Spacing(
            tracking=min(max(setting.tracking + spread, -0.06), 0.45),
            jitter=setting.jitter * float(u[0]) if u[1] < setting.jitter_share else 0.0,
            wave=setting.wave * float(u[0]) if u[1] > 1 - setting.wave_share else 0.0,
            wave_phase=float(u[2] * 6.28),
            word_gap=float(narrow + (wide - narrow) * u[3]),
        )
        extra = dict.fromkeys(("above", "below", "before", "after"), "")
        for k, name in enumerate(extra):
            if u[4 + k] < (setting.neighbor_line_share if k < 2 else setting.neighbor_glyph_share):
                beside = self.corpus.neighbor(rng, min(len(text) + 1, 14) if k < 2 else 1)
                extra[name] = beside if face.can_write(beside) else ""
        near, far = setting.line_gap_range
        line_gap = float(near + (far - near) * rng.random())
        around: dict[str, Any] = {**extra, "line_gap": line_gap, "with_marks": self.with_masks}
        if isinstance(face, ShapedFace):
            line = lay_out_shaped(text, face, level, spacing, rng, **around, is_column=self.direction == "ttb")
        elif self.direction == "ttb":
            line = lay_out_column(text, face, level, spacing, rng, self.with_masks)
        elif self.direction == "rtl":
            line = from_the_right(text, face, level, spacing, rng, **around)
        else:
            line = lay_out(text, face, level, spacing, rng, **around)
            if self.direction == "boustrophedon" and rng.random() < 0.5:
                line = mirrored(line)
        sample = replace(self._finish(line, text, cap_px, index, rng), letters=letters)
        return turned_sample(sample) if self.direction == "turned" else sample


class GlyphSynth(Synth[Sample]):
    """Single glyphs, in turn over the visible graphemes of the script."""

    def __init__(
        self,
        source: GlyphSource,
        augment: str | Augmentation = "screenshot",
        seed: int = 0,
        split: str = "train",
        length: int = 50_000,
        n_faces: int = 64,
        with_masks: bool = False,
    ) -> None:
        super().__init__(source, augment, seed, split, length, n_faces)
        self.with_masks = with_masks
        style = self.augmentation.paint
        style = replace(style, clutter=style.clutter / self.augmentation.glyph.clutter_divisor)
        self.augmentation = replace(self.augmentation, paint=style)

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # no slices
        rng = self._rng(index)
        char = self.script.visible[index % len(self.script.visible)]
        low, high = self.augmentation.geometry.cap_range_px
        cap_px = float(rng.uniform(max(self.augmentation.glyph.min_cap_px, low), high))
        face, _ = face_for(self.faces, char, int(rng.integers(len(self.faces))))
        level = 0 if cap_px <= LEVELS_PX[0] * 1.25 else 1
        line = lay_out(char, face, level, Spacing(), rng, with_marks=self.with_masks)
        return self._finish(line, char, cap_px, index, rng, square=True)


def face_for(faces: Sequence[Face], text: str, first: int) -> tuple[Face, str]:
    """Return the face number `first`, or the next one that draws the whole text, and the text. Where none does, the
    text loses what the face `first` lacks. Raises DataError when nothing is left.
    """
    for k in range(len(faces)):
        face = faces[(first + k) % len(faces)]
        if face.can_write(text):
            return face, text
    left = " ".join("".join(char for char in text if faces[first].can_write(char)).split())
    if not left:
        raise DataError(f"no face draws anything of {text!r}; give other fonts")
    return faces[first], left


def _stream(seed_word: int, index: int) -> np.random.Generator:
    """Return the generator of one sample. Philox is counter-based: each key is a stream of its own, without the time
    that seeding takes. Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011.
    """
    return np.random.Generator(np.random.Philox(key=np.array([seed_word, index], np.uint64)))
