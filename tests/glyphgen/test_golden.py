"""Golden pictures: what the renderer drew when somebody looked at it and was content.

Each sample is compared with its own picture, pixel by pixel: PSNR above 38 dB, and no color channel lighter or darker
on average by a level or more (three levels everywhere are still 38.6 dB). Both bounds leave room for processors that
round differently, and for little else: a shift by one pixel and three levels fail, which is tested on every picture.

After a change that was meant, draw them anew and look at them:
GLYPH_UPDATE_GOLDEN=1 python -m pytest -n 0 tests/glyphgen/test_golden.py
"""

import os
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from glyphgen.captions import plain_font
from glyphgen.cli import script_chart
from glyphgen.datasets.captcha import CaptchaSynth
from glyphgen.datasets.scenes import PageSynth
from glyphgen.datasets.synthetic import GlyphSynth, LineSynth
from glyphgen.faces.font_collection import FontCollectionSource
from glyphgen.faces.sources import DrawnSource
from glyphgen.script import load_script
from glyphgen.shapes.pen import Drawing, load_drawing
from glyphgen.texts.english import Corpus

GOLDEN = Path(__file__).parent.parent / "golden"
MIN_PSNR_DB = 38.0
MAX_BIAS = 1.0  # mean difference of a color channel, in levels of 255
AUGMENTS = ("none", "drawing", "print", "screenshot")
# indices of samples, few enough to keep the files small, different enough to show blur, noise, materials and effects
N_LINES, N_GLYPHS, N_CAPTCHAS, PAGES = 5, 6, 4, {"none": (0,), "screenshot": (1, 3, 6)}
SAMPLES = [
    *[f"line_{augment}_{i}" for augment in AUGMENTS for i in range(N_LINES)],
    *[f"glyph_{augment}_{i}" for augment in AUGMENTS for i in range(N_GLYPHS)],
    *[f"captcha_{augment}_{i}" for augment in ("none", "screenshot") for i in range(N_CAPTCHAS)],
    *[f"page_{augment}_{i}" for augment, indices in PAGES.items() for i in indices],
]


@lru_cache
def samples(kind: str, augment: str) -> LineSynth | GlyphSynth | CaptchaSynth | PageSynth:
    if kind == "captcha":
        fonts = sorted(plain_font().parent.glob("DejaVuSans*.ttf"))
        return CaptchaSynth(FontCollectionSource(fonts, load_script("alnum")), augment, 7, "train", 40, n_faces=4)
    source = DrawnSource(load_drawing("hylian"), 0.2)
    if kind == "glyph":
        return GlyphSynth(source, augment, 7, "train", 40, n_faces=6)
    if kind == "page":
        return PageSynth(source, Corpus(source.script), augment, 7, "train", 40, n_faces=6, size_px=(160, 160))
    return LineSynth(source, Corpus(source.script, 14), augment, 7, "train", 40, n_faces=6)


def rendered(name: str) -> np.ndarray:
    """Draw the sample `kind_augment_index`, in the color order that OpenCV writes."""
    kind, augment, index = name.split("_")
    return samples(kind, augment)[int(index)].image[..., ::-1]


def golden(name: str) -> np.ndarray:
    picture = cv2.imread(str(GOLDEN / f"{name}.png"), cv2.IMREAD_UNCHANGED)
    assert picture is not None, f"no golden picture {name}.png; make it with GLYPH_UPDATE_GOLDEN=1"
    return picture if picture.ndim == 3 else picture[..., None]


def psnr_db(a: np.ndarray, b: np.ndarray) -> float:
    error = ((a.astype(float) - b.astype(float)) ** 2).mean()
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def bias(picture: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest mean difference of a color channel, in levels. Black and white do not count: a change of
    lightness is cut off there.
    """
    difference = picture.astype(float) - expected
    inner = (expected > 0) & (expected < 255)
    sums, counts = (difference * inner).sum(axis=(0, 1)), inner.sum(axis=(0, 1))
    return float(np.abs(sums / np.maximum(counts, 1)).max())


def is_same(picture: np.ndarray, expected: np.ndarray) -> bool:
    """Return whether two pictures of one size differ by rounding at most."""
    assert picture.shape == expected.shape
    return psnr_db(picture, expected) > MIN_PSNR_DB and bias(picture, expected) < MAX_BIAS


def is_golden(name: str, picture: np.ndarray) -> bool:
    """Return whether a picture is the golden one of its name, which GLYPH_UPDATE_GOLDEN=1 writes anew."""
    if os.environ.get("GLYPH_UPDATE_GOLDEN"):
        cv2.imwrite(str(GOLDEN / f"{name}.png"), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    return is_same(picture, golden(name))


def test_the_chart_of_hylian(hylian: Drawing) -> None:
    chart = np.asarray(script_chart(hylian.script, {c: hylian.outline(c) for c in hylian.script.visible}))
    small = cv2.resize(chart, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    assert is_golden("hylian_chart", small[..., None])


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_as_it_was(name: str) -> None:
    assert is_golden(name, rendered(name))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_shift_and_a_change_of_lightness_are_found(name: str) -> None:
    """Whichever sample it is: by one pixel to each side, by three levels lighter and darker."""
    picture = golden(name)
    for axis in (0, 1):
        for step in (-1, 1):
            assert not is_same(np.roll(picture, step, axis), picture), (axis, step)
    for levels in (-3, 3):
        assert not is_same(np.clip(picture.astype(int) + levels, 0, 255), picture), levels


def test_rounding_is_no_difference() -> None:
    rng = np.random.default_rng(0)
    for name in SAMPLES:
        picture = golden(name).astype(int)
        assert is_same(np.clip(picture + rng.integers(-1, 2, picture.shape), 0, 255), picture), name


def test_there_is_no_golden_picture_that_nothing_is_compared_with() -> None:
    assert {path.stem for path in GOLDEN.glob("*")} == {"hylian_chart", *SAMPLES}
