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
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from glyphgen.images import PictureLike, load_picture
from glyphgen.script import Script
from recognizers.acceptance import Acceptance
from recognizers.geometry import TextLine, best_of, fit_line, in_reading_order, joined
from recognizers.network import Batch, Network

CELL_PX = 4
SCRIPT, OTHER, NOT_SCRIPT, IGNORED = 1, 2, 254, 255  # kinds of cells; 0 is none, NOT_SCRIPT none or other
CORE = 0.4  # share of a line's height that is its core
CUT_ENDS = 0.25  # of the height, that the core is shorter at each end
TOO_LARGE_PX = (46.0, 56.0)  # lines higher than this are not learned, or learned as nothing
_MOST_LINES = 240  # of one picture that are looked at
_CROP_MEGAPIXELS, _CROP_SIDE_PX = 0.3, 320  # smaller pictures are crops
_COARSE_MEGAPIXELS = 0.6  # of a picture that is looked at coarsely
_LEAST_ENLARGED = 1.25  # less than this is not worth resampling for
_UNIT_PX = 8.0  # distances are learned in this unit


class LineShape(Protocol):
    """What training has to know of a line: its edges (k, 2) px from left to right, and what it is."""

    top: NDArray[np.float64]
    bottom: NDArray[np.float64]
    is_script: bool
    is_legible: bool


@dataclass(frozen=True)
class PagePreprocess:
    """Scales a picture is looked at: enlarged by up to `most_enlarged` as far as max_megapixels allow, then (but for
    crops) from its own size, less for pictures of more megapixels, down by `step`, until the largest text it can hold
    is `most_px` high. Lines of `least_px` to `most_px` count in each scale. Whose a line of 10 px is the network can
    hardly tell; enlarged it can.
    """

    least_px: float = 8.0
    most_px: float = 46.0
    step: float = 0.4
    max_megapixels: float = 2.2
    most_enlarged: float = 2.0

    def __post_init__(self) -> None:
        for name, most in (
            ("least_px", 1e3),
            ("most_px", 1e3),
            ("step", 0.95),
            ("max_megapixels", 100.0),
            ("most_enlarged", 8.0),
        ):
            value = getattr(self, name)
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= most:
                raise ValueError(f"preprocess.{name} must be a number above 0, at most {most:g}, not {str(value)[:60]}")
        if self.most_px < self.least_px:
            raise ValueError(f"preprocess.most_px={self.most_px:g} is less than preprocess.least_px={self.least_px:g}")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def coarse(self) -> PagePreprocess:
        """Return the scales of a coarse look."""
        return replace(self, most_enlarged=1.0, max_megapixels=min(_COARSE_MEGAPIXELS, self.max_megapixels))

    def scales(self, height: int, width: int) -> list[float]:
        """Return the scales for a picture (height, width), largest first."""
        finest = min(self.most_enlarged, (self.max_megapixels * 1e6 / (height * width)) ** 0.5)
        # a crop of a line or two fills its picture, and enlarged alone it is found in fewer pieces: of synthetic
        # validation lines a second look then leaves 2.64 % of the graphemes wrong, with its own size beside 2.81 %,
        # without a second look 2.75 %
        is_crop = height * width < _CROP_MEGAPIXELS * 1e6 and min(height, width) < _CROP_SIDE_PX
        scales = [min(finest, 1.0)] if finest < _LEAST_ENLARGED else [finest] if is_crop else [finest, 1.0]
        while scales[-1] * min(height, width) > self.most_px:
            scales.append(scales[-1] * self.step)
        return scales


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

    @torch.inference_mode()
    def find(self, picture: PictureLike, is_coarse: bool = False) -> list[TextLine]:
        """Return the lines of a picture in reading order, those of other writing among them (with a low script_share).
        Their points are in px of the picture. A coarse look costs a third, and misses small ones. Raises PictureError,
        see load_picture.
        """
        rgb = load_picture(picture)
        height, width = rgb.shape[:2]
        assert isinstance(self.preprocess, PagePreprocess)
        found: list[TextLine] = []
        for scale in (self.preprocess.coarse() if is_coarse else self.preprocess).scales(height, width):
            size = (max(8, round(width * scale)), max(8, round(height * scale)))
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            small = rgb if size == (width, height) else cv2.resize(rgb, size, interpolation=how)
            out = self.maps(np.asarray(small))
            sx, sy = width / size[0], height / size[1]
            found += [line.scaled(sx, sy) for line in lines_of(out, self.preprocess.least_px, self.preprocess.most_px)]
        found = sorted(found, key=lambda line: -line.confidence)[:_MOST_LINES]  # noise must not take minutes
        return in_reading_order(joined(best_of(found)))

    def maps(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return what the network says of a picture (h, w, 3): (5, h / 4, w / 4), probabilities and distances in px."""
        height, width = rgb.shape[:2]
        bottom, right = -height % 32, -width % 32
        padded = cv2.copyMakeBorder(rgb, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
        was_training = self.training
        self.eval()
        try:
            images = page_tensor(np.asarray(padded))[None].to(next(self.parameters()).device)
            out = self(images.contiguous(memory_format=torch.channels_last), torch.tensor([width]))[0]
        finally:
            self.train(was_training)
        out[:3] = out[:3].softmax(dim=0)
        maps: NDArray[np.float32] = out[:, : -(-height // CELL_PX), : -(-width // CELL_PX)].cpu().numpy()
        return maps


def page_tensor(rgb: NDArray[np.uint8]) -> Tensor:
    """Turn (h, w, 3) uint8 into (3, h, w) float32 around 0; the picture's own mean is taken off, and its
    spread made 1.
    """
    x = rgb.astype(np.float32)
    x = (x - x.mean()) / max(float(x.std()), 8.0)
    return torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1)))


def lines_of(maps: NDArray[np.float32], least_px: float, most_px: float) -> list[TextLine]:
    """Cut the maps (5, rows, columns) of one scale into lines of least_px to most_px."""
    p_text = maps[SCRIPT] + maps[OTHER]
    n, labels, stats, _ = cv2.connectedComponentsWithStats((p_text > 0.5).astype(np.uint8), connectivity=8)
    lines = []
    for k in range(1, n):
        x0, y0, w, h, area = stats[k].tolist()
        if area < 3:
            continue
        y, x = np.nonzero(labels[y0 : y0 + h, x0 : x0 + w] == k)
        y, x = y + y0, x + x0
        px, py = (x + 0.5) * CELL_PX, (y + 0.5) * CELL_PX
        line = fit_line(px, py, maps[3, y, x], maps[4, y, x], maps[SCRIPT, y, x], maps[OTHER, y, x], CUT_ENDS, CELL_PX)
        if line is not None and least_px <= line.height_px <= most_px:
            lines.append(line)
    return lines
