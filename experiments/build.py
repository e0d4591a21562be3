"""Build the network that a run starts from."""

from __future__ import annotations

from pathlib import Path

from experiments import weights as loaded
from experiments.datasets import data_of
from experiments.job import Run, SettingError
from recognizers import bundle
from recognizers.bundle_file import BundleError
from recognizers.network import Network


def first_network(run: Run, kept: Path | None = None) -> Network:
    """Return the recognizer that a run kept in a file and goes on with, or that it starts from: that of `weights`;
    without it a fresh one, or the released one when nothing is to be trained. `run.weights` says which. Raises
    SettingError for settings that do not fit together.
    """
    settings, model = run.settings, run.settings["model"]
    script = data_of(run).script_of(settings["paths"]["data"])
    run.weights = loaded.choose(run, script)
    if kept is not None:
        try:
            return bundle.load_network(kept)
        except BundleError as error:
            raise SettingError(f"this run cannot go on; start it anew, without resume: {error}") from error
    if run.weights is not None:
        return loaded.load(run.weights, model)
    try:
        return bundle.build(
            model["architecture"],
            script,
            bundle.make_preprocess(model["architecture"], model["preprocess"]),
            model["arguments"],
        )
    except (ValueError, TypeError) as error:
        raise SettingError(f"model: {error}") from error
