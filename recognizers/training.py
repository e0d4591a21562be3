"""LitRecognizer, the only LightningModule: how any network is trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor

from recognizers.network import Batch, Network
from recognizers.recognizer import Recognizer

OPTIMIZERS = ("adamw", "adam", "sgd")
SCHEDULES = ("cosine", "constant", "step", "multistep")
_LEAST = 0.002  # of the learning rate, at the end of the cosine


class DivergedError(RuntimeError):
    """Training whose loss is no number any more."""


def schedule_factor(schedule: Mapping[str, Any], max_steps: int, warmup_steps: int) -> Callable[[int], float]:
    """Return what the learning rate is multiplied by at each step: a linear warm-up, then the schedule of
    conf/scheduler. Raises ValueError for a name that is none.

    Written out in place of torch's SequentialLR of LinearLR, CosineAnnealingLR and MultiStepLR: those have no floor
    for a cosine to end on, and their state is not that of the checkpoints there are. A test compares the two.
    """
    name = schedule["name"]
    if name not in SCHEDULES:
        raise ValueError(f"no schedule {name!r}; there are {', '.join(SCHEDULES)}")

    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        if name == "step":
            return float(schedule["factor"] ** int(step / max_steps / schedule["every"] + 1e-9))
        if name == "multistep":
            return float(schedule["factor"] ** sum(step >= share * max_steps for share in schedule["milestones"]))
        if name == "constant":
            return 1.0
        done = (step - warmup_steps) / max(1, max_steps - warmup_steps)
        return max(_LEAST, 0.5 * (1 + math.cos(math.pi * min(1.0, done))))

    return factor


@contextmanager
def lent(network: Network, **attributes: Any) -> Iterator[None]:
    """Give a network what is for training only; however that ends, it has what it had before, and no part of it stays
    frozen.
    """
    before = {name: getattr(network, name) for name in attributes}
    learns = [(parameter, parameter.requires_grad) for parameter in network.parameters()]
    try:
        for name, value in attributes.items():
            setattr(network, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(network, name, value)
        for parameter, does in learns:
            parameter.requires_grad_(does)


class LitRecognizer(pl.LightningModule):
    """Trains with an optimizer of conf/optimizer and a schedule of conf/scheduler over `max_steps`, after a short
    warm-up; validates by the network's own errors (grapheme CER for recognizers). With freezes_trunk only the head
    learns. agreed: further settings that a run which goes on from its checkpoints must have, see `settings`.
    """

    def __init__(
        self,
        recognizer: Network,
        learning_rate: float,
        weight_decay: float,
        max_steps: int,
        warmup_steps: int = 100,
        optimizer: Mapping[str, Any] | None = None,
        schedule: Mapping[str, Any] | None = None,
        freezes_trunk: bool = False,
        agreed: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.recognizer, self.learning_rate, self.weight_decay = recognizer, learning_rate, weight_decay
        self.schedule_settings = schedule or {"name": "cosine"}
        self.factor = schedule_factor(self.schedule_settings, max_steps, warmup_steps)
        self.optimizer_settings = optimizer or {"name": "adamw"}
        if self.optimizer_settings["name"] not in OPTIMIZERS:
            raise ValueError(f"no optimizer {self.optimizer_settings['name']!r}; there are {', '.join(OPTIMIZERS)}")
        # in a list, so that checkpoints do not hold it twice
        self._frozen = [recognizer.trunk] if freezes_trunk and isinstance(recognizer, Recognizer) else []
        for trunk in self._frozen:
            trunk.requires_grad_(False)
        self._agreed = dict(agreed or {})
        self._errors, self._total = 0.0, 0.0

    def settings(self) -> dict[str, Any]:
        """Return what a run must have in common with the one whose checkpoint it goes on from; else the state of the
        optimizer and of the schedule would not fit, or silently win over what was asked for; and `agreed`.
        """
        rates = {
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            "freeze_trunk": bool(self._frozen),
        }
        return {
            **self._agreed,
            **rates,
            "optimizer": dict(self.optimizer_settings),
            "schedule": dict(self.schedule_settings),
        }

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["settings"] = self.settings()

    def on_train_batch_start(self, batch: Batch, index: int) -> None:
        for trunk in self._frozen:
            trunk.eval()  # its batch norm and dropout rest too
        # what is random in a step, such as dropout, depends on the step alone, and so a training that goes on from a
        # checkpoint is the same as one that never stopped
        seeds = np.random.SeedSequence([int(self._agreed.get("seed", 0)), self.global_step, self.global_rank])
        torch.manual_seed(int(seeds.generate_state(1, np.uint64)[0] >> np.uint64(1)))

    def on_fit_end(self) -> None:
        for trunk in self._frozen:
            trunk.requires_grad_(True)

    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        outputs: Tensor = self.recognizer(images, widths)
        return outputs

    def training_step(self, batch: Batch, index: int) -> Tensor:
        loss = self.recognizer.training_loss(batch)
        if not torch.isfinite(loss):
            raise DivergedError(
                f"the loss is {float(loss.detach())} at step {self.global_step}; lower the learning rate"
            )
        self.log("train/loss", loss, prog_bar=True, batch_size=len(batch.texts))
        return loss

    def validation_step(self, batch: Batch, index: int) -> None:
        outputs = self.recognizer(batch.images, batch.widths)
        loss = self.recognizer.loss(outputs, batch)
        self.log("val/loss", loss, batch_size=len(batch.texts), sync_dist=True)
        errors, total = self.recognizer.errors(outputs, batch)
        self._errors, self._total = self._errors + errors, self._total + total

    def on_validation_epoch_end(self) -> None:
        # processes that train together all validate on everything; their norms differ a little, so their figures do
        figure = self._errors / max(self._total, 1.0)
        self.log(f"val/{self.recognizer.metric}", figure, prog_bar=True, sync_dist=True)
        self._errors, self._total = 0.0, 0.0

    def configure_optimizers(self) -> Any:
        learns = [p for p in self.recognizer.parameters() if p.requires_grad]
        decays = [p for p in learns if p.ndim > 1]
        others = [p for p in learns if p.ndim <= 1]
        groups = [{"params": decays, "weight_decay": self.weight_decay}, {"params": others, "weight_decay": 0.0}]
        name, rate = self.optimizer_settings["name"], self.learning_rate
        optimizer: torch.optim.Optimizer
        if name == "sgd":
            momentum = self.optimizer_settings["momentum"]
            optimizer = torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=momentum > 0)
        else:
            optimizer = (torch.optim.Adam if name == "adam" else torch.optim.AdamW)(groups, lr=rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self.factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
