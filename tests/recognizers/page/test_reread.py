import cv2
import numpy as np
import pytest

from glyphgen.shapes.pen import Drawing
from recognizers import bundle
from recognizers.networks.lines import LineFinder
from recognizers.page.reader import Reader
from recognizers.page.reread import Rereader
from recognizers.recognizer import Recognizer
from tests.conftest import alike, clean_picture
from tests.recognizers.page.test_reader import turned


@pytest.fixture(scope="module")
def parts() -> tuple[Recognizer, LineFinder]:
    return bundle.load("crnn_hylian"), bundle.load_finder("lines_hylian")


def loose(picture: np.ndarray, angle_deg: float, margin: int) -> np.ndarray:
    return cv2.copyMakeBorder(
        turned(picture, angle_deg), margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    )


@pytest.mark.parametrize("angle", [-10, 8])
def test_a_line_askew_in_a_wide_crop_is_read(
    parts: tuple[Recognizer, LineFinder], hylian: Drawing, angle: float
) -> None:
    recognizer, finder = parts
    picture = loose(clean_picture(hylian, ["BLACKSMITH"]), angle, 60)
    assert recognizer.read(picture).text != "BLACKSMITH", "else there is nothing to look at twice"
    reading = Rereader(recognizer, finder).read(picture)
    assert reading.text == "BLACKSMITH"
    middles = [sum(glyph.span_px) / 2 for glyph in reading.glyphs]
    assert middles == sorted(middles)
    columns = np.flatnonzero((picture < 128).any(axis=(0, 2)))
    assert columns[0] - 5 < middles[0] < middles[-1] < columns[-1] + 5, "glyphs lie where they stand in the picture"
    assert Reader(recognizer, finder).read(picture).text == "BLACKSMITH"


def test_what_is_sure_is_read_once_and_batches_agree(parts: tuple[Recognizer, LineFinder], hylian: Drawing) -> None:
    recognizer, finder = parts
    straight, askew = clean_picture(hylian, ["HYRULE"]), loose(clean_picture(hylian, ["ZORA DOMAIN"]), 9, 50)
    noise = np.random.default_rng(0).integers(0, 255, (40, 120, 3)).astype(np.uint8)
    second = Rereader(recognizer, finder)
    assert alike(second.read(straight), recognizer.read(straight))
    together = second.read_batch([straight, askew, noise])
    assert [reading.text for reading in together] == [second.read(picture).text for picture in (straight, askew, noise)]
    assert together[2].confidence >= recognizer.read(noise).confidence - 1e-4


def test_a_piece_does_not_stand_for_the_whole(parts: tuple[Recognizer, LineFinder], hylian: Drawing) -> None:
    """Two lines, or one with a wide gap: the finder sees several, and a clean piece would be surer than what it is a
    piece of.
    """
    recognizer, finder = parts
    two = clean_picture(hylian, ["GERUDO", "VILLAGE"])
    small, smith = clean_picture(hylian, ["INN"]), clean_picture(hylian, ["BLACKSMITH"])
    height = max(small.shape[0], smith.shape[0])
    sides = [
        cv2.copyMakeBorder(p, 0, height - p.shape[0], 0, 2 * height, cv2.BORDER_CONSTANT, value=(255,) * 3)
        for p in (small, smith)
    ]
    apart = loose(np.concatenate(sides, axis=1), 8, 20)
    for picture in (two, apart):
        assert len(finder.find(picture)) > 1
        assert alike(Rereader(recognizer, finder).read(picture).confidence, recognizer.read(picture).confidence)


def test_spans_stay_in_the_picture(parts: tuple[Recognizer, LineFinder], hylian: Drawing) -> None:
    picture = turned(clean_picture(hylian, ["BLACKSMITH"], margin=0.1), 9)
    reading = Rereader(*parts).read(picture)
    assert all(0 <= a <= b <= picture.shape[1] for a, b in (glyph.span_px for glyph in reading.glyphs))
