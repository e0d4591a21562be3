"""Adapt to the target script: keep the trunk, change the head, train on synthetic pictures."""

from __future__ import annotations

from experiments.context import Run
from experiments.data import data_script
from experiments.fit import train
from recognizers.recognizer import Network, Recognizer


def adapt(recognizer: Network, run: Run) -> Network:
    """Return the recognizer trained on `data`; the head is new unless the recognizer already reads its script."""
    data = run.settings["data"]
    script = data_script(data, run.settings["paths"]["data"])
    if isinstance(recognizer, Recognizer) and recognizer.script != script:
        recognizer = recognizer.with_script(script)
    recognizer.script = script  # a finder of lines has no head to change
    return train(recognizer, data, run, "adapt")
