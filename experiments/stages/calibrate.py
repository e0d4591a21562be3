"""Calibrate: fit what confidences are worth, on validation pictures, or which of the lines that were found count; kept
in the bundle.
"""

from __future__ import annotations

from experiments.acceptance import fit_acceptance, teach_acceptance
from experiments.certainty import teach_certainty
from experiments.confidence import calibrate_confidence
from experiments.datasets import data_of
from experiments.datasets.many_glyphs import GlyphsOfManyAlphabets
from experiments.job import Run, SettingError, commit
from recognizers import bundle_file, opening
from recognizers.network import Network
from recognizers.networks.line import LineRecognizer
from recognizers.networks.lines import LineFinder
from recognizers.networks.protonet import ProtoNet
from recognizers.opening import reading_form
from recognizers.recognizer import Recognizer


def calibrate(recognizer: Network, run: Run) -> Network:
    """Return the recognizer with a temperature, and an exponent for lines, fitted on the validation split of `data`,
    and what the probability of lines of whole pictures is worth on pages of it; one that is taught by pictures with
    what drawings of one glyph differ in; a finder of lines with what tells lines of its script from others.
    """
    if isinstance(recognizer, LineFinder):
        return _calibrate_finder(recognizer, run)
    assert isinstance(recognizer, Recognizer)
    own, data = run.stage("calibrate"), data_of(run)
    if isinstance(recognizer, ProtoNet) and isinstance(data, GlyphsOfManyAlphabets):
        return _whiten(recognizer, data, run)
    run.results["calibrate"] = calibrate_confidence(recognizer, run, own) if own["count"] else {}
    if isinstance(recognizer, LineRecognizer):
        if own["n_reader_pages"]:
            run.results["calibrate"] |= teach_acceptance(recognizer, run, own["n_reader_pages"], own["augment"])
        sure = teach_certainty(recognizer, run, own["n_certainty_pages"], own["augment"])
        run.results["calibrate"] |= {f"certainty_{name}": value for name, value in sure.items()}
    return recognizer


def _calibrate_finder(finder: LineFinder, run: Run) -> LineFinder:
    """Fit which of the lines that it finds count, as the released reader of its script reads them."""
    own, script = run.stage("calibrate"), finder.script
    name = own["reader"] or f"crnn_{script.name}"
    try:
        reader = opening.open_recognizer(name)
    except bundle_file.BundleError as error:
        raise SettingError(f"stage.calibrate.reader: {error}") from error
    if reader.unit != "line" or reader.script.alphabet != script.alphabet:
        raise SettingError(
            f"stage.calibrate.reader={name} reads no lines of the script {script.name!r}, which the finder finds"
        )
    limit = run.settings["trainer"]["limit"] or {}
    try:
        finder.acceptance, figures = fit_acceptance(
            reading_form(finder), reader, run, limit.get("n_pages") or own["n_pages"], own["augment"]
        )
    except (
        ValueError
    ) as error:  # of a smoke run, or a finder that finds nothing yet: what was trained is worth keeping all the same
        run.say(f"calibrate: skipped, stage.calibrate.n_pages are too few: {error}")
        return finder
    run.results["calibrate"] = {**finder.acceptance.to_dict(), **figures}
    made = {"commit": commit(), "seed": run.seed, "reader": name, "augment": own["augment"]}
    finder.provenance = {**finder.provenance, "accepted": {**made, **figures}}
    return finder


def _whiten(recognizer: ProtoNet, data: GlyphsOfManyAlphabets, run: Run) -> ProtoNet:
    """Measure how drawings of one glyph differ, on the drawings by people that it was trained on, as they are."""
    if not data.omniglot:
        run.say("calibrate: skipped, there are no drawings by people (data.omniglot)")
        return recognizer
    stored = data.drawings(run.settings["paths"]["data"])
    most = (run.settings["trainer"]["limit"] or {}).get("count")
    try:
        recognizer.whiten([255 - image for image in stored.images[:most]], stored.labels[:most])
    except ValueError as error:
        raise SettingError(f"data.omniglot={data.omniglot}: {error}") from error
    n = len(stored.images[:most])
    run.results["calibrate"] = {"drawings": n}
    recognizer.provenance = {
        **recognizer.provenance,
        "whitened": {"commit": commit(), "data": data.omniglot, "drawings": n},
    }
    return recognizer
