"""A reading as HTML: the text with its choices, how sure it is, the shapes in their own font, other readings, and what
can be saved.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from html import escape

from app.answers import GlyphAnswer, PageAnswer, data_url
from app.registry import AUTO
from app.translations import Texts
from recognizers.page.page import PageLine
from recognizers.reading import GlyphReading

_SURE = 0.9  # below, a letter is marked as doubtful
_LEAST = 0.005  # less likely letters are not offered


def reading_card(answer: PageAnswer, script: str, say: Texts) -> str:
    """Return what is shown of a picture that was read; a sentence and what to try where there was nothing."""
    lines = answer.page.script_lines
    boxes = f'<figure><img class="found" alt="{escape(say("found"))}" src="{data_url(answer.annotated)}"></figure>'
    if not lines:
        said = say("nothing_any") if script == AUTO else say("nothing", script=say.name(script))
        return f'<p class="nothing" role="status">{escape(said)}</p>' + (boxes if answer.page.lines else "")
    has_letters = any(line.reading.letters for line in lines)
    sure = say("sure" if has_letters else "sure_shapes", percent=percent(answer.confidence))
    html = []
    if answer.scripts and answer.scripts != (script,):
        named = ", ".join(map(say.name, answer.scripts))
        html.append(f'<p class="looks-like" role="status">{escape(say("looks_like", script=named))}</p>')
    html += [
        f'<div class="reading" lang="en" id="english">{"".join(_line(line, say) for line in lines)}</div>',
        f'<p class="sure" role="status"><span class="percent">{escape(sure)}</span>',
    ]
    html.append(f" {escape(say('choices'))}</p>" if has_letters else "</p>")
    if any(glyph.is_changed or glyph.is_left_out for line in lines for glyph in line.reading.glyphs) or any(
        line.reading.added for line in lines
    ):
        html.append(f'<p class="by-words">{escape(say("by_words"))}</p>')
    if answer.base == "hylian":  # whose font the page has
        shapes = "<br>".join(escape(line.reading.text) for line in lines)
        html.append(f'<h3>{escape(say("written_as"))}</h3><div class="shapes" aria-hidden="true">{shapes}</div>')
    html += [boxes, _alternatives(lines, say)]
    seen = "".join(f'<img alt="" src="{data_url(one)}">' for one in answer.seen)
    html.append(f'<details><summary>{escape(say("seen"))}</summary><div class="seen">{seen}</div></details>')
    html.append(_downloads(answer, say))
    return "".join(html)


def text_of(answer: PageAnswer) -> str:
    """Return what the card shows as text."""
    return answer.page.text


def word_card(answer: GlyphAnswer, say: Texts) -> str:
    """Return the word of a drawing, and what the network saw of the drawing."""
    word = say("word", word=answer.word, percent=percent(answer.word_confidence)) if answer.word else ""
    seen = (
        f'<h3>{escape(say("draw_seen"))}</h3><img class="pixels" alt="" src="{data_url(answer.seen)}">'
        if answer.seen
        else ""
    )
    return f'<p class="word" role="status">{escape(word)}</p>{seen}'


def percent(p: float) -> str:
    """Return a chance in percent; nothing is ever sure."""
    return "> 99" if p > 0.99 else "< 1" if p < 0.01 else f"{100 * p:.0f}"


def download(name: str, label: str, url: str, marks: str = "") -> str:
    return f'<a class="save" download="{escape(name)}" href="{url}" {marks}>{escape(label)}</a>'


def plain_url(text: str, kind: str) -> str:
    return f"data:{kind};base64," + base64.b64encode(text.encode()).decode()


def _line(line: PageLine, say: Texts) -> str:
    reading = line.reading
    if not reading.words:
        shown = "".join(_letter(g.char, g, say) if g.char.strip() else " " for g in reading.glyphs)
        return f'<div class="line">{shown}</div>'
    glyphs, shown, added = iter([glyph for glyph in reading.glyphs if glyph.char.strip()]), "", set(reading.added)
    for place, char in enumerate(reading.letters):
        if char == " ":
            shown += char
        elif place in added:
            named = escape(say("added", letter=char))
            shown += f'<span class="letter added" role="img" aria-label="{named}" title="{named}">{escape(char)}</span>'
        else:
            shown += _next_letter(char, glyphs, say)
    return f'<div class="line">{shown}{"".join(_left_out(glyph, say) for glyph in glyphs)}</div>'


def _next_letter(char: str, glyphs: Iterator[GlyphReading], say: Texts) -> str:
    """Return the next letter that was read from a glyph, behind those that language left out."""
    shown = ""
    for glyph in glyphs:
        if not glyph.is_left_out:
            return shown + _letter(char, glyph, say)
        shown += _left_out(glyph, say)
    return shown + escape(char)


def _left_out(glyph: GlyphReading, say: Texts) -> str:
    named = escape(say("left_out", letter=glyph.char))
    return f'<span class="letter left-out" role="img" aria-label="{named}" title="{named}">·</span>'


def _letter(char: str, glyph: GlyphReading, say: Texts) -> str:
    # a sign in doubt has one letter, and may be another shape
    is_sign = len(glyph.letters) == 1 and glyph.letters[0][1] < _SURE
    said = glyph.candidates if is_sign or not glyph.letters else glyph.letters
    options = [(c, p) for c, p in said if p >= _LEAST or c == char]
    chance = dict(options).get(char, 1.0)
    if len(options) < 2 and not glyph.is_choice and not glyph.is_changed:
        return escape(char)
    if glyph.is_choice:  # every letter of the shape may be meant, however unlikely
        options = list(glyph.letters)
    if glyph.is_changed:  # and what was seen
        options += [(c, p) for c, p in glyph.candidates[:1] if c not in dict(options)]
    if not glyph.is_choice and not glyph.is_changed and chance >= _SURE:
        return escape(char)
    kind = "changed" if glyph.is_changed else "doubtful" if chance < _SURE else "choice"
    data = escape(json.dumps([[c, round(p, 3)] for c, p in options], ensure_ascii=False))
    seen = say("changed", letter=glyph.char) + "; " if glyph.is_changed else ""
    named = f"{char}: {seen}" + ", ".join(f"{c} {percent(p)} %" for c, p in options)
    attributes = f'class="letter {kind}" aria-haspopup="menu" aria-label="{escape(named)}" data-options="{data}"'
    return f'<button type="button" {attributes}>{escape(char)}</button>'


def _alternatives(lines: tuple[PageLine, ...], say: Texts) -> str:
    rows = [(text, p) for line in lines for text, p in line.reading.alternatives[1:] if p >= 0.01]
    if not rows:
        return ""
    items = "".join(f"<tr><td>{escape(text)}</td><td>{escape(percent(p))} %</td></tr>" for text, p in rows)
    return f'<details><summary>{escape(say("alternatives"))}</summary><table class="others">{items}</table></details>'


def _downloads(answer: PageAnswer, say: Texts) -> str:
    data = json.dumps(answer.page.to_dict(), ensure_ascii=False, indent=2)
    links = [
        download("reading.txt", say("save_text"), plain_url(answer.page.text, "text/plain;charset=utf-8"), "data-text"),
        download("reading.json", say("save_json"), plain_url(data, "application/json")),
        download("reading.png", say("save_png"), data_url(answer.annotated)),
    ]
    return f'<p class="downloads">{escape(say("download"))}: {" ".join(links)}</p>'
