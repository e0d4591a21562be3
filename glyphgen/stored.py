"""Labelled pictures of single glyphs on disk, in whatever form they come: folders, zips, CSV tables, IDX files.

`read_stored` turns any of them into a `Stored`: pictures, labels, and for each the person or font that made it where file
names tell. `split_stored` holds a share out: by maker where makers are known, so that nobody's hand is both trained on and
tested; by class otherwise. Several sets are stacked by `StoredGlyphs`, which is what the rest of the toolkit sees.

Labels of folders: `A`, `l_a`/`U_A`/`d_0` (for file systems that do not tell cases apart), `Sample011` (Chars74K's order
0-9 A-Z a-z) or `U+0041`.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.augment import make_augment
from glyphgen.deform import Moves, deform
from glyphgen.files import DataError
from glyphgen.idx import read_idx_file
from glyphgen.sample import Sample
from glyphgen.script import Script

MAX_SIDE_PX = 128  # larger pictures are shrunk when they are read
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
_SAMPLES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
Picture = NDArray[np.uint8]  # (h, w) or (h, w, 3) RGB


@dataclass(frozen=True, eq=False)
class Stored:
    """images, each (h, w) or (h, w, 3) RGB; labels; makers, "" where nobody knows; origins name the samples."""

    name: str
    images: Sequence[Picture]
    labels: list[str]
    makers: list[str]
    origins: list[str]

    def __len__(self) -> int:
        return len(self.labels)

    def taken(self, rows: Sequence[int]) -> Stored:
        """Return the set of some rows."""
        lists = ([column[i] for i in rows] for column in (self.labels, self.makers, self.origins))
        return Stored(self.name, [self.images[i] for i in rows], *lists)


def label_of_folder(name: str) -> str | None:
    """Return the character that a folder's name stands for, or None."""
    if len(name) == 1:
        return name
    if match := re.fullmatch(r"[dUlul]_(.)", name):
        return match[1]
    if (match := re.fullmatch(r"(?i:sample)(\d{3})", name)) and 1 <= int(match[1]) <= len(_SAMPLES):
        return _SAMPLES[int(match[1]) - 1]
    if match := re.fullmatch(r"(?i:u\+)([0-9a-fA-F]{4,6})", name):
        return chr(int(match[1], 16))
    return None


