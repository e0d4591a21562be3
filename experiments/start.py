"""What a run starts with: settings checked before anything is built, and the recognizer: loaded, or a fresh network."""

from __future__ import annotations

from pathlib import Path

from experiments.context import Run, SettingError
from experiments.data import data_script, labeled_folders, synth_source
from experiments.fit import steps_done
from glyphgen.synth import LOOKS
from recognizers import bundle
from recognizers.preprocess import Preprocess
from recognizers.recognizer import Recognizer

LOGGERS = ("csv", "tensorboard", "wandb")
_TRAINING = ("pretrain", "adapt")
RELEASED = {("cnn", "digits"): "cnn_mnist", ("crnn", "digits"): "crnn_mnist_lines", ("cnn", "hylian"): "cnn_hylian",
            ("crnn", "hylian"): "crnn_hylian"}  # fmt: skip


def check(run: Run) -> None:
    """Fail now over what would fail a stage later. Raises SettingError, FontError, ScriptError or DataError."""
    settings = run.settings
    for stage in settings["stages"]:
        own = run.stage(stage)
        for name in ("max_steps", "batch_size", "val_every", "n_val", "patience", "count", "train_steps"):
            if name in own and (not isinstance(own[name], int) or own[name] < 1):
                raise SettingError(f"stage.{stage}.{name} must be a whole number above 0, not {own[name]!r}")
        rate = own.get("learning_rate", 1.0)
        if not isinstance(rate, int | float) or rate <= 0:
            raise SettingError(f"stage.{stage}.learning_rate must be a number above 0, not {rate!r}")
        for augment in own.get("augments", [own.get("augment", "none")]):
            if augment not in LOOKS:
                raise SettingError(f"stage.{stage}: there is no augmentation {augment!r}; there are {', '.join(LOOKS)}")
        if own.get("resume"):
            if not Path(own["resume"]).is_file():
                raise SettingError(f"stage.{stage}.resume={own['resume']}: no such file")
            steps_done(own["resume"], f"stage.{stage}.resume")
        for folder in own.get("folders", []):
            labeled_folders(folder)
    if settings["logger"]["name"] not in LOGGERS:
        raise SettingError(f"logger.name must be one of {', '.join(LOGGERS)}, not {settings['logger']['name']!r}")
    data = settings["data"]
    if data["kind"] == "synth":
        synth_source(data)
    elif data["kind"] == "folder":
        labeled_folders(data["root"])
        if training := [stage for stage in settings["stages"] if stage in _TRAINING]:
            raise SettingError(f"data={data['name']} is for evaluating, so stages={training} can't be; say stages=[evaluate]")


def start(run: Run) -> Recognizer:
    """Return the recognizer of `weights`; without it a fresh one, or the released one when nothing is to be trained.
    Raises SettingError for settings that do not fit together.
    """
    settings, model = run.settings, run.settings["model"]
    script = data_script(settings["data"])
    weights = settings["weights"]
    if weights is None and "evaluate" in settings["stages"] and not set(_TRAINING) & set(settings["stages"]):
        weights = RELEASED.get((model["architecture"], script.name))
        if weights is None:
            raise SettingError(f"weights: there are no released ones for model={model['architecture']} and script {script.name!r}; "
                               "give weights=FILE.safetensors, or a training stage")  # fmt: skip
        run.say(f"weights: the released {weights!r}")
    if weights is not None:
        recognizer = bundle.load(weights)
        if recognizer.architecture != model["architecture"]:
            raise SettingError(f"weights={weights} hold a {recognizer.architecture}, but model={model['architecture']}")
        return recognizer
    try:
        return bundle.build(model["architecture"], script, Preprocess(**model["preprocess"]), model["arguments"])
    except (ValueError, TypeError) as error:
        raise SettingError(f"model: {error}") from error
