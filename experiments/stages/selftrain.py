"""Self-training: readings of unlabelled crops that language agrees with become their labels; measured against doing
nothing.
"""

from __future__ import annotations

from experiments.augmentation import augmentation_for
from experiments.crops import dealt, divided, learned_keys, rehearsal, remember
from experiments.datasets import data_of
from experiments.datasets.crops import Crops
from experiments.job import Run, SettingError
from experiments.pseudo_labels import confident
from glyphgen.datasets.moved_crops import MovedCrops
from recognizers import bundle
from recognizers.adaptation import Tuning, errors_of, fitting, trajectory
from recognizers.network import Network
from recognizers.recognizer import Recognizer


def selftrain(recognizer: Network, run: Run) -> Network:
    """Return the recognizer trained on its own confident readings of the crops of `data.root`, whose labels are not
    looked at but for the share that measures. With fewer than two confident readings it stays as it was.
    """
    own, asked, data = run.stage("selftrain"), run.settings["crops"], data_of(run)
    if not isinstance(data, Crops) or not isinstance(recognizer, Recognizer):
        raise SettingError("stages=[selftrain] is for recognizers and real crops: data=hylian_crops data.root=DIR")
    parts = divided(data.root, recognizer.script, asked["query_share"], run.seed)
    crops = dealt((support for support, _ in parts.values()), None if asked["k_shot"] == "all" else asked["k_shot"])
    query = fitting([sample for _, rest in parts.values() for sample in rest], recognizer, run.say)
    augment = augmentation_for(own["augment"], run.settings)
    replay = rehearsal(data.replay, recognizer, asked["n_replay"], augment, run.settings["paths"]["data"], run.seed)
    labelled = confident(recognizer, crops, asked["min_confidence"])
    before, old = errors_of(recognizer, query), recognizer.provenance
    tuning = Tuning((), learning_rate=asked["learning_rate"])
    if len(labelled) > 1:
        *_, (_, recognizer) = trajectory(recognizer, labelled, replay, tuning, own["max_steps"], run.seed, MovedCrops)
        recognizer.provenance = run.provenance("selftrain", {"n_labelled": len(labelled)}, old)
        remember(recognizer, learned_keys(run))
    after = errors_of(recognizer, query)
    rates = [wrong / max(total, 1) for wrong, total, _ in (before, after)]
    run.results["selftrain"] = {
        "n": len(crops),
        "n_labelled": len(labelled),
        "n_query": len(query),
        "cer_before": rates[0],
        "cer_after": rates[1],
    }
    measured = (
        f"{100 * rates[0]:.2f} % to {100 * rates[1]:.2f} % wrong of {len(query)} others"
        if query
        else "no crops left to measure with"
    )
    run.say(f"selftrain: {len(labelled)} of {len(crops)} readings were sure enough; {measured}")
    bundle.save(recognizer, run.stage_folder("selftrain") / "bundle.safetensors", recognizer.provenance)
    return recognizer
