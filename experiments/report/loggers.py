"""Where curves, pictures and tables go: CSV always, TensorBoard or wandb when asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import CSVLogger, Logger

from experiments.job import Run, SettingError


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
    """Return one wandb run per run folder and stage; offline where wandb knows no login for its server. A mode that the
    user set for wandb stays as it is.
    """
    import wandb
    from pytorch_lightning.loggers import WandbLogger
    from wandb.sdk import wandb_setup

    settings = wandb_setup.singleton().settings  # of the environment and of wandb's own files; starts nothing
    is_offline = settings.mode == "online" and not has_login(settings.base_url)
    if is_offline:
        run.say(
            f"wandb: no login for {settings.base_url} found, logging offline (send it later: wandb login, wandb sync)"
        )
    logger = WandbLogger(
        project=run.settings["logger"]["project"],
        name=f"{run.folder.name}-{stage}",
        group=run.folder.name,
        save_dir=str(run.folder),
        log_model=False,
        mode="offline" if is_offline else None,
        settings=wandb.Settings(silent=True),
    )
    # Lightning passes this on whether or not it was asked for, and wandb says at every run that it has no effect
    logger._wandb_init.pop("anonymous", None)
    logger.experiment.config.update(run.settings, allow_val_change=True)
    return logger


def has_login(server: str) -> bool:
    """Return whether wandb has a key for a server: of its environment variables, a netrc file, or its settings. Asks
    nobody.
    """
    from wandb.errors import AuthenticationError
    from wandb.sdk.lib import wbauth

    try:
        return (
            wbauth.authenticate_session(host=server, source="logger=wandb", prompt=False, update_session=False)
            is not None
        )
    except AuthenticationError as error:
        raise SettingError(f"logger=wandb: {error}") from error


def log_picture(logger: Logger, name: str, picture: Any) -> None:
    """Show a picture (h, w, 3) in wandb or TensorBoard."""
    if hasattr(logger, "log_image"):
        logger.log_image(name, [picture])
    elif hasattr(logger.experiment, "add_image"):  # type: ignore[attr-defined]  # of the logger's own client
        # as above
        logger.experiment.add_image(name, picture, 0, dataformats="HWC")  # type: ignore[attr-defined]


def log_table(logger: Logger, name: str, rows: list[list[str]]) -> None:
    """Show a table, its first row the titles, in wandb or TensorBoard."""
    if hasattr(logger, "log_table"):
        logger.log_table(name, columns=rows[0], data=rows[1:])
    elif hasattr(logger.experiment, "add_text"):  # type: ignore[attr-defined]  # of the logger's own client
        lines = ["|" + "|".join(cell or " " for cell in row) + "|" for row in rows]
        logger.experiment.add_text(  # type: ignore[attr-defined]  # of the logger's own client
            name,
            "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]),
            0,
        )


def finish_loggers(loggers: list[Logger]) -> None:
    """Write what is left, and end a wandb run, so that the next stage starts its own."""
    for logger in loggers:
        logger.finalize("success")
    if any(type(logger).__name__ == "WandbLogger" for logger in loggers):
        import wandb

        wandb.finish()
