"""Render: write a data set and a contact sheet to look at."""

from __future__ import annotations

import cv2

from experiments.augmentation import augmentation_for
from experiments.datasets import data_of
from experiments.job import Run, SettingError
from experiments.report.progress import Steps
from glyphgen.contact_sheet import contact_sheet
from glyphgen.files import DataError
from glyphgen.formats.catalog import check_format, write_set
from glyphgen.formats.format import SetFacts
from recognizers.network import Network


def render(recognizer: Network, run: Run) -> Network:
    """Write `count` samples of `data`, of what the network reads, or one shard of them, into the run's folder
    render/data, and render/sheet.png. Raises SettingError for a format that cannot hold them.
    """
    own, is_of_pages = run.stage("render"), recognizer.unit == "page"
    try:
        check_format(own["format"], recognizer.unit)
    except DataError as error:
        raise SettingError(f"stage.render.format={own['format']}: {error}") from error
    samples = data_of(run).open(
        own["split"],
        recognizer.unit,
        run.seed,
        own["count"],
        augmentation_for(own["augment"], run.settings),
        run.settings["paths"]["data"],
    )
    folder = run.stage_folder("render")
    part = shard_of(own["shard"], min(own["count"], len(samples)))
    rendered = (samples[i] for i in Steps(part, desc="rendering"))
    alphabet = tuple(grapheme.canonical for grapheme in recognizer.script.graphemes)
    facts = SetFacts(own["split"], recognizer.unit, recognizer.script.name, alphabet)
    n = write_set(rendered, folder / "data", own["format"], facts, part.start)  # no name is in two shards
    shown = [samples[i] for i in part[: 12 if is_of_pages else 100]]
    sheet = contact_sheet([one.outlined() for one in shown], row_px=320) if is_of_pages else contact_sheet(shown)
    cv2.imwrite(str(folder / "sheet.png"), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    run.say(f"render: {n} pictures in {folder / 'data'}, a sheet in {folder / 'sheet.png'}")
    run.results["render"] = {"count": n, "folder": str(folder / "data")}
    return recognizer


def shard_of(shard: str | None, count: int) -> range:
    """Return which of `count` samples the shard k/n has: parts whose sizes differ by one at most, which together are
    all. Raises SettingError for one that there is not, or that is empty.
    """
    k, n = map(int, (shard or "1/1").split("/"))
    if k > n:
        raise SettingError(f"stage.render.shard={shard}: of {n} shards the last is {n}/{n}")
    if n > count:
        raise SettingError(f"stage.render.shard={shard}: {count} samples make {count} shards at most")
    return range((k - 1) * count // n, k * count // n)
