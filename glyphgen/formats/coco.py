"""COCO's `annotations.json`. Of pages each line is an annotation, which has, beside COCO's own fields, the text as
utf8_string, whether it is legible, and its script as language; of lines and glyphs each glyph is one, with a category
for each grapheme, as detectors of objects want it.

Source: cocodataset.org, "Data format"; the names of the further fields are those of Veit et al., COCO-Text, 2016.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from glyphgen.formats.format import Numbered, OfFiles, Row, SetFacts, inside, units_of, write_json


class Coco(OfFiles):
    name = "coco"
    units = ("line", "glyph", "page")
    below = "images"

    def write(self, numbered: Numbered, folder: Path, chunk: int, facts: SetFacts) -> Iterator[Row]:
        return self.write_pictures(numbered, folder)

    def finish(self, rows: Iterable[Row], folder: Path, facts: SetFacts) -> None:
        marked = facts.clusters or tuple(char for char in facts.alphabet if char != " ")
        names = ("text", "other writing") if facts.unit == "page" else marked
        categories = [{"id": k, "name": name, "supercategory": facts.script} for k, name in enumerate(names, start=1)]
        written = ", ".join(facts.scripts or (facts.script,))
        ids = {name: k for k, name in enumerate(names, start=1)}
        write_json(
            folder / "annotations.json",
            [
                ("info", {"description": f"{facts.unit}s of the script {written}, {facts.split}, rendered"}),
                ("categories", categories),
                ("images", _images(rows)),
                ("annotations", _annotations(rows, ids)),
            ],
        )


def _images(rows: Iterable[Row]) -> Iterator[Row]:
    for k, row in enumerate(rows, start=1):
        yield {"id": k, "file_name": row["file_name"], "width": row["width"], "height": row["height"]}


def _annotations(rows: Iterable[Row], ids: dict[str, int]) -> Iterator[Row]:
    number = 0
    for k, row in enumerate(rows, start=1):
        for one in _lines(row, ids) if "lines" in row else _glyphs(row, ids):
            if not one["area"]:  # outside of the picture
                continue
            number += 1
            yield {"id": number, "image_id": k, **one}


def _lines(row: Row, ids: dict[str, int]) -> Iterator[Row]:
    for line in row["lines"]:
        yield _outlined([*line["top"], *reversed(line["bottom"])], row) | {
            "category_id": ids["text" if line["is_script"] else "other writing"],
            "utf8_string": line["text"],
            "legibility": "legible" if line["is_legible"] else "illegible",
            "language": line["script"] or "",
        }


def _glyphs(row: Row, ids: dict[str, int]) -> Iterator[Row]:
    outlines = row.get("quads") or [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]] for x0, y0, x1, y1 in row["boxes"]]
    for char, outline in zip(units_of(row), outlines, strict=True):
        yield _outlined(outline, row) | {"category_id": ids[char]}


def _outlined(points: list[list[float]], row: Row) -> dict[str, Any]:
    """Return the outline of something as COCO has it: cut to the picture, its box as x, y, width and height."""
    held = inside(points, row)
    xs, ys = [x for x, _ in held], [y for _, y in held]
    doubled = sum(x * ys[k - 1] - xs[k - 1] * y for k, (x, y) in enumerate(held))
    return {
        "segmentation": [[number for point in held for number in point]],
        "bbox": [round(v, 2) for v in (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))],
        "area": round(abs(doubled) / 2, 2),
        "iscrowd": 0,
    }
