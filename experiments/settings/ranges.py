"""The kinds of numbers that settings of a look have: shares, sizes, ranges, each with its bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from glyphgen.render.low_resolution import KINDS
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
    Kind = str
else:
    Material = Literal[MATERIALS + SURFACES]
    Kind = Literal[tuple(KINDS)]
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
FactorRange = Annotated[list[Annotated[float, Field(ge=1)]], *_Pair]
HazeRange = Annotated[list[Annotated[float, Field(ge=0, lt=1)]], *_Pair]
Palette = Annotated[list[Annotated[int, Field(ge=2, le=256)]], *_Pair]
Qualities = Annotated[list[Annotated[int, Field(ge=1, le=100)]], *_Pair]
Lengths = Annotated[list[Annotated[int, Field(ge=3)]], Field(min_length=2, max_length=2), AfterValidator(_odd)]
