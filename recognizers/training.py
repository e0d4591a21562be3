"""LitRecognizer, the only LightningModule: how any recognizer is trained."""

from __future__ import annotations

import math
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from recognizers.metrics import character_error_rate
from recognizers.recognizer import Batch, Recognizer


class DivergedError(RuntimeError):
    """Training whose loss is no number any more."""


class LitRecognizer(pl.LightningModule):
    """Trains with AdamW, a short linear warm-up and a cosine to zero over `max_steps`; validates by grapheme CER."""

    def __init__(self, recognizer: Recognizer, learning_rate: float, weight_decay: float, max_steps: int, warmup_steps: int = 100) -> None:
        super().__init__()
        self.recognizer, self.max_steps, self.warmup_steps = recognizer, max_steps, warmup_steps
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self._truths: list[str] = []
        self._texts: list[str] = []

    def training_step(self, batch: Batch, index: int) -> Tensor:
        loss = self.recognizer.loss(self.recognizer(batch.images, batch.widths), batch)
        if not torch.isfinite(loss):
            raise DivergedError(f"the loss is {float(loss.detach())} at step {self.global_step}; lower the learning rate")
        self.log("train/loss", loss, prog_bar=True, batch_size=len(batch.texts))
        return loss

    def validation_step(self, batch: Batch, index: int) -> None:
        log_probs = self.recognizer(batch.images, batch.widths)
        self.log("val/loss", self.recognizer.loss(log_probs, batch), batch_size=len(batch.texts))
        self._truths += batch.texts
        self._texts += [r.text for r in self.recognizer.decode(log_probs.float().cpu(), batch.widths.cpu())]

    def on_validation_epoch_end(self) -> None:
        self.log("val/cer", character_error_rate(self._truths, self._texts), prog_bar=True)
        self._truths, self._texts = [], []

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
