"""`python -m app demo`: the page on which people read, draw, teach and write; in the browser, on released weights, without a network.

The page is Gradio's, mounted on the HTTP interface (`service`), once for each language. A picture comes as a data URL in a hidden text box,
so nothing is uploaded to a file; what is downloaded is in the page already.
"""

from __future__ import annotations

import base64
import os
import socket
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
import numpy as np
import torch
import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from PIL import Image

from app.answers import AnswerError, data_url, decoded, ink_only, picture_of, read_drawing, read_picture
from app.card import download, plain_url, reading_card, text_of, word_card
from app.gate import BusyError
from app.lessons import LEAST, Learned, Lessons
from app.readers import READERS
from app.service import make_service
from app.texts import LANGUAGES, Texts, texts
from app.writing import LOOKS, MOST_LETTERS, Writing, font_bytes, write_svg, write_text
from recognizers.bundle import BundleError

_HERE = Path(__file__).parent
_MOST_WAITING = 64  # events in Gradio's queue; the next ones are asked to come again
_MOST_BYTES = "20mb"  # of a bundle or a font
_SHOWN_LESSONS = 20
_CSS = """
.gradio-container {max-width: 1040px !important; width: 100% !important; margin: auto}
.gradio-container main, .gradio-container .column {width: 100%}
.title h1 {margin: 0; letter-spacing: .08em; font-weight: 600}
.title {display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap}
.title .hylian {color: var(--lamp); font-size: 1.8rem}
.title a {margin-left: auto; color: var(--lamp)}
.away {display: none !important}
footer {display: none !important}
"""


def _theme() -> gr.themes.Base:
    """Stone and the blue of lamps; fonts of the system, for none is fetched."""
    fonts = ["ui-sans-serif", "system-ui", "sans-serif"]
    return gr.themes.Soft(
        primary_hue="cyan", secondary_hue="teal", neutral_hue="stone", font=fonts, font_mono=["ui-monospace", "monospace"]
    )


