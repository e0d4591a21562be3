"""What stands where a picture may be read in several ways: lines that were found, rows of a sheet, one line."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from recognizers.geometry import TextLine
from recognizers.page.page import Page, PageLine
from recognizers.page.whole import read_whole
from recognizers.reading import GlyphReading, Reading

PICTURE = np.full((48, 300, 3), 255, np.uint8)


class Pieces:
    """Finds n lines side by side in the picture as it is, and nothing in turned ones."""

    def __init__(self, n: int) -> None:
        self.n, self.acceptance = n, None

    def find(self, picture: np.ndarray, is_coarse: bool = False) -> list[TextLine]:
        if picture.shape != PICTURE.shape or is_coarse:
            return []
        ends = np.linspace(10, 290, self.n + 1)
        return [
            TextLine(np.array([[a, 10.0], [b - 8, 10.0]]), np.array([[a, 38.0], [b - 8, 38.0]]), 1.0, 1.0)
            for a, b in pairwise(ends)
        ]


def line(text: str, sure: float = 0.99, script: str = "mine") -> PageLine:
    glyphs = tuple(GlyphReading(c, sure, (0, 1), ((c, sure),)) for c in text)
    quad = np.array([[0.0, 0], [9, 0], [9, 9], [0, 9]])
    reading = Reading(text, sure, glyphs, is_script=bool(script))
    return PageLine(quad, reading, (quad,) * len(text), PICTURE, script)


def read(found: list[PageLine], sheet: list[PageLine] = [], alone: list[PageLine] = []) -> Page:  # noqa: B006
    asked: list[frozenset[str]] = []

    def region(lines: list[PageLine]):
        return lambda rgb, scripts: (asked.append(scripts), tuple(lines))[1]

    page = read_whole(
        PICTURE, Pieces(len(found)), lambda *_: [(one, 0.99) for one in found], region(sheet), region(alone)
    )
    assert set(asked) <= {frozenset({"mine"}), frozenset()}
    return page


def test_a_line_found_in_pieces_is_read_as_one() -> None:
    assert read([line("LIN"), line("K")], alone=[line("LINK")]).text == "LINK"
    assert read([line("LI"), line("K", 0.6)], alone=[line("LINK")]).text == "LINK"
    assert read([line("LIN")], alone=[line("LINK")]).text == "LINK", "an end was lost"
    assert read([line("A"), line("B")], sheet=[line("AB")]).text == "AB"


@pytest.mark.parametrize("way", ["sheet", "alone"])
def test_lines_stand_where_another_way_says_no_more(way: str) -> None:
    first, second = line("LINK"), line("LINK", 0.995)
    assert read([first], **{way: [second]}).lines[0].reading is first.reading
    assert read([line("LINK", 0.3)], **{way: []}).text == "LINK", "in doubt, but accepted"
    assert read([line("LINK")], **{way: [line("LENK", 0.999)]}).text == "LINK"
    assert read([line("CAVE"), line("INN")], **{way: [line("CXKN", 0.7)]}).text == "CAVE\nINN"
    assert read([line("CAVE"), line("INN")], **{way: [line("CAVEINN", 0.99, script="")]}).text == "CAVE\nINN"
    assert read([line("CAVE")], **{way: []}).text == "CAVE"


def test_beside_other_writing_no_rows_are_taken_for_lines() -> None:
    below = line("UU").quad + np.array([0, 20])
    other, row = (replace(line("UU", 0.9, script), chance=0.1, quad=below) for script in ("", "mine"))
    assert read([line("ZORA"), other], sheet=[line("ZORA"), row]).text == "ZORA"
    assert read([line("ZORA"), other], alone=[line("ZORASQSQ")]).text == "ZORA"
    beside = replace(other, quad=line("UU").quad + np.array([12, 1]))
    assert read([line("ZORA"), beside], sheet=[line("ZORASQ"), row]).text == "ZORA"


def test_one_line_that_was_taken_gives_way_to_a_surer_one_only() -> None:
    pieces = [line("ZO", 0.9), line("RA", 0.9)]
    assert read(pieces, sheet=[line("ZORA", 0.95)], alone=[line("ZCRA", 0.88)]).text == "ZORA"


def test_what_stands_in_a_row_with_a_line_may_be_a_piece_of_it() -> None:
    piece = replace(line("UU", 0.6, script=""), chance=0.1, quad=line("UU").quad + np.array([12, 1]))
    for way in ("sheet", "alone"):
        assert read([line("ORA"), piece], **{way: [line("ZORA")]}).text == "ZORA"
        assert read([line("ZORA"), piece], **{way: [line("ZORASQ", 0.3)]}).text == "ZORA"


def test_where_no_line_counts_a_sheet_comes_first_and_one_line_last() -> None:
    doubtful, other = line("K", 0.4, script=""), replace(line("K", 0.4, script=""), chance=0.1)
    assert read([other], sheet=[line("AB")], alone=[line("ABC")]).text == "AB"
    assert [one.reading.text for one in read([other], alone=[line("ABC")]).lines] == ["K"]
    assert read([doubtful], alone=[line("ABC")]).text == "ABC"
    assert [one.reading.text for one in read([doubtful]).lines] == ["K"]
    assert read([], alone=[line("ABC")]).text == "ABC"


def test_a_crop_is_upright_where_that_says_as_much() -> None:
    class UpsideDown(Pieces):
        """Finds its line in the picture turned by half alone."""

        n_looks = 0

        def find(self, picture: np.ndarray, is_coarse: bool = False) -> list[TextLine]:
            self.n_looks += 1
            return super().find(picture) if picture.shape == PICTURE.shape and self.n_looks > 1 else []

    def turned(alone: list[PageLine]) -> Page:
        return read_whole(
            PICTURE, UpsideDown(1), lambda *_: [(line("LINK"), 0.99)], lambda *_: (), lambda *_: tuple(alone)
        )

    assert (turned([]).text, turned([]).turn_deg) == ("LINK", 180)
    upright = turned([line("KNIL")])
    assert (upright.text, upright.turn_deg) == ("KNIL", 0)
    assert turned([line("KN", 0.9)]).turn_deg == 180
    assert turned([line("KNIL", 0.94)]).turn_deg == 180, "a little less is less"
