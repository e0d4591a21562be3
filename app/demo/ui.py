"""`python -m app demo`: the page on which people read, draw, teach and write; in the browser, on released weights,
without a network.

The page is Gradio's, mounted on the HTTP interface (`service`), once for each language. A picture comes as a data URL
in a hidden text box, so nothing is uploaded to a file; what is downloaded is in the page already.
"""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Callable
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
import torch
import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from gradio.events import api as gradio_api

from app.answers import data_url
from app.children import told_to_end
from app.demo.handlers import Handlers, client_glyph, client_read, client_write
from app.lessons import LEAST, Lessons
from app.service.http import make_service
from app.translations import LANGUAGES, Texts, texts
from app.writing import DRAWN, MOST_LETTERS, STYLES, Writing, font_bytes, write_text
from glyphgen.images import MAX_BYTES

_DEMO = Path(__file__).parent
_WEB = _DEMO.parent / "web"
_MOST_WAITING = 64  # events in Gradio's queue; the next ones are asked to come again
_MOST_BYTES = f"{MAX_BYTES // 10**6}mb"  # of a bundle or a font
_CSS = """
.gradio-container {max-width: 1040px !important; width: 100% !important; margin: auto}
.gradio-container main, .gradio-container .column {width: 100%}
.title h1 {margin: 0; letter-spacing: .08em; font-weight: 600}
.title {display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap}
.title .hylian {color: var(--lamp); font-size: 1.8rem}
.title a {margin-left: auto; color: var(--lamp)}
.away {display: none !important}
footer {display: none !important}
.slider input[type=number] {display: none}
.slider .min_value, .slider .max_value {color: inherit}
.dark button[role="tab"][aria-selected="true"], .dark .prose a, .dark a {color: var(--lamp) !important}
"""


def _theme() -> gr.themes.Base:
    """Stone and the blue of lamps; fonts of the system, for none is fetched."""
    fonts = ["ui-sans-serif", "system-ui", "sans-serif"]
    # teal, two steps darker in the middle: 5.5 to 1 on white, where Gradio's own has 2.5
    lamp = gr.themes.Color(
        c50="#f0fdfa",
        c100="#ccfbf1",
        c200="#99f6e4",
        c300="#5eead4",
        c400="#14b8a6",
        c500="#0f766e",
        c600="#0d6963",
        c700="#115e59",
        c800="#134e4a",
        c900="#0f3d3a",
        c950="#042f2e",
        name="lamp",
    )
    return gr.themes.Soft(
        primary_hue=lamp, secondary_hue=lamp, neutral_hue="stone", font=fonts, font_mono=["ui-monospace", "monospace"]
    )


