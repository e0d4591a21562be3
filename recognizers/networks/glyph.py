"""Recognizers of one glyph in a picture."""

from __future__ import annotations

from abc import ABC
from typing import final

import numpy as np
import torch
from torch import Tensor

from recognizers.network import Batch, LabelError
from recognizers.networks import losses
from recognizers.reading import Evidence, GlyphReading, Reading
from recognizers.recognizer import Recognizer

_N_CANDIDATES = 5
_MIN_GLYPH_CONFIDENCE = 0.5  # below, it is thought to be no glyph of the script


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
        if len(text) != 1 or text not in self.script.visible:
            raise LabelError(f"{origin}: the label {text!r} is not one glyph of script {self.script.name!r}")

    @final
    def decode(self, log_probs: Tensor, widths: Tensor) -> list[Reading]:
        readings = []
        for row, width in zip((log_probs / self.calibration.temperature).softmax(dim=1), widths.tolist(), strict=True):
            values, order = row.topk(min(_N_CANDIDATES, len(row)))
            candidates = tuple(
                (self.script.visible[i], float(p)) for i, p in zip(order.tolist(), values.tolist(), strict=True)
            )
            char, p = candidates[0]
            evidence = Evidence(row.double().clamp(min=1e-6).log()[None].numpy(), np.zeros(1), np.zeros(1))
            glyph = GlyphReading(char, p, (0.0, float(width)), candidates)
            readings.append(Reading(char, p, (glyph,), is_script=p >= _MIN_GLYPH_CONFIDENCE, evidence=evidence))
        return readings


class ClassRecognizer(GlyphRecognizer, ABC):
    """Learns its classes from many pictures of each."""

    @final
    def training_loss(self, batch: Batch) -> Tensor:
        return self.loss(self(batch.images, batch.widths), batch)

    @final
    def errors(self, outputs: Tensor, batch: Batch) -> tuple[float, float]:
        return self.edits(outputs, batch)
