"""LeNet-5: two convolutions of 5×5 with 6 and 16 maps, each halved, then 120 and 84 units and the classes; 61,706
parameters with ten classes on 32×32.

Source: LeCun, Bottou, Bengio, Haffner 1998, figure 2. The paper's tanh and averages are arguments; rectifiers and
maxima, which train faster, are the default. Every map of the second convolution sees all six of the first (the paper
left some out).
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from glyphgen.script import Script
from recognizers.image.preprocess import Preprocess
from recognizers.networks.glyph import ClassRecognizer

_ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh}
_POOLINGS: dict[str, type[nn.Module]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


@final
class LeNet5(ClassRecognizer):
    """activation is relu or tanh, pooling max or average, dropout comes before the 84 units."""

    architecture = "lenet5"

    def __init__(
        self,
        script: Script,
        preprocess: Preprocess,
        activation: str = "relu",
        pooling: str = "max",
        dropout: float = 0.0,
    ) -> None:
        super().__init__(script, preprocess, {"activation": activation, "pooling": pooling, "dropout": dropout})
        if preprocess.height_px != 32:
            raise ValueError(f"lenet5 needs preprocess.height_px=32, not {preprocess.height_px}")
        if activation not in _ACTIVATIONS or pooling not in _POOLINGS:
            raise ValueError(
                f"lenet5 has the activations {', '.join(_ACTIVATIONS)} and the poolings {', '.join(_POOLINGS)}"
            )
        act, pool = _ACTIVATIONS[activation], _POOLINGS[pooling]
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 6, 5),
            act(),
            pool(2),  # (b, 6, 14, 14)
            nn.Conv2d(6, 16, 5),
            act(),
            pool(2),  # (b, 16, 5, 5)
            nn.Flatten(),
            nn.Linear(400, 120),
            act(),
            nn.Dropout(dropout),
            nn.Linear(120, 84),
            act(),
        )
        self.head = nn.Linear(84, len(script.visible))

    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        return torch.log_softmax(self.head(self.trunk(images)), dim=-1)  # (b, n_visible)
