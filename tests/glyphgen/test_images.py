import io
import json
import re
import struct
import time
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image

from glyphgen import images
from glyphgen.datasets.folder import FolderSet, PageFolder
from glyphgen.datasets.labelled_images import read_stored
from glyphgen.datasets.line_images import StoredLines
from glyphgen.images import PictureError, check_size, is_picture_name, load_picture, single_channel, suffixes
from glyphgen.script import load_script

WEB = Path(__file__).parent.parent.parent / "app" / "web"


def lying(turn: int, kind: str, mode: str = "RGB") -> bytes:
    """A picture file, 40 wide and 24 high as stored, with a dark bar at its top and a gray corner at the left."""
    pixels = np.full((24, 40), 255, np.uint8)
    pixels[:6], pixels[:14, :8] = 0, 120
    image, exif, file = Image.fromarray(pixels).convert(mode), Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Software] = turn, "ExifTool"
    image.save(
        file, kind, exif=exif, **({"quality": 100} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {})
    )
    return file.getvalue()


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def encoded(array: np.ndarray, ending: str = ".png") -> bytes:
    return cv2.imencode(ending, array)[1].tobytes()


def bars(depth: int = 255) -> np.ndarray:
    """Gray (24, 60): two dark bars on light paper."""
    gray = np.full((24, 60), depth, np.uint16)
    gray[5:19, 10:20] = gray[5:19, 30:40] = depth // 10
    return gray


def clear() -> np.ndarray:
    """RGBA (24, 60, 4): black bars on nothing, whose hidden color is black as well."""
    rgba = np.zeros((24, 60, 4), np.uint8)
    rgba[5:19, 10:20, 3] = rgba[5:19, 30:40, 3] = 255
    return rgba


def palette() -> Image.Image:
    image = Image.fromarray((bars() > 100).astype(np.uint8)).convert("P")
    image.putpalette([0, 0, 0, 0, 0, 0])
    return image


FILES = {
    "transparent.png": saved(Image.fromarray(clear())),
    "gray_and_alpha.png": saved(Image.fromarray(clear()).convert("LA")),
    "palette.png": saved(palette(), transparency=1),
    "palette.gif": saved(palette(), "GIF", transparency=1),
    "12_in_16.png": encoded(bars(4095)),
    "12_in_16_colors.png": encoded(np.repeat(bars(4095)[..., None], 3, axis=2)),
    "16_with_alpha.png": encoded(
        np.dstack([np.repeat(bars(65535)[..., None], 3, axis=2), np.full((24, 60), 65535, np.uint16)])
    ),
    "16.tif": encoded(np.repeat(bars(65535)[..., None], 3, axis=2), ".tif"),
    "floats.tif": saved(Image.fromarray(bars().astype(np.float32)), "TIFF"),
    "cmyk.jpg": saved(Image.fromarray(bars().astype(np.uint8)).convert("RGB").convert("CMYK"), "JPEG", quality=100),
    "lying.jpg": lying(6, "JPEG"),
    "lying.webp": lying(8, "WEBP", "RGBA"),
    "one_bit.bmp": saved(Image.fromarray(bars() > 100), "BMP"),
    "plain.png": saved(Image.fromarray(bars().astype(np.uint8))),
}


@pytest.mark.parametrize("name", FILES)
def test_every_door_sees_the_same_picture_and_sees_its_ink(name: str, tmp_path: Path) -> None:
    from app.answers import picture_of

    (tmp_path / name).write_bytes(FILES[name])
    (tmp_path / "labels.tsv").write_text(f"{name}\tA\n")
    (tmp_path / "annotations.json").write_text(json.dumps({"images": [{"name": name, "lines": []}]}))
    wanted, script = load_picture(tmp_path / name), load_script("alnum")
    stored = read_stored("s", tmp_path).images[0]
    others = {
        "bytes": load_picture(FILES[name]),
        "training": FolderSet(tmp_path)[0].image,
        "pages": PageFolder(tmp_path)[0].image,
        "lines": StoredLines(tmp_path, script)[0].image,
        "glyphs": np.repeat(stored[..., None], 3, axis=2) if stored.ndim == 2 else stored,
        "app": picture_of(FILES[name]),
    }
    assert wanted.dtype == np.uint8
    assert wanted.ndim == 3
    assert int(wanted.max()) - int(wanted.min()) > 150, "the ink stands out"
    for door, seen in others.items():
        assert np.array_equal(wanted, seen), door


def test_a_photo_that_lies_on_its_side_is_turned_upright() -> None:
    picture = load_picture(lying(6, "JPEG"))
    assert picture.shape == (40, 24, 3)
    assert picture[10:, -5:].max() < 40, "what is stored at the top stands at the right"
    assert picture[12:, :18].min() > 200


@pytest.mark.parametrize("turn", range(10))
@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "L"), ("PNG", "RGBA"), ("WEBP", "RGB"), ("TIFF", "RGB")])
def test_all_kinds_turn_alike(turn: int, kind: str, mode: str) -> None:
    seen, plain = load_picture(lying(turn, kind, mode)), load_picture(lying(turn, "JPEG"))
    assert seen.shape == plain.shape == ((24, 40, 3) if turn not in (5, 6, 7, 8) else (40, 24, 3))
    assert np.abs(seen.astype(int) - plain).max() < 12


def test_damage_beside_the_picture_is_no_turn_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_picture(FILES["plain.png"] + b"Exif").shape == (24, 60, 3)
    for bad in (b"Exif, but no picture", b"", FILES["plain.png"][:60]):
        with pytest.raises(PictureError):
            load_picture(bad)


