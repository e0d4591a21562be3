"""Lines that are wider than a network was made for: read in windows that overlap, and joined.

Squeezed into the widest tensor, the glyphs of a long line would be narrower than anything the network learned from.
Each window is read as a line of its own; two neighbors are joined in their overlap, where both saw what is left and
right of it, at the step on which they agree best that there is no glyph, so that none is cut, lost or read twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from recognizers.image.preprocess import Preprocess

_OVERLAP = 8  # heights: some twenty letters, of which the middle half may hold the seam
_AT_ONCE = 8  # windows through the network
# what runs a network: images (b, c, h, w) and their widths (b,) px, zeros right of them, to its output: log
# probabilities (b, steps, n_classes) of lines, (b, n_visible) of glyphs
Forward = Callable[[NDArray[np.float32], NDArray[np.int64]], NDArray[np.float32]]
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


def is_long(tensor: NDArray[np.float32], preprocess: Preprocess) -> bool:
    """Return whether a tensor (1, h, w) is a line wider than the network is asked to read at once."""
    most = -(-preprocess.max_width_px // preprocess.stride_px) * preprocess.stride_px  # to which the widest is padded
    return not preprocess.is_square and tensor.shape[-1] > most


def log_probs_of(forward: Forward, tensor: NDArray[np.float32], preprocess: Preprocess) -> NDArray[np.float32]:
    """Return the log probabilities (steps, n_classes) of a line (1, h, w), in windows where it is long."""
    stride = preprocess.stride_px
    windows = [(0, tensor.shape[-1])]
    if is_long(tensor, preprocess):
        windows = spans(tensor.shape[-1], preprocess.max_width_px, tensor.shape[-2], stride)
    rows: list[NDArray[np.float32]] = []
    for first in range(0, len(windows), _AT_ONCE):
        some = windows[first : first + _AT_ONCE]
        widths = np.array([end - start for start, end in some], np.int64)
        images = np.zeros((len(some), *tensor.shape[:2], int(widths.max())), np.float32)
        for image, (start, end) in zip(images, some, strict=True):
            image[..., : end - start] = tensor[..., start:end]
        out = forward(images, widths)
        rows += [row[: int(width) // stride] for row, width in zip(out, widths, strict=True)]
    return joined(rows, [start // stride for start, _ in windows])


def joined(rows: Sequence[NDArray[np.float32]], starts: Sequence[int]) -> NDArray[np.float32]:
    """Join log probabilities (steps, n_classes), whose first steps are `starts` of the whole; neighbors overlap, class
    0 is the blank.
    """
    whole, begin = [], starts[0]
    for row, start, following, next_start in zip(rows, starts, rows[1:], starts[1:], strict=False):
        n = start + len(row) - next_start  # steps of the overlap
        left, right = row[-n:], following[:n]
        # how sure both are of the blank, on the step and around it: a glyph may be a step earlier to one of them
        padded = np.pad(np.minimum(left[:, 0], right[:, 0]), _REACH, constant_values=np.inf)
        agreed = np.lib.stride_tricks.sliding_window_view(padded, 2 * _REACH + 1).min(axis=1)
        low, high = n // 4, max(n - n // 4, n // 4 + 1)
        middle = np.arange(low, high, dtype=np.float32) - (n - 1) / 2
        seam = low + int((agreed[low:high] - 1e-3 * np.abs(middle)).argmax())
        cut = next_start + seam
        whole.append(row[begin - start : cut - start])
        begin = cut
    whole.append(rows[-1][begin - starts[-1] :])
    return np.concatenate(whole)
