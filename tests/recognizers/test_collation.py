"""Batches to learn from are of few widths, those to read from as wide as their widest picture."""

import numpy as np
import pytest

from glyphgen.sample import Sample
from recognizers.collation import collate
from recognizers.recognizer import Recognizer


def lines(*widths: int) -> list[Sample]:
    pictures = []
    for width in widths:
        picture = np.full((32, width, 3), 255, np.uint8)
        picture[4:28, 4 : width - 4 : 6] = 0
        pictures.append(Sample(picture, "AB", origin=str(width)))
    return pictures


@pytest.mark.parametrize("widths", [(70, 90), (96,), (97, 60, 64), (300, 310)])
def test_training_lines_go_on_to_one_of_few_widths(widths: tuple[int, ...], tiny_crnn: Recognizer) -> None:
    read, learned = (collate(lines(*widths), tiny_crnn, widens=widens) for widens in (False, True))
    assert read.images.shape[-1] == int(read.widths.max())
    width = learned.images.shape[-1]
    assert width % 32 == 0
    assert int(read.widths.max()) <= width < int(read.widths.max()) + 32
    assert set(learned.widths.tolist()) == {width}
    for row, plain, n in zip(learned.images, read.images, read.widths.tolist(), strict=True):
        assert (row[..., :n] == plain[..., :n]).all(), "what was there stays as it was"
        assert len(np.unique(row[..., n:])) <= 1, "and goes on in one color"
