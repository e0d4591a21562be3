"""The page in one language: its tabs, and what calls which handler.

A picture comes as a data URL in a hidden text box, so nothing is uploaded to a file; what is downloaded is in the page
already.
"""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr
from gradio.events import api as gradio_api

from app.demo.elements import element, examples, zip_link
from app.demo.handlers import Handlers, client_glyph, client_read, client_write
from app.lessons import LEAST, Lessons
from app.registry import AUTO
from app.translations import LANGUAGES, Texts
from app.writing import DRAWN, MOST_LETTERS, STYLES, Writing


class DemoPage:
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
                    element(
                        "glyph-picture",
                        "picture",
                        say,
                        ("hint", "choose", "picture", "whole", "remove", "crop", "large"),
                    )
                )
                picture = gr.Textbox(label=say("picture"), elem_id="picture", elem_classes="away")
                gr.HTML(f"<p>{escape(say('examples'))}</p><div class='examples'>{examples(say)}</div>")
                script = gr.Dropdown(self.on.choices(with_auto=True), value=AUTO, label=say("script"), elem_id="script")
                with gr.Accordion(say("own"), open=False):
                    gr.HTML(
                        element(
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
            lambda: gr.update(choices=self.on.choices(with_auto=True)),
            None,
            script,
            show_progress="hidden",
            **quiet,
        )

    def _draw_tab(self, tab: gr.Tab) -> None:
        say = self.say
        with gr.Row():
            with gr.Column():
                gr.HTML(element("glyph-pad", "drawing", say, ("undo", "clear", "brush"), {"picture": say("pad")}))
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
        link = gr.HTML(zip_link("hylian", say))
        quiet: dict[str, Any] = {"api_visibility": "private"}
        shows = {"fn": self.on.rows, "inputs": script, "outputs": rows, "show_progress": "hidden", **quiet}
        learn.click(self.on.learn, script, state, concurrency_limit=1, **quiet)
        undo.click(self.on.safely(self.on.undo), script, state, **quiet).then(**shows)
        tab.select(lambda: gr.update(choices=self.on.choices()), None, script, show_progress="hidden", **quiet)
        script.change(**shows).then(lambda name: zip_link(name, say), script, link, **quiet)
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
                        element(
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
