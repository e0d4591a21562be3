"""What happens when something is clicked: from what Gradio's components hold to what they show. No answer holds a stack or a path."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from app.answers import AnswerError, data_url, decoded, ink_only, picture_of, read_drawing, read_picture
from app.card import download, plain_url, reading_card, text_of, word_card
from app.gate import BusyError
from app.lessons import Learned, Lessons
from app.readers import READERS
from app.texts import Texts
from app.writing import Writing, font_bytes, write_svg, write_text
from recognizers.bundle import BundleError

_SHOWN_LESSONS = 20


class Handlers:
    """What the parts of the page answer, in one language."""

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
