"""Labelled lines and pages in a folder: read, and written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from glyphgen.files import DataError, NamedFiles, composed, new_folder
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
        boxes = np.zeros((0, 4))
        sidecar = self.root / "boxes.json"
        if sidecar.is_file():
            boxes = np.array(self._boxes(sidecar).get(name, []), float).reshape(-1, 4)
        return Sample(load_picture(path), text, boxes, str(path))

    def _boxes(self, sidecar: Path) -> dict[str, list[list[float]]]:
        if not hasattr(self, "_boxes_by_name"):
            try:
                boxes: dict[str, list[list[float]]] = json.loads(sidecar.read_text(encoding="utf-8"))
                self._boxes_by_name = {composed(name): found for name, found in boxes.items()}
            except ValueError as error:
                raise DataError(f"{sidecar} is damaged: {error}; mend or remove it") from error
        return self._boxes_by_name


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


def write_folder(samples: Iterable[Sample], root: str | Path, first: int = 0) -> int:
    """Write PNGs, `labels.tsv` and `boxes.json` into a new folder; return how many. first: the number of the first
    file's name. Raises DataError if the folder exists.
    """
    lines: list[str] = []
    boxes: dict[str, list[list[float]]] = {}
    with new_folder(root) as part:
        for n, sample in enumerate(samples, start=first):
            name = f"{n:06d}.png"
            if not cv2.imwrite(str(part / name), cv2.cvtColor(sample.image, cv2.COLOR_RGB2BGR)):
                raise DataError(f"cannot write {part / name}; is the disk full?")
            lines.append(f"{name}\t{sample.text}\n")
            boxes[name] = np.round(sample.boxes, 2).tolist()
        (part / "labels.tsv").write_text("".join(lines), encoding="utf-8")
        (part / "boxes.json").write_text(json.dumps(boxes), encoding="utf-8")
    return len(lines)


def write_pages(pages: Iterable[PageSample], root: str | Path, first: int = 0) -> int:
    """Write PNGs and `annotations.json`, which `PageFolder` reads, into a new folder; return how many. Lines of other
    writing, and those that cannot be read, are not listed. first: the number of the first file's name. Raises DataError
    if the folder exists.
    """
    rows = []
    with new_folder(root) as part:
        for n, page in enumerate(pages, start=first):
            name = f"{n:06d}.png"
            if not cv2.imwrite(str(part / name), cv2.cvtColor(page.image, cv2.COLOR_RGB2BGR)):
                raise DataError(f"cannot write {part / name}; is the disk full?")
            lines = [
                {"text": line.text, "quad": np.round(line.quad, 2).tolist()}
                for line in page.lines
                if line.is_script and line.is_legible
            ]
            rows.append({"name": name, "lines": lines})
        (part / "annotations.json").write_text(json.dumps({"images": rows}, ensure_ascii=False), encoding="utf-8")
    return len(rows)


def write_lmdb(samples: Iterable[Sample], root: str | Path) -> int:
    """Write an LMDB with the field's keys: `num-samples`, `image-000000001` (PNG) and `label-000000001`."""
    import lmdb

    n = 0
    with new_folder(root) as part, lmdb.open(str(part), map_size=1 << 36) as env, env.begin(write=True) as transaction:
        for n, sample in enumerate(samples, start=1):
            ok, png = cv2.imencode(".png", cv2.cvtColor(sample.image, cv2.COLOR_RGB2BGR))
            if not ok:
                raise DataError(f"cannot encode sample {sample.origin}")
            transaction.put(b"image-%09d" % n, png.tobytes())
            transaction.put(b"label-%09d" % n, sample.text.encode())
        transaction.put(b"num-samples", str(n).encode())
    return n
