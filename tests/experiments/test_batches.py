import numpy as np
import pytest
import torch

from experiments.batches import Batches, Chunks, collate, stretched
from experiments.data import make_samples
from glyphgen.sample import Sample
from glyphgen.script import load_script
from recognizers.bundle import build
from recognizers.preprocess import Preprocess
from recognizers.recognizer import LabelError, Recognizer
from tests.experiments.test_data import DATA


def test_batches_are_the_same_with_any_number_of_workers(tiny_crnn: Recognizer) -> None:
    samples = make_samples(DATA, "line", "train", 0, 70, "screenshot", "data")
    runs = [list(Batches(Chunks(samples, tiny_crnn, 4, True), n)) for n in (0, 1, 2)]
    for other in runs[1:]:
        assert [b.origins for b in other] == [b.origins for b in runs[0]]
        assert all(torch.equal(a.images, b.images) for a, b in zip(runs[0], other, strict=True))
    assert sorted(o for b in runs[0] for o in b.origins) == sorted(f"hylian:train:0:{i}" for i in range(70))


def test_collate_names_a_sample_whose_label_is_too_long(tiny_crnn: Recognizer) -> None:
    sample = Sample(np.zeros((32, 20, 3), np.uint8), "LONGLABEL", origin="shelf/7.png")
    with pytest.raises(LabelError, match=r"shelf/7\.png"):
        collate([sample], tiny_crnn)


def test_a_rendered_line_is_stretched_until_its_text_fits(tiny_crnn: Recognizer) -> None:
    image = np.zeros((32, 20, 3), np.uint8)
    image[:, 5:10] = 255
    sample = Sample(image, "LLAMAS", boxes=np.array([[5.0, 0, 10, 32]]), origin="thin")
    wider = stretched(sample, tiny_crnn)
    collate([wider], tiny_crnn)
    left, right = np.flatnonzero(wider.image[16, :, 0] > 127)[[0, -1]]
    assert wider.boxes[0, [0, 2]] == pytest.approx([left, right + 1], abs=1.5)
    assert stretched(wider, tiny_crnn) is wider


def test_batches_hold_pictures_that_are_of_one_width_to_the_network() -> None:
    """Narrow ink on wide sheets and wide ink on narrow ones: what is padded is counted after the sheets are cut to their ink."""
    rng = np.random.default_rng(0)
    samples = []
    for i in range(32):
        ink_px = 60 if i % 2 else 180
        sheet = np.full((40, ink_px + int(rng.integers(5, 300)), 3), 255, np.uint8)
        sheet[4:36, 3 : 3 + ink_px] = 0
        samples.append(Sample(sheet, "AB", origin=str(i)))
    recognizer = build("crnn", load_script("hylian"), Preprocess(32, ink="distance", cuts=True), {"channels": [4, 6, 8, 8], "n_hidden": 8})
    for shuffles in (False, True):
        batches = list(Batches(Chunks(samples, recognizer, 4, shuffles), 0))
        assert sorted(int(o) for batch in batches for o in batch.origins) == list(range(32))
        assert all(int(batch.widths.max() - batch.widths.min()) <= 4 for batch in batches)
