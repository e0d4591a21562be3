"""What a run starts with: settings checked before anything is built, and the recognizer: loaded, or a fresh network."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from experiments import weights as loaded
from experiments.augmentation import augmentation_for
from experiments.datasets import check_rendered, data_script, labeled_folders, make_samples, page_folders, synth_source
from experiments.fit import steps_done
from experiments.job import TRAINING, Run, SettingError, is_count
from glyphgen.datasets.augmented import make_deformation
from glyphgen.datasets.catalog import locate
from glyphgen.datasets.folder import FolderSet, PageFolder
from glyphgen.datasets.line_images import StoredLines
from glyphgen.datasets.omniglot import read_runs
from glyphgen.datasets.synthetic import SPLITS
from glyphgen.files import DataError
from glyphgen.render.augmentation import PRESETS
from glyphgen.script import Script, ScriptError
from recognizers import bundle
from recognizers.language.lexicon import read_words

LOGGERS = ("csv", "tensorboard", "wandb")


def _is_size(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def _is_one_of(*names: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in names


_COUNT = (is_count, "a whole number above 0")
_COUNTS = (lambda value: isinstance(value, list) and all(map(is_count, value)), "a list of whole numbers above 0")
# what a setting must be; a setting that a file of conf/ does not have is not asked for
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "seed": (lambda v: _is_size(v) and isinstance(v, int), "a whole number, 0 or more"),
    "storage": (_is_one_of(*bundle.STORAGES), f"one of {', '.join(bundle.STORAGES)}"),
    "logger.name": (_is_one_of(*LOGGERS), f"one of {', '.join(LOGGERS)}"),
    "model.weight_decay": (_is_size, "a number, 0 or more"),
    "data.max_graphemes": _COUNT,
    "data.n_faces": _COUNT,
    "data.redrawn_share": (lambda v: _is_size(v) and v <= 1, "a share from 0 to 1"),
    "data.handwritten_share": (lambda v: _is_size(v) and v <= 1, "a share from 0 to 1"),
    "optimizer.momentum": (lambda v: _is_size(v) and v < 1, "a number from 0 to below 1"),
    "schedule.factor": (lambda v: _is_size(v) and v > 0, "a number above 0"),
    "schedule.every": (lambda v: _is_size(v) and 0 < v <= 1, "a share of all steps, above 0"),
    "schedule.milestones": (
        lambda v: isinstance(v, list) and all(_is_size(x) and x <= 1 for x in v),
        "a list of shares of all steps",
    ),
    "trainer.n_threads": (lambda v: v == "auto" or is_count(v), "auto or a whole number above 0"),
    "trainer.n_workers": (lambda v: v in ("auto", 0) or is_count(v), "auto or a whole number, 0 or more"),
    "trainer.devices": (lambda v: v in ("auto", -1) or is_count(v), "auto, -1 or a whole number above 0"),
}
_STAGE_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(
        [
            "max_steps",
            "batch_size",
            "val_every",
            "n_val",
            "patience",
            "count",
            "train_steps",
            "n_pages",
            "n_way",
            "n_query",
            "draws",
            "n_pairs",
            "selftrain_steps",
        ],
        _COUNT,
    ),
    "k_shot": (lambda v: v == "all" or is_count(v), "all or a whole number above 0"),
    "stops": (lambda value: _COUNTS[0](value) and len(value) > 0, "a list of whole numbers above 0, one at least"),
    "n_folds": (lambda v: is_count(v) and v > 1, "a whole number above 1"),
    "ks": (
        lambda v: isinstance(v, list) and all(k == 0 or is_count(k) for k in v),
        "a list of whole numbers, 0 or more",
    ),
    **dict.fromkeys(("least", "query_share"), (lambda v: _is_size(v) and v <= 1, "a share from 0 to 1")),
    "n_replay": (lambda v: v == 0 or is_count(v), "a whole number, 0 or more"),
    "n_ways": _COUNTS,
    **dict.fromkeys(("learning_rate", "crop_learning_rate"), (lambda v: _is_size(v) and v > 0, "a number above 0")),
    "n_worst": (lambda v: v == 0 or is_count(v), "a whole number, 0 or more"),
    "wrong_share": (lambda v: _is_size(v) and v < 1, "a share from 0 to 1"),
    **dict.fromkeys(
        ("language", "segment", "reread", "freeze_trunk", "hausdorff", "together"),
        (lambda v: isinstance(v, bool), "true or false"),
    ),
    "ema": (lambda v: _is_size(v) and v < 1, "a decay from 0 (none) to 1, such as 0.999"),
    **dict.fromkeys(("class_balance", "label_smoothing"), (lambda v: _is_size(v) and v <= 1, "a number from 0 to 1")),
    "threads": _COUNTS,
    "batch_sizes": _COUNTS,
    "folders": (lambda v: isinstance(v, list) and all(isinstance(f, str) for f in v), "a list, such as [DIR]"),
    "split": (_is_one_of(*SPLITS), f"one of {', '.join(SPLITS)}"),
    "format": (_is_one_of("folder", "lmdb"), "folder or lmdb"),
}


def check(run: Run) -> None:
    """Fail now over what would fail a stage later. Raises SettingError, FontError, ScriptError or DataError."""
    settings = run.settings
    for name, (is_right, meaning) in _RULES.items():
        group, _, key = name.rpartition(".")
        values = settings[group] if group else settings
        if key in values and not is_right(values[key]):
            raise SettingError(f"{name} must be {meaning}, not {values[key]!r}")
    check_limit(settings)
    if settings.get("augment"):
        augmentation_for(settings["augment"]["name"], settings)
    for stage in settings["stages"]:
        own = run.stage(stage)
        check_augment(settings, stage)
        for key, (is_right, meaning) in _STAGE_RULES.items():
            if key in own and not is_right(own[key]):
                raise SettingError(f"stage.{stage}.{key} must be {meaning}, not {own[key]!r}")
        if own.get("resume"):
            if not Path(own["resume"]).is_file():
                raise SettingError(f"stage.{stage}.resume={own['resume']}: no such file")
            steps_done(own["resume"], f"stage.{stage}.resume")
        if own.get("words"):
            read_words(own["words"])
        for folder in own.get("folders", []):
            check_folders(folder, crops_script(settings))
    if "evaluate" in settings["stages"]:
        check_pages(run)
    check_episodes(run)
    if "episodes" in settings["stages"]:
        check_tasks(run)
    # settings before files: whoever misspelt one should learn it before fetching gigabytes
    check_deformation(settings["data"], "data")
    for stage in settings["stages"]:
        if (first := run.stage(stage).get("data")) is not None:
            if not isinstance(first, dict):
                raise SettingError(
                    f"stage.{stage}.data is a group of settings, not {first!r}; say +data@stage.{stage}.data={first}"
                )
            check_deformation(first, f"stage.{stage}.data")
    devices, n_cores = settings["trainer"]["devices"], os.cpu_count() or 1
    on_cpu = settings["trainer"]["accelerator"] == "cpu" or not torch.cuda.is_available()
    if on_cpu and isinstance(devices, int) and devices > n_cores:
        raise SettingError(f"trainer.devices={devices}: there is no GPU, and only {n_cores} cores")
    data = settings["data"]
    if "evaluate" in settings["stages"] and run.stage("evaluate")["split"] == "train":
        raise SettingError(
            "stage.evaluate.split must be test or val, not train: that is drawn and moved anew each time"
        )
    if data["kind"] == "omniglot" and set(settings["stages"]) <= {"episodes", "summary"}:
        return
    if data["kind"] not in (
        "folder",
        "mnist",
        "mnist_lines",
    ):  # those two may be fetched, or skipped for released weights
        check_data(data, settings, is_measured="evaluate" in settings["stages"])
    for stage in settings["stages"]:
        if (first := run.stage(stage).get("data")) is not None:
            check_data(first, settings, is_measured=False)
    if data["kind"] == "folder":
        check_folders(data["root"], crops_script(settings))
        if wrong := [stage for stage in settings["stages"] if stage in TRAINING and stage not in loaded.LEARNS_CROPS]:
            raise SettingError(
                f"data={data['name']} is real crops, so stages={wrong} can't be; say stages=[adapt], [selftrain] or "
                "[evaluate]"
            )


def check_limit(settings: dict[str, Any]) -> None:
    """Raise SettingError for a trainer.limit that no stage has a setting for, or that is no number of anything."""
    limit = settings["trainer"]["limit"]
    if limit is not None and not isinstance(limit, dict):
        raise SettingError(f"trainer.limit must be null or a group, such as {{max_steps: 6}}, not {limit!r}")
    known = {"n_faces", *(key for own in settings["stage"].values() for key, value in own.items() if is_count(value))}
    for key, value in (limit or {}).items():
        if key not in known:
            raise SettingError(f"trainer.limit has no setting {key!r}; there are {', '.join(sorted(known))}")
        if not is_count(value):
            raise SettingError(f"trainer.limit.{key} must be a whole number above 0, not {value!r}")


def check_augment(settings: dict[str, Any], stage: str) -> None:
    """Raise SettingError for an augmentation of a stage that is neither the run's own nor a preset."""
    names = list(dict.fromkeys([*PRESETS, (settings.get("augment") or {}).get("name", "none")]))
    own = settings["stage"][stage]
    if "augment" in own and own["augment"] not in names:
        raise SettingError(f"stage.{stage}.augment must be one of {', '.join(names)}, not {own['augment']!r}")
    if "augments" in own and (
        not isinstance(own["augments"], list) or any(one not in names for one in own["augments"])
    ):
        raise SettingError(f"stage.{stage}.augments must be a list of {', '.join(names)}, not {own['augments']!r}")


