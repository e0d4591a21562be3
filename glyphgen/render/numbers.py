"""A group of numbers that say how pictures look, checked when it is made."""

from __future__ import annotations

from dataclasses import fields

from glyphgen.files import DataError

Range = tuple[float, float]


class Numbers:
    """A group of numbers, checked when it is made: shares from 0 to 1, ranges as (least, most). Raises DataError."""

    def __post_init__(self) -> None:
        for one in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            value = getattr(self, one.name)
            if one.name.endswith("share") and not 0 <= value <= 1:
                raise DataError(f"{one.name} of {type(self).__name__} must be from 0 to 1, not {value!r}")
            if "_range" in one.name and (len(value) != 2 or not value[0] <= value[1]):
                raise DataError(f"{one.name} of {type(self).__name__} must be (least, most), not {value!r}")
