"""HTML of the page that Gradio has no component for: our own elements, examples, links."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from urllib.parse import quote

from app.answers import data_url
from app.translations import Texts
from app.writing import Writing, write_text


def element(tag: str, name: str, say: Texts, keys: tuple[str, ...], more: dict[str, str] | None = None) -> str:
    values = {key: say(key) for key in keys} | (more or {})
    return (
        f'<{tag} for="{name}" ' + " ".join(f'{key}="{escape(value)}"' for key, value in values.items()) + f"></{tag}>"
    )


def examples(say: Texts) -> str:
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


def zip_link(script: str, say: Texts) -> str:
    return f'<a class="save" href="/api/v1/lessons/{quote(script)}.zip" download>{escape(say("export"))}</a>'
