"""Fitting which of the lines that a finder finds count."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from experiments.acceptance import ReadPage, _scored
from experiments.job import SettingError
from experiments.stages.calibrate import calibrate
from glyphgen.shapes.pen import load_drawing
from recognizers import bundle
from recognizers.acceptance import FEATURES, Acceptance
from recognizers.geometry import TextLine
from recognizers.networks.lines import LineFinder, PagePreprocess
from recognizers.page.reader import Reader
from recognizers.reading import GlyphReading, Reading
from tests.conftest import clean_picture
from tests.experiments.test_stages import make_run

OWN = {"augment": "screenshot", "reader": None, "n_pages": 24}


def test_the_rule_is_fitted_on_pages_and_kept_in_the_bundle(tmp_path: Path) -> None:
    finder, run = bundle.load_finder("lines_hylian"), make_run(tmp_path, calibrate=OWN)
    assert calibrate(finder, run) is finder
    figures = run.results["calibrate"]
    assert figures["n_pages"] == 24
    assert figures["n_pages_without"] >= 12  # every other one is a display
    assert figures["n_found"] > 20
    assert figures["recall_of_found"] > 0.3
    assert figures["precision"] > 0.7
    assert figures["false_per_negative"] < 0.3
    assert 0.5 < figures["least"] < 1
    bundle.save(finder, tmp_path / "own.safetensors", finder.provenance)
    kept = bundle.load_finder(tmp_path / "own.safetensors")
    assert kept.acceptance is not None
    assert kept.provenance["accepted"]["reader"] == "crnn_hylian"


def test_a_reader_of_another_script_learns_which_of_the_found_lines_are_its_own(tmp_path: Path) -> None:
    reader = bundle.load("crnn_sheikah")
    reader.acceptance = None
    own = {"count": 24, "batch_size": 8, "augment": "screenshot", "n_reader_pages": 24, "n_certainty_pages": 0}
    run = make_run(tmp_path, calibrate=own)
    run.settings["data"] = {**run.settings["data"], "script": "sheikah"}
    calibrate(reader, run)
    figures = run.results["calibrate"]
    assert reader.acceptance is not None
    assert figures["n_found"] > 40
    assert figures["n_pages_without"] >= 12, "displays, and pages of the other scripts"
    assert figures["precision"] > 0.8
    assert reader.provenance["accepted"]["finder"] == "lines_hylian"


def test_a_finder_that_finds_nothing_yet_is_kept_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = bundle.load_finder("lines_hylian").script
    finder = bundle.build("lines", script, PagePreprocess(), {"channels": [4, 8, 8, 8, 8], "n_features": 8})
    assert isinstance(finder, LineFinder)
    calibrate(finder, make_run(tmp_path, calibrate={**OWN, "n_pages": 2}))
    assert finder.acceptance is None
    assert "skipped" in capsys.readouterr().err


@pytest.mark.parametrize("reader", ["nothing", "crnn_mnist_lines", "cnn_hylian"])
def test_what_does_not_read_its_lines_is_refused(tmp_path: Path, reader: str) -> None:
    with pytest.raises(SettingError, match=r"stage\.calibrate\.reader"):
        calibrate(bundle.load_finder("lines_hylian"), make_run(tmp_path, calibrate={**OWN, "reader": reader}))


def test_small_soft_capitals_of_a_screenshot_are_read() -> None:
    """Capitals of 10 px, blurred, brown on tan, in a scene of 706×396 px: such lines were found and read, and then
    refused.
    """
    reader = Reader(bundle.load("crnn_hylian"), bundle.load_finder("lines_hylian"))
    drawing, rng = load_drawing("hylian"), np.random.default_rng(5)
    read = 0
    for word in ("ANCIENT", "LABORATORY", "STABLE", "MARKET", "VILLAGE", "CASTLE"):
        page = reader.read_page(soft_scene(clean_picture(drawing, [word], cap_px=10, margin=0.8), rng))
        read += page.graphemes == drawing.script.canonical(word)
    assert read >= 5


def soft_scene(line: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A line of ink on white as a board in a scene: ramps of color, a board, little contrast, a blur."""
    scene = np.linspace((90, 140, 190), (70, 110, 60), 396)[:, None] + rng.normal(0, 4, (396, 706, 1))
    ink = line[..., :1] / 255.0
    board = (
        ink * np.array((200, 165, 105)) + (1 - ink) * np.array((120, 90, 50)) + rng.normal(0, 5, (*line.shape[:2], 1))
    )
    y, x = 240, 180
    scene[y - 12 : y + line.shape[0] + 12, x - 16 : x + line.shape[1] + 16] = (200, 165, 105)
    scene[y : y + line.shape[0], x : x + line.shape[1]] = board
    blurred = cv2.GaussianBlur(np.clip(scene, 0, 255).astype(np.uint8), (0, 0), 0.7)
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", blurred, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR))


def test_a_rule_is_scored_on_pages_as_they_are_read() -> None:
    """Lines of a picture are judged together, those that nobody can read count for nothing, and a false
    line is seen.
    """
    line, reading = (
        at(0, 0),
        Reading("AB", 0.5, (GlyphReading("A", 0.9, (0, 1), ()), GlyphReading("B", 0.9, (1, 2), ()))),
    )
    pages = [
        ReadPage([line, at(0, 40)], [reading, reading], [True, None], False),
        ReadPage([line], [reading], [False], True),
        ReadPage([], [], [], True),
    ]
    takes_all = Acceptance({**dict.fromkeys(FEATURES, 0.0), "bias": 9.0}, 0.5)
    assert _scored(takes_all, pages) == {"recall_of_found": 1.0, "precision": 0.5, "false_per_negative": 0.5}
    takes_none = Acceptance({**dict.fromkeys(FEATURES, 0.0), "bias": -9.0}, 0.5)
    assert _scored(takes_none, pages) == {"recall_of_found": 0.0, "precision": 0.0, "false_per_negative": 0.0}


def at(x: float, y: float) -> TextLine:
    top = np.array([[x, y], [x + 100, y]])
    return TextLine(top, top + np.array([0, 20.0]), 0.9, 0.9)
