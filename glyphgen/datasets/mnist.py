"""MNIST: read the IDX files, and fetch them when they are missing and there is a network.

The test digits are MNIST's own 10,000; validation is the last 5,000 of the 60,000 training digits, training the rest.
Source: LeCun, Cortes and Burges 1998.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphgen.datasets.augmented import Deformation, DeformedPictures
from glyphgen.datasets.download import fetch
from glyphgen.datasets.idx import read_bytes, read_idx
from glyphgen.faces.sources import ImageSource
from glyphgen.files import DataError
from glyphgen.script import load_script

MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
# MD5 of the uncompressed bytes: recompressed copies differ in their .gz, not in what they hold
FILES = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
N_VALIDATION = 5000


def candidates(root: Path, name: str) -> list[Path]:
    """Return where a file may lie below a data folder, as it is or as .gz."""
    return [
        folder / f"{name}{suffix}"
        for folder in (root / "mnist", root, root / "MNIST" / "raw")
        for suffix in ("", ".gz")
    ]


def read_file(root: str | Path, name: str, may_download: bool = True) -> NDArray[np.uint8]:
    """Read one MNIST file below `root`, fetching it into `root/mnist` if need be. Raises DataError."""
    found = next((p for p in candidates(Path(root), name) if p.is_file()), None)
    if found is None:
        if not may_download:
            raise DataError(f"{name} is not below {root}")
        found = _download(Path(root), name)
    raw = read_bytes(found)
    if hashlib.md5(raw, usedforsecurity=False).hexdigest() != FILES[name]:
        raise DataError(f"{found} is not MNIST's {name} (its checksum differs); remove it and run again")
    return read_idx(raw, str(found))


def _download(root: Path, name: str) -> Path:
    target, errors = root / "mnist" / f"{name}.gz", []
    for mirror in MIRRORS:
        try:
            fetch(f"{mirror}{name}.gz", FILES[name], target, is_of_content=True)
            return target
        except DataError as error:
            errors.append(f"{mirror}: {error.__cause__ or error}")
    raise DataError(
        f"MNIST is missing and could not be fetched ({'; '.join(errors)}). Put the four IDX files, as they are or as "
        ".gz, "
        f"into {root / 'mnist'}, or set GLYPH_DATA to a folder that has them in mnist/."
    )


def load_split(root: str | Path, split: str) -> tuple[NDArray[np.uint8], list[str]]:
    """Return digits (n, 28, 28), ink 255, with their labels, of `train`, `val` or `test`."""
    prefix = "t10k" if split == "test" else "train"
    images = read_file(root, f"{prefix}-images-idx3-ubyte")
    labels = [str(v) for v in read_file(root, f"{prefix}-labels-idx1-ubyte").tolist()]
    cut = {"train": slice(0, -N_VALIDATION), "val": slice(-N_VALIDATION, None), "test": slice(None)}[split]
    return images[cut], labels[cut]


def mnist_source(root: str | Path, split: str) -> ImageSource:
    """Return the digits of one split as glyphs for lines."""
    images, labels = load_split(root, split)
    return ImageSource(load_script("digits"), images, labels, n_alternatives=24)


class MnistGlyphs(DeformedPictures):
    """The digits of one split, white on black."""

    def __init__(
        self,
        root: str | Path,
        split: str,
        seed: int = 0,
        deformation: Deformation | None = None,
        length: int | None = None,
    ) -> None:
        self.images, self.labels = load_split(root, split)
        self.split = split
        super().__init__(len(self.labels), seed, deformation, "none", length, ink_share=0.7)

    def row(self, row: int) -> tuple[NDArray[np.uint8], str, str]:
        return self.images[row], self.labels[row], f"mnist:{self.split}:{row}"