class Page:
    """The page in one language: how it looks."""

    def __init__(self, say: Texts, lessons: Lessons) -> None:
        self.say, self.lessons, self.on = say, lessons, Handlers(say, lessons)

    def build(self) -> gr.Blocks:
        """Return the page."""
        say, other = self.say, "/" if self.say.language == "zh" else "/zh/"
        page: gr.Blocks
        with gr.Blocks(title=say("title"), delete_cache=(600, 600), fill_width=False) as page:
            gr.HTML(
                f'<div class="title" lang="{say.language}"><h1>{escape(say("title"))}</h1>'
                '<span class="hylian" aria-hidden="true">HYRULE</span><a '
                f'href="{other}">{escape(say("other"))}</a></div>'
                f"<p>{escape(say('lead'))}</p>"
            )
            with gr.Tab(say("read"), id="read") as tab:
                self._read_tab(page, tab)
            with gr.Tab(say("draw"), id="draw") as tab:
                self._draw_tab(tab)
            with gr.Tab(say("teach"), id="teach") as tab:
                self._teach_tab(tab)
            with gr.Tab(say("write"), id="write"):
                self._write_tab()
            gr.Markdown(say("api"))
            page.load(None, js=f"() => window.glyphReady('{say.language}')", api_visibility="private")
            if say.language == LANGUAGES[0]:
                gradio_api(client_read, api_name="read", concurrency_limit=4)
                gradio_api(client_glyph, api_name="glyph", concurrency_limit=4)
                gradio_api(client_write, api_name="write", concurrency_limit=4)
        return page

    def _read_tab(self, page: gr.Blocks, tab: gr.Tab) -> None:
        say = self.say
        with gr.Row():
            with gr.Column():
                gr.HTML(
                    _element(
                        "glyph-picture",
                        "picture",
                        say,
                        ("hint", "choose", "picture", "whole", "remove", "crop", "large"),
                    )
                )
                picture = gr.Textbox(label=say("picture"), elem_id="picture", elem_classes="away")
                gr.HTML(f"<p>{escape(say('examples'))}</p><div class='examples'>{_examples(say)}</div>")
                script = gr.Dropdown(self.on.choices(), value="hylian", label=say("script"), elem_id="script")
                with gr.Accordion(say("own"), open=False):
                    gr.HTML(
                        _element(
                            "glyph-file",
                            "own",
                            say,
                            ("remove", "large"),
                            {"hint": say("own"), "accept": ".safetensors"},
                        )
                    )
                    own = gr.Textbox(label=say("own"), elem_id="own", elem_classes="away")
                    wrong = gr.HTML(elem_id="own-said")
            with gr.Column():
                card = gr.HTML(f'<p class="sure">{escape(say("wait"))}</p>', elem_id="card")
                text = gr.Textbox(label=say("corrected"), elem_id="corrected", lines=2, buttons=["copy"])
                gr.HTML(f'<p class="sure">{escape(say("lesson_hint"))}</p>')
                save = gr.Button(say("lesson"), elem_id="lesson")
                saved = gr.HTML(elem_id="saved")
        quiet: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 4}
        gr.on(
            [picture.change, script.change], self.on.safely(self.on.read, ""), [picture, script], [card, text], **quiet
        ).then(None, js="() => window.glyphShow('card')", **quiet)
        save.click(self.on.safely(self.on.save_lines), [picture, text, script], saved, **quiet)
        own.change(self.on.safely(self.on.add, gr.update()), own, [wrong, script], **quiet)
        gr.on(
            [page.load, tab.select],
            lambda: gr.update(choices=self.on.choices()),
            None,
            script,
            show_progress="hidden",
            **quiet,
        )

    def _draw_tab(self, tab: gr.Tab) -> None:
        say = self.say
        with gr.Row():
            with gr.Column():
                gr.HTML(_element("glyph-pad", "drawing", say, ("undo", "clear", "brush"), {"picture": say("pad")}))
                drawing = gr.Textbox(label=say("pad"), elem_id="drawing", elem_classes="away")
                script = gr.Dropdown(
                    self.on.choices(of_glyphs=True), value="hylian", label=say("script"), elem_id="draw-script"
                )
            with gr.Column():
                letters = gr.Label(num_top_classes=5, label=say("letter"), elem_id="letters")
                card = gr.HTML(f'<p class="sure">{escape(say("draw_wait"))}</p>', elem_id="drawn")
                text = gr.Textbox(label=say("drawn_text"), elem_id="drawn-text", buttons=["copy"])
                gr.HTML(f'<p class="sure">{escape(say("drawn_hint"))}</p>')
                save = gr.Button(say("lesson"), elem_id="drawn-lesson")
                saved = gr.HTML(elem_id="drawn-saved")
        quiet: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 4}
        gr.on(
            [drawing.change, script.change],
            self.on.safely(self.on.draw, None, ""),
            [drawing, script],
            [card, letters, text],
            show_progress="hidden",
            trigger_mode="always_last",
            **quiet,
        )
        tab.select(
            lambda: gr.update(choices=self.on.choices(of_glyphs=True)), None, script, show_progress="hidden", **quiet
        )
        save.click(self.on.safely(self.on.save_drawing), [drawing, text, script], saved, **quiet)

    def _teach_tab(self, tab: gr.Tab) -> None:
        say = self.say
        gr.Markdown(say("teach_lead", folder=self.lessons.root.resolve().name, least=LEAST))
        script = gr.Dropdown(self.on.choices(), value="hylian", label=say("script"), elem_id="teach-script")
        with gr.Row():
            learn = gr.Button(say("learn"), variant="primary", elem_id="learn")
            undo = gr.Button(say("undo_lesson"), elem_id="undo-lesson")
        state = gr.Markdown(elem_id="learned")
        rows = gr.Dataframe(
            headers=say.list("teach_headers"), interactive=False, label=say("teach_rows"), elem_id="lessons", wrap=True
        )
        link = gr.HTML(_zip_link("hylian", say))
        quiet: dict[str, Any] = {"api_visibility": "private"}
        shows = {"fn": self.on.rows, "inputs": script, "outputs": rows, "show_progress": "hidden", **quiet}
        learn.click(self.on.learn, script, state, concurrency_limit=1, **quiet)
        undo.click(self.on.safely(self.on.undo), script, state, **quiet).then(**shows)
        tab.select(lambda: gr.update(choices=self.on.choices()), None, script, show_progress="hidden", **quiet)
        script.change(**shows).then(lambda name: _zip_link(name, say), script, link, **quiet)
        gr.on([tab.select], **shows)

    def _write_tab(self) -> None:
        say = self.say
        with gr.Row():
            with gr.Column():
                text = gr.Textbox(
                    label=say("write_text"), placeholder=say("write_hint"), max_length=MOST_LETTERS, elem_id="text"
                )
                script = gr.Dropdown(
                    [(say.name(name), name) for name in DRAWN], value=DRAWN[0], label=say("write_script")
                )
                look = gr.Radio([(say.look(name), name) for name in STYLES], value="plain", label=say("look"))
                with gr.Row():
                    ink = gr.ColorPicker(Writing.ink, label=say("ink"))
                    paper = gr.ColorPicker(Writing.paper, label=say("paper"))
                # without the field for numbers beside each: what it cannot take, Gradio refuses in words of its own
                bare: dict[str, Any] = {"elem_classes": "slider", "buttons": []}
                sliders = [
                    gr.Slider(0, 1, 0, step=0.05, label=say(name), **bare)
                    for name in ("material", "degradation", "slant", "perspective")
                ]
                seed = gr.Slider(0, 99, 0, step=1, label=say("seed"), **bare)
                with gr.Accordion(say("font"), open=False):
                    gr.HTML(
                        _element(
                            "glyph-file", "font", say, ("remove", "large"), {"hint": say("font"), "accept": ".ttf,.otf"}
                        )
                    )
                    font = gr.Textbox(label=say("font"), elem_id="font", elem_classes="away")
            with gr.Column():
                card = gr.HTML(elem_id="written")
        given = [text, script, font, look, ink, paper, *sliders, seed]
        changes = [
            text.submit,
            text.blur,
            script.change,
            look.change,
            ink.change,
            paper.change,
            font.change,
            *(s.release for s in (*sliders, seed)),
        ]
        gr.on(
            changes,
            self.on.safely(self.on.write),
            given,
            card,
            api_visibility="private",
            concurrency_limit=4,
            trigger_mode="always_last",
            show_progress="hidden",
        )


