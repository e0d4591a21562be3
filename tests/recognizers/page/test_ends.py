"""Glyphs in doubt at the ends of a line are cut off, and those that a finder lost are found."""

import cv2
import numpy as np
import pytest

from glyphgen.shapes.pen import Drawing
from recognizers.geometry import TextLine, overlap
from recognizers.page.columns import Row
from recognizers.page.ends import doubtful_ends_cut, reaching_beyond
from recognizers.page.reader import Reader, load_reader
from recognizers.reading import GlyphReading, Reading
from recognizers.straightening import Straight, rectify
from tests.conftest import clean_picture


def straight(n: int) -> tuple[TextLine, Straight]:
    """A line of n glyphs of 20 px each in a straight picture, that lies as it is in the page."""
    width = 20 * n
    x = np.arange(width, dtype=float) + 0.5
    top, bottom = (np.stack([x, np.full(width, y)], axis=1) for y in (7.0, 41.0))
    image = np.repeat(np.arange(width, dtype=np.uint8)[None, :, None], 48, axis=0).repeat(3, axis=2)
    return TextLine(top[::10], bottom[::10], 0.9, 1.0), Straight(image, top, bottom)


def reading(text: str, doubtful: dict[int, float]) -> Reading:
    glyphs = tuple(
        GlyphReading(char, doubtful.get(k, 0.99), (20.0 * k + 2, 20.0 * k + 18), ((char, 0.99),))
        for k, char in enumerate(text)
    )
    return Reading(text, 0.5, glyphs)


@pytest.mark.parametrize(
    ("text", "doubtful", "kept"),
    [
        ("WHYLIA", {0: 0.4}, (1, 6)),
        ("VARIESAU", {6: 0.4, 7: 0.8}, (0, 6)),
        ("Q LINKS X", {0: 0.7, 1: 0.5, 8: 0.6}, (2, 7)),
        ("Q   HYLIA", {0: 0.93}, (4, 9)),  # far off, it must be surer
    ],
)
def test_what_is_left_is_the_part_between(text: str, doubtful: dict[int, float], kept: tuple[int, int]) -> None:
    line, picture = straight(len(text))
    cut = doubtful_ends_cut(line, picture, reading(text, doubtful))
    assert cut is not None
    shorter, part = cut
    assert shorter.top[0][0] == pytest.approx(20 * kept[0] + 2, abs=1)
    assert shorter.top[-1][0] == pytest.approx(20 * kept[1] - 2, abs=1)
    assert shorter.height_px == pytest.approx(line.height_px)
    low, high = int(part.image[0, 0, 0]), int(part.image[0, -1, 0]) + 1
    assert 20 * kept[0] - 10 <= low <= 20 * kept[0] + 2
    assert 20 * kept[1] - 2 <= high <= 20 * kept[1] + 10
    assert len(part.top) == part.image.shape[1]


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("HYLIA", {}),
        ("HYLIA", {2: 0.2}),  # in the middle
        ("QHYLIA", {0: 0.93}),
        ("Q   HYLIA", {0: 0.97}),
        ("HYL", {0: 0.2}),  # too little is left
        ("HYLIALINK", dict.fromkeys(range(6), 0.3)),  # too much would go
        ("HYLIA", dict.fromkeys(range(5), 0.3)),
        ("HYLIA", {0: 0.2, 1: 0.9, 2: 0.9, 3: 0.9}),  # the rest is not sure enough to tell
        ("", {}),
    ],
)
def test_nothing_is_cut_off_a_line_that_is_sure_to_its_ends_or_not_sure_at_all(
    text: str, doubtful: dict[int, float]
) -> None:
    assert doubtful_ends_cut(*straight(max(len(text), 1)), reading(text, doubtful)) is None


def test_columns_are_left_alone() -> None:
    line, picture = straight(6)
    row = Row(picture.image, picture.top, picture.bottom, cells=np.array([[0.0, 120.0, 0.0, 120.0]]))
    assert doubtful_ends_cut(line, row, reading("WHYLIA", {0: 0.4})) is None


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader()


