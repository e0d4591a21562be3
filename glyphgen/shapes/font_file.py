"""Font files: open one, check that it draws a script; build a TTF of our own drawing.

Outlines are read with fontTools, which sees glyphs that Pillow silently leaves blank in fonts whose last character
map is empty. A font is checked when it is opened: every grapheme has ink, or FontError lists those that have none.
"""

from __future__ import annotations

import logging
import unicodedata
from functools import cache, cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.basePen import BasePen
from fontTools.pens.ttGlyphPen import TTGlyphPen

from glyphgen.files import written
from glyphgen.script import Script
from glyphgen.shapes.font_tables import (
    FontError,
    character_map,
    mend_metrics,
    open_tables,
    picture_tables,
    units_per_em,
)
from glyphgen.shapes.outline import Outline, Points, contour_area
from glyphgen.shapes.pen import Drawing

_LOG = logging.getLogger(__name__)
_CURVE_STEPS = 8
_T = np.linspace(0, 1, _CURVE_STEPS + 1)[1:, None]  # where a curve is cut
_SAMPLE = 40  # characters that tell what a font is like
_LEAST_ADVANCE = 0.1  # of the ink's width; below, letters would lie on one another
_BEARING = 0.12  # of the height of capitals, on each side of ink that has no advance of its own
__all__ = ["FontError", "LICENCE", "OpenFont", "build_font"]
LICENCE = "This font was drawn for the glyph toolkit and is released under the MIT licence."


