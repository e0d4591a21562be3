"""What the stages do that train: conf/stage/training and those that begin with it, and refine."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, field_validator

from experiments.validation import Group


class Stage(Group):
    """What a stage is, whatever is set: whether it trains the network; whether it learns from real crops where the data
    are such; whether it needs a network that was trained; and whether one that knows the script's glyphs.
    """

    is_training: ClassVar[bool] = False
    learns_crops: ClassVar[bool] = False
    needs_training: ClassVar[bool] = False
    needs_script: ClassVar[bool] = False


class TrainingSettings(Stage):
    """Settings of the stages that train as `model.training` says, unless given here."""

    is_training = True

    max_steps: int = Field(gt=0, description="Steps of training.")
    batch_size: int = Field(gt=0, description="Samples of a step.")
    val_every: int = Field(gt=0, description="Steps between two validations, about.")
    n_val: int = Field(512, gt=0, description="Samples of a validation; stored sets are validated as a whole.")
    patience: int = Field(5, gt=0, description="Validations without a better figure before training ends.")
    learning_rate: float = Field(gt=0, description="Highest learning rate, after the warm-up.")
    weight_decay: float = Field(0.01, ge=0, description="Weight decay of weights that are no biases or norms.")
    n_samples: int | None = Field(
        None, gt=0, description="How many different samples training sees, again and again; null: never one twice."
    )
    augment: str = Field(description="Look of the rendered pictures: the run's own `augment.name`, or a preset.")
    without: list[str] = Field(
        [],
        description="Parts of that look that training pictures lack: groups with a share (blur), numbers (carved).",
    )
    ema: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Decay of a running mean of the weights, which is validated and kept, such as 0.999; 0: none.",
    )
    class_balance: float = Field(
        0.0, ge=0, le=1, description="Glyph sets: 0 weighs each picture alike in the loss, 1 each class."
    )
    label_smoothing: float = Field(0.0, ge=0, le=1, description="Share of each label that is spread over all classes.")
    freeze_trunk: bool = Field(False, description="Whether only the head is trained.")
    resume: str | None = Field(
        None, description="A last.ckpt of an earlier run with the same settings to go on from; null: start anew."
    )


class PretrainSettings(TrainingSettings):
    """Train on MNIST digits (glyphs) or strings of them (lines) first; skipped where released weights fit."""

    max_steps: int = Field(ge=0, description="Steps of training; 0: this network is not pretrained.")
    force: bool = Field(False, description="Whether to pretrain even where released weights fit.")
    data: dict[str, Any] | None = Field(
        None, description="Another data set to start with (data@stage.pretrain.data=NAME); null: digits."
    )

    @field_validator("data", mode="before")
    @classmethod
    def _is_group(cls, data: Any) -> Any:
        if isinstance(data, str):
            raise ValueError(f"must be a group of settings, not {data!r}; say data@stage.pretrain.data={data}")
        return data


class AdaptSettings(TrainingSettings):
    """Train on `data`: a new head for its script; with data=hylian_crops as `crops` says."""

    learns_crops = True


class FewshotSettings(TrainingSettings):
    """From one picture of each glyph to a reader of lines: train, calibrate, say what it will confuse."""

    count: int = Field(250, gt=0, description="Samples that calibrate confidences, and others that count confusions.")
    n_pages: int = Field(90, gt=0, description="Pages on which is fitted which found lines count.")
    n_pairs: int = Field(8, gt=0, description="Pairs of glyphs most alike that are named and drawn.")


class RefineSettings(Stage):
    """Train a refiner that makes rendered lines look like unlabelled crops; a stage adapt after it trains on them."""

    crops: str | None = Field(None, description="Folder of pictures of lines, without labels, to look like.")
    max_steps: int = Field(400, ge=0, description="Steps of training; 0: a refiner that changes nothing.")
    batch_size: int = Field(32, gt=1, description="Rendered lines of a step, and as many crops.")
    learning_rate: float = Field(0.0005, gt=0, description="Learning rate of both networks.")
    similarity: float = Field(
        4.0, ge=0, description="What a change of all levels counts in the loss; to fool the critic counts about 1."
    )
    refiner_steps: int = Field(2, gt=0, description="Steps of the refiner for one of the critic.")
    n_channels: int = Field(16, gt=0, description="Channels of the refiner.")
    n_blocks: int = Field(3, gt=0, description="Residual blocks of the refiner.")
    augment: str = Field(description="Look of the rendered lines: the run's own `augment.name`, or a preset.")
