"""`hylian read`: what pictures say."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from app.cli.exit_codes import EXIT_ERROR, EXIT_NOTHING, EXIT_READ, fail
from app.cli.files import STANDARD_INPUT, expand, new_pictures, open_picture, save_picture
from glyphgen.images import PictureError, holds_several
from glyphgen.near_names import did_you_mean, no_such

if TYPE_CHECKING:  # what reads takes a while to import, and a misspelt name should be told at once
    from recognizers.page.many_scripts import ManyScripts
    from recognizers.page.page import Page
    from recognizers.page.reader import Reader


def run(given: argparse.Namespace) -> int:
    """Read each picture; a bad one is named on standard error and does not stop the others. Returns the exit code."""
    if bool(given.watch) == bool(given.pictures):
        return fail("name pictures to read, or a folder with --watch DIR")
    if given.watch and not given.watch.is_dir():
        return fail(f"--watch needs a folder that is there; make it first ({no_such(given.watch, 'folder')})")
    if given.graphemes and given.letters:
        return fail(
            "--graphemes and --letters: give one of them; --graphemes prints shapes, --letters raw knows no language"
        )
    if given.letters == "raw" and given.words:
        return fail("--words has no use with --letters raw")
    found = expand(given.pictures)
    named = found.pictures
    for message in found.wrong:
        fail(message)
    for message in found.passed_over:
        print(message, file=sys.stderr)
    if not named and not given.watch:
        return EXIT_ERROR
    is_many = bool(given.watch) or len(named) > 1
    out = given.annotate
    if out and is_many and out.suffix and not out.is_dir():
        return fail(f"--annotate {out}: for several pictures give a folder (no ending)")
    if out and given.watch and out.resolve() == given.watch.resolve():
        return fail(f"--annotate {out}: this is the folder being watched; give another")
    try:
        names: Iterable[str] = new_pictures(given.watch) if given.watch else named
        reader = _reader(given)
    except (PictureError, ValueError) as error:  # BundleError, WordsError
        return fail(str(error))
    if given.watch:
        print(f"watching {given.watch}; Ctrl-C ends it", file=sys.stderr, flush=True)
    code = _read_all(names, reader, given, is_many)
    return EXIT_ERROR if found.wrong else code


def _reader(given: argparse.Namespace) -> Reader | ManyScripts:
    """Load what reads; of several scripts what tells them apart. Raises BundleError or WordsError."""
    from recognizers.language.lexicon import read_words
    from recognizers.page.many_scripts import load_many
    from recognizers.page.reader import load_reader
    from recognizers.released import scripts_of_pages

    words = read_words(given.words) if given.words else []
    is_english = given.letters != "raw" and not given.one_glyph
    is_one_script = given.one_line or given.one_glyph or given.lines or given.weights
    named = given.script or (None if is_one_script else "auto")
    chosen = [] if named is None else scripts_of_pages() if named == "auto" else [named]
    chosen += given.weights or []
    if len(chosen) > 1:
        if given.one_line or given.one_glyph or given.lines:
            raise ValueError("--one-line, --one-glyph and --lines are for one script; give --script NAME, not several")
        return load_many(chosen, words, is_english)
    weights = _released(given.script, given.one_glyph) if given.script else (chosen or ["crnn_hylian"])[0]
    reader = load_reader(weights, given.lines, words, with_language=is_english, is_one_glyph=given.one_glyph)
    reader.is_one_line = given.one_line
    return reader


def _released(script: str, is_one_glyph: bool) -> str:
    """Return the name of a script's released weights. Raises ValueError for a script without them."""
    from recognizers.released import offers

    known = offers()
    offer = known.get(script)
    weights = offer and (offer.glyph if is_one_glyph else offer.line or offer.glyph)
    if not weights:
        what = "reads single glyphs of" if offer else "is released for"
        there = f"there are {', '.join([*known, 'auto'])}{did_you_mean(script, known)}"
        raise ValueError(f"nothing {what} the script {script!r}; {there}")
    return weights


