"""The two networks that are trained against each other: one changes rendered lines, the other tells them from crops.

Both see planes: lines in gray, from -1 (black) to 1 (white), as large as they are, for what is made smaller first loses
more than a refiner can give. Source: Shrivastava et al. 2017, "Learning from Simulated and Unsupervised Images through
Adversarial Training".
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from glyphgen.files import DataError, written
from glyphgen.sample import Image

MAX_HEIGHT_PX = 80  # higher pictures are made smaller: their strokes would be wider than the networks see
MIN_SIDE_PX = 8
_FORMAT = "glyph-refiner/1"
_KEY = "refiner"


class _Block(nn.Module):
    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(n_channels, n_channels, 3, padding=1, padding_mode="replicate")
        self.second = nn.Conv2d(n_channels, n_channels, 3, padding=1, padding_mode="replicate")

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(torch.relu(self.first(x))))


class Refiner(nn.Module):
    """Changes planes (b, 1, h, w) of any size; untrained it changes nothing."""

    def __init__(self, n_channels: int = 16, n_blocks: int = 3) -> None:
        super().__init__()
        self.n_channels, self.n_blocks = n_channels, n_blocks
        self.entry = nn.Conv2d(1, n_channels, 3, padding=1, padding_mode="replicate")
        self.blocks = nn.Sequential(*(_Block(n_channels) for _ in range(n_blocks)))
        self.change = nn.Conv2d(n_channels, 1, 1)
        nn.init.zeros_(self.change.weight)
        assert self.change.bias is not None
        nn.init.zeros_(self.change.bias)

    def forward(self, planes: Tensor) -> Tensor:
        return torch.clamp(planes + self.change(self.blocks(torch.relu(self.entry(planes)))), -1.0, 1.0)


class Critic(nn.Module):
    """Says of every place of planes (b, 1, h, w) how far it looks like a crop: scores (b, 1, h / 8, w / 8), above 0 for
    crops. It sees a neighborhood only, so that it can judge how ink and paper look, and no text.
    """

    def __init__(self, n_channels: int = 24) -> None:
        super().__init__()
        n = n_channels
        self.layers = nn.Sequential(
            nn.Conv2d(1, n, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(n, 2 * n, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * n, 2 * n, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * n, 1, 1),
        )

    def forward(self, planes: Tensor) -> Tensor:
        scores: Tensor = self.layers(planes)
        return scores


def to_plane(image: Image) -> NDArray[np.float32]:
    """Return the plane (h, w) of a picture (h, w, 3)."""
    return cv2.cvtColor(fitted(image), cv2.COLOR_RGB2GRAY).astype(np.float32) / 127.5 - 1.0


def fitted(image: Image) -> Image:
    """Return a picture (h, w, 3) in the size that the networks take it in."""
    sides = image.shape[:2]
    scale = min(1.0, MAX_HEIGHT_PX / sides[0])
    height, width = (max(MIN_SIDE_PX, round(side * scale)) for side in sides)
    if (height, width) == sides:
        return image
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def to_image(plane: NDArray[np.float32]) -> Image:
    """Return the picture (h, w, 3) of a plane (h, w)."""
    gray = np.clip(np.rint((plane + 1.0) * 127.5), 0, 255).astype(np.uint8)
    return np.repeat(gray[:, :, None], 3, axis=2)


@torch.inference_mode()
def refine_image(refiner: Refiner, image: Image) -> Image:
    """Return a picture (h, w, 3) refined: every channel changes as the gray does, so that colors stay apart as they
    were. In gray alone many a text would be lost, for it differs from its ground in color only.
    """
    image = fitted(image)
    plane = torch.from_numpy(to_plane(image))[None, None]
    change = (refiner(plane) - plane)[0, 0].numpy() * 127.5
    return np.asarray(np.clip(np.rint(image + change[:, :, None]), 0, 255), np.uint8)


def save_refiner(refiner: Refiner, path: Path, provenance: dict[str, Any]) -> None:
    """Write a refiner under a temporary name and rename it."""
    header = {
        "format": _FORMAT,
        "n_channels": refiner.n_channels,
        "n_blocks": refiner.n_blocks,
        "provenance": provenance,
    }
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in refiner.state_dict().items()}
    with written(path) as part:
        save_file(tensors, part, metadata={_KEY: json.dumps(header, ensure_ascii=False, default=str)})


def load_refiner(path: str | Path) -> Refiner:
    """Read what `save_refiner` wrote. Raises DataError for a file that is missing or none."""
    if not Path(path).is_file():
        raise DataError(f"data.refiner={path}: no such file; stages=[refine] makes one, RUN/refine/refiner.safetensors")
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {})[_KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header["format"] != _FORMAT:
            raise ValueError(f"its format is {header['format']}, not {_FORMAT}")
        n_channels, n_blocks = int(header["n_channels"]), int(header["n_blocks"])
        if n_channels != len(tensors["change.weight"][0]) or not 0 < n_blocks < len(tensors):
            raise ValueError("its header does not describe its weights")
        refiner = Refiner(n_channels, n_blocks)
        refiner.load_state_dict(tensors)
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError, IndexError) as error:
        raise DataError(f"data.refiner={path} is no refiner: {error}") from error
    return refiner.eval()
