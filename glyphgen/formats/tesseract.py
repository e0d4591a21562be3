"""Tesseract's ground truth: beside each PNG a `.gt.txt`, its text, and a `.box`, which has a line for each character
and blank with its box, counted from the lower left corner, and one with a tab for the end of the line.

tesstrain takes the folder as `data/MODEL-ground-truth`; kraken and Calamari read the `.gt.txt`, too. Source:
tesseract-ocr.github.io, "Making Box Files" and tesstrain's README.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from glyphgen.formats.format import Numbered, OfFiles, Row, SetFacts, text_file


class Tesseract(OfFiles):
    name = "tesseract"
    has_clusters = False
    directions = ("ltr",)  # box files say where blanks are between the glyphs before and after them

    def write(self, numbered: Numbered, folder: Path, chunk: int, facts: SetFacts) -> Iterator[Row]:
        for row in self.write_pictures(numbered, folder):
            stem = folder / Path(row["file_name"]).stem
            with text_file(stem.with_suffix(".gt.txt")) as text:
                text.write(row["text"] + "\n")
            with text_file(stem.with_suffix(".box")) as boxes:
                boxes.writelines(box_lines(row))
            yield row

    def finish(self, rows: Iterable[Row], folder: Path, facts: SetFacts) -> None:
        """There is nothing to do: each picture has its labels beside it."""


def box_lines(row: Row) -> Iterator[str]:
    """Yield the lines of a box file for a row."""
    found, height, last = iter(row["boxes"]), row["height"], (0.0, 0.0, 0.0, 0.0)
    boxes: list[tuple[str, tuple[float, ...]]] = []
    for char in row["text"]:
        if char != " ":
            last = tuple(next(found))
        boxes.append((char, last))
    for k, (char, (x0, y0, x1, y1)) in enumerate(boxes):
        if char == " ":  # from glyph to glyph
            x0, x1 = x1, max(boxes[k + 1][1][0], x1)
        yield f"{char} {round(x0)} {round(height - y1)} {round(x1)} {round(height - y0)} 0\n"
    if boxes:
        x1, y1 = boxes[-1][1][2:]
        yield f"\t {round(x1)} {round(height - y1)} {round(x1) + 1} {round(height - y1) + 1} 0\n"
