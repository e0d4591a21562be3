"""Fit which of the lines that a finder finds count as the script's: see `recognizers.acceptance`. On synthetic pages of
a split that nothing is trained on: small ones, as screenshots' parts are, large ones, and what is without the script:
displays of games, and, where the finder finds any writing, pages of the other scripts that we draw.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from experiments.datasets import data_of
from experiments.datasets.synthetic import Synthetic
from experiments.job import Run, commit
from experiments.report.progress import Steps
from experiments.synthetic_pages import LARGE_PX, SMALL_PX, makes_pages, page_synth
from glyphgen.datasets.scenes import PageSynth
from glyphgen.displays.display import game_display
from glyphgen.faces.face import GlyphSource
from glyphgen.faces.sources import DrawnSource
from glyphgen.sample import LabelledLine, PageSample
from glyphgen.shapes.pen import drawn_scripts, load_drawing
from recognizers.acceptance import Acceptance, features, fit
from recognizers.geometry import TextLine, overlap
from recognizers.line_reader import Finder, LineReader
from recognizers.networks.line import LineRecognizer
from recognizers.opening import open_finder, reading_form
from recognizers.page.finding import WritingFinder
from recognizers.page.reread import ROWS_PX
from recognizers.reading import Reading
from recognizers.released import any_finder_name, finder_name
from recognizers.straightening import rectify

_IN_TURN = ("small", "display", "small", "display", "large", "display")
_IN_TURN_OF_ANY = ("small", "display", "small", "foreign", "large", "foreign")  # where the finder finds any writing
_DISPLAY_PX = (396, 540, 720, 900, 1080)  # heights of displays, in turn
_SAME, _TOUCHES = (
    0.4,
    0.1,
)  # overlap with a line that is written: it is that line; it is a part of it, and neither right nor wrong
# log odds above the surest line of the pages without the script; there are many kinds of display that no page shows
_MARGIN = 1.0


@dataclass(frozen=True)
class ReadPage:
    """What was found on a page, and read; whether each line is one of the script, None where neither would be wrong;
    and whether there is none of the script on the page.
    """

    lines: list[TextLine]
    readings: list[Reading]
    is_script: list[bool | None]
    is_negative: bool


def fit_acceptance(
    finder: Finder, reader: LineReader, run: Run, n_pages: int, augment: str
) -> tuple[Acceptance, dict[str, Any]]:
    """Return the rule for a finder and a reader, fitted on all pages, and the figures on the second half of them of a
    rule that was fitted on the first. Raises ValueError where lines of one kind only are found.
    """
    pages = [
        _read(finder, reader, page)
        for page in Steps(
            _pages(run, n_pages, augment, isinstance(finder, WritingFinder)),
            desc="finding and reading",
            total=n_pages,
            leave=False,
        )
    ]
    half = n_pages // 2
    figures = _scored(_rule(pages[:half]), pages[half:])
    n_negative = sum(page.is_negative for page in pages)
    return _rule(pages), {
        "n_pages": n_pages,
        "n_pages_without": n_negative,
        "n_found": sum(len(p.lines) for p in pages),
        **figures,
    }


def teach_acceptance(reader: LineRecognizer, run: Run, n_pages: int, augment: str) -> dict[str, Any]:
    """Fit in place which lines count that a finder of any writing finds for a reader, and return the figures. Nothing
    for a script that has a finder of its own, or that no pages can be made of.
    """
    name = any_finder_name()
    if name is None or finder_name(reader.script) or not makes_pages(run):
        return {}
    n_pages = (run.settings["trainer"]["limit"] or {}).get("n_pages") or n_pages
    try:
        rule, figures = fit_acceptance(WritingFinder(open_finder(name)), reading_form(reader), run, n_pages, augment)
    except ValueError as error:  # of a smoke run, or a reader that reads nothing yet
        run.say(f"which found lines count is not fitted, there are too few of them: {error}")
        return {}
    reader.acceptance = rule
    made = {"commit": commit(), "seed": run.seed, "finder": name, "augment": augment}
    reader.provenance = {**reader.provenance, "accepted": {**made, **figures}}
    return {**rule.to_dict(), **figures}


def _rule(pages: Sequence[ReadPage]) -> Acceptance:
    """Fit the weights, and put the least probability by a margin above the surest line of pages without the script."""
    rows, is_script, is_negative = [], [], []
    for page in pages:
        for line, reading, is_one in zip(page.lines, page.readings, page.is_script, strict=True):
            if is_one is not None and reading.glyphs:
                rows.append(features(line, reading))
                is_script.append(is_one)
                is_negative.append(page.is_negative)
    weights = fit(rows, is_script)
    surest = max(
        (Acceptance(weights).chance(row) for row, is_one in zip(rows, is_negative, strict=True) if is_one), default=0.5
    )
    surest = min(max(surest, 0.5), 0.999)
    return Acceptance(weights, 1 / (1 + math.exp(-math.log(surest / (1 - surest)) - _MARGIN)))


def _scored(rule: Acceptance, pages: Sequence[ReadPage]) -> dict[str, float]:
    """Return how a rule does on pages, lines judged as a page is read: those of one picture together."""
    counts = dict.fromkeys(("true", "taken", "right", "negatives", "false"), 0)
    for page in pages:
        counts["negatives"] += page.is_negative
        for is_one, is_taken in zip(page.is_script, rule.accepted(page.lines, page.readings)[0], strict=True):
            if is_one is not None:
                counts["true"] += is_one
                counts["taken"] += is_taken
                counts["right"] += is_one and is_taken
                counts["false"] += page.is_negative and is_taken
    return {
        "recall_of_found": counts["right"] / max(counts["true"], 1),
        "precision": counts["right"] / max(counts["taken"], 1),
        "false_per_negative": counts["false"] / max(counts["negatives"], 1),
    }


def _pages(run: Run, n: int, augment: str, finds_any: bool) -> Iterator[PageSample]:
    data = data_of(run)
    assert isinstance(data, Synthetic), "the checks let model=lines have synthetic data only"
    source = data.source()

    def synth(source: GlyphSource, size: tuple[int, int]) -> PageSynth:
        return page_synth(run, source, size, "val", n, augment)

    kinds = {name: synth(source, size) for name, size in (("small", SMALL_PX), ("large", LARGE_PX))}
    # a script that people taught may be one of those that we draw
    has_others = finds_any and isinstance(source, DrawnSource)
    others = [load_drawing(name) for name in drawn_scripts() if has_others and name != source.script.name]
    foreign = [synth(DrawnSource(drawing), SMALL_PX) for drawing in others]
    in_turn = _IN_TURN_OF_ANY if foreign else _IN_TURN
    for i in range(n):
        kind = in_turn[i % len(in_turn)]
        if kind == "foreign":
            page = foreign[i // 2 % len(foreign)][i]
            yield replace(page, lines=tuple(replace(line, is_script=False) for line in page.lines))
        elif kind == "display":
            height = _DISPLAY_PX[i // 2 % len(_DISPLAY_PX)]
            picture = game_display(
                np.random.default_rng([run.seed, 1, i]), height, height * 16 // 9, kinds["small"].display_fonts
            )
            yield PageSample(picture, (), f"display:{i}", has_more_writing=True)
        else:
            yield kinds[kind][i]


def _read(finder: Finder, reader: LineReader, page: PageSample) -> ReadPage:
    lines, readings, is_script = finder.find(page.image), [], []
    for start in range(0, len(lines), 16):
        readings += reader.read_batch([rectify(page.image, line, ROWS_PX).image for line in lines[start : start + 16]])
    for line in lines:
        truth = max(page.lines, key=lambda one: overlap(line.quad, one.quad)[0], default=None)
        share = overlap(line.quad, truth.quad)[0] if truth is not None else 0.0
        is_one = truth is not None and truth.is_script and share >= _SAME
        is_script.append(None if _is_unclear(truth, share) else is_one)
    return ReadPage(lines, readings, is_script, not any(line.is_script for line in page.lines))


def _is_unclear(truth: LabelledLine | None, share: float) -> bool:
    """Whether neither taking a line nor leaving it is wrong: nobody can read it, or it is a part of one
    of the script.
    """
    return truth is not None and truth.is_script and share >= _TOUCHES and (share < _SAME or not truth.is_legible)
