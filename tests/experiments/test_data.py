from pathlib import Path

import numpy as np
import pytest
import torch

from experiments.context import SettingError
from experiments.data import Batches, Chunks, collate, labeled_folders, make_samples
from glyphgen.drawing import Drawing
from glyphgen.files import DataError
from glyphgen.sample import Sample
from recognizers.recognizer import LabelError, Recognizer

DATA = {"name": "hylian_synth", "kind": "synth", "script": "hylian", "font": None, "max_graphemes": 12, "n_faces": 3}


def test_batches_are_the_same_with_any_number_of_workers(tiny_crnn: Recognizer) -> None:
    samples = make_samples(DATA, "line", "train", 0, 70, "screenshot", "data")
    runs = [list(Batches(Chunks(samples, tiny_crnn, 4, True), n)) for n in (0, 1, 2)]
    for other in runs[1:]:
        assert [b.origins for b in other] == [b.origins for b in runs[0]]
        assert all(torch.equal(a.images, b.images) for a, b in zip(runs[0], other, strict=True))
    assert sorted(o for b in runs[0] for o in b.origins) == sorted(f"hylian:train:0:{i}" for i in range(70))


def test_splits_share_no_sample(tiny_crnn: Recognizer) -> None:
    made = {s: make_samples(DATA, "line", s, 0, 30, "none", "data") for s in ("train", "val", "test")}
    pictures = [{made[s][i].image.tobytes() for i in range(30)} for s in made]
    assert not pictures[0] & pictures[1]
    assert not pictures[0] & pictures[2]
    assert not pictures[1] & pictures[2]


def test_collate_names_a_sample_whose_label_is_too_long(tiny_crnn: Recognizer, hylian: Drawing) -> None:
    sample = Sample(np.zeros((32, 20, 3), np.uint8), "LONGLABEL", origin="shelf/7.png")
    with pytest.raises(LabelError, match=r"shelf/7\.png"):
        collate([sample], tiny_crnn)


def test_impossible_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="mnist_lines"):
        make_samples({**DATA, "kind": "mnist"}, "line", "train", 0, 1, "none", "data")
    with pytest.raises(SettingError, match=r"data\.kind"):
        make_samples({**DATA, "kind": "video"}, "line", "train", 0, 1, "none", "data")
    with pytest.raises(DataError, match=r"no labels\.tsv"):
        labeled_folders(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        labeled_folders(tmp_path / "none")
