"""Lines of running English to measure language with, cut out of text files that nothing was learned from."""

from __future__ import annotations

import glob
import re
from collections.abc import Container
from pathlib import Path

import numpy as np

from experiments.job import SettingError
from glyphgen.files import DataError
from glyphgen.texts.english import english_words

MAX_WORDS = 6
_RARE = 5, 20  # letters of a rare word
_BESIDE, _FREQUENT = 3, 3000  # words beside it, at most; how many there are to choose from
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+|\n\s*\n")
_PART = re.compile(r"[;:,\"“”()\[\]]|--|—|–|\s-\s")


def texts_asked(text: list[str] | str | None) -> list[str]:
    """Return what `stage.language.text` names. Raises SettingError where it is nothing."""
    if not text:
        raise SettingError(
            "stage.language.text is missing; give files of running English: 'stage.language.text=[FILE]'"
        )
    return text if isinstance(text, list) else [text]


def read_texts(names: list[str], pattern: str | None = None) -> str:
    """Join text files: paths, folders or patterns with ** in them. With a regular expression only what its first group
    catches is taken. Raises DataError for what matches no file.
    """
    paths: list[Path] = []
    for name in names:
        inside = (
            sorted(Path(name).rglob("*"))
            if Path(name).is_dir()
            else [Path(p) for p in sorted(glob.glob(name, recursive=True))]
        )
        files = [path for path in inside if path.is_file()]
        if not files:
            raise DataError(f"no text files: {name}")
        paths += files
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in paths]
    try:
        return "\n\n".join(found for text in texts for found in (re.findall(pattern, text) if pattern else [text]))
    except (re.error, TypeError) as error:
        raise DataError(f"the pattern {pattern!r} is not a regular expression with one group: {error}") from error


def runs_of_words(text: str) -> list[list[str]]:
    """Return, in capitals, stretches of words with nothing between them but spaces, that hold no name (a capital within
    a sentence), no digit and no initial. Apostrophes are left out, as signs leave them out.
    """
    found = []
    for sentence in _SENTENCE.split(re.sub(r"[’']", "", text)):
        for k, part in enumerate(_PART.split(sentence)):
            words = [word.strip(".!?…-") for word in part.split()]
            if not words or not all(word.isascii() and word.isalpha() for word in words):
                continue
            if any(word[0].isupper() and word != "I" and (k, i) != (0, 0) for i, word in enumerate(words)):
                continue
            if all(len(word) > 1 or word.upper() in "AIO" for word in words):
                found.append([word.upper() for word in words])
    return found


def draw_lines(text: str, n: int, seed: int) -> list[str]:
    """Draw n lines of 1 to 6 words that follow each other. Raises DataError for a text with too few of them."""
    runs, rng = runs_of_words(text), np.random.default_rng([seed, 6])
    lines: list[str] = []
    long = [run for run in runs if len(run) >= MAX_WORDS]
    if len(runs) < 20 or not long:
        raise DataError(
            f"the text holds only {len(runs)} stretches of plain words, {len(long)} of them of {MAX_WORDS} or more"
        )
    while len(lines) < n:
        run, k = runs[int(rng.integers(len(runs)))], int(rng.integers(1, MAX_WORDS + 1))
        if len(run) >= k:
            start = int(rng.integers(len(run) - k + 1))
            lines.append(" ".join(run[start : start + k]))
    return lines


def draw_rare_lines(words: list[str], known: Container[str], n: int, seed: int) -> list[str]:
    """Draw n lines of one to three frequent words and one of `words`, which no list of ours has (known): lines that
    show their spaces. Raises DataError where there are too few.
    """
    plain = {re.sub(r"[’']", "", word).upper() for word in words}
    fewest, most = _RARE
    rare = sorted(word for word in plain if word.isascii() and word.isalpha() and fewest <= len(word) <= most)
    rare = [word for word in rare if word not in known]
    if len(rare) < n:
        raise DataError(f"of the words {len(rare)} are rare, of {fewest} to {most} letters; {n} are needed")
    rng = np.random.default_rng([seed, 9])
    frequent = english_words()[0][:_FREQUENT]
    lines = []
    for word in rng.choice(rare, n, replace=False).tolist():
        line = [frequent[k] for k in rng.integers(0, len(frequent), int(rng.integers(_BESIDE)) + 1).tolist()]
        line.insert(int(rng.integers(len(line) + 1)), word)
        lines.append(" ".join(line))
    return lines
