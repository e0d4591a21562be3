"""Profile: where the time of training goes on this machine, and what other ways of computing the same would take."""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.profiler import ProfilerActivity
from torch.profiler import profile as profiled

from experiments.augmentation import augmentation_for
from experiments.batches import Chunks
from experiments.datasets import data_of
from experiments.fit import best_precision, n_workers
from experiments.job import Run, SettingError
from experiments.report.progress import Steps
from glyphgen.files import written
from recognizers.network import Batch, Network
from recognizers.recognizer import Recognizer

_N_SAID = 6  # operators that are said; operators.tsv has all
_Way = Callable[[Network, Batch], torch.Tensor]


def profile(recognizer: Network, run: Run) -> Network:
    """Time rendering, preparing and the parts of a training step of the network as it is configured, on this process's
    threads, and the ways to compute the step in turns; write profile/operators.tsv and profile/trace.json, which
    chrome://tracing shows. The recognizer is not changed. Raises SettingError where training would run on a GPU.
    """
    if torch.cuda.is_available() and run.settings["trainer"]["accelerator"] != "cpu":
        raise SettingError("stages=[profile] profiles a training on the CPU; give trainer.accelerator=cpu")
    own, folder, data = run.stage("profile"), run.stage_folder("profile"), data_of(run)
    root = run.settings["paths"]["data"]
    batch_size = min(run.settings["model"]["training"]["batch_size"], own["count"])
    network = copy.deepcopy(recognizer)
    script = data.script_of(root)
    if isinstance(network, Recognizer) and network.script != script:
        network = network.with_script(script)
    network.script = script
    augment = augmentation_for(own["augment"], run.settings)
    samples = data.open("train", network.unit, run.seed, own["count"] + 1, augment, root)
    kept = [samples[own["count"]]]  # the first one makes what later ones keep
    start = time.perf_counter()
    kept = [samples[i] for i in Steps(range(own["count"]), desc="rendering", leave=False)]
    rendered_ms = 1000 * (time.perf_counter() - start) / len(kept)
    start = time.perf_counter()
    chunks = Chunks(kept, network, batch_size, True)
    batches = [batch for k in range(len(chunks)) for batch in chunks[k]]
    prepared_ms = 1000 * (time.perf_counter() - start) / len(kept)
    batches = [batch for batch in batches if len(batch.texts) == batch_size][: own["n_steps"]]
    ways = _ways(network, own["compiled"], run)
    figures = {
        "rendered, ms per sample, 1 process": rendered_ms,
        "prepared, ms per sample, 1 process": prepared_ms,
        **{f"{name}, ms per step": ms for name, ms in _parts(network, batches, run).items()},
        **{f"trained, {name}, samples/s": speed for name, speed in _speeds(ways, batches, own["rounds"]).items()},
    }
    operators = _operators(network, batches, run, str(folder / "trace.json"))
    with written(folder / "operators.tsv") as part:
        rows = "".join(f"{name}\t{share:.4f}\t{ms:.3f}\t{calls:.1f}\n" for name, share, ms, calls in operators)
        part.write_text(f"operator\tshare\tms_per_step\tcalls_per_step\n{rows}", encoding="utf-8")
    run.results["profile"] = {name: round(value, 3) for name, value in figures.items()}
    for name, value in figures.items():
        run.say(f"  {name:<46} {value:10.2f}")
    run.say("  of a step: " + ", ".join(f"{name} {100 * share:.0f} %" for name, share, *_ in operators[:_N_SAID]))
    run.say(_what_binds(rendered_ms + prepared_ms, figures, run))
    return recognizer


def _ways(network: Network, is_compiled: bool, run: Run) -> dict[str, tuple[Network, _Way]]:
    """Return networks and how to compute their loss, by what is said of them."""
    device = "cuda" if next(network.parameters()).is_cuda else "cpu"

    def plain(one: Network, batch: Batch) -> torch.Tensor:
        return one.training_loss(batch)

    def half(one: Network, batch: Batch) -> torch.Tensor:
        with torch.autocast(device, torch.bfloat16):
            return one.training_loss(batch)

    last = _channels_last(network)
    ways: dict[str, tuple[Network, _Way]] = {
        "float32, channels first": (copy.deepcopy(network), plain),
        "float32, channels last": (last, plain),
        "bfloat16, channels first": (copy.deepcopy(network), half),
        "bfloat16, channels last": (_channels_last(network), half),
    }
    if is_compiled:
        faster = _channels_last(network)
        trunk = getattr(faster, "trunk", None)
        if isinstance(trunk, nn.Module):
            faster.trunk = torch.compile(trunk, dynamic=True)  # type: ignore[assignment]  # a module, wrapped
            is_half = best_precision(run.settings["trainer"]) == "bf16-mixed"
            ways["compiled, as configured"] = (faster, half if is_half else plain)
    return ways


