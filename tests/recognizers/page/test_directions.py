"""Pictures that lie on their side or upside down, and lines that stand."""

import json

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from glyphgen.images import PictureLike
from glyphgen.shapes.pen import Drawing, load_drawing
from recognizers.geometry import TextLine, overlap
from recognizers.page.directions import Views, read_in_all_directions, turned_back
from recognizers.page.many_scripts import ManyScripts, load_many
from recognizers.page.reader import Reader, load_reader
from recognizers.straightening import rectify
from tests.conftest import clean_picture


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader("crnn_hylian")


@pytest.fixture(scope="module")
def sheikah() -> ManyScripts:
    return load_many(["hylian", "sheikah"])


def on_sheet(picture: NDArray[np.uint8], height: int = 420, width: int = 640) -> NDArray[np.uint8]:
    sheet = np.full((height, width, 3), 255, np.uint8)
    y, x = (height - picture.shape[0]) // 3, (width - picture.shape[1]) // 3
    sheet[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return sheet


def column_of(drawing: Drawing, text: str, gap: int = 6) -> NDArray[np.uint8]:
    """A column of upright glyphs in black on white, one cell a letter and half a one for a space."""
    cells = []
    for char in text:
        if char == " ":
            cells.append(np.full((20, 48, 3), 255, np.uint8))
            continue
        glyph = clean_picture(drawing, [char], margin=0.1)
        left = max(0, (48 - glyph.shape[1]) // 2)
        cells.append(
            cv2.copyMakeBorder(glyph, gap, gap, left, max(0, 48 - left - glyph.shape[1]), cv2.BORDER_REPLICATE)[:, :48]
        )
    return np.concatenate(cells)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_picture_that_is_turned_by_quarters_says_the_same_and_by_how_much(
    reader: Reader, hylian: Drawing, quarters: int
) -> None:
    upright = on_sheet(clean_picture(hylian, ["LABORATORY", "RITO VILLAGE"]))
    page = reader.read_page(np.ascontiguousarray(np.rot90(upright, -quarters)))
    assert page.text == reader.read_page(upright).text == "LABORATORY\nRITO VILLAGE"
    assert page.turn_deg == 90 * quarters
    assert [line.turn_deg for line in page.script_lines] == [90 * quarters] * 2
    assert page.to_dict()["turn_deg"] == 90 * quarters


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quads_lie_where_the_lines_are_seen_and_begin_where_reading_does(
    reader: Reader, hylian: Drawing, quarters: int
) -> None:
    upright = on_sheet(clean_picture(hylian, ["LABORATORY"]))
    size = upright.shape[1], upright.shape[0]
    (truth,) = reader.read_page(upright).script_lines
    (line,) = reader.read_page(np.ascontiguousarray(np.rot90(upright, -quarters))).script_lines
    turned = size if quarters == 2 else size[::-1]
    expected = turned_back(truth.quad, quarters, turned)
    assert overlap(line.quad, expected)[0] > 0.8
    assert np.abs(line.quad - expected).max() < 12, "the corners come in the same order"
    for glyph, other in zip(line.glyph_quads, truth.glyph_quads, strict=True):
        assert overlap(glyph, turned_back(other, quarters, turned))[0] > 0.5


def test_points_of_a_turned_picture_are_carried_back() -> None:
    picture = np.zeros((5, 8, 3), np.uint8)
    picture[1, 6] = 255
    for quarters in range(-3, 6):
        y, x = np.argwhere(np.rot90(picture, quarters)[..., 0])[0]
        (back,) = turned_back(np.array([[x + 0.5, y + 0.5]]), quarters, (8, 5))
        assert back.tolist() == [6.5, 1.5]


def test_each_view_is_looked_at_once() -> None:
    finder = Counting()
    views = Views(np.zeros((20, 30, 3), np.uint8), finder)
    for quarters in (0, 1, 2, 3, 4, 5, 0):
        assert views.look(quarters) == ([], [])
    assert finder.seen == [(20, 30), (30, 20), (20, 30), (30, 20)]
    assert views.look(5, is_coarse=True) == ([], [])
    assert len(finder.seen) == 4, "a close look says all that a coarse one does"


class Counting:
    """Finds nothing, and keeps the sizes of what it was shown; coarse: those of coarse looks."""

    acceptance = None

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []
        self.coarse: list[tuple[int, ...]] = []

    def find(self, picture: PictureLike, is_coarse: bool = False) -> list[TextLine]:
        assert isinstance(picture, np.ndarray)
        (self.coarse if is_coarse else self.seen).append(picture.shape[:2])
        return []


def test_a_picture_without_writing_is_looked_at_closely_once() -> None:
    finder = Counting()
    assert read_in_all_directions(np.zeros((20, 30, 3), np.uint8), finder, lambda *_: []) == ([], [], 0)
    assert finder.seen == [(20, 30)]
    assert finder.coarse == [(30, 20), (20, 30), (30, 20)]


def test_a_column_beside_lines_is_read_and_said_to_be_one(sheikah: ManyScripts) -> None:
    drawing = load_drawing("sheikah")
    sheet = np.full((520, 640, 3), 255, np.uint8)
    lines = clean_picture(drawing, ["SHUTTER"])
    sheet[40 : 40 + lines.shape[0], 40 : 40 + lines.shape[1]] = lines
    column = column_of(drawing, "ROTATE")
    sheet[10 : 10 + column.shape[0], 520 : 520 + column.shape[1]] = column
    page = sheikah.read_page(sheet)
    said = {line.reading.text: line for line in page.script_lines}
    assert set(said) == {"SHUTTER", "ROTATE"}
    assert not said["SHUTTER"].is_column
    assert said["ROTATE"].is_column
    assert page.turn_deg == said["ROTATE"].turn_deg == 0
    quad = said["ROTATE"].quad
    assert quad[0][1] < quad[3][1], "top left first, as a person sees it"
    assert quad[0][0] < quad[1][0]
    tops = [glyph[0][1] for glyph in said["ROTATE"].glyph_quads]
    assert tops == sorted(tops), "glyphs from top to bottom"
    assert {line["is_column"] for line in json.loads(json.dumps(page.to_dict()))["lines"]} == {True, False}


def test_ways_of_cutting_one_column_are_alternatives_and_never_read_as_lines_beside_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    many = load_many(["sheikah", "gerudo"])
    read_found = many._read_found
    monkeypatch.setattr(many, "_read_found", lambda lines, rows: seen.append(list(lines)) or read_found(lines, rows))
    column = column_of(load_drawing("sheikah"), "ROTATE")
    sheet = np.full((480, 400, 3), 255, np.uint8)
    sheet[20 : 20 + column.shape[0], 180 : 180 + column.shape[1]] = column
    assert many.read_page(sheet).graphemes == "ROTATE"
    assert any(lines for lines in seen)
    for lines in seen:
        quads = [line.quad for line in lines]
        assert all(overlap(a, b)[0] < 0.5 for k, a in enumerate(quads) for b in quads[:k])


def test_a_line_that_stands_beside_lines_that_do_not_is_read(reader: Reader, hylian: Drawing) -> None:
    sheet = np.full((520, 640, 3), 255, np.uint8)
    across, standing = clean_picture(hylian, ["LABORATORY"]), np.rot90(clean_picture(hylian, ["VILLAGE"]), -1)
    sheet[40 : 40 + across.shape[0], 40 : 40 + across.shape[1]] = across
    sheet[160 : 160 + standing.shape[0], 500 : 500 + standing.shape[1]] = standing
    page = reader.read_page(sheet)
    assert {(line.reading.text, line.turn_deg) for line in page.script_lines} == {
        (hylian.script.canonical("LABORATORY"), 0),
        (hylian.script.canonical("VILLAGE"), 90),
    }


def test_a_straightened_line_knows_where_it_lies_whichever_way_it_is_turned(hylian: Drawing) -> None:
    picture = clean_picture(hylian, ["LINK"])
    height, width = picture.shape[:2]
    x = np.linspace(4, width - 4, 9)
    line = TextLine(np.stack([x, np.full(9, 10.0)], 1), np.stack([x, np.full(9, height - 10.0)], 1), 1.0, 1.0)
    straight = rectify(picture, line)
    quad = straight.quad_of(0, straight.image.shape[1])
    assert quad[0][0] < quad[1][0]
    assert quad[0][1] < quad[3][1]
