"""What people look at of one data set that was read: pictures, plots and a Markdown page."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import cv2
import numpy as np
from matplotlib import pyplot
from matplotlib.font_manager import FontProperties
from rapidfuzz.distance import Levenshtein

from glyphgen.captions import drawable
from glyphgen.contact_sheet import contact_sheet
from glyphgen.files import written
from glyphgen.sample import Sample
from recognizers.metrics import confusions, glyph_hits
from recognizers.reading import Reading

PICTURES, _N_IN_DIGEST = "pictures.sha256", 32
WRONG, _MOST_WRONG = "wrong", 200  # where pictures that were read wrong are kept, and how many at most
_MOST_SHOWN = 62  # characters in a confusion plot


def write_report(
    folder: Path,
    samples: Sequence[Sample],
    truths: Sequence[str],
    readings: Sequence[Reading],
    figures: dict[str, Any],
    n_worst: int,
) -> None:
    """Write samples.png, worst.png, worst.tsv, confusion.png, calibration.png, readings.tsv and report.md; and in
    wrong/ the pictures that were read worst, the 200 worst at most, by their number in readings.tsv; and
    pictures.sha256, which tells whether two runs read the same pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    distance = [Levenshtein.normalized_distance(t, r.text) for t, r in zip(truths, readings, strict=True)]
    worst = sorted(range(len(truths)), key=lambda i: (-distance[i], i))[:n_worst]
    first = [replace(samples[i], text=readings[i].text) for i in range(min(40, len(truths)))]
    _save(folder / "samples.png", contact_sheet(first))
    _save(
        folder / "worst.png",
        contact_sheet([replace(samples[i], text=f"{readings[i].text} | {truths[i]}") for i in worst]),
    )
    n_wrong = sum(d > 0 for d in distance)
    shown = sorted(range(len(truths)), key=lambda i: (-distance[i], i))[: max(len(worst), min(n_wrong, _MOST_WRONG))]
    shutil.rmtree(folder / WRONG, ignore_errors=True)  # of a run that wrote here before
    (folder / WRONG).mkdir()
    for i in shown:
        _save(folder / picture_of(i), samples[i].image)
    # of lines also what CTC put out before it was collapsed, one character a time step
    rows = [
        [picture_of(i), samples[i].origin, truths[i], r.text, f"{r.confidence:.3f}", r.path]
        for i, r in ((i, readings[i]) for i in worst)
    ]
    write_table(folder / "worst.tsv", ["picture", "file", "truth", "read", "confidence", "raw"], rows)
    every = [[t, r.text, f"{r.confidence:.4f}"] for t, r in zip(truths, readings, strict=True)]
    write_table(folder / "readings.tsv", ["truth", "read", "confidence"], every)
    (folder / PICTURES).write_text(digest_of(samples) + "\n", encoding="utf-8")
    _plot_confusion(folder / "confusion.png", truths, readings)
    _plot_calibration(folder / "calibration.png", truths, readings)
    lines = [f"# {folder.name}", "", "| figure | value |", "|---|---|"]
    lines += [
        f"| {key} | {value:.4f} |" if isinstance(value, float) else f"| {key} | {value} |"
        for key, value in figures.items()
    ]
    if any(r.path for r in readings):
        lines += ["", "## Worst: truth, read, and the raw CTC output, one character a time step", "", "```"]
        lines += [text for i in worst for text in (truths[i], readings[i].text, readings[i].path, "")] + ["```"]
    for title, name in (
        ("Samples and what was read", "samples"),
        ("Worst (read, then truth)", "worst"),
        ("Confusions", "confusion"),
        ("Calibration", "calibration"),
    ):
        lines += ["", f"## {title}", "", f"![{title}]({name}.png)"]
    (folder / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def picture_of(i: int) -> str:
    """Return where in the folder of a data set the picture of reading i is, if it was read badly."""
    return f"{WRONG}/{i:05d}.png"


def digest_of(samples: Sequence[Sample]) -> str:
    """Return a digest of some of the pictures, spread over all of them, and of how many there are."""
    digest, n = hashlib.sha256(str(len(samples)).encode()), len(samples)
    for i in sorted({k * n // _N_IN_DIGEST for k in range(_N_IN_DIGEST)} if n else ()):
        image = np.ascontiguousarray(samples[i].image)
        digest.update(str(image.shape).encode() + image.tobytes())
    return digest.hexdigest()


def write_table(path: Path, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows between tabs; a cell with a tab, a quote or a line break of its own is quoted."""
    with written(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows([titles, *rows])


def table_of(path: Path) -> list[list[str]]:
    """Return the rows of a table that a report wrote, the titles first."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t"))


def confusion_table(path: Path) -> tuple[list[str], list[list[Any]]]:
    """Return the titles and the rows of what was read in place of what, most often first, of a graphemes.json."""
    counts = json.loads(path.read_text(encoding="utf-8"))
    rows: list[list[Any]] = []
    for truth, one in counts.items():
        as_what = {**one["read_as"], **({"": one["missed"]} if one["missed"] else {})}
        rows += [[truth or "nothing", read or "nothing", n, n / max(one["n"], 1)] for read, n in as_what.items()]
    return ["truth", "read", "n", "share"], sorted(rows, key=lambda row: -row[2])


def _save(path: Path, picture: Any) -> None:
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


def _plot_confusion(path: Path, truths: Sequence[str], readings: Sequence[Reading]) -> None:
    counts = confusions(truths, [r.text for r in readings])
    mistakes = Counter({pair: n for pair, n in counts.items() if pair[0] != pair[1]})
    often = Counter(c for (a, b), n in mistakes.items() for c in {a, b} for _ in range(n))
    names = sorted({c for pair in counts for c in pair})
    if len(names) > _MOST_SHOWN:  # of thousands of characters, those that are mistaken most
        names = sorted(c for c, _ in often.most_common(_MOST_SHOWN))
    names = names or [""]
    grid = np.zeros((len(names), len(names)))
    for (a, b), n in counts.items():
        if a != b and a in names and b in names:
            grid[names.index(a), names.index(b)] = n
    shown = [{"": "none", " ": "space"}.get(c, c) for c in names]
    figure, axes = pyplot.subplots(figsize=(7, 6))
    image = axes.imshow(grid, cmap="magma_r")
    labels = [drawable(name) for name in shown]  # each in a font that has it: no font has every script
    axes.set_xticks(range(len(names)), [text for text, _ in labels], rotation=90, parse_math=False)
    axes.set_yticks(range(len(names)), [text for text, _ in labels], parse_math=False)
    for tick, (_, font) in zip([*axes.get_xticklabels(), *axes.get_yticklabels()], 2 * labels, strict=True):
        tick.set_fontproperties(FontProperties(fname=str(font), size=tick.get_fontsize()))
    axes.set_xlabel("read")
    axes.set_ylabel("true")
    axes.set_title("Errors only")
    figure.colorbar(image)
    figure.savefig(path, dpi=90, bbox_inches="tight")
    pyplot.close(figure)


def _plot_calibration(path: Path, truths: Sequence[str], readings: Sequence[Reading]) -> None:
    """Draw how often readings of a confidence are right, for glyphs and for lines, over how many there are."""
    hits = [hit for t, r in zip(truths, readings, strict=True) for hit in glyph_hits(t, r)]
    lines = [(r.confidence, t == r.text) for t, r in zip(truths, readings, strict=True)]
    figure, (axes, below) = pyplot.subplots(2, figsize=(5, 6.5), sharex=True, height_ratios=[3, 1])
    axes.plot([0, 1], [0, 1], "--", color="gray")
    for name, pairs, color in (("glyphs", hits, "tab:blue"), ("lines", lines, "tab:orange")):
        if not pairs:
            continue
        c, ok = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs], float)
        bins = np.minimum((c * 10).astype(int), 9)
        present = np.unique(bins)
        axes.plot(
            [c[bins == b].mean() for b in present],
            [ok[bins == b].mean() for b in present],
            "o-",
            label=name,
            color=color,
        )
        below.hist(c, bins=10, range=(0, 1), log=True, histtype="step", color=color)
    axes.set_ylabel("share right")
    axes.legend(loc="upper left")
    below.set_xlabel("confidence")
    below.set_ylabel("how many")
    figure.savefig(path, dpi=90, bbox_inches="tight")
    pyplot.close(figure)
