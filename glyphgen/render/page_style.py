"""The numbers that say how whole pages are composed."""

from __future__ import annotations

from dataclasses import dataclass

from glyphgen.render.numbers import Numbers, Range


@dataclass(frozen=True)
class PageStyle(Numbers):
    """How pages are composed. Shares of pages: flat ink on flat paper (plain), made small and enlarged, with a game's
    display as scenery, with something that stands before the signs (crossed). Shares of boards: of the script (the
    others hold other writing), as large as the picture, painted on a board of their own, with a rim, curved, too large
    to be read at this scale (oversized), turned by up to max_turn_deg; those that are not turned lean with a spread of
    lean_deg. extruded_share takes the place of the paint's own. Whole pages may be turned in the end: upside down,
    where the lines are other writing, or by a quarter (sideways), where there is no line that runs across.

    What is below is 0 in the released looks, and draws no random number then. Shares of boards: with columns of lines;
    whose lines are aligned at the right, or justified (the others are centered, or ragged at the right); bent to an arc
    whose ends slope by an angle of arc_range_deg. boards_per_megapixel: how many boards there are on average, 0 for 0
    to 3. depth_share is of pages whose signs stand at distances of distance_range, the nearest being at 1, see
    `render.depth`: aperture_range is the blur's sigma at an infinite distance with the focus at 1, in capital heights
    of a near sign; haze_range the share of light that is lost to haze over a distance of 1; shade_range the light where
    there is least of it, as a share of the most; cast_range how far a board's shadow falls, in capital heights.
    """

    cap_range_px: Range = (8.5, 44.0)
    min_cap_px: float = 5.5
    plain_share: float = 0.06
    enlarged_share: float = 0.35
    enlarged_range: Range = (1.25, 2.2)
    display_share: float = 0.16
    crossed_share: float = 0.12
    script_share: float = 0.68
    whole_share: float = 0.18
    board_share: float = 0.6
    rim_share: float = 0.35
    curved_share: float = 0.14
    oversized_share: float = 0.1
    extruded_share: float = 0.24
    turned_share: float = 0.3
    max_turn_deg: float = 22.0
    lean_deg: float = 3.0
    upside_down_share: float = 0.0
    sideways_share: float = 0.0
    column_share: float = 0.0
    right_share: float = 0.0
    justified_share: float = 0.0
    arc_share: float = 0.0
    arc_range_deg: Range = (10.0, 40.0)
    boards_per_megapixel: float = 0.0
    depth_share: float = 0.0
    distance_range: Range = (1.0, 5.0)
    aperture_range: Range = (0.03, 0.3)
    haze_range: Range = (0.02, 0.2)
    shade_range: Range = (0.35, 0.9)
    cast_range: Range = (0.15, 0.9)
