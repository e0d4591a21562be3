"""docTR's data sets: `images` and `labels.json`, which says the text of each picture (`RecognitionDataset`), or of
pages the outlines of their lines (`DetectionDataset`), where there are several scripts each as a class of its own.

Source: docTR's documents of `RecognitionDataset` and `DetectionDataset`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from glyphgen.formats.format import Numbered, OfFiles, Row, SetFacts, inside, readable_lines, write_json


class Doctr(OfFiles):
    name = "doctr"
    units = ("line", "glyph", "page")
    below = "images"

    def write(self, numbered: Numbered, folder: Path, chunk: int, facts: SetFacts) -> Iterator[Row]:
        for row in self.write_pictures(numbered, folder):
            yield row | {"sha256": hashlib.sha256((folder / row["file_name"]).read_bytes()).hexdigest()}

    def finish(self, rows: Iterable[Row], folder: Path, facts: SetFacts) -> None:
        # it cannot open a page without lines
        held = (row for row in rows if "lines" not in row or readable_lines(row))
        labels = ((Path(row["file_name"]).name, _label(row, len(facts.scripts) > 1)) for row in held)
        write_json(folder / "labels.json", labels)


def _label(row: Row, has_classes: bool) -> str | Row:
    if "lines" not in row:
        text: str = row["text"]
        return text
    lines = [(line["script"], inside(line["quad"], row)) for line in readable_lines(row)]
    by_script = {name: [quad for script, quad in lines if script == name] for name, _ in lines}
    return {
        "img_dimensions": [row["height"], row["width"]],
        "img_hash": row["sha256"],
        "polygons": by_script if has_classes else [quad for _, quad in lines],
    }
