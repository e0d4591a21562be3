"""`hylian demo`: the page on which people read, draw, teach and write, served on this machine."""

from __future__ import annotations

import argparse
import socket
import sys
import webbrowser
from threading import Thread

from app.cli.exit_codes import EXIT_READ, fail
from glyphgen.extras import missing

_DEMO_PORT = 7860


def run(given: argparse.Namespace) -> int:
    """Serve the demo until Ctrl-C. Returns the exit code."""
    if hint := missing("demo"):
        return fail(hint)
    try:
        door = socket.create_server(("127.0.0.1", given.port or _DEMO_PORT))
    except OSError as error:
        if given.port:
            return fail(f"port {given.port}: {error.strerror or error}; give another --port")
        door = socket.create_server(("127.0.0.1", 0))
    with door:
        return _serve(given, door)


def _serve(given: argparse.Namespace, door: socket.socket) -> int:
    print("loading …", file=sys.stderr, flush=True)
    from app.registry import READERS

    Thread(target=READERS.warm_up, daemon=True).start()  # while Gradio is imported, and the browser opens the page
    from app.demo.fast_gradio_import import without_stubs

    with without_stubs():
        import gradio  # noqa: F401
    from app.demo.ui import serve
    from app.lessons import Lessons
    from recognizers.bundle_file import BundleError

    def says(address: str) -> None:
        print(f"open {address} (Ctrl-C ends it)", file=sys.stderr, flush=True)
        if not given.no_browser:
            webbrowser.open(address)

    lessons = Lessons(given.lessons)
    try:
        for path in given.weights:
            READERS.offer(path)
    except BundleError as error:
        return fail(str(error))
    for path in lessons.learned():
        try:
            READERS.offer(path)
        except BundleError as error:
            print(f"left out: {error}", file=sys.stderr)
    serve(door, lessons, says)
    return EXIT_READ
