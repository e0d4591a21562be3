from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.script import load_script
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus
from recognizers import bundle
from recognizers.bundle import build
from recognizers.collation import collate
from recognizers.image.preprocess import Preprocess
from recognizers.network import Batch
from recognizers.networks.crnn_attention import AttentionCRNN, spread_out
from recognizers.opening import open_recognizer
from recognizers.recognizer import Recognizer

SMALL = {"channels": [4, 6, 8, 8], "n_hidden": 16, "n_decoder": 16}


def small(**arguments: float) -> Recognizer:
    torch.manual_seed(0)
    network = build("crnn_attention", load_script("hylian"), Preprocess(), {**SMALL, **arguments})
    assert isinstance(network, Recognizer)
    return network


@given(st.lists(st.integers(0, 60), max_size=20), st.integers(0, 30))
def test_graphemes_keep_their_order_with_a_blank_between_two(places: list[int], room: int) -> None:
    n_steps = max(2 * len(places) - 1, 0) + room
    spread = spread_out([min(place, max(n_steps - 1, 0)) for place in places], n_steps)
    assert len(spread) == len(places)
    assert all(0 <= place < n_steps for place in spread)
    assert all(right - left >= 2 for left, right in pairwise(spread))


def test_graphemes_with_room_stay_where_they_were_read() -> None:
    assert spread_out([3, 6, 11], 14) == [3, 6, 11]
    assert spread_out([3, 3, 11], 14) == [3, 5, 11]
    assert spread_out([3, 13, 13], 14) == [3, 11, 13]


def test_what_it_writes_is_laid_out_as_ctc_reads_it() -> None:
    network = small().eval()
    n_classes = network.script.n_classes
    rows = [torch.full((1, n_classes), -9.0) for _ in range(3)]
    for row, id_ in zip(rows, (5, 5, 7), strict=True):  # a doubled letter among them
        row[0, id_] = 0.0
    assert isinstance(network, AttentionCRNN)
    places = [torch.tensor([place]) for place in (2, 3, 8)]
    features = torch.zeros(1, 12, 32)
    laid = network._laid_out(features, torch.tensor([12]), [torch.log_softmax(r, 1) for r in rows], places)
    assert torch.allclose(laid.exp().sum(dim=2), torch.ones(1, 12), atol=1e-4)
    (reading,) = network.decode(laid.numpy(), np.array([48]))
    letters = network.script.alphabet
    assert reading.text == letters[4] * 2 + letters[6]
    assert [glyph.span_px[0] for glyph in reading.glyphs] == [8.0, 16.0, 32.0]


def test_a_space_that_was_nearly_written_is_evidence_before_the_glyph() -> None:
    network = small().eval()
    assert isinstance(network, AttentionCRNN)
    space = network.script.alphabet.index(" ") + 1
    sure, unsure = torch.full((1, network.script.n_classes), -12.0), torch.full((1, network.script.n_classes), -12.0)
    sure[0, 5], unsure[0, 7], unsure[0, space] = 0.0, 0.0, -1.0
    rows = [torch.log_softmax(row, 1) for row in (sure, unsure)]
    places = [torch.tensor([2]), torch.tensor([8])]
    laid = network._laid_out(torch.zeros(1, 12, 32), torch.tensor([12]), rows, places)
    (reading,) = network.decode(laid.numpy(), np.array([48]))
    assert len(reading.text) == 2, "it is not read as a space"
    assert reading.evidence is not None
    assert reading.evidence.space[1] == pytest.approx(float(rows[1][0, space].exp()), abs=0.02)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("ctc_weight", [0.0, 0.3])
def test_it_learns_a_few_lines_by_heart(hylian: Drawing, ctc_weight: float) -> None:
    network = small(ctc_weight=ctc_weight, dropout=0.0)
    synth = LineSynth(DrawnSource(hylian), Corpus(hylian.script, 4), "none", 0, "train", 4, n_faces=1)
    batch: Batch = collate([synth[i] for i in range(4)], network)
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    # ever smaller steps: with large ones to the end the loss leaps now and then, by what the processor rounds
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 500)
    for _ in range(500):
        optimizer.zero_grad()
        network.training_loss(batch).backward()
        optimizer.step()
        schedule.step()
    network.eval()
    with torch.inference_mode():
        outputs = network(batch.images, batch.widths)
        assert network.errors(outputs, batch)[0] == 0
        assert float(network.loss(outputs, batch)) < 0.2
    for i, text in enumerate(batch.texts):
        assert network.read(synth[i].image).text == text


def test_padding_and_the_others_of_a_batch_change_nothing() -> None:
    network = small().eval()
    rng = np.random.default_rng(0)
    short, long = (torch.from_numpy(rng.standard_normal((1, 1, 32, width), np.float32)) for width in (80, 200))
    padded = torch.zeros(2, 1, 32, 200)
    padded[0, ..., :80], padded[1] = short[0], long[0]
    with torch.inference_mode():
        together = network(padded, torch.tensor([80, 200]))
        assert torch.allclose(together[0, :20], network(short, torch.tensor([80]))[0], atol=1e-4)
        assert torch.allclose(together[1], network(long, torch.tensor([200]))[0], atol=1e-4)


def test_a_bundle_of_it_is_saved_and_read_with_torch(tmp_path: Path) -> None:
    network = small().eval()
    bundle.save(network, tmp_path / "attention.safetensors", {})
    opened = open_recognizer(tmp_path / "attention.safetensors")
    assert isinstance(opened, AttentionCRNN)
    picture = np.random.default_rng(0).integers(0, 255, (40, 300, 3), dtype=np.uint8)
    assert opened.read(picture).text == network.read(picture).text


@pytest.mark.parametrize(
    ("arguments", "said"), [({"ctc_weight": 1.0}, "ctc_weight"), ({"ctc_weight": -0.1}, "ctc_weight")]
)
def test_wrong_arguments_are_named(arguments: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        small(**arguments)
