"""What people look at after a run: the results table, and per data set pictures and a Markdown page."""

from __future__ import annotations

import shlex
import shutil
import sys
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
from rich.console import Console
from rich.table import Table

from experiments.job import Run, write_json
from glyphgen.captions import drawable
from glyphgen.contact_sheet import contact_sheet
from glyphgen.sample import Sample
from recognizers.metrics import confusions, glyph_hits
from recognizers.network import Network
from recognizers.networks.protonet import ProtoNet
from recognizers.reading import Reading

_COLUMNS = {
    "n": "pictures",
    "grapheme_cer": "grapheme CER",
    "exact": "exact lines",
    "top3": "among three",
    "ned": "edit distance",
    "grapheme_cer_bare": "grapheme CER, no spaces",
    "letter_cer_raw": "letter CER, shapes",
    "letter_cer": "letter CER, English",
    "words_right": "words right",
    "words_right_run_together": "… run together",
    "glyph_ece": "calibration error, glyphs",
    "line_ece": "… lines",
    "letters_ece": "… English",
}
_MOST_SHOWN = 62  # characters in a confusion plot
_PLAIN = (
    "n",
    "n_pages",
    "n_lines",
    "false_per_negative",
    "confident_false_per_negative",
    "seconds_per_page",
    "ms_24_graphemes",
    "temperature",
    "line_power",
    *(f"certainty_{name}" for name in ("chance", "letters", "shapes", "unknown", "at_border", "n_pages", "n_lines")),
)


