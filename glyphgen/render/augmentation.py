"""Every number that says how rendered samples look and how they are damaged, as frozen data.

An `Augmentation` holds one group of numbers per step of the renderer; `PRESETS` are the named ones. The same
numbers stand in conf/augment, where each can be changed for a run. Shares are of samples, 0 to 1; lengths whose names
have no unit are in capital heights, the height of a capital letter; `_px` is pixels of the final picture, `_deg`
degrees.

A degradation with share 0 is left out, and so draws no random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from glyphgen.files import DataError
from glyphgen.render.low_resolution import Upscale
from glyphgen.render.numbers import Numbers, Range
from glyphgen.render.page_style import PageStyle
from glyphgen.render.paint_style import PLAIN, PRINT, SCREENSHOT, WORLD, PaintStyle
from glyphgen.script import Script

MAX_TURN_DEG = 45.0  # of scripts that do not declare rotation safe; of a spread, three times the spread


@dataclass(frozen=True)
class Geometry(Numbers):
    """The size of the text, the room around it, and how its picture is turned and bent. The spreads are standard
    deviations: rotation_deg, stretch (of the width), perspective (of corners, in capital heights). A line turns by
    max_rotation_deg at most, one that is longer than five capital heights by less.
    """

    cap_range_px: Range = (20.0, 32.0)
    margin_range: Range = (0.1, 0.3)
    rotation_deg: float = 0.0
    max_rotation_deg: float = 9.0
    stretch: float = 0.0
    perspective: float = 0.0


@dataclass(frozen=True)
class Typesetting(Numbers):
    """How glyphs are set on the line. tracking is added after every glyph, with the spread tracking_std; jitter_share
    of the lines move each glyph up or down by a spread of at most `jitter`, wave_share set them on a wave of at most
    `wave`; a word gap is word_gap_range spaces wide. A line above, and one below, is there in neighbor_line_share of
    the samples, line_gap_range away; a glyph before, and one after, in neighbor_glyph_share.
    """

    tracking: float = 0.0
    tracking_std: float = 0.0
    jitter: float = 0.0
    jitter_share: float = 0.0
    wave: float = 0.0
    wave_share: float = 0.0
    word_gap_range: Range = (1.0, 1.0)
    line_gap_range: Range = (0.12, 0.62)
    neighbor_line_share: float = 0.0
    neighbor_glyph_share: float = 0.0


@dataclass(frozen=True)
class Blur(Numbers):
    """Gaussian blur. Its sigma is of large_sigma_range_px where the text is large."""

    share: float = 0.0
    sigma_range_px: Range = (0.3, 0.6)
    large_sigma_range_px: Range = (0.3, 1.08)


@dataclass(frozen=True)
class MotionBlur(Numbers):
    """Blur along a line of a random direction, of an odd number of pixels, 3 or more."""

    share: float = 0.0
    length_range_px: tuple[int, int] = (3, 3)
    large_length_range_px: tuple[int, int] = (3, 7)


@dataclass(frozen=True)
class Downscale(Numbers):
    """The picture made smaller by a factor, and large again."""

    share: float = 0.0
    scale_range: Range = (0.7, 0.9)
    large_scale_range: Range = (0.5, 0.9)


@dataclass(frozen=True)
class Exposure(Numbers):
    """Brightness is added, as a share of white; contrast is what the factor of all values differs from 1 by."""

    share: float = 0.0
    brightness_range: Range = (-0.1, 0.1)
    contrast_range: Range = (-0.2, 0.2)


@dataclass(frozen=True)
class Noise(Numbers):
    """Gaussian noise, the same in all channels; its standard deviation as a share of white."""

    share: float = 0.0
    std_range: Range = (0.01, 0.06)


@dataclass(frozen=True)
class Jpeg(Numbers):
    """JPEG compression of a quality from 1 to 100."""

    share: float = 0.0
    quality_range: tuple[int, int] = (40, 95)


@dataclass(frozen=True)
class Sharpen(Numbers):
    """A sharpened picture, laid over the picture with the opacity alpha."""

    share: float = 0.0
    alpha_range: Range = (0.2, 0.6)


@dataclass(frozen=True)
class Legibility(Numbers):
    """Least `legibility` of a sample (a correlation, 0 to 1): a line or glyph below it is painted once more, plainly; a
    line of a page is marked as illegible. The thresholds were judged by looking at samples near them; a glyph alone
    needs more, as no neighbors help. 0: no check.
    """

    line: float = 0.4
    glyph: float = 0.5
    page: float = 0.33


@dataclass(frozen=True)
class GlyphStyle(Numbers):
    """What is different for single glyphs: capitals of min_cap_px at least; the share of clutter is divided, for a crop
    around one glyph holds fewer of a sign's edges than one around a line.
    """

    min_cap_px: float = 16.0
    clutter_divisor: float = 3.0


@dataclass(frozen=True)
class CaptchaStyle(Numbers):
    """How captchas are set: capital heights; the gap between glyphs, one of `gaps`; the spread of their turns, one of
    `turns_deg`; widths with the mean `squeeze` and its spread; the number of lines across.
    """

    cap_range_px: Range = (16.0, 40.0)
    gaps: tuple[float, ...] = (-0.1, 0.15, 0.6, 1.6, 2.6)
    turns_deg: tuple[float, ...] = (0.0, 6.0, 14.0)
    squeeze: float = 0.95
    squeeze_std: float = 0.2
    n_lines_range: tuple[int, int] = (0, 6)


@dataclass(frozen=True)
class Augmentation:
    """How samples look; text with capitals below small_text_px gets the weaker of two blurs, for it would not survive
    the other. Degradations are applied in the order of the fields.
    """

    name: str
    geometry: Geometry = field(default_factory=Geometry)
    typesetting: Typesetting = field(default_factory=Typesetting)
    paint: PaintStyle = PLAIN
    small_text_px: float = 19.0
    blur: Blur = field(default_factory=Blur)
    motion_blur: MotionBlur = field(default_factory=MotionBlur)
    downscale: Downscale = field(default_factory=Downscale)
    exposure: Exposure = field(default_factory=Exposure)
    noise: Noise = field(default_factory=Noise)
    jpeg: Jpeg = field(default_factory=Jpeg)
    sharpen: Sharpen = field(default_factory=Sharpen)
    upscale: Upscale = field(default_factory=Upscale)
    legibility: Legibility = field(default_factory=Legibility)
    glyph: GlyphStyle = field(default_factory=GlyphStyle)
    captcha: CaptchaStyle = field(default_factory=CaptchaStyle)
    page: PageStyle = field(default_factory=PageStyle)


# flat text boxes and signs of few pixels, in which carving, wear and solid letters would be lost
LOW_RESOLUTION = PaintStyle(material=0.5, shadow=0.15, outline=0.15, light=0.15, clutter=0.15)


def _set(jitter: float, neighbor_line_share: float = 0.0, neighbor_glyph_share: float = 0.0) -> Typesetting:
    return Typesetting(
        tracking=0.03,
        tracking_std=0.09,
        jitter=jitter,
        jitter_share=0.4,
        wave=0.22,
        wave_share=0.12,
        word_gap_range=(0.7, 1.6),
        neighbor_line_share=neighbor_line_share,
        neighbor_glyph_share=neighbor_glyph_share,
    )


PRESETS = {
    preset.name: preset
    for preset in (
        Augmentation("none", legibility=Legibility(line=0.0, glyph=0.0), page=PageStyle(plain_share=1.0)),
        Augmentation(
            "drawing",
            Geometry((18.0, 36.0), (0.05, 0.6), rotation_deg=4.0, stretch=0.1, perspective=0.05),
            _set(0.04),
            blur=Blur(0.3, (0.3, 0.6), (0.3, 1.08)),
            exposure=Exposure(0.3, (-0.1, 0.1), (-0.2, 0.2)),
        ),
        Augmentation(
            "print",
            Geometry((18.0, 40.0), (0.1, 0.42), rotation_deg=0.8, stretch=0.1, perspective=0.02),
            _set(0.03),
            PRINT,
            blur=Blur(0.3, (0.3, 0.8), (0.3, 1.44)),
            downscale=Downscale(0.15, (0.75, 0.95), (0.6, 0.95)),
            exposure=Exposure(0.4, (-0.2, 0.2), (-0.5, 0.2)),
            noise=Noise(0.25, (0.01, 0.06)),
            jpeg=Jpeg(0.15, (40, 95)),
        ),
        Augmentation(
            "screenshot",
            Geometry((11.0, 32.0), (0.0, 0.6), rotation_deg=2.2, stretch=0.1, perspective=0.05),
            _set(0.03, neighbor_line_share=0.16, neighbor_glyph_share=0.05),
            SCREENSHOT,
            blur=Blur(0.3, (0.4, 1.0), (0.4, 1.8)),
            motion_blur=MotionBlur(0.05, (3, 3), (3, 7)),
            downscale=Downscale(0.2, (0.7, 0.9), (0.5, 0.9)),
            exposure=Exposure(0.35, (-0.2, 0.2), (-0.4, 0.25)),
            noise=Noise(0.18, (0.01, 0.1)),
            jpeg=Jpeg(0.16, (25, 92)),
            sharpen=Sharpen(0.03, (0.2, 0.6)),
        ),
        Augmentation(
            "low_resolution",
            Geometry((11.0, 32.0), (0.0, 0.6), rotation_deg=1.0, stretch=0.08, perspective=0.02),
            _set(0.02, neighbor_line_share=0.16, neighbor_glyph_share=0.05),
            LOW_RESOLUTION,
            blur=Blur(0.2, (0.3, 0.5), (0.3, 0.6)),
            exposure=Exposure(0.3, (-0.15, 0.15), (-0.3, 0.2)),
            noise=Noise(0.15, (0.01, 0.05)),
            jpeg=Jpeg(0.35, (35, 92)),
            upscale=Upscale(share=1.0),
            legibility=Legibility(line=0.55, glyph=0.55, page=0.4),
            page=PageStyle(
                column_share=0.15, right_share=0.05, justified_share=0.15, arc_share=0.04, boards_per_megapixel=8.0
            ),
        ),
    )
}
PRESETS["world"] = replace(PRESETS["screenshot"], name="world", paint=WORLD)


def check_turn(script: Script, turn_deg: float, what: str) -> None:
    """Raise DataError if samples of a script may be turned by up to turn_deg, and the script does not declare that
    safe: beyond 45 degrees a shape is nearer to its quarter turn, which may be another letter. `what` names the number
    that asks for it.
    """
    if turn_deg > MAX_TURN_DEG and "rotation" not in script.safe_transforms:
        raise DataError(
            f"{what} turns samples by up to {turn_deg:g} degrees; script {script.name!r} does not declare rotation "
            f"safe (safe_transforms), so at most {MAX_TURN_DEG:g} are allowed"
        )


def find_augmentation(augment: str | Augmentation) -> Augmentation:
    """Return the preset of a name, or the augmentation as it is. Raises DataError with the names there are."""
    if isinstance(augment, Augmentation):
        return augment
    if augment not in PRESETS:
        raise DataError(f"no augmentation {augment!r}; there are {', '.join(PRESETS)}")
    return PRESETS[augment]