def read_stored(name: str, path: str | Path, labels: str | Path | None = None, alphabet: str = "", first_label: int = 0,
                maker: str | None = None, is_transposed: bool = False) -> Stored:  # fmt: skip
    """Read a folder, a zip, a CSV of `label, pixels` (one row a picture) or an IDX file with its `labels`.

    alphabet says which characters the numbers of CSV and IDX labels stand for, from first_label on. maker is a regular
    expression whose group is, in a file's path, the person or font. is_transposed: rows and columns are exchanged (EMNIST).
    Raises DataError.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{name}: no such file or folder: {path}")
    if path.is_dir() or path.suffix.lower() == ".zip":
        stored = _read_files(name, path, maker)
    else:
        if not alphabet:
            raise DataError(f"{name}: {path.name} numbers its classes; say which characters they are: alphabet: ABC…")
        images, numbers = _read_csv(path) if ".csv" in path.suffixes else _read_idx_pair(name, path, labels)
        if is_transposed:
            images = images.transpose(0, 2, 1)
        if len(numbers) != len(images):
            raise DataError(f"{name}: {len(images)} pictures in {path}, but {len(numbers)} labels")
        wrong = [v for v in np.unique(numbers).tolist() if not 0 <= v - first_label < len(alphabet)]
        if wrong:
            raise DataError(f"{name}: {path} has the label {wrong[0]}; alphabet {alphabet!r} begins at {first_label}")
        texts = [alphabet[v - first_label] for v in numbers.tolist()]
        stored = Stored(name, images, texts, [""] * len(texts), [f"{name}:{i}" for i in range(len(texts))])  # type: ignore[arg-type]
    if not len(stored):
        raise DataError(f"{name}: {path} holds no pictures")
    return stored


def _read_files(name: str, path: Path, maker: str | None) -> Stored:
    files = open_files(path)
    rows = list(_labelled(files, name, path))
    images, makers = [], []
    for entry, _ in rows:
        try:
            raw = cv2.imdecode(np.frombuffer(files.read(entry), np.uint8), cv2.IMREAD_UNCHANGED)
        except (OSError, KeyError, zipfile.BadZipFile, cv2.error):
            raw = None
        if raw is None:
            raise DataError(f"{name}: {path}/{entry} is missing or not a picture")
        images.append(_shrunk(raw))  # type: ignore[arg-type]
        found = re.search(maker, entry) if maker else None
        if maker and found is None:
            raise DataError(f"{name}: maker {maker!r} does not match {entry!r}")
        makers.append(found[1] if found else "")
    return Stored(name, images, [label for _, label in rows], makers, [f"{name}:{entry}" for entry, _ in rows])


def _labelled(files: Files, name: str, path: Path) -> Iterator[tuple[str, str]]:
    rows = list(read_labels(files, path))
    yield from rows
    for entry in files.names if not rows else ():
        if not entry.lower().endswith(_PICTURES):
            continue
        label = label_of_folder(Path(entry).parent.name)
        if label is None:
            raise DataError(
                f"{name}: the folder of {path}/{entry} says no character; name folders A, l_a, U_A, Sample011 or U+0041, "
                "or add labels.tsv (file name, tab, label)"
            )
        yield entry, label


def read_labels(files: Files, path: Path) -> Iterator[tuple[str, str]]:
    """Yield (file, text) of every labels.tsv of a folder or zip; nothing when there is none. Raises DataError."""
    for table in (entry for entry in files.names if Path(entry).name == "labels.tsv"):
        try:
            text = files.read(table).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DataError(f"{path}/{table} is not UTF-8: {error}; save it as UTF-8") from error
        for number, line in enumerate(text.splitlines(), start=1):
            cells = line.split("\t")
            if line.strip() and (len(cells) < 2 or not cells[1]):
                raise DataError(f"{path}/{table}:{number}: expected a file name, a tab and a text, found {line[:60]!r}")
            if line.strip():
                yield str(Path(table).parent / cells[0]), cells[1]


def open_files(path: Path) -> Files:
    """Return what reads the files of a folder or of a zip. Raises DataError."""
    if not path.exists():
        raise DataError(f"no such file or folder: {path}")
    return _FolderFiles(path) if path.is_dir() else _ZipFiles(path)


class Files(Protocol):
    """The files of a folder or a zip, by name."""

    names: list[str]

    def read(self, name: str) -> bytes: ...


class _FolderFiles:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.names = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()


class _ZipFiles:
    """Opened anew in every process: processes that share an open file move each other's place in it."""

    def __init__(self, path: Path) -> None:
        self.path, self._process = path, 0
        self._open: zipfile.ZipFile | None = None
        self.names = sorted(info.filename for info in self._zip.infolist() if not info.is_dir())

    @property
    def _zip(self) -> zipfile.ZipFile:
        if self._open is None or self._process != os.getpid():
            try:
                self._open, self._process = zipfile.ZipFile(self.path), os.getpid()
            except (OSError, zipfile.BadZipFile) as error:
                raise DataError(f"{self.path} is not a zip file that can be read: {error}") from error
        return self._open

    def read(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except (KeyError, zipfile.BadZipFile) as error:
            raise DataError(f"{self.path}: {name} is missing or damaged") from error


def _shrunk(raw: NDArray[Any]) -> Picture:
    if raw.dtype != np.uint8:
        raw = (raw // 257).astype(np.uint8) if raw.dtype == np.uint16 else np.clip(raw, 0, 255).astype(np.uint8)
    if raw.ndim == 3 and raw.shape[2] == 4:  # on white, as people draw
        alpha = raw[..., 3:].astype(np.float32) / 255
        raw = np.round(raw[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    image = raw[..., ::-1] if raw.ndim == 3 else raw
    scale = MAX_SIDE_PX / max(image.shape[:2])
    if scale < 1:
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        image = cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image)


def _read_csv(path: Path) -> tuple[Picture, NDArray[np.int64]]:
    try:
        first = np.genfromtxt(path, delimiter=",", max_rows=1, dtype=str)
        skip = 0 if all(cell.strip().lstrip("-").isdigit() for cell in np.atleast_1d(first).tolist()) else 1
        table = np.loadtxt(path, delimiter=",", dtype=np.int16, skiprows=skip, ndmin=2)
    except (ValueError, OSError) as error:
        raise DataError(f"{path} is not a table of whole numbers: {error}") from error
    side = round((table.shape[1] - 1) ** 0.5)
    if side < 4 or side * side != table.shape[1] - 1:
        raise DataError(f"{path} has {table.shape[1]} columns; expected a label and the pixels of a square, such as 1 + 784")
    return table[:, 1:].reshape(-1, side, side).astype(np.uint8), table[:, 0].astype(np.int64)


def _read_idx_pair(name: str, path: Path, labels: str | Path | None) -> tuple[Picture, NDArray[np.int64]]:
    if labels is None:
        raise DataError(f"{name}: {path.name} needs the file of its labels too: labels: FILE")
    images = read_idx_file(path)
    if images.ndim != 3:
        raise DataError(f"{path} holds no pictures: its shape is {images.shape}")
    return images, read_idx_file(labels).astype(np.int64)


def split_stored(stored: Stored, held_out: float, seed: int) -> dict[str, Stored]:
    """Hold out a share for the test and as much for validation: whole makers where they are known, else of each class alike.
    The same for every order of the files.
    """
    rng = np.random.default_rng([seed, 17])
    parts: dict[str, list[int]] = {"train": [], "val": [], "test": []}
    by_key = defaultdict(list)
    order = sorted(range(len(stored)), key=lambda i: stored.origins[i])
    has_makers = any(stored.makers)
    for i in order:
        by_key[stored.makers[i] if has_makers else stored.labels[i]].append(i)
    if has_makers:
        makers = [sorted(by_key)[k] for k in rng.permutation(len(by_key)).tolist()]
        n = max(1, round(held_out * len(makers)))
        if len(makers) < 3 * n:
            raise DataError(f"{stored.name}: {len(makers)} makers are too few to hold out {held_out:.0%} twice")
        for k, name in enumerate(makers):
            parts["test" if k < n else "val" if k < 2 * n else "train"] += by_key[name]
    else:
        for rows in by_key.values():
            shuffled = [rows[k] for k in rng.permutation(len(rows)).tolist()]
            n = max(1, round(held_out * len(rows))) if len(rows) > 2 else 0
            parts["test"] += shuffled[:n]
            parts["val"] += shuffled[n : 2 * n]
            parts["train"] += shuffled[2 * n :]
    return {split: stored.taken(rows) for split, rows in parts.items()}


class StoredGlyphs(Sequence[Sample]):
    """One split of one or more sets as samples. With `moves`, for training, sample i is a picture drawn, moved and
    damaged by a stream that depends on (seed, i) alone; without, every picture comes once, as it is.
    """

    def __init__(self, sets: Sequence[Stored], script: Script, seed: int = 0, moves: Moves | None = None, augment: str = "none",
                 length: int | None = None) -> None:  # fmt: skip
        self.sets, self.seed, self.moves = list(sets), seed, moves
        known = [[script.can_write(label) for label in part.labels] for part in sets]
        self.rows = [(k, i) for k, flags in enumerate(known) for i, is_known in enumerate(flags) if is_known]
        if not self.rows:
            raise DataError(f"script {script.name!r} has none of the labels of {', '.join(part.name for part in sets)}")
        self.texts = [script.canonical(self.sets[k].labels[i]) for k, i in self.rows]
        self.length = len(self.rows) if length is None else length
        self.augment = make_augment(augment) if augment != "none" else None

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        if not 0 <= index < self.length:
            raise IndexError(f"sample {index} of {self.length}")
        if self.moves is None:
            row = index % len(self.rows)
            image = self._picture(row)
        else:
            rng = np.random.default_rng([self.seed, index])
            row = int(rng.integers(len(self.rows)))
            image = deform(self._picture(row), self.moves, rng)
        if image.ndim == 2:
            image = cv2.merge((image, image, image))  # type: ignore[assignment]
        if self.moves is not None and self.augment is not None:
            image = self.augment(image, 0.6 * image.shape[0], rng)
        k, i = self.rows[row]
        return Sample(image, self.texts[row], origin=self.sets[k].origins[i])

    def _picture(self, row: int) -> Picture:
        k, i = self.rows[row]
        return self.sets[k].images[i]
