"""What no group of settings can know alone: whether settings of several groups fit together, and whether the files that
they name are there. Checked before anything is built, so that no run fails a stage later.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from experiments.conf_folder import CONF
from experiments.datasets import DataSet, data_of, labeled_folders, page_folders, parse
from experiments.datasets.crops import Crops
from experiments.datasets.synthetic import Synthetic
from experiments.fit import n_devices
from experiments.job import Run, SettingError
from experiments.measure.english_lines import texts_asked
from experiments.measure.pages import nothing_finds
from experiments.objective import check_objective
from experiments.refiner.crops import crop_files
from experiments.resume import steps_done
from experiments.run_folders import are_started_by_others, is_sweep_job
from experiments.settings.stages import STAGES, TRAINING
from experiments.stages.render import shard_of
from experiments.synthetic_pages import makes_pages
from experiments.weights import check_script
from glyphgen.datasets.catalog import locate
from glyphgen.datasets.folder import FolderSet, PageFolder
from glyphgen.datasets.line_images import StoredLines
from glyphgen.datasets.omniglot import read_runs
from glyphgen.files import DataError
from glyphgen.render.augmentation import PRESETS
from glyphgen.render.lacking import without
from glyphgen.script import Script, ScriptError
from recognizers import bundle, bundle_file, opening, released
from recognizers.language.lexicon import read_words
from recognizers.runtime.session import n_cores


def check(run: Run) -> None:
    """Fail now over what would fail a stage later. Raises SettingError, FontError, ScriptError or DataError."""
    settings, data = run.settings, data_of(run)
    for stage in settings["stages"]:
        check_augment(settings, stage)
        check_files(run, data, stage)
    if (
        "pretrain" in settings["stages"]
        and run.stage("pretrain")["max_steps"] == 0
        and settings["model"]["architecture"] != "lines"
    ):
        raise SettingError(
            f"stages: model={settings['model']['architecture']} is not pretrained on digits; leave pretrain out, or "
            "give stage.pretrain.max_steps" + _recipes(settings["model"]["architecture"])
        )
    check_objective(settings["objective"], settings["stages"])
    if "render" in settings["stages"]:
        shard_of(run.stage("render")["shard"], run.stage("render")["count"])
    if "evaluate" in settings["stages"]:
        check_pages(run)
    check_episodes(run)
    if "episodes" in settings["stages"]:
        check_tasks(run)
    if "language" in settings["stages"]:
        texts_asked(run.stage("language")["text"])
    check_devices(settings["trainer"])
    check_weights(settings, data)
    if data.is_of_tasks and set(settings["stages"]) <= {"episodes", "summary"}:
        return
    check_data(run, data)


def _recipes(architecture: str) -> str:
    """Return what to add of the recipes that train a network."""
    names = [
        path.stem
        for path in sorted((CONF / "experiment").glob("*.yaml"))
        if f"override /model: {architecture}\n" in path.read_text(encoding="utf-8")
    ]
    return f"; or take a recipe: {', '.join(f'experiment={name}' for name in names)}" if names else ""


def check_files(run: Run, data: DataSet, stage: str) -> None:
    """Raise SettingError, WordsError or DataError for files of a stage that are not there, or no such files."""
    own = run.stage(stage)
    if own.get("resume"):
        if not Path(own["resume"]).is_file():
            raise SettingError(f"stage.{stage}.resume={own['resume']}: no such file")
        steps_done(own["resume"], f"stage.{stage}.resume")
    if stage == "refine":
        check_refining(run, data)
    if own.get("words"):
        read_words(own["words"])
    for folder in own.get("folders", []):
        check_folders(folder, crops_script(run.settings, data))


def check_augment(settings: dict[str, Any], stage: str) -> None:
    """Raise SettingError for an augmentation of a stage that is neither the run's own nor a preset."""
    names = list(dict.fromkeys([*PRESETS, settings["augment"]["name"]]))
    own = settings["stage"][stage]
    for key, asked in (("augment", [own.get("augment", "none")]), ("augments", own.get("augments", []))):
        if wrong := [one for one in asked if one not in names]:
            raise SettingError(f"stage.{stage}.{key} must be one of {', '.join(names)}, not {wrong[0]!r}")
    try:
        without(PRESETS["none"], own.get("without", ()))
    except DataError as error:
        raise SettingError(f"stage.{stage}.without: {error}") from error


def check_refining(run: Run, data: DataSet) -> None:
    """Raise SettingError for a stage refine that has nothing to refine, or nothing to make it look like."""
    if not isinstance(data, Synthetic):
        raise SettingError(f"stages=[refine] changes rendered lines, as of data=hylian_synth, not data={data.name}")
    architecture = run.settings["model"]["architecture"]
    if bundle.network_class(architecture).unit != "line":
        raise SettingError(f"stages=[refine] changes lines, which model={architecture} does not read; take model=crnn")
    if data.refiner:
        raise SettingError("data.refiner names a refiner, and stages=[refine] makes one; leave one of them out")
    stages = run.settings["stages"]
    if early := [stage for stage in stages[: stages.index("refine")] if STAGES[stage].is_training]:
        raise SettingError(f"stages: refine comes after {early[0]}, which would train on plain lines; put it first")
    crop_files(run.stage("refine")["crops"])


