import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from glyphgen.datasets.synthetic import GlyphSynth, LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.sample import Sample
from glyphgen.script import Grapheme, Script
from glyphgen.shapes.pen import Drawing, load_drawing
from glyphgen.texts.english import Corpus
from recognizers.bundle import build, load
from recognizers.image.preprocess import Preprocess
from recognizers.interpret import LabelError
from recognizers.network import Batch
from recognizers.networks.alphabet_masks import AlphabetMasks
from recognizers.picture_batches import read_pictures
from recognizers.reading import Reading
from recognizers.recognizer import Recognizer
from tests.conftest import alike, tiny


def pictures(n: int = 6) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [
        rng.integers(0, 255, (int(rng.integers(20, 60)), int(rng.integers(30, 300)), 3), dtype=np.uint8)
        for _ in range(n)
    ]


@pytest.mark.parametrize("architecture", ["crnn", "crnn_shi2015", "cnn"])
def test_a_batch_reads_like_its_pictures_alone(hylian: Drawing, architecture: str) -> None:
    torch.manual_seed(0)
    preprocess = Preprocess(height_px=28, stride_px=28, is_square=True) if architecture == "cnn" else Preprocess()
    recognizer = build(architecture, hylian.script, preprocess, {})
    images = pictures()
    prepared = [preprocess(p)[0] for p in images]
    with torch.inference_mode():
        recognizer.eval()
        from recognizers.image.preprocess import pad_batch

        together = recognizer(*map(torch.from_numpy, pad_batch(prepared)))
        for row, tensor in zip(together, prepared, strict=True):
            alone = recognizer(torch.from_numpy(tensor[None]), torch.tensor([tensor.shape[-1]]))[0]
            assert torch.allclose(row[: len(alone)], alone, atol=1e-4)
    batch = recognizer.read_batch(images)
    for one, other in zip(batch, map(recognizer.read, images), strict=True):
        assert one.text == other.text
        assert one.confidence == pytest.approx(other.confidence, rel=1e-3)
        assert alike([g.span_px for g in one.glyphs], [g.span_px for g in other.glyphs])
    assert recognizer.read_batch([]) == []


@pytest.mark.parametrize("name", ["crnn_hylian", "cnn_hylian"])
def test_pictures_read_alike_in_a_batch_alone_and_inverted(hylian: Drawing, name: str) -> None:
    recognizer, source = load(name), DrawnSource(hylian)
    synth: Sequence[Sample] = GlyphSynth(source, "screenshot", 5, "test", 24, n_faces=3)
    if recognizer.unit == "line":
        synth = LineSynth(source, Corpus(hylian.script), "screenshot", 5, "test", 24, n_faces=3)
    images = [synth[i].image for i in range(24)]
    batch = [r.text for r in recognizer.read_batch(images)]
    assert len(set(batch)) >= 10  # else the rest would say nothing
    assert batch == [recognizer.read(image).text for image in images]
    assert batch == [r.text for r in recognizer.read_batch([255 - image for image in images])]
    opaque = [np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]) for image in images]
    assert batch == [r.text for r in recognizer.read_batch(opaque)]


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(8)), st.integers(1, 8))
def test_the_others_in_a_batch_never_change_a_reading(order: list[int], n: int) -> None:
    recognizer, images = released_with_pictures()
    alone = [recognizer.read(images[i]) for i in order[:n]]
    for one, other in zip(alone, recognizer.read_batch([images[i] for i in order[:n]]), strict=True):
        assert one.text == other.text
        assert one.confidence == pytest.approx(other.confidence, rel=1e-3)
        assert alike([g.span_px for g in one.glyphs], [g.span_px for g in other.glyphs])


@lru_cache(maxsize=1)
def released_with_pictures() -> tuple[Recognizer, list[np.ndarray]]:
    drawing = load_drawing("hylian")
    synth = LineSynth(DrawnSource(drawing), Corpus(drawing.script), "none", 6, "test", 8, n_faces=2)
    return load("crnn_hylian"), [synth[i].image for i in range(8)]