def _read_all(names: Iterable[str], reader: Reader | ManyScripts, given: argparse.Namespace, is_many: bool) -> int:
    found: list[dict[str, Any]] = []
    codes, written = {EXIT_NOTHING}, set[Path]()
    progress = tqdm(
        names, desc="reading", unit="picture", file=sys.stderr, disable=None if is_many and not given.watch else True
    )
    try:
        for name in progress:
            try:
                picture = open_picture(name)
                page = reader.read_page(picture)
            except PictureError as error:
                tqdm.write(f"error: {error}", file=sys.stderr)
                codes.add(EXIT_ERROR)
                continue
            try:
                _annotate(picture, page, name, given.annotate, is_many, written)
            except PictureError as error:
                tqdm.write(f"error: {error}", file=sys.stderr)
                codes.add(EXIT_ERROR)
            codes.add(EXIT_READ if page.text else EXIT_NOTHING)
            if not page.text:
                tqdm.write(f"{name}: {_nothing(reader, given)}", file=sys.stderr)
            for said in [*_frames(name), *_beside(page)]:
                tqdm.write(f"{name}: {said}", file=sys.stderr)
            data = {"file": name, **page.to_dict()} if given.json else {}
            if given.json and not given.watch:
                found.append(data)
                continue
            text = json.dumps(data, ensure_ascii=False) if given.json else _shown(page, name, given.graphemes, is_many)
            if text:
                tqdm.write(text, file=sys.stdout)
                sys.stdout.flush()
    except KeyboardInterrupt:
        progress.close()  # so that what is said of it begins a line
        if not given.watch:
            raise
    except PictureError as error:  # the watched folder is gone
        codes.add(fail(str(error)))
    if given.json and not given.watch:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    return EXIT_ERROR if EXIT_ERROR in codes else EXIT_READ if EXIT_READ in codes else EXIT_NOTHING


def _nothing(reader: Reader | ManyScripts, given: argparse.Namespace) -> str:
    """Return what is said of a picture in which nothing was read."""
    if given.one_glyph:
        return "nothing could be read as one glyph; if it shows several, leave out --one-glyph"
    if given.one_line:
        return "nothing could be read as one line; if it shows several lines, or much around one, leave out --one-line"
    several = "s" if len(reader.scripts) > 1 else ""
    said = f"no text of the script{several} {', '.join(reader.scripts)} found"
    if not reader.finder:
        return f"{said}; nothing finds lines of that script: crop the picture to one line"
    return said if given.script in (None, "auto") else f"{said}; without --script every script is looked for"


def _frames(name: str) -> list[str]:
    """Return what is said of a file that holds several pictures."""
    is_one = name == STANDARD_INPUT or not holds_several(name)
    return [] if is_one else ["holds several pictures; the first was read"]


def _beside(page: Page) -> list[str]:
    """Return what is said beside the text: how the picture lies, and what was left out of it for being in doubt."""
    said = [f"the picture is turned by {page.turn_deg}° clockwise; read as if it were upright"] if page.turn_deg else []
    for line in page.doubtful_lines:
        said.append(f"in doubt, and left out: {line.reading.text} ({line.likeliest_script}, {100 * line.chance:.0f} %)")
    return said


def _shown(page: Page, name: str, graphemes: bool, is_many: bool) -> str:
    text = page.graphemes if graphemes else page.text
    return "\n".join(f"{name}: {line}" if is_many else line for line in text.splitlines())


def _annotate(picture: Any, page: Page, name: str, out: Path | None, is_many: bool, written: set[Path]) -> None:
    """Draw what was read into `out`, or into a file of its own there; `written` are those that there are already."""
    if out is None:
        return
    from glyphgen.captions import drawable
    from recognizers.page.annotate import annotate

    stem = "standard-input" if name == STANDARD_INPUT else Path(name).name
    path = out / f"{Path(stem).stem}.annotated.png" if is_many or not out.suffix or out.is_dir() else out
    path = next(p for k in count(1) if (p := path if k == 1 else path.with_stem(f"{path.stem}-{k}")) not in written)
    written.add(path)
    if name != STANDARD_INPUT and path.resolve() == Path(name).resolve():
        raise PictureError(f"--annotate would overwrite {name}; give another name")
    save_picture(annotate(picture, page, drawable), path)
