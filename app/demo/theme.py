"""Colors and fonts of the page, for Gradio."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

CSS = (Path(__file__).parent / "gradio.css").read_text(encoding="utf-8")


def theme() -> gr.themes.Base:
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
