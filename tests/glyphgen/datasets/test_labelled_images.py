import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from glyphgen.archive import label_of_folder
from glyphgen.datasets.augmented import Deformation
from glyphgen.datasets.glyph_images import StoredGlyphs
from glyphgen.datasets.labelled_images import STORED_SIDE_PX, Stored, read_stored
from glyphgen.datasets.line_images import StoredLines
from glyphgen.datasets.split import split_stored, without_copies
from glyphgen.files import DataError
from glyphgen.script import load_script
from tests.glyphgen.datasets.test_idx import idx_bytes
from tests.glyphgen.test_images import lying

ALNUM = load_script("alnum")


def write_folder(root: Path, n_makers: int = 10) -> Path:
    """Two classes, each drawn once by every writer; the shade tells the writer."""
    for folder in ("U_A", "d_7"):
        (root / folder).mkdir(parents=True)
        for writer in range(n_makers):
            image = np.full((20, 20), 255, np.uint8)
            image[5:15, 8:12] = 10 * writer
            cv2.imwrite(str(root / folder / f"{writer:03d}.png"), image)
    return root


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("A", "A"),
        ("l_a", "a"),
        ("U_A", "A"),
        ("d_7", "7"),
        ("Sample001", "0"),
        ("Sample011", "A"),
        ("Sample062", "z"),
        ("U+0041", "A"),
        ("Sample063", None),
        ("letters", None),
    ],
)
def test_folders_say_characters(name: str, label: str | None) -> None:
    assert label_of_folder(name) == label


def test_a_folder_and_its_zip_are_the_same_set(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as file:
        for path in root.rglob("*.png"):
            file.write(path, path.relative_to(root))
    one, two = (read_stored("s", path, writer=r"(\d+)\.png$") for path in (root, tmp_path / "set.zip"))
    assert one.labels == two.labels == ["A"] * 10 + ["7"] * 10
    assert one.writers == two.writers
    assert all(np.array_equal(a, b) for a, b in zip(one.images, two.images, strict=True))


def test_a_labels_file_goes_before_folder_names(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "x.png"), np.full((300, 100, 3), 7, np.uint8))
    (tmp_path / "labels.tsv").write_text("x.png\tQ\n")
    stored = read_stored("s", tmp_path)
    assert stored.labels == ["Q"]
    assert max(stored.images[0].shape) == STORED_SIDE_PX


