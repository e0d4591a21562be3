"""The network and how it is trained by default: conf/model."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from experiments.validation import Group


class OnDigits(Group):
    """Training on digits first, or on another data set: what the stage pretrain does by default."""

    max_steps: int = Field(ge=0, description="Steps of training; 0: this network is not pretrained.")
    batch_size: int = Field(gt=0, description="Samples of a step.")


class TrainingDefaults(Group):
    """How a network is trained where a stage does not say otherwise (`stage.STAGE.max_steps` and so on)."""

    max_steps: int = Field(gt=0, description="Steps of training.")
    batch_size: int = Field(gt=0, description="Samples of a step.")
    val_every: int = Field(gt=0, description="Steps between two validations.")
    learning_rate: float = Field(gt=0, description="Highest learning rate, after the warm-up.")
    weight_decay: float = Field(0.01, ge=0, description="Weight decay of weights that are no biases or norms.")
    ema: float = Field(0.0, ge=0, lt=1, description="Decay of the running mean of the weights; 0: none.")
    class_balance: float = Field(
        0.0, ge=0, le=1, description="Glyph sets: 0 weighs each picture alike in the loss, 1 each class."
    )
    label_smoothing: float = Field(0.0, ge=0, le=1, description="Share of each label that is spread over all classes.")
    on_digits: OnDigits | None = Field(None, description="Training on digits before that; null: none.")


class ModelSettings(Group):
    """A network of recognizers/networks."""

    architecture: str = Field(description="Name of the network.")
    arguments: dict[str, Any] = Field({}, description="Arguments of the network's class; see its file.")
    preprocess: dict[str, Any] = Field({}, description="How pictures become tensors; see recognizers/image.")
    training: TrainingDefaults = Field(description="How it is trained where a stage does not say otherwise.")
