"""Go on from a checkpoint of an earlier run: only with the settings that it was made with."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from safetensors import SafetensorError

from experiments.job import SettingError
from glyphgen.files import written
from recognizers.training import LitRecognizer

PICTURES = "pictures"  # among the settings of a checkpoint: all that its pictures were made by, by dotted names


def go_on(model: LitRecognizer, best: ModelCheckpoint, resume: str, setting: str) -> bool:
    """Prepare to go on from a checkpoint, whose best weights so far stay the ones to beat; return whether its training
    had ended early by then. Raises SettingError for settings that it was not made with.
    """
    saved = torch.load(resume, weights_only=True, map_location="cpu")
    now, then = model.settings(), saved.get("settings", {})
    pictures, those_then = now.pop(PICTURES, {}), then.get(PICTURES, {})
    if setting != "resume":  # which has asked the run's own settings, and lets some differ
        now |= pictures
    for name, value in now.items():
        before = {**those_then, **then}.get(name, value)
        if before != value:
            raise SettingError(
                f"{setting}={resume} was made with {name}={before}, not {value}; go on with what it was made with"
            )
    states = saved["callbacks"].values()
    state = next(
        (
            s
            for s in states
            if isinstance(s, dict) and s.get("monitor") == best.monitor and s.get("best_model_score") is not None
        ),
        None,
    )
    early = [s for key, s in saved["callbacks"].items() if key.startswith("EarlyStopping")]
    has_ended = any(s["wait_count"] >= s["patience"] for s in early)
    if state is None:
        return has_ended
    earlier, here = Path(resume).parent / "best.ckpt", Path(str(best.dirpath)) / "best.ckpt"
    if earlier.is_file():
        if earlier.resolve() != here.resolve():
            with written(here) as part:
                shutil.copyfile(earlier, part)
        score = torch.as_tensor(state["best_model_score"])
        best.best_model_score, best.best_model_path, best.best_k_models = score, str(here), {str(here): score}
        best.kth_value, best.kth_best_model_path = score, str(here)
    return has_ended


def steps_done(checkpoint: str, setting: str) -> int:
    """Return the step of a checkpoint. Raises SettingError, naming the setting, for a file that is none."""
    try:
        return int(torch.load(checkpoint, weights_only=True, map_location="cpu")["global_step"])
    except (
        OSError,
        RuntimeError,
        KeyError,
        TypeError,
        ValueError,
        EOFError,
        pickle.UnpicklingError,
        SafetensorError,
    ) as error:
        remedy = "; remove it, and the stage begins anew" if setting == "resume" else ""
        raise SettingError(
            f"{setting}={checkpoint}: not a checkpoint that can be read ({type(error).__name__}){remedy}"
        ) from error
