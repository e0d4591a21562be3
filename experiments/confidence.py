"""Fit what a recognizer's confidences are worth: a temperature, and for lines an exponent, on samples that nothing was
trained on.

Source: temperature scaling, Guo, Pleiss, Sun and Weinberger 2017; the exponent for lines is our own
(`recognizers/calibration.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from experiments.augmentation import augmentation_for
from experiments.batches import Chunks
from experiments.datasets import data_of
from experiments.job import Run, commit
from experiments.report.progress import Steps
from recognizers.calibration import Calibration, fit_line_power, fit_number, negative_log_likelihood
from recognizers.metrics import calibration_error, glyph_hits
from recognizers.reading import Reading
from recognizers.recognizer import Recognizer


def calibrate_confidence(recognizer: Recognizer, run: Run, own: Mapping[str, Any]) -> dict[str, Any]:
    """Calibrate a recognizer in place on `count` samples of the validation split of the run's data. Return the
    calibration, the one before, and the calibration errors after it; its provenance says so. own: a stage's settings
    count, batch_size and augment.
    """
    data, batch_size = data_of(run), own["batch_size"]
    samples = data.open(
        "val",
        recognizer.unit,
        run.seed,
        own["count"],
        augmentation_for(own["augment"], run.settings),
        run.settings["paths"]["data"],
        run.settings["trainer"]["limit"],
    )
    truths, outputs = _outputs(recognizer, samples, batch_size)
    before = recognizer.calibration

    def read(temperature: float) -> list[Reading]:
        recognizer.calibration = Calibration(temperature)
        return [reading for log_probs, widths in outputs for reading in recognizer.decode(log_probs, widths)]

    def hits(readings: Sequence[Reading]) -> tuple[list[float], list[bool]]:
        pairs = [hit for truth, reading in zip(truths, readings, strict=True) for hit in glyph_hits(truth, reading)]
        return [c for c, _ in pairs], [ok for _, ok in pairs]

    temperature = fit_number(lambda t: negative_log_likelihood(*hits(read(t))))
    readings = read(temperature)
    is_right = [truth == reading.text for truth, reading in zip(truths, readings, strict=True)]
    power = fit_line_power([reading.confidence for reading in readings], is_right) if recognizer.unit == "line" else 1.0
    recognizer.calibration = replace(Calibration(temperature), line_power=power)
    products = np.array([reading.confidence for reading in readings])
    figures = {
        **recognizer.calibration.to_dict(),
        "before": before.to_dict(),
        "glyph_ece": calibration_error(*hits(readings)),
        "line_ece": calibration_error((products**power).tolist(), is_right),
    }
    made = {
        "commit": commit(),
        "seed": run.seed,
        "data": data.name,
        **{key: own[key] for key in ("count", "augment")},
    }
    recognizer.provenance = {**recognizer.provenance, "calibrated": {**made, **figures}}
    return figures


@torch.inference_mode()
def _outputs(
    recognizer: Recognizer, samples: Sequence[Any], batch_size: int
) -> tuple[list[str], list[tuple[NDArray[np.float32], NDArray[np.int64]]]]:
    """Return the texts and, batch by batch, log probabilities and widths."""
    chunks, truths, outputs = Chunks(samples, recognizer, batch_size, shuffles=False), [], []
    recognizer.eval()
    for k in Steps(range(len(chunks)), desc="calibrating", leave=False):
        for batch in chunks[k]:
            truths += batch.texts
            widths = batch.widths.numpy()
            outputs.append((recognizer.log_probs(batch.images.numpy(), widths), widths))
    return truths, outputs
