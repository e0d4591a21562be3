"""Labelled pictures of single glyphs on disk, in whatever form they come: folders, zips, CSV tables, IDX files.

`read_stored` turns any of them into a `Stored`: pictures, labels, and for each the person or font that made it where
file names tell. `stored_glyphs` splits and stacks them.

Labels of folders: `A`, `l_a`/`U_A`/`d_0` (for file systems that do not tell cases apart), `Sample011` (Chars74K's order
0-9 A-Z a-z) or `U+0041`.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.archive import Files, ZipFiles, decode, label_of_folder, open_files, read_labels, say_left_out
from glyphgen.datasets.idx import read_idx_file
from glyphgen.files import DataError
from glyphgen.images import Picture, is_picture_name

_NOT_LETTERS = {"Msk", "BadImag"}  # of the photos of Chars74K: masks, and what its authors set aside as bad
STORED_SIDE_PX = 128  # larger pictures are shrunk when they are read


@dataclass(frozen=True, eq=False)
class Stored:
    """images, each (h, w) or (h, w, 3) RGB; labels; writers, "" where nobody knows; origins name the samples."""

    name: str
    images: Sequence[Picture]
    labels: list[str]
    writers: list[str]
    origins: list[str]

    def __len__(self) -> int:
        return len(self.labels)

    def taken(self, rows: Sequence[int]) -> Stored:
        """Return the set of some rows, in that order. Raises IndexError for a row that is not there."""
        lists = ([column[i] for i in rows] for column in (self.labels, self.writers, self.origins))
        return Stored(self.name, [self.images[i] for i in rows], *lists)


def read_stored(
    name: str,
    path: str | Path,
    labels: str | Path | None = None,
    alphabet: str = "",
    first_label: int = 0,
    writer: str | None = None,
    per_writer: int = 1,
    is_transposed: bool = False,
) -> Stored:
    """Read a folder, a zip, a CSV of `label, pixels` (one row a picture) or an IDX file with its `labels`.

    alphabet says which characters the numbers of CSV and IDX labels stand for, from first_label on. writer is a regular
    expression whose group is, in a file's path, the person or font; with per_writer that is a number from 1 on, and so
    many in a row are of one writer (the styles of a font). is_transposed: rows and columns are exchanged (EMNIST).
    Raises DataError.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{name}: no such file or folder: {path}")
    if not isinstance(per_writer, int) or per_writer < 1:
        raise DataError(f"{name}: per_writer must be a whole number above 0, not {per_writer!r}")
    if path.is_dir() or (path.suffix.lower() == ".zip" and _table_in(path) is None):
        stored = _read_files(name, path, writer, per_writer)
    else:
        alphabet = str(alphabet)
        if not alphabet:
            raise DataError(
                f"{name}: {path.name} numbers its classes; say which characters they are: data.alphabet=ABC…"
            )
        is_table = ".csv" in path.name.lower() or path.suffix.lower() == ".zip"
        images, numbers = _read_csv(path) if is_table else _read_idx_pair(name, path, labels)
        if is_transposed:
            images = images.transpose(0, 2, 1)
        if numbers.shape != (len(images),):
            raise DataError(f"{name}: {len(images)} pictures in {path}, but labels of the shape {numbers.shape}")
        wrong = [v for v in np.unique(numbers).tolist() if not 0 <= v - first_label < len(alphabet)]
        if wrong:
            raise DataError(f"{name}: {path} has the label {wrong[0]}; alphabet {alphabet!r} begins at {first_label}")
        texts = [alphabet[v - first_label] for v in numbers.tolist()]
        origins = [f"{name}:{i}" for i in range(len(texts))]
        # an array of pictures
        # a list of arrays, or one array of them
        stored = Stored(name, images, texts, [""] * len(texts), origins)  # type: ignore[arg-type]
    if not len(stored):
        raise DataError(f"{name}: {path} holds no pictures")
    return stored


