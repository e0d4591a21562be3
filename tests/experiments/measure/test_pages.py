import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiments.measure.pages import score_finder, score_pages
from glyphgen.datasets.folder import PageFolder
from glyphgen.files import DataError
from glyphgen.sample import LabelledLine, PageSample
from glyphgen.script import Grapheme, Script
from glyphgen.shapes.pen import Drawing
from recognizers.geometry import TextLine
from recognizers.language.language import Language
from recognizers.networks.lines import LineFinder
from recognizers.page.page import Page
from recognizers.page.reader import PageLine as ReadLine
from recognizers.page.reader import Reader
from recognizers.reading import GlyphReading, Reading
from tests.conftest import clean_picture, tiny


def quad(x: float, y: float, length: float = 100, high: float = 20) -> np.ndarray:
    return np.array([[x, y], [x + length, y], [x + length, y + high], [x, y + high]], float)


def text_line(x: float, y: float, share: float = 1.0) -> TextLine:
    corners = quad(x, y)
    return TextLine(corners[:2], corners[[3, 2]], 0.9, share)


class Told:
    """Stands for a finder and a reader that say what a test tells them to."""

    acceptance = None

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)

    def find(self, picture: object, is_coarse: bool = False) -> object:
        return self.answers.pop(0)

    read_page = find


def page(*lines: tuple[float, float, bool, bool]) -> PageSample:
    image = np.zeros((100, 300, 3), np.uint8)
    made = [
        LabelledLine("A", quad(x, y)[:2], quad(x, y)[[3, 2]], is_script, is_legible)
        for x, y, is_script, is_legible in lines
    ]
    return PageSample(image, tuple(made))


def test_a_finder_is_judged_by_the_legible_lines_of_the_script() -> None:
    pages = [page((0, 0, True, True), (0, 50, True, False)), page((0, 0, False, True)), page((0, 0, True, True))]
    finder = Told([text_line(2, 0), text_line(0, 50)], [text_line(0, 0), text_line(150, 60)], [text_line(0, 70, 0.1)])
    figures = score_finder(finder, pages, "told")
    assert figures["n_lines"] == 2
    assert figures["recall"] == 0.5  # one of two; the illegible one does not count either way
    assert figures["precision"] == pytest.approx(1 / 3)
    assert figures["false_per_negative"] == 2.0


def read_line(text: str, letters: str, where: np.ndarray, confidence: float = 0.9) -> ReadLine:
    glyphs = tuple(GlyphReading(c, confidence, (0, 1), ((c, confidence),)) for c in text)
    return ReadLine(
        where,
        Reading(text, confidence, glyphs, letters=letters),
        tuple(where for _ in glyphs),
        np.zeros((48, 192, 3), np.uint8),
    )


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (300, 100)).save(tmp_path / name)
    lines = [{"text": "KING", "quad": quad(0, 0).tolist()}, {"text": "INN", "quad": quad(0, 50).tolist()}]
    images = [{"name": "a.png", "lines": lines, "more": 1}, {"name": "b.png", "lines": []}]
    (tmp_path / "annotations.json").write_text(json.dumps({"images": images}))
    return tmp_path


def test_pages_are_judged_by_what_is_found_and_what_is_read(scenes: Path, hylian: Drawing, tmp_path: Path) -> None:
    first = Page(300, 100, (read_line("KIND", "KIND", quad(3, 1)), read_line("OO", "", quad(180, 60), 0.3)))
    second = Page(300, 100, (read_line("OOO", "ZOO", quad(0, 0), 0.8),))
    figures = score_pages(Told(first, second), PageFolder(scenes), {"hylian": hylian.script}, tmp_path / "out")
    assert figures["recall"] == 0.5
    assert figures["precision"] == pytest.approx(1 / 3)
    assert figures["letter_cer"] == 0.25
    assert figures["grapheme_cer"] == 0.0
    assert figures["false_per_negative"] == 1.0
    rows = (tmp_path / "out/readings.tsv").read_text().splitlines()
    assert "a.png\tINN\t\t\t" in rows
    assert any(row.startswith("b.png\t\tZOO") for row in rows)
    assert (tmp_path / "out/pages/a.png").is_file()
    assert len((tmp_path / "out/pictures.sha256").read_text().strip()) == 64


