"""Shards of WebDataset: tar files in which the parts of a sample stand one after the other and share a name: `.png`,
`.txt`, `.json`, and masks as `.ink.png` and `.glyphs.png`.

Source: the format that github.com/webdataset/webdataset describes.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from glyphgen.files import DataError
from glyphgen.formats.format import (
    TEMPORARY,
    Format,
    Numbered,
    Row,
    SetFacts,
    json_line,
    masks_of,
    picture_name,
    png,
    row_of,
)


class WebDataset(Format):
    name = "webdataset"
    has_masks = True

    def write(self, numbered: Numbered, folder: Path, chunk: int, facts: SetFacts) -> Iterator[Row]:
        return write_tar(numbered, folder, _tar(folder, chunk, facts))

    def finish(self, rows: Iterable[Row], folder: Path, facts: SetFacts) -> None:
        """There is nothing to do: each tar holds its labels."""

    def stored(self, folder: Path, n: int, chunk: int, facts: SetFacts) -> bytes:
        with tarfile.open(_tar(folder, chunk, facts)) as tar:
            return read_member(tar, f"{n:06d}.png")


def _tar(folder: Path, chunk: int, facts: SetFacts) -> Path:
    return folder / f"{facts.split}-{chunk:06d}.tar"


def read_member(tar: tarfile.TarFile, name: str) -> bytes:
    """Return a file of a tar. Raises DataError when there is none of that name."""
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise DataError(f"{tar.name!s} is damaged: there is no file {name} in it; remove it")
    return file.read()


def write_tar(numbered: Numbered, folder: Path, path: Path) -> Iterator[Row]:
    """Write samples into a tar, which appears when it is whole; the same samples make the same bytes."""
    part = folder / TEMPORARY / f"{path.name}.new"
    part.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(part, "w", format=tarfile.USTAR_FORMAT) as tar:
        for n, sample in numbered:
            row = row_of(picture_name(n), sample)
            parts = {"png": png(sample.image), "txt": row["text"].encode(), "json": json_line(row).encode()}
            parts |= {f"{kind}.png": data for kind, data in masks_of(sample).items()}
            for extension, data in parts.items():
                entry = tarfile.TarInfo(f"{n:06d}.{extension}")
                entry.size, entry.mode = len(data), 0o644
                tar.addfile(entry, io.BytesIO(data))
            yield row
    part.replace(path)
