"""Layers that know how wide each picture of a padded batch is, so that padding never changes a result."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def width_mask(widths: Tensor, width: int, like: Tensor) -> Tensor:
    """Return (b, 1, 1, width): 1 left of each picture's width, 0 in its padding."""
    columns = torch.arange(width, device=like.device)
    return (columns[None, :] < widths.to(like.device)[:, None]).to(like.dtype)[:, None, None, :]


class MaskedConv(nn.Module):
    """3×3 convolution, batch norm, ReLU, then optional pooling; padding stays zero. Returns (x, widths)."""

    def __init__(self, n_in: int, n_out: int, pool: tuple[int, int] | None = None, has_norm: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, 3, padding=1, bias=not has_norm)
        self.norm = nn.BatchNorm2d(n_out) if has_norm else nn.Identity()
        self.pool = nn.MaxPool2d(pool) if pool else nn.Identity()
        self.shrink = pool[1] if pool else 1

    def forward(self, x: Tensor, widths: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.relu(self.norm(self.conv(x)))
        x = self.pool(x)
        widths = widths // self.shrink
        return x * width_mask(widths, x.shape[-1], x), widths


class PackedLSTM(nn.Module):
    """Bidirectional LSTM over (b, t, c) that stops where each sequence ends."""

    def __init__(self, n_in: int, n_hidden: int, n_layers: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, n_layers, bidirectional=True, batch_first=True, dropout=dropout)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(packed)
        return nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=x.shape[1])[0]  # (b, t, 2 hidden)
