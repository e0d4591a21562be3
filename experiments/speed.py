"""How fast a training is, and how much of its time it waits for data."""

from __future__ import annotations

import time
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from recognizers.network import Batch


class Speed(Callback):
    """Counts samples of all processes and the seconds of steps and of waiting for batches. The first step, before which
    data loading starts, and validations count for nothing.
    """

    def __init__(self) -> None:
        self.n_samples, self.waited_s, self.worked_s = 0, 0.0, 0.0
        self._ended: float | None = None  # the last step; None: what comes next is not counted
        self._begun: float | None = None

    @property
    def figures(self) -> dict[str, float]:
        """samples_per_s, and waiting_share: of the time of training. Nothing for a training of one step."""
        total = self.waited_s + self.worked_s
        if not self.n_samples or not total:
            return {}
        return {"samples_per_s": round(self.n_samples / total, 1), "waiting_share": round(self.waited_s / total, 4)}

    def on_train_batch_start(self, trainer: pl.Trainer, module: pl.LightningModule, batch: Batch, index: int) -> None:
        self._begun = time.perf_counter()

    def on_train_batch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule, outputs: Any, batch: Batch, index: int
    ) -> None:
        now = time.perf_counter()
        if self._ended is not None and self._begun is not None:
            self.waited_s += self._begun - self._ended
            self.worked_s += now - self._begun
            self.n_samples += len(batch.texts) * trainer.world_size
        self._ended = now

    def on_validation_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self._ended = None