def _channels_last(network: Network) -> Network:
    made: Network = copy.deepcopy(network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return made


def _speeds(ways: dict[str, tuple[Network, _Way]], batches: list[Batch], n_rounds: int) -> dict[str, float]:
    """Return samples per second of each way: the median of rounds in which they take turns, so that whatever else the
    machine does slows all alike.
    """
    optimizers = {name: torch.optim.AdamW(one.train().parameters(), lr=1e-4) for name, (one, _) in ways.items()}
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in Steps(range(n_rounds + 1), desc="ways of training", leave=False):
        for name, (network, loss) in ways.items():
            start = time.perf_counter()
            for batch in batches:
                _backward(loss(network, batch))
                optimizers[name].step()
                optimizers[name].zero_grad()
            if turn:  # the first one warms up, and compiles
                speeds[name].append(sum(len(b.texts) for b in batches) / (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in speeds.items()}


def _backward(loss: torch.Tensor) -> None:
    loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here


def _parts(network: Network, batches: list[Batch], run: Run) -> dict[str, float]:
    """Return the milliseconds of the parts of a step, as the run would train."""
    one = _channels_last(network).train()
    optimizer = torch.optim.AdamW(one.parameters(), lr=1e-4)
    is_half = best_precision(run.settings["trainer"]) == "bf16-mixed"
    spent = dict.fromkeys(("forward and loss", "backward", "optimizer"), 0.0)
    for turn in range(2):  # the first one warms up
        for batch in batches:
            marks = [time.perf_counter()]
            with torch.autocast("cpu", torch.bfloat16, enabled=is_half):
                loss = one.training_loss(batch)
            marks.append(time.perf_counter())
            _backward(loss)
            marks.append(time.perf_counter())
            optimizer.step()
            optimizer.zero_grad()
            marks.append(time.perf_counter())
            for k, name in enumerate(spent):
                spent[name] += turn * 1000 * (marks[k + 1] - marks[k]) / len(batches)
    return spent


def _operators(network: Network, batches: list[Batch], run: Run, trace: str) -> list[tuple[str, float, float, float]]:
    """Return name, share of the time, milliseconds and calls a step of torch's operators, the dearest first."""
    one = _channels_last(network).train()
    optimizer = torch.optim.AdamW(one.parameters(), lr=1e-4)
    is_half = best_precision(run.settings["trainer"]) == "bf16-mixed"
    with profiled(activities=[ProfilerActivity.CPU]) as found:
        for batch in batches:
            with torch.autocast("cpu", torch.bfloat16, enabled=is_half):
                loss = one.training_loss(batch)
            _backward(loss)
            optimizer.step()
            optimizer.zero_grad()
    found.export_chrome_trace(trace)
    averages: list[Any] = list(found.key_averages())
    total = sum(event.self_cpu_time_total for event in averages) or 1.0
    rows = [
        (str(e.key), e.self_cpu_time_total / total, e.self_cpu_time_total / 1000 / len(batches), e.count / len(batches))
        for e in averages
        if e.self_cpu_time_total
    ]
    return sorted(rows, key=lambda row: -row[1])


def _what_binds(data_ms: float, figures: dict[str, float], run: Run) -> str:
    """Return a sentence: whether the processes that render keep up with training."""
    is_half = best_precision(run.settings["trainer"]) == "bf16-mixed"
    speed = figures[f"trained, {'bfloat16' if is_half else 'float32'}, channels last, samples/s"]
    n = n_workers(run.settings["trainer"])
    made = 1000 * max(n, 1) / data_ms
    keeps_up = "keeps up" if n == 1 else "keep up"
    said = f"{n} process that renders {keeps_up}" if n == 1 else f"{n} processes that render {keeps_up}"
    if made >= speed:
        return f"profile: training binds; {said}: {made:.0f} samples/s rendered, {speed:.0f} trained"
    needed = -(-speed * data_ms // 1000)
    return (
        f"profile: rendering binds: {made:.0f} samples/s rendered by {n}, {speed:.0f} could be trained; "
        f"trainer.n_workers={needed:.0f} would keep up where there are cores for them"
    )
