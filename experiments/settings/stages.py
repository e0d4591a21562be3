"""What each stage does: conf/stage and conf/crops.

A stage is a function in experiments/stages, in a module of its name; a file in conf/stage; and a class here, which says
what the stage is and what can be set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from experiments.settings.training import (
    AdaptSettings,
    FewshotSettings,
    PretrainSettings,
    RefineSettings,
    Stage,
)
from experiments.validation import Count, Group, Size


class CropSettings(Group):
    """Learning from real crops (data=hylian_crops): the stages adapt, selftrain and curves."""

    k_shot: Count | Literal["all"] = Field("all", description="Crops to learn from.")
    query_share: float = Field(
        0.5, ge=0, le=1, description="Share of the crops that is never learned from, and measured on."
    )
    stops: list[Count] = Field(
        [15, 30, 60, 120], min_length=1, description="Numbers of steps that cross-validation chooses from."
    )
    n_folds: int = Field(4, gt=1, description="Folds of the cross-validation.")
    n_replay: int = Field(200, ge=0, description="Synthetic samples of data.replay that are learned from beside them.")
    learning_rate: float = Field(0.0005, gt=0, description="Learning rate.")
    min_confidence: float = Field(
        0.9, ge=0, le=1, description="Self-training: least confidence of a reading that is taken for a label."
    )


class SelftrainSettings(Stage):
    """Learn from crops without labels: confident readings that language agrees with become labels."""

    is_training = learns_crops = needs_training = needs_script = True

    max_steps: int = Field(60, gt=0, description="Steps of training.")
    augment: str = Field(description="Look of the replayed samples: the run's own `augment.name`, or a preset.")


class CalibrateSettings(Stage):
    """Fit confidences on validation pictures; what was fitted is kept in the bundle."""

    needs_training = True

    count: int = Field(
        1500, ge=0, description="Pictures; 0: what confidences of glyphs and lines are worth stays as it is."
    )
    batch_size: int = Field(32, gt=0, description="Pictures that are read at once.")
    augment: str = Field(description="Look of the pictures: the run's own `augment.name`, or a preset.")
    n_pages: int = Field(800, gt=0, description="model=lines: pages on which is fitted which found lines count.")
    n_reader_pages: int = Field(
        240,
        ge=0,
        description="Readers of lines, of a script without a finder: pages on which is fitted which found lines count; "
        "0: that stays as it is.",
    )
    n_certainty_pages: int = Field(
        300,
        ge=0,
        description="Readers of lines: pages on which is fitted what the probability of a line is worth; 0: it is not.",
    )
    reader: str | None = Field(
        None, description="model=lines: bundle that reads the lines; null: the released reader of the script."
    )


class EvaluateSettings(Stage):
    """Read pictures never trained on."""

    needs_training = needs_script = True

    count: int = Field(2000, gt=0, description="Samples that are rendered; stored sets are read as a whole.")
    split: Literal["test", "val"] = Field(
        "test", description="Split that is read; val: to choose by, and its figures are called NAME_val."
    )
    batch_size: int = Field(32, gt=0, description="Pictures that are read at once.")
    folders: list[str] = Field(
        [], description="Further sets: folders or zips of lines (labels.tsv), or of pages (annotations.json)."
    )
    segment: bool = Field(False, description="Recognizers of glyphs: cut lines into glyphs, and read those.")
    reread: bool = Field(
        False, description="Find lines read in doubt in their crop, straighten them and read them again."
    )
    pages: int = Field(
        0,
        ge=0,
        description="Synthetic whole pictures, some damaged, on which is measured what the probability of a line is "
        "worth; 0: none. With split=val they are those that it is fitted on.",
    )
    whole: bool = Field(
        False, description="Read the pictures of lines as whole pictures: found in them first, as people's are."
    )
    n_worst: Size = Field(24, description="Worst readings that the report shows.")
    augment: str = Field(description="Look of the rendered pictures: the run's own `augment.name`, or a preset.")
    language: bool = Field(True, description="Spell English from the shapes, where the script writes English.")
    words: str | None = Field(None, description="File of words that language shall know besides its own.")
    lines: str | None = Field(None, description="Bundle that finds lines; null: the released finder of the script.")
    scripts: list[str] | Literal["auto"] = Field(
        [], description="Whole pictures: further released scripts that are read there; auto: all that there are."
    )


class CurvesSettings(Stage):
    """CER and accuracy against the number of real crops, with 95 % intervals over draws."""

    needs_training = needs_script = True

    ways: list[Literal["scratch", "mnist", "synthetic", "fewshot", "selftrain"]] = Field(
        ["scratch", "mnist", "synthetic", "fewshot", "selftrain"], min_length=1, description="Ways to start."
    )
    ks: list[Size] = Field([0, 1, 2, 5, 10, 20, 50], min_length=1, description="Numbers of crops to learn from.")
    draws: int = Field(3, gt=0, description="Random divisions of the crops.")
    reread: bool = Field(False, description="Read lines in doubt again, straightened.")
    max_steps: int = Field(200, gt=0, description="Steps of the ways scratch and mnist.")
    stops: list[Count] = Field(
        [15, 30, 60],
        min_length=1,
        description="Numbers of steps of the way fewshot that cross-validation chooses from.",
    )
    selftrain_steps: int = Field(60, gt=0, description="Steps of the way selftrain.")
    augment: str = Field(description="Look of the replayed samples: the run's own `augment.name`, or a preset.")


class EpisodesSettings(Stage):
    """One-shot runs and random episodes, with 95 % intervals."""

    needs_training = True

    runs: str | None = Field(
        "omniglot/one_shot_runs_01_10", description="Zip or folder of one-shot runs below paths.data; null: none."
    )
    n_ways: list[Count] = Field([20, 5], description="Numbers of classes; smaller tasks are cut out of the runs.")
    background: str | None = Field(None, description="Zip or folder of drawings for random episodes; null: none.")
    alphabets: list[str] | None = Field(None, description="Alphabets of the background; null or []: all.")
    n_way: int = Field(20, gt=0, description="Classes of a random episode.")
    k_shot: int = Field(1, gt=0, description="Support pictures of each class of a random episode.")
    n_query: int = Field(1, gt=0, description="Query pictures of each class of a random episode.")
    count: int = Field(200, gt=0, description="Random episodes.")
    together: bool = Field(True, description="Read the queries of a task all at once, too (transductive).")
    hausdorff: bool = Field(True, description="Measure the modified Hausdorff distance beside the network.")


class LanguageSettings(Stage):
    """Shapes to English on lines of one to six words out of text files that nothing was learned from."""

    text: list[str] | str | None = Field(None, description="Files, folders or patterns of text.")
    pattern: str | None = Field(None, description="Regular expression; only what its group catches is taken.")
    rare_words: bool = Field(
        False, description="The text is a list of words: lines of frequent words with one that no list of ours has."
    )
    count: int = Field(2000, gt=0, description="Lines.")
    wrong_share: float = Field(
        0.05, ge=0, lt=1, description="Share of the shapes seen as another one, in the second measurement."
    )
    words: str | None = Field(None, description="File of words that language shall know besides its own.")


class BenchmarkSettings(Stage):
    """Lines per second: rendered, trained, read."""

    count: int = Field(1500, gt=0, description="Samples that are rendered.")
    augments: list[str] = Field(["none", "drawing", "screenshot"], min_length=1, description="Looks that are timed.")
    train_steps: int = Field(20, gt=0, description="Steps of training that are timed.")
    processes: list[Count] = Field([1, 2], description="Numbers of processes that making batches is timed with.")
    threads: list[Count] = Field([1, 2], description="Numbers of threads that reading is timed with.")
    batch_sizes: list[Count] = Field([1, 32], description="Batch sizes that reading is timed with.")
    n_pages: int = Field(12, gt=0, description="Pages that are read for the time that a person waits.")


class ProfileSettings(Stage):
    """Where the time of training goes, and what other ways to compute it take."""

    count: int = Field(256, gt=0, description="Samples that are rendered.")
    n_steps: int = Field(8, gt=0, description="Steps of training that are timed, of each way.")
    rounds: int = Field(3, gt=0, description="Rounds in which the ways take turns; the median counts.")
    compiled: bool = Field(False, description="Whether torch.compile is timed: a minute more, and a C++ compiler.")
    augment: str = Field(description="Look of the pictures: the run's own `augment.name`, or a preset.")


class ExportSettings(Stage):
    """ONNX with dynamic width and batch, refused where it differs from torch."""

    count: int = Field(200, gt=0, description="Pictures of the test split to compare on.")
    augment: str = Field(description="Look of the pictures: the run's own `augment.name`, or a preset.")


class RenderSettings(Stage):
    """Write a data set and a contact sheet."""

    count: int = Field(1000, gt=0, description="Samples.")
    format: Literal["folder", "lmdb", "parquet", "webdataset", "paddleocr", "tesseract", "kraken", "doctr", "coco"] = (
        Field("folder", description="What is written: what the trainer that is to read it wants.")
    )
    shard: str | None = Field(
        None,
        pattern=r"^[1-9][0-9]*/[1-9][0-9]*$",
        description="Which part of them this run renders, such as 2/8, the second of eight; null: all.",
    )
    split: Literal["train", "val", "test"] = Field("train", description="Split that is rendered.")
    augment: str = Field(description="Look of the pictures: the run's own `augment.name`, or a preset.")


class SummarySettings(Stage):
    """Layers, output shapes and parameters of the network."""

    width_px: int = Field(256, gt=0, description="Width of the example line, in px.")
    depth: int = Field(3, gt=0, description="Depth of nested layers that are listed.")


class StageSettings(Group):
    """The settings of every stage."""

    pretrain: PretrainSettings
    refine: RefineSettings
    adapt: AdaptSettings
    fewshot: FewshotSettings
    calibrate: CalibrateSettings
    evaluate: EvaluateSettings
    selftrain: SelftrainSettings
    curves: CurvesSettings
    episodes: EpisodesSettings
    language: LanguageSettings
    benchmark: BenchmarkSettings
    profile: ProfileSettings
    export: ExportSettings
    render: RenderSettings
    summary: SummarySettings


STAGES: dict[str, type[Stage]] = {
    name: field.annotation  # type: ignore[misc]  # a field's type is typed as any form of type
    for name, field in StageSettings.model_fields.items()
}
TRAINING = frozenset(name for name, stage in STAGES.items() if stage.is_training)


def learns_crops(stages: Sequence[str]) -> bool:
    """Return whether one of these stages learns from real crops, where the data are such."""
    return any(STAGES[name].learns_crops for name in stages)