def check_deformation(data: dict[str, Any], name: str) -> None:
    """Raise SettingError for an impossible deformation or degradation of the group `name`."""
    if data.get("degradation", "none") not in PRESETS:
        raise SettingError(f"{name}.degradation must be one of {', '.join(PRESETS)}, not {data['degradation']!r}")
    if "deformation" not in data:
        return
    try:
        make_deformation(data["deformation"])
    except DataError as error:
        is_field = isinstance(data["deformation"], dict) and str(error).split()[0] in data["deformation"]
        raise SettingError(f"{name}.deformation{'.' if is_field else ' '}{error}") from error


def check_parts(settings: dict[str, Any]) -> None:
    """Raise SettingError for a part that a data set does not have; settings are as composed, before names are looked up
    in others.
    """
    groups = {"data": settings["data"], "stage.pretrain.data": settings["stage"]["pretrain"]["data"]}
    for name, data in groups.items():
        parts = list(data.get("parts") or data.get("scripts") or ()) if isinstance(data, dict) else []
        if parts and data["part"] not in parts and "${" not in str(data["part"]):
            raise SettingError(f"{name}.part must be one of {', '.join(parts)}, not {data['part']!r}")


def check_data(data: dict[str, Any], settings: dict[str, Any], is_measured: bool) -> None:
    """Open what a data set is made of; is_measured: its test is asked for too. Raises SettingError, FontError,
    ScriptError or DataError for what is missing or cannot be.
    """
    architecture = settings["model"]["architecture"]
    if data["kind"] in ("synth", "captcha_synth"):
        synth_source(data)
        return
    unit = bundle.network_class(architecture).unit
    if data["kind"] in ("glyphs", "lines") and not (_is_size(data["held_out"]) and 0 < data["held_out"] <= 0.3):
        raise SettingError(f"data.held_out must be a share above 0, at most 0.3, not {data['held_out']!r}")
    if data.get("rendered"):
        check_rendered(data)
        if set(settings["stages"]) & set(TRAINING):
            synth_source(data["rendered"])
        data = {**data, "rendered": None}  # its faces take half a minute
    for split in (
        SPLITS if is_measured or data["kind"] != "many_glyphs" else SPLITS[:2]
    ):  # glyphs of many alphabets have no test
        make_samples(data, unit, split, settings["seed"], 1, "none", settings["paths"]["data"])


