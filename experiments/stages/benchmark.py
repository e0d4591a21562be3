"""Benchmark: lines rendered, trained and read per second on this machine; how long a person waits for a page."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from experiments.augmentation import augmentation_for
from experiments.batches import Batches, Chunks
from experiments.datasets import data_of
from experiments.datasets.synthetic import Synthetic
from experiments.fit import best_precision
from experiments.job import Run, SettingError
from experiments.report.progress import Steps
from glyphgen.datasets.scenes import PageSynth
from glyphgen.sample import Sample
from glyphgen.texts.english import Corpus
from recognizers import opening
from recognizers.collation import collate
from recognizers.language.language import Language
from recognizers.network import Network
from recognizers.opening import reading_form
from recognizers.page.many_scripts import load_many
from recognizers.page.reader import Reader
from recognizers.recognizer import Recognizer
from recognizers.released import scripts_of_pages


def benchmark(recognizer: Network, run: Run) -> Network:
    """Time each part alone, in this process. Rendering uses one core; the first sample, which makes
    textures, is free.
    """
    if not isinstance(recognizer, Recognizer):
        raise SettingError("stages: benchmark is for recognizers (model=crnn); it times the finder of lines too")
    own, figures = run.stage("benchmark"), {}
    root, data = run.settings["paths"]["data"], data_of(run)
    before = torch.get_num_threads()
    kept = []
    for name in own["augments"]:
        augment = augmentation_for(name, run.settings)
        samples = data.open("train", recognizer.unit, run.seed, own["count"] + 1, augment, root)
        kept = [samples[own["count"]]]
        start = time.perf_counter()
        kept += [samples[i] for i in Steps(range(own["count"]), desc=f"rendering, {name}", leave=False)]
        figures[f"rendered, augment={name}, 1 process"] = own["count"] / (time.perf_counter() - start)
    if recognizer.script.alphabet == data.script_of(root).alphabet:
        for n in own["processes"]:
            figures[f"batches made, augment={own['augments'][-1]}, {n} processes"] = _batches(recognizer, samples, n)
        figures[f"trained, batch 32, {before} threads"] = _train(recognizer, kept, run, own["train_steps"])
    for n_threads in own["threads"]:
        reader = reading_form(recognizer, n_threads)
        for batch_size in own["batch_sizes"]:
            pictures = [sample.image for sample in kept[: max(64, 2 * batch_size)]]
            reader.read_batch(pictures[:batch_size])
            start = time.perf_counter()
            for i in range(0, len(pictures), batch_size):
                reader.read_batch(pictures[i : i + batch_size])
            figures[f"read, batch {batch_size}, {n_threads} threads"] = len(pictures) / (time.perf_counter() - start)
    run.results["benchmark"] = figures
    if recognizer.unit == "line" and isinstance(data, Synthetic):
        run.results["waiting"] = _wait(recognizer, data, run)
    return recognizer


def _batches(recognizer: Recognizer, samples: Sequence[Any], n_processes: int) -> float:
    """Return samples per second, rendered and prepared by processes beside this one; their start counts too."""
    start = time.perf_counter()
    n = sum(len(batch.texts) for batch in Batches(Chunks(samples, recognizer, 32, True), n_processes))
    return n / (time.perf_counter() - start)


def _train(recognizer: Recognizer, samples: list[Sample], run: Run, n_steps: int) -> float:
    copy = recognizer.with_script(recognizer.script).train()
    copy.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # as `fit` trains
    optimizer = torch.optim.AdamW(copy.parameters(), lr=1e-4)
    rows = sorted(samples, key=lambda s: s.image.shape[1] / s.image.shape[0])
    starts = [int(k * max(1, len(rows) - 32) / n_steps) for k in range(n_steps)]
    batches = [collate(rows[s : s + 32], copy) for s in starts]
    is_half = best_precision(run.settings["trainer"]) == "bf16-mixed"
    start = time.perf_counter()
    for batch in batches:
        with torch.autocast("cpu", torch.bfloat16, enabled=is_half):
            log_probs = copy(batch.images, batch.widths)
        copy.loss(log_probs, batch).backward()  # type: ignore[no-untyped-call]  # torch has no types here
        optimizer.step()
        optimizer.zero_grad()
    return sum(len(b.texts) for b in batches) / (time.perf_counter() - start)


def _wait(recognizer: Recognizer, data: Synthetic, run: Run) -> dict[str, float]:
    """Return the median milliseconds of reading a crop and a screenshot, in the script and in whichever of all that are
    told apart, and of turning 24 shapes run together into English.
    """
    own, source = run.stage("benchmark"), data.source()
    finder = opening.finder_of(recognizer.script)
    reader = Reader(reading_form(recognizer), finder, language := Language(recognizer.script))
    figures, augment = {}, augmentation_for("screenshot", run.settings)
    for (width, height), n_lines in (((400, 200), 2), ((1920, 1080), None)) if finder else ():
        corpus = Corpus(source.script, data.max_graphemes)
        pages = PageSynth(source, corpus, augment, run.seed, "test", 1000, 8, (width, height))
        found = (
            page
            for page in map(pages.__getitem__, range(len(pages)))
            if page.lines and n_lines in (None, len(page.lines))
        )
        pictures = [next(found).image for _ in range(own["n_pages"])]
        what = f"page of {width}x{height}, {'two lines, ' if n_lines else ''}"
        figures[f"{what}ms"] = _median_ms(reader.read_page, pictures)
        if source.script.name in scripts_of_pages():
            any_script = load_many(scripts_of_pages())
            figures[f"{what}any script, ms"] = _median_ms(any_script.read_page, pictures)
    together = ["WELCOMETOTHEOLDFISHMARKET", "THEGUARDIANSOFTHEVALLEYS", "FRESHFISHANDBREADFORSALE"]
    if all(map(recognizer.script.can_write, together)):
        figures["language, 24 graphemes run together, ms"] = _median_ms(language.spell, together * 5)
    return figures


def _median_ms(function: Callable[[Any], object], inputs: list[Any]) -> float:
    function(inputs[0])  # the first one makes what later ones keep
    times = []
    for given in inputs:
        start = time.perf_counter()
        function(given)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)
