import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from glyphgen.datasets import mnist
from glyphgen.datasets.augmented import Deformation
from glyphgen.files import DataError
from tests.conftest import has_mnist
from tests.glyphgen.datasets.test_catalog import served


def idx(array: np.ndarray) -> bytes:
    return b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rng = np.random.default_rng(0)
    sums = {}
    (tmp_path / "mnist").mkdir()
    for prefix, n in (("train", 60), ("t10k", 20)):
        images = np.zeros((n, 28, 28), np.uint8)
        images[:, 4:24, 8:20] = rng.integers(100, 255, (n, 20, 12))
        for name, array in (
            (f"{prefix}-images-idx3-ubyte", images),
            (f"{prefix}-labels-idx1-ubyte", np.arange(n, dtype=np.uint8) % 10),
        ):
            raw = idx(array)
            sums[name] = hashlib.md5(raw, usedforsecurity=False).hexdigest()
            (tmp_path / "mnist" / f"{name}.gz").write_bytes(gzip.compress(raw))
    monkeypatch.setattr(mnist, "FILES", sums)
    monkeypatch.setattr(mnist, "N_VALIDATION", 10)
    return tmp_path


def test_splits_share_no_digit(small: Path) -> None:
    sizes = {split: len(mnist.load_split(small, split)[1]) for split in ("train", "val", "test")}
    assert sizes == {"train": 50, "val": 10, "test": 20}
    train, val = (mnist.load_split(small, s)[0] for s in ("train", "val"))
    assert not {i.tobytes() for i in train} & {i.tobytes() for i in val}


def test_glyphs_are_the_digits_and_moved_ones_depend_on_seed_and_index(small: Path) -> None:
    still = mnist.MnistGlyphs(small, "test")
    assert [still[i].text for i in range(10)] == list("0123456789")
    assert np.array_equal(still[3].image[..., 0], mnist.load_split(small, "test")[0][3])
    a, b = (mnist.MnistGlyphs(small, "train", seed=1, deformation=Deformation(), length=200) for _ in range(2))
    assert np.array_equal(a[150].image, b[150].image)
    assert len(a) == 200


def test_a_damaged_or_missing_file_says_what_to_do(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small / "mnist" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(DataError, match="damaged"):
        mnist.load_split(small, "test")
    path.write_bytes(gzip.compress(idx(np.zeros(20, np.uint8))))
    with pytest.raises(DataError, match="checksum"):
        mnist.load_split(small, "test")
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/",))
    with pytest.raises(DataError, match="GLYPH_DATA"):
        mnist.load_split(tmp_path / "nowhere", "test")


def test_what_is_missing_is_fetched_from_the_first_mirror_that_has_it(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "damaged").mkdir()
    for path in (small / "mnist").glob("*.gz"):
        (tmp_path / "damaged" / path.name).write_bytes(gzip.compress(b"other bytes"))
    with served(tmp_path) as url:
        monkeypatch.setattr(mnist, "MIRRORS", (f"{url}/none/", f"{url}/damaged/", f"{url}/mnist/"))
        images, labels = mnist.load_split(tmp_path / "new", "test")
        assert (len(images), labels[:3]) == (20, ["0", "1", "2"])
        assert sorted(p.name for p in (tmp_path / "new/mnist").iterdir()) == [
            "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz",
        ]
        monkeypatch.setattr(mnist, "MIRRORS", (f"{url}/damaged/",))
        with pytest.raises(DataError, match=r"damaged/: checksum.*GLYPH_DATA"):
            mnist.load_split(tmp_path / "newer", "test")


@pytest.mark.parametrize("raw", [b"", b"\x00\x00\x0b\x01", idx(np.zeros(5, np.uint8))[:-1]])
def test_bad_idx_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(DataError, match=r"IDX|short"):
        mnist.read_idx(raw)


def test_the_real_files_are_mnist(real_data: Path) -> None:
    if not has_mnist(real_data):
        pytest.skip(f"no MNIST files below {real_data}")
    images, labels = mnist.load_split(real_data, "test")
    assert images.shape == (10_000, 28, 28)
    assert labels[:5] == list("72104")
