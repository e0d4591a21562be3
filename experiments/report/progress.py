"""How far a run is: progress bars on a terminal, or rows of data for the program that started it (see `parent`)."""

from __future__ import annotations

import math
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import ProgressBar, TQDMProgressBar
from tqdm import tqdm

from experiments.parent import is_reporting, report

_EVERY = 20  # training steps from one report, or one change of the bar, to the next


class Steps(tqdm):  # type: ignore[type-arg]  # tqdm is generic in its stubs alone
    """tqdm's loop, which reports where somebody asked for reports, as often as the bar would be drawn."""

    def __init__(self, *given: Any, **options: Any) -> None:
        if is_reporting():
            options["disable"] = False
        super().__init__(*given, **options)

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Report, or draw the bar. tqdm calls this."""
        if is_reporting():
            report(
                str(self.desc or "").removesuffix(": "), int(self.n), None if self.total is None else int(self.total)
            )
        else:
            super().display(msg, pos)


class StepReport(ProgressBar):
    """Reports the steps of a training and its latest figures: losses, and what was validated."""

    def __init__(self, stage: str) -> None:
        super().__init__()
        self.stage = stage

    def disable(self) -> None:
        """Nothing to hide: only the first of several processes reports."""

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """Report every so many steps, and the last."""
        if trainer.global_step % _EVERY == 0 or trainer.global_step >= trainer.max_steps:
            self._report(trainer)

    def on_validation_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """Report what was validated."""
        self._report(trainer)

    def _report(self, trainer: pl.Trainer) -> None:
        figures = {name: float(value) for name, value in trainer.callback_metrics.items()}
        finite = {name: value for name, value in figures.items() if math.isfinite(value)}
        report(self.stage, trainer.global_step, trainer.max_steps, finite)


def progress_bar(stage: str, refresh_rate: int = _EVERY) -> ProgressBar:
    """Return the callback that shows how far the training of a stage is."""
    return StepReport(stage) if is_reporting() else TQDMProgressBar(refresh_rate=refresh_rate)
