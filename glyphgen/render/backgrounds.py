"""Pictures of the user's own to write on: windows cut at random, at random sizes.

Each split has pictures of its own, dealt out by their contents, so that no background is in two. They are shrunk to
1,280 px when read, and a few stay in memory.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np

from glyphgen.archive import Files, decode, open_files
from glyphgen.files import DataError
from glyphgen.images import is_picture_name
from glyphgen.sample import Image

_LONGEST_PX, _KEPT = 1280, 32
_LEAST = 3  # one for each split
_LEAST_SHARE = 0.12  # of a picture's width and height that a window shows


class Backgrounds:
    """The pictures of one split in a folder or .zip, in the order of their contents. Raises DataError where there are
    too few, and when one that is used is damaged.
    """

    def __init__(self, root: str | Path, split: str) -> None:
        self.root = Path(root)
        self._files = open_files(self.root)
        pictures = sorted((checksum(self._files, name), name) for name in self._files.names if is_picture_name(name))
        names = list(dict(pictures).values())  # the same picture twice is one
        if len(names) < _LEAST:
            raise DataError(
                f"{self.root} has {len(names)} pictures; backgrounds need {_LEAST} at least, so that training, "
                "validation and test share none"
            )
        n = max(1, len(names) // 10)
        self.names = {"test": names[:n], "val": names[n : 2 * n], "train": names[2 * n :]}[split]
        self._kept: dict[int, Image] = {}

    def _picture(self, k: int) -> Image:
        if k not in self._kept:
            if len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]  # the oldest
            self._kept[k] = self._read(k)
        return self._kept[k]

    def _read(self, k: int) -> Image:
        picture = decode(self._files, self.names[k], self.root)
        image = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB) if picture.ndim == 2 else picture
        factor = _LONGEST_PX / max(image.shape[:2])
        if factor < 1:
            image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        return np.asarray(image, np.uint8)

    def window(self, height: int, width: int, rng: np.random.Generator) -> Image:
        """Return a part (height, width, 3) of a picture, larger or smaller than it was."""
        image = self._picture(int(rng.integers(len(self.names))))
        most = min(image.shape[0] / height, image.shape[1] / width)  # px of the picture a px of the window
        least = max(min(_LEAST_SHARE * most, 1.0), 2 / min(height, width), 0.25)
        scale = least * (max(most, least) / least) ** float(rng.random())
        h, w = min(max(1, round(height * scale)), image.shape[0]), min(max(1, round(width * scale)), image.shape[1])
        y, x = int(rng.integers(image.shape[0] - h + 1)), int(rng.integers(image.shape[1] - w + 1))
        part = image[y : y + h, x : x + w]
        if rng.random() < 0.5:
            part = part[:, ::-1]
        shrinks = h > height or w > width
        sized = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        return np.asarray(sized, np.uint8)


def checksum(files: Files, name: str) -> str:
    """Return the SHA-256 of a file in a folder or .zip."""
    return hashlib.sha256(files.read(name)).hexdigest()


def checksum_of_all(root: str | Path) -> str:
    """Return one checksum of all pictures in a folder or .zip, whatever they are called."""
    files = open_files(Path(root))
    sums = sorted(checksum(files, name) for name in files.names if is_picture_name(name))
    return hashlib.sha256("\n".join(sums).encode()).hexdigest()