class Page:
    """The page in one language: how it looks, and what its parts answer."""

    def __init__(self, say: Texts, lessons: Lessons) -> None:
        self.say, self.lessons = say, lessons

    def sentence(self, error: Exception) -> str:
        """Return what a person is told of an error; no stack, no path."""
        if isinstance(error, AnswerError):
            return self.say.error(error.code, str(error))
        if isinstance(error, BusyError):
            return self.say.error("busy", str(error))
        if isinstance(error, BundleError):
            return self.say.error("bad_weights", "this is not a bundle that can be used (.safetensors)")
        print(f"error: {type(error).__name__}: {error}", file=sys.stderr)
        return self.say("failed")

    def safely(self, answer: Callable[..., Any], *instead: Any) -> Callable[..., Any]:
        """Return the function; where it fails, it gives a sentence, and after that `instead`."""

        def tried(*given: Any) -> Any:
            try:
                return answer(*given)
            except Exception as error:
                return (self._told(error), *instead) if instead else self._told(error)

        return tried

    def _told(self, error: Exception) -> str:
        return f'<p class="nothing" role="alert">{escape(self.sentence(error))}</p>'

    # what the parts answer

    def read(self, url: str, script: str) -> tuple[str, str]:
        """Return the reading as HTML, and as text."""
        if not url:
            return f'<p class="sure">{escape(self.say("wait"))}</p>', ""
        answer = read_picture(picture_of(decoded(url)), script)
        return reading_card(answer, script, self.say), text_of(answer)

    def save_lines(self, url: str, text: str, script: str) -> str:
        """Keep each line of a picture with its right text."""
        if not url or not text.strip():
            return self.say("lesson_none")
        page = read_picture(picture_of(decoded(url)), script).page
        lines, right = page.script_lines or page.lines, [line for line in text.splitlines() if line.strip()]
        if not lines or len(lines) != len(right):
            return self.say("lesson_lines", n=len(lines)) if lines else self.say("lesson_none")
        for line, one in zip(lines, right, strict=True):
            self.lessons.save(line.picture, one, str(line.reading), script)
        return self.say("lesson_saved", n=len(right), total=len(self.lessons.rows(script)))

    def draw(self, url: str, script: str) -> tuple[str, dict[str, float] | None, str]:
        """Return HTML with the word and what was seen, the letters with their chances, and the text."""
        if not url:
            return f'<p class="sure">{escape(self.say("draw_wait"))}</p>', None, ""
        answer = read_drawing(picture_of(decoded(url)), script)
        return word_card(answer, self.say), dict(answer.letters) or None, answer.word or (answer.letters[0][0] if answer.letters else "")

    def save_drawing(self, url: str, text: str, script: str) -> str:
        """Keep a drawing with its right text."""
        if not url or not text.strip():
            return self.say("lesson_none")
        picture = picture_of(decoded(url))
        answer = read_drawing(picture, script)
        read = answer.word or (answer.letters[0][0] if answer.letters else "")
        self.lessons.save(ink_only(picture), text, read, script)
        return self.say("lesson_saved", n=1, total=len(self.lessons.rows(script)))

    def rows(self, script: str) -> list[list[str]]:
        return [[row.file, row.text, row.read, row.time] for row in reversed(self.lessons.rows(script)[-_SHOWN_LESSONS:])]

    def learn(self, script: str) -> Iterator[str]:
        """Yield how far learning is, and in the end what came of it."""
        try:
            for state in self.lessons.learn(script):
                if isinstance(state, Learned):
                    before, after = f"{100 * state.before:.1f}", f"{100 * state.after:.1f}"
                    if state.path is None:
                        yield self.say("learned_nothing", before=before, n=state.n)
                        return
                    name = READERS.add(state.path, f"{script}, {state.path.stem.partition('-')[2]}")
                    yield self.say("learned", before=before, after=after, n=state.n, name=name)
                else:
                    yield self.say("learning", what=state[0], percent=f"{100 * state[1]:.0f}")
        except Exception as error:
            yield self.sentence(error)

    def undo(self, script: str) -> str:
        lesson = self.lessons.undo(script)
        return self.say("undone", text=lesson.text) if lesson else self.say("undone_none")

    def write(self, text: str, font: str | None, look: str, ink: str, paper: str, material: float, damage: float, slant: float,
              perspective: float, seed: float) -> tuple[str, Image.Image | None]:  # fmt: skip
        """Return HTML with what can be saved, and the picture."""
        if not text.strip():
            return "", None
        writing = Writing(text, "hylian", font, look, ink, paper, material, damage, slant, perspective, int(seed))
        image = write_text(writing)
        links = [download("writing.svg", "SVG", plain_url(write_svg(writing), "image/svg+xml"))]
        back = ""
        if not font:
            url = "data:font/ttf;base64," + base64.b64encode(font_bytes("hylian")).decode()
            links.append(download("hylian.ttf", "TTF", url))
            back = self.say("read_back", text=read_picture(np.asarray(image)).page.text.replace("\n", " ") or "–")
        return f'<p class="sure">{escape(back)}</p><p class="downloads">{" ".join(links)}</p>', image

    def add(self, path: str | None, chosen: str) -> tuple[str, Any]:
        """Return a sentence, and the list of scripts with a bundle of the user's added."""
        if not path:
            return "", gr.update()
        name = READERS.add(path)
        return "", gr.update(choices=self.choices(), value=name)

    def choices(self, of_glyphs: bool = False) -> list[tuple[str, str]]:
        return [(self.say.name(name), name) for name in READERS.names(of_glyphs)]

    # how it looks

    def build(self) -> gr.Blocks:
        """Return the page."""
        say, other = self.say, "/" if self.say.language == "zh" else "/zh/"
        with gr.Blocks(title=say("title"), delete_cache=(600, 600), fill_width=False) as page:
            gr.HTML(f'<div class="title" lang="{say.language}"><h1>{escape(say("title"))}</h1>'
                    f'<span class="hylian" aria-hidden="true">HYRULE</span><a href="{other}">{escape(say("other"))}</a></div>'
                    f'<p>{escape(say("lead"))}</p>')  # fmt: skip
            with gr.Tab(say("read"), id="read"):
                self._read_tab(page)
            with gr.Tab(say("draw"), id="draw"):
                self._draw_tab()
            with gr.Tab(say("teach"), id="teach"):
                self._teach_tab()
            with gr.Tab(say("write"), id="write"):
                self._write_tab()
            gr.Markdown(say("api"))
            page.load(None, js="() => window.glyphReady()", api_visibility="private")
            if say.language == LANGUAGES[0]:
                gr.api(client_read, api_name="read", concurrency_limit=4)
                gr.api(client_glyph, api_name="glyph", concurrency_limit=4)
                gr.api(client_write, api_name="write", concurrency_limit=4)
        return page

    def _read_tab(self, page: gr.Blocks) -> None:
        say = self.say
        with gr.Row():
            with gr.Column():
                gr.HTML(_element("glyph-picture", "picture", say, ("hint", "choose", "picture", "whole", "remove", "crop", "large")))
                picture = gr.Textbox(label=say("picture"), elem_id="picture", elem_classes="away")
                gr.HTML(f"<p>{escape(say('examples'))}</p><div class='examples'>{_examples(say)}</div>")
                script = gr.Dropdown(self.choices(), value="hylian", label=say("script"), elem_id="script")
                with gr.Accordion(say("own"), open=False):
                    own = gr.File(label=say("own"), file_types=[".safetensors"], height=120)
                    wrong = gr.HTML()
            with gr.Column():
                card = gr.HTML(f'<p class="sure">{escape(say("wait"))}</p>', elem_id="card")
                text = gr.Textbox(label=say("corrected"), elem_id="corrected", lines=2, buttons=["copy"])
                gr.HTML(f'<p class="sure">{escape(say("lesson_hint"))}</p>')
                save = gr.Button(say("lesson"), elem_id="lesson")
                saved = gr.HTML(elem_id="saved")
        quiet: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 4}
        gr.on([picture.change, script.change], self.safely(self.read, ""), [picture, script], [card, text], **quiet)
        save.click(self.safely(self.save_lines), [picture, text, script], saved, **quiet)
        own.upload(self.safely(self.add, gr.update()), [own, script], [wrong, script], **quiet)
        page.load(lambda: gr.update(choices=self.choices()), None, script, **quiet)
        gr.on([script.focus], lambda: gr.update(choices=self.choices()), None, script, show_progress="hidden", **quiet)

    def _draw_tab(self) -> None:
        say = self.say
        with gr.Row():
            with gr.Column():
                gr.HTML(_element("glyph-pad", "drawing", say, ("undo", "clear", "brush"), {"picture": say("pad")}))
                drawing = gr.Textbox(label=say("pad"), elem_id="drawing", elem_classes="away")
                script = gr.Dropdown(self.choices(of_glyphs=True), value="hylian", label=say("script"), elem_id="draw-script")
            with gr.Column():
                letters = gr.Label(num_top_classes=5, label=say("letter"), elem_id="letters")
                card = gr.HTML(f'<p class="sure">{escape(say("draw_wait"))}</p>', elem_id="drawn")
                text = gr.Textbox(label=say("drawn_text"), elem_id="drawn-text", buttons=["copy"])
                save = gr.Button(say("lesson"), elem_id="drawn-lesson")
                saved = gr.HTML(elem_id="drawn-saved")
        quiet: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 4}
        gr.on([drawing.change, script.change], self.safely(self.draw, None, ""), [drawing, script], [card, letters, text],
              show_progress="hidden", trigger_mode="always_last", **quiet)  # fmt: skip
        save.click(self.safely(self.save_drawing), [drawing, text, script], saved, **quiet)

    def _teach_tab(self) -> None:
        say = self.say
        gr.Markdown(say("teach_lead", folder=self.lessons.root.name, least=LEAST))
        script = gr.Dropdown([(say.name("hylian"), "hylian"), (say.name("digits"), "digits")], value="hylian", label=say("script"))
        with gr.Row():
            learn = gr.Button(say("learn"), variant="primary", elem_id="learn")
            undo = gr.Button(say("undo_lesson"), elem_id="undo-lesson")
        state = gr.Markdown(elem_id="learned")
        rows = gr.Dataframe(headers=say.list("teach_headers"), interactive=False, label=say("teach_rows"), elem_id="lessons", wrap=True)
        link = gr.HTML(_zip_link("hylian", say))
        quiet: dict[str, Any] = {"api_visibility": "private"}
        shows = {"fn": self.rows, "inputs": script, "outputs": rows, "show_progress": "hidden", **quiet}
        learn.click(self.learn, script, state, concurrency_limit=1, **quiet)
        undo.click(self.safely(self.undo), script, state, **quiet).then(**shows)
        script.change(**shows).then(lambda name: _zip_link(name, say), script, link, **quiet)
        gr.Timer(4.0).tick(**shows)

    def _write_tab(self) -> None:
        say = self.say
        with gr.Row():
            with gr.Column():
                text = gr.Textbox(label=say("write_text"), placeholder=say("write_hint"), max_length=MOST_LETTERS, elem_id="text")
                look = gr.Radio([(say.look(name), name) for name in LOOKS], value="plain", label=say("look"))
                with gr.Row():
                    ink = gr.ColorPicker(Writing.ink, label=say("ink"))
                    paper = gr.ColorPicker(Writing.paper, label=say("paper"))
                sliders = [gr.Slider(0, 1, 0, step=0.05, label=say(name)) for name in ("material", "damage", "slant", "perspective")]
                seed = gr.Slider(0, 99, 0, step=1, label=say("seed"))
                with gr.Accordion(say("font"), open=False):
                    font = gr.File(label=say("font"), file_types=[".ttf", ".otf"], height=120)
            with gr.Column():
                written = gr.Image(label=say("written"), interactive=False, format="png", elem_id="written", buttons=["download", "fullscreen"])
                card = gr.HTML(elem_id="written-links")
        given = [text, font, look, ink, paper, *sliders, seed]
        changes = [text.submit, text.blur, look.change, ink.change, paper.change, font.upload, font.clear, *(s.release for s in (*sliders, seed))]
        gr.on(changes, self.safely(self.write, None), given, [card, written], api_visibility="private", concurrency_limit=4,
              trigger_mode="always_last", show_progress="hidden")  # fmt: skip


