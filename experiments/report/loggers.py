"""Where curves, pictures and tables go: CSV always, TensorBoard and wandb when asked for, one or both."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger
from pytorch_lightning.loggers.csv_logs import ExperimentWriter

from experiments.job import Run, flat
from experiments.report.tracking import StageLogger, config_of, open_tracker
from experiments.run_folders import is_first


def make_loggers(run: Run, stage: str, folder: Path, earlier: Sequence[Mapping[str, Any]] = ()) -> list[Logger]:
    """Return the CSV logger, which begins with the rows of an earlier run that this one goes on from, and those that
    are asked for. Of processes that train together the first has wandb.
    """
    csv_logger = CSVLogger(folder, name="", version="")
    with warnings.catch_warnings():  # that what is there is written anew, which is meant
        warnings.filterwarnings("ignore", message=".*Experiment logs directory.*exists and is not empty.*")
        writer = csv_logger.experiment
    if isinstance(writer, ExperimentWriter):  # of processes that train together only the first has one
        writer.metrics.extend(dict(row) for row in earlier)
    loggers: list[Logger] = [csv_logger]
    asked = run.settings["logger"]
    if asked["tensorboard"]:
        loggers.append(TensorBoardLogger(folder, name="", version="tensorboard"))
    if asked["wandb"] is not None and is_first():
        loggers.append(StageLogger(open_tracker(run), stage))
    return loggers


def rows_before(path: Path, step: int) -> list[dict[str, Any]]:
    """Return the rows of a metrics.csv before a step; none where there is no such file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{name: text for name, text in row.items() if text} for row in csv.DictReader(file)]
    return [row for row in rows if row.get("step") and int(row["step"]) < step]


def log_picture(logger: Logger, name: str, picture: Any) -> None:
    """Show a picture (h, w, 3) in wandb or TensorBoard."""
    if isinstance(logger, StageLogger):
        logger.log_image(name, [picture])
    elif isinstance(logger, TensorBoardLogger):
        logger.experiment.add_image(name, picture, 0, dataformats="HWC")


def log_table(logger: Logger, name: str, titles: list[str], rows: list[list[Any]]) -> None:
    """Show a table in wandb or TensorBoard. Cells that are paths are pictures: wandb shows them, TensorBoard names
    them.
    """
    if isinstance(logger, StageLogger):
        logger.log_rows(name, titles, rows)
    elif isinstance(logger, TensorBoardLogger):
        lines = ["|" + "|".join(str(cell) or " " for cell in row) + "|" for row in [titles, *rows]]
        logger.experiment.add_text(name, "\n".join([lines[0], "|---" * len(titles) + "|", *lines[1:]]), 0)


def finish_loggers(loggers: list[Logger]) -> None:
    """Write what is left of a stage. A run of wandb goes on to the next."""
    for logger in loggers:
        logger.finalize("success")


def log_hyperparameters(run: Run) -> None:
    """Write the settings of a run and its figures where TensorBoard's table of runs looks for them."""
    if not run.settings["logger"]["tensorboard"]:
        return
    logger = TensorBoardLogger(run.folder, name="", version="tensorboard")
    figures = {name: value for name, value in flat(run.results, "/") if isinstance(value, int | float)}
    settings = {
        name: value if isinstance(value, bool | int | float | str) else str(value)
        for name, value in config_of(run).items()
    }
    logger.log_hyperparams(settings, {name: float(value) for name, value in figures.items()})
    logger.finalize("success")