def check_devices(trainer: dict[str, Any]) -> None:
    """Raise SettingError for more devices than there are, and for several in a job of a sweep where nobody else starts
    the processes: each would start the sweep again.
    """
    devices = trainer["devices"]
    on_cpu = trainer["accelerator"] == "cpu" or not torch.cuda.is_available()
    if on_cpu and isinstance(devices, int) and devices > n_cores():
        raise SettingError(f"trainer.devices={devices}: there is no GPU, and only {n_cores()} cores")
    if is_sweep_job() and n_devices(trainer) > 1 and not are_started_by_others():
        raise SettingError(
            f"trainer.devices={devices}: a job of a sweep trains in one process, unless torchrun or SLURM starts them; "
            "start these runs one by one"
        )


def check_data(run: Run, data: DataSet) -> None:
    """Raise SettingError, FontError, ScriptError or DataError for data sets that are missing, or not for these
    stages.
    """
    settings, stages, root = run.settings, run.settings["stages"], run.settings["paths"]["data"]
    unit = bundle.network_class(settings["model"]["architecture"]).unit
    is_measured, is_trained = "evaluate" in stages, bool(TRAINING & set(stages))
    if isinstance(data, Crops):
        if not Path(data.root).exists():
            raise SettingError(
                f"data.root={data.root}: no such folder or zip; it holds pictures and a labels.tsv that says what is "
                "written on them, or folders of such"
            )
        check_folders(data.root, crops_script(settings, data))
        if wrong := [stage for stage in stages if STAGES[stage].is_training and not STAGES[stage].learns_crops]:
            raise SettingError(
                f"data={data.name} is real crops, so stages={wrong} can't be; say stages=[adapt], [selftrain] or "
                "[evaluate]"
            )
    else:
        data.check_unit(unit)
        if not data.is_fetched:  # what is may not be needed, where released weights are taken
            data.check(unit, run.seed, root, is_measured, is_trained)
    if "pretrain" in stages and (first := settings["stage"]["pretrain"]["data"]) is not None:
        parse(first, "stage.pretrain.data").check(unit, run.seed, root, False, is_trained)


def check_weights(settings: dict[str, Any], data: DataSet) -> None:
    """Raise SettingError for weights that are read with as they are, and read another script than the data's."""
    first = next((stage for stage in settings["stages"] if STAGES[stage].is_training or stage == "evaluate"), None)
    if settings["weights"] is None or first != "evaluate":
        return
    own = Script.from_dict(bundle_file.read_header(settings["weights"])["script"])
    script = data.script_of(settings["paths"]["data"])
    check_script(f"weights={settings['weights']}", own, script, data.name)


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
        run.settings["model"]["arguments"] if weights is None else bundle_file.read_header(weights)["arguments"]
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
    """Raise SettingError or BundleError for whole pictures, or lines to read again, that could not be read in the
    end.
    """
    settings, own, data = run.settings, run.stage("evaluate"), data_of(run)
    root, architecture = settings["paths"]["data"], settings["model"]["architecture"]
    if own["reread"]:
        opening.finder_of(data.script_of(root), own["lines"])
    unit = bundle.network_class(architecture).unit
    if unit == "page":
        if own["folders"]:
            raise SettingError(
                "stage.evaluate.folders: model=lines is measured on synthetic pages; read folders with model=crnn"
            )
        if own["pages"]:
            raise SettingError("stage.evaluate.pages is for what reads lines; model=lines has stage.evaluate.count")
        return
    pages: list[Any] = page_folders(own["folders"] + ([data.root] if isinstance(data, Crops) else []))
    if own["pages"]:
        if not makes_pages(run):
            raise SettingError(
                "stage.evaluate.pages are made of synthetic lines in English only, such as data=hylian_synth; leave "
                "it at 0"
            )
        pages.append(f"stage.evaluate.pages={own['pages']}")
    if pages:
        if unit == "glyph" and not own["segment"]:
            raise SettingError(
                f"{pages[0]}: these are whole pictures; model={architecture} reads single glyphs, take model=crnn or "
                "stage.evaluate.segment=true"
            )
        if own["lines"] is not None:
            bundle_file.finder_file(data.script_of(root), own["lines"])
        elif not _has_finder(run, data.script_of(root)):
            raise nothing_finds(data.script_of(root))
        known = released.scripts_of_pages()
        if own["scripts"] != "auto" and (wrong := [name for name in own["scripts"] if name not in known]):
            raise SettingError(f"stage.evaluate.scripts: {wrong[0]!r} is none of {', '.join(known)}")


def _has_finder(run: Run, script: Script) -> bool:
    """Return whether the stage evaluate will have something that finds lines of a script."""
    settings = run.settings
    if released.finder_name(script) or "calibrate" in settings["stages"][: settings["stages"].index("evaluate")]:
        return True
    if settings["weights"] is not None:
        return "acceptance" in bundle_file.read_header(settings["weights"])
    chosen = released.choose(settings["model"]["architecture"], script, settings["data"]["name"], settings["name"])
    return chosen is not None and chosen.pages


def crops_script(settings: dict[str, Any], data: DataSet) -> Script:
    """Return the script that folders of crops are labelled in: that of the weights, where a run starts from weights and
    trains none of another script; else that of the data.
    """
    if settings["weights"] is None or not data.is_real_crops:
        return data.script_of(settings["paths"]["data"])
    return Script.from_dict(bundle_file.read_header(settings["weights"])["script"])


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
