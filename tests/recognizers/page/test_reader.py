"""The laws of reading a page, on clean pictures, with the released weights."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from glyphgen.images import PictureError
from glyphgen.shapes.pen import Drawing
from recognizers.geometry import TextLine
from recognizers.page.judging import LineJudge
from recognizers.page.page import Page
from recognizers.page.reader import Reader, load_reader
from recognizers.reading import Reading, Word
from tests.conftest import alike, clean_picture

SIGNS = [
    ["LABORATORY"],
    ["HYRULE CASTLE"],
    ["WELCOME TO", "ZORA DOMAIN"],
    ["SHOP", "INN"],
    ["RITO VILLAGE", "STABLE", "KEEP OUT", "DANGER"],
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader()


def turned(picture: np.ndarray, angle_deg: float) -> np.ndarray:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = (int(height * sin + width * cos) + 2, int(height * cos + width * sin) + 2)
    matrix[:, 2] += [(size[0] - width) / 2, (size[1] - height) / 2]
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))


@pytest.mark.parametrize("sign", SIGNS, ids=" / ".join)
def test_margin_polarity_scale_and_turn_keep_the_text(reader: Reader, hylian: Drawing, sign: list[str]) -> None:
    picture = clean_picture(hylian, sign)
    variants = {f"margin {margin}": clean_picture(hylian, sign, margin=margin) for margin in (0, 0.2, 1, 2)}
    variants["inverted"] = 255 - picture
    for scale in (0.5, 0.75, 1.5, 3):
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        variants[f"scaled by {scale}"] = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)
    variants |= {f"turned by {angle}": turned(picture, angle) for angle in (-10, -4, 4, 10)}
    assert {name: reader.read_page(variant).text.splitlines() for name, variant in variants.items()} == dict.fromkeys(
        variants, sign
    )


def bent(picture: np.ndarray, reach_px: float) -> np.ndarray:
    height, width = picture.shape[:2]
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    ys += (reach_px * np.sin(np.pi * xs / width)).astype(np.float32)
    return cv2.remap(picture, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def seen_from_the_side(picture: np.ndarray, taper: float) -> np.ndarray:
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + np.array(
        [[0, 0], [-0.2 * width, taper * height], [-0.2 * width, -taper * height], [0, 0]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners, moved)
    return cv2.warpPerspective(picture, matrix, (width, height), borderValue=(255, 255, 255))


EIGHT = ["RITO VILLAGE", "STABLE", "KEEP OUT", "DANGER", "BEWARE OF LYNEL", "THE END", "SHOP", "LAST LINE HERE"]


@pytest.mark.parametrize("sign", [["HYRULE CASTLE"], ["WELCOME TO", "ZORA DOMAIN"], EIGHT], ids=len)
def test_turned_by_20_degrees_bent_from_the_side_and_in_colors(
    reader: Reader, hylian: Drawing, sign: list[str]
) -> None:
    picture = clean_picture(hylian, sign, margin=0.8)
    ink = (255 - picture[..., :1]) / 255.0
    variants = {f"turned by {angle}": turned(picture, angle) for angle in (-20, -15, 15, 20)}
    variants |= {"bent": bent(picture, 14), "from the side": seen_from_the_side(picture, 0.15)}
    for name, (dark, light) in {
        "red on green": ((200, 40, 40), (60, 130, 70)),
        "gold on blue": ((230, 190, 60), (30, 40, 120)),
    }.items():
        variants[name] = np.round(ink * dark + (1 - ink) * light).astype(np.uint8)
    assert {name: reader.read_page(variant).text.splitlines() for name, variant in variants.items()} == dict.fromkeys(
        variants, sign
    )


def test_a_cut_neighbor_is_not_read(reader: Reader, hylian: Drawing) -> None:
    whole = clean_picture(hylian, ["KEEP OUT", "DANGER"], margin=0.3, gap=0.5)
    cut = whole[: round(0.62 * whole.shape[0])]  # a sliver of the second line stays
    assert reader.read_page(cut).text == "KEEP OUT"


def test_the_same_input_gives_the_same_output(reader: Reader, hylian: Drawing) -> None:
    picture = clean_picture(hylian, ["HYRULE", "CASTLE GATE"])
    assert alike(reader.read_page(picture), reader.read_page(picture))


def test_quads_lie_around_their_lines_and_glyphs(reader: Reader, hylian: Drawing) -> None:
    picture = clean_picture(hylian, ["HYRULE", "INN"], cap_px=40)
    page = reader.read_page(picture)
    assert [line.reading.text for line in page.lines] == ["HYRULE", "INN"]
    for line in page.lines:
        x0, y0, x1, y1 = *line.quad.min(axis=0), *line.quad.max(axis=0)
        _rows, columns = np.nonzero(picture[max(int(y0) - 8, 0) : int(y1) + 8].min(axis=2) < 128)
        assert abs(columns.min() - x0) < 10
        assert abs(columns.max() - x1) < 10
        assert len(line.glyph_quads) == len(line.reading.text)
        centers = [quad[:, 0].mean() for quad in line.glyph_quads]
        assert centers == sorted(centers)
        assert all(x0 - 8 < center < x1 + 8 for center in centers)


def test_where_nothing_is_written_nothing_is_read(reader: Reader) -> None:
    rng = np.random.default_rng(0)
    grain = np.clip(120 + 25 * np.sin(np.linspace(0, 60, 300))[:, None] + rng.normal(0, 8, (300, 400)), 0, 255).astype(
        np.uint8
    )
    leaves = np.full((300, 400, 3), (40, 90, 30), np.uint8)
    for x, y, angle in zip(*rng.uniform(0, [[400], [300], [360]], (3, 150)), strict=True):
        color = tuple(int(v) for v in rng.integers(20, 140, 3))
        cv2.ellipse(leaves, (int(x), int(y)), (9, 4), angle, 0, 360, color, -1)
    for picture in (grain, leaves, np.full((100, 300, 3), 255, np.uint8)):
        page = reader.read_page(picture)
        assert page.text == ""


def test_latin_letters_are_not_read_as_the_script(reader: Reader) -> None:
    picture = np.full((160, 520, 3), 240, np.uint8)
    cv2.putText(picture, "PRIVATE GARDEN", (20, 60), cv2.FONT_HERSHEY_COMPLEX, 1.6, (30, 30, 30), 3, cv2.LINE_AA)
    cv2.putText(picture, "please ring the bell", (20, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (30, 30, 30), 2, cv2.LINE_AA)
    assert reader.read_page(picture).text == ""


def test_without_a_finder_a_picture_is_one_line_and_without_language_it_stays_in_shapes(
    reader: Reader, hylian: Drawing
) -> None:
    picture = clean_picture(hylian, ["GERUDO"])
    assert Reader(reader.recognizer).read_page(picture).text == "DERUDO"
    assert Reader(reader.recognizer, reader.finder).read_page(picture).text == "DERUDO"
    assert Reader(reader.recognizer, None, reader.language).read(picture).letters == "GERUDO"


def test_a_page_is_plain_json(reader: Reader, hylian: Drawing) -> None:
    data = json.loads(json.dumps(reader.read_page(clean_picture(hylian, ["KING OF HYRULE"])).to_dict()))
    assert data["schema"] == "glyph-reading/1"
    line = data["lines"][0]
    assert line["letters"] == "KING OF HYRULE"
    assert len(line["quad"]) == 4
    assert line["alternatives"][0][0] == "KING OF HYRULE"
    assert [word["text"] for word in line["words"]] == ["KING", "OF", "HYRULE"]
    choice = next(glyph for glyph in line["glyphs"] if glyph["letter"] == "G")
    assert choice["is_choice"]
    assert {letter for letter, _ in choice["letters"]} == {"D", "G"}
    assert Page(10, 10, ()).text == ""


def test_a_line_that_is_not_the_script_is_kept_and_marked(reader: Reader, hylian: Drawing) -> None:
    page = reader.read_page(clean_picture(hylian, ["HYRULE"]))
    stranger = replace(page.lines[0], reading=replace(page.lines[0].reading, is_script=False))
    assert Page(100, 100, (stranger,)).text == ""
    assert Page(100, 100, (stranger,)).to_dict()["lines"][0]["is_script"] is False


def test_bad_pictures_raise_picture_errors(reader: Reader) -> None:
    with pytest.raises(PictureError):
        reader.read_page("/nowhere.png")


def test_a_line_ends_where_its_glyphs_do(reader: Reader, hylian: Drawing) -> None:
    """A finder may take a wall beside a sign for more of the line: what nothing is read in is no part of it."""
    picture = clean_picture(hylian, ["HYRULE"], cap_px=40, margin=0.5)
    wide = np.pad(picture, ((0, 0), (400, 150), (0, 0)), constant_values=255)
    true = reader.read_page(picture).lines[0].quad + np.array([400, 0])
    width = wide.shape[1]
    y0, y1 = true[:, 1].min(), true[:, 1].max()
    top = np.array([[20.0, y0], [width - 20.0, y0]])
    found = Found([TextLine(top, top + np.array([0, y1 - y0]), 0.95, 1.0)])
    line = Reader(reader.recognizer, found).read_page(wide).lines[0]
    assert line.reading.text == "HYRULE"
    assert np.abs(line.quad[:, 0] - true[:, 0]).max() < 0.6 * (y1 - y0)


class Found:
    """A finder that says where the lines are."""

    acceptance = None

    def __init__(self, lines: list[TextLine]) -> None:
        self.lines = lines

    def find(self, picture: object, is_coarse: bool = False) -> list[TextLine]:
        return self.lines


@pytest.mark.parametrize(
    ("words", "speaks"),
    [
        ([("STABLE", True), ("PALS", True)], True),
        ([("WIDE", True), ("ON", True), ("WIT", True)], False),  # short words are everywhere
        ([("XXXXXXXXXX", True), ("PC", True)], False),
        ([("STABEL", False), ("PC", True)], False),
    ],
)
def test_short_words_speak_for_no_line(words: list[tuple[str, bool]], speaks: bool) -> None:
    class Spelling:
        def apply(self, reading: Reading) -> Reading:
            spelled = tuple(Word(text, is_known, (0.0, 9.0)) for text, is_known in words)
            return replace(reading, words=spelled, words_odds=9.0)

    judge = LineJudge(load_reader("crnn_hylian").recognizer, None, Spelling())  # type: ignore[arg-type]
    assert judge._words_odds(Reading("AB", 0.5)) == (9.0 if speaks else 0.0)
