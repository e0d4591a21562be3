"""Where curves, pictures and tables go: CSV always, TensorBoard or wandb when asked for."""

from __future__ import annotations

import netrc
import os
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import CSVLogger, Logger

from experiments.context import Run


def make_loggers(run: Run, stage: str, folder: Path) -> list[Logger]:
    """Return the CSV logger and the chosen one. wandb works offline when there is no key."""
    loggers: list[Logger] = [CSVLogger(folder, name="", version="")]
    name = run.settings["logger"]["name"]
    if name == "tensorboard":
        from pytorch_lightning.loggers import TensorBoardLogger

        loggers.append(TensorBoardLogger(folder, name="", version="tensorboard"))
    elif name == "wandb":
        loggers.append(wandb_logger(run, stage))
    return loggers


def wandb_logger(run: Run, stage: str) -> Logger:
    """Return one wandb run per run folder and stage; offline without WANDB_API_KEY or a login."""
    import wandb
    from pytorch_lightning.loggers import WandbLogger

    has_key = bool(os.environ.get("WANDB_API_KEY")) or has_login("api.wandb.ai")
    if not has_key:
        run.say("wandb: no key found, logging offline (send it later: wandb sync)")
    logger = WandbLogger(project=run.settings["logger"]["project"], name=f"{run.folder.name}-{stage}", group=run.folder.name,
                         save_dir=str(run.folder), offline=not has_key, log_model=False, settings=wandb.Settings(silent=True))  # fmt: skip
    logger.experiment.config.update(run.settings, allow_val_change=True)
    return logger


def has_login(host: str) -> bool:
    """Return whether ~/.netrc knows a host."""
    try:
        return netrc.netrc().authenticators(host) is not None
    except (OSError, netrc.NetrcParseError):
        return False


def log_picture(logger: Logger, name: str, picture: Any) -> None:
    """Show a picture (h, w, 3) in wandb or TensorBoard."""
    if hasattr(logger, "log_image"):
        logger.log_image(name, [picture])
    elif hasattr(logger.experiment, "add_image"):  # type: ignore[attr-defined]
        logger.experiment.add_image(name, picture, 0, dataformats="HWC")  # type: ignore[attr-defined]


def log_table(logger: Logger, name: str, rows: list[list[str]]) -> None:
    """Show a table, its first row the titles, in wandb or TensorBoard."""
    if hasattr(logger, "log_table"):
        logger.log_table(name, columns=rows[0], data=rows[1:])
    elif hasattr(logger.experiment, "add_text"):  # type: ignore[attr-defined]
        lines = ["|" + "|".join(cell or " " for cell in row) + "|" for row in rows]
        logger.experiment.add_text(name, "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]), 0)  # type: ignore[attr-defined]


def finish_loggers(loggers: list[Logger]) -> None:
    """Write what is left, and end a wandb run, so that the next stage starts its own."""
    for logger in loggers:
        logger.finalize("success")
    if any(type(logger).__name__ == "WandbLogger" for logger in loggers):
        import wandb

        wandb.finish()
