"""Render: write a data set and a contact sheet to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2

from experiments.augmentation import augmentation_for
from experiments.datasets import data_of
from experiments.job import Run, SettingError
from experiments.report.progress import Steps
from glyphgen.contact_sheet import contact_sheet
from glyphgen.datasets.folder import write_folder, write_lmdb, write_pages
from recognizers.network import Network


def render(recognizer: Network, run: Run) -> Network:
    """Write `count` samples of `data`, of what the network reads, into the run's folder render/data, and
    render/sheet.png. Raises SettingError for a format that cannot hold them.
    """
    own, is_of_pages = run.stage("render"), recognizer.unit == "page"
    if is_of_pages and own["format"] != "folder":
        raise SettingError(f"stage.render.format={own['format']} holds lines and glyphs; write pages as a folder")
    samples = data_of(run).open(
        own["split"],
        recognizer.unit,
        run.seed,
        own["count"],
        augmentation_for(own["augment"], run.settings),
        run.settings["paths"]["data"],
    )
    folder = run.stage_folder("render")
    write: Callable[[Iterable[Any], Path], int] = write_folder if own["format"] == "folder" else write_lmdb
    count = min(own["count"], len(samples))
    n = (write_pages if is_of_pages else write)(
        (samples[i] for i in Steps(range(count), desc="rendering")), folder / "data"
    )
    shown = [samples[i] for i in range(min(12 if is_of_pages else 100, count))]
    sheet = contact_sheet([one.outlined() for one in shown], row_px=320) if is_of_pages else contact_sheet(shown)
    cv2.imwrite(str(folder / "sheet.png"), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    run.say(f"render: {n} pictures in {folder / 'data'}, a sheet in {folder / 'sheet.png'}")
    run.results["render"] = {"count": n, "folder": str(folder / "data")}
    return recognizer