def test_a_picture_in_which_nothing_is_and_nothing_is_read_is_among_the_readings(
    scenes: Path, hylian: Drawing, tmp_path: Path
) -> None:
    score_pages(Told(Page(300, 100, ()), Page(300, 100, ())), PageFolder(scenes), {"h": hylian.script}, tmp_path / "o")
    rows = (tmp_path / "o/readings.tsv").read_text().splitlines()
    assert sorted(rows[1:]) == ["a.png\tINN\t\t\t", "a.png\tKING\t\t\t", "b.png\t\t\t\t"]


def test_pages_of_several_scripts_are_judged_line_by_line(hylian: Drawing, tmp_path: Path) -> None:
    Image.new("RGB", (300, 100), "white").save(tmp_path / "a.png")
    lines = [
        {"text": "KIND", "quad": quad(0, 0).tolist(), "script": "hylian"},
        {"text": "INN", "quad": quad(0, 60, high=8).tolist(), "script": "toy"},
        {"text": "ELSE", "quad": quad(180, 0).tolist(), "script": "latin"},
    ]
    (tmp_path / "annotations.json").write_text(json.dumps({"images": [{"name": "a.png", "lines": lines}]}))
    read = [read_line("KIND", "KIND", quad(0, 0)), read_line("INN", "INN", quad(0, 60, high=8))]
    page = Page(300, 100, tuple(replace(line, script="hylian", probability=0.995) for line in read))
    scripts = {"hylian": hylian.script, "toy": Script("toy", tuple(map(Grapheme, "INK")))}
    figures = score_pages(Told(page), PageFolder(tmp_path), scripts, tmp_path / "out")
    assert (figures["n_lines"], figures["recall"], figures["precision"]) == (2, 1.0, 1.0), "the third is other writing"
    assert (figures["recall_small"], figures["recall_large"]) == (1.0, 1.0)
    assert figures["script_right"] == 0.5
    assert figures["sure_share"] == 1.0
    assert figures["sure_right"] == 0.5, "a line in another script is not right, whatever its letters"
    assert figures["grapheme_cer"] == 0.0


@pytest.mark.parametrize(
    "content", ["", "{}", '{"images": []}', '{"images": [{"name": "a.png", "lines": [{"text": "A", "quad": [1]}]}]}']
)
def test_damaged_annotations_are_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "annotations.json").write_text(content)
    with pytest.raises(DataError, match=r"annotations\.json"):
        PageFolder(tmp_path)


def test_a_missing_picture_is_named(scenes: Path) -> None:
    (scenes / "a.png").unlink()
    assert PageFolder(scenes)[1].lines == ()
    with pytest.raises(DataError, match=r"a\.png: listed in annotations\.json but missing"):
        PageFolder(scenes)[0]


def test_a_reader_marks_what_is_not_the_script(hylian: Drawing) -> None:
    """A line that looks like other writing keeps its shapes and gets no English; what hardly looks like writing is no
    line.
    """
    picture = clean_picture(hylian, ["HYRULE"])
    where = np.array([[16.0, 16], [picture.shape[1] - 16, 16], [picture.shape[1] - 16, 48], [16, 48]])
    line = TextLine(where[:2], where[[3, 2]], 0.95, 1.0)
    recognizer = tiny(hylian.script)
    recognizer.decode = lambda log_probs, widths: [Reading("HYRULE", 0.9, ())] * len(log_probs)
    language = Language(hylian.script)
    for change, is_script in (({}, True), ({"script_share": 0.2}, False)):
        finder: LineFinder = Told([replace(line, **change)], *[[]] * 6)
        read = Reader(recognizer, finder, language).read_page(picture)
        assert read.lines[0].reading.is_script is is_script
        assert read.text == ("HYRULE" if is_script else "")
    hardly: LineFinder = Told([replace(line, confidence=0.4)], *[[]] * 6)
    assert Reader(recognizer, hardly, language).read_page(picture).lines == ()
