"""The settings of a run as typed models, one for each group of conf/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from experiments import datasets
from experiments.job import SettingError
from experiments.settings.augment import AugmentSettings
from experiments.settings.model import ModelSettings
from experiments.settings.optimizer import Optimizer, Scheduler
from experiments.settings.stages import STAGES, CropSettings, StageSettings
from experiments.settings.trainer import CallbackSettings, LoggerSettings, TrainerSettings
from experiments.validation import Group, checked


class PathSettings(Group):
    """Where things are."""

    data: str = Field("data", description="Folder of MNIST and other real data; GLYPH_DATA where that is set.")
    runs: str = Field("runs", description="Folder that run folders are made in.")
    reuse: bool = Field(False, description="Whether to write into a run folder that was named and is not empty.")


class BaselineSettings(Group):
    """What a recipe's figure is held against; shown in the table of recipes."""

    system: str = Field(description="The system that it is compared with.")
    task: str = Field(description="What is measured.")
    theirs: str = Field(description="The figure of that system, as text.")
    goal: float = Field(gt=0, lt=1, description="Share right that is asked for.")
    figure: str = Field(description="Where the run's own figure stands in results.json, as evaluate.SET.exact.")
    parts: dict[str, str] = Field({}, description="Further figures to show, each with its title.")


class RunSettings(Group):
    """All settings of a run; `data` and `stage.pretrain.data` are of a class of experiments/datasets."""

    stages: list[Literal[tuple(STAGES)]] = Field(  # type: ignore[valid-type]  # names known at run time
        ["pretrain", "adapt", "calibrate", "evaluate"], min_length=1, description="What to do, in this order."
    )
    weights: str | None = Field(
        None, description="Bundle to start from: a released name or a .safetensors file; null: what the stages need."
    )
    seed: int = Field(0, ge=0, description="Seed of everything random.")
    resume: str | None = Field(
        None,
        description="Folder of a run, or of a sweep, to go on with at the stage and step where it stopped; auto: the "
        "newest unfinished one with the same settings, or a new one; null: a new one.",
    )
    resume_with: list[str] = Field([], description="Settings, or groups of such, that may differ from that run's.")
    weights_dtype: Literal["float32", "float16"] = Field(
        "float32", description="Numbers of the bundle's weights; float16: half its size."
    )
    objective: str | None = Field(
        None,
        description="Figure of results.json that a search makes best, such as adapt.val_cer; null: none.",
    )
    name: str | None = Field(None, description="Name of a recipe of conf/experiment.")
    baseline: BaselineSettings | None = Field(None, description="What the recipe's figure is held against.")
    paths: PathSettings = Field(description="Where things are.")
    model: ModelSettings = Field(description="The network.")
    data: Any = Field(description="The data set.")
    augment: AugmentSettings = Field(description="How rendered pictures look.")
    optimizer: Optimizer = Field(description="The optimizer.")
    scheduler: Scheduler = Field(description="The learning rate over the steps.")
    trainer: TrainerSettings = Field(description="What training runs on.")
    callbacks: CallbackSettings = Field(CallbackSettings(), description="What happens beside training.")
    logger: LoggerSettings = Field(LoggerSettings(), description="Where curves and pictures go.")
    crops: CropSettings = Field(CropSettings(), description="Learning from real crops.")
    stage: StageSettings = Field(description="The settings of every stage.")


def validated(composed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the composed config as plain dictionaries, complete and checked: each value may be what its model says.
    Raises SettingError, which names the setting and what it may be.
    """
    stages = composed.get("stages")
    if not isinstance(stages, list):
        raise SettingError(f"stages must be a list, such as 'stages=[adapt,evaluate]', not {stages!r}")
    if wrong := [name for name in stages if name not in STAGES]:
        raise SettingError(f"stages: there is no stage {wrong[0]!r}; there are {', '.join(STAGES)}")
    if not stages:
        raise SettingError(f"stages is empty; choose from {', '.join(STAGES)}")
    settings = checked(RunSettings, composed).model_dump()
    settings["data"] = datasets.parse(composed["data"]).model_dump()
    first = settings["stage"]["pretrain"]
    if first["data"] is not None:
        first["data"] = datasets.parse(first["data"], "stage.pretrain.data").model_dump()
    return settings


__all__ = ["RunSettings", "validated"]
