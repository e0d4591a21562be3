import cv2
import numpy as np
import pytest

from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus
from recognizers import bundle
from recognizers.metrics import character_error_rate
from recognizers.page.reader import load_reader
from recognizers.page.segment import SegmentingReader, find_pieces


@pytest.fixture(scope="module")
def reader() -> SegmentingReader:
    return SegmentingReader(bundle.load("cnn_hylian"))


@pytest.fixture(scope="module")
def lines(hylian: Drawing) -> LineSynth:
    return LineSynth(DrawnSource(hylian, 0.0), Corpus(hylian.script, 14), "none", 5, "test", 40, n_faces=3)


def test_lines_with_their_spaces_are_read(reader: SegmentingReader, lines: LineSynth) -> None:
    readings = reader.read_batch([lines[i].image for i in range(40)])
    assert character_error_rate([lines[i].text for i in range(40)], [r.text for r in readings]) <= 0.02
    assert any(" " in r.text for r in readings)
    for reading in readings:
        starts = [glyph.span_px[0] for glyph in reading.glyphs]
        assert starts == sorted(starts)
        assert reading.evidence is not None
        assert len(reading.evidence.log_p) == len(reading.text.replace(" ", ""))


@pytest.mark.usefixtures("one_thread")
def test_touching_and_broken_glyphs_are_read(reader: SegmentingReader, lines: LineSynth) -> None:
    """A bar along the foot joins all glyphs; rows of paper break each into pieces."""
    touching, broken, truths = [], [], []
    for i in range(40):
        sample = lines[i]
        if " " in sample.text:
            continue
        truths.append(sample.text)
        paper = np.median(sample.image.reshape(-1, 3), axis=0)
        x0, y0, x1, y1 = (int(v) for v in (*sample.boxes.min(axis=0)[:2], *sample.boxes.max(axis=0)[2:]))
        ink = sample.image.reshape(-1, 3)[np.argmax(np.abs(sample.image.reshape(-1, 3) - paper).sum(axis=1))]
        joined = sample.image.copy()
        joined[y1 - 1 : y1, x0:x1] = ink
        touching.append(joined)
        cut = sample.image.copy()
        cut[(y0 + y1) // 2 : (y0 + y1) // 2 + 1] = paper
        broken.append(cut)
    assert len(truths) > 10
    assert character_error_rate(truths, [r.text for r in reader.read_batch(touching)]) <= 0.2
    assert character_error_rate(truths, [r.text for r in reader.read_batch(broken)]) <= 0.1


def test_polarity_and_empty_pictures(reader: SegmentingReader, lines: LineSynth) -> None:
    image = lines[1].image
    assert reader.read(image).text == reader.read(255 - image).text
    empty = reader.read(np.full((40, 100, 3), 200, np.uint8))
    assert empty.text == "" or not empty.is_script


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("shape", [(40, 300), (5, 3000), (200, 8), (6, 6)])
def test_odd_pictures_are_read_without_complaint(reader: SegmentingReader, shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 255, np.uint8)
    for ink in (image[:, : shape[1] // 2], image[shape[0] // 2 : shape[0] // 2 + 1, 1:-1], image[1:3, 1:3]):
        image[:] = 255
        ink[:] = 0
        reading = reader.read(image)
        assert "".join(glyph.char for glyph in reading.glyphs) == reading.text
        assert 0 <= reading.confidence <= 1
        assert all(0 <= glyph.span_px[0] < glyph.span_px[1] <= shape[1] + 1e-6 for glyph in reading.glyphs)


def test_pieces_lie_in_order_around_the_ink() -> None:
    image = np.full((40, 120, 3), 255, np.uint8)
    cv2.rectangle(image, (10, 8), (20, 32), (0, 0, 0), -1)
    cv2.rectangle(image, (60, 8), (100, 32), (0, 0, 0), -1)
    pieces = find_pieces(image)
    assert pieces.cuts == sorted(pieces.cuts)
    assert pieces.empty.count(True) == 1
    assert len(pieces.cuts) == len(pieces.empty) + 1
    assert pieces.cuts[0] / pieces.scale[0] == pytest.approx(10, abs=2)


def test_a_reader_of_glyph_weights_reads_lines_and_english(lines: LineSynth) -> None:
    reader = load_reader("cnn_hylian")
    assert isinstance(reader.recognizer, SegmentingReader)
    assert reader.read(lines[1].image).letters
    assert load_reader("cnn_mnist", is_one_glyph=True).recognizer.script.name == "digits"
