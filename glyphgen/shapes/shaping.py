"""Text as a font sets it: letters that join and change by their neighbors, marks above and below, ligatures, kerning.

HarfBuzz does what browsers do with it. It answers in clusters, the parts of a text that are drawn as one: a letter with
its marks, or several letters with one shape. Glyphs come as outlines, so a line can be drawn in any style.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from fontTools import unicodedata as scripts_of_unicode

from glyphgen.shapes.bidi import Run, visual_runs
from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.outline import Outline, contour_area

_INHERITED = ("Zyyy", "Zinh", "Zzzz")  # of no script of their own: signs, marks, unassigned
# in these, letters join or are put together by what stands beside them; in all others they stand apart
_JOINED = (
    *("Adlm", "Arab", "Chrs", "Elym", "Mand", "Mani", "Mong", "Nkoo", "Ougr", "Phag", "Phlp", "Rohg", "Sogd", "Syrc"),
    *("Bali", "Batk", "Beng", "Bhks", "Brah", "Bugi", "Buhd", "Cakm", "Cham", "Deva", "Diak", "Dogr", "Gong", "Gonm"),
    *("Gran", "Gujr", "Guru", "Hano", "Java", "Kali", "Kawi", "Khar", "Khmr", "Khoj", "Knda", "Kthi", "Lana", "Lepc"),
    *("Limb", "Mahj", "Maka", "Marc", "Mlym", "Modi", "Mtei", "Mymr", "Nand", "Newa", "Orya", "Rjng", "Saur", "Shrd"),
    *("Sidd", "Sind", "Sinh", "Soyo", "Sund", "Sylo", "Tagb", "Takr", "Taml", "Telu", "Tglg", "Tibt", "Tirh", "Zanb"),
)
_CIRCLE = 0x25CC  # HarfBuzz draws it under a mark that stands upon nothing
_MOST_KEPT = 4_000  # outlines of clusters, some kilobytes each


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
    return not any(scripts_of_unicode.script(char) in _JOINED for char in text)


def joined_in(text: str) -> str | None:
    """Return the first character of a text that belongs to a line, for its letters join across; or None."""
    across = (script for script in _JOINED if script not in ("Mong", "Phag"))  # which are written in columns
    known = frozenset(across)
    return next((char for char in text if scripts_of_unicode.script(char) in known), None)


def units_of(text: str, clusters: Sequence[Cluster]) -> tuple[str, ...]:
    """Return the part of a text that each cluster with ink stands for, in the order of the text: what has none belongs
    to the one before it, or to the first.
    """
    starts = sorted(one.start for one in clusters if one.outline.contours)
    parts = [text[a:b] for a, b in pairwise([0, *starts[1:], len(text)])] if starts else []
    return tuple("".join(part.split()) for part in parts)


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
    """Sets texts in a font. Raises ImportError without uharfbuzz, FontError for a font whose letters have no advance:
    HarfBuzz would set them on one spot.
    """

    def __init__(self, font: OpenFont) -> None:
        if not font.has_advances:
            raise FontError(
                f"{font.path}: no letter has an advance (hmtx), so it cannot be shaped; choose another font"
            )
        hb: Any = import_module("uharfbuzz")  # no types
        self.font, self._hb = font, hb
        face = hb.Face(font.sfnt(), font.number)
        self._upem, self._font = face.upem, hb.Font(face)
        self._circle = self._font.get_nominal_glyph(_CIRCLE)
        self._outlines: dict[tuple[tuple[int, int, int], ...], Outline] = {}

    def __reduce__(self) -> tuple[Any, ...]:  # another process opens the font by itself
        return Shaper, (self.font,)

    def can_write(self, text: str) -> bool:
        """Return whether the font draws all of a text, and nothing else."""
        for buffer, run in self._buffers(text, False):
            for one in self._clusters(buffer, run, text):
                glyphs = {glyph for glyph, _, _ in one.key[:-1]}
                is_seen = any(not char.isspace() and unicodedata.category(char) != "Cf" for char in one.text)
                if is_seen and (0 in glyphs or not one.outline.contours):
                    return False
                if self._circle in glyphs and chr(_CIRCLE) not in one.text:
                    return False
        return True

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
            if not glyphs_at[0][0] and text[start : ends[start]].isspace():  # a font may do without a glyph for it
                glyphs_at, advance = [], round(self.font.space_em * self._upem)
            key = (*glyphs_at, (-1, advance, 0))
            if key not in self._outlines:
                if len(self._outlines) >= _MOST_KEPT:
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
