import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.cli import files as images
from app.cli.files import Named, expand, is_drawn, new_pictures, open_picture, save_picture
from glyphgen.images import PictureError, suffixes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.png", "a.jpg", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_files_folders_and_patterns(folder: Path) -> None:
    a, b = str(folder / "a.jpg"), str(folder / "b.png")
    for odd in (".hidden.png", "folder.png"):
        (folder / odd).mkdir() if odd == "folder.png" else (folder / odd).write_bytes(b"x")
    assert expand([str(folder)]).pictures == [a, b]
    assert expand([str(folder / "*.png"), a, "-"]) == Named([b, a, "-"])
    assert expand(["/nowhere.png"]) == Named(["/nowhere.png"])  # named by whoever opens it
    (folder / "empty").mkdir()
    found = expand([str(folder / "*.webp"), a, str(folder / "empty")])
    assert found.pictures == [a]
    assert "matches" in found.wrong[0]
    assert "holds no pictures" in found.wrong[1]


def test_every_kind_that_can_be_opened_is_taken_from_a_folder_and_the_rest_is_said(tmp_path: Path) -> None:
    image = Image.fromarray(np.zeros((8, 8, 3), np.uint8))
    for name, kind in (
        ("a.jfif", "JPEG"),
        ("b.PPM", "PPM"),
        ("c.png", "PNG"),
        *([("d.avif", "AVIF")] if ".avif" in suffixes() else []),
    ):
        image.save(tmp_path / name, kind)
    (tmp_path / "notes.txt").write_text("x")
    found = expand([str(tmp_path)])
    assert [Path(name).suffix.lower() for name in found.pictures] == [".jfif", ".ppm", ".png", ".avif"][
        : len(found.pictures)
    ]
    assert len(found.pictures) == 3 + (".avif" in suffixes())
    assert found.wrong == []
    assert [("notes.txt" in said, "not a kind" in said) for said in found.passed_over] == [(True, True)]


@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.webp", "out.tif"])
def test_what_we_have_drawn_is_passed_over_in_folders_and_patterns_and_said_once(name: str, tmp_path: Path) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3)).astype(np.uint8))
    save_picture(image, tmp_path / name)
    image.save(tmp_path / "seen.png")
    image.save(tmp_path / "old.annotated-2.png")  # of before there were marks
    assert is_drawn(tmp_path / name)
    for given in (str(tmp_path), str(tmp_path / "*")):
        found = expand([given])
        assert found.pictures == [str(tmp_path / "seen.png")]
        assert len(found.passed_over) == 1
        assert name in found.passed_over[0]
        assert "old.annotated-2.png" in found.passed_over[0]
    assert expand([str(tmp_path / name)]) == Named([str(tmp_path / name)]), "who names it wants it"
    rounds = iter(range(100))
    watched = new_pictures(tmp_path, 0.01, lambda: next(rounds) < 20)
    save_picture(image, tmp_path / f"late.{name}")
    assert list(watched) == []


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def given(data: bytes) -> None:
        monkeypatch.setattr(images.sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    buffer = io.BytesIO()
    Image.new("RGB", (20, 10)).save(buffer, "PNG")
    given(buffer.getvalue())
    assert open_picture("-").shape == (10, 20, 3)
    given(b"")
    with pytest.raises(PictureError, match="empty"):
        open_picture("-")
    given(b"hello")
    with pytest.raises(PictureError, match="not a picture"):
        open_picture("-")
    assert open_picture("a.png") == "a.png"


def test_new_pictures_are_given_once_they_are_whole(folder: Path) -> None:
    """Asked whether to go on, before each look at the folder, the test writes: a file grows from look to look, then
    rests.
    """
    looks = iter(range(8))

    def goes_on() -> bool:
        look = next(looks, None)
        if look == 0:
            (folder / "new.txt").write_text("no picture")
        if look is not None and look < 4:
            with (folder / "new.png").open("ab") as file:
                file.write(b"part")
        if look == 4:
            (folder / "late.png").write_bytes(b"whole")
        return look is not None

    found = []
    for name in new_pictures(folder, 0.0, goes_on):
        found.append((Path(name).name, Path(name).read_bytes()))
    assert found == [("new.png", b"part" * 4), ("late.png", b"whole")]


def test_a_picture_that_changes_is_given_again_and_a_folder_that_goes_is_named(folder: Path) -> None:
    rounds = iter(range(100))
    pictures = new_pictures(folder, 0.05, lambda: next(rounds) < 40)
    (folder / "b.png").write_bytes(b"another")
    assert Path(next(pictures)).name == "b.png"
    shutil.rmtree(folder)
    with pytest.raises(PictureError, match="cannot be read"):
        next(pictures)


def test_a_picture_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    image = Image.fromarray(np.zeros((8, 8, 3), np.uint8))
    save_picture(image, tmp_path / "new" / "a.png")
    with Image.open(tmp_path / "new" / "a.png") as written:
        assert written.size == (8, 8)
    with pytest.raises(PictureError, match="ending"):
        save_picture(image, tmp_path / "a.doc")
    with pytest.raises(PictureError, match="cannot write"):
        save_picture(image, Path("/proc/none/a.png"))
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["a.png"]
