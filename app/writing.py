"""Write a text in a script that we draw, or in a font of the user's: as a picture, as SVG, as a font."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from app.errors import AnswerError
from glyphgen.render.color import Color
from glyphgen.render.paint import paint
from glyphgen.render.paint_style import PaintStyle
from glyphgen.script import ScriptError
from glyphgen.shapes.font_file import FontError, OpenFont, build_font
from glyphgen.shapes.outline import Outline
from glyphgen.shapes.pen import drawn_scripts, load_drawing

MOST_LETTERS = 48
STYLES = {
    "plain": PaintStyle(),
    "carved": PaintStyle(carved=1.0, light=1.0),
    "solid": PaintStyle(extruded=1.0),
    "shadow": PaintStyle(shadow=1.0),
    "glow": PaintStyle(glow=1.0),
    "outline": PaintStyle(outline=1.0),
}
DRAWN = ("hylian", *(name for name in drawn_scripts() if name != "hylian"))  # the scripts that we draw
MOST_SEED = 9999
_CAP_PX = 72


@dataclass(frozen=True)
class Writing:
    """What to write, and how: script, one of DRAWN; or font, the path of a font file, instead. look, one of STYLES; ink
    and paper, CSS colors; material, how strongly the surface shows, degradation, slant and perspective from 0 to 1;
    seed, for what is left to chance.
    """

    text: str
    script: str = "hylian"
    font: str | None = None
    look: str = "plain"
    ink: str = "#20242c"
    paper: str = "#e8e0cc"
    material: float = 0.0
    degradation: float = 0.0
    slant: float = 0.0
    perspective: float = 0.0
    seed: int = 0


def write_text(writing: Writing) -> Image.Image:
    """Return the text as a picture. Raises AnswerError for what cannot be written."""
    outline, cap_em = line_outline(writing)
    coverage, _, _ = outline.rasterize(_CAP_PX / cap_em)
    margin = round(0.5 * _CAP_PX)
    # dtype in stubs
    coverage = cv2.copyMakeBorder(  # type: ignore[assignment]
        coverage,
        margin,
        margin,
        margin,
        margin,
        cv2.BORDER_CONSTANT,
    )
    rng = np.random.default_rng([writing.seed, 83])
    coverage = _in_perspective(coverage, writing.perspective)
    style = STYLES[writing.look]
    if writing.material:
        style = PaintStyle(
            **{**style.__dict__, "material": 1.0, "material_range": (writing.material, writing.material)}
        )
    if writing.degradation > 0.4:
        style = PaintStyle(**{**style.__dict__, "worn": 1.0})
    image = paint(coverage, _CAP_PX, style, writing.seed, rng, (_color(writing.ink), _color(writing.paper)))
    if writing.degradation:
        from glyphgen.render.degrade import (
            make_degradation,
        )  # takes a second to import, and the page should be there by then

        image = make_degradation(writing.degradation)(image, _CAP_PX, rng)
    return Image.fromarray(image)


def write_svg(writing: Writing) -> str:
    """Return the text as an SVG picture, its outlines alone. Raises AnswerError."""
    outline, cap_em = line_outline(writing)
    scale = _CAP_PX / cap_em
    x0, y0, x1, y1 = outline.bounds
    margin = 0.5 * _CAP_PX
    width, height = (x1 - x0) * scale + 2 * margin, (y1 - y0) * scale + 2 * margin
    paths = []
    for contour in outline.contours:
        points = (contour * [1, -1] - [x0, -y1]) * scale + margin
        paths.append("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points.tolist()) + "Z")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.2f} {height:.2f}" width="{width:.0f}" '
        f'height="{height:.0f}">'
        f'<rect width="100%" height="100%" fill="{_hex(writing.paper)}"/>'
        f'<path fill="{_hex(writing.ink)}" fill-rule="nonzero" d="{"".join(paths)}"/></svg>'
    )


@lru_cache(maxsize=4)
def font_bytes(script: str) -> bytes:
    """Return the font of our own drawing of a script, a TTF."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{script}.ttf"
        build_font(drawing := load_drawing(script), path, drawing.script.shown_name)
        return path.read_bytes()


