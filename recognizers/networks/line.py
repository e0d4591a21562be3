"""Recognizers of lines: classes along the width of a picture, decoded with CTC."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from recognizers.interpret import check_line_label, line_reading
from recognizers.network import Batch
from recognizers.networks import losses
from recognizers.networks.alphabet_masks import AlphabetMasks
from recognizers.networks.layers import ClassHead
from recognizers.reading import Reading
from recognizers.recognizer import Recognizer


class LineRecognizer(Recognizer, ABC):
    """Reads lines with CTC: id 0 is the blank, the others are the script's.

    With n_sampled, training compares the classes of a batch with so many others drawn evenly, not with all: with
    thousands of classes most of a step would go into scores that no label asks for.
    """

    unit = "line"
    n_sampled: int = 0
    masks: AlphabetMasks | None = None  # for training only: lines of many alphabets

    @abstractmethod
    def features(self, images: Tensor, widths: Tensor) -> Tensor:
        """Return what the head takes (b, steps, c)."""

    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        return torch.log_softmax(self.head(self.features(images, widths)).float(), dim=-1)  # (b, steps, n_classes)

    @final
    def loss(self, log_probs: Tensor, batch: Batch) -> Tensor:
        log_probs = self.masks.restrict(log_probs, batch.texts) if self.masks else log_probs
        return self._ctc(log_probs, [self.script.encode(text) for text in batch.texts], batch)

    @final
    def training_loss(self, batch: Batch) -> Tensor:
        n_classes = self.script.n_classes
        if self.masks and isinstance(self.head, nn.Linear):  # a few dozen classes, of which none need be drawn
            return self._ctc(
                *self.masks.compare(self.head, self.features(batch.images, batch.widths), batch.texts), batch
            )
        if self.masks or not isinstance(self.head, ClassHead) or not 0 < self.n_sampled < n_classes:
            return self.loss(self(batch.images, batch.widths), batch)
        ids, features = [self.script.encode(text) for text in batch.texts], self.features(batch.images, batch.widths)
        random = losses.random_of([*batch.origins, *batch.texts])
        return self._ctc(*losses.compare_sampled(self.head, features, ids, n_classes, self.n_sampled, random), batch)

    def _ctc(self, log_probs: Tensor, ids: list[list[int]], batch: Batch) -> Tensor:
        return losses.ctc(log_probs, ids, batch.widths // self.stride_px)

    @final
    def errors(self, outputs: Tensor, batch: Batch) -> tuple[float, float]:
        return self.edits(self.masks.restrict(outputs, batch.texts) if self.masks else outputs, batch)

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
