"""Compare runs: `python -m experiments.compare runs`, at the terminal, as a page, as Markdown, and as the table of
recipes of a document.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from glyphgen.extras import exit_for_missing

try:
    from rich.console import Console

    from experiments.compare.comparison import chosen_figures, grouped, paired
    from experiments.compare.document import write_into
    from experiments.compare.power_law import power_laws
    from experiments.compare.records import find_runs
    from experiments.compare.table import as_markdown, as_rich
    from experiments.report.recipe_table import write_recipes
    from glyphgen.files import DataError
except ImportError as error:
    exit_for_missing(error)

_EPILOG = """\
examples:
  python -m experiments.compare runs                              every run below a folder
  python -m experiments.compare runs/A runs/B --html compare.html  two runs, with curves and pictures
  python -m experiments.compare runs --metric letter_cer --metric 'pages/*'
  python -m experiments.compare runs/CURVE --fit n_samples          how errors fall with the number of lines
  python -m experiments.compare runs --recipes docs/results.md    the rows of the recipes' table in a document
"""
_MOST_PAIRS = 10  # of groups that are said to be better or not
_WIDTH = 170  # of a log, which has room


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0, or 2 after one message."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.compare",
        description="Compare runs: the settings that differ, figures with intervals over seeds, time and size.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", type=Path, help="run folders, or folders of such, of one machine or several")
    parser.add_argument(
        "--metric",
        action="append",
        default=[],
        metavar="NAME",
        help="a figure of results.json, such as grapheme_cer or 'evaluate/*/exact'; may be given again",
    )
    parser.add_argument(
        "--fit",
        metavar="SETTING",
        help="fit a power law of each figure that is better when it is less over a setting that the runs differ in, "
        "such as n_samples",
    )
    parser.add_argument("--html", type=Path, metavar="OUT", help="write a page with curves, bars and pictures")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument(
        "--document",
        metavar="FILE#NAME",
        help="put a short table, and the laws of --fit, between the lines <!-- compare: NAME --> and "
        "<!-- compare: end --> of a document",
    )
    parser.add_argument(
        "--recipes",
        nargs="?",
        const="",
        metavar="FILE",
        help="instead, print the table of recipes of conf/experiment that have a baseline; with a file, put its rows "
        "between the marks of that",
    )
    given = parser.parse_args(arguments)
    try:
        if given.recipes is not None:
            print(write_recipes(given.runs, Path(given.recipes) if given.recipes else None))
            return 0
        _compare(given)
    except (OSError, ValueError, DataError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _compare(given: argparse.Namespace) -> None:
    if missing := [root for root in given.runs if not root.is_dir()]:
        raise ValueError(f"{missing[0]} is no folder")
    runs, passed = find_runs(given.runs)
    for folder, reason in passed.items():
        print(f"passed by: {folder}: {reason}", file=sys.stderr)
    if not runs:
        where = ", ".join(map(str, given.runs))
        raise ValueError(f"no run with figures below {where}: config.yaml and results.json are in its folder")
    groups = grouped(runs)
    figures = chosen_figures(groups, given.metric)
    if given.markdown:
        print(as_markdown(groups, figures))
    else:
        console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
        console.print(as_rich(groups, figures))
        pairs = paired(groups)
        for pair in pairs[:_MOST_PAIRS]:
            console.print(f"{pair.data}: {pair.verdict}", highlight=False, markup=False)
        if len(pairs) > _MOST_PAIRS:
            console.print(f"and {len(pairs) - _MOST_PAIRS} more pairs; give fewer runs to see them", highlight=False)
    laws = power_laws(groups, figures, given.fit) if given.fit else []
    for law in laws:
        print(law.verdict)
    if given.document is not None:
        path, _, name = given.document.partition("#")
        if not name:
            raise ValueError(f"--document {given.document}: give FILE#NAME, such as docs/what-helps.md#decoders")
        write_into(Path(path), name, groups, figures, laws)
        print(f"document: {path}")
    if given.html is not None:
        from experiments.compare.page import write_page

        write_page(given.html, groups, figures, f"Runs compared: {', '.join(root.name for root in given.runs)}", laws)
        print(f"page: {given.html}")


if __name__ == "__main__":
    sys.exit(main())
