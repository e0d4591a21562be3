"""The command line of glyphgen: `python -m glyphgen font|sheet|inspect|alike|render|compare --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from glyphgen.extras import exit_for_missing
from glyphgen.files import DataError
from glyphgen.script import ScriptError
from glyphgen.shapes.font_file import FontError


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

    render = commands.add_parser("render", help="write labelled pictures and a contact sheet")
    render.add_argument("--count", type=int, default=1000, help="how many pictures (default: %(default)s)")
    render.add_argument("--out", required=True, type=Path, help="a new folder")
    render.add_argument("--script", default="hylian", help="a script with strokes (default: %(default)s)")
    render.add_argument("--font", type=Path, help="a TTF, OTF or WOFF2 instead of the drawing")
    render.add_argument(
        "--unit", choices=("line", "glyph"), default="line", help="what each picture shows (default: %(default)s)"
    )
    render.add_argument(
        "--augment", default="screenshot", help="none, drawing, print or screenshot (default: %(default)s)"
    )
    render.add_argument(
        "--format",
        choices=("folder", "lmdb"),
        default="folder",
        help="folder: PNGs, labels.tsv and boxes.json; lmdb: one file, quicker to read (default: %(default)s)",
    )
    render.add_argument("--seed", type=int, default=0, help="the same seed, the same pictures (default: %(default)s)")

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 2 after one message on standard error; 130 when it was stopped."""
    given = make_parser().parse_args(arguments)
    try:
        from glyphgen import cli as commands

        getattr(commands, given.command)(given)
    except (FontError, ScriptError, DataError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ImportError as error:
        exit_for_missing(error)
    except OSError as error:
        print(f"error: {error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
