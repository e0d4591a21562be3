"""A picture with what was read drawn on it: a box around every line, a letter over every glyph, how sure
each line is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from glyphgen.images import PictureLike, load_picture
from recognizers.page.page import Page, PageLine

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_SCRIPT, _OTHER = (0, 200, 90), (150, 150, 150)
_BY_WORDS = (255, 150, 40)  # what the words around a glyph made of it, against what was seen


def annotate(
    picture: PictureLike, page: Page, drawable: Callable[[str], tuple[str, Path]] | None = None
) -> Image.Image:
    """Return the picture with a box around every line, the letter over every glyph, and how sure each line is. What
    words decided against what was seen is orange: a letter changed, + a letter put in, × a glyph left out. Letters that
    Pillow's own font lacks are written as `drawable` says, a text and the font file to write it with
    (glyphgen.captions), or else named: U+4E00.
    """
    image = Image.fromarray(load_picture(picture))
    draw = ImageDraw.Draw(image, "RGBA")
    for line in page.lines:
        is_read = line in page.script_lines
        color = _SCRIPT if is_read else _OTHER
        sides = [float(((line.quad[k] - line.quad[0]) ** 2).sum() ** 0.5) for k in (1, 3)]
        size = max(10.0, min(40.0, 0.55 * (sides[0] if line.is_column else sides[1])))
        width = max(1, round(size / 9)) if is_read else 1
        draw.polygon([tuple(p) for p in line.quad.tolist()], outline=(*color, 255), width=width)
        sure = line.probability
        if is_read:  # at the line's right end, out of the way of the lines above and below
            x, y = ((line.quad[1] + line.quad[2]) / 2).tolist()
            said = "> 99 %" if sure > 0.99 else f"{100 * sure:.0f} %"  # nothing is ever sure
            _label(draw, (x + 4, y - size / 2), said, ImageFont.load_default(max(10.0, 0.7 * size)), color, image.size)
            _letters(draw, line, size, color, image.size, drawable)
    return image


def _letters(
    draw: ImageDraw.ImageDraw,
    line: PageLine,
    size_px: float,
    color: tuple[int, int, int],
    size: tuple[int, int],
    drawable: Callable[[str], tuple[str, Path]] | None,
) -> None:
    for text, (x, y), is_by_words in _marks(line):
        shown, font = _written(text, size_px, drawable)
        box = draw.textbbox((0, 0), shown, font=font)
        at = (x - (box[2] - box[0]) / 2, y - box[3] - 3)
        _label(draw, at, shown, font, _BY_WORDS if is_by_words else color, size)


def _marks(line: PageLine) -> list[tuple[str, tuple[float, float], bool]]:
    """Return what is written over a line: text, the middle of its lower edge, and whether words decided it against what
    was seen.
    """
    reading = line.reading
    tops = [((quad[0] + quad[1]) / 2, (quad[1] - quad[0]) / 2) for quad in line.glyph_quads]
    marks: list[tuple[str, tuple[float, float], bool]] = []
    ends = []  # of the glyphs that are letters, where one that was put in may follow
    for glyph, (middle, half) in zip(reading.glyphs, tops, strict=True):
        text = "×" if glyph.is_left_out else glyph.letter if reading.letters else glyph.char
        if text.strip():
            marks.append((text, (float(middle[0]), float(middle[1])), glyph.is_left_out or glyph.is_changed))
        if glyph.letter.strip():
            ends.append((middle - half, middle + half))
    for k, place in enumerate(reading.added):
        before = len(reading.letters[:place].replace(" ", "")) - k  # of them come before it
        if ends:
            x, y = (ends[before - 1][1] if before else ends[0][0]).tolist()
            marks.append((f"+{reading.letters[place]}", (x, y), True))
    return marks


def _written(text: str, size_px: float, drawable: Callable[[str], tuple[str, Path]] | None) -> tuple[str, _Font]:
    """Return a text as it can be drawn, and the font to draw it with."""
    own = ImageFont.load_default(size_px)
    if all(_draws(own, char) for char in text):
        return text, own
    if drawable is not None:
        shown, path = drawable(text)
        # a name is longer than a glyph is wide
        return shown, ImageFont.truetype(str(path), size_px if shown == text else max(8.0, 0.4 * size_px))
    shown = "".join(char if _draws(own, char) else f"U+{ord(char):04X}" for char in text)
    return shown, ImageFont.load_default(max(8.0, 0.4 * size_px))


def _draws(font: _Font, char: str) -> bool:
    """Return whether a font has a glyph of its own for a character, rather than the box that stands for
    a missing one.
    """
    return char.isprintable() and bytes(font.getmask(char)) != bytes(font.getmask("\U0010fffe"))


def _label(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    font: _Font,
    color: tuple[int, int, int],
    size: tuple[int, int],
) -> None:
    """Write text on a dark plate, kept inside the picture."""
    x0, y0, x1, y1 = draw.textbbox((0, 0), text, font=font)
    x = min(max(at[0], 1.0), max(1.0, size[0] - (x1 - x0) - 2))
    y = min(max(at[1], 1.0 - y0), max(1.0 - y0, size[1] - y1 - 2))
    draw.rectangle((x + x0 - 2, y + y0 - 1, x + x1 + 2, y + y1 + 1), fill=(20, 20, 20, 225))
    draw.text((x, y), text, font=font, fill=(*color, 255))
