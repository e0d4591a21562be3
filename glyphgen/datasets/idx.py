"""IDX files, the form of MNIST and EMNIST: unsigned bytes after a short header, as they are or as .gz.

Source: LeCun, Cortes and Burges 1998.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphgen.files import DataError


def read_idx(raw: bytes, name: str = "IDX data") -> NDArray[np.uint8]:
    """Parse unsigned bytes in IDX form. Raises DataError when the header or the length is wrong."""
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08":
        raise DataError(f"{name} is not an IDX file of unsigned bytes")
    n_dims = raw[3]
    if not 1 <= n_dims <= 8 or len(raw) < 4 + 4 * n_dims:
        raise DataError(f"{name} is no IDX file, or cut short: {n_dims} dimensions in {len(raw)} bytes")
    shape = struct.unpack(f">{n_dims}I", raw[4 : 4 + 4 * n_dims])
    body = raw[4 + 4 * n_dims :]
    if len(body) != int(np.prod(shape)):
        raise DataError(f"{name} is cut short: {len(body)} bytes for the shape {shape}")
    return np.frombuffer(body, np.uint8).reshape(shape)


def read_bytes(path: Path) -> bytes:
    """Return what a file holds, unpacked when it is a .gz. Raises DataError when it is damaged."""
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read or is damaged: {error}; remove it and run again") from error


def read_idx_file(path: str | Path) -> NDArray[np.uint8]:
    """Read an IDX file. Raises DataError."""
    return read_idx(read_bytes(Path(path)), str(path))
