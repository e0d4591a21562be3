"""What a run read of a data set, picture by picture: lines or glyphs, or whole pictures with all of their lines."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.report.set_report import PICTURES, picture_of, table_of

_PAGE_TITLES = ["picture", "truth", "read"]
_BETWEEN, _MISSED = " / ", "–"  # between the lines of a picture; in place of a line that was not read


@dataclass(frozen=True)
class Readings:
    """What a run read of one data set: truths and texts (n) in the order of the set, the folder they are in, a digest
    of the pictures, "" in older runs, and the files in it that show them, as far as they were kept. of_pages: whether
    these are whole pictures, annotated with what this run found.
    """

    truths: tuple[str, ...]
    texts: tuple[str, ...]
    folder: Path
    pictures: str
    files: tuple[str, ...]
    of_pages: bool = False

    def is_of_same(self, other: Readings) -> bool:
        """Whether two runs surely read the same pictures."""
        return bool(self.pictures) and self.pictures == other.pictures and self.truths == other.truths

    def picture(self, i: int) -> Path | None:
        """Return the picture of reading i, None where it was not kept: it was read well, or many were worse."""
        path = self.folder / self.files[i]
        return path if path.is_file() else None


def read_readings(path: Path) -> Readings | None:
    """Return what a readings.tsv says; None for one that is damaged, or of something else."""
    try:
        titles, *rows = table_of(path)
    except (ValueError, OSError, csv.Error):
        return None
    digest = path.with_name(PICTURES)
    pictures = digest.read_text(encoding="utf-8").strip() if digest.is_file() else ""
    if titles[:3] == _PAGE_TITLES and all(len(row) >= 3 for row in rows):
        return _of_pages(rows, path.parent, pictures)
    if titles[:2] == ["truth", "read"] and all(len(row) >= 2 for row in rows):
        truths, texts = (tuple(row[k] for row in rows) for k in (0, 1))
        return Readings(truths, texts, path.parent, pictures, tuple(map(picture_of, range(len(rows)))))
    return None


def _of_pages(rows: Sequence[Sequence[str]], folder: Path, pictures: str) -> Readings:
    """Return readings of whole pictures from rows of lines: lines in the order of their truths, those that are none at
    the end; letters without the spaces between them.
    """
    lines: dict[str, list[tuple[str, str]]] = {}
    for name, truth, read, *_ in rows:
        lines.setdefault(name, []).append((_bare(truth), _bare(read)))
    truths, texts = [], []
    for some in lines.values():
        there = sorted(pair for pair in some if pair[0])
        truths.append(_BETWEEN.join(truth for truth, _ in there))
        none = sorted(read for truth, read in some if read and not truth)
        texts.append(_BETWEEN.join([*(read or _MISSED for _, read in there), *none]))
    files = tuple(f"pages/{Path(name).stem}.png" for name in lines)
    return Readings(tuple(truths), tuple(texts), folder, pictures, files, of_pages=True)


def _bare(text: str) -> str:
    return text.upper().replace(" ", "")
