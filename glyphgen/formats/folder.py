"""A folder that this toolkit reads: PNGs, `labels.tsv` (file name, text) and `labels.jsonl`, all that is known of each
picture; of pages `annotations.json` instead of `labels.tsv`. Masks lie in the folders `ink` and `glyphs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from glyphgen.formats.format import (
    Numbered,
    OfFiles,
    Row,
    SetFacts,
    json_line,
    masks_of,
    readable_lines,
    text_file,
    write_json,
)


class Folder(OfFiles):
    name = "folder"
    units = ("line", "glyph", "page")
    has_masks = True

    def write(self, numbered: Numbered, folder: Path, chunk: int, facts: SetFacts) -> Iterator[Row]:
        return self.write_pictures(_with_masks(numbered, folder), folder)

    def finish(self, rows: Iterable[Row], folder: Path, facts: SetFacts) -> None:
        with text_file(folder / "labels.jsonl") as known:
            known.writelines(json_line(row) + "\n" for row in rows)
        if facts.unit == "page":
            write_json(folder / "annotations.json", [("images", _pages(rows))])
            return
        with text_file(folder / "labels.tsv") as table:
            table.writelines(f"{row['file_name']}\t{row['text']}\n" for row in rows)


def _pages(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        lines = [
            {"text": line["text"], "quad": line["quad"]} | ({"script": line["script"]} if line["script"] else {})
            for line in readable_lines(row)
        ]
        yield {"name": row["file_name"], "lines": lines}


def _with_masks(numbered: Numbered, folder: Path) -> Numbered:
    for n, sample in numbered:
        for kind, data in masks_of(sample).items():
            (folder / kind).mkdir(parents=True, exist_ok=True)
            (folder / kind / f"{n:06d}.png").write_bytes(data)
        yield n, sample
