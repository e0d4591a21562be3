import io

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image

from glyphgen.images import load_picture
from glyphgen.pictures import decoded, on_paper


def lying(turn: int, kind: str, mode: str = "RGB") -> bytes:
    """A picture file, 40 wide and 24 high as stored, with a dark bar at its top and a gray corner at the left."""
    pixels = np.full((24, 40), 255, np.uint8)
    pixels[:6], pixels[:14, :8] = 0, 120
    image, exif, file = Image.fromarray(pixels).convert(mode), Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Software] = turn, "ExifTool"
    image.save(file, kind, exif=exif, **({"quality": 100} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}))
    return file.getvalue()


def test_a_photo_that_lies_on_its_side_is_turned_upright() -> None:
    picture = decoded(lying(6, "JPEG"))
    assert picture is not None
    assert picture.shape == (40, 24, 3)
    assert picture[10:, -5:].max() < 40, "what is stored at the top stands at the right"
    assert picture[12:, :18].min() > 200


@pytest.mark.parametrize("turn", range(10))
@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "L"), ("PNG", "RGBA"), ("WEBP", "RGB"), ("TIFF", "RGB")])
def test_pictures_stand_as_the_app_sees_them(turn: int, kind: str, mode: str) -> None:
    data = lying(turn, kind, mode)
    picture = decoded(data)
    assert picture is not None
    ours, seen = on_paper(picture), load_picture(Image.open(io.BytesIO(data)))
    assert ours.shape[:2] == seen.shape[:2]
    assert np.abs((ours if ours.ndim == 3 else ours[..., None]).astype(int) - seen).max() < 12


def test_depth_is_kept_and_damage_is_no_turn() -> None:
    ok, deep = cv2.imencode(".png", np.full((4, 6), 40_000, np.uint16))
    assert ok
    picture = decoded(deep.tobytes() + b"Exif")
    assert picture is not None
    assert picture.dtype == np.uint16
    assert (on_paper(picture) == 40_000 // 257).all()
    assert decoded(b"Exif, but no picture") is None
    assert decoded(b"") is None


def test_alpha_that_hides_nothing_changes_nothing() -> None:
    raw = np.random.default_rng(0).integers(0, 255, (20, 30, 4)).astype(np.uint8)
    raw[..., 3] = 255
    assert np.array_equal(on_paper(raw), raw[..., 2::-1])
