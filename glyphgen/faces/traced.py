"""Glyphs from one picture of each: a folder of drawings becomes a script, and a source with as many hands as one likes.

A picture is named by the letters that share its shape (`A.png`, `DG.png`, `comma.png`, `U+0041.png`; `A-2.png` or
`A/any.png` is a second one of A). Its ink is traced to an outline, whose weight, slant, width and contour then vary as
those of a font do; another part of the faces follows the middle of the ink with a round pen, as a person does who
copies the glyph.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from fontTools import agl
from numpy.typing import NDArray

from glyphgen.archive import Files, decode, label_of_folder, open_files, say_left_out
from glyphgen.faces.face import (
    LEVELS_PX,
    Cut,
    Face,
    GlyphSource,
    face_of_outlines,
    random_style,
    shrink,
    style_matrix,
    tight_cut,
)
from glyphgen.faces.placing import Place, Placing
from glyphgen.files import DataError, composed, written
from glyphgen.images import is_picture_name
from glyphgen.script import Grapheme, Script, has_one_case, script_toml
from glyphgen.shapes.outline import Outline, Points, contour_area
from glyphgen.shapes.skeleton import thinned

# Source: Norvig 2013, Google Books counts; the first of several letters that share a shape is the one a text most
# likely means
_BY_FREQUENCY = "ETAOINSRHLDCUMFPGWYBVKXJQZ"
_TRACE_PX = 256  # the height that ink is traced at
_LEAST_AREA_PX = 24.0  # of a contour; less is a speck
_SIDE_BEARING, _SPACE = 0.07, 0.45  # in heights of the letters
# what no picture of a lone glyph tells: how far apart letters stand, and how wide a space is besides
_SIDE_BEARINGS, _SPACES = (0.02, 0.24), (0.35, 0.95)
# `face.HEAVIER_EM` for traced pictures, whose em is the height of the letters; of thin strokes no more than this share
_HEAVIER_EM, _HEAVIER_STROKES = 0.07, 0.5
_PENS_EM, _PEN_STROKES = (0.05, 0.13), (0.8, 2.0)  # pens, and how thin and heavy they are at most beside the strokes
_LEAST_ADVANCE = 0.32  # thinner glyphs have more room at their sides


@dataclass(frozen=True, eq=False)
class GlyphFolder:
    """What a folder teaches: the script, and for each visible canonical letter its pictures as ink (h, w), 255 where
    there is ink.
    """

    script: Script
    pictures: Mapping[str, Sequence[NDArray[np.uint8]]]


def letters_of(name: str) -> str | None:
    """Return the letters that a file's name (without its ending) or a folder's stands for, or None."""
    name = composed(name)
    if (label := label_of_folder(name)) is not None:
        return label
    match = re.fullmatch(r"(.+?)(?:[ _-]?\(?\d+\)?)", name)  # A-2, A_2, "A (2)": another picture of A
    if match and (label := letters_of(match[1])) is not None:
        return label
    if name.isascii() and name.isalpha() and name.isupper() and len(set(name)) == len(name) <= 6:
        return name  # before the names of ligatures: IJ, AE
    named = agl.toUnicode(name)
    if len(named) == 1:
        return str(named)
    for title in (name, f"{name} mark", f"{name}-minus", f"full stop {name}"):
        try:
            return unicodedata.lookup(title.replace("_", " ").upper())
        except KeyError:
            continue
    if name.isalpha() and name.isupper() and len(set(name)) == len(name) <= 6:
        return name
    return None


def read_glyph_folder(root: str | Path, name: str | None = None) -> GlyphFolder:
    """Read a folder or zip of pictures of glyphs. Raises DataError that names a file whose name says no letter, that is
    no picture or has no ink, or a letter that stands for two shapes.
    """
    root = Path(root)
    files = open_files(root)
    found: dict[str, list[NDArray[np.uint8]]] = {}
    say_left_out(root, tuple(entry for entry in files.names if not is_picture_name(entry)))
    for entry in files.names:
        path = Path(entry)
        if not is_picture_name(path):
            continue
        letters = (
            letters_of(path.stem) if path.parent == Path() else letters_of(path.parent.name) or letters_of(path.stem)
        )
        if letters is None:
            raise DataError(
                f"{root}: {entry} says no letter; name pictures by the letters that share the shape: A.png, DG.png, "
                "comma.png, "
                "U+0041.png, and A-2.png for a second one"
            )
        found.setdefault(_by_frequency(letters), []).append(_ink(files, entry, root))
    if not found:
        raise DataError(
            f"{root} holds no pictures of glyphs; put one there for each, named by its letter: A.png, B.png, …"
        )
    owners: dict[str, str] = {}
    for group in found:
        for letter in group:
            if letter in owners:
                raise DataError(
                    f"{root}: {letter!r} stands for two shapes, {owners[letter]!r} and {group!r}; name one picture "
                    "otherwise"
                )
            owners[letter] = group
    cases = {letter.isupper() for letter in owners if letter.isalpha() and letter.upper() != letter.lower()}
    graphemes = [Grapheme(group[0], tuple(group[1:])) for group in sorted(found)]
    if len(cases) == 1 and cases == {False}:  # small letters only: a script without case
        graphemes = [Grapheme(g.canonical.upper(), tuple(c.upper() for c in g.others)) for g in graphemes]
    is_caseless = has_one_case(letter for g in graphemes for letter in g.letters)
    script = Script(name or root.stem, (*graphemes, Grapheme(" ")), ignores_case=is_caseless)
    return GlyphFolder(script, {script.canonical(group[0]): pictures for group, pictures in found.items()})


def glyph_folder_for(root: str | Path, script: Script) -> GlyphFolder:
    """Read the pictures of a script that is there already; others are passed over. Raises DataError for graphemes
    without any.
    """
    pictures: dict[str, list[NDArray[np.uint8]]] = {}
    for char, inks in read_glyph_folder(root).pictures.items():
        if script.can_write(char):
            pictures.setdefault(script.canonical(char), []).extend(inks)
    if missing := [char for char in script.visible if char not in pictures]:
        raise DataError(f"{root} has no picture of {' '.join(missing)} of script {script.name!r}; add {missing[0]}.png")
    return GlyphFolder(script, pictures)


def write_script(script: Script, path: Path) -> None:
    """Write the script of a lesson as the TOML file that `load_script` reads; whole or not at all."""
    groups = ["".join(grapheme.letters) for grapheme in script.graphemes if grapheme.canonical != " "]
    with written(path) as part:
        part.write_text(script_toml(script.name, groups, has_space=" " in script.alphabet), encoding="utf-8")


def trace(ink: NDArray[np.uint8]) -> Outline:
    """Return the outline of ink (h, w), 255 where there is any: 1 em high, on the baseline, smooth to half a pixel of
    256.
    """
    rows, columns = np.flatnonzero(ink.max(axis=1) > 127), np.flatnonzero(ink.max(axis=0) > 127)
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = _TRACE_PX / max(cut.shape)
    size = (max(2, round(cut.shape[1] * scale)), max(2, round(cut.shape[0] * scale)))
    large = cv2.resize(cut, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
    padded = cv2.copyMakeBorder(large, 3, 3, 3, 3, cv2.BORDER_CONSTANT)
    smooth = cv2.GaussianBlur(padded, (0, 0), max(0.8, 0.45 * scale))
    mask = (smooth > 127).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outline: list[Points] = []
    for contour in contours:
        points = cv2.approxPolyDP(contour, 0.6, True)[:, 0].astype(float) - 3
        if len(points) > 2 and abs(contour_area(points)) > _LEAST_AREA_PX:
            outline.append(_dense(points * [1, -1] + [0, size[1]]) / size[1])
    # OpenCV goes around ink one way and around holes the other; ours run counter-clockwise around ink
    area = sum(contour_area(points) for points in outline)
    outline = [points[::-1] for points in outline] if area < 0 else outline
    return Outline(tuple(outline), size[0] / size[1])


class TracedSource(GlyphSource):
    """Faces from traced pictures. pen_share of them follow the middle of the ink with a round pen; with several
    pictures of a glyph each face takes one.
    """

    def __init__(self, lesson: GlyphFolder, pen_share: float = 0.15) -> None:
        self.script, self.pictures, self.pen_share = lesson.script, lesson.pictures, pen_share
        self.placing = Placing(lesson.pictures)
        self._traced = {char: [trace(ink) for ink in inks] for char, inks in lesson.pictures.items()}
        self.outlines = {
            char: [_placed(outline, self.placing.plain(char, k)) for k, outline in enumerate(traced)]
            for char, traced in self._traced.items()
        }

    def faces(self, n: int, rng: np.random.Generator) -> list[Face]:
        return [self._face(i == 0, rng) for i in range(n)]

    def _face(self, is_plain: bool, rng: np.random.Generator) -> Face:
        which = {char: int(rng.integers(len(forms))) for char, forms in self._traced.items()}
        if is_plain:
            return face_of_outlines({char: [self.outlines[char][k]] for char, k in which.items()}, 1.0, _SPACE)
        places = self.placing.drawn(which, rng)
        chosen = {char: _placed(self._traced[char][k], places[char]) for char, k in which.items()}
        style = random_style(rng, 0.0)
        bend, is_penned = float(abs(rng.normal(0, 0.012))), rng.random() < self.pen_share
        thinnest, heaviest = (share * self.placing.stroke for share in _PEN_STROKES)
        pen_em = float(rng.uniform(min(_PENS_EM[0], thinnest), min(_PENS_EM[1], heaviest)))
        heavier_em = min(_HEAVIER_EM, _HEAVIER_STROKES * self.placing.stroke)
        bearing = float(np.exp(rng.uniform(*np.log(_SIDE_BEARINGS))))
        shapes: dict[str, list[Outline]] = {}
        for char, outline in chosen.items():
            # a pen has a weight of its own
            bolder = outline if is_penned else outline.embolden(heavier_em * (style.weight - 1))
            gap = max(bearing - _SIDE_BEARING, (_LEAST_ADVANCE - outline.advance_em) / 2)
            shapes[char] = [_apart(_bent(bolder, bend, rng), gap).transform(style_matrix(style))]
        face = face_of_outlines(shapes, 1.0, (float(rng.uniform(*_SPACES)) + bearing) * style.width)
        return _penned(face, pen_em) if is_penned else face


def _placed(outline: Outline, place: Place) -> Outline:
    """Put an outline that is 1 em high where it stands, at its size, with room at its sides."""
    height, bottom = place.height, place.bottom
    x0, _, x1, _ = outline.bounds
    moved = outline.transform(np.array([[height, 0.0, _SIDE_BEARING - height * x0], [0.0, height, bottom]]))
    return Outline(moved.contours, height * (x1 - x0) + 2 * _SIDE_BEARING)


def _apart(outline: Outline, gap_em: float) -> Outline:
    """Put so much more room at both sides of a glyph."""
    return Outline(
        tuple(points + np.array([gap_em, 0.0]) for points in outline.contours), outline.advance_em + 2 * gap_em
    )


def _bent(outline: Outline, size_em: float, rng: np.random.Generator) -> Outline:
    """Move the points of an outline by two slow waves, as another hand would draw it."""
    waves = rng.normal(0, 1, (2, 2, 2)) * 3.0  # of x and of y: two waves each, their directions
    phases, sizes = rng.uniform(0, 2 * np.pi, (2, 2)), size_em * rng.normal(0, 1, (2, 2))
    contours = []
    for points in outline.contours:
        moved = points.copy()
        for axis in (0, 1):
            for wave, phase, size in zip(waves[axis], phases[axis], sizes[axis], strict=True):
                moved[:, axis] += size * np.sin(points @ wave + phase)
        contours.append(moved)
    return Outline(tuple(contours), outline.advance_em)


def _penned(face: Face, pen_em: float) -> Face:
    """Draw the middle lines of a face's glyphs with a round pen."""
    top_px = LEVELS_PX[-1]
    width = max(1, round(pen_em * top_px * 2))
    high: dict[str, list[Cut]] = {}
    for char, cuts in face.cuts[-1].items():
        cut = cuts[0]
        twice = cv2.resize(cut.coverage, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
        pad = width + 2
        room = cv2.copyMakeBorder(twice, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
        line = thinned(room > 127).astype(np.uint8) * 255
        drawn = cv2.dilate(line, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width)))
        pad += pad % 2
        drawn = cv2.copyMakeBorder(drawn, 0, drawn.shape[0] % 2, 0, drawn.shape[1] % 2, cv2.BORDER_CONSTANT)
        coverage = cv2.resize(drawn, (drawn.shape[1] // 2, drawn.shape[0] // 2), interpolation=cv2.INTER_AREA)
        high[char] = [tight_cut(coverage, cut.left - pad // 2, cut.top - pad // 2, cut.advance)]
    levels = tuple({c: [shrink(cut, px / top_px) for cut in cuts] for c, cuts in high.items()} for px in LEVELS_PX)
    return Face(levels, face.space_px)


def _ink(files: Files, entry: str, root: Path) -> NDArray[np.uint8]:
    """Return a picture's ink (h, w), 255 where there is any, whatever its polarity. Raises DataError where there is
    none.
    """
    image = decode(files, entry, root)
    gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    paper = float(np.median(border))
    far = np.abs(gray.astype(np.float32) - paper)
    if far.max() < 24 or min(gray.shape) < 4:
        raise DataError(f"{root}: {entry} has no ink: it is all of one shade, or smaller than 4 px")
    ink = np.clip(far * (255 / far.max()), 0, 255).astype(np.uint8)
    level, _ = cv2.threshold(ink, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    # it is the darkest shade of the paper; in a picture of two shades far from the lightest of the ink
    level = (level + float(ink[ink > level].min())) // 2
    stretched: NDArray[np.uint8] = np.clip(
        (ink.astype(np.float32) - level) * (127 / max(255 - level, 1)) + 128, 0, 255
    ).astype(np.uint8)
    if (stretched > 127).sum() < 8:
        raise DataError(f"{root}: {entry} has hardly any ink")
    return stretched


def _by_frequency(letters: str) -> str:
    known = {letter: k for k, letter in enumerate(_BY_FREQUENCY)}
    return "".join(sorted(letters, key=lambda letter: (known.get(letter.upper(), 99), letter)))


def _dense(points: Points, step: float = 6.0) -> Points:
    """Add points to the long sides of a closed contour, so that it can bend."""
    parts = []
    for a, b in zip(points, np.roll(points, -1, axis=0), strict=True):
        n = max(1, int(np.hypot(*(b - a)) // step))
        parts.append(a + (b - a) * np.linspace(0, 1, n, endpoint=False)[:, None])
    return np.concatenate(parts)
