import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from glyphgen.datasets.augmented import Deformation
from glyphgen.datasets.line_images import StoredLines
from glyphgen.files import DataError
from glyphgen.script import load_script

ALNUM = load_script("alnum")


def write_zip(path: Path, n: int = 20) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        rows = []
        for k in range(n):
            image = np.zeros((30, 80, 4), np.uint8)  # transparent, a red bar
            image[10:20, 5 + k : 15 + k] = (0, 0, 255, 255)
            file.writestr(f"in/{k}.png", cv2.imencode(".png", image)[1].tobytes())
            rows.append(f"{k}.png\ta{k}")
        file.writestr("in/labels.tsv", "\n".join(rows))
    return path


def test_rows_are_read_on_white_and_canonical(tmp_path: Path) -> None:
    lines = StoredLines(write_zip(tmp_path / "z.zip"), ALNUM)
    assert len(lines) == 20
    assert lines[3].text == "A3"
    assert lines[3].image[0, 0].tolist() == [255, 255, 255]
    assert lines[3].image[15, 10].tolist() == [255, 0, 0]


def test_validation_is_apart_from_training(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "z.zip")
    train, val = (StoredLines(path, ALNUM, held_out=0.2, split=split, split_seed=4) for split in ("train", "val"))
    assert (len(train), len(val)) == (16, 4)
    assert not {row[0] for row in train.rows} & {row[0] for row in val.rows}


def test_moved_lines_depend_on_seed_and_index(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "z.zip")
    one, two, other = (StoredLines(path, ALNUM, seed, Deformation(), length=100) for seed in (1, 1, 2))
    assert np.array_equal(one[50].image, two[50].image)
    assert one[50].text == two[50].text
    assert any(one[k].text != other[k].text for k in range(50))
    assert {one[k].image.shape for k in range(50)} == {(30, 80, 3)}


def test_stretched_lines_are_up_to_a_fifth_wider_or_narrower(tmp_path: Path) -> None:
    lines = StoredLines(write_zip(tmp_path / "z.zip"), ALNUM, 0, Deformation(0, 0, 0, 0, 0, stretch=0.3), length=200)
    widths = [lines[k].image.shape[1] for k in range(200)]
    assert min(widths) == 64
    assert max(widths) == 96
    assert len(set(widths)) > 15
    ink = [np.flatnonzero(lines[k].image[15, :, 1] < 128) for k in range(200)]
    assert all(abs(len(columns) - width / 8) <= 2 for columns, width in zip(ink, widths, strict=True)), (
        "the bar keeps its share"
    )


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no labels"):
        StoredLines(tmp_path, ALNUM)
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"no picture")
    (tmp_path / "labels.tsv").write_text("a.png\tAB\nb.png\tA?\n")
    with pytest.raises(DataError, match=r"b\.png: .*'\?'"):
        StoredLines(tmp_path, ALNUM)
    (tmp_path / "labels.tsv").write_text("a.png\tAB\n")
    with pytest.raises(DataError, match=r"a\.png is not a picture"):
        StoredLines(tmp_path, ALNUM)[0]
    (tmp_path / "b.png").unlink()
    (tmp_path / "labels.tsv").write_text("a.png\tAB\nb.png\tAC\n")
    with pytest.raises(DataError, match=r"b\.png: listed in labels\.tsv but missing"):
        StoredLines(tmp_path, ALNUM)


def test_copies_of_what_is_held_out_are_in_no_other_part(tmp_path: Path) -> None:
    for k in range(20):
        cv2.imwrite(
            str(tmp_path / f"{k}.png"), np.full((20, 60), 10 * (k % 10), np.uint8)
        )  # each picture is there twice
    (tmp_path / "labels.tsv").write_text("".join(f"{k}.png\tA{k % 10}\n" for k in range(20)))
    whole = StoredLines(tmp_path, ALNUM)
    train, val = (StoredLines(tmp_path, ALNUM, held_out=0.2, split=split) for split in ("train", "val"))
    shades = [{int(part.row(k)[0].flat[0]) for k in range(part.n_rows)} for part in (train, val)]
    assert shades[0]
    assert shades[1]
    assert not shades[0] & shades[1]
    with pytest.raises(DataError, match="no pictures are left for train"):
        StoredLines(tmp_path, ALNUM, held_out=0.2, split="train", apart_from=whole)
