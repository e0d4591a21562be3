"""Recognizers of one glyph in a picture."""

from __future__ import annotations

from abc import ABC
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recognizers.interpret import check_glyph_label, glyph_reading
from recognizers.network import Batch
from recognizers.networks import losses
from recognizers.reading import Reading
from recognizers.recognizer import Recognizer


class GlyphRecognizer(Recognizer, ABC):
    """Reads one glyph a picture: class k is the k-th visible grapheme. class_weights (n_visible,) and label_smoothing
    are for training, and no part of a bundle.
    """

    unit = "glyph"
    class_weights: Tensor | None = None
    label_smoothing: float = 0.0

    @final
    def loss(self, log_probs: Tensor, batch: Batch) -> Tensor:
        order = {char: k for k, char in enumerate(self.script.visible)}
        targets = torch.tensor([order[text] for text in batch.texts])
        # log probabilities are scores as good as any: the softmax of a log softmax is itself
        return losses.classes(log_probs, targets, self.class_weights, self.label_smoothing)

    @final
    def check_label(self, text: str, width_px: int, origin: str) -> None:
        check_glyph_label(text, origin, self.script)

    @final
    def decode(self, log_probs: NDArray[np.float32], widths: NDArray[np.int64]) -> list[Reading]:
        return [
            glyph_reading(row, width, self.script, self.calibration)
            for row, width in zip(log_probs, widths.tolist(), strict=True)
        ]


class ClassRecognizer(GlyphRecognizer, ABC):
    """Learns its classes from many pictures of each."""

    @final
    def training_loss(self, batch: Batch) -> Tensor:
        return self.loss(self(batch.images, batch.widths), batch)

    @final
    def errors(self, outputs: Tensor, batch: Batch) -> tuple[float, float]:
        return self.edits(outputs, batch)
