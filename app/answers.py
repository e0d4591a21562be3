"""What the app answers, as plain functions of pictures and texts: for its page, its HTTP interface and
its tests alike.
"""

from __future__ import annotations

import base64
import binascii
import io
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.concurrency import READING_LIMITER
from app.errors import AnswerError
from app.registry import AUTO, READERS
from glyphgen.captions import drawable
from glyphgen.images import PictureError, load_picture
from recognizers.image.foreground import ink_of
from recognizers.image.preprocess import Preprocess, ink_box
from recognizers.line_reader import BundleReader
from recognizers.page.annotate import annotate
from recognizers.page.page import Page
from recognizers.page.segment import SegmentingReader

_INK_PX = 512  # a drawing's ink is shrunk to that before it is read
_SHOWN_PX, _LEAST_SHOWN_PX = (
    1600,
    700,
)  # longest side of the picture that is shown with boxes, and its width where it was small
_GAP = 0.12  # of the height of the ink: a gap between two glyphs of a drawn word, at least


@dataclass(frozen=True, eq=False)
class PageAnswer:
    """A picture that was read: the page; the picture with boxes; each line as the network saw it; which released script
    it is, if any; and the names in READERS of the scripts that were found, where it was not said which it is.
    """

    picture: NDArray[np.uint8]
    page: Page
    annotated: Image.Image
    seen: tuple[Image.Image, ...]
    base: str | None = None
    scripts: tuple[str, ...] = ()

    @property
    def confidence(self) -> float:
        """The chance that every letter is right, or every sign where there are no letters."""
        sure = [line.probability for line in self.page.script_lines]
        return float(np.prod(sure)) if sure else 0.0


@dataclass(frozen=True, eq=False)
class GlyphAnswer:
    """The five likeliest letters of a drawing, what the network saw, and the word where several glyphs were drawn in a
    row.
    """

    letters: tuple[tuple[str, float], ...]
    seen: Image.Image | None
    word: str = ""
    word_confidence: float = 0.0


def picture_of(raw: bytes) -> NDArray[np.uint8]:
    """Return the picture (h, w, 3) of an image file's bytes. Raises AnswerError."""
    try:
        return load_picture(raw, "the file")
    except PictureError as error:
        raise AnswerError(error.code, str(error)) from error


def decoded(text: str) -> bytes:
    """Return the bytes of a data URL, or of bare base64. Raises AnswerError."""
    try:
        bare = text.partition(",")[2] if text.startswith("data:") else text
        return base64.b64decode("".join(bare.split()), validate=True)  # the command base64 breaks lines
    except (ValueError, binascii.Error) as error:
        raise AnswerError("bad_base64", "the picture is not valid base64") from error


