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