def test_stored_photos_are_turned_upright(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(lying(6, "JPEG"))
    (tmp_path / "labels.tsv").write_text("x.jpg\tQ\n")
    assert read_stored("s", tmp_path).images[0].shape == (40, 24)
    assert StoredLines(tmp_path, ALNUM)[0].image.shape == (40, 24, 3)


def test_csv_rows_are_labels_and_pixels(tmp_path: Path) -> None:
    rows = [[2, *range(16)], [0, *range(16)]]
    (tmp_path / "t.csv").write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n")
    stored = read_stored("s", tmp_path / "t.csv", alphabet="ABC")
    assert stored.labels == ["C", "A"]
    assert np.array_equal(stored.images[0], np.arange(16).reshape(4, 4))
    (tmp_path / "h.csv").write_text(
        "label," + ",".join(f"p{k}" for k in range(16)) + "\n1," + ",".join("5" * 16) + "\n"
    )
    assert read_stored("s", tmp_path / "h.csv", alphabet="ABC").labels == ["B"]
    with pytest.raises(DataError, match="label 2"):
        read_stored("s", tmp_path / "t.csv", alphabet="AB")
    (tmp_path / "bad.csv").write_text("1,2,3\n")
    with pytest.raises(DataError, match="3 columns"):
        read_stored("s", tmp_path / "bad.csv", alphabet="AB")


def test_idx_pairs_may_be_transposed_and_count_from_one(tmp_path: Path) -> None:
    images = np.arange(2 * 9, dtype=np.uint8).reshape(2, 3, 3)
    (tmp_path / "images").write_bytes(idx_bytes(images))
    (tmp_path / "labels").write_bytes(idx_bytes(np.array([1, 2])))
    stored = read_stored("s", tmp_path / "images", tmp_path / "labels", "AB", 1, is_transposed=True)
    assert stored.labels == ["A", "B"]
    assert np.array_equal(stored.images[0], images[0].T)
    with pytest.raises(DataError, match="labels: FILE"):
        read_stored("s", tmp_path / "images", alphabet="AB")
    (tmp_path / "one").write_bytes(idx_bytes(np.array([1])))
    with pytest.raises(DataError, match=r"labels of the shape \(1,\)"):
        read_stored("s", tmp_path / "images", tmp_path / "one", "AB", 1)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_stored("s", tmp_path / "none")
    (tmp_path / "z.zip").write_bytes(b"no zip")
    with pytest.raises(DataError, match=r"z\.zip is not a zip"):
        read_stored("s", tmp_path / "z.zip")
    folder = tmp_path / "f" / "letters"
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes(b"x")
    with pytest.raises(DataError, match="says no character"):
        read_stored("s", tmp_path / "f")
    folder.rename(tmp_path / "f" / "A")
    with pytest.raises(DataError, match=r"A/a\.png is not a picture"):
        read_stored("s", tmp_path / "f")


def test_what_systems_leave_behind_is_passed_over_and_damage_is_named(tmp_path: Path) -> None:
    picture = cv2.imencode(".png", np.full((8, 8), 9, np.uint8))[1].tobytes()
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as file:
        file.writestr("A/1.png", picture)
        file.writestr("__MACOSX/A/._1.png", b"x")
        file.writestr("A/._1.png", b"x")
    assert read_stored("s", tmp_path / "z.zip").labels == ["A"]
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as file:
        file.writestr("A/1.png", b"")
    with pytest.raises(DataError, match=r"A/1\.png is empty"):
        read_stored("s", tmp_path / "empty.zip")
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "labels.csv").write_text("gone.png,A\n")
    with pytest.raises(DataError, match=r"gone\.png cannot be read"):
        read_stored("s", tmp_path / "f")


def test_a_table_may_be_zipped_have_a_mark_and_must_hold_pixels(tmp_path: Path) -> None:
    row = ",".join(["1", *["5"] * 16]) + "\n"
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as file:
        file.writestr("A_Z.csv", row * 2)
    (tmp_path / "bom.csv").write_text(row * 2, encoding="utf-8-sig")
    for name in ("t.zip", "bom.csv"):
        assert read_stored("s", tmp_path / name, alphabet="AB").labels == ["B", "B"]
    (tmp_path / "bad.csv").write_text(row.replace("5", "300"))
    with pytest.raises(DataError, match="300; expected 0 to 255"):
        read_stored("s", tmp_path / "bad.csv", alphabet="AB")


def test_transparent_pictures_keep_their_ink(tmp_path: Path) -> None:
    (tmp_path / "A").mkdir()
    image = np.zeros((20, 20, 4), np.uint8)
    image[5:15, 5:15] = 255  # white ink on nothing
    cv2.imwrite(str(tmp_path / "A" / "x.png"), image)
    assert read_stored("s", tmp_path).images[0].std() > 50


def test_styles_of_one_font_are_one_maker_and_copies_are_held_out_too(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "s", 24)
    stored = read_stored("s", root, writer=r"(\d+)\.png$", per_writer=4)
    assert len(set(stored.writers)) == 7  # 000 stands alone before 001 to 004
    same = np.full((20, 20), 7, np.uint8)
    for number in range(24):
        cv2.imwrite(str(root / "U_A" / f"{number:03d}.png"), same)
    parts = split_stored(read_stored("s", root, writer=r"(\d+)\.png$"), 0.1, 0)
    kept = [
        (label, image.tobytes())
        for part in parts.values()
        for label, image in zip(part.labels, part.images, strict=True)
    ]
    assert sum(label == "A" for label, _ in kept) == 2  # those of the test, each written by another
    with pytest.raises(DataError, match="with a group"):
        read_stored("s", root, writer=r"\d+\.png$")


