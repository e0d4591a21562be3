"""A format: how a trainer wants labelled pictures stored.

A set is written in chunks, by any number of processes, each of which may stop at any moment: `write` stores the
pictures of a chunk and gives a row for each, `finish` makes the lists of all rows when every chunk is there. Both may
be done again and write the same bytes. A row is plain JSON: all that is known of one picture but its pixels.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TextIO, final

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.files import DataError
from glyphgen.sample import Image, PageSample, Sample

Row = dict[str, Any]
Numbered = Iterable[tuple[int, Sample | PageSample]]
TEMPORARY = "unfinished"  # the folder of a set that holds what is not for keeps


@dataclass(frozen=True)
class SetFacts:
    """What a format needs to know of a set besides its pictures: the split (train, val or test), what a picture shows
    (line, glyph or page), the name of the script, what its texts are made of, a blank among it where the script has
    one, the names of all scripts where pages have several, and the clusters that there are in any split where letters
    join.
    """

    split: str
    unit: str
    script: str
    alphabet: tuple[str, ...]
    scripts: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()


class Format(ABC):
    """Writes one split of a set into a folder. units are what a picture may show: line, glyph or page. Where has_masks,
    it holds the masks of samples that have some. directions are those of the lines that it can hold, None for all.
    Where has_clusters, it holds lines whose boxes are of several characters each.
    below is the folder for pictures that are files of their own. Abstract.
    """

    name: ClassVar[str]
    units: ClassVar[tuple[str, ...]] = ("line", "glyph")
    has_masks: ClassVar[bool] = False
    directions: ClassVar[tuple[str, ...] | None] = None
    has_clusters: ClassVar[bool] = True
    below: ClassVar[str] = ""

    @abstractmethod
    def write(self, numbered: Numbered, folder: Path, chunk: int, facts: SetFacts) -> Iterator[Row]:
        """Store the pictures of the chunk with that number, and yield their rows in order."""

    @abstractmethod
    def finish(self, rows: Iterable[Row], folder: Path, facts: SetFacts) -> None:
        """Write the lists of the whole set. rows are in order, may be gone through more than once, and may be too many
        for memory.
        """

    @abstractmethod
    def stored(self, folder: Path, n: int, chunk: int, facts: SetFacts) -> bytes:
        """Return the PNG of picture n, of the chunk with that number, of a set that is complete."""


class OfFiles(Format):
    """A format in which each picture is a PNG of its own. Abstract."""

    @final
    def stored(self, folder: Path, n: int, chunk: int, facts: SetFacts) -> bytes:
        return (folder / picture_name(n, self.below)).read_bytes()

    @final
    def write_pictures(self, numbered: Numbered, folder: Path) -> Iterator[Row]:
        """Store each picture, and yield the rows."""
        (folder / self.below).mkdir(parents=True, exist_ok=True)
        for n, sample in numbered:
            name = picture_name(n, self.below)
            (folder / name).write_bytes(png(sample.image))
            yield row_of(name, sample)


def picture_name(n: int, below: str = "") -> str:
    """Return the name of the file of picture n."""
    return f"{below}/{n:06d}.png" if below else f"{n:06d}.png"


def png(image: Image | NDArray[np.uint16] | NDArray[np.uint8]) -> bytes:
    """Return a picture (h, w, 3) RGB, or a mask (h, w), as the bytes of a PNG."""
    ok, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image)
    if not ok:
        raise DataError(f"a picture of shape {image.shape} cannot be stored as PNG")
    return data.tobytes()


def masks_of(sample: Sample | PageSample) -> dict[str, bytes]:
    """Return the masks that a sample has as PNG, by the name of what they show: ink and glyphs."""
    if not isinstance(sample, Sample) or sample.ink is None or sample.glyph_map is None:
        return {}
    return {"ink": png(sample.ink), "glyphs": png(sample.glyph_map)}


def row_of(file_name: str, sample: Sample | PageSample) -> Row:
    """Return what is known of a picture, lengths in px, rounded to hundredths."""
    height, width = sample.image.shape[:2]
    row: Row = {"file_name": file_name, "width": width, "height": height, "origin": sample.origin}
    if isinstance(sample, PageSample):
        lines = [
            {
                "text": line.text,
                "letters": line.letters,
                "script": line.script,
                "quad": rounded(line.quad),
                "top": rounded(line.top),
                "bottom": rounded(line.bottom),
                "is_script": line.is_script,
                "is_legible": line.is_legible,
            }
            for line in sample.lines
        ]
        return {**row, "lines": lines, "has_more_writing": sample.has_more_writing}
    row |= {"text": sample.text, "letters": sample.letters, "boxes": rounded(sample.boxes)}
    if sample.units:
        row["units"] = list(sample.units)
    if len(sample.quads):
        row["quads"] = rounded(sample.quads)
    if sample.line is not None:
        row["line"] = rounded(sample.line)
    return row


def units_of(row: Row) -> list[str]:
    """Return what each box of a row is of: the parts of the text that are drawn as one."""
    return row.get("units") or [char for char in row["text"] if char != " "]


def rounded(points: NDArray[np.float64]) -> list[Any]:
    numbers: list[Any] = np.round(points, 2).tolist()
    return numbers


def inside(points: Sequence[Sequence[float]], row: Row) -> list[list[float]]:
    """Return points, each moved into its picture if it lies outside."""
    return [[min(max(x, 0), row["width"]), min(max(y, 0), row["height"])] for x, y in points]


def readable_lines(row: Row) -> list[Row]:
    """Return the lines of a page that are in its script and can be read."""
    return [line for line in row["lines"] if line["is_script"] and line["is_legible"]]


def json_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def text_file(path: Path) -> TextIO:
    """Open a file for writing UTF-8 with the line ends of Unix, which make it the same everywhere."""
    return open(path, "w", encoding="utf-8", newline="\n")


def write_json(path: Path, pairs: Iterable[tuple[str, Any]]) -> None:
    """Write a JSON object of pairs as they come, each on a line; a value that is an iterator becomes a list, each item
    on a line.
    """
    with text_file(path) as file:
        file.write("{")
        for k, (key, value) in enumerate(pairs):
            file.write(f"{',' if k else ''}\n{json_line(key)}: ")
            if not isinstance(value, Iterator):
                file.write(json_line(value))
                continue
            file.write("[")
            for m, item in enumerate(value):
                file.write(f"{',' if m else ''}\n{json_line(item)}")
            file.write("\n]")
        file.write("\n}\n")