def data_url(image: Image.Image, **options: Any) -> str:
    """Return a picture as a PNG in a data URL."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def read_picture(picture: NDArray[np.uint8], script: str = "hylian") -> PageAnswer:
    """Read a picture (h, w, 3) of a script by its name in READERS, or in whichever one: AUTO. Raises AnswerError."""
    reader = READERS.any_script() if script == AUTO else _known(script, READERS.page_reader, AUTO)
    try:
        with READING_LIMITER:
            page = reader.read_page(picture)
            names = [READERS.of_script(line.script) if script == AUTO else script for line in page.script_lines]
            lines = zip(names, page.script_lines, strict=True)
            seen = tuple(_as_seen(_known(name, _preprocess_of_lines), line.picture) for name, line in lines)
    except PictureError as error:
        raise AnswerError("bad_picture", str(error)) from error
    found = tuple(dict.fromkeys(names)) if script == AUTO else ()
    only = found[0] if len(found) == 1 else script
    return PageAnswer(picture, page, _shown(picture, page), seen, None if only == AUTO else READERS.base(only), found)


def read_drawing(picture: NDArray[np.uint8], script: str = "hylian") -> GlyphAnswer:
    """Read what was drawn on a canvas (h, w, 3), one glyph or several in a row; nothing for an empty one. Raises
    AnswerError.
    """
    if not np.ptp(picture):
        return GlyphAnswer((), None)
    recognizer = _known(script, READERS.glyph_recognizer)
    if recognizer is None:
        raise AnswerError("no_glyphs", f"{script} reads lines only, no single glyphs")
    try:
        with READING_LIMITER:
            ink = ink_only(picture)
            if _is_word(ink):
                reader = READERS.page_reader(script)
                reading = reader.spell(reader.recognizer.read(ink))
                sure = reading.letters_confidence if reading.letters else reading.confidence
                is_whole = not isinstance(reader.recognizer, SegmentingReader)  # that one sees glyph by glyph
                return GlyphAnswer(
                    (), _as_seen(_preprocess_of_lines(script), ink) if is_whole else None, str(reading), sure
                )
            return _one_glyph(recognizer, ink)
    except PictureError as error:
        raise AnswerError("bad_picture", str(error)) from error


def read_glyph(picture: NDArray[np.uint8], script: str = "hylian") -> GlyphAnswer:
    """Read a picture (h, w, 3) of one glyph, as it is. Raises AnswerError."""
    recognizer = _known(script, READERS.glyph_recognizer)
    if recognizer is None:
        raise AnswerError("no_glyphs", f"{script} reads lines only, no single glyphs")
    try:
        with READING_LIMITER:
            return _one_glyph(recognizer, picture)
    except PictureError as error:
        raise AnswerError("bad_picture", str(error)) from error


def _one_glyph(recognizer: BundleReader, picture: NDArray[np.uint8]) -> GlyphAnswer:
    reading = recognizer.read(picture)
    seen = _as_seen(recognizer.preprocess, picture)
    return GlyphAnswer(reading.glyphs[0].candidates, seen)


def _known(script: str, find: Any, *others: str) -> Any:
    """Return what is found for a script by its name in READERS; others are names that may be given besides. Raises
    AnswerError.
    """
    try:
        return find(script)
    except KeyError as error:
        names = ", ".join([*others, *READERS.names()])
        raise AnswerError("unknown_script", f"there is no script {script!r}; there are {names}") from error


def _preprocess_of_lines(script: str) -> Preprocess:
    recognizer = READERS.page_reader(script).recognizer
    network: Any = getattr(recognizer, "recognizer", recognizer)  # of a reader that cuts lines into glyphs
    preprocess: Preprocess = network.preprocess
    return preprocess


def _as_seen(preprocess: Preprocess, picture: NDArray[np.uint8]) -> Image.Image:
    """Return the tensor of a picture as a gray picture, ink light."""
    ink = preprocess(picture).tensor[0]
    low, high = float(ink.min()), float(ink.max())
    return Image.fromarray(((ink - low) / max(high - low, 1e-6) * 255).astype(np.uint8))


def ink_only(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut a canvas to its ink with paper around it, square where one glyph fits: a glyph may be drawn anywhere, at any
    size.
    """
    paper = picture[0, 0].tolist()
    y0, y1, x0, x1 = ink_box(ink_of(picture.astype(np.float32)))
    picture = picture[y0:y1, x0:x1]
    if max(picture.shape[:2]) > _INK_PX:
        scale = _INK_PX / max(picture.shape[:2])
        size = (max(4, round(picture.shape[1] * scale)), max(4, round(picture.shape[0] * scale)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]  # dtype in stubs
    height, width = picture.shape[:2]
    margin = round(0.22 * max(height, 12))
    cut = cv2.copyMakeBorder(picture, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=paper)
    if width > 1.5 * height:
        return cut  # type: ignore[return-value]  # dtype in stubs
    side = max(cut.shape[:2])
    top, left = (side - cut.shape[0]) // 2, (side - cut.shape[1]) // 2
    return cv2.copyMakeBorder(
        cut, top, side - cut.shape[0] - top, left, side - cut.shape[1] - left, cv2.BORDER_CONSTANT, value=paper
    )  # type: ignore[return-value]  # dtype in stubs


def _is_word(picture: NDArray[np.uint8]) -> bool:
    """Return whether a drawing holds several glyphs side by side: columns without ink between them, and wider than
    tall.
    """
    ink = ink_of(picture.astype(np.float32))
    y0, y1, x0, x1 = ink_box(ink)
    if x1 - x0 < 1.3 * (y1 - y0):
        return False
    low, high = float(np.median(ink)), float(ink.max())
    empty = ~(ink[y0:y1, x0:x1] > low + 0.35 * (high - low)).any(axis=0)
    edges = np.flatnonzero(np.diff(np.r_[False, empty, False].astype(np.int8)))
    gaps = edges[1::2] - edges[::2]
    return bool((gaps > _GAP * (y1 - y0)).any())


def _shown(picture: NDArray[np.uint8], page: Page) -> Image.Image:
    """Return the picture with boxes; a small one is drawn larger, so that the letters have room."""
    scale = min(max(1.0, _LEAST_SHOWN_PX / picture.shape[1]), 4.0)
    if scale > 1:
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        lines = tuple(
            replace(line, quad=line.quad * scale, glyph_quads=tuple(quad * scale for quad in line.glyph_quads))
            for line in page.lines
        )
        image = annotate(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), replace(page, lines=lines), drawable)
    else:
        image = annotate(picture, page, drawable)
    if max(image.size) > _SHOWN_PX:
        image.thumbnail((_SHOWN_PX, _SHOWN_PX))
    return image
