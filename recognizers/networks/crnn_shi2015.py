"""The CRNN of the paper: 7 convolutions, batch norm after the 5th and 6th, 2×1 pooling, two BiLSTM of 256, height 32.

Source: Shi, Bai, Yao 2015, "An End-to-End Trainable Neural Network for Image-based Sequence Recognition", table 1.
The paper pads its 2×1 pooling by one column; here windows are 2×1 without it, so that a step is 4 px everywhere.
Its last 2×2 convolution looks one column to the right; the column past the end is zero.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from glyphgen.script import Script
from recognizers.image.preprocess import Preprocess
from recognizers.networks.ctc import CTCRecognizer
from recognizers.networks.layers import MaskedBiLSTM, MaskedConv


class _Trunk(nn.Module):
    def __init__(self, n_hidden: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            [
                MaskedConv(1, 64, pool=(2, 2), has_norm=False),
                MaskedConv(64, 128, pool=(2, 2), has_norm=False),
                MaskedConv(128, 256, has_norm=False),
                MaskedConv(256, 256, pool=(2, 1), has_norm=False),
                MaskedConv(256, 512),
                MaskedConv(512, 512, pool=(2, 1)),
            ]
        )
        self.last = nn.Conv2d(512, 512, 2)
        self.lower, self.upper = MaskedBiLSTM(512, n_hidden), MaskedBiLSTM(n_hidden, n_hidden)
        self.between = nn.Linear(2 * n_hidden, n_hidden)

    def forward(self, x: Tensor, widths: Tensor) -> Tensor:
        for conv in self.convs:
            x, widths = conv(x, widths)
        x = torch.relu(self.last(functional.pad(x, (0, 1))))[:, :, 0].transpose(1, 2)  # (b, steps, 512)
        with torch.autocast(x.device.type, enabled=False):  # a recurrence loses too much in bfloat16
            upper: Tensor = self.upper(self.between(self.lower(x.float(), widths)), widths)
            return upper


@final
class ShiCRNN(CTCRecognizer):
    """The paper's network; n_hidden is the width of its LSTMs."""

    architecture = "crnn_shi2015"

    def __init__(self, script: Script, preprocess: Preprocess, n_hidden: int = 256) -> None:
        super().__init__(script, preprocess, {"n_hidden": n_hidden})
        if preprocess.stride_px != 4 or preprocess.height_px != 32:
            raise ValueError("crnn_shi2015 needs preprocess.height_px=32 and preprocess.stride_px=4")
        self.trunk = _Trunk(n_hidden)
        self.head = nn.Linear(2 * n_hidden, script.n_classes)

    def features(self, images: Tensor, widths: Tensor) -> Tensor:
        features: Tensor = self.trunk(images, widths)
        return features
