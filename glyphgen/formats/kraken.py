"""PAGE XML beside each PNG, as kraken reads it (`ketos train -f page`, `ketos segtrain -f page`): lines with their
baseline, outline and text; glyphs and lines are pages with one line.

Source: the schema of PRImA's PAGE content, 2019-07-15, and kraken's documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as XML

import cv2
import numpy as np

from glyphgen.formats.format import Numbered, OfFiles, Row, SetFacts, readable_lines

_NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
_MADE = "1970-01-01T00:00:00"  # the schema asks for a time; the same set has the same bytes


class Kraken(OfFiles):
    name = "kraken"
    units = ("line", "glyph", "page")
    directions = ("ltr", "rtl", "boustrophedon")  # a column would need another baseline

    def write(self, numbered: Numbered, folder: Path, chunk: int, facts: SetFacts) -> Iterator[Row]:
        for row in self.write_pictures(numbered, folder):
            (folder / row["file_name"]).with_suffix(".xml").write_bytes(page_xml(row))
            yield row

    def finish(self, rows: Iterable[Row], folder: Path, facts: SetFacts) -> None:
        """There is nothing to do: each picture has its labels beside it."""


def page_xml(row: Row) -> bytes:
    """Return the PAGE XML of a row. Points are cut to the picture, which the schema asks for."""
    root = XML.Element("PcGts", xmlns=_NAMESPACE)
    about = XML.SubElement(root, "Metadata")
    XML.SubElement(about, "Creator").text = "glyphgen"
    XML.SubElement(about, "Created").text = XML.SubElement(about, "LastChange").text = _MADE
    size = row["width"], row["height"]
    page = XML.SubElement(
        root, "Page", imageFilename=row["file_name"], imageWidth=str(size[0]), imageHeight=str(size[1])
    )
    region = XML.SubElement(page, "TextRegion", id="r0")
    everything = [(0, 0), (size[0], 0), size, (0, size[1])]
    XML.SubElement(region, "Coords", points=_points(everything, size))
    lines = readable_lines(row) if "lines" in row else [_own_line(row)]
    for k, line in enumerate(lines):
        element = XML.SubElement(region, "TextLine", id=f"l{k}")
        if line.get("script"):  # the schema's own attribute takes none but scripts of ISO 15924
            element.set("custom", f"script {{name:{line['script']};}}")
        outline = line.get("outline") or [*line["top"], *reversed(line["bottom"])]
        XML.SubElement(element, "Coords", points=_points(outline, size))
        XML.SubElement(element, "Baseline", points=_points(line["bottom"], size))
        XML.SubElement(XML.SubElement(element, "TextEquiv"), "Unicode").text = line["text"]
    XML.indent(root)
    text: str = XML.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _own_line(row: Row) -> Row:
    """Return the line of a picture that shows one; where its place is not known it is the whole picture."""
    width, height = row["width"], row["height"]
    quad = row.get("line", [[0, 0], [width, 0], [width, height], [0, height]])
    around = np.array([*quad, *(point for glyph in row.get("quads", []) for point in glyph)], np.float32)
    hull = cv2.convexHull(around).reshape(-1, 2).tolist()  # with what glyphs have below the baseline
    return {"text": row["text"], "bottom": [quad[3], quad[2]], "outline": hull}


def _points(points: Sequence[Sequence[float]], size: tuple[int, int]) -> str:
    inside = [(min(max(round(x), 0), size[0] - 1), min(max(round(y), 0), size[1] - 1)) for x, y in points]
    return " ".join(f"{x},{y}" for x, y in inside)
