"""The shipped conf/data files of stored sets, over small files of the same form as the real ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from numpy.typing import NDArray
from omegaconf import OmegaConf

from experiments.datasets import parse
from tests.glyphgen.datasets.test_idx import idx_bytes

CONF = Path(__file__).parents[2] / "conf"


def data_config(*overrides: str) -> dict[str, Any]:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return OmegaConf.to_container(compose("config", overrides=[*overrides, "model=resnet"]).data, resolve=True)


def write_idx(path: Path, values: NDArray[Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(idx_bytes(values))


def glyph_of(number: int, side: int = 28) -> NDArray[np.uint8]:
    """Ink that differs for each number, with a bar along the top, not along the left: transposed it is
    another picture.
    """
    picture = np.zeros((side, side), np.uint8)
    picture[4:6, 4:24] = 255
    picture[10 + number // 16, 6 + number % 16] = 200
    return picture


@pytest.mark.parametrize(
    ("part", "n_classes", "first_label", "first", "last"),
    [("letters", 26, 1, "A", "Z"), ("balanced", 47, 0, "0", "t"), ("byclass", 62, 0, "0", "z")],
)
def test_emnist_as_it_is_distributed(
    tmp_path: Path, part: str, n_classes: int, first_label: int, first: str, last: str
) -> None:
    for split, n_each in (("train", 10), ("test", 2)):
        numbers = np.repeat(np.arange(n_classes), n_each)
        pictures = np.stack([glyph_of(k + 64 * (split == "test")).T for k in numbers])  # EMNIST stores them transposed
        pictures[:, 27, 27] = np.arange(len(numbers)) % 250 + 1  # no two alike
        write_idx(tmp_path / "emnist" / f"emnist-{part}-{split}-images-idx3-ubyte", pictures)
        write_idx(tmp_path / "emnist" / f"emnist-{part}-{split}-labels-idx1-ubyte", numbers + first_label)
    data = data_config("data=emnist", f"data.part={part}")
    test = parse(data).open("test", "glyph", 0, 10_000, "none", str(tmp_path))
    assert len(test) == 2 * n_classes
    by_text = {sample.text: sample for sample in (test[i] for i in range(len(test)))}
    assert len(by_text) == n_classes
    for text, number in ((first, 0), (last, n_classes - 1)):
        ink = by_text[text].image.max(axis=2) if by_text[text].image.ndim == 3 else by_text[text].image
        ink = ink if ink[0, 0] < 128 else 255 - ink
        assert (ink[4, 4:24] > 200).all(), "upright: the bar lies along the top"
        assert ink[10 + (number + 64) // 16, 6 + number % 16] > 150
    val = parse(data).open("val", "glyph", 0, 10_000, "none", str(tmp_path))
    assert len(val) == n_classes, "a tenth of each class of the training file"


def test_the_kaggle_table_of_capitals(tmp_path: Path) -> None:
    (tmp_path / "az_csv").mkdir()
    rows = []
    for k in range(26):
        for copy in range(10):
            picture = glyph_of(k)
            picture[26, copy] = 255
            rows.append(",".join(map(str, [k, *picture.ravel().tolist()])))
    (tmp_path / "az_csv" / "A_Z Handwritten Data.csv").write_text("\n".join(rows) + "\n")
    data = data_config("data=az_csv")
    sizes = {}
    for split in ("train", "val", "test"):
        samples = parse(data).open(split, "glyph", 0, 10_000, "none", str(tmp_path))
        texts = [samples[i].text for i in range(min(len(samples), 260))]
        sizes[split] = len(samples)
        if split != "train":
            assert sorted(texts) == list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert (sizes["val"], sizes["test"]) == (26, 26)
    sample = next(s for s in (samples[i] for i in range(26)) if s.text == "Z")
    ink = sample.image.max(axis=2) if sample.image.ndim == 3 else sample.image
    ink = ink if ink[0, 0] < 128 else 255 - ink
    assert (ink[4, 4:24] > 200).all()
    assert ink[10 + 25 // 16, 6 + 25 % 16] > 150
