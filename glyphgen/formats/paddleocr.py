"""PaddleOCR's lists: of lines and glyphs `rec_gt.txt` (file, tab, text) and `dict.txt` (one character a line); of pages
`det_gt.txt` (file, tab, a list of transcriptions with four points; what cannot be read, or is no writing of the script,
is `###`, which its trainers leave out; where pages have several scripts also its name as language, which they pass
over).

Source: PaddleOCR's documents on the data of text recognition and text detection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from glyphgen.formats.format import Numbered, OfFiles, Row, SetFacts, inside, json_line, text_file

_IGNORED = "###"


class PaddleOcr(OfFiles):
    name = "paddleocr"
    units = ("line", "glyph", "page")
    below = "images"

    def write(self, numbered: Numbered, folder: Path, chunk: int, facts: SetFacts) -> Iterator[Row]:
        return self.write_pictures(numbered, folder)

    def finish(self, rows: Iterable[Row], folder: Path, facts: SetFacts) -> None:
        if facts.unit == "page":
            with text_file(folder / "det_gt.txt") as table:
                table.writelines(f"{row['file_name']}\t{json_line(_lines(row))}\n" for row in rows)
            return
        with text_file(folder / "rec_gt.txt") as table:
            table.writelines(f"{row['file_name']}\t{row['text']}\n" for row in rows)
        with text_file(folder / "dict.txt") as characters:  # a blank is a setting of theirs: use_space_char
            characters.writelines(f"{char}\n" for char in facts.alphabet if char != " ")


def _lines(row: Row) -> list[dict[str, Any]]:
    return [
        {
            "transcription": line["text"] if line["is_script"] and line["is_legible"] else _IGNORED,
            "points": [[round(x), round(y)] for x, y in inside(line["quad"], row)],
        }
        | ({"language": line["script"]} if line["script"] else {})
        for line in row["lines"]
    ]
