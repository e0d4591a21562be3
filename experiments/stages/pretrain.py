"""Pretrain on MNIST: digits for glyph recognizers, strings of digits for line recognizers; or on any other data set."""

from __future__ import annotations

from experiments.datasets import data_of, parse
from experiments.datasets.mnist import Mnist
from experiments.datasets.mnist_lines import MnistLines
from experiments.fit import train
from experiments.job import Run
from glyphgen.script import load_script
from recognizers import bundle, released
from recognizers.network import Network
from recognizers.recognizer import Recognizer


def pretrain(recognizer: Network, run: Run) -> Network:
    """Return a recognizer of digits whose trunk knows strokes; its script is then changed by `adapt`.

    With `data`, the settings of another set, that is trained on. Else nothing is trained when the run starts from
    `weights`, or when released weights of the same architecture, arguments and preprocessing can be taken instead,
    unless `force` is set.
    """
    own = run.stage("pretrain")
    if not isinstance(recognizer, Recognizer):
        run.say("pretrain: skipped, a finder of lines starts with pages")
        run.results["pretrain"] = {"skipped": True, "weights": None}
        return recognizer
    if "adapt" in run.settings["stages"] and run.stage("adapt")["resume"]:
        run.say("pretrain: skipped, adapt goes on from a checkpoint that has it behind it")
        run.results["pretrain"] = {"skipped": True, "weights": None}
        return recognizer
    if run.settings["weights"] is not None and not own["force"]:
        run.say(
            f"pretrain: skipped, the run starts from weights={run.settings['weights']} (stage.pretrain.force=true "
            "trains them on)"
        )
        run.results["pretrain"] = {"skipped": True, "weights": run.settings["weights"]}
        return recognizer
    if own["data"] is not None:
        first = parse(own["data"], "stage.pretrain.data")
        return train(recognizer.with_script(first.script_of(run.settings["paths"]["data"])), first, run, "pretrain")
    fitting = None if own["force"] else released_for(recognizer)
    if fitting:
        run.say(f"pretrain: skipped, the released weights {fitting!r} fit (train them anew: stage.pretrain.force=true)")
        run.results["pretrain"] = {"skipped": True, "weights": fitting}
        pretrained = bundle.load(fitting)
        pretrained.preprocess = recognizer.preprocess  # which may level the light otherwise
        return pretrained
    digits = load_script("digits")
    data = data_of(run)
    if not data.is_digits:
        data = Mnist(name="mnist") if recognizer.unit == "glyph" else MnistLines(name="mnist")
    return train(recognizer.with_script(digits), data, run, "pretrain")


def released_for(recognizer: Network) -> str | None:
    """Return the name of released pretrained weights with the same trunk, or None."""
    name = released.find(recognizer.architecture, "digits")
    if name is None:
        return None
    pretrained = bundle.load_network(name)  # built, so that arguments which are newer than the file have their defaults
    shapes = ({**network.preprocess.to_dict(), "levels_light": None} for network in (pretrained, recognizer))
    return name if pretrained.arguments == recognizer.arguments and next(shapes) == next(shapes) else None
