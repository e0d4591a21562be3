"""Adapt to the target script: keep the trunk, change the head, train on synthetic pictures."""

from __future__ import annotations

from experiments.context import Run
from experiments.data import data_script, make_samples
from experiments.fit import fit
from recognizers import bundle
from recognizers.recognizer import Recognizer


def adapt(recognizer: Recognizer, run: Run) -> Recognizer:
    """Return the recognizer trained on `data`; the head is new unless the recognizer already reads its script."""
    own, data = run.stage("adapt"), run.settings["data"]
    script = data_script(data)
    if recognizer.script != script:
        recognizer = recognizer.with_script(script)
    limit = run.settings["trainer"]["limit"] or {}
    root, length = run.settings["paths"]["data"], own["max_steps"] * own["batch_size"]
    train = make_samples(data, recognizer.unit, "train", run.seed, length, own["augment"], root, limit.get("n_faces"))
    val = make_samples(data, recognizer.unit, "val", run.seed, own["n_val"], own["augment"], root, limit.get("n_faces"))
    figures = fit(recognizer, train, val, run, "adapt")
    run.results["adapt"] = figures
    bundle.save(recognizer, run.stage_folder("adapt") / "bundle.safetensors", run.provenance("adapt", figures))
    return recognizer
