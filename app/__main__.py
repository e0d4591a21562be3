"""The command line: `python -m app read picture.png`, also installed as `hylian read`.

Each command is a module of `app.cli` with a function `run`, imported when it is asked for: `hylian --help` imports
neither torch nor NumPy.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from app.cli.exit_codes import EXIT_ERROR, EXIT_INTERRUPTED, EXIT_READ, EXITS_TOLD_TO_END, fail
from app.cli.parser import make_parser

os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # before torch: threads that wait give way to others


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    parser = make_parser()
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help(sys.stderr)
        return EXIT_ERROR
    given = parser.parse_args(arguments)
    try:
        code: int = import_module(f"app.cli.{given.command}").run(given)
        if sys.stdout:
            sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever was listening has had enough: hylian read … | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_READ
    except ImportError as error:
        from glyphgen.extras import install_hint

        hint = install_hint(error)
        if hint is None:
            raise
        return fail(hint)
    except OSError as error:  # a full disk behind standard output
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - what is left in it must not fail once more at exit
        return fail(f"cannot write: {error.strerror or error}")
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return EXIT_INTERRUPTED
    except SystemExit as end:
        if end.code in EXITS_TOLD_TO_END:
            print("stopped", file=sys.stderr)
        raise


if __name__ == "__main__":
    sys.exit(main())