def small_sign(hylian: Drawing, texts: list[str], reader: Reader) -> tuple[np.ndarray, list[TextLine]]:
    """A sign of small capitals, and its lines as they lie in it."""
    picture = clean_picture(hylian, texts)
    finder = reader.finder
    assert finder is not None
    factor = 11 / np.mean([line.height_px for line in finder.find(picture)])
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return small, [line.scaled(factor, factor) for line in finder.find(picture)]


def shortened(line: TextLine, first: float, last: float) -> TextLine:
    """A line without shares of its length at the ends."""
    at = np.linspace(first, 1 - last, len(line.top)) * (len(line.top) - 1)
    k = np.arange(len(line.top))
    top, bottom = (np.stack([np.interp(at, k, e[:, i]) for i in (0, 1)], axis=1) for e in (line.top, line.bottom))
    return TextLine(top, bottom, line.confidence, line.script_share)


@pytest.mark.parametrize(("first", "last"), [(0.25, 0.0), (0.0, 0.25), (0.12, 0.2)])
@pytest.mark.parametrize("flipped", [False, True])
def test_glyphs_that_the_finder_lost_at_the_ends_are_read(
    hylian: Drawing, reader: Reader, first: float, last: float, flipped: bool
) -> None:
    picture, (line,) = small_sign(hylian, ["LABORATORY"], reader)
    if flipped:  # its line then runs from right to left of the picture
        size = np.array(picture.shape[1::-1], float)
        picture = np.ascontiguousarray(picture[::-1, ::-1])
        line = TextLine(size - line.top, size - line.bottom, line.confidence, line.script_share)
    short = shortened(line, first, last)
    ((read, _),) = reader.read_found([short], [rectify(picture, short)])
    assert str(read.reading) == "LABORATORY"
    assert np.abs(read.quad - line.quad).max() < 0.6 * line.height_px


def test_a_line_is_no_longer_than_it_is(hylian: Drawing, reader: Reader) -> None:
    picture, lines = small_sign(hylian, ["RITO VILLAGE", "STABLE"], reader)
    read = reader.read_found(lines, [rectify(picture, line) for line in lines])
    assert [str(line.reading) for line, _ in read] == ["RITO VILLAGE", "STABLE"]


def test_what_lies_in_another_line_or_outside_the_picture_is_not_looked_at(hylian: Drawing, reader: Reader) -> None:
    picture, (line,) = small_sign(hylian, ["LABORATORY"], reader)
    left, right = shortened(line, 0.0, 0.6), shortened(line, 0.65, 0.0)
    straight = rectify(picture, left)
    read = reader.recognizer.read(straight.image)
    alone, beside = (reaching_beyond(left, straight, read, others) for others in ([left], [left, right]))
    assert alone is not None
    assert alone[0].quad[:, 0].min() >= -1e-6
    assert alone[0].length_px > left.length_px + 2 * left.height_px
    assert beside is not None
    assert left.quad[1, 0] + line.height_px < beside[0].quad[1, 0] < right.quad[0, 0] + 0.1 * line.height_px
    assert alone[0].quad[1, 0] > right.quad[0, 0] + line.height_px


def test_two_pieces_of_a_line_do_not_read_one_glyph_twice(hylian: Drawing, reader: Reader) -> None:
    picture, (line,) = small_sign(hylian, ["LABORATORYVILLAGESTABLE"], reader)
    pieces = [shortened(line, 0.0, 0.58), shortened(line, 0.62, 0.0)]
    read = reader.read_found(pieces, [rectify(picture, piece) for piece in pieces])
    text = "".join(str(one.reading).replace(" ", "") for one, _ in read)
    assert len(text) <= len("LABORATORYVILLAGESTABLE")
    assert overlap(read[0][0].quad, read[1][0].quad)[1] < 0.15


def test_a_line_without_a_direction_goes_nowhere(hylian: Drawing, reader: Reader) -> None:
    picture, (line,) = small_sign(hylian, ["LABORATORY"], reader)
    point = TextLine(line.top[[0, 0]], line.bottom[[0, 0]], 0.9, 1.0)
    read = reader.recognizer.read(rectify(picture, line).image)
    assert reaching_beyond(point, rectify(picture, line), read, []) is None
