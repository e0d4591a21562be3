"""Fit what the probability of a line is worth, on synthetic pages that are read as people's pictures are: see
`recognizers.certainty`.
"""

from __future__ import annotations

from typing import Any

from experiments.job import Run, commit
from experiments.measure.pages import told_and_right
from experiments.report.progress import Steps
from experiments.synthetic_pages import damaged_pages, makes_pages
from recognizers.certainty import Certainty, features, fit
from recognizers.language.language import Language, spells_english
from recognizers.metrics import sureness
from recognizers.networks.line import LineRecognizer
from recognizers.opening import reading_form
from recognizers.page.finding import finder_for
from recognizers.page.page import PageLine
from recognizers.page.reader import Reader


def teach_certainty(recognizer: LineRecognizer, run: Run, n_pages: int, augment: str) -> dict[str, Any]:
    """Fit in place what the probability of lines is worth, on pages of the validation split, and return the figures on
    the second half of them of numbers that were fitted on the first. Nothing for a script that nothing finds lines for,
    or that no pages can be made of.
    """
    reader_form = reading_form(recognizer)
    finder = finder_for(reader_form)
    if finder is None or not n_pages or not makes_pages(run):
        return {}
    n_pages = (run.settings["trainer"]["limit"] or {}).get("n_pages") or n_pages
    language = Language(recognizer.script) if spells_english(recognizer.script) else None
    halves: list[list[tuple[PageLine, bool]]] = [[], []]
    reader, scripts = Reader(reader_form, finder, language), {recognizer.script.name: recognizer.script}
    pages = damaged_pages(run, "val", n_pages, augment)
    for i, page in enumerate(Steps(pages, desc="reading pages", total=n_pages, leave=False)):
        halves[i % 2] += told_and_right(reader.read_page(page.image), page.lines, scripts)
    try:
        first, both = _fitted(halves[0]), _fitted(halves[0] + halves[1])
    except ValueError as error:  # of a smoke run, or a reader that reads nothing yet
        run.say(f"what the probability of lines is worth is not fitted: {error}")
        return {}
    recognizer.certainty = both
    figures = {
        "n_pages": n_pages,
        "n_lines": sum(map(len, halves)),
        "lines_right": sum(ok for half in halves for _, ok in half) / sum(map(len, halves)),
        **_sureness("before", Certainty(), halves[1]),
        **_sureness("after", first, halves[1]),
    }
    made = {"commit": commit(), "seed": run.seed, "augment": augment}
    recognizer.provenance = {**recognizer.provenance, "certainty": {**made, **figures}}
    return {**both.to_dict(), **figures}


def _fitted(told: list[tuple[PageLine, bool]]) -> Certainty:
    return fit([features(line.reading, line.chance, line.is_at_border) for line, _ in told], [ok for _, ok in told])


def _sureness(when: str, certainty: Certainty, told: list[tuple[PageLine, bool]]) -> dict[str, float]:
    said = [certainty.probability(line.reading, line.chance, line.is_at_border) for line, _ in told]
    figures = sureness(said, [ok for _, ok in told])
    return {f"{when}_{name}": value for name, value in figures.items()}
