"""Long lines are read in windows, as right as short ones; short ones are read as they ever were."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from glyphgen.images import PictureError
from glyphgen.shapes.pen import Drawing
from recognizers.bundle import load
from recognizers.image.preprocess import Preprocess
from recognizers.page.reader import load_reader
from recognizers.recognizer import Recognizer
from recognizers.windows import joined, log_probs_of, spans
from tests.conftest import clean_picture

_TEXT = "THE HERO OF HYRULE WALKS FROM KAKARIKO VILLAGE TO LAKE HYLIA AND BACK AGAIN WHILE RAIN FALLS ON TARREY TOWN"


def text_of(n: int) -> str:
    """Return n characters of words."""
    rng = np.random.default_rng(n)
    text = " ".join(rng.choice(_TEXT.split(), n))[:n]
    return text if text[-1] != " " else text[:-1] + "A"


@pytest.fixture(scope="module")
def crnn() -> Recognizer:
    return load("crnn_hylian")


@pytest.mark.parametrize("n", [276, 345, 900])
def test_a_long_line_is_read_right_and_its_spans_lie_where_its_glyphs_are(
    crnn: Recognizer, hylian: Drawing, n: int
) -> None:
    text = text_of(n)
    picture = clean_picture(hylian, [text])
    reading = crnn.read(picture)
    truth = crnn.script.canonical(text)
    assert Levenshtein.distance(reading.text, truth) < 0.02 * n
    assert reading.is_script
    starts = [glyph.span_px[0] for glyph in reading.glyphs]
    assert starts == sorted(starts)
    assert 0 <= starts[0] < 64
    assert picture.shape[1] - 96 < reading.glyphs[-1].span_px[1] <= picture.shape[1]
    ink = (picture.min(axis=(0, 2)) < 128).astype(int)
    on_ink = [ink[int(x0) : int(x1) + 1].any() for x0, x1 in (g.span_px for g in reading.glyphs if g.char != " ")]
    assert np.mean(on_ink) > 0.98


def test_a_long_line_among_others_changes_none_of_them(crnn: Recognizer, hylian: Drawing) -> None:
    short = [clean_picture(hylian, [text]) for text in ("KOROK", "TARREY TOWN", "HYRULE CASTLE")]
    long = clean_picture(hylian, [text_of(300)])
    alone = crnn.read_batch(short)
    mixed = crnn.read_batch([short[0], long, *short[1:], long])
    assert [mixed[k].text for k in (0, 2, 3)] == [reading.text for reading in alone]
    assert [mixed[k].confidence for k in (0, 2, 3)] == pytest.approx(
        [reading.confidence for reading in alone], abs=1e-4
    )
    assert mixed[1].text == mixed[4].text == crnn.read(long).text


def test_a_page_with_a_long_line_is_read(hylian: Drawing) -> None:
    texts = [text_of(345), "KAKARIKO VILLAGE"]
    page = load_reader(with_language=False).read_page(clean_picture(hylian, texts, gap=1.5))
    script = page.script_lines[0].reading
    assert (
        min(Levenshtein.distance(line.reading.text, hylian.script.canonical(texts[0])) for line in page.script_lines)
        < 0.02 * 345
    )
    assert script.confidence >= 0


def test_what_is_no_line_is_refused_and_a_strip_is_not(crnn: Recognizer) -> None:
    assert crnn.read(np.full((4, 4000, 3), 255, np.uint8)).text == ""
    with pytest.raises(PictureError, match="over 1000 times"):
        crnn.read(np.full((4, 17_000, 3), 255, np.uint8))


@pytest.mark.parametrize("width", [2048, 2052, 2300, 4096, 4100, 10_000, 131_072])
@pytest.mark.parametrize("most", [64, 1022, 2048])
def test_windows_cover_a_line_and_overlap(width: int, most: int) -> None:
    windows = spans(width, most, 32, 4)
    assert (windows[0][0], windows[-1][1]) == (0, width)
    assert all(end - start <= most and start % 4 == 0 for start, end in windows)
    if width > most:
        for (start, end), (following, _) in pairwise(windows):
            assert start < following
            assert end - following >= min(8 * 32, most // 4) - 8


def seen(n_steps: int, glyphs: dict[int, int], shift: Callable[[int], int] = lambda k: k) -> NDArray[np.float32]:
    """Log probabilities of steps with glyphs at some, and the blank at the others."""
    p = np.full((n_steps, 5), 0.01, np.float32)
    p[:, 0] = 0.96
    for step, i in glyphs.items():
        p[shift(step)] = 0.01
        p[shift(step), i] = 0.96
    return np.log(p)


def test_a_glyph_in_an_overlap_is_read_once_even_where_the_windows_see_it_a_step_apart() -> None:
    steps = {k: 1 + k // 5 % 4 for k in range(2, 198, 5)}
    left = seen(120, {k: i for k, i in steps.items() if k < 119})
    right = seen(120, {k - 80: i for k, i in steps.items() if k >= 82}, lambda k: k - 1)
    whole = joined([left, right], [0, 80])
    assert len(whole) == 200
    path = whole.argmax(axis=1)
    assert path[path > 0].tolist() == list(steps.values())


def test_a_short_line_is_one_window(tiny_crnn: Recognizer) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (40, 500, 3), dtype=np.uint8)
    tensor = tiny_crnn.preprocess(picture).tensor
    assert np.array_equal(tensor, tiny_crnn.preprocess.unsqueezed(picture).tensor)
    with torch.inference_mode():
        alone = tiny_crnn.log_probs(tensor[None], np.array([tensor.shape[-1]]))[0]
        assert np.array_equal(log_probs_of(tiny_crnn.log_probs, tensor, tiny_crnn.preprocess), alone)
    square = Preprocess(height_px=28, stride_px=28, is_square=True)
    assert np.array_equal(square(picture).tensor, square.unsqueezed(picture).tensor)
