"""Refine: train what makes rendered lines look like unlabelled crops. A stage adapt after it trains on those."""

from __future__ import annotations

import cv2
import numpy as np
import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback
from torch.utils.data import DataLoader

from experiments.augmentation import augmentation_for
from experiments.batches import start_method
from experiments.datasets import data_of
from experiments.fit import n_workers
from experiments.job import Run
from experiments.refiner.crops import crop_files
from experiments.refiner.network import Refiner, fitted, refine_image, save_refiner
from experiments.refiner.training import LitRefiner, WindowPairs
from experiments.report.loggers import finish_loggers, log_picture, make_loggers
from experiments.report.progress import progress_bar
from experiments.trainer import stopped_plainly, without_expected_warnings
from glyphgen.files import written
from glyphgen.images import load_picture
from glyphgen.sample import Image
from recognizers.network import Network

_N_SHOWN, _ROW_PX, _COLUMN_PX = 14, 48, 420  # of the sheet


def refine(recognizer: Network, run: Run) -> Network:
    """Leave refine/refiner.safetensors and refine/before_after.png; the recognizer is not changed. Raises SettingError
    or PictureError for crops that are none.
    """
    own, folder, data = run.stage("refine"), run.stage_folder("refine"), data_of(run)
    crops = [fitted(load_picture(path)) for path in crop_files(own["crops"])]
    n_lines = own["max_steps"] * own["batch_size"]
    rendered = data.model_copy(update={"refiner": None}).open(
        "train",
        "line",
        run.seed,
        max(n_lines, _N_SHOWN),
        augmentation_for(own["augment"], run.settings),
        run.settings["paths"]["data"],
    )
    model = LitRefiner(
        Refiner(own["n_channels"], own["n_blocks"]), own["learning_rate"], own["similarity"], own["refiner_steps"]
    )
    loggers = make_loggers(run, "refine", folder)
    asked, callbacks = run.settings["callbacks"]["progress_bar"], list[Callback]()
    if asked["enabled"]:
        callbacks.append(progress_bar("refine", asked["refresh_rate"]))
    trainer = pl.Trainer(
        accelerator="cpu",  # both networks are small, and only the first process trains them
        devices=1,
        max_epochs=1,
        logger=loggers,
        callbacks=callbacks,
        enable_progress_bar=bool(callbacks),
        enable_checkpointing=False,
        enable_model_summary=False,
        log_every_n_steps=min(run.settings["trainer"]["log_every_n_steps"], max(1, own["max_steps"])),
        default_root_dir=folder,
    )
    if own["max_steps"]:
        pairs = WindowPairs(rendered, crops, own["batch_size"], own["max_steps"], run.seed)
        n = min(1, n_workers(run.settings["trainer"]))
        loader = DataLoader(
            pairs,
            batch_size=None,
            num_workers=n,
            prefetch_factor=4 if n else None,
            multiprocessing_context=start_method() if n else None,
        )
        with without_expected_warnings(), stopped_plainly():
            trainer.fit(model, loader)
    refiner = model.refiner.to("cpu").eval()
    figures = {"steps": own["max_steps"], "crops": len(crops), **model.figures}
    save_refiner(refiner, folder / "refiner.safetensors", run.provenance("refine", figures, {}))
    sheet = before_after([rendered[i].image for i in range(_N_SHOWN)], refiner, crops)
    with written(folder / "before_after.png") as part:
        part.write_bytes(cv2.imencode(".png", sheet)[1].tobytes())
    for logger in loggers[1:]:
        log_picture(logger, "before_after", sheet)
    finish_loggers(loggers)
    run.results["refine"] = figures
    run.say(
        f"refine: changes pictures by {figures['mean_change']} of 255 levels; the critic judges "
        f"{100 * figures['told_apart']:.1f} % rightly (50 % is chance); look at {folder / 'before_after.png'}"
    )
    return recognizer


def before_after(rendered: list[Image], refiner: Refiner, crops: list[Image]) -> Image:
    """Return a sheet (h, w, 3): a column of lines as rendered, one of the same refined, one of crops."""
    some = crops[:: max(1, len(crops) // len(rendered))][: len(rendered)]
    sheet = np.full(((len(rendered) + 1) * _ROW_PX, 3 * _COLUMN_PX, 3), 128, np.uint8)
    columns = {
        "rendered": rendered,
        "refined": [refine_image(refiner, image) for image in rendered],
        "crops": some,
    }
    for k, (title, column) in enumerate(columns.items()):
        left = k * _COLUMN_PX + 3
        cv2.putText(sheet, title, (left, _ROW_PX - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 1, cv2.LINE_AA)
        for row, image in enumerate(column, start=1):
            scale = min(1.0, (_ROW_PX - 6) / image.shape[0])
            shown = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:, : _COLUMN_PX - 6]
            sheet[row * _ROW_PX : row * _ROW_PX + shown.shape[0], left : left + shown.shape[1]] = shown
    return sheet
