from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from torch.utils.data import DataLoader

from glyphgen.datasets.synthetic import GlyphSynth, LineSynth
from glyphgen.faces.sources import DrawnSource, ImageSource
from glyphgen.render.legibility import legibility
from glyphgen.render.paint import paint
from glyphgen.sample import Sample
from glyphgen.script import load_script
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus


def lines(drawing: Drawing, augment: str = "screenshot", seed: int = 3, split: str = "train", n: int = 64) -> LineSynth:
    return LineSynth(DrawnSource(drawing, 0.2), Corpus(drawing.script), augment, seed, split, n, n_faces=4)


def same(a: Sample, b: Sample) -> bool:
    return a.text == b.text and np.array_equal(a.image, b.image) and np.array_equal(a.boxes, b.boxes)


@pytest.mark.parametrize("augment", ["none", "drawing", "screenshot"])
def test_a_sample_depends_on_seed_and_index_alone(hylian: Drawing, augment: str) -> None:
    one, two = lines(hylian, augment), lines(hylian, augment)
    forward = [one[i] for i in range(12)]
    backward = [two[i] for i in reversed(range(12))][::-1]
    assert all(same(a, b) for a, b in zip(forward, backward, strict=True))
    assert not same(lines(hylian, augment, seed=4)[0], forward[0])
    assert not same(lines(hylian, augment, split="val")[0], forward[0])


def test_two_samples_in_the_making_do_not_share_their_random_numbers(hylian: Drawing) -> None:
    synth = lines(hylian)
    alone = synth._rng(1).random(4).tolist()
    one, two = synth._rng(1), synth._rng(2)
    mixed = []
    for _ in range(4):
        mixed.append(float(one.random()))
        two.random()
    assert mixed == alone


def take_only(batch: list[Sample]) -> Sample:
    return batch[0]


def test_the_same_bytes_with_0_1_and_2_workers(hylian: Drawing) -> None:
    loads = [
        list(DataLoader(lines(hylian, n=16), batch_size=1, num_workers=n, collate_fn=take_only)) for n in (0, 1, 2)
    ]
    for other in loads[1:]:
        assert all(same(a, b) for a, b in zip(loads[0], other, strict=True))


def test_texts_are_canonical_and_boxes_match_visible_letters(hylian: Drawing) -> None:
    synth = lines(hylian, n=200)
    for i in range(200):
        sample = synth[i]
        height, width, _ = sample.image.shape
        assert sample.image.dtype == np.uint8
        assert 1 <= len(sample.text) <= 32
        assert sample.text == hylian.script.canonical(sample.text) == sample.text.strip()
        assert sample.boxes.shape == (len(sample.text.replace(" ", "")), 4)
        assert (sample.boxes >= 0).all()
        assert (sample.boxes[:, [0, 2]] <= width).all()
        assert (sample.boxes[:, [1, 3]] <= height).all()


@pytest.mark.parametrize("augment", ["none", "drawing"])
def test_boxes_cover_the_ink(hylian: Drawing, augment: str) -> None:
    synth = lines(hylian, augment, n=40)
    for i in range(40):
        sample = synth[i]
        luma = sample.image.astype(float).mean(axis=2)
        away = np.abs(luma - np.median(np.concatenate([luma[0], luma[-1]])))
        mask = away > 0.5 * away.max()
        inside = np.zeros(mask.shape, bool)
        for x0, y0, x1, y1 in sample.boxes:
            box = slice(int(y0), int(np.ceil(y1)) + 1), slice(int(x0), int(np.ceil(x1)) + 1)
            inside[box] = True
            assert mask[box].any(), sample.text
        assert mask[inside].sum() >= 0.99 * mask.sum(), sample.text


