import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from glyphgen.datasets.idx import read_idx, read_idx_file
from glyphgen.files import DataError


def idx_bytes(array: np.ndarray) -> bytes:
    return (
        b"\x00\x00\x08"
        + bytes([array.ndim])
        + struct.pack(f">{array.ndim}I", *array.shape)
        + array.astype(np.uint8).tobytes()
    )


def test_a_file_comes_back_as_it_was_packed_or_not(tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "a").write_bytes(idx_bytes(array))
    (tmp_path / "a.gz").write_bytes(gzip.compress(idx_bytes(array)))
    assert np.array_equal(read_idx_file(tmp_path / "a"), array)
    assert np.array_equal(read_idx_file(tmp_path / "a.gz"), array)


def test_other_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not an IDX file"):
        read_idx(b"PNG....", "x")
    with pytest.raises(DataError, match="cut short"):
        read_idx(idx_bytes(np.zeros((2, 3)))[:-1], "x")
    (tmp_path / "b.gz").write_bytes(b"not gzip")
    with pytest.raises(DataError, match=r"b\.gz"):
        read_idx_file(tmp_path / "b.gz")
