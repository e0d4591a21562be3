"""What happens when something is clicked: from what Gradio's components hold to what they show. No answer holds a stack
or a path.
"""

from __future__ import annotations

import base64
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from app.answers import PageAnswer, data_url, decoded, ink_only, picture_of, read_drawing, read_picture
from app.bodies import GlyphBody, ReadBody, WriteBody, answer_glyph, answer_read, answer_write, checked
from app.concurrency import READING_LIMITER, BusyError
from app.demo.card import download, plain_url, reading_card, text_of, word_card
from app.errors import AnswerError
from app.learning import Learned
from app.lessons import Lessons
from app.registry import AUTO, READERS
from app.translations import Texts
from app.writing import MOST_SEED, Writing, font_bytes, write_svg, write_text
from glyphgen.images import MAX_BYTES
from recognizers.bundle_file import BundleError

_SHOWN_LESSONS = 20
_LOG = logging.getLogger("app")


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
        _LOG.error("an event failed", exc_info=error)
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
        answer = _answer(url, script)
        return reading_card(answer, script, self.say), text_of(answer)

    def save_lines(self, url: str, text: str, script: str) -> str:
        """Keep each line of a picture with its right text."""
        if not url:
            return escape(self.say("lesson_none"))
        answer = _answer(url, script)
        page, is_auto = answer.page, script == AUTO or bool(answer.scripts)
        if is_auto and not page.script_lines:
            return escape(self.say("lesson_nothing"))
        lines, right = page.script_lines or page.lines, [line for line in text.splitlines() if line.strip()]
        if not lines:
            return escape(self.say("lesson_nothing"))
        if len(lines) != len(right):
            return escape(self.say("lesson_lines", n=len(lines)))
        names = [READERS.of_script(line.script) if is_auto else script for line in lines]
        for one, name in zip(right, names, strict=True):  # all or none
            self.lessons.check(one, name)
        for line, one, name in zip(lines, right, names, strict=True):
            self.lessons.save(line.picture, one, str(line.reading), name)
        total = sum(len(self.lessons.rows(name)) for name in dict.fromkeys(names))
        return escape(self.say("lesson_saved", n=len(right), total=total))

    def draw(self, url: str, script: str) -> tuple[str, dict[str, float] | None, str]:
        """Return HTML with the word and what was seen, the letters with their chances, and the text."""
        if not url:
            return f'<p class="sure">{escape(self.say("draw_wait"))}</p>', None, ""
        with READING_LIMITER:
            answer = read_drawing(picture_of(decoded(url)), script)
        if not answer.letters and not answer.word:
            return f'<p class="sure" role="status">{escape(self.say("draw_nothing"))}</p>', None, ""
        return (
            word_card(answer, self.say),
            dict(answer.letters) or None,
            answer.word or (answer.letters[0][0] if answer.letters else ""),
        )

    def save_drawing(self, url: str, text: str, script: str) -> str:
        """Keep a drawing with its right text."""
        if not url:
            return escape(self.say("lesson_none"))
        with READING_LIMITER:
            picture = picture_of(decoded(url))
            answer = read_drawing(picture, script)
        read = answer.word or (answer.letters[0][0] if answer.letters else "")
        self.lessons.save(ink_only(picture), text, read, script)
        return escape(self.say("lesson_saved", n=1, total=len(self.lessons.rows(script))))

    def rows(self, script: str) -> list[list[str]]:
        """Return the newest lessons; none where their list cannot be read."""
        try:
            return [
                [row.file, row.text, row.read, row.time]
                for row in reversed(self.lessons.rows(script)[-_SHOWN_LESSONS:])
            ]
        except AnswerError:
            return []

    def learn(self, script: str) -> Iterator[str]:
        """Yield how far learning is, and in the end what came of it."""
        try:
            for state in self.lessons.learn(script):
                if isinstance(state, Learned):
                    before, after = f"{100 * state.before:.1f}", f"{100 * state.after:.1f}"
                    if state.path is None:
                        yield self.say("learned_nothing", before=before, n=state.n)
                        return
                    name = READERS.offer(state.path)
                    yield self.say("learned", before=before, after=after, n=state.n, name=name)
                else:
                    yield self.say("learning", what=state[0], percent=f"{100 * state[1]:.0f}")
        except Exception as error:
            yield self.sentence(error)

    def undo(self, script: str) -> str:
        lesson = self.lessons.undo(script)
        return self.say("undone", text=lesson.text) if lesson else self.say("undone_none")

    def write(
        self,
        text: str,
        script: str,
        font: str,
        look: str,
        ink: str,
        paper: str,
        material: float,
        degradation: float,
        slant: float,
        perspective: float,
        seed: float,
    ) -> str:
        """Return HTML with the picture, what it is read as, and what can be saved; font is a font file as a data URL,
        or "".
        """
        if not text.strip():
            return ""
        if not 0 <= seed <= MOST_SEED:  # nan too
            raise AnswerError("bad_field", f"the seed lies between 0 and {MOST_SEED}")
        with kept(font, ".ttf") as path:
            writing = Writing(
                text,
                script,
                str(path) if path else None,
                look,
                ink,
                paper,
                material,
                degradation,
                slant,
                perspective,
                int(seed),
            )
            image, svg = write_text(writing), write_svg(writing)
        links = [
            download("writing.png", "PNG", data_url(image)),
            download("writing.svg", "SVG", plain_url(svg, "image/svg+xml")),
        ]
        back = ""
        if not font:
            url = "data:font/ttf;base64," + base64.b64encode(font_bytes(script)).decode()
            links.append(download(f"{script}.ttf", "TTF", url))
            with suppress(BusyError):  # the picture is there all the same
                back = self.say(
                    "read_back", text=read_picture(np.asarray(image), script).page.text.replace("\n", " ") or "–"
                )
        return (
            f'<figure><img class="found" alt="{escape(text)}" src="{data_url(image)}"></figure>'
            f'<p class="sure">{escape(back)}</p><p class="downloads">{" ".join(links)}</p>'
        )

    def add(self, url: str) -> tuple[str, Any]:
        """Return a sentence, and the list of scripts with a bundle of the user's added; url is its file
        as a data URL.
        """
        if not url:
            return "", gr.update()
        with kept(url, ".safetensors") as path:
            name = READERS.take(path) if path else ""
        return f'<p class="sure" role="status">{escape(name)}</p>', gr.update(
            choices=self.choices(with_auto=True), value=name
        )

    def choices(self, of_glyphs: bool = False, with_auto: bool = False) -> list[tuple[str, str]]:
        """Return what can be read, as shown and as named."""
        return [(self.say.name(name), name) for name in ([AUTO] if with_auto else []) + READERS.names(of_glyphs)]


