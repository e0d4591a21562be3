"""How a command ends: its exit code, and one message where it failed."""

from __future__ import annotations

import sys

EXIT_READ, EXIT_NOTHING, EXIT_ERROR = 0, 1, 2
EXIT_INTERRUPTED = 130  # by Ctrl-C; as shells count, 128 and the number of the signal
EXITS_TOLD_TO_END = (129, 143)  # by SIGHUP and SIGTERM


def fail(message: str) -> int:
    """Print an error on standard error; return the exit code."""
    print(f"error: {message}", file=sys.stderr)
    return EXIT_ERROR
