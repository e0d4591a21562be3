"""Recognizers of lines: log probabilities along the width of a picture, read as CTC writes them."""

from __future__ import annotations

from abc import ABC
from typing import final

import numpy as np
from numpy.typing import NDArray

from recognizers.interpret import check_line_label, line_reading
from recognizers.reading import Reading
from recognizers.recognizer import Recognizer


class LineRecognizer(Recognizer, ABC):
    """Reads lines: `forward` gives log probabilities (b, steps, n_classes), id 0 is the blank, the others are the
    script's.
    """

    unit = "line"

    @final
    def check_label(self, text: str, width_px: int, origin: str) -> None:
        check_line_label(text, width_px, origin, self.script, self.stride_px)

    @final
    def decode(self, log_probs: NDArray[np.float32], widths: NDArray[np.int64]) -> list[Reading]:
        steps = (widths // self.stride_px).tolist()
        return [
            line_reading(row[:n], self.script, self.calibration, self.stride_px)
            for row, n in zip(log_probs, steps, strict=True)
        ]
