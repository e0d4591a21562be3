"""What the demo answers, as plain functions of pictures and texts: it can be tested, and called, without a browser."""

from __future__ import annotations

import base64
import io
import tempfile
import warnings
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from glyphgen.corpus import TextSource
from glyphgen.drawing import load_drawing
from glyphgen.font import build_font
from glyphgen.sources import DrawnSource
from glyphgen.synth import LOOKS, LineSynth
from recognizers import bundle
from recognizers.annotate import annotate
from recognizers.page import Page, Reader, load_reader
from recognizers.pictures import PictureError, PictureLike, load_picture
from recognizers.recognizer import GlyphRecognizer

READERS = {"Hylian": "crnn_hylian"}
GLYPHS = {"Hylian": "cnn_hylian", "digits": "cnn_mnist"}
_MOST_LETTERS = 48  # of a text to write
_SURE = 0.9  # below, a letter is marked as doubtful


@dataclass(frozen=True)
class PageAnswer:
    """What the picture says: English, the shapes it was written in, English with doubtful letters marked (HTML), the picture with boxes,
    everything as plain data, and the chance that it is all right; the texts are empty where nothing was found.
    """

    text: str
    graphemes: str
    html: str
    annotated: Image.Image
    data: dict[str, Any]
    confidence: float


@lru_cache(maxsize=4)
def reader(name: str) -> Reader:
    return load_reader(name)


@lru_cache(maxsize=4)
def glyph_reader(name: str) -> GlyphRecognizer:
    """Return a recognizer of single glyphs. Raises BundleError for one of lines."""
    recognizer = bundle.load(name)
    if not isinstance(recognizer, GlyphRecognizer):
        raise bundle.BundleError(f"{name} reads lines, not single glyphs")
    return recognizer


def read_picture(picture: PictureLike, weights: str = "crnn_hylian") -> PageAnswer:
    """Read a picture. Raises PictureError for one that cannot be read."""
    page = reader(weights).read_page(picture)
    sure = [line.reading.letters_confidence or line.reading.confidence for line in page.script_lines]
    return PageAnswer(
        page.text, page.graphemes, marked(page), annotate(picture, page), page.to_dict(), float(np.prod(sure)) if sure else 0.0
    )


def marked(page: Page) -> str:
    """Return the English as HTML, a line each; letters that were a choice, or doubtful, say on hover what else they could be."""
    lines = []
    for line in page.script_lines:
        words, spans = [], line.reading.words
        glyphs = iter([glyph for glyph in line.reading.glyphs if glyph.letter.strip()])  # language leaves stains without a letter
        for word in spans:
            shown = []
            for char in word.text:
                glyph = next(glyphs, None)
                options = (glyph.letters or glyph.candidates) if glyph else ()
                chance = dict(options).get(char, 1.0)
                others = ", ".join(f"{c} {100 * p:.0f} %" for c, p in options if p >= 0.005)
                kind = "doubtful" if chance < _SURE else "choice" if glyph and glyph.is_choice else ""
                shown.append(f'<span class="{kind}" title="{escape(others)}">{escape(char)}</span>' if kind else escape(char))
            words.append("".join(shown))
        lines.append(" ".join(words) if words else escape(str(line.reading)))
    return "<br>".join(lines)


def read_glyph(canvas: NDArray[np.uint8], weights: str = "cnn_hylian") -> tuple[dict[str, float], Image.Image | None]:
    """Return the five likeliest letters of a drawing (h, w, 3), and what the network saw of it; nothing for an empty canvas.
    Raises PictureError.
    """
    if not np.ptp(canvas):
        return {}, None
    recognizer = glyph_reader(weights)
    reading = recognizer.read(canvas)
    ink = recognizer.preprocess(canvas).tensor[0].numpy()
    low, high = float(ink.min()), float(ink.max())
    seen = Image.fromarray(((ink - low) / max(high - low, 1e-6) * 255).astype(np.uint8))
    return dict(reading.glyphs[0].candidates), seen.resize((8 * seen.width, 8 * seen.height), Image.Resampling.NEAREST)


def decoded(data_url: str) -> NDArray[np.uint8]:
    """Return the picture (h, w, 3) of a data URL or of bare base64, as `load_picture` has it. Raises PictureError."""
    try:
        raw = base64.b64decode(data_url.rpartition(",")[2], validate=True)
    except ValueError as error:
        raise PictureError("the drawing is not valid base64") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return load_picture(Image.open(io.BytesIO(raw)))
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise PictureError("the drawing is not a picture, or far too large") from error


class _OneText(TextSource):
    def __init__(self, text: str) -> None:
        self.text = text

    def draw(self, rng: np.random.Generator) -> tuple[str, str]:
        return self.text, ""

    def neighbor(self, rng: np.random.Generator, n: int) -> str:
        return ""


def write_text(text: str, look: str = "screenshot", seed: int = 0) -> Image.Image:
    """Return English written in Hylian, as `look` has it. Raises ScriptError for letters it does not have, ValueError for no text, too
    much of it, or another look.
    """
    script = load_drawing("hylian").script
    words = " ".join(text.upper().split())
    if not words or len(words) > _MOST_LETTERS:
        raise ValueError(f"write 1 to {_MOST_LETTERS} letters, not {len(words)}")
    if look not in LOOKS:
        raise ValueError(f"there is no look {look!r}; there are {', '.join(LOOKS)}")
    synth = LineSynth(DrawnSource(load_drawing("hylian")), _OneText(script.canonical(words)), look, seed, "train", 1, 2)
    image = Image.fromarray(synth[0].image)
    return image.resize((3 * image.width, 3 * image.height), Image.Resampling.BICUBIC)


@lru_cache(maxsize=1)
def font_css() -> str:
    """Return the font of our own drawing as a CSS rule: family Hylian."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hylian.ttf"
        build_font(load_drawing("hylian"), path, "Hylian")
        data = base64.b64encode(path.read_bytes()).decode()
    return f"@font-face {{ font-family: 'Hylian'; src: url(data:font/ttf;base64,{data}) format('truetype'); }}"
