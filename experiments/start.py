"""The recognizer a run starts from: loaded weights, or a fresh network."""

from __future__ import annotations

from experiments.context import Run, SettingError
from experiments.data import data_script
from recognizers import bundle
from recognizers.preprocess import Preprocess
from recognizers.recognizer import Recognizer

_TRAINING = ("pretrain", "adapt")
RELEASED = {("cnn", "digits"): "cnn_mnist", ("crnn", "digits"): "crnn_mnist_lines", ("cnn", "hylian"): "cnn_hylian",
            ("crnn", "hylian"): "crnn_hylian"}  # fmt: skip


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
