"""From one picture of each glyph to a reader of lines: make a script, adapt, calibrate, and say what it
will confuse.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from experiments.acceptance import teach_acceptance
from experiments.augmentation import augmentation_for
from experiments.confidence import calibrate_confidence
from experiments.datasets import data_of
from experiments.datasets.synthetic import Synthetic
from experiments.fit import train
from experiments.job import Run, SettingError
from experiments.measure.hausdorff import by_distance
from experiments.measure.readings import read_all
from glyphgen.contact_sheet import contact_sheet
from glyphgen.faces.traced import TracedSource, write_script
from glyphgen.files import written
from glyphgen.sample import Sample
from recognizers.metrics import character_error_rate, confusions
from recognizers.network import Network
from recognizers.networks.line import LineRecognizer
from recognizers.recognizer import Recognizer

_HEIGHT_PX = 48  # of an em, when glyphs are compared


class ConfusedPair(NamedTuple):
    """Two glyphs, how far apart their ink is (modified Hausdorff distance, ems), and the share of their readings that
    took one for the other.
    """

    a: str
    b: str
    distance: float
    confused: float


def fewshot(recognizer: Network, run: Run) -> Network:
    """Return a reader of the script that `data.glyphs` draws. Leaves script.toml, alike.tsv and alike.png in the
    stage's folder, and the pairs most likely confused in the results. Raises SettingError for data that is not made of
    pictures of glyphs.
    """
    own, data = run.stage("fewshot"), data_of(run)
    if not isinstance(data, Synthetic) or not data.glyphs:
        raise SettingError(
            "stages=[fewshot] learns from pictures of glyphs: data=drawings data.glyphs=DIR, one picture or more of "
            "each"
        )
    if not isinstance(recognizer, Recognizer):
        raise SettingError(
            f"stages=[fewshot] is for recognizers such as model=crnn, not {run.settings['model']['architecture']}"
        )
    began = time.monotonic()
    folder, root = run.stage_folder("fewshot"), run.settings["paths"]["data"]
    script = data.script_of(root)
    write_script(script, folder / "script.toml")
    run.say(f"fewshot: {len(script.visible)} glyphs of script {script.name!r}")
    if recognizer.script != script:
        recognizer = recognizer.with_script(script)
    trained = train(recognizer, data, run, "fewshot")
    assert isinstance(trained, Recognizer)
    recognizer = trained
    run.results["calibrate"] = calibrate_confidence(recognizer, run, own)
    if isinstance(recognizer, LineRecognizer):
        run.results["calibrate"] |= teach_acceptance(recognizer, run, own["n_pages"], own["augment"])
    augment = augmentation_for(own["augment"], run.settings)
    samples = data.open(
        "test", recognizer.unit, run.seed, own["count"], augment, root, run.settings["trainer"]["limit"]
    )
    truths, _, readings = read_all(recognizer, samples, script, own["batch_size"], "what it confuses")
    texts = [reading.text for reading in readings]
    source = data.source()
    assert isinstance(source, TracedSource)
    pictures = {char: _picture(source, char) for char in script.visible}
    pairs = most_alike(pictures, confusions(truths, texts), own["n_pairs"])
    run.results["fewshot"] |= {
        "synthetic_cer": character_error_rate(truths, texts),
        "pairs": [row._asdict() for row in pairs],
    }
    _write(pairs, pictures, run)
    run.results["fewshot"]["seconds"] = round(time.monotonic() - began)
    named = ", ".join(f"{row.a} and {row.b}" for row in pairs)
    run.say(
        f"fewshot: {100 * run.results['fewshot']['synthetic_cer']:.1f} % of synthetic graphemes wrong; most alike: "
        f"{named}"
    )
    return recognizer


def most_alike(
    pictures: Mapping[str, NDArray[np.uint8]], counts: Counter[tuple[str, str]], n: int
) -> list[ConfusedPair]:
    """Return n pairs of glyphs: those most often taken for each other first, then those whose ink is nearest.
    `pictures` are of one scale, ink 255; counts are of (true, read).
    """
    seen = Counter[str]()
    for (true, _), k in counts.items():
        seen[true] += k
    rows = []
    for a, b, distance in by_distance(pictures):
        n_seen = seen[a] + seen[b]
        rows.append(
            ConfusedPair(a, b, distance / _HEIGHT_PX, (counts[a, b] + counts[b, a]) / n_seen if n_seen else 0.0)
        )
    return sorted(rows, key=lambda row: (-row.confused, row.distance))[:n]


def _picture(source: TracedSource, char: str) -> NDArray[np.uint8]:
    return source.outlines[char][0].rasterize(_HEIGHT_PX)[0]


def _write(pairs: list[ConfusedPair], pictures: Mapping[str, NDArray[np.uint8]], run: Run) -> None:
    """Leave the pairs as a table and as a picture."""
    folder = run.stage_folder("fewshot")
    with written(folder / "alike.tsv") as part, part.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter="\t", lineterminator="\n")
        rows.writerow(ConfusedPair._fields)
        rows.writerows((row.a, row.b, f"{row.distance:.4f}", f"{row.confused:.4f}") for row in pairs)
    samples = []
    for row in pairs:
        sides = [255 - cv2.copyMakeBorder(pictures[c], 4, 4, 6, 6, cv2.BORDER_CONSTANT) for c in (row.a, row.b)]
        height = max(side.shape[0] for side in sides)
        both = np.hstack(
            [
                cv2.copyMakeBorder(side, height - side.shape[0], 0, 0, 0, cv2.BORDER_CONSTANT, value=255)
                for side in sides
            ]
        )
        rgb: Any = cv2.cvtColor(both, cv2.COLOR_GRAY2RGB)
        samples.append(Sample(rgb, f"{row.a} {row.b}", origin=""))
    if samples:
        with written(folder / "alike.png") as part:
            part.write_bytes(cv2.imencode(".png", cv2.cvtColor(contact_sheet(samples), cv2.COLOR_RGB2BGR))[1].tobytes())