def _element(tag: str, name: str, say: Texts, keys: tuple[str, ...], more: dict[str, str] | None = None) -> str:
    values = {key: say(key) for key in keys} | (more or {})
    return (
        f'<{tag} for="{name}" ' + " ".join(f'{key}="{escape(value)}"' for key, value in values.items()) + f"></{tag}>"
    )


def _examples(say: Texts) -> str:
    made = [
        f'<button type="button" class="example" data-example="picture" aria-label="{escape(name)}"><img alt="" '
        f'src="{url}"></button>'
        for name, url in example_urls()
    ]
    return "".join(made)


@lru_cache(maxsize=1)
def example_urls() -> tuple[tuple[str, str], ...]:
    """Return pictures to try, of our own drawing, as (name, data URL)."""
    shown = [
        ("Kakariko Village", Writing("Kakariko Village", look="solid", ink="#f0d890", paper="#5a4630", slant=0.3)),
        (
            "Shrine of Light",
            Writing("Shrine of light", look="shadow", ink="#f4efe2", paper="#4d5a48", perspective=0.2, seed=2),
        ),
        ("Master Sword", Writing("Master Sword", look="glow", ink="#8ff5ef", paper="#10202c", seed=1)),
    ]
    return tuple((name, data_url(write_text(writing), compress_level=6)) for name, writing in shown)


def _zip_link(script: str, say: Texts) -> str:
    return f'<a class="save" href="/api/v1/lessons/{quote(script)}.zip" download>{escape(say("export"))}</a>'


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
        page = Page(texts(language), lessons).build()
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
            theme=_theme(),
            css=_CSS,
            head=head,
            footer_links=[],
        )
    return app


def serve(door: socket.socket, lessons: Lessons, says: Callable[[str], None]) -> None:
    """Serve the page on a socket that listens, until Ctrl-C."""
    torch.set_num_threads(1)  # two readings at once are faster than one after the other on both cores
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
