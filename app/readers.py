"""Which recognizers the app has: the released ones by name, and bundles of the user's own; loaded when first asked for, each once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from threading import Lock

from recognizers import bundle
from recognizers.page import Reader, load_reader
from recognizers.recognizer import GlyphRecognizer

# what the app calls them: weights of lines, weights of single glyphs
RELEASED: dict[str, tuple[str | None, str | None]] = {
    "hylian": ("crnn_hylian", "cnn_hylian"),
    "digits": ("crnn_mnist_lines", "cnn_mnist"),
    "letters": (None, "resnet_alnum"),
    "photos": (None, "resnet_chars74k_img"),
    "handwriting": (None, "resnet_chars74k_hnd"),
    "captcha": ("crnn_captcha", None),
    "chinese": ("crnn_chinese", None),
}
_MOST_OWN = 8  # bundles of users that are kept at once


class Readers:
    """Readers of pictures and recognizers of glyphs by name; every method may be called from several threads."""

    def __init__(self) -> None:
        self._own: dict[str, bool] = {}  # by name: whether it reads single glyphs
        self._pages: dict[str, Reader] = {}
        self._glyphs: dict[str, GlyphRecognizer] = {}
        self._lock = Lock()

    def names(self, of_glyphs: bool = False) -> list[str]:
        """Return what can read pictures, or drawings of single glyphs."""
        released = [name for name, (lines, glyphs) in RELEASED.items() if (glyphs if of_glyphs else True)]
        own = [name for name, reads_glyphs in self._own.items() if reads_glyphs or not of_glyphs]
        return released + own

    def add(self, path: str | Path, name: str | None = None) -> str:
        """Add a bundle and return its name, which no other bundle has. Raises BundleError for what is no bundle of a recognizer."""
        path = Path(path)
        recognizer, reader = bundle.load(path), load_reader(path)  # now: the file may be gone later
        digest = hashlib.blake2b(path.read_bytes(), digest_size=3).hexdigest()
        name = f"{name or recognizer.script.name} ({digest})"
        with self._lock:
            self._own[name] = isinstance(recognizer, GlyphRecognizer)
            self._pages[name] = reader
            if isinstance(recognizer, GlyphRecognizer):
                self._glyphs[name] = recognizer
            for old in list(self._own)[:-_MOST_OWN]:
                del self._own[old]
                self._pages.pop(old, None)
                self._glyphs.pop(old, None)
        return name

    def page_reader(self, name: str) -> Reader:
        """Return what reads pictures of any number of lines. Raises KeyError for another name, BundleError."""
        with self._lock:
            if name not in self._pages:
                self._pages[name] = load_reader(self._weights(name, of_glyphs=False))
            return self._pages[name]

    def glyph_recognizer(self, name: str) -> GlyphRecognizer | None:
        """Return what reads one glyph; None where the weights of that name read lines only. Raises KeyError, BundleError."""
        with self._lock:
            if name not in self._glyphs:
                weights = self._weights(name, of_glyphs=True)
                recognizer = bundle.load(weights) if weights else None
                if not isinstance(recognizer, GlyphRecognizer):
                    return None
                self._glyphs[name] = recognizer
            return self._glyphs[name]

    def warm_up(self) -> None:
        """Load what the first answers need."""
        self.page_reader("hylian")
        self.glyph_recognizer("hylian")

    def _weights(self, name: str, of_glyphs: bool) -> str:
        if name in self._own:
            return ""
        lines, glyphs = RELEASED[name]
        return (glyphs or "") if of_glyphs else (lines or glyphs or "")


READERS = Readers()
