"""Lightning's trainer and its callbacks as conf/trainer and conf/callbacks say."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import (
    Callback,
    EarlyStopping,
    LearningRateMonitor,
    ModelCheckpoint,
    ProgressBar,
    WeightAveraging,
)
from pytorch_lightning.loggers import Logger

from experiments.checkpoints import WholeCheckpoints
from experiments.job import Run, SettingError
from experiments.parent import is_reporting
from experiments.report.progress import progress_bar

_EXPECTED = (  # warnings that say nothing new
    ".*does not have many workers.*",
    ".*(LeafSpec|TreeSpec|isinstance\\(treespec).*",
    ".*Checkpoint directory.*exists and is not empty.*",
    ".*smaller than the logging interval.*",
    ".*Experiment logs directory.*exists and is not empty.*",
    ".*dirpath has changed from.*",  # a resumed run has a folder of its own
    ".*callbacks used to create the checkpoint need to be provided.*",  # another val_every
    ".*your dataloader is not resumable.*",  # SampleData skips what was seen
)


@contextmanager
def without_expected_warnings() -> Iterator[None]:
    """Leave out what Lightning warns of at every training here."""
    with warnings.catch_warnings():
        for message in _EXPECTED:
            warnings.filterwarnings("ignore", message=message)
        yield


@contextmanager
def stopped_plainly() -> Iterator[None]:
    """End with what a stop means to a shell, such as 130 for Ctrl-C, of which Lightning makes 1, as of a bug."""
    try:
        yield
    except SystemExit as end:  # Ctrl-C, and what `run` makes of SIGTERM
        raise SystemExit(end.code if end.code not in (None, 0, 1) else 130) from None


def make_trainer(
    run: Run,
    stage: str,
    loggers: list[Logger],
    best: ModelCheckpoint,
    clocks: Sequence[Callback],
    precision: str,
    validates: bool,
) -> pl.Trainer:
    """Return the trainer of a stage: it validates, stops early, keeps the best and the last weights. clocks: what times
    it; precision: one of Lightning's; validates: whether there is anything to validate on. Raises SettingError.
    """
    own, settings, folder = run.stage(stage), run.settings["trainer"], run.stage_folder(stage)
    every = own["max_steps"] // max(
        1, round(own["max_steps"] / own["val_every"])
    )  # near val_every, and no short piece at the end
    callbacks = [*make_callbacks(run, stage, best, every, validates), *clocks]
    try:
        return pl.Trainer(
            accelerator=settings["accelerator"],
            devices=settings["devices"],
            strategy=settings["strategy"],
            precision=precision,  # type: ignore[arg-type]  # one of its literals, checked with the settings
            deterministic=settings["deterministic"],
            plugins=[WholeCheckpoints()],
            logger=loggers,
            max_steps=own["max_steps"],
            max_epochs=-1,
            val_check_interval=every,
            check_val_every_n_epoch=None,
            callbacks=callbacks,
            gradient_clip_val=settings["gradient_clip_val"],
            num_sanity_val_steps=0,
            log_every_n_steps=settings["log_every_n_steps"],
            enable_model_summary=False,
            enable_progress_bar=any(isinstance(one, ProgressBar) for one in callbacks),
            default_root_dir=folder,
        )
    except (MisconfigurationException, ValueError, TypeError, RuntimeError) as error:
        raise SettingError(f"trainer: {error}") from error


def make_callbacks(run: Run, stage: str, best: ModelCheckpoint, every: int, validates: bool) -> list[Callback]:
    """Return what happens beside the training of a stage that validates after `every` steps, if there is anything to
    validate on.
    """
    own, asked, folder = run.stage(stage), run.settings["callbacks"], run.stage_folder(stage)
    callbacks: list[Callback] = [ValidateLast(), best]
    if asked["checkpoint"]["save_last"]:
        # after the validation: a run that goes on from a checkpoint before it would never make up for it
        steps = None if validates else every
        callbacks.append(ModelCheckpoint(folder, "last", every_n_train_steps=steps, enable_version_counter=False))
    if asked["progress_bar"]["enabled"] or is_reporting():
        callbacks.append(progress_bar(stage, asked["progress_bar"]["refresh_rate"]))
    if asked["learning_rate_monitor"]["enabled"]:
        callbacks.append(LearningRateMonitor("step"))
    if asked["early_stopping"]["enabled"]:
        min_delta = asked["early_stopping"]["min_delta"]
        callbacks.append(EarlyStopping(str(best.monitor), min_delta=min_delta, patience=own["patience"]))
    if own["ema"]:
        callbacks.append(WeightAveraging(use_buffers=True, avg_fn=running_mean(own["ema"])))
    return callbacks


class ValidateLast(Callback):
    """Validates after the last step, whatever the interval."""

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.global_step >= trainer.max_steps:
            trainer.should_stop = True  # which makes Lightning validate once more


def running_mean(decay: float) -> Callable[[torch.Tensor, torch.Tensor, Any], torch.Tensor]:
    """Return how a running mean takes in new weights: slowly, but for the first steps, so that it does not remember the
    start.
    """

    def mix(mean: torch.Tensor, new: torch.Tensor, n: Any) -> torch.Tensor:
        n = int(n)
        mixed: torch.Tensor = mean + (new - mean) * (1 - min(decay, (1 + n) / (10 + n)))
        return mixed

    return mix
