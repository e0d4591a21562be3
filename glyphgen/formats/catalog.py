"""The formats that there are, by name; and a set written in one go."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from glyphgen.files import DataError, new_folder
from glyphgen.formats.coco import Coco
from glyphgen.formats.doctr import Doctr
from glyphgen.formats.folder import Folder
from glyphgen.formats.format import TEMPORARY, Format, Row, SetFacts
from glyphgen.formats.kraken import Kraken
from glyphgen.formats.lmdb import Lmdb
from glyphgen.formats.paddleocr import PaddleOcr
from glyphgen.formats.parquet import Parquet
from glyphgen.formats.tesseract import Tesseract
from glyphgen.formats.webdataset import WebDataset
from glyphgen.near_names import did_you_mean
from glyphgen.sample import PageSample, Sample

_PER_FILE = 1000
FORMATS: dict[str, Format] = {
    made.name: made
    for made in (Folder(), Lmdb(), Parquet(), WebDataset(), PaddleOcr(), Tesseract(), Kraken(), Doctr(), Coco())
}


def check_format(
    name: str, unit: str, with_masks: bool = False, direction: str = "ltr", has_clusters: bool = False
) -> Format:
    """Return the format of a name. Raises DataError where there is none, or it cannot hold what pictures show, their
    masks, lines of that direction, or boxes of clusters.
    """
    if name not in FORMATS:
        raise DataError(f"no such format: {name!r}; there are {', '.join(FORMATS)}{did_you_mean(name, FORMATS)}")
    if unit not in FORMATS[name].units:
        able = ", ".join(other for other, one in FORMATS.items() if unit in one.units)
        raise DataError(f"the format {name} holds no {unit}s; those that do are {able}")
    if with_masks and not FORMATS[name].has_masks:
        able = ", ".join(other for other, one in FORMATS.items() if one.has_masks)
        raise DataError(f"the format {name} holds no masks; those that do are {able}")
    if has_clusters and not FORMATS[name].has_clusters:
        able = ", ".join(other for other, one in FORMATS.items() if one.has_clusters)
        raise DataError(f"the format {name} has a box for each character and none for clusters; choose one of {able}")
    ways = FORMATS[name].directions
    if ways is not None and direction not in ways:
        raise DataError(f"the format {name} holds no lines of the direction {direction}; it holds {', '.join(ways)}")
    return FORMATS[name]


def write_set(
    samples: Iterable[Sample | PageSample], root: str | Path, name: str, facts: SetFacts, first: int = 0
) -> int:
    """Write a set in one go into a new folder; return how many pictures. first: the number of the first picture, by
    which files are called, those that hold many too. Raises DataError if the folder exists, or for a format that cannot
    hold them.
    """
    chosen = check_format(name, facts.unit)
    rows: list[Row] = []
    numbered = enumerate(samples, start=first)
    with new_folder(root) as part:
        while chunk := list(islice(numbered, _PER_FILE)):
            rows += chosen.write(chunk, part, chunk[0][0], facts)
        chosen.finish(rows, part, facts)
        shutil.rmtree(part / TEMPORARY, ignore_errors=True)
    return len(rows)
