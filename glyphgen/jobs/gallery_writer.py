"""What writes the texts of contact sheets, and the sheets as files."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import islice
from typing import Any

import cv2
import numpy as np
from PIL import Image as PillowImage

from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.augmentation import Augmentation
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.sample import Image, Sample
from glyphgen.shapes.outline import Coverage
from glyphgen.shapes.pen import load_drawing
from glyphgen.texts.english import Corpus

_MOST_BYTES = 250_000  # of a .jpg


@dataclass(frozen=True)
class Writer:
    """What writes the texts of the sheets: a script in the faces of its drawing, and words to write with it."""

    source: DrawnSource
    corpus: Corpus
    seed: int

    @classmethod
    def of(cls, script: str, seed: int) -> Writer:
        drawing = load_drawing(script)
        return cls(DrawnSource(drawing), Corpus(drawing.script, 10), seed)

    def sign(self, size: tuple[int, int], cap_px: float, n_lines: int, rng: np.random.Generator) -> Coverage:
        """Return words set in lines in the middle of a sign of a size (height, width), in px."""
        face = self.source.faces(1, np.random.default_rng(0))[0]
        sign = np.zeros(size, np.uint8)
        for k in range(n_lines):
            text = "".join(self.corpus.draw(rng)[0].split())
            line = lay_out(text, face, 1, Spacing(tracking=0.08), rng)
            x0, y0, x1, _ = line.extent
            scale = min(cap_px / line.cap_px, 0.84 * size[1] / (x1 - x0))
            top = (size[0] - (1.55 * n_lines - 0.55) * cap_px) / 2 + 1.55 * k * cap_px
            onto = np.array([[scale, 0, size[1] / 2 - scale * (x0 + x1) / 2], [0, scale, top - scale * y0]])
            placed: Any = cv2.warpAffine(line.coverage, onto, size[::-1], flags=cv2.INTER_AREA)
            np.maximum(sign, placed, out=sign)
        return sign

    def lines(self, look: str | Augmentation, n: int, direction: str = "ltr", split: str = "train") -> list[Sample]:
        """Return n lines of a look, the first that have 4 to 8 characters."""
        lines = LineSynth(self.source, self.corpus, look, self.seed, split, 64, n_faces=4, direction=direction)
        found = (line for line in (lines[i] for i in range(len(lines))) if 4 <= len(line.text) <= 8)
        return list(islice(found, n))


def encoded(sheet: Image, kind: str) -> bytes:
    """Return a sheet as a png, or as a jpg of the best quality with which it has 250 kB at most."""
    picture, data = PillowImage.fromarray(sheet), io.BytesIO()
    if kind == "png":
        picture.save(data, "PNG")
        return data.getvalue()
    for quality in range(88, 20, -4):  # the best of those that are small enough
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=quality, optimize=True, progressive=True)
        if data.tell() <= _MOST_BYTES:
            break
    return data.getvalue()