@pytest.mark.parametrize("unit", ["line", "glyph"])
@pytest.mark.parametrize("augment", ["none", "drawing", "screenshot"])
def test_boxes_cover_the_coverage_that_was_painted(
    hylian: Drawing, digit_source: ImageSource, augment: str, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is painted is caught on its way, so that colors and damage cannot hide a box that is off."""
    painted: list[np.ndarray] = []

    def catch(coverage: np.ndarray, *rest: object, **named: object) -> np.ndarray:
        painted.append(coverage)
        return paint(coverage, *rest, **named)

    monkeypatch.setattr("glyphgen.datasets.synthetic.paint", catch)
    for source in (DrawnSource(hylian, 0.2), digit_source):
        corpus = Corpus(source.script)
        synth: Sequence[Sample] = GlyphSynth(source, augment, 9, "train", 30, n_faces=4)
        if unit == "line":
            monkeypatch.setattr(Corpus, "neighbor", lambda *_: "")  # neighbors have ink and no boxes
            synth = LineSynth(source, corpus, augment, 9, "train", 30, n_faces=4)
        for i in range(30):
            painted.clear()
            sample = synth[i]
            left = painted[0].copy()
            for x0, y0, x1, y1 in sample.boxes:
                box = slice(int(y0), int(np.ceil(y1)) + 1), slice(int(x0), int(np.ceil(x1)) + 1)
                assert painted[0][box].any(), sample.text
                left[box] = 0
            assert left.astype(float).sum() <= 0.01 * painted[0].astype(float).sum(), sample.text


@pytest.fixture
def digit_source() -> ImageSource:
    rng = np.random.default_rng(0)
    images = np.zeros((40, 28, 28), np.uint8)
    for k, image in enumerate(images):
        x, y = rng.integers(4, 12, 2)
        image[y : y + 12 + k % 4, x : x + 4 + k % 7] = 255
    return ImageSource(load_script("digits"), images, [str(k % 10) for k in range(40)])


def test_only_training_has_the_plain_face(hylian: Drawing) -> None:
    plain = DrawnSource(hylian).faces(1, np.random.default_rng(0))[0].cuts[1]["A"][0].coverage
    held = {
        split: [f.cuts[1]["A"][0].coverage for f in lines(hylian, split=split).faces]
        for split in ("train", "val", "test")
    }
    assert np.array_equal(held["train"][0], plain)
    assert not any(np.array_equal(face, plain) for split in ("val", "test") for face in held[split])
    seen = [{face.tobytes() for face in faces} for faces in held.values()]
    assert len(set.union(*seen)) == sum(map(len, seen))


def test_every_grapheme_is_seen_and_light_on_dark_as_often_as_dark_on_light(hylian: Drawing) -> None:
    synth = lines(hylian, "none", n=600)
    samples = [synth[i] for i in range(600)]
    counts = {c: sum(s.text.count(c) for s in samples) for c in hylian.script.visible}
    assert min(counts.values()) > 20, counts
    light = np.mean([_text_is_lighter(s) for s in samples])
    assert 0.43 < light < 0.57


def _text_is_lighter(sample: Sample) -> bool:
    luma = sample.image.astype(float) @ [0.299, 0.587, 0.114]
    paper = np.median(np.concatenate([luma[0], luma[-1]]))
    return bool(luma[np.unravel_index(np.abs(luma - paper).argmax(), luma.shape)] > paper)


def test_glyphs_take_turns_over_the_graphemes(hylian: Drawing) -> None:
    synth = GlyphSynth(DrawnSource(hylian), "screenshot", 0, "train", 42, n_faces=3)
    assert [synth[i].text for i in range(42)] == list(hylian.script.visible) * 2
    assert all(abs(synth[i].image.shape[0] - synth[i].image.shape[1]) <= 1 for i in range(20))


def test_legibility_is_high_on_clear_text_and_low_on_noise() -> None:
    coverage = np.zeros((32, 120), np.uint8)
    coverage[8:24, 10:30] = coverage[8:24, 50:80] = 255
    clear = np.repeat(coverage[..., None], 3, axis=2)
    noise = np.random.default_rng(0).integers(0, 255, (32, 120, 3), dtype=np.uint8)
    assert legibility(clear, coverage) > 0.99
    assert legibility(255 - clear, coverage) > 0.99
    assert legibility(noise, coverage) < 0.2
    assert legibility(clear // 100, coverage) == 0


def test_impossible_settings_are_named(hylian: Drawing) -> None:
    with pytest.raises(ValueError, match="split"):
        lines(hylian, split="dev")
    with pytest.raises(ValueError, match="augmentation 'blurry'"):
        lines(hylian, "blurry")
    with pytest.raises(IndexError):
        lines(hylian, n=4)[4]


def ink_in_quads(sample: Sample) -> list[float]:
    """The share of each glyph's ink whose pixels' middles are in its quad."""
    assert sample.ink is not None
    assert sample.glyph_map is not None
    assert sample.ink.shape == sample.glyph_map.shape == sample.image.shape[:2]
    assert not sample.glyph_map[sample.ink == 0].any()
    shares = []
    for number, quad in enumerate(sample.quads, start=1):
        mass = np.where(sample.glyph_map == number, sample.ink, 0).astype(float)
        assert mass.any(), f"no ink of glyph {number} of {sample.text}"
        corners = np.round((quad - 0.5) * 16).astype(np.int32)  # OpenCV calls the middle of the first pixel 0
        inside = cv2.fillConvexPoly(np.zeros(mass.shape, np.uint8), corners, 1, shift=4)
        shares.append(float((mass * inside).sum() / mass.sum()))
    return shares


def check_truth(sample: Sample, least: float) -> None:
    """Quads lie as the letters do, none is empty, and nearly all ink of a glyph is in its quad."""
    n = len(sample.text.replace(" ", ""))
    assert sample.quads.shape == (n, 4, 2)
    assert min(ink_in_quads(sample)) >= least, (sample.origin, sample.text)
    assert sample.line is not None
    along = sample.line[1] - sample.line[0]
    middles = sample.quads.mean(axis=1) @ (along / np.linalg.norm(along))
    assert (np.diff(middles) > 0).all(), (sample.origin, sample.text)
    height, width = sample.image.shape[:2]
    low, high = sample.quads.min(axis=1), sample.quads.max(axis=1)
    assert (sample.boxes == np.concatenate([low, high], axis=1).clip(0, [width, height] * 2)).all()


@pytest.mark.parametrize("unit", ["line", "glyph"])
@pytest.mark.parametrize("augment", ["none", "screenshot"])
def test_the_ink_of_every_glyph_is_in_its_quad(
    hylian: Drawing, digit_source: ImageSource, augment: str, unit: str
) -> None:
    for source in (DrawnSource(hylian, 0.2), DrawnSource(hylian, hand="mixed"), digit_source):
        synth: Sequence[Sample] = GlyphSynth(source, augment, 3, "train", 60, n_faces=6, with_masks=True)
        if unit == "line":
            synth = LineSynth(source, Corpus(source.script), augment, 3, "train", 60, n_faces=6, with_masks=True)
        for sample in synth:
            check_truth(sample, 0.98)


@pytest.mark.slow
def test_the_ink_of_every_glyph_is_in_its_quad_in_twenty_thousand_lines(hylian: Drawing) -> None:
    source = DrawnSource(hylian, 0.3, 0.3)
    synth = LineSynth(source, Corpus(source.script), "screenshot", 11, "train", 20_000, with_masks=True)
    for sample in synth:
        check_truth(sample, 0.98)


def test_masks_are_of_the_text_alone_and_change_no_picture(hylian: Drawing) -> None:
    source = DrawnSource(hylian)
    plain, masked = (
        LineSynth(source, Corpus(source.script), "screenshot", 5, "train", 40, n_faces=3, with_masks=with_masks)
        for with_masks in (False, True)
    )
    for one, other in zip(plain, masked, strict=True):
        assert same(one, other)
        assert one.ink is None
        assert one.glyph_map is None
        assert other.glyph_map is not None
        assert set(np.unique(other.glyph_map)) <= set(range(len(other.quads) + 1))
