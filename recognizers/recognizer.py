"""Recognizer: script, preprocessing and network in one object that reads pictures.

`Recognizer` and its two kinds, `LineRecognizer` (CTC) and `GlyphRecognizer` (one class per picture), are abstract; a
network is a final class with a `trunk` and a `head`. `read` and `read_batch` are the only way from picture to text,
for the app, the evaluation and the tests alike, and a picture's reading never depends on the others in its batch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, Self, final

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor, nn

from glyphgen.images import PictureLike
from glyphgen.script import Script
from recognizers.calibration import Calibration
from recognizers.decode import LogProbs, best_path, evidence_of, prefix_beam, required_steps
from recognizers.image.preprocess import Preprocess, pad_batch
from recognizers.networks import losses
from recognizers.networks.alphabet_masks import Families
from recognizers.networks.layers import ClassHead
from recognizers.networks.windows import is_long, log_probs_of
from recognizers.reading import Evidence, GlyphReading, Reading

_N_CANDIDATES = 5
_BLANKS = "-_~\u03b5\u2205"  # what stands for the blank in a raw path: the first that the script does not have
_MAX_EVIDENCE = 400  # graphemes of a script up to which readings keep what language needs; no language has more letters
# of the glyphs of a line; below, it is thought to be no text of the script. On synthetic validation pages 0.85 leaves 98 % of
# the lines that 0.75 leaves, and a third of the other writing and scenery
MIN_MEAN_CONFIDENCE = 0.85
_MIN_GLYPH_CONFIDENCE = 0.5  # the same for a glyph alone


class Preprocessing(Protocol):
    """What a bundle keeps of how pictures become tensors."""

    def to_dict(self) -> dict[str, Any]: ...


class LabelError(ValueError):
    """A label that the picture or the script cannot hold; the message names the sample."""


@dataclass(frozen=True)
class Batch:
    """images (b, 1, h, w) float32, or (b, 3, h, w) for pages; widths (b,) px; canonical texts; origins name the samples;
    targets, for pages, as `lines.make_targets` has them.
    """

    images: Tensor
    widths: Tensor
    texts: list[str]
    origins: list[str]
    targets: Tensor | None = None


class Network(nn.Module, ABC):
    """What is trained and saved as a bundle: script, preprocess, and the arguments the network was built with."""

    unit: ClassVar[str]  # what a sample shows: a glyph, a line or a page
    architecture: ClassVar[str]
    metric: ClassVar[str] = "cer"  # the name of errors / total, see `errors`

    def __init__(self, script: Script, preprocess: Preprocessing, arguments: dict[str, Any]) -> None:
        super().__init__()
        self.script, self.preprocess, self.arguments = script, preprocess, arguments
        self.provenance: dict[str, Any] = {}  # of the weights: filled by bundle.load

    @abstractmethod
    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        """Return what `loss` and `errors` take."""

    @abstractmethod
    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        """Return the mean training loss, a scalar."""

    @abstractmethod
    def training_loss(self, batch: Batch) -> Tensor:
        """Return the mean loss of a training step, a scalar."""

    @abstractmethod
    def errors(self, outputs: Tensor, batch: Batch) -> tuple[float, float]:
        """Return how many errors a batch has, out of how many; validation adds them up."""


class Recognizer(Network, ABC):
    """Reads text: `forward` gives log probabilities, (b, steps, n_classes) for lines, (b, n_visible) for glyphs."""

    preprocess: Preprocess
    trunk: nn.Module
    head: nn.Module

    def __init__(self, script: Script, preprocess: Preprocess, arguments: dict[str, Any]) -> None:
        super().__init__(script, preprocess, arguments)
        self.calibration = Calibration()  # what confidences are worth; fitted by the stage calibrate, kept in the bundle

    @property
    def stride_px(self) -> int:
        """Tensor px per time step."""
        return self.preprocess.stride_px

    @abstractmethod
    def decode(self, log_probs: Tensor, widths: Tensor) -> list[Reading]:
        """Turn the output of `forward` into readings; spans are in tensor px."""

    @abstractmethod
    def check_label(self, text: str, width_px: int, origin: str) -> None:
        """Raise LabelError when the network cannot write `text` for a tensor of this width."""

    def errors(self, outputs: Tensor, batch: Batch) -> tuple[float, float]:
        readings = self.decode(outputs.float().cpu(), batch.widths.cpu())
        edits = sum(Levenshtein.distance(a, r.text) for a, r in zip(batch.texts, readings, strict=True))
        return float(edits), float(sum(map(len, batch.texts)))

    @final
    @torch.inference_mode()
    def read_batch(self, pictures: Sequence[PictureLike]) -> list[Reading]:
        """Read pictures together; the same as reading each alone. Raises PictureError for one that cannot be read."""
        prepared = [self.preprocess.unsqueezed(picture) for picture in pictures]
        long = {k: p.tensor for k, p in enumerate(prepared) if is_long(p.tensor, self.preprocess)}
        usual = [p.tensor for k, p in enumerate(prepared) if k not in long]
        readings: list[Reading] = []
        was_training = self.training
        self.eval()
        try:
            if usual:
                images, widths = pad_batch(usual)
                readings = self.decode(self(images.to(next(self.parameters()).device), widths).float().cpu(), widths)
            for k, tensor in long.items():
                readings[k:k] = self.decode(log_probs_of(self, tensor, self.preprocess)[None], torch.tensor([tensor.shape[-1]]))
        finally:
            self.train(was_training)
        return [replace(reading, glyphs=tuple(replace(g, span_px=p.to_picture(*g.span_px)) for g in reading.glyphs))
                for reading, p in zip(readings, prepared, strict=True)]  # fmt: skip

    @final
    def read(self, picture: PictureLike) -> Reading:
        """Read one picture: a path, PIL image or array of any size, depth, alpha or polarity."""
        return self.read_batch([picture])[0]

    @final
    def with_script(self, script: Script) -> Self:
        """Return a recognizer for another script: the same trunk (copied), a new head."""
        other = type(self)(script, self.preprocess, **self.arguments)
        other.trunk.load_state_dict(self.trunk.state_dict())
        other.provenance = self.provenance
        return other


class LineRecognizer(Recognizer, ABC):
    """Reads lines with CTC: id 0 is the blank, the others are the script's.

    With n_sampled, training compares the classes of a batch with so many others drawn evenly, not with all: with thousands of
    classes most of a step would go into scores that no label asks for.
    """

    unit = "line"
    n_sampled: int = 0
    families: Families | None = None  # for training only: lines of many alphabets

    @abstractmethod
    def features(self, images: Tensor, widths: Tensor) -> Tensor:
        """Return what the head takes (b, steps, c)."""

    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        return torch.log_softmax(self.head(self.features(images, widths)).float(), dim=-1)  # (b, steps, n_classes)

    @final
    def loss(self, log_probs: Tensor, batch: Batch) -> Tensor:
        log_probs = self.families.restrict(log_probs, batch.texts) if self.families else log_probs
        return self._ctc(log_probs, [self.script.encode(text) for text in batch.texts], batch)

    @final
    def training_loss(self, batch: Batch) -> Tensor:
        n_classes = self.script.n_classes
        if self.families and isinstance(self.head, nn.Linear):  # a few dozen classes, of which none need be drawn
            return self._ctc(*self.families.compare(self.head, self.features(batch.images, batch.widths), batch.texts), batch)
        if self.families or not isinstance(self.head, ClassHead) or not 0 < self.n_sampled < n_classes:
            return self.loss(self(batch.images, batch.widths), batch)
        ids, features = [self.script.encode(text) for text in batch.texts], self.features(batch.images, batch.widths)
        random = losses.random_of([*batch.origins, *batch.texts])
        return self._ctc(*losses.compare_sampled(self.head, features, ids, n_classes, self.n_sampled, random), batch)

    def _ctc(self, log_probs: Tensor, ids: list[list[int]], batch: Batch) -> Tensor:
        return losses.ctc(log_probs, ids, batch.widths // self.stride_px)

    @final
    def errors(self, outputs: Tensor, batch: Batch) -> tuple[float, float]:
        return super().errors(self.families.restrict(outputs, batch.texts) if self.families else outputs, batch)

    @final
    def check_label(self, text: str, width_px: int, origin: str) -> None:
        steps, needed = width_px // self.stride_px, required_steps(self.script.encode(text))
        if needed > steps:
            raise LabelError(f"{origin}: the label {text!r} needs {needed} time steps, the picture gives {steps}; is it cut?")

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
        path = "".join(alphabet[i - 1] if i else blank for i in log_probs.argmax(axis=1).tolist()) if len(log_probs) else ""
        return Reading("".join(g.char for g in glyphs), confidence, tuple(glyphs), is_script=is_script, evidence=evidence, path=path)

    @final
    @torch.inference_mode()
    def read_alternatives(self, picture: PictureLike, width: int = 16, n_best: int = 5) -> Reading:
        """Read one picture with a prefix beam: the reading's alternatives hold whole texts with probabilities, calibrated as the
        confidence of a line is.
        """
        reading = self.read(picture)
        was_training = self.training
        self.eval()
        try:
            log_probs = log_probs_of(self, self.preprocess.unsqueezed(picture).tensor, self.preprocess).numpy()
        finally:
            self.train(was_training)
        found = prefix_beam(self.calibration.soften(log_probs), width, n_best)
        shares = [float(np.exp(p)) ** self.calibration.line_power for _, p in found]
        total = max(1.0, sum(shares))  # one of them is right, at most
        texts = [(self.script.decode(ids).strip(), share / total) for (ids, _), share in zip(found, shares, strict=True)]
        return replace(reading, alternatives=tuple(texts))


class GlyphRecognizer(Recognizer, ABC):
    """Reads one glyph a picture: class k is the k-th visible grapheme. class_weights (n_visible,) and label_smoothing are for
    training, and no part of a bundle.
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
            candidates = tuple((self.script.visible[i], float(p)) for i, p in zip(order.tolist(), values.tolist(), strict=True))
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
