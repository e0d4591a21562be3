"""What the command line takes, and its help."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

_READ_HELP = """\
Find the lines of text in each picture (a crop, a photo or a whole screenshot) and print them in English, line by line.
A shape may stand for several letters (E or W); words and their neighbors decide which.

exit code: 0 something was read, 1 nothing was, 2 an error (its message names the picture); of several pictures, 2 if
one of them was an error, though the others are read all the same, or else 0 if something was read in one of them
"""
_READ_EXAMPLES = """\
examples:
  hylian read sign.png
  hylian read shots/ --annotate annotated/
  hylian read 'shots/*.png' --json > readings.json
  hylian read --watch ~/Pictures/Screenshots
  cat sign.png | hylian read -
"""
_TEACH_HELP = """\
Learn a script from pictures of its glyphs, one to five of each, dark on light or light on dark, and write a bundle
that reads it. A picture is named by the letters that share its shape: A.png, DG.png (one shape for D and G),
comma.png, U+0041.png; A-2.png is a second picture of A. Needs no font, and takes a few minutes.

exit code: 0 the bundle is there, 2 an error (its message names the picture)
"""
_TEACH_EXAMPLES = """\
examples:
  hylian teach my_glyphs/ --out my_script.safetensors
  hylian read line.png --weights my_script.safetensors
"""
_WEB_HELP = """\
Write a folder that any static host serves: a page that reads Hylian in the browser, without a server and, once
loaded, without a network. Its runtime is fetched from the npm registry (onnxruntime-web).
"""


class _Parser(argparse.ArgumentParser):
    """argparse's parser, which offers the nearest names for one that is misspelt."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message with what may have been meant; exit with code 2. argparse calls this."""
        from glyphgen.near_names import did_you_mean  # --help imports as little as it can

        words = re.findall(r"(?:invalid choice: '|arguments: |option: )([^\s']+)", message)
        known = [name for action in self._actions for name in (*action.option_strings, *(action.choices or ()))]
        super().error(message + "".join(did_you_mean(word.partition("=")[0], known) for word in words))


class _CommandParser(_Parser):
    """The parser of one command. It refuses what it does not know itself: its usage is the one that helps."""

    def parse_known_args(  # type: ignore[override]  # typeshed's overloads tell how a namespace of one's own is typed
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse, and exit where something is unknown. argparse calls this."""
        given, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return given, unknown


def make_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="hylian", description="Read Hylian and other scripts in pictures.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_CommandParser)
    how = argparse.RawDescriptionHelpFormatter
    read = commands.add_parser(
        "read", help="print what pictures say", description=_READ_HELP, epilog=_READ_EXAMPLES, formatter_class=how
    )
    read.add_argument(
        "pictures",
        nargs="*",
        metavar="PICTURE",
        help="files, folders (not those in them), patterns, or - for standard input",
    )
    read.add_argument(
        "--watch", metavar="DIR", type=Path, help="read each picture that is put into DIR from now on, until Ctrl-C"
    )
    form = read.add_mutually_exclusive_group()
    form.add_argument(
        "--graphemes",
        action="store_true",
        help="print the shapes as seen, in canonical letters, instead of English (--annotate still draws English)",
    )
    form.add_argument(
        "--json", action="store_true", help="print everything: one JSON array (with --watch, a line a picture)"
    )
    read.add_argument(
        "--letters",
        choices=("english", "raw"),
        help="raw: no language at all, canonical letters in --json and --annotate too (default: english)",
    )
    read.add_argument("--words", metavar="FILE", help="words of your own that may be written there, one a line")
    read.add_argument(
        "--annotate",
        metavar="OUT",
        type=Path,
        help="draw boxes, letters and confidences: a file, or a folder (NAME.annotated.png)",
    )
    read.add_argument(
        "--script",
        metavar="NAME",
        help="a released script, such as hylian or sheikah; auto: each line in the one that is likeliest, of all "
        "that there are and of --weights too (default: auto, or with --weights those alone; hylian for --one-line, "
        "--one-glyph and --lines)",
    )
    read.add_argument(
        "--weights",
        action="append",
        metavar="NAME_OR_PATH",
        help="released weights or a .safetensors bundle (default: those of --script); may be repeated",
    )
    read.add_argument(
        "--lines", metavar="NAME_OR_PATH", help="what finds lines (default: the released finder of the script)"
    )
    read.add_argument(
        "--one-line", action="store_true", help="each picture is one line: look for it only where it was read in doubt"
    )
    read.add_argument(
        "--one-glyph",
        action="store_true",
        help="each picture is one glyph, such as a digit (weights of a glyph recognizer)",
    )
    teach = commands.add_parser(
        "teach",
        help="learn a script from one picture of each glyph",
        description=_TEACH_HELP,
        epilog=_TEACH_EXAMPLES,
        formatter_class=how,
    )
    teach.add_argument(
        "pictures", metavar="DIR", type=Path, help="a folder or zip of pictures, named by their letters: A.png, DG.png"
    )
    teach.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="the bundle to write, such as my_script.safetensors"
    )
    teach.add_argument("--name", help="of the script (default: the bundle's name)")
    teach.add_argument(
        "--steps",
        metavar="N",
        type=_positive,
        help="training steps (default: 1200, a few minutes on two fast cores); 100 or so show whether your pictures "
        "are taken, and read badly",
    )
    teach.add_argument("--seed", metavar="N", type=int, default=0, help="default: %(default)s")
    demo = commands.add_parser(
        "demo",
        help="read, draw and write in the browser",
        description="Serve the demo on this machine, and on it only.",
    )
    demo.add_argument("--port", type=_port, help="default: 7860, or a free one")
    demo.add_argument(
        "--lessons",
        metavar="DIR",
        type=Path,
        default=Path("lessons"),
        help="where corrected readings and labelled drawings are kept (default: %(default)s)",
    )
    demo.add_argument(
        "--weights",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="a bundle of your own; may be repeated",
    )
    demo.add_argument("--no-browser", action="store_true", help="do not open a browser")
    web = commands.add_parser(
        "web", help="write the page that reads without a server", description=_WEB_HELP, formatter_class=how
    )
    web.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("dist/web"), help="a new folder (default: %(default)s)"
    )
    web.add_argument(
        "--runtime",
        metavar="DIR",
        type=Path,
        help="the folder dist/ of onnxruntime-web, where the npm registry is out of reach",
    )
    spell = commands.add_parser(
        "spell",
        help="turn shapes that you typed into English",
        description="Turn shapes, typed in any of their letters, into English: DERUDOVILLADE → GERUDO VILLAGE.",
        epilog="example: hylian spell DERUDOVILLADE",
    )
    spell.add_argument("text", nargs="+", metavar="TEXT", help="one line of shapes each")
    spell.add_argument("--script", default="hylian", help="a released script or a .toml file (default: %(default)s)")
    spell.add_argument("--words", metavar="FILE", help="words of your own, one a line")
    spell.add_argument(
        "--json", action="store_true", help="print everything, alternatives with their probabilities among it"
    )
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65_536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, a number from 1 to 65535")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
