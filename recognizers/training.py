"""LitRecognizer, the only LightningModule: how any network is trained."""

from __future__ import annotations

import math
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from recognizers.recognizer import Batch, Network


class DivergedError(RuntimeError):
    """Training whose loss is no number any more."""


class LitRecognizer(pl.LightningModule):
    """Trains with AdamW, a short linear warm-up and a cosine to zero over `max_steps`; validates by the network's
    own errors (grapheme CER for recognizers)."""

    def __init__(self, recognizer: Network, learning_rate: float, weight_decay: float, max_steps: int, warmup_steps: int = 100) -> None:
        super().__init__()
        self.recognizer, self.max_steps, self.warmup_steps = recognizer, max_steps, warmup_steps
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self._errors, self._total = 0.0, 0.0

    def training_step(self, batch: Batch, index: int) -> Tensor:
        loss = self.recognizer.training_loss(batch)
        if not torch.isfinite(loss):
            raise DivergedError(f"the loss is {float(loss.detach())} at step {self.global_step}; lower the learning rate")
        self.log("train/loss", loss, prog_bar=True, batch_size=len(batch.texts))
        return loss

    def validation_step(self, batch: Batch, index: int) -> None:
        outputs = self.recognizer(batch.images, batch.widths)
        self.log("val/loss", self.recognizer.loss(outputs, batch), batch_size=len(batch.texts))
        errors, total = self.recognizer.errors(outputs, batch)
        self._errors, self._total = self._errors + errors, self._total + total

    def on_validation_epoch_end(self) -> None:
        self.log(f"val/{self.recognizer.metric}", self._errors / max(self._total, 1.0), prog_bar=True)
        self._errors, self._total = 0.0, 0.0

    def configure_optimizers(self) -> Any:
        decays = [p for p in self.recognizer.parameters() if p.ndim > 1]
        others = [p for p in self.recognizer.parameters() if p.ndim <= 1]
        groups = [{"params": decays, "weight_decay": self.weight_decay}, {"params": others, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=self.learning_rate)

        def factor(step: int) -> float:
            if step < self.warmup_steps:
                return (step + 1) / self.warmup_steps
            done = (step - self.warmup_steps) / max(1, self.max_steps - self.warmup_steps)
            return max(0.002, 0.5 * (1 + math.cos(math.pi * min(1.0, done))))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
