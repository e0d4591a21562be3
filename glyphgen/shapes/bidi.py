"""In which order the parts of a line stand where some of it is written from right to left.

This is the Unicode Bidirectional Algorithm for single lines without characters that control it: paragraph level from
the first strong character (P2, P3), weak types (W1 to W7), neutrals (N1, N2), levels (I1, I2) and reordering (L2).
Brackets are neutrals like others (N0 is left out); joiners without width are like what stands before them, also where
that is a number and a separator. HarfBuzz mirrors what is to be mirrored (L4).

Source: Unicode Standard Annex 9, revision 48.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby

from glyphgen.files import DataError

_CONTROLS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
_MARKS = "\u200e\u200f\u061c"  # marks of a direction: they would be in labels, and nobody sees them
_STRONG = ("L", "R", "AL")


@dataclass(frozen=True)
class Run:
    """Characters start to end of a line, which stand together in one direction."""

    start: int
    end: int
    is_rtl: bool


def is_control(char: str) -> bool:
    """Return whether a character controls directions, or anything else, and is never seen."""
    kind = unicodedata.bidirectional(char)
    return kind in _CONTROLS or char in _MARKS or unicodedata.category(char) == "Cc"


def is_from_the_right(text: str) -> bool:
    """Return whether a line is of a script that is written from right to left: its first strong character is."""
    kinds = (unicodedata.bidirectional(char) for char in text)
    return next((kind for kind in kinds if kind in _STRONG), "L") != "L"


def visual_runs(text: str) -> list[Run]:
    """Return the runs of a line as they stand from left to right. Raises DataError for characters that control
    directions.
    """
    kinds = [unicodedata.bidirectional(char) for char in text]
    bad = next((k for k, char in enumerate(text) if is_control(char)), None)
    if bad is not None:
        raise DataError(f"{text!r} has U+{ord(text[bad]):04X}, which controls directions; leave such characters out")
    base = int(is_from_the_right(text))
    levels = _levels(_without_neutrals(_without_weak(kinds, base), base), base)
    for k in range(len(levels) - 1, -1, -1):  # blanks at the end are the paragraph's (L1)
        if not text[k].isspace():
            break
        levels[k] = base
    runs = []
    at = 0
    for level, group in groupby(levels):
        n = len(list(group))
        runs.append((level, Run(at, at + n, level % 2 == 1)))
        at += n
    for level in range(max(levels, default=0), 0, -1):  # L2
        ordered: list[tuple[int, Run]] = []
        for is_deep, inner in groupby(runs, key=lambda one: one[0] >= level):
            found = list(inner)
            ordered += found[::-1] if is_deep else found
        runs = ordered
    return [run for _, run in runs]


def _without_weak(given: list[str], base: int) -> list[str]:
    kinds = list(given)
    start = "R" if base else "L"
    before = start
    for k, kind in enumerate(kinds):  # W1: marks are like what they stand upon
        if kind in ("NSM", "BN"):
            kinds[k] = before
        before = kinds[k]
    strong = start
    for k, kind in enumerate(kinds):  # W2: numbers after Arabic letters; W3
        if kind in _STRONG:
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[k] = "AN"
    kinds = ["R" if kind == "AL" else kind for kind in kinds]
    for k in range(1, len(kinds) - 1):  # W4: one separator between numbers
        around = {kinds[k - 1], kinds[k + 1]}
        if (kinds[k] in ("ES", "CS") and around == {"EN"}) or (kinds[k] == "CS" and around == {"AN"}):
            kinds[k] = kinds[k - 1]
    for terminator, group in _grouped(kinds, "ET"):  # W5: such as a sign of percent
        if terminator and "EN" in (_at(kinds, group[0] - 1), _at(kinds, group[-1] + 1)):
            kinds = [("EN" if k in group else kind) for k, kind in enumerate(kinds)]
    kinds = ["ON" if kind in ("ES", "ET", "CS") else kind for kind in kinds]  # W6
    strong = start
    for k, kind in enumerate(kinds):  # W7
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[k] = "L"
    return kinds


def _without_neutrals(given: list[str], base: int) -> list[str]:
    """Give neutrals the direction of both sides, where it is one, or the paragraph's (N1, N2)."""
    kinds, start = list(given), "R" if base else "L"

    def side(k: int) -> str:
        kind = _at(kinds, k) or start
        return "R" if kind in ("EN", "AN") else kind

    at = 0
    while at < len(kinds):
        if kinds[at] in ("L", "R", "EN", "AN"):
            at += 1
            continue
        end = at
        while end < len(kinds) and kinds[end] not in ("L", "R", "EN", "AN"):
            end += 1
        before, after = side(at - 1), side(end)
        kinds[at:end] = [before if before == after else start] * (end - at)
        at = end
    return kinds


def _levels(kinds: list[str], base: int) -> list[int]:
    if base:
        return [1 if kind == "R" else 2 for kind in kinds]
    return [{"L": 0, "R": 1}.get(kind, 2) for kind in kinds]


def _at(kinds: list[str], k: int) -> str:
    return kinds[k] if 0 <= k < len(kinds) else ""


def _grouped(kinds: list[str], kind: str) -> list[tuple[bool, list[int]]]:
    return [(is_it, list(group)) for is_it, group in groupby(range(len(kinds)), key=lambda k: kinds[k] == kind)]