def write_report(
    folder: Path,
    samples: Sequence[Sample],
    truths: Sequence[str],
    readings: Sequence[Reading],
    figures: dict[str, Any],
    n_worst: int,
) -> None:
    """Write samples.png, worst.png, worst.tsv, confusion.png, calibration.png, readings.tsv and report.md."""
    folder.mkdir(parents=True, exist_ok=True)
    distance = [Levenshtein.normalized_distance(t, r.text) for t, r in zip(truths, readings, strict=True)]
    worst = sorted(range(len(truths)), key=lambda i: (-distance[i], i))[:n_worst]
    first = [replace(samples[i], text=readings[i].text) for i in range(min(40, len(truths)))]
    _save(folder / "samples.png", contact_sheet(first))
    _save(
        folder / "worst.png",
        contact_sheet([replace(samples[i], text=f"{readings[i].text} | {truths[i]}") for i in worst]),
    )
    # of lines also what CTC put out before it was collapsed, one character a time step
    rows = ["file\ttruth\tread\tconfidence\traw"]
    rows += [
        f"{samples[i].origin}\t{truths[i]}\t{readings[i].text}\t{readings[i].confidence:.3f}\t{readings[i].path}"
        for i in worst
    ]
    (folder / "worst.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    every = [f"{t}\t{r.text}\t{r.confidence:.4f}" for t, r in zip(truths, readings, strict=True)]
    (folder / "readings.tsv").write_text("\n".join(["truth\tread\tconfidence", *every]) + "\n", encoding="utf-8")
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


def finish(run: Run) -> None:
    """Write results.json and report.md of the whole run, and print the results table."""
    write_json(run.folder / "results.json", run.results)
    lines = [f"# {run.folder.name}", "", f"seed {run.seed}; config: [config.yaml](config.yaml)", ""]
    tables = []
    scored = run.results.get("evaluate", {})
    if scored:
        columns = {key: title for key, title in _COLUMNS.items() if any(key in figures for figures in scored.values())}
        lines += ["| data | " + " | ".join(columns.values()) + " |", "|---" * (len(columns) + 1) + "|"]
        table = Table("data", title="Results")
        for title in columns.values():
            table.add_column(title, justify="right")
        for name, figures in scored.items():
            cells = [_show(key, figures.get(key)) for key in columns]
            table.add_row(name, *cells)
            lines.append(f"| [{name}](evaluate/{name}/report.md) | " + " | ".join(cells) + " |")
        tables.append(table)
        for name in scored:
            lines += [
                "",
                f"## {name}: samples and what was read",
                "",
                f"![samples](evaluate/{name}/samples.png)",
                "",
                f"## {name}: worst readings (read, then truth)",
                "",
                f"![worst](evaluate/{name}/worst.png)",
                "",
                f"## {name}: confusions",
                "",
                f"![confusions](evaluate/{name}/confusion.png)",
            ]
    for stage, title in (
        ("calibrate", "Confidence"),
        ("finder", "Lines found"),
        ("pages", "Whole pictures"),
        ("language", "Shapes to English"),
        ("waiting", "Waiting"),
    ):
        if isinstance(run.results.get(stage), dict):
            tables.append(_listed(title, run.results[stage], lines))
    for name in run.results.get("pages", {}):
        shown = sorted((run.folder / "evaluate" / name / "pages").glob("*.png"))
        lines += ["", f"## {name}: what was read", "", *(f"![{p.stem}](evaluate/{name}/pages/{p.name})" for p in shown)]
    if "benchmark" in run.results:
        table = Table("what", "lines per second", title="Benchmark")
        lines += ["", "| what | lines per second |", "|---|---|"]
        for name, value in run.results["benchmark"].items():
            table.add_row(name, f"{value:,.0f}")
            lines.append(f"| {name} | {value:,.0f} |")
        tables.append(table)
    (run.folder / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    console = Console() if sys.stdout.isatty() else Console(width=170)  # a log has room for whole names
    for table in tables:
        console.print(table)
    print(f"run folder: {run.folder}")


def next_steps(run: Run, recognizer: Network) -> list[str]:
    """Return what can be done with a run that has ended: commands to copy, for this folder as it is."""
    folder, python, script = (
        _shown_path(run.folder),
        _command("python"),
        _shown_path(Path(__file__).parents[1] / "run.py"),
    )
    steps = [f"report       {shlex.quote(f'{folder}/report.md')}: the figures, and pictures of what was read wrong"]
    if (run.folder / "bundle.safetensors").is_file():
        bundle = shlex.quote(f"{folder}/bundle.safetensors")
        options = {"page": "sign.png --lines", "line": "sign.png --weights", "glyph": "glyph.png --one-glyph --weights"}
        if not isinstance(recognizer, ProtoNet):  # which knows no glyph before it is taught one
            steps.append(f"read         {_command('hylian')} read {options[recognizer.unit]} {bundle}")
        steps.append(f"start there  {python} {script} weights={bundle} … (other data, other stages)")
    if run.settings["logger"]["name"] == "tensorboard":
        steps.append(f"compare      {_command('tensorboard')} --logdir {shlex.quote(_shown_path(run.folder.parent))}")
    elif offline := sorted((run.folder / "wandb").glob("offline-run-*")):
        steps.append(
            f"compare      {_command('wandb')} sync {shlex.quote(_shown_path(offline[0].parent))}/offline-run-*"
        )
    elif run.settings.get("baseline"):
        steps.append(
            f"compare      {python} -m experiments.report.recipe_table {shlex.quote(_shown_path(run.folder.parent))}"
        )
    return steps


def _shown_path(path: Path) -> str:
    """Return a path as it is typed here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _command(name: str) -> str:
    """Return a command that came with this Python as it is typed: its name alone where that means this one."""
    beside = Path(sys.executable).with_name(name)
    return name if not beside.is_file() or shutil.which(name) == str(beside) else _shown_path(beside)


def _listed(title: str, results: dict[str, Any], lines: list[str]) -> Table:
    """Return a table of figures by set and name, and add it to the lines of the report."""
    table = Table("set", "figure", "value", title=title)
    lines += ["", f"## {title}", "", "| set | figure | value |", "|---|---|---|"]
    rows = [
        (name, key, value)
        for name, figures in results.items()
        if isinstance(figures, dict)
        for key, value in figures.items()
    ]
    rows = [("", key, value) for key, value in results.items() if not isinstance(value, dict)] + rows
    for name, key, value in rows:
        cells = (name.replace("_", " "), key.replace("_", " "), _show(key, value))
        table.add_row(*cells)
        lines.append("| " + " | ".join(cells) + " |")
    return table


def _show(key: str, value: float | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return str(value)
    return (
        f"{value:.4f}"
        if key.endswith(("_ece", "ece_by_chance"))
        else f"{value:.3g}"
        if key in _PLAIN or key.endswith(", ms")
        else f"{100 * value:.2f} %"
    )
