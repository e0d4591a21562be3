"""How often samples get each effect of `paint`, and how strong it is: the numbers, and three sets of them."""

from __future__ import annotations

from dataclasses import dataclass

from glyphgen.render.color import MIN_CONTRAST
from glyphgen.render.materials import MATERIALS
from glyphgen.render.numbers import Range
from glyphgen.render.surfaces.bank import SURFACES


@dataclass(frozen=True)
class PaintStyle:
    """Shares of samples that get an effect; everything 0 is flat ink on flat paper. Of shadow, glow, outline and
    extruded a sample has one at most; carved text has nothing else.

    colored: share in colors, the others in gray; tint: spread of a color's channels around its gray, in levels of 255;
    min_contrast: least `color_distance` of ink and paper. materials: which there are, of MATERIALS and SURFACES;
    material_range: how strongly one shows, and of a surface, which has colors of its own, how much of its contrast is
    left; opacity_range: of ink on a material; faded, a share of the samples of a style with materials: ink that fades
    by a spread of fade levels of 255. light_range: factors of uneven light; n_clutter_range: how many things of
    clutter; wear_range: how sharp the edges of worn places are, as a factor of a material's contrast.

    Lengths in capital heights: shadow_range (how far it is cast), glow_range (sigma of its blur), outline_range
    (width), depth_range (of extruded letters), carve_range (depth).

    backgrounds: a folder or .zip of pictures to write on, "" for none; on_background: the share of samples that do.
    """

    material: float = 0.0
    carved: float = 0.0
    extruded: float = 0.0
    shadow: float = 0.0
    glow: float = 0.0
    outline: float = 0.0
    light: float = 0.0
    clutter: float = 0.0
    worn: float = 0.0
    colored: float = 1.0
    material_range: Range = (0.1, 0.9)
    materials: tuple[str, ...] = MATERIALS
    tint: float = 45.0
    min_contrast: float = MIN_CONTRAST
    opacity_range: Range = (0.75, 1.0)
    faded: float = 0.25
    fade: float = 22.0
    light_range: Range = (0.45, 1.25)
    n_clutter_range: tuple[int, int] = (1, 3)
    wear_range: Range = (1.5, 5.0)
    shadow_range: Range = (0.03, 0.16)
    glow_range: Range = (0.06, 0.25)
    outline_range: Range = (0.02, 0.07)
    depth_range: Range = (0.04, 0.18)
    carve_range: Range = (0.03, 0.08)
    backgrounds: str = ""
    on_background: float = 0.7

    @property
    def is_flat(self) -> bool:
        """Whether nothing but flat ink on flat paper can come of it, but for pictures to write on."""
        effects = (
            self.material,
            self.carved,
            self.extruded,
            self.shadow,
            self.glow,
            self.outline,
            self.light,
            self.clutter,
        )
        return not any(effects) and not self.worn


PLAIN = PaintStyle(colored=0.5)
PRINT = PaintStyle(material=0.45, shadow=0.03, light=0.3, worn=0.1, colored=0.6)  # documents, captions, scans
SCREENSHOT = PaintStyle(
    material=0.65, carved=0.16, extruded=0.14, shadow=0.14, glow=0.12, outline=0.1, light=0.3, clutter=0.22, worn=0.2
)
WORLD = PaintStyle(  # signs of a game's world: boards, walls, scrolls, banners, plates and panels
    material=0.9,
    carved=0.18,
    extruded=0.1,
    shadow=0.16,
    glow=0.14,
    outline=0.12,
    light=0.3,
    clutter=0.06,
    worn=0.2,
    material_range=(0.75, 1.0),
    materials=SURFACES,
    opacity_range=(0.85, 1.0),
)
