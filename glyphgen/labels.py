"""labels.tsv, parsed in one place: one line a picture, its file name, a tab, its text, and any further columns; no
header, UTF-8.

labels.csv is the same with commas. Names and texts are given composed (see `files.composed`), texts with single blanks
and none around: what nobody sees in a label must not count as an error of whoever reads the picture.
"""

from __future__ import annotations

import csv
import posixpath
from collections.abc import Callable, Iterable
from typing import NamedTuple

from glyphgen.files import DataError, composed
from glyphgen.images import is_picture_name

LABELS = "labels.tsv"


class LabelRow(NamedTuple):
    """A picture's file, relative to the folder of the table, its text, what further columns say, and the line of the
    table.
    """

    file: str
    text: str
    rest: tuple[str, ...]
    line: int


def clean_text(text: str) -> str:
    """Return a label with single blanks, none around, and accents where their letters are."""
    return " ".join(composed(text).split())


def parse_labels(data: bytes, table: str, exists: Callable[[str], bool]) -> list[LabelRow]:
    """Return the rows of a table, a row that is there twice once. `table` is what errors call it, its ending tells tabs
    from commas; `exists` says whether there is a file of that name. Raises DataError, naming the line, for text that is
    not UTF-8, a row without a text, a header, or a file with two texts. A file that is missing is for the caller to
    say.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{table} is not UTF-8: {error}; save it as UTF-8") from error
    lines = (
        text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    )  # splitlines would cut at signs that a text may hold
    if nul := next((number for number, line in enumerate(lines, start=1) if "\0" in line), None):
        raise DataError(f"{table}:{nul} holds NUL bytes: it is UTF-16, or damaged; save it as UTF-8")
    is_csv = table.endswith(".csv")
    rows: list[LabelRow] = []
    for number, cells in _cells(lines, is_csv, table):
        if not any(cell.strip() for cell in cells):
            continue
        name, label = composed(cells[0].strip()), clean_text(cells[1]) if len(cells) > 1 else ""
        if not name or not label:
            sign = "comma" if is_csv else "tab"
            raise DataError(f"{table}:{number}: expected a file name, a {sign} and a text, found {str(cells)[:60]}")
        name = posixpath.normpath(name)
        if not rows and not is_picture_name(name) and not exists(name):
            raise DataError(
                f"{table}:{number}: {name!r} is no picture; if this row says what the columns are, remove it: the "
                "first row is "
                "a picture's"
            )
        rows.append(LabelRow(name, label, tuple(cells[2:]), number))
    return without_repeats(rows, table)


def without_repeats(rows: Iterable[LabelRow], table: str) -> list[LabelRow]:
    """Return the rows, each file once. Raises DataError for a file with two texts."""
    first: dict[str, LabelRow] = {}
    for row in rows:
        known = first.setdefault(row.file, row)
        if known.text != row.text:
            raise DataError(
                f"{table}: {row.file} has two texts, {known.text!r} in line {known.line} and {row.text!r} in line "
                f"{row.line}; "
                "keep the right one"
            )
    return list(first.values())


def _cells(lines: list[str], is_csv: bool, table: str) -> Iterable[tuple[int, list[str]]]:
    if not is_csv:
        yield from ((number, line.split("\t")) for number, line in enumerate(lines, start=1))
        return
    reader = csv.reader([line + "\n" for line in lines], skipinitialspace=True)  # a cell may go on in the next line
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(f"{table}:{reader.line_num}: {error}") from error
