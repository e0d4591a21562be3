"""A residual network for glyphs of 32×32: a stem that halves the picture, stages of basic blocks, the mean over
positions.

Each block adds two 3×3 convolutions to what it was given; each stage after the first halves the picture again.
Source: He, Zhang, Ren, Sun 2016 (basic blocks); the stem's stride keeps it within reach of two CPU cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn

from glyphgen.script import Script
from recognizers.image.preprocess import Preprocess
from recognizers.networks.glyph import ClassRecognizer


class _Block(nn.Module):
    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False), nn.BatchNorm2d(n_out))
        is_same = n_in == n_out and stride == 1
        self.shortcut = (
            nn.Identity()
            if is_same
            else nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))
        )
        nn.init.zeros_(self.second[1].weight)  # type: ignore[arg-type]  # a block starts as its shortcut

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.shortcut(x) + self.second(self.first(x)))


def residual_layers(channels: Sequence[int], n_blocks: Sequence[int], height_px: int) -> list[nn.Module]:
    """Return the stem and the stages: (b, 1, h, w) to (b, channels[-1], h', w'), h' being h / 2^stages. Raises
    ValueError.
    """
    if len(channels) != len(n_blocks) or not channels or min((*channels, *n_blocks)) < 1:
        raise ValueError(
            f"a residual network needs as many channels as n_blocks, each 1 or more, not {list(channels)} and "
            f"{list(n_blocks)}"
        )
    if height_px < 2 ** (len(channels) + 1):
        raise ValueError(f"preprocess.height_px={height_px} is too small for {len(channels)} stages")
    layers: list[nn.Module] = [nn.Conv2d(1, channels[0], 5, 2, 2, bias=False), nn.BatchNorm2d(channels[0]), nn.ReLU()]
    n_in = channels[0]
    for stage, (n_out, n) in enumerate(zip(channels, n_blocks, strict=True)):
        for k in range(n):
            layers.append(_Block(n_in, n_out, 2 if k == 0 and stage else 1))
            n_in = n_out
    return layers


@final
class ResNet(ClassRecognizer):
    """channels and n_blocks of each stage, dropout before the classes; 308,586 parameters as configured, for ten."""

    architecture = "resnet"

    def __init__(
        self,
        script: Script,
        preprocess: Preprocess,
        channels: tuple[int, ...] = (32, 64, 128),
        n_blocks: tuple[int, ...] = (1, 1, 1),
        dropout: float = 0.2,
    ) -> None:
        super().__init__(
            script, preprocess, {"channels": list(channels), "n_blocks": list(n_blocks), "dropout": dropout}
        )
        layers = residual_layers(channels, n_blocks, preprocess.height_px)
        self.trunk = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout))
        self.head = nn.Linear(channels[-1], len(script.visible))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # as in cnn

    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        return torch.log_softmax(self.head(self.trunk(images)), dim=-1)  # (b, n_visible)
