from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from glyphgen.images import PictureError, load_picture
from recognizers.image.foreground import without_hairlines
from recognizers.image.preprocess import Preprocess, pad_batch
from tests.conftest import alike

LINE = Preprocess()


def bar(height: int = 40, width: int = 160) -> np.ndarray:
    image = np.full((height, width, 3), 230, np.uint8)
    image[10:30, 40:60] = image[10:30, 90:95] = 20
    return image


def test_ink_is_positive_whatever_the_polarity_or_color() -> None:
    dark = LINE(bar()).tensor
    light = LINE(255 - bar()).tensor
    assert alike(dark, light)
    assert dark[0, 16, 40] > 0.5 > dark[0, 16, 5]
    colors = np.zeros((40, 160, 3), np.uint8)
    colors[:] = (200, 60, 60)
    colors[10:30, 40:60] = (60, 131, 60)  # green of the same lightness as the red
    assert LINE(colors)[0][0, 16, 40] > 1


@pytest.mark.parametrize("period", [(1, 2), (2, 1), (4, 80), (80, 4), (20, 80), (3, 5)])
def test_as_much_ink_as_paper_still_reads_like_its_negative(period: tuple[int, int]) -> None:
    """Halves, stripes and checkerboards: nothing tells which is ink, and yet both must be seen alike."""
    y, x = np.mgrid[:40, :160]
    image = np.repeat(((((y // period[0]) + (x // period[1])) % 2) * 255).astype(np.uint8)[..., None], 3, axis=2)
    for picture in (image, image[:, :8], image[:8, :20]):
        assert alike(LINE(picture).tensor, LINE(255 - picture).tensor)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(8, 90), st.integers(8, 200))
def test_a_picture_and_its_negative_give_the_same_tensor(seed: int, height: int, width: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 2)
    assert np.allclose(LINE(image)[0], LINE(255 - image)[0], atol=1e-3)


def test_alpha_gray_depth_and_pil_give_what_rgb_gives(tmp_path: Path) -> None:
    gray = bar()[..., 0]
    wanted = LINE(bar())[0]
    path = tmp_path / "bar.png"
    Image.fromarray(bar()).save(path)
    others = [
        gray,
        gray[..., None],
        gray.astype(np.float32) / 255,
        gray.astype(np.uint16) * 257,
        Image.fromarray(gray),
        path,
        str(path),
    ]
    opaque = np.dstack([bar(), np.full((40, 160), 255, np.uint8)])
    for other in [*others, opaque, Image.fromarray(opaque)]:
        assert np.allclose(LINE(other)[0], wanted, atol=0.02), type(other)


@pytest.mark.parametrize("shade", [0, 255])
def test_transparent_paper_sets_off_the_ink(shade: int) -> None:
    rgba = np.zeros((40, 160, 4), np.uint8)
    rgba[..., :3] = shade  # hidden colors equal to the ink's: what a sketch pad hands over
    rgba[10:30, 40:60, 3] = rgba[10:30, 90:95, 3] = 255
    assert LINE(rgba)[0][0, 16, 40] > 1
    assert load_picture(rgba)[0, 0, 0] == 255 - shade


@pytest.mark.parametrize("shape", [(1, 1), (3, 50, 3), (50, 2)])
def test_tiny_pictures_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(PictureError, match="at least 4"):
        load_picture(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    "bad", [np.zeros((5, 5, 7)), np.zeros(9), np.zeros((0, 5)), np.full((9, 9), np.nan), np.array([["a"] * 5] * 5)]
)
def test_arrays_that_are_no_pictures_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(PictureError):
        load_picture(bad)


def test_bad_files_are_named(tmp_path: Path) -> None:
    whole = tmp_path / "whole.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 60, 3), dtype=np.uint8)).save(whole)
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole.read_bytes()[:2000])
    text = tmp_path / "text.png"
    text.write_text("hello")
    huge = tmp_path / "huge.png"
    Image.new("1", (20_000, 20_000)).save(huge)
    for path, message in (
        (cut, "damaged"),
        (text, "not a picture"),
        (huge, "more than 150 million"),
        (tmp_path, "folder"),
        (tmp_path / "no.png", "no such"),
    ):
        with pytest.raises(PictureError, match=message):
            load_picture(path)


def test_a_plain_picture_has_no_ink_and_extreme_shapes_fit() -> None:
    assert not LINE(np.full((40, 100, 3), 77, np.uint8)).tensor.any()
    assert LINE(np.zeros((4, 3000, 3), np.uint8))[0].shape == (1, 32, 2048)
    assert LINE(np.zeros((900, 4, 3), np.uint8))[0].shape == (1, 32, 16)


def ink_bounds(image: np.ndarray) -> tuple[int, int, int, int]:
    ink = np.argwhere(Preprocess(height_px=28, stride_px=28, is_square=True)(image).tensor[0] > 0.5)
    return tuple(ink.min(axis=0).tolist() + (ink.max(axis=0) + 1).tolist())


@pytest.mark.parametrize("corner", [(5, 8), (300, 40), (420, 440)])
def test_a_small_drawing_anywhere_on_a_canvas_fills_the_square_like_a_digit(corner: tuple[int, int]) -> None:
    canvas = np.full((500, 500, 3), 255, np.uint8)
    canvas[corner[0] : corner[0] + 40, corner[1] : corner[1] + 20] = 0
    y0, x0, y1, x1 = ink_bounds(canvas)
    assert abs((y1 - y0) - 20) <= 1
    assert abs((x1 - x0) - 10) <= 2
    assert abs((y0 + y1) / 2 - 14) <= 1 >= abs((x0 + x1) / 2 - 14)


def test_a_tight_crop_gets_the_border_of_a_digit() -> None:
    crop = np.full((60, 48, 3), 200, np.uint8)
    crop[:60, 2:12] = crop[20:30, 2:46] = 30
    y0, x0, y1, x1 = ink_bounds(crop)
    assert y0 >= 2 <= x0
    assert max(y1, x1) <= 26


def test_a_picture_like_mnist_stays_as_it_is() -> None:
    digit = np.zeros((28, 28, 3), np.uint8)
    digit[4:24, 8:18] = 255
    assert ink_bounds(digit) == (4, 8, 24, 18)


def test_padding_is_zero_and_widths_are_kept() -> None:
    batch, widths = pad_batch([np.ones((1, 32, 20), np.float32), np.ones((1, 32, 12), np.float32)])
    assert widths.tolist() == [20, 12]
    assert not batch[1, 0, :, 12:].any()
    assert batch[1].sum() == 32 * 12


def test_distance_ink_shows_glyphs_of_any_color_alike() -> None:
    image = np.full((40, 160, 3), 255, np.uint8)
    for k, color in enumerate([(255, 255, 0), (255, 0, 255), (0, 255, 255), (0, 0, 0)]):
        image[10:30, 20 + 30 * k : 30 + 30 * k] = color
    ink = Preprocess(ink="distance")(image).tensor
    assert [float(ink[0, 16, round((25 + 30 * k) * 0.8)]) for k in range(4)] == pytest.approx([4.0] * 4, abs=1e-4)
    assert float(ink[0, 16, 4]) == 0
    assert alike(ink, Preprocess(ink="distance")(255 - image).tensor)
    with pytest.raises(ValueError, match="axis, distance"):
        Preprocess(ink="red")


def colored(paper: int = 255) -> np.ndarray:
    """Three small bars in colors, a gray one, and thin lines as far from the paper as can be, from edge to edge."""
    image = np.full((80, 300, 3), paper, np.uint8)
    for k, color in enumerate([(220, 30, 60), (40, 160, 70), (200, 190, 250), (120, 120, 120)]):
        image[30:50, 100 + 30 * k : 110 + 30 * k] = color
    image[5:6, :] = image[70:71, 20:] = 255 - paper
    return image


def test_color_ink_leaves_out_black_lines_and_cutting_fills_the_height() -> None:
    ink = Preprocess(80, ink="color")(colored()).tensor[0]
    red, pale, gray, line = ink[40, 105], ink[40, 165], ink[40, 195], ink[5, 200]
    assert red == pytest.approx(4, abs=0.1)
    assert pale > 1.5
    assert pale > 1.5 * line, "pale colors are seen better than black lines"
    assert 0 < gray < line < 1.2
    prepared = Preprocess(32, ink="color", cuts=True)(colored())
    rows = (prepared.tensor[0] > 2).any(axis=1).nonzero()[0]
    assert len(rows) >= 24, "the bars, a quarter of the picture, fill the line"
    assert len(rows) < 32
    columns = (prepared.tensor[0] > 3).any(axis=0).nonzero()[0]
    assert prepared.to_picture(float(columns[0]), float(columns[-1]))[0] == pytest.approx(100, abs=2), (
        "and stand where they stood"
    )
    assert prepared.picture_width_px == 300


def test_hairlines_are_painted_over_and_gray_glyphs_stay() -> None:
    picture = colored()
    picture[28:52, 300 - 40 : 300 - 39] = 0  # upright, on paper
    picture[40, 100:110] = 0  # across the red bar
    picture[60:66, 20:40] = 0  # a black glyph: thicker than any hairline
    bare = without_hairlines(picture)
    assert (bare[[5, 70], 100:200] == 255).all()
    assert (bare[28:52, 260] == 255).all()
    assert np.array_equal(bare[40, 101:109], bare[39, 101:109]), "a glyph goes on where a line crossed it"
    assert np.array_equal(bare[60:66, 20:40], picture[60:66, 20:40])
    ink = Preprocess(80, ink="unlined")(picture).tensor
    assert float(ink[0, 40, 195]) > 2.5, "gray is ink like any other"
    assert float(ink[0, 5].max()) == 0
    assert alike(ink, Preprocess(80, ink="unlined")(255 - picture).tensor)
    dense = np.full((40, 80, 3), 255, np.uint8)
    dense[10:30:2] = dense[:, 10:70:2] = 0
    assert without_hairlines(dense).min() == 255, "where lines lie close they leave paper"


@given(st.integers(0, 10_000))
def test_hairlines_go_alike_from_a_picture_and_its_negative(seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.choice([0, 255, 255, 255, 90], (24, 40, 3)).astype(np.uint8)
    picture[rng.random((24, 40)) < 0.2] = 0
    assert np.array_equal(without_hairlines(255 - picture), 255 - without_hairlines(picture))


@pytest.mark.parametrize("side", range(4))
def test_edges_of_a_picture_are_no_ink(side: int) -> None:
    picture = np.full((40, 60, 3), 255, np.uint8)
    turned = np.rot90(picture, side).copy()
    turned[:3] = 0
    assert without_hairlines(turned).min() == 255
    turned[:5] = 0
    assert (without_hairlines(turned)[:5] == 0).all()


def test_what_has_no_hairline_is_left_alone() -> None:
    picture = np.random.default_rng(0).integers(20, 236, (40, 90, 3)).astype(np.uint8)
    assert np.array_equal(without_hairlines(picture), picture)


@pytest.mark.parametrize("ink", ["distance", "color", "unlined", "even"])
def test_what_has_no_ink_or_no_color_can_be_cut_too(ink: str) -> None:
    cut = Preprocess(32, ink=ink, cuts=True)
    blank = np.full((60, 120, 3), 200, np.uint8)
    assert cut(blank).tensor.shape == (1, 32, 64)
    small = np.full((200, 400, 3), 230, np.uint8)
    small[90:110, 100:140] = small[90:110, 160:170] = 20
    for picture in (small, 255 - small, np.repeat(np.repeat(small, 5, axis=0), 5, axis=1)):
        tensor = cut(picture).tensor[0]
        assert ((tensor > 1.0).any(axis=1)).sum() >= 24
        assert tensor.shape[1] < 160
    for setting in ("cuts", "closes_gaps"):
        with pytest.raises(ValueError, match=f"{setting} needs"):
            Preprocess(32, **{setting: True})


def test_pale_glyphs_are_as_strong_as_others_in_even_ink() -> None:
    picture = np.full((32, 96, 3), 255, np.uint8)
    picture[8:24, 10:20] = (200, 10, 30)
    picture[8:24, 60:70] = (255, 255, 190)
    rooted, even = (Preprocess(32, ink=ink)(picture).tensor[0] for ink in ("unlined", "even"))
    assert float(rooted[16, 65]) < 0.6 * float(rooted[16, 15])
    assert even[16, [15, 65]].tolist() == pytest.approx([4, 4], abs=1e-4)
    assert max(float(even[:, 30:50].max()), float(even[:4].max())) < 1e-4
    assert alike(even, Preprocess(32, ink="even")(255 - picture).tensor[0])
    noise = np.random.default_rng(0).integers(-1, 2, (32, 96, 3))
    assert float(Preprocess(32, ink="even")((250 + noise).astype(np.uint8)).tensor.max()) < 0.5, (
        "noise on empty paper stays noise"
    )
    noisy = np.clip(picture.astype(int) - 3 + 2 * noise, 0, 255).astype(np.uint8)
    even = Preprocess(32, ink="even")(noisy).tensor[0]
    assert float(even[:, 32:48].max()) < 0.4
    assert float(even[16, 65]) > 3.5


def test_gaps_close_and_places_hold_at_another_size_on_a_large_and_noisy_sheet() -> None:
    closing = Preprocess(32, ink="even", cuts=True, closes_gaps=True)
    picture = np.full((100, 900, 3), 250, int)
    bars = [(100, 130), (400, 420), (800, 840)]
    for x0, x1 in bars:
        picture[20:84, x0:x1] = (20, 90, 200)
    picture += np.random.default_rng(0).integers(-3, 4, picture.shape)
    prepared = closing(np.clip(picture, 0, 255).astype(np.uint8))
    inked = (prepared.tensor[0] > 2).any(axis=0)
    edges = np.flatnonzero(np.diff(inked.astype(int), prepend=0, append=0)).reshape(-1, 2).tolist()
    assert len(edges) == 3
    assert prepared.tensor.shape[-1] < 90
    for (x0, x1), (start, end) in zip(bars, edges, strict=True):
        assert prepared.to_picture(start, end) == pytest.approx((x0, x1), abs=3)
    with pytest.raises(ValueError, match="for lines"):
        Preprocess(32, ink="even", closes_gaps=True, is_square=True)


def test_wide_gaps_are_closed_and_places_lead_back_to_the_picture() -> None:
    closing = Preprocess(32, ink="even", closes_gaps=True)
    picture = np.full((32, 400, 3), 255, np.uint8)
    for x in (50, 62, 200, 300):  # a gap of two columns, gaps of 128 and 90
        picture[4:28, x : x + 10] = (20, 90, 200)
    prepared = closing(picture)
    inked = np.flatnonzero((prepared.tensor[0] > 2).any(axis=0))
    starts = inked[np.flatnonzero(np.diff(inked, prepend=-9) > 1)].tolist()
    assert np.diff(starts).tolist() == [12, 10 + 8, 10 + 8]
    assert [prepared.to_picture(x, x + 10) for x in starts] == [(50, 60), (62, 72), (200, 210), (300, 310)]
    assert prepared.to_picture(starts[2] - 5, starts[2] + 10) == (196, 210), (
        "a span across a closed gap keeps its longer side"
    )
    assert prepared.tensor.shape[-1] % closing.stride_px == 0
    places = [prepared.to_picture(x, x + 1) for x in range(prepared.tensor.shape[-1])]
    assert places == sorted(places)
    assert all(0 <= x0 <= x1 <= 400 for x0, x1 in places)
    tight = np.ascontiguousarray(picture[:, 48:74])
    assert alike(closing(tight).tensor, Preprocess(32, ink="even")(tight).tensor)
    assert closing(np.full((40, 90, 3), 7, np.uint8)).tensor.shape == (1, 32, 72)


def test_light_from_one_side_is_taken_out_and_even_paper_stays() -> None:
    square, leveled = (Preprocess(28, stride_px=28, is_square=True, levels_light=flag) for flag in (False, True))
    glyph = np.full((100, 100, 3), 220, np.uint8)
    glyph[30:70, 45:55] = 40
    assert alike(square(glyph).tensor, leveled(glyph).tensor)
    tight = np.full((60, 40, 3), 220, np.uint8)
    tight[:, :10] = tight[-10:] = 40  # an L that fills its picture: its sides are no paper
    assert alike(square(tight).tensor, leveled(tight).tensor)
    noise = np.random.default_rng(0).integers(0, 255, (50, 50, 3)).astype(np.uint8)
    assert np.allclose(leveled(noise).tensor, leveled(255 - noise).tensor, atol=1e-4)
    light = np.linspace(0.4, 1.0, 100)[None, :, None]
    photo = (glyph * light).astype(np.uint8)
    even = leveled(glyph).tensor
    assert np.abs(leveled(photo).tensor - even).mean() < 0.35 * np.abs(square(photo).tensor - even).mean()


def test_a_photo_of_a_digit_is_made_like_mnist() -> None:
    """Grayscale, inverted, evened and centered: a 1 on gray paper in bad light, off the middle, is read as one."""
    from recognizers import bundle

    photo = np.full((300, 400, 3), (200, 190, 170), np.uint8)
    cv2.line(photo, (300, 60), (290, 180), (60, 50, 90), 12)
    photo = (photo * np.linspace(0.5, 1.0, 400)[None, :, None]).astype(np.uint8)
    tensor = Preprocess(28, stride_px=28, is_square=True, levels_light=True)(photo).tensor[0]
    rows, columns = np.nonzero(tensor > 1)
    assert abs(rows.mean() - 13.5) < 1.5
    assert abs(columns.mean() - 13.5) < 1.5
    assert 17 <= rows.max() - rows.min() + 1 <= 23
    assert bundle.load("cnn_mnist").read(photo).text == "1"
