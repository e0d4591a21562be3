"""Lines that are wider than a network was made for: read in windows that overlap, and joined.

Squeezed into the widest tensor, the glyphs of a long line would be narrower than anything the network learned from.
Each window is read as a line of its own; two neighbors are joined in their overlap, where both saw what is left and
right of it, at the step on which they agree best that there is no glyph, so that none is cut, lost or read twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from recognizers.image.preprocess import Preprocess

_OVERLAP = 8  # heights: some twenty letters, of which the middle half may hold the seam
_AT_ONCE = 8  # windows through the network
_REACH = 2  # steps on either side of a seam that count as well


def spans(width: int, most: int, height: int, stride: int) -> list[tuple[int, int]]:
    """Return the windows [start, end) px of a tensor `width` px wide, none wider than `most`, each starting at a whole
    step.
    """
    if width <= most:
        return [(0, width)]
    most = max(most // stride, 2) * stride
    overlap = max(min(_OVERLAP * height, most // 4) // stride, 1) * stride
    n = -(-(width - overlap) // (most - overlap))
    starts = [round(k * (width - most) / (n - 1) / stride) * stride for k in range(n)]
    return [(start, min(start + most, width)) for start in starts]


def is_long(tensor: Tensor, preprocess: Preprocess) -> bool:
    """Return whether a tensor (1, h, w) is a line wider than the network is asked to read at once."""
    most = -(-preprocess.max_width_px // preprocess.stride_px) * preprocess.stride_px  # to which the widest is padded
    return not preprocess.is_square and tensor.shape[-1] > most


def log_probs_of(network: nn.Module, tensor: Tensor, preprocess: Preprocess) -> Tensor:
    """Return the log probabilities (steps, n_classes) of a line (1, h, w), in windows where it is long."""
    device, stride = next(network.parameters()).device, preprocess.stride_px
    windows = [(0, tensor.shape[-1])]
    if is_long(tensor, preprocess):
        windows = spans(tensor.shape[-1], preprocess.max_width_px, tensor.shape[-2], stride)
    rows: list[Tensor] = []
    for first in range(0, len(windows), _AT_ONCE):
        some = windows[first : first + _AT_ONCE]
        widths = torch.tensor([end - start for start, end in some])
        images = torch.zeros(len(some), *tensor.shape[:2], int(widths.max()))
        for image, (start, end) in zip(images, some, strict=True):
            image[..., : end - start] = tensor[..., start:end]
        out = network(images.to(device), widths).float().cpu()
        rows += [row[: int(width) // stride] for row, width in zip(out, widths, strict=True)]
    return joined(rows, [start // stride for start, _ in windows])


def joined(rows: Sequence[Tensor], starts: Sequence[int]) -> Tensor:
    """Join log probabilities (steps, n_classes), whose first steps are `starts` of the whole; neighbors overlap, class
    0 is the blank.
    """
    whole, begin = [], starts[0]
    for row, start, following, next_start in zip(rows, starts, rows[1:], starts[1:], strict=False):
        n = start + len(row) - next_start  # steps of the overlap
        left, right = row[-n:], following[:n]
        # how sure both are of the blank, on the step and around it: a glyph may be a step earlier to one of them
        agreed = torch.minimum(left[:, 0], right[:, 0])[None, None]
        agreed = -functional.max_pool1d(-agreed, 2 * _REACH + 1, 1, _REACH)[0, 0]
        low, high = n // 4, max(n - n // 4, n // 4 + 1)
        middle = torch.arange(low, high, dtype=torch.float32) - (n - 1) / 2
        seam = low + int((agreed[low:high] - 1e-3 * middle.abs()).argmax())
        cut = next_start + seam
        whole.append(row[begin - start : cut - start])
        begin = cut
    whole.append(rows[-1][begin - starts[-1] :])
    return torch.cat(whole)
