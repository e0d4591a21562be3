"""Recognizers of lines that learn with CTC: which class each step along the width of a picture is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import final

import torch
from torch import Tensor, nn

from recognizers.network import Batch
from recognizers.networks import losses
from recognizers.networks.alphabet_masks import AlphabetMasks
from recognizers.networks.layers import ClassHead
from recognizers.networks.line import LineRecognizer


class CTCRecognizer(LineRecognizer, ABC):
    """Learns lines with CTC.

    With n_sampled, training compares the classes of a batch with so many others drawn evenly, not with all: with
    thousands of classes most of a step would go into scores that no label asks for.
    """

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