def test_makers_are_held_out_whole_and_never_shared(tmp_path: Path) -> None:
    stored = read_stored("s", write_folder(tmp_path / "s", 20), writer=r"(\d+)\.png$")
    parts = split_stored(stored, 0.1, 5)
    writers = {name: set(part.writers) for name, part in parts.items()}
    assert len(writers["test"]) == len(writers["val"]) == 2
    assert not writers["test"] & writers["train"]
    assert not writers["val"] & (writers["train"] | writers["test"])
    assert sum(map(len, parts.values())) == len(stored)
    assert split_stored(stored, 0.1, 6)["test"].origins != parts["test"].origins
    backwards = stored.taken(range(len(stored) - 1, -1, -1))
    assert set(split_stored(backwards, 0.1, 5)["test"].origins) == set(parts["test"].origins)


def test_without_makers_every_class_is_held_out_alike(tmp_path: Path) -> None:
    parts = split_stored(read_stored("s", write_folder(tmp_path / "s", 20)), 0.1, 5)
    assert sorted(parts["test"].labels) == ["7", "7", "A", "A"]
    origins = [set(part.origins) for part in parts.values()]
    assert not origins[0] & origins[1]
    assert not origins[0] & origins[2]
    assert not origins[1] & origins[2]


def test_sets_are_stacked_in_one_label_space_and_depend_on_seed_and_index(tmp_path: Path) -> None:
    stored = read_stored("s", write_folder(tmp_path / "s"))
    other = read_stored("t", write_folder(tmp_path / "t"))
    plain = StoredGlyphs([stored, other], ALNUM)
    assert len(plain) == 40
    assert [plain[i].text for i in (0, 10, 20)] == ["A", "7", "A"]
    assert plain[20].origin.startswith("t:")
    assert plain[0].image.shape == (20, 20, 3)
    moved = StoredGlyphs([stored], ALNUM, 3, Deformation(), "screenshot", 500)
    again = StoredGlyphs([stored], ALNUM, 3, Deformation(), "screenshot", 500)
    assert np.array_equal(moved[77].image, again[77].image)
    assert not np.array_equal(moved[77].image, StoredGlyphs([stored], ALNUM, 4, Deformation(), length=500)[77].image)
    with pytest.raises(IndexError):
        moved[500]
    with pytest.raises(DataError, match="does not have '7', which s has"):
        StoredGlyphs([stored], load_script("capitals"))


def test_what_is_held_out_is_nowhere_else_under_any_name_color_or_label() -> None:
    def part(name: str, *shades: int, label: str = "A", is_color: bool = False) -> Stored:
        images = [np.full((8, 8, 3) if is_color else (8, 8), shade, np.uint8) for shade in shades]
        return Stored(name, images, [label] * len(shades), [""] * len(shades), [f"{name}:{shade}" for shade in shades])

    parts = {
        "test": [part("s", 1, 2), part("t", 3)],
        "val": [part("s", 2, 4, is_color=True), part("t", 5, 3)],
        "train": [part("s", 5, 6, 3), part("t", 1, 4, 7, label="B")],
    }
    kept = without_copies(parts)
    shades = [
        {name: [int(image.flat[0]) for image in own[name].images] for name in ("test", "val", "train")} for own in kept
    ]
    assert shades == [{"test": [1, 2], "val": [4], "train": [6]}, {"test": [3], "val": [5], "train": [7]}]


def test_what_is_no_single_letter_is_named_with_its_picture() -> None:
    image = np.zeros((8, 8), np.uint8)
    with pytest.raises(DataError, match="s:1: the label 'AB' is not one character"):
        StoredGlyphs([Stored("s", [image, image], ["A", "AB"], ["", ""], ["s:0", "s:1"])], ALNUM)
    with pytest.raises(DataError, match=r"no pictures of s are left"):
        StoredGlyphs([Stored("s", [], [], [], [])], ALNUM)


def test_every_stored_picture_is_tested_once() -> None:
    stored = Stored("s", [np.full((8, 8), k, np.uint8) for k in range(3)], list("ABC"), [""] * 3, [""] * 3)
    assert len(StoredGlyphs([stored], ALNUM, length=12)) == 3
    assert len(StoredGlyphs([stored], ALNUM, deformation=Deformation(), length=12)) == 12
