"""The machine, what happens beside training, where curves go: conf/trainer, conf/callbacks, conf/logger."""

from __future__ import annotations

from typing import Literal

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
    precision: (
        Literal["auto", "32-true", "bf16-mixed", "16-mixed", "64-true", "bf16-true", "16-true"]
        | Literal["32", "64", "16", "bf16", 32, 64, 16]
    ) = Field("auto", description="auto: bfloat16 where the hardware multiplies in it; or a precision of Lightning.")
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


class WandB(Group):
    """One run of wandb: curves, config, figures, pictures, tables and artifacts; offline when there is no key."""

    project: str = Field("glyphs", min_length=1, description="Project of wandb.")
    artifacts: bool = Field(True, description="Whether the bundle, the recipe of the data and the report go along.")


class LoggerSettings(Group):
    """Where curves and pictures go beside metrics.csv, which is always written: one or several."""

    csv: Literal[True] = Field(True, description="metrics.csv in each stage's folder, whatever else there is.")
    tensorboard: bool = Field(False, description="Whether curves, pictures and settings go to TensorBoard.")
    wandb: WandB | None = Field(None, description="One run of wandb; null: none.")
