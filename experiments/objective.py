"""The figure by which a search chooses: `objective=adapt.val_cer`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from experiments.job import SettingError, flat
from experiments.settings.stages import TRAINING

# the validated one is called by what the network counts: errors over characters, or of a finder over places
_OF_TRAINING = ("val_cer", "val_error", "steps", "seconds", "samples_per_s", "waiting_share")


def check_objective(name: str | None, stages: Sequence[str]) -> None:
    """Raise SettingError for a name that cannot be a figure of these stages, before they run."""
    if name is None:
        return
    stage, _, figure = name.partition(".")
    if stage not in stages:
        raise SettingError(f"objective={name} begins with the name of a stage: {', '.join(stages)}")
    if stage in TRAINING and figure not in _OF_TRAINING:
        raise SettingError(f"objective={name} is no figure of {stage}, which has {', '.join(_OF_TRAINING)}")


def objective_of(results: dict[str, Any], name: str | None) -> float | None:
    """Return the figure of a dotted name. Raises SettingError for a name that is none, with those there are."""
    if name is None:
        return None
    known = dict(flat(results))
    if name in known and known[name] is None:
        raise SettingError(f"objective={name} has no value: nothing was validated; see stage.….n_val")
    figures = {key: value for key, value in known.items() if isinstance(value, int | float)}
    if name not in figures:
        raise SettingError(f"objective={name} is no figure of this run; there are {', '.join(figures)}")
    return float(figures[name])
