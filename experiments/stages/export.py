"""Export: the recognizer as ONNX, for programs without torch; refused where it gives other answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.augmentation import augmentation_for
from experiments.datasets import data_of
from experiments.job import Run, SettingError
from experiments.report.progress import Steps
from recognizers.export import TOLERANCE, ExportError, to_onnx
from recognizers.network import Network
from recognizers.recognizer import Recognizer


def export(recognizer: Network, run: Run) -> Network:
    """Write export/model.onnx, checked against torch on `count` pictures of the test split, alone and in batches."""
    if not isinstance(recognizer, Recognizer):
        raise SettingError("stages: export is for recognizers (model=crnn)")
    own = run.stage("export")
    if own["count"] < 1:
        raise SettingError(f"stage.export.count={own['count']}: at least one picture to compare on")
    samples = data_of(run).open(
        "test",
        recognizer.unit,
        run.seed,
        own["count"],
        augmentation_for(own["augment"], run.settings),
        run.settings["paths"]["data"],
    )
    tensors: list[NDArray[np.float32]] = []
    for k in Steps(range(min(own["count"], len(samples))), desc="pictures to compare on", leave=False):
        tensors.append(recognizer.preprocess(samples[k].image).tensor)
    path = run.stage_folder("export") / "model.onnx"
    try:
        worst = to_onnx(recognizer, path, tensors)
    except ExportError as error:
        raise SettingError(str(error)) from error
    run.results["export"] = {
        "n": len(tensors),
        "largest_difference": worst,
        "tolerance": TOLERANCE,
        "bytes": path.stat().st_size,
    }
    size = f"{path.stat().st_size / 1e6:.2f} MB"
    run.say(
        f"export: {path}, {size}; log probabilities differ from torch's by at most {worst:.1g} on {len(tensors)} "
        "pictures"
    )
    return recognizer
