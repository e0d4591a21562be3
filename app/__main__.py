"""The command line: `python -m app read picture.png`, also installed as `hylian read`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # before torch: threads that wait give way to others
EXIT_ERROR = 2


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hylian", description="Read Hylian and other scripts in pictures.")
    commands = parser.add_subparsers(dest="command", required=True)
    read = commands.add_parser(
        "read",
        help="print what pictures say, a line each",
        description="Print the text of each picture, in canonical letters: one for every shape (E stands for E or W).",
        epilog="example: hylian read sign.png --json",
    )
    read.add_argument("pictures", nargs="+", metavar="PICTURE", help="a picture of one line of text: PNG, JPEG, WebP, …")
    read.add_argument(
        "--weights", default="crnn_hylian", metavar="NAME_OR_PATH", help="released weights or a .safetensors bundle (default: %(default)s)"
    )
    read.add_argument("--json", action="store_true", help="print one JSON array: file, text, confidence, glyphs")
    return parser


def read(pictures: Sequence[str], weights: str, as_json: bool) -> int:
    """Read each picture; a bad one is named on standard error and does not stop the others. Returns the exit code."""
    from recognizers.bundle import BundleError, load
    from recognizers.preprocess import PictureError

    try:
        recognizer = load(weights)
    except BundleError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_ERROR
    found, code = [], 0
    for picture in pictures:
        try:
            reading = recognizer.read(picture)
        except PictureError as error:
            print(f"error: {error}", file=sys.stderr)
            code = EXIT_ERROR
            continue
        if as_json:
            found.append({"file": picture, **reading.to_dict()})
        else:
            print(reading.text if len(pictures) == 1 else f"{picture}: {reading.text}", flush=True)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0, or 2 when something could not be read."""
    given = make_parser().parse_args(arguments)
    try:
        code = read(given.pictures, given.weights, given.json)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever was listening has had enough: hylian read … | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
