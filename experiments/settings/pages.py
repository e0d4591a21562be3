"""The numbers of `page` in conf/augment as typed settings: how whole pages are composed."""

from __future__ import annotations

from pydantic import Field

from experiments.settings.ranges import (
    Factor,
    FactorRange,
    HazeRange,
    PositiveRange,
    Range,
    Share,
    ShareRange,
    Size,
)
from experiments.validation import Group


class PageSettings(Group):
    """How whole pages are composed."""

    cap_range_px: PositiveRange = Field(description="Height of capital letters, in px of the page.")
    min_cap_px: Factor = Field(description="Least height of capitals on a page that is then enlarged, in px.")
    plain_share: Share = Field(
        description="Share of pages that are flat ink on flat paper; 1: nothing else, and no turned boards."
    )
    enlarged_share: Share = Field(description="Share of pages that are made small and enlarged.")
    enlarged_range: FactorRange = Field(description="By which factor they are enlarged.")
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
    column_share: Share = Field(description="Share of boards with two or three columns of lines.")
    right_share: Share = Field(description="Share of boards with lines aligned at the right.")
    justified_share: Share = Field(description="Share of boards with lines spaced to one length.")
    arc_share: Share = Field(description="Share of boards with lines bent to an arc, as over a gate.")
    arc_range_deg: Range = Field(description="By how much the ends of an arc slope, in degrees.")
    boards_per_megapixel: Size = Field(
        le=200, description="Mean number of boards per million px; 0: 0 to 3 at any size."
    )
    depth_share: Share = Field(description="Share of pages with signs at several distances, haze and a focus.")
    distance_range: FactorRange = Field(description="Distance of the farthest sign, the nearest being at 1.")
    aperture_range: Range = Field(description="Sigma of the blur far away, focus at 1, in near capital heights.")
    haze_range: HazeRange = Field(description="Share of light that haze takes over a distance of 1.")
    shade_range: ShareRange = Field(description="Light where there is least of it, as a share of the most.")
    cast_range: Range = Field(description="How far the shadow of a board falls, in capital heights.")
