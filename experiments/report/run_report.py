"""What people look at after a run: the results table, a Markdown page, and what to do next."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

from rich.console import Console
from rich.table import Table

from experiments.job import Run, write_json
from experiments.settings.stages import TRAINING
from recognizers.network import Network
from recognizers.networks.protonet import ProtoNet

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
    wrong = ", and pictures of what was read wrong" if "evaluate" in run.settings["stages"] else ""
    steps = [f"report       {shlex.quote(f'{folder}/report.md')}: the figures{wrong}"]
    if (run.folder / "bundle.safetensors").is_file():
        bundle = shlex.quote(f"{folder}/bundle.safetensors")
        options = {"page": "sign.png --lines", "line": "sign.png --weights", "glyph": "glyph.png --one-glyph --weights"}
        if not isinstance(recognizer, ProtoNet):  # which knows no glyph before it is taught one
            steps.append(f"read         {_command('hylian')} read {options[recognizer.unit]} {bundle}")
        steps.append(f"start there  {python} {script} weights={bundle} … (other data, other stages)")
    if run.settings["logger"]["tensorboard"]:
        steps.append(f"curves       {_command('tensorboard')} --logdir {shlex.quote(_shown_path(run.folder.parent))}")
    if offline := sorted((run.folder / "wandb").glob("offline-run-*")):
        steps.append(
            f"sync         {_command('wandb')} sync {shlex.quote(_shown_path(offline[0].parent))}/offline-run-*"
        )
    runs = _shown_path(run.folder.parent)
    page = shlex.quote(f"{runs}/compare.html")
    if {"evaluate", *TRAINING} & set(run.settings["stages"]):
        steps.append(f"compare      {python} -m experiments.compare {shlex.quote(runs)} --html {page}")
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
