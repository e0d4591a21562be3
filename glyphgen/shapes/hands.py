"""Kinds of hands and their devices, in numbers: a mouse, a finger, a stylus. How they write is in `handwriting`.

A `Hand` is for many people; `Hand.person` is one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from glyphgen.files import DataError
from glyphgen.near_names import did_you_mean

Range = tuple[float, float]

MIXED = "mixed"  # each face by one of HANDS


@dataclass(frozen=True)
class Hand:
    """A kind of hand and its device. Of `_range`s each person has one value; the others hold for all. em are of the
    glyphs' own size.

    speed: on a straight stroke of usual length. rounding: over so much time (deviation) positions are averaged.
    tremor: root mean square at rest. slant: to the right. stretch: of the width of glyphs. width: of the pen at
    full pressure; pressure: the share of it that pressure decides, which takes taper_s to build up and to fade.
    aim_s: strokes are missed at their ends by so much for each em/s (deviation), and bow by so much of their length
    (deviation). size_spread: of glyphs, as a share; place_em: of their height on the line. overshoot_chance: of
    each end of a stroke, which then runs on for overshoot_range_s at the hand's speed, or stops as much too early.
    retrace_chance: of a stroke whose end is gone back over, or which is drawn twice. gap_chance: of a stroke that
    loses gap_range_s where it is fast, or at its end. connect_chance: of two strokes near each other, between which
    the pen is not lifted. rate_range_hz: of samples. px_per_em_range: of the grid on which these lie; 0: on none.
    is_smoothed: whether the device draws curves through samples, or straight lines.
    """

    name: str
    speed_range_em_s: Range
    rounding_range_s: Range
    tremor_range_em: Range
    tremor_range_hz: Range
    slant_range_deg: Range
    stretch_range: Range
    width_range_em: Range
    pressure: float
    taper_s: float
    aim_s: float
    bow: float
    size_spread: float
    place_em: float
    overshoot_chance: float
    overshoot_range_s: Range
    retrace_chance: float
    gap_chance: float
    gap_range_s: Range
    connect_chance: float
    rate_range_hz: Range
    px_per_em_range: Range
    is_smoothed: bool

    def person(self, rng: np.random.Generator) -> Hand:
        """Return a hand of this kind whose ranges are single values: one person."""
        names = [one.name for one in fields(self) if "_range" in one.name]
        drawn = {name: float(rng.uniform(*getattr(self, name))) for name in names}
        values: dict[str, Any] = {name: (value, value) for name, value in drawn.items()}
        return replace(self, **values)


# Where a number has no source beside it, it was chosen by looking: at drawings of Omniglot (made with a mouse), at
# those of chars74k (with a stylus on a tablet) and at sheets of these hands beside each other.
HANDS = {
    hand.name: hand
    for hand in (
        Hand(
            name="mouse",
            speed_range_em_s=(1.2, 4.0),
            rounding_range_s=(0.010, 0.028),
            tremor_range_em=(0.0015, 0.005),
            tremor_range_hz=(8.0, 12.0),  # Elble and Randall 1976: physiological tremor
            slant_range_deg=(-7.0, 9.0),
            stretch_range=(0.85, 1.2),
            width_range_em=(0.04, 0.10),
            pressure=0.0,  # a button is down or not
            taper_s=0.0,
            aim_s=0.008,
            bow=0.025,
            size_spread=0.07,
            place_em=0.025,
            overshoot_chance=0.3,
            overshoot_range_s=(0.005, 0.025),
            retrace_chance=0.04,
            gap_chance=0.03,
            gap_range_s=(0.02, 0.05),
            connect_chance=0.05,
            rate_range_hz=(60.0, 125.0),  # once a frame in browsers; USB mice by default every 8 ms
            px_per_em_range=(90.0, 300.0),
            is_smoothed=False,
        ),
        Hand(
            name="finger",
            speed_range_em_s=(2.0, 6.0),
            rounding_range_s=(0.014, 0.034),
            tremor_range_em=(0.001, 0.004),
            tremor_range_hz=(8.0, 12.0),
            slant_range_deg=(-5.0, 14.0),
            stretch_range=(0.85, 1.2),
            width_range_em=(0.075, 0.13),  # blunt: its tip covers 6 to 10 mm of a glyph of 50 to 60 mm
            pressure=0.12,  # screens tell little of it: the area of the touch
            taper_s=0.02,
            aim_s=0.0055,
            bow=0.02,
            size_spread=0.07,
            place_em=0.03,
            overshoot_chance=0.3,
            overshoot_range_s=(0.004, 0.018),
            retrace_chance=0.03,
            gap_chance=0.05,
            gap_range_s=(0.03, 0.06),
            connect_chance=0.12,
            rate_range_hz=(60.0, 60.0),  # once a frame
            px_per_em_range=(0.0, 0.0),
            is_smoothed=True,
        ),
        Hand(
            name="stylus",
            speed_range_em_s=(2.0, 7.0),
            rounding_range_s=(0.007, 0.020),
            tremor_range_em=(0.001, 0.004),
            tremor_range_hz=(8.0, 12.0),
            slant_range_deg=(-6.0, 18.0),
            stretch_range=(0.85, 1.2),
            width_range_em=(0.045, 0.12),
            pressure=0.7,
            taper_s=0.05,
            aim_s=0.0045,
            bow=0.02,
            size_spread=0.05,
            place_em=0.02,
            overshoot_chance=0.25,
            overshoot_range_s=(0.004, 0.014),
            retrace_chance=0.02,
            gap_chance=0.04,
            gap_range_s=(0.015, 0.035),
            connect_chance=0.15,
            rate_range_hz=(240.0, 240.0),  # as pens of tablets have it
            px_per_em_range=(0.0, 0.0),
            is_smoothed=True,
        ),
    )
}


def check_hand(name: str) -> str:
    """Return the name of a hand, "mixed" or "". Raises DataError, naming those there are."""
    known = (*HANDS, MIXED)
    if name and name not in known:
        raise DataError(f"no such hand: {name!r}; there are {', '.join(known)}{did_you_mean(name, known)}")
    return name


def find_hand(name: str, rng: np.random.Generator) -> Hand:
    """Return the hand of a name; of "mixed" any. Raises DataError, naming those there are."""
    known = list(HANDS.values())
    return known[int(rng.integers(len(known)))] if check_hand(name) == MIXED else HANDS[name]
