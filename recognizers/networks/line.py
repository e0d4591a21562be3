"""Recognizers of lines: classes along the width of a picture, decoded with CTC."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from recognizers.decode import LogProbs, best_path, evidence_of, required_steps
from recognizers.network import Batch, LabelError
from recognizers.networks import losses
from recognizers.networks.alphabet_masks import AlphabetMasks
from recognizers.networks.layers import ClassHead
from recognizers.reading import GlyphReading, Reading
from recognizers.recognizer import Recognizer

_N_CANDIDATES = 5
_BLANKS = "-_~\u03b5\u2205"  # what stands for the blank in a raw path: the first that the script does not have
_MAX_EVIDENCE = 400  # graphemes of a script up to which readings keep what language needs; no language has more letters
# of the glyphs of a line; below, it is thought to be no text of the script. On synthetic validation pages 0.85 leaves
# 98 % of the lines that 0.75 leaves, and a third of the other writing and scenery
MIN_MEAN_CONFIDENCE = 0.85


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
        steps, needed = width_px // self.stride_px, required_steps(self.script.encode(text))
        if needed > steps:
            raise LabelError(
                f"{origin}: the label {text!r} needs {needed} time steps, the picture gives {steps}; is it cut?"
            )

    @final
    def decode(self, log_probs: Tensor, widths: Tensor) -> list[Reading]:
        steps = (widths // self.stride_px).tolist()
        return [self._reading(row[:n].numpy()) for row, n in zip(log_probs, steps, strict=True)]

    def _reading(self, log_probs: LogProbs) -> Reading:
        glyphs, alphabet = [], self.script.alphabet
        log_probs = self.calibration.soften(log_probs)
        emissions = best_path(log_probs)
        while emissions and alphabet[emissions[0].id - 1] == " ":
            emissions = emissions[1:]
        while emissions and alphabet[emissions[-1].id - 1] == " ":
            emissions = emissions[:-1]
        for e in emissions:
            row = np.exp(log_probs[e.peak, 1:])
            order = np.argsort(-row)[:_N_CANDIDATES]
            total = float(row.sum())
            candidates = tuple((alphabet[i], float(row[i]) / total) for i in order.tolist())
            span = (float(e.start * self.stride_px), float(e.end * self.stride_px))
            glyphs.append(GlyphReading(alphabet[e.id - 1], e.probability, span, candidates))
        visible_ids = [i for i, char in enumerate(alphabet, start=1) if char != " "]
        space_id = alphabet.index(" ") + 1 if " " in alphabet else None
        evidence = evidence_of(log_probs, emissions, visible_ids, space_id) if len(alphabet) <= _MAX_EVIDENCE else None
        is_script = bool(glyphs) and float(np.mean([g.confidence for g in glyphs])) >= MIN_MEAN_CONFIDENCE
        confidence = self.calibration.line([g.confidence for g in glyphs])
        blank = next((char for char in _BLANKS if char not in alphabet), " ")
        path = (
            "".join(alphabet[i - 1] if i else blank for i in log_probs.argmax(axis=1).tolist())
            if len(log_probs)
            else ""
        )
        return Reading(
            "".join(g.char for g in glyphs),
            confidence,
            tuple(glyphs),
            is_script=is_script,
            evidence=evidence,
            path=path,
        )