class OpenFont:
    """A TTF, OTF, WOFF or WOFF2 file, or font `number` of a collection (TTC). Raises FontError when it is not one, or
    has no outlines.

    Letters without an advance of their own are set by the width of their ink; a font in which none has one is named in
    a warning, once.
    """

    def __init__(self, path: str | Path, number: int = 0) -> None:
        self.path, self.number = Path(path), number
        self._font = open_tables(self.path, number)
        try:
            self._units = units_per_em(self._font, self.path)
            self.has_advances = mend_metrics(self._font)
            self._glyphs = self._font.getGlyphSet()
            self._cmap = character_map(self._font, self.path)
        except FontError:
            raise
        except KeyError as error:
            raise FontError(f"{self.path} is damaged: it lacks the table {error}; get the font anew") from error
        except Exception as error:  # a damaged table may raise anything in fontTools
            raise FontError(f"{self.path} is not a font that can be read: {error}") from error
        self._pictures = picture_tables(self._font)
        if self._pictures and not self._has_outlines():
            raise FontError(
                f"{self.path} has {self._pictures} and no outlines, which are what is drawn here; choose a font with "
                "outlines"
            )
        if not self.has_advances:
            _warn_of_advances(self.path)

    def _has_outlines(self) -> bool:
        """Return whether any of some characters has a contour."""
        codes = [code for code in self._cmap if code > 32]
        for code in codes[:: max(1, len(codes) // _SAMPLE)]:
            try:
                outline = self.outline(chr(code))
            except FontError:
                return True  # damaged, and not of pictures alone
            if outline is not None and outline.contours:
                return True
        return False

    @cached_property
    def _bearing_em(self) -> float:
        """The room on each side of ink that has no advance of its own."""
        codes = [code for code in self._cmap if code > 32]
        tops = []
        for code in codes[:: max(1, len(codes) // _SAMPLE)]:
            try:
                points = [p for c in self._contours(self._cmap[code]) for p in c[:, 1].tolist()]
            except Exception:  # as above
                continue
            tops += [max(points) - min(points)] if points else []
        return _BEARING * float(np.median(tops)) if tops else 0.08

    def _contours(self, name: str) -> list[Points]:
        pen = _FlatteningPen(self._glyphs)
        self._glyphs[name].draw(pen)
        return [np.array(c, float) / self._units for c in pen.contours if len(c) > 2]

    def outline(self, char: str) -> Outline | None:
        """Return the outline of a character, or None when the font has no glyph for it."""
        name = self._cmap.get(ord(char))
        if name is None:
            return None
        try:
            contours = self._contours(name)
            advance = float(self._glyphs[name].width) / self._units
        except Exception as error:  # as above
            raise FontError(
                f"{self.path} is damaged: the glyph of {char!r} cannot be drawn ({type(error).__name__}: {error})"
            ) from error
        if not np.isfinite(advance) or not all(np.isfinite(c).all() for c in contours):
            raise FontError(f"{self.path} is damaged: the glyph of {char!r} has no finite size")
        # ours run counter-clockwise around ink, y up; TrueType's run clockwise, and PostScript's as ours
        if sum(contour_area(c) for c in contours) < 0:
            contours = [c[::-1] for c in contours]
        if contours and not unicodedata.category(char).startswith("M"):  # marks stand upon the letter before them
            x = np.concatenate(contours)[:, 0]
            left, width = float(x.min()), float(x.max() - x.min())
            if advance <= _LEAST_ADVANCE * width:
                contours = [c + np.array([self._bearing_em - left, 0.0]) for c in contours]
                advance = width + 2 * self._bearing_em
        return Outline(tuple(contours), advance)

    def sfnt(self) -> bytes:
        """Return the file as TrueType or OpenType; a WOFF or WOFF2 is unpacked."""
        if self._font.flavor is None:
            return self.path.read_bytes()
        unpacked = open_tables(self.path, self.number)
        unpacked.flavor, data = None, BytesIO()
        unpacked.save(data)
        return data.getvalue()

    def __reduce__(self) -> tuple[Any, ...]:  # another process opens the file by itself
        return OpenFont, (self.path, self.number)

    def contours_of(self, glyph: int) -> list[Points]:
        """Return the contours (n, 2) of a glyph by its number in the font, em, as the font has them. Raises
        FontError.
        """
        try:
            found = self._contours(self._font.getGlyphName(glyph))
        except Exception as error:  # as above
            raise FontError(
                f"{self.path} is damaged: glyph {glyph} cannot be drawn ({type(error).__name__}: {error})"
            ) from error
        if not all(np.isfinite(contour).all() for contour in found):
            raise FontError(f"{self.path} is damaged: glyph {glyph} has no finite size")
        return found

    def draws(self, char: str) -> bool:
        """Return whether the font maps a character to a glyph; cheaper than `has_ink`, which looks at it."""
        return ord(char) in self._cmap

    def has_ink(self, char: str) -> bool:
        """Return whether the font draws anything for a character."""
        return _leaves_ink(self.outline(char))

    @property
    def full_name(self) -> str:
        """What the font calls itself, style included; the file's name where it says nothing."""
        try:
            return str(self._font["name"].getDebugName(4) or self.path.name)
        except Exception:  # as above
            return self.path.name

    @property
    def family(self) -> str:
        """What the font calls its family, without style; the file's name where it says nothing."""
        try:
            names = self._font["name"]
            # no types
            return str(names.getDebugName(16) or names.getDebugName(1) or self.path.name)
        except Exception:  # as above
            return self.path.name

    @property
    def space_em(self) -> float:
        """The advance of the space; 0.35 em where there is none, or it is zero."""
        name = self._cmap.get(32)
        return (float(self._glyphs[name].width / self._units) if name else 0.0) or 0.35

    def outlines(self, script: Script) -> dict[str, Outline]:
        """Return the outline of every visible grapheme, drawn by the first of its letters that has ink.
        Raises FontError that lists the graphemes without ink.
        """
        found: dict[str, Outline] = {}
        for grapheme in script.graphemes:
            if grapheme.canonical == " ":
                continue
            forms = [f for letter in grapheme.letters for f in (letter, letter.lower())]
            for form in forms:
                outline = self.outline(form)
                if outline is not None and _leaves_ink(outline):
                    found[grapheme.canonical] = outline
                    break
        if missing := [c for c in script.visible if c not in found]:
            pictures = f" (it has {self._pictures}, which are not drawn)" if self._pictures else ""
            raise FontError(
                f"{self.path} draws nothing for {' '.join(missing)} of script {script.name!r}{pictures}; "
                f"see what it has with: python -m glyphgen inspect {self.path}"
            )
        return found

    def characters(self) -> list[str]:
        """Return every character with ink, in code point order (whitespace left out)."""
        return [chr(c) for c in sorted(self._cmap) if not chr(c).isspace() and c > 32 and self.has_ink(chr(c))]


def _leaves_ink(outline: Outline | None) -> bool:
    return outline is not None and bool(outline.contours) and outline.rasterize(64)[0].max(initial=0) > 0


@cache
def _warn_of_advances(path: Path) -> None:
    _LOG.warning("%s: no letter has an advance (hmtx); lines are spaced by the width of the ink instead", path)


def build_font(drawing: Drawing, path: str | Path, family: str) -> None:
    """Write a TrueType font of the plain drawing: A-Z and a-z (each letter of a shared shape) and the space."""
    units = 1000
    pens: dict[str, TTGlyphPen] = {".notdef": TTGlyphPen(None), "space": TTGlyphPen(None)}
    advances = {".notdef": 500, "space": round(drawing.advances_em.get(" ", 0.4) * units)}
    cmap = {32: "space"}
    for i, grapheme in enumerate(g for g in drawing.script.graphemes if g.canonical != " "):
        outline = drawing.outline(grapheme.canonical)
        glyph = grapheme.canonical if grapheme.canonical.isascii() and grapheme.canonical.isalpha() else f"glyph{i}"
        pens[glyph] = TTGlyphPen(None)
        for contour in outline.contours:
            points = [tuple(p) for p in np.round(contour[::-1] * units).astype(int).tolist()]
            pens[glyph].moveTo(points[0])
            for point in points[1:]:
                pens[glyph].lineTo(point)
            pens[glyph].closePath()
        advances[glyph] = round(outline.advance_em * units)
        for letter in grapheme.letters:
            for form in {letter, letter.lower(), letter.upper()}:
                cmap[ord(form)] = glyph
    box = [(0, 0), (400, 0), (400, 700), (0, 700)]
    pens[".notdef"].moveTo(box[0])
    for corner in box[:0:-1]:
        pens[".notdef"].lineTo(corner)
    pens[".notdef"].closePath()
    builder = FontBuilder(units, isTTF=True)
    builder.setupGlyphOrder(list(pens))
    builder.setupCharacterMap(cmap)
    glyphs = {name: pen.glyph() for name, pen in pens.items()}
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({n: (advances[n], getattr(glyphs[n], "xMin", 0) or 0) for n in pens})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    cap = round(max(drawing.outline(c).bounds[3] for c in drawing.script.visible) * units)
    builder.setupNameTable(
        {
            "familyName": family,
            "styleName": "Regular",
            "uniqueFontIdentifier": f"{family}-Regular-1.0",
            "fullName": f"{family} Regular",
            "psName": f"{family.replace(' ', '')}-Regular",
            "version": "Version 1.0",
            "licenseDescription": LICENCE,
        }
    )
    builder.setupOS2(
        sTypoAscender=800, sTypoDescender=-200, usWinAscent=850, usWinDescent=250, sCapHeight=cap, sxHeight=cap
    )
    builder.setupPost()
    with written(path) as part:
        builder.save(str(part))


class _FlatteningPen(BasePen):
    """Takes a glyph's curves as closed polylines, font units; fontTools takes apart what has several control points,
    and components.
    """

    skipMissingComponents = False

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)  # type: ignore[no-untyped-call]  # as above
        self.contours: list[list[tuple[float, float]]] = []

    def _moveTo(self, point: tuple[float, float]) -> None:
        self.contours.append([point])

    def _lineTo(self, point: tuple[float, float]) -> None:
        self.contours[-1].append(point)

    def _curveToOne(self, *points: tuple[float, float]) -> None:
        a, b, c, d = (np.array(p, float) for p in (self.contours[-1][-1], *points))
        curve = (1 - _T) ** 3 * a + 3 * (1 - _T) ** 2 * _T * b + 3 * (1 - _T) * _T**2 * c + _T**3 * d
        self.contours[-1].extend(map(tuple, curve))

    def _qCurveToOne(self, *points: tuple[float, float]) -> None:
        a, b, c = (np.array(p, float) for p in (self.contours[-1][-1], *points))
        self.contours[-1].extend(map(tuple, (1 - _T) ** 2 * a + 2 * (1 - _T) * _T * b + _T**2 * c))
