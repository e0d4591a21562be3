"""Evaluate: read pictures never trained on through `read_batch`, and nothing else."""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

from tqdm import tqdm

from experiments.context import Run, write_json
from experiments.data import data_script, labeled_folders, make_samples
from experiments.fit import finish_loggers, log_picture, log_table, make_loggers
from experiments.report import write_report
from glyphgen.files import DataError
from glyphgen.sample import FolderSet, Sample
from glyphgen.script import Script, ScriptError
from recognizers.metrics import grapheme_errors, score
from recognizers.preprocess import PictureLike, load_picture
from recognizers.reading import Reading
from recognizers.recognizer import Recognizer


def evaluate(recognizer: Recognizer, run: Run) -> Recognizer:
    """Score the test split of `data` and every folder; write pictures and a report. Returns the same recognizer.

    Raises DataError when the recognizer's script is not the one the data is written in.
    """
    own, data = run.stage("evaluate"), run.settings["data"]
    script = data_script(data)
    if recognizer.script.alphabet != script.alphabet:
        raise DataError(
            f"the weights read the script {recognizer.script.name!r} ({recognizer.script.alphabet!r}), data={data['name']} is "
            f"written in {script.name!r} ({script.alphabet!r}); choose other weights or another data.script"
        )
    folders = [folder for root in own["folders"] for folder in labeled_folders(root)]
    sets: dict[str, Sequence[Sample]] = {}
    if data["kind"] == "folder":
        folders = labeled_folders(data["root"]) + folders
    else:
        n_faces = (run.settings["trainer"]["limit"] or {}).get("n_faces")
        test = make_samples(data, recognizer.unit, "test", run.seed, own["count"], own["augment"], run.settings["paths"]["data"], n_faces)
        sets["synthetic" if data["kind"] == "synth" else data["name"]] = test
    for folder in folders:
        sets[free_name(folder, sets)] = FolderSet(folder)
    scored: dict[str, Any] = {}
    for name, samples in sets.items():
        truths, readings = read_all(recognizer, samples, script, own["batch_size"], name)
        scored[name] = score(truths, readings)
        folder = run.stage_folder("evaluate") / name
        write_report(folder, samples, truths, readings, scored[name], own["n_worst"])
        write_json(folder / "graphemes.json", grapheme_errors(truths, [r.text for r in readings]))
    run.results["evaluate"] = scored
    _log(run, scored)
    return recognizer


def free_name(folder: Path, taken: Container[str]) -> str:
    """Name a set after its folder; after more of its path, or a number, when that name is taken."""
    parts = folder.resolve().parts[1:] or ("root",)
    names = ["-".join(parts[-n:]) for n in range(1, len(parts) + 1)]
    return next(name for name in chain(names, (f"{names[0]}-{n}" for n in count(2))) if name not in taken)


def read_all(
    recognizer: Recognizer, samples: Sequence[Sample], script: Script, batch_size: int, name: str
) -> tuple[list[str], list[Reading]]:
    """Return the canonical truths and the readings of all samples."""
    truths: list[str] = []
    readings: list[Reading] = []
    for start in tqdm(range(0, len(samples), batch_size), desc=f"reading {name}", leave=False):
        pictures: list[PictureLike] = []
        for i in range(start, min(start + batch_size, len(samples))):
            if isinstance(samples, FolderSet):  # the file itself, as the app reads it
                picture, text, origin = samples.path(i), samples.rows[i][1], str(samples.path(i))
            else:
                sample = samples[i]
                picture, text, origin = sample.image, sample.text, sample.origin
            try:
                truths.append(script.canonical(text))
            except ScriptError as error:
                raise DataError(f"{origin}: {error}") from error
            pictures.append(picture)
        readings += recognizer.read_batch(pictures)
    return truths, readings


def _log(run: Run, scored: dict[str, Any]) -> None:
    folder = run.stage_folder("evaluate")
    loggers = make_loggers(run, "evaluate", folder / "log")
    flat = {f"test/{name}/{key}": value for name, figures in scored.items() for key, value in figures.items()}
    for logger in loggers:
        logger.log_metrics(flat)
        logger.save()
    for logger in loggers[1:]:
        for name in scored:
            table = (folder / name / "worst.tsv").read_text(encoding="utf-8")
            log_table(logger, f"worst/{name}", [row.split("\t") for row in table.splitlines()])
            for picture in ("samples", "worst", "confusion", "calibration"):
                log_picture(logger, f"{picture}/{name}", load_picture(folder / name / f"{picture}.png"))
    finish_loggers(loggers)
