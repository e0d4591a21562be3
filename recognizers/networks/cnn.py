"""The 3-convolution network for single glyphs: 101,578 parameters with ten classes on 28×28.

Three valid 3×3 convolutions of 32, 64 and 128 channels, each followed by 2×2 max pooling, then 64 units and the
classes. Source: the MNIST drawing-canvas demo this project descends from (98.39 % on MNIST).

The poolings round down, so that the output depends on 22 of the 28 px only. In the original those are the upper left
ones; here they are the central ones (a 2 without its foot is a 7).
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from glyphgen.script import Script
from recognizers.image.preprocess import Preprocess
from recognizers.networks.glyph import ClassRecognizer


@final
class CNN(ClassRecognizer):
    """channels of the convolutions, n_units before the classes, dropout before those."""

    architecture = "cnn"

    def __init__(
        self,
        script: Script,
        preprocess: Preprocess,
        channels: tuple[int, ...] = (32, 64, 128),
        n_units: int = 64,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(script, preprocess, {"channels": list(channels), "n_units": n_units, "dropout": dropout})
        blocks: list[nn.Module] = []
        side, n_in = preprocess.height_px, 1
        for n_out in channels:
            blocks += [nn.Conv2d(n_in, n_out, 3), nn.ReLU(), nn.MaxPool2d(2)]
            side, n_in = (side - 2) // 2, n_out
        if side < 1:
            raise ValueError(
                f"preprocess.height_px={preprocess.height_px} is too small for {len(channels)} convolutions"
            )
        seen = side
        for _ in channels:
            seen = 2 * seen + 2
        first = (preprocess.height_px - seen) // 2
        self.seen = slice(first, first + seen)
        self.trunk = nn.Sequential(
            *blocks, nn.Flatten(), nn.Dropout(dropout), nn.Linear(n_in * side * side, n_units), nn.ReLU()
        )
        self.head = nn.Linear(n_units, len(script.visible))
        # half the time of a training step on CPUs
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # its stubs leave out modules

    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        return torch.log_softmax(self.head(self.trunk(images[..., self.seen, self.seen])), dim=-1)  # (b, n_visible)