def check_tasks(run: Run) -> None:
    """Raise DataError or SettingError for one-shot runs that are not there, or have fewer classes than asked for."""
    own = run.stage("episodes")
    if own["runs"]:
        tasks = read_runs(locate(run.settings["paths"]["data"], own["runs"]))
        n_classes = len(set(tasks[0].owners))
        if wrong := [n for n in own["n_ways"] if not 1 < n <= n_classes]:
            raise SettingError(f"stage.episodes.n_ways={wrong}: the tasks of {own['runs']} have {n_classes} classes")


def check_episodes(run: Run) -> None:
    """Raise SettingError for training by episodes whose batches are none."""
    data, weights = run.settings["data"], run.settings.get("weights")
    arguments = (
        run.settings["model"]["arguments"] if weights is None else bundle.read_header(weights)["arguments"]
    )  # which they decide
    k_shot = arguments.get("k_shot", 0)
    for stage in (stage for stage in ("pretrain", "adapt") if k_shot and stage in run.settings["stages"]):
        n_way, n_each, size = data.get("n_way", 0), data.get("n_each", 0), run.stage(stage)["batch_size"]
        if not n_way or n_each <= k_shot or size != n_way * n_each or run.stage(stage)["n_val"] % size:
            raise SettingError(
                f"model.arguments.k_shot={k_shot} trains by episodes: data.n_way must be above 0, data.n_each above "
                f"{k_shot}, and "
                f"a batch one episode (stage.{stage}.batch_size = n_way · n_each, n_val a multiple of it), not "
                f"{n_way} · {n_each} in {size}"
            )


