"""Whole pictures with signs in them: `PageSynth[i]` is a function of (seed, split, i) alone.

Boards of one to eight lines, turned, bent and seen at an angle, stand in a scenery; some carry other writing. Every
line is known by its top and bottom edges, which the same map carries, so labels fit however a sign is turned. A share
of the pages is made small and enlarged, as a finder looks at small pictures: soft text with capitals of 5 px and more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from glyphgen.datasets.page_changes import enlarged, turned_page, with_legibility
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
from glyphgen.faces.face import LEVELS_PX, Face, GlyphSource
from glyphgen.render.augmentation import Augmentation, check_turn
from glyphgen.render.boards import cross, draw_rim, write_on
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.render.paint import paint
from glyphgen.render.paint_style import PLAIN
from glyphgen.render.placement import Block, board_map, column_shifts, line_edges
from glyphgen.render.scenery import scenery
from glyphgen.sample import Image, LabelledLine, PageSample
from glyphgen.script import Script
from glyphgen.shapes.outline import Coverage
from glyphgen.texts.english import Corpus, english_words
from glyphgen.texts.own import OwnTexts

# drawn once: one takes longer than the rest of a page; pages show parts of it
_N_DISPLAYS, _DISPLAY_PX = 128, (960, 540)
_N_LINES = np.cumsum([0.3, 0.27, 0.18, 0.1, 0.06, 0.04, 0.03, 0.02])


class PageSynth(Synth[PageSample]):
    """Pages of `size_px` (width, height) with 0 to 3 boards; about a third of the boards hold other writing: invented
    alphabets, Latin letters of the fonts that matplotlib ships and of those that `other_fonts` names (see
    `find_fonts`), n_other_alphabets of installed fonts, and `other_scripts` that we draw, upright and with turned
    glyphs, as columns look from the side.
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
    ) -> None:
        super().__init__(source, augment, seed, split, length, n_faces)
        self.corpus, self.size_px = corpus.part(split), size_px
        self.style = self.augmentation.page
        check_turn(source.script, self.style.max_turn_deg, "page.max_turn_deg")
        self._is_plain = self.style.plain_share >= 1
        # signs in a scene are solid more often than text in a crop looks
        self._paint = replace(self.augmentation.paint, extruded=self.style.extruded_share)
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
        self._other_corpora = {id(script): Corpus(script, corpus.max_graphemes).part(split) for script, _ in drawn}
        alphabets = alphabet_faces(n_other_alphabets, rng, SPLITS.index(split)) if n_other_alphabets else []
        self._spaced = {id(script) for script, _ in alphabets}
        self.others += drawn + alphabets

    def __getitem__(self, index: int) -> PageSample:  # type: ignore[override]  # no slices
        rng = self._rng(index)
        style, varies = self.style, not self._is_plain
        is_plain = self._is_plain or rng.random() < style.plain_share
        factor = float(rng.uniform(*style.enlarged_range)) if varies and rng.random() < style.enlarged_share else 1.0
        width, height = (round(side / factor) for side in self.size_px)
        low, high = max(style.cap_range_px[0] / factor, style.min_cap_px), style.cap_range_px[1] / factor
        is_display = not is_plain and rng.random() < style.display_share
        image = self._display(height, width, rng) if is_display else self._ground(height, width, is_plain, rng)
        taken, coverage = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
        lines: list[LabelledLine] = []
        smallest = high
        shares = [0.5, 0.85, 0.95] if is_display else [0.06, 0.42, 0.8]
        for _ in range(1 if is_plain else int(np.searchsorted(shares, rng.random()))):
            placed = self._place(image, taken, coverage, (low, high), is_plain, rng, needs_board=is_display)
            if placed:
                lines += placed[0]
                smallest = min(smallest, placed[1])
        if varies and lines and rng.random() < style.crossed_share:
            cross(image, rng)
        image = self.degrade(image, smallest, rng)
        checked = [with_legibility(line, image, coverage, self.augmentation.legibility.page) for line in lines]
        if factor > 1:
            image, checked = enlarged(
                image, checked, self.size_px, cv2.INTER_LINEAR if rng.random() < 0.7 else cv2.INTER_CUBIC
            )
        if style.upside_down_share + style.sideways_share and varies:
            image, checked = turned_page(image, checked, style, rng)
        origin = f"{self.script.name}:page:{self.split}:{self.seed}:{index}"
        return PageSample(image, tuple(checked), origin, has_more_writing=is_display)

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

    def _place(
        self,
        image: Image,
        taken: Coverage,
        coverage: Coverage,
        caps_px: tuple[float, float],
        is_plain: bool,
        rng: np.random.Generator,
        needs_board: bool,
    ) -> tuple[list[LabelledLine], float] | None:
        """Put one board where there is room, in place; return its lines and the height of their capitals, or None.
        Where there may be other writing already, it needs_board under it.
        """
        height, width = taken.shape
        is_script = rng.random() < self.style.script_share
        script, face = self._face(is_script, rng)
        block = self._block(script, face, is_script, (width, height), caps_px, rng)
        matrix = board_map(block, width, height, rng, self.augmentation.geometry.rotation_deg > 0, self.style)
        margin = block.cap_px * 2 * rng.random(2) ** 1.5
        corners = np.array(
            [
                [-margin[0], -margin[1]],
                [block.width + margin[0], -margin[1]],
                [block.width + margin[0], block.height + margin[1]],
                [-margin[0], block.height + margin[1]],
            ]
        )
        board = cv2.perspectiveTransform(corners[None], matrix)[0]
        x0, y0 = np.maximum(np.floor(board.min(axis=0)).astype(int) - 2, 0)
        x1, y1 = np.minimum(np.ceil(board.max(axis=0)).astype(int) + 2, [width, height])
        if x1 - x0 < 8 or y1 - y0 < 8:
            return None
        shape = cv2.fillPoly(np.zeros((height, width), np.uint8), [np.round(board).astype(np.int32)], 255, cv2.LINE_AA)
        if taken[shape > 0].any():
            return None
        ink = np.zeros((height, width), np.uint8)
        lines = []
        wave = (
            column_shifts(block, width, rng) if rng.random() < self.style.curved_share and not self._is_plain else None
        )
        for line, own, text, letters in block.lines:
            whole = matrix @ own
            np.maximum(ink, cv2.warpPerspective(line.coverage, whole, (width, height), flags=cv2.INTER_LINEAR), out=ink)
            top, bottom = line_edges(line, whole)
            if wave is not None:
                top[:, 1] -= np.interp(top[:, 0], np.arange(width), wave)
                bottom[:, 1] -= np.interp(bottom[:, 0], np.arange(width), wave)
            known = (text, letters) if is_script else ("", "")
            lines.append(LabelledLine(known[0], top, bottom, is_script, letters=known[1]))
        if wave is not None:
            xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
            # OpenCV's stubs know no dtype
            ink = cv2.remap(ink, xs, ys + wave.astype(np.float32), cv2.INTER_LINEAR)  # type: ignore[assignment]
        cap = block.cap_px
        if is_plain or (rng.random() < self.style.whole_share and not needs_board):  # the whole picture is the board
            image[:] = paint(ink, cap, PLAIN if is_plain else self._paint, self._bank_seed, rng)
            shape[:] = 255
        elif needs_board or rng.random() < self.style.board_share:
            part = paint(np.ascontiguousarray(ink[y0:y1, x0:x1]), cap, self._paint, self._bank_seed, rng)
            alpha = shape[y0:y1, x0:x1, None].astype(np.float32) / 255
            image[y0:y1, x0:x1] = (image[y0:y1, x0:x1] * (1 - alpha) + part * alpha).astype(np.uint8)
        else:
            write_on(image, ink, cap, rng)
        if not is_plain and rng.random() < self.style.rim_share:
            draw_rim(image, corners, (block.width, block.height), matrix, rng)
        np.maximum(taken, shape, out=taken)
        np.maximum(coverage, ink, out=coverage)
        return lines, cap

    def _face(self, is_script: bool, rng: np.random.Generator) -> tuple[Script, Face]:
        if is_script or not self.others:
            return self.script, self.faces[int(rng.integers(len(self.faces)))]
        return self.others[int(rng.integers(len(self.others)))]

    def _block(
        self,
        script: Script,
        face: Face,
        is_script: bool,
        size: tuple[int, int],
        caps_px: tuple[float, float],
        rng: np.random.Generator,
    ) -> Block:
        n = int(np.searchsorted(_N_LINES, rng.random() * _N_LINES[-1])) + 1
        low, high = caps_px
        cap = low * (high / low) ** float(rng.random())
        if (
            rng.random() < self.style.oversized_share and not self._is_plain
        ):  # too large for this scale, and so to be passed over
            cap, n = float(rng.uniform(1.2 * high, 3.5 * high)), min(n, 2)
        cap = min(cap, (1.1 if n > 2 else 2.0) * size[1] / (1.4 * n))
        varies, gap = rng.random() < 0.25, float(0.12 + 0.75 * rng.random() ** 1.5)
        align = 0.5 if rng.random() < 0.7 else 0.0
        room = max(2, int(1.15 * size[0] / (0.85 * cap)))
        spacing = Spacing(
            tracking=min(max(0.04 + 0.1 * float(rng.standard_normal()), -0.05), 0.5) if not self._is_plain else 0.0,
            jitter=0.03 * float(rng.random()) if not self._is_plain and rng.random() < 0.3 else 0.0,
            word_gap=float(0.7 + 0.8 * rng.random()),
        )
        rows, y, widest = [], 0.0, 1.0
        for _ in range(n):
            text, letters = self._text(script, is_script, room, rng)
            set_in = face
            if is_script and not face.can_write(text):
                set_in, drawn = self._face_for(text, self.faces.index(face))
            else:
                drawn = "".join(char for char in text if face.can_write(char)).strip() or text[:1]
            text, letters = drawn, letters if drawn == text else ""
            own = cap * float(rng.uniform(0.65, 1.3)) if varies else cap
            line = lay_out(text, set_in, 0 if own <= LEVELS_PX[0] * 1.25 else 1, spacing, rng)
            length = (line.extent[2] - line.extent[0]) * own / line.cap_px
            rows.append((line, text, letters, own, y, length))
            y += own * (1 + gap)
            widest = max(widest, length)
        placed = []
        for line, text, letters, own, top, length in rows:
            s = own / line.cap_px
            dx = align * (widest - length) - line.extent[0] * s
            placed.append((line, np.array([[s, 0, dx], [0, s, top - line.extent[1] * s], [0, 0, 1.0]]), text, letters))
        return Block(placed, widest, y - rows[-1][3] * gap, cap)

    def _text(self, script: Script, is_script: bool, room: int, rng: np.random.Generator) -> tuple[str, str]:
        """Draw a text of at most `room` characters, and its letters without spaces where it has known ones."""
        letters = ""
        if is_script:
            text, letters = self.corpus.draw(rng)
        elif id(script) in self._other_corpora:
            text = self._other_corpora[id(script)].sample(rng)
        elif id(script) in self._spaced:
            words = [
                "".join(script.visible[int(k)] for k in rng.integers(0, len(script.visible), int(rng.integers(1, 9))))
                for _ in range(int(rng.integers(1, 4)))
            ]
            text = " ".join(words)
        elif script.name == "latin":
            words = [str(rng.choice(english_words()[0][:3000])) for _ in range(int(rng.integers(1, 4)))]
            text = " ".join(words)
            form = rng.random()
            text = text if form < 0.4 else text.lower() if form < 0.6 else text.title()
            if rng.random() < 0.15:
                text = "".join(
                    script.visible[int(k)] for k in rng.integers(0, len(script.visible), int(rng.integers(2, 9)))
                )
        else:
            text = "".join(
                script.visible[int(k)] for k in rng.integers(0, len(script.visible), int(rng.integers(2, 14)))
            )
        kept = text[:room].strip() or text[:1]
        return kept, letters.replace(" ", "")[: len(kept.replace(" ", ""))]
