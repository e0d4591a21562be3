"""Parquet as Hugging Face `datasets` reads it: `load_dataset(FOLDER)` gives a column `image`, which is decoded, one
`text`, and `letters`, `boxes`, `quads` and `line`.

The files are named by their split and number, by which `datasets` finds them, and carry its features in their schema.
Source: the documents of `datasets`, "Create an image dataset" and `Image`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from glyphgen.files import DataError
from glyphgen.formats.format import TEMPORARY, Format, Numbered, Row, SetFacts, picture_name, png, row_of

_SPLITS = {"train": "train", "val": "validation", "test": "test"}  # as datasets calls them


class Parquet(Format):
    name = "parquet"

    def write(self, numbered: Numbered, folder: Path, chunk: int, facts: SetFacts) -> Iterator[Row]:
        import pyarrow
        import pyarrow.parquet

        rows: list[Row] = []
        for n, sample in numbered:
            row = row_of(picture_name(n), sample)
            rows.append(row | {"image": {"bytes": png(sample.image), "path": row["file_name"]}})
            yield row
        columns = {name: [row.get(name) or None for row in rows] for name in _features()}
        table = pyarrow.table(columns, schema=_schema())
        path = _file(folder, chunk, facts)
        part = folder / TEMPORARY / path.name
        part.parent.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(table, part)
        part.replace(path)

    def finish(self, rows: Iterable[Row], folder: Path, facts: SetFacts) -> None:
        """There is nothing to do: each file holds its labels."""

    def stored(self, folder: Path, n: int, chunk: int, facts: SetFacts) -> bytes:
        import pyarrow.parquet

        for image in pyarrow.parquet.read_table(_file(folder, chunk, facts), columns=["image"])["image"].to_pylist():
            if image["path"] == picture_name(n):
                data: bytes = image["bytes"]
                return data
        raise DataError(f"{_file(folder, chunk, facts)} has no picture {n}")


def _file(folder: Path, chunk: int, facts: SetFacts) -> Path:
    return folder / f"{_SPLITS[facts.split]}-{chunk:06d}.parquet"


def _features() -> dict[str, Any]:
    number = {"dtype": "float32", "_type": "Value"}
    text, points = {"dtype": "string", "_type": "Value"}, [[number]]  # lists as old versions write them, too
    return {
        "image": {"_type": "Image"},
        "text": text,
        "letters": text,
        "boxes": points,
        "quads": [points],
        "line": points,
        "units": [text],
    }


def _schema() -> Any:
    import pyarrow

    number, text = pyarrow.float32(), pyarrow.string()
    points = pyarrow.list_(pyarrow.list_(number))
    kinds = {
        "image": pyarrow.struct([("bytes", pyarrow.binary()), ("path", text)]),
        "text": text,
        "letters": text,
        "boxes": points,
        "quads": pyarrow.list_(points),
        "line": points,
        "units": pyarrow.list_(text),
    }
    about = json.dumps({"info": {"features": _features()}})
    return pyarrow.schema(list(kinds.items())).with_metadata({"huggingface": about})
