"""Text that is drawn small and enlarged: soft, with all labels in place."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from glyphgen.datasets.synthetic import GlyphSynth, LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.files import DataError
from glyphgen.render.augmentation import PRESETS, Augmentation, Geometry
from glyphgen.render.legibility import legibility
from glyphgen.render.low_resolution import KINDS, Upscale, enlarge, softened
from glyphgen.sample import Sample
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus

# enlarged, and nothing else
CLEAN = Upscale(
    1.0,
    sigma_range_px=(0, 0),
    chroma_share=0,
    interlace_share=0,
    palette_share=0,
    halo_share=0,
    scanline_share=0,
)
N = 40


def lines(drawing: Drawing, look: str | Augmentation, n: int = N) -> list[Sample]:
    source = DrawnSource(drawing)
    return list(LineSynth(source, Corpus(source.script, 10), look, 2, "train", n, n_faces=4, with_masks=True))


def small(upscale: Upscale) -> Augmentation:
    return replace(PRESETS["none"], upscale=upscale)


def share_above(image: np.ndarray, factor: float) -> float:
    """The share of a picture's energy, but for its mean, that waves hold which a picture smaller by a factor cannot."""
    gray = image.astype(float).mean(axis=2)
    energy = np.abs(np.fft.fft2((gray - gray.mean()) * np.hanning(gray.shape[0])[:, None] * np.hanning(gray.shape[1])))
    across, down = np.abs(np.fft.fftfreq(gray.shape[1])), np.abs(np.fft.fftfreq(gray.shape[0]))
    above = (across[None] > 0.5 / factor) | (down[:, None] > 0.5 / factor)
    return float((energy**2)[above].sum() / (energy**2).sum())


def test_what_enlarging_takes_away_is_painted_plainly(hylian: Drawing) -> None:
    """With palettes of two colors, many of which have one for ink and paper."""
    look = PRESETS["low_resolution"]
    hard = replace(look, upscale=replace(look.upscale, palette_share=1.0, n_colors_range=(2, 2)))
    unchecked = replace(hard, legibility=replace(hard.legibility, line=0.0))
    worst = {}
    for name, style in (("checked", hard), ("unchecked", unchecked)):
        found = []
        for sample in lines(hylian, style, 60):
            assert sample.ink is not None
            found.append(legibility(sample.image, sample.ink))
        worst[name] = np.quantile(found, 0.05)
    assert worst["checked"] > 0.45
    assert worst["checked"] > worst["unchecked"] + 0.1


@pytest.mark.parametrize("kind", ["bicubic", "lanczos", "bilinear"])
def test_an_enlarged_picture_has_hardly_any_wave_that_the_small_one_has_not(hylian: Drawing, kind: str) -> None:
    soft = lines(hylian, small(replace(CLEAN, factor_range=(3, 3), kinds=(kind,))))
    sharp = lines(hylian, replace(PRESETS["none"], geometry=Geometry((18.0, 36.0))))
    shares = [[share_above(one.image, 3) for one in many] for many in (soft, sharp)]
    assert np.mean(shares[0]) < 0.04
    assert np.mean(shares[1]) > 3 * np.mean(shares[0])


def test_nearest_repeats_each_pixel(hylian: Drawing) -> None:
    for sample in lines(hylian, small(replace(CLEAN, factor_range=(3, 3), kinds=("nearest",))), 10):
        height, width = sample.image.shape[:2]
        assert height % 3 == width % 3 == 0
        assert (np.repeat(np.repeat(sample.image[1::3, 1::3], 3, axis=0), 3, axis=1) == sample.image).all()


def test_capitals_are_of_the_sizes_that_are_asked_for(hylian: Drawing) -> None:
    for factor, low, high in ((1.5, 6, 8), (4.0, 10, 12)):
        style = replace(CLEAN, factor_range=(factor, factor), cap_range_px=(low, high))
        for sample in lines(hylian, small(style), 10):
            assert sample.line is not None
            assert low * factor * 0.95 < np.linalg.norm(sample.line[3] - sample.line[0]) < high * factor * 1.05


