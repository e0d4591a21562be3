from pathlib import Path

import pytest

from experiments.context import SettingError
from experiments.data import labeled_folders, make_samples
from glyphgen.files import DataError

DATA = {"name": "hylian_synth", "kind": "synth", "script": "hylian", "font": None, "max_graphemes": 12, "n_faces": 3}


def test_splits_share_no_sample() -> None:
    made = {s: make_samples(DATA, "line", s, 0, 30, "none", "data") for s in ("train", "val", "test")}
    pictures = [{made[s][i].image.tobytes() for i in range(30)} for s in made]
    assert not pictures[0] & pictures[1]
    assert not pictures[0] & pictures[2]
    assert not pictures[1] & pictures[2]


def test_impossible_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="mnist_lines"):
        make_samples({**DATA, "kind": "mnist"}, "line", "train", 0, 1, "none", "data")
    with pytest.raises(SettingError, match=r"data\.kind"):
        make_samples({**DATA, "kind": "video"}, "line", "train", 0, 1, "none", "data")
    with pytest.raises(DataError, match=r"no labels\.tsv"):
        labeled_folders(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        labeled_folders(tmp_path / "none")
