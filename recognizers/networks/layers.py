"""Layers that know how wide each picture of a padded batch is, so that padding never changes a result."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def width_mask(widths: Tensor, width: int, like: Tensor) -> Tensor:
    """Return (b, 1, 1, width): 1 left of each picture's width, 0 in its padding."""
    columns = torch.arange(width, device=like.device)
    return (columns[None, :] < widths.to(like.device)[:, None]).to(like.dtype)[:, None, None, :]


class MaskedConv(nn.Module):
    """Convolution, optional pooling, batch norm, ReLU; padding stays zero. Returns (x, widths).

    The width shrinks by `stride[1]` times `pool[1]`. Pooling comes before the norm: the same maxima, fewer values.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel: int = 3,
        stride: tuple[int, int] = (1, 1),
        pool: tuple[int, int] | None = None,
        has_norm: bool = True,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, kernel, stride=stride, padding=kernel // 2, bias=not has_norm)
        self.norm = nn.BatchNorm2d(n_out) if has_norm else nn.Identity()
        self.pool = nn.MaxPool2d(pool) if pool else nn.Identity()
        self.shrink = stride[1] * (pool[1] if pool else 1)

    def forward(self, x: Tensor, widths: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.relu(self.norm(self.pool(self.conv(x))))
        widths = widths // self.shrink
        return x * width_mask(widths, x.shape[-1], x), widths


def reverse_each(x: Tensor, lengths: Tensor) -> Tensor:
    """Reverse the first lengths[k] steps of row k of (b, t, c); its own inverse. Padding stays where it is."""
    steps = torch.arange(x.shape[1], device=x.device)[None, :]  # (1, t)
    last = lengths.to(x.device)[:, None] - 1
    source = torch.where(steps <= last, last - steps, steps)  # (b, t)
    return x.gather(1, source[:, :, None].expand_as(x))


class MaskedBiLSTM(nn.Module):
    """Bidirectional LSTM over (b, t, c) whose backward pass starts where each sequence ends.

    Two LSTMs, the second over rows reversed each within its own length: the same as packing, several times faster on
    CPUs, and plain operators for export.
    """

    def __init__(self, n_in: int, n_hidden: int) -> None:
        super().__init__()
        self.onward = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.back = nn.LSTM(n_in, n_hidden, batch_first=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        left = self.onward(x)[0]
        right = reverse_each(self.back(reverse_each(x, lengths))[0], lengths)
        return torch.cat([left, right], dim=2)  # (b, t, 2 hidden)


class ClassHead(nn.Module):
    """Scores of n_classes from n_in features, by way of n_factors of them when that is above 0: with thousands of
    classes the factored head has a fraction of the parameters. They are normalized, for an LSTM's features are so small
    at first that thousands of classes would hardly differ. `scores` of some classes only cost as much as those.
    """

    def __init__(self, n_in: int, n_classes: int, n_factors: int = 0) -> None:
        super().__init__()
        narrow = nn.Linear(n_in, n_factors, bias=False) if n_factors else nn.Identity()
        self.factors = nn.Sequential(narrow, nn.LayerNorm(n_factors or n_in))
        self.classes = nn.Linear(n_factors or n_in, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.classes(self.factors(x))
        return scores

    def scores(self, x: Tensor, chosen: Tensor) -> Tensor:
        """Return the scores (…, n) of the chosen classes (n,)."""
        return functional.linear(self.factors(x), self.classes.weight[chosen], self.classes.bias[chosen])
