import json
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from glyphgen.archive import label_of_folder, open_files, read_labels
from glyphgen.datasets.folder import FolderSet, PageFolder
from glyphgen.datasets.labelled_images import read_stored
from glyphgen.datasets.line_images import StoredLines
from glyphgen.faces.traced import letters_of, read_glyph_folder
from glyphgen.files import DataError, NamedFiles, composed
from glyphgen.labels import clean_text, parse_labels
from glyphgen.script import load_script

ACCENTED = "ÉTÉ が 한글"


def apart(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def picture(path: Path) -> None:
    ink = np.full((40, 60), 255, np.uint8)
    ink[8:32, 20:40] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", ink)[1].tobytes())


def parsed(text: str, table: str = "labels.tsv", there: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(row.file, row.text) for row in parse_labels(text.encode(), table, there.__contains__)]


def test_blanks_around_and_doubled_are_no_part_of_a_label() -> None:
    assert parsed(" a.png \t  THE  LEGEND\u00a0OF ZELDA \r\nb.png\tB\tmore\n\n") == [
        ("a.png", "THE LEGEND OF ZELDA"),
        ("b.png", "B"),
    ]
    assert parsed('a.png, "A,  B "\n', "labels.csv") == [("a.png", "A, B")]
    assert parsed("a.png\tA\u2028B\n") == [("a.png", "A B")], (
        "what only some programs take for the end of a line ends none"
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("file\ttext\na.png\tA\n", r":1: 'file' is no picture; if this row says what the columns are, remove it"),
        ("a.png\tA\nb.png\tB\n./a.png\tC\n", r"a\.png has two texts, 'A' in line 1 and 'C' in line 3"),
        ("a.png\tA\nb.png\tB\0\n", r":2 holds NUL bytes: it is UTF-16"),
        ("a.png\n", r":1: expected"),
        ("a.png\t \n", r":1: expected"),
        ("\tA\n", ":1: expected"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_line(table: str, said: str, tmp_path: Path) -> None:
    from app.errors import AnswerError
    from app.lessons import Lessons

    with pytest.raises(DataError, match=said):
        parsed(table)
    lessons = tmp_path / "hylian"
    lessons.mkdir()
    (lessons / "labels.tsv").write_text(table)
    for read in (FolderSet, lambda root: StoredLines(root, load_script("alnum")), lambda root: read_stored("s", root)):
        with pytest.raises(DataError, match=said):
            read(lessons)
    with pytest.raises(AnswerError, match=said) as caught:
        Lessons(tmp_path).rows("hylian")
    assert caught.value.code == "cannot_read"
    assert str(tmp_path) not in str(caught.value)


def test_a_table_in_another_encoding_is_named() -> None:
    for data in ("a.png\tÉ\n".encode("latin-1"), "a.png\tA\n".encode("utf-16")):
        with pytest.raises(DataError, match="not UTF-8"):
            parse_labels(data, "labels.tsv", lambda name: True)


def test_a_row_that_is_there_twice_counts_once_and_a_picture_needs_no_ending() -> None:
    assert parsed("a.png\tA\nb.png\tB\na.png\t A\n") == [("a.png", "A"), ("b.png", "B")]
    assert parsed("0001\tA\n", there=("0001",)) == [("0001", "A")]


def test_two_tables_of_a_folder_may_not_contradict_each_other(tmp_path: Path) -> None:
    (tmp_path / "labels.tsv").write_text("a.png\tA\n")
    (tmp_path / "labels.csv").write_text("a.png,A\n")
    assert read_labels(open_files(tmp_path), tmp_path) == [("a.png", "A")]
    (tmp_path / "labels.csv").write_text("a.png,B\n")
    with pytest.raises(DataError, match="two texts"):
        read_labels(open_files(tmp_path), tmp_path)


@pytest.mark.parametrize(("listed", "stored"), [(apart, composed), (composed, apart), (apart, apart)])
def test_names_mean_the_same_however_their_accents_are_stored(listed, stored, tmp_path: Path) -> None:
    name = "été/が.png"
    picture(tmp_path / stored(name))
    (tmp_path / "labels.tsv").write_text(f"{listed(name)}\t{listed(ACCENTED)}\n", encoding="utf-8")
    lines = [{"text": listed(ACCENTED), "quad": [[0, 0], [9, 0], [9, 9], [0, 9]]}]
    (tmp_path / "annotations.json").write_text(json.dumps({"images": [{"name": listed(name), "lines": lines}]}))
    (tmp_path / "boxes.json").write_text(json.dumps({stored(name): [[1, 2, 3, 4]]}))
    sample = FolderSet(tmp_path)[0]
    assert (sample.text, sample.boxes.tolist()) == (ACCENTED, [[1, 2, 3, 4]])
    assert PageFolder(tmp_path)[0].lines[0].text == ACCENTED
    assert read_stored("s", tmp_path).labels == [ACCENTED]


@pytest.mark.parametrize("letter", ["É", "が", "한"])
def test_names_taken_apart_say_letters(letter: str, tmp_path: Path) -> None:
    assert (
        letters_of(apart(letter)) == letters_of(f"{apart(letter)}-2") == label_of_folder(f"U_{apart(letter)}") == letter
    )
    picture(tmp_path / f"{apart(letter)}.png")
    picture(tmp_path / "B.png")
    assert set(read_glyph_folder(tmp_path).pictures) == {letter, "B"}
    (tmp_path / f"{apart(letter)}.png").unlink()
    picture(tmp_path / apart(letter) / "1.png")
    (tmp_path / "B.png").unlink()
    assert read_stored("s", tmp_path).labels == [letter]


def test_a_zip_of_macos_says_its_letters(tmp_path: Path) -> None:
    """Its names are UTF-8, taken apart, without the mark that says so."""
    picture(tmp_path / "x.png")
    name = apart("é").encode()  # three bytes; put where the name of one letter stands
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as file:
        file.writestr("eXX.png", (tmp_path / "x.png").read_bytes())
    raw = (tmp_path / "z.zip").read_bytes().replace(b"eXX.png", name + b".png")
    (tmp_path / "z.zip").write_bytes(raw)
    assert open_files(tmp_path / "z.zip").names == ["é.png"]
    assert set(read_glyph_folder(tmp_path / "z.zip").pictures) == {"É"}


def test_what_is_not_apart_stays_as_it_is() -> None:
    for text in (
        "\u212a",
        "豈",
        "A B",
    ):  # the sign of the kelvin, and a character that Unicode has for old encodings only
        assert composed(text) == text
    assert clean_text(f" {apart('É')} ") == "É"


def test_a_name_that_is_not_there_is_given_as_it_would_be(tmp_path: Path) -> None:
    assert NamedFiles(tmp_path / "none").path("a/b.png") == tmp_path / "none" / "a" / "b.png"


def test_a_quoted_cell_that_goes_on_in_the_next_line_keeps_its_blank() -> None:
    assert parsed('a.png,"X\nY"\nb.png,Z\n', "labels.csv") == [("a.png", "X Y"), ("b.png", "Z")]


def test_lines_of_pages_say_how_high_their_capitals_are(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    quad = [[0, 0], [9, 0], [9, 12], [0, 12]]
    lines: list[dict[str, Any]] = [{"text": "A", "quad": quad, "height_px": 8}, {"text": "A", "quad": quad}]
    table = tmp_path / "annotations.json"
    table.write_text(json.dumps({"images": [{"name": "a.png", "lines": lines}]}))
    assert [line.height_px for line in PageFolder(tmp_path)[0].lines] == [8, 12]
    for wrong in (0, -1, "8", "1e999"):
        text = json.dumps({"images": [{"name": "a.png", "lines": [{**lines[0], "height_px": wrong}]}]})
        table.write_text(text.replace('"1e999"', "1e999"))
        with pytest.raises(DataError, match="height_px"):
            PageFolder(tmp_path)
