"""Sweeps that did not come to their end: which one a sweep with `resume=` goes on with, and which of its jobs are done.

A sweep keeps what it sweeps in sweep.yaml, and each of its jobs is a run of its own. To go on with it is to start the
same jobs in the same folders: those that are done give their figures at once, so that searches propose what they did.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from experiments.unfinished import (
    CONFIG,
    Progress,
    differing_settings,
    find_to_go_on,
    plain,
    read_progress,
    refuse,
    settings_of,
)
from glyphgen.files import written

SWEEP_FILE, _ENDED = "sweep.yaml", "sweep.ended"


def swept(config: Any) -> dict[str, Any]:
    """Return what makes a sweep what it is: the settings that its jobs share, and what it sweeps over."""
    sweeper: Any = OmegaConf.to_container(config.hydra.sweeper, resolve=True)
    params = {str(key): str(value) for key, value in (sweeper.pop("params", None) or {}).items()}
    overrides = OverridesParser.create().parse_overrides(list(config.hydra.overrides.task))
    params |= {one.key_or_group: one.get_value_string() for one in overrides if one.is_sweep_override()}
    return {**plain(config), "sweep": {**sweeper, "over": params}}


def begin_sweep(config: Any, folder: Path) -> None:
    """Keep what a sweep is, for those who go on with it."""
    (folder / _ENDED).unlink(missing_ok=True)  # of an earlier one, with paths.reuse=true
    with written(folder / SWEEP_FILE) as part:
        OmegaConf.save(OmegaConf.create({k: v for k, v in swept(config).items() if not k.startswith("resume")}), part)


def end_sweep(folder: Path) -> None:
    """Say that a sweep has come to its end."""
    (folder / _ENDED).touch()


def sweep_to_go_on(config: Any, named: Path | None = None) -> Path | None:
    """Return the folder of the sweep that a composed config with `resume` goes on with, and hold it; None where `auto`
    finds none, in the folder that was named for the sweep or below paths.runs. Raises SettingError for a folder that is
    none, for a sweep that has ended or is at work, and for one over other settings than `resume_with` lets differ.
    """
    return find_to_go_on(config, swept(config), SWEEP_FILE, named, _end_of_sweep)


def _end_of_sweep(folder: Path) -> str | None:
    return "has ended: nothing is left to do; compare it" if (folder / _ENDED).exists() else None


def job_before(config: Any, folder: Path) -> Progress | None:
    """Return how far a job of a sweep came before, None where it had not begun. Raises SettingError where the folder is
    that of a job with other settings.
    """
    path = folder / CONFIG
    if not path.is_file() or not path.stat().st_size:  # made by a job that was killed at once
        return None
    lets = list(map(str, config.resume_with or ()))
    refuse(differing_settings(settings_of(path), plain(config), lets), f"the job in {folder}", can_differ=False)
    return read_progress(folder)


def is_requeued() -> bool:
    """Whether SLURM has started this job before: it was preempted, or ran out of time."""
    return os.environ.get("SLURM_RESTART_COUNT", "0") not in ("", "0")
