"""Adapt to the target script: keep the trunk, change the head, train on synthetic pictures; or to a handful of labelled
crops.
"""

from __future__ import annotations

from experiments.augmentation import augmentation_for
from experiments.crops import ProgressBar, dealt, divided, learned_keys, rehearsal, remember
from experiments.datasets import data_of
from experiments.datasets.crops import Crops
from experiments.fit import train
from experiments.job import Run, SettingError
from glyphgen.datasets.moved_crops import MovedCrops
from recognizers import bundle
from recognizers.adaptation import Tuning, adapt_to, fitting
from recognizers.network import Network
from recognizers.networks.protonet import ProtoNet
from recognizers.recognizer import Recognizer


def adapt(recognizer: Network, run: Run) -> Network:
    """Return the recognizer trained on `data`; the head is new unless the recognizer already reads its script."""
    data = data_of(run)
    if data.is_real_crops:
        return _adapt_to_crops(recognizer, run)
    script = data.script_of(run.settings["paths"]["data"])
    if isinstance(recognizer, Recognizer) and recognizer.script != script:
        recognizer = recognizer.with_script(script)
    if isinstance(recognizer, ProtoNet):
        recognizer.reset_whitening()  # what evens out is measured after training
    recognizer.script = script  # a finder of lines has no head to change
    return train(recognizer, data, run, "adapt")


def _adapt_to_crops(recognizer: Network, run: Run) -> Recognizer:
    """Learn from k_shot crops of `data.root`; those of query_share are left for the stage evaluate."""
    own, asked, data = run.stage("adapt"), run.settings["crops"], data_of(run)
    assert isinstance(data, Crops)
    if not isinstance(recognizer, Recognizer):
        raise SettingError(
            f"stages=[adapt] learns crops with recognizers, not with model={run.settings['model']['architecture']}"
        )
    parts = divided(data.root, recognizer.script, asked["query_share"], run.seed)
    supports = [fitting(support, recognizer, run.say) for support, _ in parts.values()]
    crops = dealt(supports, None if asked["k_shot"] == "all" else asked["k_shot"])
    augment = augmentation_for(own["augment"], run.settings)
    replay = rehearsal(data.replay, recognizer, asked["n_replay"], augment, run.settings["paths"]["data"], run.seed)
    tuning = Tuning(tuple(asked["stops"]), learning_rate=asked["learning_rate"], n_folds=asked["n_folds"])
    before = recognizer.provenance
    recognizer, outcome = adapt_to(recognizer, crops, replay, tuning, run.seed, MovedCrops, ProgressBar())
    said = f"{len(crops)} crop" if len(crops) == 1 else f"{len(crops)} crops"
    if outcome.cer_before is None or outcome.cer_after is None:
        run.say(f"adapt: {said} cannot be validated with, so the weights stay as they were; give two or more")
    else:
        change = f"{100 * outcome.cer_before:.1f} % to {100 * outcome.cer_after:.1f} % wrong in cross-validation"
        run.say(
            f"adapt: {said}, {outcome.steps} steps, {change}"
            + ("" if outcome.steps else "; nothing was better than what there was")
        )
    run.results["adapt"] = {"k": len(crops), **outcome.to_dict(), "crops": [crop.origin for crop in crops]}
    if outcome.steps:
        recognizer.provenance = run.provenance(
            "adapt", {key: run.results["adapt"][key] for key in ("k", "steps")}, before
        )
        remember(recognizer, learned_keys(run))
    bundle.save(recognizer, run.stage_folder("adapt") / "bundle.safetensors", recognizer.provenance)
    return recognizer
