"""What a run folder says of a run: its settings, figures, curves and readings. Folders of several machines may be
copied together; nothing in them is changed.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from experiments.compare.set_readings import Readings, read_readings
from experiments.job import flat
from experiments.settings.stages import STAGES, TRAINING

# settings that change no figure, or that say where something is and not what
_ASIDE = ("paths.", "logger", "callbacks.", "hydra.", "baseline", "trainer.n_", "trainer.log_every_n_steps")


@dataclass(frozen=True)
class RunRecord:
    """A run folder: name, as short as tells it from others; settings and figures by dotted and slashed names."""

    name: str
    folder: Path
    seed: int
    settings: Mapping[str, Any]
    figures: Mapping[str, float]
    is_finished: bool
    commit: str

    @property
    def train_seconds(self) -> float | None:
        """How long all of its training took, None where it did not train."""
        seconds = [self.figures[f"{stage}/seconds"] for stage in TRAINING if f"{stage}/seconds" in self.figures]
        return sum(seconds) if seconds else None

    @property
    def samples_per_second(self) -> float | None:
        """How many samples its last training went through in a second; None where nobody has said."""
        names = [
            f"{stage}/samples_per_s" for stage in STAGES if stage in TRAINING
        ]  # in the order that they have in runs
        return next((self.figures[name] for name in reversed(names) if name in self.figures), None)

    @property
    def size_mb(self) -> float | None:
        """The size of its bundle, None without one."""
        bundle = self.folder / "bundle.safetensors"
        return bundle.stat().st_size / 1e6 if bundle.is_file() else None

    @cached_property
    def curves(self) -> dict[str, tuple[list[int], list[float]]]:
        """Steps and values of each metric that training logged, by stage and name: `adapt/val/cer`."""
        found: dict[str, tuple[list[int], list[float]]] = {}
        for path in sorted(self.folder.glob("*/metrics.csv")):
            with path.open(encoding="utf-8", errors="replace", newline="") as file:
                for row in csv.DictReader(file):
                    for name, text in row.items():
                        if name in ("step", "epoch", None) or not text or not row.get("step"):
                            continue
                        with suppress(ValueError):  # a row of a run that was killed while it wrote
                            step, value = int(float(row["step"])) + 1, float(text)
                            steps, values = found.setdefault(f"{path.parent.name}/{name}", ([], []))
                            steps.append(step)
                            values.append(value)
        return found

    @cached_property
    def readings(self) -> dict[str, Readings]:
        """What it read, by the name of the data set."""
        found = {}
        for path in sorted(self.folder.glob("evaluate/*/readings.tsv")):
            if (readings := read_readings(path)) is not None:
                found[path.parent.name] = readings
        return found


def read_record(folder: Path, name: str) -> RunRecord | None:
    """Return what a folder says of a run, None where it is none, or its files are damaged."""
    try:
        config: Any = OmegaConf.to_container(OmegaConf.load(folder / "config.yaml"), resolve=True)
        results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        stages, seed = list(config["stages"]), int(config["seed"])
        config["stage"] = {stage: own for stage, own in config["stage"].items() if stage in stages}
        settings = {key: value for key, value in flat(config) if key != "seed" and not key.startswith(_ASIDE)}
        figures = {k: float(v) for k, v in flat(results, "/") if isinstance(v, int | float) and not isinstance(v, bool)}
        progress = folder / "progress.json"
        made = json.loads(progress.read_text(encoding="utf-8")) if progress.is_file() else {}
        finished = bool(made.get("finished", (folder / "report.md").is_file()))
        commits = made.get("commits") or [made.get("commit", "")]
        return RunRecord(name, folder, seed, settings, figures, finished, ", then ".join(map(str, commits)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OmegaConfBaseException, YAMLError):
        return None


def find_runs(roots: Sequence[Path]) -> tuple[list[RunRecord], dict[Path, str]]:
    """Return the runs in and below some folders, by their paths, and the folders that are passed by, with the reason:
    runs that cannot be read, and those that have come to no figures yet.
    """
    every = {folder.resolve(): has_results for root in roots for folder, has_results in _folders(root)}
    folders = sorted((folder for folder, has_results in every.items() if has_results), key=_in_order)
    found = {folder: read_record(folder, name) for folder, name in zip(folders, short_names(folders), strict=True)}
    runs = [record for record in found.values() if record is not None]
    damaged = {folder: "damaged" for folder, record in found.items() if record is None}
    early = {folder: "no stage of it has ended yet" for folder, has_results in every.items() if not has_results}
    return runs, damaged | early


def _in_order(folder: Path) -> list[Any]:
    """Return a key by which 2 comes before 10."""
    return [int(text) if k % 2 else text for k, text in enumerate(re.split(r"([0-9]+)", str(folder)))]


def _folders(root: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the folders of runs in and below one, and whether they have results."""
    for folder, _, files in os.walk(root, followlinks=True):
        # Hydra keeps a config of its own in a run, with the overrides beside it
        if "results.json" in files or ("config.yaml" in files and "overrides.yaml" not in files):
            yield Path(folder), "results.json" in files


def short_names(folders: Sequence[Path]) -> list[str]:
    """Return the shortest ends of paths that tell them apart."""
    for n in range(1, max((len(folder.parts) for folder in folders), default=0) + 1):
        names = ["/".join(folder.parts[-n:]) for folder in folders]
        if len(set(names)) == len(names):
            return names
    return [str(folder) for folder in folders]


def shown(value: Any) -> str:
    """Return a setting as text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ",".join(map(shown, value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
