"""The machine, what happens beside training, where curves go: conf/trainer, conf/callbacks, conf/logger."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from experiments.validation import Count, Group, Size


class Limit(Group):
    """Upper limits on settings of all stages, for runs that only show whether every part works; null: none."""

    max_steps: Count | None = Field(None, description="Most steps of training.")
    batch_size: Count | None = Field(None, description="Most samples of a step.")
    val_every: Count | None = Field(None, description="Most steps between two validations.")
    n_val: Count | None = Field(None, description="Most samples of a validation.")
    count: Count | None = Field(None, description="Most samples that a stage renders or reads.")
    n_faces: Count | None = Field(None, description="Most faces that are drawn with.")
    n_pages: Count | None = Field(None, description="Most pages that a stage renders or reads.")
    train_steps: Count | None = Field(None, description="Most steps that the stage benchmark times.")
    selftrain_steps: Count | None = Field(None, description="Most steps of self-training in the stage curves.")
    draws: Count | None = Field(None, description="Most draws of the stage curves.")
    patience: Count | None = Field(None, description="Most validations without a better figure.")
    n_pairs: Count | None = Field(None, description="Most pairs of glyphs that the stage fewshot names.")
    n_worst: Count | None = Field(None, description="Most worst readings that a report shows.")


class TrainerSettings(Group):
    """What training runs on: arguments of Lightning's Trainer, and what belongs to them."""

    accelerator: Literal["auto", "cpu", "gpu", "cuda", "mps", "tpu"] = Field(
        "auto", description="What computes; auto: the best that there is."
    )
    devices: Count | Literal["auto", -1] = Field(1, description="How many devices train together; -1: every GPU.")
    strategy: str = Field("auto", description="auto, ddp, or another strategy of Lightning.")
    precision: str | int = Field(
        "auto", description="auto: bfloat16 where the hardware multiplies in it; or a precision of Lightning."
    )
    n_threads: Count | Literal["auto"] = Field("auto", description="Threads of torch.")
    n_workers: Size | Literal["auto"] = Field(
        "auto", description="Processes that render; auto: one less than there are cores."
    )
    deterministic: bool | Literal["warn"] = Field(
        True, description="Whether operations without a deterministic form are errors (true), warned of, or taken."
    )
    gradient_clip_val: float | None = Field(
        5.0, gt=0, description="Norm to which gradients are clipped; null: they are not."
    )
    log_every_n_steps: int = Field(20, gt=0, description="Steps between two rows of training figures.")
    limit: Limit | None = Field(None, description="Upper limits on settings of all stages; null: none.")


class EarlyStoppingSettings(Group):
    """Ends a training that does not get better; after how many validations says `stage.STAGE.patience`."""

    enabled: bool = Field(True, description="Whether a training that does not get better ends early.")
    min_delta: float = Field(0.0, ge=0, description="Least change of the validation figure that counts as better.")


class CheckpointSettings(Group):
    """Checkpoints: best.ckpt is the one that validated best, last.ckpt what `stage.STAGE.resume` goes on from."""

    save_last: bool = Field(True, description="Whether last.ckpt is written at every validation.")


class ProgressBarSettings(Group):
    """The progress bar at the terminal."""

    enabled: bool = Field(True, description="Whether there is one.")
    refresh_rate: int = Field(20, gt=0, description="Steps between two updates.")


class LearningRateMonitorSettings(Group):
    """The learning rate as a curve."""

    enabled: bool = Field(True, description="Whether the learning rate is logged at each step.")


class CallbackSettings(Group):
    """What happens beside training."""

    early_stopping: EarlyStoppingSettings = Field(EarlyStoppingSettings(), description="When a training ends early.")
    checkpoint: CheckpointSettings = Field(CheckpointSettings(), description="Which checkpoints are written.")
    progress_bar: ProgressBarSettings = Field(ProgressBarSettings(), description="The progress bar at the terminal.")
    learning_rate_monitor: LearningRateMonitorSettings = Field(
        LearningRateMonitorSettings(), description="The learning rate's curve."
    )


class Csv(Group):
    """metrics.csv in each stage's folder, which is always written."""

    name: Literal["csv"] = Field("csv", description="metrics.csv in each stage's folder, and nothing else.")


class TensorBoard(Group):
    """Curves and pictures for tensorboard --logdir runs."""

    name: Literal["tensorboard"] = Field("tensorboard", description="Curves and pictures for TensorBoard, too.")


class WandB(Group):
    """Curves, config, pictures and the worst readings; offline when there is no key."""

    name: Literal["wandb"] = Field("wandb", description="Curves, config, pictures and tables for wandb, too.")
    project: str = Field("glyphs", description="Project of wandb.")


Logger = Annotated[Csv | TensorBoard | WandB, Field(discriminator="name")]
