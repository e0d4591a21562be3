"""Self-training: readings of unlabelled crops that language agrees with become their labels; measured against doing nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from experiments.crops import Tuning, dealt, divided, errors_of, fitting, learned_keys, rehearsal, remember, trajectory
from experiments.job import Run, SettingError
from glyphgen.sample import Sample
from glyphgen.script import Script
from recognizers import bundle
from recognizers.language.language import Language, spells_english
from recognizers.network import Network
from recognizers.reading import Reading
from recognizers.recognizer import Recognizer

_AT_ONCE = 32


def selftrain(recognizer: Network, run: Run) -> Network:
    """Return the recognizer trained on its own confident readings of the crops of `data.root`, whose labels are not looked at but for
    the share that measures. With fewer than two confident readings it stays as it was.
    """
    own, data = run.stage("selftrain"), run.settings["data"]
    if data["kind"] != "folder" or not isinstance(recognizer, Recognizer):
        raise SettingError("stages=[selftrain] is for recognizers and real crops: data=hylian_crops data.root=DIR")
    parts = divided(data["root"], recognizer.script, own["query_share"], run.seed)
    crops = dealt((support for support, _ in parts.values()), None if own["k_shot"] == "all" else own["k_shot"])
    query = fitting([sample for _, rest in parts.values() for sample in rest], recognizer, run.say)
    replay = rehearsal(data, recognizer, own["n_replay"], own["augment"], run.settings["paths"]["data"], run.seed)
    labelled = confident(recognizer, crops, own["least"])
    before, old = errors_of(recognizer, query), recognizer.provenance
    tuning = Tuning((), learning_rate=own["crop_learning_rate"])
    if len(labelled) > 1:
        *_, (_, recognizer) = trajectory(recognizer, labelled, replay, tuning, own["max_steps"], run.seed)
        recognizer.provenance = run.provenance("selftrain", {"n_labelled": len(labelled)}, old)
        remember(recognizer, learned_keys(run))
    after = errors_of(recognizer, query)
    rates = [wrong / max(total, 1) for wrong, total, _ in (before, after)]
    run.results["selftrain"] = {"n": len(crops), "n_labelled": len(labelled), "n_query": len(query), "cer_before": rates[0],
                                "cer_after": rates[1]}  # fmt: skip
    measured = (
        f"{100 * rates[0]:.2f} % to {100 * rates[1]:.2f} % wrong of {len(query)} others" if query else "no crops left to measure with"
    )
    run.say(f"selftrain: {len(labelled)} of {len(crops)} readings were sure enough; {measured}")
    bundle.save(recognizer, run.stage_folder("selftrain") / "bundle.safetensors", recognizer.provenance)
    return recognizer


def confident(recognizer: Recognizer, crops: Sequence[Sample], least: float) -> list[Sample]:
    """Return the crops whose reading is sure to at least `least`, with that reading as the label: in scripts that spell English, what
    language makes of it, and as sure as language is.
    """
    language = _language(recognizer.script)
    readings: list[Reading] = []
    for start in range(0, len(crops), _AT_ONCE):
        readings += recognizer.read_batch([crop.image for crop in crops[start : start + _AT_ONCE]])
    labels = [judged(reading, recognizer.script, language) for reading in readings]
    return [replace(crop, text=text) for crop, (text, sure) in zip(crops, labels, strict=True) if text and sure >= least]


@lru_cache(maxsize=2)
def _language(script: Script) -> Language | None:
    return Language(script) if spells_english(script) else None


def judged(reading: Reading, script: Script, language: Language | None) -> tuple[str, float]:
    """Return a reading's graphemes, as language would have them, and how sure they are."""
    if not reading.is_script:
        return "", 0.0
    if language is None:
        return reading.text, reading.confidence
    spelled = language.apply(reading)
    letters = spelled.letters.replace(" ", "")
    if not script.can_write(letters) or len(letters) != len(reading.text.replace(" ", "")):
        return "", 0.0
    shapes = iter(script.canonical(letters))  # spaces stay where they were seen, not where words end
    return "".join(" " if char == " " else next(shapes) for char in reading.text), spelled.letters_confidence
