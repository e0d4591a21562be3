"""Render: write a data set and a contact sheet to look at."""

from __future__ import annotations

import cv2

from experiments.augmentation import augmentation_for
from experiments.datasets import data_of
from experiments.job import Run
from experiments.report.progress import Steps
from glyphgen.contact_sheet import contact_sheet
from glyphgen.datasets.folder import write_folder, write_lmdb
from recognizers.recognizer import Recognizer


def render(recognizer: Recognizer, run: Run) -> Recognizer:
    """Write `count` samples of `data` into the run's folder render/data, and render/sheet.png."""
    own = run.stage("render")
    samples = data_of(run).open(
        own["split"],
        recognizer.unit,
        run.seed,
        own["count"],
        augmentation_for(own["augment"], run.settings),
        run.settings["paths"]["data"],
    )
    folder = run.stage_folder("render")
    write = write_folder if own["format"] == "folder" else write_lmdb
    count = min(own["count"], len(samples))
    n = write((samples[i] for i in Steps(range(count), desc="rendering")), folder / "data")
    sheet = contact_sheet([samples[i] for i in range(min(100, count))], with_boxes=False)
    cv2.imwrite(str(folder / "sheet.png"), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    run.say(f"render: {n} pictures in {folder / 'data'}, a sheet in {folder / 'sheet.png'}")
    run.results["render"] = {"count": n, "folder": str(folder / "data")}
    return recognizer
