"""Evaluate: read pictures never trained on through `read_batch`, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

from experiments.context import Run
from experiments.data import data_script, labeled_folders, make_samples
from experiments.fit import make_loggers
from experiments.report import write_report
from glyphgen.files import DataError
from glyphgen.sample import FolderSet, Sample
from glyphgen.script import Script, ScriptError
from recognizers.metrics import score
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
    sets: dict[str, Sequence[Sample]] = {}
    if data["kind"] == "folder":
        sets.update({folder.name: FolderSet(folder) for folder in labeled_folders(data["root"])})
    else:
        n_faces = (run.settings["trainer"]["limit"] or {}).get("n_faces")
        test = make_samples(data, recognizer.unit, "test", run.seed, own["count"], own["augment"], run.settings["paths"]["data"], n_faces)
        sets["synthetic" if data["kind"] == "synth" else data["name"]] = test
    for root in own["folders"]:
        sets.update({folder.name: FolderSet(folder) for folder in labeled_folders(root)})
    scored: dict[str, Any] = {}
    for name, samples in sets.items():
        truths, readings = read_all(recognizer, samples, script, own["batch_size"], name)
        scored[name] = score(truths, readings)
        write_report(run.stage_folder("evaluate") / name, samples, truths, readings, own["n_worst"])
    run.results["evaluate"] = scored
    _log(run, scored)
    return recognizer


def read_all(
    recognizer: Recognizer, samples: Sequence[Sample], script: Script, batch_size: int, name: str
) -> tuple[list[str], list[Reading]]:
    """Return the canonical truths and the readings of all samples."""
    truths: list[str] = []
    readings: list[Reading] = []
    for start in tqdm(range(0, len(samples), batch_size), desc=f"reading {name}", leave=False):
        rows = [samples[i] for i in range(start, min(start + batch_size, len(samples)))]
        for row in rows:
            try:
                truths.append(script.canonical(row.text))
            except ScriptError as error:
                raise DataError(f"{row.origin}: {error}") from error
        readings += recognizer.read_batch([row.image for row in rows])
    return truths, readings


def _log(run: Run, scored: dict[str, Any]) -> None:
    folder = run.stage_folder("evaluate")
    loggers = make_loggers(run, "evaluate", folder)
    flat = {f"test/{name}/{key}": value for name, figures in scored.items() for key, value in figures.items()}
    for logger in loggers:
        logger.log_metrics(flat)
        logger.save()
    if len(loggers) > 1 and hasattr(loggers[1], "log_table"):
        from PIL import Image

        for name in scored:
            rows = (folder / name / "worst.tsv").read_text(encoding="utf-8").splitlines()
            loggers[1].log_table(f"worst/{name}", columns=rows[0].split("\t"), data=[row.split("\t") for row in rows[1:]])
            for picture in ("samples", "worst", "confusion", "calibration"):
                loggers[1].log_image(f"{picture}/{name}", [Image.open(folder / name / f"{picture}.png")])  # type: ignore[attr-defined]
        import wandb

        wandb.finish()
