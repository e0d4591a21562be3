"""A recognizer as ONNX, for programs that have no torch: inputs `images` (b, 1, h, w) and `widths` (b,), output
`log_probs`.

The script, the preprocessing, the calibration and how long a step is travel in the file's metadata, as JSON under
"bundle". What does not give torch's answers, whatever the width and the batch, is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from recognizers.graph import to_model
from recognizers.image.preprocess import pad_batch
from recognizers.networks.line import LineRecognizer
from recognizers.recognizer import Recognizer

TOLERANCE = 1e-4  # of log probabilities
_LEAST_LOG_P = -40.0  # less likely than that is equally impossible; both sides are cut there before they are compared


class ExportError(RuntimeError):
    """A network that ONNX cannot hold, or that gives other answers there; the message says which and how far off."""


def to_onnx(recognizer: Recognizer, path: str | Path, samples: Sequence[NDArray[np.float32]]) -> float:
    """Write the ONNX file and return the largest difference of a log probability on samples, arrays (1, h, w) of many
    widths, alone and in batches of eight. Raises ExportError, and leaves no file, where that is above TOLERANCE.
    """
    import onnx

    if not samples:
        raise ExportError(f"{recognizer.architecture}: nothing to compare on; give samples")
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    was_training = recognizer.training
    recognizer.eval()
    try:
        model = onnx.load_model_from_string(to_model(recognizer, "log_probs", has_weights=True))
        entry = model.metadata_props.add()
        entry.key, entry.value = "bundle", json.dumps(description(recognizer), ensure_ascii=False)
        onnx.save(model, str(part))
        worst = _difference(recognizer, part, samples)
        if not worst <= TOLERANCE:
            raise ExportError(
                f"{recognizer.architecture}: ONNX differs from torch by {worst:.2g}, more than {TOLERANCE:g}; not "
                "exported"
            )
        part.replace(path)
    except ExportError:
        raise
    except (
        RuntimeError,
        ValueError,
        TypeError,
        onnx.checker.ValidationError,
    ) as error:  # of torch's exporter, and of ONNX Runtime
        raise ExportError(f"{recognizer.architecture} cannot be written as ONNX: {error}") from error
    finally:
        part.unlink(missing_ok=True)
        recognizer.train(was_training)
    return worst


def description(recognizer: Recognizer) -> dict[str, object]:
    """Return what a program needs to know besides the network."""
    return {
        "architecture": recognizer.architecture,
        "unit": recognizer.unit,
        "script": recognizer.script.to_dict(),
        "alphabet": recognizer.script.alphabet if isinstance(recognizer, LineRecognizer) else recognizer.script.visible,
        "stride_px": recognizer.stride_px,
        "preprocess": recognizer.preprocess.to_dict(),
        "calibration": recognizer.calibration.to_dict(),
    }


def _difference(recognizer: Recognizer, path: Path, samples: Sequence[NDArray[np.float32]]) -> float:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    worst = 0.0
    batches = [[sample] for sample in samples] + [list(samples[i : i + 8]) for i in range(0, len(samples), 8)]
    with torch.inference_mode():
        for batch in batches:
            images, widths = pad_batch(batch)
            ours = recognizer.log_probs(images, widths)
            theirs = np.asarray(session.run(None, {"images": images, "widths": widths})[0])
            if ours.shape != theirs.shape:
                return float("inf")
            for k, width in enumerate(widths.tolist()):
                n = (
                    width // recognizer.stride_px if recognizer.unit == "line" else len(ours[k])
                )  # padding means nothing
                a, b = (np.maximum(one[k][:n], _LEAST_LOG_P) for one in (ours, theirs))
                if not (np.isfinite(a).all() and np.isfinite(b).all()):
                    return float("inf")
                worst = max(worst, float(np.abs(a - b).max(initial=0.0)))
    return worst
