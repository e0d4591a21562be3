"""The command line: `python -m glyphgen render|verify|bench|gallery|sheet|font|inspect|alike|compare --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from glyphgen.extras import exit_for_missing
from glyphgen.files import DataError
from glyphgen.script import ScriptError
from glyphgen.shapes.font_file import FontError

_OF_SETS = ("render", "verify", "bench", "gallery")
# as formats/catalog.py has them; listed here so that --help imports nothing, and a test holds both together
FORMATS = {
    "folder": "PNGs with labels.tsv and labels.jsonl",
    "lmdb": "PARSeq and the deep-text benchmarks",
    "parquet": "Hugging Face datasets",
    "webdataset": "tar shards",
    "paddleocr": "rec_gt.txt, of pages det_gt.txt",
    "tesseract": ".gt.txt and .box for tesstrain",
    "kraken": "PAGE XML for ketos",
    "doctr": "labels.json",
    "coco": "annotations.json, of glyphs or of the lines of pages",
}

# as jobs/gallery.py has them
SHEETS = ("materials", "effects", "directions", "scripts", "hands", "looks", "pages")

# as render/direction.py has them
DIRECTIONS = {
    "ltr": "from left to right",
    "rtl": "from right to left",
    "ttb": "a column of upright glyphs",
    "turned": "a line turned by a quarter, clockwise",
    "boustrophedon": "every second line, about, from right to left and mirrored",
}

# as shapes/hands.py has them
HANDS = ("mouse", "finger", "stylus", "mixed")


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m glyphgen", description="Draw scripts, build fonts, render labelled pictures."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    font = commands.add_parser("font", help="build a TrueType font of a drawing")
    font.add_argument("--script", default="hylian", help="a script with strokes (default: %(default)s)")
    font.add_argument("--out", required=True, type=Path, help="the .ttf to write")

    sheet = commands.add_parser("sheet", help="draw the chart of a script, to print")
    sheet.add_argument("--script", default="hylian", help="(default: %(default)s)")
    sheet.add_argument("--font", type=Path, help="show a font's glyphs instead of the drawing's")
    sheet.add_argument("--hand", choices=HANDS, default="", help="show them as a hand writes them")
    sheet.add_argument("--out", required=True, type=Path, help="the .png to write")

    inspect = commands.add_parser("inspect", help="what a font draws, and which letters it draws alike")
    inspect.add_argument("font", type=Path)
    inspect.add_argument("--script", help="also check that the font draws every grapheme of this script")
    inspect.add_argument("--toml", type=Path, help="write a script file from what the font draws")
    inspect.add_argument("--name", help="the name of that script (default: the file's)")
    inspect.add_argument(
        "--threshold", type=float, help="overlap from which two letters are alike, 0 to 1 (default: by the gap)"
    )
    inspect.add_argument(
        "--sheet", type=Path, help="draw the pairs nearest to the threshold (default: beside --toml, NAME-alike.png)"
    )
    inspect.add_argument("--number", type=int, default=0, help="which font of a collection (.ttc), from 0")

    alike = commands.add_parser(
        "alike", help="which letters fonts draw with one shape, and an estimate of how many texts can be read at best"
    )
    alike.add_argument(
        "fonts",
        nargs="*",
        default=["*"],
        help="files, or how the file names of installed ones begin, such as DejaVu (default: all installed)",
    )
    alike.add_argument("--script", default="alnum", help="(default: %(default)s)")
    alike.add_argument("--least", type=int, default=4, help="fewest letters of a text (default: %(default)s)")
    alike.add_argument("--most", type=int, default=8, help="most letters of a text (default: %(default)s)")
    alike.add_argument("-n", type=int, default=12, help="how many pairs are shown (default: %(default)s)")
    alike.add_argument("--tsv", type=Path, help="write what each font draws alike")

    render = commands.add_parser(
        "render",
        help="write labelled pictures and a contact sheet",
        description="Write a data set of labelled pictures: seeded, split, checked, in the format of your trainer. "
        "When it is stopped, the same command goes on and ends with the same bytes.",
    )
    add_render_arguments(render)

    verify = commands.add_parser(
        "verify",
        help="prove that a rendered set is what its dataset.toml says",
        description="Hold every file of a set against its checksum, and make some of its pictures again.",
    )
    verify.add_argument("folder", type=Path, help="a set that render wrote")
    verify.add_argument(
        "--again", type=int, default=8, help="pictures of each split to make again (default: %(default)s)"
    )

    bench = commands.add_parser(
        "bench",
        help="how many pictures a second are made here, and where the time goes",
        description="Measure the renderer, each look in memory, each format on disk, several processes; profile it.",
    )
    bench.add_argument("--seconds", type=float, default=2.0, help="for each measurement (default: %(default)s)")
    bench.add_argument("--workers", type=int, default=2, help="processes for the last of them (default: %(default)s)")

    gallery = commands.add_parser(
        "gallery",
        help="contact sheets of all that the renderer can do",
        description="Write contact sheets: every material, every effect and degradation alone, every direction, script "
        "and look, and pages of each look. Each thing stands there with the name that settings have for it.",
    )
    gallery.add_argument("--out", required=True, type=Path, help="a folder; other files in it stay")
    gallery.add_argument("--script", default="hylian", help="a script with strokes (default: %(default)s)")
    gallery.add_argument("--seed", type=int, default=0, help="the same seed, the same sheets (default: %(default)s)")
    gallery.add_argument(
        "--only", nargs="+", choices=SHEETS, default=SHEETS, metavar="SHEET", help=f"some of {', '.join(SHEETS)}"
    )
    gallery.add_argument(
        "--type",
        choices=("png", "jpg"),
        default="png",
        help="png has every pixel; jpg is small, at most 250 kB each (default: %(default)s)",
    )

    compare = commands.add_parser(
        "compare", help="hold the drawing against pictures of glyphs, by intersection over union"
    )
    compare.add_argument(
        "reference", type=Path, help="a folder of PNGs, dark on light, each named by the letters that share the shape"
    )
    compare.add_argument("--script", default="hylian", help="the script that is drawn (default: %(default)s)")
    compare.add_argument("--min-mean", type=float, default=0.0, help="fail (exit code 2) when the mean is below this")
    compare.add_argument("--min-each", type=float, default=0.0, help="fail when any glyph is below this")
    compare.add_argument("--out", type=Path, help="also write a picture: black both, red ours only, blue theirs only")
    return parser


def add_render_arguments(render: argparse.ArgumentParser) -> None:
    """Add what `render` takes; every default is of `jobs.plan.Plan`."""
    what = render.add_argument_group("what it shows")
    what.add_argument("--script", help="a script with strokes, or with --font any (default: hylian)")
    what.add_argument(
        "--also",
        nargs="+",
        default=[],
        metavar="SCRIPT",
        help="further scripts that boards of pages are written in, drawn by their strokes; each line names its own",
    )
    what.add_argument(
        "--font",
        type=Path,
        nargs="+",
        default=[],
        help="TTF, OTF or WOFF2 files instead of the drawing; of several, each line takes one that draws its text",
    )
    what.add_argument(
        "--hand",
        choices=HANDS,
        default="",
        help="write the strokes of the script by hand, with such a device, in place of type (default: type, some of it "
        "handwritten)",
    )
    what.add_argument(
        "--unit",
        choices=("line", "glyph", "page"),
        default="line",
        help="what each picture shows (default: %(default)s)",
    )
    what.add_argument(
        "--texts", type=Path, help="a file of your own texts, one a line (default: English, names, random strings)"
    )
    what.add_argument(
        "--max-graphemes", type=int, default=32, help="the longest text, in graphemes (default: %(default)s)"
    )
    what.add_argument(
        "--direction",
        choices=DIRECTIONS,
        default="ltr",
        help="of lines (default: %(default)s): " + "; ".join(f"{k}: {v}" for k, v in DIRECTIONS.items()),
    )
    what.add_argument(
        "--shape",
        action="store_true",
        help="set --texts as browsers do in --font: letters that join, marks, ligatures, kerning, right to left; boxes "
        "are of clusters; for Arabic, Hebrew, Devanagari, Thai and columns of Japanese (with --direction ttb)",
    )
    what.add_argument("--size", type=_size, default=(640, 480), help="width and height of pages (default: 640x480)")
    look = render.add_argument_group("how it looks")
    look.add_argument(
        "--augment",
        default="screenshot",
        help="none, drawing, print, screenshot, low_resolution or world (default: %(default)s)",
    )
    look.add_argument(
        "--without",
        nargs="+",
        default=[],
        metavar="PART",
        help="parts of that to leave out, such as blur, jpeg, paint.carved",
    )
    look.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="numbers of that to change, such as page.depth_share=0.5 blur.sigma_range_px=0.3,1; dataset.toml has all",
    )
    look.add_argument(
        "--backgrounds", type=Path, help="a folder or .zip of pictures of your own to write on (default: none)"
    )
    look.add_argument("--n-faces", type=int, default=64, help="styles that glyphs are drawn in (default: %(default)s)")
    much = render.add_argument_group("how much")
    much.add_argument("--count", type=int, default=1000, help="pictures to train on (default: %(default)s)")
    much.add_argument("--val", type=int, default=0, help="pictures to validate with (default: %(default)s)")
    much.add_argument(
        "--test",
        type=int,
        default=0,
        help="pictures to test with (default: %(default)s); splits share no seed, face, texture or word, and lie in "
        "folders of their own",
    )
    much.add_argument("--seed", type=int, default=0, help="the same seed, the same pictures (default: %(default)s)")
    how = render.add_argument_group("how it is written")
    how.add_argument("--out", required=True, type=Path, help="a new folder; it is called OUT.part until it is complete")
    how.add_argument(
        "--format",
        choices=FORMATS,
        default="folder",
        help="what your trainer reads (default: %(default)s): " + "; ".join(f"{k}: {v}" for k, v in FORMATS.items()),
    )
    how.add_argument("--masks", action="store_true", help="also write how much ink is where, and of which glyph")
    how.add_argument(
        "--per-file",
        type=int,
        help="pictures in a file that holds many, and of a chunk, which one process makes; after a stop each process "
        "does as many again at most (default: 1000, of pages 50)",
    )
    how.add_argument("--workers", type=int, default=1, help="processes (default: %(default)s)")
    how.add_argument(
        "--shard",
        default="1/1",
        metavar="K/N",
        help="render this part alone, such as 2/8; the last to be done joins them (default: %(default)s)",
    )


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 640x480")
    return int(width), int(height)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 2 after one message on standard error; 130 when it was stopped."""
    given = make_parser().parse_args(arguments)
    try:
        commands = import_module("glyphgen.jobs.commands" if given.command in _OF_SETS else "glyphgen.cli")
        return getattr(commands, given.command)(given) or 0
    except (FontError, ScriptError, DataError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ImportError as error:
        exit_for_missing(error, "render")
    except OSError as error:
        print(f"error: {error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        print(f"\nstopped{f': {stop}' if str(stop) else ''}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