def check_pages(run: Run) -> None:
    """Raise SettingError or BundleError for whole pictures, or lines that want a second look, that could not be read in
    the end.
    """
    settings, own = run.settings, run.stage("evaluate")
    if own["reread"]:
        bundle.finder_of(data_script(settings["data"], settings["paths"]["data"]), own["lines"])
    roots = own["folders"] + ([settings["data"]["root"]] if settings["data"]["kind"] == "folder" else [])
    architecture = settings["model"]["architecture"]
    unit = bundle.network_class(architecture).unit
    if unit == "page":
        if own["folders"]:
            raise SettingError(
                "stage.evaluate.folders: model=lines is measured on synthetic pages; read folders with model=crnn"
            )
    elif pages := page_folders(roots):
        if unit == "glyph" and not own["segment"]:
            raise SettingError(
                f"{pages[0]} holds whole pictures; model={architecture} reads single glyphs, take model=crnn or "
                "stage.evaluate.segment=true"
            )
        script = data_script(settings["data"], settings["paths"]["data"])
        bundle.finder_file(script, own["lines"])


def crops_script(settings: dict[str, Any]) -> Script:
    """Return the script that folders of crops are labelled in: that of the weights, where a run starts from weights and
    trains none of another script; else that of the data.
    """
    if settings["weights"] is None or settings["data"]["kind"] != "folder":
        return data_script(settings["data"], settings["paths"]["data"])
    return Script.from_dict(bundle.read_header(settings["weights"])["script"])


def check_folders(root: str, script: Script) -> None:
    """Raise DataError for a folder, or those in it, whose labels or pictures a later evaluation would stumble over."""
    for pages in page_folders([root]):
        whole = PageFolder(pages)
        for i in range(len(whole)):
            if not whole.path(i).is_file():
                raise DataError(f"{whole.path(i)}: listed in annotations.json but missing")
    for folder in labeled_folders(root, may_hold_pages=True):
        if folder.suffix == ".zip":
            StoredLines(folder, script)
            continue
        samples = FolderSet(folder)
        for i, (_, text) in enumerate(samples.rows):
            if not samples.path(i).is_file():
                raise DataError(f"{samples.path(i)}: listed in labels.tsv but missing")
            try:
                script.encode(text)
            except ScriptError as error:
                raise DataError(f"{samples.path(i)}: {error}") from error
