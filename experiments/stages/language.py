"""Language: measure how well shapes become English when every shape is seen, and when some are seen wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from experiments.datasets import data_of
from experiments.job import Run, SettingError
from experiments.measure.english_lines import draw_lines, draw_rare_lines, read_texts, texts_asked
from experiments.report.progress import Steps
from glyphgen.script import Script
from recognizers.language.english import english
from recognizers.language.language import Language
from recognizers.language.lexicon import read_words
from recognizers.metrics import word_errors
from recognizers.network import Network
from recognizers.reading import Evidence, GlyphReading, Reading


def language(recognizer: Network, run: Run) -> Network:
    """Spell lines of running English from their shapes: with spaces, run together, and with shapes seen wrong.

    Compared with choosing each word by its own frequency. Raises SettingError without a text, DataError for a bad one.
    """
    own = run.stage("language")
    names = texts_asked(own["text"])
    script = data_of(run).script_of(run.settings["paths"]["data"])
    speller = Language(script, read_words(own["words"]) if own["words"] else [])
    text = read_texts(names, own["pattern"])
    if own["rare_words"]:
        drawn = draw_rare_lines(text.split(), frozenset(speller.lexicon.words), own["count"], run.seed)
    else:
        drawn = draw_lines(text, own["count"], run.seed)
    lines = [line for line in drawn if script.can_write(line)]
    if not lines:
        raise SettingError(f"stage.language.text: the script {script.name!r} cannot write any of its lines")
    bare = [line.replace(" ", "") for line in lines]
    shapes = [script.canonical(line) for line in lines]
    figures: dict[str, object] = {"n": len(lines), "words_alone": _words_alone(lines, script)}
    for name, texts in (("spaced", lines), ("run_together", bare)):
        figures[name] = _score(script, lines, texts, name, lambda text: speller.spell(text))
        rng = np.random.default_rng([run.seed, 7])
        wrong = [seen_wrong(script, text, own["wrong_share"], rng) for text in texts]
        figures[f"{name}_seen_wrong"] = {
            "letters_wrong_without": _rate(lines, [reading.text for reading in wrong]),
            "shapes_wrong_without": _rate(shapes, [reading.text for reading in wrong]),
            **_score(script, lines, texts, f"{name}, seen wrong", _in_turn(speller, wrong)),
        }
    run.results["language"] = figures
    folder = run.stage_folder("language")
    rows = [f"{line}\t{speller.spell(line)}\t{speller.spell(text)}" for line, text in zip(lines, bare, strict=True)]
    (folder / "lines.tsv").write_text("\n".join(["truth\tspaced\trun together", *rows]) + "\n", encoding="utf-8")
    return recognizer


def seen_wrong(script: Script, text: str, share: float, rng: np.random.Generator) -> Reading:
    """Return a reading of a text of which a share of the shapes was seen as another, any other, and that says so: each
    shape is as sure as it is often right, and what is left is spread evenly.
    """
    visible, n = script.visible, len(script.visible)
    seen = []
    for char in script.canonical(text):
        if char != " " and rng.random() < share:
            char = visible[(visible.index(char) + int(rng.integers(1, n))) % n]
        seen.append(char)
    clear = Evidence.of_text("".join(seen), visible)
    log_p = np.full_like(clear.log_p, np.log(share / (n - 1)))
    log_p[np.arange(len(log_p)), clear.log_p.argmax(axis=1)] = np.log(1 - share)
    glyphs = tuple(
        GlyphReading(char, 1 - share, (float(k), k + 1.0), ((char, 1 - share),)) for k, char in enumerate(seen)
    )
    return Reading("".join(seen), 1.0, glyphs, evidence=Evidence(log_p, clear.skip, clear.space))


def _in_turn(speller: Language, readings: Sequence[Reading]) -> Callable[[str], Reading]:
    """Return what spells the readings one after the other, whatever text it is asked for."""
    rest = iter(readings)
    return lambda _: speller.apply(next(rest))


def _score(
    script: Script, lines: list[str], texts: list[str], name: str, spell: Callable[[str], Reading]
) -> dict[str, float]:
    spelled, times = [], []
    for text in Steps(texts, desc=f"spelling, {name}", leave=False):
        start = time.perf_counter()
        spelled.append(spell(text).letters)
        times.append(time.perf_counter() - start)
    errors = [word_errors(line, found) for line, found in zip(lines, spelled, strict=True)]
    long = [t for t, line in zip(times, lines, strict=True) if 22 <= len(line.replace(" ", "")) <= 26]
    shapes = [script.canonical(line) for line in lines]
    return {
        "letters_wrong": _rate(lines, spelled),
        "shapes_wrong": _rate(shapes, [script.canonical(text) for text in spelled]),
        "words_wrong": sum(e for e, _ in errors) / sum(n for _, n in errors),
        "lines_right": float(np.mean([a == b for a, b in zip(lines, spelled, strict=True)])),
        "lines_split_otherwise": float(np.mean([_cuts(a) != _cuts(b) for a, b in zip(lines, spelled, strict=True)])),
        "ms_24_graphemes": 1000 * float(np.median(long)) if long else 0.0,
    }


def _cuts(line: str) -> list[int]:
    """Return the lengths of the words."""
    return [len(word) for word in line.split()]


def _rate(lines: list[str], spelled: list[str]) -> float:
    bare = [(line.replace(" ", ""), text.replace(" ", "")) for line, text in zip(lines, spelled, strict=True)]
    return sum(Levenshtein.distance(a, b) for a, b in bare) / max(sum(len(a) for a, _ in bare), 1)


def _words_alone(lines: list[str], script: Script) -> dict[str, float]:
    """Choose for each word the most frequent one with its shapes: what there is without context."""
    best: dict[str, tuple[float, str]] = {}
    for word, frequency in english().items():
        if script.can_write(word):
            shapes = script.canonical(word)
            best[shapes] = max(best.get(shapes, (0.0, "")), (frequency, word))
    spelled = [
        " ".join(best.get(script.canonical(w), (0.0, script.canonical(w)))[1] for w in line.split()) for line in lines
    ]
    errors = [word_errors(a, b) for a, b in zip(lines, spelled, strict=True)]
    return {
        "letters_wrong": _rate(lines, spelled),
        "words_wrong": sum(e for e, _ in errors) / sum(n for _, n in errors),
    }
