"""Benchmark: lines rendered, trained and read per second on this machine."""

from __future__ import annotations

import time

import torch
from tqdm import tqdm

from experiments.context import Run
from experiments.data import collate, data_script, make_samples
from experiments.fit import best_precision
from recognizers.recognizer import Recognizer


def benchmark(recognizer: Recognizer, run: Run) -> Recognizer:
    """Time each part alone, in this process. Rendering uses one core; the first sample, which makes textures, is free."""
    own, figures = run.stage("benchmark"), {}
    root, data = run.settings["paths"]["data"], run.settings["data"]
    before = torch.get_num_threads()
    kept = []
    for augment in own["augments"]:
        samples = make_samples(data, recognizer.unit, "train", run.seed, own["count"] + 1, augment, root)
        kept = [samples[own["count"]]]
        start = time.perf_counter()
        kept += [samples[i] for i in tqdm(range(own["count"]), desc=f"rendering, {augment}", leave=False)]
        figures[f"rendered, augment={augment}, 1 process"] = own["count"] / (time.perf_counter() - start)
    if recognizer.script.alphabet == data_script(data).alphabet:
        figures[f"trained, batch 32, {before} threads"] = _train(recognizer, kept, run, own["train_steps"])
    for n_threads in own["threads"]:
        torch.set_num_threads(n_threads)
        for batch_size in own["batch_sizes"]:
            pictures = [sample.image for sample in kept[: max(64, 2 * batch_size)]]
            recognizer.read_batch(pictures[:batch_size])
            start = time.perf_counter()
            for i in range(0, len(pictures), batch_size):
                recognizer.read_batch(pictures[i : i + batch_size])
            figures[f"read, batch {batch_size}, {n_threads} threads"] = len(pictures) / (time.perf_counter() - start)
    torch.set_num_threads(before)
    run.results["benchmark"] = figures
    return recognizer


def _train(recognizer: Recognizer, samples: list, run: Run, n_steps: int) -> float:  # type: ignore[type-arg]
    copy = recognizer.with_script(recognizer.script).train()
    optimizer = torch.optim.AdamW(copy.parameters(), lr=1e-4)
    rows = sorted(samples, key=lambda s: s.image.shape[1] / s.image.shape[0])
    starts = [int(k * max(1, len(rows) - 32) / n_steps) for k in range(n_steps)]
    batches = [collate(rows[s : s + 32], copy) for s in starts]
    is_half = best_precision(run.settings["trainer"]) == "bf16-mixed"
    start = time.perf_counter()
    for batch in batches:
        with torch.autocast("cpu", torch.bfloat16, enabled=is_half):
            log_probs = copy(batch.images, batch.widths)
        copy.loss(log_probs, batch).backward()
        optimizer.step()
        optimizer.zero_grad()
    return sum(len(b.texts) for b in batches) / (time.perf_counter() - start)