def test_ink_on_a_transparent_ground_reads_like_ink_on_paper() -> None:
    recognizer, images = released_with_pictures()
    for image in images:
        gray = image.astype(int).mean(axis=2)
        gray = gray if np.median(gray) > gray.mean() else 255 - gray  # the paper is light
        alpha = (255 * (gray.max() - gray) / (gray.max() - gray.min())).astype(np.uint8)
        cut_out = np.dstack([np.zeros((*alpha.shape, 3), np.uint8), alpha])
        assert recognizer.read(cut_out).text == recognizer.read(image).text


def test_spans_stay_in_the_picture_and_in_order() -> None:
    for recognizer in (released_with_pictures()[0], load("cnn_hylian")):
        for height, width in ((100, 40), (40, 100), (40, 300), (33, 777)):
            for image in (np.random.default_rng(height).integers(0, 255, (height, width, 3), dtype=np.uint8),):
                for glyph in recognizer.read(image).glyphs:
                    assert 0 <= glyph.span_px[0] < glyph.span_px[1] <= width


def test_readings_hold_spans_in_picture_px_candidates_and_json(tiny_crnn: Recognizer) -> None:
    for image in pictures():
        reading = tiny_crnn.read(image)
        assert str(reading) == reading.text == "".join(g.char for g in reading.glyphs)
        for glyph in reading.glyphs:
            assert 0 <= glyph.span_px[0] < glyph.span_px[1] <= image.shape[1]
            assert glyph.candidates[0][0] == glyph.char
            assert sum(p for _, p in glyph.candidates) <= 1.001
        assert json.loads(json.dumps(reading.to_dict()))["text"] == reading.text


def test_with_script_swaps_the_head_and_keeps_the_trunk(hylian: Drawing, toy_drawing: Drawing) -> None:
    for architecture in ("crnn", "cnn"):
        old = tiny(hylian.script, architecture)
        new = old.with_script(toy_drawing.script)
        assert new.script.name == "toy"
        assert all(
            torch.equal(a, b)
            for a, b in zip(old.trunk.state_dict().values(), new.trunk.state_dict().values(), strict=True)
        )
        assert new.head.out_features != old.head.out_features
        assert set(new.read(pictures(1)[0]).text) <= set("ABC ")
        next(new.trunk.parameters()).data.zero_()
        assert next(old.trunk.parameters()).abs().sum() > 0


def test_a_label_that_does_not_fit_is_named(tiny_crnn: Recognizer) -> None:
    tiny_crnn.check_label("LINK", 16, "a.png")
    with pytest.raises(LabelError, match=r"b\.png.*LLINK.*6 time steps.*5"):
        tiny_crnn.check_label("LLINK", 20, "b.png")


def test_sampled_classes_estimate_the_loss_over_all() -> None:
    """With every class drawn it is the loss; with some, near it on average; the head then learns from those alone."""
    torch.manual_seed(0)
    script = Script("many", tuple(Grapheme(chr(0x4E00 + k)) for k in range(600)))
    batch = Batch(torch.randn(3, 1, 32, 64), torch.tensor([64] * 3), [script.alphabet[:4]] * 3, [""] * 3)
    arguments = {"channels": [8, 12, 16, 24], "n_hidden": 16, "dropout": 0.0, "n_factors": 12}

    def make(n_sampled: int) -> Recognizer:
        torch.manual_seed(1)
        return build("crnn", script, Preprocess(), {**arguments, "n_sampled": n_sampled}).train()

    full = make(0)
    with torch.no_grad():
        expected = float(full.loss(full(batch.images, batch.widths), batch))
        assert float(make(600).training_loss(batch)) == pytest.approx(expected, abs=1e-4)
        assert float(make(0).training_loss(batch)) == pytest.approx(expected, abs=1e-4)
        some = make(150)
        others = [replace(batch, origins=[f"{k}"] * 3) for k in range(10)]
        losses = [float(some.training_loss(other)) for other in others]
        assert np.mean(losses) == pytest.approx(expected, rel=0.02)
        assert len(set(losses)) == 10
        torch.manual_seed(7)
        assert float(some.training_loss(others[3])) == losses[3], (
            "what is compared depends on the batch, not on what was drawn before"
        )
    some.training_loss(batch).backward()
    learned = some.head.classes.weight.grad.abs().sum(dim=1) > 0
    assert int(learned.sum()) == 150 + 4 + 1


