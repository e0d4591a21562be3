"""The default line recognizer: convolutions that halve the height four times and the width twice, one BiLSTM, CTC.

The idea of Shi et al. 2015, narrow enough to train on two CPU cores: strides in place of pooling (half the time of
a training step, measured with stages=[benchmark]). Padding is masked after every convolution and
kept from the LSTM.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from glyphgen.script import Script
from recognizers.image.preprocess import Preprocess
from recognizers.networks.ctc import CTCRecognizer
from recognizers.networks.layers import ClassHead, MaskedBiLSTM, MaskedConv


class CRNNTrunk(nn.Module):
    """Lines (b, 1, h, w) of widths (b,) px to features (b, steps, 2 n_hidden) and their steps (b,). Raises ValueError
    for a preprocessing or channels that do not fit.
    """

    def __init__(
        self, preprocess: Preprocess, channels: tuple[int, ...], n_hidden: int, n_layers: int, dropout: float
    ) -> None:
        super().__init__()
        if preprocess.stride_px != 4 or preprocess.height_px % 16:
            raise ValueError("the trunk of crnn needs preprocess.stride_px=4 and preprocess.height_px a multiple of 16")
        if len(channels) != 4:
            raise ValueError(f"model.channels needs four numbers, not {list(channels)}")
        a, b, c, d = channels
        self.convs = nn.ModuleList(
            [
                MaskedConv(1, a, kernel=5, stride=(2, 2)),
                MaskedConv(a, b, stride=(2, 2)),
                MaskedConv(b, c),
                MaskedConv(c, c, stride=(2, 1)),
                MaskedConv(c, d, stride=(2, 1)),
            ]
        )
        self.squash = nn.Conv2d(d, d, (preprocess.height_px // 16, 1))
        self.dropout = nn.Dropout(dropout)
        sizes = [d] + [2 * n_hidden] * (n_layers - 1)
        self.lstms = nn.ModuleList(MaskedBiLSTM(n, n_hidden) for n in sizes)

    def forward(self, x: Tensor, widths: Tensor) -> tuple[Tensor, Tensor]:
        for conv in self.convs:
            x, widths = conv(x, widths)
        x = torch.relu(self.squash(x))[:, :, 0].transpose(1, 2)  # (b, steps, d)
        with torch.autocast(x.device.type, enabled=False):  # a recurrence loses too much in bfloat16
            x = self.dropout(x.float())
            for lstm in self.lstms:
                x = lstm(x, widths)
            return x, widths


@final
class CRNN(CTCRecognizer):
    """Four channels for five convolutions, n_layers BiLSTMs of n_hidden; 574,631 parameters as configured, for Hylian.
    n_factors and n_sampled are for large alphabets, see `ClassHead` and `CTCRecognizer`.
    """

    architecture = "crnn"

    def __init__(
        self,
        script: Script,
        preprocess: Preprocess,
        channels: tuple[int, ...] = (32, 64, 112, 144),
        n_hidden: int = 96,
        n_layers: int = 1,
        dropout: float = 0.1,
        n_factors: int = 0,
        n_sampled: int = 0,
    ) -> None:
        arguments = {
            "channels": list(channels),
            "n_hidden": n_hidden,
            "n_layers": n_layers,
            "dropout": dropout,
            "n_factors": n_factors,
            "n_sampled": n_sampled,
        }
        super().__init__(script, preprocess, arguments)
        self.n_sampled = n_sampled
        self.trunk = CRNNTrunk(preprocess, tuple(channels), n_hidden, n_layers, dropout)
        is_large = n_factors > 0 or n_sampled > 0
        self.head = (
            ClassHead(2 * n_hidden, script.n_classes, n_factors)
            if is_large
            else nn.Linear(2 * n_hidden, script.n_classes)
        )

    def features(self, images: Tensor, widths: Tensor) -> Tensor:
        features: Tensor = self.trunk(images, widths)[0]
        return features
