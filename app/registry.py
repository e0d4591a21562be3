"""Which recognizers the app has: the released ones by name, and bundles of the user's own; loaded when first asked for,
each once.
"""

from __future__ import annotations

import hashlib
import logging
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import cast

from glyphgen.script import Script
from recognizers import bundle_file
from recognizers.bundle_file import BundleError
from recognizers.line_reader import BundleReader
from recognizers.opening import open_recognizer
from recognizers.page.many_scripts import ManyScripts
from recognizers.page.reader import Reader, load_reader
from recognizers.page.segment import reads_whole_lines
from recognizers.released import offers, scripts_of_pages

AUTO = "auto"  # in place of a name: whichever script a line is in
_LOG = logging.getLogger("app")
OFFERS = offers()  # the released weights, by what the app calls them
_MOST_UPLOADS = 8  # bundles given in the page that are kept at once


class Readers:
    """Readers of pictures and recognizers of glyphs by name; every method may be called from several threads."""

    def __init__(self) -> None:
        self._paths: dict[str, Path] = {}  # bundles that are loaded when asked for, and stay
        self._uploads: dict[
            str, bool
        ] = {}  # bundles that were loaded at once, whose file is gone; whether they read single glyphs
        self._files: dict[str, bytes] = {}  # what these files held
        self._pages: dict[str, Reader] = {}
        self._glyphs: dict[str, BundleReader] = {}
        self._loaded: dict[
            str | Path, BundleReader
        ] = {}  # by what they were loaded from: pages and glyphs are often read with one
        self._any: tuple[tuple[str, ...], ManyScripts] | None = None  # of which names it was made
        self._broken: set[str] = set()  # bundles that cannot be opened
        self._lock = RLock()

    def names(self, of_glyphs: bool = False) -> list[str]:
        """Return what can read pictures, or drawings of single glyphs."""
        # copies in place of the lock, which is held while something is loaded, and the page is built meanwhile
        own = [name for name, path in list(self._paths.items()) if not of_glyphs or _reads_glyphs(path)]
        own += [name for name, reads_glyphs in list(self._uploads.items()) if reads_glyphs or not of_glyphs]
        return [name for name, (_, glyphs) in OFFERS.items() if glyphs or not of_glyphs] + own

    def offer(self, path: str | Path) -> str:
        """Add a bundle that stays where it is, and return its name. Raises BundleError for what is no bundle."""
        path = Path(path)
        bundle_file.read_header(path)
        with self._lock:
            name = next(
                n
                for k in range(1, 10_000)
                if (n := path.stem if k == 1 else f"{path.stem} {k}") not in (*OFFERS, *self._paths)
            )
            self._paths[name] = path
        return name

    def take(self, path: str | Path) -> str:
        """Load a bundle whose file will be gone, and return its name. Raises BundleError for what is no bundle of a
        recognizer.
        """
        path = Path(path)
        recognizer = open_recognizer(path)
        reader = load_reader(recognizer)
        file = path.read_bytes()
        name = f"{recognizer.script.name} ({hashlib.blake2b(file, digest_size=3).hexdigest()})"
        with self._lock:
            self._uploads.pop(name, None)  # the newest is the last
            self._uploads[name] = recognizer.unit == "glyph"
            self._files[name], self._pages[name] = file, reader
            if recognizer.unit == "glyph":
                self._glyphs[name] = recognizer
            for old in list(self._uploads)[:-_MOST_UPLOADS]:
                del self._uploads[old], self._files[old]
                self._pages.pop(old, None)
                self._glyphs.pop(old, None)
        return name

    def base(self, name: str) -> str | None:
        """Return which released script the weights of that name read; None for one that is not among them. Raises
        KeyError.
        """
        if name in OFFERS:
            return name
        alphabet = self.page_reader(name).recognizer.script.alphabet
        return next((known for known in OFFERS if released_script(known).alphabet == alphabet), None)

    def script(self, name: str) -> Script:
        """Return what the weights of that name are to read. Raises KeyError, BundleError."""
        return released_script(name) if name in OFFERS else self.page_reader(name).recognizer.script

    def folder(self, name: str) -> str:
        """Return in which folder the lessons for that name are kept: those of one script together. Raises KeyError,
        BundleError.
        """
        base = self.base(name)
        return base or "own-" + "".join(
            c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in self.script(name).name
        )

    def learner(self, name: str) -> BundleReader | None:
        """Return what learns from lessons for that name: released weights for a script that has them, else the bundle
        itself; None where single glyphs are read only. Raises KeyError, BundleError.
        """
        recognizer = self.page_reader(self.base(name) or name).recognizer
        return cast(BundleReader, recognizer) if reads_whole_lines(recognizer) else None

    def learner_bundle(self, name: str) -> bytes:
        """Return the file of `learner`, as it was when it was opened. Raises KeyError, BundleError."""
        name = self.base(name) or name
        self.page_reader(name)
        return self._files[name] if name in self._files else bundle_file.find(OFFERS[name].line or "").read_bytes()

    def page_reader(self, name: str) -> Reader:
        """Return what reads pictures of any number of lines. Raises KeyError for another name, BundleError."""
        with self._lock:
            if name not in self._pages:
                lines, glyphs = (None, None) if name in self._paths else OFFERS[name]
                if name in self._paths:  # it may be gone when somebody wants to teach it
                    self._files[name] = bundle_file.find(self._paths[name]).read_bytes()
                self._pages[name] = load_reader(self._load(lines or glyphs or self._paths[name]))
            return self._pages[name]

    def any_script(self) -> ManyScripts:
        """Return what reads pictures in whichever script: Hylian first, then the others that are told from other
        writing, and bundles of the user's own.
        """
        with self._lock:
            own = tuple(self._own_of_pages())
            if self._any is None or self._any[0] != own:
                first, *rest = scripts_of_pages()
                mine = [self.page_reader(name) for name in own]  # opened, and here to stay: an upload may be dropped

                def others() -> list[Reader]:
                    return [self.page_reader(name) for name in rest] + mine

                names = [*rest, *(name for reader in mine for name in reader.scripts)]
                self._any = own, ManyScripts([self.page_reader(first)], others, names)
            return self._any[1]

    def of_script(self, script: str) -> str:
        """Return the name of what reads a script that `any_script` found, by the script's own name; that name where it
        is here no more.
        """
        if script in scripts_of_pages():
            return script
        with self._lock:
            return next((name for name, read in self._own_of_pages().items() if read == script), script)

    def _own_of_pages(self) -> dict[str, str]:
        """Return the bundles of the user's own that read whole pictures, with the names of their scripts: the newest of
        each. One that cannot be opened is left out, and one of other letters that has a released script's name.
        """
        newest: dict[str, str] = {}
        for name in (*self._paths, *self._uploads):
            if name in self._broken:
                continue
            try:
                reader = self.page_reader(name)
            except BundleError as error:
                self._broken.add(name)
                _LOG.warning("%s is not among the scripts that are tried: %s", name, error)
                continue
            script = reader.recognizer.script.name
            is_other = script in scripts_of_pages() and self.base(name) != script
            if reader.finder is not None and reads_whole_lines(reader.recognizer) and not is_other:
                newest[script] = name
        return {name: script for script, name in newest.items()}

    def glyph_recognizer(self, name: str) -> BundleReader | None:
        """Return what reads one glyph; None where the weights of that name read lines only. Raises KeyError,
        BundleError.
        """
        with self._lock:
            if name not in self._glyphs and name not in self._uploads:
                weights = self._paths[name] if name in self._paths else OFFERS[name][1]
                recognizer = self._load(weights) if weights else None
                if recognizer is not None and recognizer.unit == "glyph":
                    self._glyphs[name] = recognizer
            return self._glyphs.get(name)

    def _load(self, weights: str | Path) -> BundleReader:
        if weights not in self._loaded:
            self._loaded[weights] = open_recognizer(weights)
        return self._loaded[weights]

    def warm_up(self) -> None:
        """Load what the first answers need."""
        self.page_reader("hylian")
        self.glyph_recognizer("hylian")


@lru_cache
def released_script(name: str) -> Script:
    """Return the script that released weights read, without loading them. Raises KeyError."""
    lines, glyphs = OFFERS[name]
    return Script.from_dict(bundle_file.read_header(lines or glyphs or "")["script"])


def _reads_glyphs(path: Path) -> bool:
    try:
        return bundle_file.unit_of(bundle_file.read_header(path)) == "glyph"
    except bundle_file.BundleError:
        return False


READERS = Readers()
