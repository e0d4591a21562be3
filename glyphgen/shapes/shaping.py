"""Text as a font sets it: letters that join and change by their neighbors, marks above and below, ligatures, kerning.

HarfBuzz does what browsers do with it. It answers in clusters, the parts of a text that are drawn as one: a letter with
its marks, or several letters with one shape. Glyphs come as outlines, so a line can be drawn in any style.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from typing import Any

import numpy as np
from fontTools import unicodedata as scripts_of_unicode

from glyphgen.shapes.bidi import Run, visual_runs
from glyphgen.shapes.font_file import OpenFont
from glyphgen.shapes.outline import Outline, contour_area

_INHERITED = ("Zyyy", "Zinh", "Zzzz")  # of no script of their own: signs, marks, unassigned
# in these, glyphs stand apart and may stand farther apart; in others, such as Arabic and Devanagari, they join
_APART = ("Latn", "Grek", "Cyrl", "Hebr", "Thai", "Laoo", "Hani", "Hira", "Kana", "Hang", "Armn", "Geor", "Bopo")
MOST_KEPT = 20_000  # outlines of clusters, for a script of many


@dataclass(frozen=True)
class Cluster:
    """A part of a text that is drawn as one: its characters, the number of the first of them in the text, and their
    outline, em, from where the pen is before it; from top to bottom the outline lies below the pen, and its advance
    goes down. Clusters of one font with one key have one outline.
    """

    text: str
    start: int
    outline: Outline
    key: tuple[tuple[int, int, int], ...] = ()


def stands_apart(text: str) -> bool:
    """Return whether no two neighbors of a text join, so that they may be moved."""
    return all(scripts_of_unicode.script(char) in (*_APART, *_INHERITED) for char in text)


def needs_shaping(text: str, is_rtl: bool = False) -> str | None:
    """Return the first character that comes out wrong where each is drawn alone, from left to right or the other way;
    or None.
    """
    for char in text:
        is_mark = unicodedata.category(char) in ("Mn", "Mc", "Me")
        is_turned = not is_rtl and unicodedata.bidirectional(char) in ("R", "AL")
        if is_mark or is_turned or not stands_apart(char):
            return char
    return None


class Shaper:
    """Sets texts in a font. Raises ImportError without uharfbuzz."""

    def __init__(self, font: OpenFont) -> None:
        hb: Any = import_module("uharfbuzz")  # no types
        self.font, self._hb = font, hb
        face = hb.Face(font.sfnt(), font.number)
        self._upem, self._font = face.upem, hb.Font(face)
        self._outlines: dict[tuple[tuple[int, int, int], ...], Outline] = {}

    def can_write(self, text: str) -> bool:
        """Return whether the font has a glyph for all of a text."""
        return all(all(info.codepoint for info in buffer.glyph_infos) for buffer, _ in self._buffers(text, False))

    def missing(self, text: str) -> str:
        """Return the characters for which the font has none."""
        return "".join(char for char in dict.fromkeys(text) if not char.isspace() and not self.can_write(char))

    def shape(self, text: str, is_column: bool = False) -> list[Cluster]:
        """Return the clusters of a text as they stand from left to right, or from top to bottom."""
        parts = self._buffers(text, is_column)
        return [cluster for buffer, run in parts for cluster in self._clusters(buffer, run, text)]

    def _buffers(self, text: str, is_column: bool) -> Iterator[tuple[Any, Run]]:
        """Shape each part of one direction and one script by itself."""
        for run in [Run(0, len(text), False)] if is_column else visual_runs(text):
            for part, script in _of_one_script(text, run):
                buffer = self._hb.Buffer()
                buffer.add_codepoints([ord(char) for char in text], part.start, part.end - part.start)
                buffer.direction = "ttb" if is_column else "rtl" if run.is_rtl else "ltr"
                buffer.script, buffer.language = script, "und"  # not that of whoever runs this
                self._hb.shape(self._font, buffer)
                yield buffer, part

    def _clusters(self, buffer: Any, run: Run, text: str) -> Iterator[Cluster]:
        glyphs = list(zip(buffer.glyph_infos, buffer.glyph_positions, strict=True))
        starts = sorted({info.cluster for info, _ in glyphs})
        ends = dict(zip(starts, [*starts[1:], run.end], strict=True))
        for start, group in groupby(glyphs, key=lambda glyph: glyph[0].cluster):
            x = y = 0
            glyphs_at = []
            for info, place in group:
                glyphs_at.append((info.codepoint, x + place.x_offset, y + place.y_offset))
                x, y = x + place.x_advance, y + place.y_advance
            advance = -y if buffer.direction == "ttb" else x
            key = (*glyphs_at, (-1, advance, 0))
            if key not in self._outlines:
                if len(self._outlines) > MOST_KEPT:
                    self._outlines.clear()
                self._outlines[key] = self._outline(glyphs_at, advance)
            yield Cluster(text[start : ends[start]], start, self._outlines[key], key)

    def _outline(self, glyphs_at: list[tuple[int, int, int]], advance: int) -> Outline:
        contours = []
        for glyph, x, y in glyphs_at:
            shift = np.array([x, y]) / self._upem
            contours += [contour + shift for contour in self.font.contours_of(glyph)]
        if sum(contour_area(contour) for contour in contours) < 0:  # ours run counter-clockwise
            contours = [contour[::-1] for contour in contours]
        return Outline(tuple(contours), advance / self._upem)


def _of_one_script(text: str, run: Run) -> list[tuple[Run, str]]:
    """Divide a run where the script changes; return the parts as they stand, each with its script. Signs and marks are
    of the script before them, those at the beginning of the one after them.
    """
    found = [scripts_of_unicode.script(char) for char in text[run.start : run.end]]
    last = next((script for script in found if script not in _INHERITED), "Zyyy")
    for k, script in enumerate(found):
        last = found[k] = last if script in _INHERITED else script
    parts, at = [], run.start
    for script, group in groupby(found):
        n = len(list(group))
        parts.append((Run(at, at + n, run.is_rtl), script))
        at += n
    return parts[::-1] if run.is_rtl else parts
