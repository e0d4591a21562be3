"""Labelled lines and pages in a folder, as `formats.folder` writes them and people do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from glyphgen.files import DataError, NamedFiles, composed
from glyphgen.images import load_picture
from glyphgen.labels import LABELS, clean_text, parse_labels
from glyphgen.sample import LabelledLine, PageSample, Sample


class FolderSet(Sequence[Sample]):
    """A folder of pictures with `labels.tsv`; texts are given as written there, but for blanks (see `labels`); the
    caller makes them canonical.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        table = self.root / LABELS
        if not self.root.is_dir():
            raise DataError(f"no such folder: {self.root}")
        if not table.is_file():
            raise DataError(f"{self.root} has no labels.tsv (one line a picture: file name, tab, text)")
        self.rows: list[tuple[str, str]] = []
        self._files = NamedFiles(self.root)
        try:
            parsed = parse_labels(table.read_bytes(), str(table), lambda name: self._files.path(name).is_file())
        except OSError as error:
            raise DataError(f"{table} cannot be read: {error.strerror}") from error
        self.rows = [(row.file, row.text) for row in parsed]
        if not self.rows:
            raise DataError(f"{table} lists no pictures")

    def __len__(self) -> int:
        return len(self.rows)

    def path(self, index: int) -> Path:
        """Return the file of a picture; it need not exist."""
        return self._files.path(self.rows[index][0])

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # no slices
        (name, text), path = self.rows[index], self.path(index)
        if not path.is_file():
            raise DataError(f"{path}: listed in labels.tsv but missing")
        boxes = np.array(self._boxes_by_name.get(name, []), float).reshape(-1, 4)
        return Sample(load_picture(path), text, boxes, str(path))

    @cached_property
    def _boxes_by_name(self) -> dict[str, list[list[float]]]:
        """The boxes of `labels.jsonl`, or of `boxes.json`, which older sets have; none where neither is there."""
        known, sidecar = self.root / "labels.jsonl", self.root / "boxes.json"
        path = known if known.is_file() else sidecar
        try:
            if known.is_file():
                rows = (json.loads(line) for line in known.read_text(encoding="utf-8").split("\n") if line.strip())
                return {composed(str(row["file_name"])): row.get("boxes", []) for row in rows if "file_name" in row}
            boxes = json.loads(sidecar.read_text(encoding="utf-8")) if sidecar.is_file() else {}
            return {composed(name): found for name, found in boxes.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{path} is damaged: {error}; mend or remove it") from error


class PageFolder(Sequence[PageSample]):
    """A folder of whole pictures with `annotations.json`: {"images": [{"name", "lines": [{"text", "quad"}]}]}, a quad
    being four points (x, y), top left first, clockwise. A line may have a "script", its name. Texts are given as
    written there. most: how many of them, the first ones; None: all.
    """

    def __init__(self, root: str | Path, most: int | None = None) -> None:
        self.root = Path(root)
        table = self.root / "annotations.json"
        try:
            data = json.loads(table.read_text(encoding="utf-8-sig"))
            rows = [
                (composed(str(image["name"])), [_page_line(line) for line in image["lines"]])
                for image in data["images"]
            ]
        except OSError as error:
            raise DataError(f"{table} cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{table} is damaged or has another form ({type(error).__name__}: {error})") from error
        if not rows:
            raise DataError(f"{table} lists no pictures")
        self.rows: list[tuple[str, list[LabelledLine]]] = rows[:most]
        self._files = NamedFiles(self.root)

    def __len__(self) -> int:
        return len(self.rows)

    def path(self, index: int) -> Path:
        """Return the file of a picture; it need not exist."""
        return self._files.path(self.rows[index][0])

    def __getitem__(self, index: int) -> PageSample:  # type: ignore[override]  # no slices
        path = self.path(index)
        if not path.is_file():
            raise DataError(f"{path}: listed in annotations.json but missing")
        return PageSample(load_picture(path), tuple(self.rows[index][1]), str(path))


def _page_line(line: dict[str, Any]) -> LabelledLine:
    quad = np.array(line["quad"], float)
    if quad.shape != (4, 2) or not np.isfinite(quad).all():
        raise ValueError(f"a quad must be four points, not {line['quad']!r}")
    text, high = clean_text(str(line["text"])), line.get("height_px")
    if high is not None and not (isinstance(high, int | float) and 0 < high < float("inf")):
        raise ValueError(f"height_px must be a number of px above 0, not {high!r}")
    script = str(line.get("script") or "")
    return LabelledLine(text, quad[:2], quad[[3, 2]], script=script, letters=text, capitals_px=high)
