"""`python -m app demo`: read a picture, draw a glyph, write a text, in the browser; on the released weights, without a network."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from html import escape
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr

from app.answers import GLYPHS, READERS, decoded, font_css, glyph_reader, read_glyph, read_picture, reader, write_text
from glyphgen.script import ScriptError
from glyphgen.synth import LOOKS
from recognizers.pictures import PictureError

_MOST_BYTES = "20mb"
_MOST_WAITING = 40  # people in the queue; the next ones are asked to come again
_NOTHING = "No Hylian found here. Try a crop closer around the writing, a sharper or larger picture, or one turned by less than 20°."
_CSS = """
.gradio-container {max-width: 1000px !important; width: 100% !important; margin: auto}
.gradio-container main, .gradio-container .column {width: 100%}
#english {font-size: 1.6rem; line-height: 1.5; min-height: 2.5rem; overflow-wrap: anywhere}
#english .choice {border-bottom: 2px dotted var(--primary-400); cursor: help}
#english .doubtful {border-bottom: 2px solid var(--error-border-color, #c33); cursor: help}
#graphemes {font-family: Hylian, monospace; font-size: 2rem; line-height: 1.3; overflow-wrap: anywhere}
#pad canvas {width: 100%; max-width: 400px; aspect-ratio: 1; touch-action: none; border: 1px solid #8886; border-radius: 8px;
  background: #fff; cursor: crosshair; display: block}
#pad div {display: flex; gap: .8rem; align-items: center; margin-top: .5rem; flex-wrap: wrap}
#pad button {padding: .3rem .9rem; border: 1px solid #8886; border-radius: 6px}
.away {display: none !important}
footer {display: none !important}
"""
_PAD = """
<div id="pad">
  <canvas width="400" height="400" role="img" aria-label="Draw one glyph here with mouse, finger or pen"></canvas>
  <div>
    <button id="undo" type="button">Undo</button>
    <button id="clear" type="button">Clear</button>
    <label>Brush <input id="brush" type="range" min="4" max="32" value="14"></label>
  </div>
