"""What the boards of pages say, and how their lines are set one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glyphgen.datasets.synthetic import face_for
from glyphgen.faces.face import LEVELS_PX, Face
from glyphgen.render.layout import Line, Spacing, lay_out
from glyphgen.render.page_style import PageStyle
from glyphgen.render.placement import Block
from glyphgen.script import Script
from glyphgen.texts.english import Corpus, TextSource, english_words

_N_LINES = np.cumsum([0.3, 0.27, 0.18, 0.1, 0.06, 0.04, 0.03, 0.02])


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
class BlockSetter:
    """Draws the text of a board and sets it, in the script or in other writing."""

    script: Script
    faces: Sequence[Face]
    corpus: TextSource
    others: OtherWriting
    style: PageStyle

    def block(self, size: tuple[int, int], caps_px: tuple[float, float], rng: np.random.Generator) -> Block:
        """Set a block for a page of a size (width, height), with capitals of caps_px, least and most."""
        style, is_plain = self.style, self.style.plain_share >= 1
        is_script = rng.random() < style.script_share
        script, face = self._face(is_script, rng)
        n = int(np.searchsorted(_N_LINES, rng.random() * _N_LINES[-1])) + 1
        low, high = caps_px
        cap = low * (high / low) ** float(rng.random())
        # too large for this scale, and so to be passed over
        if rng.random() < style.oversized_share and not is_plain:
            cap, n = float(rng.uniform(1.2 * high, 3.5 * high)), min(n, 2)
        cap = min(cap, (1.1 if n > 2 else 2.0) * size[1] / (1.4 * n))
        varies, gap = rng.random() < 0.25, float(0.12 + 0.75 * rng.random() ** 1.5)
        align = 0.5 if rng.random() < 0.7 else 0.0
        room = max(2, int(1.15 * size[0] / (0.85 * cap)))
        spacing = Spacing(
            tracking=min(max(0.04 + 0.1 * float(rng.standard_normal()), -0.05), 0.5) if not is_plain else 0.0,
            jitter=0.03 * float(rng.random()) if not is_plain and rng.random() < 0.3 else 0.0,
            word_gap=float(0.7 + 0.8 * rng.random()),
        )
        rows: list[_Row] = []
        y, widest = 0.0, 1.0
        for _ in range(n):
            text, letters = self._text(script, is_script, room, rng)
            set_in = face
            if is_script and not face.can_write(text):
                set_in, drawn = face_for(self.faces, text, self.faces.index(face))
            else:
                drawn = "".join(char for char in text if face.can_write(char)).strip() or text[:1]
            text, letters = drawn, letters if drawn == text else ""
            own = cap * float(rng.uniform(0.65, 1.3)) if varies else cap
            line = lay_out(text, set_in, 0 if own <= LEVELS_PX[0] * 1.25 else 1, spacing, rng)
            rows.append(_Row(line, text, letters, own, y))
            y += own * (1 + gap)
            widest = max(widest, rows[-1].length_px)
        placed = [(row.line, row.matrix(align * (widest - row.length_px)), row.text, row.letters) for row in rows]
        return Block(placed, widest, y - rows[-1].cap_px * gap, cap, is_script)

    def _face(self, is_script: bool, rng: np.random.Generator) -> tuple[Script, Face]:
        if is_script or not self.others.faces:
            return self.script, self.faces[int(rng.integers(len(self.faces)))]
        return self.others.faces[int(rng.integers(len(self.others.faces)))]

    def _text(self, script: Script, is_script: bool, room: int, rng: np.random.Generator) -> tuple[str, str]:
        """Draw a text of at most `room` characters, and its letters without spaces where it has known ones."""
        text, letters = self.corpus.draw(rng) if is_script else (self.others.text(script, rng), "")
        kept = text[:room].strip() or text[:1]
        return kept, letters.replace(" ", "")[: len(kept.replace(" ", ""))]


@dataclass(frozen=True, eq=False)
class _Row:
    """A line that is laid out, with its capital height and its top in px of the block."""

    line: Line
    text: str
    letters: str
    cap_px: float
    top_px: float

    @property
    def length_px(self) -> float:
        return (self.line.extent[2] - self.line.extent[0]) * self.cap_px / self.line.cap_px

    def matrix(self, left_px: float) -> NDArray[np.float64]:
        """Return the map (3, 3) from the line's canvas to the block, in which it begins at left_px."""
        s = self.cap_px / self.line.cap_px
        dx, dy = left_px - self.line.extent[0] * s, self.top_px - self.line.extent[1] * s
        return np.array([[s, 0, dx], [0, s, dy], [0, 0, 1.0]])


def _letters(script: Script, rng: np.random.Generator, least: int, most: int) -> str:
    """Draw random characters, from least to most - 1 of them."""
    n = int(rng.integers(least, most))
    return "".join(script.visible[int(k)] for k in rng.integers(0, len(script.visible), n))
