"""Find the lines of text in a picture: a small fully convolutional network, looked through at several scales.

For every cell of 4 × 4 px the network says whether it lies in the core of a line (the middle two fifths of its height)
of the script, of other writing, or of none, and how far it is to the top and the bottom of the capitals there.
Cores of neighboring lines do not touch, so that each connected core is a line; its cells' distances give
its edges, however it is turned or bent. Text larger than the network knows is found in a smaller copy.

Sources: the shrunk core, Wang et al. 2019 (PSENet) and Liao et al. 2020 (DB); distances to the edges, Zhou et al. 2017
(EAST).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from glyphgen.images import PictureLike
from glyphgen.script import Script
from recognizers.acceptance import Acceptance
from recognizers.finder import CELL_PX, CUT_ENDS, OTHER, SCRIPT, PagePreprocess, find_lines
from recognizers.geometry import TextLine
from recognizers.network import Batch, Network

NOT_SCRIPT, IGNORED = 254, 255  # kinds of cells besides; NOT_SCRIPT is none or other
CORE = 0.4  # share of a line's height that is its core
TOO_LARGE_PX = (46.0, 56.0)  # lines higher than this are not learned, or learned as nothing
_UNIT_PX = 8.0  # distances are learned in this unit


class LineShape(Protocol):
    """What training has to know of a line: its edges (k, 2) px from left to right, and what it is."""

    top: NDArray[np.float64]
    bottom: NDArray[np.float64]
    is_script: bool
    is_legible: bool


def make_targets(
    lines: Sequence[LineShape], height: int, width: int, has_more_writing: bool = False
) -> NDArray[np.float32]:
    """Return (3, height / 4, width / 4): what each cell is, and its distances to the top and the bottom in px.
    has_more_writing: what lies in no line may be none or other writing.
    """
    rows, columns = height // CELL_PX, width // CELL_PX
    kind = np.full((rows, columns), NOT_SCRIPT if has_more_writing else 0, np.uint8)
    distances = np.zeros((2, rows, columns), np.float32)
    for line in lines:
        top, bottom = np.asarray(line.top), np.asarray(line.bottom)
        high = float(np.linalg.norm(bottom - top, axis=1).mean())
        if high > TOO_LARGE_PX[1]:
            continue  # for a coarser scale to find; here it is no text
        if not line.is_legible or high > TOO_LARGE_PX[0]:
            _fill(kind, top, bottom, IGNORED)
            continue
        length = float(np.linalg.norm(np.diff((top + bottom) / 2, axis=0), axis=1).sum())
        cut = min(CUT_ENDS * high / max(length, 1.0), 0.3)
        s, k = np.linspace(0, 1, len(top)), np.linspace(cut, 1 - cut, len(top))
        upper, lower = (
            np.stack([np.interp(k, s, edge[:, 0]), np.interp(k, s, edge[:, 1])], axis=1) for edge in (top, bottom)
        )
        middle, half = (upper + lower) / 2, (lower - upper) * CORE / 2
        core = _fill(np.zeros_like(kind), middle - half, middle + half, 1) > 0
        kind[core] = SCRIPT if line.is_script else OTHER
        y, x = np.nonzero(core)
        x_px, y_px = (x + 0.5) * CELL_PX, (y + 0.5) * CELL_PX
        distances[0, y, x] = np.maximum(y_px - np.interp(x_px, top[:, 0], top[:, 1]), 0.5)
        distances[1, y, x] = np.maximum(np.interp(x_px, bottom[:, 0], bottom[:, 1]) - y_px, 0.5)
    return np.concatenate([kind[None].astype(np.float32), distances])


def _fill(
    mask: NDArray[np.uint8], top: NDArray[np.float64], bottom: NDArray[np.float64], value: int
) -> NDArray[np.uint8]:
    points = np.concatenate([top, bottom[::-1]]) / CELL_PX - 0.5  # centers of cells are half a cell in
    cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], value, shift=4)
    return mask


class _Conv(nn.Sequential):
    def __init__(self, n_in: int, n_out: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(inplace=True),
        )


@final
class LineFinder(Network):
    """Five halvings and back up to a quarter: 0.9 M parameters with the default channels."""

    architecture, unit, metric = "lines", "page", "error"
    preprocessing = PagePreprocess

    def __init__(
        self,
        script: Script,
        preprocess: PagePreprocess,
        channels: tuple[int, ...] = (16, 32, 64, 96, 128),
        n_features: int = 48,
    ) -> None:
        super().__init__(script, preprocess, {"channels": list(channels), "n_features": n_features})
        self.acceptance: Acceptance | None = (
            None  # which of the lines that it finds count; fitted by the stage calibrate
        )
        if len(channels) != 5:
            raise ValueError(f"model.channels needs five numbers, not {list(channels)}")
        a, *rest = channels
        self.stem = _Conv(3, a, 5, 2)
        steps = [(n, m) for n, m in zip(channels, rest, strict=False)]
        self.downs = nn.ModuleList(nn.Sequential(_Conv(n, m, 3, 2), _Conv(m, m), _Conv(m, m)) for n, m in steps)
        self.sides = nn.ModuleList(nn.Conv2d(m, n_features, 1) for m in rest)
        self.joins = nn.ModuleList(_Conv(n_features, n_features) for _ in rest)
        self.head = nn.Conv2d(n_features, 5, 1)

    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        """Return (b, 5, h / 4, w / 4): three logits (none, script, other) and two distances in px. Sides of `images`
        (b, 3, h, w) are multiples of 32.
        """
        x, features = self.stem(images), []
        for down in self.downs:
            x = down(x)
            features.append(x)
        y = self.joins[-1](self.sides[-1](features[-1]))
        for k in range(len(features) - 2, -1, -1):
            y = self.joins[k](self.sides[k](features[k]) + functional.interpolate(y, scale_factor=2.0, mode="nearest"))
        out = self.head(y).float()
        return torch.cat([out[:, :3], functional.softplus(out[:, 3:]) * _UNIT_PX], dim=1)

    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy and overlap (dice) of the cores, and the distances' error in shares of the line's height."""
        assert batch.targets is not None
        kind, distances = batch.targets[:, 0].long(), batch.targets[:, 1:]
        p = outputs[:, :3].softmax(dim=1)
        seen, is_open = kind != IGNORED, kind == NOT_SCRIPT
        logits = outputs[:, :3]
        known = functional.cross_entropy(logits, kind.where(~is_open, IGNORED), ignore_index=IGNORED, reduction="sum")
        # what is not the script, whichever of the two others it is: minus the log of the sum of their probabilities
        either = torch.logsumexp(logits, dim=1) - torch.logsumexp(logits[:, [0, OTHER]], dim=1)
        entropy = (known + (either * is_open).sum()) / seen.sum().clamp(min=1)
        dice = outputs.new_zeros(())
        for k in (SCRIPT, OTHER):
            truth = (kind == k).float()
            counts = seen & ~is_open if k == OTHER else seen
            dice = dice + 1 - (2 * (p[:, k] * truth).sum() + 1) / ((p[:, k] * counts).sum() + truth.sum() + 1)
        core = (kind == SCRIPT) | (kind == OTHER)
        high = distances.sum(dim=1).clamp(min=4.0)
        wrong = (outputs[:, 3:] - distances).abs().sum(dim=1) / high
        return 2 * entropy + 0.5 * dice + (wrong * core).sum() / core.sum().clamp(min=1)

    def training_loss(self, batch: Batch) -> Tensor:
        return self.loss(self(batch.images, batch.widths), batch)

    def errors(self, outputs: Tensor, batch: Batch) -> tuple[float, float]:
        """Return how many cells are wrong of those that are core, or are thought to be: 1 − intersection over union."""
        assert batch.targets is not None
        kind = batch.targets[:, 0].long()
        found, seen = outputs[:, :3].argmax(dim=1), kind != IGNORED
        wrong = ((found == SCRIPT) != (kind == SCRIPT)) & seen
        either = ((found == SCRIPT) | (kind == SCRIPT)) & seen
        return float(wrong.sum()), float(either.sum())

    def find(self, picture: PictureLike, is_coarse: bool = False) -> list[TextLine]:
        """Return the lines of a picture, see `find_lines`. Raises PictureError, see load_picture."""
        assert isinstance(self.preprocess, PagePreprocess)
        was_training = self.training
        self.eval()
        try:
            return find_lines(picture, self.preprocess, self.output, is_coarse)
        finally:
            self.train(was_training)

    @torch.inference_mode()
    def output(self, images: NDArray[np.float32], widths: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the output of `forward` for arrays, on whichever device the network is."""
        device = next(self.parameters()).device
        pages = torch.from_numpy(images).to(device).contiguous(memory_format=torch.channels_last)
        array: NDArray[np.float32] = self(pages, torch.from_numpy(widths)).float().cpu().numpy()
        return array