</div>
"""


def _theme() -> gr.themes.Base:
    """Stone and the blue of lamps; fonts of the system, for none is fetched."""
    fonts = ["ui-sans-serif", "system-ui", "sans-serif"]
    return gr.themes.Soft(
        primary_hue="cyan", secondary_hue="teal", neutral_hue="stone", font=fonts, font_mono=["ui-monospace", "monospace"]
    )


def on_read(picture: str | None, name: str) -> tuple[str, str, str, Any, Any]:
    """Return English (HTML), shapes (HTML), a sentence on how sure it is, the picture with boxes, and a JSON file."""
    none = gr.update(value=None, visible=False)
    if not picture:
        return "", "", "Upload, paste or drop a picture of a sign.", none, none
    try:
        answer = read_picture(picture, READERS[name])
    except PictureError as error:
        return "", "", _without_path(str(error), picture), none, none
    boxes = gr.update(value=answer.annotated, visible=True)
    if not answer.text:
        return "", "", _NOTHING, boxes, none
    path = Path(tempfile.mkdtemp(prefix="reading-", dir=Path(picture).parent)) / "reading.json"
    path.write_text(json.dumps(answer.data, ensure_ascii=False, indent=2), encoding="utf-8")
    file = gr.update(value=str(path), visible=True)
    shapes = "<br>".join(escape(line) for line in answer.graphemes.splitlines())
    sentence = f"{100 * answer.confidence:.0f} % sure that every letter is right. Dotted letters share their shape with others."
    return f'<div id="english">{answer.html}</div>', f'<div id="graphemes">{shapes}</div>', sentence, boxes, file


def on_draw(drawing: str, name: str) -> tuple[dict[str, float] | None, Any]:
    """Return the likeliest letters of a drawing, a PNG as a data URL, with their chances; and what the network sees."""
    if not drawing:
        return None, None
    try:
        return read_glyph(decoded(drawing), GLYPHS[name])
    except PictureError:
        return None, None


def on_write(text: str, look: str, seed: float) -> tuple[Any, str]:
    """Return a text written in Hylian; or none, and what is wrong with it."""
    if not text.strip():
        return None, ""
    try:
        return write_text(text, look, int(seed)), ""
    except (ScriptError, ValueError) as error:
        return None, str(error)


def _without_path(message: str, path: str) -> str:
    """No answer names a folder of the server."""
    return message.replace(path, "the picture").replace(str(Path(path).parent), "")


def build() -> gr.Blocks:
    """Return the page."""
    with gr.Blocks(title="Hylian reader", analytics_enabled=False, delete_cache=(600, 600)) as page:
        gr.Markdown("# Hylian reader\nReads the Hylian script of *Zelda* in screenshots and drawings. Nothing leaves this machine.")
        with gr.Tab("Read"):
            _read_tab()
        with gr.Tab("Draw"):
            _draw_tab()
        with gr.Tab("Write"):
            _write_tab()
    return page


def _read_tab() -> None:
    with gr.Row():
        with gr.Column():
            picture = gr.Image(type="filepath", sources=["upload", "clipboard"], label="Picture", elem_id="picture", height=320)
            # the file as it was uploaded: what cannot be read is for on_read to say, not for Gradio's log
            picture.preprocess = lambda payload: payload.path if payload else None  # type: ignore[method-assign]
            name = gr.Dropdown(list(READERS), value="Hylian", label="Script", visible=len(READERS) > 1)
            button = gr.Button("Read", variant="primary", elem_id="read")
        with gr.Column():
            english = gr.HTML(label="English")
            shapes = gr.HTML(label="As it is written")
            said = gr.Markdown(elem_id="said")
            boxes = gr.Image(label="What was found", show_label=False, interactive=False, format="png", visible=False, elem_id="boxes")
            file = gr.File(label="Everything, as JSON", visible=False)
    outputs = [english, shapes, said, boxes, file]
    button.click(on_read, [picture, name], outputs, api_name="read")
    picture.change(on_read, [picture, name], outputs, api_visibility="private")


def _draw_tab() -> None:
    with gr.Row():
        with gr.Column():
            gr.HTML(_PAD)
            drawing = gr.Textbox(label="Drawing, as a data URL", elem_id="drawing", elem_classes="away")
            name = gr.Radio(list(GLYPHS), value="Hylian", label="Script")
        with gr.Column():
            letters = gr.Label(num_top_classes=5, label="Letter", elem_id="letters")
            seen = gr.Image(label="What the network sees", interactive=False, height=240, width=240)
    drawing.change(on_draw, [drawing, name], [letters, seen], api_name="glyph", show_progress="hidden", trigger_mode="always_last")
    name.change(on_draw, [drawing, name], [letters, seen], api_visibility="private")


def _write_tab() -> None:
    text = gr.Textbox(label="English", placeholder="It's dangerous to go alone", max_length=48, elem_id="text")
    with gr.Row():
        look = gr.Radio(list(LOOKS), value="none", label="Look")
        seed = gr.Slider(0, 99, step=1, value=0, label="Another one")
    written = gr.Image(label="In Hylian", show_label=False, interactive=False, format="png", elem_id="written")
    wrong = gr.Markdown()
    for changed in (text.submit, look.change, seed.release):
        changed(on_write, [text, look, seed], [written, wrong], api_name="write" if changed is text.submit else None,
                api_visibility="public" if changed is text.submit else "private")  # fmt: skip


def _head() -> str:
    return f"<script>{(Path(__file__).parent / 'pad.js').read_text(encoding='utf-8')}</script>"


def warm_up() -> None:
    """Load what the first answer needs."""
    for name in READERS.values():
        reader(name)
    for name in GLYPHS.values():
        glyph_reader(name)


def launch(port: int | None = None, opens_browser: bool = False, waits: bool = True) -> gr.Blocks:
    """Serve the page on this machine only. Raises OSError when the port is taken."""
    warm_up()
    page = build()
    page.queue(max_size=_MOST_WAITING, default_concurrency_limit=2)
    page.launch(server_name="127.0.0.1", server_port=port, inbrowser=opens_browser, max_file_size=_MOST_BYTES, theme=_theme(),
                css=font_css() + _CSS, head=_head(), footer_links=[], show_error=False, quiet=True, prevent_thread_lock=True,
                ssr_mode=False)  # fmt: skip
    print(f"open {page.local_url} (Ctrl-C ends it)", file=sys.stderr, flush=True)
    if waits:
        page.block_thread()
    return page
