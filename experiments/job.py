"""Run: what every stage is given, as plain values: the settings, the folder, and where results gather."""

from __future__ import annotations

import json
import logging
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

LOG = logging.getLogger("glyph")  # what a run says; conf/config.yaml writes it to run.log


class SettingError(ValueError):
    """A setting that is impossible; the message names it."""


@dataclass
class Run:
    """settings is the composed config as plain dictionaries (keys of conf/config.yaml); folder is this run's own;
    weights are those that it started from, given or chosen; tracker is the run of wandb, once a stage has asked for it.
    """

    settings: dict[str, Any]
    folder: Path
    results: dict[str, Any] = field(default_factory=dict)
    weights: str | None = None
    tracker: Any = field(default=None, repr=False, compare=False)

    @property
    def seed(self) -> int:
        return int(self.settings["seed"])

    def stage(self, name: str) -> dict[str, Any]:
        """Return a stage's settings, with `trainer.limit` applied where the stage has such a key."""
        own = dict(self.settings["stage"][name])
        own.update(
            {
                k: min(v, own[k])
                for k, v in (self.settings["trainer"]["limit"] or {}).items()
                if v is not None and isinstance(own.get(k), int)
            }
        )
        return own

    def stage_folder(self, name: str) -> Path:
        """Return the folder of a stage, made when missing."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def say(self, text: str) -> None:
        """Tell the person at the terminal what happens, and run.log."""
        print(text, file=sys.stderr, flush=True)
        LOG.info("%s", text)

    def provenance(self, stage: str, figures: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        """Return where weights come from: command, commit, seed, config, figures; and what they were `before`."""
        keys = ("model", "data", "augment", "optimizer", "scheduler", "seed", "stages", "weights", "trainer", "crops")
        keep = {k: self.settings[k] for k in keys if k in self.settings}
        keep["stage"] = {name: self.stage(name) for name in self.settings["stages"]}
        command = "python experiments/run.py " + shlex.join(sys.argv[1:]) if sys.argv[0].endswith("run.py") else ""
        made = {
            "stage": stage,
            "command": command.strip(),
            "commit": commit(),
            "seed": self.seed,
            "config": keep,
            "figures": figures,
        }
        start = {k: before[k] for k in ("stage", "command", "commit", "seed", "figures", "before") if before.get(k)}
        return {**made, "before": start} if start else made


class JobError(Exception):
    """A job of a sweep that ended with a named error: the others go on."""


@lru_cache(maxsize=1)
def commit() -> str:
    """Return the commit of the checkout, with a + when it is changed; `unknown` outside one. The first call of a
    process counts: a checkout may move on while the code that was loaded runs.
    """
    try:
        where = Path(__file__).parent
        if not (where.parent / ".git").exists():  # installed, perhaps inside somebody else's repository
            return "unknown"
        name = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=where, capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "status", "--porcelain", "-uno"], cwd=where, capture_output=True, text=True, check=True
        ).stdout
        return name + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def flat(tree: Mapping[str, Any], separator: str = ".", above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of nested dictionaries with their joined names."""
    for key, value in tree.items():
        name = f"{above}{separator}{key}" if above else str(key)
        if isinstance(value, Mapping) and value:
            yield from flat(value, separator, name)
        else:
            yield name, value


def write_json(path: Path, data: Any) -> None:
    """Write JSON under a temporary name and rename it."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    part.replace(path)
