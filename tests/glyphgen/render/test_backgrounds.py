"""Pictures of the user's own under the text."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphgen.datasets.scenes import PageSynth
from glyphgen.datasets.synthetic import SPLITS, LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.files import DataError
from glyphgen.jobs.plan import Plan
from glyphgen.render.augmentation import PRESETS
from glyphgen.render.backgrounds import Backgrounds, checksum_of_all
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus

N = 24


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of one color each, whose red channel is their number; one of them twice, and one in gray."""
    root = tmp_path_factory.mktemp("pictures")
    for k in range(N):
        image = np.full((40 + 10 * k, 300 - 10 * k, 3), (90, 200, 10 * k), np.uint8)  # BGR
        cv2.imwrite(str(root / f"{k}.png"), image)
    (root / "deeper").mkdir()
    (root / "deeper/again.png").write_bytes((root / "0.png").read_bytes())
    cv2.imwrite(str(root / "gray.png"), np.full((50, 50), 128, np.uint8))
    (root / "notes.txt").write_text("no picture")
    return root


def written_on(root: Path, augment: str, share: float = 1.0):
    preset = PRESETS[augment]
    return replace(preset, paint=replace(preset.paint, backgrounds=str(root), on_background=share))


def test_no_picture_is_in_two_splits_however_they_are_called(pictures: Path, tmp_path: Path) -> None:
    parts = {split: Backgrounds(pictures, split) for split in SPLITS}
    names = {split: {Path(name).name for name in part.names} for split, part in parts.items()}
    assert {split: len(found) for split, found in names.items()} == {"train": N + 1 - 4, "val": 2, "test": 2}
    assert not names["train"] & names["val"]
    assert not (names["train"] | names["val"]) & names["test"]
    copy = tmp_path / "copy"
    copy.mkdir()
    for k, path in enumerate(sorted(pictures.glob("*.png"), reverse=True)):
        (copy / f"other{k}.png").write_bytes(path.read_bytes())
    first, second = parts["test"], Backgrounds(copy, "test")
    assert [first._read(k).tobytes() for k in range(2)] == [second._read(k).tobytes() for k in range(2)]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.integers(1, 900), st.integers(0, 10**6))
def test_a_window_has_the_size_that_was_asked_for(pictures: Path, height: int, width: int, seed: int) -> None:
    window = Backgrounds(pictures, "train").window(height, width, np.random.default_rng(seed))
    assert window.shape == (height, width, 3)
    assert window.dtype == np.uint8


def test_lines_stand_on_the_pictures_of_their_split(hylian: Drawing, pictures: Path) -> None:
    source, look = DrawnSource(hylian), written_on(pictures, "none")
    for split in ("train", "test"):
        own = Backgrounds(pictures, split)
        colors = {tuple(own._read(k)[0, 0].tolist()) for k in range(len(own.names))}
        lines = LineSynth(source, Corpus(hylian.script), look, 4, split, 20, n_faces=2, with_masks=True)
        for sample in lines:
            assert sample.ink is not None
            paper = {tuple(color) for color in sample.image[cv2.dilate(sample.ink, np.ones((3, 3))) == 0].tolist()}
            assert len(paper) == 1
            assert paper <= colors
            ink = sample.image[sample.ink == 255].astype(float)
            if len(ink):
                assert np.abs(ink.mean(axis=0) - next(iter(paper))).max() > 20  # to be seen


def test_the_share_is_kept(hylian: Drawing, pictures: Path) -> None:
    source, corpus = DrawnSource(hylian), Corpus(hylian.script)

    def n_on_pictures(share: float) -> int:
        lines = LineSynth(source, corpus, written_on(pictures, "none", share), 4, "train", 200, n_faces=2)
        return sum(tuple(line.image[0, 0, 1:].tolist()) in ((200, 90), (128, 128)) for line in lines)

    assert n_on_pictures(0.0) == 0
    assert 70 < n_on_pictures(0.5) < 130


def test_pages_stand_in_them(hylian: Drawing, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> np.ndarray:
        raise AssertionError("pages stand in scenery")

    monkeypatch.setattr("glyphgen.datasets.scenes.scenery", nothing)
    look = written_on(pictures, "screenshot")
    bare = replace(look, page=replace(look.page, display_share=0.0, enlarged_share=0.0))
    for name in ("blur", "motion_blur", "downscale", "exposure", "noise", "jpeg", "sharpen"):
        bare = replace(bare, **{name: type(getattr(bare, name))()})
    pages = PageSynth(DrawnSource(hylian), Corpus(hylian.script), bare, 1, "train", 30, 2, size_px=(96, 96))
    own = Backgrounds(pictures, "train")
    colors = {tuple(own._read(k)[0, 0].tolist()) for k in range(len(own.names))}
    empty = [page.image for page in pages if not page.lines]
    assert len(empty) >= 2
    assert all({tuple(color) for color in image.reshape(-1, 3).tolist()} <= colors for image in empty)


def test_the_same_seed_makes_the_same_pictures_and_others_are_known(pictures: Path, tmp_path: Path) -> None:
    plan = Plan({"train": 5, "val": 0, "test": 0}, backgrounds=str(pictures), n_faces=1).with_inputs()
    again = Plan({"train": 5, "val": 0, "test": 0}, backgrounds=str(pictures), n_faces=1)
    assert all(
        np.array_equal(a.image, b.image) for a, b in zip(plan.samples("train"), again.samples("train"), strict=True)
    )
    for path in pictures.glob("*.png"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert checksum_of_all(tmp_path) != plan.inputs["backgrounds"]  # one was there twice
    (tmp_path / "once more.png").write_bytes((pictures / "0.png").read_bytes())
    assert checksum_of_all(tmp_path) == plan.inputs["backgrounds"]


def test_too_few_and_damaged_pictures_are_named(pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        Backgrounds(tmp_path / "gone", "train")
    with pytest.raises(DataError, match="has 0 pictures; backgrounds need 3"):
        Backgrounds(tmp_path, "train")
    for k in range(3):
        (tmp_path / f"{k}.png").write_bytes(b"no picture %d" % k)
    with pytest.raises(DataError, match=r"\.png"):
        Backgrounds(tmp_path, "train").window(9, 9, np.random.default_rng(0))
