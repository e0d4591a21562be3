"""Whole pictures with signs in them: `PageSynth[i]` is a function of (seed, split, i) alone.

Boards of one to eight lines, turned, bent and seen at an angle, stand in a scenery; some carry other writing. Every
line is known by its top and bottom edges, which the same map carries, so labels fit however a sign is turned. A share
of the pages is made small and enlarged, as a finder looks at small pictures: soft text with capitals of 5 px and more.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from glyphgen.datasets.page_blocks import BlockSetter, OtherWriting, OwnWriting
from glyphgen.datasets.page_boards import BoardPainter, Scene
from glyphgen.datasets.page_changes import scaled, turned_page, with_legibility
from glyphgen.datasets.synthetic import SPLITS, Synth
from glyphgen.displays.display import game_display
from glyphgen.faces.distractors import (
    alphabet_faces,
    drawn_faces,
    font_faces,
    latin_faces,
    latin_fonts_of_part,
    random_faces,
    turned,
)
from glyphgen.faces.face import GlyphSource
from glyphgen.render.augmentation import Augmentation, check_turn
from glyphgen.render.boards import cross
from glyphgen.render.depth import random_view
from glyphgen.render.low_resolution import enlarge, random_size
from glyphgen.render.scenery import scenery
from glyphgen.sample import Image, LabelledLine, PageSample
from glyphgen.texts.english import Corpus
from glyphgen.texts.own import OwnTexts

_N_TRIES = 3  # to find room for a board where there are many
# drawn once: one takes longer than the rest of a page; pages show parts of it
_N_DISPLAYS, _DISPLAY_PX = 128, (960, 540)


class PageSynth(Synth[PageSample]):
    """Pages of `size_px` (width, height) with 0 to 3 boards; about a third of the boards hold other writing: invented
    alphabets, Latin letters of the fonts that matplotlib ships and of those that `other_fonts` names (see
    `find_fonts`), n_other_alphabets of installed fonts, and `other_scripts` that we draw, upright and with turned
    glyphs, as columns look from the side. The sources `also` are of further scripts: each board takes one of all, and
    its lines name it.
    """

    def __init__(
        self,
        source: GlyphSource,
        corpus: Corpus | OwnTexts,
        augment: str | Augmentation = "screenshot",
        seed: int = 0,
        split: str = "train",
        length: int = 100_000,
        n_faces: int = 64,
        size_px: tuple[int, int] = (320, 320),
        other_fonts: Sequence[str] = (),
        other_scripts: Sequence[str] = (),
        n_other_alphabets: int = 0,
        also: Sequence[GlyphSource] = (),
    ) -> None:
        super().__init__(source, augment, seed, split, length, n_faces)
        self.corpus, self.size_px = corpus.part(split), size_px
        self.style = self.augmentation.page
        check_turn(source.script, self.style.max_turn_deg, "page.max_turn_deg")
        self._is_plain = self.style.plain_share >= 1
        rng = np.random.default_rng([*self._key, 4])
        self.others = latin_faces(max(2, n_faces // 6), rng, SPLITS.index(split)) + random_faces(
            max(2, n_faces // 6), rng
        )
        self.display_fonts = latin_fonts_of_part(SPLITS.index(split))
        self._displays: dict[int, Image] = {}
        if other_fonts:
            found = font_faces(other_fonts, n_faces // 2, rng, SPLITS.index(split))
            self.others += [(script, face) for script, face, _ in found]
            self.display_fonts += [path for _, _, path in found]
        drawn = drawn_faces(other_scripts, n_faces // 2, rng)
        if other_scripts:  # columns of the script itself
            drawn += [(self.script, turned(face)) for face in source.faces(n_faces // 8 + 1, rng)[1:]]
        corpora = {id(script): Corpus(script, corpus.max_graphemes).part(split) for script, _ in drawn}
        alphabets = alphabet_faces(n_other_alphabets, rng, SPLITS.index(split)) if n_other_alphabets else []
        self.others += drawn + alphabets
        other = OtherWriting(self.others, corpora, frozenset(id(script) for script, _ in alphabets))
        own = [OwnWriting(self.script, self.faces, self.corpus)]
        for k, more in enumerate(also):
            check_turn(more.script, self.style.max_turn_deg, "page.max_turn_deg")
            faces = more.faces(n_faces + 1, np.random.default_rng([*self._key, 5, k]))[1:]
            own.append(OwnWriting(more.script, faces, Corpus(more.script, corpus.max_graphemes).part(split)))
        self._setter = BlockSetter(own, other, self.style)
        self._painter = BoardPainter(self.augmentation, self._bank_seed)

    def __getitem__(self, index: int) -> PageSample:  # type: ignore[override]  # no slices
        rng = self._rng(index)
        style, up, varies = self.style, self.augmentation.upscale, not self._is_plain
        is_plain = self._is_plain or rng.random() < style.plain_share
        low, high = style.cap_range_px
        is_low = up.share > 0 and rng.random() < up.share
        if is_low:
            (low, high), (_, factor) = up.cap_range_px, random_size(up, rng)
        else:
            is_enlarged = varies and rng.random() < style.enlarged_share
            factor = float(rng.uniform(*style.enlarged_range)) if is_enlarged else 1.0
            low, high = max(low / factor, style.min_cap_px), high / factor
        size = width, height = round(self.size_px[0] / factor), round(self.size_px[1] / factor)
        is_deep = style.depth_share > 0 and not is_plain and rng.random() < style.depth_share
        view = random_view(style, size, (low, high), rng) if is_deep else None
        is_display = not is_plain and not is_deep and rng.random() < style.display_share
        image = self._display(height, width, rng) if is_display else self._ground(height, width, is_plain, rng)
        if view:
            image = view.ground(image, self._bank_seed, rng)
        scene = Scene.on(image, view, is_low, crops=is_deep or style.boards_per_megapixel > 0)
        lines: list[LabelledLine] = []
        smallest = high
        n = self._n_boards(is_plain, is_display, rng)
        for distance in view.distances(n, rng) if view else [1.0] * n:
            caps = view.caps_px(distance) if view else (low, high)
            for _ in range(_N_TRIES if style.boards_per_megapixel else 1):
                block = self._setter.block(size, caps, rng, may_exceed=not view)
                placed = self._painter.put(scene, block, is_plain, is_display or is_deep, rng, distance)
                if placed:
                    lines += placed
                    smallest = min(smallest, block.cap_px)
                    break
        if view:
            scene.image = view.lit(scene.image)
        if varies and lines and rng.random() < style.crossed_share:
            cross(scene.image, rng)
        image = self.degrade(scene.image, smallest, rng)
        checked = [with_legibility(line, image, scene.coverage, self.augmentation.legibility.page) for line in lines]
        if is_low:
            image, _ = enlarge(image, self.size_px, up, rng)
        elif factor > 1:
            how = cv2.INTER_LINEAR if rng.random() < 0.7 else cv2.INTER_CUBIC
            # OpenCV's stubs know no dtype
            image = cv2.resize(image, self.size_px, interpolation=how)  # type: ignore[assignment]
        if factor > 1:
            checked = scaled(checked, np.array(self.size_px) / size)
        if is_low:  # enlarging may have taken it away
            whole = np.asarray(cv2.resize(scene.coverage, self.size_px, interpolation=cv2.INTER_LINEAR), np.uint8)
            checked = [with_legibility(line, image, whole, self.augmentation.legibility.page) for line in checked]
        if style.upside_down_share + style.sideways_share and varies:
            image, checked = turned_page(image, checked, style, rng)
        origin = f"{self.script.name}:page:{self.split}:{self.seed}:{index}"
        return PageSample(image, tuple(checked), origin, has_more_writing=is_display)

    def _n_boards(self, is_plain: bool, is_display: bool, rng: np.random.Generator) -> int:
        if is_plain:
            return 1
        if self.style.boards_per_megapixel:
            return int(rng.poisson(self.style.boards_per_megapixel * self.size_px[0] * self.size_px[1] / 1e6))
        shares = [0.5, 0.85, 0.95] if is_display else [0.06, 0.42, 0.8]
        return int(np.searchsorted(shares, rng.random()))

    def _ground(self, height: int, width: int, is_plain: bool, rng: np.random.Generator) -> Image:
        if is_plain:
            return np.full((height, width, 3), 255, np.uint8)
        if self.backgrounds is not None and rng.random() < self.augmentation.paint.on_background:
            return self.backgrounds.window(height, width, rng).copy()
        return scenery(height, width, self._bank_seed, rng, self.augmentation.paint.materials)

    def _display(self, height: int, width: int, rng: np.random.Generator) -> Image:
        """Return a window of the display of a game, larger or smaller, its colors mixed up now and then."""
        k = int(rng.integers(_N_DISPLAYS))
        if k not in self._displays:
            self._displays[k] = game_display(
                np.random.default_rng([self._bank_seed, k]), *_DISPLAY_PX[::-1], self.display_fonts
            )
        whole = self._displays[k]
        zoom = float(rng.uniform(0.6, 1.25))
        h, w = (min(round(side / zoom), most) for side, most in zip((height, width), whole.shape[:2], strict=True))
        y, x = int(rng.integers(whole.shape[0] - h + 1)), int(rng.integers(whole.shape[1] - w + 1))
        part = whole[y : y + h, x : x + w]
        if rng.random() < 0.3:
            part = part[..., rng.permutation(3)]
        return cv2.resize(  # type: ignore[return-value]  # OpenCV's stubs know no dtype
            part,
            (width, height),
            interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR,
        )
