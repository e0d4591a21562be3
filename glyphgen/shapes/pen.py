"""Strokes and a pen: our own drawings of glyphs, and what other hands make of them.

A stroke is a ladder of ribs. A rib is the segment that a broad nib covers at one moment, as `penpos` has it in
Metafont (Knuth 1986): two points, left and right; their middle is the path of the hand, their distance the width.
Joining the left ends and the right ends gives the outline, so wedges, flat ends and tapers all come from a few
numbers that a person can type. From the same ribs come type (ribs as drawn, with another weight, pen angle,
contrast or slant) and handwriting (the middles followed by a round pen of one width, in a hurry; or by one of the hands
of `handwriting`, in time).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from glyphgen.script import SCRIPTS_DIR, Script, ScriptError, load_script, read_toml
from glyphgen.shapes.hands import Hand, find_hand
from glyphgen.shapes.handwriting import Trace, trajectory
from glyphgen.shapes.hurry import hurried, shaken
from glyphgen.shapes.ink import inked
from glyphgen.shapes.outline import Outline, Points, contour_area

_CURVE_STEPS = 6


@dataclass(frozen=True)
class Stroke:
    """Ribs (n, 2, 2): left and right (x, y) per rib, in em; `is_corner` (n,) marks sharp knots."""

    ribs: Points
    is_corner: tuple[bool, ...]


@dataclass(frozen=True)
class Style:
    """How a pen differs from the drawing as typed. All lengths in em, angles in degrees.

    `weight` scales every rib; `contrast` above 0 thins narrow ribs, below 0 evens them out; `pen_angle_deg` turns
    the ribs; `jitter_em` moves knots; `is_handwritten` follows the middles with a round pen of `pen_em`, with
    `jitter_em` of wobble; `is_hurried` does so in a hurry. `hand`, a name of `hands.HANDS` or "mixed", writes the
    middles in place of all of that but `slant_deg` and `width`.
    """

    weight: float = 1.0
    contrast: float = 0.0
    pen_angle_deg: float = 0.0
    slant_deg: float = 0.0
    width: float = 1.0
    jitter_em: float = 0.0
    is_handwritten: bool = False
    pen_em: float = 0.06
    is_hurried: bool = False
    hand: str = ""


@dataclass(frozen=True)
class Drawing:
    """All strokes of a script, the visible canonical letters being the keys."""

    script: Script
    strokes: dict[str, tuple[Stroke, ...]]
    advances_em: dict[str, float]

    def outline(self, char: str, style: Style = Style(), rng: np.random.Generator | None = None) -> Outline:
        """Draw one grapheme. `rng` is needed when the style has jitter. An unknown char raises ScriptError."""
        strokes = self._strokes_of(char)
        if style.hand:
            if rng is None:
                raise ValueError("a handwritten style needs rng")
            contours = list(self.written(char, find_hand(style.hand, rng), rng).contours)
        elif style.is_handwritten and style.is_hurried:
            contours = _hurried_strokes(strokes, style, rng)
        else:
            draw = _hand_stroke if style.is_handwritten else _pen_stroke
            contours = [c for s in strokes for c in draw(s, style, rng)]
        slant = np.tan(np.radians(style.slant_deg))
        return Outline(tuple(contours), self.advances_em[char]).transform(
            np.array([[style.width, slant * style.width, 0.0], [0.0, 1.0, 0.0]])
        )

    def traces(self, char: str, hand: Hand, rng: np.random.Generator) -> list[Trace]:
        """Write one grapheme by hand: where the pen was, when and how wide (see `handwriting.trajectory`). An unknown
        char raises ScriptError.
        """
        return trajectory([curve(_path_of(s), s.is_corner) for s in self._strokes_of(char)], hand, rng)

    def written(self, char: str, hand: Hand, rng: np.random.Generator) -> Outline:
        """Return one grapheme as a hand, or one person of that kind, writes it. An unknown char raises ScriptError."""
        person = hand.person(rng)
        traces = self.traces(char, person, rng)
        return inked(traces, self.advances_em[char] * person.stretch_range[0])

    def _strokes_of(self, char: str) -> tuple[Stroke, ...]:
        if char not in self.advances_em:
            raise ScriptError(f"the drawing of {self.script.name!r} has no strokes for {char!r}")
        return self.strokes.get(char, ())


def parse_stroke(text: str, units_per_em: float) -> Stroke:
    """Parse `"xl,yl:xr,yr x,y! …"` (see scripts/hylian.toml). Raises ScriptError naming the faulty rib."""
    ribs, corners = [], []
    for word in text.split():
        ends = word.rstrip("!").split(":")
        try:
            pair = [[float(v) for v in end.split(",")] for end in (ends[0], ends[-1])]
        except ValueError:
            pair = []
        if len(ends) > 2 or len(pair) != 2 or any(len(end) != 2 or not np.isfinite(end).all() for end in pair):
            raise ScriptError(f"cannot read the rib {word!r} in the stroke {text!r}; write xl,yl:xr,yr or x,y")
        ribs.append(pair)
        corners.append(word.endswith("!"))
    if len(ribs) < 2:
        raise ScriptError(f"the stroke {text!r} has {len(ribs)} rib; a stroke needs two or more")
    return Stroke(np.array(ribs) / units_per_em, tuple(corners))


def drawn_scripts() -> list[str]:
    """Return the names of the released scripts that have strokes."""
    return [path.stem for path in sorted(SCRIPTS_DIR.glob("*.toml")) if has_strokes(path.stem)]


def has_strokes(name_or_path: str | Path) -> bool:
    """Return whether a script file has strokes. Raises ScriptError where there is no such file."""
    return Path(name_or_path).suffix != ".txt" and "strokes" in read_toml(name_or_path)


def load_drawing(name_or_path: str | Path) -> Drawing:
    """Load the strokes of a script file. Raises ScriptError listing visible graphemes that have no strokes."""
    script, data = load_script(name_or_path), read_toml(name_or_path)
    facts: dict[str, Any] = data.get("drawing", {})
    for key in ("units_per_em", "side_bearing", "space_advance"):
        value = facts.get(key, 1)
        if not isinstance(value, int | float) or not 0 <= value < 1e6 or (key == "units_per_em" and value == 0):
            raise ScriptError(f"script {script.name!r}: drawing.{key} cannot be {value!r}")
    units = float(facts.get("units_per_em", 140))
    if stray := [char for char in data.get("strokes", {}) if char not in script.visible]:
        raise ScriptError(f"script {script.name!r} has strokes for {stray[0]!r}, which is not one of {script.visible}")
    strokes = {char: tuple(parse_stroke(s, units) for s in lines) for char, lines in data.get("strokes", {}).items()}
    if missing := [char for char in script.visible if not strokes.get(char)]:
        raise ScriptError(
            f"script {script.name!r} has no strokes for {' '.join(missing)}; use a font: data.font=FILE (--font FILE)"
        )
    bearing = float(facts.get("side_bearing", 7)) / units
    advances = {" ": float(facts.get("space_advance", 50)) / units}
    for char, parts in strokes.items():
        x = np.concatenate([part.ribs[..., 0].ravel() for part in parts])
        shift = bearing - x.min()
        strokes[char] = tuple(Stroke(part.ribs + np.array([shift, 0.0]), part.is_corner) for part in parts)
        advances[char] = float(x.max() - x.min()) + 2 * bearing
    return Drawing(script, strokes, advances)


def curve(points: Points, is_corner: tuple[bool, ...], steps: int = _CURVE_STEPS) -> Points:
    """Join knots (n, 2) smoothly (Catmull-Rom as cubic Hermite, tangents by chord length), straight into corners."""
    step = np.diff(points, axis=0)  # (n - 1, 2)
    chord = np.maximum(np.sqrt((step**2).sum(axis=1)), 1e-9)[:, None]
    straight = step / chord
    leaves, arrives = straight.copy(), straight.copy()  # tangents at the start and at the end of each piece
    smooth = (straight[:-1] * chord[1:] + straight[1:] * chord[:-1]) / (chord[1:] + chord[:-1])
    is_smooth = ~np.array(is_corner)[1:-1]
    leaves[1:][is_smooth] = arrives[:-1][is_smooth] = smooth[is_smooth]
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    pieces = (
        (2 * t**3 - 3 * t**2 + 1) * points[:-1]
        + (t**3 - 2 * t**2 + t) * leaves * chord
        + (3 * t**2 - 2 * t**3) * points[1:]
        + (t**3 - t**2) * arrives * chord
    )  # (steps, n - 1, 2)
    return np.concatenate([pieces.transpose(1, 0, 2).reshape(-1, 2), points[-1:]])


def _pen_stroke(stroke: Stroke, style: Style, rng: np.random.Generator | None) -> list[Points]:
    ribs = stroke.ribs
    if style.jitter_em:
        if rng is None:
            raise ValueError("a style with jitter_em needs rng")
        ribs = ribs + rng.normal(0, style.jitter_em, ribs.shape) + rng.normal(0, style.jitter_em, (1, 1, 2))
    middle = ribs.mean(axis=1, keepdims=True)
    half = ribs - middle
    width = np.linalg.norm(half, axis=2, keepdims=True).max(axis=1, keepdims=True)
    scale = (
        style.weight * (width / max(float(width.max()), 1e-9) + 1e-6) ** style.contrast
        if style.contrast
        else style.weight
    )
    a = np.radians(style.pen_angle_deg)
    turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    ribs = middle + (half @ turn) * scale
    left, right = curve(ribs[:, 0], stroke.is_corner), curve(ribs[:, 1], stroke.is_corner)
    contour = np.concatenate([left, right[::-1]])
    return [contour if contour_area(contour) >= 0 else contour[::-1]]


def _hand_stroke(stroke: Stroke, style: Style, rng: np.random.Generator | None) -> list[Points]:
    if rng is None:
        raise ValueError("a handwritten style needs rng")
    path = _path_of(stroke)
    path = path + rng.normal(0, style.jitter_em, path.shape) + rng.normal(0, style.jitter_em, 2)
    direction = path[-1] - path[0]
    path[-1] += direction * rng.normal(0.0, 0.06)  # overshoots, or stops before it closes
    path[0] -= direction * rng.normal(0.0, 0.06)
    points = curve(path, stroke.is_corner)
    return round_pen(points, style.pen_em / 2)


def _hurried_strokes(strokes: tuple[Stroke, ...], style: Style, rng: np.random.Generator | None) -> list[Points]:
    if rng is None:
        raise ValueError("a handwritten style needs rng")
    paths = [
        (path + rng.normal(0, style.jitter_em, path.shape), s.is_corner) for s in strokes for path in [_path_of(s)]
    ]
    drawn, shake_em = hurried(paths, rng)
    return [
        part
        for knots, is_corner in drawn
        for part in round_pen(shaken(curve(knots, is_corner), shake_em, rng), style.pen_em / 2)
    ]


def _path_of(stroke: Stroke) -> Points:
    """Return the way of the hand (n, 2): the middles of the ribs."""
    path: Points = stroke.ribs.mean(axis=1)
    # a wide wedge is drawn by hand as a short line along its longer side: its corners, not only its middle
    widths = np.linalg.norm(stroke.ribs[:, 0] - stroke.ribs[:, 1], axis=1)
    if len(path) == 2 and widths.max() > 1.2 * np.linalg.norm(path[1] - path[0]):
        path = stroke.ribs[int(widths.argmax())]
    return path


def round_pen(path: Points, radius_em: float) -> list[Points]:
    """Return the outline of a round pen along a path (n, 2): a disc per knot and a band per step, to be united."""
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    disc = radius_em * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    contours: list[Points] = [disc + path[0]]
    for p, q in pairwise(path):
        step = q - p
        length = float(np.hypot(*step))
        if length < 1e-9:
            continue
        normal = np.array([-step[1], step[0]]) / length * radius_em
        contours += [np.array([p - normal, q - normal, q + normal, p + normal]), disc + q]
    return contours
