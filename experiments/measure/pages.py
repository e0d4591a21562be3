"""Measure the reading of whole pictures: which lines are found, what is read in them, and what is read where nothing
is.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from experiments.job import SettingError
from experiments.report.progress import Steps
from experiments.report.set_report import PICTURES
from glyphgen.captions import drawable
from glyphgen.datasets.folder import PageFolder
from glyphgen.files import DataError
from glyphgen.sample import LabelledLine, PageSample
from glyphgen.script import Script, ScriptError
from recognizers.line_reader import Finder
from recognizers.metrics import has_every_letter, match_quads, sureness
from recognizers.page.annotate import annotate
from recognizers.page.many_scripts import ManyScripts
from recognizers.page.page import Page, PageLine
from recognizers.page.reader import Reader

_UNCLEAR = 0.2  # overlap from which what nobody can read may be found or not
SMALL_PX = 9.0  # lines of lower capitals are small
CONFIDENT = 0.5  # a line read with at least this, where nothing is written, is a confident false reading


def nothing_finds(script: Script) -> SettingError:
    """Return the error of whole pictures in a script that nothing finds lines for."""
    return SettingError(
        f"stage.evaluate.folders: nothing finds lines of the script {script.name!r} in whole pictures; fit which lines "
        "are its own with stages=[calibrate,evaluate], or give stage.evaluate.lines"
    )


def score_finder(finder: Finder, pages: Sequence[PageSample], name: str) -> dict[str, Any]:
    """Return how well a finder finds the legible lines of the script, at an overlap of 0.5."""
    n_true = n_found = n_right = n_empty = n_false = 0
    for i in Steps(range(len(pages)), desc=f"finding lines, {name}", leave=False):
        page = pages[i]
        true = [line.quad for line in page.lines if line.is_script and line.is_legible]
        unclear = [line.quad for line in page.lines if line.is_script and not line.is_legible]
        found = [line.quad for line in finder.find(page.image) if line.script_share >= 0.5]
        right = match_quads(true, found)
        rest = [quad for j, quad in enumerate(found) if j not in {b for _, b in right}]
        n_false_here = len(rest) - len(match_quads(unclear, rest, _UNCLEAR))
        n_true, n_right, n_found = n_true + len(true), n_right + len(right), n_found + len(right) + n_false_here
        if not any(line.is_script for line in page.lines):
            n_empty, n_false = n_empty + 1, n_false + n_false_here
    return {
        "n_pages": len(pages),
        "n_lines": n_true,
        **_rates(n_right, n_found, n_true),
        "false_per_negative": n_false / max(n_empty, 1),
    }


def score_pages(
    reader: Reader | ManyScripts, pages: PageFolder, scripts: Mapping[str, Script], folder: Path
) -> dict[str, Any]:
    """Read every picture of a set as the app does; write readings.tsv, pictures.sha256 and the annotated pictures.
    Return the figures.
    scripts: those that are read, by name; lines that the annotations say to be in another one are other writing.

    Lines count as found at an overlap of 0.5; letters and shapes are compared over the lines that were found. Where
    the annotations name scripts, the share of these lines that was given to the right one is among the figures.
    """
    counts: Counter[str] = Counter()
    sure: list[float] = []
    is_right: list[bool] = []
    rows, times = ["picture\ttruth\tread\tshapes\tconfidence"], []
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    for i in Steps(range(len(pages)), desc=f"reading {folder.name}", leave=False):
        path, lines = pages.path(i), pages.rows[i][1]
        start = time.perf_counter()
        page = reader.read_page(path)
        times.append(time.perf_counter() - start)
        annotate(path, page, drawable).save(folder / "pages" / f"{path.stem}.png")
        told = told_and_right(page, lines, scripts)
        sure += [line.probability for line, _ in told]
        is_right += [ok for _, ok in told]
        read = _count(counts, page, [line for line in lines if line.script in ("", *scripts)], scripts, path)
        rows += read or [f"{path.name}\t\t\t\t"]  # so that every picture is in it
    digest = hashlib.sha256(b"".join(hashlib.sha256(pages.path(i).read_bytes()).digest() for i in range(len(pages))))
    (folder / PICTURES).write_text(digest.hexdigest() + "\n", encoding="utf-8")
    (folder / "readings.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return {
        "n_pages": len(pages),
        "n_lines": counts["true"],
        **_rates(counts["right"], counts["found"], counts["true"]),
        "grapheme_cer": counts["grapheme_edits"] / max(counts["graphemes"], 1),
        "letter_cer": counts["letter_edits"] / max(counts["letters"], 1),
        "false_per_negative": counts["false"] / max(counts["negatives"], 1),
        "confident_false_per_negative": counts["confident"] / max(counts["negatives"], 1),
        "seconds_per_page": float(np.median(times)),
        **{
            f"recall_{size}": counts[f"right_{size}"] / counts[f"true_{size}"]
            for size in ("small", "large")
            if counts["script_named"] and counts[f"true_{size}"]
        },
        **(sureness(sure, is_right) if sure else {}),
        **({"script_right": counts["script_right"] / counts["script_named"]} if counts["script_named"] else {}),
    }


def score_made_pages(
    reader: Reader | ManyScripts, pages: Iterable[PageSample], n: int, scripts: Mapping[str, Script]
) -> dict[str, Any]:
    """Read n synthetic pages, see `damaged_pages`. Return how many of the lines that can be read are found, what share
    of the lines that count are right in every letter, and what their probability is worth.
    """
    told: list[tuple[PageLine, bool]] = []
    n_true = n_found = 0
    for page in Steps(pages, desc="reading synthetic pages", total=n, leave=False):
        read = reader.read_page(page.image)
        told += told_and_right(read, page.lines, scripts)
        legible = [line.quad for line in page.lines if line.is_script and line.is_legible]
        n_found += len(match_quads(legible, [line.quad for line in read.script_lines]))
        n_true += len(legible)
    is_right = [ok for _, ok in told]
    return {
        "n_pages": n,
        "n_lines": n_true,
        "n_read": len(told),
        "recall": n_found / max(n_true, 1),
        "lines_right": sum(is_right) / max(len(told), 1),
        **(sureness([line.probability for line, _ in told], is_right) if told else {}),
    }


def told_and_right(
    page: Page, lines: Sequence[LabelledLine], scripts: Mapping[str, Script]
) -> list[tuple[PageLine, bool]]:
    """Return each line that is trusted, and whether every letter of it is right. Lines that nobody can read may be read
    or not, and are left out.
    """
    read = page.script_lines
    truths = {j: lines[i] for i, j in match_quads([line.quad for line in lines], [line.quad for line in read])}
    rest = [j for j in range(len(read)) if j not in truths]
    unclear = [line.quad for line in lines if line.is_script and not line.is_legible]
    passed = {rest[k] for _, k in match_quads(unclear, [read[j].quad for j in rest], _UNCLEAR)}
    told = []
    for j, line in enumerate(read):
        truth = truths.get(j)
        ok = False
        if j in passed:
            continue
        if truth is not None and truth.is_script and not truth.is_legible:
            continue
        if truth is not None and truth.is_script and truth.script in ("", line.script):
            script = scripts.get(line.script) or next(iter(scripts.values()))
            ok = has_every_letter(line.reading, truth.text, truth.letters, script)
        told.append((line, ok))
    return told


def _count(
    counts: Counter[str], page: Page, lines: list[LabelledLine], scripts: Mapping[str, Script], path: Path
) -> list[str]:
    read = page.script_lines
    right = match_quads([line.quad for line in lines], [line.quad for line in read])
    counts["true"] += len(lines)
    counts["found"] += len(read)
    counts["right"] += len(right)
    matched = {i for i, _ in right}
    for i, line in enumerate(lines):
        size = "small" if line.height_px < SMALL_PX else "large"
        counts[f"true_{size}"] += 1
        counts[f"right_{size}"] += i in matched
    rows = []
    for i, j in right:
        reading, truth = read[j].reading, lines[i].text
        script = scripts[lines[i].script or next(iter(scripts))]
        counts["script_named"] += bool(lines[i].script)
        counts["script_right"] += bool(lines[i].script) and read[j].script == lines[i].script
        try:
            shapes = script.canonical(truth)
        except ScriptError as error:
            raise DataError(f"{path}: {error}") from error
        bare = truth.upper().replace(" ", "")
        counts["letters"] += len(bare)
        counts["letter_edits"] += Levenshtein.distance(bare, str(reading).replace(" ", ""))
        counts["graphemes"] += len(shapes)
        counts["grapheme_edits"] += Levenshtein.distance(shapes, reading.text)
        rows.append(f"{path.name}\t{truth}\t{reading}\t{reading.text}\t{reading.confidence:.4f}")
    rows += [f"{path.name}\t{line.text}\t\t\t" for i, line in enumerate(lines) if i not in {a for a, _ in right}]
    extra = [line.reading for j, line in enumerate(read) if j not in {b for _, b in right}]
    rows += [f"{path.name}\t\t{reading}\t{reading.text}\t{reading.confidence:.4f}" for reading in extra]
    if not lines:
        counts["negatives"] += 1
        counts["false"] += len(extra)
        counts["confident"] += sum(reading.confidence >= CONFIDENT for reading in extra)
    return rows


def _rates(n_right: int, n_found: int, n_true: int) -> dict[str, float]:
    return {"recall": n_right / max(n_true, 1), "precision": n_right / max(n_found, 1)}