def line_outline(writing: Writing) -> tuple[Outline, float]:
    """Return the outline of the whole line, and the height of a capital in em. Raises AnswerError."""
    words = " ".join(writing.text.upper().replace("'", "").replace("’", "").split())  # signs leave apostrophes out
    if not words or len(words) > MOST_LETTERS:
        raise AnswerError("bad_text", f"write 1 to {MOST_LETTERS} letters, not {len(words)}")
    if writing.look not in STYLES or writing.script not in DRAWN:
        raise AnswerError("bad_field", f"look must be one of {', '.join(STYLES)}, script one of {', '.join(DRAWN)}")
    if not all(
        0 <= value <= 1 for value in (writing.material, writing.degradation, writing.slant, writing.perspective)
    ):
        raise AnswerError("bad_field", "material, degradation, slant and perspective lie between 0 and 1")
    text, outlines, space_em, cap_em = (
        _of_font(writing.font, writing.text) if writing.font else _drawn(writing.script, words)
    )
    lean = np.array([[1.0, 0.35 * writing.slant, 0.0], [0.0, 1.0, 0.0]])
    contours, pen = [], 0.0
    for char in text:
        if char != " ":
            contours += [contour @ lean[:, :2].T + [pen, 0.0] for contour in outlines[char].contours]
        pen += space_em if char == " " else outlines[char].advance_em + 0.06
    return Outline(tuple(contours), pen), cap_em


@lru_cache(maxsize=4)
def _outlines(script: str) -> dict[str, Outline]:
    drawing = load_drawing(script)
    return {char: drawing.outline(char) for char in drawing.script.visible}


def _drawn(script: str, words: str) -> tuple[str, dict[str, Outline], float, float]:
    """Return the text in canonical letters, outlines by letter, the width of a space and the height of a
    capital in em.
    """
    drawing, outlines = load_drawing(script), _outlines(script)
    try:
        text = drawing.script.canonical(words)
    except ScriptError as error:
        raise AnswerError("bad_text", str(error)) from error
    return text, outlines, drawing.advances_em[" "], max(outline.bounds[3] for outline in outlines.values())


def _of_font(path: str, text: str) -> tuple[str, dict[str, Outline], float, float]:
    """Return the same for a font file, whose characters are taken as they are."""
    text = " ".join(text.split())
    chars = sorted(set(text) - {" "})
    try:
        font = OpenFont(path)
        outlines = {char: outline for char in chars if font.has_ink(char) and (outline := font.outline(char))}
        space = font.space_em
    except (FontError, OSError, ValueError) as error:
        raise AnswerError("bad_font", "this font cannot be read; give a TTF or OTF file") from error
    if missing := [char for char in chars if char not in outlines]:
        raise AnswerError("bad_text", f"the font does not draw {' '.join(missing)}")
    cap_em = max(outline.bounds[3] - min(outline.bounds[1], 0.0) for outline in outlines.values())
    if not 0.05 < cap_em < 20 or any(not 0 <= outline.advance_em < 20 for outline in outlines.values()):
        raise AnswerError("bad_font", "the glyphs of this font have sizes that no writing has")
    return text, outlines, space, cap_em


def _in_perspective(coverage: NDArray[np.uint8], amount: float) -> NDArray[np.uint8]:
    """Return coverage as on a wall that goes back to the right."""
    if not amount:
        return coverage
    height, width = coverage.shape
    near, far = 0.5 * height, 0.5 * height * (1 - 0.6 * amount)
    end = width * (1 - 0.3 * amount)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    middle = height / 2
    target = np.array([[0, middle - near], [end, middle - far], [end, middle + far], [0, middle + near]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    # dtype in stubs
    return cv2.warpPerspective(  # type: ignore[return-value]
        coverage,
        matrix,
        (max(8, round(end)), height),
        flags=cv2.INTER_AREA,
    )


def _color(text: str) -> Color:
    """Return a CSS color, also as Gradio's picker writes it: rgba(30.5, 20, 0, 1)."""
    try:
        if text.startswith(("rgb(", "rgba(")):
            r, g, b = (float(part) for part in text[text.index("(") + 1 :].rstrip(")").split(",")[:3])
        else:
            r, g, b = ImageColor.getrgb(text)[:3]
    except ValueError as error:
        raise AnswerError("bad_field", f"{text[:40]!r} is not a color") from error
    return tuple(min(255.0, max(0.0, float(v))) for v in (r, g, b))  # type: ignore[return-value]  # three


def _hex(text: str) -> str:
    return "#" + "".join(f"{round(v):02x}" for v in _color(text))
