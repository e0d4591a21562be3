"""`hylian demo`: the page on which people read, draw, teach and write; in the browser, on released weights, without a
network.

The page is Gradio's, mounted on the HTTP interface (app/service), once for each language.
"""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from app.children import told_to_end
from app.demo.page import DemoPage
from app.demo.theme import CSS, theme
from app.lessons import Lessons
from app.service.http import make_service
from app.translations import LANGUAGES, texts
from app.writing import font_bytes
from glyphgen.images import MAX_BYTES
from recognizers.runtime import session

_DEMO = Path(__file__).parent
_WEB = _DEMO.parent / "web"
_MOST_WAITING = 64  # events in Gradio's queue; the next ones are asked to come again
_MOST_BYTES = f"{MAX_BYTES // 10**6}mb"  # of a bundle or a font


def _head() -> str:
    font = base64.b64encode(font_bytes("hylian")).decode()
    css = f"@font-face {{ font-family: 'Hylian'; src: url(data:font/ttf;base64,{font}) }}"
    style = (_WEB / "style.css").read_text(encoding="utf-8")
    scripts = [path.read_text(encoding="utf-8") for path in (_WEB / "elements.js", _DEMO / "glue.js")]
    return f"<style>{css}\n{style}</style>" + "".join(f"<script>{text}</script>" for text in scripts)


def make_app(lessons: Lessons) -> FastAPI:
    """Return the HTTP interface with the page in every language mounted on it."""
    app = make_service(lessons)
    head = _head()
    for language in reversed(LANGUAGES):  # the first is mounted last, on the root
        page = DemoPage(texts(language), lessons).build()
        if language != LANGUAGES[0]:  # the page's own addresses are relative to a folder
            app.add_api_route(f"/{language}", lambda to=f"/{language}/": RedirectResponse(to), include_in_schema=False)
        page.queue(max_size=_MOST_WAITING, default_concurrency_limit=4)
        app = gr.mount_gradio_app(
            app,
            page,
            path="/" if language == LANGUAGES[0] else f"/{language}",
            show_error=False,
            ssr_mode=False,
            max_file_size=_MOST_BYTES,
            theme=theme(),
            css=CSS,
            head=head,
            footer_links=[],
        )
    return app


def serve(door: socket.socket, lessons: Lessons, says: Callable[[str], None]) -> None:
    """Serve the page on a socket that listens, until Ctrl-C."""
    session.set_threads(1)  # two readings at once are faster than one after the other on both cores
    app = make_app(lessons)
    config = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="on",
        timeout_keep_alive=30,
        limit_concurrency=256,
        timeout_graceful_shutdown=2,
    )
    says(f"http://127.0.0.1:{door.getsockname()[1]}")
    with told_to_end():  # SIGTERM, which uvicorn hands on when it has closed, ends a learning too
        try:
            uvicorn.Server(config).run(sockets=[door])
        finally:
            lessons.stop()
