"""Profile: where the time of training goes on this machine, and what other ways of computing the same would take."""

from __future__ import annotations

import copy
import statistics
import time
from itertools import pairwise
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
_PARTS = ("forward and loss", "backward", "optimizer")


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
    is_half = best_precision(run.settings["trainer"]) == "bf16-mixed"
    figures = {
        "rendered, ms per sample, 1 process": rendered_ms,
        "prepared, ms per sample, 1 process": prepared_ms,
        **{f"{name}, ms per step": ms for name, ms in _parts(_Training(network, is_half), batches).items()},
    }
    ways = _ways(network, is_half, own["compiled"])
    for name, speed in _speeds(ways, batches, own["rounds"]).items():
        figures[f"trained, {name}, samples/s"] = speed
    operators = _operators(_Training(network, is_half), batches, str(folder / "trace.json"))
    with written(folder / "operators.tsv") as part:
        rows = "".join(f"{name}\t{share:.4f}\t{ms:.3f}\t{calls:.1f}\n" for name, share, ms, calls in operators)
        part.write_text(f"operator\tshare\tms_per_step\tcalls_per_step\n{rows}", encoding="utf-8")
    run.results["profile"] = {name: round(value, 3) for name, value in figures.items()}
    for name, value in figures.items():
        run.say(f"  {name:<46} {value:10.2f}")
    run.say("  of a step: " + ", ".join(f"{name} {100 * share:.0f} %" for name, share, *_ in operators[:_N_SAID]))
    speed = figures[f"trained, {'bfloat16' if is_half else 'float32'}, channels last, samples/s"]
    run.say(_what_binds(rendered_ms + prepared_ms, speed, max(1, n_workers(run.settings["trainer"]))))
    return recognizer


class _Training:
    """A copy of a network, and its optimizer."""

    def __init__(
        self, network: Network, is_half: bool, has_channels_last: bool = True, is_compiled: bool = False
    ) -> None:
        self.network, self.is_half = copy.deepcopy(network).train(), is_half
        if has_channels_last:
            self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=1e-4)
        trunk = getattr(self.network, "trunk", None)
        if is_compiled and isinstance(trunk, nn.Module):
            self.network.trunk = torch.compile(trunk, dynamic=True)  # type: ignore[assignment]  # a module, wrapped

    def step(self, batch: Batch) -> tuple[float, ...]:
        """Learn from a batch; return the seconds of each of _PARTS."""
        marks = [time.perf_counter()]
        with torch.autocast("cpu", torch.bfloat16, enabled=self.is_half):
            loss = self.network.training_loss(batch)
        marks.append(time.perf_counter())
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here
        marks.append(time.perf_counter())
        self.optimizer.step()
        self.optimizer.zero_grad()
        marks.append(time.perf_counter())
        return tuple(after - before for before, after in pairwise(marks))


def _ways(network: Network, is_half: bool, is_compiled: bool) -> dict[str, _Training]:
    """Return trainings by what is said of how they compute."""
    ways = {
        f"{number}, channels {which}": _Training(network, number == "bfloat16", which == "last")
        for number in ("float32", "bfloat16")
        for which in ("first", "last")
    }
    if is_compiled:  # with channels last torch 2.13 compiles no LSTM: its strides are not those that it expects
        name = f"{'bfloat16' if is_half else 'float32'}, channels first, compiled"
        ways[name] = _Training(network, is_half, has_channels_last=False, is_compiled=True)
    return ways


def _speeds(ways: dict[str, _Training], batches: list[Batch], n_rounds: int) -> dict[str, float]:
    """Return samples per second of each way: the median of rounds in which they take turns, so that whatever else the
    machine does slows all alike.
    """
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in Steps(range(n_rounds + 1), desc="ways of training", leave=False):
        for name, training in ways.items():
            seconds = sum(sum(training.step(batch)) for batch in batches)
            if turn:  # the first one warms up, and compiles
                speeds[name].append(sum(len(b.texts) for b in batches) / seconds)
    return {name: statistics.median(values) for name, values in speeds.items()}


def _parts(training: _Training, batches: list[Batch]) -> dict[str, float]:
    """Return the mean milliseconds of each part of a step."""
    for batch in batches:  # which warms up
        training.step(batch)
    spent = zip(*(training.step(batch) for batch in batches), strict=True)
    return {name: 1000 * sum(seconds) / len(batches) for name, seconds in zip(_PARTS, spent, strict=True)}


def _operators(training: _Training, batches: list[Batch], trace: str) -> list[tuple[str, float, float, float]]:
    """Return name, share of the time, milliseconds and calls a step of torch's operators, the dearest first."""
    with profiled(activities=[ProfilerActivity.CPU]) as found:
        for batch in batches:
            training.step(batch)
    found.export_chrome_trace(trace)
    averages: list[Any] = list(found.key_averages())
    total = sum(event.self_cpu_time_total for event in averages) or 1.0
    rows = [
        (str(e.key), e.self_cpu_time_total / total, e.self_cpu_time_total / 1000 / len(batches), e.count / len(batches))
        for e in averages
        if e.self_cpu_time_total
    ]
    return sorted(rows, key=lambda row: -row[1])


def _what_binds(data_ms: float, speed: float, n: int) -> str:
    """Return a sentence: whether n processes that make a sample in data_ms keep up with `speed` trained a second."""
    made = 1000 * n / data_ms
    if made >= speed:
        return f"profile: training binds: {made:.0f} samples/s made by {n} of trainer.n_workers, {speed:.0f} trained"
    needed = -(-speed * data_ms // 1000)
    return (
        f"profile: rendering binds: {made:.0f} samples/s made by {n} of trainer.n_workers, {speed:.0f} could be "
        f"trained; trainer.n_workers={needed:.0f} would keep up where there are cores for them"
    )
