"""Captchas: a few characters of one font, each in a color and at an angle of its own, close together or far apart, with
thin lines across. Drawn with ordinary fonts of this machine.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.datasets.synthetic import Synth
from glyphgen.faces.face import LEVELS_PX, GlyphSource
from glyphgen.files import DataError
from glyphgen.render.augmentation import Augmentation, check_turn
from glyphgen.sample import Image, Sample
from glyphgen.texts.english import own_string

HEIGHT_PX = 80
_MIN_DISTANCE = 70  # of an ink from white, in its farthest channel


class CaptchaSynth(Synth[Sample]):
    """Sample i has n_range (least, most) characters, each equally likely, 80 px high. The splits share no text of two
    characters or more. Raises DataError for an impossible n_range.
    """

    def __init__(
        self,
        source: GlyphSource,
        augment: str | Augmentation = "none",
        seed: int = 0,
        split: str = "train",
        length: int = 100_000,
        n_faces: int = 64,
        n_range: tuple[int, int] = (3, 8),
    ) -> None:
        super().__init__(source, augment, seed, split, length, n_faces)
        if not 1 <= n_range[0] <= n_range[1]:
            raise DataError(f"n_range must be the least and the most characters, not {list(n_range)}")
        check_turn(source.script, 3 * max(self.augmentation.captcha.turns_deg), "captcha.turns_deg")
        self.n_range = n_range

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # no slices
        rng = self._rng(index)
        face = self.faces[int(rng.integers(len(self.faces)))]
        chars = [char for char in self.script.visible if face.can_write(char)]
        n = int(rng.integers(self.n_range[0], self.n_range[1] + 1))
        text = own_string("".join(chars[k] for k in rng.integers(0, len(chars), n).tolist()), self.split, chars, rng)
        style = self.augmentation.captcha
        cap = float(rng.uniform(*style.cap_range_px))
        spacing = float(rng.choice(style.gaps)) * cap * float(rng.uniform(0.7, 1.2))
        turn = float(rng.choice(style.turns_deg))
        squeeze = float(np.clip(rng.normal(style.squeeze, style.squeeze_std), 0.5, 1.4))
        scale = cap / LEVELS_PX[1]
        glyphs = [_turned(face.cut(char, 1, rng).coverage, scale, squeeze, float(rng.normal(0, turn))) for char in text]
        widths = [glyph.shape[1] for glyph in glyphs]
        margin = rng.uniform(5, 30 + 13 * n, 2)
        width = int(max(40, margin.sum() + sum(widths) + spacing * (n - 1)))
        image: Image = np.full((HEIGHT_PX, width, 3), 255, np.uint8)
        x, boxes = float(margin[0]), []
        for glyph in glyphs:
            y = (HEIGHT_PX - glyph.shape[0]) / 2 + float(rng.normal(0, 0.05 * cap))
            boxes.append(_lay(image, glyph, round(x), round(min(max(y, 0), HEIGHT_PX - glyph.shape[0])), _ink(rng)))
            x += glyph.shape[1] + spacing
        for _ in range(int(rng.integers(*style.n_lines_range, endpoint=True))):
            ends = np.stack([rng.uniform(0, width, 2), rng.uniform(0, HEIGHT_PX, 2)], axis=1).astype(int).tolist()
            cv2.line(image, ends[0], ends[1], (0, 0, 0), 1)
        image = self.degrade(image, cap, rng)
        return Sample(
            image,
            self.script.canonical(text),
            np.array(boxes, float),
            f"captcha:{self.split}:{self.seed}:{index}",
            text,
        )


def _turned(coverage: NDArray[np.uint8], scale: float, squeeze: float, turn_deg: float) -> NDArray[np.uint8]:
    """Scale a glyph's coverage, make it narrower or wider, and turn it; return it cut to its ink."""
    height, width = coverage.shape
    cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.diag([scale * squeeze, scale])
    corners = linear @ np.array([[0, width, width, 0], [0, 0, height, height]])
    low, high = corners.min(axis=1), corners.max(axis=1)
    size = (int(np.ceil(high[0] - low[0])) + 1, int(np.ceil(high[1] - low[1])) + 1)
    turned = cv2.warpAffine(
        coverage, np.column_stack([linear, -low]), size, flags=cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    )
    rows, columns = np.flatnonzero(turned.max(axis=1) > 16), np.flatnonzero(turned.max(axis=0) > 16)
    if not len(rows):
        return turned  # type: ignore[return-value]  # OpenCV's stubs know no dtype
    # OpenCV's stubs know no dtype
    return turned[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1][:HEIGHT_PX]  # type: ignore[return-value]


def _ink(rng: np.random.Generator) -> NDArray[np.float32]:
    color = rng.uniform(0, 255, 3)
    color[int(rng.integers(3))] = rng.uniform(0, 255 - _MIN_DISTANCE)
    return color.astype(np.float32)


def _lay(image: Image, glyph: NDArray[np.uint8], x: int, y: int, ink: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Paint a glyph in place; return its box, cut to the picture."""
    x = max(x, 0)
    room = image[y : y + glyph.shape[0], x : x + glyph.shape[1]]
    alpha = glyph[: room.shape[0], : room.shape[1], None].astype(np.float32) / 255
    room[:] = np.round(room * (1 - alpha) + ink * alpha).astype(np.uint8)
    return x, y, x + room.shape[1], y + room.shape[0]
