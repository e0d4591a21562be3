"""Curves: how many labelled crops does a reader need? CER and accuracy against k, for several ways to start, with 95 %
intervals.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import matplotlib

matplotlib.use("Agg")

import torch
from matplotlib import pyplot

from experiments.augmentation import augmentation_for
from experiments.crops import ProgressBar, dealt, divided, rehearsal
from experiments.datasets import data_of
from experiments.datasets.crops import Crops
from experiments.job import Run, SettingError
from experiments.measure.oneshot import mean_interval
from experiments.pseudo_labels import confident
from experiments.report.progress import Steps
from glyphgen.datasets.moved_crops import MovedCrops
from glyphgen.files import written
from glyphgen.sample import Sample
from recognizers import bundle, opening, released
from recognizers.adaptation import Tuning, adapt_to, fitting, trajectory
from recognizers.line_reader import Finder, LineReader
from recognizers.metrics import character_error_rate, exact_match
from recognizers.network import Network
from recognizers.opening import reading_form
from recognizers.page.reread import Rereader
from recognizers.recognizer import Recognizer

WAYS = {
    "scratch": "from scratch",
    "mnist": "MNIST pretrained",
    "synthetic": "synthetic",
    "fewshot": "synthetic + k labelled crops",
    "selftrain": "synthetic + k unlabelled crops",
}
_MARKS = {"scratch": "s:", "mnist": "^:", "synthetic": "--", "fewshot": "o-", "selftrain": "d-"}


class Point(NamedTuple):
    """A place on a curve: means over the draws, with the half widths of their 95 % intervals."""

    way: str
    k: int
    n_draws: int
    cer: float
    cer_interval: float
    accuracy: float
    accuracy_interval: float


def curves(recognizer: Network, run: Run) -> Network:
    """Draw curves.png, and write curves.tsv (means) and draws.tsv (every draw, with its seed) into the stage's folder.
    Every draw divides the crops anew. The same network comes back.
    """
    own, asked, data = run.stage("curves"), run.settings["crops"], data_of(run)
    if not isinstance(data, Crops) or not isinstance(recognizer, Recognizer):
        raise SettingError("stages=[curves] is for recognizers and real crops: data=hylian_crops data.root=DIR")
    if unknown := [way for way in own["ways"] if way not in WAYS]:
        raise SettingError(f"stage.curves.ways: there is no {unknown[0]!r}; there are {', '.join(WAYS)}")
    augment = augmentation_for(own["augment"], run.settings)
    replay = rehearsal(data.replay, recognizer, asked["n_replay"], augment, run.settings["paths"]["data"], run.seed)
    finder = opening.finder_of(recognizer.script) if own["reread"] and recognizer.unit == "line" else None
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    drawn: list[dict[str, Any]] = []
    progress = Steps(total=own["draws"] * len(own["ways"]) * len(own["ks"]), desc="curves")
    for draw in range(own["draws"]):
        parts = divided(data.root, recognizer.script, asked["query_share"], run.seed + draw)
        crops = dealt(fitting(support, recognizer, run.say) for support, _ in parts.values())
        query = [sample for _, rest in parts.values() for sample in rest]
        unchanged = _figures(recognizer, query, finder)
        for way in own["ways"]:
            for k in own["ks"]:
                if k <= len(crops):
                    pupil = _pupil(way, recognizer, crops[:k], replay, {**asked, **own}, run.seed + draw)
                    cer, accuracy = unchanged if pupil is recognizer else _figures(pupil, query, finder)
                    found.setdefault((way, k), []).append((cer, accuracy))
                    drawn.append(
                        {"way": way, "k": k, "seed": run.seed + draw, "n": len(query), "cer": cer, "accuracy": accuracy}
                    )
                progress.update()
        points = [_point(way, k, figures) for (way, k), figures in found.items()]
        if not points:
            raise SettingError(f"stage.curves.ks={own['ks']}: {data.root} has fewer crops to learn from")
        folder = run.stage_folder("curves")  # after every draw: whoever stops it keeps what there is
        with written(folder / "curves.tsv") as part, part.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, delimiter="\t", lineterminator="\n")
            rows.writerows([Point._fields, *points])
        with written(folder / "draws.tsv") as part, part.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(drawn[0]), delimiter="\t", lineterminator="\n")
            table.writeheader()
            table.writerows(drawn)
        run.results["curves"] = [
            {key: None if value != value else value for key, value in point._asdict().items()} for point in points
        ]
        draw_curves(points, folder / "curves.png")
    progress.close()
    run.say(f"curves: {folder / 'curves.png'}")
    return recognizer


def _pupil(
    way: str, recognizer: Recognizer, crops: Sequence[Sample], replay: Sequence[Sample], own: dict[str, Any], seed: int
) -> Recognizer:
    """Return what reads after k crops in one of WAYS."""
    rate = own["learning_rate"]
    if way in ("scratch", "mnist"):
        start = _beginner(recognizer, way, seed)
        if not crops:
            return start
        tuning = Tuning((), n_crops=16, n_replay=0, learning_rate=0.002, rests=False)
        *_, (_, pupil) = trajectory(start, crops, [], tuning, own["max_steps"], seed, MovedCrops)
        return pupil
    if way == "fewshot" and crops:
        tuning = Tuning(tuple(own["stops"]), learning_rate=rate)
        return adapt_to(recognizer, crops, replay, tuning, seed, MovedCrops, ProgressBar())[0]
    if way == "selftrain" and len(labelled := confident(recognizer, crops, own["min_confidence"])) > 1:
        *_, (_, pupil) = trajectory(
            recognizer, labelled, replay, Tuning((), learning_rate=rate), own["selftrain_steps"], seed, MovedCrops
        )
        return pupil
    return recognizer


def _beginner(recognizer: Recognizer, way: str, seed: int) -> Recognizer:
    """Return a network of the same kind that has seen nothing, or digits."""
    if way == "scratch":
        torch.manual_seed(seed)
        return type(recognizer)(recognizer.script, recognizer.preprocess, **recognizer.arguments).eval()
    name = released.find(recognizer.architecture, "digits")
    if name is None:
        raise SettingError(
            f"stage.curves.ways: no released {recognizer.architecture} was pretrained on MNIST; leave mnist out"
        )
    return deepcopy(bundle.load(name)).with_script(recognizer.script).eval()


def _figures(recognizer: Recognizer, query: Sequence[Sample], finder: Finder | None) -> tuple[float, float]:
    """Return the CER, and the share of crops read without an error."""
    reader: LineReader = reading_form(recognizer)
    reader = Rereader(reader, finder) if finder is not None else reader
    texts = [
        r.text
        for i in range(0, len(query), 32)
        for r in reader.read_batch([sample.image for sample in query[i : i + 32]])
    ]
    truths = [sample.text for sample in query]
    return character_error_rate(truths, texts), exact_match(truths, texts)


def _point(way: str, k: int, figures: Sequence[tuple[float, float]]) -> Point:
    cer, accuracy = (mean_interval(values) for values in zip(*figures, strict=True))
    return Point(way, k, len(figures), *cer, *accuracy)


def draw_curves(points: Sequence[Point], path: Any) -> None:
    """Draw CER and accuracy against k, both with intervals; k is spaced as if by logarithm, with room for 0."""
    ks = sorted({point.k for point in points})
    place = {k: i for i, k in enumerate(ks)}
    figure, sides = pyplot.subplots(1, 2, figsize=(10, 4), sharex=True)
    for axes, name, title in zip(
        sides, ("cer", "accuracy"), ("graphemes wrong (CER)", "crops read without an error"), strict=True
    ):
        for way in WAYS:
            own = sorted((p for p in points if p.way == way), key=lambda p: p.k)
            if own:
                values, errors = [getattr(p, name) for p in own], [getattr(p, f"{name}_interval") for p in own]
                axes.errorbar([place[p.k] for p in own], values, errors, fmt=_MARKS[way], capsize=3, label=WAYS[way])
        axes.set_xticks(range(len(ks)), [str(k) for k in ks])
        axes.set_xlabel("k, real crops to learn from")
        axes.set_title(title)
        axes.grid(alpha=0.3)
    sides[0].set_yscale("symlog", linthresh=0.01)
    sides[0].set_ylim(bottom=0)
    sides[1].set_ylim(-0.02, 1.05)
    for axes in sides:  # a scale brings a formatter of its own
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    sides[0].legend(fontsize=8)
    figure.tight_layout()
    with written(path) as part:
        figure.savefig(part, dpi=110, format="png")
    pyplot.close(figure)