# for Gradio's client; plain HTTP has the same, see `service`


def client_read(image: str, script: str = "hylian") -> dict[str, Any]:
    """Read a picture, given as base64 or as a data URL. Errors come as {"error": {"code", "message"}}."""
    return _answered(lambda: read_picture(picture_of(decoded(image)), script).page.to_dict())


def client_glyph(image: str, script: str = "hylian") -> dict[str, Any]:
    """Read a drawing, given as base64 or as a data URL: its letters with their chances, and the word."""

    def answer() -> dict[str, Any]:
        found = read_drawing(picture_of(decoded(image)), script)
        return {"letters": dict(found.letters), "word": found.word}

    return _answered(answer)


def client_write(text: str, look: str = "plain", seed: int = 0) -> dict[str, Any]:
    """Write a text in Hylian; a PNG as a data URL."""
    return _answered(lambda: {"image": data_url(write_text(Writing(text, look=look, seed=int(seed))))})


def _answered(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return answer()
    except (AnswerError, BusyError) as error:
        return {"error": {"code": getattr(error, "code", "busy"), "message": str(error)}}


def _element(tag: str, name: str, say: Texts, keys: tuple[str, ...], more: dict[str, str] | None = None) -> str:
    values = {key: say(key) for key in keys} | (more or {})
    return f'<{tag} for="{name}" ' + " ".join(f'{key}="{escape(value)}"' for key, value in values.items()) + f"></{tag}>"


def _examples(say: Texts) -> str:
    made = [f'<button type="button" class="example" data-example="picture" aria-label="{escape(name)}"><img alt="" src="{url}"></button>'
            for name, url in example_urls()]  # fmt: skip
    return "".join(made)


@lru_cache(maxsize=1)
def example_urls() -> tuple[tuple[str, str], ...]:
    """Return pictures to try, of our own drawing, as (name, data URL)."""
    shown = [
        ("sign", Writing("Kakariko Village", look="solid", ink="#f0d890", paper="#5a4630", material=0.6, seed=3)),
        ("stone", Writing("Shrine of light", look="carved", paper="#8a8f94", material=0.7, perspective=0.4, seed=5)),
        ("menu", Writing("Master Sword", look="glow", ink="#8ff5ef", paper="#10202c", seed=1)),
    ]
    return tuple((name, data_url(write_text(writing), optimize=True)) for name, writing in shown)


def _zip_link(script: str, say: Texts) -> str:
    return f'<a class="save" href="/api/v1/lessons/{script}.zip" download="{script}.zip">{escape(say("export"))}</a>'


def _head() -> str:
    css = f"@font-face {{ font-family: 'Hylian'; src: url(data:font/ttf;base64,{base64.b64encode(font_bytes('hylian')).decode()}) }}"
    style = (_HERE / "style.css").read_text(encoding="utf-8")
    scripts = [(_HERE / name).read_text(encoding="utf-8") for name in ("web/elements.js", "glue.js")]
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
        app = gr.mount_gradio_app(app, page, path="/" if language == LANGUAGES[0] else f"/{language}", show_error=False, ssr_mode=False,
                                  max_file_size=_MOST_BYTES, theme=_theme(), css=_CSS, head=head, footer_links=[])  # fmt: skip
    return app


def warm_up() -> None:
    """Load what the first answers need."""
    torch.set_num_threads(1)  # as many readings at once as there are cores are faster than one after the other on all of them
    READERS.page_reader("hylian")
    READERS.glyph_recognizer("hylian")


def serve(port: int, lessons: Lessons, says: Callable[[str], None]) -> None:
    """Serve the page on this machine only, until Ctrl-C. Raises OSError when the port is taken."""
    with socket.create_server(("127.0.0.1", port)) as door:
        warm_up()
        app = make_app(lessons)
        config = uvicorn.Config(app, log_level="warning", lifespan="on", timeout_keep_alive=30, limit_concurrency=256)
        says(f"http://127.0.0.1:{door.getsockname()[1]}")
        uvicorn.Server(config).run(sockets=[door])