def test_a_line_of_many_alphabets_is_compared_with_its_own_however_classes_are_drawn() -> None:
    torch.manual_seed(0)
    script = Script("many", tuple(Grapheme(chr(0x4E00 + k)) for k in range(40)))
    batch = Batch(
        torch.randn(2, 1, 32, 64), torch.tensor([64] * 2), [script.alphabet[:4], script.alphabet[20:24]], ["a", "b"]
    )
    arguments = {"channels": [4, 6, 8, 8], "n_hidden": 8, "dropout": 0.0, "n_factors": 6, "n_sampled": 10}
    network = build("crnn", script, Preprocess(), arguments).eval()
    network.masks = AlphabetMasks([script.alphabet[:20], script.alphabet[20:]], script)
    with torch.no_grad():
        expected = float(network.loss(network(batch.images, batch.widths), batch))
        assert float(network.training_loss(batch)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("unit", ["line", "glyph"])
def test_losses_stay_where_they_are_unless_determinism_is_asked_for(
    hylian: Drawing, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tiny(hylian.script, "crnn" if unit == "line" else "cnn")
    side = 32 if unit == "line" else 28
    text = "LINK" if unit == "line" else "L"
    batch = Batch(
        torch.randn(2, 1, side, 64 if unit == "line" else side), torch.tensor([64, 64]), [text] * 2, ["a", "b"]
    )
    moved: list[int] = []
    to_cpu = torch.Tensor.cpu

    def watched(tensor: torch.Tensor) -> torch.Tensor:
        moved.append(tensor.ndim)
        return to_cpu(tensor)

    monkeypatch.setattr(torch.Tensor, "cpu", watched)
    outputs = network(batch.images, batch.widths)
    losses = []
    for asked in (False, True):
        moved.clear()
        monkeypatch.setattr(torch, "are_deterministic_algorithms_enabled", lambda asked=asked: asked)
        losses.append(float(network.loss(outputs, batch).detach()))
        assert (outputs.ndim in moved) == asked
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_the_raw_path_is_kept_and_collapses_to_the_text(tiny_crnn: Recognizer) -> None:
    reading = tiny_crnn.read(np.random.default_rng(0).integers(0, 255, (32, 120, 3)).astype(np.uint8))
    assert len(reading.path) == 30
    assert "".join(char for char, _ in groupby(reading.path) if char != "-").strip() == reading.text


def test_pictures_are_read_in_batches_of_one_width_and_come_back_in_their_order() -> None:
    shapes: list[tuple[int, int]] = []

    def forward(images: NDArray[np.float32], widths: NDArray[np.int64]) -> NDArray[np.float32]:
        shapes.append((len(images), images.shape[-1]))
        assert widths.max() == images.shape[-1]
        return np.broadcast_to(widths[:, None].astype(np.float32), (len(widths), 1))

    def decode(log_probs: NDArray[np.float32], widths: NDArray[np.int64]) -> list[Reading]:
        return [Reading(str(int(row[0])), 1.0, ()) for row in log_probs]

    widths = [400, 64, 96, 68, 408, 64]
    pictures = [np.full((32, width, 3), 255, np.uint8) for width in widths]
    readings = read_pictures(pictures, Preprocess(), forward, decode)
    assert [reading.text for reading in readings] == list(map(str, widths))
    assert shapes == [(3, 68), (1, 96), (2, 408)]
