"""From labelled pictures to a batch: preprocess, check the labels, pad; for training, adaptation and validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from recognizers.image.preprocess import pad_batch
from recognizers.interpret import LabelError
from recognizers.network import Batch
from recognizers.recognizer import Recognizer

Prepared = NDArray[np.float32]  # (1, h, w), see `Preprocess`
_WIDENING = 1.25
# training lines are as wide as a multiple of so many steps: convolutions on CPUs are prepared anew for every width that
# they have not seen, which took a tenth of the time of training
_BUCKET_STEPS = 8
_MOST_WIDENINGS = 4  # to nearly two and a half times the width: a text that needs more is no label of its picture


class LabelledPicture(Protocol):
    """What is learned from: image (h, w, 3) RGB uint8, its text, and where it came from, for messages."""

    @property
    def image(self) -> NDArray[np.uint8]: ...

    @property
    def text(self) -> str: ...

    @property
    def origin(self) -> str: ...


def collate(samples: Sequence[LabelledPicture], recognizer: Recognizer, widens: bool = False) -> Batch:
    """Preprocess and pad samples. A label the network cannot write raises LabelError with the sample's name.

    With `widens`, for training, a narrow picture goes on in the color of its last column, as if the crop were wider, so
    that there is no padding at all for batch norm to count; lines go on to one of few widths.
    """
    return stack(samples, [recognizer.preprocess(sample.image).tensor for sample in samples], recognizer, widens)


def stack(samples: Sequence[LabelledPicture], prepared: list[Prepared], recognizer: Recognizer, widens: bool) -> Batch:
    """Do what `collate` does with pictures that are preprocessed already: tensors (1, h, w), one for each sample."""
    texts = [recognizer.script.canonical(sample.text) for sample in samples]
    for sample, text, tensor in zip(samples, texts, prepared, strict=True):
        recognizer.check_label(text, tensor.shape[-1], sample.origin)
    if widens:
        width = max(tensor.shape[-1] for tensor in prepared)
        if recognizer.unit == "line":
            width = -(-width // (_BUCKET_STEPS * recognizer.stride_px)) * _BUCKET_STEPS * recognizer.stride_px
        prepared = [_widened_to(tensor, width) for tensor in prepared]
    images, widths = pad_batch(prepared)
    return Batch(torch.from_numpy(images), torch.from_numpy(widths), texts, [sample.origin for sample in samples])


def _widened_to(tensor: Prepared, width: int) -> Prepared:
    """Go on to the right with the middle value of the last column, the lower of two."""
    last = tensor[..., -1].ravel()
    middle = np.partition(last, (last.size - 1) // 2)[(last.size - 1) // 2]
    return np.pad(tensor, ((0, 0), (0, 0), (0, width - tensor.shape[-1])), constant_values=middle)


def fitted(sample: LabelledPicture, recognizer: Recognizer) -> tuple[NDArray[np.uint8], Prepared]:
    """Return a sample's picture and its tensor. A picture that a deformation or its crop left too narrow for its text
    is widened, for it must not end the training; one that is too narrow however wide it is drawn stays, and `stack`
    names it.
    """
    text = recognizer.script.canonical(sample.text)
    first = recognizer.preprocess(sample.image).tensor
    image, tensor = sample.image, first
    for _ in range(_MOST_WIDENINGS):
        try:
            recognizer.check_label(text, tensor.shape[-1], sample.origin)
            return image, tensor
        except LabelError:
            if recognizer.unit != "line":
                break
        image = widened(image, _WIDENING)
        tensor = recognizer.preprocess(image).tensor
    return sample.image, first


def widened(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """Return a picture drawn `factor` times as wide."""
    return np.asarray(cv2.resize(image, None, fx=factor, fy=1, interpolation=cv2.INTER_LINEAR), np.uint8)
