"""Writing on an empty sheet: drawings."""

import numpy as np
import pytest
from numpy.typing import NDArray

from glyphgen.shapes.pen import Drawing
from recognizers.page.reader import load_reader
from recognizers.page.sheet import lines_on_sheet
from tests.conftest import clean_picture
from tests.recognizers.test_mouse import PATHS, canvas


def on_white(picture: NDArray[np.uint8], margins: tuple[int, int] = (150, 240)) -> NDArray[np.uint8]:
    y, x = margins
    return np.pad(picture, ((y, y), (x, x), (0, 0)), constant_values=255)


@pytest.mark.parametrize("weights", ["crnn_hylian", "cnn_hylian"])
def test_a_drawing_of_one_glyph_is_read(weights: str) -> None:
    reader = load_reader(weights)
    drawings = [one for one in PATHS if one["letter"] in "KLNSY"][:5]
    assert drawings
    for drawing in drawings:
        page = reader.read_page(on_white(np.asarray(canvas(drawing, 14), np.uint8)[..., :3]))
        assert page.graphemes == reader.recognizer.script.canonical(drawing["letter"])


def test_rows_with_wide_margins_and_a_frame_are_read(hylian: Drawing) -> None:
    reader = load_reader("crnn_hylian")
    sheet = on_white(clean_picture(hylian, ["LINK", "SAILS"], cap_px=90, gap=1.2))
    sheet[20:24, 10:-10] = 0
    sheet[-24:-20, 10:-10] = 0
    assert reader.read_page(sheet).graphemes == "LINK\nSAILS"


def test_how_likely_a_row_is_is_the_mean_of_its_glyphs(hylian: Drawing) -> None:
    page = load_reader("crnn_hylian").read_page(on_white(np.asarray(canvas(PATHS[0], 14), np.uint8)[..., :3]))
    for line in page.script_lines:
        assert line.chance == pytest.approx(np.mean([glyph.confidence for glyph in line.reading.glyphs]))
        assert line.chance < 1


def test_rows_are_the_ink_and_marks_belong_to_their_row() -> None:
    sheet = np.full((300, 400, 3), 240, np.uint8)
    sheet[50:90, 60:200] = 10
    sheet[40:46, 100:110] = 10  # a dot above
    sheet[150:195, 80:300] = 10
    first, second = lines_on_sheet(sheet)
    assert first.quad.round().tolist() == [[60, 40], [200, 40], [200, 90], [60, 90]]
    assert second.quad.round().tolist() == [[80, 150], [300, 150], [300, 195], [80, 195]]


def test_neither_walls_nor_empty_sheets_nor_negatives_of_them_have_rows() -> None:
    rng = np.random.default_rng(0)
    wall = rng.normal(60, 12, (240, 320, 3)).clip(0, 255).astype(np.uint8)
    wall[100:140, 60:200] = 250
    for picture in (wall, np.full((50, 60, 3), 255, np.uint8), np.zeros((50, 60, 3), np.uint8)):
        assert lines_on_sheet(picture) == []


def test_white_on_black_has_the_same_rows() -> None:
    sheet = np.full((200, 400, 3), 255, np.uint8)
    sheet[50:90, 60:200] = 10
    assert np.allclose(lines_on_sheet(sheet)[0].quad, lines_on_sheet(255 - sheet)[0].quad)


def test_words_in_columns_are_lines_of_their_own() -> None:
    sheet = np.full((200, 900, 3), 255, np.uint8)
    for y in (40, 120):
        for x, w in ((40, 60), (120, 80), (420, 100), (760, 90)):  # two words, and two columns further on
            sheet[y : y + 24, x : x + w : 4] = 0
    found = lines_on_sheet(sheet)
    starts = [(round(float(line.quad[0, 0]) / 10) * 10, round(float(line.quad[0, 1]) / 40) * 40) for line in found]
    assert starts == [(40, 40), (420, 40), (760, 40), (40, 120), (420, 120), (760, 120)]


def test_columns_of_words_on_paper_are_read_as_such(hylian: Drawing) -> None:
    words = [clean_picture(hylian, [word], cap_px=20) for word in ("SWORD", "SHIELD", "ARROW")]
    sheet = np.full((120, 900, 3), 255, np.uint8)
    for k, picture in enumerate(words):
        h, w = picture.shape[:2]
        sheet[40 : 40 + h, 40 + 300 * k : 40 + 300 * k + w] = picture
    assert load_reader("crnn_hylian").read_page(sheet).text.splitlines() == ["SWORD", "SHIELD", "ARROW"]
