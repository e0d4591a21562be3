"""Pseudo-labels: readings of unlabelled crops that are sure enough, and that language agrees with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from glyphgen.sample import Sample
from glyphgen.script import Script
from recognizers.language.language import Language, spells_english
from recognizers.reading import Reading
from recognizers.recognizer import Recognizer

_AT_ONCE = 32


def confident(recognizer: Recognizer, crops: Sequence[Sample], least: float) -> list[Sample]:
    """Return the crops whose reading is sure to at least `least`, with that reading as the label: in scripts that spell
    English, what language makes of it, and as sure as language is.
    """
    language = _language(recognizer.script)
    readings: list[Reading] = []
    for start in range(0, len(crops), _AT_ONCE):
        readings += recognizer.read_batch([crop.image for crop in crops[start : start + _AT_ONCE]])
    labels = [judged(reading, recognizer.script, language) for reading in readings]
    return [
        replace(crop, text=text) for crop, (text, sure) in zip(crops, labels, strict=True) if text and sure >= least
    ]


@lru_cache(maxsize=2)
def _language(script: Script) -> Language | None:
    return Language(script) if spells_english(script) else None


def judged(reading: Reading, script: Script, language: Language | None) -> tuple[str, float]:
    """Return a reading's graphemes, as language would have them, and how sure they are."""
    if not reading.is_script:
        return "", 0.0
    if language is None:
        return reading.text, reading.confidence
    spelled = language.apply(reading)
    letters = spelled.letters.replace(" ", "")
    if not script.can_write(letters) or len(letters) != len(reading.text.replace(" ", "")):
        return "", 0.0
    shapes = iter(script.canonical(letters))  # spaces stay where they were seen, not where words end
    return "".join(" " if char == " " else next(shapes) for char in reading.text), spelled.letters_confidence
