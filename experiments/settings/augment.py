"""The numbers of conf/augment as typed settings: how rendered samples look.

Each group mirrors the group of the same name of `glyphgen.render.augmentation`, which the numbers are handed to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from experiments.validation import Group
from glyphgen.render.augmentation import PRESETS, Augmentation
from glyphgen.render.materials import MATERIALS
from glyphgen.render.surfaces.bank import SURFACES


def _ordered(values: list[Any]) -> list[Any]:
    if values[0] > values[1]:
        raise ValueError(f"must be the least and the most, in this order, not {values}")
    return values


def _odd(values: list[int]) -> list[int]:
    if not all(value % 2 for value in values):
        raise ValueError(f"must be odd numbers, not {values}")
    return _ordered(values)


if TYPE_CHECKING:
    Material = str
else:
    Material = Literal[MATERIALS + SURFACES]
Share = Annotated[float, Field(ge=0, le=1)]
Size = Annotated[float, Field(ge=0)]
Factor = Annotated[float, Field(gt=0)]
_Pair = (Field(min_length=2, max_length=2), AfterValidator(_ordered))
Range = Annotated[list[Size], *_Pair]
PositiveRange = Annotated[list[Factor], *_Pair]
ShareRange = Annotated[list[Share], *_Pair]
ScaleRange = Annotated[list[Annotated[float, Field(gt=0, le=1)]], *_Pair]
SignedRange = Annotated[list[Annotated[float, Field(ge=-1, le=1)]], *_Pair]
Counts = Annotated[list[Annotated[int, Field(ge=0)]], *_Pair]
Qualities = Annotated[list[Annotated[int, Field(ge=1, le=100)]], *_Pair]
Lengths = Annotated[list[Annotated[int, Field(ge=3)]], Field(min_length=2, max_length=2), AfterValidator(_odd)]


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


class PageSettings(Group):
    """How whole pages are composed."""

    cap_range_px: PositiveRange = Field(description="Height of capital letters, in px of the page.")
    min_cap_px: Factor = Field(description="Least height of capitals on a page that is then enlarged, in px.")
    plain_share: Share = Field(
        description="Share of pages that are flat ink on flat paper; 1: nothing else, and no turned boards."
    )
    enlarged_share: Share = Field(description="Share of pages that are made small and enlarged.")
    enlarged_range: PositiveRange = Field(description="By which factor they are enlarged.")
    display_share: Share = Field(description="Share of pages whose scenery is the display of a game.")
    crossed_share: Share = Field(description="Share of pages with text before which something stands.")
    script_share: Share = Field(description="Share of boards written in the script; the others hold other writing.")
    whole_share: Share = Field(description="Share of boards that fill the picture.")
    board_share: Share = Field(
        description="Share of the others that have a ground of their own; the rest is written on the scenery."
    )
    rim_share: Share = Field(description="Share of boards with a rim.")
    curved_share: Share = Field(description="Share of boards that are curved.")
    oversized_share: Share = Field(description="Share of boards with text too large to be read at this scale.")
    extruded_share: Share = Field(description="Share of boards with solid letters, in place of paint.extruded.")
    turned_share: Share = Field(description="Share of boards that are turned by any angle up to max_turn_deg.")
    max_turn_deg: Size = Field(description="Largest angle of a turned board, in degrees.")
    lean_deg: Size = Field(description="Spread of the angles of the other boards, in degrees.")
    upside_down_share: Share = Field(
        description="Share of pages that are turned upside down; their lines are other writing then."
    )
    sideways_share: Share = Field(description="Share of pages that are turned by a quarter; no line runs across then.")


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
