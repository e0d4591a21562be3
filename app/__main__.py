"""The command line: `python -m app read picture.png`, also installed as `hylian read`."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import webbrowser
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # before torch: threads that wait give way to others
from app.cli.parser import make_parser

if TYPE_CHECKING:
    from recognizers.page.reader import Page, Reader

_DEMO_PORT = 7860
EXIT_READ, EXIT_NOTHING, EXIT_ERROR = 0, 1, 2


def teach(given: argparse.Namespace) -> int:
    """Learn a script; say what came of it. Returns the exit code."""
    from app.cli.teach import teach
    from glyphgen.files import DataError

    try:
        made = teach(given.pictures, given.out, given.name, given.steps, given.seed)
    except DataError as error:
        return _fail(str(error))
    print(
        f"{given.out}: reads {100 * max(0.0, 1 - made['synthetic_cer']):.1f} % of the glyphs of lines that were made "
        "like its lessons"
    )
    if made["pairs"]:
        print("most likely confused: " + ", ".join(f"{row['a']} and {row['b']}" for row in made["pairs"]))
    print(
        f"its script: {given.out.with_suffix('.toml')}; glyphs that look alike: "
        f"{given.out.with_name(given.out.stem + '-alike.png')}"
    )
    print(f"try it: hylian read PICTURE --weights {given.out}")
    return EXIT_READ


def web(given: argparse.Namespace) -> int:
    """Write the page without a server. Returns the exit code."""
    from app.web.build import RUNTIME, build
    from glyphgen.files import DataError
    from recognizers.export import ExportError

    print(
        "exporting the networks" + ("" if given.runtime else f", fetching {RUNTIME}") + " …",
        file=sys.stderr,
        flush=True,
    )
    try:
        size = build(given.out, given.runtime)
    except (DataError, ExportError) as error:
        return _fail(str(error))
    print(
        f"{given.out}: {size / 1e6:.2f} MB without the runtime; try it: python -m http.server --directory {given.out}"
    )
    return EXIT_READ


def demo(given: argparse.Namespace) -> int:
    """Serve the demo until Ctrl-C. Returns the exit code."""
    try:
        door = socket.create_server(("127.0.0.1", given.port or _DEMO_PORT))
    except OSError as error:
        if given.port:
            return _fail(f"port {given.port}: {error.strerror or error}; give another --port")
        door = socket.create_server(("127.0.0.1", 0))
    with door:
        return _serve(given, door)


def _serve(given: argparse.Namespace, door: socket.socket) -> int:
    print("loading …", file=sys.stderr, flush=True)
    try:
        from app.registry import READERS

        Thread(target=READERS.warm_up, daemon=True).start()  # while Gradio is imported, and the browser opens the page
        from app.demo.fast_gradio_import import without_stubs

        with without_stubs():
            import gradio  # noqa: F401
        from app.demo.ui import serve
        from app.lessons import Lessons
    except ImportError as error:
        return _fail(f"the demo needs {error.name}: pip install -c constraints.txt -e .")
    from recognizers.bundle import BundleError

    def says(address: str) -> None:
        print(f"open {address} (Ctrl-C ends it)", file=sys.stderr, flush=True)
        if not given.no_browser:
            webbrowser.open(address)

    lessons = Lessons(given.lessons)
    try:
        for path in given.weights:
            READERS.offer(path)
    except BundleError as error:
        return _fail(str(error))
    for path in lessons.learned():
        try:
            READERS.offer(path)
        except BundleError as error:
            print(f"left out: {error}", file=sys.stderr)
    serve(door, lessons, says)
    return EXIT_READ


def read(given: argparse.Namespace) -> int:
    """Read each picture; a bad one is named on standard error and does not stop the others. Returns the exit code."""
    from app.cli.files import expand, new_pictures
    from glyphgen.images import PictureError

    if bool(given.watch) == bool(given.pictures):
        return _fail("name pictures to read, or a folder with --watch DIR")
    if given.watch and not given.watch.is_dir():
        return _fail(f"--watch {given.watch}: there is no such folder")
    if given.letters == "raw" and given.words:
        return _fail("--words has no use with --letters raw")
    found = expand(given.pictures)
    named = found.pictures
    for message in found.wrong:
        _fail(message)
    for message in found.passed_over:
        print(message, file=sys.stderr)
    if not named and not given.watch:
        return EXIT_ERROR
    is_many = bool(given.watch) or len(named) > 1
    out = given.annotate
    if out and is_many and out.suffix and not out.is_dir():
        return _fail(f"--annotate {out}: for several pictures give a folder (no ending)")
    if out and given.watch and out.resolve() == given.watch.resolve():
        return _fail(f"--annotate {out}: this is the folder being watched; give another")
    try:
        names: Iterable[str] = new_pictures(given.watch) if given.watch else named
        reader = _reader(given)
    except (PictureError, ValueError) as error:  # BundleError, WordsError
        return _fail(str(error))
    if given.watch:
        print(f"watching {given.watch}; Ctrl-C ends it", file=sys.stderr, flush=True)
    code = _read_all(names, reader, given, is_many)
    if code == EXIT_NOTHING and is_many and not given.watch:
        print(f"no text of the script {reader.recognizer.script.name} found in {len(named)} pictures", file=sys.stderr)
    return EXIT_ERROR if found.wrong else code


def _reader(given: argparse.Namespace) -> Reader:
    from recognizers.language.lexicon import read_words
    from recognizers.page.reader import load_reader

    words = read_words(given.words) if given.words else []
    is_english = given.letters == "english" and not given.one_glyph
    reader = load_reader(given.weights, given.lines, words, with_language=is_english, is_one_glyph=given.one_glyph)
    reader.is_one_line = given.one_line
    return reader


def _read_all(names: Iterable[str], reader: Reader, given: argparse.Namespace, is_many: bool) -> int:
    from tqdm import tqdm

    from app.cli.files import open_picture
    from glyphgen.images import PictureError

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
            data = {"file": name, **page.to_dict()} if given.json else {}
            if given.json and not given.watch:
                found.append(data)
                continue
            text = json.dumps(data, ensure_ascii=False) if given.json else _shown(page, name, given.graphemes, is_many)
            if text:
                tqdm.write(text, file=sys.stdout)
                sys.stdout.flush()
            elif not is_many or given.watch:
                tqdm.write(f"{name}: no text of the script {reader.recognizer.script.name} found", file=sys.stderr)
    except KeyboardInterrupt:
        if not given.watch:
            raise
    except PictureError as error:  # the watched folder is gone
        codes.add(_fail(str(error)))
    if given.json and not given.watch:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    return EXIT_ERROR if EXIT_ERROR in codes else EXIT_READ if EXIT_READ in codes else EXIT_NOTHING


def _shown(page: Page, name: str, graphemes: bool, is_many: bool) -> str:
    text = page.graphemes if graphemes else page.text
    return "\n".join(f"{name}: {line}" if is_many else line for line in text.splitlines())


def _annotate(picture: Any, page: Page, name: str, out: Path | None, is_many: bool, written: set[Path]) -> None:
    """Draw what was read into `out`, or into a file of its own there; `written` are those that there are already."""
    if out is None:
        return
    from app.cli.files import STANDARD_INPUT, save_picture
    from glyphgen.captions import drawable
    from recognizers.page.annotate import annotate

    stem = "standard-input" if name == STANDARD_INPUT else Path(name).name
    path = out / f"{Path(stem).stem}.annotated.png" if is_many or not out.suffix or out.is_dir() else out
    path = next(p for k in count(1) if (p := path if k == 1 else path.with_stem(f"{path.stem}-{k}")) not in written)
    written.add(path)
    if name != STANDARD_INPUT and path.resolve() == Path(name).resolve():
        from glyphgen.images import PictureError

        raise PictureError(f"--annotate would overwrite {name}; give another name")
    save_picture(annotate(picture, page, drawable), path)


def spell(given: argparse.Namespace) -> int:
    """Print the English of each text of shapes. Returns the exit code."""
    from glyphgen.script import ScriptError, load_script
    from recognizers.language.language import Language
    from recognizers.language.lexicon import WordsError, read_words

    try:
        language = Language(load_script(given.script), read_words(given.words) if given.words else [])
        # apostrophes are left out, as signs leave them out; other marks part words
        plain = ["".join(c if c.isalnum() else "" if c in "'’" else " " for c in text) for text in given.text]
        readings = [language.spell(text) for text in plain]
    except (ScriptError, WordsError) as error:
        return _fail(str(error))
    if given.json:
        print(json.dumps([reading.to_dict() for reading in readings], ensure_ascii=False, indent=2))
    else:
        print("\n".join(reading.letters for reading in readings))
    return EXIT_READ if any(reading.text for reading in readings) else EXIT_NOTHING


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return EXIT_ERROR


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    given = make_parser().parse_args(arguments)
    try:
        code = {"read": read, "spell": spell, "teach": teach, "demo": demo, "web": web}[given.command](given)
        if sys.stdout:
            sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever was listening has had enough: hylian read … | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_READ
    except OSError as error:  # a full disk behind standard output
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - what is left in it must not fail once more at exit
        return _fail(f"cannot write: {error.strerror or error}")
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
