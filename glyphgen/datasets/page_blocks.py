"""What the boards of pages say, and how their lines are set one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glyphgen.datasets.synthetic import face_for
from glyphgen.faces.face import LEVELS_PX, Face
from glyphgen.render.layout import Line, Spacing, lay_out
from glyphgen.render.page_style import PageStyle
from glyphgen.render.placement import Block
from glyphgen.script import Script
from glyphgen.texts.english import Corpus, english_words
from glyphgen.texts.own import OwnTexts

_N_LINES = np.cumsum([0.3, 0.27, 0.18, 0.1, 0.06, 0.04, 0.03, 0.02])
_LEAST_COLUMN, _COLUMN_GAP = 7.0, 1.6  # width of a column, and of the gap beside it, in capital heights
_WIDEST_GAP, _WIDEST_TRACKING = 3.0, 0.35  # between words and glyphs of a justified line, in capital heights
_N_JOINED = 4  # texts that are tried to fill a line with


@dataclass(frozen=True, eq=False)
class OtherWriting:
    """Writing that no line tells the text of: scripts with a face each; the texts of those that we draw, and which are
    alphabets of installed fonts, both by the script's id.
    """

    faces: Sequence[tuple[Script, Face]]
    corpora: Mapping[int, Corpus]
    spaced: frozenset[int]

    def text(self, script: Script, rng: np.random.Generator) -> str:
        """Draw what a line of one of the scripts says."""
        if id(script) in self.corpora:
            return self.corpora[id(script)].sample(rng)
        if id(script) in self.spaced:
            words = [_letters(script, rng, 1, 9) for _ in range(int(rng.integers(1, 4)))]
            return " ".join(words)
        if script.name != "latin":
            return _letters(script, rng, 2, 14)
        words = [str(rng.choice(english_words()[0][:3000])) for _ in range(int(rng.integers(1, 4)))]
        text = " ".join(words)
        form = rng.random()
        text = text if form < 0.4 else text.lower() if form < 0.6 else text.title()
        return _letters(script, rng, 2, 9) if rng.random() < 0.15 else text


@dataclass(frozen=True, eq=False)
class OwnWriting:
    """A script that pages are labelled in, its faces, and what is written in it."""

    script: Script
    faces: Sequence[Face]
    corpus: Corpus | OwnTexts


@dataclass(frozen=True, eq=False)
class BlockSetter:
    """Draws the text of a board and sets it, in one of its own scripts or in other writing."""

    own: Sequence[OwnWriting]
    others: OtherWriting
    style: PageStyle

    def block(
        self,
        size: tuple[int, int],
        caps_px: tuple[float, float],
        rng: np.random.Generator,
        may_exceed: bool = True,
    ) -> Block:
        """Set a block for a page of a size (width, height), with capitals of caps_px, least and most, which some may
        exceed.
        """
        style, is_plain = self.style, self.style.plain_share >= 1
        is_script = rng.random() < style.script_share
        own = self.own[int(rng.integers(len(self.own)))] if is_script and len(self.own) > 1 else self.own[0]
        script, face = self._face(own, is_script, rng)
        n = int(np.searchsorted(_N_LINES, rng.random() * _N_LINES[-1])) + 1
        low, high = caps_px
        cap = low * (high / low) ** float(rng.random())
        # too large for this scale, and so to be passed over
        if rng.random() < style.oversized_share and not is_plain and may_exceed:
            cap, n = float(rng.uniform(1.2 * high, 3.5 * high)), min(n, 2)
        n_columns = 1
        if style.column_share and rng.random() < style.column_share:
            n_columns, n = int(rng.integers(2, 4)), n + 2
            cap = max(min(cap, size[0] / (n_columns * _LEAST_COLUMN)), min(low, cap))
        cap = min(cap, (1.1 if n > 2 else 2.0) * size[1] / (1.4 * n))
        varies, gap = rng.random() < 0.25, float(0.12 + 0.75 * rng.random() ** 1.5)
        align = 0.5 if rng.random() < 0.7 else 0.0
        is_justified = False
        if style.right_share or style.justified_share:
            u = float(rng.random())
            align = 1.0 if u < style.right_share else align
            is_justified = style.right_share <= u < style.right_share + style.justified_share
        room = max(2, int(1.15 * size[0] / (0.85 * cap) / n_columns - (2 if n_columns > 1 else 0)))
        spacing = Spacing(
            tracking=min(max(0.04 + 0.1 * float(rng.standard_normal()), -0.05), 0.5) if not is_plain else 0.0,
            jitter=0.03 * float(rng.random()) if not is_plain and rng.random() < 0.3 else 0.0,
            word_gap=float(0.7 + 0.8 * rng.random()),
        )
        placed, left, right, bottom = [], 0.0, 0.0, 0.0
        for _ in range(n_columns):
            rows: list[_Row] = []
            y = 0.0
            for _ in range(n):
                text, letters = self._text(own, script, is_script, room, is_justified, rng)
                set_in = face
                if is_script and not face.can_write(text):
                    set_in, drawn = face_for(own.faces, text, own.faces.index(face))
                else:
                    drawn = "".join(char for char in text if face.can_write(char)).strip() or text[:1]
                text, letters = drawn, letters if drawn == text else ""
                high_px = cap * float(rng.uniform(0.65, 1.3)) if varies and n_columns == 1 else cap
                rows.append(_Row.set(text, letters, set_in, spacing, high_px, y, rng, is_again=is_justified))
                y += high_px * (1 + gap)
            widest = max(1.0, *(row.length_px for row in rows))
            if is_justified:
                rows = [row.stretched(widest) for row in rows[:-1]] + rows[-1:]
                align = 0.0
            for row in rows:
                placed.append((row.line, row.matrix(left + align * (widest - row.length_px)), row.text, row.letters))
            right, bottom = left + widest, max(bottom, y - rows[-1].cap_px * gap)
            left = right + cap * _COLUMN_GAP
        name = script.name if is_script and len(self.own) > 1 else ""
        return Block(placed, right, bottom, cap, is_script, name)

    def _face(self, own: OwnWriting, is_script: bool, rng: np.random.Generator) -> tuple[Script, Face]:
        if is_script or not self.others.faces:
            return own.script, own.faces[int(rng.integers(len(own.faces)))]
        return self.others.faces[int(rng.integers(len(self.others.faces)))]

    def _text(
        self, own: OwnWriting, script: Script, is_script: bool, room: int, fills: bool, rng: np.random.Generator
    ) -> tuple[str, str]:
        """Draw a text of at most `room` characters, and its letters without spaces where it has known ones. One that
        fills a line is of several texts, unless they are the user's own, which are not put together.
        """
        text, letters = own.corpus.draw(rng) if is_script else (self.others.text(script, rng), "")
        if fills and is_script and isinstance(own.corpus, Corpus) and " " in script.alphabet:
            most = min(room, own.corpus.max_graphemes)
            for _ in range(_N_JOINED):
                more, known = own.corpus.draw(rng)
                if len(text) + 1 + len(more) <= most:
                    text, letters = f"{text} {more}", letters + known if letters and known else ""
        kept = text[:room].strip() or text[:1]
        return kept, letters.replace(" ", "")[: len(kept.replace(" ", ""))]


@dataclass(frozen=True, eq=False)
class _Row:
    """A line that is laid out, with its capital height and its top in px of the block; where it may be laid out again,
    also its face, its spacing and the seed of what is random in it.
    """

    line: Line
    text: str
    letters: str
    cap_px: float
    top_px: float
    face: Face
    spacing: Spacing
    seed: int | None

    @classmethod
    def set(
        cls,
        text: str,
        letters: str,
        face: Face,
        spacing: Spacing,
        cap_px: float,
        top_px: float,
        rng: np.random.Generator,
        is_again: bool,
    ) -> _Row:
        """Lay out a line; with a seed of its own where that may be done again."""
        seed = int(rng.integers(1 << 62)) if is_again else None
        level = 0 if cap_px <= LEVELS_PX[0] * 1.25 else 1
        line = lay_out(text, face, level, spacing, rng if seed is None else np.random.default_rng(seed))
        return cls(line, text, letters, cap_px, top_px, face, spacing, seed)

    @property
    def length_px(self) -> float:
        return (self.line.extent[2] - self.line.extent[0]) * self.cap_px / self.line.cap_px

    def matrix(self, left_px: float) -> NDArray[np.float64]:
        """Return the map (3, 3) from the line's canvas to the block, in which it begins at left_px."""
        s = self.cap_px / self.line.cap_px
        dx, dy = left_px - self.line.extent[0] * s, self.top_px - self.line.extent[1] * s
        return np.array([[s, 0, dx], [0, s, dy], [0, 0, 1.0]])

    def stretched(self, length_px: float) -> _Row:
        """Return the line spaced so that it is of a length: between words, or where it has one word between glyphs; as
        it is where the gaps would be too wide.
        """
        cap, n_gaps = self.line.cap_px, self.text.count(" ")
        lacking = (length_px - self.length_px) * cap / self.cap_px
        level = LEVELS_PX.index(cap)
        usual = self.face.space_px[level] + self.spacing.tracking * cap
        if n_gaps and lacking / n_gaps + usual * self.spacing.word_gap <= _WIDEST_GAP * cap:
            spacing = replace(self.spacing, word_gap=self.spacing.word_gap + lacking / n_gaps / usual)
        elif not n_gaps and len(self.text) > 1 and lacking / (len(self.text) - 1) <= _WIDEST_TRACKING * cap:
            spacing = replace(self.spacing, tracking=self.spacing.tracking + lacking / (len(self.text) - 1) / cap)
        else:
            return self
        line = lay_out(self.text, self.face, level, spacing, np.random.default_rng(self.seed))
        return replace(self, line=line, spacing=spacing)


def _letters(script: Script, rng: np.random.Generator, least: int, most: int) -> str:
    """Draw random characters, from least to most - 1 of them."""
    n = int(rng.integers(least, most))
    return "".join(script.visible[int(k)] for k in rng.integers(0, len(script.visible), n))
