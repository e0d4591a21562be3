"""The table of recipes: `python -m experiments.compare runs --recipes docs/results.md`.

Every run of a recipe that says what it is held against (`name` and `baseline` in its config) becomes part of a row;
runs of one recipe with several seeds share one. With a file the rows take the place of those of the same recipes
between the two marks in a file.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from experiments.conf_folder import CONF
from experiments.settings.stages import TRAINING
from recognizers.metrics import share_right

BEGIN, END = "<!-- recipes: begin, written by python -m experiments.compare --recipes -->", "<!-- recipes: end -->"


_OWN = (
    "experiment=",
    "seed=",
    "hydra.",
    "paths.",
    "trainer.",
    "logger=",
    "resume",
)  # overrides that change no figure, or stand elsewhere


@dataclass(frozen=True)
class Result:
    """One finished run of a recipe: its figure and its parts are shares that were right; n_parts how many pictures
    those have; seconds of all training, None where some of it was done in another run (`weights=`, `resume=`) or before
    times were kept; overrides are what was set besides.
    """

    name: str
    baseline: dict[str, Any]
    seed: int
    right: float
    n: int
    parts: dict[str, float]
    n_parts: dict[str, int]
    seconds: float | None
    overrides: tuple[str, ...]
    folder: Path


def read_run(folder: Path) -> Result | None:
    """Return what a run folder says, or None when it is no finished run of a recipe with a baseline."""
    try:
        config: Any = OmegaConf.load(folder / "config.yaml")
        results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        overrides: Any = OmegaConf.to_container(OmegaConf.load(folder / "hydra" / "overrides.yaml"))
        baseline: Any = OmegaConf.to_container(config.get("baseline") or config["ancestor"])  # its name in older runs
        if not config["name"] or config["trainer"]["limit"]:
            return None
        parts = {title: _right(results, key) for key, title in (baseline.get("parts") or {}).items()}
        n_parts = {title: _count(results, key) for key, title in (baseline.get("parts") or {}).items()}
        right, n = _right(results, baseline["figure"]), _count(results, baseline["figure"])
        kept = tuple(str(text) for text in overrides if not str(text).startswith(_OWN))
        trained = [results.get(stage, {}).get("seconds") for stage in config["stages"] if stage in TRAINING]
        resumed = [OmegaConf.select(config, f"stage.{stage}.resume") for stage in config["stages"]]
        is_whole = trained and None not in trained and config.get("weights") is None and not any(resumed)
        seconds = sum(map(float, trained)) if is_whole else None
        return Result(
            str(config["name"]), baseline, int(config["seed"]), right, n, parts, n_parts, seconds, kept, folder
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OmegaConfBaseException, YAMLError):
        return None


def _look_up(results: Any, key: str) -> float:
    for part in key.split("."):
        results = results[part]
    return float(results)


def _count(results: Any, figure: str) -> int:
    return int(_look_up(results, f"{figure.rpartition('.')[0]}.n"))


def _right(results: Any, key: str) -> float:
    value = _look_up(results, key)
    return share_right(value, 1) if key.endswith("_cer") else value


def table(results: Sequence[Result]) -> str:
    """Return the rows as Markdown, one for runs that differ in nothing but the seed: the mean over seeds, and the least
    and the most when there are several; how long one seed trained, by the clock. Raises ValueError for two runs of one
    recipe and seed.
    """
    lines = ["| system | task | theirs | here | asked | training | command |", "|---|---|---|---|---|---|---|"]
    for name, overrides in dict.fromkeys((result.name, result.overrides) for result in results):
        alike = (result for result in results if (result.name, result.overrides) == (name, overrides))
        runs = sorted(alike, key=lambda result: result.seed)
        for a, b in pairwise(runs):
            if a.seed == b.seed:
                raise ValueError(f"{a.folder} and {b.folder} are both {name} with seed {a.seed}; leave one out")
        baseline, mean = runs[0].baseline, sum(run.right for run in runs) / len(runs)
        shown = _percent(mean)
        if len(runs) > 1:
            values = [run.right for run in runs]
            seeds = ", ".join(str(run.seed) for run in runs)
            shown += f" ({_percent(min(values))} to {_percent(max(values))}, seeds {seeds})"
        else:
            shown += f" (seed {runs[0].seed})"
        shown += "" if mean >= baseline["goal"] else ", short"
        for title in runs[0].parts:
            mean = sum(run.parts.get(title, 0.0) for run in runs) / len(runs)
            shown += f"; {title} {_percent(mean)} ({runs[0].n_parts[title]:,})"
        command = shlex.join(["python", "experiments/run.py", f"experiment={name}", *overrides])
        row = [
            baseline["system"],
            f"{baseline['task']}; {runs[0].n:,} pictures",
            baseline["theirs"],
            shown,
            f"{100 * baseline['goal']:g} %",
            _minutes([run.seconds for run in runs]),
            f"`{command}`",
        ]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def _minutes(seconds: Sequence[float | None]) -> str:
    known = [round(value / 60) for value in seconds if value is not None]
    if not known or len(known) < len(seconds):
        return "–"
    return f"{known[0]} min" if min(known) == max(known) else f"{min(known)} to {max(known)} min"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def write_between(path: Path, text: str, order: Sequence[str]) -> None:
    """Put a table between the two marks of a file; rows there of recipes that the new table does not have stay. Raises
    ValueError for a file without marks.
    """
    path = path.resolve()  # a link stays one
    whole = path.read_text(encoding="utf-8")
    before, begin, rest = whole.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} does not have the marks {BEGIN!r} and {END!r}")
    title, line, *rows = text.splitlines()
    kept = [row for row in old.splitlines() if (name := _recipe_of(row)) and name not in map(_recipe_of, rows)]
    rows += [_with_time(row, line.count("|")) for row in kept]
    rows.sort(key=lambda row: order.index(str(_recipe_of(row))) if _recipe_of(row) in order else len(order))
    text = "\n".join([title, line, *rows])
    part = path.with_name(f".{path.name}.part")
    part.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
    part.replace(path)


def _with_time(row: str, n_bars: int) -> str:
    """Return a row as it is; one of a table without times with `–` before its command."""
    if row.count("|") != n_bars - 1:
        return row
    rest, _, command = row.rstrip().removesuffix("|").rpartition("|")
    return f"{rest}| – |{command}|"


def _recipe_of(row: str) -> str | None:
    found = re.search(r"experiment=(\w+)", row)
    return found[1] if found else None


def write_recipes(roots: Sequence[Path], path: Path | None = None) -> str:
    """Return the table of the runs of recipes below some folders; with a path, put its rows between the marks of that
    file, in the place of those of the same recipes. Raises ValueError without such runs or marks, and OSError.
    """
    found_in = (
        Path(folder)
        for root in roots
        for folder, _, files in os.walk(root, followlinks=True)
        if "results.json" in files
    )
    folders = sorted({folder.resolve() for folder in found_in})
    order = [path.stem for path in sorted((CONF / "experiment").glob("*.yaml"))]
    found = [result for result in map(read_run, folders) if result is not None]
    found.sort(key=lambda result: (order.index(result.name) if result.name in order else len(order), result.seed))
    if not found:
        raise ValueError(f"no finished run of a recipe below {', '.join(map(str, roots))}")
    text = table(found)
    if path is not None:
        write_between(path, text, order)
    return text