def _read_files(name: str, path: Path, writer: str | None, per_writer: int) -> Stored:
    files = open_files(path)
    rows = list(_labelled(files, name, path))
    images, writers = [], []
    for entry, _ in rows:
        images.append(shrunk(decode(files, entry, path)))
        writers.append(_writer_of(entry, writer, per_writer, name) if writer else "")
    return Stored(name, images, [label for _, label in rows], writers, [f"{name}:{entry}" for entry, _ in rows])


def _writer_of(entry: str, writer: str, per_writer: int, name: str) -> str:
    try:
        found = re.search(writer, entry)
        text = found[1] if found else None
    except (re.error, IndexError) as error:
        raise DataError(f"{name}: writer {writer!r} must be a regular expression with a group ({error})") from error
    if text is None or (per_writer > 1 and not text.isdigit()):
        raise DataError(
            f"{name}: writer {writer!r} does not match {entry!r}{' with a number' if per_writer > 1 else ''}"
        )
    return text if per_writer == 1 else str((int(text) - 1) // per_writer)


def _labelled(files: Files, name: str, path: Path) -> Iterator[tuple[str, str]]:
    rows = read_labels(files, path)
    yield from rows
    if rows:
        return
    say_left_out(path, tuple(entry for entry in files.names if not is_picture_name(entry)))
    for entry in files.names:
        if not is_picture_name(entry) or not _NOT_LETTERS.isdisjoint(Path(entry).parts):
            continue
        label = label_of_folder(Path(entry).parent.name)
        if label is None:
            raise DataError(
                f"{name}: the folder of {path}/{entry} says no character; name folders A, l_a, U_A, Sample011 or "
                "U+0041, "
                "or add labels.tsv (file name, tab, label)"
            )
        yield entry, label


def shrunk(image: Picture) -> Picture:
    """Return a picture at no more than STORED_SIDE_PX."""
    scale = STORED_SIDE_PX / max(image.shape[:2])
    if scale < 1:
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return image


def _table_in(path: Path) -> str | None:
    """Return the name of the one CSV table that a zip holds and nothing else, or None."""
    names = ZipFiles(path).names
    return names[0] if len(names) == 1 and names[0].lower().endswith(".csv") else None


@contextmanager
def _open_table(path: Path) -> Iterator[TextIO]:
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as file, file.open(str(_table_in(path))) as raw:
            yield io.TextIOWrapper(raw, "utf-8-sig")
    else:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8-sig") as text
        ):
            yield text


def _read_csv(path: Path) -> tuple[Picture, NDArray[np.int64]]:
    try:
        with _open_table(path) as file:
            is_header = not all(cell.strip().lstrip("-").isdigit() for cell in file.readline().split(","))
            if not (file.readline() if is_header else True):
                raise ValueError("it has a line of titles and nothing else, or nothing at all")
        with _open_table(path) as file:
            table = np.loadtxt(file, delimiter=",", dtype=np.int32, skiprows=int(is_header), ndmin=2)
    except (ValueError, OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is not a table of whole numbers: {error}") from error
    side = round((table.shape[1] - 1) ** 0.5)
    if side < 4 or side * side != table.shape[1] - 1:
        raise DataError(
            f"{path} has {table.shape[1]} columns; expected a label and the pixels of a square, such as 1 + 784"
        )
    pixels = table[:, 1:]
    if not 0 <= pixels.min(initial=0) <= pixels.max(initial=0) <= 255:
        raise DataError(f"{path} has pixels from {pixels.min()} to {pixels.max()}; expected 0 to 255")
    return pixels.reshape(-1, side, side).astype(np.uint8), table[:, 0].astype(np.int64)


def _read_idx_pair(name: str, path: Path, labels: str | Path | None) -> tuple[Picture, NDArray[np.int64]]:
    if labels is None:
        raise DataError(f"{name}: {path.name} needs the file of its labels too: labels: FILE")
    images = read_idx_file(path)
    if images.ndim != 3:
        raise DataError(f"{path} holds no pictures: its shape is {images.shape}")
    return images, read_idx_file(labels).astype(np.int64)