@pytest.mark.parametrize("look", ["plain", "low_resolution"])
@pytest.mark.parametrize("unit", ["line", "glyph"])
def test_the_ink_is_in_boxes_and_quads_and_masks_are_as_large(hylian: Drawing, look: str, unit: str) -> None:
    style = small(CLEAN) if look == "plain" else PRESETS[look]
    source = DrawnSource(hylian)
    samples = lines(hylian, style)
    if unit == "glyph":
        samples = list(GlyphSynth(source, style, 2, "train", N, n_faces=4, with_masks=True))
    total = 0.0
    for sample in samples:
        assert sample.ink is not None
        assert sample.glyph_map is not None
        assert sample.ink.shape == sample.glyph_map.shape == sample.image.shape[:2]
        assert set(np.unique(sample.glyph_map)) <= set(range(len(sample.quads) + 1))
        assert not sample.glyph_map[sample.ink == 0].any()
        for number, (quad, box) in enumerate(zip(sample.quads, sample.boxes, strict=True), start=1):
            mass = np.where(sample.glyph_map == number, sample.ink, 0).astype(float)
            corners = np.round((quad - 0.5) * 16).astype(np.int32)
            held = float((mass * cv2.fillConvexPoly(np.zeros(mass.shape, np.uint8), corners, 1, shift=4)).sum())
            assert held >= 0.98 * mass.sum()
            total += float(mass.sum())
            height, width = mass.shape
            low, high = np.clip(quad.min(axis=0), 0, [width, height]), np.clip(quad.max(axis=0), 0, [width, height])
            assert box == pytest.approx([*low, *high])
    moved = sum(
        float((np.roll(s.ink, s.ink.shape[0] // 4, axis=0) * (s.glyph_map > 0)).sum())
        for s in samples
        if s.ink is not None
    )
    assert moved < 0.9 * total, "the check tells ink that lies elsewhere"


def test_pictures_are_a_function_of_their_index_and_the_text_can_be_read(hylian: Drawing) -> None:
    first, again = lines(hylian, "low_resolution", 20), lines(hylian, "low_resolution", 20)
    assert all((a.image == b.image).all() for a, b in zip(first, again, strict=True))
    contrasts = []
    for sample in first:
        assert sample.ink is not None
        gray, ink = sample.image.astype(float).mean(axis=2), sample.ink.astype(float)
        contrasts.append(abs(np.corrcoef(gray.ravel(), ink.ravel())[0, 1]))
    assert np.mean(contrasts) > 0.5


def test_each_damage_does_what_it_says() -> None:
    rng = np.random.default_rng(0)
    image = np.full((24, 60, 3), 60, np.uint8)
    image[6:18, 8:52:5] = (230, 30, 40)
    size = 180, 72

    def made(**changed: object) -> np.ndarray:
        style = replace(CLEAN, **{"kinds": ("nearest",), **changed})  # type: ignore[arg-type]
        return enlarge(image, size, style, np.random.default_rng(1))[0]

    clean = made()
    assert (clean == cv2.resize(image, size, interpolation=cv2.INTER_NEAREST_EXACT)).all()
    lined = made(scanline_share=1.0, scanline_range=(0.4, 0.4)).astype(int).sum(axis=(1, 2)) / clean.sum(axis=(1, 2))
    assert lined[1::3] == pytest.approx(1.0, abs=0.02)
    assert lined[::3].max() < 0.8
    coarse = made(chroma_share=1.0)
    light = [cv2.cvtColor(one, cv2.COLOR_RGB2YCrCb).astype(int) for one in (coarse, clean)]
    assert np.abs(light[0][..., 0] - light[1][..., 0]).mean() < 6
    assert np.abs(light[0][..., 1] - light[1][..., 1]).mean() > 8
    noisy = np.clip(image + rng.normal(0, 20, image.shape), 0, 255).astype(np.uint8)
    few = enlarge(noisy, size, replace(CLEAN, kinds=("nearest",), palette_share=1.0, n_colors_range=(12, 12)), rng)[0]
    assert len(np.unique(few.reshape(-1, 3), axis=0)) <= 12 < len(np.unique(noisy.reshape(-1, 3), axis=0))
    halo = made(halo_share=1.0, halo_range=(1.0, 1.0))
    assert halo.max() > clean.max()
    assert halo.min() < clean.min()
    rows = made(interlace_share=1.0)[1::3, 1::3]
    assert (rows[::2] == image[::2]).all()
    assert any((rows[1::2] == np.roll(image[1::2], step, axis=1)).all() for step in (-1, 1))
    blurred = made(sigma_range_px=(0.45, 0.45))
    assert np.abs(np.diff(blurred.astype(int), axis=1)).max() < np.abs(np.diff(clean.astype(int), axis=1)).max()


def test_softened_strokes_do_not_fall_between_pixels() -> None:
    """Strokes of two pixels, sampled at a quarter of the size at any place, leave about the same ink."""
    left = []
    for x in range(20, 24):
        coverage = np.zeros((48, 48), np.uint8)
        coverage[:, x : x + 2] = 255
        matrix = np.array([[0.25, 0, 0], [0, 0.25, 0]])
        small_ones = [cv2.warpAffine(one, matrix, (12, 12)) for one in (coverage, softened(coverage, 0.25))]
        left.append([float(one.sum()) for one in small_ones])
    hard, soft = np.array(left).T
    assert hard.max() > 100 * max(hard.min(), 1)
    assert soft.max() < 2 * soft.min()
    assert softened(coverage, 0.9) is coverage


def test_without_a_share_nothing_is_drawn_from_the_generator(hylian: Drawing) -> None:
    plain = lines(hylian, "none", 6)
    other = lines(hylian, small(replace(CLEAN, share=0.0, factor_range=(2, 3))), 6)
    assert all((a.image == b.image).all() for a, b in zip(plain, other, strict=True))


def test_impossible_numbers_are_named() -> None:
    with pytest.raises(DataError, match="chroma_share of Upscale"):
        Upscale(chroma_share=2.0)
    assert set(PRESETS["low_resolution"].upscale.kinds) == set(KINDS)
