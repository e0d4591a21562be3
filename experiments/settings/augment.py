"""The numbers of conf/augment as typed settings: how rendered samples look.

Each group mirrors the group of the same name of `glyphgen.render.augmentation`, which the numbers are handed to.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from experiments.settings.pages import PageSettings
from experiments.settings.ranges import (
    Counts,
    Factor,
    FactorRange,
    Kind,
    Lengths,
    Material,
    Palette,
    PositiveRange,
    Qualities,
    Range,
    ScaleRange,
    Share,
    ShareRange,
    SignedRange,
    Size,
)
from experiments.validation import Group
from glyphgen.render.augmentation import PRESETS, Augmentation


class GeometrySettings(Group):
    """The size of the text, the room around it, and how its picture is turned and bent."""

    cap_range_px: PositiveRange = Field(description="Height of capital letters, least and most, in px.")
    margin_range: Range = Field(description="Room around the text, in capital heights.")
    rotation_deg: Size = Field(description="Spread of the line's rotation (standard deviation), in degrees.")
    max_rotation_deg: Size = Field(description="Largest rotation, in degrees; long lines turn less.")
    stretch: Size = Field(description="Spread of the factor that the width is stretched by.")
    perspective: Size = Field(description="Spread of the corners' shifts by perspective, in capital heights.")


class TypesettingSettings(Group):
    """How glyphs are set on the line."""

    tracking: float = Field(description="Mean space added after each glyph, in capital heights; below 0: closer.")
    tracking_std: Size = Field(description="Spread of that space from line to line, in capital heights.")
    jitter: Size = Field(description="Largest spread of glyphs around the baseline, in capital heights.")
    jitter_share: Share = Field(description="Share of lines with such a spread.")
    wave: Size = Field(description="Largest height of a wave of the baseline, in capital heights.")
    wave_share: Share = Field(description="Share of lines on a wave.")
    word_gap_range: Range = Field(description="Width of a gap between words, in spaces of the font.")
    line_gap_range: Range = Field(description="Gap to a neighboring line, in capital heights.")
    neighbor_line_share: Share = Field(
        description="Share of samples with a line above, and with one below, cut by the crop."
    )
    neighbor_glyph_share: Share = Field(
        description="Share of samples with a glyph before, and with one after, cut by the crop."
    )


class PaintSettings(Group):
    """Ink, paper and effects. Of shadow, glow, outline and extruded a sample has one at most."""

    material: Share = Field(description="Share of samples on a material in place of flat paper.")
    carved: Share = Field(description="Share of samples with text that is carved or raised.")
    extruded: Share = Field(description="Share of samples with solid letters; pages have page.extruded_share.")
    shadow: Share = Field(description="Share of samples with a cast shadow.")
    glow: Share = Field(description="Share of samples with glowing text.")
    outline: Share = Field(description="Share of samples with outlined text.")
    light: Share = Field(description="Share of samples in uneven light.")
    clutter: Share = Field(description="Share of samples with edges of a sign, bars or lines under the text.")
    worn: Share = Field(description="Share of samples with worn ink.")
    colored: Share = Field(description="Share of samples in colors; the others are gray.")
    material_range: Range = Field(description="How strongly a material shows, 0 to 1.")
    materials: list[Material] = Field(min_length=1, description="Which materials there are.")
    tint: Size = Field(description="Spread of a color's channels around its gray, in levels of 255.")
    min_contrast: Size = Field(description="Least difference of ink and paper, mostly of lightness, in levels of 255.")
    opacity_range: ShareRange = Field(description="Opacity of ink on a material.")
    faded: Share = Field(
        description="Share of samples with ink that fades along or across the line; only where there are materials."
    )
    fade: Size = Field(description="Spread of that change of color, in levels of 255.")
    light_range: Range = Field(description="Least and largest factor of uneven light.")
    n_clutter_range: Counts = Field(description="How many things a cluttered sample has.")
    wear_range: Range = Field(description="How sharp the edges of worn places are: a factor of a material's contrast.")
    shadow_range: Range = Field(description="How far a shadow is cast, in capital heights.")
    glow_range: Range = Field(description="Sigma of the blur that a glow is made of, in capital heights.")
    outline_range: Range = Field(description="Width of an outline, in capital heights.")
    depth_range: Range = Field(description="Depth of solid letters, in capital heights.")
    carve_range: Range = Field(description="Depth of carving, in capital heights.")
    backgrounds: str = Field(description="A folder or .zip of pictures of your own to write on; '' for none.")
    on_background: Share = Field(description="Share of samples that are written on one, where there are some.")


class BlurSettings(Group):
    """Gaussian blur."""

    share: Share = Field(description="Share of samples that are blurred.")
    sigma_range_px: Range = Field(description="Sigma for small text, in px.")
    large_sigma_range_px: Range = Field(description="Sigma for large text, in px.")


class MotionBlurSettings(Group):
    """Blur along a line."""

    share: Share = Field(description="Share of samples blurred by motion.")
    length_range_px: Lengths = Field(description="Length of the motion for small text, an odd number of px from 3.")
    large_length_range_px: Lengths = Field(
        description="Length of the motion for large text, an odd number of px from 3."
    )


class DownscaleSettings(Group):
    """The picture made smaller, and large again."""

    share: Share = Field(description="Share of samples with pixels lost that way.")
    scale_range: ScaleRange = Field(description="Factor for small text, above 0 to 1.")
    large_scale_range: ScaleRange = Field(description="Factor for large text, above 0 to 1.")


class ExposureSettings(Group):
    """Brightness and contrast of the whole picture."""

    share: Share = Field(description="Share of samples with changed exposure.")
    brightness_range: SignedRange = Field(description="What is added, as a share of white, -1 to 1.")
    contrast_range: SignedRange = Field(description="What the factor of all values differs from 1 by, -1 to 1.")


class NoiseSettings(Group):
    """Gaussian noise, the same in all channels."""

    share: Share = Field(description="Share of samples with noise.")
    std_range: ShareRange = Field(description="Standard deviation, as a share of white.")


class JpegSettings(Group):
    """JPEG compression."""

    share: Share = Field(description="Share of samples that were compressed.")
    quality_range: Qualities = Field(description="Quality, 1 (worst) to 100.")


class SharpenSettings(Group):
    """Sharpening."""

    share: Share = Field(description="Share of samples that are sharpened.")
    alpha_range: ShareRange = Field(description="Opacity of the sharpened picture over the picture.")


class LegibilitySettings(Group):
    """Least correlation of a picture with its text, 0 to 1; 0: no check."""

    line: Share = Field(description="A line below it is painted once more, plainly.")
    glyph: Share = Field(description="A single glyph below it is painted once more, plainly.")
    page: Share = Field(description="A line of a page below it is marked as illegible.")


class GlyphSettings(Group):
    """What is different for single glyphs."""

    min_cap_px: Size = Field(description="Least height of capital letters, in px.")
    clutter_divisor: Factor = Field(
        description="What the share of clutter is divided by: a crop around a glyph holds fewer edges."
    )


class CaptchaSettings(Group):
    """How captchas are set."""

    cap_range_px: PositiveRange = Field(description="Height of capital letters, in px.")
    gaps: list[float] = Field(
        min_length=1,
        description="Gaps between glyphs, one of them for each sample, in capital heights; below 0: overlap.",
    )
    turns_deg: list[Size] = Field(
        min_length=1, description="Spreads of the glyphs' turns, one of them for each sample, in degrees."
    )
    squeeze: Factor = Field(description="Mean factor of the glyphs' width.")
    squeeze_std: Size = Field(description="Spread of that factor from sample to sample.")
    n_lines_range: Counts = Field(description="How many lines run across.")


class UpscaleSettings(Group):
    """Text drawn small and enlarged, as old consoles, screenshots and video have it."""

    share: Share = Field(description="Share of samples that are drawn small and enlarged; of lines, glyphs and pages.")
    cap_range_px: PositiveRange = Field(description="Height of capital letters before, in px, in place of other sizes.")
    factor_range: FactorRange = Field(description="By which factor they are enlarged.")
    kinds: list[Kind] = Field(min_length=1, description="Which interpolations there are, each as likely as the others.")
    sigma_range_px: Range = Field(description="Sigma of a blur in the end, in px of the small picture.")
    chroma_share: Share = Field(description="Share of those with colors of half or a quarter of the resolution.")
    interlace_share: Share = Field(description="Share of those with every second row moved aside by a pixel.")
    palette_share: Share = Field(description="Share of those with a palette of few colors.")
    n_colors_range: Palette = Field(description="How many colors a palette has.")
    halo_share: Share = Field(description="Share of those that are sharpened, with a halo around letters.")
    halo_range: Range = Field(description="By how much of what a blur takes away they are sharpened.")
    scanline_share: Share = Field(description="Share of those with the dark lines of a tube, from a factor of 2 on.")
    scanline_range: ShareRange = Field(description="How dark these lines are, 0 to 1.")


class AugmentSettings(Group):
    """What `augment=` chooses; a stage may name another preset (`stage.STAGE.augment`)."""

    name: str = Field(min_length=1, description="Name of the augmentation, by which stages mean it.")
    geometry: GeometrySettings = Field(
        description="The size of the text, the room around it, and how its picture is turned and bent."
    )
    typesetting: TypesettingSettings = Field(description="How glyphs are set on the line.")
    paint: PaintSettings = Field(
        description="Ink, paper and effects. Of shadow, glow, outline and extruded a sample has one at most."
    )
    small_text_px: Size = Field(
        description="Capital height below which text counts as small, in px, and gets weaker blurs."
    )
    blur: BlurSettings = Field(description="Gaussian blur.")
    motion_blur: MotionBlurSettings = Field(description="Blur along a line.")
    downscale: DownscaleSettings = Field(description="The picture made smaller, and large again.")
    exposure: ExposureSettings = Field(description="Brightness and contrast of the whole picture.")
    noise: NoiseSettings = Field(description="Gaussian noise, the same in all channels.")
    jpeg: JpegSettings = Field(description="JPEG compression.")
    sharpen: SharpenSettings = Field(description="Sharpening.")
    upscale: UpscaleSettings = Field(description="Text drawn small, and enlarged.")
    legibility: LegibilitySettings = Field(
        description="Least correlation of a picture with its text, 0 to 1; 0: no check."
    )
    glyph: GlyphSettings = Field(description="What is different for single glyphs.")
    captcha: CaptchaSettings = Field(description="How captchas are set.")
    page: PageSettings = Field(description="How whole pages are composed.")

    def make(self) -> Augmentation:
        """Return the numbers as glyphgen takes them."""
        plain = PRESETS["none"]
        parts: dict[str, Any] = {}
        for name, value in self.model_dump().items():
            if isinstance(value, dict):
                numbers = {key: tuple(one) if isinstance(one, list) else one for key, one in value.items()}
                parts[name] = type(getattr(plain, name))(**numbers)
            else:
                parts[name] = value
        return Augmentation(**parts)