def test_depth_is_scaled_not_cut() -> None:
    assert set(np.unique(load_picture(FILES["12_in_16.png"]))) == {4095 // 16, 409 // 16}
    assert set(np.unique(load_picture(FILES["12_in_16_colors.png"]))) == {4095 // 16, 409 // 16}
    assert set(np.unique(load_picture(FILES["16.tif"]))) == {255, 6553 // 257}


def test_alpha_that_hides_nothing_changes_nothing() -> None:
    rgba = np.random.default_rng(0).integers(0, 255, (20, 30, 4)).astype(np.uint8)
    rgba[..., 3] = 255
    assert np.array_equal(load_picture(rgba), rgba[..., :3])


def test_pictures_without_color_take_a_third_of_the_room() -> None:
    gray = np.repeat(bars().astype(np.uint8)[..., None], 3, axis=2)
    assert np.array_equal(single_channel(gray), gray[..., 0])
    gray[3, 3, 2] = 9
    assert single_channel(gray).shape == (24, 60, 3)


def test_kinds_are_those_that_can_be_opened_here() -> None:
    assert {".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm"} <= suffixes()
    assert not {".eps", ".pdf", ".mpg", ".h5", ".tsv", ".txt", ".json"} & suffixes()
    assert is_picture_name("A.JFIF")
    assert not is_picture_name("png")


def png_of_size(width: int, height: int) -> bytes:
    """The start of a PNG that says it is so large, and ends there."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 4) + b"IDAT\0\0\0\0"


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((11_000_000, 5), "over 1000 times the other; crop"),
        ((5, 11_000_000), "over 1000 times"),
        ((40_000, 1000), "a side may have 30000; crop"),
        ((16_000, 10_000), "more than 150 million"),
        ((20_000, 20_000), "more than 150 million"),
        ((3, 9), "at least 4"),
    ],
)
def test_what_is_beyond_the_limits_is_refused_at_every_door_before_it_is_decoded(
    size: tuple[int, int],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from app import answers
    from app.__main__ import main
    from app.cli.files import open_picture

    data, path = png_of_size(*size), tmp_path / "p.png"
    path.write_bytes(data)
    (tmp_path / "labels.tsv").write_text("p.png\tA\n")
    began = time.perf_counter()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    for door in (
        lambda: load_picture(path),
        lambda: load_picture(data),
        lambda: FolderSet(tmp_path)[0],
        lambda: open_picture("-"),
    ):
        with pytest.raises(PictureError, match=said):
            door()
    with pytest.raises(answers.AnswerError, match=said):
        answers.picture_of(data)
    assert main(["read", str(path)]) == 2
    assert re.search(f"{path}.*{said}", capsys.readouterr().err)
    assert time.perf_counter() - began < 30, "a hang, not a stopwatch"


def test_files_of_too_many_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 1000)
    (tmp_path / "p.png").write_bytes(encoded(np.random.default_rng(0).integers(0, 255, (40, 60, 3)).astype(np.uint8)))
    for given in (tmp_path / "p.png", (tmp_path / "p.png").read_bytes()):
        with pytest.raises(PictureError, match="more than 0 MB") as caught:
            load_picture(given)
        assert caught.value.code == "too_large"


@pytest.mark.parametrize("size", [(6000, 4000), (12_000, 9_000), (20_000, 7_000), (30_000, 30)])
def test_large_photos_are_within_the_limits(size: tuple[int, int]) -> None:
    check_size(*size)


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "I;16")])
def test_the_largest_pictures_are_halved(kind: str, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "KEPT_PIXELS", 20_000)
    gray = np.full((160, 240), 200, np.uint8)
    gray[40:80, 60:120] = 20
    image = Image.fromarray(gray.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(gray).convert(mode)
    half = load_picture(saved(image, kind))
    assert half.shape == (80, 120, 3)
    assert half[25:35, 35:55].max() < 40
    assert half[5:15].min() > 180
    assert load_picture(np.asarray(image)).shape == (80, 120, 3)


def test_pages_in_the_browser_keep_to_the_same_limits() -> None:
    script = (WEB / "elements.js").read_text() + (WEB / "page.js").read_text()
    found = {name: float(value) for name, value in re.findall(r"(MAX_\w+) = ([\d.e]+)", script)}
    assert {name: found[name] for name in ("MAX_BYTES", "MAX_PIXELS", "MAX_ASPECT")} == {
        name: getattr(images, name) for name in ("MAX_BYTES", "MAX_PIXELS", "MAX_ASPECT")
    }
    said = (WEB.parent / "translations.toml").read_text()
    assert f"more than {images.MAX_BYTES // 10**6} MB" in said
    assert f"more than {images.MAX_PIXELS // 10**6} million pixels, or is over {images.MAX_ASPECT} times" in said


@pytest.mark.parametrize(("bits", "channels", "fits"), [(8, 3, True), (16, 3, False), (16, 1, False), (16, 4, False)])
def test_large_pictures_of_many_bits_are_refused_before_they_are_decoded(
    bits: int, channels: int, fits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen bits take ten times the room of eight: a file of 4 MB would fill 3.6 GB."""
    path = tmp_path / "deep.png"
    cv2.imwrite(
        str(path), np.full((40, 50, channels), 2000 if bits == 16 else 90, np.uint16 if bits == 16 else np.uint8)
    )
    assert load_picture(path).shape == (40, 50, 3)
    monkeypatch.setattr("glyphgen.images.MAX_DEEP_PIXELS", 1000)
    if fits:
        assert load_picture(path).shape == (40, 50, 3)
    else:
        with pytest.raises(PictureError, match="more than 8 bits"):
            load_picture(path)
