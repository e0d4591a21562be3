import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from glyphgen.datasets.catalog import locate, open_sets
from glyphgen.datasets.download import fetch
from glyphgen.files import DataError
from tests.glyphgen.datasets.test_idx import idx_bytes
from tests.glyphgen.datasets.test_labelled_images import write_folder


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Yield the address of a folder's files, on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_sets_keep_their_own_test_or_hold_one_out(tmp_path: Path) -> None:
    write_folder(tmp_path / "own", 20)
    for name, n in (("a", 30), ("b", 7)):
        (tmp_path / f"{name}-images").write_bytes(idx_bytes(np.random.default_rng(n).integers(0, 255, (n, 4, 4))))
        (tmp_path / f"{name}-labels").write_bytes(idx_bytes(np.arange(n) % 2))
    idx = {
        "name": "idx",
        "path": "a-images",
        "labels": "a-labels",
        "alphabet": "01",
        "test_path": "b-images",
        "test_labels": "b-labels",
    }
    parts = open_sets([{"name": "own", "path": "own", "writer": r"(\d+)\.png$", "keep": "A"}, idx], tmp_path, 0.2, 0)
    assert [len(part) for part in parts["test"]] == [4, 7]
    assert [len(parts[name][0]) for name in ("train", "val")] == [12, 4]
    assert len(parts["train"][1]) + len(parts["val"][1]) == 30
    assert set(parts["test"][0].labels) == {"A"}


def test_misspelt_and_missing_sets_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no key 'pathh'"):
        open_sets([{"name": "s", "pathh": "x"}], tmp_path, 0.1, 0)
    with pytest.raises(DataError, match="lacks the key 'path'"):
        open_sets([{"name": "s"}], tmp_path, 0.1, 0)
    with pytest.raises(DataError, match=r"chars74k/hnd is missing .Chars74K: http.*GLYPH_DATA"):
        open_sets([{"name": "s", "path": "chars74k/hnd"}], tmp_path, 0.1, 0)
    with pytest.raises(DataError, match="empty"):
        open_sets([], tmp_path, 0.1, 0)


def test_endings_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"")
    assert locate(tmp_path, "a") == tmp_path / "a.zip"
    assert locate(tmp_path, tmp_path / "a") == tmp_path / "a.zip"


def test_what_is_fetched_is_checked_and_an_address_that_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"hello")
    good = hashlib.md5(b"hello").hexdigest()
    with served(tmp_path) as url:
        fetch(f"{url}/source", good, tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == b"hello"
        with pytest.raises(DataError, match="checksum"):
            fetch(f"{url}/source", "0" * 32, tmp_path / "other")
        with pytest.raises(DataError, match=r"other is missing and could not be fetched .*/none.*put it there"):
            fetch(f"{url}/none", good, tmp_path / "other")
    with pytest.raises(DataError, match="could not be fetched"):  # as without a network
        fetch(f"{url}/source", good, tmp_path / "other")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy", "source"]


def test_an_archive_put_there_by_hand_is_checked(tmp_path: Path) -> None:
    (tmp_path / "emnist").mkdir()
    (tmp_path / "emnist" / "gzip.zip").write_bytes(b"half of it")
    with pytest.raises(DataError, match=r"gzip\.zip is damaged, or another file"):
        locate(tmp_path, "emnist/emnist-letters-train-images-idx3-ubyte", "emnist")
