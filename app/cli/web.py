"""`hylian web`: the page that reads without a server, as a folder."""

from __future__ import annotations

import argparse
import sys

from app.cli.exit_codes import EXIT_READ, fail
from glyphgen.extras import missing
from glyphgen.files import DataError


def run(given: argparse.Namespace) -> int:
    """Write the page without a server. Returns the exit code."""
    if hint := missing("web"):  # before npm fetches the runtime
        return fail(hint)
    from app.web.build import RUNTIME, build, check
    from recognizers.export import ExportError

    try:
        check(given.out, given.runtime)
    except DataError as error:
        return fail(str(error))
    print(
        "exporting the networks" + ("" if given.runtime else f", fetching {RUNTIME}") + " …",
        file=sys.stderr,
        flush=True,
    )
    try:
        size = build(given.out, given.runtime)
    except (DataError, ExportError) as error:
        return fail(str(error))
    print(
        f"{given.out}: {size / 1e6:.2f} MB without the runtime; try it: python -m http.server --directory {given.out}"
    )
    return EXIT_READ
