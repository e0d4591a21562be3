"""Build the network that a run starts from."""

from __future__ import annotations

from experiments import weights as loaded
from experiments.datasets import data_of
from experiments.job import Run, SettingError
from recognizers import bundle
from recognizers.network import Network


def start(run: Run) -> Network:
    """Return the recognizer of `weights`; without it a fresh one, or the released one when nothing is to be trained.
    Raises SettingError for settings that do not fit together.
    """
    settings, model = run.settings, run.settings["model"]
    script = data_of(run).script_of(settings["paths"]["data"])
    weights = loaded.choose(run, script)
    if weights is not None:
        return loaded.load(weights, model)
    try:
        return bundle.build(
            model["architecture"],
            script,
            bundle.make_preprocess(model["architecture"], model["preprocess"]),
            model["arguments"],
        )
    except (ValueError, TypeError) as error:
        raise SettingError(f"model: {error}") from error
