from pathlib import Path

import numpy as np
import pytest

from glyphgen.contact_sheet import contact_sheet
from glyphgen.datasets.folder import FolderSet
from glyphgen.files import DataError
from glyphgen.formats.catalog import write_set
from glyphgen.formats.format import SetFacts
from glyphgen.images import load_picture
from glyphgen.sample import Sample
from tests.stored import write_folder


def write_lmdb(samples, root: Path) -> int:
    return write_set(samples, root, "lmdb", SetFacts("train", "line", "toy", ("A", "B")))


def samples(n: int = 5) -> list[Sample]:
    rng = np.random.default_rng(0)
    return [
        Sample(rng.integers(0, 255, (20, 30 + i, 3), dtype=np.uint8), "AB"[: 1 + i % 2], np.array([[1.0, 2, 3, 4]]))
        for i in range(n)
    ]


def test_a_folder_comes_back_as_written(tmp_path: Path) -> None:
    assert write_folder(samples(), tmp_path / "set") == 5
    back = FolderSet(tmp_path / "set")
    for a, b in zip(samples(), back, strict=True):
        assert np.array_equal(a.image, b.image)
        assert a.text == b.text
        assert np.array_equal(a.boxes, b.boxes)
    assert not list(tmp_path.glob("*.part"))


def test_an_lmdb_comes_back_as_written(tmp_path: Path) -> None:
    write_lmdb(samples(), tmp_path / "db")
    import lmdb  # and read as other OCR tools do, by the field's keys

    with lmdb.open(str(tmp_path / "db"), readonly=True, lock=False) as env, env.begin() as transaction:
        assert transaction.get(b"num-samples") == b"5"
        for n, sample in enumerate(samples(), start=1):
            assert transaction.get(b"label-%09d" % n).decode() == sample.text
            assert np.array_equal(load_picture(transaction.get(b"image-%09d" % n)), sample.image)


@pytest.mark.parametrize("write", [write_folder, write_lmdb])
def test_a_failure_leaves_nothing_and_an_existing_folder_is_kept(tmp_path: Path, write) -> None:
    def broken():
        yield samples()[0]
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        write(broken(), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("x")
    with pytest.raises(DataError, match="not empty"):
        write(samples(), tmp_path / "mine")
    assert (tmp_path / "mine" / "file").read_text() == "x"


@pytest.mark.parametrize(
    ("table", "message"),
    [(None, "no labels.tsv"), ("", "lists no pictures"), ("a.png\n", r"labels\.tsv:1"), ("a.png\tAB\n", "missing")],
)
def test_a_bad_folder_says_what_is_wrong(tmp_path: Path, table: str | None, message: str) -> None:
    if table is not None:
        (tmp_path / "labels.tsv").write_text(table)
    with pytest.raises(DataError, match=message):
        FolderSet(tmp_path)[0]


def test_a_contact_sheet_shows_every_sample() -> None:
    sheet = contact_sheet(samples(30), 400, 20)
    assert sheet.shape[1:] == (400, 3)
    assert sheet.shape[0] % 38 == 0
    assert sheet.shape[0] >= 2 * 38
