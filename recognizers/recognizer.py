"""Recognizer: script, preprocessing and network in one object that reads pictures.

`Recognizer` and its two kinds, `LineRecognizer` and `GlyphRecognizer` (one class per picture), are abstract; a
network is a final class with a `trunk` and a `head`. `read` and `read_batch` are the only way from picture to text,
for the app, the evaluation and the tests alike, and a picture's reading never depends on the others in its batch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self, final

import numpy as np
import torch
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from torch import Tensor, nn

from glyphgen.images import PictureLike
from glyphgen.script import Script
from recognizers.acceptance import Acceptance
from recognizers.calibration import Calibration
from recognizers.certainty import Certainty
from recognizers.image.preprocess import Preprocess
from recognizers.network import Batch, Network
from recognizers.picture_batches import read_pictures
from recognizers.reading import Reading


class Recognizer(Network, ABC):
    """Reads text: `forward` gives log probabilities, (b, steps, n_classes) for lines, (b, n_visible) for glyphs."""

    preprocessing = Preprocess
    preprocess: Preprocess
    trunk: nn.Module
    head: nn.Module

    def __init__(self, script: Script, preprocess: Preprocess, arguments: dict[str, Any]) -> None:
        super().__init__(script, preprocess, arguments)
        self.calibration = (
            Calibration()
        )  # what confidences are worth; fitted by the stage calibrate, kept in the bundle
        # which of the lines that a finder of any writing finds count; fitted and kept likewise
        self.acceptance: Acceptance | None = None
        # what the probability of lines of whole pictures is worth; fitted and kept likewise
        self.certainty: Certainty | None = None

    @property
    def stride_px(self) -> int:
        """Tensor px per time step."""
        return self.preprocess.stride_px

    @abstractmethod
    def decode(self, log_probs: NDArray[np.float32], widths: NDArray[np.int64]) -> list[Reading]:
        """Turn the output of `forward`, as an array, into readings; widths (b,) and spans are in tensor px."""

    @abstractmethod
    def check_label(self, text: str, width_px: int, origin: str) -> None:
        """Raise LabelError when the network cannot write `text` for a tensor of this width."""

    @final
    def edits(self, outputs: Tensor, batch: Batch) -> tuple[float, float]:
        """Return how many edits make the readings of a batch right, out of how many graphemes."""
        readings = self.decode(outputs.float().cpu().numpy(), batch.widths.cpu().numpy())
        edits = sum(Levenshtein.distance(a, r.text) for a, r in zip(batch.texts, readings, strict=True))
        return float(edits), float(sum(map(len, batch.texts)))

    @final
    @torch.inference_mode()
    def read_batch(self, pictures: Sequence[PictureLike]) -> list[Reading]:
        """Read pictures together; the same as reading each alone. Raises PictureError for one that cannot be read."""
        was_training = self.training
        self.eval()
        try:
            return read_pictures(pictures, self.preprocess, self.log_probs, self.decode)
        finally:
            self.train(was_training)

    @final
    @torch.inference_mode()
    def log_probs(self, images: NDArray[np.float32], widths: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the output of `forward` for arrays, on whichever device the network is."""
        out = self(torch.from_numpy(images).to(next(self.parameters()).device), torch.from_numpy(widths))
        array: NDArray[np.float32] = out.float().cpu().numpy()
        return array

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