def _answer(url: str, script: str) -> PageAnswer:
    """Read a picture, given as a data URL, in a script; where nothing is in that, in whichever one it is. Raises
    AnswerError.
    """
    with READING_LIMITER:  # a large picture takes most of its room while it is decoded
        picture = picture_of(decoded(url))
        answer = read_picture(picture, script)
        if script == AUTO or answer.page.script_lines:
            return answer
        other = read_picture(picture, AUTO)
    return other if other.page.script_lines else answer


@contextmanager
def kept(url: str, suffix: str) -> Iterator[Path | None]:
    """Yield a file with what a data URL holds, which is gone afterwards; None for no URL. Raises AnswerError."""
    if not url:
        yield None
        return
    raw = decoded(url)
    if len(raw) > MAX_BYTES:
        raise AnswerError("too_large", f"the file has more than {MAX_BYTES // 10**6} MB")
    with tempfile.TemporaryDirectory(prefix="given-") as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(raw)
        yield path


# for Gradio's client; plain HTTP has the same, see app/service


def client_read(image: str, script: str = "hylian", pictures: bool = False) -> dict[str, Any]:
    """Read a picture, given as base64 or as a data URL; pictures: with boxes, and as the network saw it. The answer is
    that of /api/v1/read; errors come as {"error": {"code", "message"}}.
    """
    given = {"image": image, "script": script, "pictures": pictures}
    return _answered(lambda: answer_read(checked(ReadBody, lambda: ReadBody.model_validate(given)), image))


def client_glyph(image: str, script: str = "hylian", is_drawing: bool = False) -> dict[str, Any]:
    """Read a picture of one glyph, or a drawing; the answer is that of /api/v1/glyph."""
    given = {"image": image, "script": script, "is_drawing": is_drawing}
    return _answered(lambda: answer_glyph(checked(GlyphBody, lambda: GlyphBody.model_validate(given)), image))


def client_write(text: str, look: str = "plain", seed: int = 0) -> dict[str, Any]:
    """Write a text in Hylian; the answer is that of /api/v1/write, a PNG as a data URL."""
    given = {"text": text, "look": look, "seed": seed}
    return _answered(lambda: answer_write(checked(WriteBody, lambda: WriteBody.model_validate(given))))


def _answered(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        with READING_LIMITER:
            return answer()
    except (AnswerError, BusyError) as error:
        return {"error": {"code": getattr(error, "code", "busy"), "message": str(error)}}
    except Exception as error:
        _LOG.error("a call failed", exc_info=error)
        return {"error": {"code": "failed", "message": "something went wrong here; it has been logged"}}
